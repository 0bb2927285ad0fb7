"""A value that stands once above blank rows is asked about, once a column."""

import pytest

from lib import text
from lib.ingest import open_file, propose, read, read_cohort
from lib.ingest.runs import FILL, LEAVE, ROWS_BELOW
from lib.plan import Reading

HEADER = ["patient_id", "modality", "centre", "age", "os_months", "os_event"]


def table(modality, centre=("A",) * 8, header=HEADER):
    rows = [
        [f"P{n}", arm, place, 50 + n, 10 + n, n % 2]
        for n, (arm, place) in enumerate(zip(modality, centre, strict=True), 1)
    ]
    return "\n".join(";".join(map(str, row)) for row in [header, *rows]).encode()


def asked(file, reading=None):
    return [q for q in propose(file, reading).questions if "hold for the rows below" in q.message]


ONCE = ["HAI", "", "", "", "TACE", "", "", ""]


@pytest.mark.parametrize("header", [HEADER, ["Код", "Метод", "Клиника", "Возраст", "ОВ", "Умер"]])
def test_a_value_that_stands_once_holds_for_the_rows_below_if_the_visitor_says_so(header):
    file = open_file("a.csv", table(ONCE, header=header))
    (question,) = asked(file)
    assert not question.settled
    assert question.column == header[1]
    words = text.said(question.message, question.values)
    assert "'HAI', 'TACE'" in words
    assert "(rows: 6)" in words
    assert read(file).patients["modality"].isna().sum() == 6
    yes, no = question.answers
    assert yes.reading == Reading().decided(ROWS_BELOW, FILL, header[1])
    filled = read(file, yes.reading)
    assert filled.patients["modality"].tolist() == ["HAI"] * 4 + ["TACE"] * 4
    (told,) = [f for f in filled.findings if "blank rows below" in f.message]
    assert told.rows == (3, 4, 5, 7, 8, 9)
    (again,) = asked(file, yes.reading)
    assert again.settled
    assert again.answers[0].reading == yes.reading
    assert no.reading == Reading().decided(ROWS_BELOW, LEAVE, header[1])
    assert read(file, no.reading).patients["modality"].isna().sum() == 6


def test_each_column_is_asked_about_by_itself():
    file = open_file("a.csv", table(ONCE, ["North", "", "", "", "", "", "South", ""]))
    first, second = asked(file)
    cohort = read(file, first.answers[0].reading.decided(ROWS_BELOW, FILL, second.column))
    assert cohort.patients["centre"].tolist() == ["North"] * 6 + ["South"] * 2
    assert cohort.patients["modality"].notna().all()


@pytest.mark.cases
def test_what_is_merely_blank_is_not_asked_about(modality):
    assert asked(open_file("a.csv", table(modality))) == []


def test_the_further_rows_of_one_patient_are_not_asked_about():
    rows = [
        HEADER,
        *[["" if n % 4 else f"P{n}", "" if n else "HAI", "A", 50, 10, 1] for n in range(8)],
    ]
    data = "\n".join(";".join(map(str, row)) for row in rows).encode()
    assert asked(open_file("a.csv", data)) == []
    assert read_cohort("a.csv", data).patients["modality"].notna().any()
