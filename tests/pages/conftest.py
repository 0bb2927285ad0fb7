"""No page fails unseen: what the frame catches is logged, and a test must expect it."""

import logging
from collections.abc import Iterator

import pytest

from lib.ui import promises


@pytest.fixture(autouse=True, scope="session")
def guarded() -> None:
    """Take the app for started as README says."""
    promises.guard()


class Kept(logging.Handler):
    """Keeps the lines that are logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(record.getMessage())


@pytest.fixture(autouse=True)
def failed() -> Iterator[list[str]]:
    """The lines about what failed; a test that expects some takes them out."""
    handler, log = Kept(), logging.getLogger("hepar")
    log.addHandler(handler)
    yield handler.lines
    log.removeHandler(handler)
    assert handler.lines == []
