"""Bars, lines, lanes and timelines: every patient is drawn, or counted with the reason."""

from dataclasses import replace
from datetime import date
from math import isnan, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.analyses import patients, timeline
from lib.analyses.patients import Mark
from lib.analyses.study import opening_plan, under_study
from lib.cohort import Finding
from lib.followup import BEFORE_ORIGIN
from lib.recist.best import NOT_ASSESSED
from tests.conftest import START, after, cohort_of, sample, studied, study_of

# P1 shrinks and then grows over its nadir; P2 shrinks and has a new lesion at that assessment;
# P3 has no baseline sum; P4 is not assessed; P5 is measured in part alone; P6 does not change.
PATIENTS = {
    "modality": ["HAI", "TACE", "HAI", "TACE", "HAI", "TACE"],
    "first_procedure_date": [START] * 6,
    "last_contact_date": [after(m) for m in (20, 18, 16, 14, 12, 10)],
    "death_date": [after(20), None, None, None, None, None],
    "vital_status": ["dead", "alive", "lost", "alive", "alive", "alive"],
}
ASSESSMENTS = {
    "patient_id": ["P1"] * 4 + ["P2"] * 2 + ["P3"] * 2 + ["P6"] * 2,
    "assessment_date": [after(m) for m in (-0.5, 3, 6, 9, -1, 3, -0.5, 3, -0.5, 3)],
    "sld_mm": [100, 60, 65, 75, 50, 30, None, None, 40, 40],
    "nontarget": [None] * 6 + ["present", "present", None, None],
    "new_lesion": [None] * 5 + ["yes"] + [None] * 4,
}
LESIONS = {
    "patient_id": ["P5"] * 3,
    "lesion_id": ["L1", "L2", "L1"],
    "organ": ["liver"] * 3,
    "target": ["yes"] * 3,
    "assessment_date": [after(-0.5), after(-0.5), after(3)],
    "diameter_mm": ["30", "20", "10"],
}
PROCEDURES = {
    "patient_id": ["P1", "P1", "P1", "P2"],
    "procedure_date": [START, after(2), None, after(25)],
    "modality": ["HAI", "TACE", "HAI", "TACE"],
    "drug": ["FOLFOX", None, None, None],
}


TABLES = {"assessments": ASSESSMENTS, "lesions": LESIONS, "procedures": PROCEDURES}


def built(columns=PATIENTS, **tables):
    return study_of(columns, tables or TABLES)


# --- waterfall


def test_a_bar_is_the_lowest_change_up_to_progression():
    bars = {bar.patient_id: bar for bar in patients.waterfall(built()).bars}
    assert {name: bar.change for name, bar in bars.items()} == {"P1": -0.4, "P2": -0.4, "P6": 0.0}
    assert bars["P1"].months == pytest.approx(3, abs=0.02)


def test_how_progression_showed_is_told_for_the_height_does_not():
    bars = {bar.patient_id: bar for bar in patients.waterfall(built()).bars}
    assert bars["P1"].signs == (patients.GREW,)  # 75 over 60: +25% and 15 mm
    assert bars["P1"].progression == pytest.approx(9, abs=0.02)
    assert bars["P2"].signs == (patients.NEW_LESION,)
    assert bars["P2"].best == "PD"
    assert isnan(bars["P6"].progression) and bars["P6"].signs == ()


def test_what_shrinks_after_progression_is_no_best_change():
    table = ASSESSMENTS | {"sld_mm": [100, 90, 130, 20, 50, 30, None, None, 40, 40]}
    (bar,) = [b for b in patients.waterfall(built(assessments=table)).bars
              if b.patient_id == "P1"]  # fmt: skip
    assert bar.change == pytest.approx(-0.1)


