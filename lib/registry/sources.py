"""Where the rows of a registry are: a folder or a file of CSV or Parquet, tables of PostgreSQL."""

import importlib.util
import re
from collections.abc import Callable, Mapping
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


class Source(Protocol):
    """Tables of rows, wherever they are."""

    @property
    def name(self) -> str:
        """As it is shown; of a server without what lets one in."""

    def begin(self, folder: Path) -> "Rows":
        """What its tables pass through, in a folder of its own."""

    def stage(self, stage: "Rows", goes_on: Callable[[], object]) -> None:
        """Bring every table into the stage, each row once.

        `goes_on`: called again and again; what it raises ends it. Raises `CohortError`.
        """


@dataclass(frozen=True, slots=True)
class Files:
    """Files of CSV or Parquet, by the table that they hold together, and who reads them."""

    name: str
    tables: Mapping[str, tuple[Path, ...]]
    cluster: str = ""

    def begin(self, folder: Path) -> "Rows":
        """See `Source`."""
        if self.cluster:
            from lib.registry.engines.cluster import Cluster

            return Cluster(self.cluster, folder)
        return _here(folder)

    def stage(self, stage: "Rows", goes_on: Callable[[], object]) -> None:
        """See `Source`."""
        before = self._state()
        for table, files in self.tables.items():
            goes_on()
            try:
                stage.take(table, files)
            except (CohortError, FileNotFoundError):
                if self._state() != before:
                    break
                raise
        if self._state() != before:
            raise CohortError(CHANGED, name=self.name)

    def _state(self) -> list[tuple[int, int]]:
        try:
            told = [each.stat() for files in self.tables.values() for each in files]
        except OSError:
            raise CohortError(CHANGED, name=self.name) from None
        return [(each.st_size, each.st_mtime_ns) for each in told]


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

    def stage(self, stage: "Rows", goes_on: Callable[[], object]) -> None:
        """See `Source`."""
        from lib.registry.engines import server

        files = server.copied(self.url, self.schema, self.tables, stage.folder, goes_on)
        for table, file in files.items():
            stage.take(table, (file,))
            file.unlink()


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


def needs(*packages: str) -> None:
    """Say what to install where a package is missing."""
    for package in packages:
        if importlib.util.find_spec(package) is None:
            raise CohortError(NO_PACKAGE, package=package, listed=LISTED[package])


def _files(place: Path) -> Files:
    if place.is_file():
        return Files(place.name, {"patients": (place,)})
    inside = sorted(each for each in place.rglob("*") if _is_table(each.relative_to(place)))
    files = [each for each in inside if each.is_file()]
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
    return Files(place.name, tables)


def _is_table(inside: Path) -> bool:
    hidden = any(each.startswith((".", "_")) for each in inside.parts)
    return not hidden and inside.suffix.casefold() in _SUFFIXES


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
        raise CohortError(NO_TABLES, names=shown or "0")
