"""Follow-up in a registry: a query around a query for each rule, and life tables of all lines."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from lib.analyses import counting
from lib.analyses.counted import (
    AT_CUT_OFF,
    EARLIER_CENSORED,
    EARLIER_EVENT,
    NO_VALUE,
    Bounds,
    Counted,
    End,
    Grouping,
    Later,
    NotHeld,
    Seen,
    Switched,
)
from lib.analyses.followed import (
    BY_MONTHS,
    CLOCK_LATER,
    LIVER,
    MISSED_SCANS,
    NEVER_AT_RISK,
    NO_CLOCK,
    SCAN,
    START,
)
from lib.cohort import CohortError
from lib.followup import NO_ORIGIN, UNDATED, Groups
from lib.language import N_
from lib.plan import Origin
from lib.registry.query import TOO_LARGE, Answer, Ask, Decode, Values, named, yes
from lib.registry.selected import Patients, integers, together, total
from lib.schema import NEW_THERAPY, Endpoint, Level
from lib.statistics.estimate import Bools, Floats, Ints
from lib.statistics.life_table import LifeTable

NO_DAY = N_("What was known on an earlier day is not held in a registry.", "registry-no-day")
_TIMES = ("months", "entry", "lower", "back")  # what lines are told apart by most
_PARTS = 16  # months apart, beyond which no part is smaller
JOINT = 200_000
"""Patients up to which entries and exits are counted together; beyond, robust errors are none."""
_MISSED, _CUT_OFF = 4, 8  # marks of a line: which rule of the plan censored it
_RULES = pd.Index(["", MISSED_SCANS, AT_CUT_OFF])
_YES, _NO = 16, 32  # marks of a line: what was told of the event
_TOLD = pd.Index(["", "yes", "no"])


class _Came(NamedTuple):
    """When patients came under observation, of whom no line says when they left."""

    group: Ints  # places of groups and strata, -1 for none
    stratum: Ints
    months: Floats
    n: Ints


class _Lines(NamedTuple):
    """Follow-up as a query gives it: a line for all patients who are alike in all of this."""

    groups: Groups
    strata: Groups | None
    months: Floats
    event: Bools
    entry: Floats
    reason: pd.Categorical
    ended: pd.Categorical
    rule: pd.Categorical
    told: pd.Categorical
    flags: Mapping[str, Bools]
    n: Ints
    came: _Came | None  # where entries are not on the lines

    @property
    def used(self) -> Bools:
        return np.asarray(self.reason == "", bool)


class Follow:
    """A way to an endpoint that is being put together: a query around a query, a rule each."""

    def __init__(self, patients: Patients, endpoint: Endpoint, cut_off: date | None = None) -> None:
        self.patients, self.endpoint, self.cut_off = patients, endpoint, cut_off
        self.ask = Ask(patients.held)
        self.entry: str | None = None
        self.restarted = False
        self.rules: list[dict[str, str]] = []  # what each rule makes of the query before it
        self.flags: dict[str, str] = {}
        self.more: dict[str, str] = {}  # what the first query must give besides
        self._begin()
        if cut_off is not None:
            self._cut(cut_off)

    def _field(self, what: str) -> str:
        return named(self.patients.held.of_endpoint(self.endpoint.code, what))

    def _begin(self) -> None:
        """From the first procedure on, with the rule of missed scans where the plan has it."""
        ask, patients, endpoint = self.ask, self.patients, self.endpoint
        nobody = "" if self.cut_off else patients.nobody(endpoint)
        reason = self._field("reason")
        if nobody:
            reason = f"CASE WHEN {reason} = '' THEN {ask.value(nobody)} ELSE {reason} END"
        elif LIVER in endpoint.ends:
            undated = f"{reason} = '' AND {named('undated')}"
            reason = f"CASE WHEN {undated} THEN {ask.value(UNDATED)} ELSE {reason} END"
        self.more |= {
            "reason": reason,
            "months": self._field("months"),
            "event": self._field("event"),
            "ended": self._field("ended"),
            "told": self._field("told"),
        }
        none = "CAST(NULL AS DOUBLE PRECISION)"
        self.rules.append({"event": "event AND reason = ''", "rule": "''", "entry": none})
        self.judged = patients.plan.survival.missed_scans and SCAN in endpoint.last_seen
        if self.judged:
            self.more["scan"] = self._field("scan")
            gap = ask.value(2.0 * patients.plan.study.assessed_every + 1e-9)
            missed = f"reason = '' AND event AND COALESCE(months - scan > {gap}, FALSE)"
            self._rule(
                missed,
                months="scan",
                event="FALSE",
                ended=ask.value(SCAN),
                rule=ask.value(MISSED_SCANS),
            )
            self.more |= {
                "scanned": named("scanned"),
                "last_scan": ask.months_to(SCAN),
            }
            unjudged = "event AND NOT scanned AND NOT COALESCE(last_scan < months, FALSE)"
        if LIVER in endpoint.ends:
            for name in ("unplaced", "together", "elsewhere_first"):
                self.more[f"is_{name}"] = named(name)
                self.flags[name] = f"is_{name}"
        if self.judged:
            self.flags["scans unknown"] = unjudged

    def _cut(self, day: date) -> None:
        """Follow as was known on an earlier day, where what facts hold decides it.

        Who died or was seen later is censored on the day. Of whom more would change, by a status
        without a date, by months or by dates that are not held, `NotHeld` is the answer.
        """
        patients, ask, whole = self.patients, self.ask, self.patients.held.whole
        dated = {START, "death_date", "last_contact_date"} <= set(patients.held.columns)
        ends = min(filter(None, (whole.latest, patients.held.plan.study.as_of)), default=None)
        chosen = {each.column for each in patients.plan.study.selection}
        held = dated and whole.followed and not whole.counted and ends is not None and day < ends
        if self.endpoint.code != "OS" or not held or "modality" in chosen:
            raise NotHeld(NO_DAY)
        first, death = ask.column(START), ask.column("death_date")
        then, allowed = ask.day(day), ask.months_until(day)
        ask.only.append(f"NOT COALESCE({first} > {then}, FALSE)")
        reason, months, ended, told = map(self._field, ("reason", "months", "ended", "told"))
        said = [ask.column(name) for name in ("os_event", "vital_status") if patients.has(name)]
        silent = " AND ".join(f"{name} IS NULL" for name in said) or "FALSE"
        out = f"{reason} <> ''"
        doubtful = (
            f"{death} > {then} AND ({out} OR {first} IS NULL)",
            f"{silent} AND NOT COALESCE({death} <= {then}, FALSE)",
            f"{ended} = {ask.value(self.endpoint.months)} AND {months} > {allowed}",
            f"{told} = 'no' AND {out} AND {named('last_known')} > {allowed}",
            self._field("unread"),
        )
        doubt = " OR ".join(f"({each})" for each in doubtful)
        found = patients.ask(ask, [f"{total(yes(doubt))} AS n"])
        if int(found["n"][0]):
            raise NotHeld(NO_DAY)
        self.more["allowed"] = allowed
        self.rules.append({"cut": yes("reason = '' AND months > allowed")})
        self._rule("cut = 1 AND event", told="'no'")
        self._rule("cut = 1", months="allowed", event="FALSE", ended="'last_contact_date'")

    def _rule(self, whose: str, **becomes: str) -> None:
        self.rules.append(
            {
                name: f"CASE WHEN {whose} THEN {value} ELSE {name} END"
                for name, value in becomes.items()
            }
        )

    def from_origin(self, origin: Origin) -> None:
        """Start the clock at another date; see `followed.follow_up`."""
        if origin == START or self.endpoint.competing:
            return
        ask = self.ask
        self.more["lead"] = f"-{ask.months_to(origin)}"
        why = " ".join(
            f"WHEN {condition} THEN {ask.value(code)}"
            for condition, code in (
                (f"ended = {ask.value(self.endpoint.months)}", BY_MONTHS),
                ("lead IS NULL", NO_CLOCK),
                ("lead < 0", CLOCK_LATER),
                ("lead > 0 AND months = 0", NEVER_AT_RISK),
            )
        )
        self.rules.append({"reason": f"CASE WHEN reason <> '' THEN reason {why} ELSE '' END"})
        self.rules.append({"event": "event AND reason = ''"})
        self._rule("reason = ''", months="months + lead", entry="lead")
        self.entry = "entry"

    def until(self, later: Later) -> None:
        """Censor whoever comes to something before follow-up ends."""
        second = later == "second modality"
        self.more["later"] = named("second") if second else self.ask.months_to(NEW_THERAPY)
        at = "later" if self.entry is None else "(later + entry)"
        self.rules.append(
            {"came": f"CASE WHEN reason = '' AND later >= 0 AND {at} < months THEN 1 ELSE 0 END"}
        )
        self._rule("came = 1", months=at, event="FALSE")
        self.flags[later] = "came = 1"

    def landmark(self, months: float) -> None:
        """Start the clock again for those still at risk."""
        at, ask = self.ask.value(float(months)), self.ask
        early = f"reason = '' AND NOT months >= {at}"
        self.rules.append({"early": f"CASE WHEN {early} THEN 1 ELSE 0 END"})
        why = (
            f"CASE WHEN event THEN {ask.value(EARLIER_EVENT)}"
            f" ELSE {ask.value(EARLIER_CENSORED)} END"
        )
        self._rule("early = 1", reason=why)
        self.rules.append({"event": "event AND early = 0", "months": f"months - {at}"})
        self.entry = None
        self.restarted = True

    def query(self, groups: Mapping[str, str], alike: bool = False) -> str:
        """The query with all rules applied: a line for each patient under study.

        `alike`: or for all who are alike in what the rules look at, with their number `n`.
        """
        names = {**groups, **self.more}
        source = self.ask.source(self.patients.plan.study.selection)
        columns = ", ".join(f"{each} AS {name}" for name, each in names.items())
        sql, known = f"SELECT {columns} {source}", list(names)
        if alike:
            by = ", ".join(names)
            sql = f"SELECT {by}, COUNT(*) AS n FROM ({sql}) patients GROUP BY {by}"
            known.append("n")
        for number, rule in enumerate(self.rules):
            known += [name for name in rule if name not in known]
            each = ", ".join(f"{rule[name]} AS {name}" if name in rule else name for name in known)
            sql = f"SELECT {each} FROM ({sql}) step{number}"
        return sql

    def asked(
        self, groups: Mapping[str, str], wanted: Mapping[str, str], alike: bool = True
    ) -> Answer:
        """Ask for some columns of the query, and how many patients are alike in them.

        `alike`: whether there are few enough who are alike before rules are applied.
        """
        inner, n = self.query(groups, alike), "n" if alike else "1"
        columns = ", ".join(f"{each} AS {name}" for name, each in wanted.items())
        names = ", ".join(wanted)
        lines = f"SELECT {columns}, {n} AS n FROM ({inner}) followed"
        asked = f"SELECT {names}, {total('n')} AS n FROM ({lines}) lines"
        time = next((name for name in _TIMES if name in wanted), "")
        return self._in_parts(asked, f"GROUP BY {names}", time, 1)

    def _in_parts(self, asked: str, by: str, time: str, parts: int) -> Answer:
        """The lines of a query, by months of one of its times where all need too much memory."""
        month = f"CAST(FLOOR(ABS(COALESCE({time}, 0))) AS BIGINT)"
        found = []
        try:
            for at in range(parts):
                some = f"WHERE MOD({month}, {parts}) = {at}" if parts > 1 else ""
                found.append(self.patients.lines_of(self.ask, f"{asked} {some} {by}"))
        except CohortError as problem:
            if problem.code != TOO_LARGE.code or not time or parts >= _PARTS:
                raise
            found.clear()
            return self._in_parts(asked, by, time, 2 * parts)
        return together(found)

    def _at_cut_off(self) -> str:
        """Who was last seen, without the event, on the day of the cut-off."""
        day, ask = self.cut_off or self.patients.plan.study.as_of, self.ask
        seen_then = ["cut = 1"] if self.cut_off else []
        for at, name in enumerate(self.endpoint.last_seen):
            if day is not None and self.patients.has(name):
                self.more[f"then{at}"] = yes(f"{ask.column(name)} = {ask.day(day)}")
                seen_then.append(f"(ended = {ask.value(name)} AND then{at} = 1)")
        return f"NOT event AND ({' OR '.join(seen_then)})" if seen_then else "FALSE"

    def lines(self, by: Grouping, strata: str) -> _Lines:
        """Ask, by group and by the levels of another column."""
        patients, ask = self.patients, self.ask
        group, decode = patients.grouped(ask, by, 0)
        names, flags = {"g": group}, dict(self.flags)
        decode_strata: Decode | None = None
        if strata:
            names["s"], decode_strata = patients.grouped(ask, strata, 1)
        if self.restarted and isinstance(by, Seen):
            names["lettered"] = yes("seen0.lettered AND seen0.level IS NOT NULL")
            disease = by.way in ("response", "disease")
            flags["recorded late"] = "lettered = 1" if disease else "FALSE"
        both = {name: name for name in names if name != "lettered"}
        at_cut_off = self._at_cut_off()
        used = "reason = ''"
        marks = {
            used: 1,
            f"{used} AND event": 2,
            "rule <> ''": _MISSED,
            f"rule = '' AND {at_cut_off}": _CUT_OFF,
            "told = 'yes'": _YES,
            "told = 'no'": _NO,
            **{f"{used} AND {each}": 64 << at for at, each in enumerate(flags.values())},
        }
        wanted = {
            **both,
            "said": f"CASE WHEN {used} THEN ended ELSE reason END",
            "months": f"CASE WHEN {used} THEN months END",
            "marks": " + ".join(
                f"CASE WHEN {each} THEN {n} ELSE 0 END" for each, n in marks.items()
            ),
        }
        joint = self.entry is not None and patients.held.n <= JOINT
        if joint:
            wanted["entry"] = f"CASE WHEN {used} THEN entry END"
        found = self.asked(names, wanted, joint or self.entry is None)
        marked = integers(found["marks"])
        in_use = marked & 1 > 0
        months = np.asarray(found["months"], np.float64)
        said = _words(found["said"])
        groups = _decoded(decode, found["g"])
        in_strata = _decoded(decode_strata, found["s"]) if decode_strata else None
        came = None
        if self.entry and not joint:
            late = self.asked(names, {**both, "entry": f"CASE WHEN {used} THEN entry END"}, False)
            came = _Came(
                _placed(_decoded(decode, late["g"]), groups),
                _placed(_decoded(decode_strata, late["s"]), in_strata)
                if decode_strata and in_strata
                else np.full(len(late["n"]), -1),
                np.asarray(late["entry"], np.float64),
                integers(late["n"]),
            )
        return _Lines(
            groups,
            in_strata,
            months,
            np.asarray(marked & 2 > 0, bool),
            np.asarray(found["entry"], np.float64) if joint else np.full(len(months), np.nan),
            _where(~in_use, said),
            _where(in_use, said),
            _coded((marked & (_MISSED | _CUT_OFF)) // _MISSED, _RULES),
            _coded((marked & (_YES | _NO)) // _YES, _TOLD),
            {name: np.asarray(marked & 64 << at > 0, bool) for at, name in enumerate(flags)},
            integers(found["n"]),
            came,
        )

    def counted(self, by: Grouping, strata: str) -> Counted:
        """Count by group, and by the levels of another column."""
        lines = self.lines(by, strata)
        if self.cut_off is not None and _one_sided(lines):
            raise NotHeld(NO_DAY)
        size = len(lines.groups.levels) + 1
        group = lines.groups.codes % size

        def by_group(mask: Bools) -> Ints:
            return _bincount(group[mask], lines.n[mask], size)

        used = lines.used
        told = np.zeros((2, 2, size), np.int64)
        for at, said in enumerate(("yes", "no")):
            whose = lines.told == said
            told[at] = by_group(whose & ~used), by_group(whose)
        reasons = sorted(set(lines.reason.unique()) - {""})
        return Counted(
            self.endpoint,
            lines.groups.column if by != "" else None,
            lines.groups.levels,
            by_group(np.ones(len(group), bool)),
            _table(lines, self.endpoint),
            {reason: by_group(lines.reason == reason) for reason in reasons},
            _ended(lines, by_group),
            told,
            {name: by_group(used & mask) for name, mask in lines.flags.items()},
            self.entry is not None,
            self.living(lines),
            () if lines.strata is None else _in_strata(lines, self.endpoint, lines.strata),
        )

    def living(self, lines: _Lines) -> LifeTable | None:
        """Those left out alive, until the last date that is known of each; None where none is."""
        left = (lines.told == "no") & ~lines.used & (lines.reason != NO_ORIGIN)
        followed = self.endpoint.code == "OS" and self.entry is None and lines.used.any()
        if not followed or not left.any():
            return None
        self.ask.joins.clear()  # nothing groups them
        self.more["last_known"] = named("last_known")
        alive = f"told = 'no' AND reason <> '' AND reason <> {self.ask.value(NO_ORIGIN)}"
        back = f"CASE WHEN {alive} AND last_known > 0 THEN last_known END"
        found = self.asked({}, {"back": back}, False)
        months = np.asarray(found["back"], np.float64)
        known = ~np.isnan(months)
        if not known.any():
            return None
        none = np.zeros(int(known.sum()), np.int64)
        n = integers(found["n"])[known]
        return LifeTable.from_counts(months[known], none, n, none, (NO_VALUE.code,))

    def bounds(self, by: Grouping) -> Bounds:
        """Between which scans events lie: on its day where one was censored by a rule."""
        group, decode = self.patients.grouped(self.ask, by, 0)
        self.more |= {"lower": self._field("lower"), "unscanned": self._field("unscanned")}
        missed = "rule <> ''"
        used = "reason = ''"
        found = self.asked(
            {"g": group},
            {
                "g": "g",
                "used": yes(used),
                "lower": f"CASE WHEN {used} THEN CASE WHEN {missed} THEN months ELSE lower END END",
                "upper": f"CASE WHEN {used} AND event THEN months END",
                "unscanned": yes(f"{used} AND unscanned AND NOT {missed}"),
            },
        )
        groups, n = decode(found["g"]), integers(found["n"])
        upper = np.asarray(found["upper"], np.float64)
        return counting.bounds(
            groups,
            np.asarray(found["lower"], np.float64),
            np.where(np.isnan(upper), np.inf, upper),
            np.asarray(found["used"] == 1, bool),
            np.asarray(found["unscanned"] == 1, bool),
            n,
        )

    def switched(self) -> Switched:
        """Cut at the month of a second modality."""
        self.more["second"] = named("second")
        wanted = {
            "used": yes("reason = ''"),
            "months": "CASE WHEN reason = '' THEN months END",
            "event": yes("event"),
            "second": "CASE WHEN reason = '' THEN second END",
        }
        found = self.asked({}, wanted)
        used = found["used"] == 1
        return counting.cut_at(
            np.asarray(found["months"], np.float64)[used],
            np.asarray(found["event"] == 1, bool)[used],
            np.asarray(found["second"], np.float64)[used],
            integers(found["n"])[used],
        )


def _bincount(codes: Ints, n: Ints, size: int) -> Ints:
    found = np.zeros(size, np.int64)
    np.add.at(found, codes, n)
    return found


def _events(lines: _Lines, endpoint: Endpoint) -> Ints:
    """The code of each line's event: of one cause, or of those that compete."""
    if not endpoint.competing:
        return lines.event.astype(np.int64)
    place = pd.Index(endpoint.ends).get_indexer(lines.ended.categories) + 1
    return np.where(lines.event, place[lines.ended.codes], 0).astype(np.int64)


