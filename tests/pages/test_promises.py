"""What Streamlit would do by itself, and is kept from."""

import ast
import asyncio
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.formparsers import MultiPartParser
from starlette.requests import Request
from starlette.routing import Route
from streamlit import config, net_util
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue

from lib.ui import promises, serving
from tests.conftest import ROOT
from tests.pages import visit

EDGE = b"------edge"


def body(size: int) -> bytes:
    head = b'Content-Disposition: form-data; name="file"; filename="a.csv"'
    return b"\r\n".join([EDGE, head, b"", b"x" * size, EDGE + b"--", b""])


async def sent(data: bytes) -> bool:
    """Whether an upload of these bytes was written to a file."""

    async def receive():
        return {"type": "http.request", "body": data, "more_body": False}

    kind = b"multipart/form-data; boundary=" + EDGE[2:]
    scope = {"type": "http", "method": "PUT", "headers": [(b"content-type", kind)]}
    form = await Request(scope, receive).form()
    written = form["file"].file._rolled
    await form.close()
    return written


def written(data: bytes) -> bool:
    """Whether an upload was written to a file; in a thread of its own, for a browser has a loop."""
    with ThreadPoolExecutor(1) as alone:
        return alone.submit(asyncio.run, sent(data)).result()


@pytest.fixture
def kept(monkeypatch):
    """The platform as it comes, and what is kept from it."""
    monkeypatch.setattr(MultiPartParser, "spool_max_size", 1 << 20)
    monkeypatch.setattr(net_util, "_external_ip", None)
    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
    promises.keep.cache_clear()
    return promises.keep


def test_an_upload_is_never_written_to_a_file(kept):
    three = body(3 << 20)
    assert written(three)
    kept()
    assert not written(three)
    assert MultiPartParser.spool_max_size > config.get_option("server.maxUploadSize") << 20


@pytest.mark.parametrize("fragments", [None, ["a"]])
@pytest.mark.parametrize("kind", promises._ANSWERS)
def test_what_a_browser_asked_for_is_sent_though_a_run_begins(kind, fragments, kept):
    kept()
    queue, answer, drawn = ForwardMsgQueue(), ForwardMsg(), ForwardMsg()
    getattr(answer, kind).SetInParent()
    drawn.delta.fragment_id = "a"
    drawn.delta.new_element.markdown.body = "of the run before"
    queue.enqueue(drawn)
    queue.enqueue(answer)
    for _runs in range(2):
        queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=fragments)
    assert queue.flush() == [answer]
    assert queue.flush() == []


def test_the_server_asks_nobody_for_its_own_address(kept, monkeypatch):
    asked = []
    monkeypatch.setattr(net_util, "_make_blocking_http_get", lambda *a, **k: asked.append(a))
    net_util.get_external_ip()
    assert len(asked) == 2
    asked.clear()
    kept()
    assert net_util.get_external_ip() == "127.0.0.1"
    assert asked == []


HOST = [(b"host", b"localhost")]
NONE = (None, None)
"""Nothing comes and nothing goes: who is reached says so."""


async def answered() -> tuple[int, dict[bytes, bytes], bytes]:
    """What a server with a route that fails answers."""

    def fails(_request):
        raise ValueError("Ivanova 9999")

    app = Starlette(
        routes=[Route("/fails", fails)],
        middleware=serving.MIDDLEWARE,
        exception_handlers=serving.HANDLERS,
    )
    said = []

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message):
        said.append(message)

    headers = [(b"host", b"localhost")]
    scope = {"type": "http", "method": "GET", "path": "/fails", "headers": headers}
    with suppress(ValueError):  # which the server logs
        await app({**scope, "query_string": b"", "root_path": ""}, receive, send)
    return said[0]["status"], dict(said[0]["headers"]), said[1]["body"]


def test_an_answer_that_fails_carries_the_headers_and_no_data():
    with ThreadPoolExecutor(1) as alone:
        status, headers, body = alone.submit(asyncio.run, answered()).result()
    assert status == 500
    assert headers[b"content-security-policy"].startswith(b"default-src 'none'")
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert b"Ivanova" not in body


async def answered_while_starting(monkeypatch) -> list[str]:
    """What a server answers, in order, that is asked for a page and a script as it starts."""
    started, reached = asyncio.Event(), []

    async def app(scope, _receive, _send):
        reached.append(scope["type"])

    monkeypatch.setattr(serving, "_starting", asyncio.create_task(started.wait()))
    asked = [
        asyncio.create_task(
            serving.Guard(app)({"type": kind, "path": path, "headers": HOST}, *NONE)
        )
        for kind, path in (("websocket", "/_stcore/stream"), ("http", "/static/js/index.js"))
    ]
    await asyncio.sleep(0.05)
    reached.append("started")
    started.set()
    await asyncio.wait(asked)
    return reached


