"""What no curve carries is marked in every table of every exhibit, and told in no sentence."""

import pytest

from lib import text
from lib.analyses.comparison import DifferenceAt, SurvivalContrast
from lib.analyses.everything import Everything
from lib.analyses.incidence import IncidenceAt
from lib.analyses.survival import GroupSurvival, Milestone
from lib.exhibits import tail
from lib.exhibits.study import of_study
from tests.conftest import inside, studied


@pytest.fixture(scope="module")
def everything():
    """Follow-up is lost in all curves: the plan asks for more at risk than most times have."""
    return Everything(studied("workbook", tail_fewest=33, milestones=(6, 12, 24)))


@pytest.fixture(scope="module")
def shown(everything):
    return list(of_study(everything))


def told(found):
    """The numbers of a curve that tables have: what they are, whether it carries them, in words."""
    if isinstance(found, GroupSurvival) and found.median is not None:
        yield "median", tail.at_risk(found) is None, text.estimate(found.median)
    if isinstance(found, SurvivalContrast) and found.rmst is not None:
        yield "mean time", not found.unsure, text.difference(found.rmst.difference, "months")
    if isinstance(found, DifferenceAt):
        for n in (1, 100):  # decimals or none, as the smallest group of a row has it
            yield "difference", not found.unsure, text.points(found.difference, n)
    if isinstance(found, Milestone | IncidenceAt):
        what = "milestone" if isinstance(found, Milestone) else "incidence"
        for each in found.causes if what == "incidence" else (found.survival,):
            yield from ((what, is_carried(found), text.survival(each, n)) for n in (1, 100))


def is_carried(found):
    return not found.unsure or not found.at_risk  # of nobody it is said in words


def without_limits(words):
    """``21.8 months`` of a median with its limits."""
    return f"{words.split(' (')[0]} months"


@pytest.fixture(scope="module")
def numbers(everything):
    """Those that no curve carries, and that are not by chance those of another that does."""
    names = [name for name in vars(Everything) if not name.startswith("_")]
    parts = [getattr(everything, name) for name in names if name != "study"]
    every = {each for part in parts for one in inside(part) for each in told(one)}
    sure = {(what, words) for what, is_sure, words in every if is_sure}
    short = {without_limits(words) for what, words in sure if what == "median"}
    return {
        (what, words)
        for what, is_sure, words in every
        if not is_sure and "(" in words and (what, words) not in sure
        if what != "median" or without_limits(words) not in short
    }


def said(exhibit):
    yield from exhibit.sentences
    yield from (part for each in exhibit.headlines for part in (each.value, each.beside))
    yield from (exhibit.conclusion, exhibit.shows, exhibit.undrawn, exhibit.caption)
    yield from (table.caption for table in exhibit.tables)
    yield from exhibit.meanings
    yield from exhibit.warnings


def test_the_study_has_every_kind_of_number_that_is_not_carried(numbers):
    assert {what for what, _words in numbers} == {
        *("median", "milestone", "incidence", "difference", "mean time")
    }


def test_a_table_marks_every_number_that_the_curve_does_not_carry(numbers, shown):
    seen = set()
    for exhibit in shown:
        for table in exhibit.tables:
            if table.shown == "taken":
                continue
            for cell in table.frame.to_numpy(dtype=str).ravel().tolist():
                for number in numbers:
                    if number[1] in cell:
                        seen.add(number[0])
                        assert "at risk" in cell, (exhibit.key, table.title, cell)
    assert seen == {what for what, _words in numbers}


def test_a_sentence_tells_none_of_them(numbers, shown):
    for exhibit in shown:
        for words in said(exhibit):
            for what, number in numbers:
                assert number not in words, (exhibit.key, words)
                if what == "median":
                    assert without_limits(number) not in words, (exhibit.key, words)
