"""The contrast of two arms given covariates at baseline: overlap weights, and a Cox model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from lib.analyses import cautions, comparison, survival
from lib.analyses.arms import Arms, compared
from lib.analyses.cautions import Caution
from lib.analyses.comparison import SurvivalContrast
from lib.analyses.counted import NO_ROWS, NotHeld, Population, on_scale
from lib.analyses.memory import ARMS, COMPARED, FOLLOWED, reads
from lib.analyses.modelled import Cases, Modelled, Pair, Timed, is_modelled
from lib.analyses.provenance import Provenance
from lib.analyses.reasons import sentence
from lib.analyses.study import Study, compared_arms
from lib.analyses.survival import GroupSurvival
from lib.language import Template
from lib.plan import SmallNumbers
from lib.schema import ADJUST_FOR, Column, Endpoint
from lib.statistics import regression, weighting
from lib.statistics.balance import Balance, standardized_difference
from lib.statistics.cox import HazardRatio
from lib.statistics.estimate import Estimate
from lib.statistics.imputation import enough, impute, pooled_model
from lib.statistics.life_table import LifeTable, TimeToEvent, count
from lib.statistics.regression import Covariate, CoxModel
from lib.statistics.survival import RmstContrast
from lib.written import INSIDE

ARM = "arm"  # the name of the compared arm among the covariates of a model
MOST, ITERATIONS = 5_000, 5
"""Patients up to whom missing values are drawn, in some seconds; and how often each again."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What an adjusted analysis asks of the numbers."""

    # code, message: its name, and an `N_` template in `{found}`, `{needed}` and `{columns}`
    code: str
    message: Template
    found: float
    needed: float
    columns: tuple[Column, ...] = ()  # of which it is not met

    @property
    def met(self) -> bool:
        """Whether there is as much as is needed."""
        return self.found >= self.needed


@dataclass(frozen=True, slots=True)
class Omitted:
    """A covariate of the fixed list or of the plan, or one that differs, not adjusted for."""

    column: Column
    # It differs between the arms, and nobody chose it; values, patients for its terms or any
    # difference are missing; it has more terms than are taken where no row is held; or the plan
    # chose without it.
    why: Literal["unlike", "missing", "numbers", "alike", "terms", "unchosen"]


@dataclass(frozen=True, slots=True)
class Filled:
    """A covariate, and the patients of each arm whose value of it is drawn."""

    column: Column
    missing: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Imputation:
    """What is drawn for missing values, given the arm, the outcome and what else is known."""

    filled: tuple[Filled, ...]  # the covariates of which a value is missing
    n: tuple[int, int]  # patients of each arm of whom one is
    sets: int  # how often each is drawn
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Who is compared with whom, and how alike weights make them."""

    provenance: Provenance
    endpoint: Endpoint
    arms: Annotated[Arms, INSIDE]  # reference first
    covariates: tuple[Column, ...]  # what is adjusted for
    chosen: bool  # whether the plan names them
    # What bears on choice and outcome, is in the file, and is not adjusted for.
    omitted: tuple[Omitted, ...]
    terms: int  # degrees of freedom they take in a model
    # n, incomplete: patients used of each arm, and those left out because a covariate is missing
    n: tuple[int, int]
    incomplete: tuple[int, int]
    imputation: Imputation | None  # None where nothing is missing, or nothing is drawn
    events: int  # of the patients used
    requirements: tuple[Requirement, ...]  # what weighting asks, as far as it could be asked
    # propensity, weights: where the numbers allow; means over what was drawn
    propensity: weighting.Propensity | None
    weights: weighting.Weights | None
    # before, after: standardized differences of every baseline column, among all patients of the
    # arms, and among the weighted
    before: tuple[tuple[Column, Balance], ...]
    after: tuple[tuple[Column, Balance], ...]
    cases: Annotated[Cases, INSIDE]  # the patients used: with a time, all covariates known or drawn

    @property
    def weighed(self) -> bool:
        """Whether the numbers allow weighting."""
        return self.weights is not None and all(each.met for each in self.requirements)

    @property
    def late(self) -> bool:
        """Whether patients come late under observation, so that nothing is weighted."""
        return _FROM_THE_START in self.requirements

    def table(self) -> LifeTable:
        """The follow-up of the patients used, counted by arm."""
        return self.cases.table(self.arms.codes)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Patients of both arms in memory."""

    data: TimeToEvent  # (n,) their follow-up
    group: npt.NDArray[np.int64]  # (n,) their arm
    # Their covariates, as a model takes them: once, or as often as what is missing is drawn.
    sets: tuple[tuple[Covariate, ...], ...]
    counted = False

    @property
    def known(self) -> bool:
        """Whether every covariate is known of every one of them."""
        return all(bool(each.known.all()) for each in self.sets[0])

    def table(self, groups: Pair) -> LifeTable:
        """Their follow-up, counted by arm."""
        return count(self.data, self.group, groups)

    def cox(self, arm: str, groups: Pair, confidence: float) -> CoxModel:
        """Cox's model of the arm and the covariates, pooled over what is drawn."""
        term = Covariate(arm, self.group, groups)
        models = [fitted(self.data, [term, *each], confidence) for each in self.sets]
        return pooled_model(models, confidence)

    def weighted(self, groups: Pair, confidence: float, tau: float | None) -> weighting.Weighted:
        """Both arms after overlap weighting."""
        comparison = self.group == 1
        return weighting.weighted_comparison(
            self.data, comparison, self.sets, groups, confidence, tau
        )


