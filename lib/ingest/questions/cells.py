"""Questions about the cells of a column: values, events, blanks, units, the order of dates."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

from lib.ingest import endpoints, tables
from lib.ingest.cells import Cells
from lib.ingest.evidence import is_mark, takes_marks
from lib.ingest.headers import Header
from lib.ingest.identity import Part
from lib.ingest.levels import likely
from lib.ingest.numbers import is_code
from lib.ingest.proposal import SAMPLES, Answer, ProposedColumn, ProposedValue, Question, valued
from lib.ingest.questions.asking import Asking, answer, question
from lib.ingest.values import Parsed, parse
from lib.language import cut
from lib.plan import Reading
from lib.schema import COLUMNS, TABLES, Column, Level

_EVENTS = ("vital_status", "progression")
_DEATHS = ("vital_status", "os_event")
_CODED = ("0", "-", "no", "нет", "1", "+", "yes", "да", "2")
"""Codes of an event, each before those that more likely mean that it happened."""
_PLAIN = ("no", "нет", "yes", "да")
_ORDERS = (("ask-day-first", "first", True), ("ask-month-first", "second", False))


def about_cells(asking: Asking) -> Iterator[Question]:
    """The values of each column."""
    for column, _part in asking.shown:
        yield from _about_values(column, asking.chosen)


def _about_values(column: ProposedColumn, chosen: Reading) -> Iterator[Question]:
    """Values that are unknown or ambiguous, and whether 1 means that the event happened."""
    meant = column.meant
    if meant is None:
        return
    if _is_marked(column, meant):
        yield from _about_mark(column, meant, chosen)
        return
    tells = meant.name in _EVENTS or meant.name.endswith(endpoints.EVENT)
    states = _states(column, meant) if tells else None
    asked: set[str] = set()
    if states and states.happened and states.not_yet:
        yield _about_event(column, meant, states, chosen)
        asked = {each.value for each in (*states.happened, *states.not_yet)}
    yield from about_unknown(column, meant, asked, chosen)
    yield from _about_blanks(column, meant, chosen)


def _is_marked(column: ProposedColumn, meant: Column) -> bool:
    """Whether a mark whose meaning is not known for sure stands against blanks."""
    happened = "dead" if meant.name == "vital_status" else "yes"
    known = all(each.level == happened and not each.asks for each in column.values)
    return takes_marks(meant) and is_mark(column.cells) and column.blank > 0 and not known


def _about_mark(column: ProposedColumn, meant: Column, chosen: Reading) -> Iterator[Question]:
    """Ask once what a mark and the blanks beside it mean, the likelier way first."""
    said = tables.chosen_levels(chosen, meant)
    if "" in said and all(each.value in said for each in column.values):
        return
    yes, no = ("dead", "alive") if meant.name == "vital_status" else ("yes", "no")
    marked = sum(each.count for each in column.values)
    total = column.blank + marked

    def meant_by(code: str, mark: str, blank: str, count: int) -> Answer:
        levels = {"": blank} | {each.value: mark for each in column.values}
        return answer(code, valued(chosen, meant.name, levels), count=count, total=total)

    answers = [
        meant_by("ask-happened", yes, no, marked),
        meant_by("ask-other-way", no, yes, column.blank),
        meant_by("ask-mark-alone", yes, "", marked),
    ]
    if all(each.level == no for each in column.values):  # a mark under `Alive`
        answers = [answers[1], answers[0], meant_by("ask-levels-empty", "", "", 0)]
    header = column.header.text
    value = "', '".join(each.value for each in column.values)
    yield question(
        "blank", "ask-mark", answers, header, value=value, column=header, count=marked, total=total
    )


def _about_blanks(column: ProposedColumn, meant: Column, chosen: Reading) -> Iterator[Question]:
    """Ask what blank cells mean where all others say yes: only deaths may have been written."""
    level = "alive" if meant.name == "vital_status" else "no"
    other = {"alive": "dead", "no": "yes"}[level]
    said = "" in tables.chosen_levels(chosen, meant)
    if not column.blank or said or {each.level for each in column.values} != {other}:
        return
    if meant.kind != "flag" and meant.name != "vital_status":
        return
    answers = (
        *(
            answer("ask-as-level", valued(chosen, meant.name, {"": each.code}), level=each.label)
            for each in meant.levels
            if each.code == level
        ),
        answer("ask-levels-empty", valued(chosen, meant.name, {"": ""})),
    )
    header = column.header.text
    samples = ", ".join(f"'{each.value}'" for each in column.values[:SAMPLES])
    yield question(
        "blank", "ask-blank", answers, header, column=header, count=column.blank, samples=samples
    )


class _States(NamedTuple):
    """Values that mean that an event happened, and that it did not; whether both are certain."""

    happened: tuple[ProposedValue, ...]
    not_yet: tuple[ProposedValue, ...]
    settled: bool


def _states(column: ProposedColumn, meant: Column) -> _States:
    """Tell the values of an event apart."""
    # Two codes such as 0 and 1 by what their column says, else by their order; words by what they
    # mean, two that mean nothing by neither. The vital status in words needs no question, nor do
    # yes and no under a header that says what happened.
    plain = all(each.value in _PLAIN and not each.asks for each in column.values)
    if plain and meant.name in COLUMNS:
        return _States((), (), True)
    coded = sorted(
        (each for each in column.values if each.value in _CODED),
        key=lambda each: _CODED.index(each.value),
    )
    if len(coded) == 2:
        no = "alive" if meant.name == "vital_status" else "no"
        asks = any(each.asks for each in coded)
        low, high = coded if asks or coded[1].level != no else reversed(coded)
        return _States((high,), (low,), not asks)
    unknown = tuple(each for each in column.values if each.asks)
    if len(unknown) == len(column.values) == 2:
        return _States(unknown[1:], unknown[:1], False)
    levels = ("yes", "no") if meant.kind == "flag" else ("", "")
    happened, not_yet = (
        tuple(each for each in column.values if level and each.level == level) for level in levels
    )
    return _States(happened, not_yet, True)


def _about_event(
    column: ProposedColumn, meant: Column, states: _States, chosen: Reading
) -> Question:
    """Say which values mean that an event happened, with the counts, and offer the other way."""
    yes, no = ("dead", "alive") if meant.name == "vital_status" else ("yes", "no")
    total = sum(each.count for each in column.values)

    def either(
        code: str, happened: Sequence[ProposedValue], not_yet: Sequence[ProposedValue]
    ) -> Answer:
        levels = {each.value: yes for each in happened} | {each.value: no for each in not_yet}
        return answer(code, valued(chosen, meant.name, levels), **_counted(happened), total=total)

    answers = (
        either("ask-happened", states.happened, states.not_yet),
        either("ask-other-way", states.not_yet, states.happened),
    )
    header, told = column.header.text, _counted(states.happened)
    asked = "ask-died" if meant.name in _DEATHS else "ask-event"
    value, count = told["value"], told["count"]
    named = {"value": value, "column": header, "count": count, "total": total}
    return question("event", asked, answers, header, states.settled, **named)


def _counted(values: Sequence[ProposedValue]) -> dict[str, Any]:
    value = "', '".join(each.value for each in values)
    return {"value": value, "count": sum(each.count for each in values)}


def about_order(asking: Asking) -> Iterator[Question]:
    """Ask once for the order of day and month where no date of a sheet decides it."""
    chosen = asking.chosen
    if chosen.day_first is None:
        asked = (each for part in asking.parts for each in _about_dates(part, chosen))
        yield from islice(asked, 1)


def _about_dates(part: Part, chosen: Reading) -> Iterator[Question]:
    order = tables.day_order(part.grid, part.headers, chosen, part.table)
    for header in part.headers:
        column = TABLES[part.table].get(header.column)
        if column is None or column.kind != "date":
            continue
        cells = part.grid.columns[header.position]
        parsed = parse(cells, column, "", order.get(header.position), {})
        doubtful = [code for code, p in parsed.problems.items() if p.code == "order"]
        if doubtful:
            yield _which_order(header, cells, parsed, doubtful[:SAMPLES], chosen)
            return


def _which_order(
    header: Header, cells: Cells, parsed: Parsed, doubtful: Sequence[int], chosen: Reading
) -> Question:
    read = [dict(parsed.problems[code].values) for code in doubtful]
    answers = tuple(
        answer(
            message,
            replace(chosen, day_first=first),
            read=", ".join(str(each[which]) for each in read),
        )
        for message, which, first in _ORDERS
    )
    return question(
        "day order",
        "ask-which-order",
        answers,
        header.text,
        examples=", ".join(cells.texts[code] for code in doubtful),
    )


# What unknown values of a column mean ------------------------------------------------------------
_SAMPLES, _PAIRS = 5, 5
_FEW = 2  # values that are offered in either order
_MOST = 100  # values that are asked about one by one; the others are asked about after them


def about_unknown(
    column: ProposedColumn, meant: Column, but: Collection[str], chosen: Reading
) -> Iterator[Question]:
    """Ask once what the unknown values of a column mean, the likeliest level of each first."""
    unknown = [each for each in column.values if each.asks and each.value not in but]
    known = {each.level for each in column.values if not each.asks}
    first = {each.value: likely(meant, each.value, known) for each in unknown[:_MOST]}
    parts = tuple(
        _about_one(column, meant, each, first[each.value], chosen) for each in unknown[:_MOST]
    )
    if len(parts) < _FEW:
        yield from parts
        return
    header = column.header.text
    answers = tuple(_about_all(meant, unknown, first, chosen))
    named = {
        "samples": ", ".join(f"'{cut(each.value)}'" for each in unknown[:_SAMPLES]),
        "column": header,
        "values": len(unknown),
        "count": sum(each.count for each in unknown),
    }
    yield question("values", "ask-what-mean", answers, header, False, parts, **named)


def _about_one(
    column: ProposedColumn, meant: Column, each: ProposedValue, first: str, chosen: Reading
) -> Question:
    name, header = meant.name, column.header.text
    levels = sorted(meant.levels, key=lambda level: level.code != first)
    answers = [
        answer("ask-as-level", valued(chosen, name, {each.value: level.code}), level=level.label)
        for level in levels
    ]
    if meant.words == "modality":
        own = answer("ask-arm", valued(chosen, name, {each.value: each.value}))
        answers.insert(len(answers) if first else 0, own)
    empty = answer("ask-levels-empty", valued(chosen, name, {each.value: ""}))
    answers.insert(0 if is_code(each.value) else len(answers), empty)
    named = {"value": cut(each.value), "count": each.count, "column": header}
    return question("value", "ask-what-means", answers, header, **named)


def _about_all(
    meant: Column, unknown: Sequence[ProposedValue], first: dict[str, str], chosen: Reading
) -> Iterator[Answer]:
    """What all of them mean at once: what is likely, two of them in either order, or nothing."""
    names = {level.code: level for level in meant.levels}
    arms = meant.words == "modality"
    if any(first.values()):
        levels = {value: level or (value if arms else "") for value, level in first.items()}
        told = [(each, names[first[each.value]]) for each in unknown if first.get(each.value)]
        likeliest = valued(chosen, meant.name, levels)
        yield answer("ask-as-likely", likeliest, pairs=_pairs(told))
    else:
        yield from _in_order(meant, unknown, chosen)
    own = {each.value: each.value if arms else "" for each in unknown}
    given = valued(chosen, meant.name, own)
    yield answer("ask-all-arms" if arms else "ask-all-empty", given)


def _in_order(meant: Column, unknown: Sequence[ProposedValue], chosen: Reading) -> Iterator[Answer]:
    """Codes as levels in their order or the other way round; those for unknown as none."""
    # Two may be any two; four or five responses go from the best to the worst.
    empty = {each.value: "" for each in unknown if is_code(each.value)}
    told = sorted(
        (each for each in unknown if each.value not in empty), key=lambda each: each.value
    )
    several = _RESPONSES if meant.words == "response" else (_FEW,)
    if len(told) not in several:
        return
    levels = [level for level in meant.levels if level.code != "Non-CR/Non-PD"][: len(told)]
    for order in (levels, levels[::-1]):
        pairs = list(zip(told, order, strict=True))
        given = empty | {each.value: level.code for each, level in pairs}
        answered = valued(chosen, meant.name, given)
        yield answer("ask-as-likely", answered, pairs=_pairs(pairs))


_RESPONSES = (4, 5)


def _pairs(pairs: Sequence[tuple[ProposedValue, Level]]) -> tuple[str, ...]:
    shown = [f"'{cut(each.value)}' = {level.code}" for each, level in pairs[:_PAIRS]]
    return (*shown, "…") if len(pairs) > _PAIRS else tuple(shown)
