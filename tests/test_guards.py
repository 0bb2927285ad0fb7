"""The guards prevent what they say they prevent: a second modality that does nothing."""

import numpy as np
import pytest

from benchmarks import guards
from lib.statistics import cox


@pytest.fixture(scope="module")
def cohorts():
    random = np.random.default_rng(7)
    return [guards.patients(random, 200) for _ in range(60)]


def middle(cohorts, way):
    ratios = [cox.ratio(way(data, second), "one", "both").value for data, second, _pd in cohorts]
    return float(np.exp(np.log(ratios).mean()))


def test_grouped_by_the_end_the_second_modality_seems_to_save_lives(cohorts):
    assert middle(cohorts, guards.naive) < 0.6


@pytest.mark.parametrize("way", [guards.landmark, guards.switching])
def test_grouped_by_what_was_known_it_does_nothing(cohorts, way):
    assert middle(cohorts, way) == pytest.approx(1, abs=0.07)
