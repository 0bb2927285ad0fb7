"""Patients in lines of those who are alike: what was asked of more columns tells of fewer."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from lib.registry.query import Answer, Ask, Values
from lib.statistics.estimate import Ints

MOST = 1_000_000  # lines that are kept of one registry, some 24 MB
Reads: TypeAlias = Callable[[Values], Any]


@dataclass(frozen=True, slots=True)
class Part:
    """What tells patients apart: an expression, and what its value in each line says.

    `ways`: the first is asked for, and any other that is known serves as well; '' tells nobody
    from anybody.
    """

    ways: Mapping[str, Reads]

    @property
    def asked(self) -> str:
        """The expression that is asked for."""
        return next(iter(self.ways))


@dataclass(slots=True)
class Kept:
    """The lines that were asked last, by whose they are and by what they are told apart."""

    lines: dict[tuple[str, frozenset[str]], Answer] = field(default_factory=dict)

    def put(self, whose: str, lines: Answer) -> None:
        """Keep lines, and as many of those before them as there is room for."""
        self.lines[whose, frozenset(lines) - {"n"}] = lines
        left = sum(len(each["n"]) for each in self.lines.values())
        for key in [*self.lines][:-1]:
            if left > MOST:
                left -= len(self.lines.pop(key)["n"])

    def of(self, ask: Ask, whose: str, parts: Sequence[Part]) -> tuple[list[Any], Ints] | None:
        """What each part says of the fewest lines that tell it, and of how many patients each is.

        None where no lines do. Lines may be alike in what is asked.
        """
        ways = [{ask.told(way): read for way, read in part.ways.items()} for part in parts]
        best: tuple[list[tuple[str, Reads]], Answer] | None = None
        for (of, known), lines in self.lines.items():
            if of != whose or (best is not None and len(best[1]["n"]) <= len(lines["n"])):
                continue
            chosen = [_first(each, known) for each in ways]
            if all(chosen):
                best = [each for each in chosen if each is not None], lines
        if best is None:
            return None
        n = np.asarray(best[1]["n"], np.int64)
        nothing: Values = np.zeros(len(n), np.int64)
        return [read(best[1][way] if way else nothing) for way, read in best[0]], n


def _first(ways: Mapping[str, Reads], known: Iterable[str]) -> tuple[str, Reads] | None:
    """The first way that is known."""
    return next(((way, ways[way]) for way in ways if not way or way in known), None)


def query(source: str, sets: Sequence[Sequence[str]]) -> tuple[str, list[str]]:
    """A query of the lines of several sets of expressions at once, and the expressions.

    Its columns are ``k0``, ``k1`` and so on for these; ``w0``, ``w1``, 1 in lines that the
    expression does not tell apart; and ``n``.
    """
    every = list(dict.fromkeys(each for one in sets for each in one))
    names = {each: f"k{at}" for at, each in enumerate(every)}
    given = ", ".join(f"{each} AS {name}" for each, name in names.items())
    columns = [f"{name}, GROUPING({name}) AS w{at}" for at, name in enumerate(names.values())]
    by = ", ".join(f"({', '.join(names[each] for each in one)})" for one in sets)
    inner = f"SELECT {given or '0 AS k'} {source}"
    asked = ", ".join([*columns, "COUNT(*) AS n"])
    return f"SELECT {asked} FROM ({inner}) lines GROUP BY GROUPING SETS ({by})", every


def parted(
    ask: Ask, found: Answer, every: Sequence[str], sets: Iterable[Sequence[str]]
) -> list[Answer]:
    """The lines of each set, by the expressions as they are told."""
    n = found["n"]
    apart = np.array([found[f"w{at}"] for at in range(len(every))]).reshape(len(every), len(n)) == 0
    lines: list[Answer] = []
    for one in sets:
        mine = np.array([[each in one] for each in every], bool).reshape(len(every), 1)
        here = (apart == mine).all(axis=0)
        told = {ask.told(each): found[f"k{every.index(each)}"][here] for each in one}
        lines.append({**told, "n": n[here]})
    return lines
