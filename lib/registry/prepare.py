"""A registry prepared: its rows read once, by the code that reads a spreadsheet, into facts.

The first pass counts what every column of the whole table holds and settles how it is read. The
second reads it in parts, each with all rows of its patients, first into cohorts, which together say
what all rows decide, then into facts. A part that nothing has changed is not made again.
"""

import errno
import gc
import hashlib
import json
import os
import pickle
import shutil
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import partial, reduce
from multiprocessing import parent_process
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from operator import or_
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lib import __version__, registry
from lib.analyses import lacking
from lib.analyses.lacking import Lacking
from lib.analyses.memory import digest
from lib.analyses.study import observed, opening_plan, under_study
from lib.cohort import Cohort, CohortError, Finding, Whole
from lib.faults import DescribedError, described
from lib.ingest import File, Proposal, Question, followed, parts, propose, read
from lib.ingest.reader import Cell, Sheet, Tally
from lib.language import N_
from lib.plan import Plan, PlanError, Reading, loads
from lib.registry import MANIFEST, facts, sources
from lib.registry.facts import TABLES, Held
from lib.registry.kept import as_json, from_json
from lib.registry.lock import alone

if TYPE_CHECKING:
    from lib.registry.engines.staging import Rows, Spread

AT_ONCE = 50_000  # rows of patients that a part has
_KNOWN, _READ, _SAID = "known.json", "read", "said.json"
_SAMPLE = 2_000  # patients by whose rows the shape of a table is told
_EXAMPLES = 3  # values of a finding that are kept
_HELD = "hepar"  # under which each file says what `facts.Held` has
_PATIENTS = 1_000_000_000  # the codes of patients that each part has for itself
_GROWN = 2  # times the patients from which a registry is parted anew
_STOPPED = N_(
    "The program that prepares the registry was stopped, perhaps for want of memory; prepare again,"
    " which goes on where it stopped",
    "registry-stopped",
)
_NOBODY = N_("No row of a patient can be read", "registry-nobody")
Step = Literal["counting", "reading", "writing"]


class Progress(NamedTuple):
    """How far it is."""

    step: Step
    done: int  # parts of this step
    of: int
    patients: int  # that were read so far
    findings: int  # that were met so far


Told = Callable[[Progress], object]
"""Called after each part, and now and then while rows are counted.

What it raises ends the preparation; the parts that are done are not made again by the next.
"""


class Prepared(NamedTuple):
    """A registry that is prepared."""

    folder: Path
    plan: Plan
    patients: int
    parts: int
    made: int  # parts that were made anew
    asked: tuple[Question, ...]  # what was left open
    findings: tuple["Met", ...]
    lacks: tuple[Lacking, ...] = ()  # what its rows cannot answer


@dataclass(frozen=True, slots=True)
class Met:
    """A finding of any part, by its code and the column; nobody is named."""

    code: str
    severity: str
    column: str
    rows: int
    examples: tuple[str, ...] = ()  # values that were seen, of a column that tells of nobody


@dataclass(frozen=True, slots=True)
class _Read:
    """What is left of a part that was read."""

    rows: int = 0
    patients: int = 0
    whole: Whole = field(default_factory=Whole)
    frames: tuple[tuple[str, str, str], ...] = ()  # each table and column, and its type
    findings: tuple[Met, ...] = ()


def nothing(_progress: Progress) -> None:
    """Tell nobody."""


# The first pass ---------------------------------------------------------------------------------


