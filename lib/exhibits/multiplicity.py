"""How many tests there are, and what is left of them once that is allowed for."""

from collections.abc import Sequence
from functools import partial

import pandas as pd

from lib import text
from lib.analyses.comparison import Comparison
from lib.analyses.multiplicity import Tally, Test
from lib.exhibits import comparison, exhibit
from lib.exhibits.exhibit import Exhibit, Table
from lib.language import _


def of_page(found: Tally, compared: Comparison) -> Exhibit:
    """Every test of the arms and of interactions, adjusted for their number."""
    return Exhibit(
        key=exhibit.key("compare", "tests"),
        title=comparison.titled(_("Tests"), compared),
        provenance=compared.provenance,
        made=("multiplicity.of_page",),
        sentences=(count(found),),
        tables=(
            Table(_("Tests of the arms"), partial(_table, found.main)),
            Table(_("Tests of interaction"), partial(_table, found.interactions), shown="folded"),
        ),
        cautions=compared.cautions,
    )


def _table(found: Sequence[Test]) -> pd.DataFrame:
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
