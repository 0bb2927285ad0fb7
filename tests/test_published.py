"""Tables that were published, made again from their counts; each names its source."""

import json

from numpy.testing import assert_allclose
from scipy.stats import chi2_contingency

from lib import text
from lib.analyses import comparison
from lib.analyses.study import opening_plan, under_study
from lib.plan import ComparisonPlan, Plan
from lib.statistics.proportions import difference, fisher, proportion
from tests.conftest import ROOT, cohort_of

R = {
    entry["id"]: entry["value"]
    for entry in json.loads((ROOT / "tests" / "golden" / "interaction.json").read_text())["entries"]
}


def points(found):
    """An estimate in per cent with its limits, to one decimal."""
    return [round(100 * part, 1) for part in (found.value, found.low, found.high)]


def test_v3_fiorentini_2012_response_to_irinotecan_beads_against_folfiri():
    """Anticancer Res 32:1387-1395: 68.6 % against 20 % of 35 and 35 evaluable patients."""
    assert text.percent(24 / 35) == "68.6 %"
    assert text.percent(7 / 35) == "20.0 %"
    assert points(difference(24, 35, 7, 35).estimate) == [48.6, 25.6, 64.8]
    assert round(fisher([[24, 11], [7, 28]]).pvalue, 4) == 0.0001


def test_v4_a_trial_of_two_infusions_2022_response_and_disease_control():
    """Front Oncol 12:913017 (NCT02557490): 26.1 against 22.4 %, and 80.4 against 71.4 %."""
    rates = [(12, 46, "26.1 %"), (11, 49, "22.4 %"), (37, 46, "80.4 %"), (35, 49, "71.4 %")]
    assert [text.percent(k / n) for k, n, _said in rates] == [said for _k, _n, said in rates]
    assert points(difference(12, 46, 11, 49).estimate) == [3.6, -13.4, 20.7]
    assert points(difference(37, 46, 35, 49).estimate) == [9.0, -8.3, 25.5]
    assert round(fisher([[12, 34], [11, 38]]).pvalue, 2) == 0.81
    assert round(fisher([[37, 9], [35, 14]]).pvalue, 2) == 0.35


def test_v5_a_significant_result_that_fisher_does_not_find():
    """World J Clin Oncol 8:343 (2017): disease control 16/19 against 9/17, published P = .042."""
    table = [[16, 3], [9, 8]]
    pearson = chi2_contingency(table, correction=False).pvalue  # what the authors took
    assert_allclose(pearson, R["v5/pearson"], rtol=1e-12)
    assert_allclose(fisher(table).pvalue, R["v5/fisher"], rtol=1e-12)
    assert round(pearson, 3) == 0.042
    assert round(fisher(table).pvalue, 3) == 0.070


def v5_cohort():
    """The 36 patients of V5, those with breast cancer first, with their best responses."""
    breast = ["PR"] * 7 + ["SD"] * 9 + ["PD"] * 3
    colorectal = ["PR"] * 1 + ["SD"] * 8 + ["PD"] * 8  # how many of the 9 were PR is not printed
    return cohort_of(
        {
            "primary_site": ["breast"] * 19 + ["colorectal"] * 17,
            "best_response": breast + colorectal,
        }
    )


def test_v5_one_test_is_read_and_fishers_stands_beside_it():
    cohort = v5_cohort()
    arms = ComparisonPlan(column="primary_site", reference="colorectal", comparison="breast")
    study = under_study(cohort, opening_plan(cohort, Plan(comparison=arms)))
    result = comparison.of_arms(study)
    (control,) = [
        each for each in result.responses if each.measure == "DCR" and each.denominator == "treated"
    ]
    assert [(arm.k, arm.n) for arm in control.arms] == [(9, 17), (16, 19)]
    assert round(control.fisher.pvalue, 3) == 0.070
    assert not control.newcombe.estimate.allows(0)
    assert control.difference.estimate.allows(0) == (control.difference.pvalue >= 0.05)
    assert all(each.cautions == () for each in result.responses)


def test_v10_li_2013_twelve_of_fifteen():
    """PMC3847346: CR 1, PR 11, SD 3 of 15; 80.0 % (51.9 to 95.7), Clopper-Pearson."""
    assert points(proportion(1 + 11, 15).estimate) == [80.0, 51.9, 95.7]
