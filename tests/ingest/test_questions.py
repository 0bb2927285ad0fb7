"""What only the visitor knows: units, the order of day and month; asked, answered and kept."""

import random

import pandas as pd
import pytest
from hypothesis import settings

from lib import ingest
from lib.ingest import read_cohort
from lib.plan import Plan, Reading, dumps, loads
from tests.ingest.conftest import as_book, as_csv

START = ["patient_id", "modality", "first_procedure_date"]


def table(header, cells):
    rows = [[f"P{i}", ("HAI", "TACE")[i % 2], f"{i + 1:02d}.03.2019"] for i in range(len(cells))]
    return [[*START, header], *([*row, cell] for row, cell in zip(rows, cells, strict=True))]


def proposed(rows, reading=None):
    return ingest.propose(ingest.open_file("a.csv", as_csv(rows, ";")), reading)


def read(rows, reading=None):
    return read_cohort("a.csv", as_csv(rows, ";"), reading)


def answer(question, **values):
    return next(
        each.reading
        for each in question.answers
        if all(dict(each.values).get(name) == value for name, value in values.items())
    )


def units(question):
    return [dict(each.values).get("unit") for each in question.answers]


# Units ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["answer", "select"])
def test_a_column_that_was_chosen_is_asked_for_its_unit(way):
    rows = table("Размер", ["3,5", "4", "2,5", "6"])
    proposal = proposed(rows)
    (asked,) = [each for each in proposal.questions if each.kind == "column"]
    if way == "answer":
        chosen = asked.answers[0].reading
    else:
        chosen = proposal.mapped(proposal.columns[-1], "largest_lesion_mm")
    (question,) = proposed(rows, chosen).questions
    assert (question.kind, units(question)) == ("unit", ["cm", "mm"])
    half = read(rows, chosen)
    assert not {"largest_lesion_mm", "baseline_sld_mm"} & set(half.patients)
    field = half.reading.columns[-1].column
    done = read(rows, answer(question, unit="cm"))
    assert done.patients[field].tolist() == [35, 40, 25, 60]
    assert proposed(rows, done.reading).questions == ()
    again = read(rows, loads(dumps(Plan(reading=done.reading))).reading)
    assert again.patients[field].tolist() == [35, 40, 25, 60]


def test_the_choice_is_kept_in_the_plan_while_its_unit_is_asked():
    rows = table("Размер", ["3", "5", "2", "4"])
    proposal = proposed(rows)
    chosen = proposal.mapped(proposal.columns[-1], "largest_lesion_mm")
    kept = read(rows, chosen).reading
    assert [question.kind for question in proposed(rows, kept).questions] == ["unit"]
    own = answer(proposed(rows, kept).questions[0], unit="mm")
    assert read(rows, own).patients["largest_lesion_mm"].tolist() == [3, 5, 2, 4]
    assert proposed(rows, read(rows, own).reading).questions == ()


@pytest.mark.cases
@pytest.mark.parametrize("header", ["Размер наибольшего очага", "Исходная сумма"])
def test_small_sizes_without_a_unit_are_asked_the_likelier_first(header, cells, first):
    (question,) = proposed(table(header, cells)).questions
    assert (question.kind, units(question)[0]) == ("unit", first)
    assert dict(question.values)["samples"].startswith(cells[0])


@pytest.mark.parametrize(
    "cells", [["35", "50", "22", "41"], ["8", "12", "60", "9"], ["3 cm", "5 cm", "4 cm", "35 mm"]]
)
def test_sizes_that_decide_by_themselves_are_not_asked(cells):
    assert proposed(table("Размер наибольшего очага", cells)).questions == ()


@pytest.mark.cases
def test_numbers_that_hardly_fit_their_unit_are_asked(header, cells, first):
    (question,) = proposed(table(header, cells)).questions
    assert (question.kind, units(question)[0]) == ("unit", first)


