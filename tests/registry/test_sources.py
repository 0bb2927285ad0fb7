"""Where the rows of a registry are, and how they pass through."""

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lib import text
from lib.cohort import CohortError
from lib.registry import sources
from lib.registry.engines.parting import read
from lib.registry.engines.server import LOST
from lib.registry.engines.staging import Stage, cells_of, failing
from tests.conftest import refused

GOES_ON = lambda: None  # noqa: E731


def written(folder, **files):
    for name, content in files.items():
        place = folder / name.replace("__", "/").replace("_DOT_", ".")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content, encoding="utf-8")
    return folder


@pytest.mark.cases
def test_tables_are_told_by_the_names_of_files_or_of_folders(names, tables, tmp_path):
    found = sources.found(str(written(tmp_path, **dict.fromkeys(names, "a,b\n1,2\n")))).tables
    assert {table: [file.name for file in files] for table, files in found.items()} == tables


@pytest.mark.cases
def test_without_patients_it_is_said_what_to_do(names, said, tmp_path):
    with pytest.raises(CohortError) as refused:
        sources.found(str(written(tmp_path, **dict.fromkeys(names, "a\n1\n"))))
    assert text.error(refused.value) == f"{said.format(where=tmp_path.name)}."


def test_text_and_parquet_are_no_table_together(tmp_path):
    names = ("patients-1_DOT_csv", "patients-2_DOT_parquet", "procedures_DOT_csv")
    with refused("registry-mixed") as told:
        sources.found(str(written(tmp_path, **dict.fromkeys(names, "a,b\n1,2\n"))))
    assert told.value.values == {"table": "patients"}


def test_hidden_files_and_folders_are_none_of_a_table(tmp_path):
    names = ("patients_DOT_csv", "_DOT_patients_DOT_csv", "_old__patients_DOT_csv")
    found = sources.found(str(written(tmp_path, **dict.fromkeys(names, "a,b\n1,2\n")))).tables
    assert found == {"patients": (tmp_path / "patients.csv",)}


def test_a_database_is_not_read_by_a_cluster():
    with refused("registry-no-cluster-needed") as told:
        sources.found("local[2]#postgresql://me:secret@host")
    assert "secret" not in text.error(told.value)


def test_who_may_read_no_table_of_a_schema_is_told_what_to_have_granted(server):
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA closed; CREATE TABLE closed.patients (code text)")
        connection.execute("CREATE ROLE outsider LOGIN")
    for user, schema in (("outsider", "closed"), ("hepar", "nowhere")):
        with refused("registry-no-schema") as told:
            sources.found(f"{server.replace('//hepar@', f'//{user}@')}#{schema}")
        assert told.value.values == {"name": schema}
    found = sources.found(f"{server}#closed")
    assert found.tables == {"patients": "patients"}


@pytest.fixture
def stage(tmp_path):
    found = Stage(tmp_path / "passing")
    yield found
    found.close()
    assert not (tmp_path / "passing").exists()


def taken(stage, tmp_path, content, name="patients_DOT_csv"):
    sources.found(str(written(tmp_path / "source", **{name: content}))).stage(stage, GOES_ON)
    return stage


def test_columns_are_counted_over_all_rows(stage, tmp_path):
    rows = "".join(f"{k},{'ab'[k % 3 == 0]},\n" for k in range(90))
    taken(stage, tmp_path, f"code,level,nothing\n{rows}")
    found = dict(stage.columns("patients", ["level", "nothing"]))
    assert (found["level"].cells, found["level"].counts) == (["a", "b"], [60, 30])
    assert (found["nothing"].cells, found["nothing"].blank) == ([], 90)
    assert stage.rows("patients") == 90


def test_of_a_column_with_many_values_some_are_counted(stage, tmp_path, monkeypatch):
    monkeypatch.setattr("lib.registry.engines.staging.MOST", 10)
    monkeypatch.setattr("lib.registry.engines.staging.SOME", 5)
    taken(stage, tmp_path, "code\n" + "".join(f"P{k}\n" for k in range(400)))
    ((_header, found),) = stage.columns("patients", ["code"])
    assert len(found.cells) == 5
    assert found.distinct > 300


def test_all_rows_of_a_patient_are_in_one_part_however_the_code_is_spelt(stage, tmp_path):
    source = written(
        tmp_path / "source",
        patients_DOT_csv="code\n" + "".join(f"А-{k:03d}\n" for k in range(40)),
        procedures_DOT_csv="who\n" + "".join(f"a {k:03d}\n" for k in range(40)),
    )
    sources.found(str(source)).stage(stage, GOES_ON)
    keys = {"patients": ["code"], "procedures": ["who"]}
    marks = stage.part(5, keys, keys)
    parts = [
        [
            {row[-3:] for row in cells_of(rows.column(header))}
            for table, (header,) in keys.items()
            if (rows := read(stage.folder / table, part)) is not None
        ]
        for part in range(5)
    ]
    assert all(one == other for one, other in parts)
    assert sum(len(one) for one, _other in parts) == 40
    assert len(set(marks)) == 5


