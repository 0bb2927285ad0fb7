"""Single patients of a registry, a page at a time: no more of them are fetched."""

from collections.abc import Sequence
from math import isnan, nan

import numpy as np

from lib.analyses.complications import DONE
from lib.analyses.counted import ALL, NO_VALUE
from lib.analyses.followed import START
from lib.analyses.memory import SHOWN_BY, reads
from lib.analyses.patients import (
    ENDS,
    NO_START,
    PROGRESSIONS,
    Bar,
    Lane,
    LeftOut,
    Mark,
    Page,
    Place,
    Sort,
    Swimmer,
    Waterfall,
    by_letter,
    first_of_each,
    progressions,
)
from lib.followup import DOUBTED
from lib.language import template
from lib.registry.facts import PATIENT
from lib.registry.query import Answer, Ask, Decode, named, yes
from lib.registry.selected import Patients
from lib.schema import ENDPOINTS, RESPONSE_MONTHS, RESPONSES, Column, Level

MOST = 25  # patients of a page
FALLING: tuple[Sort, ...] = ("follow-up", "change")
"""The orders that go from more to less of a number."""
CHANGE, BEST = "best_change_pct", "best_response"
_LAST = "1e9"  # where whoever has no value stands
_NUMBER = "DOUBLE PRECISION"
_OS = ENDPOINTS["OS"]


@reads(*SHOWN_BY)
def page(
    registry: Patients, sort: Sort = "follow-up", first: int = 0, after: Place | None = None
) -> Page:
    """Fetch the patients who follow in an order: one query, of these rows alone.

    Parameters
    ----------
    registry : Patients
        Whose plan selects and groups.
    sort : Sort, optional
        By follow-up from long to short, by best response, by what ends follow-up, or by the change
        that is given from growth to shrinkage. Equal ones stand by follow-up, then as they were.
    first : int, optional
        How many stand before them.
    after : Place, optional
        `Page.following` of the page before; none of the first.
    """
    ask, by = Ask(registry.held), registry.plan.study.by
    grouped = registry.grouped(ask, by) if registry.known(by) else None
    sql = _query(registry, ask, grouped[0] if grouped else "0", sort, after)
    lines = _Lines(registry.asked(sql, ask.values))
    column, levels, of = _levels(registry, lines, grouped[1] if grouped else None)
    places = lines.places[:MOST]
    drawn = [lines.lane(at, of[at[0]]) for at in places]
    bars = [lines.bar(at, of[at[0]]) for at in places if not isnan(lines.number("given", at[0]))]
    known = registry.provenance, column, levels
    lanes = tuple(each for each in drawn if isinstance(each, Lane))
    left_out = tuple(each for each in drawn if isinstance(each, LeftOut))
    return Page(
        registry.provenance,
        sort,
        first,
        Swimmer(*known, lanes, left_out, 0),
        Waterfall(*known, tuple(bars), ()),
        tuple((lines.name(at[0]), lines.word("best", at[0])) for at in places),
        lines.place(places[-1][0]) if len(lines.places) > MOST else None,
    )


@reads()
def begin(registry: Patients, sort: Sort, at: float) -> tuple[int, Place]:
    """Where those begin who have at most so many months, or per cent, or stand so far down a list.

    Parameters
    ----------
    registry : Patients
        Whose plan selects.
    sort : Sort
        As of `page`.
    at : float
        Months of follow-up; per cent of change; of a response its place in `RESPONSES`; of what
        ends follow-up its place in `ENDS`.

    Returns
    -------
    tuple of int and Place
        How many stand before them, and a place before the first of them.
    """
    place = (-at if sort in FALLING else at, -float(_LAST), -1)
    ask = Ask(registry.held)
    placed = _placed(registry, ask, sort)
    sql = f"SELECT COUNT(*) AS n FROM ({placed}) placed WHERE NOT ({_follows(ask, place)})"
    return int(registry.asked(sql, ask.values)["n"][0]), place


def _levels(
    registry: Patients, lines: "_Lines", decode: Decode | None
) -> tuple[Column | None, tuple[Level, ...], list[Level]]:
    """The grouping column, its levels among all patients, and the level of each line."""
    if decode is None:
        return None, (ALL,), [ALL] * lines.n
    counts, groups = registry.counts(registry.plan.study.by), decode(lines.found["g"])
    nothing = Level(NO_VALUE.code, NO_VALUE.label, of=counts.column)
    of = [groups.levels[code] if code >= 0 else nothing for code in groups.codes.tolist()]
    return counts.column, (*counts.levels, nothing) if counts.missing else counts.levels, of


# The query -------------------------------------------------------------------------------------


def _query(registry: Patients, ask: Ask, group: str, sort: Sort, after: Place | None) -> str:
    """The patients of a page, each with a line for every procedure."""
    more = {"g": group, "done": "events.kind", "month": "events.months"}
    more |= {f"letter{at}": _word(registry, f"response_{at}m") for at in RESPONSE_MONTHS}
    more |= {kind: ask.months_to(name) for kind, name in PROGRESSIONS.items()}
    more |= {kind: ask.months_to(f"first_{kind}_date") for kind in ("hai", "tace")}
    more["received"] = _word(registry, "modality")
    columns = ", ".join(f"{each} AS {name}" for name, each in more.items())
    order = "place, back, who"
    before = "" if after is None else f"WHERE {_follows(ask, after)}"
    some = f"SELECT * FROM ({_placed(registry, ask, sort)}) placed {before} ORDER BY {order}"
    return (
        f"SELECT page.*, {columns} FROM ({some} LIMIT {MOST + 1}) page"
        f" JOIN facts ON facts.{PATIENT} = page.who LEFT JOIN events"
        f" ON events.{PATIENT} = page.who AND events.what = {ask.value(DONE)}"
        f" ORDER BY {order}, month"
    )


