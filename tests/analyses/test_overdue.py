"""Who is overdue, at the plan's day and no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.analyses.overdue import overdue
from tests.conftest import START, after, studied, study_of

DAY = after(24)
# P1 in time; P2 no scan for 5 months; P3 no contact for 7; P4 dead; P5 lost; P6 progressed;
# P7 never assessed; P8 without any date
COLUMNS = {
    "first_procedure_date": [START] * 7 + [None],
    "last_assessment_date": [after(m) for m in (22, 19, 17, 5, 5, 10)] + [None, None],
    "last_contact_date": [after(m) for m in (24, 23, 17, 9, 5, 23, 23)] + [None],
    "death_date": [None, None, None, after(9), None, None, None, None],
    "progression_date": [None] * 5 + [after(10)] + [None] * 2,
    "vital_status": ["alive"] * 3 + ["dead", "lost"] + ["alive"] * 3,
}


def found(columns=COLUMNS, tables=None, **plan):
    return overdue(study_of(columns, tables, **plan))


def due(result):
    return {each.patient_id: (each.scan_due, each.contact_due) for each in result.late}


def test_everybody_is_overdue_in_time_lost_dead_or_without_a_date():
    result = found()
    assert result.as_of == DAY
    assert due(result) == {"P7": (True, False), "P3": (True, True), "P2": (True, False)}
    since = [each.since_seen for each in result.late]
    assert since == sorted(since, reverse=True)  # the longest without contact comes first
    (never,) = [each for each in result.late if each.patient_id == "P7"]
    assert never.assessed is None  # and counted from the first procedure
    assert never.since_assessed == pytest.approx(24, abs=0.02)
    assert [each.patient_id for each in result.lost] == ["P5"]
    assert (result.dead, result.in_time, result.undated) == (1, 2, ("P8",))


def test_after_progression_no_assessment_is_asked_for_but_contact_is():
    assert "P6" not in due(found())
    contacts = list(COLUMNS["last_contact_date"])
    contacts[5] = after(11)
    quiet = COLUMNS | {"last_contact_date": contacts}
    assert due(found(quiet))["P6"] == (False, True)


def test_the_limits_are_those_of_the_plan():
    assert list(due(found(assessed_every=30, seen_every=30))) == []
    assert "P1" in due(found(assessed_every=1))
    early = found(as_of=after(20))
    assert (early.as_of, due(early)) == (after(20), {"P7": (True, False)})


def test_any_row_of_a_table_counts_as_seen_and_a_scan_as_assessed():
    tables = {
        "assessments": {"patient_id": ["P2"], "assessment_date": [after(22)], "sld_mm": [None]},
        "procedures": {"patient_id": ["P3"], "procedure_date": [after(23)], "modality": ["HAI"]},
    }
    result = found(COLUMNS, tables)
    assert "P2" not in due(result)
    assert due(result)["P3"] == (True, False)


def test_a_table_whose_rows_are_all_of_nobody_changes_nothing():
    empty = {"procedures": {"patient_id": [], "procedure_date": [], "modality": []}}
    assert due(found(COLUMNS, empty)) == due(found())


def test_a_file_without_assessments_or_contacts_is_late_for_none():
    scans, contacts = (
        found({name: values for name, values in COLUMNS.items() if name != left_out})
        for left_out in ("last_assessment_date", "last_contact_date")
    )
    assert not scans.scans_known and not contacts.contacts_known
    assert due(scans) == {"P3": (False, True)}
    assert not any(contact for _scan, contact in due(contacts).values())


def test_without_a_day_nobody_can_be_overdue():
    columns = {"modality": ["HAI"], "os_months": [3.0], "os_event": ["yes"]}
    assert found(columns) is None


def test_the_sample_has_two_overdue():
    result = overdue(studied("workbook"))
    assert due(result) == {"P21": (True, False), "P32": (True, False)}
    assert (result.dead, result.in_time) == (24, 10)


months = st.integers(0, 30).map(after)


@given(
    st.lists(
        st.tuples(
            st.none() | st.just(START),
            st.none() | months,
            st.none() | months,
            st.none() | months,
            st.sampled_from(["alive", "lost", None]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_everybody_is_counted_once(people):
    names = ("first_procedure_date", "last_assessment_date", "last_contact_date", "death_date",
             "vital_status")  # fmt: skip
    columns = dict(zip(names, zip(*people, strict=True), strict=True))
    result = found(columns)
    if result is None:
        return
    counted = len(result.late) + len(result.lost) + result.dead + result.in_time
    assert counted + len(result.undated) == len(people)
    alone = {each.patient_id for each in (*result.late, *result.lost)}
    assert len(alone) == len(result.late) + len(result.lost)
    for each in result.late:
        assert each.scan_due == (
            result.scans_known and not each.progressed and each.since_assessed > 4
        )
