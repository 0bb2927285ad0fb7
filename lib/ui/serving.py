"""How Hepar answers a browser: the headers that go with everything, and what stays closed."""

import asyncio
import gc
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import file_util
from streamlit.starlette import App
from streamlit.web.server.server_util import is_allowed_origin
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from lib.ui import components, failures, promises

SCRIPT = Path(__file__).parents[2] / "app.py"
HEALTH = "/healthz"
_CORE = "/_stcore/"
_SERVED = "|".join(
    re.escape(f"bidi-components/{ours}/{name}")
    for ours, names in components.SERVED.items()
    for name in names
)
_OPEN = re.compile(rf"health|host-config|stream|upload_file/.+|{_SERVED}")
"""What the pages ask of Streamlit's own; all else of it is closed."""
_CLOSED = re.compile(r"/(?:auth/|oauth2callback|component/|app/static)")
"""What would sign in, or serve what Hepar has none of."""
_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def _hashes() -> str:
    """The scripts that stand in Streamlit's page itself, as a policy names them."""
    page = (Path(file_util.get_static_dir()) / "index.html").read_bytes()
    scripts = _INLINE.findall(page.replace(b"\r\n", b"\n"))
    return " ".join(f"'sha256-{b64encode(sha256(each).digest()).decode()}'" for each in scripts)


POLICY = "; ".join(
    (
        "default-src 'none'",
        f"script-src 'self' {_hashes()}",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_starting: asyncio.Task[None] | None = None
"""What the server does as it starts, and no page can be drawn before."""
_FIRST = (
    *("frame", "checking", "gathering", "mapping", "overview", "parts", "registries", "session"),
    "steps",
)
"""Of what is imported, what the first page needs, and the first of a file."""
_LATER = 2.0  # seconds from the first page until all else is imported
_PRIVATE = {"Cache-Control": "no-store"}
"""For what may hold a visitor's rows: no browser keeps it on its disk."""
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}
"""For what holds none, and is asked for by its version."""


class Guard:
    """Stands before Streamlit: refuses who should not ask, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or open one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        kept = _kept(scope)

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS | kept)
            await send(message)

        refused = _refused(scope)
        if refused is None:
            if scope["type"] == "websocket":
                await _started()
            await self._app(scope, receive, protected)
        elif scope["type"] == "http":
            await refused(scope, receive, protected)
        else:
            await send({"type": "websocket.close", "code": 1008})


async def _started() -> None:
    """Wait until the server has done what it does as it starts."""
    if _starting is not None:
        await asyncio.wait([_starting])


def _refused(scope: Scope) -> Response | None:
    """The answer to a request that is refused; None to one that is not."""
    path, headers = scope["path"], Headers(scope=scope)
    if path == HEALTH:
        return None
    if not is_host_allowed(headers.get("host")):
        return PlainTextResponse("This host name is not in server.allowedHosts.", 400)
    if _foreign(headers):
        return PlainTextResponse("Pages of another origin may not ask.", 403)
    if _CLOSED.search(path) or (_CORE in path and not _OPEN.fullmatch(path.partition(_CORE)[2])):
        return PlainTextResponse("Not found", 404)
    return None


def _foreign(headers: Headers) -> bool:
    """Whether a page of another origin asks, other than one that the operator named."""
    origin = headers.get("origin")
    if origin is None or urlsplit(origin).netloc == headers.get("host"):
        return False
    return not is_allowed_origin(origin)


def _kept(scope: Scope) -> dict[str, str]:
    """Whether a browser keeps the answer to a request, where Streamlit is not to say it."""
    core = scope["path"].partition(_CORE)[2]
    if re.fullmatch(_SERVED, core) and scope["query_string"]:
        return _KEPT
    return _PRIVATE if core or "/media/" in scope["path"] else {}


def _failed(_request: Request, _failure: Exception) -> Response:
    """Answer what failed for a reason of ours, past `Guard`; the server logs it, without data."""
    words = "Hepar could not answer this, for a reason that lies with Hepar."
    return PlainTextResponse(words, 500, _HEADERS)


async def _health(_request: Request) -> JSONResponse:
    await _started()
    return JSONResponse({"status": "ok"})


@asynccontextmanager
async def lifespan(_app: App) -> AsyncIterator[dict[str, Any]]:
    """Keep the promises from before the first visitor until after the last.

    The server answers at once: while it imports what pages need, a browser fetches the platform's
    own scripts, and its page waits for the end of both.
    """
    global _starting
    promises.guard()
    promises.keep()
    failures.keep_data_out_of_the_log()
    _starting = asyncio.create_task(asyncio.to_thread(_import_first))
    tasks = [_starting, *map(asyncio.create_task, (promises.sweep_for_ever(), _import_rest()))]
    try:
        yield {}
    finally:
        for task in tasks:
            task.cancel()


def _import_first() -> None:
    """Import before the first page what it would import, and keep it frozen."""
    gc.disable()  # all that is imported stays, and to look through it again and again takes long
    try:
        with failures.caught(lambda: None):
            for name in _FIRST:
                import_module(f"{__package__}.{name}")
            promises.freeze_imports()
            promises.look_by_the_clock()
    finally:
        gc.enable()


def _import_all() -> None:
    """Import what other pages need.

    What counts a registry is imported for one: it needs libraries that may not be installed.
    """
    place, name = Path(__file__).parents[1], __name__.removesuffix("ui.serving")
    others = (f"{name}__main__", f"{name}registry.engines.")
    with failures.caught(lambda: None):
        for module in walk_packages([str(place)], name):
            if not module.name.startswith(others):
                import_module(module.name)


async def _import_rest() -> None:
    """Import what no first page needs, once the first may be there."""
    await _started()
    await asyncio.sleep(_LATER)
    await asyncio.to_thread(_import_all)


def failed(failure: Exception) -> bool:
    """Tell a visitor of what fails where no page can catch it; see `lib.ui.frame.failed`."""
    from lib.ui import frame  # which imports all that pages need

    return frame.failed(failure)


ROUTES = [Route(HEALTH, _health)]
MIDDLEWARE = [Middleware(Guard)]
HANDLERS = {Exception: _failed}
