"""Complications of the patients of a registry, in lines of those who are alike."""

from collections.abc import Mapping, Sequence

import numpy as np

from lib.analyses.arms import Arms
from lib.analyses.complications import (
    CELLS,
    DENIED,
    IN_ROW,
    LISTED,
    OF_PATIENT,
    SCALES,
    UNKNOWN,
    Lines,
    Recorded,
)
from lib.analyses.memory import latest
from lib.registry.facts import PATIENT
from lib.registry.query import Answer, Ask, Decode, named, yes
from lib.registry.selected import Patients, integers

ENTRIES = f"JOIN events ON events.{PATIENT} = facts.{PATIENT}"
_HAD = tuple(f"had{when}" for when in range(UNKNOWN + 1))
_WORST = tuple(f"worst{at}" for at in range(len(CELLS)))
_GRADES = 1 + max(len(scale.grades) for scale in SCALES)  # with that of what has none
_HIGHEST = np.array([each.bit_length() - 1 for each in range(1 << _GRADES)])
_STRETCHES = 1000  # of numbers of patients, of which some have as many as are joined at once
_FLAGS = {*OF_PATIENT, *_HAD, "dead", "in_row"}


def graded(patients: Patients) -> bool:
    """Whether the table of events says something of them."""
    ask = Ask(patients.held, joins=[ENTRIES])
    ask.only.append(_among(ask, (LISTED, DENIED)))
    return bool(patients.some(ask, {"graded": "TRUE"}))


def recorded(patients: Patients, arms: Arms) -> Recorded:
    """What is recorded of patients; see `complications.Recorded`."""
    return Recorded(_of_patients(patients, arms), _entries(patients, arms), _worst(patients, arms))


def _of_patients(patients: Patients, arms: Arms) -> Lines:
    some = _Some(patients)
    ask, had = some.ask, [f"MAX({yes(f'came = {at}')}) AS {name}" for at, name in enumerate(_HAD)]
    ask.joins.append(
        f"LEFT JOIN (SELECT {PATIENT} AS whose, {', '.join(had)} FROM events"
        f" WHERE flagged = 1 AND {_among(ask, (LISTED,))} AND {some.of('events')}"
        f" GROUP BY {PATIENT}) had ON had.whose = facts.{PATIENT}"
    )
    ask.only.append(some.of("facts"))
    group, decode = patients.grouped(ask, arms.column.name)
    names = {"g": group, **{name: yes(named(name)) for name in OF_PATIENT}, "dead": _dead(ask)}
    names["in_row"] = yes(f"{ask.column('pes')} = {ask.value('yes')}")
    names |= {name: yes(f"{name} = 1") for name in _HAD}
    return _lines(some.alike(names), decode, arms)


def _entries(patients: Patients, arms: Arms) -> Lines:
    some = _Some(patients)
    ask = some.ask
    ask.joins.append(ENTRIES)
    ask.only.extend(map(some.of, ("facts", "events")))
    group, decode = patients.grouped(ask, arms.column.name)
    names = {"g": group}
    names |= {name: name for name in ("what", "kind", "grade", "came", "flagged", "marks")}
    return _lines(some.alike(names), decode, arms)


def _worst(patients: Patients, arms: Arms) -> Lines:
    """A bit says of a patient that an entry in a cell has a grade; the highest is the worst."""
    some = _Some(patients)
    ask = some.ask
    cell = f"2 * came + {yes('flagged = 1')}"
    had = f"BIT_OR(CAST(POWER(2, {_GRADES} * ({cell}) + grade) AS BIGINT))"
    ask.joins.append(
        f"JOIN (SELECT {PATIENT} AS whose, kind, {had} AS had FROM events"
        f" WHERE {_among(ask, (LISTED, IN_ROW))} AND kind <> '' AND {some.of('events')}"
        f" GROUP BY {PATIENT}, kind) had ON had.whose = facts.{PATIENT}"
    )
    ask.only.append(some.of("facts"))
    group, decode = patients.grouped(ask, arms.column.name)
    names = {"g": group, "kind": "kind", "changed": yes(named("changed")), "dead": _dead(ask)}
    names["had"] = "had.had"
    found = _lines(some.alike(names), decode, arms)
    had_ = integers(found["had"])
    cells = {name: had_ >> _GRADES * at & (1 << _GRADES) - 1 for at, name in enumerate(_WORST)}
    worst = {name: _HIGHEST[each] for name, each in cells.items()}
    return {name: each for name, each in found.items() if name != "had"} | worst


