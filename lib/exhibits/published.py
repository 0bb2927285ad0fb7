"""What was found of a paper's numbers, and published cohorts beside one's own."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import partial

import pandas as pd

from lib import text
from lib.analyses.provenance import Provenance
from lib.analyses.published import Bound, Remark, Reported, Share
from lib.analyses.response import ResponseByGroup
from lib.analyses.survival import SurvivalByGroup
from lib.exhibits import derivation, exhibit, response, tail
from lib.exhibits.exhibit import Exhibit, Table
from lib.figures.published import Row, cohorts_beside
from lib.figures.response import panel_title
from lib.language import _, ngettext, worded
from lib.statistics.published import Tried


def remarks(found: Iterable[Remark]) -> pd.DataFrame:
    """What can be said of each printed number, what does not fit first."""
    rows = [
        (each.about, _("fits") if each.good else _("look again"), in_words(each))
        for each in sorted(found, key=lambda each: each.good)
    ]
    return pd.DataFrame(rows, columns=[_("Printed"), _("Found"), _("Why")])


def in_words(remark: Remark) -> str:
    """A remark in words."""
    values = {name: _value(each) for name, each in remark.values}
    return text.sentence(_(remark.message).format(**values))


def _value(value: object) -> str:
    if isinstance(value, tuple):
        between = " + " if value and isinstance(value[0], Decimal) else "; "
        return between.join(map(_value, value))
    if isinstance(value, Tried):
        return _tried(value)
    if isinstance(value, Share):
        share = text.with_sign(_value(value.percent), "%")
        return f"{worded(value.what)} {value.k}/{value.n} ({share})"
    if isinstance(value, Bound):
        return f"p {'<' if value.below else '='} {_value(value.value)}"
    if isinstance(value, Decimal):
        return text.as_printed(value)
    return worded(value) if isinstance(value, str) else str(value)


def _tried(test: Tried) -> str:
    return _("{test} {p}").format(test=_(test.method), p=text.pvalue(test.pvalue))


def context(
    known: Sequence[Reported], responded: ResponseByGroup | None, lived: SurvivalByGroup | None
) -> Exhibit:
    """Published cohorts beside one's own: labelled as context, and compared by nothing.

    `responded`, `lived`: response and overall survival; one of them may not be known.
    """
    own = responded or lived
    assert own is not None, "something is known of the cohort"
    rows = [_own(responded, lived), *map(_row, known)]
    return Exhibit(
        key="published",
        title=_("Published cohorts, as context"),
        provenance=own.provenance,
        made=("published.cohorts",),
        sentences=(
            ngettext(
                "This cohort beside a published one: for orientation, and no comparison.",
                "This cohort beside {n} published ones: for orientation, and no comparison.",
                len(known),
            ).format(n=len(known)),
        ),
        draw=partial(cohorts_beside, rows),
        undrawn=_undrawn(lived),
        caption=_caption(responded, own.provenance),
        tables=(
            Table(_("Published cohorts"), partial(_table, known, rows, lived), shown="folded"),
        ),
    )


def _undrawn(lived: SurvivalByGroup | None) -> str:
    """Why this cohort has no median, where its curve carries none."""
    few = tail.at_risk(lived.everyone) if lived is not None else None
    if few is None:
        return ""
    return _("The median of this cohort is not drawn: {why}.").format(why=tail.why(few))


def _caption(responded: ResponseByGroup | None, whose: Provenance) -> str:
    time = response.told(responded) if responded else None
    return exhibit.joined(
        _(
            "Other patients, other times, other rules of response: a difference to any of them is "
            "nobody’s effect."
        ),
        _("This cohort’s rates: {when}, of all treated.").format(
            when=text.lowered(panel_title(time))
        )
        if time is not None
        else "",
        derivation.basis(whose) if time is not None else "",
        "" if responded else _("This cohort’s rates are not held here."),
        _(
            "Lines: 95% limits, of rates by Clopper-Pearson from the printed counts, of medians "
            "as the papers print them, where they do."
        ),
        text.under_study(whose),
    )


def _own(responded: ResponseByGroup | None, lived: SurvivalByGroup | None) -> Row:
    time = response.told(responded) if responded else None
    objective, control = (
        (time.everyone.objective[0], time.everyone.control[0]) if time else (None, None)
    )
    known = lived is not None and tail.at_risk(lived.everyone) is None
    median = lived.everyone.median if lived is not None and known else None
    return Row(_("This cohort"), objective, control, median, own=True)


def _row(known: Reported) -> Row:
    title = _("{name}, {year}").format(name=known.name, year=known.year)
    return Row(title, known.objective, known.control, known.median)


def _table(
    known: Sequence[Reported], rows: Sequence[Row], lived: SurvivalByGroup | None
) -> pd.DataFrame:
    own, *others = rows
    whole = lived.everyone if lived is not None else None
    median = "" if whole is None or whole.median is None else tail.marked_median(whole)
    lines = [[own.title, "", *_rates(own), median, ""]]
    for each, row in zip(known, others, strict=True):
        n = text.whole(each.n) if each.n else ""
        median = "" if row.median is None else text.estimate(row.median)
        lines.append([row.title, n, *_rates(row), median, each.source])
    columns = [
        *(_("Cohort"), _("Patients"), _("Objective response"), _("Disease control")),
        *(_("Median overall survival, months"), _("Source")),
    ]
    return pd.DataFrame(lines, columns=columns)


def _rates(row: Row) -> list[str]:
    return ["" if each is None else text.proportion(each) for each in (row.objective, row.control)]
