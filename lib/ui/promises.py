"""What Streamlit does by itself that the README says Hepar does not: kept from it in one place.

It would write an upload of more than 1 MB to a temporary file, keep the bytes of an upload as long
as its tab is open, and ask a foreign host for its own address when a page of another origin knocks.
"""

import gc
from functools import cache

import streamlit as st
from starlette.formparsers import MultiPartParser
from streamlit import net_util
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

_MEGABYTE = 1 << 20
_ITSELF = "127.0.0.1"


@cache
def keep() -> None:
    """Keep uploads in memory and the server's questions at home, before any upload can come."""
    limit: int = st.get_option("server.maxUploadSize")
    MultiPartParser.spool_max_size = (limit + 1) * _MEGABYTE
    net_util._external_ip = _ITSELF


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
