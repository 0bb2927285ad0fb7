"""The Response page of a file that was measured: choices, sections, and what disagrees."""

from datetime import timedelta

import pytest

from lib.plan import ResponsePlan
from tests.conftest import START, after, as_workbook
from tests.pages import visit
from tests.pages.visit import everything, go, tables, unfolded, with_sample

N = 12
FOLLOWED = {0: 100, 60: 60, 120: 60, 180: 65, 300: 90}
"""Days and sums: a confirmed PR, and PD at 300 days."""


def measured(**columns):
    """Twelve patients who all responded and progressed, with the columns given beside."""
    patients = {
        "modality": ["HAI", "TACE"] * (N // 2),
        "first_procedure_date": [START.isoformat()] * N,
        "last_contact_date": [after(30).isoformat()] * N,
        **columns,
    }
    rows = [
        (f"P{number}", (START + timedelta(days=day - (day == 0))).isoformat(), total)
        for number in range(1, N + 1)
        for day, total in FOLLOWED.items()
    ]
    names, days, sums = zip(*rows, strict=True)
    sheet = {"patient_id": names, "assessment_date": days, "sld_mm": sums}
    return as_workbook({"patients": patients, "assessments": sheet})


def opened(**columns):
    app = visit.with_file("measured.xlsx", measured(**columns))
    return go(app, "response.py")


def box(app, label):
    (found,) = [each for each in app.selectbox if each.label == label]
    return found


def number(app, name):
    (found,) = [each for each in app.number_input if each.key.endswith(f".{name}")]
    return found


def plan(app) -> ResponsePlan:
    found: ResponsePlan = app.session_state["hepar.plan"].response
    return found


def labels(app):
    return [visit.bare(each.label) for each in app.expander]


def tabs(app):
    return [each.label.removeprefix(":material/warning: ") for each in app.tabs]


def disagreements(app):
    return [table for table in tables(app) if "Recorded" in table.columns]


# --- choices


def test_a_file_without_measurements_has_no_choice_of_how_to_derive():
    app = go(visit.with_columns({"response_6m": ["SD", "PR"] * 6}), "response.py")
    assert [each.label for each in app.selectbox] == ["Group by", "Deaths"]
    assert list(app.number_input) == []
    assert "How responses are derived" not in labels(app)
    assert "Response as recorded, at fixed times." in everything(app)
    assert "derived" not in everything(app)


def test_responses_may_be_taken_as_recorded_and_the_caption_follows():
    app = opened(response_6m=["PR"] * N)
    assert "Response derived from measurements: RECIST 1.1." in everything(app)
    box(app, "Responses").set_value("recorded").run()
    assert not app.exception
    assert plan(app).source == "recorded"
    said = everything(app)
    assert "Response as recorded, at fixed times." in said
    assert "measurements of 12 patients are not used" in said
    assert "Confirmed and unconfirmed" not in tabs(app)
    assert "Profile" not in [each.label for each in app.selectbox]


def test_a_profile_is_named_wherever_it_is_used():
    app = with_sample()
    app = go(app, "response.py")
    box(app, "Profile").set_value("liver-directed").run()
    assert not app.exception
    named = "RECIST 1.1, modified: up to 5 target lesions in the liver"
    assert everything(app).count(named) >= 4
    assert any(named in each.value for each in app.code)
    assert named in everything(go(app, "compare.py"))
    app = go(app, "survival.py")
    app.button_group(key="endpoint").set_value("PFS").run()
    assert named in everything(app)


def test_best_response_is_confirmed_or_not_by_choice():
    app = opened()
    assert "Best response, confirmed" in tabs(app)
    box(app, "Best response").set_value(False).run()
    assert not app.exception
    assert plan(app).confirm is False
    assert "Best response, unconfirmed" in tabs(app)
    assert "CR and PR are not confirmed" in everything(app)


def test_times_can_be_chosen_wherever_somebody_was_measured():
    app = opened()
    (times,) = [each for each in app.multiselect if each.key.endswith(".months")]
    assert times.options == ["3", "6", "9", "12"]
    times.set_value([9, 3]).run()
    assert not app.exception
    assert plan(app).months == (3, 9)
    assert tabs(app)[:2] == ["At 3 months", "At 9 months"]
    (times,) = [each for each in app.multiselect if each.key.endswith(".months")]
    times.set_value([]).run()
    assert plan(app).months == (3, 9)  # none is no choice


def test_a_narrower_gap_between_times_narrows_the_window():
    app = opened()
    (times,) = [each for each in app.multiselect if each.key.endswith(".months")]
    times.set_value([6, 12]).run()
    number(app, "window_days").set_value(80).run()
    assert plan(app).window_days == 80
    (times,) = [each for each in app.multiselect if each.key.endswith(".months")]
    times.set_value([3, 6]).run()
    assert not app.exception
    assert plan(app).window_days == 45


@pytest.mark.cases
def test_a_window_is_part_of_the_plan_the_caption_and_the_rules(name, value, said):
    app = opened()
    number(app, name).set_value(value).run()
    assert not app.exception
    assert getattr(plan(app), name) == value
    assert said in everything(app)
    shown = [
        markdown.value for markdown in app.markdown if "Target lesions at a visit" in markdown.value
    ]
    assert len(shown) == 1
    if name != "window_days":
        assert str(value) in shown[0]
        guide = everything(go(app, "guide.py"))
        assert f"{value} days" in guide or f"{value} NE" in guide


# --- sections


def test_the_answer_stands_above_the_figure_in_a_sentence():
    said = everything(go(with_sample(), "response.py"))
    assert (
        "Objective response rate (CR or PR of all treated), best response, confirmed: "
        "All patients 1/36 (2.8 %, 95 % CI 0.1 to 14.5); "
        "Chemoinfusion (HAI) 0/20 (0.0 %, 95 % CI 0.0 to 16.8); "
        "Chemoembolization (TACE) 1/16 (6 %, 95 % CI 0 to 30)."
    ) in said


def test_the_answer_gives_no_rate_where_the_tables_give_none():
    columns = {"modality": ["HAI"] * 4, "response_6m": ["PR", "SD", "SD", "PD"]}
    said = everything(go(visit.with_columns(columns), "response.py"))
    assert "(CR or PR of all treated), at 6 months: All patients 1/4." in said


def test_a_time_with_a_caution_wears_its_sign_on_its_tab():
    app = visit.with_sample("open-registry")
    app = go(app, "response.py")
    worn = [tab.label for tab in app.tabs if tab.label.startswith(":material/warning: ")]
    assert worn == [
        tab.label for tab in app.tabs if any("not followed" in each.value for each in tab.warning)
    ]
    assert ":material/warning: At 12 months" in worn


def test_best_response_stands_both_ways():
    app = opened()
    (shown,) = [t for t in tables(app) if "All patients, confirmed" in t.columns]
    assert shown["All patients, confirmed"]["ORR, all treated"].startswith("12/12 (100 %")
    number(app, "confirm_days").set_value(200).run()
    (shown,) = [t for t in tables(app) if "All patients, confirmed" in t.columns]
    assert shown["All patients, confirmed"]["ORR, all treated"].startswith("0/12 (0 %")
    assert shown["All patients, unconfirmed"]["ORR, all treated"].startswith("12/12 (100 %")


def test_passages_add_up_in_the_tables():
    passages = "response-over-time-0", "response-over-time-1"
    app = unfolded(go(with_sample(), "response.py"), *passages)
    shown = [t for t in tables(app) if t.index[-1] == "All"]
    assert len(shown) == 2
    for table in shown:
        numbers = table.astype(int)
        assert numbers.loc["All", "All"] == 36
        assert (numbers.iloc[:-1].sum() == numbers.loc["All"]).all()


def test_duration_of_response_is_a_curve_of_the_responders():
    app = opened()
    charts = [chart for chart in app.get("plotly_chart") if "first response" in chart.proto.spec]
    assert len(charts) == 1
    (shown,) = [t for t in tables(app) if "Duration of response" in t.columns]
    assert shown["Duration of response"]["Patients"] == "12"
    # from day 60 to the progression of day 300, in all of them: 240 / 30.4375 months
    assert shown["Duration of response"]["Median, months"].startswith("7.9")
    assert "n = 12. Median duration of response: 7.9 months" in everything(app)
    assert "Not by arm" in everything(app)


def test_one_responder_is_said_in_place_of_a_curve():
    app = go(with_sample(), "response.py")
    said = everything(app)
    assert "Patients with a confirmed CR or PR: n = 1." in said
    assert "Too few responses for a curve." in said
    assert not [c for c in app.get("plotly_chart") if "first response" in c.proto.spec]


# --- recorded against derived


def test_the_sample_shows_no_disagreement_and_says_so_in_one_line():
    app = unfolded(go(with_sample(), "response.py"), "disagreements")
    assert "Recorded against derived: 0 disagreements, 3 findings" in labels(app)
    assert disagreements(app) == []
    assert "records of the 36 measured patients is what their measurements show" in everything(app)
    assert not any("Recorded otherwise" in words for words in visit.words(app.warning))
    doubts = [t for t in tables(app) if any("not said where" in label for label in t.index)]
    assert len(doubts) == 1


@pytest.mark.parametrize("source", ["derived", "recorded"])
def test_a_disagreement_is_shown_with_its_reason_and_counted(source):
    app = opened(response_6m=["PR"] * (N - 1) + ["CR"], response_12m=["PD"] * N)
    if source == "recorded":
        box(app, "Responses").set_value("recorded").run()
    assert "Recorded against derived: 1 disagreement, 12 findings" in labels(app)
    app = unfolded(app, "disagreements")
    (shown,) = disagreements(app)
    assert list(shown.index) == ["P12"]
    assert shown.iloc[0].tolist() == [
        "13",
        "Response at 6 months",
        "CR",
        "PR",
        "sum 65 mm is −35 % from baseline 100 mm",
    ]
    assert f"The plan uses the {source} ones" in everything(app)
    (warned,) = [words for words in visit.words(app.warning) if "Recorded otherwise" in words]
    assert "entries: 1, patients: 1. The " + source in warned


def test_where_no_time_of_the_plan_is_recorded_the_page_says_so():
    app = opened()
    box(app, "Responses").set_value("recorded").run()
    assert not app.exception
    assert "Nothing is recorded at these times." in everything(app)
    box(app, "Responses").set_value("derived").run()
    assert "Response derived from measurements" in everything(app)
