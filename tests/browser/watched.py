"""Streamlit, with a watch kept over what its process does and holds.

python -m tests.browser.watched COUNTS run serve.py

It prints a line for every host but this one that is asked, and for every file that is opened to
be written. A thread writes down what of the visitors' cohorts is alive, and the memory in use.
"""

import gc
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.web.cli import main

from lib.cohort import Cohort
from lib.ingest import File, Proposal
from lib.worker import pool
from lib.worker.importing import Kept

ASKED, WRITTEN = "ASKED ANOTHER HOST", "WROTE TO A FILE"
MARK = "Незабудк"
"""What stands in the names and the centres of what the tests upload."""
HERE = ("localhost", "127.0.0.1", "::1", "", None)
HELD = 1
"""The empty session that the server's own loop looked at last."""
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_own = threading.local()


def listen(event: str, arguments: tuple[Any, ...]) -> None:
    """Say what is asked of the world, and what is left on the disk."""
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        if isinstance(address, tuple) and address[0] not in HERE:
            print(ASKED, address, flush=True)
    elif event == "socket.getaddrinfo" and arguments[0] not in HERE:
        print(ASKED, arguments[0], flush=True)
    elif event == "open" and arguments[2] & WRITING and not hasattr(_own, "counts"):
        if isinstance(arguments[0], int):  # a pipe, or what was opened before
            return
        path = str(arguments[0])
        if path != os.devnull and "__pycache__" not in path:
            print(WRITTEN, path, flush=True)


def counted() -> dict[str, int]:
    """How many there are of each; nothing is collected for it."""
    kinds = (Cohort, File, Kept, Proposal)
    tracked = gc.get_objects()
    alive = Counter(type(each).__name__ for each in tracked if isinstance(each, kinds))
    alive["marked"] = sum(MARK in text for text in texts(tracked))
    alive["reading"] = pool._at_once() - pool._POOL._turns._value
    if Runtime.exists():
        runtime = Runtime.instance()
        alive["upload"] = sum(map(len, runtime.uploaded_file_mgr.file_storage.values()))
        alive["download"] = len(runtime.media_file_mgr._file_metadata)
        tabs = sum(isinstance(each, AppSession) for each in tracked)
        alive["closed tab"] = tabs - runtime._session_mgr.num_active_sessions() - HELD
    return dict(+alive)


def texts(tracked: list[Any]) -> Iterator[str]:
    """All that is held as text or bytes by anything but this module."""
    mine = (id(globals()), id(tracked))
    for holder in tracked:
        if id(holder) not in mine:
            for held in gc.get_referents(holder):
                if type(held) is str:
                    yield held
                elif type(held) in (bytes, bytearray):
                    yield held.decode("utf-8", "ignore")


def megabytes() -> float:
    """The memory that this process has of the machine; nan where that cannot be known."""
    pages = Path("/proc/self/statm")
    if not pages.exists():
        return float("nan")
    return int(pages.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def answer(path: Path) -> None:
    """Write the counts each time that the file is taken away: while nothing else runs."""
    _own.counts = True
    while True:
        if not path.exists():
            written = path.with_suffix(".new")
            written.write_text(repr((counted(), megabytes())), encoding="utf-8")
            written.replace(path)
        time.sleep(0.1)


if __name__ == "__main__":
    counts = Path(sys.argv.pop(1))
    counts.touch()
    threading.Thread(target=answer, args=(counts,), daemon=True).start()
    sys.addaudithook(listen)
    main()
