"""Cohorts of any size: prepared once into facts, and counted where they lie."""

import importlib
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib.cohort import CohortError
from lib.language import N_
from lib.plan import Plan
from lib.registry import location
from lib.registry.facts import TABLES, VERSION, Held
from lib.registry.kept import from_json
from lib.registry.population import Registry

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Registry", "open", "put"]

MANIFEST = "manifest.json"
NO_DATABASE = N_(
    "Facts are put into a database of PostgreSQL, as postgresql://USER@HOST/DATABASE, and not into"
    " '{where}'",
    "registry-no-database",
)
NO_PACKAGE = N_(
    "A registry needs the package {package}: pip install -r {listed}",
    "registry-no-package",
)
LISTED = {
    "duckdb": "requirements-registry.txt",
    "psycopg": "requirements-registry.txt",
    "pyspark": "requirements-spark.txt",
    "py4j": "requirements-spark.txt",
}
"""The list that has each package."""
NO_REGISTRY = N_(
    "There is no prepared registry; look at the address, or prepare it by hepar prepare",
    "registry-none",
)
OTHER_VERSION = N_(
    "The registry was prepared by another version of Hepar; prepare it again",
    "registry-other-version",
)


def open(where: str, plan: Plan | None = None) -> Registry:
    """Open a prepared registry.

    Parameters
    ----------
    where : str
        The folder that it was prepared into; the URL of a PostgreSQL database that holds it, as
        ``postgresql://reader@host/registry``; or a cluster of Apache Spark and the folder, as
        ``spark://host:7077#/srv/registry``. See `lib.registry.location.of`.
    plan : Plan, optional
        The plan to count under; that of the preparation unless given.

    Returns
    -------
    Registry
        A `Population`. It is asked as a `Study` is; `Registry.by` puts it under another plan, and
        ``engine.interrupt()`` stops, from another thread, what it is counting.

    Raises
    ------
    CohortError
        If there is none, another version prepared it, or a package that it needs is not installed.
    NotHeld
        If its facts were made by other choices than the plan's.
    """
    with ExitStack() as unless_opened:
        at = location.of(where)
        if at.kind == "postgresql":
            engine = _engine("postgresql").PostgreSQL(at.server, at.inside)
            unless_opened.callback(engine.close)
            held = _held(engine.said())
        else:
            folder = Path(at.inside)
            said = _said(folder)
            held = _held(said["held"])
            tables = _files(folder, said["parts"])
            if at.kind == "spark":
                engine = _engine("spark").Spark(at.server, tables)
            else:
                engine = _engine("duckdb").DuckDB(tables)
            unless_opened.callback(engine.close)
        registry = Registry(engine, held, plan or held.plan)
        unless_opened.pop_all()
    return registry


def put(folder: Path, where: str) -> int:
    """Put a prepared registry into a database, which then counts it.

    Parameters
    ----------
    folder : Path
        What it was prepared into.
    where : str
        ``postgresql://USER@HOST/DATABASE#SCHEMA``, of which ``#SCHEMA`` may be left out. What it
        holds of the same source is replaced once all is there.

    Returns
    -------
    int
        The patients that were written; 0 where all was there already.

    Raises
    ------
    CohortError
        If there is no registry in the folder, the database cannot be written to, or has tables of
        these names that are of anything else.
    """
    at = location.of(where)
    if at.kind != "postgresql":
        raise CohortError(NO_DATABASE, where=where)
    said = _said(folder)
    files = _files(folder, said["parts"])
    facts = {name: partial(_tables, of_table) for name, of_table in files.items()}
    held = _held(said["held"])
    return held.n if _engine("postgresql").write(at.server, at.inside, held, facts) else 0


def _files(folder: Path, parts: Sequence[str]) -> dict[str, list[Path]]:
    """The files of each table, by what SQL calls it."""
    names = [f"{name}.parquet" for name in parts if name]
    return {of: [folder / table / each for each in names] for table, of in TABLES.items()}


def _tables(files: Sequence[Path]) -> Iterator["pa.Table"]:
    from pyarrow import parquet

    return (parquet.read_table(file, partitioning=None) for file in files)


def _said(where: Path) -> dict[str, Any]:
    """What a folder says of itself: other files in it are none of the registry."""
    try:
        found = json.loads((where / MANIFEST).read_text(encoding="utf-8"))
        return {"held": found["held"], "parts": list(map(str, found["parts"]))}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CohortError(NO_REGISTRY) from error


def _held(said: Any) -> Held:
    """What a registry says of itself, unless another version says it."""
    try:
        held = from_json(Held, said)
    except (ValueError, TypeError, KeyError) as error:
        raise CohortError(OTHER_VERSION) from error
    if held.version != VERSION:
        raise CohortError(OTHER_VERSION)
    return held


def _engine(name: str) -> Any:
    """The module of an engine, whose package need not be there."""
    try:
        return importlib.import_module(f".engines.{name}", __package__)
    except ModuleNotFoundError as error:
        package = str(error.name).partition(".")[0]
        if package not in LISTED:
            raise
        raise CohortError(NO_PACKAGE, package=package, listed=LISTED[package]) from error
