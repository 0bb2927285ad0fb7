"""Here files are read by workers, as in the app."""

from collections.abc import Iterator

import pytest

from lib.worker import pool, process
from lib.worker.process import starts_python


@pytest.fixture(scope="module", autouse=True)
def _in_a_worker() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "starts_python", starts_python)
        yield


@pytest.fixture(autouse=True)
def _own_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker waits that another test has started."""
    monkeypatch.setattr(pool, "_POOL", pool._Pool(2))
