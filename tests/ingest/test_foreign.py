"""Files of statistical packages: values by their labels, headers by those of the variables."""

import datetime
import io
import zipfile

import pandas as pd
import pyreadstat
import pytest

from lib import text
from lib.cohort import CohortError
from lib.ingest import open_file, read_cohort
from tests.conftest import refused

FRAME = pd.DataFrame(
    {
        "id": ["P1", "P2", "P3", "P4"],
        "v1": [1, 2, 2, 1],
        "v2": [datetime.date(2019, 3, 12), datetime.date(2019, 4, 1), None, None],
        "os_months": [12.5, 20.0, 7.25, 31.0],
        "os_event": [1, 0, 1, 0],
        "v3": [0, 1, 0, 1],
    }
)
LABELS = {"v2": "Дата первой процедуры", "v3": "Smoker", "os_months": "Survival in months"}
VALUES = {
    "v1": {1: "ХИПА", 2: "ТАХЭ"},
    "os_event": {0: "censored", 1: "died"},
    "v3": {0: "no", 1: "yes"},
}


def written(tmp_path, kind, frame=FRAME, values=VALUES, **more):
    path = tmp_path / f"a.{kind}"
    write = pyreadstat.write_dta if kind == "dta" else pyreadstat.write_sav
    if kind == "zsav":
        more["compress"] = True
    write(frame, str(path), column_labels=LABELS, variable_value_labels=values, **more)
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["sav", "zsav", "dta"])
def test_values_and_variables_are_read_by_their_labels(kind, tmp_path):
    file = open_file(f"a.{kind}", written(tmp_path, kind))
    (sheet,) = file.sheets
    assert list(sheet.rows[0]) == [
        "id", "v1", "Дата первой процедуры", "os_months", "os_event", "Smoker",
    ]  # fmt: skip
    assert [list(row[:2]) for row in sheet.rows[1:3]] == [["P1", "ХИПА"], ["P2", "ТАХЭ"]]
    cohort = read_cohort(f"a.{kind}", written(tmp_path, kind))
    assert cohort.patients["os_months"].tolist() == [12.5, 20.0, 7.25, 31.0]
    assert cohort.patients["os_event"].tolist() == ["yes", "no", "yes", "no"]
    assert str(cohort.patients["first_procedure_date"][0])[:10] == "2019-03-12"
    assert cohort.patients["Smoker"].tolist() == ["no", "yes", "no", "yes"]
    told = [text.finding(f) for f in cohort.findings]
    assert any(line.startswith("Smoker: the label of the variable 'v3'") for line in told)


def test_a_value_that_the_file_declares_as_missing_is_none_and_is_told(tmp_path):
    frame = FRAME.assign(age=[61.0, 999.0, 55.0, 48.0])
    data = written(tmp_path, "sav", frame, missing_ranges={"age": [999]})
    cohort = read_cohort("a.sav", data)
    assert cohort.patients["age"].isna().tolist() == [False, True, False, False]
    (told,) = [f for f in cohort.findings if "declares as missing" in f.message]
    assert (told.column, told.rows) == ("age", (3,))
    assert "999" in text.finding(told)


def test_a_label_of_one_code_leaves_the_numbers_beside_it(tmp_path):
    data = written(tmp_path, "dta", values={"os_months": {31: "31 and more"}})
    rows = open_file("a.dta", data).sheets[0].rows
    assert [row[3] for row in rows[1:]] == [12.5, 20.0, 7.25, "31 and more"]


@pytest.mark.parametrize(("kind", "program"), [("sav", "SPSS"), ("dta", "Stata")])
def test_a_damaged_file_is_refused_by_its_programs_name(kind, program, tmp_path):
    with refused("bad-package") as found:
        read_cohort(f"a.{kind}", written(tmp_path, kind)[:400])
    assert program in text.error(found.value)


@pytest.mark.cases
def test_what_is_packed_and_no_table_is_refused_by_its_name(part, name):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as parts:
        parts.writestr(part, "x")
    with pytest.raises(CohortError) as refused:
        read_cohort("a.csv", data.getvalue())
    assert name in text.error(refused.value)
