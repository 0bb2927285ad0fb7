"""Facts in PostgreSQL: the tables of a schema, and beside them what the registry says of itself."""

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
import psycopg
import pyarrow as pa
from psycopg import sql
from pyarrow import csv

from lib.cohort import CohortError
from lib.language import N_
from lib.registry.facts import Held
from lib.registry.kept import as_json
from lib.registry.query import ONCE, PARAMETER, Answer, StoppedError, Values, named

NO_SERVER = N_(
    "The database of the registry does not answer, or lets nobody in; ask once more, look at its"
    " address, or ask whoever keeps it",
    "registry-server",
)
OTHER_TABLES = N_(
    "The registry in the database is gone, was written anew, or is not for this user; open it"
    " again, or ask whoever keeps it",
    "registry-other-tables",
)
NO_FACTS = N_("The database holds no prepared registry", "registry-no-facts")
NOT_WRITTEN = N_(
    "The facts cannot be written into the database: this user may not, there is no room, or the"
    " connection was lost; what it held before is as it was",
    "registry-not-written",
)
ANOTHERS = N_(
    "The schema holds '{name}' there, and not this registry; name another, as"
    " postgresql://USER@HOST/DATABASE#SCHEMA",
    "registry-anothers",
)
Connection: TypeAlias = "psycopg.Connection[tuple[Any, ...]]"
_HELD = "held"  # the table of what the registry says of itself
_OTHERS = (
    psycopg.errors.UndefinedTable,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.InsufficientPrivilege,
)
_SINCE = {"events": 2}  # the version of facts that has brought a table
_WORDS = (psycopg.adapters.types["text"].oid, 705)  # 705 is of words that were a parameter
_TYPES = {
    pa.int64(): "bigint",
    pa.int32(): "integer",
    pa.int16(): "smallint",
    pa.float64(): "double precision",
    pa.string(): "text",
    pa.bool_(): "boolean",
}


def _connected(url: str, schema: str) -> Connection:
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
        if schema:
            connection.execute(sql.SQL("SET search_path TO {}").format(sql.Identifier(schema)))
    except psycopg.Error as error:
        raise CohortError(NO_SERVER) from error
    return connection


class PostgreSQL:
    """An engine over the tables of a database, which it only reads."""

    at_once: int | None = None

    def __init__(self, url: str, schema: str = "") -> None:
        self._at = url, schema
        self._begin()
        self._facts = self._which()

    def _begin(self) -> None:
        self._connection = _connected(*self._at)
        self._connection.read_only = True

    def _which(self) -> object:
        """The table of the patients: another one where it was written anew."""
        line = self._connection.execute("SELECT CAST(to_regclass('facts') AS oid)").fetchone()
        return line and line[0]

    def said(self) -> Any:
        """What the registry says of itself."""
        try:
            found = self._connection.execute(f"SELECT held FROM {_HELD}").fetchone()
        except psycopg.errors.UndefinedTable as error:
            raise CohortError(NO_FACTS) from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise CohortError(OTHER_TABLES) from error
        return json.loads(found[0]) if found else None

    def columns(self, sql: str, values: Mapping[str, object]) -> Answer:
        """The columns that a query gives."""
        asked = {name: values[name] for name in set(PARAMETER.findall(sql))}
        try:
            if self._connection.closed:  # a connection that was lost is made anew
                self._begin()
            if self._which() != self._facts:
                raise CohortError(OTHER_TABLES)
            with self._connection.cursor(binary=True) as cursor:
                cursor.execute(_as_asked(sql), asked)
                lines, about = cursor.fetchall(), cursor.description or ()
        except psycopg.errors.QueryCanceled as error:
            raise StoppedError from error
        except psycopg.OperationalError as error:
            raise CohortError(NO_SERVER) from error
        except _OTHERS as error:
            raise CohortError(OTHER_TABLES) from error
        each = zip(*lines, strict=True) if lines else [()] * len(about)
        return {
            column.name: _plain(cells, column.type_code in _WORDS)
            for column, cells in zip(about, each, strict=True)
        }

    def interrupt(self) -> None:
        """Stop what runs."""
        self._connection.cancel_safe()

    def close(self) -> None:
        """Leave the server."""
        self._connection.close()


