"""Cohorts of any size: prepared once into facts, and counted where they lie."""

import importlib
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from lib.cohort import CohortError
from lib.language import N_
from lib.plan import Plan
from lib.registry.facts import VERSION, Held
from lib.registry.kept import from_json
from lib.registry.population import Registry

__all__ = ["Registry", "open"]

MANIFEST, TABLES = "manifest.json", ("patients", "transitions")
NO_PACKAGE = N_(
    "A registry needs the package {package}: pip install -r requirements-registry.txt",
    "registry-no-package",
)
NO_REGISTRY = N_("There is no prepared registry", "registry-none")
OTHER_VERSION = N_(
    "The registry was prepared by another version of Hepar; prepare it again",
    "registry-other-version",
)


def open(where: str, plan: Plan | None = None) -> Registry:
    """Open a prepared registry.

    Parameters
    ----------
    where : str
        The folder that it was prepared into, or the URL of a PostgreSQL database that holds it, as
        ``postgresql://reader@host/registry``.
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
        if where.startswith(("postgresql://", "postgres://")):
            engine = _engine("postgresql").PostgreSQL(where)
            unless_opened.callback(engine.close)
            held = _held(engine.said())
        else:
            said = _said(Path(where))
            held = _held(said["held"])
            names = [f"{name}.parquet" for name in said["parts"] if name]
            parts = ([Path(where) / table / each for each in names] for table in TABLES)
            engine = _engine("duckdb").DuckDB(*parts)
            unless_opened.callback(engine.close)
        registry = Registry(engine, held, plan or held.plan)
        unless_opened.pop_all()
    return registry


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
        if error.name not in ("duckdb", "psycopg"):
            raise
        raise CohortError(NO_PACKAGE, package=error.name) from error
