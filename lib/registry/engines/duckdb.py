"""Facts in DuckDB: a folder of Parquet, or tables that are already in memory."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from lib.registry.query import Answer, Values

MEMORY, THREADS = "300MB", 2
_PARAMETER = re.compile(r":(p\d+)")
_SETTINGS: dict[str, str | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": MEMORY,
    "threads": THREADS,
}


class DuckDB:
    """An engine over facts in files or in memory."""

    def __init__(
        self, patients: Sequence[Path] | pa.Table, transitions: Sequence[Path] | pa.Table
    ) -> None:
        self._connection = duckdb.connect(config=_SETTINGS)
        for name, given in (("facts", patients), ("transitions", transitions)):
            if isinstance(given, pa.Table):
                self._connection.register("given", given)
                self._connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
                self._connection.unregister("given")
            else:
                files = ", ".join("'" + str(each).replace("'", "''") + "'" for each in given)
                self._connection.execute(
                    f"CREATE VIEW {name} AS SELECT * FROM read_parquet([{files}])"
                )

    def columns(self, sql: str, values: Mapping[str, object]) -> Answer:
        """The columns that a query gives; a cursor of its own, so that several may ask."""
        with self._connection.cursor() as cursor:
            asked = {name: values[name] for name in set(_PARAMETER.findall(sql))}
            cursor.execute(_PARAMETER.sub(r"$\1", sql), asked)
            return {name: _plain(each) for name, each in cursor.fetchnumpy().items()}

    def interrupt(self) -> None:
        """Stop what runs."""
        self._connection.interrupt()

    def close(self) -> None:
        """Close the files."""
        self._connection.close()


def _plain(values: Any) -> Values:
    """Numbers with nan where there is none, words with None."""
    missing = np.ma.getmaskarray(values)
    found: Values = np.ma.getdata(values)
    if found.dtype == object:
        words = found.copy()
        words[missing] = None
        return words
    if not missing.any():
        return found
    return np.asarray(np.where(missing, np.nan, found.astype(np.float64)))
