"""Endpoints that the schema does not know: a column of times with one of events beside it.

``<X>_STATUS`` and ``<X>_MONTHS``, as cBioPortal writes them, in any spelling of header and unit, or
``статус X`` and ``X, мес``.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from lib.ingest.cells import normal
from lib.ingest.numbers import UNITS
from lib.schema import COLUMNS, ENDPOINTS, YES_NO, Column, Endpoint

MONTHS, EVENT = "_months", "_event"
_WORDS = r"(?:status|event|статус|событие)"
_STATUS = re.compile(rf"(?:{_WORDS}(?: of| for)? (.+)|(.+) {_WORDS})")
_NAME = re.compile(r"\w+(?: \w+){0,5}")
_ENDING, _ROOT = 3, 4  # letters that a Russian ending may change, and letters that stay
_SHORT = 5  # letters of an abbreviation, shown in capitals
_OWN = {name for each in ENDPOINTS.values() for name in (each.months, each.event)}


def side(text: str, base: str, unit: str) -> str:
    """The column that a header would be of a pair: ``dfs_months``, ``dfs_event``, '' for none."""
    if unit in UNITS["months"]:
        stem, suffix = base, MONTHS
    elif match := _STATUS.fullmatch(re.sub(r"[\s(),.:]+", " ", normal(text)).strip()):
        stem, suffix = match[1] or match[2], EVENT
    else:
        return ""
    name = stem.replace(" ", "_") + suffix
    return beyond(name) if _NAME.fullmatch(stem) else ""


def time(text: str, base: str, unit: str, survival: bool) -> str:
    """The column that a header would be of a time; of a `survival`, whose unit may be asked."""
    name = side(text, base, unit)
    if name or unit or not survival:
        return name if name.endswith(MONTHS) else ""
    return beyond(base.replace(" ", "_") + MONTHS) if _NAME.fullmatch(base) else ""


def beyond(name: str) -> str:
    """The name of a column that the schema's own endpoints do not use, '' of one that they do."""
    return "" if name in _OWN else name


def column(name: str, header: str) -> Column | None:
    """The column of a pair that a header means; None where its name is of no pair."""
    if name.endswith(MONTHS):
        return replace(COLUMNS["os_months"], name=name, label=header)
    if name.endswith(EVENT):
        return Column(name, header, "flag", levels=YES_NO, words="event")
    return None


def partner(name: str) -> str:
    """The other column of a pair."""
    if name.endswith(MONTHS):
        return name.removesuffix(MONTHS) + EVENT
    return name.removesuffix(EVENT) + MONTHS


def alike(name: str, times: Iterable[str]) -> str:
    """The event that one of some times has, where only Russian endings differ; '' if none."""
    # ``статус безрецидивной выживаемости`` is the event of ``безрецидивная выживаемость, мес``.
    words = name.removesuffix(EVENT).split("_")
    for time in times:
        others = time.removesuffix(MONTHS).split("_")
        if len(words) == len(others) and all(map(_same_root, words, others)):
            return partner(time)
    return ""


def _same_root(one: str, other: str) -> bool:
    root = max(_ROOT, max(len(one), len(other)) - _ENDING)
    return one == other or (one[:root] == other[:root] and min(len(one), len(other)) >= root)


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
