"""So many patients at a time as an engine joins with what else is known of them."""

from collections.abc import Callable, Mapping

import numpy as np

from lib.registry.facts import PATIENT
from lib.registry.query import Answer

_STRETCHES = 1000  # of numbers of patients, of which some have as many as are joined at once


def slices(
    asked: Callable[[str, Mapping[str, object]], Answer], most: int
) -> list[tuple[int, int]]:
    """From which number to which some `most` patients have, all of them in order.

    `asked`: gives the columns of a query.
    """
    ends = f"MIN({PATIENT}) AS low, MAX({PATIENT}) AS high"
    found = asked(f"SELECT {ends} FROM facts", {})
    first, last = (int(found[name][0]) for name in ("low", "high"))
    wide = (last - first) // _STRETCHES + 1  # numbers of patients may be far apart
    sql = (
        f"SELECT stretch, COUNT(*) AS n FROM (SELECT FLOOR(({PATIENT} - :p0) / :p1) AS stretch"
        " FROM facts) patients GROUP BY stretch"
    )
    found = asked(sql, {"p0": first, "p1": float(wide)})
    order = np.argsort(found["stretch"])
    starts = first + np.asarray(found["stretch"], np.int64)[order] * wide
    part = np.cumsum(np.asarray(found["n"], np.int64)[order]) // most
    cuts = starts[np.flatnonzero(np.diff(part, prepend=-1))].tolist()
    return [(start, end - 1) for start, end in zip(cuts, [*cuts[1:], last + 1], strict=True)]
