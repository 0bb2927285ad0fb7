"""Where limits and the test beside them disagree, a sentence says so and claims neither."""

from dataclasses import replace
from math import isnan
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import exhibits
from lib.analyses import adjustment, comparison, subgroups
from lib.exhibits import verdict
from lib.plan import Plan, SurvivalPlan
from lib.schema import ENDPOINTS
from lib.statistics.estimate import Estimate
from tests.conftest import study_of
from tests.exhibits.test_contrasts import registry as registry  # the fixture

OUT, IN = "lies outside the limits", "lies within the limits"
NEITHER = "claim neither"
OS = ENDPOINTS["OS"]


def estimate(low, high, value=None):
    return Estimate((low + high) / 2 if value is None else value, low, high, 0.95, "")


def rates(k1, n1, k0, n0):
    columns = {
        "modality": ["TACE"] * n1 + ["HAI"] * n0,
        "best_response": ["PR"] * k1 + ["SD"] * (n1 - k1) + ["PR"] * k0 + ["SD"] * (n0 - k0),
    }
    return comparison.of_arms(study_of(columns))


@pytest.mark.parametrize(
    "counts", [(2, 30, 8, 30), (8, 30, 2, 30), (0, 18, 4, 18), (13, 60, 5, 60), (1, 25, 6, 25)]
)
def test_limits_without_0_beside_a_fisher_that_does_not_say_so_claim_nothing(counts):
    result = rates(*counts)
    (found,) = [r for r in result.responses if r.test is not None and r.measure == "ORR"]
    interval = found.difference.estimate
    assert found.test.pvalue >= 0.05 and not interval.low <= 0 <= interval.high
    words = next(words for words in exhibits.comparison.rates_answer(result) if "ORR" in words)
    assert NEITHER in words and OUT not in words and IN not in words
    assert "by the limits of the difference there is a difference, by Fisher’s exact test" in words
    codes = [caution.code for caution in found.cautions]
    assert "limits-and-test-disagree" in codes


@given(*(st.integers(0, 20) for _each in range(2)))
def test_a_sentence_of_two_rates_claims_what_limits_and_test_both_say(k1, k0):
    result = rates(k1, 20, k0, 20)
    found = next(r for r in result.responses if r.test is not None and r.measure == "ORR")
    words = next(words for words in exhibits.comparison.rates_answer(result) if "ORR" in words)
    interval, p = found.difference.estimate, found.test.pvalue
    p = 1.0 if isnan(p) else p  # nobody responded, or everybody: there is nothing to test
    outside = not interval.low <= 0 <= interval.high
    told = [OUT in words, IN in words, NEITHER in words]
    assert told == [outside and p < 0.05, not outside and p >= 0.05, outside != (p < 0.05)]


@pytest.fixture(scope="module")
def compared(registry):
    return comparison.of_arms(registry)


@pytest.mark.cases
def test_a_sentence_of_two_curves_reads_both_limits_and_the_test(compared, mean, ratio, p, told):
    shown = compared.survivals[0]
    other = replace(
        shown,
        rmst=replace(shown.rmst, difference=estimate(*mean)),
        hazard=replace(shown.hazard, ratio=estimate(*ratio)),
        log_rank=replace(shown.log_rank, pvalue=p),
    )
    words = exhibits.comparison.answer(compared, other)
    assert [each for each in (OUT, IN, NEITHER) if each in words] == [told]


def test_a_permutation_beside_the_log_rank_test_is_heard_too(compared):
    shown = compared.survivals[0]
    other = replace(shown, permutation=SimpleNamespace(pvalue=0.3))
    assert "by the log-rank test by permutation there may be none" in exhibits.comparison.answer(
        compared, other
    )


def test_the_level_of_a_test_is_that_of_the_limits():
    assert verdict.test("test", 0.07, 0.9) == [("test", True)]
    assert verdict.test("test", 0.07, 0.95) == [("test", False)]
    assert verdict.test("test", float("nan"), 0.95) == []
    assert verdict.limits("limits", estimate(float("nan"), 1), 0) == []


def test_adjusted_limits_that_disagree_claim_nothing(registry):
    found = adjustment.of_endpoint(registry, OS)
    for mean, ratio, told in (
        ((0.05, 4.4), (0.5, 1.06), NEITHER),
        ((-0.1, 4.4), (0.5, 1.06), "leave room for no difference"),
    ):
        weighted = replace(found.weighted, difference=estimate(*mean), ratio=estimate(*ratio))
        assert told in exhibits.adjustment.answer(replace(found, weighted=weighted))
    alone = replace(found, model=None, weighted=replace(found.weighted, ratio=estimate(0.4, 0.9)))
    said = exhibits.adjustment.answer(
        replace(alone, weighted=replace(alone.weighted, difference=estimate(1, 3)))
    )
    assert "as far as these covariates tell" in said


def test_a_subgroup_whose_test_disagrees_with_its_limits_is_marked(registry):
    (rate,) = [r for r in subgroups.rates(registry) if (r.months, r.measure) == (6, "DCR")]
    found = subgroups.of_rate(registry, rate)
    rows = [row for block in found.blocks for row in block.rows if row.doubtful]
    assert rows and not any(row.estimate is None for row in rows)
    shown = exhibits.subgroups.table(found).set_index("Patients")["Difference, percentage points"]
    marked = [name.strip() for name, cell in shown.items() if cell.endswith("test disagrees")]
    assert marked == [row.level.label for row in rows]
    assert f"(rows: {len(rows)}), claim neither." in exhibits.subgroups.caption(found)


def test_the_horizon_is_said_to_be_chosen_unless_the_plan_names_one(registry, compared):
    words = exhibits.comparison.caption(compared, compared.survivals[0])
    assert "up to 24 months, the first of 24 and 12 months that both arms reach." in words
    plan = replace(registry.plan, survival=SurvivalPlan(taus=(12,)))
    named = comparison.of_arms(replace(registry, plan=plan))
    words = exhibits.comparison.caption(named, named.survivals[0])
    assert "up to 12 months, the horizon that the plan names." in words
    assert "fixed before" not in words
    assert exhibits.comparison.horizon((36, 24, 12)).startswith("the first of 36, 24 and 12 months")


def test_tables_show_on_which_side_of_no_difference_a_limit_lies(compared):
    shown = compared.survivals[0]
    other = replace(
        shown,
        rmst=replace(shown.rmst, difference=estimate(0.04, 4.4)),
        hazard=replace(shown.hazard, ratio=estimate(0.52, 0.998)),
    )
    frame = exhibits.comparison.numbers(other, Plan().small).set_index("Quantity")["Value"]
    assert any("(95 % CI 0.04 to 4.40)" in cell for cell in frame)
    assert any("(95 % CI 0.520 to 0.998)" in cell for cell in frame)
    assert "0.04 to 4.4" in exhibits.comparison.answer(compared, other)
