"""Endpoints that the schema does not know: a column of times with one of events beside it.

``<X>_STATUS`` and ``<X>_MONTHS``, as cBioPortal writes them, in any spelling of header and unit.
"""

import re
from collections.abc import Iterable

from lib.ingest.values import UNITS, normal
from lib.schema import COLUMNS, ENDPOINTS, YES_NO, Column, Endpoint

MONTHS, EVENT = "_months", "_event"
_STATUS = re.compile(r"(.+) (?:status|event)")
_NAME = re.compile(r"\w+(?: \w+){0,5}")
_SHORT = 5
"""Letters of an abbreviation, shown in capitals."""
_OWN = {name for each in ENDPOINTS.values() for name in (each.months, each.event)}


def side(text: str, base: str, unit: str) -> str:
    """The column that a header would be of a pair: ``dfs_months``, ``dfs_event``, '' for none.

    Parameters
    ----------
    text : str
        The header.
    base, unit : str
        The header without its unit, and the unit.
    """
    if unit in UNITS["months"]:
        stem, suffix = base, MONTHS
    elif match := _STATUS.fullmatch(normal(text)):
        stem, suffix = match[1], EVENT
    else:
        return ""
    name = stem.replace(" ", "_") + suffix
    return name if _NAME.fullmatch(stem) and name not in _OWN else ""


def column(name: str, header: str) -> Column | None:
    """The column of a pair that a header means; None where its name is of no pair."""
    if name.endswith(MONTHS):
        return Column(name, header, "number", unit="months", low=0, high=600)
    if name.endswith(EVENT):
        return Column(name, header, "flag", levels=YES_NO, words="yesno")
    return None


def partner(name: str) -> str:
    """The other column of a pair."""
    if name.endswith(MONTHS):
        return name.removesuffix(MONTHS) + EVENT
    return name.removesuffix(EVENT) + MONTHS


def further(extra: Iterable[Column]) -> tuple[Endpoint, ...]:
    """The endpoints that columns beyond the schema are pairs of, in their order."""
    kinds = {each.name: each.kind for each in (*COLUMNS.values(), *extra)}
    return tuple(
        _endpoint(name.removesuffix(EVENT))
        for name, kind in kinds.items()
        if kind == "flag"
        and name.endswith(EVENT)
        and name not in _OWN
        and kinds.get(partner(name)) == "number"
    )


def _endpoint(stem: str) -> Endpoint:
    words = stem.replace("_", " ")
    label = words.upper() if len(words) <= _SHORT else words.capitalize()
    return Endpoint(words.upper(), label, (), (), stem + MONTHS, stem + EVENT)
