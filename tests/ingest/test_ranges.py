"""Every number and date has what is plausible and what is possible, in the unit of its sheet."""

import datetime
from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.analyses.study import opening_plan
from lib.command import write
from lib.ingest import open_file, propose, read
from lib.ingest.dates import LATEST
from lib.language import code_of
from lib.plan import ComparisonPlan, Plan
from lib.schema import TABLES, Column
from tests.conftest import as_book
from tests.ingest.conftest import as_csv

RANGED = [
    (table, name)
    for table, columns in TABLES.items()
    for name, column in columns.items()
    if column.kind in ("number", "date") or column.unit
]


@pytest.mark.parametrize(("table", "name"), RANGED)
def test_every_number_and_date_has_what_is_plausible_and_what_is_possible(table, name):
    column = TABLES[table][name]
    assert column.least <= column.low < column.high <= column.most
    assert column.most < (LATEST + 1 if column.kind == "date" else 1e9)
    assert (column.least, column.most) != (column.low, column.high) or column.unit == "%"


# --- values beyond each range, of all columns at once

N = 24
PLAIN, UNLIKELY, IMPOSSIBLE = range(3)
BAD = {5: UNLIKELY, 9: IMPOSSIBLE, 14: UNLIKELY, 19: IMPOSSIBLE}
"""The patients, from 0, whose every cell is beyond its range."""
START = datetime.date(2018, 1, 5)


def beyond(column: Column, how: int, chance: Random):
    """A cell that is not plausible, or not possible."""
    least, low, high, most = column.least, column.low, column.high, column.most
    if column.kind == "date":
        ends = [(1000, least - 1), (most + 1, 9999)]
        if how == UNLIKELY:
            ends = [(least, low - 1), (high + 1, most)]
        return str(datetime.date(chance.randint(*chance.choice(ends)), 5, 17))
    if how == IMPOSSIBLE:
        far = 10 ** chance.uniform(-1, 200)
        return chance.choice([most + far * max(most, 1), least - far])
    sides = [each for each in ((least, low), (high, most)) if each[0] < each[1]]
    start, end = chance.choice(sides or [(low, high)])
    return start + (end - start) * chance.uniform(0.1, 0.9)


def usual(column: Column, patient: int):
    """A cell within the range."""
    if column.name == "patient_id":
        return f"P{patient}"
    if column.kind == "date":
        return str(START + datetime.timedelta(400 + 9 * patient))
    if column.kind == "number" or column.unit:
        return column.low + (patient % 7 + 2) * min(column.high - column.low, 60) / 10
    if column.levels:
        return column.levels[patient % min(2, len(column.levels))].code
    return f"{column.name} {patient % 3}"


def workbook(seed: int) -> bytes:
    """Sheets with every column of the schema."""
    chance = Random(seed)
    return as_book(
        {
            table: [
                [*columns],
                *(
                    [
                        beyond(column, BAD[patient], chance)
                        if patient in BAD and (table, column.name) in RANGED
                        else usual(column, patient)
                        for column in columns.values()
                    ]
                    for patient in range(N)
                ),
            ]
            for table, columns in TABLES.items()
        }
    )


SEEDS = st.integers(0, 2**32)
SLOW = settings(deadline=None, suppress_health_check=list(HealthCheck))


@settings(SLOW, max_examples=5)
@given(SEEDS)
def test_what_is_beyond_a_range_is_emptied_and_told_or_kept_and_warned(seed):
    cohort = read(open_file("a.xlsx", workbook(seed)))
    for table, name in RANGED:
        frame = cohort.patients if table == "patients" else cohort.tables[table]
        told = {}
        for each in cohort.findings:
            if each.column == name and each.sheet == table and each.severity != "note":
                told |= dict.fromkeys(each.rows, each.severity)
        for patient, how in BAD.items():
            row = patient + 2
            (cell,) = frame.loc[frame["row"] == row, name]
            if how == IMPOSSIBLE:
                assert cell != cell, (table, name, cell)
                assert told.get(row) == "error", (table, name)
            elif TABLES[table][name].low != TABLES[table][name].least or cell == cell:
                assert row in told or name == "liver_involvement_pct", (table, name, cell)


@pytest.mark.parametrize("seed", [11])
def test_every_analysis_runs_over_such_a_file(tmp_path, seed):
    cohort = read(open_file("a.xlsx", workbook(seed)))
    few = Plan(comparison=ComparisonPlan(permutations=50))
    write(cohort, opening_plan(cohort, few), tmp_path)
    assert "NaN" not in (tmp_path / "results.json").read_text(encoding="utf-8")


