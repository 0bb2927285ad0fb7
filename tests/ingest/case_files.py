"""Cases as plain text: a file of a topic, of each case its table, what is answered, and the facts.

`CONTRIBUTING.md` shows one. A line is a row of the sheet (``| a | b``), a line of the file as it
stands (``~ a;b``), a fact that must hold (``> key: value``), or what is done (``key: value``);
``#`` begins a remark. ``== name`` begins a case, ``== world name`` a table that others are ``on``.
"""

import datetime
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import cycle, islice, product
from pathlib import Path
from typing import NamedTuple

import xlsxwriter

from tests.conftest import MADE, ROOT
from tests.ingest import dialects

FOLDER = Path(__file__).parent / "cases"
SEPARATORS = {"csv": ";", "comma": ",", "tab": "\t", "stroke": "|"}
OTHERS = {"html": dialects.html, "ods": dialects.ods, "xls": dialects.xls}
ON_CELLS = ("merge", "hide sheet", "hide rows", "hide columns", "strike", "colour", "comment",
            "format")  # fmt: skip
"""What a workbook has beside its values."""


class Line(NamedTuple):
    number: int
    sign: str  # ``|``, ``~``, ``>``, or nothing
    key: str
    value: str


@dataclass(frozen=True)
class Case:
    """A case, or one of those that its ``for`` makes of it."""

    path: Path
    number: int
    name: str
    lines: tuple[Line, ...] = ()
    worlds: Mapping[str, "Case"] = field(default_factory=dict)
    label: str = ""  # the name without what its ``for`` put in, and its place among those

    def wrong(self, line: Line, why: str) -> str:
        """A sentence that names the file, the line and the case."""
        path = self.path.relative_to(ROOT) if self.path.is_absolute() else self.path
        return f"{path}:{line.number}: {self.name}\n    {line.key}: {line.value}\n    {why}"


class CaseError(Exception):
    """A file of cases that cannot be followed."""


def cells(words: str) -> list[str]:
    r"""What stands between the strokes; ``\|`` is a stroke, ``\n`` a line, ``\u00a0`` a letter."""
    return [plain(each.strip()) for each in re.split(r"(?<!\\)\|", words)]


def plain(words: str) -> str:
    """A text without its escapes; a byte from ``\\x80`` on stands for itself in the file."""

    def letter(found: re.Match[str]) -> str:
        code = found[1]
        if code[0] not in "ux" or len(code) == 1:
            return {"n": "\n", "t": "\t", "r": "\r"}.get(code, code)
        number = int(code[1:], 16)
        return chr(number + (0xDC00 if code[0] == "x" and number > 0x7F else 0))

    return re.sub(r"\\(u[0-9a-f]{4}|x[0-9a-f]{2}|.)", letter, words)


# From a text to its cases -------------------------------------------------------------------


