"""Whether the printed numbers of a paper can be, and published cohorts beside one's own.

A paper is what somebody typed of it; what stands in `published.toml` was read in its source.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from math import isnan, nan
from pathlib import Path
from typing import Literal

from lib.analyses.reasons import sentence
from lib.language import N_, Template, WordedError
from lib.plan import Plan, Published
from lib.statistics import published
from lib.statistics.estimate import Estimate, Missing
from lib.statistics.proportions import Proportion, proportion

_LISTED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
Part = Literal["part", "dead", "alive", "alone"]
"""What a line is of its set: one of the parts that make up everybody, those who had died by then,
those who were alive, or none of these."""
PARTS: tuple[Part, ...] = ("part", "dead", "alive", "alone")
LARGEST = 1_000_000
"""Patients of a line: more are no paper's."""
_WAYS: Mapping[published.Way, Template] = {
    "half even": sentence("half-even"),
    "cut": sentence("cut"),
}
PRINTED = sentence("printed")
_P = re.compile(r"^[pр]\s*(?=[<≤=])", re.IGNORECASE)  # of either alphabet
_NEAR = 60  # sizes up to which others are looked for, where a percentage is of no count


class NotRead(WordedError):  # noqa: N818 - an answer to who typed it
    """A line that cannot be read."""


@dataclass(frozen=True, slots=True)
class Line:
    """One printed share of patients."""

    what: str
    together: str = ""  # lines of the same set have the same words here
    part: Part = "alone"
    k: int | None = None
    n: int | None = None
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """Two printed shares and the p-value between them."""

    what: str
    k1: int
    n1: int
    k0: int
    n0: int
    p: Decimal
    below: bool = False  # printed as less than that


@dataclass(frozen=True, slots=True)
class Share:
    """A share as it would be printed."""

    what: str
    k: int
    n: int
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Bound:
    """A p-value as it is printed, or below which one is."""

    value: Decimal
    below: bool


@dataclass(frozen=True, slots=True)
class Remark:
    """What is found of a line or of several, good or bad."""

    about: str  # the words of the line, or of the set
    good: bool
    message: Template  # an `N_` template
    values: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Reported:
    """A published cohort: its rates with exact limits of ours, its median as it was printed."""

    name: str
    year: int
    n: int  # 0 where the paper does not say
    source: str
    objective: Proportion | None
    control: Proportion | None
    median: Estimate | None  # of overall survival in months, from the first procedure


@dataclass(frozen=True, slots=True)
class Paper:
    """What a paper prints."""

    title: Template
    source: str
    lines: tuple[Line, ...]


def line(what: str, **given: object) -> Line:
    """A line as it was typed: numbers as numbers or words.

    Raises `NotRead` where a number cannot be one, or where k is more than n.
    """
    k, n = (_count(what, given.get(name)) for name in ("k", "n"))
    if n == 0:
        raise NotRead(sentence("nobody"), what=what)
    if k is not None and n is not None and k > n:
        raise NotRead(sentence("k-above-n"), what=what, k=k, n=n)
    percent = number(what, given.get("percent"), 100)
    together, part = given.get("together"), next((p for p in PARTS if p == given.get("part")), None)
    named = together if isinstance(together, str) else ""
    return Line(what, named, part or "alone", k, n, percent)


def compared(what: str, **given: object) -> Compared:
    """Two shares and their p-value as they were typed; raises `NotRead` as `line` does."""
    found = [_count(what, given.get(name)) for name in ("k1", "n1", "k0", "n0")]
    words = _P.sub("", str(given.get("p") or "").strip())
    p = number(what, words.lstrip("<≤= ") or None, 1)
    if any(each is None for each in found) or p is None:
        raise NotRead(sentence("incomplete-test"), what=what)
    if not p:
        raise NotRead(sentence("p-of-zero"), what=what)
    k1, n1, k0, n0 = (each for each in found if each is not None)
    if k1 > n1 or k0 > n0 or not n1 or not n0:
        raise NotRead(sentence("arms-out-of-range"), what=what)
    return Compared(what, k1, n1, k0, n0, p, words.startswith(("<", "≤")))


