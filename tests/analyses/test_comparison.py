from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import text
from lib.analyses import cautions, comparison
from lib.plan import Condition
from lib.statistics import proportions
from lib.statistics.two_proportions import two_proportions
from tests.conftest import START, after, chosen, codes, study_of


def compared(columns, **plan):
    return comparison.of_arms(study_of(columns, **plan))


def arms(result):
    return result.reference.code, result.comparison.code


def survival_of(columns, **plan):
    (contrast,) = compared(columns, **plan).survivals
    return contrast


def two_arms(n_hai, n_tace, events_hai, events_tace, last=40):
    """Follow-up of 1, 2, 3 ... months to `last`, the first of each arm with the event."""
    months = [1 + 0.5 * i for i in range(n_hai)] + [1.25 + 0.5 * i for i in range(n_tace)]
    event = ["yes"] * events_hai + ["no"] * (n_hai - events_hai)
    event += ["yes"] * events_tace + ["no"] * (n_tace - events_tace)
    months = [
        last if happened == "no" else month for month, happened in zip(months, event, strict=True)
    ]
    return {"modality": ["HAI"] * n_hai + ["TACE"] * n_tace, "os_months": months, "os_event": event}


def test_the_plan_turns_the_comparison_round():
    columns = two_arms(12, 12, 9, 6)
    one = survival_of(columns)
    other = survival_of(columns, reference="TACE", comparison="HAI")
    assert other.rmst.difference.value == pytest.approx(-one.rmst.difference.value)
    assert other.hazard.ratio.value == pytest.approx(1 / one.hazard.ratio.value)
    assert other.log_rank.pvalue == pytest.approx(one.log_rank.pvalue)


def test_both_as_recorded_is_left_out_with_its_count_and_a_caution():
    result = compared({"modality": ["BOTH"] * 12 + ["HAI"] * 5 + ["TACE"] * 6})
    assert arms(result) == ("HAI", "TACE")
    assert [level.code for level in result.choices] == ["HAI", "TACE"]
    assert [(level.code, n) for level, n in result.left_out] == [("BOTH", 12)]
    assert codes(result.cautions)[:2] == ["not-randomised", "both-recorded"]
    undated = result.cautions[1].message
    assert "short of long survivors" in undated and "Dates of the procedures" in undated
    plan = chosen(modality_rule="as recorded")
    (dated,) = cautions.both_recorded(replace(result.provenance, plan=plan))
    assert "short of long survivors" in dated.message and "by the first procedure" in dated.message


@pytest.mark.cases
def test_the_arms_are_two_groups_known_at_baseline_and_all_others_are_counted(
    columns, column, expected, n, left_out, told
):
    result = compared(columns, column=column)
    assert arms(result) == tuple(expected)
    assert result.n == tuple(n)
    assert [[level.code, found] for level, found in result.left_out] == left_out
    assert codes(result.cautions) == told


@pytest.mark.cases
def test_there_is_no_comparison_without_two_groups_known_at_baseline(columns, column):
    assert compared(columns, column=column) is None


def test_what_leaves_one_arm_leaves_no_comparison():
    columns = {"modality": ["HAI"] * 3 + ["TACE"] * 3}
    assert compared(columns, selection=(Condition("modality", ("HAI",)),)) is None
    study = study_of({"modality": ["HAI", "BOTH"]})
    assert comparison.of_arms(study) is None
    assert codes(comparison.why_not(study)) == ["both-recorded"]


# --- survival: what is withheld, and why


def test_with_enough_of_everything_all_is_estimated_and_nothing_withheld():
    contrast = survival_of(two_arms(20, 20, 12, 10))
    assert contrast.rmst.tau == 24
    assert contrast.hazard is not None
    assert contrast.log_rank is not None
    assert contrast.permutation is None  # 22 events
    assert contrast.cautions == ()


@pytest.mark.parametrize("small", [9, 4])
def test_an_arm_under_ten_withholds_every_contrast(small):
    contrast = survival_of(two_arms(20, small, 15, small))
    assert (contrast.rmst, contrast.hazard) == (None, None)
    assert (contrast.log_rank, contrast.permutation) == (None, None)
    assert codes(contrast.cautions) == ["arm-described" if small > 4 else "arm-counted"]
    assert (contrast.arms[1].curve is None) == (small < 5)


