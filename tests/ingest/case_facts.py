"""What a case answers, step by step, and the facts that must hold after each."""

import re
from collections.abc import Callable, Container, Sequence
from dataclasses import astuple, replace
from functools import cached_property, partial
from typing import get_args

import pandas as pd

from lib import text
from lib.analyses.study import opening_plan, under_study
from lib.cohort import WHOLE_ROW, Cohort, CohortError, Finding
from lib.followup import FollowUp
from lib.ingest import Proposal, ProposedColumn, Question, open_file, propose, read, read_cohort
from lib.ingest.proposal import Asked
from lib.ingest.sentences import sentence
from lib.plan import NO_HEADERS, MappedValue, Plan, Reading, ResponsePlan, StudyPlan, dumps, loads
from lib.schema import COLUMNS, Endpoint
from tests.ingest.case_files import Case, CaseError, Line, Made, cells, plain
from tests.ingest.conftest import worded


class View:
    """A file under a reading: its proposal, and the cohort that it gives."""

    def __init__(self, made: Made, reading: Reading, file=None) -> None:
        self.made, self.chosen, self.file = made, reading, file or open_file(made.name, made.data())

    def under(self, reading: Reading) -> "View":
        return View(self.made, reading, self.file)

    @cached_property
    def proposal(self) -> Proposal:
        return propose(self.file, self.chosen)

    @cached_property
    def cohort(self) -> Cohort:
        return read(self.file, self.chosen)

    @property
    def open(self) -> list[Question]:
        return [each for each in self.proposal.questions if not each.settled]

    def question(self, about: str) -> Question:
        """The only question of a kind, a column or a code; else the only open one, or the only."""
        asked = self.proposal.questions
        found = [q for q in asked if about in (q.kind, q.column, q.code)]
        found = found if about else self.open or list(asked)
        if len(found) != 1:
            raise AssertionError(f"questions of '{about}': {len(found)} of {labels(asked)}")
        return found[0]

    def column(self, header: str) -> ProposedColumn:
        found = [each for each in self.proposal.columns if each.header.text == header]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} columns under '{header}'")
        return found[0]

    def follow(self, endpoint: str) -> FollowUp:
        return self.cohort.time_to_event(self.endpoint(endpoint))

    def endpoint(self, code: str) -> Endpoint:
        """An endpoint by its code, or the last of them."""
        found = {"last": self.cohort.endpoints[-1]}
        found |= {each.code: each for each in self.cohort.endpoints}
        if code not in found:
            raise AssertionError(f"no endpoint {code} in {list(found)}")
        return found[code]


# Steps: each gives the reading from which the facts below it are seen -----------------------


def answered(view: View, about: str, given: str) -> Reading:
    """The reading of an answer, by its number or its words."""
    question = view.question(about.removeprefix("of").strip())
    if given.isdigit() or given == "last":
        return question.answers[int(given) - 1 if given != "last" else -1].reading
    picked = [each for each in question.answers if alike(given, said(each))]
    if len(picked) != 1:
        raise AssertionError(
            f"{len(picked)} answers are '{given}' of {lists(map(said, question.answers))}"
        )
    return picked[0].reading


def chosen(view: View, what: str, given: str) -> Reading:
    """The reading in which the visitor has chosen something of the whole."""
    word, _space, rest = what.partition(" ")
    number = NO_HEADERS if given == "none" else int(given) if given.isdigit() else 0
    ways: dict[str, Callable[[], Reading]] = {
        "sheet": lambda: replace(view.chosen, sheet=given),
        "other": lambda: view.proposal.on_sheet(given),
        "header": lambda: view.proposal.with_header(number),
        "several": lambda: replace(view.chosen, repeated=given),
        "known": lambda: replace(view.chosen, known_before=tuple(cells(given))),
        "value": lambda: replace(
            view.chosen,
            values=(*view.chosen.values, MappedValue(rest, *map(plain, given.split(" = ")))),
        ),
    }
    if word not in ways:
        raise CaseError(f"choose {what}")
    return ways[word]()


