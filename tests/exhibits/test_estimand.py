"""What is estimated, in one line; and what is said to be secondary."""

from dataclasses import replace

import pytest

from lib import exhibits
from lib.analyses import adjustment, comparison, protocol
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
        "months in 36 patients as they are."
    )


def test_the_line_is_of_the_patients_and_the_measure_that_the_answer_rests_on():
    study = studied("registry", primary="OS")
    assert line(study) == (
        "Primary: difference of mean overall survival over 24 months where either was a real "
        "choice; all else here is secondary."
    )
    assert "in 240 patients as they are" in line(study, given=False)
    by_ratio = line(studied("registry", primary="OS", contrast="hazard ratio"))
    assert by_ratio.startswith(
        "Primary: hazard ratio of overall survival between patients alike in what is recorded; "
    )


def test_it_fits_a_line_and_the_protocol_says_what_becomes_of_later_events():
    study = studied("registry")
    assert len(line(study)) < 125
    rows = exhibits.protocol.side_by_side(protocol.of_arms(study)).set_index("Part")
    for part in ("A second modality", "Resection or ablation", "New systemic therapy"):
        assert rows.loc[part, "This cohort"].startswith("Counts as it comes")
    assert "for whom either was a real choice" in rows.loc["Analysis", "This cohort"]


def test_the_estimand_of_each_endpoint_and_clock_is_its_own():
    progressed = line(studied("workbook", primary="OS"), at=1)
    assert progressed.startswith("Secondary; primary is the difference of mean overall survival. ")
    assert "Estimand: difference of mean progression-free survival over" in progressed
    earlier = line(studied("workbook", origin="liver_mets_date", contrast="hazard ratio"))
    assert "overall survival from the diagnosis of liver metastases in 36 patients" in earlier


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
NOT = ("compare-balance", "compare-years", "compare-protocol", "compare-tests")
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