@dataclass(frozen=True, slots=True)
class Complete:
    """The same of those alone whose covariates are all known; None where they are too few."""

    n: tuple[int, int]
    events: int
    ratio: Estimate | None  # hazard ratio given the covariates
    weighted: Estimate | None  # hazard ratio of the weighted arms
    difference: Estimate | None  # of mean time, weighted


@dataclass(frozen=True, slots=True, eq=False)
class Adjusted:
    """The contrast of an endpoint as it is, and given the covariates in two ways."""

    design: Design
    crude: Annotated[SurvivalContrast, INSIDE]  # of all patients with a time
    # same_hazard, same_mean: the same of the patients that the adjusted results use, where those
    # are fewer
    same_hazard: HazardRatio | None
    same_mean: RmstContrast | None
    requirements: tuple[Requirement, ...]  # what the model asks
    model: CoxModel | None  # its first term is the arm; None where the numbers do not allow it
    weighted: weighting.Weighted | None
    complete: Complete | None  # beside what is imputed
    # The weighted curves, with the counts of patients under them as they are.
    groups: tuple[GroupSurvival, ...]
    tau: float | None  # to which mean times are compared
    # Patients of each arm at risk then, where a curve carries no number.
    unsure: tuple[int, int] | None
    cautions: tuple[Caution, ...]


def unmet(asked: Iterable[Requirement]) -> list[Requirement]:
    """What is not met; that no feature can be adjusted for, only where nothing else explains it."""
    failed = [each for each in asked if not each.met]
    others = [each for each in failed if each.code != "covariates"]
    return others or failed


_FROM_THE_START = Requirement("late-entry", sentence("needs-first-procedure-clock"), 0, 1)


@reads(*ARMS, *FOLLOWED, "small", "comparison.covariates", "comparison.seed")
def design(population: Population, endpoint: Endpoint) -> Design | None:
    """Choose the covariates, draw what is missing of them, and weigh the arms where numbers allow.

    `population`: its plan's `comparison` names the arms and, where it does, the covariates; values
    are drawn of rows in memory alone. `endpoint`: patients without a time to it are not used; what
    is missing is drawn given what became of them.
    """
    arms = compared(population)
    if arms is None:
        return None
    whose = adjustable(population)
    if not isinstance(whose, Study):
        return _summed(whose, endpoint, arms)
    held = _held(whose, endpoint, arms)
    return _designed(whose, endpoint, arms, _chosen(whose, held), held.filling)


def adjustable(population: Population) -> Study | Modelled:
    """Whoever has rows, or sums over them; `NotHeld` of others."""
    if isinstance(population, Study) or is_modelled(population):
        return population
    raise NotHeld(NO_ROWS)


@reads(*ARMS, *FOLLOWED, "small", "comparison.covariates")
def complete(population: Population, endpoint: Endpoint) -> Design | None:
    """The design of those patients alone whose covariates are all known, so that it is quick."""
    arms = compared(population)
    if arms is None:
        return None
    whose = adjustable(population)
    if not isinstance(whose, Study):
        return _summed(whose, endpoint, arms)
    held = replace(_held(whose, endpoint, arms), filling=False)
    return _designed(whose, endpoint, arms, _chosen(whose, held), False)


