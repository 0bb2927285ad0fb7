"""Every test of two arms, counted: the primary one by itself, the others adjusted for their number.

The tests are of the same patients and come in clumps, so that nothing is said of how many chance
alone would make small.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isnan, nan
from typing import TypeAlias

from lib.analyses import comparison, incidence, protocol, subgroups, survival
from lib.analyses.comparison import MEASURE_NAMES, Comparison, SurvivalContrast
from lib.analyses.counted import Population
from lib.analyses.incidence import IncidenceByGroup
from lib.analyses.memory import COMPARED, reads
from lib.analyses.reasons import sentence
from lib.analyses.subgroups import Forest
from lib.language import Template
from lib.plan import PROTOCOL, SmallNumbers
from lib.schema import Column, Endpoint, Level
from lib.statistics.estimate import holm

USUAL = 0.05
Values: TypeAlias = tuple[tuple[str, str | int | Column | Endpoint | Level], ...]


@dataclass(frozen=True, slots=True)
class Test:
    """One test of a hypothesis about the arms."""

    __test__ = False  # for pytest, which takes the name for its own

    message: Template  # what was tested, an `N_` template
    values: Values  # what it names
    # pvalue, adjusted: as it is, and by Holm's procedure over its family
    pvalue: float
    adjusted: float = float("nan")


@dataclass(frozen=True, slots=True)
class Tally:
    """All tests of the arms, and how many of the secondary ones are below the usual line."""

    primary: Test | None  # of the plan's contrast of the primary endpoint, in no family
    main: tuple[Test, ...]  # the others of the arms themselves, one family
    interactions: tuple[Test, ...]  # of subgroups, the columns of each outcome being a family
    # below, left: below 0.05 as they are, and adjusted; without the primary one
    below: int
    left: int


@reads(*COMPARED, *PROTOCOL, "protocol.digest")
def of_page(population: Population) -> Tally | None:
    """Every test that a comparison of these arms runs; None where there are no two arms."""
    compared = comparison.of_arms(population)
    if compared is None:
        return None
    endpoints = survival.available(population)
    forests = [subgroups.of_endpoint(population, endpoint) for endpoint in endpoints]
    forests += [subgroups.of_rate(population, rate) for rate in subgroups.rates(population)]
    return counted(compared, [f for f in forests if f], incidence.of_arms(population))


def counted(
    compared: Comparison,
    forests: Sequence[Forest] = (),
    first: IncidenceByGroup | None = None,
) -> Tally:
    """Every test of the arms that has a p-value.

    Tests of an assumption, such as proportional hazards, are no findings and do not count; nor
    does what asks a question again: a log-rank test by permutation, within centres, or beside the
    hazard ratio where that is primary.
    """
    main = main_tests(compared)
    if first is not None and first.test is not None and not isnan(first.test.pvalue):
        values = (("endpoint", first.endpoint), ("cause", first.causes[0]))
        message = sentence("test-gray")
        main.append(Test(message, values, first.test.pvalue))
    adjusted = holm([test.pvalue for test in main])
    arms = tuple(replace(test, adjusted=float(p)) for test, p in zip(main, adjusted, strict=True))
    further = tuple(test for forest in forests for test in _interactions(forest))
    every = (*arms, *further)
    return Tally(
        primary_test(compared),
        arms,
        further,
        sum(test.pvalue < USUAL for test in every),
        sum(test.adjusted < USUAL for test in every),
    )


def primary_test(compared: Comparison) -> Test | None:
    """The test of the plan's contrast of the primary endpoint; None where nothing is primary."""
    shown = next((each for each in compared.survivals if _is_primary(compared, each)), None)
    if shown is None:
        return None
    plan = compared.provenance.plan
    values: Values = (("endpoint", shown.endpoint),)
    if plan.comparison.contrast == "hazard ratio":
        p = _of_ratio(shown, plan.small)
        return None if isnan(p) else Test(sentence("test-ratio"), values, p)
    if shown.rmst is None or shown.unsure is not None or isnan(shown.rmst.pvalue):
        return None
    message = sentence("test-mean-time")
    return Test(message, (*values, ("months", round(shown.rmst.tau))), shown.rmst.pvalue)


def _is_primary(compared: Comparison, shown: SurvivalContrast) -> bool:
    return protocol.role(compared.provenance.plan, shown.endpoint) == "primary"


def _of_ratio(shown: SurvivalContrast, small: SmallNumbers) -> float:
    """The p-value that agrees with the limits of a hazard ratio; nan where it has none."""
    found = shown.hazard
    if found is None or found.diverged:
        return nan
    few = sum(found.events) < small.events_few  # its limits are by profile likelihood
    return found.likelihood_ratio if few else found.pvalue


def main_tests(compared: Comparison) -> list[Test]:
    """The secondary tests of the arms that are not folded: curves, and rates over all treated."""
    by_ratio = compared.provenance.plan.comparison.contrast == "hazard ratio"
    found = [
        Test(
            sentence("test-log-rank"),
            (("endpoint", contrast.endpoint),),
            contrast.log_rank.pvalue,
        )
        for contrast in compared.survivals
        if contrast.log_rank is not None and not (by_ratio and _is_primary(compared, contrast))
    ]
    for contrast in compared.responses:
        if contrast.denominator == "treated" and contrast.difference is not None:
            message = sentence("test-rates") if contrast.months else sentence("test-best-rates")
            values = (("measure", MEASURE_NAMES[contrast.measure]), ("months", contrast.months))
            found.append(Test(message, values, contrast.difference.pvalue))
    return [test for test in found if not isnan(test.pvalue)]


def _interactions(forest: Forest) -> list[Test]:
    message, values = _outcome(forest)
    return [
        Test(message, (*values, ("column", block.column)), block.test.pvalue, block.adjusted)
        for block in forest.blocks
        if block.test is not None and not isnan(block.test.pvalue)
    ]


def _outcome(forest: Forest) -> tuple[Template, Values]:
    what = forest.outcome
    if isinstance(what, Endpoint):
        return sentence("test-interaction"), (("endpoint", what),)
    values = (("measure", MEASURE_NAMES[what.measure]), ("months", what.months))
    if what.months:
        return sentence("test-interaction-rate"), values
    return sentence("test-interaction-best"), values
