"""An analysis that anyone can make again: data, plan, results and the lines that make them, in one
file, and the proof that it is the same.

The data are the patients as they were read, in canonical columns, without what identifies: codes
become running numbers, free words are left out. Results are those of these data by the plan that
goes with them; before anything is written every number of them is compared with that of the
visitor's own file. The same study gives the same bytes.
"""

import csv
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from itertools import zip_longest
from math import isclose
from typing import Any, NamedTuple

import pandas as pd

from lib import __version__, exhibits, schema, text
from lib.analyses import masked
from lib.analyses.everything import Everything
from lib.analyses.leaving import counts_days, letters, shared, stays
from lib.analyses.masked import MaskedResults
from lib.analyses.provenance import READ
from lib.analyses.study import Study, opening_plan, under_study
from lib.cohort import Cohort, CohortError, Finding
from lib.exhibits import leaving
from lib.exhibits.code import PLAN
from lib.exhibits.study import of_study
from lib.export import cleaned, digests, document, xlsx
from lib.export.digests import Differs
from lib.language import _, listed, speaking
from lib.plan import MappedColumn, Plan, PlanError, Reading, Written, dumps, read
from lib.schema import SINCE_START
from lib.worker.pool import read_cohort

_SAID = listed(__file__)
DATA, RESULTS, TABLES, FINDINGS = "data.xlsx", "results.json", "tables.xlsx", "findings.csv"
AGAIN, README, SUMS, CELLS = "again.py", "README.txt", "SHA256SUMS", "cells.json"
ARITHMETIC = "arithmetic.txt"
NAMES = (AGAIN, ARITHMETIC, CELLS, DATA, FINDINGS, PLAN, README, RESULTS, TABLES)
SEEN = (PLAN, README, RESULTS, TABLES)
"""What a bundle with masked counts holds."""
ALONG = re.compile(r"report\.(?:docx|html|pdf|xlsx)|figure-\d{1,3}\.(?:svg|png)")
"""How the files of a report are called, which go along."""
_UNREAD = "unreadable"  # stands where a cell could not be read
_FREE = ("comment",)  # columns in which people write whatever they like
_WHEN = (1980, 1, 1, 0, 0, 0)
_WAYS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FILES, _MOST = 512, 256 << 20  # of a bundle that is opened: files, and bytes once unpacked
_BROKEN = (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, zlib.error)
_OF_IMPORT = (
    ("findings",),
    ("words",),
    ("files",),
    ("provenance", "source"),
    ("provenance", "digest"),
    ("provenance", "plan", "reading"),
)
"""What tells how a file was read, and is another of another file with the same patients."""
_BY_DATES = {
    "matured": re.compile(r"matured\b"),
    "endings": re.compile(r"survival\.\w+\.endings\b"),
    "lost": re.compile(r"comparison\.besides\.(?:lost|cautions)\b"),
    "": re.compile(r"provenance\.(?:plan\.study\.as_of|plan\.report|cut_off|steps)\b"),
}
"""Where the results tell what only dates of the calendar do, by what it is; '' for choices."""
_SCRIPT = f'''"""Make every number of this folder again, and say where it is another."""

import json

import hepar

made = hepar.results(hepar.study("{DATA}", plan="{PLAN}"))
with open("{RESULTS}", encoding="utf-8") as file:
    kept = json.load(file)
for path, was, now in hepar.changes(kept, made):
    print(path, was, now)
'''
_README = _SAID["readme"]

_README_MASKED = _SAID["readme-masked"]

_KINDS = {
    "report": ("report.*", _SAID["along-report"]),
    "figure": ("figure-*", _SAID["along-figures"]),
}
"""What files of a report are, by how their names begin."""