class First:
    """The first pass over a source: what its columns hold, and how they would be read.

    Attributes
    ----------
    rows : dict
        How many rows each table has.
    more : dict
        By table and header, about how many distinct cells a column has that are not shown.
    state : State
        In what state the files were that it was read from.
    """

    def __init__(self, source: sources.Source, stage: "Rows", goes_on: Callable[[], object]):
        self.source, self.stage = source, stage
        self.state = source.stage(stage, goes_on)
        self.rows = {table: stage.rows(table) for table in stage.tables}
        self.more: dict[tuple[str, str], int] = {}
        self._known: dict[str, dict[str, Tally]] = {}
        self._glance = tuple(self._sheets({}))
        self._files: dict[Reading, File] = {}  # by what was chosen last

    def propose(self, chosen: Reading | None = None) -> Proposal:
        """Propose how the tables are read, with every distinct value; see `lib.ingest.propose`."""
        chosen = chosen or Reading()
        return propose(self.file(chosen), chosen)

    def followed(self, complete: Reading, chosen: Reading) -> Reading | None:
        """Bring what was chosen before to these tables; see `lib.ingest.followed`."""
        return followed(self.file(Reading()), complete, chosen)

    def settle(self, chosen: Reading) -> parts.Settled:
        """Settle how every part is read."""
        return parts.settled(self.file(chosen), chosen)

    def known(self, chosen: Reading, settled: parts.Settled) -> dict[str, dict[str, Tally]]:
        """Of each table and header, what the whole column holds; nothing of who somebody is."""
        self.file(chosen)
        return {
            table: {h: t for h, t in self._known.get(table, {}).items() if h in headers}
            for table, headers in settled.columns.items()
        }

    def file(self, chosen: Reading) -> File:
        """Some rows of some patients, and what is known of all."""
        if chosen not in self._files:
            glance = parts.opened(self.source.name, "", self._glance, chosen)
            self._count(parts.private(glance, chosen))
            sheets = self._sheets(parts.settled(glance, chosen).keys)
            self._files = {chosen: parts.opened(self.source.name, "", sheets, chosen)}
        return self._files[chosen]

    def _count(self, private: Mapping[str, frozenset[str]]) -> None:
        for table, headers in self.stage.tables.items():
            known = self._known.setdefault(table, {})
            for header in private.get(table, ()):
                known.pop(header, None)
            left = [h for h in headers if h not in known and h not in private.get(table, ())]
            for header, column in self.stage.columns(table, left):
                known[header] = parts.tally(column.cells, column.counts, column.blank)
                if (more := column.distinct - len(column.cells)) > 0:
                    self.more[table, header] = more

    def _sheets(self, keys: Mapping[str, Sequence[str]]) -> Iterator[Sheet]:
        for table, headers in self.stage.tables.items():
            known = self._known.get(table, {}) if keys else {}
            of = keys if keys.get(table) and keys.get("patients") else None
            rows = self.stage.sample(table, _SAMPLE, "patients", of)
            yield _sheet(table, rows, headers, known)


def _sheet(table: str, rows: pa.Table, headers: Sequence[str], known: Mapping[str, Tally]) -> Sheet:
    from lib.registry.engines.staging import cells_of

    return parts.sheet(table, headers, [cells_of(rows.column(h)) for h in headers], known)


@contextmanager
def opened(
    where: str, folder: Path, goes_on: Callable[[], object] = lambda: None
) -> Iterator[First]:
    """Open a source and count what it holds.

    Parameters
    ----------
    where : str
        See `lib.registry.sources.found`.
    folder : Path
        Beside whose files the rows pass through; nothing of them stays.
    goes_on : callable, optional
        Called now and then; what it raises ends it.

    Raises
    ------
    CohortError
        If it cannot be read, there is no room, or another program is at it.
    """
    source = sources.found(where)
    with _room():
        folder.mkdir(parents=True, exist_ok=True)
    with _room(), alone(folder), _staged(source, folder) as stage:
        yield First(source, stage, goes_on)


@contextmanager
def _staged(source: sources.Source, folder: Path) -> Iterator["Rows"]:
    from lib.registry.engines.staging import failing

    place = folder / ".passing"
    shutil.rmtree(place, ignore_errors=True)  # of one that was ended from outside
    stage = source.begin(place)
    try:
        with failing():
            yield stage
    finally:
        stage.close()


