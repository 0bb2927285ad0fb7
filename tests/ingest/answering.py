"""A robot that answers what the import asks, as the author of the file would.

It opens a file and answers its open questions until none is left. It sees the questions alone: no
column is mapped that was not asked about, and what is settled stays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from lib import text
from lib.cohort import Cohort, CohortError
from lib.ingest import Answer, File, Proposal, Question, open_file, propose, read
from lib.plan import LEFT_OUT, MappedColumn, MappedValue, Reading
from lib.schema import IDENTIFIERS
from tests.ingest.truths import ALIKE, Outcome, Truth, factor, level, outcomes, same

How = Literal["known", "tried", "first"]
MOST = 40
"""Questions after which the robot gives up."""
FEW = 8
"""Answers of a question that are tried one by one, where the truth has no word about it."""
_UNSAID = -1e6


@dataclass(frozen=True)
class Asked:
    """A question, the answer it was given, and how that was found.

    It was *known* from what the truth says of columns and cells; *tried*, as that of which the
    numbers agree best with the truth; or it is the *first*, because nothing tells the answers
    apart.
    """

    question: str
    answer: str
    how: How


@dataclass(frozen=True)
class Settled:
    """A file after every answer that the robot has."""

    cohort: Cohort | None  # none where the file was refused
    at_once: Cohort | None = None  # as it comes out before any question is answered
    reading: Reading = field(default_factory=Reading)
    asked: tuple[Asked, ...] = ()  # the open questions that were answered, in order
    unanswered: tuple[str, ...] = ()  # those of which every answer contradicts the truth
    first: tuple[str, ...] = ()  # all that was open at first sight
    # shown, said: every question that was shown at any time, settled ones too; and each with its
    # answers
    shown: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    refused: str = ""  # the sentence by which the file was refused


def settle(name: str, data: bytes, truth: Truth) -> Settled:
    """Open a file, and answer what is asked until nothing is open."""
    try:
        file = open_file(name, data)
        asking = _Robot(file, truth)
        asking.run()
    except CohortError as problem:
        return Settled(None, refused=text.error(problem))
    at_once, _why = _cohort(file, Reading())
    cohort, refused = _cohort(file, asking.chosen)
    return Settled(
        cohort,
        at_once,
        asking.chosen,
        tuple(asking.asked),
        tuple(asking.unanswered),
        tuple(asking.first),
        tuple(dict.fromkeys(asking.shown)),
        tuple(dict.fromkeys(asking.said)),
        refused,
    )


def differences(truth: Truth, settled: Settled) -> list[Outcome]:
    """What does not come out of a file that could be read as it must, at first and at last."""
    assert settled.cohort is not None
    found = outcomes(truth, settled.cohort, settled.said)
    if settled.at_once is not None:
        first = outcomes(replace(truth, holds=truth.before), settled.at_once, settled.said)
        found += [replace(each, name=f"at first, {each.name}") for each in first]
    return [each for each in found if not each.holds]


def words(question: Question) -> str:
    """A question as the visitor reads it."""
    return text.said(question.message, question.values)


def choices(question: Question) -> list[str]:
    """Its answers as the visitor reads them."""
    return [text.said(each.message, each.values) for each in question.answers]


class _Robot:
    """The questions of one file, one after the other."""

    def __init__(self, file: File, truth: Truth) -> None:
        self.file, self.truth = file, truth
        self.chosen = Reading()
        self.asked: list[Asked] = []
        self.unanswered: list[str] = []
        self.shown: list[str] = []
        self.said: list[str] = []
        self.first: list[str] = []
        self.done: set[str] = set()

    def run(self) -> None:
        """Answer what is known; where nothing is, try; until nothing is open."""
        proposal = propose(self.file, self.chosen)
        self.first = [words(each) for each in _open(proposal, set())]
        for _round in range(MOST):
            self.shown += [words(each) for each in proposal.questions]
            self.said += [" / ".join((words(q), *choices(q))) for q in proposal.questions]
            waiting = _apart(_open(proposal, self.done), proposal.chosen, self.truth, self.done)
            if not waiting:
                return
            proposal = self._answer(proposal, waiting)

    def _answer(self, proposal: Proposal, waiting: Sequence[Question]) -> Proposal:
        known = _known(proposal, waiting, self.truth)
        if known is not None:
            question, best = known
            if len(best) == 1:
                return self._give(question, best[0], "known")
            answer, _how = _tried(self.file, self.truth, best, self.done | {_name(question)})
            return self._give(question, answer, "known")
        question = waiting[0]
        possible = _possible(question, proposal.chosen, self.truth)
        if not possible:
            self.unanswered.append(words(question))
            self.done.add(_name(question))
            return proposal
        answer, how = _tried(self.file, self.truth, possible, self.done | {_name(question)})
        return self._give(question, answer, how)

    def _give(self, question: Question, answer: Answer, how: How) -> Proposal:
        said = text.said(answer.message, answer.values)
        self.asked.append(Asked(words(question), said, how))
        self.done.add(_name(question))
        self.chosen = answer.reading
        return propose(self.file, self.chosen)


def _open(proposal: Proposal, done: set[str]) -> list[Question]:
    return [each for each in proposal.questions if not each.settled and _name(each) not in done]


def _apart(
    waiting: Sequence[Question], chosen: Reading, truth: Truth, done: set[str]
) -> list[Question]:
    """A question about several values as one about each, where the truth knows what one means."""
    found = []
    for question in waiting:
        parts = [each for each in question.parts if _name(each) not in done]
        told = any(mark(a.reading, chosen, truth) for each in parts for a in each.answers)
        found += parts if told else [question]
    return found


def _name(question: Question) -> str:
    """A question in its own words, which stays the same however its answers do."""
    return f"{question.kind}|{question.column}|{words(question)}"


def _known(
    proposal: Proposal, waiting: Sequence[Question], truth: Truth
) -> tuple[Question, list[Answer]] | None:
    """The first question to which the truth has an answer, and those that agree best with it."""
    for question in waiting:
        marks = [mark(each.reading, proposal.chosen, truth) for each in question.answers]
        best = max(marks, default=0.0)
        if best > 0:
            pairs = zip(question.answers, marks, strict=True)
            return question, [answer for answer, each in pairs if each == best]
        possible = _possible(question, proposal.chosen, truth)
        if len(possible) == 1 < len(marks):
            return question, possible
    return None


def _possible(question: Question, chosen: Reading, truth: Truth) -> list[Answer]:
    """The answers that nothing in the truth contradicts."""
    return [each for each in question.answers if mark(each.reading, chosen, truth) >= 0]


def _tried(
    file: File, truth: Truth, possible: Sequence[Answer], done: set[str]
) -> tuple[Answer, How]:
    """The answer whose numbers agree best with the truth, or the first where none differs."""
    if len(possible) > FEW:
        return possible[0], "first"
    scores = [_score(file, _followed(file, each.reading, truth, done), truth) for each in possible]
    best = max(scores)
    if len(set(scores)) == 1:
        return possible[0], "first"
    return possible[scores.index(best)], "tried"


def _followed(file: File, chosen: Reading, truth: Truth, done: set[str]) -> Reading:
    """What comes of an answer once all that is known has been answered after it."""
    done = set(done)
    for _round in range(MOST):
        try:
            proposal = propose(file, chosen)
        except CohortError:
            return chosen
        waiting = _apart(_open(proposal, done), proposal.chosen, truth, done)
        known = _known(proposal, waiting, truth)
        if known is None:
            return chosen
        question, best = known
        done.add(_name(question))
        chosen = best[0].reading
    return chosen


def _score(file: File, reading: Reading, truth: Truth) -> float:
    """How many things come out as they must."""
    cohort, _why = _cohort(file, reading)
    if cohort is None:
        return _UNSAID
    return sum(each.holds for each in outcomes(truth, cohort))


def _cohort(file: File, reading: Reading) -> tuple[Cohort | None, str]:
    try:
        return read(file, reading), ""
    except CohortError as problem:
        return None, text.error(problem)


# Whether an answer agrees with the truth ----------------------------------------------------


def mark(answer: Reading, chosen: Reading, truth: Truth) -> float:
    """How much of what an answer adds the truth says too; negative where it contradicts.

    Whatever is contradicted outweighs all that is agreed with; a field that the truth names first
    agrees a little more than another that it accepts.
    """
    marks = [each for rule in _RULES for each in rule(answer, chosen, truth)]
    against = [each for each in marks if each < 0]
    return sum(against) if against else sum(marks)


Rule = Callable[[Reading, Reading, Truth], list[float]]


def _by_columns(answer: Reading, chosen: Reading, truth: Truth) -> list[float]:
    added = [each for each in answer.columns if each not in chosen.columns]
    return [_column(each, truth) for each in added]


def _column(mapped: MappedColumn, truth: Truth) -> float:
    fields = truth.fields(mapped.header, mapped.position)
    if not fields:
        return 0
    private = bool(set(fields) & set(IDENTIFIERS))
    if mapped.column == LEFT_OUT:
        return 1 if private or fields[0] in ("", "row_number") else -1
    if mapped.column in fields:
        agrees = 1 - fields.index(mapped.column) / 10
        return _unit(mapped, truth, agrees)
    if mapped.column in [alike for name in fields for alike in ALIKE.get(name, ())]:
        return 0.5
    return -1


def _unit(mapped: MappedColumn, truth: Truth, agrees: float) -> float:
    unit = truth.units.get(same(mapped.header), "")
    if not unit or not mapped.unit:
        return agrees
    return agrees if factor(unit) == factor(mapped.unit) else -1


def _by_values(answer: Reading, chosen: Reading, truth: Truth) -> list[float]:
    return [_value(each, truth) for each in answer.values if each not in chosen.values]


def _value(mapped: MappedValue, truth: Truth) -> float:
    code = truth.coded(mapped.column, mapped.value)
    if code is None:
        return 0
    return 1 if level(code, mapped.column) == level(mapped.level, mapped.column) else -1


def _by_decisions(answer: Reading, chosen: Reading, truth: Truth) -> list[float]:
    marks = []
    for each in answer.decisions:
        if each in chosen.decisions:
            continue
        named = truth.facts.get(f"{each.question}:{each.column}", truth.facts.get(each.question))
        marks.append(0.0 if named is None else 1.0 if named == each.answer else -1.0)
    return marks


def _by_choices(answer: Reading, chosen: Reading, truth: Truth) -> list[float]:
    """The order of dates, what several rows of a patient are, the sheet, and the header row."""
    marks = []
    if answer.day_first != chosen.day_first and truth.day_first is not None:
        marks.append(1.0 if answer.day_first == truth.day_first else -1.0)
    if answer.repeated != chosen.repeated and truth.repeated:
        marks.append(1.0 if answer.repeated == truth.repeated else -1.0)
    if answer.sheet != chosen.sheet and truth.sheets:
        one = 1.0 if len(truth.sheets) == 1 else 0.0
        marks.append(one if answer.sheet in truth.sheets else -1.0)
    if answer.header_row != chosen.header_row and truth.header_row is not None:
        marks.append(1.0 if answer.header_row == truth.header_row else -1.0)
    return marks


_RULES: tuple[Rule, ...] = (_by_columns, _by_values, _by_decisions, _by_choices)
