"""What Streamlit does by itself that the README says Hepar does not: kept from it in one place.

It would write an upload of more than 1 MB to a temporary file, keep the bytes of an upload as long
as its tab is open, keep the rows of a tab that was closed until others come and go, ask a foreign
host for its own address when a page of another origin knocks, and lose a file that is dropped in
the moment in which a run begins.
"""

import asyncio
import ctypes
import gc
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Event
from time import monotonic
from typing import TypeAlias

import streamlit as st
from starlette.formparsers import MultiPartParser
from streamlit import net_util
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.caching.ttl_cache import TTLCache
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import RerunData, StopException, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType
from streamlit.runtime.session_manager import SessionManager
from streamlit.runtime.uploaded_file_manager import UploadedFile

from lib.ui import failures

Sessions: TypeAlias = dict[str, AppSession]
_MEGABYTE = 1 << 20
_ITSELF = "127.0.0.1"
_ANSWERS = ("file_urls_response", "backend_operation_response")
"""What a browser has asked for, and waits for as long as it takes."""
_GUARDED = Event()
_A_DAY = 86_400  # seconds
_SWEPT = 5  # seconds between two looks for tabs that were closed
_SWEEPS, _MINUTE = 2, 60 // _SWEPT
_LEFT: deque[None] = deque(maxlen=_MINUTE)
"""The sweeps that are to free what was left behind: a run that holds it may not be over at the
first, and one of a tab that was closed for as long as a file is read."""
_LEFT_BY: set[str] = set()
"""The sessions of which a run is to free it as it ends."""
_SHARE, _LONGEST = 50, 15
"""A look through all that is alive holds every page: it takes at most one part in so many of the
time, and where somebody left something it is put off for at most so many seconds."""
_OLDEST = 2  # generation: what outlived two looks of Python's own through what is new
_OFTEN, _NEVER = 10, 1_000_000_000  # of those, since the last look through all that is alive
_next_look = 0.0  # where somebody left something
_next_of_itself = 0.0


@cache
def keep() -> None:
    """Keep uploads in memory and the server's questions at home, before any upload can come."""
    limit: int = st.get_option("server.maxUploadSize")
    MultiPartParser.spool_max_size = (limit + 1) * _MEGABYTE
    net_util._external_ip = net_util._internal_ip = _ITSELF
    _keep_answers()


def _keep_answers() -> None:
    """Have a run that begins leave what answers the browser among what is still to be sent.

    Streamlit takes all that the run before has drawn out of a session's queue, and with it the
    addresses to which the browser was to send a file: it would wait for them and say nothing.
    """
    clear = ForwardMsgQueue.clear

    def cleared(
        self: ForwardMsgQueue,
        retain_lifecycle_msgs: bool = False,
        fragment_ids_this_run: list[str] | None = None,
    ) -> None:
        waiting = self._queue if retain_lifecycle_msgs else []
        answers = [each for each in waiting if each.WhichOneof("type") in _ANSWERS]
        clear(self, retain_lifecycle_msgs, fragment_ids_this_run)
        left = {id(each) for each in self._queue}
        self._queue += [each for each in answers if id(each) not in left]

    ForwardMsgQueue.clear = cleared  # type: ignore[method-assign]


def guard() -> None:
    """Say that this server was started with all that it promises."""
    _GUARDED.set()


def guarded() -> bool:
    """Whether this server was started with all that it promises."""
    return _GUARDED.is_set()


@cache
def freeze_imports() -> None:
    """Keep the imports out of every later garbage collection, which would otherwise hold a page."""
    gc.freeze()  # hardly any of it is garbage, and to look for that takes a tenth of a start


def look_by_the_clock() -> None:
    """Leave looks through all that is alive to `sweep_for_ever`, which allows them little time.

    Python itself looks whenever what is alive has grown by a quarter: while a hundred visitors
    first see their figures every ten seconds, for more than a second each.
    """
    youngest, younger, _oldest = gc.get_threshold()
    gc.set_threshold(youngest, younger, _NEVER)


async def sweep_for_ever() -> None:
    """Erase whose tab is closed for longer than it may reconnect; nobody else need come for it."""
    known: Sessions = {}
    every = min(_SWEPT, st.get_option("server.disconnectedSessionTTL"))
    while True:
        await asyncio.sleep(every)
        with failures.caught(lambda: None):
            known = swept(known)


def swept(before: Sessions) -> Sessions:
    """Erase every session that was known before and can no longer be reconnected.

    What remains of one would otherwise be held by whatever of the server looked at it last. To be
    called in the server's own thread, which has the sessions.

    Gives the sessions that are known now.
    """
    _forget_expired()
    known = {each.session.id: each.session for each in _sessions().list_sessions()}
    _end(before, known)
    now = monotonic()
    if _LEFT and now >= _next_look:
        _LEFT.pop()
        let_go_of_all()
    elif gc.get_count()[_OLDEST] > _OFTEN and now >= _next_of_itself:
        let_go_of_all()
    return known


