"""An export with short names over the data, and a sheet that says what they mean."""

import pytest

from lib.ingest import open_file, propose, read_cohort
from lib.ingest.labels import labelled, lists_of_columns
from lib.ingest.reader import Sheet
from tests.ingest.conftest import as_book

DATA = [
    ["NPAC", "POL", "METOD", "VYZH", "ISHOD", "X7"],
    *[[n, n % 2, 1 + n % 2, 10.5 + n, int(n % 3 > 0), n * 3] for n in range(1, 13)],
]
LISTED = [
    ["Переменная", "Метка", "Код", "Значение"],
    ["NPAC", "Номер пациента", "", ""],
    ["POL", "Пол", 0, "женский"],
    ["POL", "Пол", 1, "мужской"],
    ["METOD", "Метод регионарной терапии", 1, "химиоинфузия"],
    ["METOD", "Метод регионарной терапии", 2, "химиоэмболизация"],
    ["VYZH", "Общая выживаемость, мес", "", ""],
    ["ISHOD", "Статус", 0, "жив"],
    ["ISHOD", "Статус", 1, "умер"],
]
IN_BRACES = [
    ["Name", "Label", "Values"],
    ["NPAC", "Case number", ""],
    ["POL", "Sex of patient", "{0, Female}, {1, Male}"],
    ["METOD", "Intra-arterial treatment", "{1, HAI}, {2, TACE}"],
    ["VYZH", "Overall survival, months", ""],
    ["ISHOD", "Vital status", "{0, Alive}, {1, Dead}"],
]


@pytest.mark.parametrize("listed", [LISTED, IN_BRACES], ids=["a row a code", "in braces"])
@pytest.mark.parametrize("first", [True, False])
def test_columns_are_known_by_the_labels_that_another_sheet_gives(listed, first):
    sheets = {"data": DATA, "labels": listed}
    data = as_book(sheets if first else dict(reversed(sheets.items())))
    cohort = read_cohort("export.xlsx", data)
    assert len(cohort) == 12
    assert cohort.patients["sex"].tolist() == ["M", "F"] * 6
    assert cohort.patients["modality"].tolist() == ["TACE", "HAI"] * 6
    assert cohort.patients["os_months"].tolist() == [10.5 + n for n in range(1, 13)]
    assert cohort.patients["vital_status"].eq("dead").sum() == 8
    proposal = propose(open_file("export.xlsx", data))
    assert proposal.sheet == "data"
    assert "X7" in [column.header.text for column in proposal.columns]


def test_a_sheet_that_lists_a_few_of_many_headers_is_no_list_of_them():
    wide = Sheet("data", [[f"c{n}" for n in range(10)], *[[n] * 10 for n in range(12)]])
    few = Sheet("few", [["c1", "first"], ["c2", "second"], ["c3", "third"]])
    assert labelled((wide, few)) == (wide, few)
    assert not any(lists_of_columns([wide, few]))
