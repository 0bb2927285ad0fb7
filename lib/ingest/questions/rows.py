"""Questions about the sheet and its rows: where the patients are, and what several rows are."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from lib.ingest import arms, identifiers, one_row, reading, rows, shapes, side_by_side
from lib.ingest.identity import OVERLAP, Part, numbers
from lib.ingest.one_row import treated
from lib.ingest.proposal import SAMPLES, Question, mapped, shown_headers
from lib.ingest.questions.asking import Asking, answer, decisions, question
from lib.ingest.sentences import some
from lib.ingest.sheets import table_of
from lib.plan import Reading, Repeated
from lib.statistics.estimate import Bools


def about_sheets(asking: Asking) -> Iterator[Question]:
    """Ask which sheet holds the patients, where the names of the sheets do not say it."""
    candidates, arranged, chosen = asking.candidates, asking.arranged, asking.chosen
    if arranged.alike:
        yield _about_alike(asking)
        return
    likely = [sheet for sheet in candidates if not sheet.hidden and table_of(sheet) == ""]
    if len(likely) > 1 and not chosen.sheet and table_of(candidates[0]) != "patients":
        names = [sheet.name for sheet in likely]
        answers = tuple(answer("ask-sheet", Reading(sheet=s), sheet=s) for s in names)
        yield question("sheet", "ask-which-sheet", answers, "", True)


def _about_alike(asking: Asking) -> Question:
    """Ask what sheets with the same headers are; their names may tell, as those of modalities."""
    arranged, chosen = asking.arranged, asking.chosen
    main = arranged.patients.grid.sheet
    names = (main, *(name for name in arranged.alike if name != main))
    together = answer(
        "ask-read-together",
        replace(chosen, sheet="").decided(side_by_side.SHEETS, side_by_side.TOGETHER),
    )
    one = tuple(answer("ask-only", Reading(sheet=name), sheet=name) for name in names)
    answers = (together, *one) if arranged.stacked else (*one[:1], together, *one[1:])
    told = arranged.stacked and arranged.patients.grid.headers[-1] in (arms.MODALITY, arms.YEAR)
    settled = bool(told or chosen.sheet or chosen.said(side_by_side.SHEETS))
    shown = ", ".join(f"'{name}'" for name in names)
    return question("sheet", "ask-same-headers", answers, "", settled, sheets=shown)


def about_strays(asking: Asking) -> Iterator[Question]:
    """Ask whose the rows of a sheet are that nothing names: by their numbers, or nobody's."""
    for part in asking.arranged.unclaimed:
        found = numbers(asking.arranged.whole or asking.arranged.patients, part)
        words = {shapes.NOBODYS: "ask-nobodys"}
        named: dict[str, Any] = {}
        if found and found[2] >= OVERLAP:
            own, other, _share = found
            count = len(set(own.cells.texts) & set(other.cells.texts))
            words = {shapes.BY_NUMBER: "ask-by-number", **words}
            named = {"column": other.header, "count": count, "of": len(part.grid.rows)}
        answers = decisions(asking.chosen, shapes.WHOSE, part.sheet, words, **named)
        settled = bool(asking.chosen.said(shapes.WHOSE, part.sheet))
        headers = some([f"'{h.text}'" for h in part.headers if h.column and h.text], SAMPLES)
        yield question(
            "sheet", "ask-whose", answers, "", settled, sheet=part.sheet, columns=headers
        )


def about_identities(asking: Asking) -> Iterator[Question]:
    """Ask what tells the patients apart, where record numbers and names do not agree."""
    # Namesakes of different age or sex are different people, and the number is followed.
    part, chosen = asking.before, asking.chosen
    if not any(each.code == "numbers-differ" for each in rows.disagreements(part)):
        return
    titles = {each.header: len(each.cells.texts) for each in part.identities().values()}
    answers = tuple(
        answer(
            "ask-tells",
            mapped(chosen, header, part.table, "patient_id"),
            column=header.text,
            count=titles[header.text],
        )
        for header in sorted(part.headers, key=lambda each: each.column != "record_number_PII")
        if header.text in titles
    )
    settled = one_row.are_different(part, list(part.identities().values())[1].cells, chosen)
    if len(answers) == len(titles):  # not where the name stands in several columns
        yield question("twice", "ask-who", answers, "", settled)


def about_codes(asking: Asking) -> Iterator[Question]:
    """Offer the patients' own codes where running numbers stand in their place."""
    code = asking.before.identities().get("patient_id")
    kept = asking.chosen.said(rows.CODES) == rows.KEPT
    numbered = code is not None and rows.is_numbered(code.cells, asking.chosen)
    lost = code is not None and identifiers.is_coded(code.cells) and not asking.coded
    if code is None or lost or not (kept or numbered):
        return
    words = {"numbered": "ask-number", rows.KEPT: "ask-keep-codes"}
    answers = decisions(asking.chosen, rows.CODES, "", words)
    yield question("code", "ask-like-people", answers, code.header, True, column=code.header)


def about_repeats(asking: Asking) -> Iterator[Question]:
    """Ask what several rows of one patient are, where no dates say that they are procedures."""
    arranged, chosen = asking.arranged, asking.chosen
    whole = arranged.whole if arranged.namesakes else None
    part = whole or arranged.patients
    key = part.key()
    if key is None:
        return
    several = np.flatnonzero(key.counts() > 1)
    if not len(several):
        return
    ways: dict[Repeated, str] = {
        "first": "ask-keep-first",
        "last": "ask-keep-last",
        "joined": "ask-join",
        "each": "ask-keep-each",
    }
    now = treated(arranged, chosen)
    answers = tuple(
        answer(ways[way], replace(chosen, repeated=way))
        for way in sorted(ways, key=lambda way: way != now)
    )
    coded = any(header.column == "patient_id" for header in part.headers)
    known = coded and not identifiers.is_coded(key)
    examples = [key.texts[code] for code in several[:SAMPLES]]
    same, headers = _rows_of_one(part, key.codes == several[0])
    named: dict[str, Any] = {"count": len(several)}
    named |= {"examples": ", ".join(examples)} if known else {}
    if headers:
        message = "ask-repeated-differ" if known else "ask-numbers-differ"
    else:
        message = "ask-repeated" if known else "ask-repeated-numbers"
    title = next((each.header for each in part.identities().values()), "")
    settled = bool(chosen.repeated) or arranged.told_once
    yield question(
        "repeated", message, answers, title, settled, **named, rows=same, headers=headers
    )


def _rows_of_one(part: Part, whose: Bools) -> tuple[str, str]:
    """The first rows of one patient, and the headers of what is kept in which they differ."""
    places = np.flatnonzero(whose)[:SAMPLES]
    differ = [
        f"'{header.text}'"
        for header in shown_headers(part)
        if not reading.dropped(header)
        and len(set(part.grid.columns[header.position].codes[places].tolist())) > 1
    ]
    return ", ".join(map(str, part.grid.rows[places].tolist())), some(differ, SAMPLES)
