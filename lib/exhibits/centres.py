"""The contrast within centres, centre by centre, and without each of them."""

from functools import partial

import pandas as pd

from lib import text
from lib.analyses.centres import WITHOUT, Centres
from lib.analyses.comparison import Comparison
from lib.exhibits import comparison, estimand, exhibit, subgroups
from lib.exhibits.exhibit import Exhibit, Table
from lib.figures.forest import Line, forest_of
from lib.language import _


def of_endpoint(found: Centres, compared: Comparison) -> Exhibit:
    """The stratified contrast, drawn where two lines can be."""
    drawn = _lines(found)
    several = len(drawn) > 1
    return Exhibit(
        key=exhibit.key(
            "compare", "centres", exhibit.of_endpoint(found.endpoint, found.provenance)
        ),
        title=comparison.titled(
            _("Centres, {outcome}").format(outcome=text.label(found.endpoint)), compared
        ),
        provenance=found.provenance,
        made=("centres.of_endpoint", found.endpoint.code),
        sentences=(_answer(found),),
        draw=partial(
            forest_of,
            *(drawn, subgroups.axis(found.forest), 1),
            sides=subgroups.sides(
                found.endpoint,
                (found.forest.reference, found.forest.comparison),
                found.provenance,
            ),
        )
        if several
        else None,
        caption=exhibit.joined(_caption(found), estimand.part(found.provenance)),
        tables=(Table(_("Centres"), partial(_table, found)),),
        cautions=(*compared.cautions, *found.cautions),
    )


def _lines(found: Centres) -> list[Line]:
    """The stratified estimate, each centre, and the stratified estimate without each one."""
    forest = found.forest
    drawn = subgroups.lines(forest)
    left = [(level, row) for level, row in found.without if row.estimate is not None]
    if left:
        drawn.append(Line(_("Leaving one centre out")))
        for level, row in left:
            line = subgroups.line(forest, row, False)
            title = _(WITHOUT).format(centre=text.label(level))
            drawn.append(Line(title, line.counts, line.estimate, line.weight))
    return drawn


def _table(found: Centres) -> pd.DataFrame:
    """The same with counts and reasons."""
    frame = subgroups.table(found.forest)
    rows = [
        subgroups.cells(found.forest, _(WITHOUT).format(centre=text.label(level)), row)
        for level, row in found.without
    ]
    block = found.forest.blocks[0]
    tested = _("not tested: fewer than two groups with an estimate")
    if block.test is not None:
        tested = text.pvalue(block.test.pvalue)
    frame.iloc[1, 4] = tested
    return pd.concat([frame, pd.DataFrame(rows, columns=frame.columns)], ignore_index=True)


def _answer(found: Centres) -> str:
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
    left = [each.estimate.value for _level, each in found.without if each.estimate is not None]
    if not left:
        return words
    return exhibit.joined(
        words,
        _("Without any one centre it lies between {low} and {high}.").format(
            low=text.beside(min(left), 1, 2), high=text.beside(max(left), 1, 2)
        ),
    )


def _caption(found: Centres) -> str:
    """Where the stratified results come from, and who tells nothing."""
    test = found.forest.blocks[0].test
    one_arm = text.listed(text.label(level) for level in found.one_arm)
    return exhibit.joined(
        _("{outcome}, {arms}.").format(
            outcome=subgroups.outcome(found.endpoint), arms=subgroups.arms(found.forest)
        ),
        subgroups.favours(found.forest),
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
