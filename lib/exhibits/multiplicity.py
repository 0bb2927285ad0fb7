"""How many tests there are, which of them is primary, and what is left of the others."""

from collections.abc import Sequence
from functools import partial

import pandas as pd

from lib import text
from lib.analyses.comparison import Comparison
from lib.analyses.multiplicity import Tally, Test
from lib.analyses.protocol import departures
from lib.exhibits import comparison, estimand, exhibit
from lib.exhibits.exhibit import Exhibit, Table
from lib.language import _, ngettext


def of_page(found: Tally, compared: Comparison) -> Exhibit:
    """Every test of the arms and of interactions, adjusted for their number."""
    return Exhibit(
        key=exhibit.key("compare", "tests"),
        title=comparison.titled(_("Tests"), compared),
        provenance=compared.provenance,
        made=("multiplicity.of_page",),
        sentences=exhibit.said(standing(found, compared), count(found)),
        tables=(
            Table(_("Tests of the arms"), partial(_of_arms, found)),
            Table(_("Tests of interaction"), partial(_table, found.interactions), shown="folded"),
        ),
        cautions=compared.cautions,
    )


def _of_arms(found: Tally) -> pd.DataFrame:
    """The primary test, which nothing is adjusted for, above the others."""
    frame = _table(found.main)
    if found.primary is None:
        return frame
    first = _row(found.primary)
    title = _("Primary: {test}").format(test=first[0])
    frame.loc[-1] = [title, first[1], _("by itself")]
    return frame.sort_index(ignore_index=True)


def _table(found: Sequence[Test]) -> pd.DataFrame:
    """Tests, each with its p-value as it is and adjusted within its family."""
    columns = [_("Test"), _("As it is"), _("Adjusted (Holm)")]
    return pd.DataFrame([_row(test) for test in found], columns=columns)


def _row(test: Test) -> tuple[str, str, str]:
    adjusted = text.pvalue(test.adjusted)
    return text.said(test.message, test.values), text.pvalue(test.pvalue), adjusted


def standing(found: Tally, compared: Comparison) -> str:
    """Which test stands by itself, or why none does."""
    if found.primary is not None:
        test, p, _adjusted = _row(found.primary)
        return _(
            "Primary, and adjusted for no other test: {test}, {p}, of the arms as they are. The "
            "answer at the top is decided by its own limits."
        ).format(test=text.lowered(test), p=p)
    if not compared.provenance.plan.protocol.primary:
        return _("No primary endpoint was named, so that no test stands by itself.")
    if departures(compared.provenance.plan):
        return estimand.part(compared.provenance)
    return _("The primary test is withheld.")


def count(found: Tally) -> str:
    """How many tests there are beside the primary one, and how many are left of the small ones."""
    n = len(found.main) + len(found.interactions)
    if not n:
        return "" if found.primary is not None else _("No test could be done.")
    several = (
        ngettext("{n} other test", "{n} other tests", n)
        if found.primary is not None
        else ngettext("{n} test", "{n} tests", n)
    )
    return _(
        "{several}: {main} of the arms, {further} of interactions. Below 0.05 as "
        "they are: {below}; adjusted for their number: {left}. They are of the same patients and "
        "come in clumps, so that how many are small is no evidence. Adjusted by Holm’s procedure "
        "over the tests of the arms, and over the columns of each outcome; a test that asks a "
        "question again, by permutation or within centres, does not count."
    ).format(
        several=several.format(n=n),
        main=len(found.main),
        further=len(found.interactions),
        below=found.below,
        left=found.left,
    )
