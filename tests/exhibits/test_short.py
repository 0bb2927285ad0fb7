"""The first lines of a comparison claim what one contrast says, and no more."""

import re
from dataclasses import replace
from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import exhibits, text
from lib.analyses import adjustment, comparison, robustness
from lib.analyses.everything import Everything
from lib.analyses.robustness import HiddenCause
from lib.exhibits import estimand, short, writing
from lib.plan import ComparisonPlan, Plan, SurvivalPlan
from lib.schema import ENDPOINTS
from lib.statistics.estimate import Estimate
from tests.analyses.test_adjustment import confounded, with_missing
from tests.conftest import after, studied, study_of

OUT, IN = "lies outside these limits", "lies within these limits"
OS = ENDPOINTS["OS"]


def estimate(low, high):
    return Estimate((low + high) / 2, low, high, 0.95, "")


def rates(k1, n1, k0, n0):
    columns = {
        "modality": ["TACE"] * n1 + ["HAI"] * n0,
        "best_response": ["PR"] * k1 + ["SD"] * (n1 - k1) + ["PR"] * k0 + ["SD"] * (n0 - k0),
    }
    return comparison.of_arms(study_of(columns))


@given(*(st.integers(0, 20) for _each in range(2)))
def test_the_sentence_of_two_rates_its_limits_and_its_test_are_one(k1, k0):
    result = rates(k1, 20, k0, 20)
    found = next(r for r in result.responses if r.denominator == "treated" and r.measure == "ORR")
    words = next(words for words in exhibits.comparison.rates_answer(result) if "ORR" in words)
    outside = not found.difference.estimate.allows(0)
    assert outside == (found.difference.pvalue < 0.05)
    assert ("lies outside the limits" in words, "lies within the limits" in words) == (
        outside,
        not outside,
    )


@pytest.mark.parametrize("counts", [(2, 30, 8, 30), (13, 60, 5, 60), (1, 25, 6, 25)])
def test_what_stands_beside_a_difference_of_rates_vetoes_nothing(counts):
    result = rates(*counts)
    (shown,) = [
        table.frame
        for table in exhibits.comparison.of_rates(result).tables
        if table.shown == "folded"
    ]
    assert shown["Fisher’s exact test"].iloc[0].startswith("p = 0.0")
    assert not any("Fisher" in words for words in exhibits.comparison.rates_answer(result))


@pytest.fixture(scope="module")
def compared(registry):
    return comparison.of_arms(registry)


@pytest.fixture(scope="module")
def given_all(registry):
    return adjustment.of_endpoint(registry, OS)


def by(compared, contrast):
    plan = compared.provenance.plan
    chosen = replace(plan, comparison=replace(plan.comparison, contrast=contrast))
    return replace(compared, provenance=replace(compared.provenance, plan=chosen))


@pytest.mark.parametrize("ratio", [(0.4, 0.9), (0.5, 1.1)])
@pytest.mark.parametrize(("mean", "told"), [((0.05, 4.4), OUT), ((-0.1, 4.4), IN)])
def test_the_contrast_of_the_plan_alone_decides(compared, given_all, mean, ratio, told):
    shown = compared.survivals[0]
    treated = replace(
        shown,
        rmst=replace(shown.rmst, difference=estimate(*mean)),
        hazard=replace(shown.hazard, ratio=estimate(*ratio)),
        log_rank=replace(shown.log_rank, pvalue=0.3),
    )
    weighted = replace(given_all.weighted, difference=estimate(*mean), ratio=estimate(*ratio))
    for lines in (
        short.lines(replace(compared, covariates=()), treated, None),
        short.lines(compared, shown, replace(given_all, weighted=weighted)),
    ):
        assert [each for each in (OUT, IN) if each in lines[-1]] == [told]
        assert "a difference of 0" in lines[-1].lower()


@pytest.mark.parametrize(("ratio", "told"), [((0.4, 0.9), OUT), ((0.5, 1.1), IN)])
def test_the_plan_may_let_the_hazard_ratio_decide(compared, given_all, ratio, told):
    term = replace(given_all.model.terms[0], ratio=estimate(*ratio))
    model = replace(given_all.model, terms=(term, *given_all.model.terms[1:]))
    chosen = by(compared, "hazard ratio")
    lines = short.lines(chosen, compared.survivals[0], replace(given_all, model=model))
    assert told in lines[-1] and lines[-1].startswith("A ratio of 1")
    assert "months longer" not in " ".join(lines)
    tables = exhibits.comparison.of_endpoint(
        chosen, compared.survivals[0], HiddenCause(None, False, None, 0), given_all
    ).tables
    assert all(each.title != "In short" for each in tables)


