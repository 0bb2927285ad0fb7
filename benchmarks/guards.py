"""What the guards prevent, by simulation: ``python -m benchmarks.guards [--repeats N]``.

Two questions. How misleading is a group that only those can join who live long enough, where the
treatment does nothing at all? And do the limits hold what they promise for arms as small as ours?
"""

import argparse
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from lib.statistics import cox, proportions, survival
from lib.statistics.life_table import LifeTable, TimeToEvent, count

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
MEDIAN, INTERVAL, CUT = 14.0, 1.8, 36.0
"""Months: median survival, between procedures, and of the longest follow-up."""
LANDMARK, LOOKED = 6.0, 6.0
FREE = 9.0
"""Mean months without progression."""
SMALL = (14, 12)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guards", description=__doc__)
    parser.add_argument("--repeats", type=int, default=2000)
    repeats = parser.parse_args().repeats
    random = np.random.default_rng(20221)
    _immortal_time(random, repeats)
    _small_arms(random, repeats)


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
        print(f"| {name} | {middle:.2f} | {100 * np.mean(excluded):.1f} % |")
    print(f"\n| disease control at {LOOKED:g} months | difference | limits that exclude 0 |")
    print("|---|---|---|")
    for name, found in control.items():
        values = np.array([each for each, _ in found])
        share = 100 * np.mean([each for _, each in found])
        print(f"| {name} | {100 * values.mean():+.1f} points | {share:.1f} % |")


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
    print("| limits of 95 % | hold the truth in |")
    print("|---|---|")
    for name, each in held.items():
        print(f"| {name} | {100 * np.mean(each):.1f} % of {len(each)} |")


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


if __name__ == "__main__":
    main()