def test_cells_of_a_database_are_those_of_a_spreadsheet():
    import datetime
    import decimal

    day = datetime.date(2020, 1, 2)
    zone = datetime.datetime(2020, 1, 2, 3, tzinfo=datetime.UTC)
    for given, cell in (
        ([1, None], [1, ""]),
        ([1.5, float("nan")], [1.5, ""]),
        ([True], [True]),
        ([day], [day]),
        ([zone], [zone.replace(tzinfo=None)]),
        ([decimal.Decimal("1.50")], [1.5]),
    ):
        assert [*cells_of(pa.array(given))] == cell


def test_what_is_no_table_is_said(stage, tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "patients.parquet").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(CohortError) as refused:
        sources.found(str(tmp_path / "source")).stage(stage, GOES_ON)
    assert text.error(refused.value).startswith("'patients.parquet' cannot be read as a table")


HEAD = "code;level;when\n"
EVEN = "".join(f"P{k};a,5;2020\n" for k in range(400))


@pytest.mark.parametrize("last", ["P400;a", 'P400;"a', "P400"])
def test_a_file_that_breaks_off_in_its_last_line_is_said(last, stage, tmp_path):
    files = {"patients_1_DOT_csv": HEAD + EVEN, "patients_2_DOT_csv": HEAD + EVEN + last}
    source = sources.found(str(written(tmp_path / "source", **files)))
    with refused("registry-torn") as told:
        source.stage(stage, GOES_ON)
    assert told.value.values == {"name": "patients_2.csv"}


@pytest.mark.parametrize("uneven", ["P400\n", "P400;a\n", 'P400;"a;\nb"\n', "P400;a\n" + EVEN])
def test_of_rows_that_are_shorter_than_others_the_last_cells_are_blank(uneven, stage, tmp_path):
    taken(stage, tmp_path, HEAD + EVEN + uneven)
    assert stage.tables["patients"] == ["code", "level", "when"]
    found = dict(stage.columns("patients", ["code", "when"]))
    assert "P400" in found["code"].cells and found["when"].blank == 1


def test_files_cut_by_other_signs_are_one_table_in_order(stage, tmp_path):
    files = {"patients_1_DOT_csv": HEAD + EVEN, "patients_2_DOT_csv": "code,when\nQ1,7\nQ2,8\n"}
    files["patients_3_DOT_csv"] = HEAD + "R1;b;2021\n"
    sources.found(str(written(tmp_path / "source", **files))).stage(stage, GOES_ON)
    rows = stage.sample("patients", 1000)
    assert rows.column("code").to_pylist()[-4:] == ["P399", "Q1", "Q2", "R1"]
    assert rows.column("when").to_pylist()[-3:] == ["7", "8", "2021"]


def test_the_file_that_is_no_table_is_named(stage, tmp_path):
    (tmp_path / "source").mkdir()
    pq.write_table(pa.table({"n": [1, 2]}), tmp_path / "source" / "patients-1.parquet")
    (tmp_path / "source" / "patients-2.parquet").write_bytes(b"patient_id\n1\n")
    with refused("registry-not-read") as told:
        sources.found(str(tmp_path / "source")).stage(stage, GOES_ON)
    assert told.value.values == {"name": "patients-2.parquet"}


def test_a_file_that_changes_meanwhile_is_said(stage, tmp_path):
    source = sources.found(str(written(tmp_path / "source", patients_DOT_csv="a,b\n1,2\n")))

    def change():
        (tmp_path / "source" / "patients.csv").write_text("a,b\n1,2\n3,4\n", encoding="utf-8")

    with pytest.raises(CohortError) as refused:
        source.stage(stage, change)
    assert text.error(refused.value) == (
        "'source' changed while it was read; prepare again when it is at rest."
    )


def test_files_that_are_taken_away_meanwhile_are_said(stage, tmp_path):
    source = sources.found(str(written(tmp_path / "source", patients_DOT_csv="a,b\n1,2\n")))
    with refused("registry-source-changed"):
        source.stage(stage, (tmp_path / "source" / "patients.csv").unlink)


@pytest.mark.parametrize("why", ["No space left on device", "File too large"])
def test_a_full_disk_is_said(why):
    error = duckdb.IOException(f"Could not write file: {why}")
    with pytest.raises(CohortError) as refused, failing():
        raise error
    assert text.error(refused.value).startswith("There is no room left on the disk")