def file_of(header: str, cells, **others):
    rows = [
        [f"P{n}", ("HAI", "TACE")[n % 2], *(each[n] for each in others.values()), cell]
        for n, cell in enumerate(cells)
    ]
    return open_file("a.csv", as_csv([["patient_id", "modality", *others, header], *rows]))


# --- what cannot be and recurs is one question about a code for unknown


OF_PATIENTS = [
    name
    for table, name in RANGED
    if table == "patients" and name not in ("death_months", "contact_months")  # read as OS alone
]


@pytest.mark.parametrize("name", OF_PATIENTS)
def test_what_cannot_be_and_recurs_is_one_question(name):
    column = TABLES["patients"][name]
    cells = [usual(column, n) for n in range(8)]
    code = "1066-10-14" if column.kind == "date" else "7e11"
    file = file_of(name, [*cells, code, code, code])
    (question,) = [each for each in propose(file).questions if each.kind == "code"]
    assert (question.code, question.settled) == ("ask-no-value-can-be", True)
    assert dict(question.values) == {"codes": f"'{code}'", "count": 3, "column": name}
    plain = read(file)
    assert plain.patients[name].isna().tolist() == [False] * 8 + [True] * 3
    assert [each.rows for each in plain.findings if each.severity == "error"] == [(10, 11, 12)]
    unknown = read(file, question.answers[0].reading)
    assert unknown.patients[name].isna().tolist() == [False] * 8 + [True] * 3
    assert not [each for each in unknown.findings if each.severity == "error"]
    assert code_of(question.answers[1].message) == "ask-a-slip"
    slips = read(file, question.answers[1].reading)
    assert [each.rows for each in slips.findings if each.severity == "error"] == [(10, 11, 12)]


# --- digits without end, in every kind of column

ENDLESS = ["1e28", "9" * 40, "9" * 5000, "1e308", "1e400", "-1e28", "inf", "-Infinity", "nan",
           "0x1F", "1_000", "1’000’000", "1.2.3", "--5", "5e", "٩" * 30]  # fmt: skip


@pytest.mark.parametrize("name", OF_PATIENTS)
def test_digits_without_end_are_one_finding_each(name):
    column = TABLES["patients"][name]
    cells = [usual(column, n) for n in range(60)]
    cohort = read(file_of(name, [*cells, *ENDLESS]))
    told = [
        row
        for each in cohort.findings
        if each.severity in ("error", "warning")
        for row in each.rows
    ]
    assert len(told) == len(set(told))
    lost = cohort.patients.loc[cohort.patients[name].isna(), "row"].tolist()
    nothing = {62 + ENDLESS.index("nan")}
    assert set(lost) - nothing <= set(told)
    assert set(range(62, 70)) - nothing <= {*told, *lost}


@pytest.mark.parametrize("code", ["9" * 4400, "1e400", "0" * 5000, "-" + "9" * 5000, "²" * 50])
@pytest.mark.parametrize(
    "header", ["patient_id", "№", "modality", "centre", "ecog", "row", "grade"]
)
def test_digits_without_end_are_no_traceback_in_any_other_column(header, code):
    names = ["patient_id", "modality", "os_months", "os_event"]
    rows = [[f"P{n}", ("HAI", "TACE")[n % 2], 5 + n, n % 2] for n in range(12)]
    if header in names:
        rows[4][names.index(header)] = code
    else:
        names = [header, *names]
        rows = [[n + 1, *row] for n, row in enumerate(rows)]
        rows[4][0] = code
    assert len(read(open_file("a.csv", as_csv([names, *rows]))).patients) >= 11


def test_every_analysis_runs_over_numbers_of_any_size(tmp_path):
    cells = [10.0**n for n in range(0, 15)] + ["1e15", "1e28", "1e300", "-1e14", "-5", "0"]
    file = file_of("marker", [*cells] * 2, os_months=[5 + n % 17 for n in range(42)],
                   os_event=[n % 2 for n in range(42)], cea_baseline=[*cells] * 2)  # fmt: skip
    chosen = replace(propose(file).reading, known_before=("marker",))
    cohort = read(file, chosen)
    few = Plan(comparison=ComparisonPlan(permutations=50))
    write(cohort, opening_plan(cohort, few), tmp_path)