STEPS: dict[str, Callable[[View, str, str], Reading]] = {
    "answer": answered,
    "then": answered,
    "choose": chosen,
    "map": lambda view, header, name: view.proposal.mapped(view.column(header), name),
    "unit": lambda view, header, unit: view.proposal.in_unit(view.column(header), unit),
    "kind": lambda view, header, kind: view.proposal.of_kind(view.column(header), kind),
    "again": lambda view, _rest, _value: view.cohort.reading,
    "anew": lambda _view, _rest, _value: Reading(),
}
"""What a visitor does. `answer` begins where the last `map` or `choose` left, `then` goes on."""
FROM_START = ("answer",)
MOVES_START = ("choose", "map", "unit", "kind", "anew")


# Facts --------------------------------------------------------------------------------------


def alike(pattern: str, words: str) -> bool:
    """Whether words are those of a pattern, in which ``…`` stands for any."""
    parts = map(re.escape, plain(pattern).split("…"))
    return re.fullmatch(".*".join(parts), words, re.S) is not None


def lists(words) -> str:
    return " | ".join(words) or "none"


def said(thing) -> str:
    return text.said(thing.message, thing.values)


def labels(questions: Sequence[Question]) -> str:
    return lists(f"{q.kind} of {q.column}" + " settled" * q.settled for q in questions)


def line_of(finding: Finding) -> str:
    sheet = f"{finding.sheet}!" if finding.sheet else ""
    return f"{sheet}{finding.column}: {worded(finding)} {list(finding.rows)}"


def is_told(pattern: str, finding: Finding) -> bool:
    """Whether a finding is told so, with or without its sheet; or of these rows, by ``[2, 3]``."""
    line = line_of(finding)
    if pattern.startswith("["):
        return pattern == str(list(finding.rows))
    return alike(pattern, line) or alike(pattern, line.removeprefix(f"{finding.sheet}!"))


def shown(cell: object) -> str:
    """A cell of a cohort as the facts write it."""
    if pd.isna(cell):
        return ""
    if isinstance(cell, pd.Timestamp):
        return str(cell)[:10]
    return f"{cell:g}" if isinstance(cell, float) and cell == round(cell) else str(cell)


def is_cell(expected: str, cell: object) -> bool:
    """Whether a cell is as expected: ``*`` is any, a number holds to its last decimal."""
    if expected == "*":
        return not pd.isna(cell)
    if isinstance(cell, float) and re.fullmatch(r"-?\d+(\.\d+)?", expected):
        decimals = len(expected.partition(".")[2])
        return abs(cell - float(expected)) <= (0.5 * 10**-decimals + 1e-9 if decimals else 1e-9)
    return shown(cell) == expected


def listed(expected: str, found: Sequence[object]) -> str:
    """What was found instead of a list of cells, '' where nothing else was."""
    wanted = [] if expected == "none" else cells(expected)
    if len(wanted) == len(found) and all(map(is_cell, wanted, found)):
        return ""
    return lists(map(shown, found))


def column_of(view: View, name: str) -> pd.Series:
    """A column of the patients, or of a table as ``table.column``."""
    table, _dot, column = name.partition(".")
    frames = {**view.cohort.tables, "": view.cohort.patients}
    frame, name = (frames[table], column) if table in view.cohort.tables else (frames[""], name)
    if name not in frame:
        raise AssertionError(f"no column '{name}' in {list(frame)}")
    return frame[name]


def of_column(view: View, name: str, value: str) -> str:
    """Whether a column has these cells."""
    return listed(value, column_of(view, name).tolist())


def levels(view: View, name: str, value: str) -> str:
    """Whether a column has these levels, or so many."""
    found = sorted(column_of(view, name).dropna().unique().tolist())
    return listed(value, found) if "|" in value else same(value, len(found))


def best_responses(view: View) -> str:
    """The best responses of the patients under study, where none is to be confirmed."""
    plan = Plan(study=StudyPlan(), response=ResponsePlan(confirm=False))
    study = under_study(view.cohort, opening_plan(view.cohort, plan))
    return lists(sorted(set(study.cohort.patients["best_response"])))


def counted(view: View, name: str, value: str) -> str:
    """Whether a column has so many of each level."""
    counts = column_of(view, name).map(shown).value_counts().to_dict()
    counts["missing"] = counts.pop("", 0)
    found = {level: n for level, n in counts.items() if n}
    wanted = {level: int(n) for level, n in (c.rsplit(" ", 1) for c in cells(value))}
    return "" if found == wanted else str(found)


