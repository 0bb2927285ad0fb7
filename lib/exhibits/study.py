"""Every exhibit of a study, in the order in which it is read; each made when it is asked for."""

from collections.abc import Iterator

from lib import exhibits
from lib.analyses import adjustment, incidence, received, sensitivity
from lib.analyses.comparison import Comparison
from lib.analyses.everything import Everything
from lib.exhibits.exhibit import Exhibit
from lib.schema import ENDPOINTS


def of_study(found: Everything) -> Iterator[Exhibit]:
    """The cohort, response, survival, two arms, safety and what was received; no patient's row."""
    yield from _of_cohort(found)
    yield from _of_response(found)
    yield from _of_survival(found)
    yield from _of_incidence(found)
    yield from _behind_survival(found)
    if found.comparison is not None:
        yield from _of_arms(found, found.comparison)
        yield from _behind_arms(found, found.comparison)
    yield from _of_received(found)


def _of_cohort(found: Everything) -> Iterator[Exhibit]:
    study = found.study
    yield exhibits.baseline.glance(found.baseline, found.response, found.survival.get("OS"))
    yield exhibits.cohort.flow(study)
    yield exhibits.baseline.table_one(found.baseline)
    yield exhibits.cohort.columns(study)
    yield from filter(None, [exhibits.cohort.missing(study)])
    yield from filter(None, [exhibits.cohort.overlap(study)])


def _of_response(found: Everything) -> Iterator[Exhibit]:
    if found.response.times:
        yield exhibits.response.by_group(found.response)
    if found.transitions.passages:
        yield exhibits.transitions.between_times(found.transitions, found.response.derivation)
    if found.duration is not None:
        yield exhibits.duration.of_responses(found.duration, found.response.derivation)


def _of_survival(found: Everything) -> Iterator[Exhibit]:
    for result in found.survival.values():
        beside = found.survival.get(ENDPOINTS["PFS"].code) if result.sites else None
        yield exhibits.survival.by_group(result, beside)


def _of_incidence(found: Everything) -> Iterator[Exhibit]:
    for result in found.incidence.values():
        yield exhibits.incidence.by_group(result)
        if len(result.causes) < 3 and result.drawn:
            yield exhibits.incidence.all_causes(result)


def _behind_survival(found: Everything) -> Iterator[Exhibit]:
    """How follow-up ended, the same from other dates, as it was known, and from a landmark on."""
    yield from map(exhibits.survival.ended, found.survival.values())
    yield from map(exhibits.survival.ended, found.incidence.values())
    for code, dates in found.origins.items():
        if len(dates) > 1:
            endpoint = found.survival[code].endpoint
            yield exhibits.clock.from_each_date(dates, endpoint, found.provenance)
    if found.matured:
        yield exhibits.clock.as_it_matured(found.matured, found.provenance)
    for ways in found.landmark.values():
        yield from map(exhibits.landmark.at_landmark, ways.values())


def _of_arms(found: Everything, compared: Comparison) -> Iterator[Exhibit]:
    if found.protocol is not None:
        yield exhibits.protocol.of_arms(found.protocol)
    for contrast in compared.survivals:
        code = contrast.endpoint.code
        behind, given = found.hidden_cause[code], found.adjusted[code]
        between = sensitivity.beside(found.study, contrast.endpoint)
        yield exhibits.comparison.of_endpoint(compared, contrast, behind, given, between)
    if compared.responses:
        yield exhibits.comparison.of_rates(compared)
    if compared.covariates:
        endpoints = [contrast.endpoint for contrast in compared.survivals]
        made = adjustment.design(found.study, endpoints[0]) if endpoints else None
        yield exhibits.balance.of_arms(compared, made)
    yield from filter(None, [exhibits.balance.of_years(compared)])


def _behind_arms(found: Everything, compared: Comparison) -> Iterator[Exhibit]:
    for given in filter(None, found.adjusted.values()):
        yield exhibits.adjustment.of_endpoint(given, compared)
    for forest in filter(None, found.subgroups.values()):
        yield exhibits.subgroups.of_outcome(forest, compared)
    for within in filter(None, found.centres.values()):
        yield exhibits.centres.of_endpoint(within, compared)
    tried, asked = found.robustness.values(), found.sensitivity.values()
    yield from (exhibits.robustness.of_outcome(each, compared) for each in tried if each)
    yield from (exhibits.sensitivity.of_endpoint(each, compared) for each in asked if each)
    if first := incidence.of_arms(found.study):
        yield exhibits.incidence.all_causes(first, "incidence.of_arms")
    if found.toxicity:
        yield exhibits.toxicity.of_arms(found.toxicity)
    if found.tests:
        yield exhibits.multiplicity.of_page(found.tests, compared)


def _of_received(found: Everything) -> Iterator[Exhibit]:
    if found.overlap:
        yield exhibits.received.overlap(found.overlap)
    for rule in received.rules(found.study):
        if later := found.later[rule]:
            yield exhibits.received.responses(later, rule)
    yield from map(exhibits.received.switching, filter(None, found.switches.values()))