def test_the_three_lines_are_of_one_measure_and_one_population(compared, given_all):
    seen, alike, follows = short.lines(compared, compared.survivals[0], given_all)
    assert seen.endswith(
        "Unadjusted hazard ratio, Chemoembolization (TACE) against Chemoinfusion (HAI): 0.50 (95% "
        "CI 0.37 to 0.68)."
    )
    assert alike == (
        "With the arms made alike: over 24 months 2.0 months longer after Chemoembolization (TACE) "
        "than after Chemoinfusion (HAI) (difference 95% CI −0.2 to 4.1), in all 240 patients "
        "(missing values of 45 drawn). Alike in 9 recorded features (extrahepatic disease, liver "
        "involvement, ECOG performance status and 6 more). Not adjusted for bilirubin (the arms "
        "differ in this, not chosen); largest lesion, primary tumour, age, sex and year of first "
        "procedure (too few patients for more)."
    )
    assert follows.startswith(
        "In the same 240 patients, over 24 months: 4.8 months longer as treated, 2.0 (difference "
        "−0.2 to 4.1) after weighting. "
    )
    assert follows.endswith("A difference of 0 lies within these limits: either may be the better.")
    assert "azard ratio" not in alike + follows
    frame = short.table(compared, compared.survivals[0].arms, compared.survivals[0].rmst, given_all)
    assert frame.iloc[:, 1].tolist() == ["125", "125", "103"]
    assert frame.iloc[2, 0] == "Made alike, those alone of whom all features are known"
    assert frame.iloc[1, -1].startswith("2.0 months (95% CI ")


def test_of_many_features_the_caption_and_the_adjusted_part_name_all(compared, given_all):
    shown = compared.survivals[0]
    behind = HiddenCause(None, False, None, 0)
    caption = exhibits.comparison.of_endpoint(compared, shown, behind, given_all).caption
    adjusted = exhibits.adjustment.of_endpoint(given_all, compared).caption
    made = given_all.design
    for column in (*made.covariates, *(each.column for each in made.omitted)):
        assert text.in_sentence(column) in caption and text.in_sentence(column) in adjusted


def test_who_is_meant_by_all_is_who_has_a_time():
    columns = confounded(n=160)
    made = adjustment.design(study_of(columns), OS)
    assert short.whom(made) == "in all 160 patients"
    lost = columns | {"os_months": [None, *columns["os_months"][1:]]}
    assert (
        short.whom(adjustment.design(study_of(lost), OS))
        == "in the 159 patients whose time is known"
    )
    some = adjustment.design(study_of(with_missing()[0]), OS)
    missing = sum(some.imputation.n)
    assert short.whom(some) == f"in all 160 patients (missing values of {missing} drawn)"


def test_a_difference_that_turns_says_which_way_in_both_places(compared, given_all):
    shown = compared.survivals[0]
    weighted = replace(given_all.weighted, difference=estimate(-2.6, 2.2))
    follows = short.follows(compared, shown, replace(given_all, weighted=weighted))
    assert "as treated, 0.2 months shorter (difference −2.6 to 2.2) after weighting." in follows