def _placed(registry: Patients, ask: Ask, sort: Sort) -> str:
    """All patients under study, with where they stand in an order."""
    reason, months, event = (
        named(registry.held.of_endpoint(_OS.code, name)) for name in ("reason", "months", "event")
    )
    if nobody := registry.nobody(_OS):
        reason = f"CASE WHEN {reason} = '' THEN {ask.value(nobody)} ELSE {reason} END"
    said = {"vital_status": "dead", "os_event": "yes"}
    dead = " OR ".join(f"{ask.column(name)} = {ask.value(level)}" for name, level in said.items())
    each = {
        **{"who": f"facts.{PATIENT}", "why": reason, "months": months, "event": yes(event)},
        **{"latest": named("last_known"), "begun": yes(f"{ask.column(START)} IS NOT NULL")},
        **{"dead": yes(dead), "lost": yes(f"{ask.column('vital_status')} = {ask.value('lost')}")},
        **{"best": _word(registry, BEST), "given": f"CAST({ask.column(CHANGE)} AS {_NUMBER})"},
    }
    columns = ", ".join(f"{what} AS {name}" for name, what in each.items())
    rows = f"SELECT {columns} {ask.source(registry.plan.study.selection)}"
    doubted = f"why IN ({', '.join(map(ask.value, DOUBTED))})"
    followed = f"CASE WHEN why = '' THEN months WHEN NOT {doubted} AND latest >= 0 THEN latest END"
    ends = ("why = '' AND event = 1", "event = 1 OR dead = 1", "lost = 1", "why = ''")
    ended = " ".join(f"WHEN {each} THEN {at}" for at, each in enumerate(ends))
    never = f"NOT {doubted} AND begun = 0"
    why = f"CASE WHEN {never} THEN {ask.value(NO_START.code)} ELSE why END"
    laid = (
        f"SELECT who, {why} AS why, best, given, {followed} AS followed,"
        f" CASE {ended} ELSE {len(ends)} END AS finished FROM ({rows}) patients"
    )
    letters = " ".join(
        f"WHEN best = {ask.value(level.code)} THEN {at}" for at, level in enumerate(RESPONSES)
    )
    place = {
        "follow-up": f"COALESCE(-followed, {_LAST})",
        "response": f"CASE {letters} ELSE {_LAST} END",
        "end": f"CASE WHEN followed IS NULL THEN {_LAST} ELSE finished END",
        "change": f"COALESCE(-given, {_LAST})",
    }[sort]
    return (
        f"SELECT who, why, best, given, followed, finished, CAST({place} AS {_NUMBER}) AS place,"
        f" CAST(COALESCE(-followed, {_LAST}) AS {_NUMBER}) AS back FROM ({laid}) laid"
    )


def _word(registry: Patients, name: str) -> str:
    """A column of words; no word where the registry has none."""
    return Ask(registry.held).column(name) if registry.has(name) else "''"


def _follows(ask: Ask, after: Place) -> str:
    """Whether somebody stands after a place."""
    place, back, who = map(ask.value, after)
    tied = f"back > {back} OR (back = {back} AND who > {who})"
    return f"place > {place} OR (place = {place} AND ({tied}))"


# What it gives ---------------------------------------------------------------------------------


class _Lines:
    """What the query gives: a line for each procedure of a patient, or one without any."""

    def __init__(self, found: Answer) -> None:
        self.found, self.n = found, len(found["who"])
        who = np.asarray(found["who"], np.int64)
        starts = np.flatnonzero(np.diff(who, prepend=-1)).tolist()
        ends = [*starts, self.n][1:]
        self.places = [range(*each) for each in zip(starts, ends, strict=True)]

    def name(self, at: int) -> str:
        """The number that the registry gave to a patient."""
        return str(int(self.found["who"][at]))

    def number(self, name: str, at: int) -> float:
        """A number of a line, nan where there is none."""
        value = self.found[name][at]
        return nan if value is None else float(value)

    def word(self, name: str, at: int) -> str:
        """A word of a line, '' where there is none."""
        value = self.found[name][at]
        return value if isinstance(value, str) else ""

    def place(self, at: int) -> Place:
        """Where the patient stands."""
        return self.number("place", at), self.number("back", at), int(self.found["who"][at])

    def lane(self, at: Sequence[int], level: Level) -> Lane | LeftOut:
        """The course of a patient, or why there is none."""
        one, followed = at[0], self.number("followed", at[0])
        if isnan(followed):
            return LeftOut(self.name(one), template(self.word("why", one)), level)
        end = ENDS[int(self.found["finished"][one])]
        change = self.number("given", one) / 100
        return Lane(self.name(one), level, followed, end, self._marks(at, end), change)

    def _marks(self, at: Sequence[int], end: str) -> tuple[Mark, ...]:
        one = at[0]
        months = [(self.number("month", each), self.word("done", each)) for each in at]
        marks = [Mark("procedure", month, kind) for month, kind in months if not isnan(month)]
        first = (self.number("hai", one), self.number("tace", one), self.word("received", one))
        died = self.number("followed", one) if end == ENDS[0] else np.inf
        letters = {at: self.word(f"letter{at}", one) for at in RESPONSE_MONTHS}
        marks = (marks or first_of_each(*first)) + by_letter(letters, died)
        marks += progressions([self.number(kind, one) for kind in PROGRESSIONS])
        return tuple(sorted(marks, key=lambda mark: mark.months))

    def bar(self, at: Sequence[int], level: Level) -> Bar:
        """The change of a patient as it is given."""
        one = at[0]
        change, best = self.number("given", one) / 100, self.word("best", one)
        followed = self.number("followed", one)
        return Bar(self.name(one), level, change, nan, best, nan, (), followed, given=True)
