"""What is estimated, in one line; and what is said to be secondary."""

from dataclasses import replace

import pytest

from lib.analyses import adjustment, comparison
from lib.analyses.everything import Everything
from lib.exhibits import estimand
from lib.exhibits.study import of_study
from lib.plan import with_protocol
from lib.schema import ENDPOINTS
from tests.conftest import TWO_ARMS, studied, study_of

OS = ENDPOINTS["OS"]


def line(study, at=0, given=True):
    compared = comparison.of_arms(study)
    shown = compared.survivals[at]
    made = adjustment.of_endpoint(study, shown.endpoint) if given else None
    return estimand.line(compared, shown, made)


def test_without_a_protocol_it_is_said_that_no_primary_endpoint_was_named():
    assert line(studied("workbook")) == (
        "No primary endpoint was named. Estimand: difference of mean overall survival over 24 "
        "months, Chemoembolization (TACE) against Chemoinfusion (HAI) as the first procedure, in "
        "all 36 patients as they are; what follows (a second modality, resection or ablation and "
        "new systemic therapy) counts as it comes (treatment policy)."
    )


def test_the_line_is_of_the_patients_and_the_measure_that_the_answer_rests_on():
    study = studied("registry", primary="OS")
    made = adjustment.of_endpoint(study, OS)
    said = line(study)
    assert said.startswith("Primary: the difference of mean overall survival; all else here is")
    n, k = sum(made.design.n), len(made.design.covariates)
    assert (
        f"among those of {n} patients for whom either was a real choice by {k} recorded features"
        in said
    )
    assert "in all 240 patients as they are" in line(study, given=False)
    by_ratio = line(studied("registry", primary="OS", contrast="hazard ratio"))
    assert "Estimand: hazard ratio of overall survival, " in by_ratio
    assert f"between patients alike in {k} recorded features, of {n} patients" in by_ratio


def test_of_progression_death_is_an_event_and_the_clock_is_told_where_it_starts_earlier():
    progressed = line(studied("workbook", primary="OS"), at=1)
    assert progressed.startswith("Secondary; primary is the difference of mean overall survival. ")
    assert progressed.endswith("(treatment policy); death counts as the event.")
    earlier = line(studied("workbook", origin="liver_mets_date"))
    assert "overall survival from the diagnosis of liver metastases" in earlier


def test_what_is_no_treatment_has_no_second_modality():
    said = line(studied("workbook", column="sex"))
    assert "second modality" not in said and "as the first procedure" not in said
    assert "whatever is given later counts as it comes" in said


def test_of_arms_that_are_only_described_nothing_is_estimated():
    few = TWO_ARMS | {"modality": ["HAI"] * 16 + ["TACE"] * 9}
    assert line(study_of(few)) == ""


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"crossover": "censored"}, "the protocol ends follow-up at a second modality"),
        ({"primary": "DFS"}, "primary is the difference of mean DFS"),
    ],
)
def test_why_nothing_is_primary_is_said(choices, said):
    whence = studied("workbook", **{"primary": "OS", **choices}).provenance
    assert said in estimand.part(whence, OS)
    assert estimand.part(whence, OS).startswith("Secondary")


def test_a_changed_plan_is_said_in_every_contrast():
    study = studied("workbook", primary="OS")
    plan = with_protocol(study.plan, opened=False)
    plan = replace(plan, comparison=replace(plan.comparison, contrast="hazard ratio"))
    assert line(study.by(plan)).startswith(
        "Secondary, as everything is: the plan has been changed since the protocol was written. "
    )


CONTRASTS = ("compare", "complications", "received-second")
NOT = ("compare-balance", "compare-protocol", "compare-tests")
"""What tells of no outcome, and what says more of it than this."""


@pytest.mark.parametrize("primary", ["", "OS", "PFS"])
def test_every_contrast_of_a_folder_says_whether_it_is_primary(primary):
    everything = Everything(studied("workbook", primary=primary))
    found = {}
    for shown in of_study(everything):
        if shown.key.startswith(CONTRASTS) and not shown.key.startswith(NOT):
            captions = (table.caption for table in shown.tables)
            words = " ".join((shown.caption, shown.estimand, *captions))
            found[shown.key] = ("Primary: " in words, words.count("Secondary"))
    assert len(found) > 12
    if not primary:
        assert {*found.values()} == {(False, 0)}
        return
    first = {f"compare-{primary}".lower(), f"compare-adjusted-{primary}".lower()}
    assert {key for key, (is_first, _n) in found.items() if is_first} == first
    assert {n for key, (_is_first, n) in found.items() if key not in first} == {1}
