"""What leaves of centres' counts: the centres, their effects as one, the sums of their counts."""

from collections.abc import Iterator
from functools import partial
from math import isnan

import pandas as pd

from lib import text
from lib.analyses.combined import NOBODY, Combined, Contribution, PooledResults
from lib.analyses.masked import SMALL
from lib.analyses.subgroups import Forest, Row
from lib.analyses.told import EXACT, TOLD_BY, LeftOut
from lib.exhibits import centres, exhibit, masked, subgroups
from lib.exhibits.exhibit import Exhibit, Table
from lib.figures.forest import Line, forest_of
from lib.language import N_, _, ngettext, template
from lib.schema import COLUMNS, Endpoint
from lib.statistics.estimate import Estimate
from lib.statistics.pooling import MetaAnalysis

KEY = "pool"
_AVERAGE = N_("Average of centres that differ")
_ANOTHER = N_("To expect in another centre")


def of_pool(found: PooledResults) -> tuple[Exhibit, ...]:
    """The centres and what they do not tell, their effects as one, and the sums of their counts."""
    return (_about(found), *(_combined(each) for each in found.combined.values()), *_sums(found))


def _sums(found: PooledResults) -> Iterator[Exhibit]:
    yield from masked.shown(found)
    for code, each in found.within.items():
        yield centres.of_endpoint(each, found.comparison[code].compared)


# The centres -------------------------------------------------------------------------------------


def _about(found: PooledResults) -> Exhibit:
    every = found.contributions
    n = sum(sum(each.n) for each in every)
    merged = [each for each in every if each.least_cell != EXACT]
    counted = ngettext("{n} centre", "{n} centres", len(every)).format(n=len(every))
    many = ngettext("{n} patient", "{n} patients", n).format(n=n)
    return Exhibit(
        key=KEY,
        title=_("Centres and what they told"),
        provenance=found.provenance,
        made=("combined.of_pool",),
        sentences=exhibit.said(
            _("Counts of {patients} of {centres}; no row of a patient left any of them.").format(
                patients=many, centres=counted
            ),
            ngettext(
                "Of {n} centre, cells are merged to 0 or at least the count in the table.",
                "Of {n} centres, cells are merged to 0 or at least the count in the table.",
                len(merged),
            ).format(n=len(merged))
            if merged
            else _("All counts are exact."),
            _("Each centre has a data cut-off of its own, and read its file itself."),
        ),
        tables=(
            Table(_("Centres"), partial(_centres, found)),
            Table(_("What centres do not tell"), partial(_left_out, every), shown="folded"),
        ),
        caption=text.under_study(found.provenance),
    )


def _centres(found: PooledResults) -> pd.DataFrame:
    column = found.pool.columns[found.pool.by]
    reference, comparison = (text.named(level) for level in column.levels[:2])
    rows = [
        [
            text.label(each.level),
            *map(text.whole, each.n),
            _("exact") if each.least_cell == EXACT else str(each.least_cell),
            each.version,
            each.source[:16],
        ]
        for each in found.contributions
    ]
    names = (_("Centre"), reference, comparison, _("Neither"), _("Least cell"), _("Hepar"))
    return exhibit.lines(rows, *names, _("SHA-256 of its file"))


def _left_out(every: tuple[Contribution, ...]) -> pd.DataFrame:
    rows = [
        [text.label(each.level), _what(left), _why(left, each.least_cell)]
        for each in every
        for left in each.left_out
    ]
    return exhibit.lines(rows, _("Centre"), _("What"), _("Why"))


def _what(left: LeftOut) -> str:
    if left.kind == "response":
        time = text.months(int(left.name)) if int(left.name) else text.lowered(_("Best response"))
        return _("Response: {when}").format(when=time)
    if not left.name:
        return _("a column or endpoint of the file’s own")
    if left.kind == "endpoint":
        return text.label(TOLD_BY[left.name])
    return text.label(COLUMNS[left.name])


def _why(left: LeftOut, least: int) -> str:
    words = _(template(left.why))
    return text.lowered(words.format(k=least)) if left.why == SMALL.code else words


# Their effects as one ----------------------------------------------------------------------------


def _combined(found: Combined) -> Exhibit:
    forest, meta = found.forest, found.found
    drawn = _lines(found)
    return Exhibit(
        key=exhibit.key(KEY, subgroups.outcome_key(forest.outcome, found.provenance)),
        title=_("Centres combined, {outcome}: {arms}").format(
            outcome=subgroups.outcome(forest.outcome), arms=subgroups.arms(forest)
        ),
        provenance=found.provenance,
        made=("combined.of_pool", forest.outcome.code),
        sentences=_answer(forest, meta),
        draw=partial(
            forest_of,
            *(drawn, subgroups.axis(forest), subgroups.none(forest), subgroups.scale(forest)),
            sides=subgroups.sides(
                forest.outcome, (forest.reference, forest.comparison), found.provenance
            ),
        )
        if meta is not None and meta.df
        else None,
        caption=_caption(forest, meta),
        tables=(Table(_("Effects by centre"), partial(_table, found)),),
        cautions=found.cautions,
    )


