"""Hepar with a registry, whose questions take for ever while the file SLOW stands beside it."""

import os
import tempfile
from pathlib import Path

from streamlit.starlette import App

from lib.registry.engines.duckdb import DuckDB
from lib.ui import registries, serving

ASKED, ENDED = "ASKED FOR EVER", "ENDED BEFORE"
FOLDER = "HEPAR_REGISTRY"
FOR_EVER = (
    "SELECT SUM(a.range * b.range + c.range) FROM range(9999) a, range(9999) b, range(99999) c"
)
app = App(
    serving.SCRIPT,
    lifespan=serving.lifespan,
    routes=serving.ROUTES,
    middleware=serving.MIDDLEWARE,
    exception_handlers=serving.HANDLERS,
    on_script_error=serving.failed,
)
_columns = DuckDB.columns


def columns(self, sql, values):
    """Answer a question, a slow one first where it is to be slow."""
    if (Path(os.environ[FOLDER]).parent / "SLOW").exists():
        print(ASKED, flush=True)
        try:
            _columns(self, FOR_EVER, {})
        finally:
            print(ENDED, flush=True)
    return _columns(self, sql, values)


if FOLDER in os.environ:  # where it is served, and not where a test asks what it says
    tempfile.tempdir = os.path.dirname(os.environ[FOLDER])  # it would try whether it can write
    DuckDB.columns = columns
    registries.offer(os.environ[FOLDER])
