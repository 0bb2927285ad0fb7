"""What preparing a registry costs, and what each page then asks, by the number of its rows.

Run ``python -m benchmarks.registry``, with numbers of patients for others than the usual sizes, or
with ``--of FOLDER`` to ask a registry that is prepared. Prints rows a second, and a second of a
processor, with the most memory of the process that prepares and of the largest that reads for it;
then what each question takes in a process of its own, beside one raw read of the columns of a life
table: seconds, those of all processors, and the most memory of that process. With ``--on ENGINE``
it asks the same of a database, or of a cluster of this machine, and prints seconds beside those of
DuckDB. Rows are synthetic, of 20 columns, in Parquet. On Linux alone: what a process had at most is
read there.
"""

import argparse
import re
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import duckdb

import lib.registry
from lib.analyses import adjustment, baseline, comparison, protocol, response, robustness, survival
from lib.plan import Condition
from lib.registry import Registry
from lib.registry.prepare import prepare
from lib.schema import ENDPOINTS

SIZES = (1_000_000, 10_000_000)
ROWS = """
SELECT 'P' || lpad(i::VARCHAR, 9, '0') AS patient_id,
    'Centre ' || (hash(i, 'centre') % 40) AS centre,
    CASE hash(i, 'sex') % 2 WHEN 0 THEN 'F' ELSE 'M' END AS sex,
    30 + hash(i, 'age') % 60 AS age,
    ecog::VARCHAR AS ecog,
    CASE hash(i, 'ras') % 3 WHEN 0 THEN 'mut' ELSE 'wt' END AS ras,
    lesions AS n_lesions,
    10 + hash(i, 'largest') % 90 AS largest_lesion_mm,
    hash(i, 'cea') % 9000 / 10 AS cea_baseline,
    CASE WHEN drawn < 25 THEN 'HAI' WHEN drawn < 45 THEN 'TACE' ELSE 'HAI+TACE' END AS modality,
    began AS first_procedure_date,
    CASE WHEN last > 180 THEN ['PR', 'SD', 'PD', NULL][(1 + hash(i, '6m') % 4)::INTEGER] END
        AS response_6m,
    CASE WHEN last > 360 THEN ['SD', 'PD', NULL][(1 + hash(i, '12m') % 3)::INTEGER] END
        AS response_12m,
    CASE WHEN hash(i, 'progressed') % 4 > 0 THEN began + seen END AS progression_date,
    began + seen AS last_assessment_date,
    began + last AS last_contact_date,
    CASE WHEN dead THEN 'dead' ELSE 'alive' END AS vital_status,
    CASE WHEN dead THEN began + last END AS death_date,
    began - (hash(i, 'found') % 700)::INTEGER AS liver_mets_date,
    (hash(i, 'grade') % 5)::VARCHAR AS ctcae_grade
FROM (
    SELECT *, lesions + hash(i, 'modality') % 60 AS drawn, (last * 2 / 3)::INTEGER AS seen
    FROM (
        SELECT range AS i, hash(i, 'ecog') % 4 AS ecog, 1 + hash(i, 'lesions') % 15 AS lesions,
            DATE '2012-01-01' + (hash(i, 'began') % 3000)::INTEGER AS began,
            (90 + hash(i, 'last') % 1500 * (9 - ecog) / 9)::INTEGER AS last,
            hash(i, 'dead') % 10 < 6 AS dead
        FROM range({rows})
    )
)
"""


OVERALL = ENDPOINTS["OS"]
RUNS, LONG = 3, 10.0  # how often a question is asked, unless that takes so many seconds


def measured(rows: int, on: str = "") -> None:
    """Prepare so many rows, and print what that and all questions take; on another engine too."""
    folder = Path(tempfile.mkdtemp(prefix="hepar-"))
    try:
        (folder / "source").mkdir()
        (folder / "registry").mkdir()
        alone(made, rows, folder / "source" / "patients.parquet")
        (parts, took, used), most = alone(prepared, folder)
        first, *others = most
        size = sum(file.stat().st_size for file in folder.rglob("registry/patients/*"))
        print(
            f"{rows:>10,} rows in {parts} parts: {took:7.1f} s, {rows / took:9,.0f} rows/s;"
            f" processors {used:7.1f} s, {rows / used:9,.0f} rows/s each;"
            f" facts {size / rows:.0f} bytes a row;"
            f" it had {first:,} MB, and what reads for it {max(others, default=0):,} MB",
            flush=True,
        )
        if on:
            with ENGINES[on](folder / "registry") as where:
                print_beside(str(folder / "registry"), where)
        else:
            print_questions(str(folder / "registry"))
    finally:
        shutil.rmtree(folder)


def print_questions(where: str) -> None:
    """Print what each question takes of a registry."""
    for name in QUESTIONS:
        (took, used), most = alone(asked, where, name)
        print(f"    {name:<44} {took:7.2f} s {used:7.2f} s {most[0]:>6,} MB", flush=True)


def print_beside(here: str, there: str) -> None:
    """Print what each question takes of a registry in DuckDB and, right after, elsewhere."""
    for name in QUESTIONS:
        (one, _used), (of, _there) = asked(here, name), asked(there, name)
        print(f"    {name:<44} {one:7.2f} s {of:7.2f} s {of / one:6.1f} times", flush=True)


