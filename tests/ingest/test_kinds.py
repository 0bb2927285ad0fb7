"""What kind of column is carried along: classes and codes are categories, the rest is measured."""

import pytest

from lib.ingest.cells import Cells
from lib.ingest.kinds import guess, is_limit


@pytest.mark.cases
def test_a_column_is_a_category_or_a_number(cells, classes, kind):
    """Classes written as limits are a category, as are whole numbers of few values."""
    assert all(is_limit(str(each)) for each in cells) == classes
    assert guess(Cells.of(cells), None) == kind


@pytest.mark.parametrize("text", ["КТ до 3 курса без динамики", "12.03.2019", "5", "HAI 3", "CR"])
def test_a_text_with_a_number_is_no_class(text):
    assert not is_limit(text)
