"""Why a patient is set aside from an endpoint: the reason is the one in the file."""

import numpy as np
import pytest

from lib.followup import (
    BAD_END,
    BAD_FLAG,
    BAD_MONTHS,
    BAD_ORIGIN,
    BEFORE_ORIGIN,
    CONTRADICTED,
    NO_END,
    NO_FLAG,
    NO_ORIGIN,
    UNDATED,
    middle,
)
from lib.ingest import read_cohort
from lib.schema import ENDPOINTS
from tests.conftest import as_csv, cohort_of

N = 12
MONTHS = {"os_months": list(range(10, 10 + N)), "os_event": ["1", "0"] * (N // 2)}
DATES = {
    "first_procedure_date": ["2020-01-01"] * N,
    "death_date": ["2021-01-01"] * 6 + [None] * 6,
    "last_contact_date": ["2021-01-01"] * 6 + ["2021-06-01"] * 6,
}


def reason(columns, code="OS", **first):
    """Why the first patient is set aside, with some of the cells changed."""
    changed = {name: [first.get(name, cells[0]), *cells[1:]] for name, cells in columns.items()}
    data = as_csv({"modality": ["HAI", "TACE"] * (N // 2)} | changed)
    cohort = read_cohort("a.csv", data)
    follow = cohort.time_to_event(ENDPOINTS[code])
    assert (follow.reason[1:] == "").all()
    return follow.reason[0]


@pytest.mark.parametrize("typed", ["-2", "-0.5", "soon"])
def test_months_that_cannot_be_are_not_said_to_be_missing(typed):
    assert reason(MONTHS, os_months=typed) == BAD_MONTHS


def test_what_is_missing_is_said_to_be():
    assert reason(MONTHS, os_months=None) == NO_ORIGIN
    assert reason(MONTHS, os_event=None) == NO_FLAG
    assert reason(DATES, first_procedure_date=None) == NO_ORIGIN
    assert reason(DATES, death_date=None, last_contact_date=None) == NO_END
    assert reason(MONTHS, os_event="7") == BAD_FLAG  # it cannot be read


@pytest.mark.parametrize("typed", ["32.13.2020", "some day"])
def test_a_date_that_cannot_be_read_is_not_said_to_be_missing(typed):
    assert reason(DATES, first_procedure_date=typed) == BAD_ORIGIN
    assert reason(DATES, death_date=None, last_contact_date=typed) == BAD_END
    assert reason(DATES, death_date=typed) == BAD_END  # whether and when is not known


def test_dates_and_entries_that_contradict_each_other_are_said_to():
    assert reason(DATES, death_date="2019-01-01") == BEFORE_ORIGIN
    status = DATES | {"vital_status": ["dead"] * 6 + ["alive"] * 6}
    assert reason(status, vital_status="alive") == CONTRADICTED
    assert reason(status, death_date=None) == UNDATED
    both = MONTHS | {"pfs_months": [5.0] * N, "pfs_event": ["1"] * N}
    assert reason(both, "PFS", pfs_months="40") == CONTRADICTED


@pytest.mark.cases
def test_a_number_is_cut_at_its_median_or_the_next_where_nothing_is_below(cells, labels):
    cohort = read_cohort("a.csv", as_csv({**MONTHS, "prior_lines": cells}))
    groups = cohort.by("prior_lines", (middle(cohort.patients["prior_lines"].to_numpy(float)),))
    assert [level.label for level in groups.levels] == labels


def test_levels_that_begin_with_a_number_stand_in_its_order():
    levels = ["10", "2", "≥70", "<60", "60-69", "other"] * 2
    cohort = read_cohort("a.csv", as_csv({**MONTHS, "centre": levels}))
    shown = [level.label for level in cohort.by("centre").levels]
    assert shown == ["2", "10", "<60", "60-69", "≥70", "other"]


def test_what_was_asked_is_kept_and_nobody_writes_into_it():
    cohort = cohort_of({"os_months": [3.0, 9.0], "os_event": ["yes", "no"], "sex": ["f", "m"]})
    follow, groups = cohort.time_to_event(ENDPOINTS["OS"]), cohort.by("sex")
    assert cohort.time_to_event(ENDPOINTS["OS"]) is follow
    assert cohort.by("sex") is groups
    for array in (follow.months, follow.event, groups.codes, cohort.set_aside("OS")):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]
    part = cohort.where(np.array([True, False]))  # is asked anew
    assert len(part.time_to_event(ENDPOINTS["OS"]).months) == 1


def test_nothing_is_missing_of_what_has_not_happened():
    cohort = cohort_of(
        {
            "vital_status": ["dead", "dead", "alive", None],
            "death_date": ["2021-01-01", None, None, None],
            "cause_of_death": [None, "tumour", None, None],
            "last_contact_date": [None, "2020-05-01", "2021-05-01", None],
            "progression": ["yes", "no", "yes", None],
            "progression_date": [None, None, "2020-03-01", None],
            "new_therapy_date": ["2020-04-01", None, None, None],
        }
    )
    lacks = {name: np.flatnonzero(cohort.missing(name)).tolist() for name in cohort.columns}
    assert lacks == {
        "patient_id": [],
        "vital_status": [3],
        "death_date": [1],
        "cause_of_death": [0],
        "last_contact_date": [3],
        "progression": [3],
        "progression_date": [0],
        "new_therapy_date": [],
    }
