"""The filters of the sidebar: found, taken away one by one, turned off and on, and undone."""

from lib.plan import Condition
from tests.conftest import TWO_ARMS
from tests.pages import visit
from tests.pages.visit import choose, everything, go, with_columns, with_sample

COLUMNS = TWO_ARMS | {"sex": ["F", "M", "F", "M", "F"] * 5}


def selection(app):
    return app.session_state["hepar.plan"].study.selection


def labels(app):
    widgets = (*app.sidebar.multiselect, *app.sidebar.slider)
    return [visit.bare(each.label).partition(",")[0] for each in widgets]


def keys(app):
    return {each.key.rpartition(".")[2] for each in app.sidebar.button}


def press(app, key):
    (button,) = [each for each in app.sidebar.button if each.key.endswith(key)]
    button.click().run()
    assert not app.exception
    return app


def flip(app, on):
    (group,) = [each for each in app.sidebar.button_group if each.key.endswith(".filtered")]
    group.set_value(on).run()
    assert not app.exception
    return app


def test_only_modality_and_what_is_set_is_shown_and_any_other_column_is_found():
    app = with_sample(page="survival.py")
    assert labels(app) == ["Modality"]
    assert "**36** of 36" in everything(app)
    (adds,) = [each for each in app.sidebar.selectbox if each.label == "Add a filter"]
    assert len(adds.options) > 10 and "Sex" in adds.options
    adds.set_value("sex").run()
    assert labels(app) == ["Modality", "Sex"]
    (adds,) = [each for each in app.sidebar.selectbox if each.label == "Add a filter"]
    assert adds.value is None and "Sex" not in adds.options
    assert "All 36 patients." in everything(app), "a filter that is added asks nothing yet"
    assert labels(go(app, "response.py")) == ["Modality", "Sex"]


def test_each_filter_is_cleared_alone_and_all_at_once():
    app = choose(choose(with_sample(page="survival.py"), "sex", ["F"]), "modality", ["HAI"])
    app = press(app, ".clear.sex")
    assert labels(app) == ["Modality"]
    assert selection(app) == (Condition("modality", ("HAI",)),)
    app = press(choose(app, "sex", ["M"]), "clear-filters")
    assert labels(app) == ["Modality"] and selection(app) == ()


def test_a_level_that_is_taken_out_again_leaves_the_filter_where_it_was():
    app = choose(choose(with_sample(page="survival.py"), "sex", ["F"]), "sex", [])
    assert labels(app) == ["Modality", "Sex"] and selection(app) == ()
    assert labels(press(app, ".clear.sex")) == ["Modality"]


def test_everybody_is_shown_and_the_filters_are_kept():
    app = choose(with_sample(page="survival.py"), "modality", ["HAI"])
    app = flip(app, False)
    assert "All 36 patients." in everything(app) and selection(app) == ()
    assert "Off, and kept: Modality: Chemoinfusion (HAI)" in everything(app)
    app = flip(go(app, "response.py"), True)
    assert "20 of 36 patients. Modality: Chemoinfusion (HAI)." in everything(app)
    assert "Off, and kept" not in everything(app)


def test_a_filter_that_is_set_while_everybody_is_shown_begins_anew_and_undo_brings_the_kept_back():
    app = flip(choose(with_sample(page="survival.py"), "modality", ["HAI"]), False)
    app = choose(app, "sex", ["F"])
    assert selection(app) == (Condition("sex", ("F",)),)
    app = flip(press(app, "undo-filter"), True)
    assert selection(app) == (Condition("modality", ("HAI",)),)


def test_changes_of_filters_are_undone_one_by_one_to_the_first():
    app = with_sample(page="survival.py")
    assert "undo-filter" not in keys(app)
    app = choose(choose(app, "modality", ["HAI"]), "sex", ["F"])
    app = press(app, "clear-filters")
    app = press(app, "undo-filter")
    assert {each.column for each in selection(app)} == {"modality", "sex"}
    (widget,) = [each for each in app.sidebar.multiselect if each.key.endswith(".modality")]
    assert widget.value == ["HAI"]
    app = press(app, "undo-filter")
    assert selection(app) == (Condition("modality", ("HAI",)),)
    app = press(app, "undo-filter")
    assert selection(app) == () and "undo-filter" not in keys(app)


def test_what_the_file_cannot_follow_any_more_is_not_brought_back():
    app = choose(with_columns(COLUMNS), "sex", ["F"])
    app = flip(app, False)
    app = visit.step(app, "map")
    app = visit.pick(app, "sex", "-")
    assert "sex" not in app.session_state["hepar.cohort"].columns
    app = flip(app, True)
    assert selection(app) == ()
    assert "undo-filter" in keys(app)
    app = press(app, "undo-filter")
    assert selection(app) == () and app.error == []


def test_another_file_and_another_plan_begin_without_what_was_added_or_off():
    app = flip(choose(with_sample(page="survival.py"), "sex", ["F"]), False)
    app = visit.open_plan(app, "confidence = 0.9")
    assert labels(app) == ["Modality"] and "Off, and kept" not in everything(app)
    assert "undo-filter" not in keys(app)
    app = flip(choose(app, "sex", ["F"]), False)
    app = visit.upload(app, "own.csv", visit.as_csv(COLUMNS))
    assert labels(app) == ["Modality"] and "Off, and kept" not in everything(app)
