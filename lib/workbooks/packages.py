"""Files of statistical packages: SPSS and Stata, with the labels of their values.

A value that has a label is read as the label; the labels of variables go beside their names.
"""

import io
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from lib.workbooks import limits, markup
from lib.workbooks.markup import Marks, Place

MISSING = "NA"  # what stands for a value that the file itself declares as missing: it is not blank
_ENCODINGS = (None, "WINDOWS-1251", "LATIN1")
_SPSS, _STATA = datetime(1582, 10, 14), datetime(1960, 1, 1)
_DATES = {
    "DATETIME": (_SPSS, timedelta(seconds=1), False),
    **{
        start: (_SPSS, timedelta(seconds=1), True)
        for start in ("DATE", "ADATE", "EDATE", "JDATE", "SDATE")
    },
    "%tc": (_STATA, timedelta(milliseconds=1), False),
    **{start: (_STATA, timedelta(days=1), True) for start in ("%td", "%d")},
}
"""By the beginning of a format: from when a date is counted, in what, and whether it is a day."""
_OLD_STATA = re.compile(rb"[\x69-\x73][\x01\x02]\x01\x00")


def program(data: bytes) -> str:
    """Which package a file is from, by its first bytes; '' where from none that is read."""
    if data.startswith((b"$FL2", b"$FL3")):
        return "SPSS"
    return "Stata" if data.startswith(b"<stata_dta>") or _OLD_STATA.match(data) else ""


def table(data: bytes) -> tuple[list[list[Any]], Marks] | None:
    """The names of the variables and the rows under them, with their marks; None if damaged."""
    import pyreadstat  # takes a third of a second, which only these files are worth

    for encoding in _ENCODINGS:
        try:
            return _table(data, encoding)
        except UnicodeDecodeError:
            continue
        except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as error:
            if "encoding" not in str(error) and "convert" not in str(error):
                return None
    return None


def _table(data: bytes, encoding: str | None) -> tuple[list[list[Any]], Marks]:
    import pyreadstat

    read = pyreadstat.read_sav if program(data) == "SPSS" else pyreadstat.read_dta
    _names, head = read(io.BytesIO(data), metadataonly=True, encoding=encoding)
    count = limits.Count()
    count.check(head.number_columns or 0)
    most = min(limits.MOST_ROWS, limits.MOST_CELLS // max(head.number_columns or 1, 1)) + 1
    columns, said = _columns(
        partial(
            read,
            output_format="dict",
            user_missing=True,
            encoding=encoding,
            row_limit=most,  # the file need not say how many it has
        ),
        data,
    )
    names = list(said.column_names)
    count.sheet(len(columns[names[0]]) if names else 0, len(names))
    missing: list[Place] = []
    filled = []
    for position, name in enumerate(names):
        labels = said.variable_value_labels.get(name, {})
        cells = list(columns[name])
        declared = _declared(name, cells, said)
        missing += [(row + 1, position, _shown(cells[row])) for row in sorted(declared)]
        filled.append(
            [MISSING if row in declared else _cell(cell, labels) for row, cell in enumerate(cells)]
        )
    labels_ = [
        (-1, position, label.strip())
        for position, label in enumerate(said.column_labels)
        if label and label.strip()
    ]
    rows = [names, *map(list, zip(*filled, strict=True))]
    return rows, {
        code: tuple(places)
        for code, places in ((markup.LABEL, labels_), (markup.DECLARED, missing))
        if places
    }


def _columns(read: Callable[..., Any], data: bytes) -> tuple[dict[str, Any], Any]:
    """The columns and what is said of them; a number that is no date stays one among the dates."""
    try:
        columns, said = read(io.BytesIO(data))
    except UnicodeDecodeError:
        raise
    except (OverflowError, ValueError):
        columns, said = read(io.BytesIO(data), disable_datetime_conversion=True)
        kinds = said.original_variable_types
        columns = {name: _dated(cells, kinds[name]) for name, cells in columns.items()}
    return columns, said


def _dated(cells: Any, kind: str) -> list[Any]:
    """The cells of a variable by the format in which its package shows them."""
    for start, (origin, unit, whole) in _DATES.items():
        if kind.startswith(start):
            return [_date(cell, origin, unit, whole) for cell in cells]
    return list(cells)


def _date(cell: Any, origin: datetime, unit: timedelta, whole: bool) -> Any:
    try:
        found = origin + cell * unit
    except (TypeError, OverflowError, ValueError):
        return cell
    return found.date() if whole else found


def _shown(cell: Any) -> str:
    return f"{cell:g}" if isinstance(cell, float) else str(cell)


def _cell(cell: Any, labels: dict[Any, str]) -> Any:
    if cell is None or cell != cell:
        return ""
    return labels.get(cell, cell) if isinstance(cell, str | int | float) else cell


def _declared(name: str, cells: list[Any], said: Any) -> set[int]:
    """The rows whose value the file itself declares as missing."""
    ranges = said.missing_ranges.get(name, [])
    letters = set(said.missing_user_values.get(name, []))
    if not ranges and not letters:
        return set()
    return {
        row
        for row, cell in enumerate(cells)
        if cell is not None and (cell in letters or any(_within(cell, each) for each in ranges))
    }


def _within(cell: Any, bounds: dict[str, Any]) -> bool:
    if isinstance(cell, str) != isinstance(bounds["lo"], str):
        return False
    return bool(bounds["lo"] <= cell <= bounds["hi"])
