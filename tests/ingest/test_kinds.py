"""What kind of column is carried along: classes and codes are categories, the rest is measured."""

import pytest

from lib.ingest import open_file, propose, read
from lib.ingest.cells import Cells
from lib.ingest.kinds import guess, is_limit
from lib.plan import Reading
from tests.ingest.conftest import as_csv


@pytest.mark.cases
def test_a_column_is_a_category_or_a_number(cells, classes, kind):
    """Classes written as limits are a category, as are whole numbers of few values."""
    assert all(is_limit(str(each)) for each in cells) == classes
    assert guess(Cells.of(cells), None) == kind


@pytest.mark.parametrize("text", ["КТ до 3 курса без динамики", "12.03.2019", "5", "HAI 3", "CR"])
def test_a_text_with_a_number_is_no_class(text):
    assert not is_limit(text)


HEADERS = ["patient_id", "modality", "os_months", "os_event", "stage", "afp"]
ROWS = [[f"P{n}", "HAI", n + 5, n % 2, n % 3 + 1, 10.5 * n] for n in range(12)]
FILE = open_file("kinds.csv", as_csv([HEADERS, *ROWS]))


def kinds(reading):
    return {column.name: column.kind for column in read(FILE, reading).extra}


def test_the_visitor_can_say_what_a_carried_column_is():
    assert kinds(Reading()) == {"stage": "category", "afp": "number"}
    shown = {column.header.text: column for column in propose(FILE).columns}
    turned = propose(FILE).of_kind(shown["stage"], "number")
    assert kinds(turned)["stage"] == "number"
    other = propose(FILE, turned).of_kind(shown["afp"], "category")
    assert kinds(other) == {"stage": "number", "afp": "category"}


def test_classes_of_an_age_are_carried_along_in_their_order():
    rows = [
        [f"P{n}", "HAI", n + 5, n % 2, age] for n, age in enumerate(["≥70", "<60", "60-69"] * 3)
    ]
    data = as_csv([["patient_id", "modality", "os_months", "os_event", "Age"], *rows])
    cohort = read(open_file("ages.csv", data), Reading(known_before=("Age",)))
    assert "age" not in cohort.patients
    assert [level.label for level in cohort.by("Age").levels] == ["<60", "60-69", "≥70"]