@contextmanager
def in_postgresql(registry: Path) -> Iterator[str]:
    """A database of its own with the facts of a registry; prints how long putting them took."""
    place = tempfile.mkdtemp(prefix="hepar-")
    tool = ["tools/postgresql", place]
    try:
        where = subprocess.run(tool, capture_output=True, text=True, check=True).stdout.strip()
        began = time.perf_counter()
        lib.registry.put(registry, where)
        print(f"    put into PostgreSQL in {time.perf_counter() - began:.1f} s", flush=True)
        yield where
    finally:
        subprocess.run([*tool, "stop"], capture_output=True, check=False)
        shutil.rmtree(place)


@contextmanager
def in_spark(registry: Path) -> Iterator[str]:
    """A cluster of this machine that reads the facts of a registry."""
    yield f"local[2]#{registry}"


ENGINES = {"postgresql": in_postgresql, "spark": in_spark}


def made(rows: int, place: Path) -> None:
    """Write synthetic rows."""
    duckdb.execute(f"COPY ({ROWS.format(rows=rows)}) TO '{place}' (FORMAT parquet)")


def prepared(folder: Path) -> tuple[int, float, float]:
    """Prepare a registry: its parts, and seconds, also of all processors."""
    began, spent = time.perf_counter(), processor()
    found = prepare(str(folder / "source"), folder / "registry")
    return found.parts, time.perf_counter() - began, processor() - spent


def asked(where: str, name: str) -> tuple[float, float]:
    """Seconds that a question takes of a registry that was just opened, and of all processors.

    The best of a few.
    """
    took: list[tuple[float, float]] = []
    while len(took) < RUNS and sum(each for each, _used in took) < LONG:
        registry = lib.registry.open(where)
        began, spent = time.perf_counter(), processor()
        QUESTIONS[name](registry)
        took.append((time.perf_counter() - began, processor() - spent))
        registry.engine.close()
    return min(each for each, _used in took), min(used for _each, used in took)


# What is asked ---------------------------------------------------------------------------------


def _raw(registry: Registry) -> object:
    return registry.engine.columns(
        'SELECT SUM("OS.months") AS a, SUM(CASE WHEN "OS.event" THEN 1 ELSE 0 END) AS b, '
        "COUNT(modality) AS c FROM facts",
        {},
    )


def _overview(registry: Registry) -> object:
    return (
        baseline.by_group(registry),
        response.by_group(registry),
        survival.available(registry),
        survival.by_group(registry, OVERALL),
    )


def _filtered(registry: Registry) -> object:
    women = replace(registry.plan.study, selection=(Condition("sex", ("F",)),))
    return _overview(registry.by(replace(registry.plan, study=women)))


def _late(registry: Registry, strata: str = "") -> object:
    return registry.counted(OVERALL, "modality", origin="liver_mets_date", strata=strata)


def _models(registry: Registry) -> object:
    found = adjustment.of_endpoint(registry, OVERALL)
    if found.model is None or found.weighted is None:
        raise RuntimeError("these arms cannot be adjusted: nothing would be measured")
    return found


QUESTIONS: Mapping[str, Callable[[Registry], object]] = {
    "raw read of a life table's columns": _raw,
    "life table by modality": lambda r: r.counted(OVERALL, "modality"),
    "the same within 40 centres": lambda r: r.counted(OVERALL, "modality", strata="centre"),
    "the same from a landmark": lambda r: r.counted(OVERALL, "modality", landmark=6.0),
    "the same with entry times": _late,
    "the same with entry times within 40 centres": lambda r: _late(r, "centre"),
    "a number's quartiles by modality": lambda r: r.moments("age", "modality"),
    "response, every time by modality": response.by_group,
    "Table 1 by modality": baseline.by_group,
    "Overview": _overview,
    "Overview of a half, by a filter": _filtered,
    "Compare": comparison.of_arms,
    "complications by their worst grade": lambda r: r.complications(),
    "models of all that can be adjusted for": _models,
    "other defensible choices": lambda r: robustness.of_endpoint(r, OVERALL),
    "the protocol": protocol.of_arms,
}


# Processes -------------------------------------------------------------------------------------


def alone(do: Callable[..., Any], *given: object) -> tuple[Any, list[int]]:
    """What a function gives in a process of its own, and the most megabytes that it had.

    First of that process, then of each that it began.
    """
    most: dict[int, int] = {}
    with ProcessPoolExecutor(1, get_context("spawn")) as one:
        own = one.submit(_number).result()
        answer: Future[Any] = one.submit(do, *given)
        while True:
            ended = answer.done()
            for each in (own, *_begun_by(own)):
                most[each] = max(most.get(each, 0), _most(each))
            if ended:
                return answer.result(), [most.pop(own), *most.values()]
            time.sleep(0.05)


def _number() -> int:
    return int(Path("/proc/self").resolve().name)


def _begun_by(number: int) -> Iterator[int]:
    """The processes that one began, and those that these did."""
    for task in Path(f"/proc/{number}/task").glob("*/children"):
        try:
            begun = [int(each) for each in task.read_text().split()]
        except OSError:  # it has ended
            begun = []
        for each in begun:
            yield each
            yield from _begun_by(each)


def _most(number: int) -> int:
    """The most megabytes that a process had so far; 0 of one that has ended."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{number}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) >> 10 if found else 0


def processor() -> float:
    """Seconds of all processors, in this process and those that have ended."""
    told = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in told)


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, default=SIZES)
    parser.add_argument("--of", help="a registry that is prepared")
    parser.add_argument("--on", choices=ENGINES, default="", help="another engine, beside DuckDB")
    given = parser.parse_args()
    if given.of:
        print_questions(given.of)
        return
    for rows in given.rows:
        measured(rows, given.on)


if __name__ == "__main__":
    main()
