"""Every exhibit of a study, in the order in which it is read; each made when it is asked for."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from lib import exhibits, text
from lib.analyses import (
    adjustment,
    incidence,
    overdue,
    patients,
    published,
    received,
    sensitivity,
)
from lib.analyses.comparison import Comparison, SurvivalContrast
from lib.analyses.everything import Everything, if_held
from lib.analyses.incidence import IncidenceByGroup
from lib.analyses.patients import Order
from lib.analyses.study import Study
from lib.analyses.subgroups import Rate
from lib.exhibits import exhibit
from lib.exhibits.exhibit import Exhibit
from lib.language import N_, _
from lib.schema import ENDPOINTS, Endpoint

Result = TypeVar("Result")
_OF_ENDPOINT = N_("{what}: {endpoint}")


@dataclass(frozen=True, slots=True, eq=False)
class Offered:
    """An exhibit that a study may have: named before anything of it is computed."""

    key: str  # that of the exhibit
    name: str  # what it is called in a list
    # Gives it; None where the patients turn out not to allow it.
    make: Callable[[], Exhibit | None]


def of_study(found: Everything) -> Iterator[Exhibit]:
    """The cohort, response, survival, two arms, safety and what was received; no patient's row."""
    yield from filter(None, (each.make() for each in offered(found)))


def offered(found: Everything) -> Iterator[Offered]:
    """What `of_study` gives, and what it would give of other patients, computed on asking."""
    yield from _of_cohort(found)
    yield from _of_response(found)
    yield from _of_survival(found)
    yield from _of_incidence(found)
    yield from _behind_survival(found)
    if found.comparison is not None:
        yield from _of_arms(found, found.comparison)
        yield from _behind_arms(found, found.comparison)
    yield from _of_received(found)
    yield Offered("published", _("Published cohorts, as context"), lambda: _published(found))


def _published(found: Everything) -> Exhibit:
    known = published.cohorts(found.provenance.plan)
    return exhibits.published.context(known, found.response, found.survival.get("OS"))


def _of_cohort(found: Everything) -> Iterator[Offered]:
    yield Offered(
        "overview",
        _("The cohort at a glance"),
        lambda: exhibits.baseline.glance(found.baseline, found.response, found.survival.get("OS")),
    )
    flow = exhibits.cohort.flow
    yield Offered("flow", _("From rows to patients"), lambda: flow(found.provenance))
    yield Offered(
        "table-one", _("Patients at baseline"), lambda: exhibits.baseline.table_one(found.baseline)
    )
    study = found.study
    if not isinstance(study, Study):
        return
    title = _("Columns as they were read")
    yield Offered("columns", title, lambda: exhibits.cohort.columns(study))
    yield Offered("missing-values", _("Missing values"), lambda: exhibits.cohort.missing(study))
    title = _("Modality as recorded")
    yield Offered("modality-as-recorded", title, lambda: exhibits.cohort.overlap(study))


def _of_response(found: Everything) -> Iterator[Offered]:
    yield Offered("response", _("Response"), lambda: _response(found))
    yield Offered("response-over-time", _("Response from time to time"), lambda: _passages(found))
    yield Offered("duration-of-response", _("Duration of response"), lambda: _lasting(found))


def _response(found: Everything) -> Exhibit | None:
    return exhibits.response.by_group(found.response) if found.response.times else None


def _passages(found: Everything) -> Exhibit | None:
    if not found.transitions.passages:
        return None
    return exhibits.transitions.between_times(found.transitions, found.response.derivation)


def _lasting(found: Everything) -> Exhibit | None:
    if found.duration is None:
        return None
    return exhibits.duration.of_responses(found.duration, found.response.derivation)


def _named(found: Everything, *parts: str, of: Endpoint) -> str:
    return exhibit.key(*parts, exhibit.of_endpoint(of, found.provenance))


def _titled(what: str, endpoint: Endpoint) -> str:
    return _(_OF_ENDPOINT).format(what=what, endpoint=text.in_sentence(endpoint))


def _endpoints(found: Mapping[str, object], study: Everything) -> Iterator[Endpoint]:
    """The endpoints of results by their codes."""
    known = {each.code: each for each in study.endpoints}
    yield from (known[code] for code in found)


def _of_survival(found: Everything) -> Iterator[Offered]:
    for each in _endpoints(found.survival, found):
        make = partial(_curves, found, each.code)
        yield Offered(_named(found, "survival", of=each), text.label(each), make)


def _curves(found: Everything, code: str) -> Exhibit:
    result = found.survival[code]
    beside = found.survival.get(ENDPOINTS["PFS"].code) if result.sites else None
    return exhibits.survival.by_group(result, beside)


