"""What Streamlit does by itself that the README says Hepar does not: kept from it in one place.

It would write an upload of more than 1 MB to a temporary file, keep the bytes of an upload as long
as its tab is open, keep the rows of a tab that was closed until others come and go, and ask a
foreign host for its own address when a page of another origin knocks.
"""

import asyncio
import gc
from functools import cache

import streamlit as st
from starlette.formparsers import MultiPartParser
from streamlit import net_util
from streamlit.runtime import Runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from lib.ui import failures

_MEGABYTE = 1 << 20
_ITSELF = "127.0.0.1"
_SWEPT = 10
"""Seconds between two looks for tabs that were closed."""


@cache
def keep() -> None:
    """Keep uploads in memory and the server's questions at home, before any upload can come."""
    limit: int = st.get_option("server.maxUploadSize")
    MultiPartParser.spool_max_size = (limit + 1) * _MEGABYTE
    net_util._external_ip = net_util._internal_ip = _ITSELF


@cache
def freeze_imports() -> None:
    """Keep the imports out of every later garbage collection, which would otherwise hold a page."""
    gc.collect()
    gc.freeze()


async def sweep_for_ever() -> None:
    """Erase whose tab is closed for longer than it may reconnect; nobody else need come for it."""
    while True:
        await asyncio.sleep(_SWEPT)
        with failures.caught(lambda: None):
            sweep()


def sweep() -> None:
    """Shut down every session that can no longer be reconnected, and free what it held.

    To be called in the server's own thread, which has the sessions.
    """
    left = Runtime.instance()._session_mgr._session_storage._cache
    left.expire()
    let_go_of_all()


def let_go_of(file: UploadedFile) -> None:
    """Take the bytes of an upload, names and record numbers with them, out of the server's store.

    To be called once they have been read.
    """
    context = get_script_run_ctx()
    if context and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)


def let_go_of_all() -> None:
    """Free at once what nothing holds any more, instead of when the next visitor needs room."""
    gc.collect()
