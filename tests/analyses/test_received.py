"""Grouping by everything received up to a time."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import exhibits
from lib.analyses import modality, received
from lib.analyses.study import opening_plan
from lib.language import _
from lib.plan import Plan, StudyPlan
from lib.schema import ENDPOINTS
from tests.conftest import ROOT, START, after, codes, cohort_of, parts, studied, study_of

INF = float("inf")
DONE = [
    [(0.0, "HAI"), (1.0, "HAI"), (2.0, "TACE")],
    [(0.0, "TACE"), (4.0, "HAI"), (5.0, "HAI")],
    [(0.0, "HAI")],
    [],
    [(0.0, "TARE"), (3.0, "HAI")],
]


def labels(rule, until=INF, done=DONE):
    groups = modality.received(done, rule, until)
    return ["" if code < 0 else groups.levels[code].code for code in groups.codes]


@pytest.mark.cases
def test_a_rule_looks_at_all_procedures_up_to_the_time_and_at_none_after(rule, until, expected):
    assert labels(rule, until) == expected


def test_single_modalities_are_shown_before_what_joins_them():
    groups = modality.received(DONE, "exclusive", INF)
    assert [level.code for level in groups.levels] == ["HAI", "BOTH", "HAI+TARE"]
    assert groups.counts().tolist() == [1, 2, 1]
    np.testing.assert_array_equal(modality.second_kind(DONE), [2.0, 4.0, np.nan, np.nan, 3.0])
    undated = study_of({"modality": ["HAI", "BOTH"]})
    assert received.overlap(undated) is None


def cohort(**columns):
    return cohort_of({"first_procedure_date": [START] * 2, **columns})


def test_procedures_come_from_their_table_in_order_of_dates_and_beads_roll_up():
    table = {
        "patient_id": ["P1", "P1", "P2", "P1", "P2"],
        "procedure_date": [after(2), START, START, None, after(-1)],
        "modality": ["DEB_TACE", "HAI", "TACE", "HAI", "HAI"],
    }
    built = cohort_of({"first_procedure_date": [START] * 2}, {"procedures": table})
    done = modality.procedures(built, opening_plan(built))
    assert [[kind for _month, kind in each] for each in done] == [["HAI", "TACE"], ["TACE"]]
    apart = Plan(study=StudyPlan(roll_up=False))
    assert modality.procedures(built, apart)[0][1][1] == "DEB_TACE"
    assert modality.counts_procedures(built)


def test_without_the_table_the_first_dates_of_each_kind_tell_the_order():
    built = cohort(first_hai_date=[START, None], first_tace_date=[after(3), START])
    done = modality.procedures(built, opening_plan(built))
    assert [[kind for _month, kind in each] for each in done] == [["HAI", "TACE"], ["TACE"]]
    assert not modality.counts_procedures(built)


def test_at_the_first_procedure_every_rule_but_the_later_ones_agree_with_the_sample():
    study = studied("workbook")
    done = modality.procedures(study.cohort, study.plan)
    first = study.cohort.patients["modality"].tolist()
    for rule in ("exclusive", "ever", "predominant"):
        assert labels(rule, 0.0, done) == first


kinds = st.sampled_from(["HAI", "TACE", "TARE"])
histories = st.lists(
    st.lists(st.tuples(st.integers(0, 12).map(float), kinds), max_size=6).map(sorted), max_size=8
)


@given(histories, st.sampled_from(list(modality.LATER_RULES)), st.integers(0, 12))
def test_what_comes_after_the_landmark_changes_no_group(done, rule, until):
    cut = [[each for each in history if each[0] <= until] for history in done]
    assert labels(rule, until, done) == labels(rule, INF, cut)


@given(histories)
def test_who_has_a_second_kind_is_in_no_group_of_one(done):
    second = modality.second_kind(done)
    codes = labels("exclusive", INF, done)
    for month, code in zip(second, codes, strict=True):
        assert np.isnan(month) == (code in ("", "HAI", "TACE", "TARE"))


# --- how many, a second modality as of its date, and response after the landmark

GOLDEN = json.loads((ROOT / "tests" / "golden" / "switching.json").read_text(encoding="utf-8"))
OS = ENDPOINTS["OS"]


def switched(time, event, second, **columns):
    """A study of patients who began with chemoinfusion and had the other modality at a month."""
    n = len(time)
    return study_of(
        {
            "first_procedure_date": [START] * n,
            "first_hai_date": [START] * n,
            "first_tace_date": [None if month is None else after(month) for month in second],
            "death_date": [after(t) if e else None for t, e in zip(time, event, strict=True)],
            "last_contact_date": [after(t) for t in time],
            **columns,
        }
    )


def test_the_ratio_of_a_second_modality_as_of_its_date_agrees_with_r():
    found = received.switching(switched(GOLDEN["time"], GOLDEN["event"], GOLDEN["second"]), OS)
    # R: coxph(Surv(start, stop, event) ~ second, ties = "efron"); days are whole, months are not
    ratio = found.hazard.ratio
    assert parts(ratio) == pytest.approx([GOLDEN["ratio"], GOLDEN["low"], GOLDEN["high"]], rel=1e-6)
    assert (found.n, found.switched) == (18, 10)
    assert sum(found.events) == sum(GOLDEN["event"])
    assert sum(found.months) == pytest.approx(sum(GOLDEN["time"]), abs=0.5)


def test_a_second_modality_on_the_first_day_is_never_among_those_with_one():
    found = received.switching(switched([10, 20], [1, 1], [0, None]), OS)
    assert (found.switched, found.events) == (1, (1, 1))
    assert found.months == pytest.approx((20, 10), abs=0.05)
    assert received.switching(switched([10, 20], [1, 0], [10, None]), OS) is None  # on the last day


def test_a_ratio_of_few_events_has_profile_limits_and_one_without_a_finite_one_firths():
    # R: cx <- coxph(Surv(start, stop, event) ~ second); the two roots of
    #    2 * (cx$loglik[2] - coxph(Surv(start, stop, event) ~ offset(b * second))$loglik) = 3.8415
    found = received.switching(switched(GOLDEN["time"], GOLDEN["event"], GOLDEN["second"]), OS)
    assert sum(found.events) < 20
    assert found.ratio == found.hazard.profile
    assert [found.ratio.low, found.ratio.high] == pytest.approx([0.697788368413, 8.617660310828])
    assert _(found.ratio.method) in exhibits.received.switching(found).tables[0].caption
    late = [None] * 6 + [1] * 6
    study = switched([*range(20, 26), *range(2, 8)], [1] * 12, late)
    apart = received.switching(study, OS)
    assert apart.hazard.diverged and apart.ratio == apart.hazard.firth
    assert codes(apart.cautions) == ["separation"]


def test_too_few_events_have_counts_and_no_ratio():
    found = received.switching(switched([10, 20, 30], [1, 1, 0], [5, None, None]), OS)
    assert found.hazard is None
    assert codes(found.cautions) == ["few-events"]
    assert "withheld" in exhibits.received.switching(found).tables[0].frame["Value"].tolist()


def test_the_overlap_adds_up_to_everybody_with_what_is_not_known():
    study = switched(
        [10] * 4, [0] * 4, [5, None, None, None], first_hai_date=[START, START, START, None]
    )
    found = received.overlap(study)
    assert [level.code for level in found.ever] == ["HAI", "BOTH", ""]
    assert found.counts.sum() == 4
    assert "1/4 (25%)" in exhibits.received.overlap(found).tables[0].caption
    assert exhibits.received.overlap(found).tables[0].frame["All"].astype(int).sum() == 4


def test_response_after_the_landmark_leaves_out_who_had_died_before_it():
    n = 12
    study = switched(
        [3] * 2 + [20] * (n - 2),
        [1] * 2 + [0] * (n - 2),
        [2, None] * 3 + [8] * 6,
        response_12m=["SD"] * 8 + ["PD"] * 4,
        response_6m=["SD"] * n,
    )
    found = received.responses(study, "exclusive")
    assert (found.landmark, found.dropped) == (6, 2)
    (year,) = found.times  # month 6 is not after the landmark
    assert [(g.level.code, g.control[0].k, g.control[0].n) for g in year.groups] == [
        ("HAI", 4, 8),  # two without, and six whose second came after the landmark
        ("BOTH", 2, 2),
    ]
    assert (
        "died or last seen before it, or not known how long: 2"
        in exhibits.received.responses(found, "exclusive").tables[0].caption
    )


def test_response_after_the_landmark_says_who_is_in_no_group():
    columns = {"first_procedure_date": [START] * 8, "last_contact_date": [after(20)] * 8}
    columns |= {"first_hai_date": [START] * 6 + [None] * 2, "response_12m": ["SD"] * 8}
    columns["first_tace_date"] = [None] * 7 + [after(9)]
    found = received.responses(switched([20] * 8, [0] * 8, [None] * 8, **columns), "exclusive")
    assert (found.dropped, found.nothing_known) == (0, 2)
    assert (
        "no procedure of a known kind came before it: 2."
        in exhibits.received.responses(found, "exclusive").tables[0].caption
    )


def test_of_the_sample_everything_received_adds_up():
    study = studied("workbook")
    assert received.overlap(study).counts.sum() == len(study.cohort)
    assert received.rules(study) == ("exclusive", "ever", "predominant", "sequence")
    for rule in received.rules(study):
        found = received.responses(study, rule)
        for time in found.times:
            assert sum(group.treated for group in time.groups) <= len(study.cohort) - found.dropped
