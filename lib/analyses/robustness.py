"""The contrast under every defensible choice in the plan, and what could explain it away."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import isnan
from typing import Annotated, Any, Literal, get_args, get_type_hints

from lib.analyses import adjustment, comparison
from lib.analyses.adjustment import Design, adjustable, weighted_arms
from lib.analyses.arms import compared
from lib.analyses.comparison import Comparison, ResponseContrast, SurvivalContrast
from lib.analyses.counted import Population
from lib.analyses.memory import COMPARED, reads
from lib.analyses.modelled import Modelled
from lib.analyses.reasons import sentence
from lib.analyses.states import BEST
from lib.analyses.study import Study, under_study
from lib.analyses.subgroups import Rate
from lib.language import Template
from lib.plan import Deaths, Plan, SmallNumbers
from lib.schema import Column, Endpoint
from lib.statistics import weighting
from lib.statistics.estimate import Estimate
from lib.statistics.weighting import EValue
from lib.written import INSIDE

MOST = 48  # specifications of one contrast: more are not read
RARE = 0.15  # share of patients with the event below which a hazard ratio is close to a risk ratio
CRUDE, MODEL, WEIGHTED = "unadjusted", "Cox model", "overlap weights"
DENOMINATORS = ("treated", "evaluable")
WEIGHTS_FROM_START = sentence("no-other-clock-with-weights")
RECORDED_LATER = sentence("recorded-modality-not-tried")
SETTLED = sentence("settled-not-tried")
SAME_DEATHS = sentence("rules-tried-once")
_YES_NO = {True: "yes", False: "no"}


@dataclass(frozen=True, slots=True)
class Dimension:
    """One choice that could have been made otherwise."""

    name: Template  # which, an `N_` template
    options: tuple[str, ...]  # what was tried, as the plan writes it
    own: str  # what the plan has


@dataclass(frozen=True, slots=True, eq=False)
class Specification:
    """The contrast under one set of choices."""

    options: tuple[str, ...]  # one of each dimension
    own: bool  # whether these are the plan's choices, unadjusted
    # n, events: of the reference and the comparison: patients, and those with the event or the
    # response
    n: tuple[int, int]
    events: tuple[int, int]
    ratio: Estimate | None  # hazard ratio, for an endpoint
    # Of mean time, for an endpoint; of rates, for a rate. A model has none.
    difference: Estimate | None
    gaps: tuple[tuple[float, float], ...] = ()  # within exact limits, rejected by the same test


@dataclass(frozen=True, slots=True)
class Spread:
    """The estimates of one measure made one way, and what their limits leave out."""

    measure: Literal["ratio", "difference"]
    option: str  # that of the last dimension: estimates of several are of different things
    # low, high: the lowest and the highest of them
    low: float
    high: float
    # counted, limited: how many there are, and how many of these have limits
    counted: int
    limited: int
    excluding: int  # how many have limits that leave out no difference


@dataclass(frozen=True, slots=True, eq=False)
class Robustness:
    """One contrast under all its specifications."""

    outcome: Endpoint | Rate
    compared: Annotated[Comparison, INSIDE]  # by the plan's own choices
    dimensions: tuple[Dimension, ...]
    # Choices that were not varied, because there would be more than `MOST` specifications.
    kept: tuple[Dimension, ...]
    specifications: tuple[Specification, ...]  # the plan's own first
    spreads: tuple[Spread, ...]  # none where no specification gives such an estimate
    # Why some combinations are no specification, `N_` templates.
    not_tried: tuple[Template, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Choice:
    """A dimension with the plans that its options make."""

    name: Template
    part: str
    field: str
    options: tuple[Any, ...]

    def now(self, plan: Plan) -> Any:
        return getattr(getattr(plan, self.part), self.field)

    def put(self, plan: Plan, option: Any) -> Plan:
        part = replace(getattr(plan, self.part), **{self.field: option})
        return replace(plan, **{self.part: part})


def _choice(name: Template, part: str, field: str, options: Sequence[Any] = ()) -> list[_Choice]:
    """A choice of the plan: all that its `Literal` allows; none where the plan has no such part."""
    kinds = get_type_hints(get_type_hints(Plan)[part])
    found = tuple(options) or (get_args(kinds[field]) if field in kinds else ())
    return [_Choice(name, part, field, found)] if len(found) > 1 else []


@reads(*COMPARED, "comparison.covariates")
def of_endpoint(population: Population, endpoint: Endpoint) -> Robustness | None:
    """Hazard ratio and difference of mean time under every specification.

    `population`: its plan's own choices come first; those of the plan's `Literal` types are varied,
    but for what was settled before rows were counted. Raises `NotHeld` without rows or sums.
    """
    study = adjustable(population)
    compared = comparison.of_arms(study)
    if compared is None:
        return None
    origins = _origins(study)
    rules, why = _modality_rules(study, compared)
    choices = origins + rules
    if endpoint.code != "OS" and study.provenance.measured and not study.settled:
        choices += _choice(sentence("choice-responses"), "response", "source")
    ways = (CRUDE, MODEL, WEIGHTED)
    tried = _tried(choices, len(ways))
    found: list[Specification] = []
    for options, other in tried.studies(study):
        own = options == tried.own(study.plan)
        found += _of_survival(other, endpoint, tuple(map(_word, options)), own)
    dimensions = (
        *tried.dimensions(study.plan),
        Dimension(sentence("choice-adjusted"), ways, CRUDE),
    )
    if any(choice in origins for choice in tried.varied):
        why += (WEIGHTS_FROM_START,)
    return _summed(endpoint, compared, dimensions, tried.kept(study.plan), found, why)


@reads(*COMPARED)
def of_rate(population: Population, rate: Rate) -> Robustness | None:
    """The difference of a response rate, as `of_endpoint`; None without two arms."""
    study = adjustable(population)
    compared = comparison.of_arms(study)
    if compared is None:
        return None
    choices, why = _modality_rules(study, compared)
    choices += _choice(sentence("choice-deaths"), "response", "deaths")
    if study.provenance.measured and not study.settled:
        choices += _choice(sentence("choice-responses"), "response", "source")
        if rate.months == BEST:
            choices += _choice(sentence("choice-confirmed"), "response", "confirm", (True, False))
    tried = _tried(choices, len(DENOMINATORS))
    found: list[Specification] = []
    for options, other in tried.studies(study):
        own = options == tried.own(study.plan)
        counted = _denominators(other.plan.response.deaths, study.plan.response.deaths, rate)
        found += _of_response(other, rate, tuple(map(_word, options)), own, counted)
    if any(choice.field == "deaths" for choice in tried.varied):
        why += (SAME_DEATHS,)
    denominators = Dimension(sentence("choice-denominator"), DENOMINATORS, DENOMINATORS[0])
    dimensions = (*tried.dimensions(study.plan), denominators)
    return _summed(rate, compared, dimensions, tried.kept(study.plan), found, why)


def _denominators(deaths: Deaths, own: Deaths, rate: Rate) -> tuple[str, ...]:
    """The denominators over which a rule for the dead can differ from those tried before it.

    Over all treated a death is no response, as progression is none; and of a best response nobody
    knows whether it came before the death.
    """
    kept = []
    for denominator in DENOMINATORS:
        same: set[Deaths] = {"as recorded"}
        same |= {"as progression"} if denominator == "treated" else set()
        same |= {"apart"} if rate.months == BEST else set()
        first = own if own in same else "as recorded"
        if deaths not in same or deaths == first:
            kept.append(denominator)
    return tuple(kept)


def _origins(study: Study | Modelled) -> list[_Choice]:
    """The dates that the clock may start at, of those that the file has."""
    known = (study.as_read if isinstance(study, Study) else study.everybody).known
    found = _choice(sentence("choice-clock"), "survival", "origin")
    own = study.plan.survival.origin
    return [
        replace(choice, options=there)
        for choice in found
        if len(there := tuple(o for o in choice.options if o == own or known(o))) > 1
    ]


def _modality_rules(
    study: Study | Modelled, compared: Comparison
) -> tuple[list[_Choice], tuple[Template, ...]]:
    """The rules that give this file another modality than the plan's own, and the plan's own.

    One that knows who received both in the end groups by what came after baseline, and is none;
    the second part says so.
    """
    if not isinstance(study, Study):
        return [], (SETTLED,)
    found = _choice(sentence("choice-modality"), "study", "modality_rule")
    if not found or compared.column.name != "modality":
        return [], ()
    (choice,) = found
    own, names = choice.now(study.plan), {study.modality_rule}
    options = [own]
    why: tuple[Template, ...] = ()
    for option in choice.options:
        other = under_study(study.as_read, choice.put(study.plan, option))
        if option == own or other.modality_rule in names:
            continue
        names.add(other.modality_rule)
        if other.both_recorded:
            why = (RECORDED_LATER,)
        else:
            options.append(option)
    return [replace(choice, options=tuple(options))] if len(options) > 1 else [], why


@dataclass(frozen=True, slots=True, eq=False)
class _Tried:
    """The choices that are varied, and those that are too many."""

    varied: tuple[_Choice, ...]
    left: tuple[_Choice, ...]

    def own(self, plan: Plan) -> tuple[Any, ...]:
        return tuple(choice.now(plan) for choice in self.varied)

    def studies(
        self, study: Study | Modelled
    ) -> Iterator[tuple[tuple[Any, ...], Study | Modelled]]:
        """Every set of options with its study, the plan's own first."""
        own = self.own(study.plan)
        sets = list(product(*(choice.options for choice in self.varied)))
        for options in sorted(sets, key=lambda options: options != own):
            if options == own:
                yield options, study
                continue
            plan = study.plan
            for choice, option in zip(self.varied, options, strict=True):
                plan = choice.put(plan, option)
            if isinstance(study, Study):
                yield options, under_study(study.as_read, plan)
            else:
                yield options, study.by(plan)

    def dimensions(self, plan: Plan) -> tuple[Dimension, ...]:
        return tuple(_dimension(choice, plan) for choice in self.varied)

    def kept(self, plan: Plan) -> tuple[Dimension, ...]:
        return tuple(_dimension(choice, plan) for choice in self.left)


