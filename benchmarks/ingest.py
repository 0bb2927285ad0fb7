"""Reading a spreadsheet, mapping and checking it, and what a page asks of it afterwards.

Run ``python -m benchmarks.ingest``. Prints processor seconds, which a busy machine does not change,
each size's cost a row relative to the smallest, and for a workbook its cost relative to what
calamine alone takes for it, all in one run; peak memory is that of the reading process.
"""

import argparse
import csv
import io
import resource

import xlsxwriter
from python_calamine import load_workbook

from lib.analyses import comparison, response, survival
from lib.analyses.study import opening_plan, under_study
from lib.ingest import open_file, propose, read
from lib.schema import ENDPOINTS

SIZES = (36, 10_000, 100_000)
HEADERS = (
    "patient_id", "centre", "sex", "age", "ecog", "ras", "n_lesions", "largest_lesion_mm",
    "modality", "first_procedure_date", "response_6m", "response_12m", "progression_date",
    "last_assessment_date", "last_contact_date", "vital_status", "death_date",
)  # fmt: skip
COLUMNS = 60


def headers(columns: int) -> list[str]:
    """As many headers, further ones after those that are known."""
    return [*HEADERS, *(f"extra {k}" for k in range(columns - len(HEADERS)))][:columns]


def rows(n: int, columns: int = COLUMNS) -> list[list[object]]:
    """Patients without meaning, with dates in order and a few levels each."""
    made = []
    for i in range(n):
        died, progressed = i % 3 == 0, i % 4 != 0
        last = 300 + i % 1000
        made.append(
            [
                f"P{i:06d}", f"Centre {i % 7}", "FM"[i % 2], 40 + i % 40, i % 3,
                ("mut", "wt")[i % 2], 1 + i % 12, 10 + i % 90, ("HAI", "TACE", "HAI+TACE")[i % 3],
                day(i % 900), "SD" if i % 5 else "PR", "SD" if i % 7 else "PD",
                day(i % 900 + 200) if progressed else "", day(i % 900 + 250),
                day(i % 900 + last), "dead" if died else "alive",
                day(i % 900 + last) if died else "",
                *(f"{i % (7 + k)},{k}" for k in range(columns - len(HEADERS))),
            ][:columns]
        )  # fmt: skip
    return made


def day(number: int) -> str:
    """A day as a Russian hospital writes it."""
    year, rest = divmod(number, 336)
    month, date = divmod(rest, 28)
    return f"{date + 1:02d}.{month + 1:02d}.{2015 + year}"


def as_csv(table: list[list[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(headers(len(table[0])))
    writer.writerows(table)
    return text.getvalue().encode("cp1251")


def as_xlsx(table: list[list[object]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"constant_memory": True, "in_memory": False}) as book:
        sheet = book.add_worksheet("patients")
        sheet.write_row(0, 0, headers(len(table[0])))
        for at, row in enumerate(table, start=1):
            sheet.write_row(at, 0, row)
    return buffer.getvalue()


def processor() -> float:
    """Processor seconds of this process, and of those that it started to read workbooks."""
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def timed(work, repeats):
    """Median processor seconds, and what the work gave; of no work both are nothing."""
    taken, given = [0.0] * (not repeats), None
    for _ in range(repeats):
        start = processor()
        given = work()
        taken.append(processor() - start)
    return sorted(taken)[len(taken) // 2], given


def values(data: bytes) -> object:
    """The cells of a workbook, by its reader alone."""
    with load_workbook(io.BytesIO(data)) as book:
        return book.get_sheet_by_index(0).to_python()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--columns", type=int, default=COLUMNS)
    asked = parser.parse_args()
    print(
        f"| rows x {asked.columns} columns | file | open | map | read and check | in all "
        "| a row, relative | to calamine alone |"
    )
    print("|---|---|---|---|---|---|---|---|")
    smallest: dict[str, float] = {}
    for n in asked.sizes:
        table = rows(n, asked.columns)
        for kind, data in (("CSV", as_csv(table)), ("XLSX", as_xlsx(table))):
            repeats = 5 if n < 1000 else 1
            opened, file = timed(
                lambda data=data, kind=kind: open_file(f"a.{kind}", data, trim=False), repeats
            )
            mapped, proposal = timed(lambda file=file: propose(file), repeats)
            checked, cohort = timed(lambda file=file, p=proposal: read(file, p.chosen), repeats)
            whole = opened + mapped + checked
            alone, _values = timed(
                lambda data=data: values(data), 3 if kind == "XLSX" and n > 1000 else 0
            )
            relative = (whole / n) / smallest.setdefault(kind, whole / n)
            print(
                f"| {n} | {kind} {len(data) / 1e6:.1f} MB | {opened:.2f} s | {mapped:.2f} s | "
                f"{checked:.2f} s | {whole:.2f} s | {relative:.3f} | "
                + (f"{whole / alone:.2f} |" if alone else "|")
            )
        plan = opening_plan(cohort)
        for name, work in (
            ("response", lambda c=cohort, p=plan: response.by_group(under_study(c, p))),
            (
                "survival",
                lambda c=cohort, p=plan: survival.by_group(under_study(c, p), ENDPOINTS["OS"]),
            ),
            ("comparison", lambda c=cohort, p=plan: comparison.of_arms(under_study(c, p))),
        ):
            print(f"| {n} | analysis: {name} | | | | {timed(work, 3)[0]:.3f} s | | |")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nPeak memory of this process: {peak:.0f} MB")


if __name__ == "__main__":
    main()
