"""Tables of a PostgreSQL server, copied out row by row in one state of the database."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from lib.cohort import CohortError
from lib.language import N_

NO_SERVER = N_(
    "The database cannot be reached, or does not let this user in; look at the address, and ask"
    " whoever keeps it",
    "registry-no-server",
)
LOST = N_(
    "The connection to the database was lost; nothing is half done, prepare again",
    "registry-lost",
)
NO_TABLE = N_(
    "The database has no table '{name}' that this user may read; look at the address, or ask"
    " whoever keeps it",
    "registry-no-table",
)
NO_SCHEMA = N_(
    "The database has no table in the schema '{name}' that this user may read; look at the address,"
    " or have USAGE of the schema and SELECT on its tables granted to the user",
    "registry-no-schema",
)
_SECONDS = 15  # until it is said that the server cannot be reached


@contextmanager
def _connected(url: str) -> Iterator["psycopg.Connection[tuple[str, ...]]"]:
    try:
        connection = psycopg.connect(url, connect_timeout=_SECONDS)
    except psycopg.Error:  # what it says may hold the password
        raise CohortError(NO_SERVER) from None
    with connection:
        try:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield connection
        except psycopg.OperationalError:
            raise CohortError(LOST) from None


def tables(url: str, schema: str) -> list[str]:
    """The tables and views of a schema that this user may read; raises where there is none."""
    with _connected(url) as connection:
        found = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = %s"
            " AND has_table_privilege(quote_ident(table_schema) || '.' || quote_ident(table_name),"
            " 'SELECT') ORDER BY 1",
            [schema],
        ).fetchall()
    if not found:
        raise CohortError(NO_SCHEMA, name=schema)
    return [name for (name,) in found]


def copied(
    url: str, schema: str, named: Mapping[str, str], folder: Path, goes_on: Callable[[], object]
) -> dict[str, Path]:
    """Copy tables, all as they are at one moment, each to a file of CSV."""
    files = {table: folder / f"{table}.csv" for table in named}
    with _connected(url) as connection, connection.cursor() as cursor:
        for table, name in named.items():
            whole = sql.SQL("COPY (SELECT * FROM {}.{}) TO STDOUT (FORMAT csv, HEADER)")
            asked = whole.format(sql.Identifier(schema), sql.Identifier(name))
            try:
                with files[table].open("wb") as file, cursor.copy(asked) as copy:
                    for block in copy:
                        file.write(block)
                        goes_on()
            except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
                raise CohortError(NO_TABLE, name=f"{schema}.{name}") from None
    return files