# A server ---------------------------------------------------------------------------------------


@pytest.fixture
def schema(server):
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS clinic CASCADE")
        connection.execute("CREATE SCHEMA clinic")
        connection.execute('CREATE TABLE clinic.patients ("Код" int, born date, "a""b" text)')
        connection.execute("INSERT INTO clinic.patients VALUES (7, '1950-02-01', 'x,\"y')")
        connection.execute("CREATE VIEW clinic.\"Процедуры\" AS SELECT 7 AS who, 'HAI' AS what")
        connection.execute("CREATE TABLE clinic.other (x int)")
    return f"{server}#clinic"


def test_tables_of_a_server_are_copied(schema, stage):
    source = sources.found(schema)
    source.stage(stage, GOES_ON)
    assert stage.tables == {"patients": ["Код", "born", 'a"b'], "procedures": ["who", "what"]}
    ((_header, found),) = stage.columns("patients", ['a"b'])
    assert found.cells == ['x,"y']
    assert [file.suffix for file in stage.folder.glob("*.*")] == [".parquet", ".parquet"]


def test_one_table_of_a_server_holds_patients(schema):
    assert sources.found(f"{schema}.other").tables == {"patients": "other"}


def test_an_address_where_nobody_answers_is_said_without_a_password():
    with pytest.raises(CohortError) as refused:
        sources.found("postgresql://me:secret@127.0.0.1:1/registry")
    assert text.error(refused.value).startswith("The database cannot be reached")
    assert "secret" not in repr(refused.value.__dict__)


def test_a_table_that_is_not_there_is_said(schema, stage):
    with refused("registry-no-table") as told:
        sources.found(f"{schema}.nothing").stage(stage, GOES_ON)
    assert told.value.values == {"name": "clinic.nothing"}


def test_a_connection_that_is_lost_is_said(schema, stage, server):
    source = sources.found(schema)

    def lose():
        with psycopg.connect(server, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )

    with pytest.raises(CohortError) as refused:
        source.stage(stage, lose)
    assert text.error(refused.value) == text.error(CohortError(LOST))


def test_parquet_keeps_its_types(stage, tmp_path):
    (tmp_path / "source").mkdir()
    pq.write_table(pa.table({"n": [1, 2]}), tmp_path / "source" / "patients.parquet")
    sources.found(str(tmp_path / "source")).stage(stage, GOES_ON)
    ((_header, found),) = stage.columns("patients", ["n"])
    assert found.cells == [1, 2]


SHEET = "Код;Пол;Возраст\n" + "".join(f"П{k};{'мж'[k % 2]};{30 + k}\n" for k in range(60))
LATE = "code;sex;age\n" + "P1;f;50\n" * 300_000 + "P2;муж;3\n"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1251", "koi8-r", "utf-16", "utf-16-le"])
@pytest.mark.parametrize(("content", "sex"), [(SHEET, "м"), (LATE, "муж")], ids=["all", "late"])
def test_text_in_another_encoding_is_read(encoding, content, sex, stage, tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "patients.csv").write_bytes(content.encode(encoding))
    sources.found(str(tmp_path / "source")).stage(stage, GOES_ON)
    (headers,) = stage.tables.values()
    assert headers == content.split("\n", 1)[0].split(";")
    ((_header, found),) = stage.columns("patients", [headers[1]])
    assert sex in found.cells
    assert [file.name for file in stage.folder.iterdir()] == ["patients.parquet"]


@pytest.mark.parametrize("last", ["муж".encode("cp1251"), "муж".encode()[:-1]], ids=["two", "cut"])
def test_text_in_two_encodings_is_refused(last, stage, tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "patients.csv").write_bytes(SHEET.encode() + last)
    with pytest.raises(CohortError) as refused:
        sources.found(str(tmp_path / "source")).stage(stage, GOES_ON)
    assert text.error(refused.value) == (
        "'patients.csv' cannot be read as a table; save it as CSV in UTF-8 or as Parquet."
    )


@pytest.mark.parametrize("said", ["Out of Memory Error: of this", "other"])
def test_what_fails_while_rows_pass_is_told_as_what_fails_before(said, stage):
    failing_late = f"CASE WHEN a = 2000000 THEN error('{said}') ELSE 'y' END"
    with pytest.raises(duckdb.Error) as failed:
        list(stage._streamed(f"SELECT a, {failing_late} AS b FROM range(3000000) t(a)"))
    assert isinstance(failed.value, duckdb.OutOfMemoryException) == said.startswith("Out")