@pytest.mark.parametrize(
    ("events", "estimated"), [((5, 5), True), ((5, 4), False), ((8, 2), False), ((8, 3), True)]
)
def test_a_hazard_ratio_asks_for_ten_events_and_three_in_each_arm(events, estimated):
    contrast = survival_of(two_arms(12, 12, *events))
    assert (contrast.hazard is not None) == estimated
    assert codes(contrast.cautions) == ([] if estimated else ["few-events"])
    assert contrast.rmst is not None
    if not estimated:
        found = dict(contrast.cautions[0].values)
        assert found == {
            "total": sum(events), "fewest": min(events), "least": 10, "least_arm": 3,
        }  # fmt: skip


def test_under_twenty_events_the_log_rank_test_is_repeated_by_a_seeded_permutation():
    many = survival_of(two_arms(12, 12, 10, 10))
    assert many.permutation is None and many.log_rank is not None
    columns = two_arms(12, 12, 10, 5)
    first, second = survival_of(columns), survival_of(columns)
    assert first.permutation.pvalue == second.permutation.pvalue
    assert first.permutation.pvalue == pytest.approx(first.log_rank.pvalue, abs=0.03)
    other = survival_of(columns, seed=1)
    assert other.permutation.pvalue == pytest.approx(first.permutation.pvalue, abs=0.02)


def test_without_an_event_nothing_is_tested():
    contrast = survival_of(two_arms(12, 12, 0, 0))
    assert (contrast.hazard, contrast.log_rank, contrast.permutation) == (None, None, None)
    assert contrast.rmst is None
    (said,) = [each for each in contrast.cautions if each.code == "no-event-before-the-horizon"]
    assert text.caution(said).startswith(
        "Nobody in Chemoinfusion (HAI) and Chemoembolization (TACE) had the event in the time"
    )


def test_where_all_had_the_event_at_one_time_it_is_not_said_that_nobody_was_at_risk():
    columns = {"modality": ["HAI", "TACE"] * 12, "os_months": [12] * 24, "os_event": ["yes"] * 24}
    contrast = survival_of(columns)
    assert contrast.log_rank is None
    said = " ".join(text.caution(each) for each in contrast.cautions)
    assert "Whenever patients of both groups were at risk and some had the event, all had" in said
    assert "At no event" not in said and "Nobody in" not in said
    assert "All in Chemoinfusion (HAI) and Chemoembolization (TACE) had the event at one" in said
    later = {"os_months": [3, 15] * 12, "os_event": ["no", "yes"] * 12}
    said = " ".join(text.caution(each) for each in survival_of(columns | later).cautions)
    assert "At no event were patients of both groups at risk" in said


@pytest.mark.parametrize(("last", "tau"), [(40, 24), (24, 24), (23.9, 12), (12, 12)])
def test_the_horizon_is_the_first_of_the_plan_within_the_follow_up_of_both_arms(last, tau):
    columns = two_arms(12, 12, 6, 6, last=40)
    columns["os_months"] = columns["os_months"][:12] + [
        min(month, last) for month in columns["os_months"][12:]
    ]
    assert survival_of(columns).rmst.tau == tau


def test_a_follow_up_shorter_than_every_horizon_withholds_the_mean_and_says_so():
    columns = two_arms(12, 12, 6, 6, last=11.9)
    contrast = survival_of(columns)
    assert contrast.rmst is None
    assert contrast.hazard is not None
    (caution,) = contrast.cautions
    assert dict(caution.values) == {"least": 12, "shortest": 11.9}
    assert "12 months" in text.caution(caution) and "11.9" in text.caution(caution)


def test_the_contrast_leaves_out_those_in_neither_arm_and_whom_nobody_followed():
    columns = two_arms(12, 12, 6, 6)
    unseen = columns | {"os_months": columns["os_months"][:12] + [None] * 12}
    contrast = survival_of(unseen)
    assert [arm.n for arm in contrast.arms] == [12, 0]
    assert contrast.rmst is None and contrast.log_rank is None
    assert codes(contrast.cautions) == ["set-aside", "arm-counted"]
    wide = {name: values + values[:6] for name, values in columns.items()}
    wide["modality"][24:] = ["TARE"] * 6
    one, other = survival_of(columns), survival_of(wide)
    assert one.hazard.ratio == other.hazard.ratio
    assert [arm.n for arm in other.arms] == [12, 12]


# --- response


def responses(columns, **plan):
    return {
        (each.months, each.measure, each.denominator): each
        for each in compared(columns, **plan).responses
    }


