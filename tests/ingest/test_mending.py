"""A cell of no form is a finding and not a broken file, whatever the file is."""

import re

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from lib import text
from lib.cohort import CohortError
from lib.ingest import read_cohort
from tests.conftest import as_book
from tests.ingest.dialects import SHEET, ods, repacked

HEADER = ["patient_id", "modality", "age", "os_months", "os_event"]
ROWS = [[f"P{i}", ("TACE", "HAI")[i % 2], 50 + i % 20, 3 + i, i % 2] for i in range(1, 13)]


def xlsx(change, part=SHEET):
    return repacked(as_book({"a": [HEADER, *ROWS]}), part, change)


def cell(place, new):
    return lambda xml: re.sub(rf'<c r="{place}".*?</c>', lambda _found: new, xml, count=1)


def found(cohort, column):
    return {f.value for f in cohort.findings if f.column == column and f.severity != "note"}


@pytest.mark.cases
def test_a_cell_of_an_xlsx_that_its_type_does_not_allow_is_told_by_column_and_row(new, says):
    cohort = read_cohort("a.xlsx", xlsx(cell("C6", new)))
    assert found(cohort, "age") == {says}
    assert cohort.patients["age"].isna().sum() == 1
    assert [f for f in cohort.findings if "no spreadsheet writes" in f.message]


@pytest.mark.parametrize("index", ["99999", "9" * 400, "-1", "abc", "1.5"])
def test_a_text_that_is_not_there_is_told_as_an_error(index):
    cohort = read_cohort("a.xlsx", xlsx(cell("B6", f'<c r="B6" t="s"><v>{index}</v></c>')))
    assert cohort.patients["modality"].isna().sum() == 1
    assert [f for f in cohort.findings if "formula errors" in f.message and f.column == "modality"]


@pytest.mark.cases
def test_a_place_of_no_form_is_that_after_the_one_before(old, new):
    cohort = read_cohort("a.xlsx", xlsx(lambda xml: re.sub(old, new, xml, count=1)))
    assert cohort.patients["age"].tolist() == [float(row[2]) for row in ROWS]
    assert [f for f in cohort.findings if "no spreadsheet writes" in f.message]


def test_no_room_is_made_for_texts_that_are_only_said_to_be_there():
    data = xlsx(lambda xml: xml.replace('uniqueCount="', 'uniqueCount="9999999999'),
                "xl/sharedStrings.xml")  # fmt: skip
    assert len(read_cohort("a.xlsx", data)) == 12


@pytest.mark.parametrize("kind", ["float", "percentage", "currency"])
@pytest.mark.parametrize("value", ["abc", "3,x", ""])
def test_a_number_of_an_ods_that_is_none_is_a_text(kind, value):
    data = ods([HEADER, *([str(each) for each in row] for row in ROWS)])
    number = f'office:value-type="{kind}" office:value="{value}"><text:p>shown</text:p>'
    data = repacked(
        data,
        "content.xml",
        lambda xml: xml.replace('office:value-type="string"><text:p>55</text:p>', number),
    )
    cohort = read_cohort("a.ods", data)
    assert found(cohort, "age") == {value or "shown"}
    assert len(cohort) == 12


@pytest.mark.parametrize(
    ("rows", "columns", "says"),
    [("9" * 30, "2", "rows"), ("2", "9" * 30, "columns"), ("90000", "900", "cells")],
)
def test_a_cell_of_an_ods_that_is_repeated_without_end_is_refused(rows, columns, says):
    row = f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell' \
          f' table:number-columns-repeated="{columns}" office:value-type="float"' \
          f' office:value="odd"/></table:table-row></table:table>'  # fmt: skip
    data = repacked(ods([HEADER, *([str(each) for each in row_] for row_ in ROWS)]), "content.xml",
                   lambda xml: xml.replace("</table:table>", row))  # fmt: skip
    with pytest.raises(CohortError) as refused:
        read_cohort("a.ods", data)
    assert says in text.error(refused.value)


@pytest.mark.cases
@pytest.mark.parametrize("odd", [1e12, -1e12, 1e300])
def test_a_number_that_is_no_date_is_told_and_the_others_are_dates(kind, shown, day, odd, tmp_path):
    start = {"dta": 22_000, "sav": 159_775}[kind]
    frame = pd.DataFrame(ROWS, columns=HEADER)
    frame["first_procedure_date"] = (start + np.arange(12.0)) * day
    expected = pd.Timestamp("2020-03-26") + pd.to_timedelta(np.arange(12), unit="D")
    frame.loc[4, "first_procedure_date"] = odd
    path = tmp_path / f"a.{kind}"
    write = getattr(pyreadstat, f"write_{kind}")
    try:
        write(frame, str(path), variable_format={"first_procedure_date": shown})
    except pyreadstat.ReadstatError:
        pytest.skip("the package's own format cannot hold it")
    cohort = read_cohort(path.name, path.read_bytes())
    days = cohort.patients["first_procedure_date"]
    assert days.drop(4).tolist() == expected.delete(4).tolist()
    assert days.isna().tolist().count(True) == 1
    assert len(found(cohort, "first_procedure_date")) == 1


def _with_entity(xml):
    return xml.replace("<worksheet", "<!DOCTYPE a><worksheet", 1).replace("</v>", "&a;</v>", 1)


def test_what_is_damaged_is_still_refused():
    for data in (xlsx(lambda xml: xml[:-200]), xlsx(_with_entity)):
        with pytest.raises(CohortError, match="damaged"):
            read_cohort("a.xlsx", data)
