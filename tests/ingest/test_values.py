import datetime

import numpy as np
import pytest

from lib.ingest import cells, levels, values
from lib.ingest.cells import Cells
from lib.ingest.dates import day_orders, read_date
from lib.ingest.levels import read_level
from lib.ingest.numbers import codes_in, read_number
from lib.schema import COLUMNS, TABLES, Column

PLAIN = Column("x", "x", "number")


def number(cell, column=PLAIN, unit=""):
    return read_number(column, unit)(cells.text_of(cell), cell)


def date(cell, first=None):
    read = read_date(first)(cells.text_of(cell), cell)
    return None if read.value is None else str(read.value)[:10]


def level(text, column="response_6m"):
    return read_level(COLUMNS[column], {})(cells.text_of(text), text)


@pytest.mark.cases
def test_numbers_are_read_as_people_type_them(text, value):
    read = number(text)
    assert (read.value, read.problem) == (value, None)


@pytest.mark.parametrize(
    ("text", "value"), [(">1000", 1000), ("< 0,5", 0.5), ("≥ 40 %", 40), ("~12", 12)]
)
def test_a_limit_is_read_as_its_number_with_a_note(text, value):
    read = number(text)
    assert (read.value, read.problem.code) == (value, "censored")


@pytest.mark.cases
def test_what_is_no_number_is_left_empty_and_told(text):
    read = number(text)
    assert (read.value, read.problem.code) == (None, "not-a-number")
    dated = number(datetime.date(2020, 1, 2))
    assert (dated.value, dated.problem.code) == (None, "a-date")


@pytest.mark.parametrize("text", ["н/д", "-", "—", "?", "#Н/Д", "нет данных", "N/A", "#ЗНАЧ!"])
def test_missing_words_are_missing(text):
    assert number(text).value is None
    assert number(text).problem is None


def test_a_comma_before_three_digits_is_doubted():
    read = number("1,234")
    assert (read.value, read.problem.code) == (1.234, "decimal")


@pytest.mark.cases
def test_units_of_the_header_and_of_the_cell(cell, column, unit, value):
    assert number(cell, COLUMNS[column], unit).value == pytest.approx(value)


@pytest.mark.cases
def test_what_cannot_be_is_emptied_and_what_is_unlikely_is_kept(cell, column, value, message):
    read = number(cell, COLUMNS[column])
    assert (read.value, read.problem.message) == (value, message)


@pytest.mark.cases
def test_dates_are_read_in_every_form(cell):
    assert date(cell) == "2019-03-12"


@pytest.mark.cases
def test_imprecise_dates_are_flagged(cell, day, message):
    read = read_date(None)(cells.text_of(cell), cell)
    assert (str(read.value)[:10], read.problem.message) == (day, message)


@pytest.mark.cases
def test_what_is_no_date_is_left_empty_and_told(cell):
    read = read_date(True)(cells.text_of(cell), cell)
    assert (read.value, read.problem.code) == (None, "not-a-date")


@pytest.mark.parametrize("cell", ["12.03.1019", "2190-05-06", datetime.date(1066, 10, 14)])
def test_a_date_of_no_year_that_can_be_is_left_empty_and_told(cell):
    read = read_date(True)(cells.text_of(cell), cell)
    assert (read.value, read.problem.code) == (None, "impossible-date")


def test_a_dot_puts_the_day_first_and_a_slash_asks():
    assert date("03.04.2019", first=False) == "2019-04-03"
    assert date("03/04/2019", first=True) == "2019-04-03"
    assert date("03/04/2019", first=False) == "2019-03-04"
    assert date("03/04/2019") is None
    assert date("04/04/2019") == "2019-04-04"
    assert date("13/04/2019") == date("04/13/2019") == "2019-04-13"


def test_a_date_in_the_other_order_than_its_column_is_told():
    read = read_date(True)("04/13/2019", "04/13/2019")
    assert (str(read.value)[:10], read.problem.code) == ("2019-04-13", "other-order")


@pytest.mark.parametrize(
    ("texts", "orders"),
    [
        (["03/04/2019", "13/04/2019"], {True}),
        (["03/04/2019", "04/13/2019"], {False}),
        (["03/04/2019"], set()),
        (["31.12.2019"], set()),
        (["13/04/2019", "14/04/2019", "04/13/2019"], {True, False}),
    ],
)
def test_the_order_of_a_column_is_told_by_its_days_beyond_twelve(texts, orders):
    assert day_orders(texts) == orders


@pytest.mark.cases
def test_responses_are_read_in_both_languages(text, code):
    assert level(text)[:2] == (code, None)


@pytest.mark.parametrize("text", ["ПР", "пр.", "+", "-", "положительная динамика", "MR"])
def test_ambiguous_responses_are_left_empty_and_asked(text):
    read = level(text)
    assert (read.value, read.problem.code) == (None, "levels-ask-empty")


@pytest.mark.parametrize(
    ("text", "code"), [("СR", "CR"), ("РD", "PD"), ("РR", "PR"), ("ЅD", None), ("СТ", "SD")]
)
def test_letters_that_look_alike_are_folded_only_to_a_known_code(text, code):
    assert level(text).value == code


