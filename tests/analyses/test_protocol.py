"""Which contrast is primary, and what the cohort has of the trial that it would have been."""

from dataclasses import replace

import pytest

from lib.analyses import comparison, protocol, sensitivity
from lib.analyses.study import under_study
from lib.plan import Condition, Plan, dumps, loads, with_protocol
from lib.schema import BY_DATES, ENDPOINTS
from tests.conftest import TWO_ARMS, after, chosen, sample, studied, study_of

OS, PFS = ENDPOINTS["OS"], ENDPOINTS["PFS"]


def written(**choices):
    """A plan whose protocol was written before a comparison was opened."""
    return with_protocol(chosen(primary="OS", **choices), opened=False)


def changed(plan, **choices):
    """The same plan with other choices, made elsewhere than in its protocol."""
    given = chosen(**choices)
    for part in ("study", "survival", "comparison", "protocol"):
        for name in choices:
            if hasattr(getattr(plan, part), name):
                value = getattr(getattr(given, part), name)
                plan = replace(plan, **{part: replace(getattr(plan, part), **{name: value})})
    return plan


def test_the_contrast_of_the_endpoint_that_is_named_is_primary_and_no_other():
    assert protocol.role(Plan(), OS) == protocol.role(Plan(), None) == "unnamed"
    plan = written()
    assert [protocol.role(plan, each) for each in (OS, PFS, None)] == [
        "primary",
        *["secondary"] * 2,
    ]


@pytest.mark.parametrize(
    "choices",
    [
        {"selection": (Condition("age", low=60),)},
        {"contrast": "hazard ratio"},
        {"taus": (12.0,)},
        {"reference": "TACE", "comparison": "HAI"},
        {"column": "sex"},
        {"covariates": ("age",)},
        {"origin": "diagnosis_date"},
        {"eligibility": "no earlier embolization"},
        {"primary": "PFS"},
    ],
    ids=lambda choices: next(iter(choices)),
)
def test_a_plan_that_says_something_else_than_its_protocol_said_has_no_primary_contrast(choices):
    plan = changed(written(), **choices)
    assert protocol.departures(plan) == ("changed",)
    assert {protocol.role(plan, each) for each in (OS, PFS)} == {"secondary"}
    anew = with_protocol(plan, opened=True)
    assert protocol.standing(anew) and anew.protocol.opened


def test_what_a_protocol_does_not_rest_on_may_change():
    plan = changed(written(), by="centre", landmark=9.0, limits="log")
    assert plan != written()
    assert protocol.role(plan, OS) == "primary"


def test_a_filter_that_is_put_back_in_another_order_changes_nothing():
    sexes, ages = Condition("sex", ("F", "M")), Condition("age", low=60)
    plan = written(selection=(sexes, ages))
    assert protocol.standing(changed(plan, selection=(ages, Condition("sex", ("M", "F")))))


def test_a_protocol_written_by_hand_stands_and_nobody_recorded_when():
    plan = loads('[protocol]\nprimary = "OS"')
    assert protocol.role(plan, OS) == "primary"
    assert plan.protocol.opened is None
    assert loads(dumps(written())) == written()


def test_a_protocol_that_asks_for_what_is_not_computed_has_no_primary_contrast():
    plan = written(crossover="censored", new_therapy="censored")
    assert protocol.departures(plan) == ("crossover", "new_therapy")
    assert protocol.role(plan, OS) == "secondary"
    of_sexes = written(crossover="censored", column="sex")
    assert protocol.departures(of_sexes) == (), "no sex is left for the other"


def test_death_is_the_outcome_one_of_the_events_or_what_keeps_them_from_happening():
    endpoints = (OS, PFS, BY_DATES["HPFS"], BY_DATES["TTP"])
    found = [protocol.death(each) for each in endpoints]
    assert found == ["outcome", "composite", "composite", "competing"]


def emulated(plan=None, name="registry"):
    cohort = sample(name)
    return protocol.of_arms(under_study(cohort, plan or Plan()))


def test_the_cohort_has_its_own_numbers_beside_the_trial():
    found = emulated(written())
    compared = comparison.of_arms(studied("registry"))
    assert (found.reference, found.comparison, found.n) == (
        compared.reference,
        compared.comparison,
        compared.n,
    )
    assert found.events == tuple(arm.events for arm in compared.survivals[0].arms)
    assert found.endpoint is compared.survivals[0].endpoint
    assert found.adjusted and len(found.covariates) > 3
    assert found.role == "primary"


def test_who_received_another_modality_later_is_counted_from_the_procedures_by_hand():
    found = emulated()
    cohort = sample("registry")
    done = cohort.tables["procedures"].sort_values("procedure_date")
    done["modality"] = done["modality"].replace({"DEB_TACE": "TACE"})
    kinds = done.groupby("patient_id")["modality"].agg(["first", "nunique"])
    several = kinds[kinds["nunique"] > 1]
    arms = (found.reference.code, found.comparison.code)
    assert found.crossed == tuple(int((several["first"] == arm).sum()) for arm in arms)
    assert sum(found.crossed) > 20


def test_the_analyses_of_sensitivity_follow_from_what_the_endpoint_and_the_arms_are():
    kinds = [each.kind for each in emulated().follows]
    assert kinds == ["landmark", "second modality", "resection", "new therapy"]
    of_progression = emulated(chosen(primary="PFS")).follows
    assert of_progression[-1] == protocol.Follows("between scans", True)
    of_sexes = emulated(chosen(primary="PFS", column="sex")).follows
    assert [each.kind for each in of_sexes] == ["new therapy", "between scans"]


def test_an_analysis_that_follows_and_can_be_done_is_done():
    study = studied("registry", primary="PFS")
    done = sensitivity.of_endpoint(study, PFS).analyses
    can = {each.kind for each in done if each.difference is not None}
    assert can == {each.kind for each in protocol.of_arms(study).follows if each.possible}


def test_without_dates_what_follows_is_named_and_cannot_be_done():
    found = protocol.of_arms(study_of(TWO_ARMS))
    assert found.crossed is None
    assert found.follows and not any(each.possible for each in found.follows)


def test_a_primary_endpoint_that_the_file_has_no_times_for_is_not_another_one():
    found = protocol.of_arms(study_of(TWO_ARMS, primary="PFS"))
    assert (found.endpoint, found.events, found.death, found.role) == (
        None,
        None,
        None,
        "secondary",
    )


def test_without_two_arms_there_is_no_trial():
    assert protocol.of_arms(study_of({"modality": ["HAI"] * 5})) is None


def answered(found):
    return {f"{each.guideline} {each.number}" for each in found.items if each.where is not None}


def test_items_are_answered_by_what_is_written_and_by_what_the_file_holds():
    bare = answered(emulated())
    named = answered(emulated(written()))
    assert named - bare == {
        *(f"TARGET {number}" for number in ("3", "6c", "6e", "6f", "6g", "6h")),
        "STROBE 3",
    }
    told = answered(emulated(written(eligibility="liver metastases alone")))
    assert told - named == {"TARGET 6a"}
    few = answered(protocol.of_arms(study_of(TWO_ARMS | {"first_procedure_date": [after(0)] * 25})))
    assert "TARGET 7g(i)" in bare - few, "what is not adjusted for is not said to be"
