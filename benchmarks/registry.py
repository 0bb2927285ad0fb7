"""What preparing a registry costs, and what each page then asks, by the number of its rows.

Run ``python -m benchmarks.registry``, with numbers of patients for others than the usual sizes.
Prints rows a second, and a second of a processor, with the memory of the largest process; then what
each question takes in a process of its own, beside one raw read of the columns of a life table, and
the memory of that process. Rows are synthetic, of 20 columns, in Parquet.
"""

import argparse
import resource
import shutil
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import duckdb

import lib.registry
from lib.analyses import baseline, comparison, response, survival
from lib.registry import Registry
from lib.registry.prepare import prepare
from lib.schema import ENDPOINTS

SIZES = (100_000, 1_000_000)
ROWS = """
SELECT 'P' || lpad(i::VARCHAR, 9, '0') AS patient_id,
    'Centre ' || (i * 7919 % 40) AS centre,
    CASE i * 31 % 2 WHEN 0 THEN 'F' ELSE 'M' END AS sex,
    30 + i * 104729 % 60 AS age,
    (i * 37 % 4)::VARCHAR AS ecog,
    CASE i * 41 % 3 WHEN 0 THEN 'mut' ELSE 'wt' END AS ras,
    1 + i * 43 % 15 AS n_lesions,
    10 + i * 47 % 90 AS largest_lesion_mm,
    round(i * 2741 % 9000 / 10.0, 1) AS cea_baseline,
    CASE i * 53 % 3 WHEN 0 THEN 'HAI' WHEN 1 THEN 'TACE' ELSE 'HAI+TACE' END AS modality,
    began AS first_procedure_date,
    CASE i * 59 % 4 WHEN 0 THEN 'PR' WHEN 1 THEN 'SD' WHEN 2 THEN 'PD' END AS response_6m,
    CASE i * 61 % 3 WHEN 0 THEN 'SD' WHEN 1 THEN 'PD' END AS response_12m,
    CASE WHEN i * 67 % 4 > 0 THEN began + (i * 71 % 400 + 30)::INTEGER END AS progression_date,
    began + (i * 71 % 400 + 60)::INTEGER AS last_assessment_date,
    began + last AS last_contact_date,
    CASE WHEN dead THEN 'dead' ELSE 'alive' END AS vital_status,
    CASE WHEN dead THEN began + last END AS death_date,
    i * 73 % 5 AS "score of a centre",
    round(i * 79 % 700 / 7.0, 2) AS "another number"
FROM (
    SELECT range AS i, DATE '2012-01-01' + (range * 7907 % 3000)::INTEGER AS began,
        (range * 83 % 1500 + 90)::INTEGER AS last, range * 89 % 10 < 6 AS dead
    FROM range({rows})
)
"""


def measured(rows: int) -> None:
    """Prepare so many rows, and print what that takes."""
    folder = Path(tempfile.mkdtemp(prefix="hepar-"))
    try:
        (folder / "source").mkdir()
        place = folder / "source" / "patients.parquet"
        duckdb.execute(f"COPY ({ROWS.format(rows=rows)}) TO '{place}' (FORMAT parquet)")
        (folder / "registry").mkdir()
        began, spent = time.perf_counter(), processor()
        made = prepare(str(folder / "source"), folder / "registry")
        took, used = time.perf_counter() - began, processor() - spent
        size = sum(file.stat().st_size for file in folder.rglob("registry/patients/*"))
        print(
            f"{rows:>10,} rows in {made.parts} parts: {took:7.1f} s, {rows / took:9,.0f} rows/s;"
            f" processors {used:7.1f} s, {rows / used:9,.0f} rows/s each;"
            f" facts {size / rows:.0f} bytes a row; largest process {memory():,} MB",
            flush=True,
        )
        with ProcessPoolExecutor(1, get_context("spawn")) as alone:
            print("\n".join(alone.submit(asked, str(folder / "registry")).result()), flush=True)
    finally:
        shutil.rmtree(folder)


def asked(where: str) -> list[str]:
    """What each page's questions take of a registry that was just opened, best of three."""
    overall = ENDPOINTS["OS"]
    questions = {
        "raw read of a life table's columns": _raw,
        "life table by modality": lambda r: r.counted(overall, "modality"),
        "the same within 40 centres": lambda r: r.counted(overall, "modality", strata="centre"),
        "the same from a landmark": lambda r: r.counted(overall, "modality", landmark=6.0),
        "response, every time by modality": response.by_group,
        "Table 1 by modality": baseline.by_group,
        "Overview": lambda r: (
            baseline.by_group(r),
            response.by_group(r),
            survival.by_group(r, overall),
        ),
        "Compare": comparison.of_arms,
    }
    lines = []
    for name, ask in questions.items():
        took = []
        for _each in range(3):
            registry = lib.registry.open(where)
            began = time.perf_counter()
            ask(registry)
            took.append(time.perf_counter() - began)
            registry.engine.close()
        lines.append(f"    {name:<40} {min(took):7.2f} s")
    return [*lines, f"    the most memory of this process {memory():,} MB"]


def _raw(registry: Registry) -> object:
    return registry.engine.columns(
        'SELECT SUM("OS.months") AS a, SUM(CASE WHEN "OS.event" THEN 1 ELSE 0 END) AS b, '
        "COUNT(modality) AS c FROM facts",
        {},
    )


def processor() -> float:
    """Seconds of all processors, in this process and those that have ended."""
    told = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in told)


def memory() -> int:
    """The most that a process had, in megabytes."""
    told = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return max(each.ru_maxrss for each in told) >> 10


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", type=int, default=SIZES)
    for rows in parser.parse_args().rows:
        measured(rows)


if __name__ == "__main__":
    main()
