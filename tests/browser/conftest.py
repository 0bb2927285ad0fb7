"""A real browser against a real server: both started here, both ended here."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.conftest import ROOT

STARTED = 120
"""Seconds that a server may take to start or to end: on a busy machine it is slow, not wrong."""
SAYS = re.compile(r"URL: http://127\.0\.0\.1:(\d+)\s")
"""What it says once it answers."""
expect.set_options(timeout=60_000)
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


@contextmanager
def serving(log: Path, *streamlit: str) -> Iterator[str]:
    """Start the app on a port that nobody else has, and give its address once it answers.

    The system chooses the port as the server takes it, and the server says which: several that
    start at once never wait for each other's.

    Parameters
    ----------
    log : Path
    *streamlit : str
        The module that is Streamlit, and what it is told before all else; else Streamlit itself.
    """
    module = streamlit or ("streamlit",)
    command = [sys.executable, "-m", *module, "run", "app.py", "--server.port=0"]
    with log.open("wb") as written:
        process = subprocess.Popen(command, cwd=ROOT, stdout=written, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + STARTED
        while not (said := SAYS.search(log.read_text())):
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"The server did not start:\n{log.read_text()}", pytrace=False)
            time.sleep(0.05)
        yield f"http://localhost:{said[1]}"
    finally:
        process.terminate()
        process.wait(timeout=STARTED)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server for all tests, which must log no error."""
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with serving(log) as address:
        yield address
    said = log.read_text()
    assert "Traceback" not in said and " at lib/" not in said


@pytest.fixture
def fresh_server(tmp_path: Path) -> Iterator[str]:
    """The address of a server that nobody has visited yet."""
    with serving(tmp_path / "log.txt") as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = browser_path()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield launched
        launched.close()


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """One visitor, who shares nothing with another."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.fixture
def page(visitor: BrowserContext) -> Page:
    return visitor.new_page()
