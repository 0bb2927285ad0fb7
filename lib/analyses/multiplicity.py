"""Every test of two arms, counted, with p-values adjusted for their number."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isnan
from typing import TypeAlias

from lib.analyses import centres, comparison, incidence, subgroups, survival
from lib.analyses.centres import Centres
from lib.analyses.comparison import Comparison
from lib.analyses.counted import Population
from lib.analyses.incidence import IncidenceByGroup
from lib.analyses.memory import COMPARED, reads
from lib.analyses.subgroups import Forest
from lib.language import N_, Template
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
    """All tests of the arms, and how many of them are below the usual line."""

    main: tuple[Test, ...]  # of the arms themselves, one family
    interactions: tuple[Test, ...]  # of subgroups, the columns of each outcome being a family
    # below, left: below 0.05 as they are, and adjusted
    below: int
    left: int
    by_chance: float  # how many would be below 0.05 if nothing differed


@reads(*COMPARED)
def of_page(population: Population) -> Tally | None:
    """Every test that a comparison of these arms runs; None where there are no two arms."""
    compared = comparison.of_arms(population)
    if compared is None:
        return None
    endpoints = survival.available(population)
    forests = [subgroups.of_endpoint(population, endpoint) for endpoint in endpoints]
    forests += [subgroups.of_rate(population, rate) for rate in subgroups.rates(population)]
    within = [centres.of_endpoint(population, endpoint) for endpoint in endpoints]
    first = incidence.of_arms(population)
    return counted(compared, [f for f in forests if f], [c for c in within if c], first)


def counted(
    compared: Comparison,
    forests: Sequence[Forest] = (),
    within: Sequence[Centres] = (),
    first: IncidenceByGroup | None = None,
) -> Tally:
    """Every test of the arms that has a p-value.

    Tests of an assumption, such as proportional hazards, are no findings and do not count; nor
    does the permutation that repeats a log-rank test.
    """
    main = main_tests(compared)
    main += [
        Test(
            N_("{endpoint}: log-rank test stratified by centre", "test-log-rank-stratified"),
            (("endpoint", each.endpoint),),
            p,
        )
        for each in within
        if each.log_rank is not None and not isnan(p := each.log_rank.pvalue)
    ]
    if first is not None and first.test is not None and not isnan(first.test.pvalue):
        values = (("endpoint", first.endpoint), ("cause", first.causes[0]))
        message = N_("{endpoint}: Gray’s test, {cause}", "test-gray")
        main.append(Test(message, values, first.test.pvalue))
    adjusted = holm([test.pvalue for test in main])
    arms = tuple(replace(test, adjusted=float(p)) for test, p in zip(main, adjusted, strict=True))
    further = tuple(test for forest in forests for test in _interactions(forest))
    every = (*arms, *further)
    return Tally(
        arms,
        further,
        sum(test.pvalue < USUAL for test in every),
        sum(test.adjusted < USUAL for test in every),
        USUAL * len(every),
    )


def main_tests(compared: Comparison) -> list[Test]:
    """The tests of the arms that are not folded: curves, and rates over all treated."""
    found = [
        Test(
            N_("{endpoint}: log-rank test", "test-log-rank"),
            (("endpoint", contrast.endpoint),),
            contrast.log_rank.pvalue,
        )
        for contrast in compared.survivals
        if contrast.log_rank is not None
    ]
    for contrast in compared.responses:
        if contrast.denominator == "treated" and contrast.difference is not None:
            message = (
                N_("{measure} at {months} months: difference of the rates", "test-rates")
                if contrast.months
                else N_("{measure}, best response: difference of the rates", "test-best-rates")
            )
            values = (("measure", contrast.measure), ("months", contrast.months))
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
        return N_("{endpoint}: interaction with {column}", "test-interaction"), (
            ("endpoint", what),
        )
    values = (("measure", what.measure), ("months", what.months))
    if what.months:
        return N_(
            "{measure} at {months} months: interaction with {column}", "test-interaction-rate"
        ), values
    return N_(
        "{measure}, best response: interaction with {column}", "test-interaction-best"
    ), values
