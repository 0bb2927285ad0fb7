import datetime
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from lib import text
from lib.analyses import arms, response, survival
from lib.analyses.arms import comparable
from lib.analyses.modality import AS_RECORDED, FIRST_PROCEDURE
from lib.analyses.states import due
from lib.analyses.study import Cut, opening_plan, under_study
from lib.cohort import WHOLE_ROW, Finding, Source
from lib.plan import ComparisonPlan, Condition, CutPoints, Plan, PlanError, StudyPlan, dumps, loads
from lib.schema import BY_DATES, COLUMNS, ENDPOINTS, MODALITIES, Column
from tests.conftest import START, after, chosen, cohort_of, sample, study_of

LEVELS = {level.code: level for level in MODALITIES}


def selecting(*conditions):
    return Plan(study=StudyPlan(selection=conditions))


def modality(study):
    return [None if value != value else value for value in study.cohort.patients["modality"]]


def procedures(*rows):
    patient, day, kind = zip(*rows, strict=True)
    return {"procedures": {"patient_id": patient, "procedure_date": day, "modality": kind}}


@pytest.mark.cases
def test_modality_is_that_of_the_earliest_procedure(columns, done, choices, expected, both):
    """Numbers are months; of nothing but dates the first of each kind, else as it was recorded."""
    read = {
        name: [after(cell) if isinstance(cell, int) else cell for cell in cells]
        for name, cells in columns.items()
    }
    tables = procedures(*((who, after(month), kind) for who, month, kind in done)) if done else {}
    study = under_study(cohort_of(read, tables), chosen(**(choices or {})))
    assert modality(study) == expected
    dated = (done or len(columns) > 1 or "first_hai_date" in columns) and not both
    assert study.modality_rule == (FIRST_PROCEDURE if dated else AS_RECORDED)
    assert study.both_recorded == both


def test_modality_recorded_is_kept_and_set_against_the_one_analysed():
    cohort = cohort_of(
        {"modality": ["BOTH", "BOTH", "HAI"]},
        procedures(("P1", after(0), "HAI"), ("P2", after(0), "TACE"), ("P3", after(0), "HAI")),
    )
    study = under_study(cohort, Plan())
    assert study.cohort.patients["modality_recorded"].tolist() == ["BOTH", "BOTH", "HAI"]
    assert study.overlap() == (
        (LEVELS["HAI"], LEVELS["HAI"], 1),
        (LEVELS["BOTH"], LEVELS["HAI"], 1),
        (LEVELS["BOTH"], LEVELS["TACE"], 1),
    )


def test_a_level_that_the_schema_does_not_know_is_kept():
    study = under_study(cohort_of({"modality": ["HAI", "ablation"]}), Plan())
    assert [level.code for level in study.groups("modality").levels] == ["HAI", "ablation"]


@pytest.mark.cases
def test_a_condition_keeps_its_levels_its_range_with_both_ends_and_the_missing(
    column, levels, low, high, missing, left
):
    condition = Condition(column, tuple(levels), low, high, missing)
    cohort = cohort_of({"sex": ["F", "M", "F", "M", None], "age": [50, None, 60, 70, 40]})
    study = under_study(cohort, selecting(condition))
    assert study.cohort.patients["patient_id"].tolist() == left
    assert len(study.whole) == 5


def test_conditions_hold_together_and_take_the_rows_of_other_tables_with_them():
    cohort = cohort_of(
        {"sex": ["F", "M", "F"], "age": [50, 60, 70]},
        procedures(("P1", after(0), "HAI"), ("P2", after(0), "HAI"), ("P3", after(0), "TACE")),
    )
    study = under_study(cohort, selecting(Condition("sex", ("F",)), Condition("age", low=60)))
    assert study.cohort.patients["patient_id"].tolist() == ["P3"]
    assert study.cohort.tables["procedures"]["patient_id"].tolist() == ["P3"]


def test_selection_is_of_the_modality_analysed_not_of_the_one_recorded():
    cohort = cohort_of({"modality": ["BOTH", "BOTH"]}, procedures(("P1", after(0), "HAI")))
    study = under_study(cohort, selecting(Condition("modality", ("HAI",))))
    assert study.cohort.patients["patient_id"].tolist() == ["P1"]


