"""In which unit the numbers of a column are, where its header does not say."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from lib.ingest.cells import Cells
from lib.ingest.missing import codes_in
from lib.ingest.values import parse
from lib.schema import Column

_SMALL_SIZE, _LONG_MONTHS, _LONG_MEDIAN, _SHORT_MEDIAN = 15, 240, 90, 3
_LOW_BILIRUBIN, _LOW_ALBUMIN = 3, 10
_LARGEST_CM = 30  # no lesion, and hardly a sum of them, measures more centimetres than this


def likely_unit(column: Column, cells: Cells) -> str:
    """The unit that numbers without one suggest, where they leave a doubt; '' where they do not."""
    # It may be the schema's own, where that is only the likelier one. The visitor is always asked.
    suggest = _SUGGESTED.get(column.unit)
    if suggest is None:
        return ""
    codes = codes_in(cells)
    unknown = dict.fromkeys(codes.texts, "") if codes else {}
    column = replace(column, kind="number", most=np.inf)  # diameters are texts, "too small"
    parsed = parse(cells, column, "", None, unknown)
    numbers = np.array([np.nan if v is None else v for v in parsed.values], np.float64)
    bare = np.array([not _OWN_UNIT.search(text) for text in cells.texts], bool)
    known = ~np.isnan(numbers) & bare  # a cell that names its unit tells nothing of the others
    numbers = np.repeat(numbers[known], cells.counts()[known])
    return suggest(numbers) if len(numbers) else ""


_OWN_UNIT = re.compile(r"[^\W\d_]|%")


def _suggested_size(sizes: npt.NDArray[np.float64]) -> str:
    """Centimetres where decimals are small; small whole numbers may be either, too large neither.

    A lesion that has gone measures 0 in any unit.
    """
    sizes = sizes[sizes > 0]
    if not len(sizes) or np.median(sizes) >= _SMALL_SIZE:
        return ""
    if (sizes % 1 != 0).any():
        return "cm"
    if sizes.max() > _LARGEST_CM:
        return ""
    return "cm" if np.median(sizes) < _MEASURABLE else "mm"


_MEASURABLE = 10  # millimetres from which a lesion can be a target (RECIST 1.1)


def _suggested_time(times: npt.NDArray[np.float64]) -> str:
    """Days where months would be decades, years where decimals would be weeks."""
    if times.max() > _LONG_MONTHS or np.median(times) > _LONG_MEDIAN:
        return "days"
    short = np.median(times) < _SHORT_MEDIAN and times.max() <= _YEARS_FOLLOWED
    return "years" if short and (times % 1 != 0).any() else ""


_YEARS_FOLLOWED = 20
_SUGGESTED: Mapping[str, Callable[[npt.NDArray[np.float64]], str]] = {
    "mm": _suggested_size,
    "months": _suggested_time,
    "%": lambda shares: "fraction" if abs(shares).max() <= 1 and (shares % 1 != 0).any() else "",
    "µmol/l": lambda found: "mg/dl" if np.median(found) < _LOW_BILIRUBIN else "",
    "g/l": lambda found: "g/dl" if np.median(found) < _LOW_ALBUMIN else "",
}
