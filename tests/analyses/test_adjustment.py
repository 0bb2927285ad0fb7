"""Adjusting: who and what is used, what unlocks it, and that it recovers what is true."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lib import exhibits, text
from lib.analyses import adjustment, comparison, robustness
from lib.analyses.study import compared_arms
from lib.plan import PlanError
from lib.schema import ENDPOINTS
from lib.statistics import cox
from lib.statistics.life_table import TimeToEvent, count
from lib.statistics.regression import Covariate, cox_regression
from lib.statistics.survival import rmst_difference
from lib.statistics.weighting import overlap_weights, propensity
from tests.conftest import ROOT, START, after, codes, studied, study_of

OS = ENDPOINTS["OS"]


def confounded(n=120, seed=4, **more):
    """Patients whose liver involvement drives both the choice and death; nothing differs else."""
    random = np.random.default_rng(seed)
    involvement = np.round(random.uniform(5, 70, n))
    ecog = random.integers(0, 2, n)
    embolized = random.random(n) < 1 / (1 + np.exp((involvement - 37) / 12))
    months = np.round(random.exponential(30, n) * np.exp(-0.03 * (involvement - 37)), 2) + 0.1
    columns = {
        "modality": np.where(embolized, "TACE", "HAI").tolist(),
        "liver_involvement_pct": involvement.tolist(),
        "ecog": ecog.astype(str).tolist(),
        "os_months": np.minimum(months, 36).tolist(),
        "os_event": np.where(months < 36, "yes", "no").tolist(),
    }
    return columns | more


def with_missing(share=0.3, n=160, seed=4):
    """Liver involvement is missing of more of those who died early, in one arm more than another.

    The chance of it hangs on arm and outcome alone, which are known. And of how many it is.
    """
    columns = confounded(n=n, seed=seed)
    random = np.random.default_rng(1000 + seed)  # no part in what the values are
    early = np.array(columns["os_months"]) < 12
    chance = share * np.where(early, 1.6, 0.6)
    gone = random.random(n) < np.where(np.array(columns["modality"]) == "HAI", chance, chance / 2)
    values = np.array(columns["liver_involvement_pct"], dtype=object)
    values[gone] = None
    return columns | {"liver_involvement_pct": values.tolist()}, int(gone.sum())


def unmet(asked):
    return codes(each for each in asked if not each.met)


def names(columns):
    return [column.name for column in columns]


# --- the covariates


def test_the_fixed_list_is_taken_in_its_order_until_the_smaller_arm_is_spent():
    columns = confounded() | {"sex": ["F", "M"] * 60, "age": list(range(30, 90)) * 2}
    study = study_of(columns)
    arms = compared_arms(study)
    assert min(np.bincount(arms.codes)) >= 40
    taken = names(adjustment.covariates(study, OS))
    assert taken == ["liver_involvement_pct", "ecog", "age", "sex"]
    tight = study_of(columns, patients_per_term=20)
    assert names(adjustment.covariates(tight, OS)) == [
        "liver_involvement_pct",
        "ecog",
    ]


def test_the_fixed_list_never_looks_at_the_outcome():
    columns = confounded()
    random = np.random.default_rng(1)
    other = columns | {
        "os_months": random.permutation(columns["os_months"]).tolist(),
        "os_event": random.permutation(columns["os_event"]).tolist(),
    }
    one, two = study_of(columns), study_of(other)
    first, second = (names(adjustment.covariates(each, OS)) for each in (one, two))
    assert first == second


def test_a_column_that_is_unknown_of_many_or_the_same_for_all_is_not_on_the_list():
    columns = confounded()
    columns["ecog"] = ["0"] * 120
    columns["extrahepatic"] = ["yes", "no"] * 25 + [None] * 70
    study = study_of(columns)
    assert names(adjustment.covariates(study, OS)) == ["liver_involvement_pct"]
    some = study_of(columns | {"extrahepatic": ["yes", "no"] * 50 + [None] * 20})
    assert "extrahepatic" in names(adjustment.covariates(some, OS))
    for name in ("liver_involvement_pct", "ecog", "extrahepatic"):
        del columns[name]
    found = adjustment.of_endpoint(study_of(columns), OS)
    assert "covariates" in unmet(found.requirements)
    assert found.model is None and found.weighted is None


def test_covariates_are_as_many_as_the_patients_with_a_time_allow():
    columns = confounded() | {"sex": ["F", "M"] * 60}
    smaller = min(columns["modality"].count(arm) for arm in ("HAI", "TACE"))
    third = smaller // 3
    assert adjustment.design(study_of(columns, patients_per_term=third), OS).terms == 3
    gone = [at for at, arm in enumerate(columns["modality"]) if arm == "TACE"][: smaller % 3 + 1]
    for name in ("os_months", "os_event"):
        columns[name] = [None if at in gone else each for at, each in enumerate(columns[name])]
    made = adjustment.design(study_of(columns, patients_per_term=third), OS)
    assert made.terms == 2 and made.weighed
    assert [(each.column.name, each.why) for each in made.omitted] == [("sex", "numbers")]


def test_what_is_not_adjusted_for_is_named_with_the_reason():
    half = ["F"] * 30 + [None] * 60 + ["M"] * 30
    columns = confounded() | {"sex": half, "age": list(range(30, 90)) * 2, "centre": ["A"] * 120}
    study = study_of(columns, patients_per_term=20)
    made = adjustment.design(study, OS)
    assert names(made.covariates) == ["liver_involvement_pct", "ecog"]
    said = {each.column.name: each.why for each in made.omitted}
    assert said == {"sex": "missing", "age": "numbers", "centre": "alike"}
    words = exhibits.short.omitted(made)
    assert words == (
        "Not adjusted for sex (too many values missing); age (too few patients for more); centre "
        "(the same in all)."
    )


def test_the_plan_chooses_the_covariates():
    study = study_of(confounded() | {"sex": ["F", "M"] * 60}, covariates=("ecog",))
    made = adjustment.design(study, OS)
    assert names(made.covariates) == ["ecog"]
    assert made.chosen and made.terms == 1
    assert {(each.column.name, each.why) for each in made.omitted} == {
        ("liver_involvement_pct", "unlike"),  # of the arms, so that it says more than the others
        ("sex", "unchosen"),
    }
    shown = names(column for column, _balance in made.after)  # whatever is adjusted for
    assert shown == ["sex", "ecog", "liver_involvement_pct"]


@pytest.mark.parametrize("name", ["response_6m", "n_procedures", "best_response", "no such column"])
def test_nothing_is_adjusted_for_what_was_not_known_beforehand(name):
    columns = confounded(
        response_6m=["PR"] * 120, best_response=["PR"] * 120, n_procedures=[1] * 120
    )
    with pytest.raises(PlanError, match=r"plan\.comparison\.covariates"):
        study_of(columns, covariates=(name,))
    assert names(comparison.candidates(study_of(columns))) == ["ecog", "liver_involvement_pct"]


# --- who is used


def lacking_ecog():
    """Three of one arm lack a covariate, and one an outcome; and how many the arm has."""
    columns = confounded()
    hai = [at for at, code in enumerate(columns["modality"]) if code == "HAI"]
    columns["ecog"] = [None if at in hai[:3] else v for at, v in enumerate(columns["ecog"])]
    columns["os_event"] = [None if at == hai[-1] else v for at, v in enumerate(columns["os_event"])]
    return columns, len(hai)


def test_nobody_is_left_out_for_a_missing_covariate_and_the_missing_are_counted_by_arm():
    columns, hai = lacking_ecog()
    made = adjustment.design(study_of(columns), OS)
    assert made.n == (hai - 1, 120 - hai) and made.incomplete == (0, 0)
    assert made.imputation.n == (3, 0) and made.imputation.sets == 20 == len(made.cases.sets)
    (filled,) = made.imputation.filled
    assert filled.column.name == "ecog" and filled.missing == (3, 0)
    assert all(each.known.all() for completed in made.cases.sets for each in completed)


def test_complete_cases_are_used_where_nothing_is_drawn_and_the_others_counted_by_arm(monkeypatch):
    columns, hai = lacking_ecog()
    made = adjustment.complete(study_of(columns), OS)
    assert made.n == (hai - 4, 120 - hai) and made.incomplete == (3, 0)
    assert made.imputation is None and len(made.cases.sets) == 1
    monkeypatch.setattr(adjustment, "MOST", 119)
    found = adjustment.of_endpoint(study_of(columns), OS)
    assert found.design.incomplete == (3, 0) and found.complete is None
    first, second, *_rest = found.cautions
    assert (first.code, dict(first.values)["left"]) == ("complete-cases", 3)
    assert "drawn while patients are at most 119" in text.caution(first)
    assert second.code == "complete-cases-differ"
    ratios = [found.crude.hazard.ratio.value, found.same_hazard.ratio.value]
    assert [dict(second.values)[name] for name in ("whole", "part")] == [
        round(each, 2) for each in ratios
    ]


def test_as_many_sets_are_drawn_as_the_percentage_of_incomplete_patients():
    columns, gone = with_missing(share=0.35)
    made = adjustment.design(study_of(columns), OS)
    assert gone > 32 and made.imputation.sets == int(np.ceil(100 * gone / 160))


def test_what_is_drawn_comes_nearer_to_what_all_values_give_than_complete_cases_do():
    apart = []
    for seed in range(4, 12):
        columns, _gone = with_missing(seed=seed, share=0.35)
        whole = adjustment.of_endpoint(study_of(confounded(n=160, seed=seed)), OS)
        found = adjustment.of_endpoint(study_of(columns), OS)
        part = found.complete
        apart.append(
            [
                abs(np.log(found.model.terms[0].ratio.value / whole.model.terms[0].ratio.value)),
                abs(np.log(part.ratio.value / whole.model.terms[0].ratio.value)),
                abs(found.weighted.difference.value - whole.weighted.difference.value),
                abs(part.difference.value - whole.weighted.difference.value),
            ]
        )
    model, of_part, mean, mean_of_part = np.mean(apart, axis=0)
    assert model < of_part and mean < mean_of_part


def test_a_confounder_missing_of_many_is_adjusted_for_and_of_most_is_named():
    columns, _gone = with_missing(share=0.35)
    made = adjustment.design(study_of(columns), OS)
    assert "liver_involvement_pct" in names(made.covariates) and not made.omitted
    hai = [code == "HAI" for code in columns["modality"]]
    values = confounded(n=160)["liver_involvement_pct"]
    most = [
        None if mine and at % 5 else v for at, (v, mine) in enumerate(zip(values, hai, strict=True))
    ]
    for chosen in ((), ("ecog", "liver_involvement_pct")):
        study = study_of(columns | {"liver_involvement_pct": most}, covariates=chosen)
        made = adjustment.design(study, OS)  # of one arm, too few are known
        assert names(made.covariates) == ["ecog"]
        assert [(each.column.name, each.why) for each in made.omitted] == [
            ("liver_involvement_pct", "missing")
        ]
    study = study_of(
        columns | {"liver_involvement_pct": most}, covariates=("liver_involvement_pct",)
    )
    assert exhibits.short.alike(comparison.of_arms(study), adjustment.of_endpoint(study, OS)) == (
        "The arms are not made alike: no feature is adjusted for, and one is needed. Not adjusted "
        "for liver involvement (too many values missing); ECOG performance status "
        "(not chosen in the plan)."
    )


def test_the_weighted_balance_is_of_what_was_drawn():
    made = adjustment.design(study_of(with_missing()[0]), OS)
    after = {column.name: balance for column, balance in made.after}
    for name in ("liver_involvement_pct", "ecog"):
        assert_allclose(after[name].value, 0, atol=1e-8)
    assert_allclose((after["ecog"].n0, after["ecog"].n1), made.weights.effective)


def test_the_seed_decides_what_is_drawn_and_the_order_of_rows_does_not_matter():
    columns, _gone = with_missing()
    back = {name: values[::-1] for name, values in columns.items()}
    one, two, other = (
        adjustment.of_endpoint(study_of(each, seed=seed), OS).weighted.difference
        for each, seed in ((columns, 1), (back, 1), (columns, 2))
    )
    assert_allclose((one.value, one.low), (two.value, two.low), atol=1e-9)
    assert one.value != other.value


def test_where_the_numbers_allow_nothing_nothing_is_drawn():
    columns, _gone = with_missing()
    made = adjustment.design(study_of({k: v[:30] for k, v in columns.items()}), OS)
    assert made.imputation is None and not made.weighed
    found = adjustment.of_endpoint(study_of({k: v[:30] for k, v in columns.items()}), OS)
    assert found.model is None and found.weighted is None and found.complete is None


def test_nothing_depends_on_the_order_of_the_rows():
    columns = confounded()
    order = np.random.default_rng(2).permutation(120)
    shuffled = {name: [values[at] for at in order] for name, values in columns.items()}
    one = adjustment.of_endpoint(study_of(columns), OS)
    other = adjustment.of_endpoint(study_of(shuffled), OS)
    assert_allclose(
        (one.weighted.ratio.value, one.weighted.ratio.low, one.weighted.difference.high),
        (other.weighted.ratio.value, other.weighted.ratio.low, other.weighted.difference.high),
        rtol=1e-12,
    )


# --- what unlocks it


def by_arm(columns, hai, tace):
    return [hai if code == "HAI" else tace for code in columns["modality"]]


@pytest.mark.cases
@pytest.mark.parametrize("chosen", [(), ("ecog",)])
def test_nothing_is_adjusted_where_the_arms_have_nothing_of_something_in_common(
    name, hai, tace, chosen
):
    columns = confounded()
    columns[name] = by_arm(columns, hai, tace)
    study = study_of(columns, covariates=chosen)
    found = adjustment.of_endpoint(study, OS)
    assert found.model is None and found.weighted is None and not found.design.weighed
    assert unmet(found.requirements) == unmet(found.design.requirements) == ["in-common"]
    assert names(found.requirements[-2].columns) == [name]
    compared = comparison.of_arms(study)
    behind = robustness.hidden_cause(compared.survivals[0], study.plan, compared.apart)
    assert behind.e_value is None and names(behind.apart) == [name]
    tried = robustness.of_endpoint(study, OS).specifications
    assert {s.options[-1] for s in tried if s.ratio is not None} == {"unadjusted"}


def test_nor_where_those_of_whom_all_is_known_have_nothing_in_common():
    columns = confounded()
    columns["centre"] = by_arm(columns, "North", "South")
    few = [at for at, code in enumerate(columns["modality"]) if code == "HAI"][:4]
    for at in few:  # they had the other arm's centre, and their involvement is not known
        columns["centre"][at] = "South"
        columns["liver_involvement_pct"][at] = None
    named = ("liver_involvement_pct", "centre")
    made = adjustment.complete(study_of(columns, covariates=named), OS)
    assert unmet(made.requirements) == ["in-common"]
    assert not comparison.of_arms(study_of(columns, covariates=named)).apart


def test_a_level_of_one_arm_among_others_of_both_locks_nothing():
    columns = confounded(n=200)
    place = np.random.default_rng(5).integers(0, 2, 200)
    columns["centre"] = [
        "East" if code == "TACE" and at % 5 == 0 else ("North", "South")[place[at]]
        for at, code in enumerate(columns["modality"])
    ]
    named = ("liver_involvement_pct", "centre")
    study = study_of(columns, covariates=named)
    found = adjustment.of_endpoint(study, OS)
    assert found.model is not None and unmet(found.design.requirements) == []
    assert "arms-told-apart" in codes(found.cautions)


@pytest.mark.cases
def test_each_condition_locks_what_asks_for_it(small, model, weights):
    known = ("liver_involvement_pct", "ecog")
    study = study_of(confounded(), covariates=known, **small)
    found = adjustment.of_endpoint(study, OS)
    assert unmet(found.requirements) == model
    assert unmet(found.design.requirements) == weights
    assert (found.model is None) == bool(model)
    assert (found.weighted is None) == bool(weights)
    assert (found.groups == ()) == bool(weights)


def test_the_sample_of_36_is_too_small_and_says_by_how_much():
    found = adjustment.of_endpoint(studied("workbook"), OS)
    assert found.model is None and found.weighted is None
    (arm,) = [each for each in found.requirements if not each.met]
    assert (arm.code, arm.found, arm.needed) == ("arm", 16, 20)
    assert found.crude.hazard is not None


# --- the numbers


def test_the_results_are_those_of_the_statistics_of_the_same_rows():
    columns = confounded()
    found = adjustment.of_endpoint(study_of(columns), OS)
    arm = (np.array(columns["modality"]) == "TACE").astype(int)
    data = TimeToEvent(columns["os_months"], np.array(columns["os_event"]) == "yes")
    covariates = [
        Covariate("liver_involvement_pct", np.array(columns["liver_involvement_pct"])),
        Covariate("ecog", np.array(columns["ecog"]).astype(int), ("0", "1")),
    ]
    model = cox_regression(data, [Covariate("arm", arm, ("HAI", "TACE")), *covariates])
    assert_allclose(found.model.terms[0].ratio.value, model.terms[0].ratio.value, rtol=1e-8)
    assert_allclose(found.model.terms[0].ratio.low, model.terms[0].ratio.low, rtol=1e-8)
    weight = overlap_weights(arm == 1, propensity(arm == 1, covariates).value).value
    table = count(TimeToEvent(data.time, data.event, None, weight), arm, ("HAI", "TACE"))
    ratio = cox.hazard_ratio(table, "HAI", "TACE")
    assert_allclose(found.weighted.ratio.value, ratio.ratio.value, rtol=1e-8)
    mean = rmst_difference(table, "HAI", "TACE", 24).difference.value
    assert_allclose(found.weighted.difference.value, mean, rtol=1e-8)
    assert found.tau == 24


def test_under_the_weighted_curve_stand_patients_as_they_are():
    found = adjustment.of_endpoint(study_of(confounded()), OS)
    crude = found.crude.arms
    for group, arm, line in zip(found.groups, crude, found.weighted.curves, strict=True):
        assert group.n == arm.n and group.events == arm.events
        assert group.curve.at_risk.tolist() == arm.curve.at_risk.tolist()
        assert group.curve.survival.tolist() == line.survival.tolist()
        assert group.median == group.curve.median()
        assert not np.allclose(group.curve.survival, arm.curve.survival)


def test_a_confounded_difference_shrinks_when_the_arms_are_alike():
    found = adjustment.of_endpoint(study_of(confounded(400)), OS)
    assert found.crude.hazard.ratio.high < 1
    assert found.model.terms[0].ratio.low < 1 < found.model.terms[0].ratio.high
    assert found.weighted.ratio.low < 1 < found.weighted.ratio.high


def test_what_is_adjusted_for_is_balanced_exactly_and_the_chance_band_widens():
    made = adjustment.design(study_of(confounded()), OS)
    after = {column.name: balance for column, balance in made.after}
    before = {column.name: balance for column, balance in made.before}
    for name in ("liver_involvement_pct", "ecog"):
        assert_allclose(after[name].value, 0, atol=1e-8)
        assert after[name].band > before[name].band
    assert_allclose((after["ecog"].n0, after["ecog"].n1), made.weights.effective)


def test_a_level_without_events_is_answered_by_firth_and_said():
    columns = confounded()
    rare = ["2" if at < 8 else value for at, value in enumerate(columns["ecog"])]
    event = ["no" if at < 8 else value for at, value in enumerate(columns["os_event"])]
    columns |= {"ecog": rare, "os_event": event}
    columns["modality"] = ["HAI", "TACE"] * 4 + columns["modality"][8:]
    found = adjustment.of_endpoint(study_of(columns), OS)
    assert "Firth" in found.model.method
    assert "model-separation" in codes(found.cautions)
    assert np.isfinite(found.model.terms[0].ratio.high)


def test_tumour_markers_are_taken_by_their_logarithm():
    random = np.random.default_rng(3)
    marker = np.exp(random.normal(4, 1.5, 120)).tolist()
    study = study_of(confounded() | {"cea_baseline": marker}, covariates=("cea_baseline",))
    ((predictor,),) = adjustment.design(study, OS).cases.sets
    assert sorted(predictor.values) == pytest.approx(sorted(np.log1p(marker)))


def test_with_late_entry_the_model_knows_it_and_nothing_is_weighted():
    columns = confounded()
    random = np.random.default_rng(6)
    lead = np.round(random.uniform(1, 20, 120))
    lived = columns.pop("os_months")
    columns |= {
        "first_procedure_date": [START] * 120,
        "liver_mets_date": [after(-months) for months in lead],
        "last_contact_date": [after(months) for months in lived],
        "death_date": [
            after(months) if event == "yes" else None
            for months, event in zip(lived, columns.pop("os_event"), strict=True)
        ],
    }
    study = study_of(columns, origin="liver_mets_date")
    found = adjustment.of_endpoint(study, OS)
    assert unmet(found.design.requirements) == ["late-entry"]
    assert found.weighted is None and found.tau is None
    follow = study.follow(OS)
    arm = (np.array(columns["modality"]) == "TACE").astype(int)
    model = cox_regression(
        TimeToEvent(follow.months, follow.event.astype(int), follow.entry),
        [
            Covariate("arm", arm, ("HAI", "TACE")),
            Covariate("involvement", np.array(columns["liver_involvement_pct"])),
            Covariate("ecog", np.array(columns["ecog"]).astype(int), ("0", "1")),
        ],
    )
    assert_allclose(found.model.terms[0].ratio.value, model.terms[0].ratio.value, rtol=1e-8)
    without = cox_regression(
        TimeToEvent(follow.months, follow.event.astype(int)),
        [Covariate("arm", arm, ("HAI", "TACE"))],
    )
    assert abs(without.terms[0].ratio.value - model.terms[0].ratio.value) > 0.01


# --- the truth


@pytest.fixture(scope="module")
def registry():
    return adjustment.of_endpoint(studied("registry"), OS)


@pytest.fixture(scope="module")
def truth():
    path = ROOT / "sample_data" / "synthetic_240_truth.json"
    return json.loads(path.read_text(encoding="utf-8"))


def holds(found, value):
    return found.low <= value <= found.high


def test_the_adjusted_results_recover_the_truth_each_on_its_scale(registry, truth):
    marginal = truth["marginal_in_the_overlap_population"]["estimands"]
    assert holds(registry.model.terms[0].ratio, truth["conditional"]["hazard_ratio"])
    assert holds(registry.weighted.ratio, marginal["hazard_ratio"]["value"])
    assert registry.tau == 24
    assert holds(registry.weighted.difference, marginal["rmst_difference_24"]["value"])
    for group in registry.groups:
        for months in (12, 24):
            at = np.searchsorted(group.curve.time, months, side="right") - 1
            true = marginal[f"survival_{months}_{group.level.code}"]["value"]
            assert group.curve.low[at] <= true <= group.curve.high[at]


def test_the_crude_results_do_not_and_are_farther_off(registry, truth):
    marginal = truth["marginal_in_the_overlap_population"]["estimands"]
    hazard, mean = marginal["hazard_ratio"]["value"], marginal["rmst_difference_24"]["value"]
    crude = registry.crude
    assert not holds(crude.hazard.ratio, hazard)
    assert not holds(crude.rmst.difference, mean)
    assert abs(np.log(registry.weighted.ratio.value / hazard)) < abs(
        np.log(crude.hazard.ratio.value / hazard)
    )
    assert abs(registry.weighted.difference.value - mean) < abs(crude.rmst.difference.value - mean)
