"""Some patients at a time, by the numbers that they have."""

import numpy as np
import pyarrow as pa
import pytest

from lib.registry.engines.duckdb import DuckDB
from lib.registry.slices import slices

FAR_APART = 10**9  # numbers of the patients of two parts


@pytest.mark.parametrize("most", [1, 70, 299, 300, 1000])
@pytest.mark.parametrize("apart", [0, FAR_APART])
def test_each_patient_is_in_one_slice_and_few_are_in_each(most, apart):
    numbers = np.concatenate([at * apart + at * 100 + np.arange(100) for at in range(3)])
    engine = DuckDB({"facts": pa.table({"patient": np.random.default_rng(1).permutation(numbers)})})
    found = slices(engine.columns, most)
    inside = np.array([(numbers >= low) & (numbers <= high) for low, high in found])
    assert (inside.sum(axis=0) == 1).all()
    assert found == sorted(found)
    stretch = 100 if apart else 1  # patients whose numbers are close are not told apart
    assert inside.sum(axis=1).max() <= most + stretch
    engine.close()
