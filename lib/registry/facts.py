"""What a registry keeps of its patients: a narrow row of each, made by the code that reads a sheet.

Facts hold what no selection and no choice of the plan but its `reading`, its `response`, the day
of its cut-off and its rule of modality can change. Everything else is an expression over them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple, get_args

import numpy as np
import pandas as pd
import pyarrow as pa

from lib.analyses import complications, modality, scans, seen, states
from lib.analyses.counted import Told
from lib.analyses.courses import BEST, with_best
from lib.analyses.derivation import BASES, differing_columns, response_columns, stands
from lib.analyses.followed import (
    LIVER,
    SCAN,
    START,
    between,
    last_known,
    last_scan,
    placed,
    progressed_undated,
    scanned,
    sites,
)
from lib.analyses.modality import Received, procedures, second_kind
from lib.analyses.provenance import READ, Step
from lib.analyses.seen import Way
from lib.analyses.study import BEGAN_AFTER, Study, observed
from lib.cohort import Cohort, Source, Whole
from lib.plan import Plan
from lib.schema import (
    BY_DATES,
    COLUMNS,
    ENDPOINTS,
    MONTH,
    RESPONSE_MONTHS,
    Column,
    Endpoint,
)
from lib.statistics.estimate import Bools, Floats

VERSION = 3
"""Of the facts' columns and of what is written into them; another version is prepared again."""
PATIENT = "patient"
TOLD = get_args(Told)
ORDINARY = {
    "number": pa.float64(),
    "date": pa.int32(),  # days since 1970-01-01
    "category": pa.string(),
    "flag": pa.string(),
    "text": pa.bool_(),  # whether something was written: no free text leaves the preparation
}
"""In which type a column of patients is kept, by its kind; identifiers are not."""
OF_PATIENT = {
    "modality_recorded": pa.string(),
    "stood_in": pa.bool_(),  # whether the modality is as recorded although the rule is another
    "last_known": pa.float64(),  # months to the last date that is known
    "second": pa.float64(),  # months to a second modality
    "scan_interval": pa.float64(),
    "unplaced": pa.bool_(),
    "together": pa.bool_(),
    "elsewhere_first": pa.bool_(),
    "undated": pa.bool_(),  # who progressed on no day that is known
    "scanned": pa.bool_(),  # of whom a table dates a scan
    "kind_dated": pa.bool_(),  # of whom a procedure has a date and a kind
    "listed": pa.bool_(),  # of whom the table of procedures has one with a date
}
OF_ENDPOINT = {
    "months": pa.float64(),
    "event": pa.bool_(),
    "reason": pa.string(),
    "ended": pa.string(),
    "told": pa.string(),
    "unread": pa.bool_(),  # whether it could not be read if the event happened
    "scan": pa.float64(),  # months to the last evaluable scan before the end
    "lower": pa.float64(),
    "unscanned": pa.bool_(),
}
"""Of each endpoint, after its code; each patient alone, whatever is known of the others."""
BEST_BY = {True: "state.confirmed", False: "state.unconfirmed"}
"""Best response with CR and PR confirmed, and without."""
DISEASE: tuple[Way, ...] = ("response", "disease")
TRANSITIONS = pa.schema(
    [
        (PATIENT, pa.int64()),
        ("way", pa.string()),
        ("since", pa.float64()),  # days from the first procedure; months, where procedures decide
        ("until", pa.float64()),  # none where it stays
        ("level", pa.string()),  # of a rule of modality the kinds that make it, with ``|`` between
        ("lettered", pa.bool_()),
    ]
)
EVENTS = pa.schema(
    [
        (PATIENT, pa.int64()),
        ("what", pa.string()),
        ("kind", pa.string()),
        ("grade", pa.int16()),
        ("months", pa.float64()),
        ("came", pa.int16()),
        ("flagged", pa.int16()),
        ("marks", pa.int16()),
    ]
)
"""Complications and procedures, an entry each, as `complications.ENTRY` has them."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a registry holds, besides the facts: of all its patients, or of a part of them."""

    source: Source
    digest: str  # of the source together with how it was read
    plan: Plan  # by which facts were made
    n: int
    columns: tuple[str, ...]  # of the patients, by name, in the schema's order
    extra: tuple[Column, ...]  # columns that the schema does not know
    own: tuple[Endpoint, ...]  # endpoints that the schema does not know
    steps: tuple[Step, ...]  # from the rows read to the patients
    whole: Whole  # what these patients decide for each other
    began: date | None  # the first procedure of all
    modality_rule: str  # the code of the rule by which the modality was decided
    derived: bool  # whether responses are derived from measurements
    counts_procedures: bool  # whether every procedure is listed
    version: int = VERSION

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Every endpoint that facts are made of, in the order of `Study.endpoints`."""
        return (*ENDPOINTS.values(), *self.own, *BY_DATES.values())

    @property
    def known_columns(self) -> dict[str, Column]:
        """The columns of the patients, by name."""
        known = {**COLUMNS, **{column.name: column for column in self.extra}}
        return {name: known[name] for name in self.columns}

    def field(self, name: str) -> str:
        """In which field of the facts a column of the patients is: ours alone, never the file's."""
        further = [column.name for column in self.extra]
        return f"extra.{further.index(name)}" if name in further else name

    def of_endpoint(self, code: str, what: str) -> str:
        """In which field of the facts something of an endpoint is."""
        further = [endpoint.code for endpoint in self.own]
        return f"own.{further.index(code)}.{what}" if code in further else f"{code}.{what}"

    def __or__(self, other: "Held") -> "Held":
        """Of two disjoint parts of one registry."""
        began = [day for day in (self.began, other.began) if day is not None]
        return replace(
            self,
            source=replace(self.source, rows=self.source.rows + other.source.rows),
            n=self.n + other.n,
            steps=_added(self.steps, other.steps),
            whole=self.whole | other.whole,
            began=min(began, default=None),
        )


