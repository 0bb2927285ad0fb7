"""Rows with one name that are of several patients, and what the visitor said of several rows."""

import pytest

from lib.ingest import open_file, propose, read, read_cohort
from lib.plan import MappedColumn, Reading
from tests.ingest.conftest import as_book

RU = ["ФИО", "Пол", "Возраст", "Дата первой процедуры", "Живой?", "Дата смерти"]
EN = ["Patient name", "Sex", "Age", "First procedure date", "Vital status", "Date of death"]
NAMES = ["Иванов И.И.", "Петрова А.А.", "Сидоров С.С.", "Ким А.А.", "Орлов П.П.", "Зимин Р.Р."]
ENGLISH = ["Smith, John", "Brown, Mary", "Jones, Peter", "Green, Paul", "White, Jane", "Black, Ann"]
FIRST = ["м", "61", "01.02.2015", "да", ""]


def register(twins, header=RU, names=NAMES):
    """A row for each name, and one more for each of the first, which the twins are."""
    rows = [header, *([name, *FIRST] for name in names)]
    return [*rows, *([name, *twin] for name, twin in zip(names, twins, strict=False))]


def opened(rows):
    return open_file("a.xlsx", as_book({"Лист1": rows}))


def repeats(file, reading=None):
    return [q for q in propose(file, reading).questions if q.kind == "repeated"]


@pytest.mark.cases
def test_namesakes_are_asked_and_none_is_joined_until_it_is_said(place, twin, told):
    file = opened(register([twin]))
    (question,) = repeats(file)
    assert not question.settled
    cohort = read(file)
    assert (len(cohort), cohort.tables) == (7, {})
    (line,) = (line for line in told(cohort) if "as those of one patient do not" in line)
    assert f"'{place}'" in line and line.endswith("[2, 8]")
    assert [len(read(file, answer.reading)) for answer in question.answers] == [7, 6, 6, 6]


def test_dates_of_death_tell_namesakes_apart():
    died = ["м", "61", "01.02.2015", "нет"]
    rows = [RU, *([name, *died, "01.03.2017"] for name in NAMES)]
    twin = [NAMES[1], *died[:2], "01.02.2016", "нет", "20.07.2018"]
    assert len(read(opened([*rows, twin]))) == 7
    assert len(read(opened([*rows, [*twin[:5], "02.03.2017"]]))) == 6


@pytest.mark.cases
def test_any_name_or_number_of_a_record_alone_may_be_of_several(title, names):
    rows = register([["m", "74", "01.02.2016", "alive", ""]], [title, *EN[1:]], names)
    file = opened([[cell.replace("да", "alive") for cell in row] for row in rows])
    assert len(read(file)) == 7
    assert [q.settled for q in repeats(file)] == [False]


def test_ages_from_dates_of_birth_tell_namesakes_apart():
    header = ["ФИО", "Дата рождения", "Дата первой процедуры"]
    rows = [header, *([name, "01.05.1950", "01.02.2015"] for name in NAMES)]
    assert len(read(opened([*rows, [NAMES[0], "07.09.1961", "01.02.2016"]]))) == 7
    assert len(read(opened([*rows, [NAMES[0], "01.05.1950", "01.02.2021"]]))) == 6


@pytest.mark.parametrize("age", ["61", "62", "67"])
def test_a_patient_who_grew_older_between_courses_is_one(age):
    file = opened(register([["м", age, "01.02.2021", "да", ""]]))
    assert repeats(file) == []
    cohort = read(file)
    assert (len(cohort), len(cohort.tables["procedures"])) == (6, 7)


def test_a_status_that_changes_between_the_courses_of_most_is_of_one_patient():
    file = opened(register([["м", "61", "01.02.2016", "нет", ""]] * 4))
    assert repeats(file) == []
    assert read(file).patients["vital_status"].tolist() == ["dead"] * 4 + ["alive"] * 2


def test_one_wrong_cell_among_courses_makes_no_namesakes():
    courses = [["м", "61", "01.02.2016", "да", ""]] * 5
    file = opened(register([["ж", *courses[0][1:]], *courses]))
    assert repeats(file) == []
    assert len(read(file)) == 6


def test_a_code_of_the_department_is_followed_whatever_its_rows_say():
    codes = [f"A-{n}" for n in range(1, 7)]
    twin = ["ж", "30", "01.02.2016", "нет", ""]
    assert len(read(opened(register([twin], ["Код пациента", *RU[1:]], codes)))) == 6


NUMBERED = ["ФИО", "№ истории болезни", *RU[1:]]


def whose(file):
    return [q for q in propose(file).questions if q.code == "ask-who"]


@pytest.mark.cases
def test_numbers_of_namesakes_of_another_age_or_sex_are_followed_without_a_question(twin, settled):
    rows = register([twin])
    numbered = [NUMBERED, *([row[0], f"{2100 + n}", *row[1:]] for n, row in enumerate(rows[1:]))]
    file = opened(numbered)
    (question,) = whose(file)
    assert question.settled == settled
    assert len(read(file)) == 7
    assert len(read(file, question.answers[1].reading)) in (6, 7)


# What the visitor said of several rows ----------------------------------------------------------

UNDATED = ["ФИО", "Пол", "Возраст", "начало", "Живой?", "Дата смерти"]
START = MappedColumn("начало", 3, "first_procedure_date")


@pytest.mark.parametrize(("way", "count"), [("each", 7), ("first", 6), ("last", 6), ("joined", 6)])
@pytest.mark.parametrize("age", ["61", "75"])
def test_no_other_answer_undoes_what_several_rows_are(way, count, age):
    data = as_book({"Лист1": register([["м", age, "01.02.2016", "да", ""]], UNDATED)})
    file = open_file("a.xlsx", data)
    propose(file)
    for reading in (Reading(repeated=way), Reading(columns=(START,), repeated=way)):
        propose(file, reading)
        cohort = read(file, reading)
        assert len(cohort) == count
        assert cohort.patients.equals(read_cohort("a.xlsx", data, reading).patients)
    assert ("procedures" in cohort.tables) == (way == "joined")
    years = cohort.patients["first_procedure_date"].dt.year
    assert (years == 2016).sum() == (way in ("each", "last"))


@pytest.mark.parametrize("way", ["each", "first", "last", "joined"])
def test_an_answer_about_namesakes_may_be_taken_back(way):
    file = opened(register([["м", "75", "01.02.2016", "да", ""]]))
    (question,) = repeats(file)
    answer = next(a for a in question.answers if a.reading.repeated == way)
    (again,) = repeats(file, answer.reading)
    assert again.settled and again.answers[0] == answer
    assert {a.reading.repeated for a in again.answers} == {"each", "first", "last", "joined"}


def test_rows_that_are_to_stay_apart_are_neither_visits_nor_events():
    visits = [["Код пациента", "week", "SLD"], ["A", 0, 60], ["A", 8, 50], ["B", 0, 40]]
    events = [["record_id", "redcap_event_name", "sex"], ["1", "base", "M"], ["1", "end", ""]]
    events += [["2", "base", "F"]]
    for rows in (visits, events):
        assert len(read(opened(rows))) == 2
        assert len(read(opened(rows), Reading(repeated="each"))) == 3
