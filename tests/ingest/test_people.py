"""Who a person is: as a patient's code, in a column of its own, and inside a text."""

import time

import pytest

from lib import ingest
from lib.ingest import read_cohort
from lib.ingest.remarks import MARK, without_people
from lib.ingest.tables import PEOPLE
from tests.ingest.conftest import as_csv, as_xlsx


def table(codes, header="id"):
    return [[header, "Пол"], *([code, "мж"[i % 2]] for i, code in enumerate(codes))]


def read(rows, reading=None):
    return read_cohort("a.csv", as_csv(rows, ";"), reading)


SURNAMES = [
    ["Иванов", "Петрова", "Сидоренко", "Ким"],
    ["иванов", "петрова", "сидоров", "кузнецов"],
    ["ИВАНОВ", "ПЕТРОВА", "КИМ", "СИДОРОВ"],
    ["Иванов И", "Петрова АА", "Сидоров П.", "Ли О.О."],
    ["Иванов 1955", "Петрова 1960", "Сидоров 1949", "Кузнецова 1971"],
    ["Иванов Иван", "Петрова Анна", "Римский-Корсаков Н", "Цой Виктор"],
    ["Smith", "Jones", "Garcia", "Brown"],
    ["SMITH", "JONES", "GARCIA", "BROWN"],
    ["John Smith", "Mary Jones", "Ann Lee", "Bo Li"],
]


@pytest.mark.parametrize("codes", SURNAMES)
def test_surnames_for_codes_are_numbered(codes, told):
    rows = table(codes)
    cohort = read(rows)
    assert cohort.patients["patient_id"].tolist() == ["1", "2", "3", "4"]
    assert any("looked like names" in line for line in told(cohort))
    opened = ingest.open_file("a.csv", as_csv(rows, ";"))
    assert not [code for code in codes if code in repr(opened.sheets)]


@pytest.mark.parametrize(
    "codes",
    [
        ["A", "B", "C", "D"],
        ["a", "b", "c", "d"],
        ["HAI01", "HAI02", "TACE01", "TACE02"],
        ["P-12", "P-13", "P-14", "P-15"],
        ["А-1", "А-2", "А-3", "А-4"],
        ["Больной 1", "Больной 2", "Больной 3", "Больной 4"],
        ["Саратов-001", "Саратов-002", "Псков-001", "Псков-002"],
        ["ABC", "ABD", "XYZ", "XYW"],
        ["QWED", "RTIA", "MOSE", "BAKU"],
        ["Р1-КТ", "Р2-КТ", "Р3-МРТ", "Р4-КТ"],
        ["1", "2", "3", "4"],
    ],
)
def test_codes_stay_as_they_are(codes):
    assert read(table(codes)).patients["patient_id"].tolist() == codes


def test_a_single_name_among_codes_is_numbered_and_told(told):
    cohort = read(table(["P-1", "P-2", "Иванов И.И.", "P-4"]))
    assert "Иванов" not in repr(cohort.patients.to_dict()) + repr(cohort.findings)
    assert [line for line in told(cohort) if line.endswith("[4]")]
    assert cohort.patients["patient_id"].nunique() == 4


def test_names_that_the_visitor_maps_to_the_code_are_numbered():
    rows = table(["Иванов И.И.", "Петрова А.А.", "Сидоров С.С."], "Кто")
    file = ingest.open_file("a.csv", as_csv(rows, ";"))
    proposal = ingest.propose(file)
    cohort = ingest.read(file, proposal.mapped(proposal.columns[0], "patient_id"))
    assert cohort.patients["patient_id"].tolist() == ["1", "2", "3"]
    assert "Иванов" not in repr(cohort.findings) + repr(cohort.reading)


def test_surnames_for_codes_join_sheets():
    book = {
        "patients": table(["Иванов", "Петрова", "Сидоров"]),
        "assessments": [
            ["id", "assessment_date", "response_recorded"],
            ["Сидоров", "01.02.2020", "SD"],
        ],
    }
    cohort = read_cohort("a.xlsx", as_xlsx(book))
    assert cohort.tables["assessments"]["patient_id"].tolist() == ["3"]


def test_a_column_of_surnames_is_not_kept_by_default():
    rows = table(["P1", "P2", "P3", "P4"])
    rows = [[*row, cell] for row, cell in zip(
        rows, ["Оперировал", "Иванов", "Петров", "Сидорова", "Иванов"], strict=True)]  # fmt: skip
    assert "Оперировал" not in read(rows).patients
    drugs = ["Название", "Оксалиплатин", "Митомицин", "Доксорубицин", "Оксалиплатин"]
    rows = [[*row[:2], cell] for row, cell in zip(rows, drugs, strict=True)]
    assert read(rows).patients["Название"].tolist() == drugs[1:]


