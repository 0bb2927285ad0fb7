"""Further results of two arms in words."""

from dataclasses import replace

import numpy as np
import pytest

from lib import exhibits
from lib.analyses import adjustment, comparison, incidence, robustness, subgroups
from lib.analyses.everything import Everything
from lib.exhibits import balance, multiplicity
from lib.schema import ENDPOINTS
from tests.conftest import studied, study_of

OS = ENDPOINTS["OS"]


@pytest.fixture(scope="module")
def everything(registry):
    return Everything(registry)


def test_each_measure_stands_in_its_own_table_with_what_it_estimates(registry):
    found = adjustment.of_endpoint(registry, OS)
    frame = exhibits.adjustment.of_model(found).set_index("Analysis")
    assert list(frame.index) == ["Adjusted, Cox model", "Adjusted, Cox model, complete cases"]
    assert frame.loc["Adjusted, Cox model", "Hazard ratio"] == "0.78 (95% CI 0.54 to 1.13)"
    assert frame.loc["Adjusted, Cox model", "Patients"] == "125 against 115"
    complete = frame.loc["Adjusted, Cox model, complete cases"]
    assert complete["Patients"] == "103 against 92"
    assert complete["Hazard ratio"] == "0.78 (95% CI 0.52 to 1.16)"
    frame = exhibits.adjustment.of_weights(found)
    assert list(frame["Analysis"]) == [
        "Adjusted, overlap weights",
        "Adjusted, overlap weights, complete cases",
    ]
    assert all(each.startswith("0.") for each in frame["Hazard ratio"])
    frame = exhibits.adjustment.mean_times(found).set_index("Analysis")
    mean = "Difference of mean time to 24 months, months"
    assert frame.loc["Unadjusted", "Patients"] == "125 against 115"
    assert frame.loc["Adjusted, overlap weights", mean].startswith("2.0 (95% CI ")
    assert frame.loc["Adjusted, overlap weights, complete cases", mean].startswith("2.3 (95% CI ")
    assert all(frame["What it estimates"])
    shorter = exhibits.adjustment.mean_times(replace(found, tau=12.0)).set_index("Analysis")
    mean = "Difference of mean time to 12 months, months"  # to another horizon: it says which
    assert shorter.loc["Unadjusted", mean].endswith(", to 24 months")
    assert "to 24" not in frame.iloc[0, 2]


def test_the_caption_says_covariates_cases_draws_and_effective_sizes(registry):
    found = adjustment.of_endpoint(registry, OS)
    words = exhibits.adjustment.caption(found, comparison.of_arms(registry))
    assert "Adjusted for extrahepatic disease, liver involvement, ECOG performance" in words
    assert "(11 terms; as many of a list fixed beforehand as the smaller arm allows" in words
    assert "Patients with a missing value, n = 45: it is drawn 20 times." in words
    assert "test of proportional hazards of the arm, median: p = " in words
    assert "estimating equations of propensity and weights; pooled by Rubin’s rules." in words
    assert "Weighted medians: " in words and "months (95% CI" in words
    assert "Effective patients after weighting: 90.6 in" in words
    assert exhibits.adjustment.locked(found) == ""
    said = exhibits.adjustment.answer(found)
    assert said.startswith("Between two patients alike in extrahepatic disease, liver involvement,")
    assert (
        ": hazard ratio 0.78 (95% CI 0.54 to 1.13), in all 240 patients (missing values of 45 "
        "drawn)." in said
    )
    assert "Weighted, in the 240 patients: difference of mean time to 24 months 2.0 months" in said
    assert "; as the same patients were treated, 4.8 months (95% CI 2.8 to 6.7)." in said
    assert "0.50" not in said  # a ratio of another model


def test_complete_cases_are_said_where_the_clock_starts_before_the_first_procedure():
    study = studied("registry", origin="liver_mets_date")
    found = adjustment.of_endpoint(study, OS)
    words = exhibits.adjustment.caption(found, comparison.of_arms(study))
    assert "left out because a covariate has no value, n = 26." in words
    assert "Unadjusted" in set(exhibits.adjustment.mean_times(found)["Analysis"])
    assert "complete-cases" in [each.code for each in found.cautions]


