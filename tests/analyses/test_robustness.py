"""The contrast under every choice: which are tried, which agree, and what could explain it."""

from dataclasses import replace
from math import nan
from typing import get_args

import pytest
from numpy.testing import assert_allclose

from lib import exhibits
from lib.analyses import comparison, robustness, subgroups
from lib.analyses.arms import compared
from lib.analyses.study import under_study
from lib.exhibits.robustness import caption
from lib.plan import Deaths, ModalityRule, Origin, Plan
from lib.schema import ENDPOINTS
from lib.statistics.estimate import Estimate
from lib.statistics.weighting import detectable_hazard_ratio, e_value
from tests.analyses.test_subgroups import built
from tests.conftest import START, after, sample, studied, study_of

OS = ENDPOINTS["OS"]


@pytest.fixture(scope="module")
def cohort():
    return sample("registry")


@pytest.fixture(scope="module")
def study(cohort):
    return studied(cohort)


def by_options(found):
    return {each.options: each for each in found.specifications}


def test_the_plans_own_choices_come_first_and_give_the_pages_numbers(study):
    found = robustness.of_endpoint(study, OS)
    own = found.specifications[0]
    assert [each.own for each in found.specifications].count(True) == 1 and own.own
    (contrast,) = [c for c in comparison.of_arms(study).survivals if c.endpoint == OS]
    assert own.ratio == contrast.hazard.ratio
    assert own.difference == contrast.rmst.difference
    assert own.options == tuple(dimension.own for dimension in found.dimensions)


def test_every_specification_is_what_its_plan_gives(cohort, study):
    found = by_options(robustness.of_endpoint(study, OS))
    other = studied(cohort, origin="liver_mets_date")
    (contrast,) = [c for c in comparison.of_arms(other).survivals if c.endpoint == OS]
    options = ("liver_mets_date", "unadjusted")
    assert found[options].ratio == contrast.hazard.ratio
    assert found[options].n == tuple(arm.n for arm in contrast.arms)


def test_rules_are_taken_from_the_plans_own_types(study):
    rate = robustness.of_rate(study, subgroups.rates(study)[0])
    options = {dimension.name: set(dimension.options) for dimension in rate.dimensions}
    assert options["Deaths"] == set(get_args(Deaths))
    assert options["Responses"] == {"derived", "recorded"}
    assert options["Denominator"] == {"treated", "evaluable"}
    assert "Confirmed" not in options


def test_confirmation_is_a_choice_for_the_best_response_alone(study):
    (best,) = [r for r in subgroups.rates(study) if r.months == 0 and r.measure == "ORR"]
    found = robustness.of_rate(study, best)
    assert "Confirmed" in [d.name for d in (*found.dimensions, *found.kept)]
    assert len(found.specifications) <= robustness.MOST


def test_each_rate_is_what_its_plan_gives(cohort, study):
    (rate,) = [r for r in subgroups.rates(study) if r.months == 6 and r.measure == "DCR"]
    found = by_options(robustness.of_rate(study, rate))
    other = comparison.of_arms(studied(cohort, deaths="apart", source="recorded"))
    for denominator in ("treated", "evaluable"):
        (contrast,) = [
            each
            for each in other.responses
            if (each.months, each.measure, each.denominator) == (6, "DCR", denominator)
        ]
        got = found["apart", "recorded", denominator]
        assert got.difference == contrast.difference.estimate
        assert got.events == tuple(arm.k for arm in contrast.arms)


def test_a_rule_that_changes_nothing_is_tried_once():
    found = robustness.of_endpoint(built(), OS)  # without dates every rule gives as recorded
    assert [dimension.name for dimension in found.dimensions] == ["Adjusted"]  # and no clock
    assert len(found.specifications) == 3


def test_no_more_than_so_many_specifications_and_what_is_kept_is_named(study, monkeypatch):
    monkeypatch.setattr(robustness, "MOST", 6)
    study = under_study(replace(study.as_read), study.plan)
    found = robustness.of_rate(study, subgroups.rates(study)[0])
    assert len(found.specifications) == 5  # over all treated two rules for the dead are one
    assert [dimension.name for dimension in found.kept] == ["Responses"]