NOT_THE_SAME = _SAID["bundle-not-the-same"]
LEFT_OUT = _SAID["bundle-left-out"]
NO_START = _SAID["bundle-no-start"]
NO_ZIP = _SAID["bundle-no-zip"]
TOO_MUCH = _SAID["bundle-too-much"]
FOREIGN = _SAID["bundle-foreign"]
LACKING = _SAID["bundle-lacks"]
UNREADABLE = _SAID["bundle-unreadable"]


class BundleError(CohortError):
    """No bundle is written, or what is checked is none."""


class Change(NamedTuple):
    """A place in a document at which two differ; None stands for nothing there."""

    path: str  # ``survival.OS.everyone.median.value``
    was: Any
    now: Any


_NAMES_COUNT = re.compile(
    r"\.(?:n|k|known|missing|events|censored|at_risk|entered|counts|observed)(?:\[\d+\])*$"
)
"""How the places of counts end, in results that are masked."""
_ABSENT = object()
"""Stands for what only the other of two documents has."""


# Writing ----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Proven:
    """A bundle whose numbers were made again and are the same; a report can go along."""

    study: Study  # as its rows leave, of which the report is to be
    changed: tuple[str, ...]  # kinds of numbers that only dates tell, where these are left out
    _files: Mapping[str, bytes]
    _readme: Callable[[str], bytes]

    def packed(self, report: Mapping[str, bytes] | None = None, left_out: str = "") -> bytes:
        """Write all of it as a ZIP.

        `report`: files that `ALONG` names, where they were made. `left_out`: what of a report
        could not be made, in a sentence.
        """
        along = dict(report or {})
        readme = self._readme(_told_along(along, left_out))
        return zipped(_summed({**self._files, README: readme, **along}))


def proven(study: Study) -> Proven:
    """Make every number again of the rows that leave, by the plan that goes with them.

    Raises `BundleError` if these rows would give another number, but where the plan leaves out
    what it needs.
    """
    if (hidden := masked.of_study(study)) is not None:
        files = _masked(hidden, Everything(study))
        return Proven(study, (), files, lambda report: _readme_masked(hidden, report))
    leaves = _shared(study)
    changed = _changed(study, leaves)
    data = _data(leaves.as_read)
    again = _again(data, leaves.plan, leaves.as_read)
    found = Everything(leaves)
    made, kept = document.document(Everything(again)), document.document(found)
    for change in changes(_numbers(kept), _numbers(made)):
        raise BundleError(NOT_THE_SAME, **change._asdict())
    files = {
        AGAIN: _SCRIPT.encode(),
        CELLS: digests.sums(again.as_read),
        ARITHMETIC: digests.arithmetic(),
        DATA: data,
        FINDINGS: _findings(study.as_read.findings),
        PLAN: dumps(again.plan).encode(),
        RESULTS: document.dumps(made).encode(),
        TABLES: xlsx.workbook(list(of_study(found))),
    }
    return Proven(leaves, changed, files, lambda report: _readme(study, leaves, changed, report))


def bundle(study: Study, report: Mapping[str, bytes] | None = None, left_out: str = "") -> bytes:
    """Write all of a study as a ZIP; see `proven` and `Proven.packed`."""
    return proven(study).packed(report, left_out)


def changed(study: Study) -> tuple[str, ...]:
    """Kinds of numbers that are not told by what leaves, since only dates of the calendar do.

    Raises `BundleError` if the plan asks for what is left out, or any other number would change.
    """
    return _changed(study, _shared(study))


def _shared(study: Study) -> Study:
    if study.plan.report.dates_as_days and stays(study).dates:
        raise BundleError(NO_START)
    try:
        return shared(study)
    except PlanError as problem:
        raise BundleError(LEFT_OUT, why=text.error(problem)) from problem


