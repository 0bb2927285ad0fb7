"""Rows on their way into a registry, in files of DuckDB beside it: counted, sampled, parted.

Nothing here stays: the folder is taken away with the last part.
"""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from itertools import groupby
from math import isnan
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeVar

import duckdb
import numpy as np
import pyarrow as pa

from lib.cohort import CohortError
from lib.ingest.delimited import delimiter_of
from lib.ingest.encoding import of_blocks
from lib.ingest.reader import Cell, Coded
from lib.language import N_
from lib.registry.engines.parting import MARK, PART, ROW, parted

NO_ROOM = N_(
    "There is no room left on the disk for the registry and what passes through while it is"
    " prepared; make room and prepare again, which goes on where it stopped",
    "registry-no-room",
)
NOT_READ = N_(
    "'{name}' cannot be read as a table; save it as CSV in UTF-8 or as Parquet",
    "registry-not-read",
)
TORN = N_(
    "'{name}' breaks off in its last line, as if it was not written to its end: export it again, or"
    " end that line with a line break if it is whole",
    "registry-torn",
)
_AT_ONCE = 50_000  # rows that are streamed at once
_BLOCK = 1 << 20  # bytes of a file that are looked at together
PARQUET = ".parquet"
_UNEVEN = """, null_padding=true, parallel=false, quote='"', escape='"'"""
_Answer = TypeVar("_Answer")
_MEMORY, _WIDE, _THREADS = "150MB", "1500MB", 2  # of the database; of one with a very wide table
MOST = 20_000  # distinct cells of a column that are counted
SOME = 2_000  # distinct cells that are taken of a column that has more
_LOOKED_AT = 20_000  # rows by which those are found
_DISTINCT = 1.2  # by how much distinct cells may be estimated too many
_SEARCHED = 200_000  # rows among which patients with several rows are looked for
FULL = ("No space left", "disk quota", "File too large", "max_temp_directory_size")
_ALIKE = ("авекмнорстху", "abekmhopctxy")
_JOINTS = r"[\s_\-\x{2010}-\x{2015}\x{2212}]+"


Spread = Callable[[Callable[[Any], Any], Sequence[Any]], Iterator[tuple[int, Any]]]
"""Does something with each of many on executors; gives what comes of each, by its place, or raises
what it raised."""


class Column(NamedTuple):
    """What a column of a whole table holds: its cells, how many rows have each, and have none."""

    cells: list[Cell]
    counts: list[int]
    blank: int
    distinct: int  # about how many distinct cells there are in all


def quoted(name: str) -> str:
    """A name as SQL has it, whatever signs it has."""
    return '"' + name.replace('"', '""') + '"'


def _text(path: Path | str) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _texts(paths: Iterable[Path]) -> str:
    return f"[{', '.join(map(_text, paths))}]"


@contextmanager
def failing(files: Mapping[Path, str] | None = None) -> Iterator[None]:
    """Say in a sentence what a disk or a table does not allow.

    `files`: those that are read, by where, and what each is called.
    """
    try:
        yield
    except duckdb.Error as error:
        said = str(error)
        if any(each in said for each in FULL):
            raise CohortError(NO_ROOM) from None
        if files and isinstance(error, duckdb.InvalidInputException | duckdb.IOException):
            told = (name for file, name in files.items() if str(file) in said)
            raise CohortError(NOT_READ, name=next(told, next(iter(files.values())))) from None
        raise


