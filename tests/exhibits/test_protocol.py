"""The protocol as a table, and the items of guidelines, answered or open."""

import datetime
from dataclasses import replace

import pytest

from lib import exhibits
from lib.analyses import protocol
from lib.plan import Condition, with_protocol
from tests.conftest import TWO_ARMS, studied, study_of


def shown(study):
    return exhibits.protocol.of_arms(protocol.of_arms(study))


def parts(exhibit):
    """The trial and the cohort, by the part of the protocol."""
    frame = exhibit.tables[0].frame
    return {part: (trial, cohort) for part, trial, cohort in frame.to_numpy().tolist()}


@pytest.fixture(scope="module")
def registry():
    ages = (Condition("age", low=60),)
    return studied("registry", primary="PFS", eligibility="No earlier embolization", selection=ages)


def test_each_part_stands_as_a_trial_has_it_and_as_the_cohort_has_it(registry):
    found = parts(shown(registry))
    n = len(registry.cohort)
    assert found["Eligible"] == (
        "No earlier embolization; Age: from 60",
        f"{n} of 240 patients. Age: from 60.",
    )
    assert found["Assignment"][0] == "At random; open to all"
    assert found["Time zero"] == ("The day of assignment", "The first procedure")
    assert found["Follow-up"][1].endswith(f"until {registry.plan.study.as_of}")
    assert found["Outcome"][0] == "Progression-free survival: time to progression or death"
    assert found["Death"] == ("Death counts as the event.", "The same")
    assert found["Contrast"][0].startswith("Difference of mean time over the first of 24 and 12")
    crossed = protocol.of_arms(registry).crossed
    assert f"Chemoinfusion (HAI) {crossed[0]} of" in found["A second modality"][1]


def test_where_nothing_is_adjusted_the_reason_stands_there():
    found = parts(shown(study_of(TWO_ARMS)))
    assert "not made alike: the smaller arm has 12 patients, and 20 are" in found["Assignment"][1]
    assert found["Analysis"][1] == "As treated"
    assert found["Eligible"][0] == "Not written down"


@pytest.mark.parametrize(
    ("opened", "said"),
    [
        (None, "is not recorded."),
        (False, "no comparison of these data had been opened before;"),
        (True, "had been opened before it was last written."),
    ],
)
def test_it_says_what_was_recorded_and_the_day_as_it_was_typed(opened, said):
    study = studied("workbook", primary="OS", written=datetime.date(2025, 3, 9))
    plan = study.plan
    if opened is not None:
        plan = with_protocol(plan, opened)
    words = exhibits.protocol.record(study.by(plan).provenance)
    assert words.startswith("Dated 2025-03-09, as it was typed. ") and said in words
    undated = replace(plan, protocol=replace(plan.protocol, written=None))
    assert exhibits.protocol.record(study.by(undated).provenance).startswith("Without a date.")


def test_items_are_ticked_with_the_place_of_their_answer_and_the_others_are_open(registry):
    found = shown(registry)
    target, strobe = (table.frame.set_index("Item") for table in found.tables[1:])
    assert (len(target), len(strobe)) == (39, 34)
    assert target.loc["9", "Plan and data"] == "answered: Table 1"
    assert target.loc["6a", "Plan and data"] == "answered: this protocol"
    assert target.loc["17", "Plan and data"] == strobe.loc["22", "Plan and data"] == "open"
    k = (target["Plan and data"] != "open").sum()
    assert f"TARGET {k} of 39" in " ".join(found.sentences)


def test_it_says_which_analyses_of_sensitivity_follow_and_which_the_file_cannot_do(registry):
    trial, cohort = parts(shown(registry))["Analyses of sensitivity"]
    assert trial.startswith("One modality alone until the landmark, from it on; censored at a ")
    assert "resection or ablation" in cohort and "landmark" not in cohort


def test_a_long_text_is_cut():
    study = studied("workbook", primary="OS", eligibility="x" * 5000)
    assert len(parts(shown(study))["Eligible"][0]) == 300