class _Patients(Protocol):
    """Patients of two arms with a time, of whom covariates are to be chosen."""

    @property
    def filling(self) -> bool:
        """Whether values that are missing are drawn, and nobody left out for them."""

    @property
    def most(self) -> float:
        """How many terms of covariates a model may have."""

    def n(self, columns: Sequence[Column] = ()) -> tuple[int, int]:
        """Patients of each arm of whom all of some columns are known."""

    def terms(self, columns: Sequence[Column]) -> list[int]:
        """Degrees of freedom that columns take in a model; 0 of one that is alike in all."""


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """Patients in memory."""

    study: Study
    arms: npt.NDArray[np.int64]  # of all patients, -1 for those in neither or without a time
    filling: bool
    most = np.inf

    def n(self, columns: Sequence[Column] = ()) -> tuple[int, int]:
        kept = _known(self.study, columns)
        return by_arm(self.arms[kept])

    def terms(self, columns: Sequence[Column]) -> list[int]:
        kept = self.arms >= 0
        if not self.filling:
            kept = kept & _known(self.study, columns)
        rows = np.flatnonzero(kept)
        return [terms_of([predictor(self.study, each, rows)]) for each in columns]


@dataclass(frozen=True, slots=True)
class _Counted:
    """Patients of whom sums are had."""

    timed: Timed
    filling = False

    @property
    def most(self) -> float:
        return self.timed.most

    def n(self, columns: Sequence[Column] = ()) -> tuple[int, int]:
        return self.timed.n(columns)

    def terms(self, columns: Sequence[Column]) -> list[int]:
        return self.timed.terms(columns)


def _held(study: Study, endpoint: Endpoint, arms: Arms) -> _Held:
    """The arms' patients with a time to the endpoint: they alone can be adjusted.

    Missing values may be drawn of patients all seen from the start, and not too many.
    """
    groups = compared_arms(study)
    assert groups is not None
    from_the_start = study.plan.survival.origin == "first_procedure_date"
    filling = from_the_start and sum(arms.n) <= MOST
    return _Held(study, np.where(study.follow(endpoint).used, groups.codes, -1), filling)


def _summed(population: Modelled, endpoint: Endpoint, arms: Arms) -> Design:
    """The design of patients of whom all covariates are known, and of whom no row is here."""
    timed, small = population.timed(endpoint), population.plan.small
    every = _Counted(timed)
    columns = _chosen(population, every)
    predictors = [each for each in timed.predictors(columns) if each is not None]
    used = tuple(each.column for each in predictors)
    cases = timed.complete(predictors)
    n, all_timed, terms = cases.n, timed.n(), sum(each.terms for each in predictors)
    fewest = min(cases.table(arms.codes).events.sum(axis=1).tolist()) if min(n) else 0
    asked = of_both(n, (cases.events, fewest), terms, small, False)
    if timed.late:
        asked.append(_FROM_THE_START)
    before = _before(population)
    asked += _in_common(before, cases.balance(used, False) if min(n) else ())
    ready = bool(terms) and all(each.met for each in asked)
    if ready:
        asked += _effective(cases.weights, small)
    return Design(
        population.provenance,
        endpoint,
        arms,
        used,
        bool(population.plan.comparison.covariates),
        _omitted(population, every, used, before),
        terms,
        n,
        (all_timed[0] - n[0], all_timed[1] - n[1]),
        None,
        cases.events,
        tuple(asked),
        cases.propensity if ready else None,
        cases.weights if ready else None,
        before,
        tuple(cases.balance([column for column, _found in before], True)) if ready else (),
        cases,
    )


