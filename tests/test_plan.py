from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import plan as plans
from lib.plan import (
    ComparisonPlan,
    Condition,
    MappedColumn,
    MappedValue,
    Plan,
    PlanError,
    Reading,
    ResponsePlan,
    SmallNumbers,
    StudyPlan,
    SurvivalPlan,
)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.floats(allow_nan=False, allow_infinity=False)
small = st.integers(0, 10**6)
above_zero = st.integers(1, 10**6)
months = st.floats(0.5, 1200)


def some(values):
    return st.lists(values, max_size=3).map(tuple)


plans_of_any_kind = st.builds(
    Plan,
    reading=st.builds(
        Reading,
        sheet=words,
        header_row=small,
        columns=some(st.builds(MappedColumn, words, small, words, words, words)),
        values=some(st.builds(MappedValue, words, words, words)),
        day_first=st.none() | st.booleans(),
        known_before=some(words),
    ),
    study=st.builds(
        StudyPlan,
        by=words,
        modality_rule=st.sampled_from(["first procedure", "as recorded"]),
        roll_up=st.booleans(),
        as_of=st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1)),
        selection=some(
            st.builds(
                Condition,
                words,
                some(words),
                st.none() | numbers,
                st.none() | numbers,
                st.booleans(),
            )
        ),
    ),
    response=st.builds(
        ResponsePlan,
        months=some(above_zero).filter(len),
        deaths=st.sampled_from(["as recorded", "as progression", "apart"]),
    ),
    survival=st.builds(
        SurvivalPlan,
        limits=st.sampled_from(["log-log", "log", "plain"]),
        ticks=some(months).filter(len),
        milestones=some(months),
        taus=some(months).filter(len),
    ),
    comparison=st.builds(
        ComparisonPlan, words, words, words, above_zero, small, some(words), above_zero
    ),
    small=st.builds(SmallNumbers, arm_counted=small, tail_share=numbers),
    confidence=st.floats(0.01, 0.99),
)


@given(plans_of_any_kind)
def test_a_plan_reads_back_as_it_was_written(plan):
    assert plans.loads(plans.dumps(plan)) == plan


def test_a_file_holds_only_what_somebody_chose():
    assert plans.dumps(Plan()) == ""
    chosen = Plan(study=StudyPlan(as_of=date(2021, 6, 27)), confidence=0.9)
    assert plans.dumps(chosen) == "confidence = 0.9\n\n[study]\nas_of = 2021-06-27\n"


def test_a_plan_written_by_hand():
    plan = plans.loads(
        """
        [study]
        by = "centre"
        [[study.selection]]
        column = "age"
        low = 50
        [response]
        months = [6, 12]
        """
    )
    assert plan == Plan(
        study=StudyPlan(by="centre", selection=(Condition("age", low=50),)),
        response=ResponsePlan(months=(6, 12)),
    )


@pytest.mark.parametrize(
    ("toml", "why"),
    [
        ("[study", "not a TOML file"),
        ("stdy = 1", "plan: unknown choice 'stdy'; known are reading, study"),
        ("study = 1", "plan.study: a table is expected, not 1"),
        ('[study]\nmodality_rule = "last"', "plan.study.modality_rule: 'last' is not one of"),
        ("[response]\nmonths = 6", "plan.response.months: a list is expected, not 6"),
        ('[response]\nmonths = ["six"]', "plan.response.months: 'six' is not of the expected kind"),
        ("[comparison]\nseed = true", "plan.comparison.seed: True is not of the expected kind"),
        ("[comparison]\nseed = 1.5", "plan.comparison.seed: 1.5 is not of the expected kind"),
        ('[study]\nroll_up = "yes"', "plan.study.roll_up: 'yes' is not of the expected kind"),
        ('[study]\nas_of = "2021"', "plan.study.as_of: '2021' is not of the expected kind"),
        ("[[study.selection]]\nlow = 1", "plan.study.selection: .*column"),
        ("confidence = 95", "confidence"),
        ("confidence = nan", "confidence"),
        ("[survival]\ntaus = []", "taus: at least one"),
        ("[survival]\nticks = []", "ticks: at least one"),
        ("[survival]\nmilestones = [-1]", "times are months, 0 or more"),
        ("[survival]\nmilestones = [inf]", "times are months, 0 or more"),
        ("[response]\nmonths = [0]", "above 0"),
        ("[comparison]\npermutations = 0", "above 0"),
        ("[comparison]\nseed = -1", "seed: 0 or more"),
        ("[study]\nas_of = 2021-06-27T10:00:00", "as_of: .* is not of the expected kind"),
    ],
)
def test_a_plan_that_cannot_be_understood_is_refused_with_its_place(toml, why):
    with pytest.raises(PlanError, match=why):
        plans.loads(toml)
