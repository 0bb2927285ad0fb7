"""Counts for pooling as a file: what leaves a centre is written, and what comes from one is read.

A file is read as anybody may have made it: it is bounded, every value has its kind and its range,
counts add up, and none is below the least that the file itself states. Several files are one
population where each is of other patients, by a plan alike in all that counts depend on.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import pairwise
from math import isfinite
from operator import attrgetter
from pathlib import PurePath
from typing import Any, TypeVar

import numpy as np

from lib import __version__
from lib.analyses import modality
from lib.analyses.centres import CENTRE
from lib.analyses.counted import End
from lib.analyses.memory import digest
from lib.analyses.pooled import Pool, pooled
from lib.analyses.states import STATE_CODES
from lib.analyses.study import Study
from lib.analyses.told import (
    EXACT,
    GRID,
    LONGEST,
    PARTS,
    REASONS,
    ROWS,
    TOLD_BY,
    UNESTIMATED,
    YEARS,
    Cells,
    LeftOut,
    LogRatio,
    Numbers,
    Outcome,
    PoolError,
    Told,
    grid,
    of_study,
    only,
)
from lib.language import listed, template
from lib.plan import Plan, PlanError, dumps, read
from lib.schema import COLUMNS, FIRST_YEAR
from lib.statistics import cox
from lib.statistics.estimate import Ints
from lib.statistics.stepped import Steps

_SAID = listed(__file__)
FORMAT = 1
MOST_BYTES = 4_000_000
MOST_FILES = 200
_MOST = 10_000_000  # patients of a cell
_NEAR = 1e-6  # between a ratio that is told and that of the counts beside it
_RULES = (modality.FIRST_PROCEDURE.code, modality.AS_RECORDED.code)
_HEX = re.compile(r"[0-9a-f]{64}")
_NAMES = re.compile(r"[a-z0-9_ -]{0,60}")
_VERSION = re.compile(r"[\w.+-]{1,30}")
_ROW = re.compile(r"\[\s+(?:(?:-?\d[^\s,]*|\"[^\"\\\n]*\"|null),?\s+)+\]")
_EACH = TypeVar("_EACH")

TOO_LARGE = _SAID["pool-too-large"]
NO_COUNTS = _SAID["pool-no-counts"]
OTHER_FORMAT = _SAID["pool-other-format"]
TAMPERED = _SAID["pool-tampered"]
WRONG = _SAID["pool-wrong"]
NO_SUM = _SAID["pool-no-sum"]
TOO_SMALL = _SAID["pool-too-small"]
NO_FILES = _SAID["pool-files"]
SAME_FILE = _SAID["pool-same-file"]
SAME_PATIENTS = _SAID["pool-same-patients"]
OTHER_PLAN = _SAID["pool-other-plan"]
OTHER_RULE = _SAID["pool-other-rule"]


# Writing ----------------------------------------------------------------------------------------


def counts(study: Study, k: int) -> bytes:
    """A study's counts for pooling, its cells merged to 0 or at least k; 1 is exact.

    Raises `PoolError` where there is nothing that can be told.
    """
    return written(of_study(study, k))


def written(told: Told) -> bytes:
    """What a centre tells, as the bytes of a file: the same for the same counts."""
    made = {
        "hepar_counts": FORMAT,
        "version": told.version,
        "least_cell": told.k,
        "source": told.source,
        "plan": dumps(told.plan).splitlines(),
        "plan_digest": digest(told.plan, (*PARTS, *GRID)),
        "modality": told.rule,
        "both": told.both,
        "both_recorded": told.both_recorded,
        "n": told.n.tolist(),
        "columns": {name: _of_cells(each) for name, each in told.columns.items()},
        "numbers": {
            name: {"values": each.values.tolist(), "n": each.n.tolist()}
            for name, each in told.numbers.items()
        },
        "responses": {str(months): _of_cells(each) for months, each in told.responses.items()},
        "outcomes": {code: _of_outcome(each) for code, each in told.outcomes.items()},
        "ratios": {
            code: {
                "n": each.n,
                "events": each.events,
                "value": each.value,
                "error": each.error,
                "why": each.why,
                "values": dict(each.values),
            }
            for code, each in told.ratios.items()
        },
        "left_out": [[each.kind, each.name, each.why] for each in told.left_out],
    }
    made["checksum"] = checksum(made)
    lines = json.dumps(made, indent=1, ensure_ascii=False, allow_nan=False)
    lines = _ROW.sub(lambda found: " ".join(found[0].split()), lines)
    return f"{lines}\n".encode()


def checksum(made: Mapping[str, Any]) -> str:
    """That of what a file holds, however it is written."""
    bare = {name: each for name, each in made.items() if name != "checksum"}
    words = json.dumps(bare, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(words.encode()).hexdigest()


def _of_cells(cells: Cells) -> dict[str, Any]:
    return {"cells": [list(each) for each in cells.codes], "n": cells.n.tolist()}


def _of_steps(steps: Steps) -> dict[str, Any]:
    names = ("event", "start", "stop", "n")
    return {name: getattr(steps, name).tolist() for name in names}


def _of_outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        **_of_steps(outcome.steps),
        "left_out": {why: n.tolist() for why, n in outcome.left_out.items()},
        "ended": [
            [end.column, end.event, end.rule, n.tolist()] for end, n in outcome.ended.items()
        ],
        "told": outcome.told.tolist(),
        "flags": {name: n.tolist() for name, n in outcome.flags.items()},
        "living": None if outcome.living is None else _of_steps(outcome.living),
    }


# Reading ----------------------------------------------------------------------------------------


def opened(files: Sequence[tuple[str, bytes]], plan: Plan | None = None) -> Pool:
    """Several centres' files as one population.

    `files`: their names and bytes; a name without its ending is what the centre is called. `plan`:
    what counts do not depend on is taken from it: limits, small numbers, milestones.

    Raises `PoolError` if a file cannot be used, or two of them do not go together.
    """
    if not 1 <= len(files) <= MOST_FILES:
        raise PoolError(NO_FILES, most=MOST_FILES, n=len(files))
    named = [(name, loaded(name, data)) for name, data in files]
    for at, (name, told) in enumerate(named):
        for other, earlier in named[:at]:
            _go_together(other, earlier, name, told)
    names = _called([name for name, _told in named])
    return pooled(list(zip(names, (told for _name, told in named), strict=True)), plan or Plan())


def _called(names: Sequence[str]) -> list[str]:
    """What the centres of some files are called, each otherwise."""
    found: list[str] = []
    for name in names:
        stem = PurePath(name).stem[:LONGEST].strip() or "?"
        called, number = stem, 1
        while called in found:
            number += 1
            called = f"{stem} {number}"
        found.append(called)
    return found


def _go_together(name: str, told: Told, other: str, second: Told) -> None:
    """Refuse two files that are of the same patients, or count by different plans."""
    both = {"name": name, "other": other}
    if written(told) == written(second):
        raise PoolError(SAME_FILE, **both)
    if told.source == second.source:
        raise PoolError(SAME_PATIENTS, **both)
    merged = told.k != EXACT and second.k != EXACT
    for path in (*PARTS, *(GRID if merged else ())):
        one, two = (attrgetter(path)(each.plan) for each in (told, second))
        if one != two:
            raise PoolError(
                OTHER_PLAN, **both, part=path, one=_shown(told, path), two=_shown(second, path)
            )
    if told.rule != second.rule:
        raise PoolError(OTHER_RULE, **both)


def _shown(told: Told, path: str) -> str:
    """A part of a plan in a line, as the plan's file writes it."""
    lines = dumps(only(told.plan, (path,))).splitlines()
    words = " ".join(line for line in lines if line and not line.startswith(("hepar", "[")))
    words = words.partition(" = ")[2] or str(attrgetter(path)(Plan()))
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"


