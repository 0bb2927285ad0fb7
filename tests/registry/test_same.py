"""One suite for every population: equal integers, other numbers within 1e-12, or not held."""

import datetime
import re
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from functools import cached_property, partialmethod

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

import lib.registry
from lib.analyses import adjustment, arms, baseline
from lib.analyses.counted import Flag, NotHeld, Seen, State
from lib.analyses.everything import Everything
from lib.analyses.study import opening_plan, under_study
from lib.cohort import CohortError
from lib.plan import Condition, CutPoints
from lib.registry import complicated, following, lines, selected
from lib.registry.engines.duckdb import DuckDB
from lib.registry.engines.postgresql import PostgreSQL
from lib.registry.query import SETS, TOO_LARGE, StoppedError
from lib.schema import ENDPOINTS
from tests.conftest import FEW, START, chosen, refused, sample, studied
from tests.registry.cohorts import cohorts, dated_cohorts
from tests.registry.same import (
    ON_A_CLUSTER,
    ORIGINS,
    agree,
    asked,
    columns,
    difference,
    in_database,
    opened,
    questions,
    recording,
    written,
)


def narrowed(plan, **parts):
    return replace(plan, study=replace(plan.study, **parts))


NOT_COUNTED = {"registry-no-day", "registry-prepare"}
"""Why a registry does not answer: what it does not hold, and other choices than it was made by."""


@pytest.mark.parametrize("name", ["workbook", pytest.param("registry", marks=pytest.mark.full)])
def test_a_registry_answers_what_analyses_and_exhibits_ask_of_a_study(name):
    study = studied(replace(sample(name)))
    registry = opened(study)
    every = recording(study)
    assert {method for _plan, method, *_asked in every} >= {"crosstab", "counted", "bounds"}
    answered = 0
    for (_digest, method, asked_for, more), (plan, expected) in every.items():
        try:
            answer = getattr(registry.by(plan), method)(*asked_for, **dict(more))
        except NotHeld as reason:
            assert reason.code in NOT_COUNTED, (method, asked_for, reason.code)
            continue
        answered += 1
        found = difference(answer, expected)
        assert not found, (method, asked_for, more, found)
    assert answered > 300


OS = ENDPOINTS["OS"]
OF_ROWS = {"findings", "duration", "matured", "protocol", "adjusted", "robustness"}
"""The results that a registry, which holds no rows, does not have or has in part."""
LONG_IN_COMING = {"subgroups", "tests"}


@pytest.mark.parametrize("long", [False, pytest.param(True, marks=pytest.mark.full)])
def test_the_results_of_a_registry_are_those_of_its_study(long):
    study = studied("registry")
    one, other = Everything(opened(study)), Everything(study)
    every = {name for name, made in vars(Everything).items() if isinstance(made, cached_property)}
    for name in LONG_IN_COMING if long else every - OF_ROWS - LONG_IN_COMING:
        assert getattr(one, name) is not None, name
        found = difference(getattr(one, name), getattr(other, name), name)
        assert not found, found
    found = difference(one.subgroups["OS"], other.subgroups["OS"])
    assert not found, found


SELECTIONS = (
    (),
    (Condition("sex", ("F",)),),
    (Condition("age", low=55, high=70), Condition("ecog", ("0", "1"), keep_missing=True)),
    (Condition("modality", ("HAI",)),),
)


@pytest.mark.parametrize("selection", SELECTIONS, ids=str)
@pytest.mark.parametrize("name", ["workbook", "registry"])
def test_a_registry_of_a_sample_answers_as_its_study(name, selection):
    study = studied(name, selection=selection)
    agree(study, opened(study), lambda every: every[:: 17 if selection else 7])


@pytest.mark.parametrize("deaths", ["as recorded", "as progression", "apart"])
def test_a_rule_of_the_plan_asks_for_no_other_facts(deaths):
    study = studied(
        "workbook",
        deaths=deaths,
        missed_scans=True,
        origin="liver_mets_date",
        assessed_every=2,
        cuts=(CutPoints("age", (50, 60)),),
    )
    registry = opened(studied("workbook"))
    agree(study, registry.by(study.plan), lambda every: every[::11])


