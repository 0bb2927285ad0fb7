"""One mark against blanks says yes against no, once the visitor says so; until then nothing."""

import numpy as np
import pytest

from lib import ingest
from lib.followup import NO_OTHER_TIMED, NONE_READ, UNRECORDED
from lib.ingest import read_cohort
from lib.schema import ENDPOINTS
from tests.ingest.conftest import as_csv

DEAD = [True, False, True, True, False, True]


def table(header, cells, last="Last contact", start="First procedure date"):
    rows = [["patient_id", "modality", start, header, last]]
    return rows + [
        [f"P{i}", ("HAI", "TACE")[i % 2], f"{i + 1:02d}.03.2019", cell, f"{i + 13}.0{i + 4}.2020"]
        for i, cell in enumerate(cells)
    ]


def marks(mark, where=DEAD):
    return [mark if each else "" for each in where]


def proposed(rows, reading=None):
    return ingest.propose(ingest.open_file("a.csv", as_csv(rows, ";")), reading)


def read(rows, reading=None):
    return read_cohort("a.csv", as_csv(rows, ";"), reading)


def about(header, proposal):
    return [each for each in proposal.questions if each.column == header and not each.settled]


def lived(cohort, code="OS"):
    follow = cohort.time_to_event(ENDPOINTS[code])
    return follow.used.tolist(), follow.event.tolist()


@pytest.mark.parametrize("mark", ["x", "X", "+", "v", "V", "✓", "1", "да", "yes", "х"])
@pytest.mark.cases
def test_a_mark_of_death_against_blanks_is_asked_about_once(mark, header, last):
    rows = table(header, marks(mark), last)
    chosen = _mapped(rows, header, last)
    (question,) = about(header, proposed(rows, chosen))
    assert question.kind == "blank"
    done = question.answers[0].reading
    assert about(header, proposed(rows, done)) == []
    assert read(rows, done).patients["os_event"].tolist() == ["yes" if d else "no" for d in DEAD]
    assert lived(read(rows, done)) == ([True] * 6, DEAD)


def _mapped(rows, header, last):
    reading = None
    for text, field in ((header, "os_event"), (last, "last_contact_date")):
        proposal = proposed(rows, reading)
        column = next(each for each in proposal.columns if each.header.text == text)
        reading = proposal.mapped(column, field)
    return reading


@pytest.mark.parametrize("header", ["Dead", "Смерть"])
def test_a_mark_may_mean_the_other_way_round_or_say_nothing_of_the_blank(header):
    rows = table(header, marks("x"))
    (question,) = about(header, proposed(rows))
    _yes, other, alone = (read(rows, each.reading) for each in question.answers)
    assert other.patients["os_event"].tolist() == ["no" if d else "yes" for d in DEAD]
    assert alone.patients["os_event"].isna().tolist() == [not d for d in DEAD]


@pytest.mark.parametrize("header", ["Alive", "Жив"])
def test_a_mark_of_life_leaves_the_dead_blank(header):
    rows = table(header, marks("x"))
    proposal = proposed(rows)
    (question,) = about(header, proposal)
    if question.kind == "column":
        rows_reading = question.answers[0].reading
        (question,) = about(header, proposed(rows, rows_reading))
    cohort = read(rows, question.answers[0].reading)
    assert cohort.patients["vital_status"].tolist() == ["alive" if d else "dead" for d in DEAD]


@pytest.mark.parametrize(("header", "field"), [("PES", "pes"), ("ПЭС", "pes")])
def test_marks_of_other_flags_are_asked_about_alike(header, field):
    rows = table(header, marks("x"))
    (question,) = about(header, proposed(rows))
    told = read(rows, question.answers[0].reading).patients[field].tolist()
    assert told == ["yes" if d else "no" for d in DEAD]


@pytest.mark.parametrize(
    ("header", "cells"),
    [("Dead", marks("x")), ("Смерть", marks("х")),
     ("Vital status", ["zz" if d else "alive" for d in DEAD]),
     ("Статус пациента", ["zz" if d else "жив" for d in DEAD])],
)  # fmt: skip
@pytest.mark.parametrize("last", ["Last contact", "Last contact / death"])
def test_no_curve_is_drawn_of_survivors_while_deaths_are_unread(header, cells, last):
    rows = table(header, cells, last)
    reading = _mapped(rows, header, last) if cells[1] == "" else None
    used, event = lived(read(rows, reading))
    assert not any(used) and not any(event)


def test_it_is_told_why_survivors_alone_make_no_curve():
    rows = table("Vital status", ["zz" if d else "alive" for d in DEAD])
    follow = read(rows).time_to_event(ENDPOINTS["OS"])
    assert [why == NONE_READ for why in follow.reason] == [not d for d in DEAD]


def test_unread_deaths_are_not_censored_in_progression_free_survival():
    rows = table("Dead", marks("x"))
    rows = [[*row, each] for row, each in zip(rows, ["Progression date", "01.05.2019",
            "02.05.2019", "", "", "", ""], strict=True)]  # fmt: skip
    used, event = lived(read(rows), "PFS")
    assert event == [True, True, False, False, False, False]
    assert used == [True, True, False, False, True, False]


@pytest.mark.parametrize(("header", "mark"), [("Died", "x"), ("Умер", "да"), ("Death", "yes")])
def test_blanks_of_which_nothing_is_known_are_nobody_alive(header, mark):
    rows = [[*row, "Death date"] if n == 0 else row for n, row in enumerate(table(header, []))]
    for i, dead in enumerate(DEAD):
        last = f"{i + 13}.0{i + 4}.2020"
        start = f"{i + 1:02d}.03.2019"
        died = last if dead else ""
        rows.append([f"P{i}", ("HAI", "TACE")[i % 2], start, mark if dead else "", last, died])
    (asked,) = [each for each in proposed(rows).questions if each.kind == "blank"]
    cohort = read(rows, asked.answers[-1].reading)
    follow = cohort.time_to_event(ENDPOINTS["OS"])
    assert not follow.used.any()
    assert set(follow.reason[np.array(DEAD)]) == {NO_OTHER_TIMED}
    assert set(follow.reason[~np.array(DEAD)]) == {UNRECORDED}
    assert lived(read(rows, asked.answers[0].reading))[0] == [True] * 6
