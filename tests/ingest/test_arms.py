"""A modality among other words; `cases/arms.txt` has where it may stand."""

import pytest

from lib.ingest.arms import modality_in


@pytest.mark.cases
def test_a_modality_is_found_among_other_words(text, code):
    assert modality_in(text) == code