@FEW
@given(cohorts(), st.data())
def test_a_registry_of_any_cohort_answers_as_its_study(cohort, data):
    draw = data.draw
    plan = opening_plan(
        cohort,
        chosen(
            deaths=draw(st.sampled_from(("as recorded", "as progression", "apart"))),
            missed_scans=draw(st.booleans()),
            modality_rule=draw(st.sampled_from(("first procedure", "as recorded"))),
            roll_up=draw(st.booleans()),
            origin=draw(st.sampled_from(ORIGINS)),
            column=draw(st.sampled_from(("modality", "modality", "sex", "age"))),
            source=draw(st.sampled_from(("derived", "recorded"))),
        ),
    )
    named = [name for name, column in cohort.columns.items() if column.baseline]
    conditions = []
    for name in draw(st.lists(st.sampled_from(named), max_size=2)) if named else ():
        column, keep = cohort.columns[name], draw(st.booleans())
        if column.kind == "number":
            low = draw(st.none() | st.integers(0, 70))
            conditions.append(Condition(name, low=low, keep_missing=keep))
        else:
            values = cohort.patients[name].dropna().unique().tolist()
            levels = draw(st.lists(st.sampled_from(values), max_size=2)) if values else ()
            conditions.append(Condition(name, tuple(levels), keep_missing=keep))
    study = under_study(cohort, narrowed(plan, selection=tuple(conditions)))
    registry = opened(study)
    agree(study, registry, lambda every: draw(st.permutations(every))[:20])


def test_another_reading_is_to_be_prepared_again():
    registry = opened(studied("workbook"))
    plan = registry.plan
    for other in (
        replace(plan, response=replace(plan.response, confirm=not plan.response.confirm)),
        narrowed(plan, modality_rule="as recorded"),
        narrowed(plan, as_of=plan.study.as_of.replace(year=2015)),
    ):
        with refused("registry-prepare", NotHeld):
            registry.by(other)


def test_answers_of_the_selections_asked_last_are_kept(monkeypatch):
    registry = opened(studied("registry"))
    monkeypatch.setattr(selected, "MOST", 2)
    first, *others = (
        registry.by(narrowed(registry.plan, selection=(Condition("age", low=low),)))
        for low in (30, 40, 50)
    )
    counts = first.counts("sex")
    assert first.by(others[0].plan).by(first.plan).counts("sex") is counts
    for each in others:
        each.counts("sex")
    assert first.counts("sex") is not counts
    assert first.counts("sex") == counts


@pytest.mark.parametrize("strata", ["", "sex"])
def test_entries_of_a_large_registry_are_counted_apart_from_exits(strata, monkeypatch):
    study = studied("registry", origin="liver_mets_date")
    monkeypatch.setattr(following, "JOINT", 100)
    found, expected = (
        each.counted(OS, "modality", strata=strata) for each in (opened(study), study)
    )
    assert found.table.spans is None and expected.table.spans is not None
    assert not difference(found, without_spans(expected))


def without_spans(counted):
    strata = tuple((level, replace(table, spans=None)) for level, table in counted.strata)
    return replace(counted, table=replace(counted.table, spans=None), strata=strata)


def test_complications_come_in_lines_of_patients_who_are_alike():
    registry = opened(studied("registry"))
    found = complicated.recorded(registry, arms.compared(registry))
    n = registry.provenance.n
    assert found.patients["n"].sum() == n > 2 * len(found.patients["n"])
    assert found.entries["n"].sum() > 2 * len(found.entries["n"])


@pytest.mark.parametrize("most", [1, 50, 239])
def test_complications_of_many_are_counted_some_at_a_time(most, monkeypatch):
    study = studied("registry")
    registry = opened(study)
    monkeypatch.setattr(DuckDB, "at_once", most)
    found = difference(registry.complications(), study.complications())
    assert not found, found


@pytest.mark.parametrize("most", [1, 50, 239])
def test_what_is_joined_is_counted_some_at_a_time(most, monkeypatch):
    study = studied("registry")
    registry = opened(study)
    joined, answer = [], DuckDB.columns

    def noted(engine, sql, values):
        joined.append("JOIN" in sql)
        return answer(engine, sql, values)

    monkeypatch.setattr(DuckDB, "at_once", most)
    monkeypatch.setattr(DuckDB, "columns", noted)
    for question in (
        ("crosstab", ("modality", Seen("disease", 6)), {}),
        ("counts", (Seen("procedures", 3),), {}),
        ("counted", (OS, Seen("response", 6)), {"landmark": 6.0}),
        ("counted", (OS, Seen("response", 6)), {"strata": "sex"}),
    ):
        joined.clear()
        found = difference(asked(registry, question), asked(study, question))
        assert not found, (question, found)
        assert sum(joined) > 1
    assert registry.graded == study.graded


