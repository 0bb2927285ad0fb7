"""What patients cannot be asked for want of a column, and which columns would do."""

from typing import NamedTuple

from lib.analyses import survival
from lib.analyses.counted import Population
from lib.language import N_, Template
from lib.schema import COLUMNS, ENDPOINTS, RESPONSE_MONTHS, Column, Endpoint

RESPONDED = ("best_response", *(f"response_{months}m" for months in RESPONSE_MONTHS))
"""The columns any one of which says who responded."""
_MODALITY = ("modality",)


class Lacking(NamedTuple):
    """What is not known of anybody, and the columns that would tell it, those that are not there.

    Attributes
    ----------
    what : Template
        What is not known, a sentence.
    columns, instead : tuple of Column
        What would tell it, and what would do so as well.
    one_is_enough : bool
        Whether one of `columns` would do, not only all of them.
    """

    what: Template
    columns: tuple[Column, ...]
    instead: tuple[Column, ...] = ()
    one_is_enough: bool = False


def of(population: Population) -> tuple[Lacking, ...]:
    """What everybody together cannot be asked: survival, modality, response."""
    found = []
    if not any(each.code == "OS" for each in survival.available(population)):
        dates, months = columns_of(ENDPOINTS["OS"])
        found.append(
            Lacking(
                N_("How long patients lived is not known yet.", "lacks-survival"),
                _unknown(population, dates),
                _unknown(population, months),
            )
        )
    if not population.everybody.known("modality"):
        found.append(
            Lacking(
                N_("Which modality each patient had is not known yet.", "lacks-modality"),
                (COLUMNS["modality"],),
            )
        )
    if not responds(population):
        responses = tuple(COLUMNS[name] for name in RESPONDED)
        found.append(
            Lacking(
                N_("Who responded is not known yet.", "lacks-response"),
                responses,
                one_is_enough=True,
            )
        )
    return tuple(found)


def responds(population: Population) -> bool:
    """Whether it is known of anybody who responded, as recorded or by measurements."""
    return population.provenance.derived or any(map(population.everybody.known, RESPONDED))


def columns_of(endpoint: Endpoint) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    """The columns that give an endpoint's times: dates, or months with what ended them."""
    dates = ("first_procedure_date", *endpoint.events, endpoint.last_seen[-1])
    months = (endpoint.months, endpoint.event)
    return tuple(map(COLUMNS.__getitem__, dates)), tuple(map(COLUMNS.__getitem__, months))


def _unknown(population: Population, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Those columns of which nobody has a value; all where each has some."""
    return tuple(each for each in columns if not population.everybody.known(each.name)) or columns