def test_the_page_says_which_condition_fails_and_how_many_would_be_needed(small):
    found = adjustment.of_endpoint(small, OS)
    assert exhibits.adjustment.locked(found) == (
        "Nothing is adjusted: the smaller arm has 16 patients, and 20 are needed."
    )
    frame = exhibits.adjustment.of_model(found).set_index("Analysis")
    assert frame.loc["Adjusted, Cox model", "Hazard ratio"] == "withheld"
    asked = exhibits.adjustment.requirements(found)
    assert list(asked["Met"]) == ["yes", "no", "yes", "yes", "yes", "yes"]
    assert exhibits.adjustment.answer(found) == ""
    caption = balance.love_caption(found.design, comparison.of_arms(small))
    assert "Not weighted: the smaller arm has 16 patients, and 20" in caption


def test_the_sentence_under_a_hazard_ratio(small, registry):
    contrast = comparison.of_arms(small).survivals[0]
    words = exhibits.comparison.hidden_cause(robustness.hidden_cause(contrast, small.plan))
    assert "E-value" not in words  # the limits hold 1
    far = robustness.hidden_cause(comparison.of_arms(registry).survivals[0], registry.plan)
    assert exhibits.comparison.hidden_cause(far).startswith("E-value ")
    assert "With 24 events only a hazard ratio of 0.32 or less, or 3.16 or more," in words


@pytest.fixture(scope="module")
def parted():
    random = np.random.default_rng(1)
    return study_of(
        {
            "modality": ["HAI"] * 40 + ["TACE"] * 40,
            "centre": ["North"] * 40 + ["South"] * 40,
            "prior_lines": [1] * 40 + [2] * 40,
            "albumin": [30, 31] * 20 + [40, 41] * 20,
            "ecog": ["0", "1"] * 20 + [None] * 40,
            "primary_site": [f"site {i}" for i in range(80)],
            "sex": ["F", "M"] * 40,
            "os_months": np.round(random.exponential(20, 80) + 0.1, 1).tolist(),
            "os_event": ["yes"] * 60 + ["no"] * 20,
        }
    )


def test_nothing_in_common_is_called_complete_wherever_balance_stands(parted):
    compared = comparison.of_arms(parted)
    said = balance.table_one(compared).set_index("At baseline")["Difference"]
    names = {name.split(",")[0]: words for name, words in said.items()}
    assert names["Centre"] == "complete: no level is common to both arms"
    assert names["Prior lines of chemotherapy"] == "complete: no value is common to both arms"
    assert names["Albumin"].endswith(", complete: the arms’ ranges do not meet")
    assert names["Primary tumour"] == names["Centre"]  # true, though chance leaves that too
    assert names["ECOG performance status"] == "not estimable"  # known of one arm alone
    bands = balance.table_one(compared).set_index("At baseline")["Expected by chance, up to"]
    assert bands["Centre"].endswith(", exceeded") and bands["Primary tumour"] == "as complete"
    found = adjustment.of_endpoint(parted, OS)
    before = balance.balances(found.design).set_index("At baseline")["Before weighting"]
    assert before["Centre"] == names["Centre"]
    words = balance.love_caption(found.design, compared)
    assert (
        "Triangle: complete, for nothing is common to both arms: Centre, Primary tumour, Prior "
        "lines of chemotherapy and Albumin." in words
    )
    assert exhibits.adjustment.locked(found) == (
        "Nothing is adjusted: no patients of the two arms are alike in centre, prior lines of "
        "chemotherapy and albumin, so that no adjustment can tell this from the treatment."
    )
    behind = robustness.hidden_cause(compared.survivals[0], parted.plan, compared.apart)
    assert exhibits.comparison.hidden_cause(behind).startswith(
        "No E-value: Centre, Prior lines of chemotherapy and Albumin could explain the ratio whole"
    )


def test_a_forest_table_names_every_group_and_says_why_one_is_withheld(registry):
    found = subgroups.of_endpoint(registry, OS)
    frame = exhibits.subgroups.table(found).set_index("Patients")
    assert frame.loc["All patients", "Hazard ratio"] == "0.50 (95% CI 0.37 to 0.68)"
    child_b = frame.loc["\u2003B"]
    assert child_b["Hazard ratio"] == "withheld: an arm has fewer than 10 patients"
    assert frame.loc["Child-Pugh class", "Interaction"].startswith("not tested")
    assert (
        frame.loc["Prior lines of chemotherapy", "Interaction"] == "p = 0.042; adjusted p = 0.803"
    )
    lines = exhibits.subgroups.lines(found)
    assert lines[0].whole and lines[0].title == "All patients"
    assert all(line.title != "B" for line in lines)
    assert "20 columns tested, p-values adjusted for that by Holm" in exhibits.subgroups.caption(
        found
    )
    assert "Below 1 fewer events in Chemoembolization (TACE)." in exhibits.subgroups.caption(found)