def test_the_spread_is_of_all_with_an_estimate_and_counts_what_their_limits_leave_out(study):
    found = robustness.of_endpoint(study, OS)
    spreads = {(each.measure, each.option): each for each in found.spreads}
    assert list(spreads) == [
        ("ratio", "unadjusted"),
        ("ratio", "Cox model"),
        ("ratio", "overlap weights"),
        ("difference", "unadjusted"),
        ("difference", "overlap weights"),  # a model has none
    ]
    for (measure, way), spread in spreads.items():
        estimates = [
            each.ratio if measure == "ratio" else each.difference
            for each in found.specifications
            if each.options[-1] == way
        ]
        values = [each.value for each in estimates if each is not None]
        assert (spread.low, spread.high, spread.counted) == (min(values), max(values), len(values))
        assert spread.limited == spread.counted
    ratios = [each.ratio for each in found.specifications if each.options[-1] == "unadjusted"]
    assert spreads["ratio", "unadjusted"].excluding == sum(each.high < 1 for each in ratios)
    assert spreads["ratio", "overlap weights"].counted == 1


def test_an_earlier_clock_has_neither_mean_time_nor_weights(study):
    found = robustness.of_endpoint(study, OS)
    (clock,) = [each for each in found.dimensions if each.name == "Clock starts"]
    assert set(clock.options) == set(get_args(Origin))
    for each in found.specifications:
        if each.options[0] != "first_procedure_date":
            assert each.difference is None and each.ratio is not None
            assert each.options[-1] != "overlap weights"
    assert len(found.specifications) == 4 * 2 + 1
    assert robustness.WEIGHTS_FROM_START in found.not_tried


def test_a_modality_that_knows_who_received_both_is_no_defensible_choice(study):
    found = robustness.of_endpoint(study, OS)
    assert "Modality" not in [d.name for d in (*found.dimensions, *found.kept)]
    assert robustness.RECORDED_LATER in found.not_tried
    assert robustness.RECORDED_LATER in caption(found)


def test_a_modality_recorded_without_both_is_one():
    n = 12
    columns = {
        "modality": ["HAI"] * n + ["TACE"] * n,
        "first_procedure_date": [START] * 2 * n,
        "first_hai_date": [START] * (n - 1) + [None] * (n + 1),
        "first_tace_date": [None] * (n - 1) + [START] * (n + 1),
        "death_date": [after(2 + at) for at in range(2 * n)],
    }
    found = robustness.of_endpoint(study_of(columns), OS)
    (rule,) = [each for each in found.dimensions if each.name == "Modality"]
    assert set(rule.options) == set(get_args(ModalityRule))
    assert robustness.RECORDED_LATER not in found.not_tried


@pytest.mark.parametrize("own", get_args(Deaths))
@pytest.mark.parametrize("months", [6, 0])
def test_rules_for_the_dead_that_cannot_differ_are_tried_once(cohort, months, own):
    study = studied(cohort, deaths=own, source="recorded")
    (rate,) = [r for r in subgroups.rates(study) if (r.months, r.measure) == (months, "DCR")]
    found = robustness.of_rate(study, rate)
    assert [each.own for each in found.specifications].count(True) == 1
    assert found.specifications[0].own
    at = [each.name for each in found.dimensions].index("Deaths")
    tried = {(each.options[at], each.options[-1]) for each in found.specifications}
    assert len(tried) == (5 if months else 3)
    for deaths in get_args(Deaths):  # what is left out is what another one gives already
        other = studied(cohort, deaths=deaths, source="recorded")
        for each in comparison.responses(other, compared(other)):
            if (each.months, each.measure) == (months, "DCR"):
                same = [
                    one
                    for one in found.specifications
                    if one.options[-1] == each.denominator and "recorded" in one.options
                ]
                assert tuple(arm.k for arm in each.arms) in [one.events for one in same]


