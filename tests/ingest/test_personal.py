"""Columns that are personal by their cells: dropped and told, kept with one click, never asked."""

import pickle

import pytest

from lib import ingest, text
from lib.ingest import personal
from lib.ingest.cells import Cells
from lib.ingest.remarks import without_people
from tests.ingest.conftest import as_book, as_csv

N = 24
GIVEN = [
    "John",
    "Mary",
    "Peter",
    "Anna",
    "Paul",
    "Jane",
    "Mark",
    "Lucy",
    "Adam",
    "Ruth",
    "Carl",
    "Eva",
]
LAST = ["Smith", "Johnson", "Brown", "Jones", "Miller", "Davis", "Wilson", "Taylor", "Moore", "Lee",
        "Walker", "Okafor"]  # fmt: skip
RUSSIAN = ["Иванов", "Петрова", "Сидоренко", "Ким", "Цой", "Коваль", "Мельник", "Гусь", "Абдуллаев",
           "Гончар", "Шевчук", "Заяц"]  # fmt: skip
IMIONA = [
    "Иван",
    "Анна",
    "Пётр",
    "Ольга",
    "Юрий",
    "Нина",
    "Олег",
    "Вера",
    "Глеб",
    "Инна",
    "Яков",
    "Зоя",
]
"""Given names in Russian."""