def _answer(forest: Forest, meta: MetaAnalysis | None) -> tuple[str, ...]:
    """The effect, how far centres differ, and from five centres on what another may have."""
    if meta is None:
        return (_("No centre has an estimate of it that it tells."),)
    ratio = isinstance(forest.outcome, Endpoint)
    k, measure = meta.df + 1, _("hazard ratio") if ratio else _("difference in percentage points")
    if k == 1:
        words = _("One centre alone has an estimate: {measure} {estimate}.")
        return (words.format(measure=measure, estimate=_said(forest, meta.common)),)
    answer = ngettext(
        "With one effect common to {k} centre: {measure} {estimate}.",
        "With one effect common to {k} centres: {measure} {estimate}.",
        k,
    ).format(k=k, measure=measure, estimate=_said(forest, meta.common))
    differ = ngettext(
        "Between centres: Q {q} on {df} degree of freedom, {p}; I² {i2}; τ² {tau2}.",
        "Between centres: Q {q} on {df} degrees of freedom, {p}; I² {i2}; τ² {tau2}.",
        meta.df,
    ).format(
        q=text.number(meta.q),
        df=meta.df,
        p=text.pvalue(meta.pvalue),
        i2=text.percent(meta.i2),
        tau2=text.number(meta.tau2, 3),
    )
    if meta.average is None or meta.prediction is None:
        return answer, differ
    more = _(
        "Average of centres that differ: {measure} {estimate}; to expect in another: {range}."
    ).format(
        measure=measure,
        estimate=_said(forest, meta.average),
        range=_range(forest, meta.prediction),
    )
    return more, answer, differ


def _said(forest: Forest, found: Estimate) -> str:
    decimals = 2 if isinstance(forest.outcome, Endpoint) else 1
    return text.estimate(found, decimals, subgroups.scale(forest), none=subgroups.none(forest))


def _range(forest: Forest, found: Estimate) -> str:
    decimals = 2 if isinstance(forest.outcome, Endpoint) else 1
    low, high = (
        text.part(side, found, decimals, subgroups.scale(forest), subgroups.none(forest))
        for side in (found.low, found.high)
    )
    return text.limits(low, high)


def _lines(found: Combined) -> list[Line]:
    """The average and another centre's effect where there are any, the common one, each centre."""
    forest, meta = found.forest, found.found
    if meta is None:
        return []
    lines = [
        Line(text.label(forest.whole.level), _counts(forest, forest.whole), meta.common, 1, True)
    ]
    if meta.average is not None and meta.prediction is not None:
        average, another = meta.average, meta.prediction
        lines = [
            Line(_(_AVERAGE), _said(forest, average), average, 1, True),
            Line(_(_ANOTHER), _range(forest, another), another),
            *lines,
        ]
    (block,) = forest.blocks
    lines.append(Line(text.label(block.column)))
    shares = iter(meta.weights.tolist())
    for row in block.rows:
        if row.estimate is not None:
            named = text.named(row.level)
            counts = _counts(forest, row)
            lines.append(
                Line(text.label(row.level), counts, row.estimate, next(shares), named=named)
            )
    return lines


def _counts(forest: Forest, row: Row) -> str:
    """Numbers of both arms, where they are told, and the estimate."""
    estimate = _said(forest, row.estimate) if row.estimate is not None else ""
    if row.n == NOBODY:
        return estimate
    return _("{n1} v {n0}, {estimate}").format(n1=row.n[1], n0=row.n[0], estimate=estimate)


def _table(found: Combined) -> pd.DataFrame:
    """Every centre with its counts, its effect and its weight, or why it has none."""
    forest, meta = found.forest, found.found
    (block,) = forest.blocks
    shares = iter(meta.weights.tolist() if meta is not None else ())
    rows = [
        [
            text.label(row.level),
            *(text.out_of(row.events[at], row.n[at]) if row.n != NOBODY else "" for at in (1, 0)),
            _effect(forest, row),
            text.percent(next(shares), 0) if row.estimate is not None else "",
        ]
        for row in block.rows
    ]
    if meta is not None:
        rows.append([text.label(forest.whole.level), "", "", _said(forest, meta.common), ""])
        if meta.average is not None and meta.prediction is not None:
            rows.append([_(_AVERAGE), "", "", _said(forest, meta.average), ""])
            rows.append([_(_ANOTHER), "", "", _range(forest, meta.prediction), ""])
    what = _("events") if isinstance(forest.outcome, Endpoint) else _("with response")
    arms = [
        _("{arm}, {what} of patients").format(arm=text.named(level), what=what)
        for level in (forest.comparison, forest.reference)
    ]
    return exhibit.lines(rows, _("Centre"), *arms, subgroups.axis(forest), _("Weight"))


def _effect(forest: Forest, row: Row) -> str:
    if row.estimate is None:
        return _("withheld: {why}").format(why=text.said(row.why, row.values))
    return _said(forest, row.estimate)


def _caption(forest: Forest, meta: MetaAnalysis | None) -> str:
    """What was combined, and how."""
    ratio = isinstance(forest.outcome, Endpoint)
    known = [] if meta is None else [meta.common, meta.average]
    methods = exhibit.methods(each.method for each in known if each is not None)
    test = meta is not None and not isnan(meta.pvalue)
    return exhibit.joined(
        _("{outcome}, {arms}; unadjusted.").format(
            outcome=subgroups.outcome(forest.outcome), arms=subgroups.arms(forest)
        ),
        subgroups.favours(forest),
        _("Each centre estimated its own log hazard ratio, by Cox’s partial likelihood.")
        if ratio
        else _(
            "Differences of the rates over all treated, with half a patient more in each cell "
            "where one is empty."
        ),
        _("Estimates: {methods}.").format(methods=methods) if methods else "",
        _("τ² by restricted maximum likelihood; I² of Cochran’s Q.") if test else "",
        exhibit.grouped(forest.provenance, forest.column),
        text.under_study(forest.provenance),
    )