def test_a_starting_server_gives_its_scripts_and_draws_no_page_before_it_has_started(monkeypatch):
    with ThreadPoolExecutor(1) as alone:
        reached = alone.submit(asyncio.run, answered_while_starting(monkeypatch)).result()
    assert reached == ["http", "started", "websocket"]


class Tab:
    """What the server knows of a tab: whether it was erased."""

    id = "a"
    erased = False

    def __init__(self):
        self.session = self.session_state = self._new_widget_state = self
        self.widget_metadata = {}

    def shutdown(self):
        self.erased = True

    def clear(self):
        pass


def test_the_server_looks_through_all_that_is_alive_only_where_something_was_left(monkeypatch):
    looked, tab = [], Tab()
    tabs = [tab]
    monkeypatch.setattr(promises, "_sessions", lambda: sessions)
    monkeypatch.setattr(promises, "let_go_of_all", lambda: looked.append(len(tabs)))
    monkeypatch.setattr(promises, "_next_look", 0.0)
    monkeypatch.setattr(promises, "_next_of_itself", float("inf"))
    promises._LEFT.clear()
    sessions = SimpleNamespace(list_sessions=lambda: list(tabs))
    known = promises.swept({})
    known = promises.swept(known)
    assert looked == [] and not tab.erased
    tabs.clear()
    for _sweep in range(20):
        known = promises.swept(known)
    assert looked == [0] * 12 and tab.erased  # for a minute
    promises.leave()
    for _sweep in range(4):
        known = promises.swept(known)
    assert looked == [0] * 14


@pytest.mark.parametrize("page", ["cohort.py", "survival.py"])
def test_memory_is_given_back_where_no_cohort_is_open_though_a_page_ends_itself(page, monkeypatch):
    let_go = []
    monkeypatch.setattr(promises, "let_go_of_all", lambda: let_go.append(page))
    app = visit.opened()
    promises.leave()  # whoever else left something, this page is not held for it
    app = visit.go(app, page)
    assert let_go == []
    visit.close(visit.with_sample(page=page))
    assert let_go == [page]


def test_a_look_through_all_that_is_alive_takes_a_small_part_of_the_time(monkeypatch):
    clock = iter([100.0, 100.1, 104.0, 105.2, 115.0, 115.2, 115.3])  # a look of 0.1 s, and sweeps
    monkeypatch.setattr(promises, "monotonic", lambda: next(clock))
    monkeypatch.setattr(promises, "_sessions", lambda: SimpleNamespace(list_sessions=list))
    monkeypatch.setattr(promises.gc, "get_count", lambda: (0, 0, 11))
    promises.let_go_of_all()
    looked = []
    monkeypatch.setattr(promises, "let_go_of_all", lambda: looked.append(1))
    promises._LEFT.clear()
    promises.leave()
    promises.swept({})
    assert looked == []
    promises.swept({})
    assert looked == [1]  # for what was left
    promises._LEFT.clear()
    promises.swept({})
    assert looked == [1]
    promises.swept({})
    assert looked == [1, 1]  # of itself
    monkeypatch.setattr(promises.gc, "get_count", lambda: (0, 0, 10))
    promises.swept({})
    assert looked == [1, 1]  # hardly anything is new


ALONE = """
import sys
sys.modules |= dict.fromkeys(["duckdb", "psycopg", "pyspark", "py4j"])  # none can be imported
from lib.ui import serving
serving._import_all()
left = [name for name in sys.argv[1:] if name not in sys.modules]
assert not left, left
"""


def test_a_server_imports_all_that_pages_do_without_what_a_registry_needs():
    wanted = [f"lib.ui.{path.stem}" for path in (ROOT / "lib" / "ui").glob("[a-z]*.py")]
    alone = subprocess.run([sys.executable, "-c", ALONE, *wanted], cwd=ROOT, capture_output=True)
    assert (alone.returncode, alone.stderr.decode()) == (0, "")


FIRST = """
import gc, sys
from lib.ui import serving
serving._import_first()
assert gc.isenabled() and gc.get_freeze_count()
assert gc.get_threshold()[2] > 1_000_000  # looks through all that is alive go by the clock
left = [name for name in sys.argv[1:] if name not in sys.modules]
assert not left, left
early = {"docx", "scipy.optimize", "scipy.stats"} & set(sys.modules)
assert not early, early
"""


def test_as_it_starts_it_imports_what_the_first_two_pages_do_and_little_else():
    pages = [
        ast.parse((ROOT / "pages" / name).read_text()) for name in ("cohort.py", "overview.py")
    ]
    parts = [each for page in pages for each in page.body if isinstance(each, ast.ImportFrom)]
    wanted = [f"lib.ui.{a.name}" for part in parts if part.module == "lib.ui" for a in part.names]
    alone = subprocess.run([sys.executable, "-c", FIRST, *wanted], cwd=ROOT, capture_output=True)
    assert wanted and (alone.returncode, alone.stderr.decode()) == (0, "")
