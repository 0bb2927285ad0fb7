"""The synthetic registry keeps what it promises, and its truth can be found again."""

import json
import math
from collections import Counter

import numpy as np
import pytest

from lib.ingest import open_file, propose, read
from lib.statistics import balance
from lib.statistics.cox import hazard_ratio, ratio
from lib.statistics.life_table import TimeToEvent, count
from lib.statistics.regression import Covariate, cox_regression
from lib.statistics.survival import kaplan_meier, rmst_difference
from lib.statistics.weighting import weighted_comparison
from lib.ui.mapping import open_questions
from sample_data import population as design
from tests.conftest import REGISTRY
from tests.sample_data.raw import (
    FOLDER,
    MONTH,
    Raw,
    events_follow_procedures,
    in_order,
    kind,
    written_again_and_named,
)

ARMS = ("HAI", "TACE")
TRUTH = json.loads((FOLDER / "synthetic_240_truth.json").read_text(encoding="utf-8"))
CONDITIONAL = TRUTH["conditional"]["log_hazard_ratios"]
MARGINAL = {
    name: found["value"]
    for name, found in TRUTH["marginal_in_the_overlap_population"]["estimands"].items()
}
EFFECT = CONDITIONAL["first procedure chemoembolization"]
RAW = Raw(REGISTRY.name)
SHEETS, PATIENTS, PROCEDURES = RAW.sheets, RAW.patients, RAW.procedures


def numbers(column):
    return np.array([math.nan if row[column] == "" else row[column] for row in PATIENTS.values()])


def codes(column, *levels):
    words = [str(row[column]).removesuffix(".0") for row in PATIENTS.values()]
    return np.array([levels.index(word) if word else -1 for word in words])


FIRST = np.array([kind(PROCEDURES[name][0]) == "TACE" for name in PATIENTS])
DIED = np.array([row["vital_status"] == "dead" for row in PATIENTS.values()])
DAYS = np.array(
    [(row["last_contact_date"] - row["first_procedure_date"]).days for row in PATIENTS.values()]
)
SURVIVAL = TimeToEvent(DAYS / MONTH, DIED)
ARM = Covariate("first procedure", FIRST.astype(int), ARMS)
CONFOUNDERS = (
    Covariate("liver_involvement_pct", numbers("liver_involvement_pct")),
    Covariate("n_lesions", numbers("n_lesions")),
    Covariate("ecog", codes("ecog", "0", "1", "2"), ("0", "1", "2")),
    Covariate("extrahepatic", codes("extrahepatic", "no", "yes"), ("no", "yes")),
    Covariate("prior_lines", numbers("prior_lines")),
    Covariate("centre", codes("centre", *design.CENTRES), design.CENTRES),
)
PROGNOSTIC = (*CONFOUNDERS, Covariate("ras", codes("ras", "wt", "mut"), ("wt", "mut")))


# --- the file


def test_running_the_script_again_writes_the_same_files(tmp_path):
    files = (REGISTRY.name, "synthetic_240_truth.json")
    named = {"synthetic_240": REGISTRY.name}
    written_again_and_named("sample_data.make_registry", files, named, tmp_path)


def test_the_file_is_small_and_read_without_a_question_and_with_notes_alone():
    data = REGISTRY.read_bytes()
    assert len(data) < 1_000_000
    file = open_file(REGISTRY.name, data)
    cohort = read(file)
    assert open_questions(propose(file)) == []
    assert cohort.source.synthetic and "None of them exists" in cohort.source.note
    assert len(cohort) == cohort.source.rows == 240
    assert {name: len(table) for name, table in cohort.tables.items()} == {
        name: len(rows) for name, rows in SHEETS.items() if name not in ("source", "patients")
    }
    assert [(each.severity, each.column) for each in cohort.findings] == [
        ("note", "last_assessment_date"),
        ("note", "diagnosis_date"),
    ]


def test_the_workbook_says_that_it_is_invented():
    assert RAW.source["synthetic"] == "yes"
    assert RAW.source["invented"].startswith("Everything.")
    assert RAW.source["truth"].startswith("synthetic_240_truth.json")


# --- its numbers


def test_arms_centres_and_deaths():
    assert 100 <= FIRST.sum() <= 140 and DIED.sum() >= 140
    arms = [
        FIRST[[row["centre"] == centre for row in PATIENTS.values()]] for centre in design.CENTRES
    ]
    assert min(len(arm) for arm in arms) >= 50  # both are done everywhere, not as often
    assert min(min(arm.sum(), (~arm).sum()) for arm in arms) >= 15
    assert arms[2].mean() > arms[0].mean() + 0.1


