"""Where the rows of a registry are: a folder or a file of CSV or Parquet, tables of PostgreSQL."""

import hashlib
import importlib.util
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from lib.cohort import CohortError
from lib.ingest.sheets import table_named
from lib.language import N_
from lib.registry import LISTED, NO_PACKAGE, location
from lib.schema import TABLES

if TYPE_CHECKING:
    from lib.registry.engines.staging import Rows

NOTHING_THERE = N_(
    "There is nothing to read at '{name}': no CSV and no Parquet", "registry-nothing-there"
)
NO_TABLES = N_(
    "None of the tables is called as that of the patients is; call it patients: {names}",
    "registry-no-patients",
)
CHANGED = N_(
    "'{name}' changed while it was read; prepare again when it is at rest",
    "registry-source-changed",
)
NOT_ALLOWED = N_(
    "This user may not read or write '{name}'; ask whoever keeps it, or name another folder",
    "registry-not-allowed",
)
MIXED = N_(
    "Some files of '{table}' are text and some Parquet; save them all as one of both, or take those"
    " away that do not belong there",
    "registry-mixed",
)
NO_CLUSTER_NEEDED = N_(
    "Rows of a database are copied out of it, and no cluster reads them: give the address of the"
    " database alone, as postgresql://USER@HOST/DATABASE#SCHEMA",
    "registry-no-cluster-needed",
)
_PARQUET = ".parquet"
_SUFFIXES = (".csv", ".tsv", ".txt", _PARQUET)
_SHOWN = 8  # names that a sentence shows
_NUMBERED = re.compile(r"(?:[\W_]*(?:part|часть|data)?[\W_]*\d*)+$", re.IGNORECASE)
"""What tells the files of one table apart: ``patients-0001``, ``patients_2021.part2``."""


State = Mapping[str, Sequence[int]]
"""The size and the time of each file, by a digest of its name; nothing of a server."""


class Source(Protocol):
    """Tables of rows, wherever they are."""

    @property
    def name(self) -> str:
        """As it is shown; of a server without what lets one in."""

    def begin(self, folder: Path) -> "Rows":
        """What its tables pass through, in a folder of its own."""

    def stage(self, stage: "Rows", goes_on: Callable[[], object]) -> "State":
        """Bring every table into the stage, each row once; gives in what state they were.

        `goes_on`: called again and again; what it raises ends it. Raises `CohortError`.
        """

    def state(self) -> "State":
        """In what state the files are."""