def _designed(
    study: Study, endpoint: Endpoint, arms: Arms, columns: Sequence[Column], filling: bool
) -> Design:
    """`filling`: whether values that are missing are drawn, and nobody left out for them."""
    plan, follow, timed = study.plan, study.follow(endpoint), _held(study, endpoint, arms)
    small, codes = plan.small, timed.arms
    have = (codes >= 0) & _known(study, columns)
    kept = codes >= 0 if filling else have
    rows = ordered(study, columns, codes, np.flatnonzero(kept), follow.months, follow.event)
    group, data = codes[rows], follow.at(rows)
    n, left = by_arm(group), timed.n()
    made = [predictor(study, column, rows) for column in columns]
    used = tuple(c for c, each in zip(columns, made, strict=True) if each is not None)
    predictors = tuple(each for each in made if each is not None)
    terms = terms_of(predictors)
    events = int(follow.event[rows].sum())
    fewest = min(by_arm(group[follow.event[rows]]))
    asked = of_both(n, (events, fewest), terms, small, filling)
    if follow.entry is not None:
        asked.append(_FROM_THE_START)
    before = _before(study)
    asked += _in_common(before, _among(study, group, rows, used))
    ready = bool(terms) and all(each.met for each in asked)
    drawn = ready and not all(each.known.all() for each in predictors)
    sets: tuple[tuple[Covariate, ...], ...] = (predictors,)
    if drawn:
        random = np.random.default_rng(plan.comparison.seed)
        sets = impute(predictors, group, data, enough(predictors), random, iterations=ITERATIONS)
    fits = [weighting.propensity(group == 1, each) for each in sets] if ready else []
    weights = [weighting.overlap_weights(group == 1, fit.value) for fit in fits]
    if weights:
        asked += _effective(weighting.mean_weights(weights), small)
    return Design(
        study.provenance,
        endpoint,
        arms,
        used,
        bool(plan.comparison.covariates),
        _omitted(study, replace(timed, filling=filling), used, before),
        terms,
        n,
        (left[0] - n[0], left[1] - n[1]),
        _imputation(used, predictors, group, len(sets), plan.comparison.seed) if drawn else None,
        events,
        tuple(asked),
        weighting.mean_propensity(fits) if fits else None,
        weighting.mean_weights(weights) if weights else None,
        before,
        _after(study, group, rows, [column for column, _found in before], used, sets, weights),
        Rows(data, group, sets),
    )


def _imputation(
    columns: Sequence[Column],
    predictors: Sequence[Covariate],
    group: npt.NDArray[np.int64],
    sets: int,
    seed: int,
) -> Imputation:
    missing = {c: ~each.known for c, each in zip(columns, predictors, strict=True)}
    return Imputation(
        tuple(Filled(c, by_arm(group[gone])) for c, gone in missing.items() if gone.any()),
        by_arm(group[np.logical_or.reduce([*missing.values()])]),
        sets,
        seed,
    )


def covariates(population: Population, endpoint: Endpoint) -> list[Column]:
    """The plan's covariates; where it names none, as many of the schema's as the arms allow.

    Of those that enough patients have a value of, in the schema's order, until the smaller arm
    has too few patients for one term more. Neither events nor times are looked at, but only
    patients with a time to the endpoint are counted.
    """
    arms, whose = compared(population), adjustable(population)
    if arms is None:
        return []
    if isinstance(whose, Study):
        return _chosen(whose, _held(whose, endpoint, arms))
    return _chosen(whose, _Counted(whose.timed(endpoint)))


def _chosen(population: Population, patients: _Patients) -> list[Column]:
    known = {column.name: column for column in comparison.candidates(population)}
    named, small = population.plan.comparison.covariates, population.plan.small
    if named:
        asked = [known[name] for name in named if name in known]
        return [
            each for each in asked if not patients.filling or not _scarce(patients, each, small)
        ]
    found: list[Column] = []
    for name in ADJUST_FOR:
        if name not in known or _scarce(patients, known[name], small):
            continue
        if not _fits(patients, [known[name]], small):
            continue
        if not _fits(patients, [*found, known[name]], small):
            break
        found.append(known[name])
    return found


def _scarce(patients: _Patients, column: Column, small: SmallNumbers) -> bool:
    """Whether too few values are known: of both arms, or of an arm where the rest is drawn."""
    known, every = patients.n([column]), patients.n()
    if not patients.filling:
        return bool(sum(every)) and sum(known) / sum(every) < small.known_adjusted
    parts = zip(known, every, strict=True)
    return any(n and have / n < small.known_imputed for have, n in parts)


def _omitted(
    population: Population,
    patients: _Patients,
    used: Sequence[Column],
    before: Sequence[tuple[Column, Balance]],
) -> tuple[Omitted, ...]:
    """What is on the fixed list or in the plan, or differs between the arms, and is left out.

    `before`: how alike the arms are in each column.
    """
    chosen, small = population.plan.comparison.covariates, population.plan.small
    known = {column.name: column for column in comparison.candidates(population)}
    unlike = [column.name for column, found in before if found.exceeds]
    names = dict.fromkeys((*chosen, *ADJUST_FOR, *unlike))
    asked = chosen or ADJUST_FOR
    found = []
    for column in (known[name] for name in names if name in known):
        if column in used:
            continue
        if column.name in asked:
            found.append(Omitted(column, _hindered(patients, column, small)))
        elif column.name in unlike:
            scarce = _scarce(patients, column, small)
            found.append(Omitted(column, "missing" if scarce else "unlike"))
        else:
            found.append(Omitted(column, "unchosen"))
    return tuple(found)