def _tried(choices: Sequence[_Choice], ways: int) -> _Tried:
    """Vary as many of the choices, in order, as leave no more than `MOST` specifications."""
    varied: list[_Choice] = []
    for choice in choices:
        ways *= len(choice.options)
        if ways > MOST:
            break
        varied.append(choice)
    return _Tried(tuple(varied), tuple(choices[len(varied) :]))


def _dimension(choice: _Choice, plan: Plan) -> Dimension:
    return Dimension(choice.name, tuple(map(_word, choice.options)), _word(choice.now(plan)))


def _word(option: Any) -> str:
    return _YES_NO[option] if isinstance(option, bool) else str(option)


def _of_survival(
    study: Study | Modelled, endpoint: Endpoint, options: tuple[str, ...], own: bool
) -> list[Specification]:
    """Unadjusted, by the model and, from the first procedure on, by weights, of one study."""
    made, arms = adjustment.complete(study, endpoint), compared(study)
    if made is None or arms is None:
        nobody = (0, 0)
        return [
            Specification((*options, way), own and way == CRUDE, nobody, nobody, None, None)
            for way in (CRUDE, MODEL, WEIGHTED)
        ]
    contrast = comparison.survival_contrast(study, endpoint, arms)
    first, second = contrast.arms
    n, events = (first.n, second.n), (first.events, second.events)
    ratio = contrast_ratio(contrast, study.plan.small)
    mean = contrast.rmst.difference if contrast.rmst else None
    adjusted = made.table().events.sum(axis=1).tolist()
    after = (adjusted[0], adjusted[1])
    model = adjustment.model_ratio(made)
    tried = [
        Specification((*options, CRUDE), own, n, events, ratio, mean),
        Specification((*options, MODEL), False, made.n, after, model, None),
    ]
    if not made.late:
        weighed = _weighed(made, contrast)
        tried.append(Specification((*options, WEIGHTED), False, made.n, after, *weighed))
    return tried