ANSWERS = {
    "modality": ["HAI"] * 12 + ["TACE"] * 11,
    "response_6m": ["PR"] * 2 + ["SD"] * 5 + ["PD"] * 4 + ["NE"] + ["CR"] + ["PR"] * 6 + ["SD"] * 2
    + ["PD"] + [None],
}  # fmt: skip


def test_rates_of_both_arms_over_both_denominators():
    found = responses(ANSWERS)
    assert list(found) == [
        (6, measure, denominator)
        for measure in ("ORR", "DCR")
        for denominator in ("treated", "evaluable")
    ]
    counts = {key: [(arm.k, arm.n) for arm in each.arms] for key, each in found.items()}
    assert counts == {
        (6, "ORR", "treated"): [(2, 12), (7, 11)],
        (6, "ORR", "evaluable"): [(2, 11), (7, 10)],
        (6, "DCR", "treated"): [(7, 12), (9, 11)],
        (6, "DCR", "evaluable"): [(7, 11), (9, 10)],
    }


def test_the_difference_is_comparison_minus_reference_and_newcombes_limits_stand_beside_it():
    found = responses(ANSWERS)[6, "ORR", "treated"]
    assert found.difference == two_proportions(7, 11, 2, 12)
    assert found.newcombe == proportions.difference(7, 11, 2, 12)


def test_fishers_test_stands_beside_the_difference():
    # R: fisher.test(matrix(c(7, 4, 2, 10), 2))$p.value
    assert responses(ANSWERS)[6, "ORR", "treated"].fisher.pvalue == pytest.approx(0.036074841836)


@pytest.mark.parametrize(("n", "contrasted"), [(9, False), (10, True)])
def test_a_difference_of_rates_asks_for_ten_patients_in_each_arm(n, contrasted):
    columns = {"modality": ["HAI"] * 12 + ["TACE"] * n, "response_6m": ["SD"] * (12 + n)}
    found = responses(columns)[6, "DCR", "treated"]
    assert (found.difference is not None) == contrasted
    assert (found.fisher is not None) == (found.newcombe is not None) == contrasted
    assert [(arm.k, arm.n) for arm in found.arms] == [(12, 12), (n, n)]


def test_a_time_at_which_one_arm_is_not_due_is_not_compared():
    columns = {
        "modality": ["HAI"] * 3 + ["TACE"] * 3,
        "response_6m": ["SD"] * 6,
        "first_procedure_date": [START] * 3 + [after(20)] * 3,
        "last_contact_date": [after(22)] * 6,
    }
    assert responses(columns) == {}


# --- balance


def covariates(columns):
    return {each.column.name: each for each in compared(columns).covariates}


BASELINE = {
    "modality": ["HAI"] * 4 + ["TACE"] * 4,
    "age": [50, 60, 70, None, 61, 63, 65, 67],
    "sex": ["F", "M", "M", None, "F", "F", "M", "M"],
    "best_response": ["SD"] * 8,
    "first_procedure_date": [START] * 8,
    "comment": ["x"] * 8,
}


def test_the_arms_are_described_by_what_was_known_at_baseline_and_by_nothing_else():
    assert list(covariates(BASELINE)) == ["sex", "age", "first_procedure_year"]


def test_a_number_is_described_by_its_quartiles():
    age = covariates(BASELINE)["age"]
    assert (age.known, age.missing) == ((3, 4), (1, 0))
    assert age.quartiles == ((55.0, 60.0, 65.0), (62.5, 64.0, 65.5))
    # R: (mean(b) - mean(a)) / sqrt((var(a) + var(b)) / 2)
    assert age.balance.value == pytest.approx(4 / ((100 + 20 / 3) / 2) ** 0.5)


def test_a_category_is_described_by_the_counts_of_its_levels():
    sex = covariates(BASELINE)["sex"]
    assert (sex.known, sex.missing) == ((3, 4), (1, 0))
    assert [(each.level.code, each.counts) for each in sex.levels] == [("F", (1, 2)), ("M", (2, 2))]
    p, q = 2 / 4, 1 / 3
    expected = (p - q) / ((p * (1 - p) + q * (1 - q)) / 2) ** 0.5
    assert abs(sex.balance.value) == pytest.approx(expected)


def test_an_arm_with_one_known_value_has_no_standardized_difference():
    columns = BASELINE | {"age": [50, None, None, None, 61, 63, 65, 67], "sex": ["F"] * 8}
    found = covariates(columns)
    assert found["age"].balance is None
    assert found["age"].quartiles[0] == (50.0, 50.0, 50.0)
    assert found["sex"].balance is None  # everybody has the same


