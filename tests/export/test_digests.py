"""Sums of cells: what was changed is named, whatever it is, and nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.export import digests
from tests.conftest import TWO_ARMS, cohort_of


@pytest.fixture(scope="module")
def cohort():
    return cohort_of(TWO_ARMS)


def changed(cohort, row, column, value):
    patients = cohort.patients.astype({column: object})
    patients.loc[row, column] = value
    return replace(cohort, patients=patients)


def test_nothing_differs_from_itself(cohort):
    assert list(digests.differs(digests.sums(cohort), cohort)) == []


@given(st.data())
def test_any_one_cell_is_named_and_no_other(cohort, data):
    row = data.draw(st.sampled_from(cohort.patients.index.tolist()))
    names = [name for name in cohort.patients if name not in ("row", "patient_id")]
    column = data.draw(st.sampled_from(names))
    value = data.draw(st.none() | st.text("ab1.") | st.floats(allow_nan=False))
    now = changed(cohort, row, column, value)
    patient, number = cohort.patients.loc[row, ["patient_id", "row"]]
    expected = ("patients", "changed", number, patient, (column,))
    found = list(digests.differs(digests.sums(cohort), now))
    is_same = digests._sum(cohort.patients.loc[row, column]) == digests._sum(value)
    assert found == ([] if is_same else [expected])


@pytest.mark.parametrize(("one", "other"), [(5, 5.0), ("5", 5.0), (None, float("nan"))])
def test_one_value_has_one_sum_however_its_column_is_read(one, other):
    assert digests._sum(one) == digests._sum(other)


@pytest.mark.parametrize("kept", [b"", b"[]", b'{"patients": 1}', b"[" * 100_000, b"\xff"])
def test_what_is_no_sums_is_refused(cohort, kept):
    with pytest.raises(ValueError, match="no sums of cells"):
        list(digests.differs(kept, cohort))