@pytest.mark.parametrize("contrast", ["mean time", "hazard ratio"])
def test_where_the_contrast_of_the_plan_is_withheld_nothing_is_claimed_and_it_is_said(
    compared, given_all, contrast
):
    chosen = by(compared, contrast)
    shown = replace(compared.survivals[0], rmst=None, hazard=None)
    none = replace(given_all, weighted=None, model=None, tau=None)
    for adjusted in (None, none):
        last = short.lines(chosen, shown, adjusted)[-1]
        assert last.startswith("Nothing is claimed: ") and last.endswith("is withheld.")
        assert contrast in last
    assert estimand.line(chosen, shown, none) == "No primary endpoint was named."


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (
            (-0.2, 4.1),
            "anything from 0.2 months shorter to 4.1 months longer after Chemoembolization (TACE), "
            "a difference of zero included.",
        ),
        ((-0.04, 0.03), "less than 0.1 months shorter to less than 0.1 months longer after"),
        ((0.0, 4.1), "anything from no difference to 4.1 months longer after"),
        (
            (0.04, 4.4),
            "less than 0.1 to 4.4 months longer after Chemoembolization (TACE): a difference of "
            "zero is excluded, but",
        ),
        (
            (-4.0, -1.0),
            "1.0 to 4.0 months shorter after Chemoembolization (TACE): a difference of zero is "
            "excluded, but",
        ),
    ],
)
def test_the_conclusion_says_what_the_limits_leave(compared, given_all, limits, said):
    shown = compared.survivals[0]
    weighted = replace(given_all.weighted, difference=estimate(*limits))
    adjusted = short.conclusion(compared, shown, replace(given_all, weighted=weighted))
    assert adjusted.startswith("Adjusted, the data fit ") and said in adjusted
    treated = replace(shown, rmst=replace(shown.rmst, difference=estimate(*limits)))
    alike = replace(compared, covariates=())
    crude = short.conclusion(alike, treated, None)
    assert crude.startswith("Unadjusted, the data fit ") and said in crude
    assert "cannot be told from this" in short.conclusion(compared, treated, None)


def test_arms_that_cannot_be_made_alike_are_said_not_to_be(compared, given_all):
    shown, none = compared.survivals[0], replace(given_all, weighted=None)
    lines = short.lines(replace(compared, covariates=()), shown, none)
    assert OUT in lines[-1] and "who was chosen may explain it" in lines[-1]
    assert not any("after weighting" in line for line in lines)


@pytest.mark.parametrize("contrast", ["mean time", "hazard ratio"])
def test_of_arms_that_differ_and_are_not_made_alike_nothing_is_claimed(
    compared, given_all, contrast
):
    chosen, none = by(compared, contrast), replace(given_all, weighted=None, model=None)
    for adjusted in (none, None):
        last = short.lines(chosen, chosen.survivals[0], adjusted)[-1]
        assert OUT not in last and IN not in last
        assert "liver involvement, " in last and "cannot be told from this" in last


def test_a_horizon_that_a_curve_does_not_reach_is_in_no_sentence(compared, given_all):
    shown = replace(compared.survivals[0], unsure=(3, 4))
    for adjusted in (None, replace(given_all, unsure=(3, 4))):
        said = " ".join(short.lines(compared, shown, adjusted))
        assert (
            "too uncertain, at risk then are 4 after Chemoembolization (TACE) and 3 after "
            "Chemoinfusion (HAI)." in said
        )
        assert OUT not in said and IN not in said and "months longer" not in said
    numbers = exhibits.comparison.numbers(shown, Plan().small).set_index("Quantity")["Value"]
    assert [cell.endswith(", only 4 and 3 at risk") for cell in numbers].count(True) == 1


def test_a_median_of_the_last_patient_opens_no_sentence():
    n = 30
    columns = {
        "modality": ["TACE", "HAI"] * n,
        "first_procedure_date": [after(0)] * (2 * n),
        "last_contact_date": [after(2 + i / 20) for i in range(2 * n)],
        "death_date": [after(5.2) if i == 56 else None for i in range(2 * n)],
    }
    columns["last_contact_date"][56] = None
    result = comparison.of_arms(study_of(columns))
    words = short.seen(result, result.survivals[0])
    assert "too uncertain (1 at risk where the curve" in words and "5.2 months" not in words


def test_a_difference_without_limits_is_not_claimed():
    assert short.claim(Estimate(1.0, nan, nan, 0.95, ""), 0) == ""


def test_the_horizon_is_said_to_be_chosen_unless_the_plan_names_one(registry, compared):
    words = exhibits.comparison.caption(compared, compared.survivals[0])
    assert "24 months, the first of 24 and 12 months to which both curves carry numbers." in words
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
    assert any("(95% CI 0.04 to 4.40)" in cell for cell in frame)
    assert any("(95% CI 0.520 to 0.998)" in cell for cell in frame)
    assert "0.04 to 4.40" in " ".join(short.lines(compared, other, None))


