"""What fails for a reason of ours, as the visitor is told, and as Streamlit logs it."""

import logging
from functools import cache

from lib.faults import caught as caught
from lib.faults import described
from lib.language import N_

OURS = N_(
    "Hepar could not do this, for a reason that lies with Hepar and not with your file; all is as "
    "it was before"
)
_OF_STREAMLIT = ("streamlit.error_util", "streamlit.runtime.backend_operation_handler")


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
