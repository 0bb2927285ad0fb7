"""One at a time has a folder, and whoever ends lets go of it."""

import pytest

from lib.registry.lock import alone
from tests.conftest import refused


def test_a_folder_is_had_by_one_at_a_time(tmp_path):
    with alone(tmp_path), refused("registry-busy"), alone(tmp_path):
        pytest.fail("two have it")


def test_it_is_free_after_whatever_ended_it(tmp_path):
    (tmp_path / ".lock").write_bytes(b"left by a program that is gone")
    with pytest.raises(ZeroDivisionError), alone(tmp_path):
        raise ZeroDivisionError
    with alone(tmp_path):
        assert [each.name for each in tmp_path.iterdir()] == [".lock"]
