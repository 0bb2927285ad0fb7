"""What *Compare* claims where the causal truth is known.

python -m benchmarks.conclusions [--cohorts N] > docs/conclusions.md

Cohorts are simulated under no effect and under an effect of the treatment, with what makes
comparisons wrong: confounding by what is recorded, missing covariates, lost follow-up, a second
modality in those who live to receive it, scans that are rarer in one arm. Each is read as a
visitor reads it: a difference is claimed where the conclusion under the large numbers says that one
of zero is excluded, the way it goes is that of its words, and the cautions are the exhibit's.
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import cycle, islice

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib import exhibits
from lib.analyses import adjustment, comparison, robustness, sensitivity
from lib.analyses.adjustment import Adjusted
from lib.analyses.arms import compared
from lib.analyses.study import Study, opening_plan, under_study
from lib.cohort import Cohort, Source
from lib.exhibits import short
from lib.exhibits.exhibit import Exhibit
from lib.plan import Plan
from lib.schema import ENDPOINTS, MONTH
from lib.statistics.weighting import overlap_contrast

Floats = npt.NDArray[np.float64]
SIZES = (18, 30, 60, 120)
"""Patients of each arm, about."""
BASE, CUT, TAU = 14.0, 40.0, 24.0
"""Months: median survival, and of the longest follow-up; the horizon."""
RESAMPLES, EVERY = 200, 25
"""Draws of a bootstrap, and of how many cohorts one is compared with it."""
EFFECT = -0.6
CLAIMS = ("a difference of zero is excluded, but", "a ratio of 1 is excluded, but")
CLAIMS_NONE = (
    "a difference of zero included",
    "a ratio of 1 included",
    "what the treatment adds cannot be told",
    "Nothing is claimed",
    "Nothing is compared",
    "is withheld",
    "lies within these limits",
)
"""Words of a conclusion that claims a difference, and of those that do not."""
START = pd.Timestamp(2018, 1, 1)


@dataclass(frozen=True, slots=True)
class Scene:
    """What a cohort is like."""

    name: str
    effect: float = 0.0  # log hazard ratio of the comparison
    confounded: bool = False
    missing: float = 0.0  # share of patients with a covariate unknown, more of the dead
    by_arm: bool = False  # in the reference it is missing more often of the living instead
    lost: float = 0.0  # share of the patients whose follow-up ends early
    crossing: bool = False  # a second modality, for those who live to receive it
    scans: tuple[float, float] = (0.0, 0.0)  # months between scans; the endpoint is progression


SCENES = (
    Scene("no effect"),
    Scene("no effect, confounded", confounded=True),
    Scene("no effect, confounded, covariates missing", confounded=True, missing=0.25),
    Scene("no effect, follow-up lost", lost=0.4),
    Scene("no effect, second modality", crossing=True),
    Scene("no effect, scans rarer in one arm", scans=(1.5, 3.0)),
    Scene("effect", EFFECT),
    Scene("effect, confounded against it", EFFECT, confounded=True),
    Scene("effect, covariates missing", EFFECT, confounded=True, missing=0.25, by_arm=True),
)


def drawn(random: np.random.Generator, n: int) -> tuple[Floats, Floats, Floats]:
    """Liver involvement in per cent, extrahepatic disease, and what both add to the log hazard."""
    involvement = np.clip(random.normal(35, 15, n).round(), 1, 90)
    outside = (random.random(n) < 0.35).astype(float)
    return involvement, outside, 0.025 * (involvement - 35) + 0.7 * (outside - 0.35)


def chance(scene: Scene, involvement: Floats, outside: Floats) -> Floats:
    """Of receiving the comparison: the sicker receive it more often, where it is confounded."""
    if not scene.confounded:
        return np.full(len(involvement), 0.5)
    return np.asarray(1 / (1 + np.exp(-0.05 * (involvement - 35) - 0.9 * (outside - 0.35))))


def times(random: np.random.Generator, risk: Floats, effect: Floats | float) -> Floats:
    """Months to death."""
    return np.asarray(random.exponential(BASE / np.log(2), len(risk)) * np.exp(-risk - effect))


def truth(scene: Scene) -> float:
    """The difference of mean time in the overlap population, from both outcomes of everybody."""
    random = np.random.default_rng(1)
    involvement, outside, risk = drawn(random, 400_000)
    e = chance(scene, involvement, outside)
    same = random.exponential(BASE / np.log(2), len(risk)) * np.exp(-risk)
    gain = np.minimum(same * np.exp(-scene.effect), TAU) - np.minimum(same, TAU)
    return float(np.average(gain, weights=e * (1 - e)))


def cohort(scene: Scene, each: int, seed: int) -> Cohort:
    """One cohort, as it is read from a file."""
    random, n = np.random.default_rng(seed), 2 * each
    involvement, outside, risk = drawn(random, n)
    second = random.random(n) < chance(scene, involvement, outside)
    death = times(random, risk, scene.effect * second)
    end = random.uniform(CUT / 2, CUT, n)
    began = START + pd.to_timedelta((CUT - end) * MONTH, "D").round("D")
    lost = random.random(n) < scene.lost
    seen = np.where(lost, random.uniform(1, end), end)
    dead = death <= seen
    patients = pd.DataFrame(
        {
            "patient_id": [f"P{i}" for i in range(n)],
            "modality": np.where(second, "TACE", "HAI"),
            "first_procedure_date": began,
            "liver_involvement_pct": involvement,
            "extrahepatic": np.where(outside > 0, "yes", "no"),
            "death_date": _days(began, np.where(dead, death, np.nan)),
            "last_contact_date": _days(began, np.minimum(seen, death)),
            "vital_status": np.where(dead, "dead", "alive"),
            "row": np.arange(2, n + 2),
        }
    )
    tables = {}
    if scene.missing:
        often = dead == second if scene.by_arm else dead
        gone = random.random(n) < scene.missing * np.where(often, 1.3, 0.5)
        patients["liver_involvement_pct"] = patients["liver_involvement_pct"].mask(gone)
    if scene.crossing:
        other = random.exponential(9, n)
        patients["first_hai_date"] = _days(
            began, np.where(second, np.where(other < death, other, np.nan), 0)
        )
        patients["first_tace_date"] = _days(
            began, np.where(second, 0, np.where(other < death, other, np.nan))
        )
    if any(scene.scans):
        every = np.where(second, scene.scans[1], scene.scans[0])
        growth = np.minimum(random.exponential(7, n) * np.exp(-risk), death)
        visible = np.ceil(growth / every) * every
        progressed = (visible < death) & (visible <= seen)
        until = np.minimum(np.where(progressed, visible, np.inf), np.minimum(seen, death))
        patients["progression_date"] = _days(began, np.where(progressed, visible, np.nan))
        patients["last_assessment_date"] = _days(began, np.floor(until / every) * every)
        days = [
            (f"P{i}", began[i] + pd.Timedelta(days=float(k * every[i] * MONTH)))
            for i in range(n)
            for k in range(int(until[i] // every[i]) + 1)
        ]
        tables["assessments"] = pd.DataFrame(days, columns=["patient_id", "assessment_date"])
        seen_on = tables["assessments"]["assessment_date"]
        tables["assessments"]["assessment_date"] = seen_on.dt.round("D").astype("datetime64[s]")
    for name in patients:
        if str(patients[name].dtype).startswith("datetime"):
            patients[name] = patients[name].dt.round("D").astype("datetime64[s]")
    return Cohort(patients, tables, source=Source("simulated", f"{seed:064x}", rows=n))


def _days(began: pd.DatetimeIndex, months: Floats) -> pd.Series:
    days = pd.Series(pd.to_timedelta(np.nan_to_num(months) * MONTH, "D"))
    return (pd.Series(began) + days).where(~np.isnan(months))


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader of one cohort's first lines is told."""

    made_alike: bool
    claimed: int  # -1, 0 or 1: which arm lives longer, or no claim
    covers: bool | None  # whether the limits of the adjusted line hold the truth
    cautions: frozenset[str]
    between: bool | None  # whether limits with progression between scans hold no difference
    # Limits by estimating equations over those by bootstrap, where nothing is missing: their width,
    # and whether both hold 0 or neither does.
    equations: tuple[float, bool] | None


