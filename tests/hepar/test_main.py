"""The command without a file: the app, started from anywhere, for this machine alone."""

import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress

import pytest
from playwright.sync_api import expect

from hepar.__main__ import settings
from lib.ui import serving
from tests.browser.conftest import STARTED, browser, page, visitor
from tests.conftest import ROOT
from tests.hepar.installed import environment

__all__ = ["browser", "page", "visitor"]


def test_settings_are_those_of_the_app_and_ask_nothing():
    found = settings(ROOT)
    assert found["server.address"] == "127.0.0.1"
    assert found["theme.light.primaryColor"] == "#0B5D8A"
    assert found["server.showEmailPrompt"] is False
    assert found["browser.gatherUsageStats"] is False


@contextmanager
def started(wheel, folder, *options):
    """The app as the command starts it, with what it opens a browser by; its address and log."""
    told = folder / "opened"
    opener = folder / "opener"
    opener.write_text(f'#!/bin/sh\necho "$1" > "{told}.new"; mv "{told}.new" "{told}"\n')
    opener.chmod(0o755)
    (folder / ".streamlit").mkdir()
    closed = "[server]\nenableXsrfProtection = false\nenableCORS = false\naddress = '0.0.0.0'\n"
    (folder / ".streamlit" / "config.toml").write_text(closed)
    log = folder / "log.txt"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [str(wheel.hepar), *options],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=written,
            stderr=subprocess.STDOUT,
            env=environment() | {"HOME": str(folder), "BROWSER": str(opener)},
        )
    try:
        until = time.monotonic() + STARTED
        while not (said := re.search(r"http://localhost:\d+", log.read_text(encoding="utf-8"))):
            assert process.poll() is None and time.monotonic() < until, log.read_text()
            time.sleep(0.05)
        yield process, said[0], log, told
    finally:
        process.kill()
        process.communicate()


def headers(address, host=None):
    asked = urllib.request.Request(address, headers={"Host": host} if host else {})
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers


@pytest.mark.skipif(os.name == "nt", reason="signals and scripts are those of Unix")
def test_it_opens_the_browser_at_the_app_and_ends_with_an_interrupt(wheel, tmp_path):
    with socket.socket() as taken:  # the usual port may be somebody else's
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # it is already
            taken.bind(("127.0.0.1", 8501))
        with started(wheel, tmp_path) as (process, address, log, told):
            assert not address.endswith(":8501")
            code, sent = headers(address)
            assert code == 200
            assert sent["Content-Security-Policy"] == serving.POLICY
            assert headers(address, "elsewhere.example")[0] == 400
            until = time.monotonic() + STARTED
            while not told.exists() and time.monotonic() < until:
                time.sleep(0.05)
            assert told.read_text().strip() == address
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=STARTED) == 0
    said = log.read_text(encoding="utf-8")
    assert "Traceback" not in said and "mail" not in said and "Streamlit" not in said
    assert said.splitlines()[-1].startswith("Hepar is stopped")


@pytest.mark.skipif(os.name == "nt", reason="signals and scripts are those of Unix")
def test_the_installed_app_opens_a_sample_in_a_browser(wheel, tmp_path, page):
    with started(wheel, tmp_path, "--no-browser") as (_process, address, log, told):
        page.goto(address)
        page.get_by_role("button", name="sample").first.click()
        expect(page.get_by_role("heading", name="Overview")).to_be_visible()
        page.goto(f"{address}/survival")
        expect(page.get_by_text("No cohort is open")).to_be_visible()
        assert not told.exists()
    assert "Traceback" not in log.read_text(encoding="utf-8")