def _as_asked(sql: str) -> str:
    """A query with parameters as the database has them.

    It writes the columns of a subquery anew wherever they are used, unless one of them is of the
    moment: of a design's products each would be an exponential of its own.
    """
    return PARAMETER.sub(r"%(\1)s", sql.replace(ONCE, ", clock_timestamp()"))


def _plain(cells: Sequence[Any], words: bool) -> Values:
    """Numbers with nan where there is none, words with None."""
    if words:
        found: Values = np.empty(len(cells), object)
        found[:] = cells
        return found
    if None in cells:
        return np.array([np.nan if cell is None else cell for cell in cells], np.float64)
    return np.array(cells) if cells else np.zeros(0)


def write(
    url: str, schema: str, held: Held, facts: Mapping[str, Callable[[], Iterator[pa.Table]]]
) -> bool:
    """Put a registry into tables of a database; all of it or nothing.

    `schema`: the first that the user has where ''. `facts`: gives the parts of each table. Gives
    whether anything had to be written. What is there of the same source is made anew; what is
    there of anything else is refused.
    """
    said = json.dumps(as_json(held), ensure_ascii=False)
    with _connected(url, schema) as connection:
        try:
            with connection.transaction():
                was = _was(connection, (*facts, _HELD), held)
                if was == said:
                    return False
                for name, parts in facts.items():
                    _copied(connection, name, parts())
                connection.execute(f"DROP TABLE IF EXISTS {_HELD}")
                connection.execute(f"CREATE TABLE {_HELD} (held text)")
                connection.execute(f"INSERT INTO {_HELD} VALUES (%s)", [said])
        except psycopg.Error:  # what it says may hold a cell
            raise CohortError(NOT_WRITTEN) from None
    return True


def _was(connection: Connection, names: Sequence[str], held: Held) -> str:
    """What the schema says of a registry in it; '' where it has no table of these names."""
    ((schema,),) = connection.execute("SELECT current_schema()").fetchall()
    if schema is not None:  # nothing is taken from the schemas that stand behind it
        connection.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema)))
    there = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(%s))"
        " AND relname = ANY(%s) ORDER BY 1",
        [schema, [*names]],
    ).fetchall()
    if not there:
        return ""
    found = {name for (name,) in there}
    if _HELD not in found:
        raise CohortError(ANOTHERS, name=there[0][0])
    line = connection.execute(f"SELECT * FROM {_HELD}").fetchone()
    try:
        was = str(line[0]) if line else ""
        told = json.loads(was)
        name, version = str(told["source"]["name"]), int(told["version"])
    except (ValueError, TypeError, KeyError):
        raise CohortError(ANOTHERS, name=_HELD) from None
    if found != {each for each in names if _SINCE.get(each, 1) <= version}:
        raise CohortError(ANOTHERS, name=there[0][0])
    if name != held.source.name:
        raise CohortError(ANOTHERS, name=name)
    return was


def _copied(connection: Connection, name: str, parts: Iterator[pa.Table]) -> None:
    """Copy the parts of a table: nothing is written as such, all else is quoted."""
    told = csv.WriteOptions(include_header=False, quoting_style="all_valid")
    first = next(parts)
    fields = ", ".join(f"{named(each.name)} {_TYPES[each.type]}" for each in first.schema)
    connection.execute(f"DROP TABLE IF EXISTS {name}")
    connection.execute(f"CREATE TABLE {name} ({fields})")
    with connection.cursor().copy(f"COPY {name} FROM STDIN (FORMAT csv)") as copy:
        for part in chain([first], parts):
            rows = io.BytesIO()
            csv.write_csv(part.select(first.schema.names), rows, told)
            copy.write(rows.getbuffer())
    connection.execute(f"ANALYZE {name}")
