"""What the README promises of a visitor's rows, in a real server and a real browser."""

import ast
import math
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.browser import watched
from tests.browser.conftest import VIOLATIONS, apart, serving
from tests.browser.test_browser import ANALYSES, TITLES, go, open_sample, settled, upload, visit
from tests.browser.visitor import visiting
from tests.conftest import ROOT, as_csv

WITHIN = 65  # seconds until nothing is alive of whose tab is closed for too long, as promised
LARGE = 3 << 20  # bytes, more than an upload that Streamlit would keep in memory
COHORT = as_csv(
    {
        "ФИО": [f"{watched.MARK}ина {letter}.И." for letter in "АБВГДЕЖЗИК"] * 3,
        "centre": [f"{watched.MARK}ово", "Москва"] * 15,
        "modality": ["HAI", "TACE"] * 15,
        "os_months": list(range(1, 31)),
        "os_event": [1, 0, 1] * 10,
    }
)


def alive(log: Path, until=lambda found: True, seconds=10):
    """What is alive in the idle server once it is as it should be, or after a while; its memory."""
    path, deadline = log.with_suffix(".counts"), time.monotonic() + seconds
    while True:
        path.unlink()
        while not path.exists():
            time.sleep(0.1)
        found, memory = ast.literal_eval(path.read_text(encoding="utf-8").replace("nan", "None"))
        if until(found) or time.monotonic() > deadline:
            return found, memory or math.nan
        time.sleep(0.5)


def nothing(found) -> bool:
    return not found


# --- erased


def test_nothing_of_a_cohort_is_alive_once_it_is_closed(page, tmp_path):
    log = tmp_path / "log.txt"
    with serving(log) as address:
        upload(page, address, {"name": "a.csv", "mimeType": "text/csv", "buffer": COHORT})
        found, _ = alive(log, lambda each: "Cohort" in each and "upload" not in each)
        assert found["Cohort"] and found["Kept"]
        assert "upload" not in found
        for title in ANALYSES:
            go(page, title)
        page.get_by_role("button", name="Close this cohort").click()
        page.get_by_role("button", name="Close and erase").click()
        settled(page)
        assert alive(log, nothing)[0] == {}


def test_the_file_of_a_closed_tab_is_read_no_further(tmp_path):
    log, slow = tmp_path / "log.txt", b"patient_id,modality\n" + b"P,HAI\n" * 1_000_000
    with serving(log) as address:
        with visiting(address) as gone:
            gone.upload("slow.csv", slow, stays=False)
            assert alive(log, lambda found: "reading" in found)[0]["reading"] == 1
        assert "reading" not in alive(log, lambda found: "reading" not in found, 4)[0]


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """What is alive, and the memory, while a visitor is there, and after more came and went."""
    log = tmp_path_factory.mktemp("left") / "log.txt"
    with serving(log, "--server.disconnectedSessionTTL=1") as address:
        with visiting(address) as first:
            first.upload("first.csv", COHORT)
            while_there = alive(log)
        warm = alive(log, nothing, WITHIN)
        for number in range(5):
            with visiting(address) as other:
                other.upload(f"{number}.csv", COHORT)
                if number == 0:
                    other.upload("large.csv", b"x" * LARGE)
        yield while_there, warm, alive(log, nothing, WITHIN)


def test_what_is_counted_is_there_while_a_visitor_is(left):
    found, _ = left[0]
    assert {"Cohort", "Kept", "marked"} <= set(found)
    assert "upload" not in found


def test_nothing_of_a_closed_tab_is_alive_soon_after_though_nobody_else_comes(left):
    assert left[1][0] == {}
    assert left[2][0] == {}


def test_memory_is_as_before_once_visitors_have_gone(left):
    before, after = left[1][1], left[2][1]
    assert not after > 1.1 * before  # where it can be known


@pytest.mark.full
def test_thirty_visitors_leave_nothing_behind():
    from benchmarks import visitors

    assert visitors.main(visitors.VISITORS) == 0


# --- no other host, no other page


