"""Tables on the clipboard: as a table for a text processor, as lines for all else."""

import pandas as pd

from lib.exhibits.exhibit import Table
from lib.export import clipboard

TABLE = Table(
    "Any", lambda: pd.DataFrame({"": ["Deaths", "<b>x</b>"], "HAI & TACE": ["14\n of 20", None]})
)


def test_a_table_keeps_its_rows_and_columns():
    assert clipboard.plain(TABLE) == "\tHAI & TACE\nDeaths\t14 of 20\n<b>x</b>\t"
    rich = clipboard.rich(TABLE)
    assert rich.count("<tr>") == 3
    assert rich.count("<th ") == 2
    assert rich.count("<td ") == 4


def test_nothing_of_a_file_is_markup():
    rich = clipboard.rich(TABLE)
    assert "&lt;b&gt;x&lt;/b&gt;" in rich
    assert "HAI &amp; TACE" in rich
    assert "<b>" not in rich


def test_no_cell_is_run_as_a_formula_where_it_is_pasted():
    frame = pd.DataFrame({"=1+1": ["@x", "-3", "−3"]})
    table = Table("Any", lambda: frame)
    assert clipboard.plain(table).split("\n") == ["'=1+1", "'@x", "-3", "−3"]
    assert ">=1" not in clipboard.rich(table)
    assert ">@x" not in clipboard.rich(table)