def _hindered(
    patients: _Patients, column: Column, small: SmallNumbers
) -> Literal["missing", "numbers", "alike", "terms"]:
    """Why a column that is asked for has no part in a model."""
    (terms,) = patients.terms([column])
    if not terms:
        return "alike"
    if _scarce(patients, column, small):
        return "missing"
    return "terms" if terms > patients.most else "numbers"


def _fits(patients: _Patients, columns: Sequence[Column], small: SmallNumbers) -> bool:
    """Whether the smaller arm has patients enough for the terms of some columns, the last new.

    A column without a term of its own never fits, and no model has more terms than it may.
    """
    each = patients.terms(columns)
    n = patients.n(() if patients.filling else columns)
    terms = sum(each)
    return bool(each[-1]) and terms <= patients.most and terms * small.patients_per_term <= min(n)


def _known(study: Study, columns: Sequence[Column]) -> npt.NDArray[np.bool_]:
    known = study.rows([column.name for column in columns]).notna().all(axis=1)
    return known.to_numpy(bool)


def by_arm(codes: npt.NDArray[np.int64]) -> tuple[int, int]:
    """How many of some patients are in each arm, reference first."""
    return int((codes == 0).sum()), int((codes == 1).sum())


def terms_of(covariates: Iterable[Covariate | None]) -> int:
    """Degrees of freedom that covariates take in a model; one that is the same for all, none."""
    return sum(each.columns().shape[1] for each in covariates if each is not None)


def _numbers(study: Study, column: Column) -> npt.NDArray[Any]:
    values = study.rows((column.name,))[column.name].to_numpy(np.float64, na_value=np.nan)
    return on_scale(column, values)


def predictor(study: Study, column: Column, rows: npt.NDArray[np.int64]) -> Covariate | None:
    """A column as a model takes it: a number, its logarithm, or levels; None where all are alike.

    The level that most have is the reference; nan, or a code below 0, is no value.
    """
    if column.kind == "number":
        values = _numbers(study, column)[rows]
        known = values[~np.isnan(values)]
        return Covariate(column.name, values) if len(known) and np.ptp(known) > 0 else None
    groups = study.groups(column.name)
    codes = groups.codes[rows]
    counts = np.bincount(codes[codes >= 0], minlength=len(groups.levels))
    present = sorted(np.flatnonzero(counts).tolist(), key=lambda at: (-int(counts[at]), at))
    if len(present) < 2:
        return None
    place = np.full(len(groups.levels) + 1, -1)
    place[present] = np.arange(len(present))
    return Covariate(column.name, place[codes], tuple(groups.levels[at].code for at in present))


def ordered(
    study: Study,
    columns: Sequence[Column],
    arms: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
    months: npt.NDArray[np.float64],
    event: npt.NDArray[np.bool_],
) -> npt.NDArray[np.int64]:
    """The rows in an order of their own, so that draws do not depend on that of the file."""
    values = [
        study.rows((column.name,))[column.name].astype(str).fillna("").to_numpy()[rows]
        for column in columns
    ]
    return rows[np.lexsort((*values, arms[rows], event[rows], months[rows]))]


def of_both(
    n: tuple[int, int], events: tuple[int, int], terms: int, small: SmallNumbers, filling: bool
) -> list[Requirement]:
    """What both ways of adjusting ask; of all patients where missing values are drawn.

    `events`: of both arms, and of the arm with fewest.
    """
    fewest, few = min(n), small.arm_events_compared
    features = sentence("needs-covariates" if terms else "lacks-covariates")
    patients = sentence("needs-patients" if filling else "needs-known")
    of_terms, needed = sentence("needs-patients-per-term"), terms * small.patients_per_term
    return [
        Requirement("covariates", features, terms, 1),
        Requirement("arm", patients, fewest, small.arm_adjusted),
        Requirement("events", sentence("needs-events"), events[0], small.events_adjusted),
        Requirement("arm-events", sentence("needs-events-of-each"), events[1], few),
        Requirement("terms", of_terms, fewest, needed),
    ]


