"""A text with nothing to look after is cut by columns, and gives what any other way gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.ingest import delimited, reader
from lib.workbooks import book, limits

CELLS = st.text(st.characters(exclude_characters='"\x00\ufffd\n\r;\ue000', codec="utf-8"))
TABLES = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1)
)


@given(TABLES, st.sampled_from(("\n", "\r\n")), st.booleans())
def test_columns_say_what_rows_say(table, end, ended):
    text = end.join(map(";".join, table)) + (end if ended else "")
    found = delimited.cut(text, ";")
    assert found.columns and not found.marks
    assert list(map(list, found.rows)) == delimited._cut(text, ";")[0] == table
    expected = reader.turned(table)
    for column, one in zip(reader._read(found.columns), expected, strict=True):
        assert column.cells == one.cells
        assert column.codes.tolist() == one.codes.tolist()


@pytest.mark.parametrize(
    "text",
    [
        'a;b\n"1";2\n',
        "a;b\n1\n",
        "a;b\n1;2;3\n",
        "a;b\n\n1;2\n",
        "a;b\r1;2\r",
        "a;b\n1;2\x00\n",
        "a;b\n1;\ufffd\n",
        "a\n1\n",
        "a§b\n1§2\n",
        f"a;b\n1;{'x' * (limits.LONGEST_CELL + 1)}\n",
    ],
)
def test_what_is_to_be_looked_after_is_cut_by_rows(text):
    assert not delimited.cut(text, "§" if "§" in text else ";").columns


@given(st.lists(st.sampled_from("abcde"), min_size=1), st.integers(0, 9))
def test_the_rows_below_have_their_own_cells_in_their_own_order(cells, after):
    (column,) = reader._read(book.coded([cells]))
    below = column.below(after)
    assert list(below) == cells[after:]
    assert list(below.cells) == list(dict.fromkeys(cells[after:]))
