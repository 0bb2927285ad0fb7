"""The question and the choice of a header; `cases/choices.txt` has what becomes of them."""

import pytest

from lib.ingest.codebook import choice_of


@pytest.mark.cases
def test_the_question_and_the_choice_of_a_header(header, stem, code):
    assert choice_of(header) == (stem, code)
