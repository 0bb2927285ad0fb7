"""Delimited text to rows of cells, and what had to be mended in it."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa
from pyarrow.csv import ConvertOptions, ParseOptions, ReadOptions, read_csv

from lib.cohort import CohortError
from lib.ingest.encoding import REPLACED, ZERO
from lib.ingest.sentences import sentence
from lib.workbooks import limits, markup
from lib.workbooks.book import Coded, decoded
from lib.workbooks.markup import Marks, Place

csv.field_size_limit((1 << 31) - 1)  # a longer cell than any is shortened, and told
Rows = list[list[str]]


class Cut(NamedTuple):
    """A text that was cut into cells."""

    rows: Sequence[Sequence[str]]
    marks: Marks
    columns: list[Coded]  # the same cells, where they are known without the rows


_DELIMITERS = ";\t,|"
_SAMPLE = 20
_SAMPLED = 200_000
_FULL = 0.5
"""Share of the lines after a quotation mark that are rows of their own where it was left open."""
_LINES_A_ROW = 2  # lines for each row that there may be: a cell may hold several
_INSIDE = r'[^"]*+(?:""[^"]*+)*+'  # what stands between the quotation marks of a cell
_FIRST = re.compile(rf'({_INSIDE})("?)')  # the rest of a cell that an earlier line began
_OPENED = "\ue000"  # stands for a quotation mark that was left open, while lines are cut into cells
_LOOKED_AFTER = ("\n\n", "\n\r", '"', _OPENED, ZERO, REPLACED)
"""What of a text is not plainly its cells: blank lines among it, and signs to tell."""
_SIGNS = {_OPENED: markup.QUOTE, ZERO: markup.ZERO, REPLACED: markup.UNDECODED}
"""The mark of a row by a sign that stands in one of its cells."""


def cut(text: str, delimiter: str = "") -> Cut:
    """Cut a text into cells."""
    # `delimiter`: '' finds it. Raises `CohortError` or `TooLargeError` if the text cannot be cut.
    if match := re.match(r"\"?sep=([^\w\r\n\"\x00])\"?\r?\n", text, re.IGNORECASE):
        delimiter, text = match.group(1), text[match.end() :]
    delimiter = delimiter or delimiter_of(text)
    if delimiter not in text and _is_spaced(text):
        text, delimiter = _tabbed(text), "\t"
    if text.count(delimiter) > limits.MOST_CELLS:
        raise limits.TooLargeError(limits.CELLS)
    if max(text.count("\n"), text.count("\r")) > _LINES_A_ROW * limits.MOST_ROWS:
        raise limits.TooLargeError(limits.ROWS)
    if columns := _plain(text, delimiter):
        return Cut(list(zip(*decoded(columns), strict=True)), {}, columns)
    if '"' in text:
        text = _closed(text, delimiter)
    rows, long = _cut(text, delimiter)
    marks = {**_cleaned(rows, text), **long}
    if _lacks_first_header(rows):
        rows[0].insert(0, "")
        marks[markup.SHIFTED] = ((-1, -1, ""),)
    return Cut(rows, marks, [])


def _plain(text: str, delimiter: str) -> list[Coded]:
    """The columns of a text with nothing to look after; none of any other.

    Such a text has no quotation mark, equally long rows, none of them blank, and no sign to tell.
    """
    end = text.find("\n")
    width = text.count(delimiter, 0, end if end >= 0 else len(text)) + 1
    told = text.startswith(("\r", "\n")) or any(each in text for each in _LOOKED_AFTER)
    told = told or not delimiter.isascii()
    if told or not 1 < width <= limits.MOST_COLUMNS or text.count("\r") != text.count("\r\n"):
        return []
    names = list(map(str, range(width)))
    coded = dict.fromkeys(names, pa.dictionary(pa.int32(), pa.string()))
    try:
        data = text.encode()
        found = read_csv(
            pa.py_buffer(data),
            ReadOptions(use_threads=False, block_size=len(data), column_names=names),
            ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False),
            ConvertOptions(column_types=coded, strings_can_be_null=False),
        )
    except (pa.ArrowInvalid, UnicodeEncodeError):
        return []
    chunks = (column.unify_dictionaries().combine_chunks() for column in found.columns)
    columns = [(each.dictionary.to_pylist(), each.indices.to_numpy().tobytes()) for each in chunks]
    longest = max(len(cell) for cells, _codes in columns for cell in cells)
    return columns if longest <= limits.LONGEST_CELL else []


def _cut(text: str, delimiter: str) -> tuple[Rows, Marks]:
    """Rows of cells, counted while they are cut; the same text is kept once."""
    count, lines = limits.Count(), _Lines(text, delimiter)
    rows: Rows = []
    known: dict[str, str] = {}
    same = known.setdefault
    try:
        for row in csv.reader(lines, delimiter=delimiter):
            lines.begun = 0
            count.row(len(row))
            rows.append(list(map(same, row, row)))
    except csv.Error as error:
        raise CohortError(sentence("not-a-table")) from error
    return rows, limits.shortened(rows, known)


class _Lines:
    """The lines of a text; of a cell no more is kept than shows that it is too long."""

    def __init__(self, text: str, delimiter: str) -> None:
        coded = io.BytesIO(text.encode("utf-8", "surrogatepass"))  # a StringIO is four times that
        self._lines = io.TextIOWrapper(coded, "utf-8", "surrogatepass", newline="")
        one = re.escape(delimiter)
        self._cells = re.compile(rf'"({_INSIDE})("?)|[^{one}"\r\n][^{one}\r\n]*+')
        self.begun = 0  # signs so far of the row that is being cut; whoever cuts says where it ends

    def __iter__(self) -> Iterator[str]:
        most = limits.LONGEST_CELL
        for line in self._lines:
            if self.begun + len(line) > most:
                line = self._brief(line)
            self.begun += len(line)
            yield line

    def _brief(self, line: str) -> str:
        """A line with no more of a cell than shows that it is too long."""
        if not self.begun:
            return self._cells.sub(_brief, line)
        inside = _FIRST.match(line)
        end = inside.end() if inside else 0
        if self.begun > limits.MOST_COLUMNS * limits.LONGEST_CELL and end == len(line):
            return ""
        return _FIRST.sub(_brief, line[:end]) + self._cells.sub(_brief, line[end:])


def _brief(cell: re.Match[str]) -> str:
    """A cell, cut after one sign more than it can hold; doubled quotation marks stay in pairs."""
    whole, most = cell[0], limits.LONGEST_CELL + 1
    if len(whole) <= most:
        return whole
    if cell[1] is None:
        return whole[:most]
    kept = cell[1][: 2 * most]  # two marks are one sign
    odd = (len(kept) - len(kept.rstrip('"'))) % 2
    before = '"' if whole.startswith('"') and cell.re is not _FIRST else ""
    return f"{before}{kept[:-1] if odd else kept}{cell[2]}"


def delimiter_of(text: str) -> str:
    """Choose the delimiter that cuts the first lines into the same number of cells."""

    def consistency(delimiter: str) -> tuple[float, int]:
        lines = csv.reader(io.StringIO(text[:_SAMPLED], newline=""), delimiter=delimiter)
        widths: list[int] = []
        try:
            for row in lines:
                widths += [len(row)] if any(row) else []
                if len(widths) == _SAMPLE:
                    break
        except csv.Error:
            return 0.0, 0
        width, times = Counter(widths).most_common(1)[0] if widths else (1, 1)
        return (times / len(widths), width) if width > 1 else (0.0, 0)

    cuts = {delimiter: consistency(delimiter) for delimiter in _DELIMITERS}
    if not re.search(r"(?<!\d),|,(?!\d)", text[:_SAMPLED]) and max(cuts.values())[1] > 1:
        decimal = {**cuts, ",": (0.0, 0)}  # every comma stands between digits
        cuts = decimal if max(decimal.values())[1] > 1 else cuts
    return max(_DELIMITERS, key=lambda delimiter: cuts[delimiter])


# Cells that stand apart by spaces ---------------------------------------------------------------

_WORD = re.compile(r"\"[^\"\r\n]*+(?:\"\"[^\"\r\n]*+)*+\"(?![^ \r\n])|[^ \r\n]++")
_FEWEST = 3  # words of a line from which a text without a delimiter can be a table
_VALUE = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|na|nan|\.", re.IGNORECASE)


def _is_spaced(text: str) -> bool:
    """Whether lines are rows whose cells stand apart by spaces, as R and Stata print them.

    Every line has the same number of words, the first perhaps one fewer, as R writes headers beside
    names of rows; and below the first two columns are all numbers, as in no prose.
    """
    lines = [words for line in text[:_SAMPLED].splitlines() if (words := _WORD.findall(line))]
    first, *others = lines[:_SAMPLE] or [[]]
    widths = {len(words) for words in others}
    if len(others) < _LEAST or len(widths) > 1 or min(widths) < _FEWEST:
        return False
    columns = list(zip(*others, strict=True))
    numbers = sum(all(map(_VALUE.fullmatch, column)) for column in columns)
    return numbers > 1 and len(first) in (len(columns), len(columns) - 1)


def _tabbed(text: str) -> str:
    """A text with one tab in the place of the spaces between two cells."""
    return "\n".join("\t".join(_WORD.findall(line)) for line in text.splitlines())


# Quotation marks that were left open ------------------------------------------------------------


def _closed(text: str, delimiter: str) -> str:
    """A text in which no quotation mark that was left open swallows the rows after it."""
    # One was left open where the lines after it are rows of their own, as far as it would reach.
    lines = text.splitlines(keepends=True)
    odd = [number for number, line in enumerate(lines) if _opens(line, delimiter)]
    if not odd:
        return text
    width = Counter(_width(line, delimiter) for line in lines[:_SAMPLED]).most_common(1)[0][0]
    place = 0
    while place < len(odd):
        begun = odd[place]
        ends = odd[place + 1] if place + 1 < len(odd) else len(lines)
        if _was_left_open(lines, begun, ends, width, delimiter):
            lines[begun] = _unquoted(lines[begun], delimiter, width)
            place += 1
        else:
            place += 2
    return "".join(lines)


def _opens(line: str, delimiter: str) -> bool:
    """Whether a line has a quotation mark too many, be it the first of a cell or the last."""
    marks = line.count('"')
    if marks % 2 == 0 or marks > _MOST_MARKS:
        return False
    bare = _QUOTED.sub("", line)
    begins = bare.startswith('"') or f'{delimiter}"' in bare
    return begins or re.search(r'"(?:\s*$|' + re.escape(delimiter) + ")", bare) is not None


_QUOTED = re.compile(r'"[^"]*(?:""[^"]*)*"')
_MOST_MARKS = 10_000  # quotation marks of a line from which none of it was left open
_TRIED = 20  # quotation marks of a line of which one may be too many, from its end


def _width(line: str, delimiter: str) -> int:
    """How many cells a line has, what stands in pairs of quotation marks being one."""
    marks = line.count('"')
    paired = marks % 2 == 0 and marks <= _MOST_MARKS
    return (_QUOTED.sub("", line) if paired else line).count(delimiter) + 1


def _was_left_open(lines: Sequence[str], begun: int, ends: int, width: int, delimiter: str) -> bool:
    """Whether the mark that a line opens, and a later line would close, was not meant as one."""
    if width < 2:
        return False
    inside = lines[begun + 1 : ends]
    full = sum(_width(line, delimiter) >= width for line in inside)
    if inside and full:
        return full >= _FULL * len(inside)
    return _width(lines[begun], delimiter) >= width and (
        ends == len(lines) or _width(lines[ends], delimiter) >= width
    )


def _unquoted(line: str, delimiter: str, width: int) -> str:
    """A line without the one quotation mark that leaves as many cells as other lines have."""
    places = [match.start() for match in re.finditer('"', line)][: -_TRIED - 1 : -1]
    ways = (line[:place] + _OPENED + line[place + 1 :] for place in places)
    last = line[: places[0]] + _OPENED + line[places[0] + 1 :]
    return next((way for way in ways if _width(way, delimiter) == width), last)


# What is told of rows ---------------------------------------------------------------------------


def _cleaned(rows: Rows, text: str) -> Marks:
    """Take out signs that no cell has, and say in which rows they were."""
    found: dict[str, list[Place]] = {}
    for sign, code in _SIGNS.items():
        if sign not in text:
            continue
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if sign in cell:
                    found.setdefault(code, []).append((number, column, ""))
                    row[column] = cell if sign == REPLACED else cell.replace(sign, "")
    return {code: tuple(places) for code, places in found.items()}


def _lacks_first_header(rows: Rows) -> bool:
    """Whether the headers are one fewer than the cells, as R writes them beside names of rows."""
    widths = {len(row) for row in rows[1:] if row}
    if len(rows) < _LEAST or widths != {len(rows[0]) + 1} or not all(rows[0]):
        return False
    return len(rows[0]) > 1 and any(row[-1] for row in rows[1:] if row)


_LEAST = 3  # rows from which it can be told that the headers are one too few
