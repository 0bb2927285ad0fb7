"""Rows are judged as rows: what sums up others is set aside, what looks like a total is kept."""

import pytest

from lib.cohort import WHOLE_ROW
from lib.ingest import read_cohort
from lib.ingest.totals import is_statistic, is_total
from tests.ingest.conftest import as_book, as_csv

RUSSIAN = ["Код пациента", "Пол", "Вид РХТ", "Возраст", "ОВ, мес", "Умер"]
ENGLISH = ["Patient ID", "Sex", "Modality", "Age", "OS, months", "Death"]
ROWS = [
    ["м", "ХИПА", 61, 9.3, "да"],
    ["ж", "ТАХЭ", 55, 17.5, "нет"],
    ["м", "ХИПА", 70, 22.0, "да"],
    ["м", "ТАХЭ", 48, 15.9, "да"],
    ["ж", "ХИПА", 66, 20.8, "нет"],
]


def coded(*codes, header=RUSSIAN, rows=ROWS):
    return [header, *([code, *row] for code, row in zip(codes, rows, strict=True))]


def aside(rows, separator=","):
    cohort = read_cohort("a.csv", as_csv(rows, separator))
    return {row: f.message for f in cohort.findings if WHOLE_ROW in f.sets_aside for row in f.rows}


# Codes that look like totals ----------------------------------------------------------------


@pytest.mark.cases
@pytest.mark.parametrize("header", [RUSSIAN, ENGLISH, ["Образец", *RUSSIAN[1:]]])
def test_a_code_as_those_around_it_is_a_patient(codes, header):
    assert aside(coded(*codes, header=header)) == {}


@pytest.mark.parametrize("said", ["Q1", "SE", "Max", "Mean", "N", "ДИ", "Me"])
@pytest.mark.parametrize("codes", ["P{}", "{}", "Case {}", "Л-{}"])
def test_a_word_of_statistics_unlike_the_codes_is_a_total(said, codes):
    rows = coded(*map(codes.format, range(1, 6)))
    assert set(aside([*rows, [said, "", "", 61, 17.5, ""]])) == {7}


@pytest.mark.parametrize("said", ["Mean", "Max", "Min"])
def test_a_code_alike_in_a_row_that_says_nothing_of_a_patient_is_a_total(said):
    rows = coded("Ann", "Ada", "Bob", "Eve", "Zoe")
    assert set(aside([*rows, [said, "", "", 61, 17.5, ""]])) == {7}


# Totals, whatever they are called -----------------------------------------------------------

SAID = [
    "Итог", "Итого", "Всего", "ИТОГО:", "Подытог", "Среднее", "Итого по отделению", "n=5",
    "n = 5 (100%)", "Всего: 5", "Всего 5 больных", "5 больных", "Total", "Subtotal", "Sub-total",
    "Grand total", "Totals (all centres)", "Subtotal University Hospital of Somewhere Far 2nd ward",
    "Итого по группе «химиоинфузия (HAI) с последующей химиоэмболизацией»", "Average",
    "Среднее арифметическое", "Медиана возраста и ОВ", "Mean survival time",
    "Промежуточный итог", "Mean (SD)", "Total number of the patients: 5",
]  # fmt: skip


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_total_is_known_by_its_words_in_any_of_the_first_columns(said, place):
    total = ["", "", "", 60, 17.1, ""]
    total[place] = said
    rows = coded("P1", "P2", "P3", "P4", "P5")
    assert set(aside([*rows[:3], total, *rows[3:], total])) == {4, 8}


@pytest.mark.parametrize("header", ["ФИО", "№ истории болезни", "№ п/п", "MRN"])
def test_groups_with_long_names_are_summed_up_among_names_and_numbers(header):
    names = ["Иванов И.И.", "Петров А.А.", "Ким А.А.", "Ли С.С.", "Цой В.В."]
    numbers = ["11/19", "12/19", "13/19", "14/19", "15/19"]
    codes = names if header == "ФИО" else range(1, 6) if header == "№ п/п" else numbers
    rows = coded(*codes, header=[header, *RUSSIAN[1:]])
    first = ["Итого по группе «химиоинфузия (HAI)»", "", "", 3, "", ""]
    last = ["Subtotal University Hospital of Somewhere", "", "", 2, "", ""]
    found = aside([*rows[:4], first, *rows[4:], last, ["ВСЕГО", "", "", 5, "", ""]])
    assert set(found) == {5, 8, 9}


@pytest.mark.parametrize("kind", ["Total gastrectomy", "Всего 2 очага", "Total R0"])
def test_an_operation_that_begins_like_a_total_is_none(kind):
    rows = [["Операция", *RUSSIAN[1:]], *([kind, *row] for row in ROWS)]
    assert aside(rows) == {}


