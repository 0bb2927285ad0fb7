"""The Papers page: what it finds in what is typed, and cohorts from a file."""

import pytest

from lib import text
from lib.analyses.published import NotRead
from lib.plan import PlanError, Published
from lib.ui.papers import cohorts_of
from tests.pages import visit


def test_without_a_cohort_the_page_checks_the_abstract_that_it_opens_with():
    app = visit.go(visit.opened(), "papers.py")
    (found,) = visit.tables(app)
    assert "29/36 is 80.6%; printed is 80.5%" in found.loc["SD at 6 months", "Why"]
    assert list(found["Found"]).count("look again") == 4
    assert not visit.figures(app)


def test_with_a_cohort_published_ones_stand_beside_it_as_context():
    app = visit.with_sample(page="papers.py")
    assert "no comparison" in visit.everything(app)
    assert len(visit.figures(app)) == 1


def test_a_file_of_published_cohorts_is_read_by_the_names_of_its_columns():
    rows = 'name,year,of,responded,median,low,high\nOurs,2024,38,19,"18,5",,\n'
    assert cohorts_of(("\ufeff" + rows).encode()) == (
        Published("Ours", 2024, of=38, responded=19, median=18.5),
    )


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("a,b\n1,2\n", "name and year are needed"),
        ("name,year\nOurs,\n", "Ours: a year is needed"),
        ("name,year,of,responded\nOurs,2020,ten,3\n", "Ours, of: ten is no number"),
        ("name,year,of,responded\nOurs,2020,5,9\n", "9 is not between 0 and 5"),
        ("", "name and year are needed"),
        ("name,year,median\nOurs,2020,1500\n", "1500.0 is not between 0 and 1200"),
        ("name,year\n" + "Ours,2020\n" * 51, "a list of 51"),
        ("name,year\n" + "Ours,2020\n" * 20_000, "larger than 100,000 bytes"),
    ],
)
def test_a_file_that_cannot_be_is_refused_in_a_sentence(rows, words):
    with pytest.raises((NotRead, PlanError)) as refused:
        cohorts_of(rows.encode())
    assert words in text.error(refused.value)