def test_rates_are_in_points(registry):
    (rate,) = [r for r in subgroups.rates(registry) if (r.months, r.measure) == (6, "DCR")]
    found = subgroups.of_rate(registry, rate)
    assert exhibits.subgroups.outcome(rate) == "DCR at 6 months"
    frame = exhibits.subgroups.table(found).set_index("Patients")
    assert frame.loc["All patients", "Difference, percentage points"] == "12 (95% CI −0.5 to 24.5)"
    assert exhibits.subgroups.scale(found) == 100 and exhibits.subgroups.none(found) == 0


def test_the_robust_sentence_and_table(registry):
    found = robustness.of_endpoint(registry, OS)
    assert exhibits.robustness.answer(found) == (
        "Unadjusted hazard ratio: 0.50 to 0.53 in 4 specifications; the limits of 4 leave out a "
        "ratio of 1. Hazard ratio of the Cox model: 0.77 to 0.80 in 4 specifications; the limits "
        "of none leave out a ratio of 1. Hazard ratio after weighting: 0.77 in 1 specification; "
        "its limits hold a ratio of 1. Unadjusted difference of mean time, months: 4.8 in 1 "
        "specification; its limits leave out a difference of 0. Weighted difference of mean time, "
        "months: 2.2 in 1 specification; its limits leave out a difference of 0."
    )
    frame = exhibits.robustness.table(found, "unadjusted")
    assert list(frame["Specification"])[:2] == ["1, the plan’s own", "4"]
    caption = exhibits.robustness.caption(found)
    assert "Varied: Clock starts (First procedure, Diagnosis of liver metastases, " in caption
    assert "Adjusted (unadjusted, Cox model, overlap weights); 9 specifications" in caption
    assert "Weights need a clock that starts at the first procedure" in caption
    assert "Withheld" not in caption


def test_every_option_of_the_plan_has_words(registry):
    for rate in subgroups.rates(registry):
        for dimension in robustness.of_rate(registry, rate).dimensions:
            assert set(dimension.options) <= set(exhibits.robustness.WORDS)


def test_the_count_of_tests(everything, registry):
    words = multiplicity.count(everything.tests)
    n = len(everything.tests.main) + len(everything.tests.interactions)
    assert words.startswith(f"{n} tests: {len(everything.tests.main)} of the arms, ")
    shown = multiplicity.of_page(everything.tests, everything.comparison)
    frame = shown.tables[0].frame
    assert frame.iloc[0, 0] == "Overall survival: log-rank test"
    assert frame.iloc[-1, 0] == "What came first: Gray’s test, Progression in the liver"
    first = incidence.of_arms(registry)
    assert everything.tests.main[-1].pvalue == first.test.pvalue


def test_a_balance_that_is_not_exact_is_not_said_to_be(registry):
    found = adjustment.of_endpoint(registry, OS).design
    compared = comparison.of_arms(registry)
    exact = "What is adjusted for is balanced exactly"
    assert exact in balance.love_caption(found, compared)
    apart = replace(found, propensity=replace(found.propensity, separated=True))
    assert exact not in balance.love_caption(apart, compared)
    assert "Firth" in balance.love_caption(apart, compared)


def sides_of(figure):
    return [
        each["text"]
        for each in figure.layout["annotations"]
        if each["text"][0] in "←↑↓" or "→" in each["text"]
    ]


@pytest.mark.parametrize(
    ("reference", "other"), [("HAI", "TACE"), ("TACE", "HAI")], ids=["usual", "turned about"]
)
def test_a_smaller_hazard_favours_the_arm_that_is_compared_and_more_response_too(reference, other):
    study = studied("workbook", reference=reference, comparison=other)
    names = {"HAI": "Chemoinfusion (HAI)", "TACE": "Chemoembolization (TACE)"}
    compared = comparison.of_arms(study)
    lived = exhibits.subgroups.of_outcome(subgroups.of_endpoint(study, OS), compared).draw()
    assert sides_of(lived) == [f"← favours {names[other]}", f"favours {names[reference]} →"]
    rate = subgroups.rates(study)[0]
    responded = exhibits.subgroups.of_outcome(subgroups.of_rate(study, rate), compared).draw()
    assert sides_of(responded) == [f"← favours {names[reference]}", f"favours {names[other]} →"]
    own = replace(compared.provenance, own_endpoints=(OS,))
    pair = (compared.reference, compared.comparison)
    assert exhibits.subgroups.sides(OS, pair, own)[0] == f"fewer events: {names[other]}"