def of_text(path: Path, text: str) -> list[Case]:
    """The cases of a text, each of its ``for`` a case of its own."""
    worlds: dict[str, Case] = {} if path.stem == "worlds" else dict(shared_worlds())
    found = []
    for case in _blocks(path, text):
        if case.name.startswith("world "):
            worlds[case.name.removeprefix("world ")] = replace(case, worlds=dict(worlds))
        elif not any(line.sign == ">" for line in case.lines):
            raise CaseError(f"{path}:{case.number}: '{case.name}' expects nothing")
        else:
            found += _each(replace(case, worlds=worlds))
    names = [case.name for case in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise CaseError(f"{path}: two cases are called {sorted(twice)}")
    return found


def of_file(path: Path) -> list[Case]:
    return of_text(path, path.read_text(encoding="utf-8"))


@cache
def shared_worlds() -> dict[str, Case]:
    """The tables that every file of cases may be on."""
    path = FOLDER / "worlds.txt"
    blocks = _blocks(path, path.read_text(encoding="utf-8"))
    return {case.name.removeprefix("world "): case for case in blocks}


def _blocks(path: Path, text: str) -> Iterator[Case]:
    case = None
    for number, words in enumerate(text.splitlines(), 1):
        if words.startswith("== "):
            if case:
                yield case
            case = Case(path, number, words[3:].strip())
        elif words.strip() and not words.startswith("#"):
            if case is None:
                raise CaseError(f"{path}:{number}: a line before the first case")
            case = replace(case, lines=(*case.lines, _line(path, number, words)))
    if case:
        yield case


def _line(path: Path, number: int, words: str) -> Line:
    if words[0] in "|~-":
        return Line(number, words[0], "", words[1:] if words[0] == "|" else words[2:])
    sign, rest = (">", words[2:]) if words.startswith("> ") else ("", words)
    key, colon, value = rest.partition(":")
    if not colon:
        raise CaseError(f"{path}:{number}: '{words}' is no line of a case")
    return Line(number, sign, key.strip(), value.strip())


def _each(case: Case) -> Iterator[Case]:
    """One case for each combination of what its ``for`` lists."""
    lines, choices = [], []
    for line in case.lines:
        if line.key.startswith("for "):
            names = cells(line.key.removeprefix("for "))
            choices.append((names, [[each.strip()] for each in re.split(r"(?<!\\)\|", line.value)]
                            if line.value else []))  # fmt: skip
        elif line.sign == "-":
            choices[-1][1].append([each.strip() for each in re.split(r"(?<!\\)\|", line.value)])
        else:
            lines.append(line)
    for names, rows in choices:
        if not rows or any(len(row) != len(names) for row in rows):
            raise CaseError(f"{case.path}:{case.number}: '{case.name}': not {names} in each line")
    whole = " ".join((case.name, *(f"{line.key} {line.value}" for line in lines)))
    if unused := [name for names, _rows in choices for name in names if f"{{{name}}}" not in whole]:
        raise CaseError(f"{case.path}:{case.number}: '{case.name}' makes no use of {unused}")
    for nth, picked in enumerate(product(*(rows for _names, rows in choices)), 1):
        given = {
            f"{{{name}}}": word
            for (names, _rows), row in zip(choices, picked, strict=True)
            for name, word in zip(names, row, strict=True)
        }
        called = f" [{' | '.join(given.values())}]" if given else ""
        yield replace(
            case,
            name=_filled(case.name, given) + called,
            label=f"{case.path.stem}: {case.name}" + f" [{nth}]" * bool(choices),
            lines=tuple(
                line._replace(key=_filled(line.key, given), value=_filled(line.value, given))
                for line in lines
            ),
        )


def _filled(words: str, given: Mapping[str, str]) -> str:
    for name, word in given.items():
        words = words.replace(name, word.replace(r"\|", "|"))
    return words


# From a case to the bytes of its file -------------------------------------------------------


class Made:
    """The file of a case while its lines are followed."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.sheets: dict[str, list[list[str]]] = {}
        self.current, self.above_header = "Лист1", 0
        self.marks: list[tuple[str, str, str, str]] = []  # of which sheet, what, where, more
        self.lines: list[str] = []
        self.words, self.called = ["csv"], ""
        self.seen = ""  # the sheet that is shown first, where one is hidden

    @property
    def rows(self) -> list[list[str]]:
        """The rows of the current sheet."""
        return self.sheets.setdefault(self.current, [])

    @property
    def header(self) -> list[str]:
        return self.rows[self.above_header]

    def follow(self, line: Line) -> bool:
        """Do what a line says, and tell whether it is about the file."""
        if line.sign == "|":
            self.rows.append(cells(line.value))
        elif line.sign == "~":
            self.lines.append(line.value)
        elif line.key.startswith(ON_CELLS):
            what = next(each for each in ON_CELLS if line.key.startswith(each))
            where = line.key.removeprefix(what).strip()
            self.marks.append((self.current, what, where, line.value))
        else:
            word, _space, rest = line.key.partition(" ")
            do = getattr(self, f"do_{word}", None)
            if do:
                do(rest, line.value)
            return bool(do)
        return True

    def do_on(self, _rest: str, world: str) -> None:
        base = Made(self.case.worlds[world])
        for line in self.case.worlds[world].lines:
            base.follow(line)
        self.rows.extend([*row] for row in base.rows)
        self.marks += [(self.current, *mark[1:]) for mark in base.marks]
        self.above_header = base.above_header

    def do_sheet(self, _rest: str, name: str) -> None:
        self.current, self.above_header = name, 0
        self.sheets[name] = []

    def do_above(self, _rest: str, row: str) -> None:
        self.rows.insert(self.above_header, cells(row))
        self.above_header += 1

    def do_insert(self, number: str, row: str) -> None:
        self.rows.insert(int(number) - 1, cells(row))

    def do_row(self, number: str, row: str) -> None:
        self.rows[int(number) - 1] = cells(row)

    def do_column(self, place: str, words: str) -> None:
        header, *given = cells(words)
        under = self.rows[self.above_header + 1 :]
        if given[-1] == "…":
            given = list(islice(cycle(given[:-1]), len(under)))
        if len(given) != len(under):
            raise CaseError(f"{len(given)} cells for {len(under)} rows")
        at = int(place) - 1 if place else len(self.header)
        for row, cell in zip((self.header, *under), (header, *given), strict=True):
            row.insert(at, cell)

    def do_without(self, _rest: str, headers: str) -> None:
        for header in cells(headers):
            at = self.header.index(header)
            for row in self.rows[self.above_header :]:
                del row[at : at + 1]

    def do_rename(self, header: str, name: str) -> None:
        self.header[self.header.index(header)] = plain(name)

    def do_replace(self, words: str, others: str) -> None:
        for row in self.rows:
            row[:] = [cell.replace(words, others) for cell in row]

    def do_order(self, _rest: str, names: str) -> None:
        self.sheets = {name: self.sheets[name] for name in cells(names)}

    def do_set(self, where: str, cell: str) -> None:
        """Set the cell of a place, or the first patient's under a header."""
        if re.fullmatch(r"[A-Z]{1,2}\d+", where):
            row, column = _place(where)
        else:
            row, column = self.above_header + 1, self.header.index(where)
        self.rows[row][column] = plain(cell)

    def do_first(self, _rest: str, count: str) -> None:
        del self.rows[self.above_header + 1 + int(count) :]

    def do_as(self, _rest: str, words: str) -> None:
        self.words = words.split()

    def do_file(self, _rest: str, name: str) -> None:
        self.called = name

    @property
    def kind(self) -> str:
        return self.words[0]

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.called or f"a.{'csv' if self.kind in SEPARATORS else self.kind}"

    def data(self) -> bytes:
        """The bytes of the file."""
        encoding = next((w for w in self.words[1:] if w != "texts"), "utf-8")
        if self.lines:
            text = "\n".join(map(plain, self.lines)) + "\n"
            return text.encode(encoding, "surrogateescape")
        if self.kind == "xlsx":
            return self._book("texts" not in self.words)
        rows = next(iter(self.sheets.values()))
        if self.kind in OTHERS:
            return OTHERS[self.kind](rows)
        return dialects.text(rows, SEPARATORS[self.kind], encoding)

    def _book(self, are_typed: bool) -> bytes:
        data = io.BytesIO()
        with xlsxwriter.Workbook(data) as book:
            book.set_properties({"created": MADE})
            for name, rows in self.sheets.items():
                sheet = book.add_worksheet(name)
                formats = self._formats(book, name)
                for number, row in enumerate(rows):
                    for column, cell in enumerate(row):
                        form = book.add_format(formats.get((number, column), {}))
                        _write(sheet, number, column, typed(cell) if are_typed else cell, form)
                for of, what, where, more in self.marks:
                    if of == name and hasattr(self, f"mark_{what.replace(' ', '_')}"):
                        getattr(self, f"mark_{what.replace(' ', '_')}")(sheet, where, more)
            if self.seen:
                book.get_worksheet_by_name(self.seen).activate()
                book.get_worksheet_by_name(self.seen).set_first_sheet()
        return data.getvalue()

    def _formats(self, book, name: str) -> dict[tuple[int, int], dict[str, object]]:
        """The format of each cell that has one."""
        found: dict[tuple[int, int], dict[str, object]] = {}
        for of, what, where, more in self.marks:
            kinds = {"strike": {"font_strikeout": True}, "colour": {"bg_color": f"#{where}"},
                     "format": {"num_format": where}}  # fmt: skip
            if of == name and what in kinds:
                for place in (place for each in cells(more) for place in _places(each)):
                    found.setdefault(place, {}).update(kinds[what])
        return found

    def mark_merge(self, sheet, _where: str, ranges: str) -> None:
        for each in cells(ranges):
            (first, left), *_between, (last, right) = _places(each)
            row = self.sheets[sheet.name][first]
            sheet.merge_range(first, left, last, right, typed(row[left]) if left < len(row) else "")

    def mark_hide_sheet(self, sheet, _where: str, _more: str) -> None:
        sheet.hide()
        others = set(self.sheets) - {of for of, what, *_more in self.marks if what == "hide sheet"}
        self.seen = next(name for name in self.sheets if name in others)

    def mark_hide_rows(self, sheet, _where: str, rows: str) -> None:
        for number in cells(rows):
            sheet.set_row(int(number) - 1, None, None, {"hidden": True})

    def mark_hide_columns(self, sheet, _where: str, columns: str) -> None:
        for letter in cells(columns):
            sheet.set_column(f"{letter}:{letter}", None, None, {"hidden": True})

    def mark_comment(self, sheet, where: str, words: str) -> None:
        sheet.write_comment(where, words)


def typed(cell: str) -> str | float | datetime.date:
    """A number or a date as a spreadsheet takes what is typed; behind an apostrophe a text."""
    if re.fullmatch(r"-?\d+(\.\d+)?", cell):
        return float(cell)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
        return datetime.date.fromisoformat(cell)
    return cell.removeprefix("'")


def _write(sheet, row: int, column: int, cell: str | float | datetime.date, form) -> None:
    if isinstance(cell, datetime.date):
        form.set_num_format("dd.mm.yyyy")
        sheet.write_datetime(row, column, cell, form)
    elif isinstance(cell, float):
        sheet.write_number(row, column, cell, form)
    elif cell:
        sheet.write_string(row, column, cell, form)


def _place(name: str) -> tuple[int, int]:
    """Row and column of ``B4``, from 0."""
    letters, digits = re.fullmatch(r"([A-Z]+)(\d+)", name).groups()
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - 64
    return int(digits) - 1, column - 1


def _places(name: str) -> list[tuple[int, int]]:
    """Every place of ``B4``, or of ``B4:C6``."""
    first, _colon, last = name.partition(":")
    (top, left), (bottom, right) = _place(first), _place(last or first)
    return [(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)]


def table(name: str) -> list[list[str]]:
    """The rows of a shared world."""
    made = Made(Case(FOLDER, 0, name, worlds=shared_worlds()))
    made.do_on("", name)
    return made.rows


HEADER, *ROWS = table("clean")
"""A clean cohort, as a hospital would send it."""
