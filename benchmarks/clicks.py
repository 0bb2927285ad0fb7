"""What a click costs in a browser, beside the least that it can cost and beside peers.

python -m benchmarks.clicks [PATIENTS ...]

The same table is opened by four servers, each in a tab of one headless Chromium: Hepar on its page
Survival; the floor, Hepar's own figure ready made behind one filter (`peers/floor.py`); and the
plainest pages that Streamlit and Dash make with lifelines (`peers/plain.py`, `peers/dashed.py`),
in an environment of their own. A modality is added to the filter or taken off; the time is from the
browser's own click to the first moment at which Plotly holds and shows the curves of what was
chosen. Turns go round, one click of each after the other, so that whatever else the machine does
falls on all alike: read the ratios. New: sets of modalities that nobody asked for yet, which Hepar
tells the browser of beforehand while nobody waits for a page. Seen: the same sets on the way back.
Upload: from the file to the first curve, two seconds after the page
is there, each in a tab of its own.
Cold start: from the command to a page that can take a file.
"""

import pickle
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from lib import exhibits
from lib.analyses import survival
from lib.analyses.study import opening_plan, under_study
from lib.figures.theme import inked
from lib.ingest import read_cohort
from lib.plan import Condition, Plan
from tests.browser.conftest import QUIET, browser_path

HERE = Path(__file__).parent
ROOT = HERE.parent
SIZES = (36, 2_000, 100_000)
LEVELS = {
    "HAI": "Chemoinfusion (HAI)",
    "TACE": "Chemoembolization (TACE)",
    "TAE": "Embolization",
    "TARE": "Radioembolization",
    "OTHER": "Other",
}
CLICKS = 16  # the first of them warms up
STARTS, UPLOADS = 3, 5
FOUND = 2_000  # milliseconds in which a visitor finds a file
MONTH = 30.4375
WAIT = 60_000

WATCH = """
() => {
  const shown = () => {
    const plots = [...document.querySelectorAll('.js-plotly-plot')].filter(
      (each) => each._fullData && each.querySelector('.scatterlayer .trace path'));
    const plot = plots.at(-1);
    return plot === undefined ? '' : plot._fullData.map((trace) =>
      [trace.name, trace.x?.length, trace.y?.length, trace.y?.[trace.y.length - 1]]).join();
  };
  const watch = { before: '', since: 0, took: -1 };
  window.addEventListener('click', () => { watch.since ||= performance.now(); }, true);
  const look = () => {
    if (watch.since && watch.took < 0) {
      const now = shown();
      if (now && now !== watch.before) watch.took = performance.now() - watch.since;
    }
    setTimeout(look, 2);
  };
  look();
  window.arm = () => { watch.before = shown(); watch.since = 0; watch.took = -1; };
  window.waits = (since) => { window.arm(); watch.since = performance.now(); };
  window.took = () => watch.took;
  window.shows = shown;
}
"""


def table(patients: int) -> str:
    """A table with five modalities and times in days of a random cohort, as months."""
    rng = np.random.default_rng(patients)
    arm = np.arange(patients) % len(LEVELS)
    death = rng.exponential(600 * (1 + 0.15 * arm))
    end = rng.uniform(200, 1800, patients)
    months = np.maximum(1, np.round(np.minimum(death, end))) / MONTH
    rows = zip(arm, rng.integers(35, 85, patients), months, death <= end, strict=True)
    names = list(LEVELS)
    lines = ["patient_id,modality,age,sex,os_months,os_event"]
    lines += [
        f"P{at},{names[one]},{age},{'FM'[at % 2]},{time:.2f},{dead:d}"
        for at, (one, age, time, dead) in enumerate(rows, start=1)
    ]
    return "\n".join(lines)


def steps() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Which modality is put in or taken out next, and the set that it leaves; none comes twice."""
    names = list(LEVELS)
    for at in range(1, CLICKS + 1):
        before, now = ((each ^ each >> 1) for each in (at - 1, at))
        moved = (before ^ now).bit_length() - 1
        yield names[moved], tuple(name for bit, name in enumerate(names) if now >> bit & 1)


def figures(data: bytes, whole: Path) -> None:
    """Write Hepar's own figures of a table, ready to be shown, for each set of `steps`."""
    cohort = read_cohort("cohort.csv", data)
    ready = {}
    for levels in ((), *(chosen for _, chosen in steps())):
        plan = opening_plan(cohort)
        if levels:
            plan = _with(plan, Condition("modality", levels=levels))
        study = under_study(cohort, plan)
        (endpoint,) = survival.available(study)
        shown = exhibits.survival.by_group(survival.by_group(study, endpoint), None)
        ready[tuple(sorted(LEVELS[level] for level in levels))] = inked(
            shown.figure, False
        ).to_dict()
    whole.write_bytes(pickle.dumps(ready))