def test_what_needs_more_memory_than_there_is_is_asked_in_halves(monkeypatch):
    study = studied("registry")
    registry = opened(study)
    refused_, answer = [], DuckDB.columns

    def refusing(engine, sql, values):
        if "), (" in sql.rpartition("GROUPING SETS")[2]:
            refused_.append(sql)
            raise CohortError(TOO_LARGE)
        return answer(engine, sql, values)

    monkeypatch.setattr(DuckDB, "columns", refusing)
    names = columns(study)[1:6]
    registry.ahead([(name, "modality") for name in names])
    assert len(refused_) == len(names) - 1, "halves of halves"
    for name in names:
        question = ("crosstab", (name, "modality"), {})
        found = difference(asked(registry, question), asked(study, question))
        assert not found, (question, found)
    assert len(refused_) == len(names) - 1, "all was counted ahead"
    monkeypatch.setattr(DuckDB, "columns", partialmethod(raising, TOO_LARGE))
    with refused("registry-too-large"):
        opened(study).counts("sex")


def wanting_memory(monkeypatch, engine):
    """Have an engine refuse all lines at once, and halves of their months; what it refused."""
    refused_, answer = [], engine.columns

    def refusing(self, sql, values):
        if " lines " in sql and not re.search(r", (4|8|16)\) = ", sql):
            refused_.append(sql)
            raise CohortError(TOO_LARGE)
        return answer(self, sql, values)

    monkeypatch.setattr(engine, "columns", refusing)
    return refused_


@pytest.mark.parametrize("joint", [0, 200_000])
def test_follow_up_that_needs_more_memory_than_there_is_is_asked_by_months(joint, monkeypatch):
    study = studied("registry", origin="liver_mets_date")
    monkeypatch.setattr(following, "JOINT", joint)
    ways = ({"strata": "centre", "origin": "liver_mets_date"}, {"landmark": 6.0}, {})
    whole = [opened(study).counted(OS, "modality", **each) for each in ways]
    bounds = opened(study).bounds(ENDPOINTS["PFS"], "modality")
    refused_ = wanting_memory(monkeypatch, DuckDB)
    parted = [opened(study).counted(OS, "modality", **each) for each in ways]
    assert len(refused_) >= 2 * len(ways)
    assert not difference(parted, whole)
    assert not difference(opened(study).bounds(ENDPOINTS["PFS"], "modality"), bounds)
    monkeypatch.setattr(DuckDB, "columns", partialmethod(raising, TOO_LARGE))
    with refused("registry-too-large"):
        opened(study).counted(OS, "modality")


def test_a_database_is_asked_by_months_in_the_same_words(server, monkeypatch):
    study = studied("registry")
    in_database(server, study)
    registry = lib.registry.open(server, study.plan)
    refused_ = wanting_memory(monkeypatch, PostgreSQL)
    found = registry.counted(OS, "modality", strata="centre")
    registry.engine.close()
    assert refused_ and not difference(
        found, opened(study).counted(OS, "modality", strata="centre")
    )


def raising(engine, template, sql, values):
    raise CohortError(template)


def test_no_query_has_more_tables_in_memory_than_there_is_room_for(monkeypatch):
    registry = opened(studied("registry"))
    tables, answer = [], DuckDB.columns

    def noted(engine, sql, values):
        sets = sql.rpartition("GROUPING SETS")[2].count("), (") + 1
        tables.append(max(sets, sql.count("COUNT(DISTINCT")))
        return answer(engine, sql, values)

    monkeypatch.setattr(DuckDB, "columns", noted)
    baseline.by_group(registry)
    adjustment.of_endpoint(registry, OS)
    assert max(tables) == SETS


