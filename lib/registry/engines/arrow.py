"""Columns of Arrow as the house has what an engine answers."""

import numpy as np
import pyarrow as pa

from lib.registry.query import Values


def plain(column: pa.ChunkedArray) -> Values:
    """Numbers with nan where there is none, words with None; a word that comes again is one."""
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        coded = column.combine_chunks().dictionary_encode()
        words = np.array([*coded.dictionary.to_pylist(), None], object)
        found: Values = words[coded.indices.fill_null(-1).to_numpy()]
        return found
    if column.null_count or pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    return np.asarray(column.to_numpy())
