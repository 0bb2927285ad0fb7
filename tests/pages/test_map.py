"""The Map step: where a visitor lands, what lacks, what is taken back, each column at a glance."""

from dataclasses import replace
from datetime import date

from tests.pages.visit import bare, everything, go, step, with_columns, words

CODED = {  # headers that nobody knows over cells that say nothing
    "krz": [f"A{n}" for n in range(8)],
    "zt": [12.3, 8.1, 22.0, 14.2, 30.4, 9.9, 18.7, 25.1],
    "qy": ["u"] * 5 + ["v"] * 3,
    "gg": ["w"] * 4 + ["z"] * 4,
}


DAYS = {
    "first_procedure_date": ["2020-01-01"] * 8,
    "vital_status": ["dead"] * 6 + ["alive"] * 2,
    "zz_day": [f"2021-0{month}-01" for month in range(1, 9)],
}


def chosen(app, label, words):
    """Choose a column of the file for a field."""
    (box,) = [each for each in app.selectbox if each.label == label and each.value is None]
    at = next(n for n, option in enumerate(box.options) if option.startswith(words))
    box.set_value(at).run()
    assert not app.exception
    return app


def test_a_file_of_which_nothing_comes_out_opens_at_map_with_what_lacks():
    app = with_columns(CODED)
    assert app.button_group(key="step").value == "map"
    said = everything(app)
    assert any("how long patients lived" in each.label for each in app.radio)
    for lacking in ("Which modality each patient had", "Who responded"):
        assert f"{lacking} is not known yet." in said
    assert "What is still to be said" in said
    data = {"modality": ["HAI", "TACE"] * 4, "response_6m": ["PR", "SD"] * 4}
    ordinary = with_columns({"patient_id": [f"T{n}" for n in range(8)], **data})
    assert words(ordinary.title) == ["Overview"]


def test_a_field_chosen_where_it_lacks_gives_the_analysis_and_can_be_taken_back():
    app = with_columns(CODED)
    (asked,) = [each for each in app.radio if "how long patients lived" in each.label]
    asked.set_value(next(n for n, each in enumerate(asked.options) if "zt" in each)).run()
    assert bare(app.button(key="take-back").help).startswith("Nothing says yet")
    (asked,) = [each for each in app.radio if "who died" in each.label]
    asked.set_value(0).run()
    assert not app.exception
    assert "How long patients lived is not known yet." not in everything(app)
    survival = go(app, "survival.py")
    assert "Median overall survival" in everything(survival)
    back = step(go(survival, "cohort.py"), "map")
    back.button(key="take-back").click().run()
    assert [each for each in back.radio if "who died" in each.label]
    back.button(key="take-back").click().run()
    assert [each for each in back.radio if "how long patients lived" in each.label]
    assert "take-back" not in [each.key for each in back.button]


def test_what_an_answer_adds_is_counted_to_its_last_day_and_an_earlier_choice_stays():
    app = with_columns(DAYS | {"progression_date": ["2020-09-01"] * 8})
    (asked,) = [each for each in app.radio if "last seen" in each.label]
    asked.set_value(0).run()
    assert app.session_state["hepar.plan"].study.as_of.isoformat() == "2021-08-01"
    early = replace(app.session_state["hepar.plan"].study, as_of=date(2021, 3, 1))
    app.session_state["hepar.plan"] = replace(app.session_state["hepar.plan"], study=early)
    app.button(key="take-back").click().run()
    assert app.session_state["hepar.plan"].study.as_of == date(2021, 3, 1)


def test_after_the_last_answer_the_way_on_is_shown():
    app = with_columns(DAYS)
    assert "Go on to Overview" not in ways_on(app)
    while open_ones := [each for each in app.radio if each.value is None]:
        open_ones[0].set_value(0).run()
        assert not app.exception
    assert "Go on to Overview" in ways_on(app)


def test_every_step_leads_on():
    app = step(with_columns(CODED), "map")
    assert "Next: Overview" in ways_on(app)
    app.button(key="to-check").click().run()
    assert app.button_group(key="step").value == "check"
    assert ways_on(app).count("Next: Overview") == 2  # above and below what was found
    assert "to-check" not in [each.key for each in app.button]


def ways_on(app):
    """The links of a page to others."""
    return [each.proto.label for each in app.get("page_link")]


def test_a_page_that_lacks_a_column_offers_those_of_the_file():
    app = with_columns(CODED, page="survival.py")
    boxes = [each.label for each in app.selectbox]
    assert "Overall survival, months" in boxes
    app = chosen(app, "Overall survival, months", "zt")
    assert "zt" not in [word for each in app.selectbox for word in each.options]


def test_each_column_shows_what_stands_in_it():
    rows = {
        "patient_id": [f"P{n}" for n in range(40)],
        "age": list(range(40, 80)),
        "modality": ["HAI"] * 30 + ["TACE"] * 10,
        "note": ["x" * 500, *["y"] * 39],
    }
    said = everything(step(with_columns(rows), "map"))
    assert "40 ████████ 79" in said
    assert "HAI (30), TACE (10)" in said
    assert "x" * 61 not in said
    names = ["Иванов И.И.", "Петрова А.А.", "Сидоров С.С.", "Кузнецова В.В.", "Попов П.П."]
    app = step(with_columns({"fio": names, "modality": ["HAI"] * 5}), "map")
    assert not [name for name in names if name in everything(app)]  # dropped, so not pictured


