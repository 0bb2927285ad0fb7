"""What fails for a reason of ours: caught in one place, told in a sentence, logged without data."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from lib.faults import described
from lib.language import N_

OURS = N_(
    "Hepar could not do this, for a reason that lies with Hepar and not with your file; all is as "
    "it was before"
)
_OF_STREAMLIT = ("streamlit.error_util", "streamlit.runtime.backend_operation_handler")
_log = logging.getLogger("hepar")


@contextmanager
def caught(tell: Callable[[], None]) -> Iterator[None]:
    """Run what may fail, and where it does log the place and tell the visitor.

    The only place in Hepar that catches whatever comes. Everywhere else an exception is caught by
    its name, so that no fault is hidden; but here, at the edge to the visitor, one that nobody
    foresaw must neither end the session nor show or log a cell of a patient. Only what changes
    the session as its last step belongs under it. Streamlit's own way to stop or run again is no
    `Exception` and passes.

    Parameters
    ----------
    tell : function
        Says to the visitor that it failed, and what can be done now.
    """
    try:
        yield
    except Exception as failure:
        _log.error(described(failure))
        tell()


class _WithoutData(logging.Filter):
    """Logs the line of `described` in place of a traceback, which quotes what failed."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1] is not None:
            record.msg, record.args = described(record.exc_info[1]), ()
            record.exc_info = record.exc_text = None
        return True


@cache
def keep_data_out_of_the_log() -> None:
    """Let Streamlit log what it catches itself, in a callback or a download, without data too."""
    for name in _OF_STREAMLIT:
        logging.getLogger(name).addFilter(_WithoutData())
