"""Delimited text as it arrives: wrong encodings, stray bytes, open quotation marks, odd rows."""

import io

import pytest
import xlsxwriter

from lib import text
from lib.cohort import CohortError
from lib.ingest import encoding, open_file, read_cohort
from lib.ingest.encoding import decode
from lib.ingest.reader import read_sheets
from lib.workbooks import markup

RUSSIAN = (
    "Код пациента;Пол;Метод лечения;ОВ, мес.;Умер\n"
    "РФ-1;муж;ХИПА;9,3;да\nИМ-2;жен;ТАХЭ;22,1;нет\nСК-3;жен;ТАХЭ;15,9;да\n"
)
HEADER = "patient_id,centre,modality,best_response,os_months,os_event"
ROWS = (
    "U1,A,HAI,PR,9.3,1",
    "U2,A,TACE,SD,22.1,0",
    "U3,B,TACE,PD,15.9,1",
    "U4,B,HAI,PD,9.9,1",
    "U5,B,TACE,SD,20.8,0",
    "U6,A,HAI,SD,17.5,1",
)


def table(*rows, header=HEADER):
    return "\n".join([header, *rows]).encode()


def changed(number, row):
    rows = list(ROWS)
    rows[number - 2] = row
    return table(*rows)


def told(data, words, name="a.csv"):
    """The only finding with some words, and its sentence."""
    cohort = read_cohort(name, data)
    (found,) = [f for f in cohort.findings if words in f.message]
    return cohort, found, text.finding(found)


# Encodings --------------------------------------------------------------------------------------


def wrongly(data, page):
    """Bytes as a program shows them in a code page, those without a sign as they are."""
    return "".join(
        bytes([byte]).decode(page, "replace").replace("\ufffd", chr(byte)) for byte in data
    )


@pytest.mark.parametrize("page", ["cp1251", "cp1252", "latin-1", "cp866", "koi8-r"])
def test_utf_8_that_was_read_as_another_encoding_is_read_as_it_was_meant(page):
    broken = wrongly(RUSSIAN.encode(), page)
    assert broken != RUSSIAN
    assert decode(broken.encode())[0] == RUSSIAN
    cohort, found, sentence = told(broken.encode(), "wrong encoding")
    assert cohort.patients["modality"].tolist() == ["HAI", "TACE", "TACE"]
    assert found.severity == "warning"
    assert "read as it was meant" in sentence


@pytest.mark.parametrize("page", ["cp1251", "latin-1"])
def test_a_workbook_that_was_saved_from_a_wrong_encoding_is_read_as_it_was_meant(page):
    broken = wrongly(RUSSIAN.encode(), page)
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(broken.splitlines()):
            sheet.write_row(number, 0, line.split(";"))
    cohort, found, _sentence = told(data.getvalue(), "wrong encoding", "a.xlsx")
    assert cohort.patients["modality"].tolist() == ["HAI", "TACE", "TACE"]
    assert dict(found.values)["said"] == page.replace("latin-1", "cp1252")


@pytest.mark.parametrize("meant", ["cp1251", "koi8-r"])
@pytest.mark.parametrize("page", ["cp1252", "latin-1", "cp1251", "koi8-r", "cp866"])
def test_a_code_page_that_was_read_as_another_is_read_as_it_was_meant(meant, page):
    if meant != page:
        assert decode(wrongly(RUSSIAN.encode(meant), page).encode())[0] == RUSSIAN


def test_the_letter_that_windows_code_page_lacks_is_had_back():
    assert decode(RUSSIAN.encode().decode("cp1251", "replace").encode())[:2] == (RUSSIAN, "cp1251")


def test_letters_that_r_wrote_by_number_are_letters():
    escaped = "".join(sign if sign < "\x7f" else f"<U+{ord(sign):04X}>" for sign in RUSSIAN)
    assert decode(escaped.encode())[:2] == (RUSSIAN, "R")


def test_a_text_that_has_lost_letters_is_refused_by_the_encodings_name():
    lost = RUSSIAN.encode().decode("cp1252", "ignore")
    with pytest.raises(CohortError) as refused:
        read_cohort("a.csv", lost.encode())
    assert refused.value.code == "lost"
    assert "cp1252" in text.error(refused.value)


