"""The contrast in every level of every column known at baseline."""

from functools import partial
from math import isnan

import pandas as pd

from lib import text
from lib.analyses.comparison import MEASURE_NAMES, Comparison
from lib.analyses.provenance import Provenance
from lib.analyses.subgroups import Block, Forest, Rate, Row
from lib.exhibits import comparison, derivation, estimand, exhibit
from lib.exhibits.exhibit import Exhibit, Table
from lib.figures.forest import Line, forest_of
from lib.language import N_, _, ngettext
from lib.schema import Endpoint, Level
from lib.statistics.estimate import Estimate

_HOMOGENEOUS = N_(
    "A group’s own limits say little; whether groups differ is the question of the test of "
    "interaction alone."
)


def of_outcome(found: Forest, compared: Comparison) -> Exhibit:
    """The contrast in each subgroup, drawn where two lines can be."""
    drawn = lines(found)
    several = len(drawn) > 1
    return Exhibit(
        key=exhibit.key("compare", "subgroups", outcome_key(found.outcome, found.provenance)),
        title=comparison.titled(
            _("Subgroups, {outcome}").format(outcome=outcome(found.outcome)), compared
        ),
        provenance=found.provenance,
        made=made("subgroups", found.outcome),
        draw=partial(
            forest_of,
            *(drawn, axis(found), none(found), scale(found)),
            sides(found.outcome, (found.reference, found.comparison), found.provenance),
        )
        if several
        else None,
        undrawn=undrawn(found),
        shows=shows(found),
        caption=exhibit.joined(caption(found), estimand.part(found.provenance)),
        tables=(
            Table(
                _("All numbers") if several else _("Subgroups"),
                partial(table, found),
                shown="folded" if several else "open",
            ),
        ),
        cautions=(*compared.cautions, *found.cautions),
    )


def made(module: str, what: Endpoint | Rate) -> tuple[str, ...]:
    """The analysis of an endpoint or of a rate, with its arguments."""
    if isinstance(what, Endpoint):
        return f"{module}.of_endpoint", what.code
    return f"{module}.of_rate", what.measure, str(what.months)


def outcome(what: Endpoint | Rate) -> str:
    """``Overall survival``, ``DCR at 6 months``, ``ORR, best response``."""
    if isinstance(what, Endpoint):
        return text.label(what)
    measure = _(MEASURE_NAMES[what.measure])
    if not what.months:
        return _("{measure}, best response").format(measure=measure)
    return _("{measure} at {time}").format(measure=measure, time=text.months(what.months))


def none(forest: Forest) -> float:
    """The value of no difference."""
    return 1 if isinstance(forest.outcome, Endpoint) else 0


def scale(forest: Forest) -> float:
    """What an estimate is multiplied by to be shown."""
    return 1 if isinstance(forest.outcome, Endpoint) else 100


def axis(forest: Forest) -> str:
    """What the axis of a forest is; short, because a phone has to hold it."""
    endpoint = isinstance(forest.outcome, Endpoint)
    return _("Hazard ratio") if endpoint else _("Difference, points")


def favours(forest: Forest) -> str:
    """Which way is which."""
    name = text.named(forest.comparison)
    if isinstance(forest.outcome, Endpoint):
        return _("Below 1 fewer events in {arm}.").format(arm=name)
    return _("Percentage points; above 0 more with response in {arm}.").format(arm=name)


def sides(what: Endpoint | Rate, arms: tuple[Level, Level], whence: Provenance) -> tuple[str, str]:
    """What it is for a result to lie below no difference, and above it; `arms`: reference first.

    Of an endpoint of the file’s own making nobody knows whether its event is a good one.
    """
    reference, comparison = map(text.named, arms)
    if not isinstance(what, Endpoint):
        better, first, second = _("favours {arm}"), reference, comparison
    else:
        own = what in whence.own_endpoints
        better = _("fewer events: {arm}") if own else _("favours {arm}")
        first, second = comparison, reference
    return better.format(arm=first), better.format(arm=second)


def shows(forest: Forest) -> str:
    """The estimate of all patients, between which those of the groups lie, and the tests."""
    found = [
        row.estimate.value
        for block in forest.blocks
        for row in block.rows
        if row.estimate is not None and not isnan(row.estimate.value)
    ]
    adjusted = [block.adjusted for block in forest.blocks if block.test is not None]
    known = [p for p in adjusted if not isnan(p)]
    low, high = (
        (text.beside(scale(forest) * each, none(forest), _decimals(forest)) for each in ends)
        if (ends := (min(found), max(found)) if found else ())
        else ("", "")
    )
    whole = _brief(forest, forest.whole.estimate)
    return exhibit.joined(
        _("{axis}: all patients {estimate}.").format(axis=axis(forest), estimate=whole)
        if whole
        else "",
        ngettext(
            "In {n} group from {low} to {high}.", "In {n} groups from {low} to {high}.", len(found)
        ).format(n=len(found), low=low, high=high)
        if found
        else "",
        _("Smallest adjusted p-value of interaction: {p}.").format(p=text.pvalue(min(known)))
        if known
        else "",
    )


def arms(forest: Forest) -> str:
    """``TACE against HAI``."""
    return _("{comparison} against {reference}").format(
        comparison=text.named(forest.comparison), reference=text.named(forest.reference)
    )


