"""The benchmark of conclusions reads what Compare shows."""

import pytest

from benchmarks import conclusions
from benchmarks.conclusions import SCENES, truth

BY_NAME = {scene.name: scene for scene in SCENES}


@pytest.mark.parametrize("scene", SCENES, ids=[scene.name for scene in SCENES])
def test_every_scene_is_read(scene):
    found = conclusions.read(scene, 30, 1, 0.0)  # fails where a conclusion is worded anew
    assert found is not None and found.claimed in (-1, 0, 1) and "not-randomised" in found.cautions


def test_a_large_effect_is_read_as_one_and_the_way_it_goes():
    scene = BY_NAME["effect"]
    found = conclusions.read(scene, 120, 3, truth(scene))
    assert found is not None and found.made_alike and found.covers and found.claimed == 1
