"""Rows on their way into a registry on a cluster: every worker reads and writes the same folder."""

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException

from lib.cohort import CohortError
from lib.language import N_
from lib.registry.engines.parting import PART, ROW
from lib.registry.engines.spark import answering, session
from lib.registry.engines.staging import (
    FULL,
    MOST,
    NO_ROOM,
    NOT_READ,
    PARQUET,
    SOME,
    Rows,
    Stage,
    quoted,
    said,
)

NOT_TAKEN = N_(
    "Apache Spark cannot read '{name}' and the files beside it as one table: a column has another"
    " type in some of them, or a type that it does not know; save them as CSV, or as Parquet with"
    " one type for each column, times in microseconds",
    "registry-not-taken",
)
_TYPES = ("CANNOT_MERGE_SCHEMAS", "PARQUET_TYPE_ILLEGAL", "UNSUPPORTED_TIME_TYPE")
_NOT_READ = "FAILED_READ_FILE"
_FILE, _AT = "hepar_file", "hepar_at"
_ABREAST = 50  # columns that one query counts
_BITS = 40  # of a row's number that are its number in its file


class Cluster(Rows):
    """Tables that pass through Apache Spark; but for a sample of patients no row leaves it."""

    def __init__(self, server: str, folder: Path) -> None:
        super().__init__(folder)
        self._session = session(server)
        self.spread = self._spread

    def close(self) -> None:
        """Take all away that passed through."""
        with answering():
            for name in ("placed", "parted", *self.tables):
                self._session.catalog.dropTempView(name)
        super().close()

    def take(self, table: str, files: Sequence[Path]) -> None:
        """Take a table from files that have it together, each row once and in order."""
        text = files[0].suffix.casefold() != PARQUET
        read = self._in_parquet(table, files) if text else files
        with answering(), _taking(files[0].name):
            source = self._session.read.option("mergeSchema", "true").parquet(*map(str, read))
            self.tables[table] = [name for name in source.columns if name != ROW]
            at = {"_metadata.file_path": _FILE, "_metadata.row_index": _AT}
            placed = source.selectExpr(*(f"{each} AS {name}" for each, name in at.items()), "*")
            placed.createOrReplaceTempView("placed")
            found = self._session.sql(f"SELECT DISTINCT {_FILE} FROM placed ORDER BY 1").toArrow()
            names = {f"f{at}": name for at, name in enumerate(found.column(0).to_pylist())}
            order = ", ".join(f":{name}" for name in names) or "''"
            number = f"shiftleft(array_position(array({order}), {_FILE}), {_BITS}) + {_AT}"
            columns = ", ".join(map(quoted, self.tables[table]))
            numbered = f"SELECT {number} AS {quoted(ROW)}, {columns} FROM placed"
            place = str(self._file(table))
            self._session.sql(numbered, args=names).write.parquet(place)
            self._session.read.parquet(place).createOrReplaceTempView(quoted(table))
        for each in read if text else ():
            each.unlink()

    def _in_parquet(self, table: str, files: Sequence[Path]) -> list[Path]:
        """Files of text in Parquet, every column as a text; executors read a file each."""
        # They are read as where no cluster is: signs, encodings and quotes are found alike.
        place = self.folder / f"{table}-told"
        place.mkdir()
        read = [place / f"{at:06d}{PARQUET}" for at in range(len(files))]
        for _each in self._spread(_read, list(zip(read, files, strict=True))):
            pass
        return read

    def _counted(
        self, table: str, few: Mapping[str, bool], step: int
    ) -> Iterator[tuple[str, pa.ChunkedArray, list[int]]]:
        """See `Rows`: a query for many columns of one type, since each costs a pass of all rows."""
        alike: dict[str, list[str]] = {}
        with answering():
            for name, kind in self._session.sql(f"SELECT * FROM {self._from(table)}").dtypes:
                if name in few:
                    alike.setdefault(kind, []).append(name)
        for names in alike.values():
            for first in range(0, len(names), _ABREAST):
                yield from self._abreast(table, names[first : first + _ABREAST], few, step)

    def _abreast(
        self, table: str, headers: Sequence[str], few: Mapping[str, bool], step: int
    ) -> Iterator[tuple[str, pa.ChunkedArray, list[int]]]:
        row = quoted(ROW)
        some = f"CASE WHEN {row} % {step} = 0 THEN {{}} END"
        cells = [("{}" if few[each] else some).format(quoted(each)) for each in headers]
        each_ = ", ".join(f"{at}, {cell}" for at, cell in enumerate(cells))
        most = " ".join(f"WHEN {at} THEN {SOME}" for at, h in enumerate(headers) if not few[h])
        found = self._arrow(
            f"SELECT at, cell, n FROM (SELECT *, row_number() OVER"
            f" (PARTITION BY at ORDER BY n DESC, began) AS place FROM"
            f" (SELECT at, cell, count(*) AS n, min({row}) AS began FROM"
            f" (SELECT {row}, stack({len(cells)}, {each_}) AS (at, cell) FROM {self._from(table)})"
            f" WHERE {said('cell')} IS NOT NULL GROUP BY at, cell))"
            f" WHERE place <= {f'CASE at {most} ELSE {MOST} END' if most else MOST}"
            " ORDER BY at, place"
        )
        ends = np.searchsorted(found.column(0).to_numpy(), range(len(headers) + 1))
        for at, header in enumerate(headers):
            mine = found.slice(ends[at], ends[at + 1] - ends[at])
            times = 1 if few[header] else step
            yield header, mine.column(1), [n * times for n in mine.column(2).to_pylist()]

    def _parted(
        self, table: str, parts: int, headers: Sequence[str], keys: Sequence[str]
    ) -> list[tuple[int, str]]:
        columns = ", ".join(map(quoted, headers))
        place = str(self.folder / table)
        part = f"CAST({self._hash(self._key(keys, self.tables[table]))} % {parts} AS INT)"
        with answering(), _taking(table):
            chosen = f"SELECT {quoted(ROW)}, {columns}, {part} AS {PART} FROM {self._from(table)}"
            parted = self._session.sql(chosen).repartition(PART)
            parted.write.partitionBy(PART).parquet(place)
            if not any((self.folder / table).glob("*/*.parquet")):
                return []
            self._session.read.parquet(place).createOrReplaceTempView("parted")
        told = self._ask(
            f"SELECT {PART}, count(*), bit_xor(h), CAST(sum(CAST(h AS DECIMAL(38, 0))) AS STRING)"
            f" FROM (SELECT {PART}, xxhash64({columns}) AS h FROM parted) hashed GROUP BY 1"
        )
        return [(int(at), f"{rows} {one} {other}") for at, rows, one, other in told]

    def _arrow(self, sql: str) -> pa.Table:
        with answering():
            return self._session.sql(sql).toArrow()

    def _from(self, table: str) -> str:
        return quoted(table)

    def _hash(self, key: str) -> str:
        return f"(xxhash64({key}) & {2**63 - 1})"

    def _replaced(self, words: str, pattern: str, by: str) -> str:
        by = by.replace("\\", "$")
        return f"regexp_replace({words}, '{pattern}', '{by}')"

    def _spread(self, do: Callable[[Any], Any], given: Sequence[Any]) -> Iterator[tuple[int, Any]]:
        """See `Spread`: in waves, so that whoever waits is told and may stop it."""
        with answering():
            at_once = int(str(self._session.conf.get("spark.sql.shuffle.partitions")))
        for first in range(0, len(given), at_once):
            wave = given[first : first + at_once]
            many = len(wave)

            def each(batches: Iterator[pa.RecordBatch], wave: Any = wave) -> Iterator[Any]:
                for batch in batches:
                    places = batch.column(0).to_pylist()
                    made = [_packed(do, wave[at]) for at in places]
                    yield pa.record_batch({"at": batch.column(0), "made": pa.array(made)})

            with answering():
                places = self._session.range(0, many, 1, many)
                found = places.mapInArrow(each, "at long, made binary").toArrow().to_pylist()
            for line in found:
                made = pickle.loads(line["made"])
                if isinstance(made, Exception):
                    raise made
                yield first + line["at"], made


def _packed(do: Callable[[Any], Any], given: Any) -> bytes:
    """What comes of it, or why nothing: what an executor raises is written into its log."""
    try:
        return pickle.dumps(do(given))
    except Exception as failure:
        return pickle.dumps(failure)


def _read(given: tuple[Path, Path]) -> None:
    """Read a file of text into one of Parquet."""
    into, file = given
    stage = Stage(into.with_suffix(""))
    try:
        stage.take("rows", [file])
        (stage.folder / f"rows{PARQUET}").replace(into)
    finally:
        stage.close()


@contextmanager
def _taking(name: str) -> Iterator[None]:
    """Say in a sentence what Apache Spark does not read or write; what it says may hold a cell."""
    try:
        yield
    except (PySparkException, Py4JError) as error:
        said = str(error)
        if any(each in said for each in _TYPES):
            raise CohortError(NOT_TAKEN, name=name) from None
        if any(each in said for each in FULL):
            raise CohortError(NO_ROOM) from None
        if _NOT_READ in said:
            raise CohortError(NOT_READ, name=name) from None
        raise
