"""What a file's author knows of it: what its columns and cells mean, and what must come out.

A folder of files has its truths in ``cases.toml``, a table a file.
"""

import math
import operator
import re
import tomllib
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from lib import text
from lib.analyses import survival
from lib.analyses.study import Study, opening_plan, under_study
from lib.cohort import Cohort, Finding
from lib.ingest.numbers import UNITS
from lib.plan import ModalityRule, Plan, ResponsePlan, StudyPlan
from lib.schema import ENDPOINTS

TOLERANCE = 0.0501
"""Of a median in months, or of another number, that is given with one decimal."""
ALIKE = {
    "vital_status": ("os_event",),
    "os_event": ("vital_status",),
    "pfs_event": ("progression",),
    "progression": ("pfs_event",),
    "procedure_date": ("first_procedure_date",),
}
"""Fields that a column of life and death, or of progression, may be taken for as well."""
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")


def same(words: str) -> str:
    """A header or a cell, so that only what can be seen tells it from another."""
    return " ".join(_INVISIBLE.sub("", words).replace(" / ", " ").casefold().split())


@dataclass(frozen=True)
class Truth:
    """What is true of one file."""

    name: str  # the file's
    # By header as `same` has it, the fields that it means; '' where it is carried along.
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # By header, of those that do not say it themselves.
    units: Mapping[str, str] = field(default_factory=dict)
    # By header, what a cell means: a level, '' for none.
    coding: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    # By the code of a decision, or by ``code:column``, what the author answers.
    facts: Mapping[str, str] = field(default_factory=dict)
    day_first: bool | None = None
    repeated: str = ""
    sheets: tuple[str, ...] = ()  # the sheets that hold the patients
    header_row: int | None = None
    questions: int = 3  # the most questions that may be open at first sight
    # Words of a sentence by which the file may be refused instead; '' where it may not.
    refused: str = ""
    # holds, before: what must come out, and what must hold before a question is answered; see
    # `outcomes`
    holds: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)

    def fields(self, header: str, position: int = -1) -> tuple[str, ...]:
        """The fields that a header means; none where it is not known.

        Where the sheet has no headers the truth names its columns by letter or by number.
        """
        letter = chr(ord("a") + position) if 0 <= position < 26 else ""
        names = (same(header), f"(column {letter})", f"(column {position + 1})")
        return next((self.columns[name] for name in names if name in self.columns), ())

    def coded(self, column: str, cell: str) -> str | None:
        """The level that a cell means under a header, or under the headers of a field."""
        for header, levels in self.coding.items():
            fields = self.columns.get(header, ())
            named = {*fields, *(each for name in fields for each in ALIKE.get(name, ())), header}
            if {column, same(column)} & named and same(cell) in levels:
                return levels[same(cell)]
        return None


def level(code: str, column: str) -> str:
    """A level as a column has it: death is *yes* of an event, and *dead* of a status."""
    code = {"m": "M", "f": "F"}.get(code, code) if column == "sex" else code
    if column == "vital_status":
        return {"yes": "dead", "no": "alive"}.get(code, code)
    if column not in ("vital_status", "modality"):
        return {"dead": "yes", "alive": "no", "lost": "no"}.get(code, code)
    return code


def factor(unit: str) -> float | str:
    """How many of the schema's unit a unit is; itself where nobody knows."""
    found = (known[unit] for known in UNITS.values() if unit in known)
    return next(found, unit)


# Files of truths ----------------------------------------------------------------------------


def of_folder(folder: Path) -> dict[str, Truth]:
    """The truths of a folder's files, by file name."""
    listed = tomllib.loads((folder / "cases.toml").read_text(encoding="utf-8"))
    return {name: of_table(name, table) for name, table in listed.items()}


def of_table(name: str, table: Mapping[str, Any]) -> Truth:
    """The truth of one file, from its table in ``cases.toml``."""
    table = dict(table)
    columns = {same(header): _fields(means) for header, means in table.pop("columns", {}).items()}
    return Truth(
        name,
        columns,
        {same(header): unit for header, unit in table.pop("units", {}).items()},
        _coding(table.pop("coding", {})),
        table.pop("facts", {}),
        table.pop("day_first", None),
        table.pop("repeated", ""),
        tuple(table.pop("sheets", ())),
        table.pop("header_row", None),
        table.pop("questions", 3),
        table.pop("refused", ""),
        before=table.pop("before", {}),
        holds=table,
    )


def _fields(means: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in means.split(","))