def read(scene: Scene, each: int, seed: int, true: float) -> Read | None:
    """Read one cohort; None where it has no two arms to compare."""
    found = cohort(scene, each, seed)
    plan = opening_plan(found, Plan())
    plan = replace(plan, comparison=replace(plan.comparison, permutations=99))
    study = under_study(found, plan)
    endpoint = ENDPOINTS["PFS" if any(scene.scans) else "OS"]
    return _told(study, endpoint.code, true, seed)


def _told(study: Study, code: str, true: float, seed: int) -> Read | None:
    endpoint, arms = ENDPOINTS[code], compared(study)
    result = comparison.of_arms(study)
    if result is None or arms is None:
        return None
    shown = next(each for each in result.survivals if each.endpoint == endpoint)
    given = adjustment.of_endpoint(study, endpoint)
    adjusted = short.main(result, given) if given and short.told(result, given) else None
    behind = robustness.hidden_cause(shown, study.plan, result.apart)
    exhibit = exhibits.comparison.of_endpoint(result, shown, behind, given)
    covers = adjusted.allows(true) if adjusted is not None else None
    said = frozenset(each.code for each in exhibit.cautions)
    sign = claimed(exhibit)
    scans = sensitivity.beside(study, endpoint)
    between = None if scans is None or scans.difference is None else scans.difference.allows(0)
    beside = _beside_bootstrap(given, seed) if seed % EVERY == 0 else None
    return Read(adjusted is not None, sign, covers, said, between, beside)


def claimed(shown: Exhibit) -> int:
    """Which arm is said to live longer: 1 for the comparison, -1 for the reference, 0 for neither.

    Fails where a conclusion is worded otherwise than this reads it.
    """
    assert shown.conclusion, shown.key
    if not any(words in shown.conclusion for words in CLAIMS):
        assert any(words in shown.conclusion for words in CLAIMS_NONE), shown.conclusion
        return 0
    longer, shorter = (f" months {way}" in shown.conclusion for way in ("longer", "shorter"))
    assert longer != shorter, shown.conclusion
    return 1 if longer else -1


