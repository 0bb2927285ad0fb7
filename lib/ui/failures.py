"""What fails for a reason of ours, as the visitor is told, and as Streamlit logs it."""

import logging
import threading
from functools import cache
from typing import Any

import streamlit as st

from lib.faults import caught as caught
from lib.faults import described
from lib.language import N_

OURS = N_(
    "Hepar could not do this, for a reason that lies with Hepar and not with your file; all is as "
    "it was before"
)


@cache
def keep_data_out_of_the_log() -> None:
    """Let whatever is logged say the line of `described` for what failed, and not what it said.

    Streamlit, its server and Python's own threads log what they catch themselves, in a callback,
    a download or an upload, with all its words, and these quote the cell that failed.
    """
    made = logging.getLogRecordFactory()

    def without_data(*arguments: Any, **more: Any) -> logging.LogRecord:
        record = made(*arguments, **more)
        if record.exc_info and record.exc_info[1] is not None:
            record.msg, record.args = described(record.exc_info[1]), ()
            record.exc_info = record.exc_text = None
        elif isinstance(record.args, tuple):
            record.args = tuple(
                described(each) if isinstance(each, BaseException) else each for each in record.args
            )
        return record

    def of_thread(ended: threading.ExceptHookArgs) -> None:
        if ended.exc_value is not None:
            logging.getLogger("hepar").error(described(ended.exc_value))

    logging.setLogRecordFactory(without_data)
    threading.excepthook = of_thread
    st.set_option("logger.enableRich", False)  # it prints by itself, past any log