def _one_sided(lines: _Lines) -> bool:
    """Whether all with the event, or all without it, are left out."""
    every, used = lines.told.unique(), lines.told[lines.used].unique()
    return bool(set(every) - set(used) - {""})


def _decoded(decode: Decode, found: Values) -> Groups:
    """The level of each line, of which many have the same value."""
    line, values = pd.factorize(found)
    groups = decode(values)
    return replace(groups, codes=np.append(groups.codes, -1)[line])


def _words(said: Values) -> pd.Categorical:
    """Words of lines, of which there are few; '' is always the first."""
    line, values = pd.factorize(said)
    words = pd.Index(["", *(each for each in values.tolist() if each)])
    places = words.get_indexer(pd.Index(values))
    return _coded(np.append(places, 0)[line], words)


def _coded(codes: npt.NDArray[Any], words: pd.Index) -> pd.Categorical:
    return pd.Categorical.from_codes(codes.astype(np.int8), words)


def _where(kept: Bools, words: pd.Categorical) -> pd.Categorical:
    """Words of some lines, '' of all others."""
    return _coded(np.where(kept, words.codes, 0), words.categories)


def _placed(groups: Groups, among: Groups) -> Ints:
    """Codes of levels by their places among those of others."""
    place = np.array([among.levels.index(level) for level in groups.levels] + [-1], np.int64)
    return place[groups.codes]