def test_survival_may_be_in_months_or_per_cent_and_is_asked_twice():
    rows = table("выживаемость", ["62", "80", "55", "71"])
    (what,) = proposed(rows).questions
    chosen = answer(what, field="Overall survival")
    (question,) = proposed(rows, chosen).questions
    assert question.kind == "unit"
    assert units(question) == ["months", "days", "weeks", "years", None]
    assert "os_months" not in read(rows, chosen).patients
    assert "os_months" in read(rows, answer(question, unit="months")).patients
    assert "выживаемость" in read(rows, question.answers[-1].reading).patients
    assert proposed(rows, question.answers[-1].reading).questions == ()


@pytest.mark.parametrize("header", ["Выживаемость, %", "Общая выживаемость (%)", "ОВ, %"])
def test_per_cent_is_never_read_as_months(header):
    rows = table(header, ["62", "80", "55", "71"])
    proposal = proposed(rows)
    for chosen in (None, proposal.mapped(proposal.columns[-1], "os_months")):
        assert "os_months" not in read(rows, chosen).patients
    (question,) = proposed(rows, chosen).questions
    assert question.kind == "unit"
    assert units(question)[0] is None
    assert header in read(rows, question.answers[0].reading).patients


def test_cells_in_per_cent_are_never_months(told):
    found = read(table("ОВ", ["62%", "80 %", "12", "24"]))
    assert "os_months" not in found.patients or found.patients["os_months"].isna().sum() == 2


def test_a_size_of_another_table_is_asked_for_its_unit():
    visits = [["patient_id", "assessment_date", "Сумма диаметров"]]
    visits += [[f"P{i}", f"0{i + 1}.06.2019", size] for i, size in enumerate(("5,5", "7", "6,1"))]
    book = as_book({"patients": table("Пол", ["м", "ж", "м"]), "assessments": visits})
    file = ingest.open_file("a.xlsx", book)
    (question,) = [each for each in ingest.propose(file).questions if not each.settled]
    assert (question.kind, units(question)) == ("unit", ["cm", "mm"])
    read_so = ingest.read(file, question.answers[0].reading)
    assert read_so.tables["assessments"]["sld_mm"].tolist() == [55, 70, 61]
    assert ingest.read(file, read_so.reading).tables["assessments"]["sld_mm"].tolist() == [
        55,
        70,
        61,
    ]


# The order of day and month -------------------------------------------------------------------


def seen(cells):
    return table("Дата последнего контакта", cells)


def days(cohort):
    return [str(day)[:10] for day in cohort.patients["last_contact_date"]]


def test_dates_in_both_orders_are_read_where_certain_and_asked_where_not(told):
    rows = seen(["03/04/2020", "25/04/2020", "04/25/2020", "05/06/2020"])
    cohort = read(rows)
    assert days(cohort) == ["NaT", "2020-04-25", "2020-04-25", "NaT"]
    lines = [line for line in told(cohort) if line.startswith("Дата")]
    assert len(lines) == 3
    assert "'03/04/2020' may be 2020-04-03 or 2020-03-04" in lines[0]
    assert [f.rows for f in cohort.findings if f.code == "two-orders"] == [(3, 4)]
    (question,) = proposed(rows).questions
    assert (question.kind, dict(question.values)["examples"]) == (
        "day order",
        "03/04/2020, 05/06/2020",
    )
    by_day, by_month = (read(rows, each.reading) for each in question.answers)
    assert days(by_day) == ["2020-04-03", "2020-04-25", "2020-04-25", "2020-06-05"]
    assert days(by_month) == ["2020-03-04", "2020-04-25", "2020-04-25", "2020-05-06"]
    assert any("another order than its column" in line for line in told(by_day))


def test_a_majority_does_not_decide_for_a_column_with_both_orders():
    rows = seen(["03/04/2020", "25/04/2020", "26/04/2020", "04/25/2020"])
    assert days(read(rows))[0] == "NaT"