def _with(plan: Plan, condition: Condition) -> Plan:
    return replace(plan, study=replace(plan.study, selection=(condition,)))


# Servers ----------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except OSError:
        return False


@contextmanager
def serving(name: str, peers: Path, ready: Path | None = None) -> Iterator[str]:
    """Start one of the servers, and give its address."""
    port = free_port()
    ours = (sys.executable, "-m", "streamlit", "run")
    options = (f"--server.port={port}", "--server.headless=true")
    command: Sequence[str | Path] = {
        "hepar": (*ours, "serve.py", *options),
        "floor": (*ours, HERE / "peers" / "floor.py", *options, "--", str(ready)),
        "streamlit": (
            *(peers / "bin" / "streamlit", "run", HERE / "peers" / "plain.py", *options),
            *("--browser.gatherUsageStats=false", "--server.fileWatcherType=none"),
        ),
        "dash": (peers / "bin" / "python", HERE / "peers" / "dashed.py", str(port)),
    }[name]
    where = ROOT if name in ("hepar", "floor") else peers  # Hepar's settings are Hepar's alone
    server = subprocess.Popen(
        command, cwd=where, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://localhost:{port}"
    try:
        deadline = time.monotonic() + WAIT / 1000
        while not answers(address):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{name} did not start")
            time.sleep(0.01)
        yield address
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=60)


def environment() -> Path:
    """The peers' own environment, made once, with the versions of `requirements.txt`."""
    peers = Path(tempfile.gettempdir()) / "hepar-benchmark-peers"
    if not (peers / "made").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", peers], check=True)
        wanted = ("streamlit", "dash", "lifelines")
        pinned = ("-c", HERE / "requirements.txt")
        subprocess.run([peers / "bin" / "pip", "install", "-q", *pinned, *wanted], check=True)
        (peers / "made").touch()
    return peers


# Tabs -------------------------------------------------------------------------------------------


@dataclass
class Tab:
    """One server's page, and what a click on it is."""

    name: str
    page: Page
    chosen: set[str] = field(default_factory=set)

    @property
    def is_streamlit(self) -> bool:
        return self.name != "dash"

    def upload(self, path: Path) -> float:
        """Seconds from the file to the first curve."""
        holder = '[data-testid="stFileUploader"] input' if self.is_streamlit else "#upload input"
        self.page.locator(holder).first.wait_for(state="attached")
        self.page.wait_for_timeout(FOUND)
        self.page.evaluate("window.waits()")
        self.page.locator(holder).first.set_input_files(path)
        return self.redrawn() / 1000

    def begun(self, file: Path) -> dict[str, float]:
        """Bring the page to its curves; what the upload took, where there is one."""
        found = {} if self.name == "floor" else {"upload": self.upload(file)}
        if self.name == "hepar":
            self.to_survival()
        self.until("window.shows()")
        self.settled()
        return found

    def to_survival(self) -> None:
        self.page.locator("a").filter(has_text="Survival").first.click()
        self.page.get_by_role("heading", name="Survival").first.wait_for()
        self.until("window.shows()")
        self.settled()

    def until(self, holds: str) -> None:
        """Wait; Hepar's policy forbids a page to evaluate words, and so the browser's own way."""
        deadline = time.monotonic() + WAIT / 1000
        while not self.page.evaluate(holds):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name}: {holds}")
            self.page.wait_for_timeout(20)

    def click(self, level: str) -> float:
        """Milliseconds from a click on a modality to its curves."""
        target = self._target(level)
        target.wait_for()
        self.page.evaluate("window.arm()")
        target.click()
        took = self.redrawn()
        self.chosen ^= {level}
        self.settled()
        return took

    def _target(self, level: str) -> Locator:
        if not self.is_streamlit:
            return self.page.locator("#modality label").filter(has_text=level).locator("input")
        name = level if self.name == "streamlit" else LEVELS[level]
        box = self.page.get_by_test_id("stMultiSelect").first
        self.page.keyboard.press(
            "Escape"
        )  # an open list hides the rest from the accessibility tree
        if level in self.chosen:
            return box.get_by_role("button", name=f"Remove {name}", exact=True)
        box.locator("input").first.click()
        return self.page.get_by_role("option", name=name, exact=True)

    def redrawn(self) -> float:
        self.until("window.took() > 0")
        return float(self.page.evaluate("window.took()"))

    def settled(self) -> None:
        if self.is_streamlit:
            self.page.locator('[data-test-script-state="notRunning"]').wait_for()
        self.page.wait_for_timeout(100)