def _changed(study: Study, leaves: Study) -> tuple[str, ...]:
    """The kinds of numbers that differ between a study and what leaves of it."""
    if leaves is study:
        return ()
    called = letters(study.as_read) if study.plan.report.centres_as_letters else {}
    was = _numbers(document.document(Everything(study)))
    now = _numbers(document.document(Everything(leaves)))
    kinds: dict[str, None] = {}
    for change in changes(_renamed(was, called), now):
        if isinstance(change.was, str) and called.get(change.was) == change.now:
            continue
        kind = next((name for name, where in _BY_DATES.items() if where.match(change.path)), None)
        if kind is None or not study.plan.report.dates_as_days:
            raise BundleError(NOT_THE_SAME, **change._asdict())
        kinds[kind] = None
    return tuple(name for name in kinds if name)


def _renamed(part: Any, called: Mapping[str, str]) -> Any:
    """A document with centres by their letters where they are names of its parts."""
    if isinstance(part, dict):
        return {called.get(name, name): _renamed(each, called) for name, each in part.items()}
    return [_renamed(each, called) for each in part] if isinstance(part, list) else part


def _told_along(along: Mapping[str, bytes], left_out: str) -> str:
    """Lines on the files of a report, and on what could not be made of it."""
    kinds = dict.fromkeys(_KINDS[name.partition("-")[0].partition(".")[0]] for name in along)
    lines = [f"  {kind:<14} {_(words)}\n" for kind, words in kinds]
    return "".join(lines) + (f"\n{left_out}\n" if left_out else "")


def _masked(hidden: MaskedResults, found: Everything) -> dict[str, bytes]:
    """What leaves of a study with masked counts: no patient, no finding and no code."""
    return {
        PLAN: dumps(hidden.provenance.plan).encode(),
        RESULTS: document.dumps(document.masked(hidden)).encode(),
        TABLES: xlsx.workbook(exhibits.masked.of_study(hidden, found)),
    }


def _readme_masked(hidden: MaskedResults, report: str) -> bytes:
    source = hidden.provenance.source
    return (
        _(_README_MASKED)
        .format(
            version=__version__,
            plan=PLAN,
            results=RESULTS,
            tables=TABLES,
            sums=SUMS,
            report=report,
            k=hidden.least_cell,
            most=hidden.least_cell - 1,
            name=" ".join(source.name.split()),
            digest=source.sha256,
        )
        .encode()
    )


def _data(cohort: Cohort) -> bytes:
    """The patients without what identifies, as a workbook."""
    codes = cohort.patients["patient_id"].tolist()
    width = len(str(len(codes)))
    numbers = {code: f"P{at:0{width}d}" for at, code in enumerate(codes, start=1)}

    def without(frame: pd.DataFrame) -> pd.DataFrame:
        named = frame.assign(patient_id=frame["patient_id"].map(numbers))
        return named.drop(columns=[name for name in _FREE if name in frame])

    tables = {name: without(frame) for name, frame in cohort.tables.items()}
    patients = without(_with_marks(cohort))
    bare = replace(cohort, patients=patients, tables=tables, findings=())
    source = replace(cohort.source, name=DATA, sha256="")
    with speaking("en"):
        return cleaned.workbook(replace(bare, source=source))


def _with_marks(cohort: Cohort) -> pd.DataFrame:
    """The patients, with a mark wherever a cell could not be read: such a cell is not a blank one.

    Who has one is set aside where a blank would be missing.
    """
    patients = cohort.patients.copy(deep=False)
    read_as = {m.header: m.column for m in cohort.reading.columns if m.table == "patients"}
    for found in cohort.findings:
        name = read_as.get(found.column, found.column)
        if found.severity != "error" or found.sheet not in ("", cohort.source.sheet):
            continue
        if name in patients and name != "patient_id":
            unread = patients["row"].isin(found.rows) & patients[name].isna()
            patients[name] = patients[name].astype(object).mask(unread, _UNREAD)
    return patients