MEANS = ["", "", "", 60, 17.1, ""]
SUMS = ["", "", "", 300, 85.5, 3]


@pytest.mark.parametrize(
    "total", [MEANS, SUMS, ["", "", "", 61, 17.5, ""], ["", "", "", 70, 22, ""]]
)
def test_a_row_without_a_word_that_repeats_what_stands_above_is_a_total(total):
    """Means, sums, medians or the greatest."""
    found = aside([*coded("P1", "P2", "P3", "P4", "P5"), total])
    assert list(found) == [7] and "repeat" in found[7]


@pytest.mark.cases
def test_shares_and_spreads_without_a_code_are_a_total(total):
    assert set(aside([*coded("P1", "P2", "P3", "P4", "P5"), total])) == {7}


def test_each_group_may_be_summed_up_without_a_word():
    rows = coded("P1", "P2", "P3", "P4", "P5")
    more = [[f"R{n}", *row[:2], row[2] + 3, row[3] + 3, row[4]] for n, row in enumerate(ROWS)]
    second = ["", "", "", 63, 20.1, ""]
    assert set(aside([*rows, MEANS, *more, second])) == {7, 13}


def test_a_table_without_codes_may_be_summed_up_without_a_word():
    rows = [row[1:] for row in [*coded("P1", "P2", "P3", "P4", "P5"), MEANS]]
    assert set(aside(rows)) == {7}


@pytest.mark.cases
def test_a_patient_without_a_code_or_with_little_known_is_no_total(row):
    assert aside([*coded("P1", "P2", "P3", "P4", "P5"), row], ";") == {}


def test_words_of_statistics_are_told_from_those_that_say_more():
    assert is_total("Медиана [Q1; Q3]") and is_total("M±m") and not is_total("M")
    assert is_statistic("Итого по группе") and not is_total("Итого по группе")
    assert not is_statistic("12.03.2019") and not is_statistic("")


@pytest.mark.parametrize("count", ["31 больной", "12 пациентов", "12 patients", "n = 12 cases"])
def test_a_count_of_patients_where_a_code_would_stand_is_no_code(count):
    rows = [["№", "Шифр", "Пол", "ОВ, мес", "Умер"]]
    rows += [[n, f"РХ{n:03d}", "М", 10 + n, "да" if n % 2 else "нет"] for n in range(1, 13)]
    rows.append(["Итого", count, "", 16.5, 6])
    assert len(read_cohort("a.csv", as_csv(rows, ";"))) == 12


def test_how_grave_a_row_that_is_set_aside_is_depends_on_whether_a_patient_may_be_lost():
    rows = coded("P1", "P2", "P3", "P4", "P5")
    more = [
        ["Итого", "", "", 60, 17.1, 3],
        RUSSIAN,
        rows[1],
        ["P9", "", "", "", "", ""],
        ["P1", *ROWS[3]],
    ]
    cohort = read_cohort("a.csv", as_csv([*rows, *more]))
    told = {row: f.severity for f in cohort.findings if WHOLE_ROW in f.sets_aside for row in f.rows}
    assert told[7] == told[8] == "note"
    assert told[10] == "warning"
    assert told[11] == "error"


# Rows that count ----------------------------------------------------------------------------


@pytest.mark.cases
@pytest.mark.parametrize("codes", ["P{}", "{}", "Л-{}"])
def test_a_row_that_counts_where_patients_have_a_word_is_a_total(total, codes):
    rows = coded(*map(codes.format, range(1, 6)))
    found = aside([*rows[:4], total, *rows[4:]], ";")
    assert list(found) == [5]


@pytest.mark.cases
def test_a_patient_with_a_number_beside_a_word_is_kept(row):
    assert aside([*coded("P1", "P2", "P3", "P4", "P5"), row], ";") == {}


@pytest.mark.parametrize(("group", "all_"), [("Итого по группе", "ВСЕГО"), ("Subtotal", "Total")])
def test_a_total_with_the_number_of_patients_in_place_of_a_code_is_a_total(group, all_):
    def patients(arm, first, last):
        return [[arm, n, "FM"[n % 2], 50 + n, 2 + n / 2, n % 2] for n in range(first, last + 1)]

    rows = [["Method", "№", "Sex", "Age", "OS, months", "Dead"]]
    rows += [*patients("HAI", 1, 9), [group, 9, "", 55.0, "", ""]]
    rows += [*patients("TACE", 10, 22), [group, 13, "", 66.0, "", ""], [all_, 22, "", 61.5, "", 11]]
    cohort = read_cohort("a.xlsx", as_book({"a": rows}))
    assert len(cohort) == 22
    assert cohort.patients["modality"].value_counts().to_dict() == {"TACE": 13, "HAI": 9}
    told = [finding for finding in cohort.findings if len(finding.rows) == 3]
    assert [finding.severity for finding in told] == ["note"]
