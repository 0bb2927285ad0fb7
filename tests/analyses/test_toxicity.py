"""Complications by patient and by procedure, scales apart, and deaths within 30 days."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.analyses import toxicity
from lib.analyses.study import opening_plan, under_study
from lib.plan import Plan, StudyPlan
from lib.report import toxicity as words
from tests.conftest import START, after, cohort_of, sample

CTCAE, CIRSE, SIR, CLAVIEN = toxicity.SCALES
TWELVE = ["HAI"] * 12 + ["TACE"] * 12
PATIENTS = {
    "modality": TWELVE,
    "first_procedure_date": [START] * 24,
    "last_contact_date": [after(12)] * 24,
}


def found(columns=PATIENTS, tables=None, **study):
    cohort = cohort_of(columns, tables)
    plan = opening_plan(cohort, Plan(study=StudyPlan(**study)))
    return toxicity.of_arms(under_study(cohort, plan))


def events(*rows):
    """Rows of (patient, scale, grade, pes, procedure) as a table."""
    names = ("patient_id", "scale", "grade", "pes", "procedure_date")
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


@pytest.mark.parametrize(
    ("scale", "cell", "grade"),
    [
        (CTCAE, "3", "3"),
        (CTCAE, "G3", "3"),
        (CTCAE, "Grade 3", "3"),
        (CTCAE, "CTCAE v5 4", "4"),
        (CTCAE, "степень 2", "2"),
        (CTCAE, "III", "3"),
        (CTCAE, "6", ""),
        (CTCAE, "severe", ""),
        (CIRSE, "3a", "3"),
        (CIRSE, "1b", "1"),
        (CIRSE, "6", "6"),
        (SIR, "C", "C"),
        (SIR, "class d", "D"),
        (SIR, "3", ""),
        (CLAVIEN, "IIIa", "III"),
        (CLAVIEN, "IVb", "IV"),
        (CLAVIEN, "3", "III"),
        (CLAVIEN, "VI", ""),
    ],
)
def test_a_grade_is_read_on_its_own_scale_and_on_no_other(scale, cell, grade):
    assert toxicity.grade_of(scale, cell) == grade


def test_each_patient_counts_once_by_the_worst_grade_and_scales_stay_apart():
    table = events(
        ("P1", "CTCAE", "2", "no", START),
        ("P1", "CTCAE v5.0", "3", "no", START),
        ("P2", "CTCAE", "1", "no", START),
        ("P2", "CIRSE", "4", "no", START),
        ("P13", "CTCAE", "5", "no", START),
    )
    ctcae, cirse = found(tables={"adverse_events": table}).worst
    assert ctcae.counts.tolist() == [[10, 1, 0, 1, 0, 0], [11, 0, 0, 0, 0, 1]]
    assert [(rate.k, rate.n) for rate in ctcae.any] == [(2, 12), (1, 12)]
    assert [(rate.k, rate.n) for rate in ctcae.severe] == [(1, 12), (1, 12)]
    assert cirse.counts[0].tolist() == [11, 0, 0, 0, 1, 0, 0]
    assert cirse.counts[1].tolist() == [12, 0, 0, 0, 0, 0, 0]


def test_post_embolization_syndrome_is_no_complication_and_has_its_own_line():
    table = events(("P1", "CTCAE", "3", "yes", START), ("P13", "CTCAE", "3", "yes", START))
    result = found(tables={"adverse_events": table})
    assert [rate.k for rate in result.worst[0].any] == [0, 0]
    assert [rate.k for rate in result.syndrome] == [1, 1]
    shown = words.others(result).set_index("Worst grade")
    assert shown.loc["Post-embolization syndrome"].tolist()[0].startswith("1/12")


def test_without_a_table_of_events_the_patients_row_has_the_worst_grade():
    columns = PATIENTS | {"ctcae_grade": ["3"] * 3 + [None] * 21, "pes": ["yes"] + ["no"] * 23}
    result = found(columns)
    assert result.basis == "patients"
    assert result.worst[0].counts.tolist() == [[9, 0, 0, 3, 0, 0], [12, 0, 0, 0, 0, 0]]
    assert [rate.k for rate in result.syndrome] == [1, 0]
    assert result.per_procedure == ()
    assert "empty cell counts as none" in words.caption(result)


def test_the_difference_of_severe_ones_has_newcombes_limits():
    table = events(*((f"P{i}", "CTCAE", "3", "no", START) for i in (1, 2, 3, 13)))
    result = found(tables={"adverse_events": table})
    estimate = result.worst[0].difference.estimate
    # R: PropCIs or by hand from Wilson limits of 1/12 and 3/12 (Newcombe 1998, method 10)
    assert estimate.value == pytest.approx(1 / 12 - 3 / 12)
    low1, high1, low0, high0 = 0.01486, 0.35385, 0.08894, 0.53231  # wilson 1/12, 3/12
    gap = estimate.value
    assert estimate.low == pytest.approx(
        gap - ((1 / 12 - low1) ** 2 + (high0 - 3 / 12) ** 2) ** 0.5, abs=2e-4
    )
    assert estimate.high == pytest.approx(
        gap + ((high1 - 1 / 12) ** 2 + (3 / 12 - low0) ** 2) ** 0.5, abs=2e-4
    )


def test_a_small_arm_has_counts_and_no_difference():
    columns = {name: values[:14] for name, values in PATIENTS.items()}
    table = events(("P1", "CTCAE", "3", "no", START))
    result = found(columns, {"adverse_events": table})
    assert result.worst[0].difference is None
    assert words.difference(result, result.worst[0]) == ""
    assert words.worst(result, result.worst[0]).iloc[-1, 2] == "0/2"


PROCEDURES = {
    "patient_id": ["P1", "P1", "P1", "P13", "P13"],
    "procedure_date": [START, after(1), after(1), START, after(2)],
    "modality": ["HAI", "HAI", "HAI", "TACE", "DEB_TACE"],
}


def test_a_procedure_is_complicated_once_and_named_by_what_it_was():
    table = events(
        ("P1", "CTCAE", "1", "no", START),
        ("P1", "CTCAE", "3", "no", START),
        ("P1", "CIRSE", "1", "no", START),
        ("P13", "CTCAE", "2", "no", after(2)),
        ("P13", "CTCAE", "2", "no", after(5)),  # no procedure of that day
    )
    result = found(tables={"adverse_events": table, "procedures": PROCEDURES})
    told = [(p.level.code, p.procedures, p.complicated, p.severe) for p in result.per_procedure]
    assert told == [("HAI", 2, 1, 1), ("TACE", 2, 1, 0)]
    assert result.unlinked == 1
    assert "name no procedure of their patient: 1" in words.procedures_caption(result)
    apart = found(
        tables={"adverse_events": table, "procedures": PROCEDURES}, roll_up=False
    ).per_procedure
    assert [(p.level.code, p.complicated) for p in apart] == [
        ("HAI", 1),
        ("TACE", 0),
        ("DEB_TACE", 1),
    ]


def test_a_death_within_30_days_of_the_last_procedure_is_early():
    deaths = [None] * 24
    deaths[0], deaths[12] = after(1.5), after(2.5)  # 15 days after the last procedure of each
    columns = PATIENTS | {"death_date": deaths, "last_contact_date": [after(12)] * 23 + [START]}
    result = found(columns, {"procedures": PROCEDURES})
    assert [(rate.k, rate.n) for rate in result.early] == [(1, 12), (1, 12)]
    assert (result.short, result.by_first) == (1, False)
    alone = found(columns)
    assert [rate.k for rate in alone.early] == [0, 0]
    assert alone.by_first
    assert "first procedure" in words.others(alone)["Worst grade"][0]


def test_without_dates_of_death_nobody_says_who_died_early():
    assert found().early == ()


def test_a_fatal_grade_in_a_living_patient_and_an_unread_one_are_cautions():
    table = events(("P1", "CTCAE", "5", "no", START), ("P2", "CTCAE", "bad", "no", START))
    result = found(tables={"adverse_events": table})
    assert [caution.code for caution in result.cautions] == ["fatal yet alive", "grades unread"]
    assert result.worst[0].unread == (1, 0)


def test_without_two_arms_there_is_nothing_to_compare():
    assert found(PATIENTS | {"modality": ["HAI"] * 24}) is None


def test_the_sample_counts_its_own_events():
    cohort = sample("workbook")
    result = toxicity.of_arms(under_study(cohort, opening_plan(cohort)))
    done = cohort.tables["procedures"].drop_duplicates(["patient_id", "procedure_date"])
    assert sum(each.procedures for each in result.per_procedure) == len(done)
    own = cohort.tables["adverse_events"].query("pes != 'yes' and scale == 'CTCAE'")
    assert sum(rate.k for rate in result.worst[0].any) == own["patient_id"].nunique()


rows = st.lists(
    st.tuples(
        st.sampled_from([f"P{i}" for i in range(1, 25)]),
        st.sampled_from(["CTCAE", "CIRSE", "", "SIR"]),
        st.sampled_from(["1", "2", "3", "4", "C", "x", ""]),
        st.sampled_from(["yes", "no", None]),
        st.sampled_from([START, after(1), after(3)]),
    ),
    min_size=1,
    max_size=40,
)


@given(rows)
def test_every_patient_is_in_one_cell_of_each_scale_whatever_the_table_says(table):
    result = found(tables={"adverse_events": events(*table), "procedures": PROCEDURES})
    for each in result.worst:
        assert each.counts.sum(axis=1).tolist() == [12, 12]
        assert all(s.k <= a.k <= a.n == 12 for s, a in zip(each.severe, each.any, strict=True))
    for each in result.per_procedure:
        assert 0 <= each.severe <= each.complicated <= each.procedures


def test_of_whom_nobody_knows_whether_they_died_early_is_counted():
    columns = {
        "modality": ["HAI"] * 6 + ["TACE"] * 6,
        "first_procedure_date": [START] * 12,
        "death_date": [after(2.5), None, None, None] + [None] * 8,
        "last_contact_date": [after(2.5), after(9), None, after(2.2)] + [after(9)] * 8,
        "vital_status": ["dead", "alive", "alive", "dead"] + ["alive"] * 8,
    }
    tables = {
        "procedures": {
            "patient_id": ["P1", "P1", "P1", "P4"],
            "procedure_date": [START, after(2), after(5), after(2)],  # one after the death
            "modality": ["HAI"] * 4,
        }
    }
    got = found(columns, tables)
    assert [rate.k for rate in got.early] == [1, 0]
    assert got.short == 2  # P3 has no last contact; P4 died on a day that nobody wrote down
    assert "counted as not having died: n = 2." in words.caption(got)
