"""What the guards prevent, by simulation: ``python -m benchmarks.guards [--repeats N]``.

Three questions. How misleading is a group that only those can join who live long enough, where the
treatment does nothing at all? Do the limits hold what they promise for arms as small as ours? And
how often does each caution of a curve's shape or end stand where there is nothing to be cautious
of, and where there is?
"""

import argparse
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from scipy import stats

from lib.statistics import cox, crossing, proportions, survival, tail, two_proportions
from lib.statistics.life_table import LifeTable, TimeToEvent, count

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
MEDIAN, INTERVAL, CUT = 14.0, 1.8, 36.0
"""Months: median survival, between procedures, and of the longest follow-up."""
LANDMARK, LOOKED = 6.0, 6.0
FREE = 9.0
"""Mean months without progression."""
SMALL = (14, 12)
SIZES = (18, 30, 60)
"""Patients of each arm."""
Hazard = tuple[float, float, float]
SAME: Hazard = (1.0, 12.0, 1.0)
HALVED: Hazard = (0.5, 12.0, 0.5)
CROSSING: Hazard = (2.6, 4.0, 0.2)
"""Times the other arm's hazard, until a month, and after it; the last crosses at 12 months."""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guards", description=__doc__)
    parser.add_argument("--repeats", type=int, default=2000)
    repeats = parser.parse_args().repeats
    random = np.random.default_rng(20221)
    _immortal_time(random, repeats)
    _small_arms(random, repeats)
    _cautions(random, repeats)


# A second modality that does nothing -----------------------------------------------------------


def patients(random: np.random.Generator, n: int) -> tuple[TimeToEvent, Floats, Floats]:
    """Follow-up, month of the second modality (infinite for never), and month of progression.

    Every patient has a procedure each `INTERVAL` months for a year while alive; each is the
    first modality or, once in four, the other. Nothing depends on which.
    """
    death = random.exponential(MEDIAN / np.log(2), n)
    progression = np.minimum(random.exponential(FREE, n), death)
    changes = random.geometric(0.25, n) * INTERVAL
    second = np.where((changes <= np.minimum(death, 12)), changes, np.inf)
    end = random.uniform(CUT / 2, CUT, n)
    time = np.minimum(death, end)
    second = np.where(second < time, second, np.inf)
    return TimeToEvent(time, (death <= end).astype(np.int8)), second, progression


def naive(data: TimeToEvent, second: Floats) -> LifeTable:
    """From the start, by what was received in the end."""
    return count(data, np.isfinite(second).astype(int), ("one", "both"))


def landmark(data: TimeToEvent, second: Floats) -> LifeTable:
    """From the landmark, among those at risk then, by what had been received."""
    later, kept = data.landmark(LANDMARK)
    return count(later, (second[kept] <= LANDMARK).astype(int), ("one", "both"))


def switching(data: TimeToEvent, second: Floats) -> LifeTable:
    """Each patient in the first group until the second modality, and in the other from then."""
    changed = np.isfinite(second)
    time = np.concatenate([np.where(changed, second, data.time), data.time[changed]])
    event = np.concatenate([np.where(changed, 0, data.event), data.event[changed]])
    entry = np.concatenate([np.zeros(len(data)), second[changed]])
    group = np.concatenate([np.zeros(len(data), int), np.ones(int(changed.sum()), int)])
    return count(TimeToEvent(time, event, entry), group, ("one", "both"))


