"""What was made of a file's sheets is kept while it is open."""

from lib.ingest import arrangement, open_file, propose, read
from tests.conftest import as_book

HEADER = ["Код пациента", "Дата процедуры", "Вид РХТ", "Статус"]
ROWS = [["Л1", "01.02.2019", "ХИПА", "1"], ["Л1", "01.03.2019", "ХЭПА", "1"]]
ROWS += [["Л2", "04.02.2019", "ХЭПА", "0"], ["Л3", "05.02.2019", "ХИПА", "0"]]
DATA = as_book({"Лист1": [HEADER, *ROWS]})


def test_an_answer_cuts_no_sheet_again(monkeypatch):
    file = open_file("a.xlsx", DATA)
    first = propose(file)
    read(file)

    def never(*_args):
        raise AssertionError("the sheet is cut already")

    monkeypatch.setattr(arrangement, "cut", never)
    for question in first.questions:
        for answer in question.answers:
            read(file, answer.reading)
            propose(file, answer.reading)


def test_reading_after_proposing_gives_what_reading_alone_gives():
    """Neither changes the parts that the other one is given."""
    file, alone = open_file("a.xlsx", DATA), open_file("a.xlsx", DATA)
    propose(file)
    once, again, other = read(file), read(file), read(alone)
    assert once.findings == again.findings == other.findings
    assert once.patients.equals(again.patients) and once.patients.equals(other.patients)
    assert propose(file).questions == propose(alone).questions