def loaded(name: str, data: bytes) -> Told:
    """What a centre's file tells.

    Raises `PoolError` if it is none, is not as it was written, or contradicts itself.
    """
    if len(data) > MOST_BYTES:
        raise PoolError(TOO_LARGE, name=name)
    try:
        made = json.loads(
            data.decode("utf-8-sig"), parse_constant=_no_number, object_pairs_hook=_once
        )
    except (ValueError, RecursionError) as problem:
        raise PoolError(NO_COUNTS, name=name) from problem
    if not isinstance(made, dict) or "hepar_counts" not in made:
        raise PoolError(NO_COUNTS, name=name)
    if made["hepar_counts"] is not FORMAT and made["hepar_counts"] != FORMAT:
        raise PoolError(OTHER_FORMAT, name=name, value=str(made["hepar_counts"])[:LONGEST])
    if made.get("checksum") != checksum(made):
        raise PoolError(TAMPERED, name=name)
    return _Loading(name, made).told()


def _no_number(words: str) -> float:
    raise ValueError(words)


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object none of whose names stands twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


_KEYS = (
    *("hepar_counts", "version", "least_cell", "source", "plan", "plan_digest", "modality", "both"),
    *("both_recorded", "n", "columns", "numbers", "responses", "outcomes", "ratios", "left_out"),
    "checksum",
)
_STEPS = ("event", "start", "stop", "n")


