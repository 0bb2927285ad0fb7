"""A sheet that explains codes is read as such, and is no table of patients."""

import pytest

from lib.ingest import open_file, propose, read_cohort
from tests.ingest.conftest import as_book

RUSSIAN = ["Код пациента", "Группа", "Пол", "Возраст", "ОВ (мес)", "Статус"]
ENGLISH = ["Patient ID", "Treatment", "Sex", "Age", "OS (months)", "Vital status"]
ROWS = [
    [f"К{n:02d}", 1 + n % 2, 1 + n % 3 // 2, 50 + n, 5.5 + n, int(n % 3 > 0)] for n in range(1, 13)
]
WORDS = [("ХИПА", "ТАХЭ"), ("мужской", "женский"), ("жив", "умер")]


def each_row(header):
    """A row for each code."""
    rows = [["Переменная", "Код", "Значение"]]
    for name, first, words in ((1, 1, WORDS[0]), (2, 1, WORDS[1]), (5, 0, WORDS[2])):
        rows += [[header[name], first + n, word] for n, word in enumerate(words)]
    return rows


def named_once(header):
    """The name of a column in the first of its codes only."""
    rows = each_row(header)
    return [[row[0] if n % 2 else "", *row[1:]] for n, row in enumerate(rows)]


def under_names(header):
    """The codes under the name of each column."""
    rows = each_row(header)[1:]
    return [line for n in (0, 2, 4) for line in ([rows[n][0]], rows[n][1:], rows[n + 1][1:])]


def in_one_cell(header):
    """All choices of a column in one cell, as a data dictionary has them."""
    rows = each_row(header)[1:]
    choices = [" | ".join(f"{row[1]}, {row[2]}" for row in rows[n : n + 2]) for n in (0, 2, 4)]
    return [["Field", "Choices"], *([rows[2 * n][0], each] for n, each in enumerate(choices))]


def with_name(header):
    """The name of the column and the code in one cell."""
    return [[f"{row[0]} {row[1]}", row[2]] for row in each_row(header)[1:]]


@pytest.mark.parametrize("write", [each_row, named_once, under_names, in_one_cell, with_name])
@pytest.mark.parametrize("header", [RUSSIAN, ENGLISH])
@pytest.mark.parametrize("first", [True, False])
def test_codes_are_read_as_another_sheet_explains_them(write, header, first, told):
    sheets = {"Данные": [header, *ROWS], "Справочник": write(header)}
    if first:
        sheets = dict(reversed(sheets.items()))
    data = as_book(sheets)
    cohort = read_cohort("a.xlsx", data)
    assert len(cohort) == 12 and cohort.source.sheet == "Данные"
    assert cohort.patients["modality"].tolist() == ["TACE", "HAI"] * 6
    assert cohort.patients["sex"].tolist() == ["M", "F", "M"] * 4
    assert cohort.patients["vital_status"].tolist() == ["dead", "dead", "alive"] * 4
    assert any("'Справочник' explains them: 1 = ХИПА, 2 = ТАХЭ" in line for line in told(cohort))
    assert not any("not read" in line for line in told(cohort))
    assert not [q for q in propose(open_file("a.xlsx", data)).questions if not q.settled]
    assert read_cohort("a.xlsx", data, cohort.reading).reading == cohort.reading


def test_numbered_choices_are_named_by_the_dictionary():
    header = ["record_id", "treatment___1", "treatment___2", "age"]
    rows = [[n, n % 2, 1 - n % 2, 50 + n] for n in range(1, 9)]
    dictionary = [["Variable", "Choices"], ["treatment", "1, HAI | 2, TACE"]]
    cohort = read_cohort("a.xlsx", as_book({"data": [header, *rows], "dictionary": dictionary}))
    assert cohort.patients["modality"].tolist() == ["HAI", "TACE"] * 4


def test_a_further_table_of_the_patients_is_no_codebook():
    labs = [["Код пациента", "Группа", "Метка"], *([row[0], row[1], "abc"] for row in ROWS)]
    cohort = read_cohort("a.xlsx", as_book({"Данные": [RUSSIAN, *ROWS], "Анализы": labs}))
    assert cohort.patients["patient_id"].tolist() == [row[0] for row in ROWS]
    assert not any("explains" in finding.message for finding in cohort.findings)


@pytest.mark.parametrize("who", ["ФИО", "Код пациента", "Шифр", "№ ИБ"])
def test_what_a_sheet_says_of_each_patient_is_no_legend(who):
    codes = ["Иванов И.И.", "Петрова А.А."] if who == "ФИО" else ["К1", "К2"]
    patients = [[who, "Пол"], [codes[0], "м"], [codes[1], "ж"]]
    outcomes = [[who, "Жив/умер"], [codes[0], "жив"], [codes[1], "умер"]]
    cohort = read_cohort("a.xlsx", as_book({"Пациенты": patients, "Исходы": outcomes}))
    assert not any("explains" in finding.message for finding in cohort.findings)


def test_a_legend_that_does_not_explain_the_cells_changes_nothing():
    legend = [["Группа", 7, "ХИПА"], ["Группа", 8, "ТАХЭ"]]
    cohort = read_cohort("a.xlsx", as_book({"Данные": [RUSSIAN, *ROWS], "Коды": legend}))
    assert set(cohort.patients["Группа"].astype(float)) == {1, 2}


def test_a_summary_of_groups_is_not_the_sheet_of_the_patients():
    summary = [["Modality", "Age", "Sex", "OS (months)", "Death", "Response"]]
    summary += [["HAI", 61, "10/6", 16.1, 10, 5], ["TACE", 59, "8/8", 18.2, 9, 4]]
    cohort = read_cohort("a.xlsx", as_book({"Results": summary, "Sheet2": [ENGLISH, *ROWS]}))
    assert (cohort.source.sheet, len(cohort)) == ("Sheet2", 12)


CODED = [
    ["Пациент", "Пол", "Возраст", "KRAS", "Группа", "ВБП", "ВБП_соб", "ОВ", "ОВ_соб"],
    *[
        [f"П{n}", 1 + n % 2, 50 + n, n % 2, 1 + n % 2, 3 + n, 1 + n % 2, 10.5 + n, 1 + n % 2]
        for n in range(1, 13)
    ],
]
CODES = {
    "Пол": {1: "женский", 2: "мужской"},
    "KRAS": {0: "дикий тип", 1: "мутация"},
    "Группа": {1: "ТАХЭ", 2: "ХИПА"},
    "ВБП_соб": {1: "прогрессирование или смерть", 2: "цензурировано"},
    "ОВ_соб": {1: "умер", 2: "жив"},
}


def listed(write, blank=True):
    rows = [["Показатель", "Код", "Значение"]]
    for name, codes in CODES.items():
        for at, (code, word) in enumerate(codes.items()):
            rows.append(["" if blank and at else name, *write(code, word)])
    return rows


LISTS = {
    "code, meaning": listed(lambda code, word: [code, word]),
    "the name in each row": listed(lambda code, word: [code, word], blank=False),
    "meaning, code": listed(lambda code, word: [word, code]),
    "one pair a cell": listed(lambda code, word: [f"{code} - {word}"]),
    "all pairs in a cell": [
        [name, ", ".join(f"{code} - {word}" for code, word in codes.items())]
        for name, codes in CODES.items()
    ],
}


@pytest.mark.parametrize("way", LISTS)
def test_the_meaning_of_a_code_is_no_label_of_its_column(way):
    cohort = read_cohort("a.xlsx", as_book({"Данные": CODED, "Обозначения": LISTS[way]}))
    assert cohort.patients["sex"].tolist() == ["M", "F"] * 6
    assert cohort.patients["kras"].tolist() == ["mut", "wt"] * 6
    assert cohort.patients["modality"].tolist() == ["HAI", "TACE"] * 6
    assert cohort.patients["pfs_event"].tolist() == ["no", "yes"] * 6
    assert cohort.patients["os_event"].tolist() == ["no", "yes"] * 6