def _immortal_time(random: np.random.Generator, repeats: int) -> None:
    ways: dict[str, Callable[[TimeToEvent, Floats], LifeTable]] = {
        "naive: by what was received in the end": naive,
        f"landmark at {LANDMARK:g} months": landmark,
        "second modality as of its date": switching,
    }
    ratios: dict[str, list[tuple[float, bool]]] = {name: [] for name in ways}
    control: dict[str, list[tuple[float, bool]]] = {"naive": [], "landmark": []}
    for _ in range(repeats):
        data, second, progression = patients(random, 200)
        for name, way in ways.items():
            found = cox.ratio(way(data, second), "one", "both")
            ratios[name].append((found.value, not found.low <= 1 <= found.high))
        for name, shares in (
            ("naive", _controlled(data, second, progression, np.inf)),
            ("landmark", _controlled(data, second, progression, LANDMARK / 2)),
        ):
            difference = proportions.difference(*shares).estimate
            differs = not difference.low <= 0 <= difference.high
            control[name].append((difference.value, differs))
    print(f"Both modalities against one, 200 patients, no effect of either; {repeats} cohorts\n")
    print("| grouping | hazard ratio, geometric mean | limits that exclude 1 |")
    print("|---|---|---|")
    for name, found in ratios.items():
        values, excluded = np.array([each for each, _ in found]), [each for _, each in found]
        middle = np.exp(np.log(values).mean())
        print(f"| {name} | {middle:.2f} | {100 * np.mean(excluded):.1f}% |")
    print(f"\n| disease control at {LOOKED:g} months | difference | limits that exclude 0 |")
    print("|---|---|---|")
    for name, found in control.items():
        values = np.array([each for each, _ in found])
        share = 100 * np.mean([each for _, each in found])
        print(f"| {name} | {100 * values.mean():+.1f} points | {share:.1f}% |")


def _controlled(
    data: TimeToEvent, second: Floats, progression: Floats, until: float
) -> tuple[int, int, int, int]:
    """Patients free of progression at the time looked at, both first, among those alive by then.

    Grouped by what had been received up to a month; the patients who had died by it are out.
    """
    at_risk = data.time >= (0 if np.isinf(until) else until)
    both = (second <= until) & np.isfinite(second)
    free = np.minimum(progression, data.time) > LOOKED
    return (
        int((free & both & at_risk).sum()),
        int((both & at_risk).sum()),
        int((free & ~both & at_risk).sum()),
        int((~both & at_risk).sum()),
    )


# Limits of small arms --------------------------------------------------------------------------


def _small_arms(random: np.random.Generator, repeats: int) -> None:
    """Arms of 14 and 12 with the same survival: how often each limit holds the truth."""
    rate = np.log(2) / 22
    truths = {"survival": np.exp(-12 * rate), "rmst": (1 - np.exp(-12 * rate)) / rate}
    held: dict[str, list[bool]] = {}
    for _ in range(repeats):
        for name, holds in _one_cohort(random, rate, truths):
            held.setdefault(name, []).append(holds)
    print(f"\nArms of {SMALL[0]} and {SMALL[1]}, no difference; {repeats} cohorts\n")
    print("| limits of 95% | hold the truth in |")
    print("|---|---|")
    for name, each in held.items():
        print(f"| {name} | {100 * np.mean(each):.1f}% of {len(each)} |")


def _one_cohort(
    random: np.random.Generator, rate: float, truths: dict[str, float]
) -> Iterator[tuple[str, bool]]:
    n = sum(SMALL)
    group = np.repeat([0, 1], SMALL)
    death, end = random.exponential(1 / rate, n), random.uniform(12, 36, n)
    data = TimeToEvent(np.minimum(death, end), (death <= end).astype(np.int8))
    table = count(data, group, ("a", "b"))
    for limits in ("log-log", "plain"):
        found = survival.kaplan_meier(table.group("b"), 0.95, limits).at(12)
        if not np.isnan(found.low):
            holds = bool(found.low <= truths["survival"] <= found.high)
            yield f"survival at 12 months, {limits}", holds
    mean = survival.rmst(table.group("b"), 12).estimate
    if not np.isnan(mean.low):
        yield "mean time to 12 months, normal", bool(mean.low <= truths["rmst"] <= mean.high)
    gap = survival.rmst_difference(table, "a", "b", 12).difference
    if not np.isnan(gap.low):
        yield "difference of mean time, normal", bool(gap.low <= 0 <= gap.high)
    alive = (death > 12).astype(int)
    k1, k0 = int(alive[group == 1].sum()), int(alive[group == 0].sum())
    rates = proportions.difference(k1, SMALL[1], k0, SMALL[0]).estimate
    yield "difference of proportions, Newcombe", bool(rates.low <= 0 <= rates.high)
    wald = 1.96 * np.sqrt(
        k1 / SMALL[1] * (1 - k1 / SMALL[1]) / SMALL[1]
        + k0 / SMALL[0] * (1 - k0 / SMALL[0]) / SMALL[0]
    )
    yield "difference of proportions, Wald (not used)", bool(abs(rates.value) <= wald)
    hazard = cox.hazard_ratio(table, "a", "b")
    if not hazard.diverged:
        for name, found in (("Wald", hazard.ratio), ("profile", hazard.profile)):
            yield f"hazard ratio, {name}", bool(found.low <= 1 <= found.high)
    yield "log-rank test", bool(survival.log_rank(table).pvalue >= 0.05)
    drawn = survival.permutation_log_rank(table, 499, 1)
    yield "log-rank test by permutation", bool(drawn.pvalue >= 0.05)


