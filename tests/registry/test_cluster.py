"""A registry that executors of Apache Spark prepare is what one machine makes of the rows."""

import csv
import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lib import registry
from lib.plan import Plan
from lib.registry import prepare, sources
from tests.conftest import refused, studied
from tests.registry.same import ON_A_CLUSTER, asked, difference, questions, written
from tests.registry.test_prepare import (
    TABLES,
    EnoughError,
    at_once,
    held_by,
    same,
    split,
    tables_of,
    until,
)

pytestmark = ON_A_CLUSTER


def prepared(cluster, folder, told=prepare.nothing):
    where = f"{cluster}#{folder / 'source'}"
    return prepare.prepare(where, folder / "registry", told=told, at_once=20)


@pytest.mark.parametrize("name", ["", "synthetic_240.xlsx"])
def test_executors_make_the_same_facts(name, cluster, tmp_path):
    tables = tables_of(name) if name else TABLES
    split(tables, tmp_path / "source", files=3, kind="parquet")
    made = prepared(cluster, tmp_path)
    assert made.parts > 1
    same(made, at_once(tables, Plan()))
    assert prepared(cluster, tmp_path).made == 0
    assert not (tmp_path / "registry" / ".passing").exists()
    found = registry.open(f"{cluster}#{tmp_path / 'registry'}")
    here = registry.open(str(tmp_path / "registry"))
    for question in [*questions(here)][::97]:
        answer, expected = (asked(each, question) for each in (found, here))
        assert not difference(answer, expected), question
    found.engine.close()


def test_what_was_stopped_goes_on_where_it_was(cluster, tmp_path):
    split(TABLES, tmp_path / "source", kind="parquet")
    with pytest.raises(EnoughError):
        prepared(cluster, tmp_path, until("writing", 1))
    steps = []
    made = prepared(cluster, tmp_path, lambda progress: steps.append(progress.step))
    assert "reading" not in steps and made.made < made.parts
    same(made, at_once(TABLES, Plan()))


def test_what_an_executor_cannot_write_is_a_sentence(cluster, tmp_path):
    split(TABLES, tmp_path / "source", kind="parquet")

    def in_the_way(progress):
        if progress.step == "reading" and progress.done == progress.of:
            (tmp_path / "registry" / "patients").rmdir()

    with pytest.raises(OSError, match="patients"):
        prepared(cluster, tmp_path, in_the_way)
    assert prepare.manifest(tmp_path / "registry") == {}


def test_text_is_read_by_executors_as_it_is_here(cluster, tmp_path):
    from lib.registry.engines.cluster import Cluster

    source = split(TABLES, tmp_path / "source", files=2)
    first, second = (source / f"patients-00{at}.csv" for at in (1, 2))
    first.write_bytes(first.read_text(encoding="utf-8").encode("cp1251"))
    rows = list(csv.reader(second.read_text(encoding="utf-8").splitlines()))
    rows[1][rows[0].index("Центр")] = 'Ка"зань;\nдва'
    with second.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    assert isinstance(sources.found(f"{cluster}#{source}").begin(tmp_path / "passing"), Cluster)
    here = prepare.prepare(str(source), tmp_path / "here", at_once=20, workers=1)
    same(prepared(cluster, tmp_path), [*held_by(here), None])


def test_a_cluster_counts_many_columns_at_once_as_one_by_one(cluster, tmp_path, monkeypatch):
    from lib.registry.engines.cluster import Cluster, Rows

    for name, most in (("MOST", 30), ("SOME", 20)):
        for engine in ("staging", "cluster"):
            monkeypatch.setattr(f"lib.registry.engines.{engine}.{name}", most)
    monkeypatch.setattr("lib.registry.engines.staging._LOOKED_AT", 50)
    monkeypatch.setattr("lib.registry.engines.cluster._ABREAST", 2)
    n = range(200)
    cells = {
        "patient_id": [f"P{k}" for k in n],
        "level": [("a", "b", " ", None, "B")[k % 5] for k in n],
        "other": [("x", "y")[k % 7 == 0] for k in n],
        "nothing": pa.array([None] * 200, pa.string()),
        "whole": [k % 9 for k in n],
        "many": [k * 7 % 150 for k in n],
        "part": [(k % 4) / 2 if k % 6 else None for k in n],
        "day": [datetime.date(2020, 1, 1 + k % 8) for k in n],
        "at": pa.array([datetime.datetime(2020, 1, 1, k % 3) for k in n], pa.timestamp("us")),
    }
    (tmp_path / "source").mkdir()
    pq.write_table(pa.table(cells), tmp_path / "source" / "patients.parquet")
    source = sources.found(f"{cluster}#{tmp_path / 'source'}")
    stage = source.begin(tmp_path / "passing")
    source.stage(stage, lambda: None)
    found = dict(stage.columns("patients", [*cells]))
    monkeypatch.setattr(Cluster, "_counted", Rows._counted)
    assert found == dict(stage.columns("patients", [*cells]))
    stage.close()
    assert {each for each in cells if found[each].distinct > 36} == {"patient_id", "many"}
    assert found["level"][:3] == (["a", "b", "B"], [40, 40, 40], 80)


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ([[1, 2], ["x"]], "registry-not-taken"),
        ([[1, 2], [1.5]], "registry-not-taken"),
        ([pa.array([datetime.time(1)])], "registry-not-taken"),
        ([pa.array([1], pa.timestamp("ns"))], "registry-not-taken"),
        ([b"PK nothing"], "registry-not-read"),
    ],
)
def test_what_a_cluster_cannot_read_is_a_sentence(cells, code, cluster, tmp_path):
    (tmp_path / "source").mkdir()
    for at, each in enumerate(cells):
        place = tmp_path / "source" / f"patients-{at}.parquet"
        if isinstance(each, bytes):
            place.write_bytes(each)
        else:
            pq.write_table(pa.table({"patient_id": each}), place)
    with refused(code) as told:
        prepared(cluster, tmp_path)
    assert told.value.values == {"name": "patients-0.parquet"}
    assert [each.name for each in (tmp_path / "registry").iterdir()] == [".lock"]


def test_a_program_drives_one_cluster(cluster, tmp_path):
    written(tmp_path, studied("workbook"))
    registry.open(f"{cluster}#{tmp_path}").engine.close()
    with refused("registry-other-cluster"):
        registry.open(f"local[1]#{tmp_path}")


@pytest.mark.parametrize("server", ["spark://127.0.0.1:1,127.0.0.1:2", "sc://127.0.0.1:1"])
def test_a_cluster_that_does_not_answer_is_told(server, cluster, tmp_path):
    from lib.registry.engines.spark import NO_CLUSTER

    written(tmp_path, studied("workbook"))
    with refused("registry-no-cluster") as told:
        registry.open(f"{server}#{tmp_path}")
    assert told.value.message == NO_CLUSTER


def test_files_that_were_taken_away_are_told(cluster, tmp_path):
    written(tmp_path, studied("workbook"))
    found = registry.open(f"{cluster}#{tmp_path}")
    for file in (tmp_path / "patients").iterdir():
        file.unlink()
    for ask in (lambda: found.counts("sex"), lambda: registry.open(f"{cluster}#{tmp_path}")):
        with refused("registry-gone"):
            ask()
    found.engine.close()
