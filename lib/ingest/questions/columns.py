"""Questions about what a column means."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lib.ingest import endpoints, headers, marked_levels
from lib.ingest.derive import DEATH_BY_CONTACT
from lib.ingest.proposal import SAMPLES, ProposedColumn, Question, mapped
from lib.ingest.questions.asking import Asking, Shown, answer, question
from lib.plan import LEFT_OUT, Reading
from lib.schema import COLUMNS, TABLES


def about_columns(asking: Asking) -> Iterator[Question]:
    """Headers with several meanings; of columns of marks another rule asks."""
    marks = marked_levels.unnamed(asking.before.grid, asking.chosen)
    for column, _part in asking.shown:
        text = column.header.text
        marked = text in marks or asking.chosen.said(marked_levels.MARK, text)
        if column.header.reason in ("ask", "content", "words", "near") and not marked:
            yield _what_is(column, asking.chosen)


def about_rivals(asking: Asking) -> Iterator[Question]:
    """Fields with several columns, and how these differ."""
    shown, chosen = asking.shown, asking.chosen
    rivals: dict[str, list[ProposedColumn]] = {}
    for column, _part in shown:
        if column.header.reason == "twice" and column.header.candidates:
            rivals.setdefault(column.header.candidates[0], []).append(column)
    for field, several in rivals.items():
        used = [c for c, _part in shown if c.header.column == field and c.table == "patients"]
        answers = tuple(
            answer(
                "ask-use",
                mapped(chosen, each.header, each.table, field),
                column=each.header.text,
                count=each.filled,
                samples=", ".join(each.samples),
            )
            for each in (*used, *several)
        )
        name = COLUMNS[field].label if field in COLUMNS else field
        code, differing = _differences([*used, *several], shown)
        yield question("twice", code, answers, "", bool(used), field=name, **differing)


def _differences(
    rivals: Sequence[ProposedColumn], shown: Sequence[Shown]
) -> tuple[str, dict[str, Any]]:
    """In how many rows the columns for one field differ, and what the first of these say."""
    parts = {id(part): part for column, part in shown if column in rivals}
    if len(parts) != 1 or not all(column.kept for column in rivals):
        return "ask-columns-which", {}
    (part,) = parts.values()
    cells = [part.grid.columns[column.header.position] for column in rivals]
    texts = [np.array([*each.texts, ""], object)[each.codes] for each in cells]
    differ = np.flatnonzero(np.any([each != texts[0] for each in texts[1:]], axis=0))
    if not len(differ):
        return "ask-columns-which", {}
    blanks = np.sum([each[differ] == "" for each in texts], axis=0)
    first = differ[np.argsort(blanks, kind="stable")][:SAMPLES]  # where all say something
    examples = "; ".join(
        f"{part.grid.rows[row]}: {', '.join(each[row] or '–' for each in texts)}" for row in first
    )
    return "ask-which-differ", {"count": len(differ), "examples": examples}


def _what_is(column: ProposedColumn, chosen: Reading) -> Question:
    header = column.header
    answers = [
        answer("ask-as-both", given.decided(DEATH_BY_CONTACT, "yes"))
        if name == "last_contact_date" and "death_date" in header.candidates
        else answer("ask-as-event", given, column=header.synonym)
        if name.endswith(endpoints.EVENT) and name not in TABLES[column.table]
        else answer("ask-as-field", given, field=meant.label)
        for name in header.candidates
        if (meant := headers.meaning(replace(header, column=name), column.table))
        for given in (mapped(chosen, header, column.table, name),)
    ]
    answers.append(answer("ask-carry", mapped(chosen, header, column.table, "")))
    answers.append(answer("ask-leave", mapped(chosen, header, column.table, LEFT_OUT)))
    samples = header.unfit or column.samples
    such = {"samples": ", ".join(samples)} if samples else {}
    asked, settled = "ask-what-is-such" if samples else "ask-what-is", bool(header.column)
    named = {"column": header.text, **such}
    return question("column", asked, answers, header.text, settled, **named)
