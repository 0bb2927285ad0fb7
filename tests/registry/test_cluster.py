"""A registry that executors of Apache Spark prepare is what one machine makes of the rows."""

import pytest

from lib import registry
from lib.cohort import CohortError
from lib.plan import Plan
from lib.registry import prepare
from lib.registry.query import GONE
from tests.conftest import studied
from tests.registry.same import ON_A_CLUSTER, asked, difference, questions, written
from tests.registry.test_prepare import TABLES, EnoughError, at_once, same, split, tables_of, until

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


def test_a_cluster_reads_parquet_alone(cluster, tmp_path):
    from lib.registry.engines.cluster import NOT_PARQUET

    split(TABLES, tmp_path / "source")
    with pytest.raises(CohortError) as refused:
        prepared(cluster, tmp_path)
    assert refused.value.message == NOT_PARQUET
    assert refused.value.values == {"name": "patients-001.csv"}


def test_a_program_drives_one_cluster(cluster, tmp_path):
    from lib.registry.engines.spark import OTHER_CLUSTER

    split(TABLES, tmp_path / "source", kind="parquet")
    prepared(cluster, tmp_path)
    with pytest.raises(CohortError) as refused:
        registry.open(f"local[1]#{tmp_path / 'registry'}")
    assert refused.value.message == OTHER_CLUSTER


@pytest.mark.parametrize("server", ["spark://127.0.0.1:1,127.0.0.1:2", "sc://127.0.0.1:1"])
def test_a_cluster_that_does_not_answer_is_told(server, cluster, tmp_path):
    from lib.registry.engines.spark import NO_CLUSTER

    written(tmp_path, studied("workbook"))
    with pytest.raises(CohortError) as refused:
        registry.open(f"{server}#{tmp_path}")
    assert refused.value.message == NO_CLUSTER


def test_files_that_were_taken_away_are_told(cluster, tmp_path):
    split(TABLES, tmp_path / "source", kind="parquet")
    prepared(cluster, tmp_path)
    found = registry.open(f"{cluster}#{tmp_path / 'registry'}")
    for file in (tmp_path / "registry" / "patients").iterdir():
        file.unlink()
    for ask in (
        lambda: found.counts("sex"),
        lambda: registry.open(f"{cluster}#{tmp_path / 'registry'}"),
    ):
        with pytest.raises(CohortError) as refused:
            ask()
        assert refused.value.message == GONE
    found.engine.close()