def contrast_ratio(contrast: SurvivalContrast, small: SmallNumbers) -> Estimate | None:
    """The hazard ratio of a contrast that is read, None where there is none."""
    return None if contrast.hazard is None else comparison.limited(contrast.hazard, small)


def _weighed(made: Design, contrast: SurvivalContrast) -> tuple[Estimate | None, Estimate | None]:
    """Weighted hazard ratio and difference of mean time."""
    if not made.weighed:
        return None, None
    found = weighted_arms(made, contrast.rmst.tau if contrast.rmst is not None else None)
    return _known(found.ratio), _known(found.difference)


def _known(found: Estimate | None) -> Estimate | None:
    return None if found is None or isnan(found.value) else found


def _of_response(
    study: Study | Modelled, rate: Rate, options: tuple[str, ...], own: bool, over: Sequence[str]
) -> list[Specification]:
    """Over some denominators, of one study."""
    arms = compared(study)
    found: dict[str, ResponseContrast] = {
        each.denominator: each
        for each in (comparison.responses(study, arms) if arms is not None else ())
        if each.months == rate.months and each.measure == rate.measure
    }
    return [
        _of_contrast(
            found.get(denominator), (*options, denominator), own and denominator == DENOMINATORS[0]
        )
        for denominator in over
    ]