def endpoint(view: View, name: str, value: str) -> str:
    """Whether the patients' ways to an endpoint are these."""
    code, what = name.rsplit(" ", 1)
    follow = view.follow(code)
    if what == "of":
        found = f"{int(follow.event.sum())} of {int(follow.used.sum())}"
        return "" if found == value else found
    if what == "months":
        return listed(value, [float(m) for m in follow.months])
    if what in ("why", "ended"):
        return listed(value, list(follow.reason if what == "why" else follow.ended_by))
    flags = follow.used if what == "used" else follow.event
    return listed(value, ["yes" if each else "no" for each in flags])


def asked(found: Sequence[Question], value: str) -> str:
    """Whether the questions are these: ``kind``, ``of column``, or ``settled``, each if given."""
    wanted = [] if value == "none" else cells(value)
    if len(wanted) == len(found) and all(map(_is_asked, wanted, found)):
        return ""
    return labels(found)


def _is_asked(wanted: str, question: Question) -> bool:
    plain_words = wanted.removesuffix(" settled")
    by = (question.kind, question.code, f"{question.kind} of {question.column}")
    named = plain_words in by
    return named and (question.settled or plain_words == wanted)


def offered(view: View, about: str, value: str) -> str:
    """Whether the answers of a question are these; a last ``…`` stands for others."""
    found = [said(each) for each in view.question(about).answers]
    wanted = cells(value)
    if wanted[-1] == "…":
        wanted, found = wanted[:-1], found[: len(wanted) - 1]
    right = len(wanted) == len(found) and all(map(alike, wanted, found))
    return "" if right else lists(found)


def like(pattern: str, found: str) -> str:
    return "" if alike(pattern, found) else found


def why(column: ProposedColumn) -> str:
    message, values = column.reason
    return text.said(message, values)


def score(column: ProposedColumn) -> str:
    return text.score(column.score) if column.score else "none"


def same(expected: str, found: object) -> str:
    return "" if str(found) == expected else str(found) or "nothing"


def as_said(says: Callable[[View, str], object], view: View, about: str, value: str) -> str:
    return same(value, says(view, about))


def yes(holds: bool) -> str:
    return "yes" if holds else "no"


def there(value: str, among: Container[str]) -> str:
    """Those of some words that are among what should have none of them."""
    return ", ".join(word for word in cells(value) if word in among)


def of_severity(*severities: str) -> "Check":
    """A check that a finding is told, of a code where the key names one."""

    def check(view: View, code: str, value: str) -> str:
        of = [f for f in view.cohort.findings if not severities or f.severity in severities]
        of = [each for each in of if code in ("", each.code)]
        told = any(is_told(value, each) for each in of) if value != "none" else not of
        every = (f"{f.severity} of {f.code} {line_of(f)}" for f in view.cohort.findings)
        return "" if told else "\n      ".join(("only these", *every))

    return check


def unasked(view: View, questions: Sequence[Question], about: str) -> str:
    """Whether no question is of a kind, a column or a code; one that there is."""
    if about not in (*get_args(Asked), *(each.header.text for each in view.proposal.columns)):
        sentence(about)
    return labels([q for q in questions if about in (q.kind, q.column, q.code)]).replace("none", "")


def untold(view: View, code: str, value: str) -> str:
    """Whether nothing is told so, of a code that there is where the key names one."""
    if code:
        sentence(code)
    told = [f for f in view.cohort.findings if code in ("", f.code) and is_told(value, f)]
    return "\n".join(map(line_of, told))


def never(view: View, _rest: str, value: str) -> str:
    """Whether none of some words stands anywhere in a cohort."""
    cohort = view.cohort
    frames = [cohort.patients, *cohort.tables.values()]
    kept = "".join(repr(frame.to_dict()) for frame in frames)
    kept += repr(cohort) + repr(cohort.findings) + repr(cohort.reading)
    kept += "".join(map(worded, cohort.findings))
    return there(value, kept)