@dataclass(frozen=True, slots=True)
class Files:
    """Files of CSV or Parquet, by the table that they hold together, and who reads them."""

    place: Path
    tables: Mapping[str, tuple[Path, ...]]
    cluster: str = ""

    @property
    def name(self) -> str:
        """See `Source`."""
        return self.place.name

    def begin(self, folder: Path) -> "Rows":
        """See `Source`."""
        if self.cluster:
            from lib.registry.engines.cluster import Cluster

            return Cluster(self.cluster, folder)
        return _here(folder)

    def stage(self, stage: "Rows", goes_on: Callable[[], object]) -> State:
        """See `Source`."""
        before = self.state()
        for table, files in self.tables.items():
            goes_on()
            try:
                stage.take(table, files)
            except (CohortError, FileNotFoundError):
                if self.state() != before:
                    break
                raise
        if self.state() != before:
            raise CohortError(CHANGED, name=self.name)
        return before

    def state(self) -> State:
        """See `Source`."""
        files = [each for of_table in self.tables.values() for each in of_table]
        try:
            told = [(each, each.stat()) for each in files]
        except OSError:
            raise CohortError(CHANGED, name=self.name) from None
        return {self._called(each): [is_.st_size, is_.st_mtime_ns] for each, is_ in told}

    def _called(self, file: Path) -> str:
        inside = file.relative_to(self.place).as_posix()  # which may name somebody
        return hashlib.sha256(inside.encode(errors="surrogateescape")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Server:
    """Tables of a schema of PostgreSQL, by what they hold."""

    name: str
    url: str
    schema: str
    tables: Mapping[str, str]

    def begin(self, folder: Path) -> "Rows":
        """See `Source`."""
        return _here(folder)

    def state(self) -> State:
        """See `Source`."""
        return {}

    def stage(self, stage: "Rows", goes_on: Callable[[], object]) -> State:
        """See `Source`."""
        from lib.registry.engines import server

        files = server.copied(self.url, self.schema, self.tables, stage.folder, goes_on)
        for table, file in files.items():
            stage.take(table, (file,))
            file.unlink()
        return self.state()


def _here(folder: Path) -> "Rows":
    from lib.registry.engines.staging import Stage

    return Stage(folder)


def found(where: str) -> Source:
    """Find the tables at a path, or at the address of a server.

    Parameters
    ----------
    where : str
        A file or a folder; or ``postgresql://user@host/database#schema`` or ``#schema.table``,
        of which ``#public`` may be left out; or a folder that a cluster reads, see
        `lib.registry.location.of`.

    Raises
    ------
    CohortError
        If there is none of patients.
    """
    at = location.of(where)
    if at.kind == "postgresql":
        needs("duckdb", "psycopg")
        return _served(at)
    if location.of(at.inside).kind != "files":
        raise CohortError(NO_CLUSTER_NEEDED)
    needs("duckdb", *(["pyspark"] if at.kind == "spark" else []))
    return replace(_files(Path(at.inside)), cluster=at.server)


def changed(where: str, since: State) -> int:
    """How many files of a source are new, others or gone; of a server that is not known.

    `since`: the state that they were in.
    """
    if not since:
        return 0
    try:
        now = found(where).state()
    except CohortError:  # why it cannot be read is said where it is read
        now = {}
    return sum(now.get(each) != since.get(each) for each in {*now, *since})


def needs(*packages: str) -> None:
    """Say what to install where a package is missing."""
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise CohortError(NO_PACKAGE, package=package, listed=LISTED[package])


def _files(place: Path) -> Files:
    if place.is_file():
        return Files(place, {"patients": (place,)})
    files = sorted(_inside(place))
    if not files:
        raise CohortError(NOTHING_THERE, name=place.name)
    named: dict[str, list[Path]] = {}
    for each in files:
        named.setdefault(_table(each.relative_to(place)), []).append(each)
    if set(named) == {""} and len({_stem(each.stem) for each in files}) == 1:
        named["patients"] = named.pop("")  # one table, whatever it is called
    names = [str(each.relative_to(place)) for each in files]
    tables = {table: tuple(named[table]) for table in TABLES if table in named}
    _need_patients(tables, names)
    for table, of_table in tables.items():
        if len({each.suffix.casefold() == _PARQUET for each in of_table}) > 1:
            raise CohortError(MIXED, table=table)
    return Files(place, tables)


def _inside(place: Path) -> Iterator[Path]:
    """The files of tables in a folder and in those within; none of these may be closed to us."""

    def closed(error: OSError) -> None:
        if isinstance(error, PermissionError):
            raise CohortError(NOT_ALLOWED, name=Path(str(error.filename)).name) from None

    for folder, folders, names in os.walk(place, onerror=closed):
        folders[:] = filter(_is_shown, folders)
        for name in filter(_is_shown, names):
            file = Path(folder, name)
            if file.suffix.casefold() in _SUFFIXES and file.is_file():
                yield file


def _is_shown(name: str) -> bool:
    return not name.startswith((".", "_"))


def _table(inside: Path) -> str:
    """The table that a file holds, by its own name or that of the folder it is in."""
    names = (inside.stem, *reversed(inside.parts[:-1]))
    return next((table for name in names if (table := _known(name))), "")


def _known(name: str) -> str:
    table = table_named(name) or table_named(_stem(name))
    return table if table in TABLES else ""


def _stem(name: str) -> str:
    return _NUMBERED.sub("", name)


def _served(at: location.Address) -> Server:
    from lib.registry.engines import server

    parts, url = urlsplit(at.server), at.server
    schema, _, table = (at.inside or "public").partition(".")
    shown = f"{parts.hostname or ''}{parts.path}"
    if table:
        return Server(f"{shown} {schema}.{table}", url, schema, {"patients": table})
    names = server.tables(url, schema)
    named = {held: name for name in reversed(names) if (held := _known(name))}
    tables = {held: named[held] for held in TABLES if held in named}
    _need_patients(tables, names)
    return Server(f"{shown} {schema}", url, schema, tables)


def _need_patients(tables: Mapping[str, object], names: list[str]) -> None:
    if "patients" not in tables:
        shown = ", ".join(names[:_SHOWN]) + (", …" if names[_SHOWN:] else "")
        raise CohortError(NO_TABLES, names=shown)