def test_a_question_that_is_open_does_not_lack_below_as_well():
    app = step(with_columns({**CODED, "group": ["1", "2"] * 4}), "map")
    asked = [each.label for each in app.radio]
    assert any("group" in each for each in asked)
    assert "Which modality each patient had" not in everything(app)


def changes(app):
    """One change of every kind that Map offers, each as a function of the page."""

    def box(label, words=None):
        return next(
            each
            for each in app.selectbox
            if bare(each.label) == label and (words is None or words in each.options)
        )

    yield "column", lambda: box("zz").set_value("sex")
    yield "unit", lambda: box("Unit", "days").set_value("days")
    yield "kind", lambda: box("Read as").set_value("category")
    yield "before", lambda: app.checkbox[0].check()
    yield "row", lambda: box("Row of the headers").set_value(2)
    yield "kept", lambda: next(b for b in app.button if b.label == "Keep it").click()
    yield "value", lambda: box("HAI (4)").set_value("TACE")


def test_every_change_on_map_can_be_taken_back():
    app = step(
        with_columns(
            {
                "modality": ["HAI", "TACE"] * 4,
                "os_months": range(1, 9),
                "os_event": ["yes", "no"] * 4,
                "zz": [1.5 * n for n in range(8)],
                "who": ["Иванов И.И.", "Петрова А.А."] * 4,
            }
        ),
        "map",
    )
    for kind, change in changes(app):
        for fold in app.expander:
            if fold.label.startswith(("The headers", "Values of modality")):
                app.session_state[fold.key] = True
        app.run()
        before = app.session_state["hepar.chosen"]
        try:
            change().run()
        except StopIteration:
            raise AssertionError(f"Map offers no {kind}") from None
        assert not app.exception, kind
        assert app.session_state["hepar.chosen"] != before, kind
        app.button(key="take-back").click().run()
        assert not app.exception, kind
        assert app.session_state["hepar.chosen"] == before, kind


def test_a_finding_leads_to_its_column_on_map_and_back():
    app = step(with_columns({"modality": ["HAI", "TACE"] * 4, "age": [50] * 7 + ["old"]}), "check")
    (box,) = [each for each in app.selectbox if each.label == "Rows and columns of a finding"]
    box.set_value(next(n for n, each in enumerate(box.options) if "old" in each)).run()
    app.button(key="to-map").click().run()
    app.button(key="back-to-finding").click().run()
    assert not app.exception
    assert app.button_group(key="step").value == "check"
    (box,) = [each for each in app.selectbox if each.label == "Rows and columns of a finding"]
    assert "old" in box.options[box.value]
    app.button(key="to-map").click().run()
    assert not app.exception
    assert app.button_group(key="step").value == "map"
    first = [bare(each.label) for each in app.selectbox if each.label in ("age", "modality")]
    assert first == ["age", "modality"]
    assert "What the finding is about" in everything(app)
    app.button(key="looked-at").click().run()
    first = [bare(each.label) for each in app.selectbox if each.label in ("age", "modality")]
    assert first == ["modality", "age"]
    assert "What the finding is about" not in everything(app)


SEVERAL = DAYS | {"status_2": ["1", "0"] * 4, "zt": [12.3, 8.1] * 4, "Пол": ["1", "2"] * 4}


def asked(app):
    """The questions of the page in their order, with the index of their answer."""
    return {bare(each.label): each.index for each in app.radio if "question." in each.key}


def test_an_answered_question_stays_in_its_place_and_what_is_left_is_counted():
    app = with_columns(SEVERAL)
    before = list(asked(app))
    assert f"{len(before)} questions are left." in everything(app)
    at = len(before) - 2
    radio = [each for each in app.radio if "question." in each.key][at]
    radio.set_value(0).run()
    after = list(asked(app))
    assert after[: len(before)] == before, "what comes of an answer is asked below"
    assert asked(app)[before[at]] == 0


def test_one_answer_of_several_is_changed_or_taken_back_and_the_others_stay():
    app = with_columns(SEVERAL)
    chosen = {}
    while unanswered := [each for each in app.radio if each.value is None]:
        chosen[bare(unanswered[0].label)] = 0
        unanswered[0].set_value(0).run()
        assert not app.exception
    assert len(chosen) > 1
    said = app.session_state["hepar.chosen"]
    first = next(iter(chosen))
    radio = next(each for each in app.radio if bare(each.label) == first)
    radio.set_value(len(radio.options) - 1).run()
    assert app.session_state["hepar.chosen"] != said
    radio = next(each for each in app.radio if bare(each.label) == first)
    radio.set_value(0).run()
    changed = app.session_state["hepar.chosen"]
    assert {*changed.columns} == {*said.columns} and {*changed.decisions} == {*said.decisions}
    app.button(key="take-back.0").click().run()
    assert asked(app)[first] is None
    assert all(asked(app)[other] == 0 for other in list(chosen)[1:] if other in asked(app))