def is_read_again(view: View) -> bool:
    """Whether the complete reading gives the same cohort."""
    once = view.cohort
    again = read_cohort(view.made.name, view.made.data(), once.reading)
    return (
        (again.reading, again.findings, again.digest) == (once.reading, once.findings, once.digest)
        and again.patients.equals(once.patients)
        and again.endpoints == once.endpoints
    )


def like_world(view: View, _rest: str, world: str) -> str:
    """Whether the patients are those of a world, wherever in the sheet they stand."""
    name, _beside, more = world.partition(", beside ")
    made = Made(view.made.case)
    made.do_on("", name)
    wanted = read_cohort("a.csv", made.data()).patients.drop(columns="row")
    found = view.cohort.patients.drop(columns=["row", *([more] if more else [])])
    return "" if found.equals(wanted) else "\n" + found.to_string()


def aside(cohort: Cohort, about: str = "") -> str:
    rows = {
        row: worded(f)
        for f in cohort.findings
        if WHOLE_ROW in f.sets_aside
        for row in f.rows
        if alike(f"…{about}…", worded(f))
    }
    return ", ".join(map(str, sorted(rows))) or "none"


def sets_aside(cohort: Cohort) -> str:
    return ", ".join(dict.fromkeys(c for f in cohort.findings for c in f.sets_aside)) or "none"


def followed(view: View, about: str) -> str:
    """Which answer of a question is followed: the number of that which changes nothing."""
    readings = [each.reading for each in view.question(about).answers]
    return str(readings.index(view.chosen) + 1) if view.chosen in readings else "none"


Check = Callable[[View, str, str], str]
SAYS: dict[str, Callable[[View, str], object]] = {
    "patients": lambda view, _of: len(view.cohort),
    "rows": lambda view, _of: view.cohort.source.rows,
    "sheet": lambda view, _of: view.cohort.source.sheet,
    "sheets": lambda view, _of: lists(view.proposal.sheets),
    "header row": lambda view, _of: view.proposal.header_row or "none",
    "headers": lambda view, _of: lists(each.header.text for each in view.proposal.columns),
    "aside": lambda view, about: aside(view.cohort, about),
    "sets aside": lambda view, _of: sets_aside(view.cohort),
    "findings": lambda view, _of: len(view.cohort.findings) or "none",
    "errors": lambda view, _of: sum(each.severity == "error" for each in view.cohort.findings),
    "findings of": lambda view, header: sum(f.column == header for f in view.cohort.findings),
    "kept in a plan": lambda view, _of: yes(
        loads(dumps(Plan(reading=view.chosen))).reading == view.chosen
    ),
    "set aside": lambda view, code: lists(
        map(str, view.cohort.patients["row"][view.cohort.set_aside(code)])
    ),
    "latest date": lambda view, _of: view.cohort.latest_date,
    "tables": lambda view, _of: lists(sorted(view.cohort.tables)),
    "rows of": lambda view, table: len(view.cohort.tables[table]),
    "endpoints": lambda view, _of: lists(each.code for each in view.cohort.endpoints),
    "carried": lambda view, _of: lists(column.name for column in view.cohort.extra),
    "columns": lambda view, _of: lists(sorted(view.cohort.patients)),
    "last of": lambda view, name: shown(column_of(view, name).max()),
    "days in": lambda view, name: (column_of(view, name).max() - column_of(view, name).min()).days,
    "known in": lambda view, name: column_of(view, name).notna().sum(),
    "best response": lambda view, _of: best_responses(view),
    "decided": lambda view, _of: lists(
        f"{each.question} {each.answer} {each.column}".strip() for each in view.chosen.decisions
    ),
    "settled": lambda view, about: yes(view.question(about).settled),
    "followed": followed,
    "means": lambda view, header: view.column(header).header.column or "none",
    "unit of": lambda view, header: view.column(header).header.unit or "none",
    "samples": lambda view, header: lists(view.column(header).samples),
    "groups of": lambda view, name: lists(each.label for each in view.cohort.by(name).levels),
    "kind of": lambda view, name: view.cohort.columns[name].kind,
    "known before": lambda view, _of: lists(
        name for name, c in view.cohort.columns.items() if c.baseline and name not in COLUMNS
    ),
    "opens": lambda _view, _of: "yes",
    "again": lambda view, _of: "the same" if is_read_again(view) else "another",
}
"""What there is to be said of a file, by the key of the fact that says it."""
FACTS: dict[str, Check] = {
    **{key: partial(as_said, says) for key, says in SAYS.items()},
    "finding": of_severity(),
    "error": of_severity("error"),
    "warning": of_severity("warning"),
    "note": of_severity("note"),
    "no finding": untold,
    "rows told": lambda view, code, value: listed(
        value, sorted({row for f in view.cohort.findings if f.code == code for row in f.rows})
    ),
    "values told": lambda view, header, value: listed(
        value, sorted({f.value for f in view.cohort.findings if f.column == header and f.value})
    ),
    "last mapped": lambda view, _rest, value: of_column(
        view, view.cohort.reading.columns[-1].column, value
    ),
    "endpoint of": lambda view, code, value: like(
        value, lists(str(part) for part in astuple(view.endpoint(code))[1:] if part)
    ),
    "counts of": counted,
    "no column": lambda view, _rest, value: there(value, view.cohort.patients),
    "no table": lambda view, _rest, value: there(value, view.cohort.tables),
    "questions": lambda view, _rest, value: asked(view.proposal.questions, value),
    "open": lambda view, _rest, value: asked(view.open, value),
    "no question": lambda view, _rest, value: unasked(view, view.proposal.questions, value),
    "no open": lambda view, _rest, value: unasked(view, view.open, value),
    "levels of": levels,
    "question": lambda view, about, value: like(value, said(view.question(about))),
    "answers": offered,
    "reason": lambda view, header, value: like(value, why(view.column(header))),
    "score of": lambda view, header, value: like(value, score(view.column(header))),
    "never": never,
    "never opened": lambda view, _rest, value: there(value, repr(view.file.sheets)),
    "same as": like_world,
}
"""A fact of a case by its key: what was found instead, '' where it holds."""
OF_ENDPOINT = re.compile(r"\S+ (months|event|used|why|ended|of)")