def _of_incidence(found: Everything) -> Iterator[Offered]:
    for each in _endpoints(found.incidence, found):
        title = _titled(_("Cumulative incidence"), each)
        make = partial(_made, found.incidence, each.code, exhibits.incidence.by_group)
        yield Offered(_named(found, "incidence", of=each), title, make)
        title, key = _titled(_("All causes"), each), _named(found, "what-came-first", of=each)
        yield Offered(key, title, partial(_made, found.incidence, each.code, _stacked))


def _stacked(result: IncidenceByGroup) -> Exhibit | None:
    drawn = len(result.causes) < 3 and result.drawn
    return exhibits.incidence.all_causes(result) if drawn else None


def _made(
    found: Mapping[str, Result | None], code: str, make: Callable[[Result], Exhibit | None]
) -> Exhibit | None:
    """What is made of a result, where the patients allow it."""
    result = found[code]
    return None if result is None else make(result)


def _behind_survival(found: Everything) -> Iterator[Offered]:
    """How follow-up ended, the same from other dates, as it was known, and from a landmark on."""
    for results in (found.survival, found.incidence):
        for each in _endpoints(results, found):
            title = _titled(_("How follow-up ended"), each)
            ended = partial(_ended, found, each.code)
            yield Offered(_named(found, "endings", of=each), title, ended)
    for each in _endpoints(found.origins, found):
        title = _titled(_("From other dates"), each)
        make = partial(_from_each_date, found, each)
        yield Offered(_named(found, "origins", of=each), title, make)
    yield Offered("maturity", _("How overall survival matured"), lambda: _matured(found))
    for each in _endpoints(found.landmark, found):
        for way in found.study.ways:
            what = _("After the landmark, {way}").format(
                way=text.lowered(_(exhibits.landmark.WAYS[way]))
            )
            after = partial(_after_landmark, found, each.code, way)
            key = exhibits.landmark.key(each, way, found.provenance)
            yield Offered(key, _titled(what, each), after)


def _ended(found: Everything, code: str) -> Exhibit:
    curves = found.survival.get(code)
    return exhibits.survival.ended(found.incidence[code] if curves is None else curves)


def _from_each_date(found: Everything, endpoint: Endpoint) -> Exhibit | None:
    dates = found.origins[endpoint.code]
    if len(dates) < 2:
        return None
    return exhibits.clock.from_each_date(dates, endpoint, found.provenance)


def _matured(found: Everything) -> Exhibit | None:
    if not found.matured:
        return None
    return exhibits.clock.as_it_matured(found.matured, found.provenance)


def _after_landmark(found: Everything, code: str, way: str) -> Exhibit:
    return exhibits.landmark.at_landmark(found.landmark[code][way])


def _of_arms(found: Everything, compared: Comparison) -> Iterator[Offered]:
    title = _("Protocol: the trial that this would have been")
    yield Offered("compare-protocol", title, lambda: _protocol(found))
    for contrast in compared.survivals:
        title = _titled(_("Comparison"), contrast.endpoint)
        make = partial(_compared, found, compared, contrast)
        yield Offered(_named(found, "compare", of=contrast.endpoint), title, make)
    if compared.responses:
        title = _("Comparison: response")
        make = partial(exhibits.comparison.of_rates, compared)
        yield Offered(exhibit.key("compare", "response"), title, make)
    if compared.covariates:
        title = _("Balance at baseline")
        make = partial(_balance, found, compared)
        yield Offered(exhibit.key("compare", "balance"), title, make)
    title, years = _("Years of treatment"), partial(exhibits.balance.of_years, compared)
    yield Offered(exhibit.key("compare", "years"), title, years)


def _protocol(found: Everything) -> Exhibit | None:
    return None if found.protocol is None else exhibits.protocol.of_arms(found.protocol)


def _compared(found: Everything, compared: Comparison, contrast: SurvivalContrast) -> Exhibit:
    code = contrast.endpoint.code
    behind, given = found.hidden_cause[code], found.adjusted[code]
    between = if_held(sensitivity.beside, found.study, contrast.endpoint)
    return exhibits.comparison.of_endpoint(compared, contrast, behind, given, between)


def _balance(found: Everything, compared: Comparison) -> Exhibit:
    endpoints = [contrast.endpoint for contrast in compared.survivals]
    made = if_held(adjustment.design, found.study, endpoints[0]) if endpoints else None
    return exhibits.balance.of_arms(compared, made)


