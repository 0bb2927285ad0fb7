"""Subgroups, centres and the count of tests in words."""

from collections.abc import Sequence
from math import isnan

import pandas as pd

from lib import text
from lib.analyses.centres import WITHOUT, Centres
from lib.analyses.comparison import Comparison
from lib.analyses.multiplicity import Tally, Test
from lib.analyses.provenance import Provenance
from lib.analyses.subgroups import Block, Forest, Rate, Row
from lib.exhibits import comparison, exhibit, verdict
from lib.figures.forest import Line
from lib.figures.forest import forest as draw
from lib.language import N_, _
from lib.schema import Endpoint
from lib.statistics.estimate import Estimate

_HOMOGENEOUS = N_(
    "A group’s own limits say little; whether groups differ is the question of the test of "
    "interaction alone."
)


def outcome(what: Endpoint | Rate) -> str:
    """``Overall survival``, ``DCR at 6 months``, ``ORR, best response``."""
    if isinstance(what, Endpoint):
        return text.label(what)
    if not what.months:
        return _("{measure}, best response").format(measure=what.measure)
    return _("{measure} at {time}").format(measure=what.measure, time=text.months(what.months))


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


def arms(forest: Forest) -> str:
    """``TACE against HAI``."""
    return _("{comparison} against {reference}").format(
        comparison=text.named(forest.comparison), reference=text.named(forest.reference)
    )


def lines(forest: Forest) -> list[Line]:
    """A line for everybody, a title a column, and a line for each row with an estimate."""
    found = [_line(forest, forest.whole, True)] if forest.whole.estimate is not None else []
    for block in forest.blocks:
        shown = [row for row in block.rows if row.estimate is not None]
        if shown:
            found.append(Line(text.label(block.column)))
            found += [_line(forest, row, False) for row in shown]
    return found


def _line(forest: Forest, row: Row, whole: bool) -> Line:
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
    rows = [_cells(forest, text.label(forest.whole.level), forest.whole)]
    for block in forest.blocks:
        rows.append((text.label(block.column), "", "", "", _tested(block)))
        rows += [_cells(forest, f"\u2003{text.label(row.level)}", row) for row in block.rows]
        if block.missing:
            rows.append(("\u2003" + _("No value"), str(block.missing), "", "", ""))
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


def _cells(forest: Forest, name: str, row: Row) -> tuple[str, str, str, str, str]:
    return (
        name,
        f"{row.events[1]}/{row.n[1]}",
        f"{row.events[0]}/{row.n[0]}",
        _shown(forest, row),
        "",
    )


def _shown(forest: Forest, row: Row) -> str:
    if row.estimate is None:
        return _("withheld: {why}").format(why=text.said(row.why, row.values))
    shown = text.estimate(row.estimate, _decimals(forest), scale(forest), none=none(forest))
    return _("{estimate}, test disagrees").format(estimate=shown) if row.doubtful else shown


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
    methods = "; ".join(dict.fromkeys(_(estimate.method) for estimate in found))
    test = next((block.test for block in forest.blocks if block.test is not None), None)
    withheld = sum(row.estimate is None for block in forest.blocks for row in block.rows)
    doubtful = sum(row.doubtful for row in _rows(forest))
    return exhibit.joined(
        _("{outcome}, {arms}; unadjusted.").format(
            outcome=outcome(forest.outcome), arms=arms(forest)
        ),
        _("Estimates: {methods}.").format(methods=methods) if found else "",
        favours(forest) if found else "",
        _("{method}; {n} tested, p-values adjusted for that by Holm’s procedure.").format(
            method=_(test.method), n=forest.tests
        )
        if test
        else "",
        _(_HOMOGENEOUS) if test else "",
        _doubtful(forest, doubtful),
        _(
            "Numbers are cut at fixed points, or at the median of the whole cohort; groups too "
            "small for an estimate, n = {n}, are in the table with the reason."
        ).format(n=withheld)
        if withheld
        else _("Numbers are cut at fixed points, or at the median of the whole cohort."),
        exhibit.grouped(forest.provenance, forest.column),
        text.under_study(forest.provenance),
    )


def _doubtful(forest: Forest, n: int) -> str:
    """That in some rows the limits and the test of the same patients disagree."""
    if not n:
        return ""
    test = (
        _("the log-rank test") if isinstance(forest.outcome, Endpoint) else _("Fisher’s exact test")
    )
    return _(
        "Where the limits and {test} of the same patients disagree on whether no difference is "
        "left out (rows: {n}), claim neither."
    ).format(test=test, n=n)


def _rows(forest: Forest) -> list[Row]:
    return [forest.whole, *(row for block in forest.blocks for row in block.rows)]


def centre_lines(found: Centres) -> list[Line]:
    """The stratified estimate, each centre, and the stratified estimate without each one."""
    forest = found.forest
    drawn = lines(forest)
    left = [(level, row) for level, row in found.without if row.estimate is not None]
    if left:
        drawn.append(Line(_("Leaving one centre out")))
        for level, row in left:
            line = _line(forest, row, False)
            title = _(WITHOUT).format(centre=text.label(level))
            drawn.append(Line(title, line.counts, line.estimate, line.weight))
    return drawn


def centre_table(found: Centres) -> pd.DataFrame:
    """The same with counts and reasons."""
    frame = table(found.forest)
    rows = [
        _cells(found.forest, _(WITHOUT).format(centre=text.label(level)), row)
        for level, row in found.without
    ]
    block = found.forest.blocks[0]
    tested = _("not tested: fewer than two groups with an estimate")
    if block.test is not None:
        tested = text.pvalue(block.test.pvalue)
    frame.iloc[1, 4] = tested
    return pd.concat([frame, pd.DataFrame(rows, columns=frame.columns)], ignore_index=True)


