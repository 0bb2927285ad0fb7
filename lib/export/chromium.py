"""Images and PDF by a headless browser of this machine, where there is one.

It draws with what the pages give a visitor's browser, so that an image is the same from both. It is
started anew for each call, has no network, and is given and gives all by pipes: nothing of a report
is written to a file.
"""

import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from tempfile import TemporaryDirectory
from threading import Lock, Timer
from typing import Any, NamedTuple

from lib.export.html import BROWSER
from lib.figures.printed import printed
from lib.figures.spec import Figure

PATH = "BROWSER_PATH"
"""The variable of the environment that names the browser; empty for none."""
_NAMES = (
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"),
    *("microsoft-edge", "msedge"),
)
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_FOLDERS = ("/dev/shm", os.environ.get("TMPDIR", ""), "/tmp", os.path.expanduser("~"))
"""Where a browser may have its profile, first of all in memory."""
_SECONDS = 90  # that a call may take
_FLAGS = (
    *("--headless", "--disable-gpu", "--hide-scrollbars", "--mute-audio", "--incognito"),
    *("--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-default-apps"),
    *("--disable-domain-reliability", "--disable-breakpad", "--no-pings", "--disk-cache-size=1"),
    *("--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe"),
)
_STARTS = """
import fcntl, os, sys
reads, writes = (fcntl.fcntl(int(each), fcntl.F_DUPFD, 10) for each in sys.argv[1:3])
os.dup2(reads, 3)
os.dup2(writes, 4)
os.closerange(5, 256)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""How a browser is started, which reads from its third pipe and writes to its fourth."""
_DRAW = """(async (asked) => {{
  const {{ drawn, asPng }} = await import({script});
  const images = {{}};
  for (const [name, size] of Object.entries(asked)) {{
    const picture = await drawn(size);
    const bytes = new Uint8Array(await (await asPng(picture)).arrayBuffer());
    const png = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    images[name] = {{ svg: new XMLSerializer().serializeToString(picture.svg), png }};
  }}
  return images;
}})({asked})"""
_LOADED = "Promise.all([document.fonts.ready, ...[...document.images].map((i) => i.decode())])"
_NOTHING = BROWSER / "plotly.LICENSE"
"""A page without a script, from where the browser may read what lies beside it."""
_WHEN = re.compile(rb"(/(?:Creation|Mod)Date \(D:)\d{14}")
"""When a PDF says that it was made: the same is the same bytes."""
_one = Lock()  # a browser takes some 250 MB of memory


class Image(NamedTuple):
    """A figure as both kinds of image, at one size on paper."""

    svg: str
    png: bytes


class BrowserError(RuntimeError):
    """The browser did not do it; the reason is none of a file's."""


def found() -> str:
    """The path of a browser that can draw; '' where there is none, or none is wanted.

    On Windows none is looked for: a program there is not given pipes in this way.
    """
    if os.name == "nt":
        return ""
    named = os.environ.get(PATH)
    if named is not None:
        return shutil.which(named) or ""
    return next(filter(None, map(shutil.which, (*_NAMES, *_PLACES))), "")


def images(figures: Mapping[str, Figure], millimetres: int) -> dict[str, Image]:
    """Draw figures at a width on paper, all by one call.

    Raises `BrowserError` if there is no browser, or it does not do it in time.
    """
    if not figures:
        return {}
    asked = {
        name: {"mm": millimetres, "spec": printed(each, millimetres).to_json(remove_uids=False)}
        for name, each in figures.items()
    }
    script = json.dumps((BROWSER / "taking.js").as_uri())
    with _opened("--allow-file-access-from-files") as page:
        page.ask("Page.navigate", url=_NOTHING.as_uri())
        made = page.evaluate(_DRAW.format(script=script, asked=json.dumps(asked)))
    return {name: Image(each["svg"], base64.b64decode(each["png"])) for name, each in made.items()}


def pdf(document: str) -> bytes:
    """Print a page that has all that it needs; the same page gives the same bytes.

    Raises `BrowserError` if there is no browser, or it does not do it in time.
    """
    with _opened() as page:
        frame = page.ask("Page.getFrameTree")["frameTree"]["frame"]["id"]
        page.ask("Page.setDocumentContent", frameId=frame, html=document)
        page.evaluate(f"{_LOADED}.then(() => true)")
        made = page.ask("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
    return _WHEN.sub(rb"\g<1>20200101000000", base64.b64decode(made["data"]))


class _Page:
    """A page of a browser that is asked by pipes (DevTools protocol)."""

    def __init__(self, given: int, gives: int) -> None:
        self._given, self._gives = given, gives
        self._count, self._rest = 0, b""
        self._session: dict[str, str] = {}
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What the browser answers."""
        self._count += 1
        asked = {"id": self._count, "method": method, "params": parameters, **self._session}
        message = json.dumps(asked).encode() + b"\0"
        try:
            while message:
                message = message[os.write(self._given, message) :]
        except OSError as gone:
            raise BrowserError("the browser ended") from gone
        while True:
            said = json.loads(self._next())
            if said.get("id") == self._count:
                break
        if "error" in said:
            raise BrowserError(f"{method}: {said['error'].get('message')}")
        answer: dict[str, Any] = said["result"]
        return answer

    def evaluate(self, expression: str) -> Any:
        """What a script of ours comes to, once it is done."""
        said = self.ask(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in said:
            raise BrowserError(f"the page failed: {said['exceptionDetails'].get('text')}")
        return said["result"].get("value")

    def _next(self) -> bytes:
        while b"\0" not in self._rest:
            more = os.read(self._gives, 1 << 20)
            if not more:
                raise BrowserError("the browser ended, or did not do it in time")
            self._rest += more
        message, _end, self._rest = self._rest.partition(b"\0")
        return message


@contextmanager
def _opened(*more: str) -> Iterator[_Page]:
    """A page of a browser of its own, which ends with all that it started, in time."""
    browser = found()
    if not browser:
        raise BrowserError("no browser was found")
    as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()
    theirs, given = os.pipe()
    gives, made = os.pipe()
    folder = next(each for each in _FOLDERS if each and os.access(each, os.W_OK))
    with _one, TemporaryDirectory("", "hepar-", folder, ignore_cleanup_errors=True) as place:
        starts = [sys.executable, "-IS", "-c", _STARTS, str(theirs), str(made), browser]
        profile = f"--user-data-dir={place}"
        started = subprocess.Popen(
            [*starts, *_FLAGS, *as_root, *more, profile],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": place},
            pass_fds=(theirs, made),
            start_new_session=True,
        )
        os.close(theirs)
        os.close(made)
        late = Timer(_SECONDS, _end, [started])
        late.start()
        try:
            yield _Page(given, gives)
        finally:
            late.cancel()
            _end(started)
            os.close(given)
            os.close(gives)


def _end(started: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)
    started.wait()