def test_whoever_has_no_bar_is_listed_with_the_reason():
    result = patients.waterfall(built())
    assert {each.patient_id: each.reason for each in result.left_out} == {
        "P3": patients.NO_BASELINE_SUM,
        "P4": NOT_ASSESSED,
        "P5": patients.INCOMPLETE,
    }
    columns = {"modality": ["HAI"], "os_months": [5.0], "os_event": ["yes"]}
    (left,) = patients.waterfall(study_of(columns)).left_out
    assert left.reason == patients.NO_START
    (lane,) = lanes_of(study_of(columns)).values()  # months alone make a lane
    assert (lane.followed, lane.end) == (5.0, patients.DEATH)


def test_a_sum_after_progression_alone_gives_no_bar():
    table = {
        "patient_id": ["P1"] * 3,
        "assessment_date": [after(-0.5), after(3), after(6)],
        "sld_mm": [100, None, 80],
        "new_lesion": [None, "yes", None],
    }
    study = built(assessments=table)
    reasons = {each.patient_id: each.reason for each in patients.waterfall(study).left_out}
    assert reasons["P1"] == patients.NO_SUM
    (line,) = patients.spider(study).lines
    assert [point.change for point in line.points][2] == pytest.approx(-0.2)


def test_the_sample_has_a_bar_for_everybody():
    result = patients.waterfall(studied("workbook"))
    assert (len(result.bars), result.left_out) == (36, ())
    assert [bar.patient_id for bar in result.bars if bar.change <= -0.3] == ["P13"]
    assert sorted(bar.patient_id for bar in result.bars if bar.best == "PD") == ["P02", "P33"]


# --- spider


def test_a_line_begins_at_0_at_its_baseline_assessment():
    lines = {line.patient_id: line for line in patients.spider(built()).lines}
    points = lines["P1"].points
    assert [round(p.change, 3) for p in points] == [0, -0.4, -0.35, -0.25]
    assert [round(p.months, 1) for p in points] == [-0.5, 3, 6, 9]
    assert [p.progression for p in points] == [False, False, False, True]
    assert [p.new_lesion for p in lines["P2"].points] == [False, True]


def test_an_incomplete_sum_has_no_change_and_its_mark_keeps_the_last_height():
    table = ASSESSMENTS | {"sld_mm": [100, 60, None, 75, 50, 30, None, None, 40, 40]}
    table["new_lesion"] = [None, None, "yes", *([None] * 7)]
    lines = {line.patient_id: line for line in patients.spider(built(assessments=table)).lines}
    point = lines["P1"].points[2]
    assert isnan(point.change)
    assert point.height == -0.4
    assert point.progression and point.new_lesion


# --- swimmer


def lanes_of(study):
    return {lane.patient_id: lane for lane in patients.swimmer(study).lanes}


def test_a_lane_runs_to_death_or_last_contact():
    lanes = lanes_of(built())
    assert {name: round(lane.followed, 1) for name, lane in lanes.items()} == {
        "P1": 20, "P2": 18, "P3": 16, "P4": 14, "P5": 12, "P6": 10,
    }  # fmt: skip
    assert lanes["P1"].end == patients.DEATH
    assert lanes["P3"].end == patients.LOST
    assert [name for name, lane in lanes.items() if lane.end == patients.ALIVE] == [
        "P2",
        "P4",
        "P5",
        "P6",
    ]


def test_a_lane_holds_the_days_of_assessments_of_which_nothing_is_said():
    days = {name: ASSESSMENTS[name] for name in ("patient_id", "assessment_date")}
    marks = lanes_of(built(assessments=days))["P1"].marks
    seen = [(round(mark.months), mark.code) for mark in marks if mark.kind == "assessment"]
    assert seen == [(3, ""), (6, ""), (9, "")]


def test_a_lane_holds_procedures_assessments_response_and_progression():
    marks = lanes_of(study_of(PATIENTS, TABLES, confirm=False))["P1"].marks
    assert [(mark.kind, round(mark.months), mark.code) for mark in marks] == [
        ("baseline", 0, ""),
        ("procedure", 0, "HAI"),
        ("procedure", 2, "TACE"),
        ("assessment", 3, "PR"),
        ("response", 3, "PR"),
        ("assessment", 6, "PR"),
        ("assessment", 9, "PD"),
        ("progression", 9, ""),
    ]


