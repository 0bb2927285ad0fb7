"""Lines below a table that explain its codes are read as a legend, and told."""

import time

import pytest

from lib.ingest import read_cohort
from lib.ingest.lines_below import named
from tests.ingest.conftest import as_book, as_csv

ENGLISH = ["id", "arm", "sex", "age", "os months", "Vital status", "Best response", "notes"]
RUSSIAN = ["Код", "Группа", "Пол", "Возраст", "ОВ (мес)", "Статус", "Лучший ответ", "Примечание"]
WORDS = {
    "en": (("HAI", "TACE"), ("male", "female"), ("alive", "dead"), ("PR", "SD", "PD")),
    "ru": (("ХИПА", "ТАХЭ"), ("муж", "жен"), ("жив", "умер"), ("ЧО", "Ст", "Пр")),
}
ROWS = [
    [f"P{n}", n % 2, 1 + n % 3 // 2, 50 + n, 5 + n, int(n % 3 > 0), 1 + n % 3, ""]
    for n in range(1, 13)
]
COLUMNS, FIRST = (1, 2, 5, 6), (0, 1, 0, 1)


def lines(header, words, write):
    named = zip(COLUMNS, FIRST, words, strict=True)
    return [write(header[place], list(enumerate(each, first))) for place, first, each in named]


def commas(name, pairs):
    return [f"{name}: " + ", ".join(f"{code} = {word}" for code, word in pairs)]


def spaces(name, pairs):
    return [f"{name}: " + " ".join(f"{code}={word}" for code, word in pairs)]


def dashes(name, pairs):
    return [f"* {name} - " + "; ".join(f"{code} - {word}" for code, word in pairs)]


def brackets(name, pairs):
    return [f"{name} (" + ", ".join(f"{code}: {word}" for code, word in pairs) + ")"]


def in_cells(name, pairs):
    return [name, *(f"{code} = {word}" for code, word in pairs)]


@pytest.mark.parametrize("write", [commas, spaces, dashes, brackets, in_cells])
@pytest.mark.parametrize(("header", "language"), [(ENGLISH, "en"), (RUSSIAN, "ru")])
@pytest.mark.parametrize("gap", [0, 1])
def test_codes_are_read_as_the_lines_below_explain_them(write, header, language, gap):
    below = lines(header, WORDS[language], write)
    rows = [header, *ROWS, *[[""]] * gap, *below]
    width = len(header)
    rows = [[*row, *[""] * (width - len(row))] for row in rows]
    for name, data in (("a.csv", as_csv(rows, ";")), ("a.xlsx", as_book({"Data": rows}))):
        cohort = read_cohort(name, data)
        assert len(cohort) == 12
        assert cohort.patients["modality"].tolist() == ["TACE", "HAI"] * 6
        assert cohort.patients["sex"].tolist() == ["M", "F", "M"] * 4
        assert cohort.patients["vital_status"].tolist() == ["dead", "dead", "alive"] * 4
        told = [each for each in cohort.findings if each.code == "lines-below-codes-read"]
        assert {each.rows[0] for each in told} == {14 + gap + n for n in range(4)}
        assert not [each for each in cohort.findings if "footnote" in each.message]


def test_commas_without_quotes_cut_a_line_into_cells():
    text = as_csv([ENGLISH, *ROWS], ",") + b"arm: 0 = HAI, 1 = TACE\nsex: 1=male, 2=female\n"
    cohort = read_cohort("a.csv", text)
    assert cohort.patients["modality"].tolist() == ["TACE", "HAI"] * 6


@pytest.mark.parametrize(
    "line", ["arm: given in two groups", "arm: 7 = HAI, 8 = TACE", "source: 0 = HAI, 1 = TACE"]
)
def test_lines_that_explain_no_column_stay_footnotes(line):
    rows = [ENGLISH, *ROWS, [""] * len(ENGLISH), [line, *[""] * (len(ENGLISH) - 1)]]
    cohort = read_cohort("a.csv", as_csv(rows, ";"))
    assert len(cohort) == 12
    assert [each.rows for each in cohort.findings if "footnote" in each.message] == [(15,)]
    assert not [each for each in cohort.findings if each.code == "lines-below-codes-read"]


def test_a_long_line_costs_no_time():
    start = time.process_time()
    assert named("seen, and well " * 8000, {"sex": 2}) == (-1, "")
    assert time.process_time() - start < 1


@pytest.mark.cases
def test_a_line_that_names_no_column_is_of_the_column_that_has_its_codes(line, codes, levels):
    rows = [[*row[:2], codes[n % 2], *row[3:]] for n, row in enumerate(ROWS)]
    cohort = read_cohort("a.xlsx", as_book({"D": [ENGLISH, *rows, [line, *[""] * 7]]}))
    assert cohort.patients["sex"].tolist() == [levels[n % 2] for n in range(12)]


def test_a_line_of_numbers_that_names_no_column_explains_nothing():
    cohort = read_cohort("a.xlsx", as_book({"D": [ENGLISH, *ROWS, ["1 = male, 2 = female"]]}))
    assert "lines-below-codes-read" not in {f.code for f in cohort.findings}


@pytest.mark.parametrize("title", ["Условные обозначения:", "Codes used in this table:"])
def test_a_title_of_the_lines_goes_with_them(title):
    rows = [["ID", "Arm", "Status"], *([f"{n}", str(n % 2), str(n % 2)] for n in range(1, 13))]
    below = [[], [title], ["Arm: 0 = HAI, 1 = TACE"], ["Status: 0 = alive, 1 = dead"]]
    cohort = read_cohort("a.xlsx", as_book({"a": [*rows, *below]}))
    assert len(cohort.patients) == 12
    assert not [each for each in cohort.findings if each.sets_aside]
    told = {
        row
        for each in cohort.findings
        if each.code == "lines-below-codes-read"
        for row in each.rows
    }
    assert told == {15, 16, 17}


@pytest.mark.parametrize("last", ["1 - HAI (infusion)", "1 - HAI (infusion);"])
def test_a_bracket_that_a_meaning_opens_is_its_own(last):
    rows = [["ID", "Arm"], *([f"{n}", str(n % 2)] for n in range(1, 13))]
    cohort = read_cohort("a.xlsx", as_book({"a": [*rows, [], [f"Arm: 0 - TACE (beads), {last}"]]}))
    said = {each.value for each in cohort.findings if each.column == "Arm" and each.value}
    assert said <= {"HAI (infusion)", "TACE (beads)"}
    assert cohort.patients["modality"].value_counts().to_dict() == {"HAI": 6, "TACE": 6}
