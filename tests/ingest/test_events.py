"""Times and their events in any language: endpoints, statuses in words, and what they mean."""

import pytest

from lib import ingest
from lib.ingest import read_cohort
from tests.ingest.conftest import as_csv

MONTHS = ["12,5", "30", "7", "3", "9"]


def table(status, months, cells):
    rows = [["patient_id", "modality", status, months]]
    return rows + [
        [f"P{i}", ("HAI", "TACE")[i % 2], cell, MONTHS[i % len(MONTHS)]]
        for i, cell in enumerate(cells)
    ]


def proposed(rows, reading=None):
    return ingest.propose(ingest.open_file("a.csv", as_csv(rows, ";")), reading)


def read(rows, reading=None):
    return read_cohort("a.csv", as_csv(rows, ";"), reading)


@pytest.mark.cases
def test_a_status_in_any_words_and_its_months_are_an_endpoint(status, months, cells):
    cohort = read(table(status, months, cells))
    assert [each.code for each in cohort.endpoints] == ["OS", "PFS", "БРВ"]
    event = cohort.patients["брв_event"].tolist()
    assert event == ["yes", "no", "no", "yes"]
    assert cohort.time_to_event(cohort.endpoints[-1]).event.tolist() == [True, False, False, True]
    (question,) = proposed(table(status, months, cells)).questions
    values = dict(question.values)
    assert (question.kind, question.settled) == ("event", True)
    assert (values["count"], values["total"]) == (2, 4)
    turned = read(table(status, months, cells), question.answers[1].reading)
    assert turned.patients["брв_event"].tolist() == ["no", "yes", "yes", "no"]


def test_russian_endings_do_not_part_a_status_from_its_months():
    rows = table("Статус безрецидивной выживаемости", "Безрецидивная выживаемость, мес", "0110")
    cohort = read(rows)
    assert cohort.endpoints[-1].label == "Безрецидивная выживаемость"
    assert cohort.time_to_event(cohort.endpoints[-1]).event.tolist() == [False, True, True, False]
    assert read(rows, cohort.reading).endpoints == cohort.endpoints
    other = table("Статус печеночной выживаемости", "Безрецидивная выживаемость, мес", "0110")
    assert len(read(other).endpoints) == 2


def test_a_status_in_unknown_words_is_asked_with_counts():
    rows = table("статус БРВ", "БРВ, мес", ["Р", "О", "О", "О"])
    assert len(read(rows).endpoints) == 2
    (what,) = [each for each in proposed(rows).questions if not each.settled]
    assert (what.kind, what.column) == ("column", "статус БРВ")
    chosen = what.answers[0].reading
    (event,) = proposed(rows, chosen).questions
    assert (event.kind, event.settled) == ("event", False)
    assert dict(event.values) == {"value": "Р", "column": "статус БРВ", "count": 1, "total": 4}
    cohort = read(rows, event.answers[0].reading)
    assert cohort.patients["брв_event"].tolist() == ["yes", "no", "no", "no"]
    assert cohort.patients["брв_months"].tolist() == [12.5, 30, 7, 3]
    assert len(read(rows, what.answers[1].reading).endpoints) == 2


def test_a_word_among_known_ones_is_asked_with_its_count():
    rows = table("статус БРВ", "БРВ, мес", ["рецидив"] * 9 + ["нет рецидива"] * 9 + ["отказ"])
    event, value = proposed(rows).questions
    assert (event.kind, dict(event.values)["count"]) == ("event", 9)
    assert (value.kind, dict(value.values)) == (
        "value",
        {"value": "отказ", "count": 1, "column": "статус БРВ"},
    )


@pytest.mark.cases
def test_the_event_sentence_holds_for_words(header, cells, field):
    rows = table(header, "ОВ, мес" if field == "os_event" else "ВБП, мес", cells)
    assert read(rows).patients[field].tolist() == ["yes", "no", "no", "yes"]
    (question,) = proposed(rows).questions
    assert (question.kind, question.settled) == ("event", True)
    assert ("death" in question.message) == (field == "os_event")
    turned = read(rows, question.answers[1].reading).patients[field].tolist()
    assert turned == ["no", "yes", "yes", "no"]


def test_alive_does_not_say_that_nobody_progressed():
    rows = table("статус ВБП", "ВБП, мес", ["прогрессия", "нет прогрессии", "жив", "прогрессия"])
    cohort = read(rows)
    assert cohort.patients["pfs_event"].isna().tolist() == [False, False, True, False]
    assert "value" in [question.kind for question in proposed(rows).questions]


@pytest.mark.cases
def test_blank_cells_beside_nothing_but_yes_are_asked(header, cells, field, answered, told):
    rows = table(header, "ОВ, мес", cells)
    (question,) = proposed(rows).questions
    assert (question.kind, dict(question.values)["count"]) == ("blank", 2)
    assert read(rows).patients[field].isna().sum() == 2
    first, second = (each.reading for each in question.answers)
    assert read(rows, first).patients[field].tolist() == answered
    assert any("blank cells read as" in line and line.endswith("[3, 4]")
               for line in told(read(rows, first)))  # fmt: skip
    assert read(rows, second).patients[field].isna().sum() == 2
    for reading in (first, second):
        again = read(rows, read(rows, reading).reading)
        assert again.patients.equals(read(rows, reading).patients)
        assert "blank" not in [each.kind for each in proposed(rows, reading).questions]


def test_blank_cells_beside_yes_and_no_are_not_asked():
    questions = proposed(table("Смерть", "ОВ, мес", ["1", "", "0", "1"])).questions
    assert [question.kind for question in questions] == ["event"]