def check_of(key: str) -> tuple[Check, str]:
    """The check of a fact, and what its key says beside it."""
    if key in FACTS:
        return FACTS[key], ""
    for word in sorted(FACTS, key=len, reverse=True):
        about = word if word.endswith((" of", " in")) else f"{word} of"
        for name in (about, word) if word == "means" else (about,):
            if key.startswith(f"{name} "):
                return FACTS[word], key.removeprefix(name).strip()
    return (endpoint if OF_ENDPOINT.fullmatch(key) else of_column), key


def broken(case: Case) -> list[str]:
    """Every fact of a case that does not hold, in a sentence."""
    following = _Following(case)
    found = []
    for line in case.lines:
        try:
            instead = following.step(line)
        except (AssertionError, CohortError) as problem:
            instead = text.error(problem) if isinstance(problem, CohortError) else str(problem)
        except Exception as problem:
            raise CaseError(case.wrong(line, repr(problem))) from problem
        if instead:
            found.append(case.wrong(line, f"found: {instead}"))
            if line.sign != ">":
                break
    return found


class _Following:
    """A case while its lines are followed: its file, and where the visitor is."""

    def __init__(self, case: Case) -> None:
        self.made = Made(case)
        self.start: View | None = None
        self.now: View | None = None

    def step(self, line: Line) -> str:
        """Do what a line says; of a fact, give what was found instead."""
        if line.sign == ">":
            return self._fact(line)
        if self.made.follow(line):
            if self.now:
                raise CaseError("the file is read already")
            return ""
        word, _space, rest = line.key.partition(" ")
        if word not in STEPS:
            raise CaseError(f"'{line.key}' is nothing that a case says")
        now = self._view()
        at = self.start if word in FROM_START else now
        self.now = at.under(STEPS[word](at, rest, line.value))
        self.start = self.now if word in MOVES_START else self.start
        return ""

    def _fact(self, line: Line) -> str:
        if line.key != "refused":
            check, rest = check_of(line.key)
            return check(self._view(), rest, line.value)
        try:
            return f"{len(self._view().cohort)} patients"
        except CohortError as problem:
            return "" if alike(line.value, text.error(problem)) else text.error(problem)

    def _view(self) -> View:
        """The file as it is seen now."""
        self.now = self.now or View(self.made, Reading())
        self.start = self.start or self.now
        return self.now
