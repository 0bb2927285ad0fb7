"""What is a grade with a word, and what is a count or a date; see `cases/grades.txt`."""

import pytest

from lib.ingest.grades import graded


@pytest.mark.parametrize(
    "text",
    ["2 abscesses and 3 drains (2019", "12.03.2019", "38,5", "pain", "G", "grade", "6", "25"],
)
def test_what_says_no_grade(text):
    found = graded(text)
    assert found is None or (text[0] == "2" and not found.marked)


@pytest.mark.parametrize("text", ["3", "G3", "grade 3", "3 ст.", "3-я степень", "2-3", "(I)"])
def test_a_bare_grade_has_no_word(text):
    found = graded(text.strip("()"))
    assert found is not None
    assert found.rest == ""