@contextmanager
def _room() -> Iterator[None]:
    """Say in a sentence that the disk is full, or that somebody may not use it."""
    from lib.registry.engines.staging import NO_ROOM

    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise CohortError(NO_ROOM) from None
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise CohortError(sources.NOT_ALLOWED, name=Path(str(error.filename)).name) from None
        raise


# The whole --------------------------------------------------------------------------------------


def prepare(
    where: str,
    folder: Path,
    plan: Plan | None = None,
    told: Told = nothing,
    *,
    at_once: int = AT_ONCE,
    workers: int = 0,
) -> Prepared:
    """Prepare a registry.

    Parameters
    ----------
    where : str
        See `lib.registry.sources.found`.
    folder : Path
        Where the registry is, or will be. Parts that nothing has changed stay as they are.
    plan : Plan, optional
        What was decided; whatever its reading leaves open is proposed.
    told : callable, optional
        See `Told`.
    at_once : int, optional
        About how many rows of patients a part has.
    workers : int, optional
        Processes that read; as many as there are processors where 0.

    Raises
    ------
    CohortError
        If no patient can be read, the source fails, there is no room, or another program is at it.
        The registry is as it was.
    """
    with opened(where, folder, lambda: told(Progress("counting", 0, 1, 0, 0))) as first, _room():
        return _prepared(first, folder, plan or Plan(), told, at_once, workers or _processors())


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _prepared(
    first: First, folder: Path, plan: Plan, told: Told, at_once: int, workers: int
) -> Prepared:
    before = manifest(folder)
    proposal = first.propose(plan.reading)
    reading = proposal.reading
    asked = tuple(question for question in proposal.questions if not question.settled)
    settled = first.settle(plan.reading)
    known = _known_before(folder, settled) or first.known(plan.reading, settled)
    pattern = _pattern(first.file(plan.reading), settled.reading)
    chosen = plan.reading
    keep(folder, reading, chosen)
    plan = replace(plan, reading=reading, study=replace(plan.study, selection=()))
    count = _parts(before, first.rows["patients"], at_once)
    marks = first.stage.part(count, settled.columns, settled.keys)
    place = first.stage.folder
    name = first.source.name
    job = _Job(place, folder, name, first.state, settled, known, plan, pattern, at_once)
    (place / "job").write_bytes(pickle.dumps(job))
    for name in (_READ, *TABLES):
        (folder / name).mkdir(exist_ok=True)
    with _crew(job, min(workers, count), first.stage.spread) as crew:
        made = _in_parts(job, crew, marks, told)
    opened_ = registry.open(str(folder))
    with closing(opened_.engine):
        return made._replace(asked=asked, lacks=lacking.of(opened_))


class _Job(NamedTuple):
    """What every part needs."""

    stage: Path
    folder: Path
    name: str
    state: sources.State
    settled: parts.Settled
    known: Mapping[str, Mapping[str, Tally]]
    plan: Plan
    pattern: Cohort  # nobody, in the columns that every part has
    at_once: int

    def mark(self, rows: str) -> str:
        """By what the reading of a part is known; `rows`: by what its rows are."""
        by = digest(self.plan, ("response", "study.as_of", "study.modality_rule", "study.roll_up"))
        return _mark(
            rows, repr(self.settled), _mark_of(self.known), by, __version__, str(facts.VERSION)
        )


def _mark(*told: str) -> str:
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]


def _mark_of(known: Mapping[str, Mapping[str, Tally]]) -> str:
    return _mark(json.dumps(_known_json(known)))