def test_what_was_asked_of_more_columns_is_not_asked_again_of_fewer(monkeypatch):
    study = studied("registry")
    registry = opened(study)
    registry.ahead([("sex", "modality"), ("age", "modality"), (State(6), Flag("died", 6), "")])
    monkeypatch.setattr(registry.engine, "columns", None)  # nothing can be asked any more
    for question in (
        ("crosstab", ("sex", "modality")),
        ("crosstab", ("modality", "sex")),
        ("counts", ("sex",)),
        ("counts", ("age",)),
        ("crosstab", (State(6), Flag("died", 6))),
        ("moments", ("age", "")),
        ("moments", ("age", "modality")),
        ("reach", ("age",)),
    ):
        found = difference(*(asked(each, (*question, {})) for each in (registry, study)))
        assert not found, (question, found)


def test_no_more_lines_are_kept_than_there_is_room_for(monkeypatch):
    registry = opened(studied("registry"))
    monkeypatch.setattr(lines, "MOST", 60)
    for name in ("age", "cea_baseline", "albumin", "sex"):
        registry.counts(name) if name == "sex" else registry.moments(name, "")
        kept = [len(each["n"]) for each in registry.kept["lines"].lines.values()]
        assert len(kept) == 1 or sum(kept) <= 60


def test_what_was_known_on_an_earlier_day_is_counted_of_dates():
    study = studied("registry")
    registry = opened(study)
    for year in (2017, 2019, 2021):
        day = datetime.date(year, 6, 30)
        for origin in ORIGINS[:2]:
            found, expected = (
                each.counted(OS, cut_off=day, origin=origin) for each in (registry, study)
            )
            assert not difference(found, expected)


@FEW
@given(cohorts() | dated_cohorts(), st.integers(0, 900), st.sampled_from(ORIGINS[:2]))
def test_an_earlier_day_is_counted_as_by_the_study_or_not_at_all(cohort, days, origin):
    study = under_study(cohort, opening_plan(cohort))
    question = (
        "counted",
        (OS,),
        {"cut_off": START + datetime.timedelta(days=days), "origin": origin},
    )
    answer = asked(opened(study), question)
    if isinstance(answer, NotHeld):
        assert answer.code == "registry-no-day"
    else:
        found = difference(answer, asked(study, question))
        assert not found, found


LONG = {
    "duckdb": "SELECT COUNT(*) AS n FROM range(1000000) a, range(1000000) b",
    "postgresql": "SELECT 1 AS n FROM pg_sleep(600)",
    "spark": "SELECT COUNT(*) AS n FROM range(100000000000000)",
}


@pytest.mark.parametrize(
    "engine", ["duckdb", "postgresql", pytest.param("spark", marks=ON_A_CLUSTER)]
)
def test_a_question_is_stopped_from_another_thread(engine, request, tmp_path):
    study = studied("workbook")
    registry = opened(study)
    if engine == "postgresql":
        server = request.getfixturevalue("server")
        in_database(server, study)
        registry = lib.registry.open(server)
    elif engine == "spark":
        written(tmp_path, study)
        registry = lib.registry.open(f"{request.getfixturevalue('cluster')}#{tmp_path}")
    with ThreadPoolExecutor(1) as pool:
        asked_ = pool.submit(registry.engine.columns, LONG[engine], {})
        while not wait([asked_], 0.05).done:
            registry.engine.interrupt()
        with pytest.raises(StoppedError):
            asked_.result()
    assert registry.counts("sex").n == study.counts("sex").n
    registry.engine.close()


def test_files_that_were_taken_away_are_told(tmp_path):
    written(tmp_path, studied("workbook"))
    registry = lib.registry.open(str(tmp_path))
    for file in (tmp_path / "patients").iterdir():
        file.unlink()
    for ask in (lambda: registry.counts("sex"), lambda: lib.registry.open(str(tmp_path))):
        with refused("registry-gone"):
            ask()
    registry.engine.close()


def test_rows_are_not_held():
    registry = opened(studied("workbook"))
    with refused("rows-not-held", NotHeld):
        registry.rows(["age"])


def test_a_folder_of_parts_opens_as_the_registry_of_all(tmp_path):
    study = studied("registry")
    written(tmp_path, study)
    registry = lib.registry.open(str(tmp_path))
    assert registry.plan == study.plan
    for question in [*questions(study)][::9]:
        found = difference(asked(registry, question), asked(study, question))
        assert not found, (question, found)