def test_a_specification_counts_by_its_limits_and_not_by_its_direction():
    def given(value, low=nan, high=nan):
        return Estimate(value, low, high, 0.95, "")

    def counted(measure, estimates):
        return [
            (each.low, each.high, each.counted, each.limited, each.excluding)
            for each in robustness._spread(measure, "", estimates)
        ]

    one_way = [given(0.5, 0.3, 0.8), given(0.9, 0.6, 1.4), given(0.8), None, given(nan)]
    assert counted("ratio", one_way) == [(0.5, 0.9, 3, 2, 1)]
    above = [given(2.0, 1.0, 3.0), given(3.0, 1.001, 9.0)]
    assert counted("ratio", above) == [(2.0, 3.0, 2, 2, 1)]
    assert counted("difference", [given(-1.0, -2.0, -0.1)]) == [(-1.0, -1.0, 1, 1, 1)]
    assert counted("difference", [None, given(nan)]) == []


def test_arms_too_small_give_no_share():
    columns = {
        "modality": ["HAI"] * 6 + ["TACE"] * 6,
        "os_months": list(range(1, 13)),
        "os_event": ["yes"] * 12,
    }
    found = robustness.of_endpoint(study_of(columns), OS)
    assert found.spreads == ()
    assert all(each.ratio is None for each in found.specifications)


def test_without_two_arms_there_is_nothing_to_try():
    alone = built(column="no such column")
    assert robustness.of_endpoint(alone, OS) is None
    assert robustness.of_rate(alone, subgroups.rates(alone)[0]) is None


# --- what could explain it away


def test_e_value_and_power_are_those_of_the_contrast(study):
    contrast = comparison.of_arms(study).survivals[0]
    found = robustness.hidden_cause(contrast, Plan())
    ratio = contrast.hazard.ratio
    assert found.e_value == e_value(ratio.value, ratio.low, ratio.high)
    assert not found.rare
    n = [arm.n for arm in contrast.arms]
    assert found.events == sum(arm.events for arm in contrast.arms)
    assert_allclose(found.detectable, detectable_hazard_ratio(found.events, n[1] / sum(n)))


def test_rare_events_take_the_hazard_ratio_for_a_risk_ratio():
    columns = {
        "modality": ["HAI"] * 100 + ["TACE"] * 100,
        "os_months": [at % 100 + 1 for at in range(200)],
        "os_event": ["yes" if at < 14 or 100 <= at < 103 else "no" for at in range(200)],
    }
    contrast = comparison.of_arms(study_of(columns)).survivals[0]
    found = robustness.hidden_cause(contrast, Plan())
    ratio = robustness.contrast_ratio(contrast, Plan().small)
    assert found.rare
    assert found.e_value == e_value(ratio.value, ratio.low, ratio.high, rare=True)
    assert 1 < found.e_value.limit < found.e_value.value


@pytest.mark.parametrize("later", range(9))
def test_where_the_limits_hold_1_there_is_nothing_to_explain_away(later):
    columns = {
        "modality": ["HAI"] * 12 + ["TACE"] * 12,
        "os_months": [*range(1, 13), *range(1 + later, 13 + later)],
        "os_event": ["yes", "no", "yes"] * 8,
    }
    contrast = comparison.of_arms(study_of(columns)).survivals[0]
    read = robustness.contrast_ratio(contrast, Plan().small)
    found = robustness.hidden_cause(contrast, Plan())
    assert sum(contrast.hazard.events) < 20 and read == contrast.hazard.profile  # few events
    assert found.e_value in (None, e_value(read.value, read.low, read.high))
    assert (found.e_value is None) == (read.low <= 1 <= read.high)
    assert ("E-value" in exhibits.comparison.hidden_cause(found)) == (found.e_value is not None)


def test_without_a_ratio_there_is_no_e_value_and_without_events_no_power():
    columns = {"modality": ["HAI"] * 12 + ["TACE"] * 12, "os_months": [5] * 24}
    contrast = comparison.of_arms(study_of(columns | {"os_event": ["no"] * 24})).survivals[0]
    found = robustness.hidden_cause(contrast, Plan())
    assert found.e_value is None and found.detectable is None
