"""A real browser against a real server: both started here, both ended here."""

import atexit
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser import watched
from tests.conftest import ROOT

STARTED = 120
"""Seconds that a server may take to start or to end: on a busy machine it is slow, not wrong."""
SAYS = re.compile(r"URL: http://localhost:(\d+)\s")
"""What it says as it starts."""
WAITS = 60_000
"""Milliseconds that a page may take for anything."""
expect.set_options(timeout=WAITS)
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
UNAVAILABLE = (
    "The browser tests need a Chrome or Chromium. Install one, for example with "
    "`apt-get install chromium`, or name it: BROWSER_PATH=/path/to/chrome"
)


def browser_path() -> str:
    """The browser that the environment names, else the first that is installed."""
    named = [name for name in (os.environ.get("BROWSER_PATH"), *NAMES) if name]
    found = next((path for path in map(shutil.which, named) if path), None)
    if found is None:
        pytest.fail(UNAVAILABLE, pytrace=False)
    return found


def healthy(port: str) -> bool:
    """Whether the server answers: it says its address a moment before."""
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def serving(log: Path, *options: str, script: str = "serve.py", port: str = "0") -> Iterator[str]:
    """Start the app as README says, on a port that nobody else has, and give its address.

    The system chooses the port as the server takes it, and the server says which: several that
    start at once never wait for each other's.

    Parameters
    ----------
    log : Path
    *options : str
        What Streamlit is told besides.
    script : str
        What is run.
    port : str
        Where; "0" where the system chooses.

    Notes
    -----
    The server's process is watched: it must ask no other host and write no file, whatever the
    tests do with it, and neither fail nor log a place of ours.
    """
    counts = log.with_suffix(".counts")
    module = ("-m", watched.__name__, str(counts), "run", script)
    command = [sys.executable, *module, f"--server.port={port}", *options]
    with log.open("wb") as written:
        process = subprocess.Popen(command, cwd=ROOT, stdout=written, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + STARTED
        while not (said := SAYS.search(log.read_text())) or not healthy(said[1]):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"The server did not start:\n{log.read_text()}", pytrace=False)
            time.sleep(0.05)
        yield f"http://localhost:{said[1]}"
    finally:
        process.terminate()
        process.wait(timeout=STARTED)
    said = log.read_text(encoding="utf-8")
    for sign in (watched.ASKED, watched.WRITTEN, "Traceback", " at lib/"):
        assert sign not in said, said


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server for all tests."""
    with serving(tmp_path_factory.mktemp("server") / "log.txt") as address:
        yield address


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[str]:
    """The address of a server that nobody has visited yet."""
    with serving(tmp_path / "log.txt") as address:
        yield address


@cache
def launched() -> Browser:
    """The one browser of this process: a second could not be driven beside it."""
    path = browser_path()
    playwright = sync_playwright().start()
    atexit.register(playwright.stop)
    return playwright.chromium.launch(executable_path=path, args=list(QUIET))


@pytest.fixture(scope="session")
def browser() -> Browser:
    return launched()


def apart(browser: Browser, **window: Any) -> BrowserContext:
    """What shares nothing with others, and waits as long for a busy machine."""
    context = browser.new_context(**window)
    context.set_default_timeout(WAITS)
    return context


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """One visitor, who shares nothing with another."""
    context = apart(browser, viewport={"width": 1280, "height": 900}, accept_downloads=True)
    yield context
    context.close()


VIOLATIONS = "Content Security Policy"


@pytest.fixture
def page(visitor: BrowserContext) -> Iterator[Page]:
    """A tab in which nothing may go against the policy, whatever a test does in it."""
    opened, said = visitor.new_page(), []
    opened.on("console", lambda line: said.append(line.text))
    yield opened
    assert [line for line in said if VIOLATIONS in line] == []