def people(pattern, n=N):
    """Texts of so many people, no two alike."""
    return [
        pattern(
            GIVEN[i % 12], LAST[(i + i // 12) % 12], RUSSIAN[(i + i // 12) % 12], IMIONA[i % 12], i
        )
        for i in range(n)
    ]


PERSONAL = {
    "given and surname": people(lambda g, s, f, o, i: f"{g} {s}"),
    "surname and given": people(lambda g, s, f, o, i: f"{s} {g}"),
    "surname, comma, capitals": people(lambda g, s, f, o, i: f"{s.upper()}, {g.upper()}"),
    "surname and initial": people(lambda g, s, f, o, i: f"{s} {g[0]}"),
    "middle initial": people(lambda g, s, f, o, i: f"{g} {'ABC'[i % 3]}. {s}"),
    "Russian surname and initial": people(lambda g, s, f, o, i: f"{f} {o[0]}"),
    "Russian surname and given": people(lambda g, s, f, o, i: f"{f} {o}"),
    "with kinship": people(lambda g, s, f, o, i: f"{f} {o} ({['жена', 'муж'][i % 2]})"),
    "bare surnames": LAST,
    "bare Russian surnames": RUSSIAN,
    "with an age": people(lambda g, s, f, o, i: f"{f} {o[0]}., {48 + i} лет"),
    "surname with an age": [f"{f}, {48 + i} лет" for i, f in enumerate(RUSSIAN)],
    "foreign names": ["Nguyen Thi", "García Pérez", "Müller Jürgen", "O'Brien Seán",
                      "van der Berg Jan",
                      "Kowalska Łucja", "Yılmaz Ayşe", "Silva Costa", "Rossi Bianchi",
                      "Dubois Petit", "Novák Dvořák", "Hansen Olsen"],
    "mail": [f"{s.lower()}{i}@mail.example" for i, s in enumerate(LAST)],
    "telephone": [f"+7 903 555-{i:02d}-{i + 10}" for i in range(N)],
    "American telephone": [f"(212) 555-01{i:02d}" for i in range(N)],
    "dashed telephone": [f"212-555-01{i:02d}" for i in range(N)],
    "British telephone": [f"020 7946 0{i:03d}" for i in range(N)],
    "local telephone": [f"555-{i:02d}-{i + 10}" for i in range(N)],
    "telephone as a number": [f"8903555{i:02d}{i + 10}" for i in range(N)],
    "insurance number": [f"112233445{i:02d}" for i in range(N)],
    "dashed insurance number": [f"112-233-4{i:02d} 95" for i in range(N)],
    "policy": [f"77000000000001{i:02d}" for i in range(N)],
    "passport": [f"45 10 1234{i:02d}" for i in range(N)],
    "social security": [f"943 476 59{i:02d}" for i in range(N)],
    "record": [f"H00{i:02d}81234" for i in range(N)],
    "record of digits": [f"{10 + i}812345" for i in range(N)],
    "Russian address": [f"г. Саратов, ул. Ленина, д. {i}, кв. {i + 3}" for i in range(N)],
    "address": [f"{i} High Street, Oxford" for i in range(N)],
    "street alone": [f"{s} {i + 3}-{i + 14}" for i, s in enumerate(["Ленина", "Садовая"] * 12)],
    "French number": [f"1 5{i % 10} {i % 12 + 1:02d} 75 {100 + i} 200 {10 + i}" for i in range(N)],
    "history with a letter": [f"С-{12345 + i * 7}-{18 + i % 4}" for i in range(N)],
    "postcode": [f"OX{i} 3AB" for i in range(N)],
    "birth": [f"{i + 1:02d}.03.19{40 + i % 20}" for i in range(N)],
    "birth, year first": [f"19{40 + i % 20}-03-{i + 1:02d}" for i in range(N)],
}  # fmt: skip

CLINICAL = {
    "CEA": [f"{i * 37.3 + 0.4:.1f}" for i in range(N)],
    "CEA with commas": [f"{i * 37.3 + 0.4:.1f}".replace(".", ",") for i in range(N)],
    "large CA 19-9": [f"{10_000 + i * 7919}" for i in range(N)],
    "larger AFP": [f"{1_000_000 + i * 79_190}" for i in range(N)],
    "thousands": [f"1 {200 + i} {300 + i}" for i in range(N)],
    "platelets": [f"{150_000 + i * 3_000}" for i in range(N)],
    "size": [f"{20 + i}" for i in range(N)],
    "two diameters": [f"{20 + i}x{30 + i}" for i in range(N)],
    "two diameters, spaced": [f"{20 + i} x {30 + i} mm" for i in range(N)],
    "two diameters, Russian": [f"{20 + i}х{30 + i} мм" for i in range(N)],
    "doses of three": [f"{100 + i}-{85 + i}-20" for i in range(N)],
    "range": [f"{1000 + i}-{2000 + i}" for i in range(N)],
    "ICD": [f"C{18 + i % 3}.{i % 9}" for i in range(N)],
    "ICD of one each": [f"C{18 + i}.{i % 9}" for i in range(N)],
    "day": [f"{i + 1:02d}.03.2019" for i in range(N)],
    "day with dashes": [f"{i + 1:02d}-03-2019" for i in range(N)],
    "day with strokes": [f"{i + 1:02d}/03/2019" for i in range(N)],
    "ISO day": [f"2019-03-{i + 1:02d}" for i in range(N)],
    "compact day": [f"201903{i + 1:02d}" for i in range(N)],
    "two days": [f"{i + 1:02d}.03.2019-{i + 2:02d}.04.2019" for i in range(N)],
    "two ISO days": [f"2019-03-{i + 1:02d} 2019-04-{i + 1:02d}" for i in range(N)],
    "day and time": [f"2019-03-{i + 1:02d} 10:30:00" for i in range(N)],
    "old series": [f"{i + 1:02d}.03.1986" for i in range(N)],
    "month": [f"2019-{i % 12 + 1:02d}" for i in range(N)],
    "pressure": [f"{110 + i}/{70 + i}" for i in range(N)],
    "TNM": [f"T{i % 4 + 1}N{i % 3}M{i % 2}" for i in range(N)],
    "segments": [f"S{i % 8 + 1}, S{i % 7 + 2}" for i in range(N)],
    "mutation": [f"p.G{10 + i}D" for i in range(N)],
    "gene": ["KRAS G12D", "NRAS Q61K", "BRAF V600E", "TP53 R175H", "APC R1450X", "SMAD4 R361C"] * 4,
    "response": ["Stable Disease", "Partial Response", "Progressive Disease"] * 8,
    "site": ["Left Colon", "Right Colon", "Rectum", "Sigmoid Colon"] * 6,
    "diagnosis": ["Аденокарцинома", "Рак Толстой Кишки", "Рак Прямой Кишки"] * 8,
    "stage": ["Stage I", "Stage II", "Stage III", "Stage IV"] * 6,
    "one stage each": ["Stage I", "Stage II", "Stage III", "Stage IV", "Child A", "Child B"],
    "Child-Pugh": ["Child-Pugh A", "Child-Pugh B"] * 12,
    "drug": ["Oxaliplatin", "Mitomycin C", "Irinotecan", "Doxorubicin"] * 6,
    "Russian drug": ["Оксалиплатин", "Митомицин С", "Иринотекан", "Доксорубицин"] * 6,
    "regimen": [f"FOLFOX{i % 7}" for i in range(N)],
    "event": ["Nausea", "Pain", "Fever", "Anaemia", "Fatigue", "Ascites", "Bleeding", "Abscess",
              "Rash", "Diarrhoea", "Vomiting", "Jaundice"],
    "Russian event": ["Тошнота", "Боль", "Лихорадка", "Анемия", "Слабость", "Асцит", "Кровотечение",
                      "Абсцесс", "Сыпь", "Диарея", "Рвота", "Желтуха"],
    "comment": [f"No complaints at visit {i}, liver stable" for i in range(N)],
    "Russian comment": [f"Осмотр {i}, жалоб нет, печень без динамики" for i in range(N)],
    "few comments": ["Stable", "Died", "Lost", "Progressed"],
    "duration": [f"{i % 4 + 1} г {i % 11 + 1} мес" for i in range(N)],
    "percent": [f"{i + 40} %" for i in range(N)],
    "time of day": [f"{8 + i % 12}:{i + 10}" for i in range(N)],
    "centre": ["Saratov", "Moscow", "Kazan"] * 8,
    "sample code": [f"PT-{i:03d}" for i in range(N)],
    "year": [f"{1995 + i}" for i in range(N)],
    "days": [f"{100 + i * 17}" for i in range(N)],
    "surgeon's letter": list("ABCD") * 6,
}  # fmt: skip


def table(cells, header="Column X"):
    head = ["patient_id", header, "modality", "os_months", "os_event"]
    rows = [
        [f"P{i}", cell, ("HAI", "TACE")[i % 2], str(i + 1), str(i % 2)]
        for i, cell in enumerate(cells)
    ]
    return as_csv([head, *rows], ";")


@pytest.mark.parametrize("kind", PERSONAL)
def test_a_personal_column_is_dropped_told_and_kept_by_one_click(kind):
    cells = PERSONAL[kind]
    file = ingest.open_file("a.csv", table(cells))
    proposal = ingest.propose(file)
    cohort = ingest.read(file)
    (column,) = [each for each in proposal.columns if each.header.text == "Column X"]
    assert column.header.reason == "names"
    assert "Column X" not in cohort.patients
    assert [f.column for f in cohort.findings if f.code == "names"] == ["Column X"]
    said = "\n".join(map(text.finding, cohort.findings))
    of_columns = [(each.samples, each.values, each.picture) for each in proposal.columns]
    shown = f"{said}{cohort.reading}{of_columns}{proposal.questions}{proposal.first_rows}"
    assert not [cell for cell in cells if cell in shown]
    assert not [each for each in proposal.questions if each.column == "Column X"]
    kept = ingest.read(file, proposal.mapped(column, ""))
    again = ingest.read_cohort("a.csv", table(cells), kept.reading)
    assert again.patients["Column X"].equals(kept.patients["Column X"])


@pytest.mark.parametrize("kind", CLINICAL)
def test_a_column_of_the_clinic_is_carried_along(kind):
    cohort = ingest.read_cohort("a.csv", table(CLINICAL[kind]))
    assert [f.column for f in cohort.findings if f.code == "names"] == []
    assert "Column X" in cohort.patients


NAMED = {
    "Radiologist": ["Henderson", "Blake", "O’Connor"] * 8,
    "Performed by": ["Whitaker", "Yardley"] * 12,
    "Interventional radiologist": ["Henderson", "Blake", "O’Connor"] * 8,
    "Анестезиолог": ["Грач", "Ёлкин", "Дуб"] * 8,
    "Заполнил": ["Грач", "Ёлкин"] * 12,
    "Chart #": [f"{3000 + 37 * i}" for i in range(N)],
    "Archive no": [f"A-{3000 + 37 * i}" for i in range(N)],
    "Шифр карты": [f"{3000 + 37 * i}" for i in range(N)],
    "who": people(lambda g, s, f, o, i: f"{g[0]} {s}"),
    "Stage": people(lambda g, s, f, o, i: f"{g[0]}. {s}"),
}
"""Who treated, numbers of records, and people under a header of the clinic."""
NOT_NAMED = {
    "Radiologist response": ["Partial response", "Stable disease"] * 12,
    "Operator": ["A", "B", "C"] * 8,
    "Surgeon present": ["yes", "no"] * 12,
    "Consultant": ["1", "2"] * 12,
    "Врач": ["да", "нет"] * 12,
    "Chart review": ["done", "open"] * 12,
    "Карта гена": ["KRAS", "NRAS"] * 12,
    "История": ["Без особенностей", "Операция в 2010 году"] * 12,
    "Registration days": [f"{10 + i}" for i in range(N)],
}


@pytest.mark.parametrize("header", NAMED)
def test_what_a_header_says_of_people_is_not_kept(header):
    cohort = ingest.read_cohort("a.csv", table(NAMED[header], header))
    assert [f.column for f in cohort.findings if f.code == "names"] == [header]
    assert not [cell for cell in NAMED[header] if cell in cohort.patients.to_csv()]


@pytest.mark.parametrize("header", NOT_NAMED)
def test_what_a_header_says_of_people_is_kept_where_no_cell_names_one(header):
    cohort = ingest.read_cohort("a.csv", table(NOT_NAMED[header], header))
    assert [f.column for f in cohort.findings if f.code == "names"] == []


def test_a_field_of_the_schema_is_never_taken_for_numbers_of_people():
    cells = [f"{10_000_000 + i * 7919}" for i in range(N)]
    cohort = ingest.read_cohort("a.csv", table(cells, "CEA"))
    assert [f.column for f in cohort.findings if f.code == "names"] == []


# Codes of patients ------------------------------------------------------------------------------


@pytest.mark.cases
def test_codes_that_hold_who_a_patient_is_become_numbers(codes, told):
    data = as_csv([["patient_id", "os_months", "os_event"], *([c, "5", "1"] for c in codes)])
    file = ingest.open_file("a.csv", data)
    assert not [code for code in codes if code in repr(file.sheets)]
    cohort = ingest.read(file)
    assert cohort.patients["patient_id"].tolist() == [str(i) for i in range(1, len(codes) + 1)]
    assert any("looked like names or numbers of people" in line for line in told(cohort))
    (asked,) = [each for each in ingest.propose(file).questions if each.code == "ask-like-people"]
    assert asked.settled
    kept = ingest.read(file, asked.answers[1].reading)
    assert kept.patients["patient_id"].tolist() == codes
    again = ingest.read_cohort("a.csv", data, kept.reading)
    assert again.digest == kept.digest
    (asked,) = [
        each
        for each in ingest.propose(file, kept.reading).questions
        if each.code == "ask-like-people"
    ]
    numbered = ingest.read(file, asked.answers[1].reading)
    assert numbered.patients.equals(cohort.patients)


def test_codes_that_look_personal_in_one_sheet_are_replaced_in_all_that_it_is_joined_with(told):
    codes = people(lambda g, s, f, o, i: f"{s[0]}{g[0]}19{40 + i}")
    head = ["patient_id", "os_months", "os_event"]
    events = [["patient_id", "term", "grade"], *([code, "Pain", 2] for code in codes[:2])]
    data = as_book({"patients": [head, *([c, 5, 1] for c in codes)], "adverse_events": events})
    file = ingest.open_file("a.xlsx", data)
    cohort = ingest.read(file)
    assert not [code for code in codes if code in f"{file.sheets}{told(cohort)}"]
    assert cohort.tables["adverse_events"]["patient_id"].tolist() == ["1", "2"]
    (asked,) = [each for each in ingest.propose(file).questions if each.code == "ask-like-people"]
    kept = ingest.read(file, asked.answers[1].reading)
    assert kept.tables["adverse_events"]["patient_id"].tolist() == codes[:2]


@pytest.mark.parametrize(
    "codes",
    [
        [f"HAI{2000 + i}" for i in range(N)],
        [f"TC-{2015 + i % 5}-{i:03d}" for i in range(N)],
        [f"{1000 + i}" for i in range(N)],
        [f"Case{i}" for i in range(N)],
        [f"Саратов-{i}" for i in range(N)],
        [f"S{i:04d}" for i in range(N)],
    ],
)
def test_codes_of_a_study_stay(codes):
    cells = Cells.of(codes)
    assert not personal.looks_like_people(cells)


# Inside a text, and in names of files -----------------------------------------------------------


@pytest.mark.cases
def test_people_in_a_text_are_replaced(words, left):
    assert without_people(words) == left


@pytest.mark.cases
def test_words_of_the_clinic_stay(words):
    assert without_people(words) == words


def test_nobody_is_named_by_the_file_or_by_a_sheet(told):
    rows = [["patient_id", "os_months", "os_event"], *([f"P{i}", str(i), "1"] for i in range(9))]
    dates = [["patient_id", "procedure_date"], *([f"P{i}", "2020-01-01"] for i in range(9))]
    data = as_book({"Иванов И.И.": rows, "Петров П.П.": rows[:1], "procedures Котов К.К.": dates})
    cohort = ingest.read_cohort("Сидоров А.Б. 2020.xlsx", data)
    said = f"{cohort.source}{cohort.reading}{cohort.findings}{told(cohort)}"
    assert not [name for name in ("Иванов", "Петров", "Котов", "Сидоров") if name in said]
    assert len(cohort.patients) == 9
    again = ingest.read_cohort("Сидоров А.Б. 2020.xlsx", data, cohort.reading)
    assert again.digest == cohort.digest


def test_a_file_that_is_handed_to_a_worker_still_gives_back_what_is_withheld():
    mails = [f"someone{n}@mail.example" for n in range(12)]
    rows = [["modality", "reach"], *([("HAI", "TACE")[n % 2], mails[n]] for n in range(12))]
    file = pickle.loads(pickle.dumps(ingest.open_file("a.csv", as_csv(rows))))
    column = ingest.propose(file).columns[-1]
    kept = ingest.read(file, ingest.propose(file).mapped(column, ""))
    assert kept.patients["reach"].tolist() == mails


@pytest.mark.parametrize("codes", [["OVR", "BOR"], ["PFS", "TTP", "BOR"], ["ОВР", "БОР"]])
def test_capitals_of_one_length_are_short_for_something(codes):
    assert not personal.looks_personal(Cells.of(codes))