def _in_parts(job: _Job, crew: "_Crew | _Executors", marks: Sequence[str], told: Told) -> Prepared:
    keys = list(map(job.mark, marks))
    every = _all_read(job, crew, keys, told)
    if not any(each.patients for each in every):
        raise CohortError(_NOBODY)
    whole = reduce(or_, (each.whole for each in every if each.patients))
    frames = tuple(sorted({frame for each in every for frame in each.frames}))
    plan = opening_plan(replace(job.pattern, whole=whole), job.plan)
    state = _mark(json.dumps(as_json(whole)), repr(frames), str(plan.study.as_of))
    names = [
        f"{at:05d}-{_mark(key, state)}" if each.patients else ""
        for at, (key, each) in enumerate(zip(keys, every, strict=True))
    ]
    asked = [at for at, name in enumerate(names) if name and not _is_made(job.folder, name)]
    patients, met = _so_far(every)
    left = len(marks) - len(asked)
    given = [(at, names[at], whole, frames, plan) for at in asked]
    for number, _made in enumerate(crew.run(_write, given), left + 1):
        told(Progress("writing", number, len(marks), patients, met))
    findings = _finished(job, plan, _mark(*marks), every, names)
    return Prepared(job.folder, plan, patients, len(marks), len(asked), (), findings)


def _all_read(
    job: _Job, crew: "_Crew | _Executors", keys: Sequence[str], told: Told
) -> list[_Read]:
    """What is left of every part that was read, now or before."""
    found = {at: each for at, key in enumerate(keys) if (each := _was_read(job.folder, key))}
    missing = [(at,) for at in range(len(keys)) if at not in found]
    for at, each in crew.run(_read, missing):
        found[at] = each
        _write_json(job.folder / _READ / f"{keys[at]}.json", as_json(each))
        told(Progress("reading", len(found), len(keys), *_so_far(found.values())))
    for file in (job.folder / _READ).iterdir():
        if file.stem not in keys:
            file.unlink()
    return [found[at] for at in range(len(keys))]


def _was_read(folder: Path, key: str) -> _Read | None:
    try:
        return from_json(_Read, _json(folder / _READ / f"{key}.json"))
    except (ValueError, TypeError, KeyError):
        return None


def _so_far(every: Iterable[_Read]) -> tuple[int, int]:
    """The patients and the findings of some parts."""
    known = list(every)
    met = sum(each.rows for part in known for each in part.findings)
    return sum(part.patients for part in known), met


def _is_made(folder: Path, name: str) -> bool:
    try:
        for table in TABLES:
            pq.read_schema(folder / table / f"{name}.parquet")
    except (OSError, pa.ArrowException):  # it is none, or damaged
        return False
    return True


def _parts(before: Mapping[str, Any], rows: int, at_once: int) -> int:
    """In how many parts the rows are: in as many as before, unless they are many more."""
    parts_, so_many = len(before.get("parts") or ()), max(1, round(rows / at_once))
    alike = parts_ and before.get("at_once") == at_once
    return parts_ if alike and so_many <= _GROWN * parts_ else so_many


def _pattern(file: File, reading: Reading) -> Cohort:
    """Nobody, in the columns that rows of these tables have."""
    cohort = read(file, reading)
    tables = {name: frame.iloc[:0] for name, frame in cohort.tables.items()}
    return replace(cohort, patients=cohort.patients.iloc[:0], tables=tables, findings=())


# A part -----------------------------------------------------------------------------------------


def _read(job: _Job, at: int) -> _Read:
    """Read the rows of a part into a cohort, which is put aside."""
    cohort = _cohort(job, at)
    if cohort is None:
        return _Read()
    kept = str(job.stage / f"cohort-{at}")
    with pa.OSFile(kept, "wb") as file, pa.CompressedOutputStream(file, "lz4") as packed:
        packed.write(pickle.dumps(cohort, pickle.HIGHEST_PROTOCOL))
    study = under_study(cohort, job.plan)
    frames = {"patients": cohort.patients, **cohort.tables}
    return _Read(
        cohort.source.rows,
        len(cohort),
        observed(study),
        tuple(
            (table, str(name), str(kind))
            for table, frame in frames.items()
            for name, kind in frame.dtypes.items()
        ),
        tuple(_met(job, cohort.findings)),
    )