def test_what_has_no_date_is_counted_and_what_lies_beyond_the_lane_is_told():
    result = patients.swimmer(built())
    assert result.undated == 1
    outside = {lane.patient_id: lane.outside for lane in result.lanes if lane.outside}
    assert list(outside) == ["P2"]
    assert outside["P2"][0].code == "TACE"


def test_dates_of_the_patients_sheet_alone_make_lanes():
    columns = {
        "first_procedure_date": [START, START, START],
        "first_hai_date": [START, None, None],
        "first_tace_date": [after(4), None, None],
        "modality": ["BOTH", "TACE", None],
        "death_date": [after(10), None, None],
        "last_contact_date": [after(10), after(8), after(6)],
        "progression_date": [after(7), None, None],
        "response_6m": ["SD", None, None],
    }
    lanes = lanes_of(study_of(columns))
    assert lanes["P1"].marks == (
        Mark("procedure", 0.0, "HAI"),
        Mark("procedure", pytest.approx(4, abs=0.02), "TACE"),
        Mark("assessment", 6.0, "SD", nominal=True),
        Mark("progression", pytest.approx(7, abs=0.02)),
    )
    assert lanes["P2"].marks == (Mark("procedure", 0.0, "TACE"),)
    assert lanes["P3"].marks == (Mark("procedure", 0.0, ""),)


def test_a_progression_for_a_time_after_the_death_is_the_death_and_no_mark():
    columns = {
        "first_procedure_date": [START] * 3,
        "death_date": [after(5), after(5), None],
        "last_contact_date": [None, None, after(5)],
        "vital_status": ["dead", "dead", "alive"],
        "response_3m": ["PD", "SD", "SD"],
        "response_6m": ["PD", "PR", "PD"],
    }
    lanes = lanes_of(study_of(columns))
    shown = [
        [(mark.months, mark.code) for mark in lane.marks if mark.nominal] for lane in lanes.values()
    ]
    assert shown == [[(3, "PD")], [(3, "SD"), (6, "PR")], [(3, "SD"), (6, "PD")]]


def test_without_follow_up_a_lane_ends_where_something_was_last_known():
    columns = {"first_procedure_date": [START, START, START], "vital_status": [None, "dead", None]}
    table = {
        "patient_id": ["P1", "P2"],
        "assessment_date": [after(5), after(3)],
        "response_recorded": ["SD", "SD"],
    }
    result = patients.swimmer(study_of(columns, {"assessments": table}))
    lanes = {lane.patient_id: lane for lane in result.lanes}
    assert lanes["P1"].followed == pytest.approx(5, abs=0.02)
    assert lanes["P1"].end == patients.LAST_KNOWN
    assert lanes["P2"].end == patients.UNDATED_DEATH
    assert lanes["P3"].followed == 0


def test_whoever_has_no_lane_is_listed_with_the_reason():
    columns = {
        "first_procedure_date": [START, None, START],
        "last_contact_date": [after(3), after(3), after(-3)],
        "death_date": [None] * 3,
    }
    result = patients.swimmer(study_of(columns))
    assert {each.patient_id: each.reason.code for each in result.left_out} == {
        "P2": "no-start",
        "P3": BEFORE_ORIGIN,
    }


def test_dates_that_contradict_each_other_make_no_lane():
    doubt = Finding("error", "{column}", "death_date", rows=(3,), sets_aside=("OS",))
    result = patients.swimmer(studied(cohort_of(PATIENTS, findings=(doubt,))))
    assert [each.patient_id for each in result.left_out] == ["P2"]


