"""What the import says and asks: the sentences of `sentences.toml`, each by its code."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from lib.cohort import Finding, Severity
from lib.language import Template, listed

_SENTENCES = listed(__file__)


def some(words: Sequence[str], most: int) -> str:
    """The first of some words, as a sentence lists them."""
    return ", ".join((*words[:most], "…") if len(words) > most else words)


def sentence(code: str) -> Template:
    """The sentence of a code."""
    return _SENTENCES[code]


def finding(
    severity: Severity,
    code: str,
    sheet: str = "",
    column: str = "",
    rows: Sequence[int] | npt.NDArray[np.int64] = (),
    value: str = "",
    /,
    *,
    sets_aside: tuple[str, ...] = (),
    taken_from: str = "",
    **values: Any,
) -> Finding:
    """What is found, by the code of its sentence, which names the `values`."""
    where = tuple(rows.tolist() if isinstance(rows, np.ndarray) else rows)
    said, named = sentence(code), tuple(values.items())
    return Finding(severity, said, column, where, value, named, sets_aside, sheet, taken_from)
