"""How much speaks for each proposal: of the header's words, and of the cells under it."""

import pytest

from lib import text
from lib.ingest import Score, open_file, propose
from tests.conftest import as_csv

N = 20
SEXES, YEARS = ["F", "M"] * 10, list(range(40, 60))


def scored(header, cells):
    data = as_csv({header: cells})
    columns = propose(open_file("built.csv", data)).columns
    return next(column for column in columns if column.header.text == header)


@pytest.mark.parametrize(
    ("header", "cells", "words", "fit"),
    [
        ("age", YEARS, 1.0, 1.0),
        ("Возраст, лет", YEARS, 1.0, 1.0),
        ("Возраст на момент начала лечения", YEARS, 1.0, 1.0),
        ("age", [*YEARS[:18], "old", "?!"], 1.0, 0.9),
        ("Sex", [*SEXES[:19], "blue"], 1.0, 0.95),
        ("krz", SEXES, 0.0, 1.0),
        ("Treatment", ["HAI"] * 9 + ["TACE"] * 9 + ["tx-3", "qq"], 1.0, 0.9),
    ],
)
def test_words_and_cells_are_scored_apart(header, cells, words, fit):
    found = scored(header, cells).score
    assert (found.words, found.cells) == (words, pytest.approx(fit))
    assert found.whole == pytest.approx((words + fit) / 2)


def test_some_of_the_words_score_less_than_all():
    found = scored("РЭА в крови больного, нг/мл", [1.5 * n for n in range(N)])
    assert found.header.column == "cea_baseline"
    assert 0 < found.score.words < 1


def test_what_a_visitor_maps_against_the_cells_scores_low():
    data = as_csv({"modality": ["HAI", "TACE"] * 10, "zz": ["north", "south"] * 10})
    file = open_file("built.csv", data)
    proposal = propose(file)
    wrong = proposal.mapped(proposal.columns[-1], "age")
    assert propose(file, wrong).columns[-1].score == Score(0.0, 0.0)


def test_what_means_no_field_has_no_score():
    assert scored("zz", ["north", "south"] * 10).score is None
    assert scored("Age band", ["x", "y"] * 10).score is None
    assert scored("ФИО", [f"Иванов {n}" for n in range(N)]).score is None


def test_a_score_in_words():
    assert text.score(Score(0.5, 1.0)) == "score 75: words 50%, cells 100%"
    assert text.score(Score(1.0, 1.0)) == "score 100"


@pytest.mark.parametrize(
    ("header", "cells"), [("На сегодня жив?", ("да", "нет")), ("Alive as of today", ("yes", "no"))]
)
def test_cells_that_their_header_explains_are_scored_as_it_explains_them(header, cells):
    found = scored(header, [*cells] * 10)
    assert found.header.candidates[0] == "vital_status"
    assert found.score.cells == 1