def answered(address: str, path: str, **headers: str):
    """The status and the headers of an answer."""
    request = urllib.request.Request(address + path, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers


@pytest.mark.parametrize("path", ["/", "/survival", "/healthz", "/_stcore/health", "/nothing"])
def test_every_answer_carries_the_headers(server, path):
    status, headers = answered(server, path)
    assert status == 200
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    policy = dict(each.split(" ", 1) for each in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert re.fullmatch(r"'self' 'sha256-[\w+/=]{44}'", policy["script-src"])


@pytest.mark.parametrize(
    "path",
    [
        *("_stcore/metrics", "_stcore/metrics/", "_stcore/script-health-check", "_stcore/healthx"),
        *("_stcore/agent/openapi.json", "_stcore/agent/mcp", "auth/login", "auth/logout"),
        *("oauth2callback", "component/any/index.html", "app/static/any.png"),
        *(f"_stcore/bidi-components/hepar.taking/{name}" for name in ("", "plotly.LICENSE", "..")),
        "_stcore/bidi-components/other.one/taking.js",
    ],
)
def test_what_the_pages_do_not_ask_is_closed(server, path):
    status, headers = answered(server, f"/{path}")
    assert status == 404
    assert "Content-Security-Policy" in headers


def test_no_page_may_frame_the_app_or_send_it_messages(server):
    with urllib.request.urlopen(f"{server}/_stcore/host-config", timeout=10) as answer:
        assert b'"allowedOrigins":[]' in answer.read()


def test_a_host_name_that_is_not_allowed_gets_nothing(server):
    assert answered(server, "/", Host="evil.invalid")[0] == 400
    assert answered(server, "/healthz", Host="10.0.0.1")[0] == 200


@pytest.mark.parametrize("origin", ["http://evil.invalid", "null", "http://localhost:1"])
def test_a_page_of_another_origin_is_refused_at_once_and_no_host_is_asked_for_it(server, origin):
    """The server would log that it asked, and the test of the whole session would fail."""
    stream = server.replace("http", "ws", 1) + "/_stcore/stream"
    began = time.monotonic()
    for _attempt in range(5):
        with pytest.raises(InvalidStatus, match="403"), connect(stream, origin=origin):
            pass
    assert time.monotonic() - began < 5
    assert answered(server, "/", Origin=origin)[0] == 403


def test_the_watch_over_the_server_sees_a_host_and_a_file():
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, tempfile, urllib.request\n"
            "from tests.browser import watched\n"
            "sys.addaudithook(watched.listen)\n"
            "tempfile.TemporaryFile()\n"
            "urllib.request.urlopen('http://name.invalid')",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    assert watched.ASKED in said
    assert watched.WRITTEN in said


# --- the policy


def test_no_page_goes_against_the_policy_at_night(browser, server):
    context = apart(browser, color_scheme="dark", accept_downloads=True)
    page, said = context.new_page(), []
    page.on("console", lambda line: said.append(line.text))
    open_sample(page, server)
    for title in (*ANALYSES, "Guide"):
        go(page, title)
        if title == "Survival":
            page.locator(".st-key-open-download-survival-os button").first.click()
            with page.expect_download():
                page.get_by_role("button", name="PNG, One column").click()
            page.keyboard.press("Escape")
    assert [line for line in said if VIOLATIONS in line] == []
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: '1'}))"
    )
    page.wait_for_timeout(200)
    assert [line for line in said if VIOLATIONS in line]  # this is how one looks
    context.close()


# --- a server that is another than before


def test_who_comes_back_to_a_server_that_forgot_them_is_told(server):
    told = "open your file again"
    with visiting(server) as new:
        assert not any(told in said for said in new.said)
    with visiting(server, had="$$ID-0-plan.1.centre") as back:
        assert any(told in said for said in back.said)
        back.press("Open the sample cohort")
        assert not any(told in said for said in back.said)


# --- started otherwise


def test_started_without_the_guard_every_page_says_how_to_start(page, tmp_path):
    with serving(tmp_path / "log.txt", script="app.py") as address:
        for path in TITLES:
            visit(page, address, path)
            expect(page.get_by_text("streamlit run serve.py")).to_be_visible()
