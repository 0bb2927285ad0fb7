"""The sample files give the published abstract's numbers, and R's on every subset.

Golden values: tests/golden/sample.R, which reads the Russian file by itself.
"""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from lib import exhibits, text
from lib.analyses import comparison, response, survival
from lib.analyses.study import under_study
from lib.plan import Condition
from lib.schema import ENDPOINTS
from tests.analyses.test_counted import plain
from tests.conftest import ROOT, parts, studied

OS, PFS = ENDPOINTS["OS"], ENDPOINTS["PFS"]
GOLDEN = json.loads((ROOT / "tests" / "golden" / "sample.json").read_text(encoding="utf-8"))


def golden(values):
    return [np.nan if value is None else value for value in values]


def at(cohort, plan, months):
    times = {time.months: time for time in response.by_group(under_study(cohort, plan)).times}
    return times[months]


def states(group):
    counted = zip(response.STATES, group.counts.tolist(), strict=True)
    return {state.code: k for state, k in counted if k}


def milestone(result, months):
    milestones = result.provenance.plan.survival.milestones
    return result.everyone.milestones[milestones.index(months)].survival


def filtered(plan, modality):
    return replace(plan, study=replace(plan.study, selection=(Condition("modality", (modality,)),)))


def test_thirty_six_patients_of_two_centres_all_read(cohort, plan):
    study = under_study(cohort, plan)
    assert len(study.cohort) == cohort.source.rows == 36
    assert study.groups("centre").counts().sum() == 36
    assert len(study.groups("centre").levels) == 2
    assert cohort.source.synthetic


def test_response_at_6_and_12_months(cohort, plan):
    six, twelve = (at(cohort, plan, months).everyone for months in (6, 12))
    assert states(six) == {"PR": 1, "SD": 29, "PD": 6}
    assert states(twelve) == {"SD": 21, "PD": 15}
    assert (six.died_with_pd, twelve.died_with_pd) == (2, 6)
    assert (six.treated, six.evaluable) == (36, 36)
    assert [text.count_of(k, 36) for k in (21, 15)] == ["21/36 (58.3%)", "15/36 (41.7%)"]


def test_the_states_as_printed_without_decimals_as_the_smaller_arm_has_them(cohort, plan):
    printed = exhibits.response.at_time(at(cohort, plan, 6), plan.small).set_index(" ")
    assert printed["All patients"].to_dict() == {
        "All treated": "36",
        "Complete response (CR)": "0/36 (0%)",
        "Partial response (PR)": "1/36 (3%)",
        "Stable disease (SD)": "29/36 (81%)",
        "Progressive disease (PD)": "6/36 (17%), of whom 2 died",
        "ORR, all treated": "1/36 (3%, 95% CI <1 to 15)",
        "ORR, evaluable": "1/36 (3%, 95% CI <1 to 15)",
        "DCR, all treated": "30/36 (83%, 95% CI 67 to 94)",
        "DCR, evaluable": "30/36 (83%, 95% CI 67 to 94)",
    }


def test_one_year_survival(cohort, plan):
    result = survival.by_group(under_study(cohort, plan), OS)
    found = milestone(result, 12)
    assert found.value == pytest.approx(30 / 36)
    # R: binom.test(30, 36)$conf.int, for nobody was lost before a year
    assert text.survival(found) == "83.3% (95% CI 67.2 to 93.6)"
    # R: summary(survfit(Surv(os, dead) ~ 1, conf.type = "log-log"), times = 12)
    assert text.survival(result.everyone.curve.at(12)) == "83.3% (95% CI 66.6 to 92.1)"
    counts = result.everyone.curve.counts_at([12])
    assert (counts.events[0], counts.censored[0], counts.at_risk[0]) == (6, 0, 30)
    assert text.number(result.everyone.median.value) == "22.0"
    assert milestone(result, 6).value == pytest.approx(34 / 36)
    free = survival.by_group(under_study(cohort, plan), PFS)
    assert milestone(free, 12).value == pytest.approx(21 / 36)


# Disease control at 6 months, progression-free survival at 6 and overall survival at 12 are all
# 30/36 here. Each is asserted by itself, and again where only its own source was changed.


def disease_control_at_6(cohort, plan):
    rate = at(cohort, plan, 6).everyone.control[0]
    return rate.k, rate.n


def progression_free_at_6(cohort, plan):
    return milestone(survival.by_group(under_study(cohort, plan), PFS), 6).value * 36


def alive_at_12(cohort, plan):
    return milestone(survival.by_group(under_study(cohort, plan), OS), 12).value * 36


def recorded(plan):
    """The plan that believes what was typed, and derives nothing from the lesions."""
    return replace(plan, response=replace(plan.response, source="recorded"))


def changed(cohort, column, value, where):
    patients = cohort.patients.copy()
    row = int(np.flatnonzero(where)[0])
    patients.loc[row, column] = value
    return replace(cohort, patients=patients)


