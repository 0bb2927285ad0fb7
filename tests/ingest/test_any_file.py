"""Any cohort in any dialect reads back the same; any bytes end in a cohort or in one sentence."""

import datetime
import random

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lib.text
from lib.cohort import WHOLE_ROW, Cohort, CohortError
from lib.ingest import open_file, propose, read, read_cohort
from lib.ingest.cells import is_missing
from lib.schema import COLUMNS
from tests.conftest import as_book
from tests.ingest.case_files import HEADER, ROWS
from tests.ingest.dialects import ods, text, xls

FEW = settings(max_examples=settings().max_examples // 3)  # each try reads files

DAYS = st.dates(datetime.date(2015, 1, 1), datetime.date(2024, 12, 31))
NUMBERS = st.integers(0, 99_999).map(lambda n: n / 100)
WORDS = st.text(st.characters(categories=["Lu", "Ll"], max_codepoint=0x44F), min_size=3, max_size=9)
WORDS = WORDS.filter(lambda word: not is_missing(word))
FIELDS = {
    "centre": WORDS,
    "sex": st.sampled_from(["F", "M"]),
    "age": st.integers(18, 110).map(float),
    "modality": st.sampled_from(["HAI", "TACE", "DEB_TACE", "TAE", "TARE", "BOTH", "OTHER"]),
    "cea_baseline": NUMBERS,
    "response_6m": st.sampled_from(["CR", "PR", "SD", "PD", "NE"]),
    "first_procedure_date": DAYS,
    "last_contact_date": DAYS,
    "death_date": DAYS,
    "vital_status": st.sampled_from(["alive", "dead", "lost"]),
    "os_months": st.integers(0, 6_000).map(lambda n: n / 10),
    "os_event": st.sampled_from(["yes", "no"]),
}
MONTHS = (
    "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября",
    "октября", "ноября", "декабря",
)  # fmt: skip
FORMS = {
    "dots": lambda day: day.strftime("%d.%m.%Y"),
    "iso": lambda day: day.isoformat(),
    "words": lambda day: f"{day.day} {MONTHS[day.month - 1]} {day.year}",
}


@st.composite
def cohorts(draw):
    names = draw(st.lists(st.sampled_from(sorted(FIELDS)), min_size=2, unique=True))
    count = draw(st.integers(2, 8))
    cells = {name: [draw(st.none() | FIELDS[name]) for _ in range(count)] for name in names}
    for name in names:  # each patient has something, and each column
        cells[name][0] = draw(FIELDS[name])
    cells[names[0]] = [draw(FIELDS[names[0]]) for _ in range(count)]
    return cells


def shown(cell, day, comma):
    if cell is None:
        return ""
    if isinstance(cell, datetime.date):
        return FORMS[day](cell)
    return f"{cell:g}".replace(".", comma) if isinstance(cell, float) else str(cell)


@FEW
@given(
    cells=cohorts(),
    day=st.sampled_from(sorted(FORMS)),
    comma=st.sampled_from(",."),
    delimiter=st.sampled_from(";\t|,"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    titles=st.integers(0, 2),
)
def test_any_cohort_in_any_dialect_reads_back_the_same(
    cells, day, comma, delimiter, encoding, titles
):
    count = len(next(iter(cells.values())))
    rows = [["Регистр"]] * titles + [["patient_id", *cells]]
    rows += [
        [f"P{n}", *(shown(column[n], day, comma) for column in cells.values())]
        for n in range(count)
    ]
    patients = read_cohort("a.csv", text(rows, delimiter, encoding)).patients
    assert patients["patient_id"].tolist() == [f"P{n}" for n in range(count)]
    for name, column in cells.items():
        expected = pd.Series(column)
        if COLUMNS[name].kind == "date":
            expected = pd.to_datetime(expected).astype("datetime64[s]")
        got = patients[name]
        assert got.isna().tolist() == expected.isna().tolist()
        assert got.dropna().tolist() == expected.dropna().tolist()


@FEW
@given(cohorts())
def test_a_workbook_reads_back_the_same_as_its_text(cells):
    count = len(next(iter(cells.values())))
    rows = [
        [f"P{n}", *("" if c[n] is None else c[n] for c in cells.values())] for n in range(count)
    ]
    book = read_cohort("a.xlsx", as_book({"a": [["patient_id", *cells], *rows]}))
    lines = [
        [shown(cell or None, "iso", ".") if cell != 0 else "0" for cell in row] for row in rows
    ]
    plain = read_cohort("a.csv", text([["patient_id", *cells], *lines]))
    pd.testing.assert_frame_equal(book.patients, plain.patients)


CELLS = st.one_of(
    st.sampled_from(["", "-", "н/д", "ПР", "1", "0", "03/04/2019", "01.02.2020", "SD", "ХЭПА+ХИПА",
                     "итого", "умер", ">5", "1 234,5", "Иванов И.И.", "=1+1", "2019", "жив"]),
    st.text(max_size=12),
)  # fmt: skip
HEADS = st.one_of(
    st.sampled_from([*HEADER, "ФИО", "№", "Исход", "Дата", "ОВ", "Размер", "PARAMCD", "USUBJID",
                     "CNSR", "дата процедуры", "дата рождения", "row", "patient_id"]),
    st.text(max_size=12),
)  # fmt: skip


@settings(FEW, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(HEADS, min_size=1, max_size=8), st.lists(st.lists(CELLS, max_size=9), max_size=8))
def test_any_table_keeps_its_books_and_reads_again_the_same(header, rows):
    try:
        data = text([header, *rows]).replace(b"\x00", b"")
    except UnicodeEncodeError:
        return
    try:
        once = read_cohort("a.csv", data)
    except CohortError as error:
        assert lib.text.error(error)
        return
    keeps_its_books(once)
    again = read_cohort("a.csv", data, once.reading)
    assert again.reading == once.reading
    assert again.findings == once.findings
    pd.testing.assert_frame_equal(again.patients, once.patients)


def keeps_its_books(cohort):
    aside = {row for f in cohort.findings if WHOLE_ROW in f.sets_aside for row in f.rows}
    assert cohort.source.rows == len(cohort) + len(aside)
    assert not aside & set(cohort.patients["row"])
    assert cohort.patients["patient_id"].is_unique
    for finding in cohort.findings:
        assert lib.text.remark(finding)
    for column in cohort.columns.values():
        kind = cohort.patients[column.name].dtype.kind
        assert kind == {"number": "f", "date": "M"}.get(column.kind, kind)


@given(st.binary(max_size=400))
def test_any_bytes_end_in_a_cohort_or_in_a_sentence(data):
    ends_well(data)


def ends_well(data):
    try:
        file = open_file("a.csv", data)
        for question in propose(file).questions:
            assert lib.text.said(question.message, question.values)
        cohort = read(file)
    except CohortError as error:
        assert lib.text.error(error)
    else:
        assert isinstance(cohort, Cohort)
        keeps_its_books(cohort)


TRIES = settings().max_examples // 2
"""How often a file is damaged anew."""
BOOKS = {
    "xlsx": as_book({"a": [HEADER, *ROWS]}),
    "ods": ods([HEADER, *ROWS]),
    "xls": xls([HEADER, *ROWS]),
}


@pytest.mark.parametrize("kind", BOOKS)
def test_truncated_and_flipped_workbooks_end_in_a_cohort_or_in_a_sentence(kind):
    chance, book = random.Random(kind), BOOKS[kind]
    for number in range(TRIES // 2):
        broken = bytearray(book[: chance.randrange(8, len(book))] if number % 4 == 0 else book)
        for _ in range(chance.choice([1, 1, 3, 30])):
            broken[chance.randrange(8, len(broken))] ^= 1 << chance.randrange(8)
        ends_well(bytes(broken))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1251"])
def test_flipped_texts_end_in_a_cohort_or_in_a_sentence(encoding):
    chance, whole = random.Random(encoding), text([HEADER, *ROWS], encoding=encoding)
    for _ in range(TRIES // 2):
        broken = bytearray(whole)
        for _ in range(chance.choice([1, 3, 30])):
            broken[chance.randrange(len(broken))] ^= 1 << chance.randrange(8)
        ends_well(bytes(broken))