def _beside_bootstrap(given: Adjusted | None, seed: int) -> tuple[float, bool] | None:
    """Limits beside those of the whole procedure in samples drawn again within each arm."""
    if given is None or given.weighted is None or given.design.imputation is not None:
        return None
    made, solved = given.design.cases, given.weighted.difference
    if solved is None or not np.isfinite(solved.low):
        return None
    random, group, drawn = np.random.default_rng(seed), made.group == 1, []
    for _draw in range(RESAMPLES):
        rows = np.concatenate(
            [random.choice(np.flatnonzero(group == arm), (group == arm).sum()) for arm in (0, 1)]
        )
        some = [replace(each, values=np.asarray(each.values)[rows]) for each in made.sets[0]]
        found = overlap_contrast(made.data.where(rows), group[rows], some, tau=given.tau)
        drawn.append(found.difference)
    low, high = np.nanquantile(drawn, (0.025, 0.975))
    return (solved.high - solved.low) / (high - low), solved.allows(0) == (low <= 0 <= high)


def _one(asked: tuple[Scene, int, int, float]) -> tuple[str, int, Read | None]:
    scene, each, seed, true = asked
    return scene.name, each, read(scene, each, seed, true)


def _asked(cohorts: int) -> Iterator[tuple[Scene, int, int, float]]:
    true = {scene.name: truth(scene) for scene in SCENES}
    places = cycle((scene, each) for scene in SCENES for each in SIZES)
    for seed, (scene, each) in enumerate(islice(places, cohorts)):
        yield scene, each, seed, true[scene.name]


def main() -> None:
    """Print what is claimed, and how often it is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.conclusions", description=__doc__)
    parser.add_argument("--cohorts", type=int, default=4000)
    cohorts = parser.parse_args().cohorts
    with ProcessPoolExecutor() as pool:
        found = [each for each in pool.map(_one, _asked(cohorts), chunksize=8) if each[2]]
    print("# What Compare claims, where the truth is known\n")
    print("Made by `python -m benchmarks.conclusions > docs/conclusions.md`, which says how.\n")
    sizes = ", ".join(map(str, SIZES))
    print(f"{len(found)} cohorts, arms of about {sizes} patients; per cent.\n")
    print("| cohorts | claimed, by size | made alike | limits hold | wrong way | cautioned |")
    print("|---|---|---|---|---|---|")
    for scene in SCENES:
        mine = [(each, said) for name, each, said in found if name == scene.name and said]
        print(f"| {scene.name} | {' | '.join(_row(scene, mine))} |")
    plain = {scene.name: scene for scene in SCENES if not scene.effect and not any(scene.scans)}
    none = [
        said.claimed != 0
        for name, _each, said in found
        if said and name in plain and (said.made_alike or not plain[name].confounded)
    ]
    between = [said.between for *_scene, said in found if said and said.between is not None]
    scenes = {scene.name for scene in SCENES if scene.effect}
    wrong = [said.claimed < 0 for name, _each, said in found if said and name in scenes]
    held = [said.covers for *_scene, said in found if said and said.covers is not None]
    print(f"\nLimits with the arms made alike hold the truth: {_share(held)} of {len(held)}")
    print(f"\nThe wrong way claimed under an effect: {_share(wrong)} of {len(wrong)}")
    print(f"\nUnequal scans, limits with progression between them hold: {_share(between)}")
    print(f"\nClaimed without an effect, its confounders used: {_share(none)} of {len(none)}")
    both = [said.equations for _name, _each, said in found if said and said.equations]
    if both:
        low, middle, high = np.quantile([width for width, _same in both], (0.05, 0.5, 0.95))
        print(
            f"\nWidth by estimating equations over that by bootstrap: {middle:.2f}, nine in ten "
            f"{low:.2f} to {high:.2f}; agree on 0 in {_share([same for _width, same in both])} of "
            f"{len(both)}"
        )


def _row(scene: Scene, mine: list[tuple[int, Read]]) -> list[str]:
    by_size = [[said for each, said in mine if each == size] for size in SIZES]
    held = [said.covers for _each, said in mine if said.covers is not None]
    wrong = [said.claimed * np.sign(-scene.effect) < 0 for _each, said in mine if scene.effect]
    told = Counter(code for _each, said in mine for code in said.cautions - {"not-randomised"})
    return [
        ", ".join(_share([said.claimed != 0 for said in some]) for some in by_size),
        _share([said.made_alike for _each, said in mine]),
        f"{_share(held)} of {len(held)}" if held else "",
        _share(wrong) if wrong else "",
        ", ".join(f"{code} {100 * k / len(mine):.0f}" for code, k in told.most_common()),
    ]


def _share(some: list[bool]) -> str:
    return f"{100 * np.mean(some):.1f}" if some else ""


if __name__ == "__main__":
    main()
