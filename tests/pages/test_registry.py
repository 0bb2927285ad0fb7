"""A registry through the same pages: opened by its name, counted where it is."""

import json
from dataclasses import replace
from math import inf
from pathlib import Path
from shutil import rmtree
from threading import Event
from time import sleep

import pytest
from streamlit import config
from streamlit.runtime.secrets import Secrets

from lib import registry
from lib.analyses.study import opening_plan, under_study
from lib.cohort import CohortError
from lib.plan import LEFT_OUT
from lib.registry import prepare, running
from lib.registry.query import GONE
from lib.ui import attended, registries
from lib.ui.attended import Attended
from tests.conftest import SAMPLES, sample
from tests.pages import visit
from tests.pages.visit import everything
from tests.registry.same import written

FILE = SAMPLES["russian"]
NAME = "Liver of the north"
ROWS = "and where they are counted no row is held"
PAGES = ["overview.py", "response.py", "survival.py", "compare.py"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    cohort = sample("russian")
    folder = tmp_path_factory.mktemp("registry")
    written(folder, under_study(cohort, opening_plan(cohort)))
    return folder


@pytest.fixture
def offered(folder, monkeypatch):
    monkeypatch.setattr(registries, "known", lambda: {NAME: registries.Offered(str(folder))})


def opened():
    return visit.press(visit.opened(), f"open-registry-{NAME}")


def numbers(app):
    """The large numbers, sentences and tables of a page."""
    said = [each.value for each in app.markdown if "strong" not in each.value]
    return visit.headlines(app), [each.to_csv() for each in visit.tables(app)], said


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_a_registry_says_what_it_says_of_the_file(offered, page):
    headlines, tables, said = numbers(visit.with_file(FILE.name, FILE.read_bytes(), page=page))
    app = visit.go(opened(), page)
    assert ROWS not in everything(app)
    there = numbers(app)
    assert there[0] == headlines
    assert [each for each in tables if each not in there[1]] == []
    left = [each for each in said if each not in there[2]]
    assert len(left) < 5 < len(said), left


@pytest.mark.parametrize("page", ["patients.py", "report.py", "cohort.py", "papers.py"])
def test_every_other_page_is_drawn(offered, page):
    app = visit.go(opened(), page)
    assert (ROWS in everything(app)) == (page == "patients.py")
    assert ("Overall survival" in everything(app)) or page != "report.py"
    assert not app.error


def listed(app):
    """The patients of the page that is turned to, by number, and their follow-up."""
    frame = next(each for each in visit.tables(app) if "End" in each)
    return dict(zip(frame.index, frame["Follow-up, months"].astype(float), strict=True))


def test_patients_of_a_registry_are_turned_a_page_at_a_time(offered):
    app = visit.go(opened(), "patients.py")
    first = listed(app)
    assert [*first.values()] == sorted(first.values(), reverse=True) and len(first) == 25
    assert "patients 1 to 25 of 36" in everything(app) and app.button("page-back").disabled
    app = visit.press(app, "page-onward")
    second = listed(app)
    assert len(second) == 11 and not {*first} & {*second}
    assert app.button("page-onward").disabled
    assert listed(visit.press(app, "page-back")) == first
    app = visit.press(app, "page-onward")
    app = visit.choose(app, "modality", ["HAI"])  # another filter begins with its first page
    assert len(listed(app)) == 20
    assert "P-" not in "".join(listed(app)) and not app.error


def test_patients_are_begun_with_where_somebody_asks(offered):
    app = visit.go(opened(), "patients.py")
    (months,) = [each for each in app.number_input if "begins.follow-up" in each.key]
    app = months.set_value(10).run()
    found = listed(app)
    assert max(found.values()) <= 10 and not app.exception
    before = 36 - len(found)
    assert f"patients {before + 1} to 36 of 36" in everything(app)
    assert app.button("page-back").disabled


@pytest.mark.parametrize("part", visit.TABS)
def test_each_part_of_a_comparison_is_drawn_or_says_why_not(part, offered):
    app = visit.unfolded(visit.go(opened(), "compare.py"), part)
    assert not app.error
    assert ROWS not in everything(app) or part == "received"


def test_what_is_fitted_again_and_again_can_be_stopped_and_goes_on(offered):
    app = visit.go(opened(), "compare.py")
    app.session_state["hepar.stopped"] = frozenset({"robustness"})
    app = visit.unfolded(app, "robustness")
    assert [each.value for each in app.info] == ["Stopped; all else stands."]
    app = visit.press(app, "go-on-robustness")
    assert "specification" in everything(app) and not app.info


def test_what_takes_too_long_is_one_sentence_in_its_place(offered, monkeypatch):
    monkeypatch.setattr(attended, "MOST", 0)
    app = visit.unfolded(visit.go(opened(), "compare.py"), "robustness")
    (error,) = app.error
    assert "all else stands" in error.value
    assert "Overall survival" in everything(app) and not app.exception


def test_a_registry_that_is_counted_for_long_is_said_as_long_as_it_lasts(offered, monkeypatch):
    told = []
    monkeypatch.setattr(attended, "_SOON", 0)
    monkeypatch.setattr(attended, "_LOOK", 0)
    kept = attended.waiting

    def waiting(tell, most=inf):
        return kept(lambda lasts: (told.append(lasts), tell(lasts)), most)

    monkeypatch.setattr(attended, "waiting", waiting)
    app = visit.go(opened(), "survival.py")
    assert told and not app.info and not app.exception


@pytest.mark.parametrize("part", ["endings", "origins", "matured", "landmark"])
def test_each_part_of_survival_is_drawn(part, offered):
    app = visit.unfolded(visit.go(opened(), "survival.py"), part)
    assert not app.error and ROWS not in everything(app)


def test_a_filter_counts_anew(offered):
    app = visit.choose(visit.go(opened(), "survival.py"), "modality", ["HAI"])
    assert "20 of 36 patients. Modality: Chemoinfusion (HAI)." in everything(app)


def test_what_was_open_is_left_for_it_and_it_can_be_closed(offered):
    app = visit.step(visit.with_sample(), "load")
    app = visit.press(app, f"open-registry-{NAME}")
    assert app.session_state["hepar.cohort"].held.n == 36 and "hepar.file" not in app.session_state
    app = visit.close(app)
    assert "hepar.cohort" not in app.session_state


def test_a_registry_that_is_not_there_is_one_sentence_and_what_was_open_stays(
    tmp_path, monkeypatch
):
    where = str(tmp_path / "secret-password")
    monkeypatch.setattr(registries, "known", lambda: {NAME: registries.Offered(where)})
    app = visit.press(visit.step(visit.with_sample(), "load"), f"open-registry-{NAME}")
    (error,) = app.error
    assert NAME in error.value and "secret-password" not in everything(app)
    assert len(app.session_state["hepar.cohort"]) == 36


def test_a_registry_of_another_version_is_refused(folder, tmp_path, monkeypatch):
    said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    said["held"]["version"] = 0
    (tmp_path / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    monkeypatch.setattr(registries, "known", lambda: {NAME: registries.Offered(str(tmp_path))})
    app = visit.press(visit.step(visit.with_sample(), "load"), f"open-registry-{NAME}")
    assert len(app.error) == 1 and "another version" in app.error[0].value


@pytest.mark.parametrize(
    ("said", "names"),
    [
        (None, set()),
        ("", set()),
        ("registries = 1", set()),
        ('[registries]\na = "/x"\n[registries.b]\nfacts = "/y"\nsource = "/z"', {"a", "b"}),
    ],
)
def test_registries_are_those_of_the_secrets(said, names, tmp_path, monkeypatch):
    secrets_are(said, tmp_path, monkeypatch)
    assert set(registries.known()) == names


def test_secrets_that_cannot_be_read_are_one_sentence(tmp_path, monkeypatch):
    secrets_are("[registries", tmp_path, monkeypatch)
    app = visit.step(visit.with_sample(), "load")
    assert ["secrets.toml" in each.value for each in app.error] == [True]


def secrets_are(said, folder, monkeypatch):
    file = folder / "secrets.toml"
    if said is not None:
        file.write_text(said, encoding="utf-8")
    monkeypatch.setattr(registries.st, "secrets", Secrets())

    def option(name, get=config.get_option):
        return [str(file)] if name == "secrets.files" else get(name)

    monkeypatch.setattr(config, "get_option", option)
    monkeypatch.setattr(registries.st, "get_option", option)


@pytest.fixture
def unprepared(tmp_path, monkeypatch):
    source = tmp_path / "source"
    source.mkdir()
    (source / "patients.csv").write_text(FILE.read_text("cp1251"), encoding="utf-8")
    offered = registries.Offered(str(tmp_path / "facts"), str(source))
    monkeypatch.setattr(registries, "known", lambda: {NAME: offered})
    running._RUNNING.clear()
    return offered


def looked_into():
    app = visit.opened()
    app.button(key=f"look-into-{NAME}").click().run()
    assert not app.exception
    return app


def until_ended(app):
    for _each in range(600):
        if not running.of(NAME).runs:
            break
        sleep(0.2)
    return app.run()


def test_a_registry_is_looked_into_prepared_and_opened(unprepared):
    app = looked_into()
    assert "patients: 36 rows" in everything(app)
    assert any(each.key.startswith("plan.") and ".column." in each.key for each in app.selectbox)
    app = until_ended(visit.press(app, "prepare"))
    assert f"{NAME}: 36 patients are prepared." in [each.value for each in app.success]
    app = visit.press(app, f"open-registry-{NAME}")
    app = visit.go(app, "overview.py")
    assert "All 36 patients" in everything(app)
    assert not list(unprepared.folder.glob(".passing/*"))


def test_what_is_said_of_a_column_is_asked_anew_and_prepared(unprepared):
    until_ended(visit.press(left_out(looked_into()), "prepare"))
    assert "age" not in registry.open(unprepared.facts).columns


def left_out(app):
    """A registry in whose columns the age is left out."""
    (age,) = [each for each in app.selectbox if each.value == "age" and ".column." in each.key]
    age.set_value(LEFT_OUT).run()
    assert not app.exception
    return app


@pytest.mark.parametrize("ends", ["leave-registry", "stopped", "prepared", "stopped elsewhere"])
def test_what_was_said_is_proposed_when_it_is_looked_into_again(ends, unprepared, monkeypatch):
    app = left_out(looked_into())
    if ends == "leave-registry":
        app = visit.press(app, ends)
    else:
        if ends.startswith("stopped"):
            monkeypatch.setattr(
                running.Running, "run", lambda self, *_: setattr(self, "stopped", 1)
            )
        app = until_ended(visit.press(app, "prepare"))
    if ends in ("prepared", "stopped elsewhere"):  # by whoever comes: the folder says it
        app = visit.opened()
    app.button(key=f"look-into-{NAME}").click().run()
    assert "mapped before" in everything(app) and not app.exception
    said = app.session_state["hepar.chosen"]
    assert [each.column for each in said.columns] == [LEFT_OUT]
    app = visit.press(app, "afresh")
    assert not app.session_state["hepar.chosen"].columns


def test_where_its_columns_are_mapped_is_said_of_a_registry(unprepared):
    app = until_ended(visit.press(looked_into(), "prepare"))
    app = visit.go(visit.press(app, f"open-registry-{NAME}"), "cohort.py")
    assert f"*Prepare {NAME} again* maps its columns anew" in everything(app)


@pytest.mark.parametrize("opens", [False, True])
def test_files_that_changed_are_said_with_the_button_that_prepares_again(
    opens, unprepared, monkeypatch
):
    monkeypatch.setattr(registries, "_OFTEN", 0)
    app = until_ended(visit.press(looked_into(), "prepare"))
    assert not app.warning
    if opens:
        app = visit.press(app, f"open-registry-{NAME}")
        app = visit.go(app, "cohort.py")
    file = Path(unprepared.source) / "patients.csv"
    head, *rows = file.read_text(encoding="utf-8").splitlines()
    more = rows[0].replace(rows[0].split(";")[0], "P-NEW")
    file.write_text("\n".join([head, *rows, more]), encoding="utf-8")
    (said,) = [each.value for each in app.run().warning]
    assert said.startswith(f"1 file that {NAME} is prepared of is new, another or gone")
    app.button(key=f"look-into-{NAME}").click().run()
    app = until_ended(visit.press(app, "prepare"))
    assert f"{NAME}: 37 patients are prepared." in [each.value for each in app.success]
    assert not app.warning


def test_a_source_is_looked_at_now_and_then_alone(unprepared, monkeypatch):
    app = until_ended(visit.press(looked_into(), "prepare"))
    looked_at = []
    monkeypatch.setattr(prepare, "changed", lambda *_given: looked_at.append(1) or 0)
    app.run()
    monkeypatch.setattr(registries, "_OFTEN", 0)
    assert not looked_at
    app = visit.press(app.run(), f"open-registry-{NAME}")
    assert looked_at
    looked_at.clear()
    for page in PAGES:
        app = visit.go(app, page)
    assert not looked_at


def test_what_a_registry_cannot_answer_is_said_once_it_is_prepared(unprepared):
    file = Path(unprepared.source) / "patients.csv"
    file.write_text("patient_id,age\n" + "".join(f"P{n},{50 + n}\n" for n in range(30)))
    app = until_ended(visit.press(looked_into(), "prepare"))
    said = [each.value for each in app.warning]
    assert [each.split(": ", 1)[0] for each in said] == [NAME] * 3
    assert "who responded is not known yet" in said[2].lower()


def test_facts_that_went_away_name_what_prepares_them_again(unprepared):
    app = until_ended(visit.press(looked_into(), "prepare"))
    app = visit.press(app, f"open-registry-{NAME}")
    rmtree(unprepared.facts)
    app = visit.go(app, "survival.py")
    assert f"Prepare {NAME} again" in everything(app) and not app.exception


def test_one_at_a_time_looks_into_a_registry_and_leaves_it_to_the_next(unprepared):
    app = looked_into()
    other = looked_into()
    assert "Somebody else" in other.error[0].value
    app = visit.press(app, "leave-registry")
    assert not looked_into().error


def test_a_source_that_is_not_there_is_one_sentence(unprepared, monkeypatch):
    gone = replace(unprepared, source="/nowhere/secret-password/x")
    monkeypatch.setattr(registries, "known", lambda: {NAME: gone})
    app = looked_into()
    (error,) = app.error
    assert NAME in error.value and "secret-password" not in everything(app)


def test_what_prepares_can_be_stopped_and_goes_on(unprepared, monkeypatch):
    begun = Event()
    whole = running.prepare

    def slow(where, folder, plan, told):
        begun.set()
        while True:  # until it is stopped
            told(prepare.Progress("reading", 1, 2, 10, 0))
            sleep(0.01)

    monkeypatch.setattr(running, "prepare", slow)
    app = visit.press(looked_into(), "prepare")
    assert begun.wait(30)
    running.of(NAME).stop()
    app = until_ended(app)
    assert [each.value for each in app.info if "goes on where" in each.value]
    monkeypatch.setattr(running, "prepare", whole)
    app.button(key=f"look-into-{NAME}").click().run()
    until_ended(visit.press(app, "prepare"))
    assert registry.open(unprepared.facts).held.n == 36


def test_that_it_stops_is_said_before_its_last_part_is_made(unprepared, monkeypatch):
    made = Event()

    def slow(where, folder, plan, told):
        assert made.wait(30)
        told(prepare.Progress("reading", 1, 2, 10, 0))

    monkeypatch.setattr(running, "prepare", slow)
    app = visit.press(looked_into(), "prepare")
    assert not app.button(f"stop-{NAME}").disabled
    app = visit.press(app, f"stop-{NAME}")
    stop = app.button(f"stop-{NAME}")
    assert stop.disabled and stop.label == "Stopping..."
    made.set()
    until_ended(app)
    assert running.of(NAME).stopped


def test_facts_that_went_away_are_not_said_to_be_prepared(unprepared):
    app = until_ended(visit.press(looked_into(), "prepare"))
    assert [each.value for each in app.success if "prepared" in each.value]
    rmtree(unprepared.facts)
    app = app.run()
    assert not [each.value for each in app.success if "prepared" in each.value]
    assert app.button(key=f"look-into-{NAME}").label == f"Look into {NAME}"


def test_what_fails_for_a_reason_of_ours_is_said_in_a_sentence(unprepared, monkeypatch, failed):
    def fails(*_given):
        raise RuntimeError("Ivanova")

    monkeypatch.setattr(running, "prepare", fails)
    app = until_ended(visit.press(looked_into(), "prepare"))
    (error,) = app.error
    assert "a reason that lies with Hepar" in error.value and "Ivanova" not in error.value
    assert ["RuntimeError" in line for line in failed] == [True]
    failed.clear()


def test_a_registry_that_is_closed_lets_go_of_its_files(offered):
    app = opened()
    engine = app.session_state["hepar.cohort"].engine
    assert isinstance(engine, Attended)
    app = visit.close(app)
    with pytest.raises(RuntimeError):
        engine.columns("SELECT 1", {})


@pytest.mark.parametrize("page", ["overview.py", "survival.py", "compare.py"])
def test_a_registry_that_goes_away_is_one_sentence(page, offered, monkeypatch):
    app = opened()

    def gone(*_asked):
        raise CohortError(GONE)

    monkeypatch.setattr(Attended, "columns", gone)
    app = visit.go(app, page)
    assert "open it again" in everything(app) and not app.exception
    assert "a reason that lies with Hepar" not in everything(app)
    assert registries.known()[NAME]


@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("/srv/north", "north"),
        ("postgresql://hepar:secret@db/north?sslmode=require", "north"),
        ("postgresql://hepar:secret@db", "Registry"),
    ],
)
def test_what_the_command_line_offers_is_called_without_what_lets_one_in(where, name, monkeypatch):
    monkeypatch.setattr(registries, "_OFFERED", {})
    registries.offer(where)
    assert {name: registries.Offered(where)} == registries._OFFERED


def test_what_was_found_is_counted_in_words_and_names_nobody(unprepared):
    file = Path(unprepared.source) / "patients.csv"
    head, *rows = file.read_text(encoding="utf-8").splitlines()
    at = head.split(";").index("Возраст")
    for row in range(0, 12, 2):
        cells = rows[row].split(";")
        cells[at] = "999"
        rows[row] = ";".join(cells)
    file.write_text("\n".join([head, *rows]), encoding="utf-8")
    until_ended(visit.press(looked_into(), "prepare"))
    app = visit.press(visit.opened(), f"open-registry-{NAME}")
    app = visit.unfolded(visit.go(app, "cohort.py"), "registry-findings")
    (table,) = visit.tables(app)
    assert "6" in table["Rows"].tolist() and table["Finding"].str.len().min() > 10
    assert not table["Finding"].str.contains("{", regex=False).any()
