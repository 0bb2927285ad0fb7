"""Complications of the patients of a registry, in lines of those who are alike."""

from collections.abc import Sequence

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
from lib.registry.facts import PATIENT
from lib.registry.query import Answer, Ask, Decode, named, yes
from lib.registry.selected import Patients, integers

ENTRIES = f"JOIN events ON events.{PATIENT} = facts.{PATIENT}"
_HAD = tuple(f"had{when}" for when in range(UNKNOWN + 1))
_WORST = tuple(f"worst{at}" for at in range(len(CELLS)))
_GRADES = 1 + max(len(scale.grades) for scale in SCALES)  # with that of what has none
_HIGHEST = np.array([each.bit_length() - 1 for each in range(1 << _GRADES)])
_FLAGS = {*OF_PATIENT, *_HAD, "dead", "in_row"}


def graded(patients: Patients) -> bool:
    """Whether the table of events says something of them."""
    ask = Ask(patients.held, joins=[ENTRIES])
    ask.only.extend((_among(ask, (LISTED, DENIED)), ask.within("events")))
    return bool(patients.some(ask, {"graded": "TRUE"}))


def recorded(patients: Patients, arms: Arms) -> Recorded:
    """What is recorded of patients; see `complications.Recorded`."""
    return Recorded(_of_patients(patients, arms), _entries(patients, arms), _worst(patients, arms))


def _of_patients(patients: Patients, arms: Arms) -> Lines:
    ask = Ask(patients.held)
    had = [f"MAX({yes(f'came = {at}')}) AS {name}" for at, name in enumerate(_HAD)]
    ask.joins.append(
        f"LEFT JOIN (SELECT {PATIENT} AS whose, {', '.join(had)} FROM events"
        f" WHERE flagged = 1 AND {_among(ask, (LISTED,))} AND {ask.within('events')}"
        f" GROUP BY {PATIENT}) had ON had.whose = facts.{PATIENT}"
    )
    group, decode = patients.grouped(ask, arms.column.name)
    names = {"g": group, **{name: yes(named(name)) for name in OF_PATIENT}, "dead": _dead(ask)}
    names["in_row"] = yes(f"{ask.column('pes')} = {ask.value('yes')}")
    names |= {name: yes(f"{name} = 1") for name in _HAD}
    return _lines(patients.alike(ask, names), decode, arms)


def _entries(patients: Patients, arms: Arms) -> Lines:
    ask = Ask(patients.held)
    ask.joins.append(ENTRIES)
    ask.only.append(ask.within("events"))
    group, decode = patients.grouped(ask, arms.column.name)
    names = {"g": group}
    names |= {name: name for name in ("what", "kind", "grade", "came", "flagged", "marks")}
    return _lines(patients.alike(ask, names), decode, arms)


def _worst(patients: Patients, arms: Arms) -> Lines:
    """A bit says of a patient that an entry in a cell has a grade; the highest is the worst."""
    ask = Ask(patients.held)
    cell = f"2 * came + {yes('flagged = 1')}"
    had = f"BIT_OR(CAST(POWER(2, {_GRADES} * ({cell}) + grade) AS BIGINT))"
    ask.joins.append(
        f"JOIN (SELECT {PATIENT} AS whose, kind, {had} AS had FROM events"
        f" WHERE {_among(ask, (LISTED, IN_ROW))} AND kind <> '' AND {ask.within('events')}"
        f" GROUP BY {PATIENT}, kind) had ON had.whose = facts.{PATIENT}"
    )
    group, decode = patients.grouped(ask, arms.column.name)
    names = {"g": group, "kind": "kind", "changed": yes(named("changed")), "dead": _dead(ask)}
    names["had"] = "had.had"
    found = _lines(patients.alike(ask, names), decode, arms)
    had_ = integers(found["had"])
    cells = {name: had_ >> _GRADES * at & (1 << _GRADES) - 1 for at, name in enumerate(_WORST)}
    worst = {name: _HIGHEST[each] for name, each in cells.items()}
    return {name: each for name, each in found.items() if name != "had"} | worst


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