def _effective(weights: weighting.Weights, small: SmallNumbers) -> list[Requirement]:
    found, needed = min(weights.effective), small.effective_adjusted
    return [Requirement("effective", sentence("needs-effective"), found, needed)]


def _before(population: Population) -> tuple[tuple[Column, Balance], ...]:
    arms = compared(population)
    found = () if arms is None else comparison.covariates(population, arms)
    return tuple((each.column, each.balance) for each in found if each.balance is not None)


def _among(
    study: Study,
    group: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
    columns: Sequence[Column],
    weight: npt.NDArray[np.float64] | None = None,
) -> tuple[tuple[Column, Balance], ...]:
    """Standardized differences of the patients used, weighted where weights are given."""
    first, second = (group == arm for arm in (0, 1))
    found = []
    for column in columns:
        if column.kind == "number":
            values, levels = _numbers(study, column), None
        else:
            groups = study.groups(column.name)
            values, levels = groups.codes, max(2, len(groups.levels))
        mine = values[rows]
        by_arm = (None, None) if weight is None else (weight[second], weight[first])
        balance = standardized_difference(mine[second], mine[first], levels, *by_arm)
        found.append((column, balance))
    return tuple(found)


def _after(
    study: Study,
    group: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
    columns: Sequence[Column],
    used: Sequence[Column],
    sets: Sequence[Sequence[Covariate]],
    weights: Sequence[weighting.Weights],
) -> tuple[tuple[Column, Balance], ...]:
    """Standardized differences of the weighted patients, the mean of what was drawn."""
    found: dict[Column, list[Balance]] = {column: [] for column in columns}
    first, second = (group == arm for arm in (0, 1))
    for weight, completed in zip(weights, sets, strict=False):
        filled = dict(zip(used, completed, strict=True)) if len(sets) > 1 else {}
        others = [column for column in columns if column not in filled]
        for column, balance in _among(study, group, rows, others, weight.value):
            found[column].append(balance)
        for column, each in filled.items():
            values, by = each.values, (weight.value[second], weight.value[first])
            levels = len(each.levels) or None
            balance = standardized_difference(values[second], values[first], levels, *by)
            found.setdefault(column, []).append(balance)
    return tuple((column, _mean(each)) for column, each in found.items() if each)


def _mean(balances: Sequence[Balance]) -> Balance:
    if len(balances) == 1:
        return balances[0]
    with np.errstate(invalid="ignore"):  # endless in both directions: not estimable
        value, band, n1, n0 = (
            float(np.mean([getattr(each, name) for each in balances]))
            for name in ("value", "band", "n1", "n0")
        )
    return replace(balances[0], value=value, band=band, n1=n1, n0=n0)


def _in_common(*balances: Sequence[tuple[Column, Balance]]) -> list[Requirement]:
    """What nobody can adjust for: nothing of it is common to both arms, or to those used."""
    alone = {column.name: column for each in balances for column, found in each if found.apart}
    if not alone:
        return []
    message = sentence("needs-alike")
    return [Requirement("in-common", message, 0, 1, tuple(alone.values()))]


@reads(*COMPARED, "comparison.covariates")
def of_endpoint(population: Population, endpoint: Endpoint) -> Adjusted | None:
    """Compare the arms as they are, given the covariates, and weighted by them.

    Limits after weighting are by estimating equations; where missing values are drawn, pooled over
    the draws.
    """
    made, arms = design(population, endpoint), compared(population)
    if made is None or arms is None:
        return None
    plan = population.plan
    crude = comparison.survival_contrast(population, endpoint, arms)
    asked = _of_model(made, plan.small)
    same_hazard = same_mean = None
    tau = unsure = None
    if sum(made.incomplete) and min(made.n) >= plan.small.arm_compared:
        pair = _pair(made)
        same_hazard = comparison.ratio(made.table(), pair, plan)[0]
    if min(made.n) >= plan.small.arm_compared and not made.late:
        mean = comparison.mean_time(made.table(), _pair(made), plan)[0]
        if mean is not None:
            tau, unsure = mean.tau, comparison.unsure(_pair(made), mean.tau)
        same_mean = mean if sum(made.incomplete) else None
    model = _model(made) if all(each.met for each in asked) else None
    weighted = weighted_arms(made, tau) if made.weighed else None
    beside = None
    if made.imputation is not None and (model is not None or weighted is not None):
        assert isinstance(population, Study), "values are drawn of rows"
        beside = _complete(population, made, tau)
    return Adjusted(
        made,
        crude,
        same_hazard,
        same_mean,
        asked,
        model,
        weighted,
        beside,
        () if weighted is None else _drawn(made, weighted),
        tau,
        unsure,
        (*_left_out(made, crude, same_hazard), *_beware(made, model, weighted))
        if model is not None or weighted is not None
        else (),
    )