def _cohort(job: _Job, at: int) -> Cohort | None:
    from lib.registry.engines import parting

    kept = job.stage / f"cohort-{at}"
    if kept.exists():
        with pa.OSFile(str(kept), "rb") as file, pa.CompressedInputStream(file, "lz4") as packed:
            found: Cohort = pickle.loads(packed.read())
        return found
    sheets = []
    for table, headers in job.settled.columns.items():
        rows = parting.read(job.stage / table, at)
        if table == "patients" and rows is None:
            return None
        known = job.known.get(table, {})
        if rows is None:
            sheets.append(parts.sheet(table, headers, [[] for _ in headers], known))
        else:
            sheets.append(_sheet(table, rows, headers, known))
    reading = job.settled.reading
    try:
        cohort = read(parts.opened(job.name, "", sheets, reading), reading)
    except CohortError:
        return None  # every row of it is set aside
    return cohort


def _met(job: _Job, findings: Iterable[Finding]) -> Iterator[Met]:
    """Findings by code and column, with a few of the values that tell of nobody."""
    private = {h for headers in job.settled.keys.values() for h in headers}
    found: dict[tuple[str, str, str], list[Finding]] = {}
    for each in findings:
        found.setdefault((each.code, each.severity, each.column), []).append(each)
    for (code, severity, column), alike in found.items():
        seen = [] if not column or column in private else [f.value for f in alike if f.value]
        rows = sum(len(each.rows) for each in alike)
        yield Met(code, severity, column, rows, tuple(dict.fromkeys(seen))[:_EXAMPLES])


def _write(
    job: _Job,
    at: int,
    name: str,
    whole: Whole,
    frames: Sequence[tuple[str, str, str]],
    plan: Plan,
) -> None:
    """Make the facts of a part; a file is there when it is whole."""
    cohort = _cohort(job, at)
    assert cohort is not None
    cohort = replace(
        cohort,
        patients=_filled(cohort.patients, "patients", frames),
        tables={
            table: _filled(cohort.tables.get(table, pd.DataFrame()), table, frames)
            for table in dict.fromkeys(table for table, *_column in frames)
            if table != "patients"
        },
        extra=job.pattern.extra,
        endpoints=job.pattern.endpoints,
        source=replace(cohort.source, name=job.name),
        reading=plan.reading,
        whole=whole,
    )
    found = facts.of(under_study(cohort, plan), at * _PATIENTS)
    held = json.dumps(as_json(found.held))
    for folder in TABLES:
        table: pa.Table = getattr(found, folder)
        place = job.folder / folder / f"{name}.parquet"
        beside = place.with_suffix(".part")
        pq.write_table(table.replace_schema_metadata({_HELD: held}), beside, compression="zstd")
        beside.replace(place)


def _filled(
    frame: pd.DataFrame, table: str, frames: Sequence[tuple[str, str, str]]
) -> pd.DataFrame:
    """A table with the columns that other parts have, in which nobody of this one has a value."""
    lacking = {
        name: pd.Series(_blank(kind, len(frame)), index=frame.index, dtype=kind)
        for of, name, kind in frames
        if of == table and name not in frame
    }
    return frame.assign(**lacking) if lacking else frame


def _blank(kind: str, n: int) -> Any:
    if kind.startswith("datetime"):
        return np.full(n, np.datetime64("NaT", "s"))
    return np.zeros(n, np.int64) if kind.startswith("int") else [None] * n


# Who does it ------------------------------------------------------------------------------------

_job: _Job | None = None


def _begin(stage: str) -> None:
    """What a process needs for every part."""
    global _job
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asked ends them
    if asking := parent_process():
        Thread(target=_end_with, args=(asking,), daemon=True).start()
    pa.set_cpu_count(1)
    _job = pickle.loads((Path(stage) / "job").read_bytes())
    gc.freeze()  # what every part needs is no garbage, and is not looked through with each


def _end_with(asking: BaseProcess) -> None:
    """End this process with that which asks, however that ends: nobody else would."""
    asking.join()
    os._exit(1)


def _do(what: Callable[..., Any], *given: Any) -> Any:
    """Do it in this process; what fails for a reason of ours is told without data."""
    assert _job is not None
    try:
        return what(_job, *given)
    except (CohortError, OSError, MemoryError):
        raise
    except Exception as failure:
        raise DescribedError(described(failure)) from None