def _forget_expired() -> None:
    """Take what can no longer be reconnected out of the store, which keeps it until others come."""
    store = getattr(_sessions(), "_session_storage", None)
    if isinstance(store, MemorySessionStorage) and isinstance(store._cache, TTLCache):
        store._cache.expire()


def _end(before: Sessions, known: Sessions) -> None:
    """Erase the sessions that are gone, and hold none of them when all is let go of."""
    while before:
        name, session = before.popitem()
        if name not in known:
            session.shutdown()
            session.session_state.clear()
            session.session_state._new_widget_state.widget_metadata.clear()
            _LEFT_BY.discard(name)
            _sweep(_MINUTE)


def leave(at_once: bool = False) -> None:
    """Have what this run lets go of freed soon, or as it ends, and not once somebody needs room."""
    _sweep(_SWEEPS)
    if (context := get_script_run_ctx()) is not None:
        (_LEFT_BY.add if at_once else _LEFT_BY.discard)(context.session_id)


def _sweep(times: int) -> None:
    """Look through all that is alive so often yet: what others left is freed by the same looks."""
    _LEFT.extend([None] * (times - len(_LEFT)))


def let_go_of_left() -> None:
    """Free at once what a run of this session left behind, if any did."""
    context = get_script_run_ctx()
    if context is not None and context.session_id in _LEFT_BY:
        _LEFT_BY.discard(context.session_id)
        let_go_of_all()


def _sessions() -> SessionManager:
    return Runtime.instance()._session_mgr


def comes_back_too_late() -> bool:
    """Whether a session that begins is given widgets: its browser had a page of one that is gone.

    Streamlit begins an empty session where the server was restarted, or a connection was lost for
    too long, and says nothing of it. To be called in a session's first run, before any is drawn.
    """
    context = get_script_run_ctx()
    return context is not None and bool(context.session_state._state._new_widget_state.states)


@st.fragment(run_every=_A_DAY)
def look_alive() -> None:
    """Have a browser that comes back to another server ask it for its page, and so be told.

    Streamlit leaves a page as it stands once it is connected again, unless a part of it runs by
    itself; how often does not matter.
    """


def before_any_page() -> bool:
    """Whether nothing of a run is drawn yet: its callbacks come first."""
    context = get_script_run_ctx()
    return context is not None and not context.has_script_started


def run_again() -> None:
    """Run the page once more after this run, as it is and without its callbacks."""
    context = get_script_run_ctx()
    if context is not None and context.script_requests is not None:
        context.script_requests.request_rerun(
            RerunData(
                query_string=context.query_string,
                page_script_hash=context.page_script_hash,
                context_info=context.context_info,
            )
        )


def end_if_gone() -> None:
    """End this run where its tab is closed, or its visitor has gone on to something else.

    Streamlit looks for that whenever its state is asked for anything, and at no other time. What
    is asked within a part that is drawn by itself would wait for the end of that part: its own
    button to stop it among it.
    """
    st.session_state.get("hepar.cohort")
    context = get_script_run_ctx()
    if context is None or context.script_requests is None or not context.fragment_ids_this_run:
        return
    if context.script_requests._state is ScriptRequestType.RERUN:
        raise StopException


@contextmanager
def whole() -> Iterator[None]:
    """Let nothing end this run while the session changes from one whole state to another.

    Streamlit ends a run, for the next one of the same visitor, wherever its state is asked for.
    """
    context = get_script_run_ctx()
    if context is None:
        yield
        return
    state = context.session_state
    ends = state._yield_callback
    object.__setattr__(state, "_yield_callback", lambda: None)  # its own sets what pages see
    try:
        yield
    finally:
        object.__setattr__(state, "_yield_callback", ends)


def let_go_of_widgets(but: str) -> None:
    """Forget what all widgets offered: levels, headers, patients. To be called before any is drawn.

    Streamlit forgets their values, and keeps what they were made of as long as the tab is open.
    `but`: the key of what offers nothing and answers unasked: an answer that comes before it is
    drawn again would be lost.
    """
    context = get_script_run_ctx()
    if context is not None:
        known = context.session_state._state._new_widget_state.widget_metadata
        for name in list(known):
            if f"-{but}" not in name:
                del known[name]


def let_go_of(file: UploadedFile) -> None:
    """Take the bytes of an upload, names and record numbers with them, out of the server's store.

    To be called once they have been read.
    """
    context = get_script_run_ctx()
    if context and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, file.file_id)
        leave()


def let_go_of_all() -> None:
    """Free at once what nothing holds any more, instead of when the next visitor needs room.

    What was freed is given back to the machine where that has to be asked for, as of glibc.
    """
    global _next_look, _next_of_itself
    begun = monotonic()
    gc.collect()
    trim = getattr(_libc(), "malloc_trim", None)
    if trim is not None:
        trim(0)
    ended = monotonic()
    pause = _SHARE * (ended - begun)
    _next_look, _next_of_itself = ended + min(pause, _LONGEST), ended + max(pause, _LONGEST)


@cache
def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if sys.platform == "linux" else None