def _complete(study: Study, imputed: Design, tau: float | None) -> Complete:
    """Complete cases given the same covariates, of which all patients allow more than they do."""
    plan = study.plan
    small = replace(plan.small, patients_per_term=1, events_per_term=1)
    eased = replace(study, plan=replace(plan, small=small))
    made = _designed(eased, imputed.endpoint, imputed.arms, imputed.covariates, False)
    weighted = weighted_arms(made, tau) if made.weighed else None
    difference = weighted.difference if weighted is not None else None
    return Complete(
        made.n,
        made.events,
        model_ratio(made),
        weighted.ratio if weighted is not None else None,
        None if difference is None or np.isnan(difference.value) else difference,
    )


def _left_out(made: Design, crude: SurvivalContrast, same: HazardRatio | None) -> list[Caution]:
    """Who has no part in what is adjusted, and how the others differ from all."""
    if not sum(made.incomplete):
        return []
    n = sum(made.n) + sum(made.incomplete)
    most = None if made.late or made.cases.counted else MOST
    found = cautions.complete_cases(sum(made.incomplete), n, most, made.cases.counted)
    if crude.hazard is not None and same is not None:
        found += cautions.complete_cases_differ(crude.hazard.ratio.value, same.ratio.value)
    return found


def model_ratio(made: Design) -> Estimate | None:
    """The hazard ratio of the arms given the covariates; None where the numbers do not allow it."""
    if not all(each.met for each in _of_model(made, made.provenance.plan.small)):
        return None
    return _model(made).terms[0].ratio


def _of_model(made: Design, small: SmallNumbers) -> tuple[Requirement, ...]:
    both = [each for each in made.requirements if each.code not in ("effective", "late-entry")]
    return (*both, events_per_term(made.events, made.terms, small))


def events_per_term(events: int, terms: int, small: SmallNumbers) -> Requirement:
    """What a model asks of the events for some terms, the arm's own besides."""
    needed = (terms + 1) * small.events_per_term
    return Requirement("events-per-term", sentence("needs-events-per-term"), events, needed)


def _pair(made: Design) -> tuple[GroupSurvival, GroupSurvival]:
    table, plan = made.table(), made.provenance.plan
    first, second = (
        survival.estimated(level, table.group(level.code), plan) for level in made.arms.levels
    )
    return first, second


def _model(made: Design) -> CoxModel:
    return made.cases.cox(ARM, made.arms.codes, made.provenance.plan.confidence)


def fitted(data: TimeToEvent, terms: Sequence[Covariate], confidence: float) -> CoxModel:
    """Fit Cox's model; with Firth's correction where a coefficient diverges."""
    model = regression.cox_regression(data, terms, confidence=confidence)
    if model.diverged:
        return regression.cox_regression(data, terms, confidence=confidence, firth=True)
    return model


def weighted_arms(made: Design, tau: float | None) -> weighting.Weighted:
    """Both arms after overlap weighting."""
    return made.cases.weighted(made.arms.codes, made.provenance.plan.confidence, tau)


def _drawn(made: Design, weighted: weighting.Weighted) -> tuple[GroupSurvival, ...]:
    """The weighted curves; under them the patients as they are, not their weights."""
    groups = []
    for group, line in zip(_pair(made), weighted.curves, strict=True):
        assert group.curve is not None  # an arm this large has a curve
        curve = replace(
            group.curve,
            survival=line.survival,
            low=line.low,
            high=line.high,
            method=line.method,
        )
        groups.append(replace(group, curve=curve, median=curve.median(), milestones=()))
    return tuple(groups)


def _beware(
    made: Design, model: CoxModel | None, weighted: weighting.Weighted | None
) -> list[Caution]:
    found: list[Caution] = []
    found += cautions.caution("unmeasured")
    if made.propensity is not None and made.propensity.separated:
        found += cautions.caution("arms-told-apart")
    if model is not None:
        if model.method.code == "cox-firth":
            found += cautions.caution("model-separation")
        elif model.diverged:
            found += cautions.caution("model-diverged")
        found += cautions.not_proportional(model.terms[0].proportional_hazards.pvalue)
    return found