def test_a_scan_is_not_taken_for_stable_disease():
    assert level("CT").value is None


@pytest.mark.cases
def test_modalities_are_read_in_any_order(text, code):
    assert level(text, "modality").value == code


@pytest.mark.parametrize(("text", "code"), [("TACE?", "own-level"), ("both", "levels-ask-kept")])
def test_an_unknown_or_ambiguous_modality_is_kept_as_it_is(text, code):
    read = level(text, "modality")
    assert (read.value, read.problem.code) == (text, code)


@pytest.mark.cases
def test_a_remark_after_a_response_is_noted(text, code):
    read = level(text)
    assert (read.value, read.problem.code) == (code, "leading")


@pytest.mark.parametrize("text", ["PD?", "нет прогрессирования", "не PD"])
def test_doubt_and_negation_are_never_read_as_the_word_beside_them(text):
    assert level(text).value is None


def test_death_among_responses_is_progression_to_be_checked():
    read = level("умер")
    assert (read.value, read.problem.code) == ("PD", "death-as-pd")


@pytest.mark.parametrize(
    ("text", "code"), [("жив", "alive"), ("Умерла", "dead"), ("†", "dead"), ("выбыл", "lost")]
)
def test_vital_status(text, code):
    assert level(text, "vital_status").value == code


@pytest.mark.parametrize("text", ["0", "1", "2", "да", "+"])
def test_a_coded_vital_status_is_asked(text):
    assert level(text, "vital_status").problem.code == "levels-ask-empty"


@pytest.mark.cases
def test_flags_and_genes(column, text, code):
    assert level(text, column).value == code


def test_a_fields_own_levels_come_before_the_missing_words():
    assert level("нет данных", "ras").value == "unknown"
    assert level("нет данных", "sex").value is None


def test_cells_are_read_once_for_each_value_that_differs():
    cells = Cells.of(["a", "a ", "", " ", "b", "a\u00a0", True, 5.0])
    assert cells.texts == ["a", "b", "TRUE", "5"]
    assert cells.codes.tolist() == [0, 0, -1, -1, 1, 0, 2, 3]
    kept = cells.take(np.array([False, True, True, False, True, False, False, False]))
    assert (kept.texts, kept.codes.tolist()) == (["a", "b"], [0, -1, 1])


def test_every_word_of_the_schema_is_read_as_its_level():
    for table in TABLES.values():
        for column in table.values():
            for each in column.levels:
                assert read_level(column, {})(each.code, each.code).value == each.code


@pytest.mark.cases
@pytest.mark.parametrize("column", ["cea_baseline", "death_date", "comment", "sex"])
def test_what_says_that_nothing_is_known_is_missing_in_every_kind_of_column(text, column):
    read = values.reader_of(COLUMNS[column], "", None, {})(text, text)
    assert read.value is None
    assert read.problem is None or read.problem.code == "no-value"


@pytest.mark.cases
def test_a_modality_is_not_read_by_its_first_word_alone(text, code):
    assert level(text, "modality")[0] == code


@pytest.mark.parametrize("text", ["TACE DEBIRI", "ХИПА (планировалась ХЭПА)", "HAI (TACE failed)"])
def test_a_modality_with_another_behind_it_is_asked(text):
    read = level(text, "modality")
    assert (read.value, read.problem.code) == (text, "own-level")


@pytest.mark.parametrize("text", ["SD (КТ), затем PD", "SD; PD", "PR (SD по мнению хирурга)"])
def test_a_response_with_another_behind_it_is_asked(text):
    read = level(text)
    assert (read.value, read.problem.code) == (None, "not-a-level")


@pytest.mark.cases
def test_a_remark_behind_a_level(text, column, code):
    assert level(text, column)[0] == code


@pytest.mark.parametrize("dash", ["-", "—", "–", "−"])
def test_any_dash_asks_where_one_does(dash):
    assert level(dash)[1].code == "levels-ask-empty"
    assert level(dash, "vital_status")[1].code == "levels-ask-empty"
    assert number(dash).value is None


@pytest.mark.cases
def test_what_an_export_added_and_nobody_sees_is_dropped(cell, text):
    assert cells.text_of(cell) == text


@pytest.mark.cases
def test_words_of_both_languages_mean_their_level(text, column, code):
    assert level(text, column).value == code


@pytest.mark.cases
def test_words_that_may_mean_two_levels_are_asked(text, column):
    assert level(text, column).problem.code in (
        "levels-ask-empty",
        "levels-ask-kept",
    )


@pytest.mark.cases
def test_of_an_arm_and_its_own_kind_in_brackets_the_narrower_is_meant(text, level):
    assert levels.leading(levels.known_words(COLUMNS["modality"]), text)[0] == level


@pytest.mark.cases
def test_a_code_for_unknown_recurs_and_lies_apart_from_all_others(cells, codes):
    found = codes_in(Cells.of(cells))
    assert (list(found.texts) if found else None) == codes
