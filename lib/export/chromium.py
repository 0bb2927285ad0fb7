"""Images and PDF by a headless browser of this machine, where there is one.

It draws with what the pages give a visitor's browser, so that an image is the same from both. It is
started anew for each call, has no network, and writes nowhere but into a folder that goes with it.
"""

import base64
import html
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import NamedTuple

from lib.export.html import BROWSER
from lib.figures.printed import printed
from lib.figures.theme import Figure

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
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
_IN_MEMORY = "/dev/shm"  # where files are no longer than the machine runs, if it is there
_SECONDS = 90  # that a call may take
_BUDGET = 3_600_000  # milliseconds that a page may think have gone by
_FLAGS = (
    *("--headless", "--disable-gpu", "--hide-scrollbars", "--mute-audio"),
    *("--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--disable-default-apps"),
    *("--disable-domain-reliability", "--disable-breakpad", "--no-pings", "--incognito"),
    *("--host-resolver-rules=MAP * ~NOTFOUND", "--disk-cache-size=1"),
)
_DRAWING = """<!doctype html><html><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; connect-src file:;
script-src file: 'unsafe-inline'; style-src 'unsafe-inline'; font-src data:; img-src data: blob:">
</head><body><pre id="made"></pre>
<script type="application/json" id="asked">{asked}</script>
<script type="module">
import {{ drawn, asPng }} from {script};
const made = document.getElementById("made");
const base64 = async (blob) => {{
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}};
const images = {{}};
const ticking = setInterval(() => {{}}, 1); // time goes on for as long as something is drawn
try {{
  for (const [name, size] of Object.entries(JSON.parse(document.getElementById("asked").textContent))) {{
    const picture = await drawn(size);
    const svg = new XMLSerializer().serializeToString(picture.svg);
    images[name] = {{ svg, png: await base64(await asPng(picture)) }};
  }}
  made.textContent = JSON.stringify(images);
}} catch (failure) {{
  made.textContent = JSON.stringify({{ failure: String(failure) }});
}}
clearInterval(ticking);
</script></body></html>
"""  # noqa: E501
_MADE = re.compile(r'<pre id="made">(.*?)</pre>', re.DOTALL)
_one = Lock()  # a browser takes some 250 MB


class Image(NamedTuple):
    """A figure as both kinds of image, at one size on paper."""

    svg: str
    png: bytes


class BrowserError(RuntimeError):
    """The browser did not do it; the reason is none of a file's."""


def found() -> str:
    """The path of a browser that can draw; '' where there is none, or none is wanted."""
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
    page = _DRAWING.format(
        asked=json.dumps(asked).replace("<", "\\u003c"),
        script=json.dumps((BROWSER / "taking.js").as_uri()),
    )
    said = _MADE.search(_run(page, "--allow-file-access-from-files", "--dump-dom"))
    if said is None:
        raise BrowserError("the browser gave no page back")
    made = json.loads(html.unescape(said[1]) or "{}")
    if set(made) != set(figures):
        raise BrowserError(f"the browser did not draw: {made.get('failure', 'it ended too soon')}")
    return {name: Image(each["svg"], base64.b64decode(each["png"])) for name, each in made.items()}


def pdf(page: str) -> bytes:
    """Print a page that has all that it needs.

    Raises `BrowserError` if there is no browser, or it does not do it in time.
    """
    with _place() as place:
        out = place / "made.pdf"
        _start(page, place, f"--print-to-pdf={out}", "--no-pdf-header-footer")
        if not out.exists():
            raise BrowserError("the browser printed nothing")
        return out.read_bytes()


def _run(page: str, *asked: str) -> str:
    with _place() as place:
        return _start(page, place, *asked)


@contextmanager
def _place() -> Iterator[Path]:
    """A folder of our own that goes with the call, in memory where the system has such a one."""
    within = _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else None
    with TemporaryDirectory(prefix="hepar-", dir=within, ignore_cleanup_errors=True) as place:
        yield Path(place)


def _start(page: str, place: Path, *asked: str) -> str:
    browser = found()
    if not browser:
        raise BrowserError("no browser was found")
    file = place / "page.html"
    file.write_text(page, encoding="utf-8")
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    command = [
        *(browser, *_FLAGS, *(("--no-sandbox",) if as_root else ())),
        *(f"--user-data-dir={place / 'profile'}", f"--virtual-time-budget={_BUDGET}"),
        *(*asked, file.as_uri()),
    ]
    with _one:
        return _said(command, {**os.environ, "HOME": str(place)})


def _said(command: Sequence[str], environment: Mapping[str, str]) -> str:
    """What a program says, which ends with all that it started."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=dict(environment),
        start_new_session=True,
    ) as started:
        try:
            said, _nothing = started.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired as late:
            raise BrowserError("the browser did not end in time") from late
        finally:
            _end(started)
    return said.decode("utf-8", "replace")


def _end(started: subprocess.Popen[bytes]) -> None:
    if started.poll() is None:
        if hasattr(os, "killpg"):
            os.killpg(started.pid, signal.SIGKILL)
        else:
            started.kill()
