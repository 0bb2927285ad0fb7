"""Incidence, the clock, the cut-off, the rules and the landmark, as a visitor chooses them."""

import datetime

from tests.pages import visit
from tests.pages.visit import everything, go, unfolded, with_columns, with_sample


def survival():
    return go(with_sample(), "survival.py")


def shown(app, title):
    """The table whose first column has this title."""
    (found,) = [each for each in visit.tables(app) if title in each.index]
    return found


def widget(kind, name):
    (found,) = [each for each in kind if each.key and each.key.endswith(f".{name}")]
    return found


def pick(app, endpoint):
    app.button_group(key="endpoint").set_value(endpoint).run()
    assert not app.exception
    return app


def test_an_endpoint_with_competitors_is_shown_by_its_cumulative_incidence():
    app = unfolded(pick(survival(), "TTP"), "stacked")
    said = everything(app)
    assert "Progression by 12 months (cumulative incidence): All patients 41.7 %" in said
    assert "One less Kaplan-Meier" in said
    table = shown(app, "Progression by 12 months")
    assert table.loc["Progression by 12 months", "All patients"] == (
        "41.7 % (95 % CI 28.3 to 61.3), 21 at risk"
    )
    assert "Median, months" not in table.index
    assert len(app.get("plotly_chart")) == 2


def test_a_file_without_sites_says_which_columns_would_tell_them():
    began = ["2020-01-01"] * 12
    columns = {
        "first_procedure_date": began,
        "progression_date": ["2020-05-01"] * 8 + [""] * 4,
        "last_assessment_date": ["2020-09-01"] * 12,
        "death_date": [""] * 12,
        "last_contact_date": ["2021-02-01"] * 12,
    }
    app = pick(go(with_columns(columns), "survival.py"), "TTP")
    said = everything(app)
    assert "Where the disease progressed is not known of any patient." in said
    assert "hepatic_progression_date" in said


def test_what_came_first_is_stacked():
    app = pick(survival(), "FIRST")
    (chart,) = app.get("plotly_chart")
    assert "stackgroup" in chart.proto.spec
    assert visit.tables(app)[0].loc["Progression outside the liver, first", "All patients"] == (
        "6/36 (16.7 %)"
    )


def test_progression_outside_the_liver_competes_by_choice():
    app = pick(survival(), "THP")
    assert "is ignored; it came first in n = 6." in everything(app)
    widget(app.toggle, "extrahepatic_competes").set_value(True).run()
    assert not app.exception
    assert "is ignored" not in everything(app)
    assert "Progression outside the liver, first" in visit.tables(app)[0].index


def test_the_clock_starts_elsewhere_and_the_page_says_so():
    app = survival()
    widget(app.selectbox, "origin").set_value("liver_mets_date").run()
    assert not app.exception
    said = everything(app)
    assert "Median overall survival: All patients 35.4 months" in said
    assert "Of those without the event until" in said and "late entry" in said
    assert "Months from the diagnosis of liver metastases" in app.get("plotly_chart")[0].proto.spec
    assert visit.tables(app)[0].loc["Median follow-up, months", "All patients"] == "withheld"
    app = go(app, "compare.py")
    assert "Months from the diagnosis of liver metastases" in app.get("plotly_chart")[0].proto.spec


def test_an_earlier_cut_off_is_in_the_captions_and_in_the_flow():
    app = survival()
    widget(app.slider, "as_of").set_value(datetime.date(2019, 10, 6)).run()
    assert not app.exception
    assert "All 31 patients. Data cut-off 2019-10-06." in everything(app)
    assert visit.tables(app)[0].loc["Events", "All patients"] == "9"
    app = go(app, "cohort.py")
    assert "Began after 2019-10-06" in app.get("plotly_chart")[0].proto.spec
    app = go(app, "response.py")
    assert "Data cut-off 2019-10-06." in everything(app)


def test_how_the_result_matured_stands_in_a_table():
    table = shown(unfolded(survival(), "matured"), "2021\u201106\u201127")
    assert table["Deaths"].tolist() == ["1", "3", "9", "16", "24"]


def test_how_follow_up_ended_stands_in_a_table():
    table = shown(unfolded(pick(survival(), "PFS"), "endings"), "Event: death")
    assert table["All"].to_dict() == {
        "Event: progression": "28",
        "Event: death": "2",
        "Censored: last assessment": "6",
        "Patients": "36",
    }


def test_the_rule_of_missed_scans_is_a_choice():
    app = pick(survival(), "PFS")
    widget(app.toggle, "missed_scans").set_value(True).run()
    assert not app.exception
    assert "without a scan (two missed) is censored at the last scan" in everything(app)


def test_the_landmark_moves_and_its_contrast_is_grey():
    app = unfolded(survival(), "landmark")
    table = shown(app, "Patients at the landmark")
    assert table.loc["Patients at the landmark"].tolist() == ["15", "11", "8"]
    assert "immortal time" in everything(app)
    assert "Not counted: had the event before the landmark 2." in everything(app)
    widget(app.slider, "landmark").set_value(12).run()
    assert not app.exception
    assert "from the landmark on" in everything(app)
    assert "Not counted: had the event before the landmark 6." in everything(app)
    app.selectbox(key="landmark-way").set_value("procedures").run()
    assert not app.exception
    assert "4 procedures or more" in shown(app, "Patients at the landmark").columns


def test_progression_in_the_liver_stands_beside_that_of_the_whole():
    app = pick(survival(), "HPFS")
    said = everything(app)
    assert "Median progression-free survival in the liver:" in said
    assert "Median progression-free survival:" in said
    assert "it came first in n = 6 of 36" in said


def test_both_arms_stand_stacked_on_the_compare_page():
    app = go(with_sample(), "compare.py")
    app.session_state["open-first"] = True
    app.run()
    assert not app.exception
    assert any("stackgroup" in chart.proto.spec for chart in app.get("plotly_chart"))
    assert "Progression in the liver by 12 months (cumulative incidence)" in everything(app)


def test_differences_at_fixed_times_stand_in_the_contrast():
    app = go(with_sample(), "compare.py")
    table = next(each for each in visit.tables(app) if "Log-rank test" in each.index)
    row = "Difference at 12 months, percentage points"
    assert table.loc[row].iloc[0] == "8 (95 % CI −24 to 34)"


def test_without_dates_the_folds_say_what_would_unlock_them():
    months = list(range(1, 25))
    columns = {"modality": ["HAI"] * 12 + ["TACE"] * 12, "os_months": months, "os_event": [1] * 24}
    app = go(with_columns(columns), "survival.py")
    said = everything(unfolded(app, "origins", "matured", "landmark"))
    assert "The clock can start at no other date" in said
    assert "Without dates the data cannot be cut off earlier." in said
    assert "Nothing that was seen after the first procedure is dated" in said