@pytest.mark.parametrize("page", ["utf-8", "cp1251", "cp866", "koi8-r", "utf-16", "utf-16-le"])
def test_a_text_in_one_encoding_is_not_mended(page):
    assert decode(RUSSIAN.encode(page))[:2] == (RUSSIAN, "")


@pytest.mark.parametrize("page", ["utf-8", "cp1252"])
@pytest.mark.parametrize(
    "line", ["Zürich;Genève", "Ångström;µg/l °C", "São José;Ñuñoa", "Łódź;Brno"]
)
def test_western_letters_are_not_taken_for_mistakes(page, line):
    if page == "utf-8" or line != "Łódź;Brno":
        assert decode(f"centre;city\n{line}\n".encode(page))[:2] == (f"centre;city\n{line}\n", "")


def test_bytes_that_are_no_text_are_told_with_their_cells():
    data = changed(4, "U3,Gen?ve,TACE,PD,15.9,1").replace(b"?", b"\xff\xc3") + "\nÜ7".encode()
    _cohort, found, sentence = told(data, "no text in the file's encoding")
    assert found.rows == (4,)
    assert "B4" in sentence


def test_zero_bytes_are_dropped_and_told():
    cohort, found, _sentence = told(changed(3, "U2,A\0A,TA\0CE,SD,22.1,0"), "zero bytes")
    assert cohort.patients["modality"][1] == "TACE"
    assert found.rows == (3,)


PLAIN = "patient_id,modality,os_months,os_event\n" + "P1,HAI,3,1\nP2,TACE,4,0\n" * 6