def _table(lines: _Lines, endpoint: Endpoint, stratum: int | None = None) -> LifeTable:
    """The life table of all lines, or of one stratum."""
    names = (*(level.code for level in lines.groups.levels), NO_VALUE.code)
    kept, came, entered = lines.used, lines.came, None
    if stratum is not None and lines.strata is not None:
        kept = kept & (lines.strata.codes == stratum)
    entry = lines.entry[kept]
    if came is not None:
        late = (came.months > 0) & (True if stratum is None else came.stratum == stratum)
        entered = (came.months[late], came.n[late], came.group[late] % len(names))
    table = LifeTable.from_counts(
        lines.months[kept],
        _events(lines, endpoint)[kept],
        lines.n[kept],
        (lines.groups.codes % len(names))[kept],
        names,
        entry=None if np.isnan(entry).all() else entry,
        entered=entered,
    )
    return table.with_causes(len(endpoint.ends)) if endpoint.competing else table


def _in_strata(
    lines: _Lines, endpoint: Endpoint, strata: Groups
) -> tuple[tuple[Level, LifeTable], ...]:
    places = (*range(len(strata.levels)), -1)
    return tuple(
        (level, _table(lines, endpoint, at))
        for at, level in zip(places, (*strata.levels, NO_VALUE), strict=True)
    )


def _ended(lines: _Lines, by_group: Callable[[Bools], Ints]) -> dict[End, Ints]:
    used = lines.used
    found = {}
    for column, event, rule in product(
        lines.ended[used].unique(), (False, True), lines.rule[used].unique()
    ):
        alike = (lines.ended == column) & (lines.event == event) & (lines.rule == rule)
        if (used & alike).any():
            found[End(str(column), event, str(rule))] = by_group(used & alike)
    return {end: found[end] for end in sorted(found, key=counting.in_order)}