# --- what is left out of the adjusted number is named by it, wherever it stands


def test_a_column_in_which_the_arms_differ_is_named_though_nobody_asked_for_it(compared, given_all):
    unlike = {column.name for column in compared.unlike}
    made = given_all.design
    named = {column.name for column in made.covariates}
    named |= {each.column.name for each in made.omitted}
    assert "bilirubin" in unlike and unlike <= named
    assert {each.column.name for each in made.omitted if each.why == "unlike"} == {"bilirubin"}


@pytest.mark.parametrize("contrast", ["mean time", "hazard ratio"])
def test_the_adjusted_number_names_what_is_left_out_wherever_it_stands(
    registry, compared, given_all, contrast
):
    chosen, behind = by(compared, contrast), HiddenCause(None, False, None, 0)
    left = short.left_out(given_all.design)
    assert "bilirubin (the arms differ in this, not chosen)" in left
    assert all(text.in_sentence(each.column) in left for each in given_all.design.omitted)
    shown = exhibits.comparison.of_endpoint(chosen, chosen.survivals[0], behind, given_all)
    assert left in shown.headlines[-1].beside  # the page
    assert shown.headlines[-1].beside.endswith(" · others are chosen under Adjusted")
    assert left in " ".join(shown.sentences)  # the folder, the report
    assert left in exhibits.adjustment.answer(given_all)
    everything = Everything(studied("registry", contrast=contrast))
    (abstract,) = writing.abstract(everything, [shown])
    assert left in abstract


# --- a ratio of a model stands beside none of another


def ratios_of(frame):
    return [cell for cell in frame.to_numpy().ravel() if str(cell).startswith("0.")]


def test_one_ratio_alone_is_the_answer_where_the_plan_decides_by_it(compared, given_all):
    chosen, behind = by(compared, "hazard ratio"), HiddenCause(None, False, None, 0)
    contrast = chosen.survivals[0]
    for given_one, title in ((given_all, "Adjusted, 240 patients"), (None, "Unadjusted, 240 ")):
        shown = exhibits.comparison.of_endpoint(chosen, contrast, behind, given_one)
        told = [each for each in shown.headlines if "hazard ratio" in f"{each.value} {each.beside}"]
        assert len(told) == 1 and told[0].group.startswith(title)
        assert len(re.findall("hazard ratio[^.]* 0[.]", " ".join(shown.sentences).lower())) == 1


def test_the_same_patients_stand_unadjusted_before_adjusted(compared, given_all):
    shown = compared.survivals[0]
    fewer = replace(given_all.design, n=(100, 90), incomplete=(15, 35))
    other = replace(shown.rmst, difference=estimate(1.0, 3.0))
    found = exhibits.comparison.headlines(
        compared, shown, replace(given_all, design=fewer, same_mean=other)
    )
    assert [each.group for each in found[1:]] == [
        "Unadjusted, 190 patients",
        "Adjusted, 190 patients",
    ]
    assert found[1].value == "+2.0 months"


def test_no_table_holds_ratios_of_several_models(registry, compared, given_all):
    adjusted = exhibits.adjustment.of_endpoint(given_all, compared)
    ratios = [each.title for each in adjusted.tables if "Hazard ratio" in each.frame.columns]
    assert len(ratios) == 2
    for table in adjusted.tables:
        if "Hazard ratio" in table.frame.columns:
            ways = {name.removesuffix(", complete cases") for name in table.frame["Analysis"]}
            assert len(ways) == 1
    found = robustness.of_endpoint(registry, OS)
    shown = exhibits.robustness.of_outcome(found, compared)
    numbers = [each.frame for each in shown.tables]
    assert len(numbers) == 3 and all("Adjusted" not in each.columns for each in numbers)
    assert sum(len(each) for each in numbers) == len(found.specifications)
    assert all(each.option in found.dimensions[-1].options for each in found.spreads)


# --- where nothing is compared it is said why