@pytest.mark.cases
def test_what_is_no_registry_is_told(said, code, tmp_path):
    if said is not None:
        (tmp_path / "manifest.json").write_text(said)
    with refused(code):
        lib.registry.open(str(tmp_path))


def test_a_package_that_is_not_there_is_named(tmp_path, monkeypatch):
    written(tmp_path, studied("workbook"))
    monkeypatch.delitem(sys.modules, "lib.registry.engines.duckdb")
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with refused("registry-no-package") as found:
        lib.registry.open(str(tmp_path))
    assert found.value.values == {"package": "duckdb", "listed": "requirements-registry.txt"}


def test_a_cluster_needs_a_package_of_another_list(tmp_path, monkeypatch):
    written(tmp_path, studied("workbook"))
    monkeypatch.delitem(sys.modules, "lib.registry.engines.spark", raising=False)
    for name in ("pyspark", "py4j", *sys.modules):
        if name.partition(".")[0] in ("pyspark", "py4j"):
            monkeypatch.setitem(sys.modules, name, None)
    with refused("registry-no-package") as found:
        lib.registry.open(f"local#{tmp_path}")
    assert found.value.values["listed"] == "requirements-spark.txt"


@pytest.mark.parametrize("name", ["workbook", "registry"])
def test_a_database_answers_as_the_study(name, server):
    study = studied(name, missed_scans=True, selection=SELECTIONS[2])
    in_database(server, study)
    registry = lib.registry.open(server, study.plan)
    agree(study, registry, lambda every: every[:: 5 if name == "workbook" else 19])
    registry.engine.close()


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=ON_A_CLUSTER) for each in ("workbook", "registry")]
)
def test_a_cluster_answers_as_the_study(name, cluster, tmp_path):
    study = studied(name, missed_scans=True, selection=SELECTIONS[2])
    written(tmp_path, study)
    registry = lib.registry.open(f"{cluster}#{tmp_path}", study.plan)
    agree(study, registry, lambda every: every[::29])
    registry.engine.close()


def test_damaged_files_are_told(tmp_path):
    written(tmp_path, studied("workbook"))
    registry = lib.registry.open(str(tmp_path))
    for file in (tmp_path / "patients").iterdir():
        file.write_bytes(file.read_bytes()[:-9])
    for ask in (lambda: registry.counts("sex"), lambda: lib.registry.open(str(tmp_path))):
        with refused("registry-gone"):
            ask()
    registry.engine.close()


def test_a_connection_that_was_lost_is_made_anew(server):
    study = studied("workbook")
    in_database(server, study)
    registry = lib.registry.open(server)
    lose = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE pid <> pg_backend_pid() AND datname = current_database()"
    )
    with ThreadPoolExecutor(1) as pool:
        asked_ = pool.submit(registry.engine.columns, LONG["postgresql"], {})
        while not wait([asked_], 0.05).done:
            with psycopg.connect(server, autocommit=True) as other:
                other.execute(lose)
        with refused("registry-server"):
            asked_.result()
    assert registry.counts("sex").n == study.counts("sex").n
    registry.engine.close()


CHANGED = {
    "gone": "DROP TABLE facts",
    "other": "CREATE TABLE more AS SELECT * FROM facts; DROP TABLE facts;"
    " ALTER TABLE more RENAME TO facts",
    "column": "ALTER TABLE facts RENAME COLUMN sex TO sexes",
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
def test_tables_that_changed_under_a_registry_are_told(change, server):
    in_database(server, studied("workbook"))
    registry = lib.registry.open(server)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(change)
    with refused("registry-other-tables"):
        registry.counts("sex")
    registry.engine.close()


def test_who_may_not_read_a_registry_is_told(server):
    in_database(server, studied("workbook"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN")
    with refused("registry-other-tables"):
        lib.registry.open(server.replace("//hepar@", "//stranger@"))


def test_a_server_that_does_not_answer_is_told():
    with refused("registry-server"):
        lib.registry.open("postgresql://nobody@127.0.0.1:1/none")


def test_a_database_without_facts_is_told(server):
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS held")
    with refused("registry-no-facts"):
        lib.registry.open(server)