class _Some:
    """So many patients at a time as an engine joins with their entries at once."""

    def __init__(self, patients: Patients) -> None:
        self.patients, self.ask = patients, Ask(patients.held)
        most = patients.engine.at_once
        self.most = most if most is not None and patients.held.n > most else None
        self.ends = ("", "") if self.most is None else (self.ask.value(0), self.ask.value(0))

    def of(self, table: str) -> str:
        """Whether a line of a table is of one of them."""
        return (
            "TRUE" if self.most is None else f"{table}.{PATIENT} BETWEEN {' AND '.join(self.ends)}"
        )

    def alike(self, names: Mapping[str, str]) -> Answer:
        """All patients in lines of those who are alike; such lines may stand more than once."""
        by = ", ".join(names)
        source = self.ask.source(self.patients.plan.study.selection)
        sql = f"SELECT {', '.join(f'{each} AS {name}' for name, each in names.items())} {source}"
        sql = f"SELECT {by}, COUNT(*) AS n FROM ({sql}) lines GROUP BY {by}"
        low, high = (each.removeprefix(":") for each in self.ends)
        every: list[dict[str, object]] = [{}]
        if self.most is not None:
            pairs = latest(self.patients.kept, "numbers", self.most, 1, self._parts)
            every = [{low: first, high: last} for first, last in pairs]
        parts = [self.patients.asked(sql, self.ask.values | each) for each in every]
        return {name: np.concatenate([each[name] for each in parts]) for name in parts[0]}

    def _parts(self) -> list[tuple[int, int]]:
        """From which number to which so many patients have."""
        ends = f"MIN({PATIENT}) AS low, MAX({PATIENT}) AS high"
        found = self.patients.asked(f"SELECT {ends} FROM facts", {})
        first, last = (int(found[name][0]) for name in ("low", "high"))
        wide = (last - first) // _STRETCHES + 1  # numbers of patients may be far apart
        sql = (
            f"SELECT stretch, COUNT(*) AS n FROM (SELECT FLOOR(({PATIENT} - :p0) / :p1) AS stretch"
            " FROM facts) patients GROUP BY stretch"
        )
        found = self.patients.asked(sql, {"p0": first, "p1": float(wide)})
        order = np.argsort(found["stretch"])
        starts = first + integers(found["stretch"])[order] * wide
        part = np.cumsum(integers(found["n"])[order]) // (self.most or 1)
        cuts = starts[np.flatnonzero(np.diff(part, prepend=-1))].tolist()
        return [(start, end - 1) for start, end in zip(cuts, [*cuts[1:], last + 1], strict=True)]


def _among(ask: Ask, what: Sequence[str]) -> str:
    """Whether an entry is one of these."""
    return f"events.what IN ({', '.join(map(ask.value, what))})"


def _dead(ask: Ask) -> str:
    status = f"{ask.column('vital_status')} = {ask.value('dead')}"
    return yes(f"{ask.column('death_date')} IS NOT NULL OR {status}")


def _lines(found: Answer, decode: Decode, arms: Arms) -> Lines:
    groups = decode(found["g"])
    arm = np.full(len(groups.codes), -1)
    for number, level in enumerate(arms.levels):
        if level in groups.levels:
            arm[groups.codes == groups.levels.index(level)] = number
    lines = {
        name: values if name in ("what", "kind") else integers(values)
        for name, values in found.items()
        if name != "g"
    }
    flags = {name: values > 0 for name, values in lines.items() if name in _FLAGS}
    return {**lines, **flags, "arm": arm}
