import time
from datetime import date
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import plan as plans
from lib.plan import (
    ComparisonPlan,
    Condition,
    MappedColumn,
    MappedValue,
    Origin,
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
above_zero = st.integers(1, 10**5)
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
        months=st.sets(st.integers(1, 40).map(lambda n: 3 * n), min_size=1, max_size=4).map(
            lambda found: tuple(sorted(found))
        ),
        source=st.sampled_from(["derived", "recorded"]),
        profile=st.sampled_from(["RECIST 1.1", "liver-directed", "liver-only progression"]),
        confirm=st.booleans(),
        confirm_days=st.integers(1, 365),
        ne_between=st.integers(0, 9),
        sd_between=st.booleans(),
        sd_days=st.integers(0, 365),
        window_days=st.integers(0, 45),
        deaths=st.sampled_from(["as recorded", "as progression", "apart"]),
    ),
    survival=st.builds(
        SurvivalPlan,
        limits=st.sampled_from(["log-log", "log", "plain"]),
        ticks=some(months).filter(len),
        milestones=some(months),
        taus=some(months).filter(len),
        origin=st.sampled_from(get_args(Origin)),
        missed_scans=st.booleans(),
        extrahepatic_competes=st.booleans(),
        landmark=st.floats(1, 12),
    ),
    comparison=st.builds(
        ComparisonPlan,
        words,
        words,
        words,
        permutations=above_zero,
        seed=small,
        covariates=some(words),
        resamples=above_zero,
    ),
    small=st.builds(SmallNumbers, arm_counted=small, tail_share=st.floats(0, 1)),
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
        ('[[study.cuts]]\ncolumn = "age"', "plan.study.cuts: .*at"),
        ('[[study.cuts]]\ncolumn = "age"\nat = []', "cuts: 1 to 11 points"),
        ('[[study.cuts]]\ncolumn = "age"\nat = [65, 50]', "each point once, the lowest first"),
        (
            "[study]\ncuts = [{column = 'a', at = [1]}, {column = 'a', at = [2]}]",
            "each column once",
        ),
        ("confidence = 95", "confidence"),
        ("confidence = nan", "confidence"),
        ("[survival]\ntaus = []", "taus: at least one"),
        ("[survival]\nlandmark = 0", "plan.survival.landmark: months, above 0, up to 120"),
        ('[survival]\norigin = "birth"', "plan.survival.origin: 'birth' is not one of"),
        ("[survival]\nticks = []", "ticks: at least one"),
        ("[survival]\nmilestones = [-1]", "times are months, 0 or more"),
        ("[survival]\nmilestones = [inf]", "is no number that can be counted with"),
        ("[response]\nmonths = [0]", "above 0"),
        ("[response]\nmonths = [12, 6]", "response.months: each once, the earliest first"),
        ("[response]\nmonths = [6, 6]", "response.months: each once, the earliest first"),
        ("[response]\nwindow_days = 46", "window_days: 0 to 45, at most half the time between"),
        ("[response]\nwindow_days = -1", "window_days: 0 to 45"),
        ("[response]\nmonths = [6, 12]\nwindow_days = 92", "window_days: 0 to 91"),
        ("[response]\nmonths = [6]\nwindow_days = 183", "window_days: 0 to 182"),
        ("[response]\nsd_days = -1", "response.sd_days: 0 to 365"),
        ("[response]\nconfirm_days = 0", "response.confirm_days: 1 to 365"),
        ("[response]\nne_between = 10", "response.ne_between: 0 to 9"),
        ('[response]\nsource = "guessed"', "response.source: 'guessed' is not one of"),
        ("[response]\nsd_days = 42.5", "response.sd_days: 42.5 is not of the expected kind"),
        ("[comparison]\npermutations = 0", "above 0"),
        ("[comparison]\nseed = -1", "seed: 0 or more"),
        ("[study]\nas_of = 2021-06-27T10:00:00", "as_of: .* is not of the expected kind"),
    ],
)
def test_a_plan_that_cannot_be_understood_is_refused_with_its_place(toml, why):
    with pytest.raises(PlanError, match=why):
        plans.loads(toml)


# --- what no plan is, and no analysis could end with


@pytest.mark.parametrize(
    "toml",
    [
        "a = " + "[" * 5000,
        "a = " + "[" * 5000 + "]" * 5000,
        ".".join(["a"] * 20_000) + " = 1",
        "[" + ".".join(["a"] * 20_000) + "]",
        "x = '" + "a" * 5_000_000 + "'",
        "[small]\ntail_share = nan",
        "[small]\ncrossing_lead = -inf",
        "[small]\narm_counted = -1",
        "[small]\ntail_share = 2.0",
        "[comparison]\nresamples = 1000000000",
        "[comparison]\npermutations = 1000000000",
        "[survival]\nticks = [" + ", ".join(map(str, range(20_000))) + "]",
        "[survival]\nmilestones = [" + "12, " * 5000 + "]",
        "[[study.selection]]\ncolumn = 'age'\nlow = nan",
        "confidence = 0.9999999999999999",
    ],
    ids=lambda toml: toml[:30],
)
def test_a_plan_without_bounds_is_refused_at_once(toml):
    start = time.process_time()
    with pytest.raises(PlanError):
        plans.loads(toml)
    assert time.process_time() - start < 2