# Inside a text --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("звонить +7 (916) 123-45-67 дочери", f"звонить {MARK} дочери"),
        ("тел. 8 916 123 45 67", MARK),
        ("89161234567", MARK),
        ("phone: 020 7946 0958, alive", f"{MARK}, alive"),
        ("+44 20 7946 0958", MARK),
        ("call 555-1234", MARK),
        ("писать ivanov@mail.ru", f"писать {MARK}"),
        ("СНИЛС 112-233-445 95", MARK),
        ("полис 1234567890123456", MARK),
        ("паспорт 4010 № 123456", MARK),
        ("и/б 12345/19, SD", f"{MARK}, SD"),
        ("ИБ № 1234", MARK),
        ("оперировал Иванов И.И.", f"оперировал {MARK}"),
        ("оперировал Иванов И. И., без осложнений", f"оперировал {MARK}, без осложнений"),
        ("И.И. Петров-Водкин смотрел", f"{MARK} смотрел"),
        ("хирург Петрова А.", f"хирург {MARK}"),
        ("Иванов ИИ умер дома", f"{MARK} умер дома"),
        ("со слов Петровой Анны Ивановны", f"со слов {MARK}"),
        ("Ким Ольга Петровна", MARK),
        ("seen by Smith J.A. on Monday", f"seen by {MARK} on Monday"),
        ("J.A. Smith, seen", f"{MARK}, seen"),
        ("referred by Dr. Brown", f"referred by Dr. {MARK}"),
        ("д-р Ким", f"д-р {MARK}"),
        ("больная Петрова выписана", f"больная {MARK} выписана"),
        ("1950 г.р., гипертония", f"{MARK}, гипертония"),
        ("д.р. 01.02.1950", MARK),
    ],
)
def test_people_inside_a_text_are_replaced(text, left):
    assert without_people(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "FOLFOX, затем FOLFIRI + бевацизумаб",
        "Иринотекан 100 мг",
        "Митомицин С 10 мг",
        "Mitomycin C 10 mg",
        "Lipiodol U.F. 10 ml",
        "S5-S6 по Куино",
        "Чайлд-Пью А",
        "Чайлд-Пью А.",
        "Child-Pugh B. ECOG 1",
        "по Сельдингеру",
        "индекс Карновского 80",
        "шкала Clavien-Dindo III",
        "De Gramont",
        "RECIST v. 1.1",
        "Ответ Ч.О. по КТ",
        "Response P.R., then P.D.",
        "стадия T3 N1 M0, G2",
        "Стадия Т.Н.М.",
        "12.03.2019",
        "с 12.03.2019 по 15.04.2019",
        "2019-03-12 10:30",
        "РЭА 1234567,8 нг/мл",
        "доза 100-85-20 мг",
        "сумма 80 075 100 мм",
        "8 100 мг",
        "РНЦРХТ им. А.М. Гранова",
        "Больной выписан",
        "Пациент жив",
        "Очагов 5, Метастазов КТ нет",
        "К.У. не проводилось",
        "MR Liver, Dr-guided",
        "HAI+TACE",
        "ИБС, гипертония 2 ст.",
        "Москва",
        "G12D KRAS",
        "0.123456789012",
        "P.S. Контроль через месяц",
        "1 234 567,8",
        "2015 г. р/химиотерапия",
    ],
)
def test_drugs_eponyms_and_numbers_stay(text):
    assert without_people(text) == text


@pytest.mark.parametrize("header", ["Комментарий", "Что-то", "Препарат", "Ответ через 6 мес"])
def test_people_in_a_text_are_gone_when_the_file_is_open_and_told(header):
    cells = ["SD (тел. 8 916 123-45-67)", "SD (КТ)", "SD (Иванов И.И.)"]
    rows = [[*row, cell] for row, cell in zip(
        table(["1", "2", "3"]), [header, *cells], strict=True)]  # fmt: skip
    opened = ingest.open_file("a.csv", as_csv(rows, ";"))
    assert "Иванов" not in repr(opened.sheets)
    assert "123-45-67" not in repr(opened.sheets)
    cohort = ingest.read(opened)
    (finding,) = [f for f in cohort.findings if f.message == PEOPLE]
    assert (finding.column, finding.rows) == (header, (2, 4))
    assert "Иванов" not in repr(cohort.patients.to_dict()) + repr(cohort.findings)


def test_a_name_where_a_date_belongs_is_not_told_again():
    rows = [["id", "Дата смерти"], ["1", "01.02.2020"], ["2", "звонить Иванов И.И."]]
    cohort = read(rows)
    assert "Иванов" not in repr(cohort.findings)
    assert any(MARK in finding.value for finding in cohort.findings)


@pytest.mark.parametrize("piece", ["а", "A", "8 ", "1-", "А.", "Аб ", "Аб-", "1.1.19", "x@", "+7 "])
def test_a_cell_as_long_as_a_workbook_allows_takes_no_time(piece):
    start = time.process_time()
    without_people(piece * (32_767 // len(piece)))
    assert time.process_time() - start < 2