def _again(data: bytes, plan: Plan, cohort: Cohort) -> Study:
    """The study of the data, by the plan with headers that are theirs."""
    known = tuple(each.name for each in cohort.extra if each.baseline)
    days = tuple(_in_days(cohort)) if counts_days(cohort) else ()
    reading = Reading(sheet="patients", columns=days, known_before=known, repeated="each")
    complete = read_cohort(DATA, data, reading).reading
    whole = read_cohort(DATA, data, complete)
    return under_study(whole, opening_plan(whole, replace(plan, reading=complete)))


def _in_days(cohort: Cohort) -> Iterator[MappedColumn]:
    """How the columns of days are read that stand in place of dates."""
    for table, frame in (("patients", cohort.patients), *cohort.tables.items()):
        names = [name for name in frame.columns if name not in ("row", *_FREE)]
        for at, name in enumerate(names):
            if name in schema.TABLES[table] and schema.TABLES[table][name].kind == "date":
                yield MappedColumn(name, at, name, table, SINCE_START)


def _numbers(made: dict[str, Any]) -> dict[str, Any]:
    """A document without how its file was read: all that a number is, or depends on."""
    bare: dict[str, Any] = json.loads(json.dumps(made))
    for *above, name in _OF_IMPORT:
        part = bare
        for each in above:
            part = part[each]
        part.pop(name, None)
    steps = bare["provenance"]["steps"]
    read_at = [step["code"] for step in steps].index(READ.code)
    bare["provenance"]["steps"] = steps[read_at:]
    return bare


