"""Every test of two arms, counted, with p-values adjusted for their number."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan

from lib.analyses.centres import Centres
from lib.analyses.comparison import Comparison
from lib.analyses.subgroups import Forest, Rate
from lib.language import N_
from lib.schema import Column, Endpoint
from lib.statistics.estimate import holm


@dataclass(frozen=True, slots=True)
class Test:
    """One test of a hypothesis about the arms.

    Attributes
    ----------
    message : str
        What was tested, an `N_` template.
    values : tuple of pairs
        What it names.
    pvalue, adjusted : float
        As it is, and by Holm's procedure over all of them.
    """

    __test__ = False  # for pytest, which takes the name for its own

    message: str
    values: tuple[tuple[str, str | int | Column | Endpoint], ...]
    pvalue: float
    adjusted: float = float("nan")


def counted(
    compared: Comparison, forests: Sequence[Forest] = (), centres: Sequence[Centres] = ()
) -> tuple[Test, ...]:
    """Every test of the arms that has a p-value, adjusted for all of them.

    Tests of an assumption, such as proportional hazards, are no findings and do not count; nor
    does the permutation that repeats a log-rank test.
    """
    found = [*_main(compared), *_of_forests(forests), *_of_centres(centres)]
    found = [test for test in found if not isnan(test.pvalue)]
    adjusted = holm([test.pvalue for test in found])
    return tuple(
        Test(test.message, test.values, test.pvalue, float(p))
        for test, p in zip(found, adjusted, strict=True)
    )


def _main(compared: Comparison) -> list[Test]:
    found = [
        Test(
            N_("{endpoint}: log-rank test"),
            (("endpoint", contrast.endpoint),),
            contrast.log_rank.pvalue,
        )
        for contrast in compared.survivals
        if contrast.log_rank is not None
    ]
    for contrast in compared.responses:
        if contrast.test is not None:
            message = (
                N_("{measure} at {months} months: Fisher’s exact test")
                if contrast.months
                else N_("{measure}, best response: Fisher’s exact test")
            )
            values = (("measure", contrast.measure), ("months", contrast.months))
            found.append(Test(message, values, contrast.test.pvalue))
    return found


def _of_forests(forests: Sequence[Forest]) -> list[Test]:
    found = []
    for forest in forests:
        for block in forest.blocks:
            if block.test is not None:
                message, values = _outcome(forest.outcome)
                values = (*values, ("column", block.column))
                found.append(Test(message, values, block.test.pvalue))
    return found


def _outcome(
    outcome: Endpoint | Rate,
) -> tuple[str, tuple[tuple[str, str | int | Column | Endpoint], ...]]:
    if isinstance(outcome, Endpoint):
        return N_("{endpoint}: interaction with {column}"), (("endpoint", outcome),)
    values = (("measure", outcome.measure), ("months", outcome.months))
    if outcome.months:
        return N_("{measure} at {months} months: interaction with {column}"), values
    return N_("{measure}, best response: interaction with {column}"), values


def _of_centres(centres: Sequence[Centres]) -> list[Test]:
    found = []
    for each in centres:
        where = (("endpoint", each.endpoint),)
        if each.log_rank is not None:
            message = N_("{endpoint}: log-rank test stratified by centre")
            found.append(Test(message, where, each.log_rank.pvalue))
        for block in each.forest.blocks:
            if block.test is not None:
                message = N_("{endpoint}: interaction with centre, of the centres alone")
                found.append(Test(message, where, block.test.pvalue))
    return found