# Cautions --------------------------------------------------------------------------------------


def arms(random: np.random.Generator, n: int, hazard: Hazard, complete: bool = False) -> LifeTable:
    """Two arms, the second with hazards of its own; followed to 18 to 36 months, or to death."""
    early, change, late = hazard
    rate, own = np.log(2) / MEDIAN, random.exponential(1, n)
    until = early * rate * change
    other = np.where(own < until, own / (early * rate), change + (own - until) / (late * rate))
    death = np.concatenate([random.exponential(1 / rate, n), other])
    end = np.full(2 * n, np.inf) if complete else random.uniform(CUT / 2, CUT, 2 * n)
    data = TimeToEvent(np.minimum(death, end), (death <= end).astype(np.int8))
    return count(data, np.repeat([0, 1], n), ("a", "b"))


def shapes(table: LifeTable) -> dict[str, bool]:
    """Which cautions two curves have, by their codes, and whether the log-rank test rejects."""
    hazard = cox.hazard_ratio(table, "a", "b")
    ends = [tail.tail(survival.kaplan_meier(each), each) for each in map(table.group, table.groups)]
    return {
        "not-proportional": hazard.proportional_hazards.pvalue < 0.05,
        "curves-cross": crossing.crossing(table, "a", "b").crosses,
        "log-rank test below 0.05": survival.log_rank(table).pvalue < 0.05,
        "lost by 24 months": any(end is not None and end.holds(24) for end in ends),
    }


def _cautions(random: np.random.Generator, repeats: int) -> None:
    kinds: dict[str, tuple[Hazard, bool]] = {
        "no difference": (SAME, False),
        "no difference, all followed to death": (SAME, True),
        "hazard halved": (HALVED, False),
        "crossing at 12 months": (CROSSING, False),
    }
    print(f"\nCautions, per cent of {repeats} cohorts with arms of {SIZES}\n")
    print("| caution | " + " | ".join(kinds) + " |")
    print("|---" * (1 + len(kinds)) + "|")
    found = {
        (kind, n): [shapes(arms(random, n, hazard, complete)) for _ in range(repeats)]
        for kind, (hazard, complete) in kinds.items()
        for n in SIZES
    }
    for name in found["no difference", SIZES[0]][0]:
        rates = [
            ", ".join(f"{100 * np.mean([c[name] for c in found[kind, n]]):.1f}" for n in SIZES)
            for kind in kinds
        ]
        print(f"| {name} | " + " | ".join(rates) + " |")
    print("\n| difference of proportions, none in truth: greatest share rejected | score | used |")
    print("|---|---|---|")
    for n1, n0 in ((18, 18), (30, 30), (30, 10), (60, 60)):
        score, used = rejected(n1, n0)
        print(f"| {n1} v {n0} | {100 * score:.1f}% | {100 * used:.1f}% |")


def rejected(n1: int, n0: int) -> tuple[float, float]:
    """How often, at most, no difference is rejected: by the score test, and by the one that we use.

    By full enumeration, without drawing.
    """
    k1, k0 = np.divmod(np.arange((n1 + 1) * (n0 + 1)), n0 + 1)
    z = np.abs(two_proportions.score(k1, n1, k0, n0, 0.0))
    p = [
        two_proportions.two_proportions(int(k), n1, int(j), n0).pvalue if 1.5 < far < 3 else far < 2
        for k, j, far in zip(k1, k0, z, strict=True)
    ]
    share = np.linspace(0, 1, 401)[:, None]
    each = stats.binom.pmf(k1, n1, share) * stats.binom.pmf(k0, n0, share)
    return tuple(
        float(each[:, region].sum(axis=1).max(initial=0))
        for region in (z > stats.norm.isf(0.025), np.asarray(p) < 0.05)
    )


if __name__ == "__main__":
    main()
