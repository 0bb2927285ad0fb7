"""Facts in DuckDB: a folder of Parquet, or tables that are already in memory."""

import ctypes
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from lib.cohort import CohortError
from lib.registry.engines.arrow import plain
from lib.registry.query import GONE, PARAMETER, TOO_LARGE, Answer, StoppedError

MEMORY, THREADS = "96MB", 2
_ARENAS = -8  # `M_ARENA_MAX` of glibc
_UNREAD = (duckdb.IOException, duckdb.InvalidInputException)
_SETTINGS: dict[str, str | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": MEMORY,
    "threads": THREADS,
}


class DuckDB:
    """An engine over facts in files or in memory."""

    at_once: int | None = 250_000  # whose join needs half of the memory

    def __init__(self, tables: Mapping[str, Sequence[Path] | pa.Table]) -> None:
        self._running: list[duckdb.DuckDBPyConnection] = []
        try:
            self._connection = self._opened(tables)
        except duckdb.Error as error:
            _tell(error)
            raise

    def _opened(self, tables: Mapping[str, Sequence[Path] | pa.Table]) -> duckdb.DuckDBPyConnection:
        # What does not fit into memory passes through there, and goes with the query.
        passing = {"temp_directory": str(Path(tempfile.gettempdir()) / f"hepar-{os.getpid()}")}
        _share_what_is_freed()
        connection = duckdb.connect(config=_SETTINGS | passing)
        for name, given in tables.items():
            if isinstance(given, pa.Table):
                connection.register("given", given)
                connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
                connection.unregister("given")
            else:
                files = ", ".join("'" + str(each).replace("'", "''") + "'" for each in given)
                connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{files}])")
        return connection

    def columns(self, sql: str, values: Mapping[str, object]) -> Answer:
        """The columns that a query gives; a cursor of its own, so that several may ask."""
        asked = {name: values[name] for name in set(PARAMETER.findall(sql))}
        with self._connection.cursor() as cursor:
            self._running.append(cursor)
            try:
                told = cursor.sql(PARAMETER.sub(r"$\1", sql), params=asked)
                found: pa.Table = told.to_arrow_table()
                return {name: plain(found.column(name)) for name in found.column_names}
            except duckdb.InterruptException as error:
                raise StoppedError from error
            except duckdb.Error as error:
                _tell(error)
                raise
            finally:
                self._running.remove(cursor)

    def interrupt(self) -> None:
        """Stop all that runs."""
        for cursor in [*self._running]:
            cursor.interrupt()

    def close(self) -> None:
        """Close the files."""
        self._connection.close()


def _tell(error: duckdb.Error) -> None:
    """Say in a sentence that files are gone or damaged; a query of ours that is none is not."""
    if isinstance(error, duckdb.OutOfMemoryException):
        raise CohortError(TOO_LARGE) from error
    # What is not Parquet where it should be has no kind of its own.
    if isinstance(error, _UNREAD) or type(error) is duckdb.Error:
        raise CohortError(GONE) from error


def _share_what_is_freed() -> None:
    """Let threads allocate in two places: of glibc each has its own, and keeps what it freed."""
    share = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if share is not None:
        share(_ARENAS, THREADS)
