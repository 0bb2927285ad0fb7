"""A registry prepared in parts holds what the same rows give when they are read at once."""

import csv
import errno
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib import command, registry, text
from lib.analyses.study import opening_plan, under_study
from lib.cohort import CohortError
from lib.ingest import read
from lib.ingest.opening import of_sheets
from lib.ingest.reader import Sheet, read_sheets
from lib.plan import Condition, Plan, Reading, ResponsePlan, StudyPlan
from lib.registry import facts, prepare
from lib.registry.engines import postgresql
from lib.registry.engines.staging import NO_ROOM
from tests.conftest import ROOT, refused
from tests.registry.same import asked, difference, questions

pytest.importorskip("duckdb")
SAMPLES = ROOT / "sample_data"


# Both ways --------------------------------------------------------------------------------------


def tables_of(name):
    """The tables of a sample, as rows of texts, headers first."""
    sheets = read_sheets(name, (SAMPLES / name).read_bytes())
    return {
        sheet.name or "patients": [[said(cell) for cell in row] for row in sheet.rows]
        for sheet in sheets
        if sheet.name != "source"
    }


def said(cell):
    """A cell as a database writes it."""
    day = getattr(cell, "date", None)
    return str(day() if day else cell)


def at_once(tables, plan):
    """The facts of tables that are the sheets of one workbook."""
    sheets = tuple(Sheet(name, [tuple(row) for row in rows]) for name, rows in tables.items())
    cohort = read(of_sheets("whole", "", sheets, plan.reading), plan.reading)
    return facts.of(under_study(cohort, opening_plan(cohort, plan)))