APART = {
    "centre": ["North"] * 15 + ["South"] * 15,
    "primary_site": [f"site {i % 2 + 2 * (i >= 15)}" for i in range(30)],
    "extrahepatic": ["no"] * 15 + ["yes"] * 15,
    "albumin": [30 + i % 3 for i in range(15)] + [40 + i % 3 for i in range(15)],
    "prior_lines": [1] * 15 + [2] * 15,
}


@pytest.mark.parametrize("name", APART)
def test_what_the_arms_have_nothing_of_in_common_is_the_first_caution(name):
    columns = two_arms(15, 15, 10, 10) | {"sex": ["F", "M", "M"] * 10, name: APART[name]}
    result = compared(columns)
    assert codes(result.cautions)[:2] == ["nothing-in-common", "not-randomised"]
    assert [column.name for column in result.apart] == [name]
    assert "no adjustment can part them." in text.caution(result.cautions[0])


def test_centres_of_one_modality_each_are_said_to_be_what_is_compared():
    result = compared(two_arms(15, 15, 10, 10) | {"centre": APART["centre"]})
    assert text.caution(result.cautions[0]) == (
        "Each centre gave only one modality of the two: this compares the centres, and no "
        "adjustment can part them."
    )
    centre = [None] * 5 + APART["centre"][5:]
    assert text.caution(
        compared(two_arms(15, 15, 10, 10) | {"centre": centre}).cautions[0]
    ).startswith("Centre, known of 25 of 30: no level is common to both arms.")
    columns = two_arms(15, 15, 10, 10) | {"centre": APART["centre"]}
    by_centre = compared(columns, column="centre")
    assert text.caution(by_centre.cautions[0]).startswith("Modality, known of 30 of 30:")


def test_what_chance_leaves_apart_and_what_is_alike_is_no_such_caution():
    columns = two_arms(15, 15, 10, 10) | {
        "primary_site": [f"site {i}" for i in range(30)],  # a level for each patient
        "sex": ["F"] * 30,
        "centre": ["North"] * 14 + ["South"] * 16,  # one patient of South had the other
    }
    found = compared(columns).cautions
    assert "nothing-in-common" not in codes(found)
    assert [text.caution(each) for each in found if each.code == "unbalanced"] == [
        "The arms differ at baseline in: Centre. In each of them by more than arms of this size "
        "differ by chance alone in one cohort of twenty; 2 features were looked at. What else "
        "decides the outcome may differ as well."
    ]


def test_a_level_of_one_arm_among_others_of_both_is_said():
    columns = two_arms(30, 30, 20, 20) | {
        "centre": ["North"] * 12 + ["South"] * 18 + ["South"] * 18 + ["East"] * 12,
        "sex": ["F"] * 29 + ["M"] + ["F"] * 30,  # one patient alone is chance
    }
    found = [text.caution(each) for each in compared(columns).cautions if each.code[:5] == "level"]
    assert found == [
        f"Centre: {name}, n = 12, in one arm alone. Nobody alike in this is in the other, so that "
        "adjusting has nothing to compare these patients with."
        for name in ("East", "North")
    ]
    columns = two_arms(15, 15, 10, 10) | {"ecog": ["0", "1", "1"] * 5 + [None] * 15}
    (told,) = [each for each in compared(columns).cautions if each.code == "known-of-one-arm"]
    assert "Known of patients of one arm alone: ECOG performance status." in text.caution(told)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["HAI", "TACE", "BOTH", "TARE", None]),
            st.sampled_from(["CR", "PR", "SD", "PD", "NE", None]),
            st.none() | st.integers(0, 40),
            st.sampled_from(["yes", "no", None]),
            st.none() | st.integers(40, 80),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_whatever_the_file_holds_patients_are_in_an_arm_or_counted_as_left_out(rows):
    kind, letter, months, event, age = zip(*rows, strict=True)
    columns = {
        "modality": kind,
        "response_6m": letter,
        "os_months": months,
        "os_event": event,
        "age": age,
    }
    result = compared(columns, permutations=99)
    if result is None:
        assert len(set(kind) - {"BOTH", None}) < 2
        return
    assert sum(result.n) + sum(n for _level, n in result.left_out) == len(rows)
    assert "BOTH" not in arms(result)
    for contrast in result.survivals:
        few = min(arm.n for arm in contrast.arms) < 10
        assert (contrast.rmst is None) or not few
        assert (contrast.hazard is None) or not few
        assert (contrast.log_rank is None) or not few
