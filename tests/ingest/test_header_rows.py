"""The first rows as the visitor sees them; `cases/header_rows.txt` has which holds the headers."""

from lib import ingest
from tests.conftest import as_book


def test_the_first_rows_are_shown_as_they_stand_and_name_nobody():
    rows = [["Отчёт составил Сидоров С.С."], ["ФИО", "Возраст", "Примечание"]]
    rows += [["Иванов И.И.", 61, "д" * 80], ["Петрова А.А.", 55, ""]] * 10
    proposal = ingest.propose(ingest.open_file("a.xlsx", as_book({"Лист1": rows})))
    shown = proposal.first_rows
    assert proposal.header_row == 2
    assert len(shown) == 12 and {len(row) for row in shown} == {3}
    assert shown[1] == ("ФИО", "Возраст", "Примечание")
    assert shown[2] == ("…", "61", "д" * 59 + "…")
    assert not any(name in repr(shown) for name in ("Иванов", "Петрова", "Сидоров"))
