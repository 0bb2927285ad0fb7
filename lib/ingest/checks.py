"""Chronology and contradictions: each a small named check that gives findings.

A check leaves every value as it is. Where dates contradict each other, the row is set aside from
the analyses that would need to know which of them is right, and stays in the others.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.cohort import RESPONDED, Cohort, Finding, Severity
from lib.ingest.derive import span
from lib.ingest.endpoints import further
from lib.ingest.sentences import finding
from lib.ingest.tables import Frame
from lib.plan import ResponsePlan
from lib.schema import COLUMNS, ENDPOINTS, LIKELY_MONTHS, MONTH, MOST_MONTHS, RESPONSE_MONTHS
from lib.statistics.estimate import Bools

Tables = Mapping[str, pd.DataFrame]
RESPONSE = "response"
SLACK_MONTHS = 0.5
WINDOW_DAYS = ResponsePlan().window_days
SLACK_DAYS = 2  # days after a death within which it may only have been entered
_MUCH = 6  # cells beyond which two patients do not agree by chance


_FEW_SIZES, _TIMES = 4, 5
_SMALL_SIZE, _LARGE_SIZE = 10, 150
"""Millimetres below which, and beyond which, a size that differs from all others is doubted."""
_YEARS, _DECADE = np.timedelta64(3 * 366, "D"), np.timedelta64(10 * 366, "D")
_FEW = 0.05


def check(patients: Frame, tables: Tables, sheet: str) -> list[Finding]:
    """Run every check.

    `patients`: with what was derived. `sheet`: the sheet that findings name, '' where the file has
    only one.
    """
    found = [found for check in CHECKS for found in check(patients)]
    found = [replace(finding, sheet=sheet) for finding in found]
    return [*found, *_new_lesion_not_pd(tables)]


def _dates(patients: Frame, name: str) -> pd.Series:
    if name in patients.data:
        return patients.data[name]
    return pd.Series(pd.NaT, index=patients.data.index, dtype="datetime64[s]")


def _is(patients: Frame, name: str, level: str) -> Bools:
    if name not in patients.data:
        return np.zeros(len(patients.data), bool)
    return np.array((patients.data[name] == level).fillna(False), bool)


def _before(patients: Frame, one: str, other: str) -> Bools:
    return np.array(_dates(patients, one) < _dates(patients, other), bool)


def _told(
    patients: Frame,
    mask: Bools,
    code: str,
    column: str,
    sets_aside: tuple[str, ...] = (),
    severity: Severity = "error",
    value: str = "",
) -> Iterator[Finding]:
    if mask.any():
        yield finding(
            severity,
            code,
            "",
            patients.header(column),
            patients.rows(mask),
            value,
            sets_aside=sets_aside,
            taken_from=patients.taken.get(column, ""),
            count=int(mask.sum()),
        )


def dates_before_the_first_procedure(patients: Frame) -> Iterator[Finding]:
    """Nothing that follows a procedure can precede it."""
    start = "first_procedure_date"
    for name, code, aside in (
        ("death_date", "death-before-start", ("OS", "PFS")),
        ("progression_date", "progression-before-start", ("PFS",)),
        ("last_assessment_date", "assessment-before-start", ("PFS",)),
    ):
        yield from _told(patients, _before(patients, name, start), code, name, aside)
    contact = _before(patients, "last_contact_date", start)
    dead = _given(patients, "death_date")
    name, code = "last_contact_date", "contact-before-start"
    yield from _told(patients, contact & ~dead, code, name, ("OS", "PFS"))
    yield from _told(patients, contact & dead, code, name, severity="warning")


def diagnosis_after_the_first_procedure(patients: Frame) -> Iterator[Finding]:
    """A diagnosis precedes the treatment."""
    for name in ("diagnosis_date", "liver_mets_date"):
        mask = _before(patients, "first_procedure_date", name)
        yield from _told(patients, mask, "diagnosed-after-start", name, severity="warning")


def progression_after_death(patients: Frame) -> Iterator[Finding]:
    """Nobody progresses after death."""
    mask = _before(patients, "death_date", "progression_date")
    yield from _told(patients, mask, "progression-after-death", "progression_date", ("OS", "PFS"))


def contact_before_progression(patients: Frame) -> Iterator[Finding]:
    """A patient whose progression was seen was alive that day."""
    mask = _before(patients, "last_contact_date", "progression_date")
    mask &= ~_given(patients, "death_date")
    yield from _told(
        patients, mask, "contact-before-progression", "last_contact_date", ("OS", "PFS")
    )


def contact_after_death(patients: Frame) -> Iterator[Finding]:
    """Nobody is seen alive after death.

    Dates known only to the month or year have the benefit of the doubt. A date of death that
    something else contradicts is not used, and told there.
    """
    if not {"death_date", "last_contact_date"} <= set(patients.data):
        return
    (_, death), (contact, _) = (
        span(patients.data[name].to_numpy().astype("datetime64[D]"), patients.imprecise.get(name))
        for name in ("death_date", "last_contact_date")
    )
    mask = np.array(contact - death > np.timedelta64(SLACK_DAYS, "D"), bool)
    for earlier in ("first_procedure_date", "progression_date"):
        mask &= ~_before(patients, "death_date", earlier)
    mask &= ~_is(patients, "vital_status", "alive") & ~_is(patients, "os_event", "no")
    yield from _told(patients, mask, "contact-after-death", "last_contact_date", severity="warning")


def assessed_after_death(patients: Frame) -> Iterator[Finding]:
    """Nobody is scanned after death."""
    mask = _before(patients, "death_date", "last_assessment_date")
    yield from _told(
        patients, mask, "assessed-after-death", "last_assessment_date", severity="warning"
    )


def dead_yet_alive(patients: Frame) -> Iterator[Finding]:
    """A date of death and a patient recorded as alive cannot both be right."""
    dated = _given(patients, "death_date")
    for name, level in (("vital_status", "alive"), ("os_event", "no")):
        mask = dated & _is(patients, name, level)
        yield from _told(patients, mask, "dead-yet-alive", name, ("OS", "PFS"))
        dated &= ~mask


def status_disagrees(patients: Frame) -> Iterator[Finding]:
    """Vital status and death event say the same."""
    mask = _is(patients, "vital_status", "dead") & _is(patients, "os_event", "no")
    mask |= _is(patients, "vital_status", "alive") & _is(patients, "os_event", "yes")
    mask &= ~_given(patients, "death_date")
    yield from _told(patients, mask, "status-disagrees", "vital_status", ("OS", "PFS"))


def events_without_a_date(patients: Frame) -> Iterator[Finding]:
    """An event without a date ends no follow-up, unless months are given."""
    dated = any(name in patients.data for name in ("death_date", "last_contact_date"))
    dead = _is(patients, "vital_status", "dead") | _is(patients, "os_event", "yes")
    dead &= ~_given(patients, "death_date") & dated
    dead &= ~_given(patients, "os_months")
    first = _given(patients, "progression_date")
    yield from _told(patients, dead & first, "dead-undated", "death_date", ("OS",))
    yield from _told(patients, dead & ~first, "dead-undated", "death_date", ("OS", "PFS"))
    progressed = _is(patients, "progression", "yes")
    progressed &= ~_given(patients, "progression_date")
    progressed &= ~_given(patients, "pfs_months")
    yield from _told(patients, progressed, "progressed-undated", "progression_date", ("PFS",))
    mask = _is(patients, "progression", "no")
    mask &= _given(patients, "progression_date")
    yield from _told(patients, mask, "dated-yet-none", "progression", ("PFS",))


def _given(patients: Frame, name: str) -> Bools:
    if name not in patients.data:
        return np.zeros(len(patients.data), bool)
    return np.array(patients.data[name].notna(), bool)


def _months_by_dates(patients: Frame, code: str) -> npt.NDArray[np.float64]:
    """(n,) float array: months to the event or to censoring, nan where dates do not tell."""
    endpoint = ENDPOINTS[code]
    events = pd.concat([_dates(patients, name) for name in endpoint.events], axis=1).min(axis=1)
    ends = _dates(patients, endpoint.last_seen[0])
    for name in endpoint.last_seen[1:]:
        ends = ends.where(ends.notna(), _dates(patients, name))
    until = events.where(events.notna(), ends)
    days = (until - _dates(patients, "first_procedure_date")).dt.days
    return days.to_numpy(np.float64, na_value=np.nan) / MONTH


def months_differ_from_dates(patients: Frame) -> Iterator[Finding]:
    """Dates win over months; where they differ, somebody should look."""
    for code, endpoint in ENDPOINTS.items():
        if endpoint.months in patients.data:
            given = patients.data[endpoint.months].to_numpy(np.float64, na_value=np.nan)
            mask = np.abs(given - _months_by_dates(patients, code)) > SLACK_MONTHS
            yield from _told(patients, mask, "months-differ", endpoint.months, severity="warning")


def followed_for_a_life(patients: Frame) -> Iterator[Finding]:
    """A time between dates has the range that a time in months has."""
    for code in ENDPOINTS:
        months, name = _months_by_dates(patients, code), ENDPOINTS[code].last_seen[-1]
        too_long = months > MOST_MONTHS
        long = (months > LIKELY_MONTHS) & ~too_long
        yield from _beyond(patients, too_long, "followed-too-long", name, MOST_MONTHS, (code,))
        yield from _beyond(patients, long, "followed-long", name, LIKELY_MONTHS)


def _beyond(
    patients: Frame,
    mask: Bools,
    code: str,
    name: str,
    high: float,
    sets_aside: tuple[str, ...] = (),
    severity: Severity = "warning",
) -> Iterator[Finding]:
    """Tell a time between two dates that is beyond its range."""
    severity = "error" if sets_aside else severity
    for found in _told(patients, mask, code, name, sets_aside, severity):
        yield replace(found, values=(*found.values, ("high", high)))


def empty_far_before(patients: Frame) -> Iterator[Finding]:
    """Empty what came before the first procedure by more than a life; doubt what nearly did."""
    for name in ("diagnosis_date", "liver_mets_date", "end_systemic_date"):
        days = (_dates(patients, "first_procedure_date") - _dates(patients, name)).dt.days
        months = days.to_numpy(np.float64, na_value=np.nan) / MONTH
        too_far = months > MOST_MONTHS
        far = (months > LIKELY_MONTHS) & ~too_far
        yield from _beyond(patients, too_far, "far-too-early", name, MOST_MONTHS, severity="error")
        yield from _beyond(patients, far, "far-early", name, LIKELY_MONTHS)
        if too_far.any():
            patients.data[name] = patients.data[name].mask(too_far)


def progression_free_beyond_survival(patients: Frame) -> Iterator[Finding]:
    """Nobody lives longer without progression than at all."""
    if {"pfs_months", "os_months"} <= set(patients.data):
        mask = (patients.data["pfs_months"] > patients.data["os_months"] + 0.05).to_numpy()
        yield from _told(patients, mask, "pfs-beyond-os", "pfs_months", ("PFS",))


def followed_for_no_time(patients: Frame) -> Iterator[Finding]:
    """A time of 0 is legal; it is kept and counted."""
    mask = _months_by_dates(patients, "OS") == 0
    if "os_months" in patients.data:
        mask |= patients.data["os_months"].to_numpy(np.float64, na_value=np.nan) == 0
    yield from _told(patients, mask, "day-zero", "last_contact_date", severity="note")


def times_without_use(patients: Frame) -> Iterator[Finding]:
    """Times to progression alone, in a file without dates or times of progression-free survival."""
    if "ttp_months" not in patients.data:
        return
    if "pfs_months" not in patients.data and "progression_date" not in patients.data:
        known = patients.data["ttp_months"].notna().to_numpy(bool)
        yield from _told(patients, known, "no-use", "ttp_months", severity="warning")


def entered_twice(patients: Frame) -> Iterator[Finding]:
    """Two patients agree in everything only where much of it is blank, or one is the other."""
    told = [name for name in patients.data if name not in ("patient_id", "row")]
    data = patients.data[told]
    known = (data.notna().sum(axis=1) >= _MUCH).to_numpy()
    if known.any():
        mask = np.array(data.duplicated(keep=False), bool) & known
        yield from _told(patients, mask, "same-twice", "patient_id", severity="warning")


def sizes_in_another_unit(patients: Frame) -> Iterator[Finding]:
    """A size ten times the others, or a tenth of them, may have been typed in another unit."""
    for name in ("largest_lesion_mm", "baseline_sld_mm"):
        if name not in patients.data:
            continue
        sizes = patients.data[name].to_numpy(np.float64, na_value=np.nan)
        sizes = np.where(sizes > 0, sizes, np.nan)
        if np.isfinite(sizes).sum() < _FEW_SIZES:
            continue
        usual = float(np.nanmedian(sizes))
        small = (sizes * _TIMES < usual) & (sizes < _SMALL_SIZE)
        yield from _told(patients, small, "too-small", name, severity="warning")
        large = (sizes > usual * _TIMES) & (sizes > _LARGE_SIZE)
        yield from _told(patients, large, "checks-too-large", name, severity="warning")


def years_ahead_of_the_file(patients: Frame) -> Iterator[Finding]:
    """A few dates far beyond all others are slips, and one would move the end of the file.

    Nothing here asks today's date, so that a file is read the same on any day.
    """
    for name, mask in _ahead(patients, _YEARS):
        yield from _told(patients, mask, "years-ahead", name, severity="warning")


def empty_decades_ahead(patients: Frame) -> Iterator[Finding]:
    """Empty dates that nobody can have lived to see: one would move the end of the whole file.

    A long survivor may be seen years after all others, but not more than ten.
    """
    for name, mask in _ahead(patients, _DECADE):
        for row in np.flatnonzero(mask).tolist():
            day = str(patients.data[name].to_numpy("datetime64[D]")[row])
            alone = np.arange(len(mask)) == row
            yield from _told(patients, alone, "decades-ahead", name, value=day)
        patients.data[name] = patients.data[name].mask(mask)


def _ahead(patients: Frame, far: np.timedelta64) -> list[tuple[str, Bools]]:
    """Columns of dates, and the few patients whose date lies so far after all others."""
    dated = [name for name, column in COLUMNS.items() if column.kind == "date"]
    known = [name for name in dated if name in patients.data]
    if len(patients.data) < 2 or not known:
        return []
    latest = np.sort(patients.data[known].max(axis=1).dropna().to_numpy("datetime64[D]"))
    jumps = np.flatnonzero(np.diff(latest) > far)
    few = max(1, int(_FEW * len(latest)))
    if not len(jumps) or len(latest) - 1 - jumps[-1] > few:
        return []
    end = latest[jumps[-1]]
    later = {name: patients.data[name].to_numpy("datetime64[D]") > end for name in known}
    return [(name, np.asarray(mask, bool)) for name, mask in later.items() if mask.any()]


CHECKS: tuple[Callable[[Frame], Iterator[Finding]], ...] = (
    entered_twice,
    dates_before_the_first_procedure,
    diagnosis_after_the_first_procedure,
    progression_after_death,
    contact_before_progression,
    contact_after_death,
    assessed_after_death,
    dead_yet_alive,
    status_disagrees,
    events_without_a_date,
    months_differ_from_dates,
    followed_for_a_life,
    progression_free_beyond_survival,
    followed_for_no_time,
    times_without_use,
    sizes_in_another_unit,
    years_ahead_of_the_file,
)


def responses_against_time(cohort: Cohort, patients: Frame, sheet: str) -> list[Finding]:
    """No response but PD is seen long after death or last contact, nor after an earlier PD.

    Of the cohort that was read, because only its time to death says who had died by when.
    """
    found: list[Finding] = []
    progressed = np.zeros(len(patients.data), bool)
    for months in RESPONSE_MONTHS:
        name = f"response_{months}m"
        if name not in patients.data:
            continue
        dead, alive = cohort.responses_beyond(name, months, WINDOW_DAYS)
        for level in RESPONDED:
            seen = _is(patients, name, level)
            late, contact, aside = seen & dead, seen & alive, (RESPONSE,)
            found += _told(patients, late, "response-after-death", name, aside, "error", level)
            found += _told(patients, contact, "response-after-contact", name, (), "warning", level)
            doubt = seen & progressed & ~dead
            found += _told(patients, doubt, "response-after-pd", name, (), "warning", level)
        progressed |= _is(patients, name, "PD")
    return [replace(finding, sheet=sheet) for finding in found]


def _new_lesion_not_pd(tables: Tables) -> Iterator[Finding]:
    visits = tables.get("assessments")
    if visits is None or not {"new_lesion", "response_recorded"} <= set(visits):
        return
    known = visits["response_recorded"].isin(["CR", "PR", "SD"])
    mask = (visits["new_lesion"] == "yes").fillna(False).astype(bool) & known
    if mask.any():
        rows = tuple(visits.loc[mask, "row"].tolist())
        yield finding("warning", "new-lesion-not-pd", "assessments", "response_recorded", rows)


def consequences(patients: Frame, findings: Sequence[Finding]) -> list[Finding]:
    """Name the analyses that an emptied cell sets its row aside from.

    A bad date of last contact does not matter to a patient whose death is dated, nor bad months
    where dates suffice; so one finding may become two.
    """
    names = {header: name for name, header in patients.headers.items()}
    place = {int(row): index for index, row in enumerate(patients.data["row"])}
    named = (*COLUMNS, *_outcomes(patients))
    needing = {name: _needing(patients, name) for name in named if name in patients.data}
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
        told += [replace(each, rows=tuple(rows), sets_aside=codes) for codes, rows in parts.items()]
    return told


def _outcomes(patients: Frame) -> set[str]:
    """The columns of endpoints that the schema does not know."""
    return {name for each in further(patients.extra) for name in (each.months, each.event)}


def _needing(patients: Frame, name: str) -> dict[str, Bools]:
    """For each analysis that reads a column, the patients for whom it depends on it."""
    if name.startswith("response_") or name == "best_response":
        return {RESPONSE: np.ones(len(patients.data), bool)}
    masks = {code: _endpoint_needs(patients, code, name) for code in ENDPOINTS}
    for endpoint in further(patients.extra):
        if name in (endpoint.months, endpoint.event):
            masks[endpoint.code] = np.ones(len(patients.data), bool)
    return {code: mask for code, mask in masks.items() if mask is not None}


def _endpoint_needs(patients: Frame, code: str, name: str) -> Bools | None:
    """The patients whose time to an endpoint depends on a column; None if nobody's does."""
    endpoint = ENDPOINTS[code]
    if name in endpoint.events:
        return np.ones(len(patients.data), bool)
    if name == "first_procedure_date":
        return ~_given(patients, endpoint.months)
    if name in (endpoint.months, endpoint.event):
        return np.isnan(_months_by_dates(patients, code))
    event = np.zeros(len(patients.data), bool)
    for column in endpoint.events:
        event |= _given(patients, column)
    if name in endpoint.last_seen:
        return ~event
    if name == "vital_status" and code == "OS":
        # Where some deaths are dated, a patient without such a date is alive.
        dated = bool(_given(patients, "death_date").any())
        return np.array(~event & ~_given(patients, "os_event") & (not dated), bool)
    return None