def test_deaths_within_30_days_of_a_procedure():
    early = {
        name
        for name, row in PATIENTS.items()
        for procedure in PROCEDURES[name]
        if row["death_date"] and (row["death_date"] - procedure["procedure_date"]).days <= 30
    }
    assert len(early) in (2, 3)
    fatal = {
        row["patient_id"]: row["date"] for row in SHEETS["adverse_events"] if row["grade"] == 5
    }
    assert set(fatal) < early
    for name, day in fatal.items():
        row = PATIENTS[name]
        assert (row["death_date"], row["cause_of_death"]) == (day, "procedure")


def test_who_is_lost_and_who_is_cut_off():
    status = Counter(row["vital_status"] for row in PATIENTS.values())
    assert 8 <= status["lost"] <= 20 and status["alive"] >= 40
    cut_off = max(row["last_contact_date"] for row in PATIENTS.values())
    starts = [row["first_procedure_date"] for row in PATIENTS.values()]
    assert all(start.weekday() < 5 for start in starts)
    assert (max(starts) - min(starts)).days > 4 * 365
    assert 8 * MONTH < (cut_off - max(starts)).days < 12 * MONTH  # some are not due at a year
    alive = [row for row in PATIENTS.values() if row["vital_status"] == "alive"]
    assert max((cut_off - row["last_contact_date"]).days for row in alive) <= 46


def test_progression_competes_with_death():
    sites = Counter(row["progression_site"] for row in PATIENTS.values())
    assert min(sites["liver"], sites["extrahepatic"]) >= 40
    assert sites["liver and extrahepatic"] >= 5
    without = [r for r in PATIENTS.values() if r["death_date"] and not r["progression_date"]]
    assert 25 <= len(without) <= 60
    for row in PATIENTS.values():
        first = [row["hepatic_progression_date"], row["extrahepatic_progression_date"]]
        assert row["progression_date"] == min((day for day in first if day), default="")


def test_procedures_and_their_kinds():
    kinds = Counter(row["modality"] for row in SHEETS["procedures"])
    assert set(kinds) == {"HAI", "TACE", "DEB_TACE"} and min(kinds.values()) > 100
    assert 3 <= len(SHEETS["procedures"]) / 240 <= 5
    embolized = [row for row in SHEETS["procedures"] if row["modality"] != "HAI"]
    beads = [
        np.mean([row["modality"] == "DEB_TACE" for row in embolized if row["centre"] == centre])
        for centre in design.CENTRES
    ]
    assert beads == sorted(beads) and len(set(beads)) == 3


def test_scales_of_adverse_events_are_kept_apart():
    events = SHEETS["adverse_events"]
    terms = {row["scale"]: set() for row in events}
    for row in events:
        terms[row["scale"]].add(row["term"])
    assert terms.keys() == {"CTCAE", "CIRSE"} and not terms["CTCAE"] & terms["CIRSE"]
    assert {row["scale"] for row in events if row["pes"] == "yes"} == {"CTCAE"}
    late = {row["term"] for row in events if not row["procedure_date"]}
    assert late == {"peripheral sensory neuropathy"}
    events_follow_procedures(RAW, 30)


def test_what_is_missing():
    def share(column):
        return np.mean([row[column] == "" for row in PATIENTS.values()])

    for column in ("patient_id", "centre", "age", "first_procedure_date", "last_contact_date"):
        assert share(column) == 0
    for column in ("liver_involvement_pct", "ecog", "prior_lines", "largest_lesion_mm"):
        assert 0 < share(column) < 0.05
    for column in ("ras", "cea_baseline", "albumin", "bilirubin"):
        assert 0.02 < share(column) < 0.15
    assert 0.1 < share("braf") < share("msi") < 0.4
    without = {row["centre"] for row in PATIENTS.values() if row["ca199_baseline"] == ""}
    assert without == {"North"}


def test_dates_are_in_order():
    in_order(RAW)
    for row in PATIENTS.values():
        if row["liver_mets_date"] and not isinstance(row["diagnosis_date"], str):
            assert row["diagnosis_date"] <= row["liver_mets_date"]


# --- the truth


def test_the_truth_names_what_the_registry_is_drawn_with():
    assert {name: round(value, 4) for name, value in design.DEATH.items()} == CONDITIONAL
    assert TRUTH["propensity"]["log_odds"] == design.TREATMENT
    assert math.exp(EFFECT) == pytest.approx(0.75, abs=1e-4)
    assert list(design.DEATH)[1:] == list(design.TREATMENT)[1:]


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