def _count(what: str, given: object) -> int | None:
    found = number(what, given, LARGEST, whole=True)
    return None if found is None else int(found)


def number(what: str, given: object, most: float, whole: bool = False) -> Decimal | None:
    """A number from 0 to `most` as it was typed; None where nothing was.

    Raises `NotRead`, with `what` it is of, where it is no such number.
    """
    words = "" if given is None else str(given).strip().rstrip("%").strip().replace(",", ".")
    if words in ("", "nan", "None", "<NA>"):
        return None
    try:
        found = Decimal(words)
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or not 0 <= found <= Decimal(most):
        message = sentence("no-such-number")
        raise NotRead(message, what=what, value=words, most=int(most))
    if whole and found != int(found):
        message = sentence("not-whole")
        raise NotRead(message, what=what, value=words)
    return found


def checked(lines: Iterable[Line], tests: Iterable[Compared] = ()) -> tuple[Remark, ...]:
    """What can be said of printed numbers from themselves alone."""
    every = tuple(lines)
    found = [remark for each in every for remark in _of_line(each)]
    sets: dict[str, list[Line]] = {}
    for each in every:
        if each.together:
            sets.setdefault(each.together, []).append(each)
    for name, several in sets.items():
        found += _of_set(name, several)
    for test in tests:
        found += _of_test(test)
    return tuple(found)


def _of_line(each: Line) -> list[Remark]:
    if each.percent is None:
        return []
    if each.k is not None and each.n:
        return [_as_counted(each, each.k, each.n, each.percent)]
    if each.n:
        return [_behind(each, each.n, each.percent)]
    return []


def _as_counted(each: Line, k: int, n: int, percent: Decimal) -> Remark:
    """Whether a percentage is that of its count."""
    ways = published.ways(k, n, percent)
    usual = published.rounded(k, n, published.decimals_of(percent))["half up"]
    values = (("k", k), ("n", n), ("percent", percent), ("usual", usual))
    if "half up" in ways:
        return Remark(each.what, True, sentence("as-counted"), values)
    if ways:
        words = sentence("otherwise-rounded")
        return Remark(each.what, False, words, (*values, ("way", _WAYS[ways[0]])))
    words = sentence("not-as-counted")
    return Remark(each.what, False, words, values)