def _findings(found: Sequence[Finding]) -> bytes:
    """What the import had to say, a line each, without what stood in the cells."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("severity", "code", "what", "column", "sheet", "rows", "sets_aside"))
    for each in found:
        rows = " ".join(map(str, each.rows))
        said = text.said_of_many(each.code)
        words = (each.severity, each.code, said, each.column, each.sheet)
        writer.writerow([*map(xlsx.neutral, words), rows, " ".join(each.sets_aside)])
    return buffer.getvalue().encode("utf-8-sig")


def _readme(study: Study, leaves: Study, changed: tuple[str, ...], report: str) -> bytes:
    source = study.as_read.source
    stay = leaving.stays(stays(study), leaves.as_read.columns)
    lines = [*stay, *filter(None, [leaving.changed(changed)])]
    return (
        _(_README)
        .format(
            version=__version__,
            data=DATA,
            plan=PLAN,
            results=RESULTS,
            tables=TABLES,
            findings=FINDINGS,
            again=AGAIN,
            cells=CELLS,
            arithmetic=ARITHMETIC,
            sums=SUMS,
            report=report,
            stays="\n".join(f"  {line}" for line in lines),
            name=" ".join(source.name.split()),
            digest=source.sha256,
            n=len(study.as_read),
            under=len(study.cohort),
        )
        .encode()
    )


def _summed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {**files, SUMS: _sums(files)}


def _sums(files: Mapping[str, bytes]) -> bytes:
    """The sums as ``sha256sum --check`` reads them."""
    lines = (f"{sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    return "".join(lines).encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Files in one ZIP, the same bytes whenever they are the same."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, data)
    return buffer.getvalue()


# Checking ---------------------------------------------------------------------------------------


class Verified(NamedTuple):
    """What came out when a bundle was checked."""

    version: str  # of the Hepar that wrote it
    altered: tuple[str, ...]  # files that are not what their sums say
    added: tuple[str, ...]  # files that have no sum
    lacking: tuple[str, ...]  # files that have a sum and are not there
    values: int  # how many the results hold
    same: int  # how many of them are the same when they are made again
    changes: tuple[Change, ...]  # those that are not
    close: tuple[Change, ...] = ()  # those that are the same in nine digits and not in all
    elsewhere: bool = False  # whether the processor that wrote it rounds otherwise than this one
    cells: tuple[Differs, ...] = ()  # of the data, that are not what they were
    not_made: str = ""  # why nothing could be made again, '' where it could
    least_cell: int = 0  # of a bundle with masked counts, of which nothing is made again
    # Counts of such a bundle that are under its least cell, or do not add up, by their places.
    small: tuple[str, ...] = ()

    @property
    def is_the_same(self) -> bool:
        """Whether everything is as it was written, and gives what it gave.

        Digits past the ninth tell nothing where another processor wrote them.
        """
        told = (*self.altered, *self.added, *self.lacking, *self.changes)
        told = (*told, *self.cells, *self.small, self.not_made)
        if self.close and not self.elsewhere:
            return False
        return not any(told) and self.version == __version__


def verified(name: str, data: bytes) -> Verified:
    """Check a bundle: the sums of its files, and every value of its results by making it again.

    Raises `BundleError` if it is none.
    """
    files = _unpacked(name, data)
    listed = _listed(name, files)
    held = set(files) - {SUMS}
    altered = [n for n in sorted(held & set(listed)) if sha256(files[n]).hexdigest() != listed[n]]
    kept = _document(name, files[RESULTS])
    missing = {*listed, *(SEEN if document.MASKED in kept else NAMES)} - held
    told = (tuple(altered), tuple(sorted(held - set(listed))), tuple(sorted(missing)))
    try:
        written = read(files[PLAN])
    except PlanError as problem:
        raise BundleError(UNREADABLE, name=name, file=PLAN) from problem
    if document.MASKED in kept:
        return _verified_masked(kept[document.MASKED], written, told)
    held_values = dict(_leaves(kept))
    try:
        whole = read_cohort(DATA, files[DATA], written.plan.reading)
        different_cells = _cells(name, files, whole)
        study = under_study(whole, opening_plan(whole, written.plan))
        found = json.loads(json.dumps(document.document(Everything(study))))
    except BundleError:
        raise
    except (CohortError, PlanError) as problem:
        return Verified(written.version, *told, len(held_values), 0, (), not_made=str(problem))
    different = tuple(changes(kept, found))
    changed = {change.path for change in different}
    written_out = json.loads(files[RESULTS], parse_float=Decimal)
    made_out = json.loads(json.dumps(found), parse_float=Decimal)
    close = tuple(each for each in changes(written_out, made_out) if each.path not in changed)
    elsewhere = files.get(ARITHMETIC) != digests.arithmetic()
    if not elsewhere:
        changed |= {change.path for change in close}
    return Verified(
        written.version,
        *told,
        len(held_values),
        len({*held_values} - changed),
        different,
        close,
        elsewhere,
        different_cells,
    )


def _cells(name: str, files: Mapping[str, bytes], whole: Cohort) -> tuple[Differs, ...]:
    """Which cells of the data are not what they were, where the bundle can tell."""
    if CELLS not in files:
        return ()
    try:
        return tuple(digests.differs(files[CELLS], whole))
    except ValueError as problem:
        raise BundleError(UNREADABLE, name=name, file=CELLS) from problem


def _unpacked(name: str, data: bytes) -> dict[str, bytes]:
    """The files of a bundle, which are all of one folder, of known names and of a bearable size."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            entries = packed.infolist()
            if len(entries) > _FILES or sum(each.file_size for each in entries) > _MOST:
                raise BundleError(TOO_MUCH, name=name)
            for each in entries:
                known = each.filename in (*NAMES, SUMS) or ALONG.fullmatch(each.filename)
                if not known or each.flag_bits & 1 or each.compress_type not in _WAYS:
                    raise BundleError(FOREIGN, name=name, file=each.filename[:60])
            files = {each.filename: _within(name, packed, each) for each in entries}
            if len(files) < len(entries):
                raise BundleError(TOO_MUCH, name=name)
    except _BROKEN as error:
        raise BundleError(NO_ZIP, name=name) from error
    _check_held(name, files)
    return files


def _check_held(name: str, files: Mapping[str, bytes]) -> None:
    """Refuse a bundle without what it is checked by; masked ones hold no patients."""
    for needed in (SUMS, PLAN, RESULTS):
        if needed not in files:
            raise BundleError(LACKING, name=name, file=needed)
    if DATA not in files and document.MASKED not in _document(name, files[RESULTS]):
        raise BundleError(LACKING, name=name, file=DATA)


