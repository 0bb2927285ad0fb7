"""Whatever is answered about the rows of patients, a file is read and its books are kept."""

import pytest

from lib import ingest
from lib.plan import Reading
from tests.conftest import as_book
from tests.ingest.case_files import HEADER, ROWS, table
from tests.ingest.test_any_file import keeps_its_books

WORKBOOKS = {
    "courses": {"a": table("courses")},
    "without dates": {"a": [[c for n, c in enumerate(row) if n != 5] for row in table("courses")]},
    "visits": {"a": table("visits")},
    "sheets": {"Исходы": table("outcomes"), "РХТ": table("procedures"), "Общие": table("people")},
    "repeats": {"a": [HEADER, *ROWS, [*ROWS[0][:2], "62", *ROWS[0][3:]]]},
}


@pytest.mark.parametrize("name", WORKBOOKS)
def test_every_answer_is_read_and_keeps_its_books(name):
    file = ingest.open_file("a.xlsx", as_book(WORKBOOKS[name]))
    seen, open_ = set(), [Reading()]
    while open_:
        reading = open_.pop()
        cohort = ingest.read(file, reading)
        keeps_its_books(cohort)
        again = ingest.read(file, cohort.reading)
        assert (again.reading, again.findings) == (cohort.reading, cohort.findings)
        kept = repr(cohort.patients.to_dict()) + repr(cohort.findings) + repr(cohort.reading)
        assert not [word for word in ("Иванов", "/18", "/19", "•") if word in kept]
        answers = {a.reading for q in ingest.propose(file, reading).questions for a in q.answers}
        if len(seen) < 16:
            open_ += sorted(answers - seen, key=repr)
            seen |= answers
