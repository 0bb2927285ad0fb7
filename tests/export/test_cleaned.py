"""What leaves and comes back: the cleaned cohort, and the template."""

import io

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from lib.analyses import response, survival
from lib.analyses.study import opening_plan, under_study
from lib.export import cleaned
from lib.export.template import SHEETS, headers, level_word, template
from lib.ingest import open_file, propose, read_cohort
from lib.schema import COLUMNS, ENDPOINTS, FIRST_YEAR, MODALITIES, TABLES
from lib.text import said
from tests.conftest import as_book, cohort_of


def test_the_cleaned_cohort_reads_back_as_the_same_patients(cohort):
    again = read_cohort("cohort.xlsx", cleaned.workbook(cohort))
    assert again.source.synthetic
    left, right = (each.patients.drop(columns="row") for each in (cohort, again))
    shared = [name for name in left if left[name].notna().any()]
    pd.testing.assert_frame_equal(left[shared], right[shared], check_dtype=False)
    for analysis, arguments in (
        (response.by_group, ()),
        (survival.by_group, (ENDPOINTS["OS"],)),
        (survival.by_group, (ENDPOINTS["PFS"],)),
    ):
        ours, theirs = (
            analysis(under_study(each, opening_plan(each)), *arguments) for each in (cohort, again)
        )
        if analysis is response.by_group:
            for one, other in zip(ours.times, theirs.times, strict=True):
                assert one.everyone.counts.tolist() == other.everyone.counts.tolist()
        else:
            assert repr(ours.everyone.median) == repr(theirs.everyone.median)
            assert [group.n for group in ours.groups] == [group.n for group in theirs.groups]


def test_no_cell_of_the_cleaned_cohort_runs_as_a_formula():
    data = cleaned.workbook(cohort_of({"centre": ["=1+1", "A"]}))
    rows = (
        CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("patients").to_python()
    )
    assert rows == [["patient_id", "centre"], ["P1", "'=1+1"], ["P2", "A"]]
    again = read_cohort("cohort.xlsx", data)
    assert again.patients["centre"].tolist() == ["=1+1", "A"]


@pytest.mark.parametrize("tongue", ["en", "ru"])
def test_a_filled_template_is_read_without_a_question(tongue):
    level = {
        code: level_word(COLUMNS["modality"], found, tongue)
        for code, found in (("HAI", MODALITIES[0]), ("TACE", MODALITIES[1]))
    }
    names = headers(COLUMNS.values(), tongue)
    rows = [list(names.values())]
    for i, code in enumerate(("HAI", "TACE")):
        filled = {"patient_id": f"P{i}", "modality": level[code], "age": str(60 + i)}
        rows.append([filled.get(name, "") for name in names])
    data = as_book({"a": rows})
    assert template(tongue).startswith(b"PK")
    proposal = propose(open_file("filled.xlsx", data))
    assert [question.message for question in proposal.questions] == []
    cohort = read_cohort("filled.xlsx", data)
    assert cohort.patients["modality"].tolist() == ["HAI", "TACE"]
    assert cohort.patients["age"].tolist() == [60.0, 61.0]
    assert [found.message for found in cohort.findings if found.severity != "note"] == []


CELLS = {"number": "3", "date": "2019-03-05", "text": "a word", "category": "B", "id": "P"}


def filled(column, at, tongue):
    """A cell as somebody fills the template in: small numbers, every level in turn."""
    if column.name == "patient_id":
        return f"P{at}"
    if column.levels:
        return level_word(column, column.levels[at % len(column.levels)], tongue)
    if column.name == "age":
        return str(60 + at)
    if column.name == FIRST_YEAR:
        return str(2015 + at)
    if column.unit == "mm" and column.kind == "text":
        return str(3 + at)
    return CELLS[column.kind]


@pytest.mark.parametrize("tongue", ["en", "ru"])
def test_a_template_filled_in_every_column_asks_nothing(tongue):
    sheets = {}
    for table, columns in TABLES.items():
        names = headers(columns.values(), tongue)
        rows = [list(names.values())]
        for at in range(8):
            cells = {each.name: filled(each, at, tongue) for each in columns.values()}
            cells["patient_id"] = f"P{at if table == 'patients' else 0}"
            numbers = {name: float(cells[name]) for name in cells if columns[name].kind == "number"}
            rows.append(list((cells | numbers).values()))
        sheets[SHEETS[tongue][table]] = rows
    proposal = propose(open_file("filled.xlsx", as_book(sheets)))
    assert [said(each.message, each.values) for each in proposal.questions] == []
    assert [c.header.text for c in proposal.columns if c.kept and c.meant is None] == []
    assert len(proposal.columns) == sum(map(len, TABLES.values()))


def test_the_russian_template_is_russian_to_the_last_cell_of_its_dictionary():
    book = CalamineWorkbook.from_filelike(io.BytesIO(template("ru")))
    rows = book.get_sheet_by_name("Словарь").to_python()
    assert rows[0] == ["Лист", "Столбец", "Читается и как", "Единица", "Значения"]
    assert all(row[0] and row[1] and row[4] for row in rows)
    english = [cell for row in rows for cell in (row[2], row[3]) if cell and cell.isascii()]
    assert [cell for cell in english if cell != "%"] == []
    (age,) = [row for row in rows if row[1].startswith("возраст")]
    assert age[3:] == ["лет", "число"]