def _verified_masked(
    kept: Any, written: Written, told: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
) -> Verified:
    """Check that counts are large enough and add up: there is no patient to count again."""
    k = written.plan.report.least_cell
    leaves = ((path, n) for path, n in _leaves(kept) if _NAMES_COUNT.search(path))
    counts = [(path, n) for path, n in leaves if type(n) is int]
    small = [path for path, n in counts if n != 0 and n < k]
    if not k or not isinstance(kept, dict) or kept.get("least_cell") != k:
        return Verified(written.version, *told, 0, 0, (), least_cell=k, small=("least_cell",))
    margins = {part: kept.get(part) for part in ("baseline", "response")}
    small += [path for path, n in _rows(margins) if len(n) > 1 and n[0] != sum(n[1:])]
    n = len(counts)
    return Verified(written.version, *told, n, n, (), least_cell=k, small=tuple(small))


def _rows(part: Any, path: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Every row of counts: all patients first, then those of each group."""
    if isinstance(part, dict):
        for name, each in part.items():
            below = f"{path}.{name}" if path else name
            if name in ("n", "known", "missing") and isinstance(each, list):
                if all(type(n) is int for n in each):
                    yield below, each
            else:
                yield from _rows(each, below)
    elif isinstance(part, list):
        for at, each in enumerate(part):
            yield from _rows(each, f"{path}[{at}]")


def _within(name: str, packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """What an entry holds, and no more than it says that it does."""
    with packed.open(entry) as opened:
        data = opened.read(entry.file_size + 1)
    if len(data) > entry.file_size:
        raise BundleError(TOO_MUCH, name=name)
    return data


def _listed(name: str, files: Mapping[str, bytes]) -> dict[str, str]:
    """The sums of a bundle by the files that they are of."""
    try:
        lines = [line.split("  ", 1) for line in files[SUMS].decode("ascii").splitlines()]
        return {file: total for total, file in lines}
    except ValueError as error:
        raise BundleError(UNREADABLE, name=name, file=SUMS) from error


def _document(name: str, data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BundleError(UNREADABLE, name=name, file=RESULTS) from error
    if not isinstance(found, dict):
        raise BundleError(UNREADABLE, name=name, file=RESULTS)
    return found


def changes(was: Any, now: Any, path: str = "") -> Iterator[Change]:
    """Where two documents differ, value by value, in the order of the first.

    Of two floats nine digits count: beyond them processors differ. Of two decimals all do.
    """
    if isinstance(was, dict) and isinstance(now, dict):
        for name in dict.fromkeys((*was, *now)):
            below = f"{path}.{name}" if path else name
            yield from changes(was.get(name, _ABSENT), now.get(name, _ABSENT), below)
    elif isinstance(was, list) and isinstance(now, list):
        for at, (one, other) in enumerate(zip_longest(was, now, fillvalue=_ABSENT)):
            yield from changes(one, other, f"{path}[{at}]")
    elif type(was) is not type(now) or not _alike(was, now):
        before, after = dict(_leaves(was, path)), dict(_leaves(now, path))
        for place in dict.fromkeys((*before, *after)):
            yield Change(place, before.get(place), after.get(place))


def _alike(was: Any, now: Any) -> bool:
    if isinstance(was, float):
        return isclose(was, now, rel_tol=1e-9, abs_tol=1e-12)
    return bool(was == now)


def _leaves(part: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every single value of a document, with its place."""
    if isinstance(part, dict):
        for name, each in part.items():
            yield from _leaves(each, f"{path}.{name}" if path else name)
    elif isinstance(part, list):
        for at, each in enumerate(part):
            yield from _leaves(each, f"{path}[{at}]")
    elif part is not _ABSENT:
        yield path, part