@pytest.mark.parametrize("page", ["utf-32", "utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("said", [RUSSIAN, PLAIN])
def test_wide_encodings_are_read_with_and_without_a_mark_of_their_order(said, page):
    assert decode(said.encode(page)) == (said, "", "")


@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_zero_bytes_between_signs_are_dropped_wherever_they_stand(step):
    data = "".join(f"{sign}\0" if at % step == 0 else sign for at, sign in enumerate(PLAIN))
    assert read_cohort("a.csv", data.encode()).patients["os_months"].tolist() == [3.0, 4.0]


@pytest.mark.parametrize(
    ("page", "first"), [("cp1251", True), ("cp1251", False), ("koi8-r", False), ("cp866", False)]
)
def test_lines_in_two_encodings_are_each_read_by_their_own(page, first):
    lines = [
        line.encode("utf-8" if first == (number < 3) else page)
        for number, line in enumerate(RUSSIAN.splitlines(keepends=True))
    ]
    assert decode(b"".join(lines)) == (RUSSIAN, "", page)
    _cohort, _found, sentence = told(b"".join(lines), "another encoding")
    assert page in sentence


def test_a_page_is_read_whatever_stands_before_its_table():
    page = "<!-- made by us --><div><table>{}</table></div>".format(
        "".join(f"<tr><td>{line.replace(',', '<td>')}" for line in PLAIN.splitlines())
    )
    assert len(read_cohort("a.xls", page.encode())) == 2


@pytest.mark.parametrize("data", [bytes(range(256)) * 16, bytes(range(1, 30)) * 50])
def test_what_is_no_text_is_refused(data):
    with pytest.raises(CohortError) as refused:
        open_file("a.csv", data)
    assert refused.value.code == "not-a-table"


def test_a_large_text_is_looked_at_by_its_beginning(monkeypatch):
    monkeypatch.setattr(encoding, "_SAMPLED", 100)
    assert decode((RUSSIAN * 20).encode().decode("latin-1").encode())[0] == RUSSIAN * 20


# Quotation marks --------------------------------------------------------------------------------


@pytest.mark.cases
def test_a_quotation_mark_left_open_swallows_no_row(number, row):
    cohort, found, _sentence = told(changed(number, row), "quotation mark")
    assert cohort.patients["patient_id"].tolist() == ["U1", "U2", "U3", "U4", "U5", "U6"]
    assert cohort.patients["modality"].isin(["HAI", "TACE"]).all()
    assert found.rows == (number,)


def test_two_marks_left_open_do_not_close_each_other():
    rows = list(ROWS)
    rows[1], rows[4] = 'U2,"A,TACE,SD,22.1,0', 'U5,"B,TACE,SD,20.8,0'
    cohort, found, _sentence = told(table(*rows), "quotation mark")
    assert len(cohort.patients) == 6
    assert found.rows == (3, 6)


def test_a_mark_left_open_among_quoted_cells_moves_no_cell():
    rows = [",".join(f'"{cell}"' for cell in row.split(",")) for row in ROWS]
    rows[1], rows[2] = (row.replace('","TACE', ',"TACE') for row in rows[1:3])
    cohort, found, _sentence = told(table(*rows), "quotation mark")
    assert cohort.patients["centre"].tolist() == ["A", "A", "B", "B", "B", "A"]
    assert cohort.patients["os_months"].tolist() == [9.3, 22.1, 15.9, 9.9, 20.8, 17.5]
    assert found.rows == (3, 4)


@pytest.mark.cases
def test_a_cell_of_several_lines_stays_one(row):
    (sheet,) = read_sheets("a.csv", changed(5, row))
    assert len(sheet.rows) == 7
    assert {len(each) for each in sheet.rows} == {6}
    assert markup.QUOTE not in sheet.marks


def test_a_header_of_several_lines_stays_one():
    header = HEADER.replace("patient_id", '"patient\nid"')
    (sheet,) = read_sheets("a.csv", table(*ROWS, header=header))
    assert sheet.rows[0][0] == "patient\nid"
    assert len(sheet.rows) == 7


def test_a_mark_inside_a_cell_opens_nothing():
    (sheet,) = read_sheets("a.csv", changed(4, 'U3,5" needle,TACE,PD,15.9,1'))
    assert sheet.rows[3][1] == '5" needle'
    assert markup.QUOTE not in sheet.marks


# Rows -------------------------------------------------------------------------------------------


def test_rows_too_short_and_too_long_are_told():
    rows = list(ROWS)
    rows[1], rows[2] = "U2,A,TACE,SD,22.1,0,moved away,see letter", "U3,B,TACE"
    _cohort, short, _sentence = told(table(*rows), "fewer cells")
    _cohort, long, _sentence = told(table(*rows), "beyond the last header")
    assert (short.rows, long.rows) == ((4,), (3,))


def test_names_of_rows_without_a_header_move_no_column():
    rows = [f'"{number}",{row}' for number, row in enumerate(ROWS, 1)]
    cohort, _found, _sentence = told(table(*rows), "one fewer than the cells")
    assert cohort.patients["patient_id"].tolist() == ["U1", "U2", "U3", "U4", "U5", "U6"]
    assert cohort.patients["os_months"].tolist()[0] == 9.3


def test_a_separator_at_the_end_of_each_row_is_no_cell():
    cohort = read_cohort("a.csv", table(*[f"{row}," for row in ROWS]))
    assert cohort.patients["patient_id"].tolist()[0] == "U1"


def test_rows_above_the_headers_are_told():
    data = b"Register of the department\n\n" + table(*ROWS)
    _cohort, found, sentence = told(data, "above the headers")
    assert found.rows == (1,)
    assert "Register" not in sentence


@pytest.mark.parametrize("line", ["sep=|", "SEP=|", '"sep=|"'])
def test_a_line_that_names_the_separator_is_followed(line):
    data = table(*ROWS).replace(b",", b"|")
    cohort = read_cohort("a.csv", line.encode() + b"\r\n" + data)
    assert len(cohort.patients) == 6
    assert cohort.reading.header_row == 1


def test_a_cell_of_a_web_page_holds_for_all_rows_that_it_spans():
    page = (
        "<table><tr><th>modality</th><th>patient_id</th><th>os_months</th><th>os_event</th></tr>"
        "<tr><td rowspan=2>HAI</td><td>P1</td><td>9</td><td>1</td></tr>"
        "<tr><td>P2</td><td>12</td><td>0</td></tr>"
        "<tr><td>TACE</td><td>P3</td><td>15</td><td>1</td></tr></table>"
    )
    cohort, found, _sentence = told(page.encode(), "merged", "a.xls")
    assert cohort.patients["modality"].tolist() == ["HAI", "HAI", "TACE"]
    assert found.rows == (3,)
