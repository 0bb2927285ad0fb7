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
    ask = Ask(patients.held)
    had = ", ".join(f"MAX({yes(f'came = {at}')}) AS {name}" for at, name in enumerate(_HAD))
    ask.joins.append(
        f"LEFT JOIN (SELECT {PATIENT} AS whose, {had} FROM events"
        f" WHERE flagged = 1 AND {_among(ask, (LISTED,))} GROUP BY {PATIENT}) had"
        f" ON had.whose = facts.{PATIENT}"
    )
    group, decode = patients.grouped(ask, arms.column.name)
    names = {"g": group, **{name: yes(named(name)) for name in OF_PATIENT}, "dead": _dead(ask)}
    names["in_row"] = yes(f"{ask.column('pes')} = {ask.value('yes')}")
    names |= {name: yes(f"{name} = 1") for name in _HAD}
    return _lines(patients.ask(ask, _as(names), list(names)), decode, arms)


def _entries(patients: Patients, arms: Arms) -> Lines:
    ask = Ask(patients.held, joins=[ENTRIES])
    group, decode = patients.grouped(ask, arms.column.name)
    names = {"g": group}
    names |= {name: name for name in ("what", "kind", "grade", "came", "flagged", "marks")}
    return _lines(patients.ask(ask, _as(names), list(names)), decode, arms)


def _worst(patients: Patients, arms: Arms) -> Lines:
    ask = Ask(patients.held, joins=[ENTRIES])
    ask.only.append(f"{_among(ask, (LISTED, IN_ROW))} AND kind <> ''")
    group, decode = patients.grouped(ask, arms.column.name)
    names = {"g": group, "kind": "kind", "changed": yes(named("changed")), "dead": _dead(ask)}
    alike = ", ".join(names)
    each = {**names, "who": f"facts.{PATIENT}", "grade": "grade"}
    each["cell"] = f"2 * came + {yes('flagged = 1')}"
    entries = f"SELECT {', '.join(_as(each))} {ask.source(patients.plan.study.selection)}"
    worst = ", ".join(
        f"MAX(CASE WHEN cell = {at} THEN grade ELSE -1 END) AS {name}"
        for at, name in enumerate(_WORST)
    )
    by_patient = f"SELECT {alike}, {worst} FROM ({entries}) entries GROUP BY who, {alike}"
    alike += f", {', '.join(_WORST)}"
    sql = f"SELECT {alike}, COUNT(*) AS n FROM ({by_patient}) lines GROUP BY {alike}"
    return _lines(patients.asked(sql, ask.values), decode, arms)


def _as(names: Mapping[str, str]) -> list[str]:
    return [f"{each} AS {name}" for name, each in names.items()]


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
