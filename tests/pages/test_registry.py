"""A registry through the same pages: opened by its name, counted where it is."""

import json

import pytest
from streamlit import config
from streamlit.runtime.secrets import Secrets

from lib.analyses.study import opening_plan, under_study
from lib.ui import registries
from tests.conftest import SAMPLES, sample
from tests.pages import visit
from tests.pages.test_counted import ROWS, numbers
from tests.pages.visit import everything
from tests.registry.same import written

FILE = SAMPLES["russian"]
NAME = "Liver of the north"
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


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_a_registry_says_what_it_says_of_the_file(offered, page):
    headlines, tables, said = numbers(visit.go(visit.with_file(FILE.name, FILE.read_bytes()), page))
    app = visit.go(opened(), page)
    assert ROWS not in everything(app)
    there = numbers(app)
    assert there[0] == [each for each in headlines if each != ("Adjusted", "not possible")]
    assert [each for each in tables if each not in there[1]] == []
    left = [each for each in said if each not in there[2]]
    assert len(left) < 5 < len(said), left


@pytest.mark.parametrize("page", ["patients.py", "report.py", "cohort.py", "papers.py"])
def test_every_other_page_is_drawn(offered, page):
    app = visit.go(opened(), page)
    assert (ROWS in everything(app)) == (page in ("patients.py", "report.py"))
    assert not app.error


@pytest.mark.parametrize("part", visit.TABS)
def test_each_part_of_a_comparison_is_drawn_or_says_why_not(part, offered):
    app = visit.unfolded(visit.go(opened(), "compare.py"), part)
    assert not app.error


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
