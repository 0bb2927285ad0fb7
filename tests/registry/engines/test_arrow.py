"""What Arrow holds, as an engine answers it."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from lib.registry.engines.arrow import plain


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_words_are_words_and_none_in_any_number_of_pieces(kind):
    column = pa.chunked_array([["b", None], ["a", "b"], []], kind)
    found = plain(column)
    assert found.dtype == object and found.tolist() == ["b", None, "a", "b"]
    assert found[0] is found[3], "a word that comes again is one"
    assert plain(pa.chunked_array([], kind)).tolist() == []
    assert plain(pa.chunked_array([[None]], kind)).tolist() == [None]


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([3, 1], pa.int64(), np.array([3, 1], np.int64)),
        ([3, None], pa.int64(), np.array([3.0, np.nan])),
        ([Decimal(7), None], pa.decimal128(38, 0), np.array([7.0, np.nan])),
        ([Decimal(7)], pa.decimal128(38, 0), np.array([7.0])),
        ([True, False], pa.bool_(), np.array([True, False])),
        ([True, None], pa.bool_(), np.array([1.0, np.nan])),
        ([0.5, None], pa.float64(), np.array([0.5, np.nan])),
    ],
)
def test_numbers_are_numbers_and_nan_where_there_is_none(values, kind, expected):
    found = plain(pa.chunked_array([values], kind))
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected)
