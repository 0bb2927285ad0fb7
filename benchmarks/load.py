"""Many visitors at once on one server: python -m benchmarks.load [VISITORS ...].

Each has a tab of raw messages and a cohort of a size of their own, opens Survival, and then clicks
on the modality filter with about five seconds' thought between two clicks, on sets of modalities
that come again. Told are the clicks of a second, the median and the 95th percentile of the time
from the message that asks to the one that ends the page, errors, and cross-talk: an answer that
counts other patients than the visitor's own. Files are read before the clock starts. Visitors and
server share the machine's processors. It fails where anything was in error or crossed.
"""

import random
import re
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.clicks import LEVELS, table
from tests.browser.conftest import serving
from tests.browser.visitor import Visitor, visiting

VISITORS = (30, 100)
SECONDS = 120  # of clicks, for each number of visitors
THOUGHT = 5.0
ARRIVED = 240  # seconds within which all files must be read
SMALLEST = 30  # patients of the first visitor; each has one more than the one before
COUNTED = re.compile(r"\*\*(\d+)\*\* of (\d+)")


@dataclass
class Seen:
    """What all visitors saw."""

    took: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    crossed: int = 0


def choose(visitor: Visitor, patients: int, levels: Sequence[str], seen: Seen) -> None:
    """Filter once, and compare what is counted with what was uploaded."""
    begun = time.perf_counter()
    visitor.choose("Modality", [LEVELS[level] for level in levels])
    seen.took.append(visitor.told - begun)
    names = list(LEVELS)
    under = sum(names[at % len(names)] in levels for at in range(patients)) if levels else patients
    counted = [(int(n), int(of)) for said in visitor.said for n, of in COUNTED.findall(said)]
    seen.crossed += counted != [(under, patients)]


def visit(address: str, patients: int, ready: threading.Barrier, seen: Seen) -> None:
    """One visitor, from the upload until the time is over."""
    chance = random.Random(patients)
    try:
        with visiting(address) as visitor:
            visitor.upload(f"cohort-{patients}.csv", table(patients).encode())
            visitor.go("Survival")
            ready.wait(ARRIVED)
            time.sleep(chance.uniform(0, THOUGHT))  # nobody clicks with the others
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                levels = chance.sample(list(LEVELS), chance.randint(0, len(LEVELS)))
                choose(visitor, patients, sorted(levels), seen)
                time.sleep(chance.uniform(0.5, 1.5) * THOUGHT)
    except Exception as failed:  # all that goes wrong is what is asked for here
        ready.abort()
        seen.errors.append(repr(failed))


def load(visitors: int) -> Seen:
    seen, ready = Seen(), threading.Barrier(visitors)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "log.txt") as address,
        ThreadPoolExecutor(visitors) as tabs,
    ):
        for number in range(visitors):
            tabs.submit(visit, address, SMALLEST + number, ready, seen)
    return seen


def main(several: Sequence[int]) -> int:
    print("| visitors | clicks | a second | median | 95% | errors | crossed |")
    print("|---|---|---|---|---|---|---|", flush=True)
    failed = False
    for visitors in several:
        seen = load(visitors)
        for error in dict.fromkeys(seen.errors):
            print(error, file=sys.stderr)
        if len(seen.took) < 2:
            return 1
        cuts = statistics.quantiles(seen.took, n=20)
        times = f"{1000 * cuts[9]:.0f} ms | {1000 * cuts[18]:.0f} ms"
        clicks = f"{len(seen.took)} | {len(seen.took) / SECONDS:.1f}"
        print(
            f"| {visitors} | {clicks} | {times} | {len(seen.errors)} | {seen.crossed} |", flush=True
        )
        failed |= bool(seen.errors or seen.crossed)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main([int(each) for each in sys.argv[1:]] or VISITORS))