def cohort(n=(30, 30), months=None, dead=None, **more):
    size = sum(n)
    random = np.random.default_rng(5)
    return {
        "modality": ["HAI"] * n[0] + ["TACE"] * n[1],
        "os_months": np.round(random.exponential(15, size) + 0.1, 1) if months is None else months,
        "os_event": ["yes", "no", "yes"] * (size // 3 + 1) if dead is None else dead,
        "age": random.integers(40, 80, size),
        **more,
    }


def cut(columns):
    return {name: list(values)[: len(columns["modality"])] for name, values in columns.items()}


AWKWARD = {
    "usual": (cohort(), "data fit", "data fit"),
    "nobody dead": (cohort(dead=["no"] * 60), "none of 60 patients", "none of 60 patients"),
    "one death": (
        cohort(months=[30.0] * 60, dead=["yes"] + ["no"] * 59),
        "nobody in Chemoinfusion (HAI) and Chemoembolization (TACE) had the event in the time",
        "needs 10 events, and 3 in each arm, and there are 1, with 0 in the arm",
    ),
    "one arm of one": (cohort(n=(30, 1)), "(TACE) has 1 patient, and", "(TACE) has 1 patient, and"),
    "no arm": (cohort(n=(3, 4)), "(HAI) has 3 patients", "(HAI) has 3 patients"),
    "equal": (
        cohort(months=[6.0] * 60, dead=["yes"] * 60),
        "all in Chemoinfusion (HAI) and Chemoembolization (TACE) had the event at one time",
        "data fit",
    ),
    "short": (
        cohort(months=[2.0, 5.5, 3.0] * 20),
        "needs 12 months of follow-up in both arms, and one has 5.5 months.",
        "data fit",
    ),
    "one outcome an arm": (
        cohort(months=list(range(1, 31)) * 2, dead=["yes"] * 30 + ["no"] * 30),
        "nobody in Chemoembolization (TACE) had the event",
        "and there are 30, with 0 in the arm that has fewest",
    ),
}


@pytest.mark.parametrize("contrast", ["mean time", "hazard ratio"])
@pytest.mark.parametrize("name", AWKWARD)
def test_a_comparison_always_says_what_follows_or_why_nothing_does(name, contrast):
    columns, *said = AWKWARD[name]
    study = study_of(cut(columns), contrast=contrast)
    result = comparison.of_arms(study)
    found = adjustment.of_endpoint(study, OS)
    behind = HiddenCause(None, False, None, 0)
    for each in (found, None):
        shown = exhibits.comparison.of_endpoint(result, result.survivals[0], behind, each)
        assert said[contrast == "hazard ratio"] in shown.conclusion
        assert shown.sentences and all(one.strip() for one in shown.sentences)
        if shown.conclusion.startswith("Nothing is "):
            assert shown.sentences[-1] == shown.conclusion
            assert not any(one.value[:1] in "+−0" for one in shown.headlines[1:])


def test_what_adjusting_lacks_is_said_in_words(compared, given_all):
    bare = cut(cohort())
    del bare["age"]
    for columns in (cut(cohort()), bare, cut(cohort(n=(12, 12))), cut(cohort(dead=["no"] * 60))):
        study = study_of(columns)
        result, found = comparison.of_arms(study), adjustment.of_endpoint(study, OS)
        why = [
            each.beside
            for each in exhibits.comparison.headlines(result, result.survivals[0], found)
        ]
        for words in (*why, exhibits.adjustment.locked(found)):
            assert "terms" not in words and "needed 1" not in words
    study = study_of(bare)
    result, found = comparison.of_arms(study), adjustment.of_endpoint(study, OS)
    assert short.why_not(result, found) == "no feature is adjusted for, and one is needed"


def test_a_difference_without_limits_is_marked_wherever_it_stands(compared, given_all):
    bare, none = Estimate(2.0, nan, nan, 0.95, ""), "limits not estimable"
    assert none in short.longer(compared, bare)
    assert text.difference(bare, "months") == f"2.0 months ({none})"
    assert text.ratio(bare) == f"2.00 ({none})" and text.points(bare, 30).endswith(f"({none})")
    shown = compared.survivals[0]
    treated = replace(shown, rmst=replace(shown.rmst, difference=bare))
    found = exhibits.comparison.headlines(compared, treated, None)
    assert found[-1].value == "+2.0 months" and found[-1].beside.startswith(none)
    assert short.conclusion(compared, treated, None) == (
        "Nothing is claimed: the numbers allow no limits."
    )


def test_the_contrast_is_a_choice_of_the_plan():
    assert ComparisonPlan().contrast == "mean time"
