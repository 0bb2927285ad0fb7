"""Grouping by everything received up to a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.analyses import modality
from lib.analyses.study import opening_plan, under_study
from lib.plan import Plan, StudyPlan
from tests.conftest import START, after, cohort_of, sample

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


@pytest.mark.parametrize(
    ("rule", "until", "expected"),
    [
        ("exclusive", INF, ["BOTH", "BOTH", "HAI", "", "HAI+TARE"]),
        ("exclusive", 1.5, ["HAI", "TACE", "HAI", "", "TARE"]),
        ("exclusive", 2.0, ["BOTH", "TACE", "HAI", "", "TARE"]),  # the day itself is included
        ("ever", INF, ["TACE", "TACE", "HAI", "", "HAI"]),
        ("predominant", INF, ["HAI", "HAI", "HAI", "", "TARE"]),  # of equal ones the first
        ("predominant", 4.0, ["HAI", "TACE", "HAI", "", "TARE"]),
        ("sequence", INF, ["HAI→TACE", "TACE→HAI", "HAI", "", "TARE→HAI"]),
    ],
)
def test_a_rule_looks_at_all_procedures_up_to_the_time_and_at_none_after(rule, until, expected):
    assert labels(rule, until) == expected


def test_the_second_modality_has_its_time():
    np.testing.assert_array_equal(modality.second_kind(DONE), [2.0, 4.0, np.nan, np.nan, 3.0])


def test_single_modalities_are_shown_before_what_joins_them():
    groups = modality.received(DONE, "exclusive", INF)
    assert [level.code for level in groups.levels] == ["HAI", "BOTH", "HAI+TARE"]
    assert groups.counts().tolist() == [1, 2, 1]


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
    study = under_study(sample("workbook"), opening_plan(sample("workbook")))
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
