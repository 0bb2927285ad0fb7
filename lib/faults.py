"""What fails for a reason of ours: caught in one place, told in one line without data."""

import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

_ROOT = Path(__file__).parents[1]
_OURS = (_ROOT / "lib", _ROOT / "pages")
_PLACES = 4
_log = logging.getLogger("hepar")
interrupted = Event()
"""Whether the command line was told to stop: what is half done is not put in place then."""


class DescribedError(Exception):
    """An error of another process, of which only the line that `described` it is left."""


def described(failure: BaseException) -> str:
    """An exception in one line without data: its kind, and where in Hepar it arose.

    What it says is left out, since pandas and others say the value that they could not take. One
    that was raised for another is told as that.
    """
    while failure.__cause__ is not None:
        failure = failure.__cause__
    if isinstance(failure, DescribedError):
        return str(failure)
    called = traceback.extract_tb(failure.__traceback__)
    ours = [
        each for each in called if any(Path(each.filename).is_relative_to(room) for room in _OURS)
    ]
    places = (
        f"{Path(each.filename).relative_to(_ROOT).as_posix()}:{each.lineno} {each.name}"
        for each in reversed(ours[-_PLACES:])
    )
    return f"{type(failure).__name__} at {', from '.join(places) or 'no line of Hepar'}"


@contextmanager
def caught(tell: Callable[[], object]) -> Iterator[None]:
    """Run what may fail, and where it does log the place and tell the visitor.

    The only place in Hepar that catches whatever comes. Everywhere else an exception is caught by
    its name, so that no fault is hidden; but here, at the edge to the visitor, one that nobody
    foresaw must neither end the session nor show or log a cell of a patient. Only what changes
    the session as its last step belongs under it. Streamlit's own way to stop or run again is no
    `Exception` and passes.

    `tell`: says to the visitor that it failed, and what can be done now.
    """
    try:
        yield
    except Exception as failure:
        _log.error(described(failure))
        tell()
