"""From the landmark on, nobody is ahead; classified by what happened ever, some are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import exhibits, text
from lib.analyses import landmark
from lib.analyses.landmark import COLUMNS, EARLIER_CENSORED, EARLIER_EVENT, NOTHING_SEEN
from lib.schema import ENDPOINTS, MONTH
from tests.conftest import START, after, codes, study_of

OS = ENDPOINTS["OS"]


def reasons(dropped):
    return {reason.code: n for reason, n in dropped}


def analysed(columns, way, months=6, tables=None):
    return landmark.at_landmark(study_of(columns, tables, landmark=months), OS, way)


def counted(groups):
    return {group.level.code: (group.n, group.events) for group in groups}


COURSES = {
    "first_procedure_date": [START] * 7,
    "first_hai_date": [START, START, START, None, None, START, None],
    "first_tace_date": [None, after(5), after(8), START, START, after(1), None],
    "death_date": [after(20), after(20), after(20), after(3), None, after(20), after(20)],
    "last_contact_date": [after(20)] * 3 + [after(3), after(4), after(20), after(20)],
}


def test_patients_are_classified_by_the_modalities_seen_until_then():
    result = analysed(COURSES, "exclusive")
    assert counted(result.groups) == {"HAI": (2, 2), "BOTH": (2, 2)}  # the third came to TACE later
    assert reasons(result.dropped) == {EARLIER_EVENT: 1, EARLIER_CENSORED: 1, NOTHING_SEEN.code: 1}
    assert counted(result.naive) == {"HAI": (1, 1), "TACE": (2, 1), "BOTH": (3, 3)}
    later = analysed(COURSES, "exclusive", 9)
    assert counted(later.groups) == {"HAI": (1, 1), "BOTH": (3, 3)}
    assert "had the event before the landmark, n = 1" in exhibits.landmark.left_out(result)


def test_the_clock_starts_anew_and_an_event_on_the_day_counts():
    days = [round(6 * MONTH), round(6 * MONTH) + 30, 182, *[400] * 5]
    columns = {
        "first_procedure_date": [START] * 8,
        "first_hai_date": [START] * 8,
        "death_date": [START + np.timedelta64(day, "D").astype(object) for day in days],
    }
    result = analysed(columns, "exclusive")
    (group,) = result.groups
    assert group.n == 7 and reasons(result.dropped) == {EARLIER_EVENT: 1}
    assert group.curve.time[0] == pytest.approx((days[0] - 6 * MONTH) / MONTH)
    assert group.curve.time[1] == pytest.approx((days[1] - 6 * MONTH) / MONTH)


def test_procedures_are_counted_by_days_until_the_landmark():
    done = {"P1": [0], "P2": [0, 2, 2], "P3": [0, 1, 2, 3], "P4": [0, 1, 9, 10]}
    rows = [(patient, month) for patient, months in done.items() for month in months]
    procedures = {
        "patient_id": [patient for patient, _month in rows],
        "procedure_date": [after(month) for _patient, month in rows],
        "modality": ["HAI"] * len(rows),
    }
    columns = {"first_procedure_date": [START] * 4, "last_contact_date": [after(30)] * 4} | {
        "death_date": [None] * 4
    }
    result = analysed(columns, "procedures", tables={"procedures": procedures})
    assert counted(result.groups) == {"1": (1, 0), "2-3": (2, 0), "4+": (1, 0)}
    assert counted(result.naive) == {"1": (1, 0), "2-3": (1, 0), "4+": (2, 0)}


RECORDED = {
    "response_3m": ["PR", "SD", "PD", "NE", None, "SD"],
    "response_6m": ["PD", "SD", "PR", "SD", None, "PR"],
    "response_12m": ["PR"] * 6,
    "os_months": [20.0] * 6,
    "os_event": ["yes"] * 6,
}


def test_recorded_letters_until_the_landmark_classify_and_pd_stays():
    disease = analysed(RECORDED, "disease")
    assert counted(disease.groups) == {"CR/PR": (1, 1), "SD": (2, 2), "PD": (2, 2)}
    responded = analysed(RECORDED, "response")
    assert counted(responded.groups) == {"CR/PR": (3, 3), "other": (2, 2)}
    assert counted(responded.naive) == {"CR/PR": (6, 6)}
    assert reasons(responded.dropped) == {NOTHING_SEEN.code: 1}
    said = [text.caution(each) for each in responded.cautions if each.code != "arm-counted"]
    assert said == [
        "Classified by the letter recorded for a time, n = 5: the scan may have come some weeks "
        "after it, and so after the landmark."
    ]


def test_measured_patients_are_classified_by_visits_until_the_landmark():
    sums = {"P1": [(0, 100), (3, 60), (5, 60)], "P2": [(0, 100), (3, 90), (8, 50), (11, 50)]}
    rows = [(patient, *visit) for patient, visits in sums.items() for visit in visits]
    assessments = {
        "patient_id": [row[0] for row in rows],
        "assessment_date": [after(row[1]) for row in rows],
        "sld_mm": [row[2] for row in rows],
    }
    columns = {"first_procedure_date": [START] * 2, "last_contact_date": [after(30)] * 2} | {
        "death_date": [None] * 2
    }
    result = analysed(columns, "response", tables={"assessments": assessments})
    assert counted(result.groups) == {"CR/PR": (1, 0), "other": (1, 0)}
    assert counted(result.naive) == {"CR/PR": (2, 0)}


@pytest.mark.parametrize(("n", "tested"), [(9, False), (10, True)])
def test_groups_too_small_are_not_tested(n, tested):
    months = [*range(7, 19), *range(7, 7 + n)]
    columns = {
        "first_procedure_date": [START] * (12 + n),
        "first_hai_date": [START] * 12 + [None] * n,
        "first_tace_date": [None] * 12 + [START] * n,
        "death_date": [after(month) for month in months],
    }
    result = analysed(columns, "exclusive")
    assert (result.log_rank is not None) == tested
    assert codes(result.cautions) == ([] if tested else ["arm-described"])


@given(
    st.lists(
        st.tuples(
            st.integers(0, 24),
            st.booleans(),
            st.booleans(),
            st.one_of(st.none(), st.integers(0, 12)),
        ),
        min_size=1,
        max_size=20,
    ),
    st.integers(1, 12),
)
def test_everybody_is_in_a_group_or_dropped_for_a_reason(rows, months):
    columns = {
        "first_procedure_date": [START] * len(rows),
        "first_hai_date": [START if hai else None for _end, _dead, hai, _tace in rows],
        "first_tace_date": [None if tace is None else after(tace) for *_rest, tace in rows],
        "death_date": [after(end) if dead else None for end, dead, *_rest in rows],
        "last_contact_date": [after(end) for end, *_rest in rows],
    }
    result = analysed(columns, "exclusive", months)
    in_groups = sum(group.n for group in result.groups)
    assert in_groups + sum(n for _reason, n in result.dropped) == len(rows)


def test_nobody_at_risk_at_the_landmark_is_no_error():
    result = analysed(COURSES | {"death_date": [after(2)] * 7}, "exclusive")
    assert result.groups == () and result.log_rank is None and result.ticks == (0,)
    assert sum(n for _reason, n in result.dropped) == 7
    assert study_of({"os_months": [3.0] * 6, "os_event": ["yes"] * 6}).ways == ()  # nothing dated


def test_the_naive_contrast_flatters_those_who_came_to_both():
    """Nothing differs between the groups; who lives long comes to the second modality."""
    draw = np.random.default_rng(5)
    n = 600
    death = draw.exponential(12, n)
    second = draw.exponential(10, n)
    columns = {
        "first_procedure_date": [START] * n,
        "first_hai_date": [START] * n,
        "first_tace_date": [
            after(at) if at < end else None for at, end in zip(second, death, strict=True)
        ],
        "death_date": [after(max(end, 0.1)) for end in death],
    }
    result = analysed(columns, "exclusive")
    naive = {group.level.code: group.median.value for group in result.naive}
    fair = {group.level.code: group.median.value for group in result.groups}
    assert naive["BOTH"] > 2 * naive["HAI"]
    assert fair["BOTH"] == pytest.approx(fair["HAI"], rel=0.35)
    assert result.log_rank.pvalue > 0.05
    assert "immortal time" in exhibits.landmark.naive(result)
    # the greyed contrast has the same names, and was not classified at the landmark
    names = [level.label for column in COLUMNS.values() for level in column.levels]
    assert not [name for name in names if "landmark" in name]


def test_the_caution_counts_those_who_are_in_the_table():
    letters = ["PR", "SD", "PD"] * 8
    columns = {
        "first_procedure_date": [START] * 24,
        "response_3m": letters,
        "last_contact_date": [after(4 if at < 9 else 12) for at in range(24)],  # nine are gone
        "death_date": [None] * 24,
    }
    for way in ("response", "disease"):
        result = analysed(columns, way)
        (caution,) = [c for c in result.cautions if c.code == "recorded-without-a-day"]
        assert dict(caution.values)["n"] == sum(group.n for group in result.groups) == 15