def opened(browser: Browser, name: str, address: str) -> Tab:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(WAIT)
    page = context.new_page()
    page.goto(address)
    page.evaluate(WATCH)
    return Tab(name, page)


def clicks(browser: Browser, peers: Path, patients: int) -> dict[str, dict[str, float]]:
    """Medians of each server at one size: upload to first curve, a new filter, a seen one."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        file, ready = folder / "cohort.csv", folder / "figures.pickle"
        file.write_text(table(patients))
        figures(file.read_bytes(), ready)
        servers = {name: stack.enter_context(serving(name, peers, ready)) for name in COLUMNS}
        took: dict[str, list[float]] = {name: [] for name in COLUMNS[:1] + COLUMNS[2:]}
        for name, each in [*took.items()] * (UPLOADS - 1):
            tab = opened(browser, name, servers[name])
            each.append(tab.upload(file))
            tab.page.context.close()
        tabs = [opened(browser, name, address) for name, address in servers.items()]
        for tab in tabs:
            stack.callback(tab.page.context.close)
        found = {tab.name: tab.begun(file) for tab in tabs}
        for name, each in took.items():
            found[name]["upload"] = statistics.median([*each, found[name]["upload"]])
        way = [level for level, _ in steps()]
        for kind, levels in (("new", way), ("seen", way[:0:-1])):
            times = in_turn(tabs, levels)
            for name, each in times.items():
                found[name][kind] = statistics.median(each[kind == "new" :])
    return found


def in_turn(tabs: Sequence[Tab], levels: Sequence[str]) -> dict[str, list[float]]:
    """Click on the same modalities in every tab; each click begins with another of them."""
    times: dict[str, list[float]] = {tab.name: [] for tab in tabs}
    for at, level in enumerate(levels):
        first = at % len(tabs)
        for tab in (*tabs[first:], *tabs[:first]):
            times[tab.name].append(tab.click(level))
    return times


def cold_start(browser: Browser, peers: Path) -> dict[str, float]:
    """Seconds from the command to a page that can take a file, by server."""
    times: dict[str, list[float]] = {"hepar": [], "streamlit": [], "dash": []}
    for _ in range(STARTS):
        for name, each in times.items():
            begun = time.perf_counter()
            with serving(name, peers) as address, browser.new_context() as context:
                page = context.new_page()
                page.goto(address)
                page.locator("input[type=file]").first.wait_for(state="attached", timeout=WAIT)
                each.append(time.perf_counter() - begun)
    return {name: statistics.median(each) for name, each in times.items()}


# The table --------------------------------------------------------------------------------------


def row(kind: str, patients: str, unit: str, found: dict[str, float]) -> str:
    shown = [
        f"{found[name]:.{1 if unit == 's' else 0}f}" if name in found else "" for name in COLUMNS
    ]
    ours = found["hepar"]
    ratios = [f"{ours / found[name]:.2f}" if name in found else "" for name in COLUMNS[1:]]
    return f"| {kind}, {unit} | {patients} | {' | '.join((*shown, *ratios))} |"


COLUMNS = ("hepar", "floor", "streamlit", "dash")


def main(sizes: Sequence[int]) -> None:
    peers = environment()
    heads = ("", "patients", *COLUMNS, *(f"hepar / {name}" for name in COLUMNS[1:]))
    print(f"| {' | '.join(heads)} |")
    print("|---" * len(heads) + "|", flush=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=list(QUIET))
        for patients in sizes:
            found = clicks(browser, peers, patients)
            for kind, unit in (("new", "ms"), ("seen", "ms"), ("upload", "s")):
                of_kind = {name: each[kind] for name, each in found.items() if kind in each}
                print(row(kind, f"{patients:,}", unit, of_kind), flush=True)
        print(row("cold start", "", "s", cold_start(browser, peers)), flush=True)
        browser.close()


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or SIZES)
