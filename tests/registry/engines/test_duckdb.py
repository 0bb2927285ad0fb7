"""Facts in DuckDB."""

import pyarrow as pa

from lib.registry.engines.duckdb import DuckDB
from tests.conftest import refused


def test_a_question_that_finds_no_room_says_so_in_a_sentence():
    engine = DuckDB({"facts": pa.table({"a": range(1_000_000)})})
    engine._connection.execute("SET memory_limit = '20MB'; SET max_temp_directory_size = '1MB'")
    with refused("registry-too-large"):
        engine.columns("SELECT a, md5(a::VARCHAR) AS b, COUNT(*) AS n FROM facts GROUP BY a, b", {})
    assert engine.columns("SELECT COUNT(*) AS n FROM facts", {})["n"].tolist() == [1_000_000]
