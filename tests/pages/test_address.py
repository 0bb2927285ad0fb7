"""The address of a view says what is shown by codes of the schema, and nothing of a file."""

import json
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from lib.language import speaking
from lib.plan import ComparisonPlan, Condition, Plan
from lib.schema import COLUMNS
from lib.ui import address
from tests import hostile
from tests.conftest import TWO_ARMS, as_csv, cohort_of, sample
from tests.pages import visit
from tests.pages.visit import choose, everything, go, press, with_sample


def told(app):
    """What the browser is told to have as the address of a page."""
    (found,) = [each.proto for each in app.get("bidi_component") if "-keeping" in each.proto.id]
    return dict(parse_qsl(json.loads(found.json or found.mixed.json)["query"]))


def come_to(page="survival.py", **parts):
    """Begin a session at an address."""
    app = visit.AppTest.from_file(str(visit.ROOT / "app.py"), default_timeout=visit.STARTED)
    for name, words in parts.items():
        app.query_params[name.replace("__", ".")] = words
    app.session_state["hepar.visitor.unasked"] = True
    app.switch_page(f"pages/{page}")
    app.run()
    assert not app.exception
    return app


def test_a_link_to_the_view_has_codes_alone():
    app = with_sample(page="survival.py")
    app = choose(app, "modality", ["HAI"])
    app = visit.pick(app, "Group by", "sex")
    app = visit.unfolded(app, "link")
    (code,) = app.code
    assert dict(parse_qsl(code.value.partition("?")[2])) == {
        "endpoint": "OS",
        "study.by": "sex",
        "filter.modality": "HAI",
    }


def selection(app):
    return app.session_state["hepar.plan"].study.selection


def test_it_says_that_a_cohort_is_open_and_what_was_chosen_and_nothing_by_default():
    assert told(visit.opened()) == {}
    app = with_sample(page="survival.py")
    assert told(app) == {"open": "1"}
    app = choose(app, "modality", ["HAI"])
    app = visit.pick(app, "Group by", "sex")
    expected = {"open": "1", "endpoint": "OS", "study.by": "sex", "filter.modality": "HAI"}
    assert told(app) == expected
    assert told(go(app, "response.py")) == expected
    assert told(visit.close(app)) == {}


def test_whoever_comes_to_it_is_told_and_has_it_all_again_with_the_file():
    wanted = {"open": "1", "endpoint": "PFS", "study__by": "sex", "filter__sex": "F~"}
    wanted |= {"survival__limits": "log", "study__roll_up": "0", "filter__age": "55:"}
    app = come_to(**wanted)
    assert "a reload closes it" in everything(app)
    app = press(app, "open-sample")
    plan = app.session_state["hepar.plan"]
    assert plan.study.by == "sex" and plan.survival.limits == "log" and not plan.study.roll_up
    assert plan.study.selection == (
        Condition("sex", ("F",), keep_missing=True),
        Condition("age", low=55.0),
    )
    assert "Sex: Female or missing; Age: from 55" in everything(app)
    assert app.session_state["hepar.endpoint"] == "PFS"
    assert "a reload closes it" not in everything(app)
    assert "can be followed" not in everything(app)
    assert told(app) == {name.replace("__", "."): words for name, words in wanted.items()}


def test_it_is_followed_once_and_what_is_chosen_afterwards_stays():
    app = press(come_to(filter__sex="F"), "open-sample")
    app = choose(app, "sex", ["M"])
    assert selection(go(app, "response.py")) == (Condition("sex", ("M",)),)
    app = press(go(visit.close(app), "survival.py"), "open-sample")
    assert selection(app) == ()


def test_after_a_file_was_read_the_page_that_it_leads_to_is_shown():
    app = come_to("survival.py", filter__sex="F")
    assert app.session_state["hepar.visitor.linked"] == {"filter.sex": "F"}
    assert told(go(app, "cohort.py")) == {"filter.sex": "F"}, "it lasts until a file is open"
    app = visit.upload(app, "own.csv", as_csv(TWO_ARMS | {"sex": ["F", "M", "F", "M", "F"] * 5}))
    assert "15 of 25 patients. Sex: Female." in everything(app)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("study.by", "ФИО"),
        ("study.by", "best_response"),
        ("study.by", "patient_id"),
        ("comparison.column", "response_6m"),
        ("survival.limits", "wide"),
        ("survival.landmark", "1e400"),
        ("survival.landmark", "500"),
        ("response.months", "12,3"),
        ("filter.sex", "X"),
        ("filter.sex", "1:2"),
        ("filter.age", "F"),
        ("filter.age", "nan:"),
        ("filter.age", ":"),
        ("filter.centre", "Москва"),
        ("filter.msi", "a"),
        ("comparison.reference", "Москва"),
    ],
)
def test_what_no_plan_or_file_knows_is_left_and_the_rest_followed(name, words):
    wanted = {name: words, "filter.modality": "HAI"}
    plan, whole = address.followed(sample("workbook"), Plan(), wanted)
    assert plan == replace(Plan(), study=replace(Plan().study, selection=plan.study.selection))
    assert plan.study.selection == (Condition("modality", ("HAI",)),)
    assert not whole


