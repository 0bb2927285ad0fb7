"""Questions about the cells of a column: values, events, blanks, units, the order of dates."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
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
    """The values of each column; a code that stands in several is asked about once."""
    together = _together([column for column, _part in asking.shown])
    for several in together.values():
        yield from about_unknown(several, asking.chosen)
    for column, part in asking.shown:
        yield from _about_values(column, part, asking.chosen, together)


_Together = dict[str, dict[str, list[ProposedColumn]]]
"""By vocabulary, the unknown values that stand in several columns, with those."""


def _together(columns: Sequence[ProposedColumn]) -> _Together:
    found: _Together = defaultdict(lambda: defaultdict(list))
    for column in columns:
        if column.meant and column.meant.kind == "category" and column.meant.words:
            for each in column.values:
                if each.asks:
                    found[column.meant.words][each.value].append(column)
    return {
        words: {value: several for value, several in values.items() if len(several) > 1}
        for words, values in found.items()
    }


def _about_values(
    column: ProposedColumn, part: Part, chosen: Reading, together: _Together
) -> Iterator[Question]:
    """Values that are unknown or ambiguous, and whether 1 means that the event happened."""
    meant = column.meant
    if meant is None:
        return
    if _is_marked(column, meant):
        yield from _about_mark(column, meant, chosen)
        return
    tells = meant.name in _EVENTS or meant.name.endswith(endpoints.EVENT)
    states = _as_dated(_states(column, meant), column, part) if tells else None
    asked = set(together.get(meant.words, ())) if meant.kind == "category" else set()
    if states and states.happened and states.not_yet:
        yield _about_event(column, meant, states, chosen)
        asked |= {each.value for each in (*states.happened, *states.not_yet)}
    unknown = {each.value: [column] for each in column.values if each.asks}
    yield from about_unknown({v: c for v, c in unknown.items() if v not in asked}, chosen)
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


def _as_dated(states: _States, column: ProposedColumn, part: Part) -> _States:
    """Two codes the other way round, where dates of death stand beside the other code alone."""
    places = [h.position for h in part.headers if h.column == "death_date"]
    if states.settled or not places or column.meant is None or column.meant.name not in _DEATHS:
        return states
    dated = part.grid.columns[places[0]].codes >= 0
    codes = column.cells.codes[dated]
    beside = {column.cells.texts[code] for code in codes[codes >= 0].tolist()}
    if beside and beside <= {each.value for each in states.not_yet}:
        return _States(states.not_yet, states.happened, False)
    return states


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


_Unknown = Mapping[str, Sequence[ProposedColumn]]
"""Unknown values, each with the columns in which it stands, which share their levels."""


def about_unknown(unknown: _Unknown, chosen: Reading) -> Iterator[Question]:
    """Ask once what unknown values mean, the likeliest level of each first."""
    columns = list(dict.fromkeys(column for several in unknown.values() for column in several))
    meant = columns[0].meant if columns else None
    if meant is None:
        return
    known = {each.level for column in columns for each in column.values if not each.asks}
    counts = {value: _rows_with(value, several) for value, several in unknown.items()}
    values = list(unknown)[:_MOST]
    first = {value: likely(meant, value, known) for value in values}
    parts = tuple(
        _about_one(value, counts[value], unknown[value], first[value], chosen) for value in values
    )
    if len(parts) < _FEW:
        yield from parts
        return
    answers = tuple(_about_all(meant, unknown, first, chosen))
    named = {
        "samples": ", ".join(f"'{cut(value)}'" for value in list(unknown)[:_SAMPLES]),
        **_headers(columns),
        "values": len(unknown),
        "count": sum(counts.values()),
    }
    header = columns[0].header.text
    code = "ask-what-mean" if len(columns) == 1 else "ask-what-mean-in"
    yield question("values", code, answers, header, False, parts, **named)


def _rows_with(value: str, columns: Sequence[ProposedColumn]) -> int:
    return sum(each.count for column in columns for each in column.values if each.value == value)


def _headers(columns: Sequence[ProposedColumn]) -> dict[str, Any]:
    """What a sentence names of the columns: the only one, or all."""
    headers = tuple(column.header.text for column in columns)
    if len(headers) == 1:
        return {"column": headers[0]}
    return {"columns": tuple(f"'{cut(each)}'" for each in headers)}


def _valued(chosen: Reading, unknown: _Unknown, levels: Mapping[str, str]) -> Reading:
    """The reading in which some values mean a level, in each column in which they stand."""
    by_name: dict[str, dict[str, str]] = defaultdict(dict)
    for value, level in levels.items():
        for column in unknown[value]:
            if column.meant:
                by_name[column.meant.name][value] = level
    for name, given in by_name.items():
        chosen = valued(chosen, name, given)
    return chosen


def _about_one(
    value: str, count: int, columns: Sequence[ProposedColumn], first: str, chosen: Reading
) -> Question:
    meant = columns[0].meant
    assert meant is not None
    stands = {value: columns}
    levels = sorted(meant.levels, key=lambda level: level.code != first)
    answers = [
        answer("ask-as-level", _valued(chosen, stands, {value: level.code}), level=level.label)
        for level in levels
    ]
    if meant.words == "modality":
        own = answer("ask-arm", _valued(chosen, stands, {value: value}))
        answers.insert(len(answers) if first else 0, own)
    empty = answer("ask-levels-empty", _valued(chosen, stands, {value: ""}))
    answers.insert(0 if is_code(value) else len(answers), empty)
    named = {"value": cut(value), "count": count, **_headers(columns)}
    code = "ask-what-means" if len(columns) == 1 else "ask-what-means-in"
    found = question("value", code, answers, columns[0].header.text, **named)
    names = {column.meant.name for column in columns if column.meant}
    return replace(found, adds=len(names))


def _about_all(
    meant: Column, unknown: _Unknown, first: dict[str, str], chosen: Reading
) -> Iterator[Answer]:
    """What all of them mean at once: what is likely, two of them in either order, or nothing."""
    names = {level.code: level for level in meant.levels}
    arms = meant.words == "modality"
    if any(first.values()):
        levels = {value: level or (value if arms else "") for value, level in first.items()}
        told = [(value, names[first[value]]) for value in unknown if first.get(value)]
        likeliest = _valued(chosen, unknown, levels)
        yield answer("ask-as-likely", likeliest, pairs=_pairs(told))
    else:
        yield from _in_order(meant, unknown, chosen)
    own = {value: value if arms else "" for value in unknown}
    given = _valued(chosen, unknown, own)
    yield answer("ask-all-arms" if arms else "ask-all-empty", given)


def _in_order(meant: Column, unknown: _Unknown, chosen: Reading) -> Iterator[Answer]:
    """Codes as levels in their order or the other way round; those for unknown as none."""
    # Two may be any two; four or five responses go from the best to the worst.
    empty = {value: "" for value in unknown if is_code(value)}
    told = sorted(value for value in unknown if value not in empty)
    several = _RESPONSES if meant.words == "response" else (_FEW,)
    if len(told) not in several:
        return
    levels = [level for level in meant.levels if level.code != "Non-CR/Non-PD"][: len(told)]
    for order in (levels, levels[::-1]):
        pairs = list(zip(told, order, strict=True))
        given = empty | {value: level.code for value, level in pairs}
        yield answer("ask-as-likely", _valued(chosen, unknown, given), pairs=_pairs(pairs))


_RESPONSES = (4, 5)


def _pairs(pairs: Sequence[tuple[str, Level]]) -> tuple[str, ...]:
    shown = [f"'{cut(value)}' = {level.code}" for value, level in pairs[:_PAIRS]]
    return (*shown, "…") if len(pairs) > _PAIRS else tuple(shown)