def split(tables, folder, files=1, kind="csv"):
    """Write each table into some files, its rows in turn."""
    folder.mkdir(exist_ok=True)
    for name, (headers, *rows) in tables.items():
        for at in range(files):
            some = rows[at * len(rows) // files : (at + 1) * len(rows) // files]
            place = folder / f"{name}-{at + 1:03d}.{kind}"
            if kind == "parquet":
                columns = {h: [row[n] for row in some] for n, h in enumerate(headers)}
                pq.write_table(
                    pa.table(columns, pa.schema([(h, pa.string()) for h in headers])), place
                )
            else:
                with place.open("w", newline="", encoding="utf-8") as file:
                    csv.writer(file).writerows([headers, *some])
    return folder


def prepared(tables, folder, plan=None, rows=20, **how):
    """A registry of tables, prepared in parts of few rows."""
    source = split(tables, folder / "source", **how)
    (folder / "registry").mkdir(exist_ok=True)
    return prepare.prepare(str(source), folder / "registry", plan, at_once=rows, workers=1)


def held_by(made):
    """The facts of all parts of a registry, together."""
    told = prepare.manifest(made.folder)
    return [
        pa.concat_tables(
            pq.read_table(made.folder / table / f"{name}.parquet") for name in told["parts"] if name
        )
        for table in facts.TABLES
    ]


def by_patient(patients, *more):
    """What is held of each patient, whoever it is, and how many there are of whom that is."""
    of = defaultdict(list)
    for row in (row for table in more for row in table.to_pylist()):
        of[row.pop("patient")].append(repr(row))
    return Counter(
        (tuple(of[row.pop("patient")]), repr(sorted(row.items()))) for row in patients.to_pylist()
    )


def same(made, whole):
    mine, other = by_patient(*held_by(made)), by_patient(*whole[:-1])
    assert mine == other, (list((mine - other).items())[:1], list((other - mine).items())[:1])


def day(number, form="%d.%m.%Y"):
    return (date(2018, 1, 1) + timedelta(days=number)).strftime(form)


def rows_of(n, seed=0):
    """Patients as a hospital has them, their columns by header, in the order of the file."""
    chance = random.Random(seed)
    begun = [chance.randrange(900) for _ in range(n)]
    died = [chance.random() < 0.4 for _ in range(n)]
    last = [start + 30 + chance.randrange(900) for start in begun]
    return {
        "patient_id": [f"P-{k:03d}" for k in range(n)],
        "Пол": [chance.choice("мж") for _ in range(n)],
        "age": [str(chance.randrange(30, 85)) for _ in range(n)],
        "Центр": [chance.choice(("Москва", "Казань", "1")) for _ in range(n)],
        "РЭА": [f"{chance.random() * 100:.1f}".replace(".", ",") for _ in range(n)],
        "modality": [chance.choice(("HAI", "TACE", "HAI+TACE", "")) for _ in range(n)],
        "first_procedure_date": [day(start) for start in begun],
        "response_6m": [chance.choice(("PR", "SD", "PD", "н/д", "")) for _ in range(n)],
        "progression_date": [day(s + 100) if chance.random() < 0.5 else "" for s in begun],
        "last_assessment_date": [day(start + 120) for start in begun],
        "last_contact_date": [day(each) for each in last],
        "vital_status": ["умер" if each else "жив" for each in died],
        "death_date": [day(each) if dead else "" for each, dead in zip(last, died, strict=True)],
    }


def table(columns):
    return [list(columns), *map(list, zip(*columns.values(), strict=True))]


def changed(columns, header, **cells):
    """Other cells in some rows of a column."""
    return {**columns, header: [cells.get(f"r{at}", c) for at, c in enumerate(columns[header])]}


def twice(columns, *rows, **other):
    """Some rows once more, at the end, with other cells."""
    return {
        header: [*cells, *(other.get(header, cells[row]) for row in rows)]
        for header, cells in columns.items()
    }


def procedures(columns, spelt=str):
    """A row for each course of the patients of some columns; and one of a stranger."""
    found = [["patient_id", "procedure_date", "modality"]]
    for at, code in enumerate(columns["patient_id"]):
        start = at * 13 % 800
        kinds = (("HAI", "TACE"), ("HAI",), ("TACE", "TACE", "HAI"), ())[at % 4]
        found += [[spelt(code), day(start + 40 * n), kind] for n, kind in enumerate(kinds)]
    return [*found, ["X-1", day(5), "HAI"]]


N = 60
COLUMNS = rows_of(N)
DAYS = {header: cells for header, cells in COLUMNS.items() if header.endswith("_date")}


def awkward(changes):
    """The tables of a hospital with what a case changes in them; see the cases."""
    columns = {h: c for h, c in COLUMNS.items() if h not in changes.get("without", ())}
    for header, (start, step, form) in changes.get("days", {}).items():
        columns[header] = [day(start + step * k % 800, form) for k in range(N)]
    for header, cells in changes.get("columns", {}).items():
        columns[header] = [cells[k % len(cells)] for k in range(N)]
    for header, cells in changes.get("cells", {}).items():
        columns = changed(columns, header, **cells)
    if "again" in changes:
        columns = twice(columns, 1, 2, 40, **(changes["again"] or {}))
    spelt = {"otherwise": lambda code: code.lower().replace("-", " ")}
    kinds = changes.get("procedures", "")
    rows = procedures(COLUMNS, spelt.get(kinds, str))[: 4 if kinds == "few" else None]
    return {"patients": table(columns), **({"procedures": rows} if kinds else {})}


@pytest.mark.cases
def test_an_awkward_table_in_parts_is_the_table_at_once(what, changes, tmp_path):
    tables = awkward(changes or {})
    made = prepared(tables, tmp_path, rows=15, files=2)
    assert made.parts > 1, what
    same(made, at_once(tables, Plan()))


@pytest.mark.full
@pytest.mark.parametrize("seed", range(20))
def test_any_table_in_parts_is_the_table_at_once(seed, tmp_path):
    chance = random.Random(seed)
    columns = rows_of(chance.randrange(30, 90), seed)
    for header in chance.sample([*columns], 3):
        columns = changed(columns, header, **{f"r{chance.randrange(30)}": "?", "r5": "", "r6": "0"})
    tables = {"patients": table(columns), "procedures": procedures(columns)}
    made = prepared(tables, tmp_path, rows=chance.randrange(3, 40), files=2)
    same(made, at_once(tables, Plan()))


def test_codes_that_stand_in_first_rows_alone_are_refused(tmp_path):
    columns = {h: c[:40] for h, c in COLUMNS.items()}
    cells = {h: [x for c in cells for x in (c, "")] for h, cells in columns.items()}
    cells |= {"first_procedure_date": [day(7 * at) for at in range(80)], "modality": ["HAI"] * 80}
    cells["Центр"] = ["Казань"] * 80
    with refused("registry-told-once"):
        prepared({"patients": table(cells)}, tmp_path)


RUBBISH = ("?", "=1+1", "", "-", " ", "умерла", "P-001", "1", "1.0", "01.02.2020", "итого")
CELLS = ("", "?", "0", "31.02.2020", "нет", "01.01.1900", "１２")


@st.composite
def rubbish(draw):
    """A table in which codes are no codes, stand twice, or a number of the row beside them."""
    n = draw(st.integers(8, 24))
    columns = rows_of(n, draw(st.integers(0, 99)))
    rows = st.integers(0, n - 1)
    for row, code in draw(st.lists(st.tuples(rows, st.sampled_from(RUBBISH)), max_size=8)):
        columns["patient_id"][row] = code
    for row, header, cell in draw(
        st.lists(
            st.tuples(rows, st.sampled_from([*columns][1:]), st.sampled_from(CELLS)), max_size=6
        )
    ):
        columns[header][row] = cell
    again = draw(st.lists(rows, max_size=4))
    other = {"first_procedure_date": day(950)} if draw(st.booleans()) else {}
    columns = twice(columns, *again, **other)
    if draw(st.booleans()):
        columns = {"№ п/п": [str(at + 1) for at in range(n + len(again))], **columns}
    for header in draw(st.sets(st.sampled_from([*COLUMNS]), max_size=2)):
        del columns[header]
    return {"patients": table(columns)}


@settings(max_examples=settings().max_examples // 5)
@given(rubbish(), st.integers(2, 9))
def test_rubbish_in_parts_is_rubbish_at_once(tables, rows):
    with tempfile.TemporaryDirectory() as place:
        try:
            whole = at_once(tables, Plan())
        except CohortError:
            with pytest.raises(CohortError):
                prepared(tables, Path(place), rows=rows)
        else:
            same(prepared(tables, Path(place), rows=rows), whole)


# The samples ------------------------------------------------------------------------------------


@pytest.mark.cases
def test_a_sample_in_parts_is_the_sample_at_once(name, kind, rows, tmp_path):
    tables = tables_of(name)
    made = prepared(tables, tmp_path, rows=rows, files=3, kind=kind)
    assert made.parts > 1
    same(made, at_once(tables, Plan()))


# What is made, and what stays -------------------------------------------------------------------

EVENTS = [
    ["patient_id", "date", "procedure_date", "scale", "grade", "pes"],
    *(
        [code, "", day(k * 13 % 800 + 40 * (k % 3)), "CTCAE", str(k % 6), ("yes", "no")[k % 2]]
        for k, code in enumerate(COLUMNS["patient_id"])
        if k % 4
    ),
]
TABLES = {
    "patients": table(COLUMNS),
    "procedures": procedures(COLUMNS),
    "adverse_events": EVENTS,
}


class EnoughError(Exception):
    """Whoever asked is gone."""


def until(step, done):
    def told(progress):
        if (progress.step, progress.done) == (step, done):
            raise EnoughError

    return told


def again(folder, plan=None, told=prepare.nothing, source="source", **how):
    where = str(folder / source)
    return prepare.prepare(
        where, folder / "registry", plan, told, **{"at_once": 20, "workers": 1, **how}
    )


@pytest.fixture(scope="module")
def whole():
    return at_once(TABLES, Plan())


@pytest.fixture
def source(tmp_path):
    split(TABLES, tmp_path / "source")
    return tmp_path


@pytest.mark.parametrize(("step", "left"), [("counting", 3), ("reading", 3), ("writing", 2)])
def test_a_preparation_that_was_stopped_goes_on(step, left, source, whole):
    with pytest.raises(EnoughError):
        again(source, told=until(step, 0 if step == "counting" else 1))
    with refused("registry-none"):
        registry.open(str(source / "registry"))
    assert not (source / "registry" / ".passing").exists()
    found = again(source)
    assert (found.parts, found.made) == (3, left)
    same(found, whole)


def test_what_has_not_changed_stays(source, whole):
    again(source)
    steps = []
    found = again(source, told=lambda progress: steps.append(progress.step))
    assert found.made == 0
    assert set(steps) == {"counting"}
    same(found, whole)


def test_rows_that_are_new_are_prepared_with_those_of_their_part_alone(source, tmp_path):
    again(source)
    more = twice(COLUMNS, 5, patient_id="NEW-1")
    tables = {**TABLES, "patients": table(more)}
    split(tables, source / "source")
    found = again(source)
    assert (found.parts, found.made, found.patients) == (3, 1, N + 1)
    same(found, at_once(tables, Plan()))


@pytest.mark.parametrize(
    ("plan", "made"),
    [
        (Plan(response=ResponsePlan(months=(3, 9))), 3),
        (Plan(reading=Reading().decided("kind", "category", "РЭА")), 3),
        (Plan(study=StudyPlan(as_of=date(2019, 1, 1))), 3),
        (Plan(study=StudyPlan(by="sex", selection=(Condition("sex", ("M",)),))), 0),
    ],
)
def test_a_choice_that_facts_depend_on_prepares_again(plan, made, source):
    again(source)
    found = again(source, plan)
    assert found.made == made
    same(found, at_once(TABLES, replace(plan, study=replace(plan.study, selection=()))))


def test_a_registry_stays_as_it_was_until_the_next_is_complete(source):
    again(source)
    before = registry.open(str(source / "registry"))
    with pytest.raises(EnoughError):
        again(source, Plan(response=ResponsePlan(months=(3, 9))), until("writing", 2))
    after = registry.open(str(source / "registry"))
    assert after.counts("sex") == before.counts("sex")
    assert sum(after.counts("sex").n) == N


def test_a_full_disk_is_said_and_nothing_is_half(source, monkeypatch, whole):
    def full(*_given, **_named):
        raise OSError(errno.ENOSPC, "No space left on device", "x")

    with monkeypatch.context() as broken, refused("registry-no-room"):
        broken.setattr(pq, "write_table", full)
        again(source)
    assert not list((source / "registry" / "patients").iterdir())
    same(again(source), whole)


HOLD = (
    "import sys; from pathlib import Path; from lib.registry.lock import alone\n"
    "with alone(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
)


@contextmanager
def held_by_another(place):
    """Another program that has a folder."""
    place.mkdir()
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", HOLD, str(place)], cwd=ROOT, **pipes) as other:
        assert other.stdout.readline() == b"held\n"
        yield other


def test_two_programs_do_not_prepare_one_folder(source, whole):
    place = source / "registry"
    with held_by_another(place), refused("registry-busy"):
        again(source)
    assert [each.name for each in place.iterdir()] == [".lock"]
    with prepare.opened(str(source / "source"), place), refused("registry-busy"):
        again(source)
    same(again(source), whole)


def test_the_folder_of_a_program_that_was_killed_is_free(source, whole):
    place = source / "registry"
    with held_by_another(place) as other:
        with pytest.raises(CohortError):
            again(source)
        (place / ".passing").mkdir()  # what it was at
        (place / ".passing" / "job").write_bytes(b"half")
        other.kill()
        other.wait()
        assert (place / ".lock").exists()
        same(again(source), whole)
    assert not (place / ".passing").exists()


KILLED = (
    "import sys; from pathlib import Path; from lib.registry import prepare\n"
    "import multiprocessing\n"
    "def told(progress):\n"
    "    if progress.step == 'reading':\n"
    "        print(*(each.pid for each in multiprocessing.active_children()), flush=True)\n"
    "        sys.stdin.read()\n"
    "if __name__ == '__main__':\n"
    "    where, folder = sys.argv[1:]\n"
    "    prepare.prepare(where, Path(folder), told=told, at_once=20, workers=2)"
)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are of POSIX")
def test_a_preparation_that_was_killed_goes_on_and_leaves_no_process(source, whole):
    asked_ = [sys.executable, "-c", KILLED, str(source / "source"), str(source / "registry")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(asked_, cwd=ROOT, **pipes) as other:
        children = list(map(int, other.stdout.readline().split()))
        other.kill()
    until_gone = time.monotonic() + 30
    while any(map(alive, children)) and time.monotonic() < until_gone:
        time.sleep(0.05)
    assert children and not any(map(alive, children))
    steps = []
    found = again(source, told=lambda progress: steps.append((progress.step, progress.done)))
    assert ("reading", 1) not in steps and ("reading", 3) in steps
    same(found, whole)


def alive(process):
    """Whether a process runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


@pytest.mark.parametrize("left", ["half", "[1]", "{}", "nothing", '{"parts": null}'])
@pytest.mark.parametrize("name", ["manifest.json", "known.json", "patients"])
def test_what_is_damaged_in_a_registry_is_made_again(name, left, source, whole):
    place = again(source).folder / name
    place = next(place.iterdir()) if place.is_dir() else place
    before = place.read_bytes()
    place.write_bytes(before[: len(before) // 2] if left == "half" else left.encode())
    found = again(source)
    assert found.made == (name == "patients")
    same(found, whole)
    assert sum(registry.open(str(found.folder)).counts("sex").n) == N


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="only root becomes another")
@pytest.mark.parametrize("what", ["file", "source", "inside", "registry"])
def test_what_a_user_may_not_is_a_sentence(what, source):
    with tempfile.TemporaryDirectory() as place:  # where anybody may look
        os.chmod(place, 0o755 if what == "registry" else 0o777)
        file = split(TABLES, Path(place) / "source") / "patients-001.csv"
        (file.parent / "inside").mkdir()
        for each in (file, file.parent, file.parent / "inside"):
            each.chmod(0o755)
        closed = {"file": file, "source": file.parent, "inside": file.parent / "inside"}
        if what in closed:
            closed[what].chmod(0o600)
        os.seteuid(65534)
        try:
            with refused("registry-not-allowed") as told:
                prepare.prepare(str(file.parent), Path(place) / "registry")
        finally:
            os.seteuid(0)
    assert told.value.values == {"name": file.name if what == "file" else what}


@pytest.mark.skipif(sys.platform == "win32", reason="limits are of POSIX")
@pytest.mark.parametrize("most", [1, 8, 40])
def test_a_file_that_may_not_grow_is_a_full_disk(most, source, whole):
    program = (
        "import resource, sys; from lib import command\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({most} << 10, {most} << 10))\n"
        "sys.exit(command.main(sys.argv[1:]))"
    )
    asked_ = ["prepare", str(source / "source"), "--out", str(source / "registry")]
    done = subprocess.run(
        [sys.executable, "-c", program, *asked_], cwd=ROOT, capture_output=True, text=True
    )
    said_ = text.error(CohortError(NO_ROOM))
    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, said_)
    same(again(source), whole)


def test_several_processes_make_what_one_does(source, whole, monkeypatch):
    page = ModuleType("__main__")
    page.__file__ = str(ROOT / "app.py")  # as where Streamlit draws a page
    monkeypatch.setitem(sys.modules, "__main__", page)
    found = again(source, workers=2)
    assert found.made == 3
    same(found, whole)


def test_a_server_gives_what_files_do(server, source, whole):
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS clinic CASCADE")
        connection.execute("CREATE SCHEMA clinic")
        for name, (headers, *rows) in TABLES.items():
            columns = ", ".join(f'"{header}" text' for header in headers)
            connection.execute(f"CREATE TABLE clinic.{name} ({columns})")
            into = f"INSERT INTO clinic.{name} VALUES ({', '.join(['%s'] * len(headers))})"
            connection.cursor().executemany(into, rows)
    found = prepare.prepare(f"{server}#clinic", source / "registry", at_once=20, workers=1)
    same(found, whole)


def test_nobody_is_named_in_what_is_kept(tmp_path):
    names = [f"Иванов{'ва'[k % 2]} Пётр Ильич" for k in range(N)]
    births = [day(-20000 + 97 * k) for k in range(N)]
    columns = {**twice(COLUMNS, 1, 2)}
    columns |= {"ФИО": [*names, *names[1:3]], "Дата рождения": [*births, *births[1:3]]}
    tables = {"patients": table(columns), "procedures": procedures(COLUMNS)}
    found = prepared(tables, tmp_path)
    private = {*COLUMNS["patient_id"], *names, *births, "X-1"} - set(COLUMNS["death_date"])
    kept = [
        *(file.read_text(encoding="utf-8") for file in found.folder.rglob("*.json")),
        *(str(each.to_pydict()) for each in held_by(found)),
    ]
    assert len(kept) > 3
    dates = {each for header in DAYS for each in COLUMNS[header]}
    assert [each for each in private - dates if any(each in words for words in kept)] == []


def test_findings_are_counted_over_all_parts(tmp_path):
    tables = {"patients": table(changed(COLUMNS, "age", r1="много", r30="много", r50="900"))}
    found = prepared(tables, tmp_path)
    met = {(each.code, each.column): each for each in found.findings}
    assert met["not-a-number", "age"].rows == 2
    assert met["not-a-number", "age"].examples == ("много",)


# The first pass ---------------------------------------------------------------------------------


def test_the_first_pass_shows_every_level_and_asks_what_nobody_else_knows(tmp_path):
    levels = ["PR"] * 3000 + ["стаб"] * 1500 + ["загадка"]
    columns = {
        "patient_id": [f"P{k}" for k in range(len(levels))],
        "response_6m": levels,
        "first_procedure_date": [day(k % 900) for k in range(len(levels))],
    }
    split({"patients": table(columns)}, tmp_path / "source")
    with prepare.opened(str(tmp_path / "source"), tmp_path / "registry") as first:
        proposal = first.propose()
        assert first.rows == {"patients": 4501}
    shown = {each.header.text: each for each in proposal.columns}
    counts = {each.value: each.count for each in shown["response_6m"].values}
    assert counts == {"PR": 3000, "стаб": 1500, "загадка": 1}
    assert shown["response_6m"].filled == 4501
    assert not (tmp_path / "registry" / ".passing").exists()


def test_a_command_names_what_was_left_open_and_how_to_answer(tmp_path, capsys):
    cells = {"patient_id": [f"P{n}" for n in range(40)], "исход": ["0", "1"] * 20}
    cells["response_6m"] = ["PR", "загадка"] * 20
    split({"patients": table(cells)}, tmp_path / "source")
    assert command.main(["prepare", str(tmp_path / "source"), "--out", str(tmp_path / "made")]) == 0
    said = capsys.readouterr().out.splitlines()
    at = next(at for at, line in enumerate(said) if "left open:" in line)
    (*asked, how) = said[at + 1 :]
    assert len(asked) == int(said[at].split()[0]) >= 1
    assert any("'загадка'" in each and "'response_6m'" in each for each in asked)
    assert "--plan" in how


def test_what_was_said_is_kept_beside_what_was_proposed(tmp_path):
    chosen = Reading().decided("who died", "not here")
    made = prepared({"patients": table(FEW_CELLS)}, tmp_path, Plan(reading=chosen))
    complete, said = prepare.read_as(made.folder)
    assert said == chosen and complete.columns == made.plan.reading.columns != chosen.columns
    assert prepare.read_as(tmp_path) is None
    (made.folder / "said.json").unlink()  # an older one has only what it was prepared by
    assert prepare.read_as(made.folder) == (made.plan.reading, made.plan.reading)


@pytest.mark.parametrize("step", ["reading", "writing"])
def test_what_was_said_outlives_a_preparation_that_was_stopped(step, source):
    chosen = Reading().decided("who died", "not here")
    with pytest.raises(EnoughError):
        again(source, Plan(reading=chosen), until(step, 1))
    assert prepare.manifest(source / "registry") == {}
    assert prepare.read_as(source / "registry")[1] == chosen


@pytest.mark.parametrize(
    ("change", "n"),
    [
        (lambda source: None, 0),
        (lambda source: split({"lesions": [["patient_id"], ["P-001"]]}, source), 1),
        (lambda source: grow(source / "patients-001.csv"), 1),
        (lambda source: (source / "procedures-001.csv").unlink(), 1),
        (lambda source: (source / "procedures-001.csv").rename(source / "procedures-002.csv"), 2),
        (shutil.rmtree, 3),
    ],
)
def test_files_that_changed_since_a_registry_was_prepared_are_counted(change, n, source):
    folder = again(source).folder
    change(source / "source")
    assert prepare.changed(str(source / "source"), folder) == n
    if n == 1:
        again(source)
        assert prepare.changed(str(source / "source"), folder) == 0


def grow(file):
    """A row more in a file."""
    *_rows, last = file.read_text(encoding="utf-8").splitlines()
    with file.open("a", encoding="utf-8", newline="") as more:
        more.write(f"{last.replace('P-059', 'P-060')}\r\n")  # as all lines of it end


def test_of_a_server_and_of_an_older_registry_nobody_knows_what_changed(source, server):
    folder = again(source).folder
    told = prepare.manifest(folder)
    for files in ({}, None, 3):
        (folder / "manifest.json").write_text(json.dumps({**told, "files": files}))
        assert prepare.changed(f"{server}#nothing", folder) == 0


def test_what_rows_cannot_answer_is_said_with_the_columns_that_would(tmp_path, capsys, source):
    assert again(source).lacks == ()
    split({"patients": table(FEW_CELLS)}, tmp_path / "few")
    asked_ = ["prepare", str(tmp_path / "few"), "--out", str(tmp_path / "made")]
    assert command.main(asked_) == 0
    said = [line for line in capsys.readouterr().out.splitlines() if "would need" in line]
    lived, modality, responded = said
    assert lived.startswith("How long patients lived is not known yet. The rows")
    assert "(death_date)" in lived and "; or " in lived and "(os_months)" in lived
    assert "(modality)" in modality and "(response_6m)" in responded


FEW_CELLS = {"patient_id": [f"P{n}" for n in range(40)], "age": ["61", "70"] * 20}


def test_those_who_died_are_counted_in_the_whole_table(tmp_path):
    n = 4500
    cells = {
        "patient_id": [f"P{at}" for at in range(n)],
        "vital_status": ["dead", "alive", "dead"] * (n // 3),
        "first_procedure_date": ["2020-01-05"] * n,
        "last_contact_date": ["2021-01-05"] * n,
    }
    split({"patients": table(cells)}, tmp_path / "source")
    with prepare.opened(str(tmp_path / "source"), tmp_path / "registry") as first:
        asked_ = {each.code: dict(each.values) for each in first.propose().questions}
    assert asked_["ask-is-death"]["count"] == 3000


def test_a_command_prepares_and_says_what_is_wrong_in_one_sentence(source, capsys):
    asked = ["prepare", str(source / "source"), "--out", str(source / "registry")]
    assert command.main(asked) == 0
    assert "60 patients; parts made now: 1 of 1." in capsys.readouterr().out
    assert command.main(["prepare", str(source / "none"), "--out", str(source / "other")]) == 1
    said = capsys.readouterr()
    assert said.err == "There is nothing to read at 'none': no CSV and no Parquet.\n"


@pytest.fixture
def reader(server):
    """A schema of the database, and a user who may look at it alone."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS counted CASCADE")
        connection.execute("CREATE SCHEMA counted")
        connection.execute("DROP ROLE IF EXISTS reader")
        connection.execute("CREATE ROLE reader LOGIN")
        connection.execute("GRANT USAGE ON SCHEMA counted TO reader")
        connection.execute(
            "ALTER DEFAULT PRIVILEGES IN SCHEMA counted GRANT SELECT ON TABLES TO reader"
        )
    yield server.replace("//hepar@", "//reader@") + "#counted"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP SCHEMA counted CASCADE")
        connection.execute("DROP ROLE reader")


def write_more(place):
    """One patient more."""
    split({**TABLES, "patients": table(twice(COLUMNS, 5, patient_id="NEW-1"))}, place)


def test_a_command_puts_what_it_prepared_into_a_database(source, server, reader, capsys):
    place = source / "registry"
    given = ["prepare", str(source / "source"), "--out", str(place), "--into"]

    def put(where=f"{server}#counted"):
        code = command.main([*given, where])
        said = capsys.readouterr()
        return code, (said.err if code else said.out).splitlines()[-1]

    patients = "{} patients were written into the database."
    assert put() == (0, patients.format(N))
    assert put() == (0, patients.format(0))  # it is there
    found, expected = registry.open(reader), registry.open(str(place))
    assert found.held == expected.held
    for question in [*questions(expected)][::20]:
        answer, other = (asked(each, question) for each in (found, expected))
        assert not difference(answer, other), question
    found.engine.close()
    write_more(source / "source")
    for where, code in (
        (reader, postgresql.NOT_WRITTEN),
        (str(source / "elsewhere"), registry.NO_DATABASE),
    ):
        assert put(where) == (1, text.error(CohortError(code, where=where)))
    registry.open(reader).engine.close()  # as it was
    assert put() == (0, patients.format(N + 1))


def aged(folder):
    """Make of a registry's folder what the version before had, without events."""
    said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    said["held"]["version"] = 1
    (folder / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    shutil.rmtree(folder / "events")


def test_facts_of_the_version_before_are_prepared_again(source, whole):
    made = again(source)
    aged(made.folder)
    with refused("registry-other-version"):
        registry.open(str(made.folder))
    found = again(source)
    same(found, whole)
    assert found.made == found.parts
    assert registry.open(str(found.folder)).graded


@pytest.mark.parametrize("theirs", [False, True])
def test_a_database_of_the_version_before_is_written_anew(source, server, reader, theirs):
    prepare.prepare(str(source / "source"), source / "registry")
    where = f"{server}#counted"
    registry.put(source / "registry", where)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("DROP TABLE counted.events")
        connection.execute(
            "UPDATE counted.held SET held = replace(held, %s, %s)",
            [f'"version": {each}' for each in (facts.VERSION, 1)],
        )
        if theirs:
            connection.execute("CREATE TABLE counted.events (mine text)")
    with refused("registry-other-version"):
        registry.open(reader)
    if theirs:
        with refused("registry-anothers"):
            registry.put(source / "registry", where)
    else:
        assert registry.put(source / "registry", where) == N
        assert registry_of(reader).version == facts.VERSION


def registry_of(where):
    """What a registry in a database says of itself."""
    found = registry.open(where)
    found.engine.close()
    return found.held


@pytest.mark.parametrize("there", ["another", "facts", "held"])
def test_what_is_in_a_database_of_another_is_not_touched(source, server, reader, there, capsys):
    rows = "CREATE TABLE counted.{0} (held text); INSERT INTO counted.{0} VALUES ('mine')"
    place, where = source / "registry", f"{server}#counted"
    if there == "another":
        south = source / "south"
        prepare.prepare(str(split(TABLES, south)), south / "registry")
        registry.put(south / "registry", where)
    else:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(rows.format(there))
    assert command.main(["prepare", str(source / "source"), "--out", str(place), "--into", where])
    name = "south" if there == "another" else there
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"The schema holds '{name}' there")
    with psycopg.connect(server) as connection:
        found = connection.execute("SELECT * FROM counted." + {"another": "held"}.get(there, there))
        assert ("south" if there == "another" else "mine") in found.fetchone()[0]


def test_a_database_that_is_lost_while_it_is_written_is_as_it_was(source, server, reader):
    prepare.prepare(str(source / "source"), source / "registry")
    where = f"{server}#counted"
    registry.put(source / "registry", where)
    before = registry_of(reader)
    write_more(source / "source")
    prepare.prepare(str(source / "source"), source / "registry")

    def lost(*_given, **_named):
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE state = 'idle in transaction'"
            )
        return read(*_given, **_named)

    read = pq.read_table
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pq, "read_table", lost)
        with pytest.raises(CohortError) as refused:
            registry.put(source / "registry", where)
    assert refused.value.code == "registry-not-written"
    assert registry_of(reader) == before
    assert registry.put(source / "registry", where) == N + 1
