"""From state to state: the books are kept, and nobody comes back from progression."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lib.analyses import response, transitions
from lib.analyses.study import under_study
from lib.plan import Plan, ResponsePlan, StudyPlan
from tests.conftest import START, after, cohort_of, studied

CODES = [state.code for state in response.STATES]


def passages(columns, **choices):
    """What each time and the next have in common, as {(before, after): n}."""
    cohort = cohort_of(columns)
    plan = Plan(study=StudyPlan(as_of=after(20)), response=ResponsePlan(**choices))
    found = transitions.between_times(under_study(cohort, plan))
    return found, [
        {
            (CODES[before], CODES[end]): int(each.counts[before, end])
            for before, end in np.argwhere(each.counts)
        }
        for each in found.passages
    ]


def test_every_patient_is_in_one_cell_of_each_passage():
    found, (first, second) = passages(
        {
            "first_procedure_date": [START] * 5 + [after(10)],
            "last_contact_date": [after(20)] * 6,
            "response_3m": ["SD", "SD", "PR", "SD", None, "PD"],
            "response_6m": ["PR", "PD", "PR", None, None, "SD"],
            "response_12m": ["PR", "SD", "NE", None, "SD", None],
            "death_date": [None, None, None, after(5), None, None],
        }
    )
    assert found.times == (3, 6, 12)
    assert first == {
        ("SD", "PR"): 1,
        ("SD", "PD"): 1,
        ("PR", "PR"): 1,
        ("SD", "died"): 1,
        ("lost", "lost"): 1,
        ("PD", "PD"): 1,
    }
    assert second == {
        ("PR", "PR"): 1,
        ("PD", "PD"): 1,
        ("PR", "NE"): 1,
        ("died", "died"): 1,
        ("lost", "SD"): 1,
        ("PD", "not-due"): 1,  # by the calendar alone
    }


def test_one_time_alone_has_no_passage():
    found, crossed = passages({"response_6m": ["SD", "PR"]})
    assert (found.times, crossed) == ((6,), [])
    found, crossed = passages({"age": [50, 60]})
    assert (found.times, found.counts.shape, crossed) == ((), (0, len(CODES)), [])


def test_the_sample_from_three_to_twelve_months():
    found = transitions.between_times(studied("workbook"))
    index = {code: at for at, code in enumerate(CODES)}
    first, second = (each.counts for each in found.passages)
    assert [first[index["SD"], index[code]] for code in ("PR", "SD", "PD")] == [1, 29, 4]
    assert second[index["PR"], index["PD"]] == 1
    assert [each.counts.sum() for each in found.passages] == [36, 36]


letters = st.sampled_from([None, "CR", "PR", "SD", "Non-CR/Non-PD", "PD", "NE"])
moments = st.none() | st.floats(0.1, 19).map(after)
cohorts = st.lists(
    st.tuples(letters, letters, letters, moments, moments, st.floats(0, 15).map(after)),
    min_size=1,
    max_size=12,
)


@given(
    cohorts,
    st.sampled_from(["as recorded", "as progression", "apart"]),
    st.sampled_from([(3, 6, 12), (3, 12)]),
    st.integers(0, 45),
)
def test_the_books_are_kept_and_nobody_comes_back(rows, deaths, months, window):
    three, six, twelve, progressed, died, began = zip(*rows, strict=True)
    found, crossed = passages(
        {
            "first_procedure_date": [START] * (len(rows) - 1) + [began[-1]],
            "response_3m": three,
            "response_6m": six,
            "response_12m": twelve,
            "progression_date": progressed,
            "death_date": died,
            "last_contact_date": [day or after(20) for day in died],
        },
        deaths=deaths,
        months=months,
        window_days=window,
    )
    for at, each in enumerate(found.passages):
        assert each.counts.sum() == len(rows)
        np.testing.assert_array_equal(each.counts.sum(axis=1), found.counts[at])
        np.testing.assert_array_equal(each.counts.sum(axis=0), found.counts[at + 1])
    leaves_pd = {"PD", "not-due"} | ({"died"} if deaths == "apart" else set())
    for ways in crossed:
        assert {end for before, end in ways if before == "PD"} <= leaves_pd
        assert {end for before, end in ways if before == "not-due"} <= {"not-due"}
