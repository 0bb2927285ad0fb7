"""What leaves where small counts are masked: exhibits of merged cells, and what is withheld."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

import pandas as pd

from lib import exhibits, text
from lib.analyses.baseline import Baseline
from lib.analyses.everything import Everything
from lib.analyses.masked import (
    ELSEWHERE,
    NO_FILTER,
    SMALL,
    MaskedResponse,
    MaskedResults,
    StatesAt,
)
from lib.analyses.provenance import Provenance
from lib.exhibits import exhibit
from lib.exhibits.exhibit import Exhibit, Table
from lib.exhibits.study import Offered, offered
from lib.language import _, ngettext
from lib.schema import Level

KEY = "masked"
_SURVIVAL, _COMPARED = "survival-", "compare-"


def of_study(found: MaskedResults, whole: Everything) -> tuple[Exhibit, ...]:
    """All that leaves; first what is masked, what is withheld and what remains possible.

    `whole`: the same study unmasked, whose exhibits are named and not made.
    """
    every = tuple(shown(found))
    return (_about(found, every, list(offered(whole))), *every)


def names(found: Sequence[Exhibit]) -> tuple[Offered, ...]:
    """The same as a list to choose from."""
    return tuple(Offered(each.key, each.title, partial(_itself, each)) for each in found)


def remains(shown: Sequence[Exhibit], of: int) -> str:
    """How many exhibits and tables are left: ``6 of 50 exhibits are left, with 12 tables.``"""
    made = [each for each in shown if each.key != KEY]
    tables = sum(len(each.tables) for each in made)
    left = ngettext("{n} of {all} exhibits is left", "{n} of {all} exhibits are left", len(made))
    many = ngettext("{n} table", "{n} tables", tables).format(n=tables)
    return _("{left}, with {tables}.").format(left=left.format(n=len(made), all=of), tables=many)


def _itself(shown: Exhibit) -> Exhibit:
    return shown


def shown(found: MaskedResults) -> Iterator[Exhibit]:
    """Baseline, response, survival and both arms, in merged cells where any are merged."""
    if found.baseline is None:
        return
    if found.baseline.features:
        yield exhibits.baseline.table_one(found.baseline)
    if found.response is not None:
        yield _response(found.response, found.baseline, found.provenance)
    for result in found.survival.values():
        yield _in_steps(exhibits.survival.by_group(result), found)
    for each in found.comparison.values():
        both = exhibits.comparison.of_endpoint(each.compared, each.survival, each.hidden_cause)
        yield _in_steps(both, found)


def _in_steps(shown: Exhibit, found: MaskedResults) -> Exhibit:
    """Curves say that their times are merged, where they are."""
    if found.population.exact:
        return shown
    words = _(
        "Times are merged into steps: an event stands at the end of its step, a censoring in the "
        "middle of its own, and who has no time with those censored first where they are few. So "
        "medians and mean times are up to a step too long. All end where the place of the "
        "censorings could move a curve by 10 points."
    )
    return replace(shown, caption=exhibit.joined(shown.caption, words))


def _response(found: MaskedResponse, by: Baseline, whence: Provenance) -> Exhibit:
    return Exhibit(
        key="response",
        title=text.titled(_("Response"), exhibit.grouping(by.column)),
        provenance=whence,
        made=("response.by_group",),
        caption=exhibit.joined(
            _("Percentages are of all patients of the column."),
            _("ORR is CR or PR of all but those who entered too late."),
            text.under_study(whence),
        ),
        tables=tuple(
            Table(_at(each.months), partial(_states, each, found.groups)) for each in found.times
        ),
    )


def _at(months: int) -> str:
    return _("At {time}").format(time=text.months(months)) if months else _("Best response")


def _states(time: StatesAt, groups: Sequence[Level]) -> pd.DataFrame:
    n = [sum(each.n[at] for each in time.states) for at in range(len(groups))]
    rows = [
        [text.label(each.level) or _("No value"), *text.counts(zip(each.n, n, strict=True))]
        for each in time.states
    ]
    if any(time.objective):
        least = text.smallest(rate.n for rate in time.objective if rate is not None)
        said = [
            text.proportion(rate, smallest=least) if rate is not None else ""
            for rate in time.objective
        ]
        rows.append([_("ORR"), *said])
    return exhibit.lines(rows, " ", *map(text.named, groups))


# What is said of it ------------------------------------------------------------------------------


def _about(found: MaskedResults, shown: Sequence[Exhibit], whole: Sequence[Offered]) -> Exhibit:
    k, title = found.least_cell, _("What is masked")
    keys = {each.key for each in shown}
    left = [each for each in whole if each.key not in keys]
    refused = found.population.refused
    return Exhibit(
        key=KEY,
        title=title,
        provenance=found.provenance,
        made=("masked.of_study",),
        sentences=exhibit.said(
            _(
                "No count of patients from 1 to {most} is told, nor one that follows from "
                "others: smaller cells are merged, and margins stay as they are."
            ).format(most=k - 1),
            remains(shown, len(whole)),
            f"{_(NO_FILTER).format(k=k)}." if refused else "",
            _(
                "The cells are those of the whole file, so that exports of it by the same columns "
                "can be subtracted, whichever levels are filtered."
            ),
            _(
                "What remains possible: exports by several other columns, clocks, cut-offs, rules "
                "or another least cell can be set against this one, and whoever knows single "
                "patients may tell more."
            ),
        ),
        tables=tuple(_withheld(found, left)),
    )


def _withheld(found: MaskedResults, left: Sequence[Offered]) -> Iterator[Table]:
    """What is not told, a table a reason; the second is long, and of what pages show alone."""
    curves = [offer.key for offer in left if offer.key.startswith(_SURVIVAL)]
    own = {"table-one", "response", *curves}
    own |= {key.replace(_SURVIVAL, _COMPARED, 1) for key in curves}
    masked = found.population
    times = [text.lowered(_at(months)) for months in masked.withheld_times]
    small = [
        *map(text.label, masked.withheld_columns),
        *(_("Response: {when}").format(when=when) for when in times),
        *(offer.name for offer in left if offer.key in own),
    ]
    others = [offer.name for offer in left if offer.key not in own]
    why = f"{_(SMALL).format(k=found.least_cell)}."
    if small:
        yield Table(_("Not told for small cells"), partial(_listed, small), why)
    if others:
        title = _("Not told, whatever its cells")
        yield Table(title, partial(_listed, others), f"{_(ELSEWHERE)}.", shown="taken")


def _listed(names: Sequence[str]) -> pd.DataFrame:
    return exhibit.lines([[each] for each in names], _("What"))
