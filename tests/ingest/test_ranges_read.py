"""The ends of a range as people write it; `cases/ranges.txt` has what is made of them."""

import pytest

from lib.ingest.ranges import ends
from lib.schema import COLUMNS

SHARE = COLUMNS["liver_involvement_pct"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("до 25", (0, 25)),
        ("25–50%", (25, 50)),
        (">50", (50, 100)),
        ("50+", (50, 100)),
        ("75% и более", (75, 100)),
        ("0,5-1,5", (0.5, 1.5)),
        ("50", None),
        ("50-25", None),
        ("25 foci", None),
    ],
)
def test_the_ends_of_a_range(text, found):
    assert ends(text, SHARE) == found
