"""Files larger than a table are refused while they are read, and no work grows with a square."""

import io
import sys
import time
import tracemalloc
import zipfile

import pandas as pd
import pyreadstat
import pytest

from lib import text
from lib.cohort import CohortError
from lib.ingest import delimited, open_file, propose, read, read_cohort, workbook
from lib.ingest.reader import read_sheets
from lib.ingest.workbook import tables_of
from lib.workbooks import limits
from tests.conftest import as_book
from tests.ingest import dialects
from tests.ingest.test_workbook import FILES

HEADER = ["patient_id", "modality", "os_months", "os_event"]


def rows(n, more=()):
    return [
        [f"P{i}", ("HAI", "TACE")[i % 2], str(i % 40), str(i % 2), *more] for i in range(1, n + 1)
    ]


def page(table, span=""):
    cells = "".join(
        "<tr>" + "".join(f"<td{span}>{cell}</td>" for cell in row) + "</tr>" for row in table
    )
    return f"<html><table>{cells}</table></html>".encode()


def plain(table):
    return "\n".join(",".join(row) for row in table).encode()


KINDS = {
    "a.csv": plain,
    "a.xls": page,
    "a.xlsx": lambda table: as_book({"a": table}),
    "a.ods": dialects.ods,
    "old.xls": dialects.xls,
}


def refused(name, data):
    with pytest.raises(CohortError) as refusal:
        read_cohort(name, data)
    return text.error(refusal.value)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.cases
def test_too_many_of_anything_are_refused_for_every_kind_of_file(
    name, limit, most, says, monkeypatch
):
    data = KINDS[name]([HEADER, *rows(30)])
    assert len(read_cohort(name, data)) == 30
    monkeypatch.setattr(limits, limit, most)
    assert says in refused(name, data)


@pytest.mark.parametrize("limit", ["MOST_CELLS", "MOST_ROWS", "MOST_COLUMNS"])
@pytest.mark.parametrize("name", ["clean.xlsb", "clean.xls"])
def test_binary_workbooks_are_counted_too(name, limit, monkeypatch):
    monkeypatch.setattr(limits, limit, 1)
    assert "cannot be read" in refused(name, (FILES / name).read_bytes())