def _behind(each: Line, n: int, percent: Decimal) -> Remark:
    """Which count a percentage is of."""
    found = published.counts(n, percent)
    values: tuple[tuple[str, object], ...] = (("n", n), ("percent", percent))
    if found:
        counts = ", ".join(f"{k}/{n}" for k in found)
        words = sentence("only-counts")
        return Remark(each.what, True, words, (*values, ("counts", counts)))
    sizes = [size for size in published.sizes(percent, _NEAR) if abs(size - n) <= n // 2]
    values += (("sizes", ", ".join(map(str, sizes[:8]))),)
    words = sentence("no-count") if sizes else sentence("no-count-at-all")
    return Remark(each.what, False, words, values)


def _of_set(name: str, lines: Sequence[Line]) -> list[Remark]:
    """What the parts of a set, and who of it had died, say together."""
    parts = [each for each in lines if each.part == "part" and each.k is not None]
    sizes = {each.n for each in lines if each.n}
    if len(parts) < 2 or len(sizes) != 1:
        return []
    (n,) = sizes
    counts = [each.k or 0 for each in parts]
    whole, values = sum(counts), (("sum", sum(counts)), ("n", n))
    if whole != n:
        words = sentence("parts-miss")
        return [Remark(name, False, words, values)]
    found = [Remark(name, True, sentence("parts-add"), values)]
    return [
        *found,
        *_of_percentages(name, parts, counts),
        *_of_the_dead(name, lines, parts, n or 0),
    ]


def _of_percentages(name: str, parts: Sequence[Line], counts: Sequence[int]) -> list[Remark]:
    printed = [each.percent for each in parts if each.percent is not None]
    if len(printed) < len(parts):
        return []
    decimals = max(map(published.decimals_of, printed))
    usual = [published.rounded(k, sum(counts), decimals)["half up"] for k in counts]
    values: tuple[tuple[str, object], ...] = (
        ("printed", tuple(printed)),
        ("usual", tuple(usual)),
        ("sum", sum(printed)),
        ("usual_sum", sum(usual)),
    )
    if printed != usual and printed == list(published.forced(counts, decimals)):
        words = sentence("forced-to-100")
        return [Remark(name, False, words, values)]
    if printed == usual and sum(usual) != 100:
        words = sentence("rounding-alone")
        return [Remark(name, True, words, values)]
    return []


def _of_the_dead(name: str, lines: Sequence[Line], parts: Sequence[Line], n: int) -> list[Remark]:
    """That those who had died are among the parts of everybody, and what holds of the living.

    The last part that has room for all of them, as progression has at the end of a list of
    responses, is taken to hold them.
    """
    dead = next((each.k for each in lines if each.part == "dead" and each.k), None)
    if dead is None:
        dead = next((n - each.k for each in lines if each.part == "alive" and each.k), 0)
    holds = next((each for each in reversed(parts) if (each.k or 0) >= dead), None)
    if not 0 < dead < n or holds is None:
        return []
    alive = n - dead
    living = [(each, (each.k or 0) - (dead if each is holds else 0)) for each in parts]
    among = tuple(
        Share(each.what, k, alive, published.rounded(k, alive, 1)["half up"]) for each, k in living
    )
    words = sentence("dead-among-parts")
    values = (("n", n), ("dead", dead), ("alive", alive), ("part", holds.what), ("among", among))
    return [Remark(name, False, words, values)]


def _of_test(test: Compared) -> list[Remark]:
    """Which tests give the p-value that is printed."""
    tried = published.tests(test.k1, test.n1, test.k0, test.n0)
    values: tuple[tuple[str, object], ...] = (("p", Bound(test.p, test.below)),)
    if not tried:
        words = sentence("no-test")
        return [Remark(test.what, False, words, values)]
    given = published.given_by(tried, test.p, test.below)
    others = tuple(each for each in tried if each not in given)
    values += (("given", given), ("others", others))
    if not given:
        words = sentence("p-of-no-test")
    elif others:
        words = sentence("p-of-tests")
    else:
        words = sentence("p-of-every-test")
    return [Remark(test.what, bool(given), words, values)]


def starting() -> Paper:
    """The study that the product starts from: every number of its abstract.

    Its words are templates, as any others of ours are.
    """
    listed = _LISTED["paper"]
    lines = tuple(
        line(N_(what), **{**more, "together": N_(more["together"])})
        for what, more in ((each.pop("what"), each) for each in map(dict, listed["line"]))
    )
    return Paper(N_(listed["title"]), listed["source"], lines)


def cohorts(plan: Plan) -> tuple[Reported, ...]:
    """The published cohorts that were read in their sources, and the plan's own, latest first."""
    listed = [Published(name, **each) for name, each in _LISTED["cohort"].items()]
    found = [_reported(each) for each in (*listed, *plan.report.beside)]
    return tuple(sorted(found, key=lambda each: (-each.year, each.name)))


def _reported(printed: Published) -> Reported:
    objective, control = (
        None if k is None else proportion(k, printed.of)
        for k in (printed.responded, printed.controlled)
    )
    median = None
    if printed.median is not None:
        low, high = (nan if side is None else side for side in (printed.low, printed.high))
        missing = Missing.NOT_HELD if isnan(low) or isnan(high) else Missing.NONE
        median = Estimate(printed.median, low, high, 0.95, PRINTED, missing)
    return Reported(
        printed.name, printed.year, printed.n, printed.source, objective, control, median
    )