def test_what_cannot_be_followed_is_said_in_one_sentence_without_its_words():
    app = press(
        come_to(filter__sex="<b>X</b>", filter__modality="HAI", other="secret"), "open-sample"
    )
    (said,) = [words for words in visit.words(app.info) if "can be followed" in words]
    assert "X" not in said and "20 of 36 patients." in everything(app)
    assert "other" not in told(app)


# --- nothing of a file


def test_no_end_of_a_range_that_the_data_set_stands_in_it():
    loaded = cohort_of({"age": [41, 50, 73], "modality": ["HAI"] * 3})
    told = {}
    for low, high in ((41, 60), (50, 73), (50.5, 60), (45, 60), (41, 73)):
        plan = replace(
            Plan(), study=replace(Plan().study, selection=(Condition("age", (), low, high),))
        )
        told[low, high] = address.codes(loaded, plan, "").get("filter.age")
    assert list(told.values()) == [":60", "50:", None, "45:60", None]


def test_levels_of_the_file_and_of_groups_by_its_numbers_are_left_out():
    loaded = cohort_of({"modality": ["HAI", "хиа"] * 3, "centre": ["Москва", "Тверь"] * 3})
    selected = (Condition("modality", ("HAI", "хиа")), Condition("centre", ("Москва",)))
    selected += (Condition("ФИО", ("Иванов",)), Condition("ФИО", low=1.0))
    compared = ComparisonPlan(column="centre", reference="Москва", comparison="Тверь")
    plan = replace(Plan(), study=replace(Plan().study, selection=selected), comparison=compared)
    assert address.codes(loaded, plan, "Москва") == {"comparison.column": "centre"}
    plan = replace(plan, comparison=replace(compared, column="Москва"))
    assert address.codes(loaded, plan, "OS") == {"endpoint": "OS"}


def test_no_text_of_a_hostile_file_is_ever_in_it():
    app = visit.with_file("hostile.xlsx", hostile.workbook())
    plan = app.session_state["hepar.plan"]
    for column in ("centre", "ecog", "modality"):
        (level, *_others) = app.session_state["hepar.cohort"].by(column).levels
        selected = (
            Condition(column, (level.code,), keep_missing=True),
            Condition("age", high=60.0),
        )
        app.session_state["hepar.plan"] = replace(
            plan,
            study=replace(plan.study, by=column, selection=selected),
            comparison=ComparisonPlan(column=column, reference=level.code),
        )
        for page in visit.ANALYSES:
            said = told(go(app, page))
            assert said["open"] == "1" and said["filter.age"] == ":60"
            ours = {"open", "endpoint", "filter.age", "filter.modality"}
            ours |= {"study.by", "comparison.column", "comparison.reference"}
            assert {*said} <= ours
            assert {*said.values()} <= {"1", "OS", ":60", "HAI~", "HAI", *COLUMNS}, said


RUSSIAN = "Синтетические пациенты"


def test_the_language_is_chosen_beside_the_navigation_and_kept_in_the_address():
    app = press(go(with_sample(), "survival.py"), "language-ru")
    assert told(app)["lang"] == "ru" and RUSSIAN in everything(app)
    with speaking("ru"):  # which a test is asked in, as a browser is, for what is chosen
        app = press(app, "language-en")
    assert told(app)["lang"] == "en" and RUSSIAN not in everything(app)


def test_the_language_of_an_address_is_spoken_and_one_without_a_catalogue_is_not():
    assert RUSSIAN in everything(press(come_to(lang="ru"), "open-sample"))
    assert "lang" not in told(come_to(lang="tlh"))


def test_the_first_guess_is_the_language_of_the_browser(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(type(address.st.context), "locale", property(lambda _self: "ru-RU"))
    app = press(come_to(), "open-sample")
    assert RUSSIAN in everything(app) and "lang" not in told(app)