@pytest.mark.parametrize("write", ["sav", "dta"])
def test_files_of_statistical_packages_are_counted_before_they_are_read(
    write, tmp_path, monkeypatch
):
    frame = pd.DataFrame(rows(30), columns=HEADER)
    path = tmp_path / f"a.{write}"
    getattr(pyreadstat, f"write_{write}")(frame, str(path))
    data = path.read_bytes()
    assert len(read_cohort(path.name, data)) == 30
    for limit, most, says in (
        ("MOST_COLUMNS", 3, "columns"),
        ("MOST_ROWS", 20, "thousand rows"),
        ("MOST_CELLS", 100, "million cells"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(limits, limit, most)
            assert says in refused(path.name, data)


def test_spans_of_a_web_page_are_counted_while_it_is_read(monkeypatch):
    """3 MB of spans were as many cells as a bomb has, and made before they were counted."""
    wide = page([["a"] * 300] * 300, ' colspan="999999" rowspan="99999"')
    assert "columns" in refused("a.xls", wide)
    monkeypatch.setattr(limits, "MOST_CELLS", 100_000)
    deep = page([["a"] * 9] * 10_000, ' colspan="100"')
    assert "million cells" in refused("a.xls", deep)


def test_a_short_table_with_one_long_row_is_counted_as_wide_as_that():
    ragged = [["a", "b"]] * 10_000 + [["a"] * 900]
    assert "million cells" in refused("a.csv", plain(ragged))


@pytest.mark.parametrize("cell", ["<c/>", "<si><t></t></si>"])
def test_the_elements_of_a_workbook_are_counted_before_it_is_unpacked(cell, monkeypatch):
    monkeypatch.setattr(workbook, "GLANCED_AT", 0)
    monkeypatch.setattr(workbook, "MOST_ELEMENTS", 200_000)
    monkeypatch.setattr(workbook.book, "sheets", None)
    sheet = "<worksheet><sheetData>" + cell * 300_000
    data = dialects.repacked(as_book({"a": [HEADER, *rows(3)]}), dialects.SHEET, lambda _: sheet)
    assert "million cells" in refused("a.xlsx", data)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_a_part_that_is_larger_than_it_says_is_found_before_it_is_unpacked(method, monkeypatch):
    monkeypatch.setattr(workbook, "GLANCED_AT", 0)
    monkeypatch.setattr(workbook.book, "sheets", None)
    name, content = "xl/worksheets/sheet1.xml", b"<worksheet>" + b" " * (1 << 21)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as parts:
        parts.writestr(name, content)
    size = len(content).to_bytes(4, "little")
    if method == zipfile.ZIP_STORED:  # the packed size stays
        at = data.getvalue().rfind(b"PK\1\2")
        lying = data.getvalue()[: at + 24] + (9).to_bytes(4, "little") + data.getvalue()[at + 28 :]
    else:
        lying = data.getvalue().replace(size, (9).to_bytes(4, "little"))
    assert "damaged" in refused("a.xlsx", lying)


def test_a_line_of_50_mb_is_refused():
    assert "million cells" in refused("a.csv", b"a," * 25_000_000)


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("unit", ["a", "a,", '""', "abcd\n", "я", "\U0001f600"])
def test_no_more_of_a_cell_is_held_than_is_kept(quote, unit, monkeypatch):
    """The last cell of a row is 6 MB long, in 6 MB beyond what its bytes and its text take."""
    if not quote and unit in ("a,", '""', "abcd\n"):
        return
    long = unit * (6_000_000 // len(unit.encode()))
    table = plain(
        [[*HEADER, "x"], *rows(9, ["y"]), ["Q", "HAI", "1", "1", f"{quote}{long}{quote}"]]
    )
    taken = []
    cutting = delimited._cut

    def watched(text, delimiter):
        tracemalloc.start()
        found = cutting(text, delimiter)
        taken.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        return found

    monkeypatch.setattr(delimited, "_cut", watched)
    if unit == "abcd\n":
        monkeypatch.setattr(limits, "MOST_COLUMNS", 30)
    cohort = read_cohort("a.csv", table)
    (told,) = [f for f in cohort.findings if "longer than" in f.message]
    assert told.severity == "error" and told.rows == (11,)
    assert taken[0] < 25_000_000


def test_nothing_behind_a_long_cell_is_lost():
    """Also what stands in the lines and the cells after one that is cut, quoted or not."""
    long, most = "x" * 40_000, limits.LONGEST_CELL
    cells = [long, f'"{long}"', f'"a""{long}""b, c"', f'"a\n{long}\n"', f'5" {long}']
    for place, cell in enumerate(cells):
        row = ["P1", "HAI", '"3"', "1", "n"]
        for at in range(5):
            given = [*row[:at], cell, *row[at + 1 :]]
            data = plain([[*HEADER, "note"], given, *rows(3, ["z"])])
            found = read_sheets("a.csv", data)[0].rows
            assert [len(each) for each in found] == [5] * 5, (place, at)
            assert [*found[1][:at], *found[1][at + 1 :]] == [
                each.strip('"') for each in (*row[:at], *row[at + 1 :])
            ]
            assert len(found[1][at].lstrip("5 ")) in range(most - 3, most + 1)
            assert list(found[2]) == ["P1", "TACE", "1", "1", "z"]


PAGE = "<table><tr><th>patient_id<th>modality<tr><td>P1<td>HAI<tr><td>P2<td>TACE"


@pytest.mark.cases
@pytest.mark.parametrize("inside", [True, False])
def test_a_page_is_cut_in_one_pass_whatever_is_open_in_it(more, inside):
    """Twice as much takes at most about twice as long, by the clock of the processor."""

    def work(n):
        page = PAGE + ("<tr><td>" if inside else "</table>") + more * n
        start = time.process_time()
        tables_of(page)
        return time.process_time() - start

    few = min(work(20_000) for _ in range(3))
    assert min(work(80_000) for _ in range(3)) < 10 * few + 0.1


def test_digits_without_end_in_a_reference_of_a_page_are_text():
    page = f"{PAGE}<tr><td>P3 &#{'9' * 5000}; &#65;&nbsp;&Uuml;&eacute &lt;b&gt;<td>TAE"
    (table,) = tables_of(page)
    assert table.rows[3][0].endswith("9; A Ü&eacute <b>")


def test_a_long_cell_of_a_page_is_cut_and_told():
    cohort = read_cohort("a.xls", f"{PAGE}<tr><td>P3<td>TACE<td>{'n' * 40_000}".encode())
    assert [f.rows for f in cohort.findings if "longer than" in f.message] == [(4,)]


def test_cells_of_100_kb_are_read_cut_and_told():
    """Also many; each holds what a search for names, numbers or dates may stumble over."""
    long = ("Xx A.B. ", "тел 1 ", "1", "+7 ", "a@b.", "- ", "12.", "(1", "Main Street ", "Dr ")
    table = [
        [*row, (long[i % len(long)] * 100_000)[:100_000], f"note {i}"]
        for i, row in enumerate(rows(22))
    ]
    cohort = read_cohort("a.csv", plain([[*HEADER, "notes", "comment"], *table]))
    assert len(cohort) == 22
    (told,) = [f for f in cohort.findings if "longer than" in f.message]
    assert len(told.rows) == 22


def steps(work):
    """Lines of Python that some work runs, which no busy machine changes."""
    count = 0

    def step(_frame, event, _argument):
        nonlocal count
        count += event == "line"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def merging(n, height):
    """A workbook with as many merged ranges, all of them over the whole of its table."""
    ranges = '<mergeCell ref="A2:XFD1048576"/>' * n
    return dialects.repacked(
        as_book({"a": [HEADER, *rows(height)]}),
        dialects.SHEET,
        lambda xml: xml.replace("</sheetData>", f"</sheetData><mergeCells>{ranges}</mergeCells>"),
    )


def test_merged_ranges_that_overlap_are_left_out_and_told():
    cohort = read_cohort("a.xlsx", merging(20_000, 30))
    assert [f for f in cohort.findings if "overlap" in f.message]
    few, many = merging(500, 60), merging(4_000, 60)
    read_cohort("a.xlsx", few)
    assert steps(lambda: read_cohort("a.xlsx", many)) < 2 * steps(
        lambda: read_cohort("a.xlsx", few)
    )


def test_work_grows_as_the_file_does():
    """Twice the rows are at most about twice the steps, whatever stands in the cells."""

    def work(n):
        table = plain([[*HEADER, "notes"], *rows(n, ["Xx A.B. тел 1 " * 40])])

        def whole():
            file = open_file("a.csv", table)
            propose(file)
            read(file)

        whole()
        return steps(whole)

    assert work(1_000) < 3 * work(500)


DIGITS = "1" * 5_000


@pytest.mark.parametrize("where", ["one", "most", "header"])
def test_digits_without_end_are_read_or_told(where):
    header = [*HEADER, "age", "n_lesions", "first_procedure_date", "№", "week", "Год", "ecog"]
    table = [[*row, "50", "3", f"{i % 28 + 1}.02.2020", str(i), "2", "2020", "1"]
             for i, row in enumerate(rows(15))]  # fmt: skip
    for place in range(len(header)):
        for row in {"one": [place], "most": range(3, 15), "header": []}[where]:
            table[row][place] = DIGITS
    if where == "header":
        header = [f"{name} {DIGITS[:1000]}" for name in header]
    data = "\n".join("\t".join(row) for row in [header, *table]).encode()
    try:
        file = open_file("a.tsv", data)
        assert [column.picture for column in propose(file).columns]
        assert len(read(file))
    except CohortError as error:
        assert text.error(error)


def many_sheets(n):
    rows = [["patient_id", "sex", "age"], *([f"P{i}", "F", 50 + i] for i in range(12))]
    return as_book({f"s{k}": rows for k in range(n)})


def test_a_workbook_of_too_many_sheets_is_refused_with_their_number(monkeypatch):
    monkeypatch.setattr(limits, "MOST_SHEETS", 3)
    assert len(open_file("a.xlsx", many_sheets(3)).sheets) == 3
    with pytest.raises(CohortError, match="cannot be read; keep the sheets"):
        open_file("a.xlsx", many_sheets(4))


def test_work_grows_as_the_sheets_of_a_workbook_do():
    few, many = many_sheets(4), many_sheets(16)
    open_file("a.xlsx", few)
    assert steps(lambda: open_file("a.xlsx", many)) < 6 * steps(lambda: open_file("a.xlsx", few))


def test_work_grows_as_the_distinct_values_of_a_column_do():
    def work(n):
        head = b"patient_id,modality,centre,response_6m\n"
        lines = [f"P{i},arm number {i},town of {i},r{i} x\n" for i in range(n)]
        data = head + "".join(lines).encode()
        propose(open_file("a.csv", data))
        return steps(lambda: propose(open_file("a.csv", data)))

    assert work(1_600) < 3 * work(800)


def test_a_header_without_end_is_read_by_its_beginning():
    def work(n):
        data = ("01.02.2020 " * n + ",modality,age\n" + "1,HAI,50\n" * 12).encode()
        open_file("a.csv", data)
        return steps(lambda: open_file("a.csv", data))

    assert work(4_000) < 4 * work(400)
