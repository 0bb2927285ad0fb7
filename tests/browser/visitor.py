"""A visitor without a browser: Streamlit's own messages, for what needs many of them."""

import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.cookies import SimpleCookie
from typing import Any
from uuid import uuid4

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

ENDED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR)
EDGE = "edge-of-a-part"
TURN = "<div data-turn="


class Visitor:
    """One tab: it runs the app, and can upload a file, press a button, go to a page, or filter."""

    def __init__(self, socket: ClientConnection, address: str, cookie: str, first: BackMsg) -> None:
        self._socket, self._address, self._cookie = socket, address, cookie
        self.widgets: dict[str, str] = {}
        self.uploader = ""  # the first of the last page that had one
        self._is_first = True
        self.said: list[str] = []
        self.told = 0.0  # when all of the page was there; what may come is told after it
        self.pages: dict[str, str] = {}
        self.page = ""
        self.run(first)

    def run(self, message: BackMsg, stays: bool = True) -> None:
        """Run the app, and keep what it shows until it has no more to say."""
        message.rerun_script.SetInParent()
        message.rerun_script.page_script_hash = self.page
        self._socket.send(message.SerializeToString())
        while stays:
            answer = ForwardMsg.FromString(self._socket.recv(timeout=120))
            kind = answer.WhichOneof("type")
            if kind == "new_session":  # a run begins
                self.widgets, self.said, self._is_first = {}, [], True
            elif kind == "delta":
                self._keep(answer.delta.new_element)
            elif kind == "navigation":
                self.pages = {
                    each.page_name: each.page_script_hash for each in answer.navigation.app_pages
                }
            elif kind == "script_finished" and answer.script_finished in ENDED:
                return

    def _keep(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        shown = getattr(element, kind) if kind else None
        if kind == "file_uploader" and self._is_first:
            self.uploader, self._is_first = shown.id, False
        elif kind in ("button", "multiselect"):
            self.widgets[shown.label] = shown.id
        elif kind in ("markdown", "heading", "alert"):
            self.said.append(shown.body)
        elif kind == "html" and shown.body.startswith(TURN):
            self.told = time.perf_counter()

    def press(self, label: str) -> None:
        """Press a button."""
        message = BackMsg()
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.trigger_value = self.widgets[label], True
        self.run(message)

    def go(self, page: str) -> None:
        """Open another page, by its name in the menu."""
        self.page = self.pages[page]
        self.run(BackMsg())

    def choose(self, label: str, options: Sequence[str]) -> None:
        """Choose several in a select box."""
        message = BackMsg()
        state = message.rerun_script.widget_states.widgets.add()
        state.id = self.widgets[label]
        state.string_array_value.data.extend(options)
        self.run(message)

    def upload(self, name: str, data: bytes, stays: bool = True) -> None:
        """Give a file to the first uploader, and stay until it is read."""
        asked, request = BackMsg(), str(uuid4())
        asked.file_urls_request.request_id = request
        asked.file_urls_request.file_names.append(name)
        self._socket.send(asked.SerializeToString())
        while True:
            answer = ForwardMsg.FromString(self._socket.recv(timeout=120))
            if answer.WhichOneof("type") == "file_urls_response":
                urls = answer.file_urls_response.file_urls[0]
                break
        self._put(urls.upload_url, name, data)
        message = BackMsg()
        state = message.rerun_script.widget_states.widgets.add()
        state.id = self.uploader
        file = state.file_uploader_state_value.uploaded_file_info.add()
        file.file_id, file.name, file.size = urls.file_id, name, len(data)
        file.file_urls.CopyFrom(urls)
        self.run(message, stays)

    def _put(self, path: str, name: str, data: bytes) -> None:
        head = f'Content-Disposition: form-data; name="file"; filename="{name}"'
        edge = f"--{EDGE}"
        body = b"\r\n".join((edge.encode(), head.encode(), b"", data, f"{edge}--".encode(), b""))
        headers = {
            "Content-Type": f"multipart/form-data; boundary={EDGE}",
            "Cookie": f"_streamlit_xsrf={self._cookie}",
            "X-Xsrftoken": self._cookie,
        }
        request = urllib.request.Request(f"{self._address}{path}", body, headers, method="PUT")
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status < 300


@contextmanager
def visiting(address: str, had: str = "") -> Iterator[Visitor]:
    """A visitor with a tab of their own, closed in the end.

    Parameters
    ----------
    address : str
    had : str
        A widget that the tab shows already, as one does that comes back to a new server.
    """
    first = BackMsg()
    if had:
        state = first.rerun_script.widget_states.widgets.add()
        state.id, state.bool_value = had, True
    with urllib.request.urlopen(f"{address}/_stcore/health", timeout=10) as answer:
        cookie = SimpleCookie(answer.headers["Set-Cookie"])["_streamlit_xsrf"].value
    stream = address.replace("http", "ws", 1) + "/_stcore/stream"
    with connect(stream, subprotocols=["streamlit"], max_size=None, open_timeout=120) as socket:
        yield Visitor(socket, address, cookie, first)