def _behind_arms(found: Everything, compared: Comparison) -> Iterator[Offered]:
    yield from _of_endpoints(
        found, compared, "adjusted", _("Adjusted"), found.adjusted, exhibits.adjustment.of_endpoint
    )
    yield from _of_outcomes(
        found, compared, "subgroups", _("Subgroups"), found.subgroups, exhibits.subgroups.of_outcome
    )
    yield from _of_endpoints(
        found, compared, "centres", _("Centres"), found.centres, exhibits.centres.of_endpoint
    )
    yield from _of_outcomes(
        *(found, compared, "robustness", _("Robustness")),
        *(found.robustness, exhibits.robustness.of_outcome),
    )
    yield from _of_endpoints(
        *(found, compared, "sensitivity", _("Sensitivity analyses")),
        *(found.sensitivity, exhibits.sensitivity.of_endpoint),
    )
    if first := incidence.of_arms(found.study):
        make = partial(exhibits.incidence.all_causes, first, "incidence.of_arms")
        title, key = _("What came first in each arm"), ("compare", "what-came-first")
        yield Offered(_named(found, *key, of=first.endpoint), title, make)
    title = _("Complications and early deaths")
    yield Offered("complications", title, lambda: _safety(found))
    title = _("Tests, and how many there are")
    yield Offered(exhibit.key("compare", "tests"), title, lambda: _tests(found, compared))


def _of_endpoints(
    found: Everything,
    compared: Comparison,
    part: str,
    what: str,
    results: Mapping[str, Result | None],
    make: Callable[[Result, Comparison], Exhibit],
) -> Iterator[Offered]:
    """What is made of each endpoint's result of a kind."""
    for each in _endpoints(results, found):
        give = partial(_beside, results, each.code, make, compared)
        yield Offered(_named(found, "compare", part, of=each), _titled(what, each), give)


def _of_outcomes(
    found: Everything,
    compared: Comparison,
    part: str,
    what: str,
    results: Mapping[str, Result | None],
    make: Callable[[Result, Comparison], Exhibit],
) -> Iterator[Offered]:
    """What is made of the result of a kind of each endpoint and of each rate."""
    outcomes: dict[str, Endpoint | Rate] = {each.code: each for each in found.outcomes}
    for code in results:
        each = outcomes[code]
        name = exhibits.subgroups.outcome_key(each, found.provenance)
        title = _(_OF_ENDPOINT).format(what=what, endpoint=exhibits.subgroups.outcome(each))
        give = partial(_beside, results, code, make, compared)
        yield Offered(exhibit.key("compare", part, name), title, give)


def _beside(
    results: Mapping[str, Result | None],
    code: str,
    make: Callable[[Result, Comparison], Exhibit],
    compared: Comparison,
) -> Exhibit | None:
    result = results[code]
    return None if result is None else make(result, compared)


def _safety(found: Everything) -> Exhibit | None:
    return None if found.toxicity is None else exhibits.toxicity.of_arms(found.toxicity)


def _tests(found: Everything, compared: Comparison) -> Exhibit | None:
    return None if found.tests is None else exhibits.multiplicity.of_page(found.tests, compared)


def _of_received(found: Everything) -> Iterator[Offered]:
    title = _("Everything received")
    yield Offered("received-overlap", title, lambda: _everything_received(found))
    for rule in received.rules(found.study):
        title = _("Response after the landmark: {way}").format(
            way=text.lowered(_(exhibits.landmark.WAYS[rule]))
        )
        make = partial(_made, found.later, rule, partial(exhibits.received.responses, chosen=rule))
        yield Offered(exhibit.key("received-response", rule), title, make)
    for each in _endpoints(found.switches, found):
        title = _titled(_("A second modality, as of its date"), each)
        make = partial(_made, found.switches, each.code, exhibits.received.switching)
        yield Offered(_named(found, "received-second", of=each), title, make)


def _everything_received(found: Everything) -> Exhibit | None:
    return None if found.overlap is None else exhibits.received.overlap(found.overlap)


def of_patients(
    study: Study, order: Order | None = None, first: int = 0, named: bool = True
) -> Iterator[Exhibit]:
    """What the pages show of single patients; it leaves one by one, and no folder holds it.

    `order`: of bars and lanes, each its own where none is told. `first`, `named`: as of
    `lib.exhibits.patients.swimmer`.
    """
    if found := exhibits.findings.kinds(study.as_read.findings):
        yield exhibits.findings.of_file(found, study)
    measured = study.derivation()
    if measured.measured or measured.told:
        yield exhibits.derivation.of_study(measured)
    if (changed := patients.waterfall(study)).bars:
        yield exhibits.patients.waterfall(changed, order or "change", named)
    if (followed := patients.spider(study)).lines:
        yield exhibits.patients.spider(followed)
    laid = patients.swimmer(study)
    if laid.lanes:
        yield exhibits.patients.swimmer(laid, order or "follow-up", first, named)
    yield exhibits.patients.everyone(study, laid)
    late = overdue.overdue(study)
    if late and (late.scans_known or late.contacts_known):
        yield exhibits.patients.overdue(late)
