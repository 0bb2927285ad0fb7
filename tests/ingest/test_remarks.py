"""People inside a text: what is replaced by a mark, and what of the clinic stays."""

import time

import pytest

from lib.ingest import personal
from lib.ingest.cells import Cells
from lib.ingest.remarks import MARK, without_people, without_people_in_name

NAMED = {
    "Mr Wilson feels well": "Wilson",
    "Пациент Петров жалоб не предъявляет": "Петров",
    "пациентка Гайдамакина отказалась": "Гайдамакина",
    "б-ной Полуэктов А, контроль": "Полуэктов",
    "больного Сафиуллина перевели": "Сафиуллина",
    "Пациентке Бикчентаевой отказано": "Бикчентаевой",
    "оперировал Белозубый": "Белозубый",
    "хирург: Абазов": "Абазов",
    "лечащий врач Каюмов Р": "Каюмов",
    "консультирован проф. Вайсом": "Вайсом",
    "со слов сына Игната": "Игната",
    "жена - Эльвира Бикчентаева": "Бикчентаева",
    "дочь Мария, тел 89031234567": "89031234567",
    "Гайдамакина Роза, отказ": "Гайдамакина",
    "осмотрена с Розой Гайдамакиной": "Гайдамакиной",
    "д-р Абазов": "Абазов",
    "доктор Вайс сообщил": "Вайс",
    "ПОЛУЭКТОВ И.С. выбыл": "ПОЛУЭКТОВ",
    "полуэктов и.с. выбыл": "полуэктов",
    "Иванов, 1950 г.р.": "Иванов",
    "Петрова умерла дома": "Петрова",
    "звонила Кузнецова": "Кузнецова",
    "patient Gallagher feels well": "Gallagher",
    "pt Mahmood refused": "Mahmood",
    "Mrs Ramanathan called": "Ramanathan",
    "wife, John Smith, present": "John Smith",
    "wife Priya informed": "Priya",
    "son (Declan) called": "Declan",
    "seen by Fitzgerald": "Fitzgerald",
    "operated by Dr Lindqvist": "Lindqvist",
    "referred by Adeyemi, stable": "Adeyemi",
    "discussed with Ms. Zielinska": "Zielinska",
    "Siobhan Gallagher feels well": "Gallagher",
    "GALLAGHER Siobhan lost": "GALLAGHER",
    "Gallagher, Siobhan: lost": "Gallagher",
    "S. Gallagher lost": "Gallagher",
    "call Matteo Ferrara": "Ferrara",
    "surgeon Llewellyn": "Llewellyn",
    "email s.g@x.example": "s.g@x.example",
    "tel 0171/1234567": "1234567",
    "phone +49 171 1234567": "1234567",
    "DOB 12.03.1951": "12.03.1951",
    "born in 1951": "1951",
    "b. 12/03/1951": "12/03/1951",
    "родился 12.03.1951": "12.03.1951",
    "1951 г.р.": "1951",
    "MRN H0012345": "0012345",
    "hospital number 123456": "123456",
    "NHS 943 476 5919": "943 476",
    "паспорт 63 10 626085": "626085",
    "карта 12345/19": "12345",
    "адрес: Энгельс, Мира 5-12": "Мира 5",
    "lives at 45 Elm Rd": "Elm Rd",
    "SSN 588-98-3477": "588-98",
    "ИНН 123456789012": "123456789012",
    "passport AB1234567": "1234567",
    "husband Tariq Mahmood 07700 900123": "900123",
    "ФИО: Рева Богдан": "Рева",
}
"""Texts, and what of each names somebody."""

CLINICAL = (
    "Patient Stable after TACE",
    "Пациент Стабилен",
    "patient Died at home",
    "Больной Отказался от лечения",
    "Гепатит В, Цирроз",
    "Child-Pugh B, ECOG 1",
    "Left Hepatic Artery coiled",
    "Right Lobe treated, Left Lobe spared",
    "Правая Печёночная артерия",
    "FOLFOX с Бевацизумабом",
    "Mitomycin C and Lipiodol",
    "seen by MDT",
    "seen by Oncology",
    "discussed with Surgery",
    "referred by GP",
    "operated by Whipple",
    "Хирург против",
    "врач КТ не видит",
    "Seldinger technique",
    "по Чайлд-Пью B",
    "Klatskin tumour",
    "Milan criteria",
    "Kaplan Meier",
    "Barcelona Clinic",
    "Couinaud segment",
    "Сегмент по Куино",
    "шкала Карновского 80",
    "Progress since March 2019",
    "12.03.2019 TACE, 15.04.2019 HAI",
    "Лекарство Нексавар",
    "Sorafenib Bayer",
    "Siemens Somatom",
    "Gelfoam Pfizer",
    "Saratov, Moscow",
    "Hospital St Mary",
    "ГКБ им. Боткина",
    "Wilson disease",
    "Hodgkin lymphoma",
    "Morrison pouch",
    "Budd-Chiari",
    "Gilbert syndrome",
    "Grade II, Stage IV",
    "KRAS Gly12Asp",
    "CEA 12, CA 19-9 120",
    "Dose 100 mg, 2400 mg",
    "Тошнота, Рвота",
    "Частичный Ответ",
    "Complete Response",
    "Stable Disease",
    "Port Infection",
    "Pain After Procedure",
    "Progressive Disease in Liver",
    "Patient choice",
    "Patient Refused",
    "сын против лечения",
    "mother died of Cancer",
    "father had Crohn disease",
    "seen by Interventional Radiology",
    "surgeon refused",
    "Пациентка выписана",
    "wife informed",
    "daughter present",
    "called Monday",
    "born with VHL",
    "Queen Elizabeth",
    "Granov Research Center, St Petersburg",
    "Subtotal Leeds",
    "Отеков нет",
    "Отеков, тромбов не выявлено",
    "Клиника Петрова",
)


def test_whoever_is_named_is_replaced():
    assert {
        text: left for text, who in NAMED.items() if who in (left := without_people(text))
    } == {}


def test_the_clinic_stays():
    assert {text: without_people(text) for text in CLINICAL if MARK in without_people(text)} == {}


@pytest.mark.parametrize("piece", ["Xx A.B. ", "dr Xx ", "van der ", "12 ", "тел 1 ", "№ 1"])
def test_a_cell_of_a_hundred_thousand_signs_takes_no_time(piece):
    start = time.process_time()
    without_people(piece * (100_000 // len(piece)))
    assert time.process_time() - start < 4


@pytest.mark.parametrize("piece", ["Xx A.B. ", "- ", "1", "1-", "+7 ", "A1", "ul. 1 ", "a.", "11."])
def test_a_column_of_long_cells_takes_no_time(piece):
    cells = Cells.of([f"{row} {piece * (100_000 // len(piece))}%" for row in range(4)])
    start = time.process_time()
    personal.holds_people(cells, False)
    personal.looks_like_people(cells)
    assert time.process_time() - start < 4


@pytest.mark.cases
def test_names_of_files_and_sheets_go_through_the_same_door(called, left):
    assert without_people_in_name(called) == left
