"""Covariates of which values are missing: imputed, and nobody left out."""

import numpy as np
import pytest

from lib import exhibits
from lib.analyses import adjustment, comparison, imputed
from lib.schema import ENDPOINTS
from tests.analyses.test_adjustment import confounded
from tests.conftest import study_of

OS = ENDPOINTS["OS"]


def with_missing(share=0.3, n=160, seed=4):
    """Liver involvement is missing of more of those who died early, in one arm more than another.

    The chance of it hangs on arm and outcome alone, which are known.
    """
    columns = confounded(n=n, seed=seed)
    random = np.random.default_rng(seed)
    early = np.array(columns["os_months"]) < 12
    chance = share * np.where(early, 1.6, 0.6)
    gone = random.random(n) < np.where(np.array(columns["modality"]) == "HAI", chance, chance / 2)
    values = np.array(columns["liver_involvement_pct"], dtype=object)
    values[gone] = None
    return columns | {"liver_involvement_pct": values.tolist()}, int(gone.sum())


def test_nobody_is_left_out_and_the_missing_are_counted_by_arm():
    columns, gone = with_missing()
    study = study_of(columns)
    found = imputed.of_endpoint(study, OS)
    assert sum(found.n) == 160
    first, second = found.covariates
    assert (first.column.name, second.column.name) == ("liver_involvement_pct", "ecog")
    assert sum(first.missing) == gone and second.missing == (0, 0)
    assert found.ratio.imputations >= 20
    assert found.ratio.imputations >= round(100 * gone / 160)
    assert 0 < found.ratio.missing_information < 1


def test_it_comes_nearer_to_what_all_values_give_than_the_complete_cases_do():
    apart = []
    for seed in range(4, 10):
        columns, _gone = with_missing(seed=seed)
        whole = adjustment.of_endpoint(study_of(confounded(n=160, seed=seed), resamples=2), OS)
        truth = np.log(whole.model.terms[0].ratio.value)
        study = study_of(columns, resamples=2)
        part = adjustment.of_endpoint(study, OS).model.terms[0].ratio.value
        filled = imputed.of_endpoint(study, OS).ratio.estimate.value
        apart.append((abs(np.log(filled) - truth), abs(np.log(part) - truth)))
    mine, complete = np.mean(apart, axis=0)
    assert mine < complete


def test_a_confounder_that_is_missing_of_many_is_adjusted_for_here():
    columns, _gone = with_missing(share=0.4)
    study = study_of(columns)
    made = adjustment.design(study, OS)
    assert "liver_involvement_pct" not in [each.name for each in made.covariates]
    assert {each.column.name: each.why for each in made.omitted} == {
        "liver_involvement_pct": "missing"
    }
    found = imputed.of_endpoint(study, OS)
    assert "liver_involvement_pct" in [each.column.name for each in found.covariates]


def test_where_nothing_is_missing_or_too_few_are_there_it_is_not_done():
    assert imputed.of_endpoint(study_of(confounded()), OS) is None
    columns, _gone = with_missing()
    assert imputed.of_endpoint(study_of({k: v[:30] for k, v in columns.items()}), OS) is None
    half = columns | {"liver_involvement_pct": [None] * 90 + columns["liver_involvement_pct"][90:]}
    assert imputed.of_endpoint(study_of(half), OS) is None


def test_the_same_seed_gives_the_same_and_the_order_of_rows_does_not_matter():
    columns, _gone = with_missing()
    back = {name: values[::-1] for name, values in columns.items()}
    one, two = (imputed.of_endpoint(study_of(each), OS).ratio for each in (columns, back))
    assert one.estimate.value == pytest.approx(two.estimate.value, abs=1e-9)


def test_it_stands_beside_the_complete_cases_with_what_is_missing():
    columns, gone = with_missing()
    study = study_of(columns, resamples=20)
    compared = comparison.of_arms(study)
    shown = exhibits.adjustment.of_endpoint(
        adjustment.of_endpoint(study, OS), compared, imputed.of_endpoint(study, OS)
    )
    table = shown.tables[0].frame.set_index("Analysis")
    row = table.loc["Adjusted, Cox model, missing values imputed"]
    assert row["Hazard ratio"].count("95 % CI") == 1
    missing = shown.tables[1]
    assert "Rubin’s rules" in missing.caption and "seed 20221" in missing.caption
    counts = missing.frame.iloc[0, 1:].str.split("/").str[0].astype(int)
    assert counts.sum() == gone