TABLES = {"patients": "facts", "transitions": "transitions", "events": "events"}
"""The tables of `Facts` by their names there, which their folders have: what SQL calls them."""


class Facts(NamedTuple):
    """Facts of a registry, or of a part of it."""

    patients: pa.Table
    transitions: pa.Table
    events: pa.Table
    held: Held


def of(study: Study, first: int = 0) -> Facts:
    """Make the facts of a study's patients, whatever of them is selected.

    Parameters
    ----------
    study : Study
        Of a whole cohort, or of a part of one that carries, in `Cohort.whole`, what the table
        decides. Its tables and columns are those of the table, though they may be empty.
    first : int
        The code of its first patient; the others follow in order.

    Returns
    -------
    Facts
        Rows in the order of ``study.whole.patients``; `Held` says what these patients alone decide.
    """
    held = _held(study)
    patients = np.arange(first, first + len(study.whole), dtype=np.int64)
    fields = {PATIENT: pa.array(patients)}
    told, entries = complications.recorded(study.whole, study.plan)
    for part in (_of_columns, _of_patients, _of_measurements, _of_endpoints, _of_states):
        fields |= part(study, held)
    fields |= {name: pa.array(each) for name, each in told.items()}
    return Facts(pa.table(fields), _transitions(study, first), _events(entries, first), held)


def _held(study: Study) -> Held:
    began = study.as_read.dates("first_procedure_date").min()
    steps = tuple(_of_nobody(step) for step in study.steps if step.condition is None)
    return Held(
        study.as_read.source,
        study.as_read.digest,
        replace(study.plan, study=replace(study.plan.study, selection=())),
        len(study.whole),
        tuple(name for name, column in study.whole.columns.items() if column.kind in ORDINARY),
        study.whole.extra,
        tuple(each for each in study.whole.endpoints if each.code not in ENDPOINTS),
        steps,
        observed(study),
        None if pd.isna(began) else began.date(),
        study.modality_rule.code,
        study.measured.derived,
        modality.counts_procedures(study.whole),
    )


