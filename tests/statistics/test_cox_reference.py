"""Agreement of the hazard ratio with R's coxph and cox.zph."""

import pytest
from numpy.testing import assert_allclose

from lib.statistics.cox import hazard_ratio
from lib.statistics.life_table import LifeTable
from tests.conftest import parts
from tests.statistics import reference
from tests.statistics.reference import numbers


def two_groups(prefix):
    """Entries of a quantity with two groups; R's other fits have more coefficients than one."""
    chosen = reference.having(prefix)
    kept = [e for e in chosen["argvalues"] if e["levels"] and len(e["levels"]) == 2]
    return {"argvalues": kept, "ids": [e["id"] for e in kept]}


def tables(entry) -> LifeTable | list[LifeTable]:
    return reference.strata(entry) if entry["strata"] else reference.table(entry)


@pytest.mark.parametrize("entry", **two_groups("cox_"))
def test_group_coefficient(entry):
    ties = entry["quantity"].rsplit("_", 1)[1]
    golden = numbers(entry["value"])
    got = hazard_ratio(tables(entry), *entry["levels"], ties=ties)
    robust = "robust" in entry["quantity"] or entry["weights"]
    assert not got.diverged
    assert_allclose(got.log_ratio, golden["coef"][0], rtol=1e-9)
    assert_allclose(got.std_error, golden["se"][0], rtol=1e-9)
    assert_allclose(got.log_likelihood, golden["loglik"], rtol=1e-9)
    if robust:
        assert_allclose(got.robust_std_error, golden["robust_se"][0], rtol=1e-9)
    shown = got.robust if robust else got.ratio
    assert_allclose(
        parts(shown), [golden[name][0] for name in ("hr", "hr_lower", "hr_upper")], rtol=1e-8
    )
    assert sum(got.events) == golden["nevent"]


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("dataset", ["lung", "veteran", "ovarian"])
def test_proportional_hazards(dataset, ties):
    (entry,) = [
        e
        for e in reference.entries()
        if e["dataset"] == dataset and e["quantity"] == f"zph_{ties}_km" and len(e["levels"]) == 2
    ]
    golden = entry["value"]
    got = hazard_ratio(tables(entry), *entry["levels"], ties=ties).proportional_hazards
    assert_allclose(
        [got.statistic, got.df, got.pvalue],
        [golden["chisq"][0], golden["df"][0], golden["p"][0]],
        rtol=1e-7,  # R's own fit stops at a relative change of 1e-9 of the likelihood
    )