def test_steps_lead_from_the_rows_read_to_the_patients_under_study():
    findings = (
        Finding("error", "no patient in these rows", rows=(5, 6), sets_aside=(WHOLE_ROW,)),
        Finding("warning", "doubtful", rows=(2,), sets_aside=("OS",)),
    )
    cohort = cohort_of(
        {"sex": ["F", "M", "F"]}, findings=findings, source=Source("built.csv", "0" * 64, rows=5)
    )
    steps = under_study(cohort, selecting(Condition("sex", ("F",)))).steps
    assert [(step.removed, step.left) for step in steps] == [(0, 5), (2, 3), (0, 3), (1, 2)]
    assert steps[-1].condition == Condition("sex", ("F",))


def test_a_cohort_is_not_changed_by_studying_it():
    cohort = cohort_of({"modality": ["DEB_TACE", "HAI"]})
    under_study(cohort, selecting(Condition("modality", ("HAI",))))
    assert cohort.patients["modality"].tolist() == ["DEB_TACE", "HAI"]
    assert "modality_recorded" not in cohort.patients


def test_what_was_not_known_at_baseline_does_not_group():
    study = under_study(cohort_of({"best_response": ["CR", "PD"]}), Plan())
    with pytest.raises(ValueError, match="best_response was not known at baseline"):
        study.groups("best_response")


def test_a_number_is_cut_at_the_median_of_the_whole_cohort_whatever_is_selected():
    cohort = cohort_of({"albumin": [30, 35, 40, 45], "sex": ["F", "F", "F", "M"]})
    everyone = under_study(cohort, Plan()).groups("albumin")
    women = under_study(cohort, selecting(Condition("sex", ("F",)))).groups("albumin")
    assert [level.code for level in everyone.levels] == ["<37.5 g/l", "≥37.5 g/l"]
    assert [level.code for level in women.levels] == ["<37.5 g/l", "≥37.5 g/l"]
    assert_array_equal(women.codes, [0, 0, 1])


@pytest.mark.parametrize("name", ["age", "cea_baseline", "a header of their own"])
def test_any_number_is_cut_where_the_plan_says_whatever_is_usual(name):
    own = () if name in COLUMNS else (Column(name, name, "number", baseline=True),)
    cohort = cohort_of({name: [30, 49.5, 50, 70]}, extra=own)
    usual = under_study(cohort, opening_plan(cohort))
    plan = Plan(study=StudyPlan(by=name, cuts=(CutPoints(name, (49.5, 70)),)))
    study = under_study(cohort, opening_plan(cohort, loads(dumps(plan))))
    bare = [level.code.split(" ")[0] for level in study.groups(name).levels]
    assert bare == ["<49.5", "49.5–<70", "≥70"]
    assert_array_equal(study.groups(name).counts(), [1, 2, 1])
    assert study.cuts() == {name: Cut((49.5, 70), "plan")} != usual.cuts()


@pytest.mark.parametrize(
    ("cuts", "why"),
    [
        ((CutPoints("weight", (70,)),), "the file has no column 'weight'"),
        ((CutPoints("sex", (1,)),), "'sex' holds no numbers"),
    ],
)
def test_a_plan_cuts_nothing_but_numbers_of_the_file(cuts, why):
    with pytest.raises(PlanError, match=why):
        opening_plan(cohort_of({"sex": ["F", "M"]}), Plan(study=StudyPlan(cuts=cuts)))


def test_fixed_cuts_belong_to_the_upper_group():
    study = under_study(cohort_of({"liver_involvement_pct": [24.9, 25, 49, 50, None]}), Plan())
    groups = study.groups("liver_involvement_pct")
    assert [level.code for level in groups.levels] == ["<25 %", "25–<50 %", "≥50 %"]
    assert [text.label(level) for level in groups.levels] == ["<25%", "25–<50%", "≥50%"]
    assert_array_equal(groups.codes, [0, 1, 1, 2, -1])
    assert_array_equal(groups.counts(), [1, 2, 1])
    cut = chosen(cuts=(CutPoints("age", (90,)),))  # all are on one side of it
    everybody = under_study(cohort_of({"age": [40, 60, 80]}), cut).everybody
    assert len(everybody.counts("age").levels) == 1