def _added(one: Sequence[Step], two: Sequence[Step]) -> tuple[Step, ...]:
    """Steps of two parts, alike ones together; the rows read stand first, the patients after them.

    What was left out for the same reason with other values, as a cell that was seen, is one step.
    """
    places = {READ.code: 1, BEGAN_AFTER.code: 2}
    kinds = [each.message.code for each in (*one, *two)]
    order = sorted(set(kinds), key=lambda kind: (places.get(kind, 0), kinds.index(kind)))
    left = 0
    found: list[Step] = []
    for kind in order:
        alike = [each for each in (*one, *two) if each.message.code == kind]
        removed = sum(each.removed for each in alike)
        left = sum(each.left for each in alike) if not found else left - removed
        values = dict(alike[0].values)
        if "count" in values:
            values["count"] = str(sum(int(dict(each.values)["count"]) for each in alike))
        step = replace(alike[0], values=tuple(values.items()))
        found.append(replace(step, removed=removed, left=left))
    return tuple(found)


def _of_nobody(step: Step) -> Step:
    """A step without the cells that were seen: those of a patient's code are among them."""
    values = ((name, "…" if name in _CELLS else told) for name, told in step.values)
    return replace(step, values=tuple(values))


_CELLS = ("value", "examples")  # what a step names that stands in a file


# Columns ---------------------------------------------------------------------------------------


def _of_columns(study: Study, held: Held) -> dict[str, pa.Array]:
    """The columns of the patients as they stand."""
    frame = study.whole.patients
    return {
        held.field(name): _kept(frame[name], column.kind)
        for name, column in held.known_columns.items()
    }


def _kept(values: pd.Series, kind: str) -> pa.Array:
    if kind == "number":
        return _numbers(values.to_numpy(np.float64, na_value=np.nan))
    if kind == "date":
        days = values.to_numpy("datetime64[D]")
        return pa.array(days.astype(np.int64).astype(np.int32), mask=np.isnat(days))
    if kind == "text":
        return pa.array(values.notna().to_numpy(bool))
    return _words(values)


def _numbers(values: Floats) -> pa.Array:
    return pa.array(np.asarray(values, np.float64), pa.float64(), mask=np.isnan(values))


def _words(values: object) -> pa.Array:
    words = pd.array(values, dtype="str")  # type: ignore[call-overload]
    return pa.array(words, pa.string(), from_pandas=True)


def _of_patients(study: Study, held: Held) -> dict[str, pa.Array]:
    """What is known of each patient besides the columns."""
    cohort, courses = study.whole, study.measured.courses
    names = cohort.patients["patient_id"]
    done = procedures(cohort, study.plan)
    listed = seen.dated_by(cohort, np.inf)
    nobody = pd.Series(None, index=cohort.patients.index, dtype="str")
    where = sites(cohort, courses if study.measured.derived else {})
    found = {
        "modality_recorded": _words(cohort.patients.get("modality_recorded", nobody)),
        "stood_in": pa.array(modality.modality(study.measured.cohort, study.plan).as_recorded),
        "last_known": _numbers(last_known(cohort)),
        "second": _numbers(second_kind(done)),
        "scan_interval": _numbers(scans.intervals(cohort)),
        "unplaced": pa.array(where["unplaced"]),
        "together": pa.array(where["together"]),
        "elsewhere_first": pa.array(where["elsewhere_first"]),
        "undated": pa.array(progressed_undated(cohort)),
        "scanned": pa.array(names.isin([*courses, *scanned(cohort)]).to_numpy(bool)),
        "kind_dated": pa.array(_kind_dated(cohort)),
        "listed": pa.array(
            names.isin([] if listed is None else listed["patient_id"]).to_numpy(bool)
        ),
    }
    assert set(found) == set(OF_PATIENT)
    return found


def _of_measurements(study: Study, held: Held) -> dict[str, pa.Array]:
    """What the responses of each patient rest on, as `Derivation` counts it."""
    cohort, found = study.whole, study.measured
    names = cohort.patients["patient_id"]
    places = {name: at for at, name in enumerate(names.tolist())}
    visits = [(name, str(v.basis)) for name, each in found.courses.items() for v in each.visits]
    differs = [(each.patient_id, each.column.name) for each in found.disagreements]
    findings = (name for name, each in found.findings.items() for _finding in each)
    made = {
        "measured": pa.array(names.isin([*found.courses]).to_numpy(bool)),
        "findings": _many(places, findings),
    }
    for basis in BASES:
        made[f"visits.{basis}"] = _many(places, (name for name, on in visits if on == basis))
    months = study.plan.response.months
    for column in differing_columns(months):
        made[f"differs.{column}"] = _many(places, (name for name, of in differs if of == column))
    standing = stands(cohort, study.plan, found) if found.derived else {}
    for column in response_columns(months):
        made[f"stands.{column}"] = pa.array(standing.get(column, np.zeros(len(cohort), bool)))
    return made