class _Process(SpawnProcess):
    """A process that begins with nothing of the program that asks: of a page it is the page."""

    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802 - as the library calls it
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            return SpawnProcess._Popen(process_obj)
        finally:
            sys.modules["__main__"] = main


class _Context(SpawnContext):
    """Begins such processes."""

    Process = _Process


class _Crew:
    """Who makes the parts: some processes, or this one alone."""

    def __init__(self, job: _Job, workers: int) -> None:
        self._job, self._workers = job, workers
        self._pool: ProcessPoolExecutor | None = None
        if workers > 1:
            begin = (str(job.stage),)
            self._pool = ProcessPoolExecutor(workers, _Context(), _begin, begin)

    def end(self) -> None:
        """End them with what they are at."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def run(
        self, what: Callable[..., Any], given: Sequence[tuple[Any, ...]]
    ) -> Iterator[tuple[int, Any]]:
        """What comes of each part, with its number, as it is made."""
        if self._pool is None:
            yield from ((each[0], what(self._job, *each)) for each in given)
            return
        left, waiting = list(reversed(given)), dict[Future[Any], int]()
        try:
            while left or waiting:
                while left and len(waiting) <= self._workers:  # one waits until another is done
                    each = left.pop()
                    waiting[self._pool.submit(_do, what, *each)] = each[0]
                for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                    yield waiting.pop(future), future.result()
        except BrokenProcessPool:
            raise CohortError(_STOPPED) from None


class _Executors:
    """Who makes the parts on a cluster: executors, which read and write the same folder."""

    def __init__(self, job: _Job, spread: "Spread") -> None:
        self._stage, self._spread = str(job.stage), spread

    def end(self) -> None:
        """They are nobody's."""

    def run(
        self, what: Callable[..., Any], given: Sequence[tuple[Any, ...]]
    ) -> Iterator[tuple[int, Any]]:
        """What comes of each part, with its number, wave by wave."""
        for place, made in self._spread(partial(_on_executor, self._stage, what), given):
            yield given[place][0], made


def _on_executor(stage: str, what: Callable[..., Any], given: tuple[Any, ...]) -> Any:
    """What comes of a part."""
    if _job is None or str(_job.stage) != stage:
        _begin(stage)
    return _do(what, *given)


@contextmanager
def _crew(job: _Job, workers: int, spread: "Spread | None") -> Iterator["_Crew | _Executors"]:
    crew = _Executors(job, spread) if spread else _Crew(job, workers)
    try:
        yield crew
    finally:
        crew.end()


# What is written beside the facts ---------------------------------------------------------------


def _finished(
    job: _Job, plan: Plan, rows: str, every: Sequence[_Read], names: Sequence[str]
) -> tuple[Met, ...]:
    """Put the list of all parts in place, and take away what is none of them any more."""
    findings = _together(met for each in every for met in each.findings)
    made = [name for name in names if name]
    held = reduce(or_, (_held(job.folder, name) for name in made))
    source = replace(held.source, sha256=rows, rows=sum(each.rows for each in every))
    whose = hashlib.sha256(f"{rows} {plan.reading!r}".encode()).hexdigest()
    _write_json(
        job.folder / _KNOWN, {"read_as": _mark(repr(job.settled)), "known": _known_json(job.known)}
    )
    _write_json(
        job.folder / MANIFEST,
        {
            "hepar": __version__,
            "facts": facts.VERSION,
            "reading": digest(plan, ("reading",)),
            "response": digest(plan, ("response",)),
            "patients": held.n,
            "at_once": job.at_once,
            "parts": list(names),
            "files": dict(job.state),
            "held": as_json(replace(held, source=source, digest=whose, plan=plan)),
            "findings": [as_json(met) for met in findings],
        },
    )
    for table in TABLES:
        for file in (job.folder / table).iterdir():
            if file.stem not in made:
                file.unlink()
    return findings


