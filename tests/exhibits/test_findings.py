"""What the import found, by kind: however many findings there are, a line for each kind."""

from lib.cohort import WHOLE_ROW, Finding
from lib.exhibits import findings
from lib.ingest import read_cohort
from lib.schema import COLUMNS
from tests.ingest.conftest import as_csv


def lines(found, severities=("error", "warning", "note")):
    return findings.table(findings.kinds(found, severities)).to_dict("records")


def test_findings_that_say_the_same_of_other_values_and_columns_are_one_line():
    found = [
        Finding("error", "'{value}' is no number; left empty", f"c{n % 7}", (n, n + 1), f"v{n}")
        for n in range(900)
    ]
    (line,) = lines(found)
    assert line["Finding"] == (
        "'v0' is no number; left empty; 899 more like it: 'v1', 'v2', 'v3', …."
    ).removesuffix(".")
    assert (line["Where"], line["Rows"]) == ("c0, c1, c2, c3 and 3 more", "901")


def test_what_decides_the_result_stands_first():
    found = [
        Finding("note", "a", rows=(1, 2, 3)),
        Finding("error", "few"),
        Finding("error", "some analysis", rows=(4,), sets_aside=("OS",)),
        Finding("error", "no analysis", rows=(5,), sets_aside=(WHOLE_ROW,)),
        Finding("warning", "one row", rows=(6,)),
        Finding("warning", "two rows", rows=(6, 7)),
    ]
    order = [line["Finding"] for line in lines(found)]
    assert order == [
        f"{words}." for words in ("no analysis", "some analysis", "few", "two rows", "one row", "a")
    ]
    assert [line["Finding"] for line in lines(found, ["note"])] == ["a."]


def test_a_cell_or_header_of_any_length_is_cut():
    long = "x" * 5000
    found = [
        Finding(
            "error",
            "'{value}' of {unfit}; {rest}",
            long,
            (2,),
            long,
            (("unfit", (long,)), ("rest", long)),
        )
    ]
    (line,) = lines(found)
    assert len(line["Finding"]) < 340
    assert len(line["Where"]) == 60
    (logged,) = findings.log(found).to_dict("records")
    assert logged["Value"] == long


def test_what_is_taken_from_other_columns_is_said_under_the_files_own_header():
    header = ["Код пациента", "Дата смерти или последнего контакта", "Статус", "Дата ХИПА"]
    rows = [
        [f"P{n}", f"{n + 1:02}.05.2021", ("умер", "жив")[n % 2], f"{n + 1:02}.01.2020"]
        for n in range(8)
    ]
    cohort = read_cohort("a.csv", as_csv([header, *rows]))
    shown = findings.table(findings.kinds(cohort.findings))
    assert f"{header[1]} (Death)" in shown["Where"].tolist()
    assert not {name for name in COLUMNS if name in " ".join(shown["Where"]).split()}
    assert f"{header[1]} (Death)" in findings.log(cohort.findings)["Column"].tolist()


def test_headers_that_are_read_by_their_words_say_what_each_is_read_as():
    header = ["record", "treatment_arm", "age at inclusion", "OS months", "Dead"]
    rows = [[f"R{n}", ("HAI", "TACE")[n % 2], 50 + n, n + 1, "yes"] for n in range(8)]
    cohort = read_cohort("a.csv", as_csv([header, *rows]))
    (line,) = [each for each in lines(cohort.findings) if "surely say" in each["Finding"]]
    assert "read as Patient" in line["Finding"]
    assert "'treatment_arm' as Modality, 'age at inclusion' as Age" in line["Finding"]


def test_marks_that_are_the_modality_are_named_by_their_own_headers():
    header = ["Шифр", "ХИПА", "ХЭПА", "ОВ, мес", "Умер"]
    rows = [[f"R{n}", "+" * (n % 2), "+" * (1 - n % 2), n + 1, "да"] for n in range(8)]
    cohort = read_cohort("a.csv", as_csv([header, *rows]))
    assert "ХИПА, ХЭПА (Modality)" in [each["Where"] for each in lines(cohort.findings)]


def test_rows_are_shown_by_the_labels_of_their_columns_and_levels():
    rows = [["patient_id", "sex", "modality", "zz_own"], ["P1", "F", "TACE", "0"]]
    cohort = read_cohort("a.csv", as_csv([*rows, ["P2", "", "HAI", "1"]]))
    (first, second) = findings.as_read(cohort, cohort.patients).to_dict("records")
    assert [*first] == ["Row", "Patient", "Sex", "Modality", "zz_own"]
    assert [*first.values()] == [2, "P1", "Female", "Chemoembolization (TACE)", 0.0]
    assert second["Sex"] != second["Sex"], "a blank stays a blank"