def _many(places: Mapping[str, int], names: Iterable[str]) -> pa.Array:
    """How often each patient is named."""
    named = np.array([places[name] for name in names], np.int64)
    return pa.array(np.bincount(named, minlength=len(places)).astype(np.int32))


def _kind_dated(cohort: Cohort) -> Bools:
    """Of whom a procedure has a date and a kind, as `modality.dates_procedures` has it."""
    if not modality.counts_procedures(cohort):
        known = [cohort.dates(name).notna() for name in ("first_hai_date", "first_tace_date")]
        return np.asarray(known[0] | known[1], bool)
    rows = cohort.tables["procedures"].dropna(subset=["procedure_date", "modality"])
    return cohort.patients["patient_id"].isin(rows["patient_id"]).to_numpy(bool)


def _of_endpoints(study: Study, held: Held) -> dict[str, pa.Array]:
    """The way to each endpoint from the first procedure on, without the rule of missed scans."""
    courses = study.measured.courses
    found: dict[str, pa.Array] = {}
    for endpoint in held.endpoints:
        cohort = placed(study.whole) if LIVER in endpoint.ends else study.whole
        follow = cohort.each_to_event(endpoint)
        lower, _upper, unscanned = between(study.whole, courses, follow)
        scan = np.full(len(cohort), np.nan)
        if SCAN in endpoint.last_seen:
            scan = last_scan(study.whole, courses, follow)
        values = {
            "months": _numbers(follow.months),
            "event": pa.array(follow.event),
            "reason": _words(follow.reason),
            "ended": _words(follow.ended_by),
            "told": _words(follow.told),
            "unread": pa.array(cohort.unread(endpoint)),
            "scan": _numbers(np.where(follow.used, scan, np.nan)),
            "lower": _numbers(np.where(follow.used, lower, np.nan)),
            "unscanned": pa.array(unscanned),
        }
        found |= {held.of_endpoint(endpoint.code, name): each for name, each in values.items()}
    return found


def _of_states(study: Study, held: Held) -> dict[str, pa.Array]:
    """The state at each time before the plan's rule for the dead, and who was due then."""
    cohort, plan = study.whole, study.plan
    as_recorded = replace(plan, response=replace(plan.response, deaths="as recorded"))
    always = replace(as_recorded, study=replace(plan.study, as_of=None))
    found: dict[str, pa.Array] = {}
    for months in (*plan.response.months, states.BEST):
        column = states.column_at(months)
        state = states.states(cohort, always, months, column)
        due = states.due(cohort, plan, months) if months else np.ones(len(cohort), bool)
        found[f"state.{months}"] = pa.array(state.astype(np.int16))
        found[f"due.{months}"] = pa.array(due)
        then = np.where(due, state, states.PLACE["not-due"])
        for what in TOLD:
            told = states.told(cohort, as_recorded, what, months, then)
            found[flag(what, months)] = pa.array(told)
    for confirm, name in BEST_BY.items():
        state = np.full(len(cohort), states.PLACE["lost"])
        if BEST in cohort.patients:
            response = replace(always.response, confirm=confirm)
            best = with_best(cohort, study.measured.courses, response)
            state = states.states(best, always, states.BEST, BEST)
        found[name] = pa.array(state.astype(np.int16))
    return found


def flag(what: Told, months: int) -> str:
    """In which field of the facts it is whether something holds at a time."""
    return f"{what.replace(' ', '_')}.{months}"


# What was seen until any time ------------------------------------------------------------------


