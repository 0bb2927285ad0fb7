"""Where numbers are cut into groups: typed on Map or beside the grouping, kept in the plan."""

import pytest

from lib.plan import CutPoints, dumps, loads
from lib.ui.cutting import CutError, read
from tests.pages.visit import bare, everything, headlines, pick, step, with_columns

FILE = {
    "modality": ["HAI", "TACE"] * 12,
    "os_months": range(1, 25),
    "os_event": ["yes", "yes", "no"] * 8,
    "age": range(44, 68),
    "afp": [n * 1.5 for n in range(24)],
}


def box(app, label="Groups begin at"):
    return next(each for each in app.text_input if each.label.startswith(label))


@pytest.mark.cases
def test_points_are_read_as_people_type_them(typed, at):
    assert list(read(typed)) == at


@pytest.mark.parametrize("typed", ["abc", "50-65", "1e9", "<65", "inf", " ".join("123456789abc")])
def test_what_is_no_point_is_said(typed):
    with pytest.raises(CutError, match="is no number: write where groups begin"):
        read(typed)
    with pytest.raises(CutError, match="At most 11 points"):
        read(" ".join(map(str, range(12))))


def test_a_field_is_cut_beside_the_grouping_and_the_figures_and_captions_say_so():
    app = pick(with_columns(FILE, page="survival.py"), "Group by", "age")
    box(app).set_value("50; 60").run()
    assert not app.exception
    assert app.session_state["hepar.plan"].study.cuts == (CutPoints("age", (50, 60)),)
    said = everything(app)
    assert [whose for whose, _number in headlines(app)] == [
        "Age <50 years",
        "Age 50–<60 years",
        "Age ≥60 years",
    ]
    captions = bare("".join(str(each.value) for each in app.caption)) + said
    assert "Age is cut at 50 and 60 years, as chosen." in captions
    opened = loads(dumps(app.session_state["hepar.plan"]))
    assert opened.study.cuts == (CutPoints("age", (50, 60)),)
    box(app).set_value("").run()
    assert app.session_state["hepar.plan"].study.cuts == ()


def test_points_that_leave_one_group_or_are_no_numbers_change_nothing_and_say_why():
    app = pick(with_columns(FILE, page="survival.py"), "Group by", "age")
    box(app).set_value("90").run()
    assert "All patients would be in one group: Age, years goes from 44 to 67." in everything(app)
    box(app).set_value("old").run()
    assert "‘old’ is no number" in everything(app)
    assert app.session_state["hepar.plan"].study.cuts == ()


def test_a_column_of_their_own_is_cut_on_map_once_it_is_known_beforehand():
    app = step(with_columns(FILE), "map")
    assert len(app.text_input) == 1
    next(
        each for each in app.checkbox if each.label == "known before the first procedure"
    ).check().run()
    assert len(app.text_input) == 2
    app.text_input[1].set_value("12").run()
    assert not app.exception
    assert app.session_state["hepar.plan"].study.cuts == (CutPoints("afp", (12,)),)


def test_a_column_that_is_carried_under_the_name_of_a_field_is_cut_itself():
    app = step(with_columns({**FILE, "Возраст": range(60, 84)}), "map")
    plan = app.session_state["hepar.plan"]
    names = {each.name for each in app.session_state["hepar.cohort"].extra}
    assert "Возраст" in names and "age" not in names
    for each in app.checkbox:
        if each.label == "known before the first procedure" and not each.value:
            each.check().run()
    assert not app.exception
    own = next(each for each in app.text_input if "Возраст" in each.key or "70" in each.placeholder)
    own.set_value("75").run()
    assert plan.study.cuts == ()
    assert app.session_state["hepar.plan"].study.cuts == (CutPoints("Возраст", (75,)),)
