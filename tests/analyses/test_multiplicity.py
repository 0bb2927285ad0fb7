"""The primary test stands by itself; the others are one family."""

import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2

from lib.analyses import comparison, multiplicity
from lib.statistics.estimate import holm
from tests.conftest import TWO_ARMS, studied, study_of


def of_page(**choices):
    study = studied("workbook", **choices)
    return multiplicity.of_page(study), comparison.of_arms(study)


def test_without_a_primary_endpoint_no_test_stands_by_itself():
    found, _compared = of_page()
    assert found.primary is None
    assert_allclose(
        [test.adjusted for test in found.main], holm([test.pvalue for test in found.main])
    )


def test_the_primary_test_is_of_the_contrast_that_decides_and_in_no_family():
    unnamed, _compared = of_page()
    found, compared = of_page(primary="OS")
    assert found.primary.pvalue == compared.survivals[0].rmst.pvalue
    assert found.primary.values == (
        ("endpoint", compared.survivals[0].endpoint),
        ("months", 24),
    )
    assert found.main == unnamed.main, "the log-rank test beside it is secondary"


def test_where_the_ratio_decides_the_log_rank_test_does_not_ask_again():
    unnamed, _compared = of_page()
    found, compared = of_page(primary="OS", contrast="hazard ratio")
    hazard = compared.survivals[0].hazard
    assert found.primary.pvalue == hazard.pvalue
    assert [test.message.code for test in found.main] == [
        test.message.code for test in unnamed.main[1:]
    ]


def test_with_few_events_the_p_value_is_that_of_the_limits():
    columns = TWO_ARMS | {"modality": ["HAI", "TACE", "TACE", "HAI", "HAI"] * 5}
    study = study_of(columns, primary="OS", contrast="hazard ratio")
    hazard = comparison.of_arms(study).survivals[0].hazard
    none, fitted = hazard.log_likelihood
    assert sum(hazard.events) < study.plan.small.events_few
    p = multiplicity.of_page(study).primary.pvalue
    assert p == pytest.approx(chi2.sf(2 * (fitted - none), 1), rel=1e-12)
    assert p != hazard.pvalue


@pytest.mark.parametrize("choices", [{"primary": "OS", "crossover": "censored"}, {"primary": "X"}])
def test_where_nothing_is_primary_no_test_is(choices):
    found, _compared = of_page(**choices)
    assert found.primary is None


def test_a_test_that_is_withheld_is_not_the_primary_one():
    columns = TWO_ARMS | {"modality": ["HAI"] * 16 + ["TACE"] * 9}
    assert multiplicity.of_page(study_of(columns, primary="OS")).primary is None


def test_tests_are_counted_without_the_primary_one():
    found, _compared = of_page(primary="OS")
    every = (*found.main, *found.interactions)
    assert found.below == sum(test.pvalue < 0.05 for test in every)
    assert found.left == sum(test.adjusted < 0.05 for test in every)