class Rows(ABC):
    """The tables of a source on their way, and what is asked of them in SQL."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self.tables: dict[str, list[str]] = {}
        self.spread: Spread | None = None

    def close(self) -> None:
        """Take all away that passed through."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @abstractmethod
    def take(self, table: str, files: Sequence[Path]) -> None:
        """Take a table from files that have it together, each row once and in order."""

    def rows(self, table: str) -> int:
        """How many rows a table has."""
        ((rows,),) = self._ask(f"SELECT count(*) FROM {self._from(table)}")
        return int(rows)

    def columns(self, table: str, headers: Sequence[str]) -> Iterator[tuple[str, Column]]:
        """What each of some columns holds, the commonest cells first."""
        if not headers:
            return
        asked = ", ".join(f"count({said(h)}), approx_count_distinct({said(h)})" for h in headers)
        (told,) = self._ask(f"SELECT count(*), {asked} FROM {self._from(table)}")
        rows, *rest = map(int, told)
        filled, distinct = (
            dict(zip(headers, each, strict=True)) for each in (rest[::2], rest[1::2])
        )
        few = {header: most <= MOST * _DISTINCT for header, most in distinct.items()}
        for header, cells, counts in self._counted(table, few, max(1, rows // _LOOKED_AT)):
            blank = rows - filled[header]
            yield header, Column(list(cells_of(cells)), counts, blank, distinct[header])

    def _counted(
        self, table: str, few: Mapping[str, bool], step: int
    ) -> Iterator[tuple[str, pa.ChunkedArray, list[int]]]:
        """The cells of each column and how many rows have each.

        `few`: whether all cells of a column are counted, or those of one row in so many, `step`.
        """
        for header, whole in few.items():
            relation, most, times = self._from(table), MOST, 1
            if not whole:
                relation = f"(SELECT * FROM {relation} WHERE {quoted(ROW)} % {step} = 0)"
                most, times = SOME, step
            found = self._arrow(
                f"SELECT {quoted(header)} AS cell, count(*) AS n FROM {relation}"
                f" WHERE {said(header)} IS NOT NULL GROUP BY 1"
                f" ORDER BY n DESC, min({quoted(ROW)}) LIMIT {most}"
            )
            yield header, found.column(0), [n * times for n in found.column(1).to_pylist()]

    def sample(
        self, table: str, many: int, of: str = "", keys: Mapping[str, Sequence[str]] | None = None
    ) -> pa.Table:
        """Some rows spread over a table, in order; where keys tell patients apart, all of some.

        `of`: the table that says who is among them. `keys`: of each table.
        """
        order = f"ORDER BY {quoted(ROW)}"
        if not keys:
            step = max(1, self.rows(table) // many)
            where = f"{quoted(ROW)} % {step} = {1 % step}"
            return self._arrow(f"SELECT * FROM {self._from(table)} WHERE {where} {order}")
        return self._arrow(
            f"WITH chosen AS ({self._chosen(of, keys[of], many)}) SELECT * FROM"
            f" {self._from(table)} WHERE {self._key(keys[table], self.tables[table])} IN"
            f" (SELECT k FROM chosen) {order}"
        )

    def _chosen(self, table: str, keys: Sequence[str], many: int) -> str:
        """Some patients; those with several rows among them, if there are any."""
        key, rows = self._key(keys, self.tables[table]), self.rows(table)
        some, searched = max(1, rows // many), max(1, rows // _SEARCHED)
        known = f"(SELECT {key} AS k, {quoted(ROW)} AS r FROM {self._from(table)})"
        return (
            f"SELECT k FROM {known} WHERE {self._hash('k')} % {some} = 0 UNION"
            f" SELECT k FROM (SELECT k, min(r) AS began FROM {known} WHERE {self._hash('k')}"
            f" % {searched} = 0 GROUP BY k HAVING count(*) > 1 ORDER BY began"
            f" LIMIT {many // 4}) several"
        )

    def part(
        self, parts: int, read: Mapping[str, Sequence[str]], keys: Mapping[str, Sequence[str]]
    ) -> list[str]:
        """Part every table by whose each row is; the fingerprint of each part."""
        marks: list[list[str]] = [[] for _ in range(parts)]
        for table in self.tables:
            with failing():
                for at, mark in self._parted(table, parts, read[table], keys.get(table, ())):
                    marks[at].append(f"{table} {mark}")
            whole = self._file(table)
            shutil.rmtree(whole) if whole.is_dir() else whole.unlink()
        return ["; ".join(each) for each in marks]

    # What an engine says in its own way ----------------------------------------------------------

    @abstractmethod
    def _parted(
        self, table: str, parts: int, headers: Sequence[str], keys: Sequence[str]
    ) -> list[tuple[int, str]]:
        """Part a table; the fingerprint of each part that has rows."""

    @abstractmethod
    def _arrow(self, sql: str) -> pa.Table:
        """What a query gives."""

    @abstractmethod
    def _from(self, table: str) -> str:
        """What SQL calls a table."""

    @abstractmethod
    def _hash(self, key: str) -> str:
        """A number, not below 0, that is the same for the same words."""

    @abstractmethod
    def _replaced(self, words: str, pattern: str, by: str) -> str:
        """Words with all that a pattern finds replaced; ``\\1`` in `by` is its first group."""

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        """The lines that a query gives."""
        columns = [each.to_pylist() for each in self._arrow(sql).columns]
        return list(zip(*columns, strict=True))

    def _file(self, table: str) -> Path:
        return self.folder / f"{table}.parquet"

    def _key(self, headers: Sequence[str], known: Sequence[str]) -> str:
        """Whose a row is, in the one form of whatever is written for it; else by its number."""
        there = [self._form(said(header)) for header in headers if header in known]
        told = f"nullif(concat_ws(' ', {', '.join(there)}), '')" if there else "NULL"
        return f"coalesce({told}, 'row ' || CAST({quoted(ROW)} AS STRING))"

    def _form(self, said: str) -> str:
        lower = f"lower({said})"
        alike = f"translate({lower}, {_text(_ALIKE[0])}, {_text(_ALIKE[1])})"
        latin = f"bit_length({lower}) = 8 * length({lower})"  # as most are, and soon told
        bare = f"CASE WHEN {latin} THEN {lower} ELSE {alike} END"
        bare = self._replaced(bare, _JOINTS, "")
        return self._replaced(bare, r"^0*(\d+)(\.0+)?$", r"\1")


class Stage(Rows):
    """Tables that pass through DuckDB, each in one file."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._database = duckdb.connect(
            config={
                "memory_limit": _MEMORY,
                "threads": str(_THREADS),
                "temp_directory": str(folder / "spilt"),
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            }
        )

    def close(self) -> None:
        """Take all away that passed through."""
        self._database.close()
        super().close()

    def interrupt(self) -> None:
        """End what is being asked."""
        self._database.interrupt()

    def take(self, table: str, files: Sequence[Path]) -> None:
        """Take a table from files that have it together, each row once and in order."""
        with TemporaryDirectory(dir=self.folder) as place:
            read = [_in_utf8(each, Path(place) / f"{at}.csv") for at, each in enumerate(files)]
            named = {one: file.name for one, file in zip(read, files, strict=True)}
            with failing(named):
                if files[0].suffix.casefold() == PARQUET:
                    self._take(table, f"read_parquet({_texts(read)}, union_by_name=true)")
                else:
                    self._take_text(table, named)

    def _take_text(self, table: str, files: Mapping[Path, str]) -> None:
        """Take files of text; where rows are shorter than others, their last cells are blank."""
        # The database would find no delimiter at which such rows are alike, and read one column.
        delimiters = {file: _delimiter(file) for file in files}
        try:
            self._take(table, _reader(delimiters))
        except duckdb.InvalidInputException:
            for file, name in files.items():
                if _is_torn(file, delimiters[file]):
                    raise CohortError(TORN, name=name) from None
            self._take(table, _reader(delimiters, _UNEVEN))

    def _take(self, table: str, reader: str) -> None:
        self._ask(
            f"COPY (SELECT row_number() OVER () AS {quoted(ROW)}, * FROM {reader})"
            f" TO {_text(self._file(table))} (FORMAT parquet, COMPRESSION lz4)"
        )
        told = self._ask(f"DESCRIBE SELECT * FROM {self._from(table)}")
        self.tables[table] = [str(each[0]) for each in told if each[0] != ROW]

    def _parted(
        self, table: str, parts: int, headers: Sequence[str], keys: Sequence[str]
    ) -> list[tuple[int, str]]:
        columns = ", ".join(map(quoted, headers))
        part = f"{self._hash(self._key(keys, self.tables[table]))} % {parts}"
        asked = (
            f"SELECT {quoted(ROW)}, {columns}, ({part})::INTEGER AS {PART},"
            f" hash({columns}) AS {MARK} FROM {self._from(table)}"
        )
        place = self.folder / table

        def passed() -> list[tuple[int, str]]:
            shutil.rmtree(place, ignore_errors=True)
            return parted(self._streamed(asked), place, parts)

        return self._widened(passed)

    def _streamed(self, sql: str) -> Iterator[pa.RecordBatch]:
        """The rows that a query gives, as they come; what fails on the way is told as elsewhere."""
        rows = self._database.sql(sql).to_arrow_reader(_AT_ONCE)
        try:
            yield from rows
        except OSError as error:  # what Arrow makes of an error of the database
            short = "Out of Memory" in str(error)
            raise (duckdb.OutOfMemoryException if short else duckdb.Error)(str(error)) from None

    def _arrow(self, sql: str) -> pa.Table:
        return self._widened(lambda: self._database.sql(sql).to_arrow_table())

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        return self._widened(lambda: self._database.execute(sql).fetchall())

    def _widened(self, ask: Callable[[], _Answer]) -> _Answer:
        """What a query gives; once more, with more memory, where a table is too wide for little."""
        try:
            return ask()
        except duckdb.OutOfMemoryException:
            self._database.execute(f"SET memory_limit = '{_WIDE}'")
            return ask()

    def _from(self, table: str) -> str:
        return f"read_parquet({_text(self._file(table))})"

    def _hash(self, key: str) -> str:
        return f"hash({key})"

    def _replaced(self, words: str, pattern: str, by: str) -> str:
        return f"regexp_replace({words}, {_text(pattern)}, {_text(by)}, 'g')"


def _in_utf8(file: Path, beside: Path) -> Path:
    """A file whose text the database can read; in another encoding it is written beside."""
    if file.suffix.casefold() == PARQUET:
        return file
    with file.open("rb") as opened:
        encoding = of_blocks(iter(partial(opened.read, _BLOCK), b""))
    if encoding == "utf-8":
        return file
    try:
        with (
            file.open(encoding=encoding or "utf-8", newline="") as told,
            beside.open("w", encoding="utf-8", newline="") as written,
        ):
            shutil.copyfileobj(told, written)
    except UnicodeDecodeError:
        raise CohortError(NOT_READ, name=file.name) from None
    return beside


def _reader(delimiters: Mapping[Path, str], how: str = "") -> str:
    """The rows of files of text, in their order."""
    how = f"all_varchar=true, header=true, union_by_name=true{how}"
    parts = []
    for delimiter, files in groupby(delimiters, delimiters.__getitem__):
        cut = f", delim={_text(delimiter)}" if delimiter else ""
        parts.append(f"FROM read_csv({_texts(files)}, {how}{cut})")
    return f"({' UNION ALL BY NAME '.join(parts)})"


def _delimiter(file: Path) -> str:
    """What cuts the lines of a file into cells, as of a spreadsheet; '' where nothing does."""
    with file.open("rb") as opened:
        text = opened.read(_BLOCK).decode("utf-8-sig", "replace")
    found = delimiter_of(text)
    return found if found in text else ""


def _is_torn(file: Path, delimiter: str) -> bool:
    """Whether the last line of a file does not end, and has fewer cells than the first."""
    with file.open("rb") as opened:
        first = opened.readline()
        opened.seek(max(0, file.stat().st_size - _BLOCK))
        last = opened.read().rpartition(b"\n")[2]
    of = delimiter.encode()
    return bool(last and delimiter) and last.count(of) < first.count(of)


def said(header: str) -> str:
    """A cell as a text, nothing where it is blank."""
    return f"nullif(trim(CAST({quoted(header)} AS STRING)), '')"


def cells_of(column: pa.ChunkedArray | pa.Array) -> Coded:
    """The cells of a column as a spreadsheet has them; '' where there is none."""
    codes, distinct = coded(column)
    return Coded([*distinct, ""], np.where(codes < 0, len(distinct), codes))


def coded(column: pa.ChunkedArray | pa.Array) -> tuple[Any, list[Cell]]:
    """Which distinct cell each row of a column has, -1 for none, and these cells."""
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(whole.type):  # in whatever order it has them
        whole = whole.dictionary_decode()
    whole = whole.dictionary_encode()
    codes = whole.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return codes, [_cell(value) for value in whole.dictionary.to_pylist()]


def _cell(value: Any) -> Cell:
    if value is None:
        return ""
    if isinstance(value, datetime | time):
        return value.replace(tzinfo=None)
    if isinstance(value, float):
        return "" if isnan(value) else value
    if isinstance(value, Decimal):
        return float(value)
    return value if isinstance(value, str | int | date | timedelta) else str(value)