def test_what_a_column_proves_of_itself_is_not_changed_by_what_is_said_of_another():
    rows = seen(["03/04/2020", "04/25/2020", "", ""])
    rows[0][2] = "Дата выявления метастазов"
    for row, day in zip(
        rows[1:], ["01/02/2018", "03/02/2018", "13/02/2018", "02/13/2018"], strict=True
    ):
        row[2] = day
    (question,) = proposed(rows).questions
    by_day = read(rows, question.answers[0].reading)
    assert days(by_day)[0] == "2020-03-04"
    assert by_day.patients["liver_mets_date"][0] == pd.Timestamp("2018-02-01")


def test_the_order_is_asked_for_the_dates_of_another_table():
    visits = [["patient_id", "assessment_date", "response_recorded"]]
    visits += [["P0", "03/04/2019", "SD"], ["P1", "05/06/2019", "PD"]]
    book = as_book({"patients": table("Пол", ["м", "ж"]), "assessments": visits})
    file = ingest.open_file("a.xlsx", book)
    (question,) = ingest.propose(file).questions
    assert question.kind == "day order"
    found = ingest.read(file, question.answers[1].reading).tables["assessments"]
    assert found["assessment_date"][0] == pd.Timestamp("2019-03-04")
    assert ingest.read(file, Reading()).tables["assessments"]["assessment_date"].isna().all()


# What a column means --------------------------------------------------------------------------


def test_a_column_that_does_not_fit_is_asked_with_the_cells_that_do_not(told):
    rows = table("РЭА", ["норма", "5", "норма", "повышен", "7,5"])
    (question,) = proposed(rows).questions
    assert (question.kind, dict(question.values)["samples"]) == ("column", "норма, повышен")
    assert any("cells such as норма, повышен do not fit" in line for line in told(read(rows)))


def test_a_header_with_several_meanings_is_asked_with_samples():
    (question,) = proposed(table("Исход", ["1", "2", "3", "1"])).questions
    assert dict(question.values)["samples"] == "1, 2, 3"


def lesions(header, cells):
    rows = [["patient_id", "lesion_id", "organ", "assessment_date", header]]
    rows += [["P0", f"L{i}", "liver", "01.02.2020", cell] for i, cell in enumerate(cells)]
    return as_book({"patients": table("Пол", ["м", "ж"]), "lesions": rows})


@pytest.mark.parametrize("header", ["диаметр, см", "Diameter (cm)"])
def test_diameters_of_lesions_are_kept_in_millimetres(header):
    cells = ["3,5", "<0,5", "too small", "12 мм", "2 см"]
    cohort = read_cohort("a.xlsx", lesions(header, cells))
    found = cohort.tables["lesions"]["diameter_mm"].tolist()
    assert found == ["35", "<5", "too small", "12 мм", "20"]


def test_diameters_of_lesions_without_a_unit_are_asked():
    file = ingest.open_file("a.xlsx", lesions("Диаметр", ["3,5", "2", "4,1", "too small"]))
    (question,) = [q for q in ingest.propose(file).questions if not q.settled]
    assert (question.kind, units(question)) == ("unit", ["cm", "mm"])
    found = ingest.read(file, question.answers[0].reading).tables["lesions"]
    assert found["diameter_mm"].tolist() == ["35", "20", "41", "too small"]
    large = ingest.open_file("a.xlsx", lesions("Диаметр", ["35", "20", "41", "too small"]))
    assert ingest.propose(large).questions == ()


@pytest.mark.cases
def test_a_size_in_another_unit_than_its_column_is_told(header, cells, message):
    told = [f for f in read(table(header, cells)).findings if message in f.message]
    assert [(f.column, f.rows, f.sets_aside) for f in told] == [(header, (4,), ())]


@pytest.mark.cases
def test_a_comma_before_three_digits_follows_its_column_and_is_told(cells, read_as, word, told):
    cohort = read(table("РЭА", cells))
    assert cohort.patients["cea_baseline"][0] == read_as
    assert [line for line in told(cohort) if word in line and line.endswith("[2]")]


