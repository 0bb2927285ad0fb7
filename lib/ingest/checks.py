"""Chronology and contradictions: what the rows of the patients may not hold, as a table of rules.

A rule leaves every value as it is. Where dates contradict each other, the row is set aside from the
analyses that would need to know which of them is right, and stays in the others. Only a date that
cannot be is emptied.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.cohort import RESPONDED, Cohort, Finding, Severity, remembered
from lib.followup import NO_EVENT_TIMED, ONE_SIDED
from lib.ingest.dates import is_shaped
from lib.ingest.derive import span
from lib.ingest.endpoints import further
from lib.ingest.sentences import finding
from lib.ingest.tables import Frame, Held
from lib.plan import ResponsePlan
from lib.schema import (
    COLUMNS,
    ENDPOINTS,
    EVENT_DATES,
    LIKELY_MONTHS,
    MONTH,
    MOST_MONTHS,
    RESPONSE_MONTHS,
    Endpoint,
)
from lib.statistics.estimate import Bools, Floats, Ints, quantiles

RESPONSE, START = "response", "first_procedure_date"
BOTH, PFS = ("OS", "PFS"), ("PFS",)
SLACK_MONTHS = 0.5
WINDOW_DAYS = ResponsePlan().window_days
SLACK_DAYS = 2  # days after a death within which it may only have been entered
_MUCH = 6  # cells beyond which two patients do not agree by chance
_ROUNDED = 0.05  # months by which two times differ that are the same
_FEW_SIZES, _TIMES = 4, 5
_SMALL_SIZE, _LARGE_SIZE = 10, 150
"""Millimetres below which, and beyond which, a size that differs from all others is doubted."""
_YEARS, _DECADE = np.timedelta64(3 * 366, "D"), np.timedelta64(10 * 366, "D")
_FEW = 0.05
_ALL = 10  # patients from which it is unusual that everyone has the event
_DATED = tuple(name for name, column in COLUMNS.items() if column.kind == "date")


class _Rows:
    """What the rows of the patients say, as conditions ask it; nothing of a column that is none."""

    def __init__(self, patients: Frame) -> None:
        self.patients, self.data = patients, patients.data
        self.memory: dict[object, object] = {}

    def has(self, *names: str) -> bool:
        return any(name in self.data for name in names)

    def given(self, name: str) -> Bools:
        if name not in self.data:
            return np.zeros(len(self.data), bool)
        return np.array(self.data[name].notna(), bool)

    def says(self, name: str, level: str) -> Bools:
        if name not in self.data:
            return np.zeros(len(self.data), bool)
        return np.array((self.data[name] == level).fillna(False), bool)

    def number(self, name: str) -> Floats:
        if name not in self.data:
            return np.full(len(self.data), np.nan)
        return self.data[name].to_numpy(np.float64, na_value=np.nan)

    def dates(self, name: str) -> pd.Series:
        if name in self.data:
            return self.data[name]
        return pd.Series(pd.NaT, index=self.data.index, dtype="datetime64[s]")

    def before(self, one: str, other: str) -> Bools:
        return np.array(self.dates(one) < self.dates(other), bool)

    def months_between(self, one: pd.Series, other: pd.Series) -> Floats:
        return (other - one).dt.days.to_numpy(np.float64, na_value=np.nan) / MONTH

    @remembered
    def months(self, code: str) -> Floats:
        """Months to the event or to censoring of an endpoint, nan where dates do not tell."""
        endpoint = ENDPOINTS[code]
        events = pd.concat([self.dates(name) for name in endpoint.events], axis=1).min(axis=1)
        ends = self.dates(endpoint.last_seen[0])
        for name in endpoint.last_seen[1:]:
            ends = ends.where(ends.notna(), self.dates(name))
        return self.months_between(self.dates(START), events.where(events.notna(), ends))

    @remembered
    def ahead(self, far: np.timedelta64) -> Mapping[str, Bools]:
        """Columns of dates, and the few patients whose date lies so far after all others."""
        known = [name for name in _DATED if name in self.data]
        if (len(self.data) < 2 and not self.patients.whole) or not known:
            return {}
        latest, n = self._latest(known)
        jumps = np.flatnonzero(np.diff(latest) > far)
        few = max(1, int(_FEW * n.sum()))
        if not len(jumps) or n[jumps[-1] + 1 :].sum() > few:
            return {}
        end = latest[jumps[-1]]
        later = {name: self.data[name].to_numpy("datetime64[D]") > end for name in known}
        return {name: np.asarray(mask, bool) for name, mask in later.items() if mask.any()}

    def _latest(self, known: Sequence[str]) -> tuple[npt.NDArray[np.datetime64], Ints]:
        """The latest days of the patients, rising, and how many have each as theirs."""
        whole = [self.patients.whole[name] for name in known if name in self.patients.whole]
        if not whole:
            latest = self.data[known].max(axis=1).dropna().to_numpy("datetime64[D]")
            return np.unique(latest, return_counts=True)
        # Of a part of a table, the last days of the whole, as many as patients.
        days, where = np.unique(
            np.concatenate([each.values for each in whole]), return_inverse=True
        )
        n = np.bincount(where, np.concatenate([each.counts for each in whole])).astype(np.int64)
        rows = max(each.counts.sum() for each in whole)
        before = np.cumsum(n[::-1])[::-1] - n
        n = np.clip(rows - before, 0, n)
        return days[n > 0], n[n > 0]

    def holds(self, condition: str, of: str) -> Bools:
        """Where all parts of a condition hold: `a < b` of dates, `a = level`, `a`, `no a`."""
        # A part that begins with a sign is about the column `of`.
        found = np.ones(len(self.data), bool)
        for part in condition.split(" and "):
            words = part.split()
            match words if words[0] not in ("<", ">", "=", "!=") else [of, *words]:
                case [one, "<", other]:
                    found &= self.before(one, other)
                case [one, ">", other]:
                    found &= self.before(other, one)
                case [name, "=", level]:
                    found &= self.says(name, level)
                case [name, "!=", level]:
                    found &= ~self.says(name, level)
                case ["no", name]:
                    found &= ~self.given(name)
                case [name]:
                    found &= self.given(name)
        return found


# Conditions that are more than dates and levels -------------------------------------------------


def _entered_twice(rows: _Rows) -> Bools:
    """Two patients agree in everything only where much of it is blank, or one is the other."""
    told = rows.data[[name for name in rows.data if name not in ("patient_id", "row")]]
    known = (told.notna().sum(axis=1) >= _MUCH).to_numpy()
    return np.array(told.duplicated(keep=False), bool) & known if known.any() else known


def _contact_after_death(rows: _Rows) -> Bools:
    """Nobody is seen alive after death; dates known only roughly have the benefit of the doubt."""
    (_, death), (contact, _) = (
        span(rows.dates(name).to_numpy().astype("datetime64[D]"), rows.patients.imprecise.get(name))
        for name in ("death_date", "last_contact_date")
    )
    mask = np.array(contact - death > np.timedelta64(SLACK_DAYS, "D"), bool)
    for earlier in (START, "progression_date"):  # such a date of death is not used, and told there
        mask &= ~rows.before("death_date", earlier)
    return mask & rows.holds("vital_status != alive and os_event != no", "")


def _status_disagrees(rows: _Rows) -> Bools:
    dead = rows.holds("vital_status = dead and os_event = no and no death_date", "")
    return dead | rows.holds("vital_status = alive and os_event = yes and no death_date", "")


def _dead_undated(also: str, rows: _Rows) -> Bools:
    """A death without a date ends no follow-up, unless months are given."""
    dead = rows.says("vital_status", "dead") | rows.says("os_event", "yes")
    dated = rows.has("death_date", "last_contact_date")
    return dead & rows.holds(f"no death_date and no os_months and {also}", "") & dated


def _months_differ(endpoint: Endpoint, rows: _Rows) -> Bools:
    """Dates win over months; where they differ, somebody should look."""
    given = rows.number(endpoint.months)
    return np.asarray(np.abs(given - rows.months(endpoint.code)) > SLACK_MONTHS, bool)


def _followed(code: str, low: float, high: float, rows: _Rows) -> Bools:
    """A time between dates has the range that a time in months has."""
    return _within(rows.months(code), low, high)


def _within(months: Floats, low: float, high: float) -> Bools:
    return np.asarray((months > low) & (months <= high), bool)


def _in_another_unit(name: str, large: bool, rows: _Rows) -> Bools:
    """A size many times the others, or a part of them, may have been typed in another unit."""
    sizes = rows.number(name)
    sizes = np.where(sizes > 0, sizes, np.nan)
    held = rows.patients.whole.get(name)
    known, n = (held.values, held.counts) if held else (sizes, np.ones(len(sizes), np.int64))
    known, n = known[known > 0], n[known > 0]
    if n.sum() < _FEW_SIZES:
        return np.zeros(len(sizes), bool)
    (usual,) = quantiles(known, n, (0.5,))
    if large:
        return (sizes > usual * _TIMES) & (sizes > _LARGE_SIZE)
    return (sizes * _TIMES < usual) & (sizes < _SMALL_SIZE)


def _years_ahead(name: str, rows: _Rows) -> Bools:
    """Of the file's own dates: nothing here asks today's."""
    return rows.ahead(_YEARS).get(name, np.zeros(len(rows.data), bool))


class Rule(NamedTuple):
    """What is said of a column in the rows in which a condition holds, and what it sets aside."""

    code: str
    column: str
    condition: str | Callable[[_Rows], Bools]
    sets_aside: tuple[str, ...] = ()
    severity: Severity = "warning"  # of what sets nothing aside; all else is an error
    high: float = 0  # the limit that the sentence names


RULES: tuple[Rule, ...] = (
    Rule("same-twice", "patient_id", _entered_twice),
    Rule("death-before-start", "death_date", f"< {START}", BOTH),
    Rule("progression-before-start", "progression_date", f"< {START}", PFS),
    Rule("assessment-before-start", "last_assessment_date", f"< {START}", PFS),
    Rule("contact-before-start", "last_contact_date", f"< {START} and no death_date", BOTH),
    Rule("contact-before-start", "last_contact_date", f"< {START} and death_date"),
    Rule("diagnosed-after-start", "diagnosis_date", f"> {START}"),
    Rule("diagnosed-after-start", "liver_mets_date", f"> {START}"),
    Rule("progression-after-death", "progression_date", "> death_date", BOTH),
    Rule(
        "contact-before-progression",
        "last_contact_date",
        "< progression_date and no death_date",
        BOTH,
    ),
    Rule("contact-after-death", "last_contact_date", _contact_after_death),
    Rule("assessed-after-death", "last_assessment_date", "> death_date"),
    Rule("dead-yet-alive", "vital_status", "= alive and death_date", BOTH),
    Rule("dead-yet-alive", "os_event", "= no and vital_status != alive and death_date", BOTH),
    Rule("status-disagrees", "vital_status", _status_disagrees, BOTH),
    Rule("dead-undated", "death_date", partial(_dead_undated, "progression_date"), ("OS",)),
    Rule("dead-undated", "death_date", partial(_dead_undated, "no progression_date"), BOTH),
    Rule(
        "progressed-undated",
        "progression_date",
        "progression = yes and no progression_date and no pfs_months and no ttp_months",
        PFS,
    ),
    Rule("dated-yet-none", "progression", "= no and progression_date", PFS),
    *(
        Rule("months-differ", each.months, partial(_months_differ, each))
        for each in ENDPOINTS.values()
    ),
    *(
        Rule(code, each.last_seen[-1], partial(_followed, each.code, low, high), aside, high=low)
        for each in ENDPOINTS.values()
        for code, low, high, aside in (
            ("followed-too-long", MOST_MONTHS, np.inf, (each.code,)),
            ("followed-long", LIKELY_MONTHS, MOST_MONTHS, ()),
        )
    ),
    Rule(
        "pfs-beyond-os",
        "pfs_months",
        lambda rows: rows.number("pfs_months") > rows.number("os_months") + _ROUNDED,
        PFS,
    ),
    Rule(
        "day-zero",
        "last_contact_date",
        lambda rows: (rows.months("OS") == 0) | (rows.number("os_months") == 0),
        severity="note",
    ),
    Rule(
        "no-use",
        "ttp_months",
        lambda rows: (
            rows.given("ttp_months") & (not rows.has("pfs_months", "progression_date", "ttp_event"))
        ),
    ),
    *(
        Rule(code, name, partial(_in_another_unit, name, large))
        for name in ("largest_lesion_mm", "baseline_sld_mm")
        for code, large in (("too-small", False), ("checks-too-large", True))
    ),
    *(Rule("years-ahead", name, partial(_years_ahead, name)) for name in _DATED),
)
"""What is told, in this order."""


def check(patients: Frame, tables: Mapping[str, pd.DataFrame], sheet: str) -> list[Finding]:
    """Run every rule over the patients, with what was derived of them."""
    rows, found = _Rows(patients), list[Finding]()
    for code, column, said, aside, severity, high in RULES:
        mask = rows.holds(said, column) if isinstance(said, str) else said(rows)
        named: dict[str, Any] = {"high": high} if high else {}
        severe = "error" if aside else severity
        found += patients.tell(severe, code, column, mask, sets_aside=aside, **named)
    return [*(replace(each, sheet=sheet) for each in found), *_new_lesion_not_pd(tables)]


def _new_lesion_not_pd(tables: Mapping[str, pd.DataFrame]) -> Iterator[Finding]:
    visits = tables.get("assessments")
    if visits is None or not {"new_lesion", "response_recorded"} <= set(visits):
        return
    known = visits["response_recorded"].isin(["CR", "PR", "SD"])
    mask = (visits["new_lesion"] == "yes").fillna(False).astype(bool) & known
    if mask.any():
        rows = visits.loc[mask, "row"].to_numpy()
        yield finding("warning", "new-lesion-not-pd", "assessments", "response_recorded", rows)


# Dates that cannot be, which are emptied --------------------------------------------------------


def empty_far_before(patients: Frame) -> list[Finding]:
    """Empty what came before the first procedure by more than a life; doubt what nearly did."""
    rows, found = _Rows(patients), list[Finding]()
    for name in ("diagnosis_date", "liver_mets_date", "end_systemic_date"):
        months = rows.months_between(rows.dates(name), rows.dates(START))
        too_far, far = months > MOST_MONTHS, _within(months, LIKELY_MONTHS, MOST_MONTHS)
        found += patients.tell("error", "far-too-early", name, too_far, high=MOST_MONTHS)
        found += patients.tell("warning", "far-early", name, far, high=LIKELY_MONTHS)
        _empty(patients, name, too_far)
    return found


def empty_decades_ahead(patients: Frame) -> list[Finding]:
    """Empty dates that nobody can have lived to see: one would move the end of the whole file."""
    # A long survivor may be seen years after all others, but not more than ten.
    found: list[Finding] = []
    for name, mask in _Rows(patients).ahead(_DECADE).items():
        days = patients.data[name].to_numpy("datetime64[D]")
        for row in np.flatnonzero(mask).tolist():
            alone = np.arange(len(mask)) == row
            found += patients.tell("error", "decades-ahead", name, alone, value=str(days[row]))
        _empty(patients, name, mask)
    return found


def empty_placeholders(patients: Frame) -> list[Finding]:
    """Empty days that are typed where a date is not known, by the other dates of the column."""
    # 1 January 2000 is a day like any other in a column of its years; where all others lie years
    # from it, and the more so where it recurs, it is what somebody typed for want of a date.
    found: list[Finding] = []
    for name in _DATED:
        if name in patients.data:
            days = patients.data[name].to_numpy().astype("datetime64[D]")
            for day, mask in _far(days, patients.imprecise.get(name), patients.whole.get(name)):
                severity: Severity = "note" if name in EVENT_DATES else "error"
                found += patients.tell(severity, "stands-for-none", name, mask, value=str(day))
                _empty(patients, name, mask)
                patients.without(name, day)
    return found


def _empty(patients: Frame, name: str, mask: Bools) -> None:
    if mask.any():
        patients.data[name] = patients.data[name].mask(mask)


_OTHER_DATES = 3  # other dates that a day can be judged by
_YEAR = np.timedelta64(365, "D")
_RECURS, _ONCE = 2, 8  # years from the others of a day that recurs, and of one that stands once
_ROUND, _AHEAD = 2000, 2050


def _is_usual(day: date) -> bool:
    """Whether a day is one that stands for none in one file or another: 1 January 2000."""
    return is_shaped(day) and (day.year <= _ROUND or day.year >= _AHEAD)


def _far(
    days: npt.NDArray[np.datetime64],
    roughly: tuple[npt.NDArray[np.datetime64], npt.NDArray[np.datetime64]] | None,
    whole: Held | None,
) -> Iterator[tuple[np.datetime64, Bools]]:
    """The days of a usual form that lie far from all others, and who has each."""
    exact = ~np.isnat(days) & (np.isnat(roughly[0]) if roughly else True)
    found, counts = np.unique(days[exact], return_counts=True)
    if whole is not None:
        found, where = np.unique(whole.values[~whole.rough], return_inverse=True)
        counts = np.bincount(where, whole.counts[~whole.rough], len(found))
    shaped = np.array([_is_usual(day) for day in found.tolist()], bool)
    others = found[~shaped]
    if len(others) < _OTHER_DATES or not shaped.any():
        return
    for day, count in zip(found[shaped], counts[shaped], strict=True):
        apart = _RECURS if count > 1 else _ONCE
        if day < others[0] - apart * _YEAR or day > others[-1] + apart * _YEAR:
            yield day, exact & (days == day)


# What only the cohort that was read can say -----------------------------------------------------


def against_time(cohort: Cohort, patients: Frame, sheet: str) -> list[Finding]:
    """What responses and times of a cohort leave in doubt."""
    told = [
        *_responses(cohort, patients),
        *_one_outcome_alone(cohort, patients),
        *_nobody_censored(cohort, patients),
    ]
    return [replace(each, sheet=sheet) for each in told]


def _responses(cohort: Cohort, patients: Frame) -> list[Finding]:
    """No response but PD is seen long after death or last contact, nor after an earlier PD."""
    found, rows = list[Finding](), _Rows(patients)
    progressed = np.zeros(len(patients.data), bool)
    for months in RESPONSE_MONTHS:
        name = f"response_{months}m"
        if name not in patients.data:
            continue
        dead, alive = cohort.responses_beyond(name, months, WINDOW_DAYS)
        for level in RESPONDED:
            seen = rows.says(name, level)
            late, contact, doubt = seen & dead, seen & alive, seen & progressed & ~dead
            found += patients.tell(
                "error", "response-after-death", name, late, value=level, sets_aside=(RESPONSE,)
            )
            found += patients.tell("warning", "response-after-contact", name, contact, value=level)
            found += patients.tell("warning", "response-after-pd", name, doubt, value=level)
        progressed |= rows.says(name, "PD")
    return found


def _one_outcome_alone(cohort: Cohort, patients: Frame) -> Iterator[Finding]:
    """Tell of each endpoint whose times all belong to one outcome, and whom that leaves out."""
    for endpoint in cohort.endpoints:
        follow = cohort.time_to_event(endpoint)
        reasons = set(follow.reason.tolist()) & set(ONE_SIDED)
        if not reasons or follow.told is None:
            continue
        dead, name = NO_EVENT_TIMED in reasons, endpoint.months
        untimed = np.asarray(follow.told == ("yes" if dead else "no"), bool)
        yield finding(
            "warning",
            "events-untimed" if dead else "alive-untimed",
            "",
            name if name in patients.taken else patients.headers.get(name, ""),
            rows := patients.rows(untimed),
            taken_from=patients.taken.get(name, ""),
            endpoint=endpoint.label,
            count=len(rows),
        )


def _nobody_censored(cohort: Cohort, patients: Frame) -> Iterator[Finding]:
    """Tell of each endpoint whose column of the event says that it happened to everyone."""
    for endpoint in cohort.endpoints:
        told = cohort.time_to_event(endpoint).told
        columns = (endpoint.event, "vital_status") if endpoint.code == "OS" else (endpoint.event,)
        name = next((each for each in columns if each in patients.headers), "")
        if name and told is not None and len(told) >= _ALL and (told == "yes").all():
            named: dict[str, Any] = {"endpoint": endpoint.label, "count": len(told)}
            yield finding("warning", "nobody-censored", "", patients.header(name), **named)


# What an emptied cell sets aside ----------------------------------------------------------------


def consequences(patients: Frame, findings: Sequence[Finding]) -> list[Finding]:
    """Name the analyses that an emptied cell sets its row aside from."""
    # A bad date of last contact does not matter to a patient whose death is dated, nor bad months
    # where dates suffice; so one finding may become two.
    names = {header: name for name, header in patients.headers.items()}
    place = {int(row): index for index, row in enumerate(patients.data["row"])}
    outcomes = {name for each in further(patients.extra) for name in (each.months, each.event)}
    named, rows = (*COLUMNS, *outcomes), _Rows(patients)
    needing = {name: _needing(rows, name) for name in named if name in patients.data}
    told = []
    for each in findings:
        name = names.get(each.column, "")
        if each.severity != "error" or each.sets_aside or not needing.get(name):
            told.append(each)
            continue
        parts: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for row in each.rows:
            codes = tuple(code for code, mask in needing[name].items() if mask[place[row]])
            parts[codes].append(row)
        told += [replace(each, rows=tuple(own), sets_aside=codes) for codes, own in parts.items()]
    return told


def _needing(rows: _Rows, name: str) -> dict[str, Bools]:
    """For each analysis that reads a column, the patients for whom it depends on it."""
    every = np.ones(len(rows.data), bool)
    if name.startswith("response_") or name == "best_response":
        return {RESPONSE: every}
    masks = {code: _endpoint_needs(rows, code, name) for code in ENDPOINTS}
    for endpoint in further(rows.patients.extra):
        if name in (endpoint.months, endpoint.event):
            masks[endpoint.code] = every
    return {code: mask for code, mask in masks.items() if mask is not None}


def _endpoint_needs(rows: _Rows, code: str, name: str) -> Bools | None:
    """The patients whose time to an endpoint depends on a column; None if nobody's does."""
    endpoint = ENDPOINTS[code]
    if name in endpoint.events:
        return np.ones(len(rows.data), bool)
    if name == START:
        return ~rows.given(endpoint.months)
    if name in (endpoint.months, endpoint.event):
        return np.asarray(np.isnan(rows.months(code)), bool)
    event: Bools = np.any([rows.given(column) for column in endpoint.events], axis=0)
    if name in endpoint.last_seen:
        return np.logical_not(event)
    if name == "vital_status" and code == "OS":
        # Where some deaths are dated, a patient without such a date is alive.
        held = rows.patients.whole.get("death_date")
        dated = bool(rows.given("death_date").any()) or (held is not None and len(held.values) > 0)
        return np.array(~event & ~rows.given("os_event") & (not dated), bool)
    return None
