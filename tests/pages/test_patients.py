"""The page on which every patient's course can be seen."""

import pytest

from lib import exhibits
from lib.analyses import timeline
from tests.conftest import START, after, as_csv, studied
from tests.pages import visit
from tests.pages.visit import everything, go, upload, with_columns, with_sample

TABS = ("Best change", "Change over time", "Course in time", "List")
DATES = {
    "modality": ["HAI", "TACE", "HAI"],
    "first_procedure_date": [START] * 3,
    "last_contact_date": [after(20), after(12), after(3)],
    "death_date": [after(20), None, None],
    "vital_status": ["dead", "alive", "alive"],
}


def on_page(app, tab=None):
    go(app, "patients.py")
    return app if tab is None else open_tab(app, tab)


def open_tab(app, tab):
    app.session_state["patients-tabs"] = tab
    app.run()
    assert not app.exception
    return app


def chosen(app):
    (box,) = [each for each in app.selectbox if each.key == "patient"]
    return box


def choose(app, name):
    chosen(app).set_value(name).run()
    assert not app.exception
    return app


def figures(app):
    return [each.spec for each in visit.figures(app)]


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_runs_and_draws_its_figure_alone(tab):
    app = on_page(with_sample(), tab)
    drawn = figures(app)
    assert len(drawn) == (0 if tab == "List" else 1)
    assert len(app.dataframe) == (1 if tab == "List" else 0)


def test_choosing_a_patient_shows_each_assessment_with_its_reasons():
    app = choose(on_page(with_sample()), "P33")
    assert "Patient P33" in everything(app)
    (shown,) = [table for table in visit.tables(app) if "Why" in table]
    found = timeline.timeline(studied("workbook"), "P33")
    assert list(shown["Why"]) == list(exhibits.patients.assessments(found)["Why"])
    assert shown["Rows"].iloc[0].startswith("assessments ")
    (ends,) = [table for table in visit.tables(app) if "Event or censored" in table]
    assert ends.to_numpy().tolist() == exhibits.patients.endpoints(found).to_numpy()[:, 1:].tolist()


def test_the_patient_stays_chosen_on_another_tab_and_on_the_way_back():
    app = choose(on_page(with_sample()), "P07")
    assert "P07" not in repr(app.session_state["hepar.plan"])
    app = open_tab(app, "Course in time")
    assert chosen(app).value == "P07"
    app = on_page(go(app, "survival.py"))
    assert chosen(app).value == "P07"
    assert "Patient P07" in everything(app)
    app = visit.choose(app, "modality", ["HAI"])  # P07 began with chemoembolization
    assert chosen(app).value is None
    assert "Patient P07" not in everything(app)
    app = choose(app, "P02")
    app = upload(go(app, "cohort.py"), "dates.csv", as_csv(DATES))
    assert chosen(on_page(app)).value is None  # another file forgets the patient


def test_dates_alone_give_lanes_and_say_what_measurements_would_unlock():
    app = on_page(with_columns(DATES))
    assert len(figures(app)) == 1  # the course in time is what is open
    app = open_tab(app, "Best change")
    said = everything(app)
    for column in ("assessment_date", "sld_mm", "diameter_mm"):
        assert f"`{column}`" in said
    assert "`first_procedure_date`" not in said  # it is there
    assert "no assessment after the first procedure: n = 3 (P1, P2, P3)" in said
    assert figures(app) == []
    assert "Followed for 20.0 months: died." in everything(choose(app, "P1"))


def test_a_file_that_knows_nothing_says_what_would_unlock_each_part():
    app = on_page(with_columns({"modality": ["HAI", "TACE"]}))
    said = everything(app)
    assert "Nobody’s course can be laid out in time." in said
    for column in ("first_procedure_date", "last_contact_date", "death_date", "os_months"):
        assert f"`{column}`" in said
    assert "This file does not say when patients were last assessed or seen." in said
    app = choose(app, "P1")
    assert "Not in the figure" in everything(app)


def test_who_is_overdue_is_listed_with_the_plans_day():
    app = on_page(with_sample())
    (late,) = visit.tables(app)
    assert list(late.index) == ["P21", "P32"]
    assert late.loc["P32", "Overdue"] == "assessment"
    assert "At 2021-06-27, the as-of date of the plan" in everything(app)


def test_the_order_and_the_codes_can_be_changed():
    app = on_page(with_sample(), "Course in time")
    (order,) = [each for each in app.get("button_group") if each.key == "order-swimmer"]
    before = figures(app)[0]
    order.set_value("group").run()
    assert not app.exception
    assert figures(app)[0] != before
    (named,) = [each for each in app.toggle if each.key == "patients-named"]
    named.set_value(False).run()
    assert not app.exception
    assert '["P01"]' in figures(app)[0]  # so that the patient can still be selected
    assert '"ticktext"' not in figures(app)[0]


def test_of_many_patients_a_page_is_drawn_and_the_count_is_said():
    n = 120
    columns = {
        "modality": ["HAI", "TACE"] * (n // 2),
        "os_months": [1 + number / 2 for number in range(n)],
        "os_event": [1, 0] * (n // 2),
    }
    app = on_page(with_columns(columns))
    assert "Drawn: patients 1 to 50 of 120, in this order." in everything(app)
    (page,) = [each for each in app.selectbox if each.label == "Patients drawn, of 120"]
    assert page.options == ["1 to 50", "51 to 100", "101 to 120"]
    page.set_value(100).run()
    assert not app.exception
    assert "Drawn: patients 101 to 120 of 120" in everything(app)
