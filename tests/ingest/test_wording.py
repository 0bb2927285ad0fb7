"""A header as words: what it is about, its unit, its legend, and what its codes mean."""

import pytest

from lib.ingest import headers, propose
from lib.ingest.cells import Cells
from lib.ingest.evidence import is_event, nature
from lib.ingest.headers import recognise
from lib.ingest.legends import coding
from lib.ingest.opening import open_file
from lib.ingest.wording import meanings, wording
from lib.schema import COLUMNS
from tests.ingest.conftest import as_csv


@pytest.mark.parametrize(
    ("text", "base", "legend", "unit"),
    [
        ("OStime_day", "os time", "", "days"),
        ("PatientID", "patient id", "", ""),
        ("Статус (жив/умер)", "статус", "жив/умер", ""),
        ("Days from first treatment to death", "days from first treatment to death", "", "days"),
        ("ОВ, мес", "ов", "", "months"),
        ("Ответ через год", "ответ через год", "", ""),
        ("Response after one year", "response after one year", "", ""),
        ("Жив ли пациент на 01.03.2025", "жив ли пациент на", "", ""),
        ("Liver lesions (n)", "liver lesions number", "", ""),
        ("КТ: ПО/ЧО/Ст/Пр", "кт", "ПО/ЧО/Ст/Пр", ""),
    ],
)
def test_a_header_is_cut_into_words_legend_and_unit(text, base, legend, unit):
    said = wording(text)
    assert (said.base, said.legend, said.unit) == (base, legend, unit)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Когда была выполнена первая внутриартериальная процедура?", "first_procedure_date"),
        ("Has the patient died?", "os_event"),
        ("Жив ли пациент на эту дату?", "vital_status"),
        ("Months from first treatment to death or last visit", "os_months"),
        ("Время до прогрессирования или смерти (мес)", "pfs_months"),
        ("Дата смерти, а если жив – дата последнего контакта", "last_contact_date"),
        ("Sex at birth", "sex"),
        ("Previous hepatectomy", "prior_liver_surgery"),
        ("Характер метастазов (синхронные, метахронные)", "synchronous"),
    ],
)
def test_what_a_header_says_most_of_all_is_its_field(text, field):
    assert meanings(text)[0].field == field


def coded(header, column, cells):
    return dict(coding(header, COLUMNS[column], Cells.of(cells)))


@pytest.mark.parametrize("sign", ["-", "–", "—", "=", ":", " - "])
def test_a_legend_gives_each_code_its_own_word_whatever_stands_between(sign):
    header = f"Ответ (1{sign}ПО, 2{sign}ЧО, 3{sign}стабилизация, 4{sign}прогрессирование)"
    assert coded(header, "best_response", list("1234")) == dict(
        zip("1234", ("CR", "PR", "SD", "PD"), strict=True)
    )
    assert coded(f"Пол: 1{sign}муж., 2{sign}жен.", "sex", ["1", "2"]) == {"1": "M", "2": "F"}
    turned = f"Статус (жив{sign}0, умер{sign}1)"
    assert coded(turned, "vital_status", ["0", "1"]) == {"0": "alive", "1": "dead"}


def test_one_code_alone_is_an_event_and_never_keeps_a_time_from_being_one():
    ones = Cells.of(["1"] * 8)
    assert nature(ones) == "event"
    assert not is_event(ones)
    rows = [["patient_id", "OS, months", "Progression or death (1=yes, 0=no)", "PFS, months"]]
    rows += [[f"P{n}", "1", "1", n + 2.5] for n in range(8)]
    proposal = propose(open_file("a.csv", as_csv(rows, ";")))
    mapped = {column.header.text: column.header.column for column in proposal.columns}
    assert mapped["OS, months"] == "os_months"
    assert mapped["Progression or death (1=yes, 0=no)"] == "pfs_event"


@pytest.mark.parametrize(
    ("header", "cells", "field"),
    [
        ("SURV_STATUS", ["Alive", "Dead"] * 4, "vital_status"),
        ("Результат опроса", ["скончался", "жив"] * 4, "vital_status"),
        ("OS", ["0", "1"] * 4, "os_event"),
        ("progression", ["2020-01-02", "2021-05-06"] * 4, "progression_date"),
    ],
)
def test_cells_overrule_a_header_that_they_contradict(header, cells, field):
    rows = [["patient_id", header], *([f"P{n}", cell] for n, cell in enumerate(cells))]
    (_id, column) = propose(open_file("a.csv", as_csv(rows))).columns
    assert column.header.column == field


def test_a_header_that_surely_says_a_response_over_unknown_words_is_asked_never_silent():
    words = ["уменьшение очагов", "рост очагов", "никакой разницы", "всё исчезло"]
    rows = [["patient_id", "Лучший ответ mRECIST"], *([f"P{n}", words[n % 4]] for n in range(12))]
    (question,) = propose(open_file("a.csv", as_csv(rows))).questions
    assert (question.column, question.settled) == ("Лучший ответ mRECIST", False)
    assert question.answers[0].reading.columns[-1].column == "best_response"


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Одна или обе доли", "lobar"),
        ("Are both lobes involved?", "lobar"),
        ("От чего умер", "cause_of_death"),
        ("What did the patient die of", "cause_of_death"),
        ("How old at baseline (years)", "age"),
        ("Сколько было лет", "age"),
        ("Date patient passed away", "death_date"),
        ("Дата ухода из жизни", "death_date"),
        ("Где лечился", "centre"),
        ("Where was the patient treated", "centre"),
        ("Код (без ФИО)", "patient_id"),
        ("Шифр вместо ФИО", "patient_id"),
        ("Когда нашли метастазы в печени", "liver_mets_date"),
        ("When diagnosed", "diagnosis_date"),
        ("Сколько дней лежал в стационаре", "los_days"),
        ("Was resection possible afterwards", "resected_after"),
        ("Получал ли химию раньше", "prior_systemic"),
        ("Чем лечили потом", "subsequent_therapy"),
    ],
)
def test_a_header_that_asks_or_tells_in_words_is_understood(header, field):
    known = recognise(header, 0)
    assert field in (known.column, *known.candidates[:1])


@pytest.mark.parametrize("word", ["response", "уровень", "modality"])
def test_a_long_word_is_known_with_one_letter_otherwise_and_not_with_two(word):
    index = headers._index("patients")
    last = len(word) - 1
    once = {word[:at] + "щ" + word[at + 1 :] for at in range(len(word))}
    once |= {word[:at] + "щ" + word[at:] for at in range(len(word) + 1)}
    once |= {word[:at] + word[at + 1 :] for at in range(len(word)) if len(word) > headers._LONG}
    assert [each for each in once if word not in headers._misspelt(each, index)] == []
    twice = {"щ" + word[1:last] + "щ", word[1] + word[0] + word[2:], "щщ" + word, word}
    assert [each for each in twice if word in headers._misspelt(each, index)] == []