def three(cohort, plan):
    """Disease control and progression-free survival at 6 months, overall survival at 12."""
    return [
        disease_control_at_6(cohort, plan)[0],
        progression_free_at_6(cohort, plan),
        alive_at_12(cohort, plan),
    ]


def test_each_of_three_changes_with_its_own_source_alone(cohort, plan):
    plan, columns = recorded(plan), cohort.patients
    assert disease_control_at_6(cohort, plan) == (30, 36)
    start, stable = columns["first_procedure_date"], columns["response_6m"] == "SD"
    dated = columns["progression_date"].notna()
    later = ((columns["death_date"] - start).dt.days > 400) & dated

    def day(where, days):
        return start[int(np.flatnonzero(where)[0])] + pd.Timedelta(days=days)

    assert three(cohort, plan) == pytest.approx([30, 30, 30])
    for change, expected in (
        (("response_6m", "PD", stable), [29, 30, 30]),
        (("progression_date", day(stable & dated, 150), stable & dated), [30, 29, 30]),
        (("death_date", day(later, 300), later), [30, 30, 29]),
    ):
        assert three(changed(cohort, *change), plan) == pytest.approx(expected)


# --- both files say the same


def numbers(result):
    """All of a result but where it comes from, and what only a workbook says of its patients."""
    left_out = ("provenance", "derivation", "findings", "sites", "cautions", "endings")
    if isinstance(result, dict):
        return {name: numbers(each) for name, each in result.items() if name not in left_out}
    return [numbers(each) for each in result] if isinstance(result, list) else result


def test_both_files_give_the_same():
    book, russian = (studied(name, source="recorded") for name in ("workbook", "russian"))
    for endpoint in (OS, PFS):
        one, other = (plain(survival.by_group(each, endpoint)) for each in (book, russian))
        assert numbers(one) == numbers(other)
    one, other = (plain(response.by_group(each)) for each in (book, russian))
    assert numbers(one) == numbers(other)
    one, other = (plain(comparison.of_arms(each)) for each in (book, russian))
    assert numbers(one["responses"]) == numbers(other["responses"])
    # only the workbook says where a disease progressed
    assert numbers(one["survivals"][:2]) == numbers(other["survivals"])


# --- and R says the same of every subset


@pytest.mark.parametrize("modality", ["HAI", "TACE"])
def test_filtered_to_one_modality_all_is_as_r_gives_on_the_subset(cohort, plan, modality):
    expected = GOLDEN[modality]
    only = filtered(plan, modality)
    # R: subset(d, modality == "HAI"), by the first procedure
    assert len(under_study(cohort, only).cohort) == expected["n"]
    six = at(cohort, only, 6).everyone
    for rate, name in ((six.objective[0], "ORR_6"), (six.control[0], "DCR_6")):
        # R: binom.test(k, n)$conf.int
        assert (rate.k, rate.n) == (expected[name]["k"], expected[name]["n"])
        assert_allclose([rate.estimate.low, rate.estimate.high], expected[name]["limits"], 1e-12)
    for endpoint, time in ((OS, 12), (PFS, 6)):
        result = survival.by_group(under_study(cohort, only), endpoint)
        # R: quantile(survfit(Surv(os, dead) ~ 1, conf.type = "log-log"), 0.5)
        assert_allclose(
            parts(result.everyone.median), golden(expected[f"{endpoint.code}_median"]), 1e-12
        )
        # R: summary(survfit(...), times = 12)
        assert_allclose(
            parts(result.everyone.curve.at(time)),
            golden(expected[f"{endpoint.code}_{time}"]),
            1e-12,
        )
        assert [group.level.code for group in result.groups] == [modality]
    assert survival.by_group(under_study(cohort, only), OS).everyone.events == expected["deaths"]


def test_of_everybody_all_is_as_r_gives_it(cohort, plan):
    expected = GOLDEN["all"]
    result = survival.by_group(under_study(cohort, plan), OS)
    assert_allclose(parts(result.everyone.median), golden(expected["OS_median"]), 1e-12)
    assert_allclose(parts(result.everyone.curve.at(12)), golden(expected["OS_12"]), 1e-12)
    assert result.everyone.events == expected["deaths"]


def test_the_arms_differ_as_r_says(cohort, plan):
    contrast = comparison.of_arms(under_study(cohort, plan)).survivals[0]
    # R: survdiff(Surv(os, dead) ~ arm)
    assert_allclose([contrast.log_rank.statistic, contrast.log_rank.pvalue], GOLDEN["log_rank"])
    # R: summary(coxph(Surv(os, dead) ~ arm, ties = "efron"))$conf.int
    assert_allclose(parts(contrast.hazard.ratio), GOLDEN["hazard_ratio"], rtol=1e-6)


def test_nothing_by_modality_is_called_the_papers(cohort):
    assert "split by modality is invented" in text.source(cohort.source)