def test_numbers_of_a_workbook_do_not_tell_how_texts_are_typed():
    rows = table("РЭА", ["1,200", 3.5, 7.25, 12])
    cohort = read_cohort("a.xlsx", as_book({"a": rows}))
    assert cohort.patients["cea_baseline"].tolist() == [1.2, 3.5, 7.25, 12]


NASTY = [
    ["id", "Статус", "Дата", "Дата операции", "Размер", "Ответ", "выживаемость", "статус X",
     "X, мес", "Смерть"],
    ["1", "0", "03/04/2019", "13/04/2019", "3,5", "SD", "62", "а", "1", "1"],
    ["2", "1", "05/06/2019", "04/13/2019", "4", "ПР", "70%", "б", "2", ""],
    ["3", "2", "05/06/2019", "04/05/2019", "2", "ПР", "-", "в", "2", ""],
]  # fmt: skip


@pytest.mark.parametrize("seed", range(settings().max_examples // 5))
def test_any_answers_come_to_an_end_and_are_kept(seed):
    """A question that was answered is not asked again, unless another answer took its column."""
    chance = random.Random(seed)
    file = ingest.open_file("a.csv", as_csv(NASTY, ";"))
    reading, answered = Reading(), set()
    for _ in range(40):
        cohort = ingest.read(file, reading)
        assert ingest.read(file, cohort.reading).patients.equals(cohort.patients)
        assert loads(dumps(Plan(reading=reading))).reading == reading
        asked = [q for q in ingest.propose(file, reading).questions if not q.settled]
        if not asked:
            return
        question = chance.choice(asked)
        assert question.kind == "column" or question.values not in answered
        answered.add(question.values)
        reading = chance.choice(question.answers).reading
    pytest.fail("the questions do not end")


@pytest.mark.parametrize("header", ["OS.time", "survival time", "время жизни"])
def test_a_time_known_by_its_words_is_asked_for_its_unit_where_numbers_leave_a_doubt(header):
    rows = table(header, ["371", "428", "485", "542", "884", "656"])
    rows = [[*row, cell] for row, cell in zip(rows, ["умер", *"101101"], strict=True)]
    (question,) = [each for each in proposed(rows).questions if each.kind == "unit"]
    assert units(question)[0] == "days"
    assert "os_months" not in read(rows).patients


# The likeliest first --------------------------------------------------------------------------


def asked(rows, kind="need"):
    return [each for each in proposed(rows).questions if each.kind == kind and not each.settled]


def offered(question):
    return [dict(each.values).get("column") for each in question.answers if each.values]


def dated(headers, patients=12):
    """A table without a word for its dates: of the last visit, of birth of none, of the start."""
    days = [
        [f"0{1 + n % 9}.{6 + n % 6:02d}.2021", f"1{n % 9}.0{1 + n % 5}.2019"]
        for n in range(patients)
    ]
    return [
        headers,
        *(
            [f"P{n}", str(40 + 2 * n), ("HAI", "TACE")[n % 2], *days[n], ("dead", "alive")[n % 2]]
            for n in range(patients)
        ),
    ]


@pytest.mark.parametrize("names", [("y", "z"), ("когда II", "когда I")])
def test_of_dates_without_a_word_the_earliest_is_the_likeliest_start(names):
    rows = dated(["id", "x", "arm", *names, "status"])
    (question,) = asked(rows)
    assert offered(question) == [names[1], names[0]]  # and no ages for times, while dates are left


def test_no_column_that_another_question_asks_of_is_offered_for_an_event():
    cells = ["CR", "PR", "SD", "PD"] * 3
    rows = [
        ["id", "arm", "Objective effect seen", "PFS months", "Alive today?"],
        *(
            [f"P{n}", ("HAI", "TACE")[n % 2], each, str(3 + n), ("yes", "no")[n % 2]]
            for n, each in enumerate(cells)
        ),
    ]
    elsewhere = {dict(each.values)["column"] for each in asked(rows, "column")}
    assert elsewhere
    assert not elsewhere & {name for each in asked(rows) for name in offered(each)}