def test_as_recorded_the_letters_are_the_recorded_ones():
    letters = [None, "SD", "SD", "PD", None, "SD", None, "SD", None, "SD"]
    table = ASSESSMENTS | {"response_recorded": letters}
    study = study_of(PATIENTS, {"assessments": table}, source="recorded")
    marks = lanes_of(study)["P1"].marks
    assert [mark.code for mark in marks if mark.kind == "assessment"] == ["SD", "SD", "PD"]
    assert [mark for mark in marks if mark.kind == "response"] == []


# --- order


BAR = patients.waterfall(built()).bars[0]
changes = st.lists(
    st.tuples(st.floats(-1, 5) | st.just(nan), st.floats(0, 100) | st.just(nan), st.integers(0, 2)),
    max_size=30,
)
LEVELS = (patients.NO_VALUE, *(replace(patients.ALL, code=str(i)) for i in range(2)))


@given(changes, st.sampled_from(["change", "follow-up", "group"]))
def test_an_order_keeps_everybody_and_its_promise(values, order):
    bars = [
        replace(BAR, patient_id=str(i), change=change, followed=followed, level=LEVELS[group])
        for i, (change, followed, group) in enumerate(values)
    ]
    found = patients.arranged(bars, order, LEVELS)
    assert sorted(bar.patient_id for bar in found) == sorted(bar.patient_id for bar in bars)
    if order == "group":
        places = [LEVELS.index(bar.level) for bar in found]
        assert places == sorted(places)
        return
    numbers = [bar.change if order == "change" else bar.followed for bar in found]
    known = [number for number in numbers if not isnan(number)]
    assert known == sorted(known, reverse=True)
    assert all(map(isnan, numbers[len(known) :]))


sums = st.one_of(st.none(), st.integers(0, 200))


@given(
    st.lists(
        st.tuples(st.booleans(), sums, st.lists(sums, max_size=4), st.booleans()),
        min_size=1,
        max_size=6,
    )
)
def test_every_patient_is_in_each_figure_or_counted_with_a_reason(people):
    columns = {
        "first_procedure_date": [START if dated else None for dated, *_rest in people],
        "last_contact_date": [after(30) if seen else None for *_rest, seen in people],
        "death_date": [None] * len(people),
    }
    rows = [
        (f"P{i}", after(3 * visit - 0.5), total)
        for i, (_dated, baseline, later, _seen) in enumerate(people, start=1)
        for visit, total in enumerate([baseline, *later])
    ]
    table = dict(zip(("patient_id", "assessment_date", "sld_mm"), zip(*rows, strict=True),
                     strict=True))  # fmt: skip
    study = study_of(columns, {"assessments": table})
    names = sorted(study.cohort.patients["patient_id"])
    for result, drawn in (
        (found := patients.waterfall(study), found.bars),
        (lines := patients.spider(study), lines.lines),
        (lanes := patients.swimmer(study), lanes.lanes),
    ):
        both = [each.patient_id for each in (*drawn, *result.left_out)]
        assert sorted(both) == names
        assert all(each.reason for each in result.left_out)
    for bar in found.bars:  # an oracle: the least change of the sums, while nothing progressed
        _dated, baseline, later, _seen = people[int(bar.patient_id[1:]) - 1]
        known = [total for total in later if total is not None]
        assert bar.change >= min(known) / baseline - 1 - 1e-9
        assert isnan(bar.progression) is False or bar.change == pytest.approx(
            min(known) / baseline - 1
        )


# --- one patient


def test_a_timeline_tells_all_that_happened_in_order_with_its_rows():
    cohort = sample("workbook")
    found = timeline.timeline(under_study(cohort, opening_plan(cohort)), "P02")
    days = [each.on for each in found.happenings]
    assert days == sorted(days)
    kinds = [each.kind for each in found.happenings]
    assert [kinds.count(kind) for kind in ("procedures", "assessments", "death_date")] == [3, 3, 1]
    assert "first_procedure_date" not in kinds  # the table of procedures has that day
    for table in ("procedures", "assessments", "lesions", "adverse_events"):
        rows = cohort.tables[table]
        expected = set(rows.loc[rows["patient_id"] == "P02", "row"].tolist())
        told = {row for each in found.happenings for name, row in each.rows if name == table}
        assert told == expected
    assert found.row == 3
    assert found.lane.end == patients.DEATH


