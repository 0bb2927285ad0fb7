"""The truth of the synthetic registry is that of its design, and README.md says what is found."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from lib import text
from lib.analyses import adjustment
from lib.schema import ENDPOINTS
from lib.statistics.cox import hazard_ratio, ratio
from lib.statistics.life_table import TimeToEvent, count
from lib.statistics.regression import Covariate, cox_regression
from lib.statistics.survival import kaplan_meier, rmst_difference
from lib.statistics.weighting import overlap_weights, propensity
from sample_data import population as design
from tests.conftest import studied
from tests.sample_data.sheets import FOLDER, MONTH, THE_240

ARMS = ("HAI", "TACE")
TRUTH = json.loads((FOLDER / "synthetic_240_truth.json").read_text(encoding="utf-8"))
CONDITIONAL = TRUTH["conditional"]["log_hazard_ratios"]
MARGINAL = {
    name: found["value"]
    for name, found in TRUTH["marginal_in_the_overlap_population"]["estimands"].items()
}
EFFECT = CONDITIONAL["first procedure chemoembolization"]
PATIENTS = THE_240.patients
FIRST = (THE_240.first() == "TACE").to_numpy()
DIED = (PATIENTS["vital_status"] == "dead").to_numpy()
SURVIVAL = TimeToEvent((THE_240.end - THE_240.start).dt.days.to_numpy() / MONTH, DIED)
ARM = Covariate("first procedure", FIRST.astype(int), ARMS)


def known(column, *levels):
    if not levels:
        return Covariate(column, PATIENTS[column].to_numpy(float))
    codes = {level: code for code, level in enumerate(levels)}
    found = PATIENTS[column].map(codes).fillna(-1).to_numpy(int)
    return Covariate(column, found, tuple(map(str, levels)))


PROGNOSTIC = (
    known("liver_involvement_pct"),
    known("n_lesions"),
    known("ecog", 0, 1, 2),
    known("extrahepatic", "no", "yes"),
    known("prior_lines"),
    known("centre", "North", "River", "Harbour"),
    known("ras", "wt", "mut"),
)


def test_the_truth_names_what_the_registry_is_drawn_with():
    death, treatment = design.DESIGN["death"], design.DESIGN["treatment"]
    assert {name: round(value, 4) for name, value in death.items()} == CONDITIONAL
    assert TRUTH["propensity"]["log_odds"] == treatment
    assert math.exp(death["first procedure chemoembolization"]) == pytest.approx(0.75)
    assert list(death)[1:] == list(treatment)[1:]


def test_the_marginal_truth_is_the_mean_of_both_outcomes_by_hand():
    # Without any estimator: weighted means of what happens to each patient in either arm.
    drawn = np.random.RandomState(7).random_sample((200_000, design.COVARIATES + 1))
    people = design.population(drawn)
    chance = design.propensity(people)
    weight = chance * (1 - chance)
    months = {
        arm: design.days_to_death(people, np.full(len(drawn), arm == "TACE"), drawn[:, -1]) / MONTH
        for arm in ARMS
    }
    for at in (12, 24):
        lived = {arm: np.average(np.minimum(months[arm], at), weights=weight) for arm in ARMS}
        found = MARGINAL[f"rmst_difference_{at}"]
        assert lived["TACE"] - lived["HAI"] == pytest.approx(found, abs=0.03)
        for arm in ARMS:
            alive = np.average(months[arm] > at, weights=weight)
            assert alive == pytest.approx(MARGINAL[f"survival_{at}_{arm}"], abs=0.006)


def test_the_hazard_ratio_of_all_is_nearer_to_one_than_that_of_each():
    assert EFFECT < MARGINAL["log_hazard_ratio"] < 0
    assert math.exp(MARGINAL["log_hazard_ratio"]) == pytest.approx(
        MARGINAL["hazard_ratio"], abs=1e-4
    )


def test_over_many_registries_the_adjusted_estimates_are_right_on_average():
    """Not the seed of one registry, but the design: no bias but that of the crude ratio."""
    drawn = np.random.RandomState(11)
    found = []
    for _ in range(60):
        uniform = drawn.random_sample((240, design.COVARIATES + 3))
        people = design.population(uniform)
        arm = uniform[:, -1] < design.propensity(people)
        days = design.days_to_death(people, arm, uniform[:, -2])
        until = 270 + 1800 * uniform[:, -3]
        data = TimeToEvent(np.minimum(days, until) / MONTH, days <= until)
        covariates = [
            Covariate(str(k), column) for k, column in enumerate(design.columns(people).T)
        ]
        group = Covariate("arm", arm.astype(float))
        weight = overlap_weights(arm, propensity(arm, covariates).value).value
        table = count(replace(data, weight=weight), arm.astype(int), ARMS)
        found.append(
            (
                cox_regression(data, (group,)).terms[0].log_ratio - EFFECT,
                cox_regression(data, (group, *covariates)).terms[0].log_ratio - EFFECT,
                math.log(ratio(table, *ARMS).value) - MARGINAL["log_hazard_ratio"],
                rmst_difference(table, *ARMS, 24).difference.value - MARGINAL["rmst_difference_24"],
            )
        )
    bias = np.mean(found, axis=0)
    error = np.std(found, axis=0, ddof=1) / len(found) ** 0.5
    assert bias[0] < -0.3
    assert np.all(np.abs(bias[1:]) < 3 * error[1:])


def test_both_modalities_are_for_those_who_live_to_receive_them():
    """Later procedures change nothing, and yet the naive group *both* lives longer."""
    both = PATIENTS["modality"].str.contains("+", regex=False).to_numpy()
    assert both.sum() >= 50
    table = count(SURVIVAL, both.astype(int), ("one", "both"))
    assert rmst_difference(table, "one", "both", 24).difference.low > 0
    medians = [kaplan_meier(table.group(name)).median().value for name in ("one", "both")]
    assert medians[1] > medians[0] + 2


# --- what README.md says


def test_the_readme_tells_the_design():
    said = (FOLDER / "README.md").read_text(encoding="utf-8")
    chance, death = design.DESIGN["treatment"], CONDITIONAL
    for label, *names in (
        ("Liver involvement, a percentage point", "liver_involvement_pct, each point over 30"),
        ("Number of lesions, each", "n_lesions, each over 5"),
        ("ECOG 1; 2, against 0", "ecog 1", "ecog 2"),
        ("Extrahepatic disease", "extrahepatic"),
        ("Prior lines, each", "prior_lines, each over 2"),
        ("Centre River; Harbour, against North", "centre River", "centre Harbour"),
        ("RAS mutant", "ras mut"),
    ):
        (row,) = [line for line in said.splitlines() if line.startswith(f"| {label} |")]
        cells = [[float(each) for each in cell.split(";")] for cell in row.split("|")[2:4]]
        assert cells == [[chance[name] for name in names], [death[name] for name in names]]
    assert f"**{EFFECT} (hazard ratio 0.75)**" in said
    assert f"limits as wide as its {DIED.sum()} deaths allow" in " ".join(said.split())


def test_the_readme_tells_what_is_found():
    said = (FOLDER / "README.md").read_text(encoding="utf-8")
    table = count(SURVIVAL, FIRST.astype(int), ARMS)
    adjusted = adjustment.of_endpoint(studied("registry"), ENDPOINTS["OS"])
    weighted = adjusted.weighted

    def words(found, digits):
        value, low, high = (f"{x:.{digits}f}" for x in (found.value, found.low, found.high))
        return f"{value} ({low} to {high})"

    crude = words(hazard_ratio(table, *ARMS).ratio, 2)
    model = words(adjusted.model.terms[0].ratio, 2)
    marginal = words(weighted.ratio, 2)
    crude_time = words(rmst_difference(table, *ARMS, 24).difference, 1)
    time = f"{weighted.difference.value:.1f} ({text.between(weighted.difference, none=0)})"
    assert f"| {math.exp(EFFECT):.2f} | {crude} | {model} |" in said
    assert f"| {MARGINAL['hazard_ratio']:.2f} | {crude} | {marginal} |" in said
    assert f"| {MARGINAL['rmst_difference_24']:.1f} | {crude_time} | {time} |" in said
