"""Questions about values that are not known: one a column, whatever the number of its values."""

from collections.abc import Collection, Iterator, Sequence

from lib.ingest.levels import likely
from lib.ingest.missing import is_code
from lib.ingest.proposal import Answer, ProposedColumn, ProposedValue, Question, all_valued, valued
from lib.ingest.questions.asking import answer, question
from lib.language import cut
from lib.plan import Reading
from lib.schema import Column, Level

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
    """What one value means."""
    name, header = meant.name, column.header.text
    levels = sorted(meant.levels, key=lambda level: level.code != first)
    answers = [
        answer("ask-as-level", valued(chosen, name, each.value, level.code), level=level.label)
        for level in levels
    ]
    if meant.words == "modality":
        own = answer("ask-arm", valued(chosen, name, each.value, each.value))
        answers.insert(len(answers) if first else 0, own)
    empty = answer("ask-levels-empty", valued(chosen, name, each.value, ""))
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
        likeliest = all_valued(chosen, meant.name, levels)
        yield answer("ask-as-likely", likeliest, pairs=_pairs(told))
    else:
        yield from _in_order(meant, unknown, chosen)
    own = {each.value: each.value if arms else "" for each in unknown}
    given = all_valued(chosen, meant.name, own)
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
        answered = all_valued(chosen, meant.name, given)
        yield answer("ask-as-likely", answered, pairs=_pairs(pairs))


_RESPONSES = (4, 5)


def _pairs(pairs: Sequence[tuple[ProposedValue, Level]]) -> tuple[str, ...]:
    """Each value with its level, as a sentence lists them."""
    shown = [f"'{cut(each.value)}' = {level.code}" for each, level in pairs[:_PAIRS]]
    return (*shown, "…") if len(pairs) > _PAIRS else tuple(shown)