def lines(forest: Forest) -> list[Line]:
    """A line for everybody, a title a column, and a line for each row with an estimate."""
    found = [line(forest, forest.whole, True)] if forest.whole.estimate is not None else []
    for block in forest.blocks:
        shown = [row for row in block.rows if row.estimate is not None]
        if shown:
            found.append(Line(text.label(block.column)))
            found += [line(forest, row, False) for row in shown]
    return found


def line(forest: Forest, row: Row, whole: bool) -> Line:
    """One line of a forest."""
    counts = _("{n1} v {n0}, {estimate}").format(
        n1=row.n[1], n0=row.n[0], estimate=_brief(forest, row.estimate)
    )
    weight = sum(row.events) if isinstance(forest.outcome, Endpoint) else sum(row.n)
    named = text.named(row.level)
    return Line(text.label(row.level), counts, row.estimate, weight, whole, named)


def _brief(forest: Forest, found: Estimate | None) -> str:
    if found is None:
        return ""
    decimals, times = _decimals(forest), scale(forest)
    value, low, high = (
        text.part(each, found, decimals, times, none(forest))
        for each in (found.value, found.low, found.high)
    )
    between = text.limits(low, high)
    return f"{value} ({between})"


def _decimals(forest: Forest) -> int:
    return 2 if isinstance(forest.outcome, Endpoint) else 0


def table(forest: Forest) -> pd.DataFrame:
    """Every subgroup with its counts, and the reason where it has no estimate."""
    reference, comparison = text.named(forest.reference), text.named(forest.comparison)
    endpoint = isinstance(forest.outcome, Endpoint)
    estimate = _("Hazard ratio") if endpoint else _("Difference, percentage points")
    rows = [cells(forest, text.label(forest.whole.level), forest.whole)]
    for block in forest.blocks:
        rows.append((text.label(block.column), "", "", "", _tested(block)))
        rows += [cells(forest, f"\u2003{text.label(row.level)}", row) for row in block.rows]
        if block.missing:
            rows.append(("\u2003" + _("No value"), text.whole(block.missing), "", "", ""))
    what = _("events") if endpoint else _("with response")
    return pd.DataFrame(
        rows,
        columns=[
            _("Patients"),
            _("{arm}, {what} of patients").format(arm=comparison, what=what),
            _("{arm}, {what} of patients").format(arm=reference, what=what),
            estimate,
            _("Interaction"),
        ],
    )


def cells(forest: Forest, name: str, row: Row) -> tuple[str, str, str, str, str]:
    """One row of its table."""
    return (
        name,
        text.out_of(row.events[1], row.n[1]),
        text.out_of(row.events[0], row.n[0]),
        _shown(forest, row),
        "",
    )


def _shown(forest: Forest, row: Row) -> str:
    if row.estimate is None:
        return _("withheld: {why}").format(why=text.said(row.why, row.values))
    return text.estimate(row.estimate, _decimals(forest), scale(forest), none=none(forest))


def _tested(block: Block) -> str:
    if block.test is None:
        return _("not tested: fewer than two groups with an estimate")
    if isnan(block.test.pvalue):
        return _("not estimable")
    return _("{p}; adjusted {q}").format(
        p=text.pvalue(block.test.pvalue), q=text.pvalue(block.adjusted)
    )


def caption(forest: Forest) -> str:
    """Where the estimates and the tests of a forest come from."""
    found = [row.estimate for row in _rows(forest) if row.estimate is not None]
    methods = exhibit.methods(estimate.method for estimate in found)
    test = next((block.test for block in forest.blocks if block.test is not None), None)
    return exhibit.joined(
        _("{outcome}, {arms}; unadjusted.").format(
            outcome=outcome(forest.outcome), arms=arms(forest)
        ),
        _("Estimates: {methods}.").format(methods=methods) if found else "",
        favours(forest) if found else "",
        exhibit.gaps((text.named(row.level), row.gaps) for row in _rows(forest)),
        ngettext(
            "{method}; {n} column tested, p-values adjusted for that by Holm’s procedure.",
            "{method}; {n} columns tested, p-values adjusted for that by Holm’s procedure.",
            forest.tests,
        ).format(method=_(test.method), n=forest.tests)
        if test
        else "",
        _(_HOMOGENEOUS) if test else "",
        derivation.basis(forest.provenance) if isinstance(forest.outcome, Rate) else "",
        _("Numbers are cut at fixed points, or at the median of the whole cohort."),
        undrawn(forest),
        exhibit.grouped(forest.provenance, forest.column),
        text.under_study(forest.provenance),
    )


def undrawn(forest: Forest) -> str:
    """How many groups have no estimate to draw."""
    withheld = sum(row.estimate is None for block in forest.blocks for row in block.rows)
    return (
        ngettext(
            "Not drawn, too small for an estimate: {n} group; the table has it with the reason.",
            "Not drawn, too small for an estimate: {n} groups; the table has them with the reason.",
            withheld,
        ).format(n=withheld)
        if withheld
        else ""
    )


def _rows(forest: Forest) -> list[Row]:
    return [forest.whole, *(row for block in forest.blocks for row in block.rows)]


def outcome_key(what: Endpoint | Rate, whence: Provenance) -> str:
    """An outcome in a key: ``os``, ``orr-6m``, ``dcr-best``."""
    if isinstance(what, Endpoint):
        return exhibit.of_endpoint(what, whence)
    return f"{what.measure}-{what.months}m" if what.months else f"{what.measure}-best"