def _transitions(study: Study, first: int) -> pa.Table:
    """What was seen of each patient, by each way, from when until when."""
    places = {name: at for at, name in enumerate(study.whole.patients["patient_id"].tolist())}
    dated = [
        *_by_rules(procedures(study.whole, study.plan)),
        *_by_courses(study, places),
        *_by_number(study.whole, places),
    ]
    found = pd.concat(
        [
            each.astype(_TYPES)
            for each in (pd.DataFrame(dated, columns=[*_TYPES]), *_by_letters(study))
        ]
    )
    found = found.sort_values([PATIENT, "way", "since"], kind="stable", ignore_index=True)
    found["until"] = found.groupby([PATIENT, "way"])["since"].shift(-1)
    found[PATIENT] += first
    return pa.Table.from_pandas(found[TRANSITIONS.names], TRANSITIONS, preserve_index=False)


def _events(entries: pd.DataFrame, first: int) -> pa.Table:
    """Complications and procedures, those of a patient together."""
    found = entries.sort_values("at", kind="stable", ignore_index=True)
    found[PATIENT] = found["at"] + first
    return pa.Table.from_pandas(found[EVENTS.names], EVENTS, preserve_index=False)


_TYPES = {PATIENT: "int64", "way": "str", "since": "float64", "level": "str", "lettered": "bool"}
Transition = tuple[int, str, float, str, bool]


def _changes(
    at: int, way: str, seen: Iterable[tuple[float, str]], lettered: bool
) -> Iterator[Transition]:
    """The times at which a level begins, of times in order and what is seen at each."""
    last = ""
    for since, level in seen:
        if level != last:
            yield at, way, since, level, lettered
            last = level


def _by_rules(done: Sequence[Received]) -> Iterator[Transition]:
    alike: dict[Received, list[Transition]] = {}
    for at, each in enumerate(map(tuple, done)):
        if each not in alike:
            alike[each] = list(_by_rules_of(each))
        for _nobody, way, since, level, lettered in alike[each]:
            yield at, way, since, level, lettered


def _by_rules_of(done: Received) -> Iterator[Transition]:
    times = sorted({month for month, _kind in done})
    for rule in seen.RULES:
        kinds = ([kind for month, kind in done if month <= time] for time in times)
        levels = ("|".join(modality.telling(rule, received)) for received in kinds)
        yield from _changes(0, rule, zip(times, levels, strict=True), False)


def _by_courses(study: Study, places: Mapping[str, int]) -> Iterator[Transition]:
    choices = study.plan.response
    for name, course in study.measured.courses.items():
        days = sorted({visit.day for visit in course.visits})
        for way in DISEASE:
            until = ([v for v in course.visits if v.day <= day] for day in days)
            levels = [
                (day, seen.shown(visits, choices, way))
                for day, visits in zip(days, until, strict=True)
            ]
            yield from _changes(places[name], way, levels, False)


def _by_letters(study: Study) -> Iterator[pd.DataFrame]:
    """Of those who were not measured, from the letters of the times that have a column."""
    unmeasured = ~study.whole.patients["patient_id"].isin([*study.measured.courses]).to_numpy(bool)
    for way in DISEASE:
        before = pd.Series("", index=study.whole.patients.index, dtype="str")
        for months in RESPONSE_MONTHS:
            level = seen.recorded(study.whole, months, way)
            at = np.flatnonzero(unmeasured & (level != before).to_numpy(bool))
            values = (at, way, months * MONTH, level.iloc[at].to_numpy(), True)
            yield pd.DataFrame(dict(zip(_TYPES, values, strict=True)))
            before = level


def _by_number(cohort: Cohort, places: Mapping[str, int]) -> Iterator[Transition]:
    rows = seen.dated_by(cohort, np.inf)
    if rows is None:
        return
    began = dict(zip(places, cohort.dates(START).tolist(), strict=True))
    days = rows.drop_duplicates(["patient_id", "procedure_date"]).sort_values("procedure_date")
    nth = days.groupby("patient_id").cumcount() + 1
    levels = {least: level for level, least in seen.MANY.items()}
    for name, day, number in zip(days["patient_id"], days["procedure_date"], nth, strict=True):
        if number in levels:
            yield places[name], "procedures", (day - began[name]).days, levels[number], False
