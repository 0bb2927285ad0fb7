"""Cells as they are typed."""

import pytest

from lib.recist.measurements import Scans, length, organ, sites, size
from tests.conftest import cohort_of


@pytest.mark.cases
def test_diameters(text, micrometres):
    assert size(text) == micrometres


@pytest.mark.parametrize("text", ["23?", "-3", "20 x 30", "big"])
def test_what_is_no_diameter(text):
    with pytest.raises(ValueError, match="is no diameter"):
        size(text)


@pytest.mark.parametrize("millimetres", [70.1, 0.1 + 0.2, 7.01 * 10, 57.0])
def test_lengths_are_exact(millimetres):
    assert length(millimetres) == round(millimetres * 10) * 100


@pytest.mark.cases
def test_organs(text, name):
    assert organ(text) == name


@pytest.mark.cases
def test_sites_of_new_lesions(text, names):
    assert set(sites(text)) == set(names)


def test_a_table_without_dates_has_no_scan():
    cohort = cohort_of({"age": [50]}, {"lesions": {"patient_id": ["P1"], "diameter_mm": ["20"]}})
    assert Scans(cohort).of("P1") == []