class _Loading:
    """The way from what a file holds to what a centre tells, each value looked at."""

    def __init__(self, name: str, made: Mapping[str, Any]) -> None:
        self._name, self._made = name, made

    def told(self) -> Told:
        """All that the file tells."""
        made = self._object(self._made, _KEYS, "it")
        k = made["least_cell"]
        self._must(_whole(k) and (k == EXACT or 3 <= k <= 30), "least_cell")
        self._k = k
        self._plan = self._of_plan(made["plan"])
        same = made["plan_digest"] == digest(self._plan, (*PARTS, *GRID))
        self._must(made["version"] != __version__ or same, "plan_digest")
        self._ends = {0.0, *grid(self._plan).tolist()}
        self._n = self._counts(made["n"], (ROWS,), "n")
        self._must(bool(self._n[:2].all()), "n")
        both, total = made["both"], int(self._n.sum())
        self._must(_whole(both) and 0 <= both <= total, "both")
        self._must(isinstance(made["both_recorded"], bool), "both_recorded")
        self._must(made["modality"] in _RULES, "modality")
        columns = self._each(made["columns"], "columns", self._column)
        numbers = self._each(made["numbers"], "numbers", self._numbers)
        self._must(not {*columns} & {*numbers}, "columns")
        responses = self._each(made["responses"], "responses", self._response)
        outcomes = self._each(made["outcomes"], "outcomes", self._outcome)
        ratios = self._each(made["ratios"], "ratios", self._ratio)
        self._agree(outcomes, ratios)
        return Told(
            k,
            self._text(made["version"], _VERSION, "version"),
            self._text(made["source"], _HEX, "source"),
            self._plan,
            made["modality"],
            both,
            made["both_recorded"],
            self._n,
            columns,
            numbers,
            {int(months): each for months, each in responses.items()},
            outcomes,
            ratios,
            self._left_out(made["left_out"]),
        )

    # Kinds and ranges ---------------------------------------------------------------------------

    def _must(self, holds: bool, where: str) -> None:
        if not holds:
            raise PoolError(WRONG, name=self._name, where=where)

    def _object(self, value: Any, keys: Iterable[str], where: str) -> dict[str, Any]:
        """An object of exactly these names."""
        self._must(isinstance(value, dict), where)
        self._must({*value} == {*keys}, where)
        found: dict[str, Any] = value
        return found

    def _text(self, value: Any, pattern: re.Pattern[str], where: str) -> str:
        self._must(isinstance(value, str) and bool(pattern.fullmatch(value)), where)
        return str(value)

    def _word(self, value: Any, where: str) -> str:
        """A code of a level, which may be a word of a file."""
        self._must(isinstance(value, str) and len(value) <= LONGEST and _seen(value), where)
        return str(value)

    def _each(
        self, value: Any, where: str, made: Callable[[str, Any, str], _EACH]
    ) -> dict[str, _EACH]:
        self._must(isinstance(value, dict), where)
        return {name: made(name, each, f"{where}.{name[:LONGEST]}") for name, each in value.items()}

    def _counts(self, value: Any, shape: tuple[int, ...], where: str, told: bool = True) -> Ints:
        """Counts of a shape; `told`: whether none may be below the least that is told."""
        self._must(_is_counts(value, shape), where)
        found = np.array(value, np.int64).reshape(shape)
        if told and self._k != EXACT and ((found > 0) & (found < self._k)).any():
            raise PoolError(TOO_SMALL, name=self._name, where=where, k=self._k)
        return found

    def _adds_up(self, holds: Any, where: str) -> None:
        if not bool(np.all(holds)):
            raise PoolError(NO_SUM, name=self._name, where=where)

    # Parts --------------------------------------------------------------------------------------

    def _of_plan(self, value: Any) -> Plan:
        """The plan, of which nothing but what counts depend on may be told."""
        self._must(isinstance(value, list) and all(isinstance(each, str) for each in value), "plan")
        try:
            found = read("\n".join(value))
        except PlanError as problem:
            raise PoolError(WRONG, name=self._name, where="plan") from problem
        plan = found.plan
        self._must(not found.lost and plan == only(plan, (*PARTS, *GRID)), "plan")
        arms = (plan.comparison.reference, plan.comparison.comparison)
        self._must(all(arms) and arms[0] != arms[1], "plan.comparison")
        for word in (plan.comparison.column, *arms):
            self._word(word, "plan.comparison")
        return plan

    def _column(self, name: str, value: Any, where: str) -> Cells:
        self._must(self._may_be_told(name), where)
        return self._cells(value, where)

    def _may_be_told(self, name: str) -> bool:
        """Whether a column is one that a centre tells."""
        column = COLUMNS.get(name)
        own = (CENTRE, FIRST_YEAR, self._plan.comparison.column)
        return column is not None and column.baseline and name not in own

    def _response(self, name: str, value: Any, where: str) -> Cells:
        times = {"0", *map(str, self._plan.response.months)}
        self._must(name in times, where)
        found = self._cells(value, where)
        self._must({code for cell in found.codes for code in cell} <= {*STATE_CODES, ""}, where)
        return found

    def _cells(self, value: Any, where: str) -> Cells:
        made = self._object(value, ("cells", "n"), where)
        cells = made["cells"]
        self._must(isinstance(cells, list) and 0 < len(cells) <= 1000, where)
        self._must(all(isinstance(cell, list) and cell for cell in cells), where)
        codes = tuple(tuple(self._word(code, where) for code in cell) for cell in cells)
        every = [code for cell in codes for code in cell]
        self._must(len(every) == len({*every}), where)
        n = self._counts(made["n"], (ROWS, len(codes)), where)
        self._adds_up(n.sum(axis=1) == self._n, where)
        return Cells(codes, n)

    def _numbers(self, name: str, value: Any, where: str) -> Numbers:
        self._must(self._may_be_told(name) and COLUMNS[name].kind == "number", where)
        self._must(self._k == EXACT, where)
        made = self._object(value, ("values", "n"), where)
        values = made["values"]
        self._must(isinstance(values, list) and all(map(_number, values)), where)
        self._must(all(one < two for one, two in pairwise(values)), where)
        n = self._counts(made["n"], (ROWS, len(values)), where)
        self._adds_up(n.sum(axis=1) <= self._n, where)
        return Numbers(np.array(values, float), n)

    def _outcome(self, code: str, value: Any, where: str) -> Outcome:
        self._must(code in TOLD_BY, where)
        keys = (*_STEPS, "left_out", "ended", "told", "flags", "living")
        made = self._object(value, keys, where)
        endpoint = TOLD_BY[code]
        causes = len(endpoint.ends) if endpoint.competing else 1
        steps = self._steps(made, ROWS, causes, where)
        used = steps.n.sum(axis=1)
        left_out = self._each(
            made["left_out"], where, lambda _name, n, at: self._counts(n, (ROWS,), at)
        )
        for why in left_out:
            self._must(_is_plain_reason(why), where)
        self._adds_up(sum(left_out.values(), used) == self._n, where)
        told = self._counts(made["told"], (2, 2, ROWS), where, told=False)
        self._must(self._k == EXACT or not told.any(), where)
        self._adds_up(told[:, 0] <= told[:, 1], where)
        self._adds_up(told[:, 1].sum(axis=0) <= self._n, where)
        flags = self._each(made["flags"], where, lambda _name, n, at: self._counts(n, (ROWS,), at))
        for name, n in flags.items():
            self._text(name, _NAMES, where)
            self._adds_up(n <= used, where)
        living = made["living"]
        if living is not None:
            self._must(self._k == EXACT, where)
            living = self._steps(self._object(living, _STEPS, where), 1, 1, where)
            self._adds_up(living.n.sum() <= sum(left_out.values(), 0 * used).sum(), where)
        return Outcome(
            steps, left_out, self._ended(made["ended"], used, where), told, flags, living
        )

    def _steps(self, made: Mapping[str, Any], rows: int, causes: int, where: str) -> Steps:
        event, start, stop = made["event"], made["start"], made["stop"]
        self._must(all(isinstance(each, list) for each in (event, start, stop)), where)
        self._must(len(event) == len(start) == len(stop), where)
        self._must(all(_whole(each) and 0 <= each <= causes for each in event), where)
        ends = (*start, *stop)
        self._must(all(_number(each) and 0 <= each <= YEARS[-1] for each in ends), where)
        lines = sorted(zip(event, start, stop, strict=True))
        if self._k == EXACT:
            self._must(start == stop and len({*lines}) == len(lines), where)
        else:
            self._must({*map(float, ends)} <= self._ends, where)
            self._must(all(low < high for _code, low, high in lines), where)
            apart = (a[0] != b[0] or a[2] <= b[1] for a, b in pairwise(lines))
            self._must(all(apart), where)
        n = self._counts(made["n"], (rows, len(event)), where)
        return Steps(np.array(event, np.int64), np.array(start, float), np.array(stop, float), n)

    def _ended(self, value: Any, used: Ints, where: str) -> dict[End, Ints]:
        self._must(isinstance(value, list), where)
        found: dict[End, Ints] = {}
        for each in value:
            self._must(isinstance(each, list) and len(each) == 4, where)
            column, event, rule, n = each
            self._must(column in COLUMNS if isinstance(column, str) else False, where)
            self._must(isinstance(event, bool), where)
            end = End(column, event, self._text(rule, _NAMES, where))
            self._must(end not in found, where)
            found[end] = self._counts(n, (ROWS,), where)
        if found:
            self._adds_up(sum(found.values(), 0 * used) == used, where)
        return found

    def _ratio(self, code: str, value: Any, where: str) -> LogRatio:
        self._must(code in TOLD_BY, where)
        made = self._object(value, ("n", "events", "value", "error", "why", "values"), where)
        n, events = (self._pair(made[name], where) for name in ("n", "events"))
        self._must((n is None) == (events is None), where)
        if n is not None and events is not None:
            self._must(all(one <= two for one, two in zip(events, n, strict=True)), where)
            self._adds_up(np.array(n) <= self._n[:2], where)
        ratio, error, why = made["value"], made["error"], made["why"]
        if ratio is None or error is None:
            self._must(ratio is None and error is None and why in UNESTIMATED, where)
            values = self._object(made["values"], UNESTIMATED[why], where)
            self._must(all(_whole(each) and 0 <= each < _MOST for each in values.values()), where)
            return LogRatio(n, events, None, None, why, tuple(values.items()))
        self._must(_number(ratio) and abs(ratio) < 20, where)
        self._must(_number(error) and 0 < error < 100, where)
        self._must(why == "" and made["values"] == {}, where)
        return LogRatio(n, events, float(ratio), float(error))

    def _pair(self, value: Any, where: str) -> tuple[int, int] | None:
        if value is None:
            self._must(self._k != EXACT, where)
            return None
        first, second = self._counts(value, (2,), where).tolist()
        return first, second

    def _agree(self, outcomes: Mapping[str, Outcome], ratios: Mapping[str, LogRatio]) -> None:
        """Refuse a ratio that is not that of the exact counts beside it."""
        for code, ratio in ratios.items():
            if self._k != EXACT or code not in outcomes or ratio.value is None:
                continue
            names = ("0", "1", "")
            table = outcomes[code].steps.life_table(names).select(names[:2])
            found = cox.hazard_ratio(table, "0", "1")
            apart = abs(found.log_ratio - ratio.value) + abs(found.std_error - (ratio.error or 0))
            self._adds_up(apart < _NEAR, f"ratios.{code}")
            self._adds_up(found.events == ratio.events and found.n == ratio.n, f"ratios.{code}")

    def _left_out(self, value: Any) -> tuple[LeftOut, ...]:
        self._must(isinstance(value, list) and len(value) <= 1000, "left_out")
        found = []
        for each in value:
            self._must(isinstance(each, list) and len(each) == 3, "left_out")
            self._must(all(isinstance(part, str) for part in each), "left_out")
            kind, name, why = each
            names = {"column": {*COLUMNS}, "endpoint": {*TOLD_BY}}.get(kind, set())
            known = name in names or name == "" or (kind == "response" and name.isdecimal())
            self._must(kind in ("column", "response", "endpoint") and known, "left_out")
            self._must(why in REASONS and len(name) <= LONGEST, "left_out")
            found.append(LeftOut(kind, name, why))
        return tuple(found)


def _whole(value: Any) -> bool:
    return type(value) is int


def _number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < 1e15 and isfinite(value)


def _seen(value: str) -> bool:
    """Whether a word has no control and nothing else that cannot be printed."""
    return value.isprintable()


def _is_counts(value: Any, shape: tuple[int, ...]) -> bool:
    if not shape:
        return _whole(value) and 0 <= value <= _MOST
    if not isinstance(value, list) or len(value) != shape[0]:
        return False
    return all(_is_counts(each, shape[1:]) for each in value)


def _is_plain_reason(code: str) -> bool:
    """Whether a code is that of a sentence of ours that names nothing."""
    try:
        return "{" not in template(code)
    except KeyError:
        return False