def _of_contrast(
    contrast: ResponseContrast | None, options: tuple[str, ...], own: bool
) -> Specification:
    if contrast is None:
        return Specification(options, own, (0, 0), (0, 0), None, None)
    first, second = contrast.arms
    n, k, found = (first.n, second.n), (first.k, second.k), contrast.difference
    if found is None:
        return Specification(options, own, n, k, None, None)
    return Specification(options, own, n, k, None, found.estimate, found.gaps)


def _summed(
    outcome: Endpoint | Rate,
    compared: Comparison,
    dimensions: tuple[Dimension, ...],
    kept: tuple[Dimension, ...],
    found: Sequence[Specification],
    not_tried: tuple[Template, ...],
) -> Robustness:
    return Robustness(
        outcome,
        compared,
        dimensions,
        kept,
        tuple(found),
        tuple(_spreads(found, dimensions[-1].options)),
        not_tried,
    )


def _spreads(found: Sequence[Specification], ways: Sequence[str]) -> Iterator[Spread]:
    """Of each measure made each way, by which estimates are of one thing."""
    for way in ways:
        yield from _spread("ratio", way, [s.ratio for s in found if s.options[-1] == way])
    for way in ways:
        yield from _spread("difference", way, [s.difference for s in found if s.options[-1] == way])


def _spread(
    measure: Literal["ratio", "difference"], way: str, estimates: Sequence[Estimate | None]
) -> list[Spread]:
    """How far the estimates spread, and how many leave out the value of no difference."""
    known = [each for each in estimates if each is not None and not isnan(each.value)]
    if not known:
        return []
    none = 1 if measure == "ratio" else 0
    values = [each.value for each in known]
    limited = [each for each in known if not isnan(each.low) and not isnan(each.high)]
    excluding = sum(not each.low <= none <= each.high for each in limited)
    return [Spread(measure, way, min(values), max(values), len(known), len(limited), excluding)]


@dataclass(frozen=True, slots=True)
class HiddenCause:
    """What could explain a hazard ratio away, and what these events could have shown."""

    # None without a hazard ratio, where its limits hold 1, for nothing is to be explained, and
    # where something known could explain it whole.
    e_value: EValue | None
    rare: bool  # whether the hazard ratio was taken for the risk ratio
    # The hazard ratio below 1 that these events show in 80 of 100 such cohorts; None where they
    # are too few for any.
    detectable: float | None
    events: int
    # What could explain it whole, because nothing of it is common to both arms.
    apart: tuple[Column, ...] = ()


def hidden_cause(
    contrast: SurvivalContrast, plan: Plan, apart: tuple[Column, ...] = ()
) -> HiddenCause:
    """Ask of an unadjusted contrast how strong a hidden cause would have to be, and its power.

    `apart`: what no adjustment can part from the arms; where there is any, no cause need be hidden.
    """
    n = [arm.n for arm in contrast.arms]
    events = [arm.events for arm in contrast.arms]
    total = sum(events)
    rare = all(k < RARE * m for k, m in zip(events, n, strict=True))
    ratio = contrast_ratio(contrast, plan.small)
    found = None
    said = ratio is not None and (ratio.low > 1 or 0 < ratio.low <= ratio.high < 1)
    if ratio is not None and said and not apart:
        found = weighting.e_value(ratio.value, ratio.low, ratio.high, rare)
    detectable = None
    if contrast.hazard is not None:
        share = n[1] / sum(n)
        detectable = weighting.detectable_hazard_ratio(total, share, confidence=plan.confidence)
    return HiddenCause(found, rare, detectable, total, apart)
