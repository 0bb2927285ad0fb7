"""How much longer one visitor's click takes while another's file of 100,000 rows is read.

Run ``python -m benchmarks.stall``. Both are done as the app does them, in one process: the click is
what a page asks of a small cohort, the file goes through a worker. Quiet and busy clicks are taken
in one run, by turns, so that their ratio means something on a busy machine too.
"""

import argparse
import itertools
import statistics
import threading
import time
from dataclasses import replace

from benchmarks.ingest import as_csv, as_xlsx, rows
from lib.analyses import comparison, response, survival
from lib.analyses.study import opening_plan, under_study
from lib.ingest import read_cohort
from lib.plan import Condition, Reading
from lib.schema import ENDPOINTS
from lib.worker import pool

ROWS, COLUMNS, QUIET = 100_000, 60, 5.0


CHOICE = itertools.count(1)


def click(cohort, plan) -> float:
    """Seconds that the pages take for a choice that was not made before."""
    start = time.perf_counter()
    chosen = (Condition("age", low=next(CHOICE) / 1000),)
    study = under_study(cohort, replace(plan, study=replace(plan.study, selection=chosen)))
    response.by_group(study)
    survival.by_group(study, ENDPOINTS["OS"])
    comparison.of_arms(study)
    return time.perf_counter() - start


def upload(name: str, data: bytes) -> None:
    """What is done for a file that is dropped, up to the cohort under study."""
    with pool.opened(name, data) as file:
        cohort, _proposal, _kept = file.read(Reading()), file.propose(Reading()), file.kept()
    under_study(cohort, opening_plan(cohort))


def clicks(cohort, plan, lasts) -> list[float]:
    """The seconds of one click after another, as a visitor makes them."""
    taken = []
    while lasts():
        taken.append(click(cohort, plan))
        time.sleep(0.2)
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    asked = parser.parse_args()
    small = read_cohort("b.csv", as_csv(rows(36, COLUMNS)))
    plan = opening_plan(small)
    table = rows(asked.rows, COLUMNS)
    pool.warm()
    click(small, plan)
    print("| file | upload | click, quiet | click, during | ratio | slowest |")
    print("|---|---|---|---|---|---|")
    for name, data in (("a.csv", as_csv(table)), ("a.xlsx", as_xlsx(table))):
        until = time.perf_counter() + QUIET
        quiet = clicks(small, plan, lambda until=until: time.perf_counter() < until)
        start = time.perf_counter()
        reading = threading.Thread(target=upload, args=(name, data))
        reading.start()
        during = clicks(small, plan, reading.is_alive)
        whole, usual = time.perf_counter() - start, statistics.median(quiet)
        busy = statistics.median(during)
        print(
            f"| {name} | {whole:.1f} s | {usual * 1000:.0f} ms | {busy * 1000:.0f} ms "
            f"| {busy / usual:.2f} | {max(during) * 1000:.0f} ms |"
        )


if __name__ == "__main__":
    main()