def test_the_opening_plan_takes_the_latest_date_of_any_table_and_leaves_a_chosen_one():
    cohort = cohort_of(
        {"first_procedure_date": [START], "last_contact_date": [after(5)]},
        procedures(("P1", after(9), "HAI")),
    )
    assert opening_plan(cohort).study.as_of == after(9)
    assert opening_plan(cohort, chosen(as_of=START)).study.as_of == START
    assert opening_plan(cohort_of({"sex": ["F"]})).study.as_of is None


def test_due_is_decided_by_the_anniversary_of_the_first_procedure():
    days = [datetime.date(2021, 1, 1), datetime.date(2021, 1, 2), None]
    cohort = cohort_of({"first_procedure_date": days})
    plan = Plan(study=StudyPlan(as_of=datetime.date(2022, 1, 1)))
    assert due(cohort, plan, 12).tolist() == [True, False, True]
    assert due(cohort, Plan(), 12).all()


def test_both_as_recorded_cannot_be_chosen_as_an_arm():
    study = under_study(cohort_of({"modality": ["BOTH", "HAI", "BOTH", "TACE"]}), Plan())
    groups = comparable(study, "modality")
    assert [level.code for level in groups.levels] == ["HAI", "TACE"]
    assert (groups.n, groups.missing) == ((1, 1), 2)
    alone = comparable(under_study(cohort_of({"modality": ["HAI", "HAI"]}), Plan()), "modality")
    assert arms.chosen(alone, ComparisonPlan()) is None  # one group gives no two arms


@pytest.mark.cases
def test_arms_are_those_of_the_plan_else_the_largest_in_display_order(asked, expected):
    cohort = cohort_of({"modality": ["TARE", "TACE", "TACE", "HAI", "HAI", "HAI"]})
    groups = comparable(under_study(cohort, Plan()), "modality")
    found = arms.chosen(groups, ComparisonPlan("modality", *asked))
    assert [groups.levels[at].code for at in found] == expected


conditions = st.lists(
    st.one_of(
        st.builds(
            Condition,
            st.just("modality"),
            st.sets(st.sampled_from(["HAI", "TACE", "OTHER"])).map(tuple),
            keep_missing=st.booleans(),
        ),
        st.builds(
            Condition,
            st.just("age"),
            low=st.none() | st.integers(30, 80).map(float),
            high=st.none() | st.integers(30, 90).map(float),
            keep_missing=st.booleans(),
        ),
        st.builds(Condition, st.just("sex"), st.sampled_from([("F",), ("M",), ("F", "M")])),
    ),
    max_size=3,
).map(tuple)


@given(conditions)
def test_a_filtered_analysis_is_the_analysis_of_the_subset(selection):
    cohort = sample("russian")
    plan = opening_plan(cohort)
    filtered = replace(plan, study=replace(plan.study, selection=selection))
    study = under_study(cohort, filtered)
    kept = cohort.patients["patient_id"].isin(study.cohort.patients["patient_id"])
    subset = cohort.where(kept.to_numpy())
    assert (
        sum(step.removed for step in study.steps) == 36 - len(subset) == 36 - study.steps[-1].left
    )
    there = under_study(subset, plan)
    for ours, theirs in zip(
        response.by_group(study).times, response.by_group(there).times, strict=True
    ):
        assert_array_equal(ours.everyone.counts, theirs.everyone.counts)
        assert [g.counts.tolist() for g in ours.groups] == [
            g.counts.tolist() for g in theirs.groups
        ]
    ours, theirs = (survival.by_group(each, ENDPOINTS["OS"]) for each in (study, there))
    for mine, own in zip(
        (ours.everyone, *ours.groups), (theirs.everyone, *theirs.groups), strict=True
    ):
        assert (mine.level, mine.n, mine.events) == (own.level, own.n, own.events)
        assert repr(mine.median) == repr(own.median)


def test_only_endpoints_that_the_file_has_columns_of_are_counted():
    by_months = study_of({"os_months": [1, 2], "os_event": ["yes", "no"]})
    assert [each.code for each in by_months.endpoints] == ["OS"]
    days = {"first_procedure_date": ["2020-01-01"] * 2, "death_date": ["2021-01-01", None]}
    assert {"OS", "PFS", *BY_DATES} == {each.code for each in study_of(days).endpoints}