def test_the_arms_differ_at_baseline_until_they_are_weighted():
    weighted = weighted_comparison(SURVIVAL, FIRST, PROGNOSTIC, ARMS, resamples=1)
    apart = [abs(each.value) for each in weighted.unbalanced]
    assert sum(gap > balance.chance_band(len(FIRST) / 2, len(FIRST) / 2) for gap in apart) >= 3
    assert max(abs(each.value) for each in weighted.balanced) < 0.1
    assert min(weighted.weights.effective) >= 60


def test_the_crude_comparison_is_biased():
    table = count(SURVIVAL, FIRST.astype(int), ARMS)
    crude = hazard_ratio(table, *ARMS).ratio
    assert crude.high < math.exp(EFFECT) < math.exp(MARGINAL["log_hazard_ratio"])
    difference = rmst_difference(table, *ARMS, 24).difference
    assert difference.low > MARGINAL["rmst_difference_24"]


def test_a_right_cox_model_finds_the_conditional_truth():
    model = cox_regression(SURVIVAL, (ARM, *PROGNOSTIC))
    assert model.n >= 200 and not model.diverged
    coefficients = list(CONDITIONAL.values())
    inside = [
        term.ratio.low <= math.exp(value) <= term.ratio.high
        for term, value in zip(model.terms, coefficients, strict=True)
    ]
    assert inside[0]
    assert sum(inside) >= len(inside) - 1
    assert abs(model.terms[0].log_ratio - EFFECT) < model.terms[0].std_error


def test_overlap_weights_find_the_marginal_truth():
    weighted = weighted_comparison(SURVIVAL, FIRST, PROGNOSTIC, ARMS, resamples=200)
    found = hazard_ratio(weighted.table, *ARMS).robust
    assert found.low < MARGINAL["hazard_ratio"] < found.high
    for months in design.TIMES:
        difference = rmst_difference(weighted.table, *ARMS, months).difference
        assert difference.low < MARGINAL[f"rmst_difference_{months:.0f}"] < difference.high
        for arm, curve in zip(ARMS, weighted.curves, strict=True):
            at = np.searchsorted(curve.time, months, side="right") - 1
            true = MARGINAL[f"survival_{months:.0f}_{arm}"]
            assert curve.low[at] < true < curve.high[at]


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
        known = [Covariate(str(k), column) for k, column in enumerate(people.columns().T)]
        group = Covariate("arm", arm.astype(float))
        table = weighted_comparison(data, arm, known, ARMS, resamples=1).table
        found.append(
            (
                cox_regression(data, (group,)).terms[0].log_ratio - EFFECT,
                cox_regression(data, (group, *known)).terms[0].log_ratio - EFFECT,
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
    both = np.array(["+" in row["modality"] for row in PATIENTS.values()])
    assert both.sum() >= 50
    table = count(SURVIVAL, both.astype(int), ("one", "both"))
    assert rmst_difference(table, "one", "both", 24).difference.low > 0
    medians = [kaplan_meier(table.group(name)).median().value for name in ("one", "both")]
    assert medians[1] > medians[0] + 2


# --- what README.md says


def test_the_readme_tells_the_design():
    said = (FOLDER / "README.md").read_text(encoding="utf-8")
    chance, death = design.TREATMENT, CONDITIONAL
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
    weighted = weighted_comparison(SURVIVAL, FIRST, PROGNOSTIC, ARMS, resamples=1).table

    def words(found, digits):
        value, low, high = (f"{x:.{digits}f}" for x in (found.value, found.low, found.high))
        return f"{value} ({low} to {high})"

    crude = words(hazard_ratio(table, *ARMS).ratio, 2)
    model = words(cox_regression(SURVIVAL, (ARM, *PROGNOSTIC)).terms[0].ratio, 2)
    marginal = words(hazard_ratio(weighted, *ARMS).robust, 2)
    times = [words(rmst_difference(each, *ARMS, 24).difference, 1) for each in (table, weighted)]
    assert f"| {math.exp(EFFECT):.2f} | {crude} | {model} |" in said
    assert f"| {MARGINAL['hazard_ratio']:.2f} | {crude} | {marginal} |" in said
    assert f"| {MARGINAL['rmst_difference_24']:.1f} | {times[0]} | {times[1]} |" in said
