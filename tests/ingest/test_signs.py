"""Letters and signs of life and death are read as a header, or a line beside the table, says."""

import pytest

from lib.ingest import read_cohort
from tests.ingest.conftest import as_book

DEAD = [n % 3 > 0 for n in range(1, 13)]
EVENTS = ["yes" if dead else "no" for dead in DEAD]
FIRST = ["Код", "Пол", "Возраст", "Вид РХТ"]


def read(headers, last, below):
    rows = [[*FIRST, *headers]]
    for n, cells in enumerate(last, 1):
        rows.append([f"Б-{n}", "мж"[n % 2], 50 + n, ["ХИПА", "ТАХЭ"][n % 2], *cells])
    width = len(rows[0])
    rows += [["", *[""] * (width - 1)], *([line, *[""] * (width - 1)] for line in below)]
    return read_cohort("a.xlsx", as_book({"Data": rows}))


def told(cohort):
    return [f.column for f in cohort.findings if f.code == "signs-read"]


@pytest.mark.cases
def test_a_letter_beside_a_time_says_who_died(header, write, dead, alive, below):
    cells = [
        [write.format(time=f"{10 + n},5", sign=dead if died else alive)]
        for n, died in enumerate(DEAD)
    ]
    cohort = read([header], cells, below)
    assert cohort.patients["os_event"].tolist() == EVENTS
    assert cohort.patients["os_months"].tolist() == [10.5 + n for n in range(12)]
    assert told(cohort) == [header]


def test_letters_that_nothing_explains_say_nothing():
    cells = [[f"{n},5 {'у' if died else 'ж'}"] for n, died in enumerate(DEAD, 1)]
    cohort = read(["ОВ, мес"], cells, [])
    assert not told(cohort)
    assert "os_event" not in cohort.patients or cohort.patients["os_event"].isna().all()


@pytest.mark.cases
def test_a_mark_alone_and_the_blanks_are_read_as_a_line_says(header, mark, line):
    cells = [["2020-01-15", "2021-02-20", mark if died else ""] for died in DEAD]
    cohort = read(["Дата первой процедуры", "Дата последнего контакта", header], cells, [line])
    assert cohort.patients["os_event"].tolist() == EVENTS
    assert told(cohort) == [header]


@pytest.mark.parametrize("header", ["†", "✝", "Ex", "Exitus", "Exitus letalis"])
def test_a_sign_of_death_is_a_header(header):
    cohort = read([header], [["да" if died else "нет"] for died in DEAD], [])
    assert cohort.patients["os_event"].tolist() == EVENTS


def test_a_mark_under_another_header_is_left_alone():
    cells = [[10, "+" if died else ""] for died in DEAD]
    cohort = read(["ОВ, мес", "Порт"], cells, ["+ – умер, пусто – жив"])
    assert not told(cohort)