def test_a_timeline_shows_each_endpoint_with_what_ended_it():
    study = built()
    found = timeline.timeline(study, "P1")
    ends = {each.endpoint.code: (each.event, each.competing, each.ended_by) for each in found.ends}
    assert ends["OS"] == (True, False, "death_date")
    assert ends["PFS"] == (True, False, "progression_date")
    other = {each.endpoint.code: each for each in timeline.timeline(study, "P6").ends}
    assert other["PFS"].ended_by == "last_assessment_date" and not other["PFS"].event


def test_death_before_progression_is_another_event_and_not_the_endpoint():
    columns = PATIENTS | {"death_date": [None, None, None, after(14), None, None]}
    study = study_of(columns, {"assessments": ASSESSMENTS})
    ttp = {e.endpoint.code: e for e in timeline.timeline(study, "P4").ends}["TTP"]
    assert (ttp.event, ttp.competing, ttp.ended_by) == (False, True, "death_date")


def test_the_endpoints_of_a_timeline_are_those_of_all_patients():
    """What a file does not say depends on its other patients."""
    columns = {
        "first_procedure_date": [START, START],
        "last_contact_date": [after(5), after(6)],
        "death_date": [None, after(6)],
        "progression": [None, "no"],
    }
    study = study_of(columns)
    for index, name in enumerate(("P1", "P2")):
        for end in timeline.timeline(study, name).ends:
            follow = study.follow(end.endpoint)
            assert end.reason == follow.reason[index]
            assert np.isclose(end.months, follow.months[index], equal_nan=True)
    assert timeline.timeline(study, "P1").ends[1].reason != ""


def test_a_timeline_has_the_clock_of_the_plan():
    columns = {
        "liver_mets_date": [after(-4), after(-2)],
        "first_procedure_date": [START, START],
        "last_contact_date": [after(5), after(6)],
        "death_date": [None, after(6)],
    }
    later = study_of(columns, origin="liver_mets_date")
    (overall,) = [end for end in timeline.timeline(later, "P2").ends if end.endpoint.code == "OS"]
    assert overall.months == pytest.approx(8, abs=0.05)


def test_the_lane_of_a_timeline_is_that_of_the_swimmer():
    study = built()
    lanes = lanes_of(study)
    assert {name: timeline.timeline(study, name).lane for name in lanes} == lanes


def test_a_timeline_has_the_sizes_of_lesions_and_gaps_where_none_was_measured():
    lesions = timeline.timeline(built(), "P5").lesions
    sizes = {lesion.name: lesion.sizes for lesion in lesions}
    assert sizes == {"L1": (30, 10), "L2": (20,)}


def test_how_long_a_response_lasted_is_told_of_responders_alone():
    study = study_of(PATIENTS, TABLES, confirm=False)
    lasted = timeline.timeline(study, "P1").response
    assert (lasted.start, lasted.end, lasted.ended_by) == (after(3), after(9), "progression")
    assert timeline.timeline(study, "P6").response is None
    found = timeline.timeline(study_of({"modality": ["HAI"]}), "P1")  # without any date
    assert (found.happenings, found.lane, found.not_drawn) == ((), None, patients.NO_START)
    with pytest.raises(KeyError):  # who is not under study
        timeline.timeline(study, "P9")


def test_nothing_after_the_cut_off_is_told():
    study = study_of(PATIENTS, TABLES, as_of=after(7))
    assert max(mark.months for lane in patients.swimmer(study).lanes for mark in lane.marks) <= 7
    found = timeline.timeline(study, "P1")
    assert max(each.on for each in found.happenings if each.on) <= after(7)
    assert isinstance(found.happenings[0].on, date)
