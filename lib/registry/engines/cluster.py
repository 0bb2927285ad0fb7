"""Rows on their way into a registry on a cluster: every worker reads and writes the same folder."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from lib.cohort import CohortError
from lib.language import N_
from lib.registry.engines.spark import answering, session
from lib.registry.engines.staging import PARQUET, PART, ROW, Rows, quoted

NOT_PARQUET = N_(
    "A cluster reads rows from Parquet alone, and '{name}' is none", "registry-not-parquet"
)
_FILE, _AT = "hepar_file", "hepar_at"
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
        for file in files:
            if file.suffix.casefold() != PARQUET:
                raise CohortError(NOT_PARQUET, name=file.name)
        with answering():
            source = self._session.read.option("mergeSchema", "true").parquet(*map(str, files))
            self.tables[table] = list(source.columns)
            at = {"_metadata.file_path": _FILE, "_metadata.row_index": _AT}
            placed = source.selectExpr(*(f"{each} AS {name}" for each, name in at.items()), "*")
            placed.createOrReplaceTempView("placed")
            found = self._session.sql(f"SELECT DISTINCT {_FILE} FROM placed ORDER BY 1").toArrow()
            names = {f"f{at}": name for at, name in enumerate(found.column(0).to_pylist())}
            order = ", ".join(f":{name}" for name in names) or "''"
            number = f"shiftleft(array_position(array({order}), {_FILE}), {_BITS}) + {_AT}"
            columns = ", ".join(map(quoted, source.columns))
            numbered = f"SELECT {number} AS {quoted(ROW)}, {columns} FROM placed"
            place = str(self._file(table))
            self._session.sql(numbered, args=names).write.parquet(place)
            self._session.read.parquet(place).createOrReplaceTempView(quoted(table))

    def _parted(
        self, table: str, parts: int, headers: Sequence[str], keys: Sequence[str]
    ) -> list[tuple[int, str]]:
        columns = ", ".join(map(quoted, headers))
        place = str(self.folder / table)
        part = f"CAST({self._hash(self._key(keys, self.tables[table]))} % {parts} AS INT)"
        with answering():
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

    def _spread(
        self, do: Callable[[Any], bytes], given: Sequence[Any]
    ) -> Iterator[tuple[int, bytes]]:
        """See `Spread`: in waves, so that whoever waits is told and may stop it."""
        with answering():
            at_once = int(str(self._session.conf.get("spark.sql.shuffle.partitions")))
        for first in range(0, len(given), at_once):
            wave = given[first : first + at_once]
            many = len(wave)

            def each(batches: Iterator[pa.RecordBatch], wave: Any = wave) -> Iterator[Any]:
                for batch in batches:
                    places = batch.column(0).to_pylist()
                    made = [do(wave[at]) for at in places]
                    yield pa.record_batch({"at": batch.column(0), "made": pa.array(made)})

            with answering():
                places = self._session.range(0, many, 1, many)
                found = places.mapInArrow(each, "at long, made binary").toArrow().to_pylist()
            yield from ((first + line["at"], line["made"]) for line in found)
