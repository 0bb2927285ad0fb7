"""How responses changed from time to time."""

from collections.abc import Sequence
from functools import partial

import pandas as pd

from lib import text
from lib.analyses import cautions
from lib.analyses.derivation import Derivation
from lib.analyses.states import STATES
from lib.analyses.transitions import Passage, Transitions
from lib.exhibits import derivation, exhibit
from lib.exhibits.exhibit import Exhibit, Table
from lib.figures.transitions import alluvial
from lib.language import _


def between_times(found: Transitions, origin: Derivation) -> Exhibit:
    """Bands from each state to each other, and a matrix a passage."""
    return Exhibit(
        key="response-over-time",
        title=_("Response from time to time"),
        provenance=found.provenance,
        made=("transitions.between_times",),
        draw=partial(alluvial, found) if found.passages else None,
        shows=" ".join(map(_stayed, found.passages)),
        caption=caption(found, origin),
        tables=tuple(
            Table(passage_title(each), partial(passage, each), shown="folded")
            for each in found.passages
        ),
        cautions=tuple(cautions.disagreements(origin)),
    )


def _stayed(passage: Passage) -> str:
    """How many were in the same state at both times of a passage."""
    n = int(passage.counts.sum())
    return _("{passage}: in the same state {count}.").format(
        passage=passage_title(passage), count=text.count_of(int(passage.counts.trace()), n)
    )


def passage_title(passage: Passage) -> str:
    """``From 3 to 6 months``."""
    return _("From {start} to {end}").format(
        start=text.short(passage.start), end=text.months(passage.end)
    )


def passage(crossed: Passage) -> pd.DataFrame:
    """The matrix of one passage: a row a state before, a column a state after, with the sums."""
    before = [at for at in range(len(STATES)) if crossed.counts[at].any()]
    after = [at for at in range(len(STATES)) if crossed.counts[:, at].any()]
    rows = [[text.label(STATES[at]), *_cells(crossed.counts[at], after)] for at in before]
    rows.append([_("All"), *_cells(crossed.counts.sum(axis=0), after)])
    names = [
        _("At {start}, then at {end}").format(
            start=text.months(crossed.start), end=text.months(crossed.end)
        ),
        *(text.label(STATES[at]) for at in after),
        _("All"),
    ]
    return pd.DataFrame(rows, columns=names)


def _cells(counts: Sequence[int], shown: Sequence[int]) -> list[str]:
    return [*(text.whole(int(counts[at])) for at in shown), text.whole(int(sum(counts)))]


def caption(found: Transitions, origin: Derivation) -> str:
    """The caption of the transitions."""
    n = found.provenance.n
    return exhibit.joined(
        _(
            "Each column is all patients (n = {n}), with those who died, had no scan or "
            "entered too late. A band is as wide as the patients who go that way. PD leads "
            "to no other response."
        ).format(n=n),
        derivation.basis(found.provenance),
        _(text.DEATHS_MEAN[found.provenance.plan.response.deaths]),
        derivation.counted(origin) if origin.derived else exhibit.of_liver(found.provenance),
        text.under_study(found.provenance),
    )
