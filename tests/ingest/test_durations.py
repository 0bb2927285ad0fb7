"""Times as hospitals write them, and what stands beside them."""

import pytest

from lib import text
from lib.ingest import open_file, propose, read
from lib.ingest.durations import read_duration
from lib.schema import COLUMNS, ENDPOINTS
from tests.ingest.conftest import as_csv

OS, PFS = COLUMNS["os_months"], COLUMNS["pfs_months"]


@pytest.mark.cases
def test_durations_in_words_are_months(cell, months):
    found = read_duration(cell, OS)
    assert (round(found.number, 2), found.worded, found.mark) == (months, True, "")


@pytest.mark.cases
def test_what_stands_beside_a_time_says_whether_the_event_happened(cell, number, mark):
    found = read_duration(cell, OS)
    assert (found.number, found.mark) == (number, mark)


def test_words_of_death_are_none_of_progression():
    assert read_duration("9 (без прогрессирования)", PFS).mark == "no"
    assert read_duration("9 (alive)", PFS) is None or read_duration("9 (alive)", PFS).mark == ""


@pytest.mark.parametrize("cell", ["5-7", "12/14", "14 мес 2 года", "3 курса", "1:DEAD", "1;14"])
def test_what_is_no_single_time_is_not_read(cell):
    assert read_duration(cell, OS) is None


def test_a_remark_apart_from_a_time_is_kept_in_the_comment():
    cohort = cohort_of(["12 (переезд)", "9", "8", "7"], event=["1", "1", "0", "1"])
    assert cohort.patients["os_months"].tolist() == [12, 9, 8, 7]
    assert cohort.patients["comment"].iloc[0] == "os_months: переезд"


def cohort_of(times, event=None, header="os_months", event_header="os_event"):
    head = ["patient_id", "modality", header] + ([event_header] if event else [])
    rows = [[f"P{n}", "HAI", time] for n, time in enumerate(times)]
    rows = [[*row, event[n]] if event else row for n, row in enumerate(rows)]
    return read(open_file("a.csv", as_csv([head, *rows], ";" if ";" not in str(times) else "\t")))


TIMES = ["14+", "9.5", "26.2 +", "31", "12", ">40"]


@pytest.mark.parametrize(("header", "code"), [("os_months", "OS"), ("pfs_months", "PFS")])
def test_marks_tell_the_event_where_no_column_does(header, code, told):
    cohort = cohort_of(TIMES, header=header)
    follow = cohort.time_to_event(ENDPOINTS[code])
    assert follow.months.tolist() == [14, 9.5, 26.2, 31, 12, 40]
    assert follow.event.tolist() == [False, True, False, True, True, False]
    assert any("where no column says it (patients: 6)" in line for line in told(cohort))


def test_marks_of_both_kinds_leave_open_what_has_none_and_tell_it(told):
    cohort = cohort_of(["14 (жив)", "9 (умер)", "12"])
    follow = cohort.time_to_event(ENDPOINTS["OS"])
    assert [line for line in told(cohort) if "nothing beside these times" in line] == [
        "os_months: nothing beside these times says whether the event happened, as it does beside"
        " others (patients: 1) [4]"
    ]
    assert follow.event.tolist()[:2] == [False, True]
    assert (follow.reason != "").tolist() == [False, False, True]


def test_who_died_is_not_asked_where_the_times_say_it():
    rows = [[f"P{n}", "HAI", time, "yn"[n % 2]] for n, time in enumerate(TIMES)]
    file = open_file("a.csv", as_csv([["patient_id", "modality", "os_months", "smoker"], *rows]))
    asked = [text.said(each.message, each.values) for each in propose(file).questions]
    assert [each for each in asked if "who died" in each] == []


def test_a_column_of_the_event_wins_and_a_contradiction_is_told(told):
    cohort = cohort_of(TIMES, event=[0, 1, 1, 1, 0, 0])
    follow = cohort.time_to_event(ENDPOINTS["OS"])
    assert follow.event.tolist() == [False, True, True, True, False, False]
    assert [line for line in told(cohort) if "contradicts" in line] == [
        "os_months: what stands beside the time contradicts 'os_event', which is used"
        " (patients: 1) [4]"
    ]


def test_beside_dates_of_death_a_time_without_a_mark_is_nobodys_death(told):
    rows = [
        ["P1", "HAI", "14+", ""],
        ["P2", "HAI", "9.5", "2019-10-20"],
        ["P3", "HAI", "12", ""],
        ["P4", "HAI", "30+", "2021-01-01"],
    ]
    data = as_csv([["patient_id", "modality", "os_months", "death_date"], *rows])
    cohort = read(open_file("a.csv", data))
    assert cohort.patients["os_event"].fillna("").tolist() == ["no", "yes", "", "yes"]
    (line,) = [line for line in told(cohort) if "contradicts" in line]
    assert line.endswith("contradicts 'death_date', which is used (patients: 1) [5]")


def test_times_in_words_are_told_once_with_examples(told):
    cohort = cohort_of(["1 г 2 мес", "2 г 3 мес", "9", "10"], event=[1, 0, 1, 1])
    assert cohort.patients["os_months"].tolist() == [14, 27, 9, 10]
    assert [line for line in told(cohort) if "such as" in line] == [
        "os_months: times such as '1 г 2 мес', '2 г 3 мес' read in months (rows: 2) [2, 3]"
    ]


def test_what_a_column_says_of_everybody_is_no_second_column_without_values():
    rows = [["id", "arm", "os_months", "vital_status"]]
    rows += [
        [f"P{n}", "HAI", f"{n}+" if n % 2 else f"{n}", ("dead", "alive")[n % 2]]
        for n in range(2, 9)
    ]
    cohort = read(open_file("a.csv", as_csv(rows)))
    assert "os_event" not in cohort.patients
    assert not [name for name, column in cohort.patients.items() if column.isna().all()]
