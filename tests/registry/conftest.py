"""A database of its own for the tests that ask one."""

import shutil
import subprocess
import tempfile

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="session")
def server():
    """Start PostgreSQL with an empty database, and give its URL."""
    folder = tempfile.mkdtemp(prefix="hepar-")
    tool = [str(ROOT / "tools" / "postgresql"), folder]
    started = subprocess.run(tool, capture_output=True, text=True)
    assert started.returncode == 0, started.stderr
    yield started.stdout.strip()
    subprocess.run([*tool, "stop"], capture_output=True, check=True)
    shutil.rmtree(folder)


@pytest.fixture
def cluster():
    """The address of a cluster of one machine."""
    pytest.importorskip("pyspark")
    return "local[2]"