def _coding(said: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    return {
        same(header): {same(cell): code for cell, code in levels.items()}
        for header, levels in said.items()
    }


# What must come out -------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """One thing that must come out: its name, what is expected, and what was found.

    `absent` where nothing was found at all.
    """

    name: str
    expected: Any
    found: Any
    holds: bool
    absent: bool = False

    def __str__(self) -> str:
        return f"{self.name}: {self.found} instead of {self.expected}"


def outcomes(truth: Truth, cohort: Cohort, said: Sequence[str] = ()) -> list[Outcome]:
    """Everything that must come out of a file, and whether it does.

    Parameters
    ----------
    truth : Truth
        Of what it holds: ``n`` patients; ``arms`` by level; ``OS`` and ``PFS`` by group as
        [n, events, median], of all patients and of each arm; ``counts`` of the levels of a column,
        where *missing* and NE are one; ``groups`` of a column as the analyses group by it;
        ``values`` of a column, in the order of the rows, or its ``span`` [least, most, mean];
        ``rows`` of a table; fields that are ``known`` of somebody; how many cells of a column are
        ``filled``; ``days`` of a column by patient; what a finding or a question must have
        ``told``: its words, rows and count; endpoints that are ``not_drawn``; headers
        ``not_kept``; texts that ``never`` stand in its tables, or are ``private`` and nowhere.
    cohort : Cohort
    said : sequence of str
        What was asked.
    """
    studies = [_study(cohort, rule) for rule in ("as recorded", "first procedure")]
    found: list[Outcome] = []
    if "n" in truth.holds:
        found += Of("patients", lambda study, _n: len(study.cohort)).outcomes(
            {"n": truth.holds["n"]}, studies[0]
        )
    for name, each in EACH.items():
        found += each.outcomes(truth.holds.get(name, {}), studies[0])
    for name, check in CHECKS.items():
        if name in truth.holds:
            found += check(truth, studies, said)
    for code in ENDPOINTS:
        if code in truth.holds:
            found += _endpoint(code, truth.holds[code], studies)
    return found


def _study(cohort: Cohort, rule: ModalityRule) -> Study:
    plan = Plan(study=StudyPlan(modality_rule=rule), response=ResponsePlan(confirm=False))
    return under_study(cohort, opening_plan(cohort, plan))


Check = Callable[[Truth, Sequence[Study], Sequence[str]], Iterator[Outcome]]


class Of(NamedTuple):
    """How something is found of each column or table that the truth names."""

    called: str
    found: Callable[[Study, str], Any]
    agrees: Callable[[Any, Any], bool] = operator.eq

    def outcomes(self, expected: Mapping[str, Any], study: Study) -> Iterator[Outcome]:
        """Each of them as it came out; absent where nothing but missing values was found."""
        for name, wanted in expected.items():
            found = self.found(study, name)
            absent = set(found) <= {"missing"} if isinstance(found, dict) else not found
            agrees = self.agrees(found, wanted)
            yield Outcome(self.called.format(name), wanted, found, agrees, absent)


def _arms(truth: Truth, studies: Sequence[Study], _said: Sequence[str]) -> Iterator[Outcome]:
    found = [_levels(study, "modality") for study in studies]
    known = [{code: n for code, n in each.items() if code != "missing"} for each in found]
    agrees = truth.holds["arms"] in known
    yield Outcome("arms", truth.holds["arms"], known[0], agrees, not any(known))


def _levels(study: Study, column: str) -> dict[str, int]:
    if column not in study.cohort.patients:
        return {}
    values = study.cohort.patients[column].astype(object)
    counts = values.where(values.notna(), "missing").value_counts().to_dict()
    return {str(code): int(n) for code, n in counts.items()}


def _evaluated(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts in which nobody tells what is blank from what could not be evaluated."""
    known = {code: n for code, n in counts.items() if code not in ("missing", "NE")}
    return known | {"NE": sum(counts.values()) - sum(known.values())}


def _groups(study: Study, column: str) -> dict[str, int]:
    cohort = study.cohort
    if column not in cohort.patients:
        return {}
    groups = study.groups(column) if cohort.columns[column].baseline else cohort.by(column)
    return {each.code: n for each, n in zip(groups.levels, groups.counts().tolist(), strict=True)}


def _span(study: Study, column: str) -> list[float]:
    values = pd.Series(_numbers(study, column), dtype=float).dropna()
    spread = (values.min(), values.max(), values.mean()) if len(values) else ()
    return [round(float(each), 2) for each in spread]


def _numbers(study: Study, column: str) -> list[float]:
    if column not in study.cohort.patients:
        return []
    values = pd.to_numeric(study.cohort.patients[column], errors="coerce")
    return [round(float(value), 2) for value in values.astype(float)]


def _filled(study: Study, column: str) -> int:
    patients = study.cohort.patients
    return int(patients[column].notna().sum()) if column in patients else 0


def _all_near(found: Sequence[float], expected: Sequence[float]) -> bool:
    return len(found) == len(expected) and all(map(near, found, expected))


def near(found: float, expected: float) -> bool:
    """Whether a number is that which was rounded to one decimal; nan is nan."""
    return math.isclose(found, expected, abs_tol=TOLERANCE) or (
        math.isnan(found) and math.isnan(expected)
    )


def _known(truth: Truth, studies: Sequence[Study], _said: Sequence[str]) -> Iterator[Outcome]:
    for name in truth.holds["known"]:
        known = any(studies[0].cohort.known(each) for each in (name, *ALIKE.get(name, ())))
        yield Outcome(name, "known", "not known", known, not known)


def _days(truth: Truth, studies: Sequence[Study], _said: Sequence[str]) -> Iterator[Outcome]:
    cohort = studies[0].cohort
    for column, expected in truth.holds["days"].items():
        dates = cohort.dates(column).dt.strftime("%Y-%m-%d")
        found = dict(zip(cohort.patients["patient_id"], dates, strict=True))
        for patient, day in expected.items():
            read = found.get(patient)
            known = isinstance(read, str)
            yield Outcome(f"{column} of {patient}", day, read, read == day, not known)


def _told(truth: Truth, studies: Sequence[Study], said: Sequence[str]) -> Iterator[Outcome]:
    findings = studies[0].cohort.findings
    for expected in truth.holds["told"]:
        words = re.compile(expected.get("words", ""), re.I)
        told = any(words.search(text.finding(each)) and _about(each, expected) for each in findings)
        numbers = [*expected.get("rows", ()), *([expected["count"]] if "count" in expected else [])]
        named = [re.compile(rf"(?<!\d){number}(?!\d)") for number in numbers]
        asked = "words" in expected and any(
            words.search(each) and all(number.search(each) for number in named) for each in said
        )
        yield Outcome("told", expected, "nothing", told or asked, True)


def _about(finding: Finding, expected: Mapping[str, Any]) -> bool:
    """Whether a finding is about these rows, and has this count."""
    counts = (len(finding.rows), *dict(finding.values).values())
    counted = "count" not in expected or expected["count"] in counts
    return counted and set(expected.get("rows", ())) <= set(finding.rows)


def _not_drawn(truth: Truth, studies: Sequence[Study], _said: Sequence[str]) -> Iterator[Outcome]:
    for code in truth.holds["not_drawn"]:
        found = survival.by_group(studies[0], ENDPOINTS[code]).everyone
        drawn = found.curve is not None
        yield Outcome(f"no curve of {code}", "none", f"n {found.n}" if drawn else "", not drawn)


def _kept(name: str, where: Callable[[Cohort], Container[str]]) -> Check:
    """A check that none of some headers or texts is kept in a part of a cohort."""

    def check(truth: Truth, studies: Sequence[Study], _said: Sequence[str]) -> Iterator[Outcome]:
        kept = where(studies[0].cohort)
        for words in truth.holds[name]:
            wanted = same(words) if name == "not_kept" else words
            yield Outcome(f"{words!r} kept", False, True, wanted not in kept)

    return check


def _cells(cohort: Cohort) -> str:
    frames = [cohort.patients, *cohort.tables.values()]
    return "\n".join(
        {str(cell) for frame in frames for cell in frame.astype(object).to_numpy().ravel()}
    )


def _everywhere(cohort: Cohort) -> str:
    return _cells(cohort) + repr(cohort.findings) + repr(cohort.reading)


EACH = {
    "counts": Of("{}", _levels, lambda *both: operator.eq(*map(_evaluated, both))),
    "groups": Of("groups of {}", _groups, lambda *both: operator.eq(*map(_sizes, both))),
    "values": Of("values of {}", _numbers, _all_near),
    "span": Of("span of {}", _span, _all_near),
    "rows": Of("rows of {}", lambda study, name: len(study.cohort.tables.get(name, ()))),
    "filled": Of("filled in {}", _filled),
}
CHECKS: dict[str, Check] = {
    "arms": _arms,
    "known": _known,
    "days": _days,
    "told": _told,
    "not_drawn": _not_drawn,
    "not_kept": _kept("not_kept", lambda cohort: set(map(same, cohort.patients))),
    "never": _kept("never", _cells),
    "private": _kept("private", _everywhere),
}


def _sizes(groups: Mapping[str, int]) -> list[int]:
    return sorted(groups.values())


def _endpoint(
    code: str, expected: Mapping[str, Sequence[Any]], studies: Sequence[Study]
) -> list[Outcome]:
    """The survival of all patients and of each arm, by the modality rule that agrees better."""
    every = [_survival(code, expected, study) for study in studies]
    return min(every, key=lambda each: sum(not one.holds for one in each))


def _survival(code: str, expected: Mapping[str, Sequence[Any]], study: Study) -> list[Outcome]:
    found = survival.by_group(study, ENDPOINTS[code])
    groups = {"all": found.everyone, **{each.level.code: each for each in found.groups}}
    outcomes = []
    for name, (n, events, median) in expected.items():
        group = groups.get(name)
        if group is None or not group.n:
            outcomes.append(Outcome(f"{code} {name}", [n, events, median], None, False, True))
            continue
        value = None if group.median is None else round(group.median.value, 2)
        agrees = (group.n, group.events) == (n, events)
        if group.curve is not None and value is not None:
            agrees &= near(value, math.nan if median is None else median)
        shown = [group.n, group.events, value]
        outcomes.append(Outcome(f"{code} {name}", [n, events, median], shown, agrees))
    return outcomes