def _held(folder: Path, name: str) -> Held:
    said = pq.read_schema(folder / "patients" / f"{name}.parquet").metadata[_HELD.encode()]
    return from_json(Held, json.loads(said))


def _together(every: Iterable[Met]) -> tuple[Met, ...]:
    """Findings of all parts, those of one kind in one column together."""
    found: dict[tuple[str, str, str], Met] = {}
    for met in every:
        key = (met.code, met.severity, met.column)
        one = found.get(key, replace(met, rows=0, examples=()))
        seen = tuple(dict.fromkeys((*one.examples, *met.examples)))[:_EXAMPLES]
        found[key] = replace(one, rows=one.rows + met.rows, examples=seen)
    return tuple(found.values())


def manifest(folder: Path) -> dict[str, Any]:
    """What a registry says of itself; empty where there is none."""
    return _json(folder / MANIFEST)


def changed(where: str, folder: Path) -> int:
    """How many files of a source are new, others or gone since a registry was prepared of it.

    0 where that is not known: of a server, and of what an older version prepared.
    """
    files = manifest(folder).get("files")
    return sources.changed(where, files) if isinstance(files, dict) else 0


def keep(folder: Path, complete: Reading, chosen: Reading) -> None:
    """Keep how a registry is about to be read, and what of that was said, whatever ends it."""
    said = {"complete": complete, "chosen": chosen}
    _write_json(folder / _SAID, {name: as_json(Plan(reading=each)) for name, each in said.items()})


def read_as(folder: Path) -> tuple[Reading, Reading] | None:
    """How a registry was read, and what of that was said; None where it is not known."""
    said = _json(folder / _SAID)
    try:
        if not said:
            plan = manifest(folder)["held"]["plan"]
            said = {"complete": plan, "chosen": plan}
        return loads(said["complete"]).reading, loads(said["chosen"]).reading
    except (KeyError, TypeError, PlanError):
        return None


def findings(folder: Path) -> tuple[Met, ...]:
    """What the preparation of a registry found, counted; nothing where that is not known."""
    return tuple(from_json(Met, each) for each in manifest(folder).get("findings", ()))


def _json(place: Path) -> dict[str, Any]:
    """What a file of ours says; nothing where it is none, or half of one."""
    try:
        found = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write_json(place: Path, value: Any) -> None:
    beside = place.with_suffix(".part")
    beside.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    beside.replace(place)


def _known_json(known: Mapping[str, Mapping[str, Tally]]) -> dict[str, dict[str, list[Any]]]:
    return {
        table: {h: [[*map(_said, t.cells)], list(t.counts), t.blank] for h, t in columns.items()}
        for table, columns in known.items()
    }


def _known_before(folder: Path, settled: parts.Settled) -> dict[str, dict[str, Tally]] | None:
    """What the columns held when the registry was prepared first, if it is read the same way."""
    # New rows are read as all others were: they do not make those be read otherwise.
    before = _json(folder / _KNOWN)
    if before.get("read_as") != _mark(repr(settled)) or "known" not in before:
        return None
    return {
        table: {
            header: Tally(tuple(map(_cell, cells)), tuple(counts), blank)
            for header, (cells, counts, blank) in columns.items()
        }
        for table, columns in before["known"].items()
    }


_TIMED: Mapping[str, Callable[[str], Cell]] = {
    each.__name__: each.fromisoformat for each in (date, datetime, time)
}


def _said(cell: Cell) -> Any:
    """A cell as JSON; what has no sign of its own there by its kind."""
    if isinstance(cell, timedelta):
        return ["timedelta", cell.total_seconds()]
    if isinstance(cell, date | time):
        return [type(cell).__name__, cell.isoformat()]
    return cell


def _cell(said: Any) -> Cell:
    if not isinstance(said, list):
        cell: Cell = said
        return cell
    kind, value = said
    return timedelta(seconds=value) if kind == "timedelta" else _TIMED[kind](value)
