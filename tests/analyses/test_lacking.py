"""What patients cannot be asked for want of a column."""

import pytest

from lib.analyses import lacking
from tests.conftest import START, study_of

DAY = [START, START]
LIVED = {"first_procedure_date": DAY, "death_date": DAY, "last_contact_date": DAY}


@pytest.mark.parametrize(
    ("columns", "codes"),
    [
        ({"age": [50, 60]}, ["lacks-survival", "lacks-modality", "lacks-response"]),
        ({**LIVED, "modality": ["HAI", None]}, ["lacks-response"]),
        ({"os_months": [3, 4], "os_event": ["yes", "no"]}, ["lacks-modality", "lacks-response"]),
        ({"response_6m": ["CR", None]}, ["lacks-survival", "lacks-modality"]),
    ],
)
def test_what_nobody_is_known_of_is_lacking(columns, codes):
    found = lacking.of(study_of(columns))
    assert [each.what.code for each in found] == codes


def test_only_the_columns_that_are_not_there_are_named():
    (lived, _modality, responded) = lacking.of(study_of({"first_procedure_date": DAY}))
    assert [each.name for each in lived.columns] == ["death_date", "last_contact_date"]
    assert [each.name for each in lived.instead] == ["os_months", "os_event"]
    assert responded.one_is_enough