def centre_answer(found: Centres) -> str:
    """What is left of the contrast when only patients of the same centre are compared."""
    row = found.forest.whole
    if row.estimate is None:
        return _("Stratified by centre: withheld, {why}.").format(
            why=text.said(row.why, row.values)
        )
    log_rank = (
        _("; log-rank test {p}").format(p=text.pvalue(found.log_rank.pvalue))
        if (found.log_rank is not None)
        else ""
    )
    words = _("Comparing within centres only, the hazard ratio is {ratio}{log_rank}.").format(
        ratio=text.ratio(row.estimate), log_rank=log_rank
    )
    answers = verdict.limits(_("the limits of the hazard ratio"), row.estimate, 1)
    if found.log_rank is not None:
        level = found.provenance.plan.confidence
        answers += verdict.test(_("the log-rank test"), found.log_rank.pvalue, level)
    words = exhibit.joined(words, verdict.disagreement(answers))
    left = [each.estimate.value for _level, each in found.without if each.estimate is not None]
    if not left:
        return words
    return exhibit.joined(
        words,
        _("Without any one centre it lies between {low} and {high}.").format(
            low=text.beside(min(left), 1, 2), high=text.beside(max(left), 1, 2)
        ),
    )


def centre_caption(found: Centres) -> str:
    """Where the stratified results come from, and who tells nothing."""
    test = found.forest.blocks[0].test
    one_arm = text.listed(text.label(level) for level in found.one_arm)
    return exhibit.joined(
        _("{outcome}, {arms}.").format(outcome=outcome(found.endpoint), arms=arms(found.forest)),
        favours(found.forest),
        _(
            "Stratified by centre: each centre has a hazard of its own, and only patients of the "
            "same centre are compared."
        ),
        _("{method} between centres.").format(method=_(test.method)) if test else "",
        _(
            "With patients of one arm only, and so telling nothing of the contrast: {centres}."
        ).format(centres=one_arm)
        if one_arm
        else "",
        _("Centre not known: n = {n}.").format(n=found.missing) if found.missing else "",
        exhibit.grouped(found.provenance, found.forest.column),
        text.under_study(found.provenance),
    )


def picture(found: Forest, compared: Comparison) -> exhibit.Picture | None:
    """The forest; None where no subgroup is large enough for an estimate."""
    drawn = lines(found)
    if len(drawn) < 2:
        return None
    return exhibit.Picture(
        key(found),
        draw(drawn, axis(found), none(found), scale(found)),
        title(found, compared),
        caption(found),
        [(_("Subgroups"), table(found))],
    )


def key(found: Forest) -> str:
    """What names the files of the subgroups."""
    return exhibit.key("compare", "subgroups", outcome_key(found.outcome, found.provenance))


def outcome_key(what: Endpoint | Rate, whence: Provenance) -> str:
    """An outcome in a key: ``os``, ``orr-6m``, ``dcr-best``."""
    if isinstance(what, Endpoint):
        return exhibit.of_endpoint(what, whence)
    return f"{what.measure}-{what.months}m" if what.months else f"{what.measure}-best"


def centre_key(found: Centres) -> str:
    """What names the files of the centres."""
    return exhibit.key("compare", "centres", exhibit.of_endpoint(found.endpoint, found.provenance))


def title(found: Forest, compared: Comparison) -> str:
    """``Subgroups, overall survival, TACE against HAI``."""
    words = _("Subgroups, {outcome},").format(outcome=outcome(found.outcome))
    return text.titled(words, comparison.arms(compared))


def centre_picture(found: Centres, compared: Comparison) -> exhibit.Picture | None:
    """The forest of centres; None where there is but one line to draw."""
    drawn = centre_lines(found)
    if len(drawn) < 2:
        return None
    return exhibit.Picture(
        centre_key(found),
        draw(drawn, axis(found.forest), 1),
        centre_title(found, compared),
        centre_caption(found),
        [(_("Centres"), centre_table(found))],
    )


def centre_title(found: Centres, compared: Comparison) -> str:
    """``Centres, overall survival, TACE against HAI``."""
    words = _("Centres, {outcome},").format(outcome=text.label(found.endpoint))
    return text.titled(words, comparison.arms(compared))


def tests(found: Sequence[Test]) -> pd.DataFrame:
    """Tests, each with its p-value as it is and adjusted within its family."""
    rows = [
        (
            text.said(test.message, test.values),
            text.pvalue(test.pvalue),
            text.pvalue(test.adjusted),
        )
        for test in found
    ]
    return pd.DataFrame(rows, columns=[_("Test"), _("As it is"), _("Adjusted (Holm)")])


def count(found: Tally) -> str:
    """How many tests there are, how many chance alone makes small, and how many are left."""
    return _(
        "{n} tests: {main} of the arms, {further} of interactions. Below 0.05 as they are: "
        "{below}, where chance alone would make about {chance}; adjusted for their number: {left}. "
        "Adjusted by Holm’s procedure over the tests of the arms, and over the columns of each "
        "outcome."
    ).format(
        n=len(found.main) + len(found.interactions),
        main=len(found.main),
        further=len(found.interactions),
        below=found.below,
        chance=text.number(found.by_chance),
        left=found.left,
    )
