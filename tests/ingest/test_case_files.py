"""Every case of the text files in `cases` holds; and a case that says otherwise does not."""

from pathlib import Path

import pytest

from tests.ingest.case_facts import broken
from tests.ingest.case_files import FOLDER, CaseError, of_file, of_text

CASES = [
    pytest.param(case, id=case.label)
    for path in sorted(FOLDER.glob("*.txt"))
    for case in of_file(path)
]


@pytest.mark.parametrize("case", CASES)
def test_a_case_holds(case):
    if found := broken(case):
        pytest.fail("\n".join(found), pytrace=False)


# The runner itself --------------------------------------------------------------------------

TABLE = """== a table
on: clean
set Ответ через 6 мес: хорошо
"""


def found(facts, table=TABLE):
    (case,) = of_text(Path("a.txt"), table + facts)
    return broken(case)


@pytest.mark.cases
def test_a_fact_holds_or_is_told_with_its_file_and_line(fact, right, wrong):
    assert found(f"> {fact}: {right}\n") == []
    (told,) = found(f"> patients: 4\n> {fact}: {wrong}\n")
    assert told.startswith("a.txt:5: a table\n")


def test_a_fact_holds_of_the_reading_above_it():
    given = "answer: Stable…\n> response_6m: SD | PD | PR | SD\n> open: none\n"
    assert found("> response_6m:  | PD | PR | SD\n" + given) == []
    assert len(found("answer: Stable…\n> same as: clean\n> response_6m: | PD | PR | SD\n")) == 1


def test_a_file_that_is_refused_says_so():
    empty = "== nothing\n~ patient_id;sex\n"
    assert found("> refused: There are column headers…\n", empty) == []
    assert len(found("> refused: The file is empty…\n", empty)) == 1
    assert len(found("> patients: 0\n", empty)) == 1
    assert "found: 4 patients" in found("> refused: …\n")[0]


@pytest.mark.cases
def test_what_no_case_says_is_an_error(words, says):
    with pytest.raises(CaseError, match=says):
        for case in of_text(Path("a.txt"), TABLE + words):
            broken(case)


def test_each_of_several_is_a_case_of_its_own():
    words = (
        "for one | two:\n- 4 | a\n- 5 | b\nfor row: 2 | 3\nset A{row}: {two}\n> patients: {one}\n"
    )
    cases = of_text(Path("a.txt"), TABLE + words)
    assert [case.name for case in cases] == [
        "a table [4 | a | 2]", "a table [4 | a | 3]", "a table [5 | b | 2]", "a table [5 | b | 3]",
    ]  # fmt: skip
    assert [len(broken(case)) for case in cases] == [0, 0, 1, 1]
