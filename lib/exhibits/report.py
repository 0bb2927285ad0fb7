"""A report: chosen exhibits in order and numbered, and the words that a paper has around them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from lib import exhibits, text
from lib.analyses import masked
from lib.analyses.cautions import Caution
from lib.analyses.counted import NO_ROWS, NotHeld
from lib.analyses.everything import Everything
from lib.analyses.masked import MaskedResults
from lib.analyses.provenance import Provenance
from lib.analyses.study import Study
from lib.exhibits import checklist, exhibit, methods, writing
from lib.exhibits.exhibit import Exhibit, Table
from lib.exhibits.study import Offered, offered
from lib.figures.spec import Figure
from lib.language import N_, Template, _, ngettext
from lib.plan import ReportPlan

Name = Literal["abstract", "methods", "results"]
NAMES: tuple[Name, ...] = get_args(Name)
TITLES: Mapping[Name, Template] = {
    "abstract": N_("Abstract"),
    "methods": N_("Methods"),
    "results": N_("Results"),
}
EDITED = "†"
"""Stands after a sentence that Hepar did not write."""
_FAMILIES: Mapping[Template, tuple[str, ...]] = {
    N_("Patients"): ("study", "baseline", "masked"),
    N_("Response"): ("response", "transitions", "duration"),
    N_("Survival and progression"): (
        *("survival", "incidence", "origins", "maturity", "landmark"),
    ),
    N_("Everything received"): ("received",),
    N_("Safety"): ("toxicity",),
    N_("Comparison"): (),  # all else
}
_USUAL = ("flow", "table-one", "response", "survival-os", "survival-pfs")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a part."""

    words: str
    is_edited: bool = False  # whether Hepar did not write it so

    @property
    def marked(self) -> str:
        """It with its mark, where it is edited."""
        return f"{self.words}{EDITED}" if self.is_edited else self.words


@dataclass(frozen=True, slots=True)
class Part:
    """One of the parts in whole sentences."""

    name: Name
    written: str  # as Hepar writes it, a paragraph a line
    paragraphs: tuple[tuple[Sentence, ...], ...]  # as it leaves
    removed: int = 0  # sentences that Hepar wrote and are not in it

    @property
    def title(self) -> str:
        """What it is called."""
        return _(TITLES[self.name])

    @property
    def is_edited(self) -> bool:
        """Whether it is not as Hepar writes it."""
        return bool(self.removed) or any(each.is_edited for row in self.paragraphs for each in row)

    @property
    def note(self) -> str:
        """What is to be known of what was edited; '' where nothing was."""
        if not self.is_edited:
            return ""
        changed = any(each.is_edited for row in self.paragraphs for each in row)
        left = ngettext(
            "{n} sentence that Hepar wrote is not here.",
            "{n} sentences that Hepar wrote are not here.",
            self.removed,
        ).format(n=self.removed)
        return exhibit.joined(
            _("{mark} Edited; Hepar did not write this sentence.").format(mark=EDITED)
            if changed
            else "",
            left if self.removed else "",
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """Its paragraphs with marks, and the note on them."""
        rows = (" ".join(each.marked for each in row) for row in self.paragraphs)
        return exhibit.said(*rows, self.note)


@dataclass(frozen=True, eq=False)
class Numbered:
    """A table with its number, and what is written over and under it."""

    number: int
    table: Table
    title: str
    note: str  # how it was computed
    beware: tuple[int, ...]  # the cautions about it, by their numbers

    @property
    def named(self) -> str:
        """``Table 2. Response at 6 months.``"""
        return exhibit.joined(_("{place}. {title}.").format(place=self.place, title=self.title))

    @property
    def place(self) -> str:
        """``Table 2``."""
        return _table(self.number)

    @property
    def warned(self) -> str:
        """Which cautions are about it; '' where none is."""
        return _warned(self.beware)


@dataclass(frozen=True, eq=False)
class Placed:
    """An exhibit in its place."""

    exhibit: Exhibit
    figure: Figure | None  # None where there is none, or the one before is the same
    number: int  # of its figure, also where that stands with an exhibit before; 0 without one
    tables: tuple[Numbered, ...]
    beware: tuple[int, ...]  # the cautions about all of it, by their numbers
    comment: tuple[str, ...] = ()  # what the visitor says of it, a line each

    @property
    def title(self) -> str:
        """What it shows; *Table 1* is only called so by its number."""
        return _retitled(self.exhibit, self.exhibit.title)

    @property
    def named(self) -> str:
        """``Figure 2. Response by modality.``"""
        return exhibit.joined(_("{place}. {title}.").format(place=self.place, title=self.title))

    @property
    def place(self) -> str:
        """``Figure 2``; of the figure that stands elsewhere, where it is the same."""
        return _figure(self.number)

    @property
    def elsewhere(self) -> str:
        """Where the same figure stands."""
        return _("{title}: {place} shows the curves.").format(title=self.title, place=self.place)

    @property
    def alt(self) -> str:
        """The figure in words, for those who do not see it: the answer, else what it is."""
        return exhibit.joined(
            f"{self.title}.", *(self.exhibit.sentences or (self.exhibit.caption,))
        )

    @property
    def warned(self) -> str:
        """Which cautions are about all of it; '' where none is."""
        return _warned(self.beware)

    @property
    def places(self) -> tuple[str, ...]:
        """``Figure 2``, ``Tables 3 to 5``: where a sentence points to."""
        numbers = [each.number for each in self.tables]
        tables = {0: "", 1: _table(numbers[0]) if numbers else ""}.get(len(numbers))
        if tables is None:
            first, last = numbers[0], numbers[-1]
            words = (
                _("Tables {first} and {last}")
                if len(numbers) == 2
                else _("Tables {first} to {last}")
            )
            tables = words.format(first=first, last=last)
        return exhibit.said(_figure(self.number) if self.number else "", tables)


@dataclass(frozen=True, eq=False)
class Report:
    """Words, exhibits and cautions, as every file of it has them."""

    provenance: Provenance
    title: str
    authors: str
    parts: tuple[Part, ...]
    placed: tuple[Placed, ...]
    cautions: tuple[str, ...]  # each has its place in this list as its number, from 1
    absent: tuple[str, ...]  # keys that are chosen, and these patients do not allow
    checklists: tuple[Table, ...]
    software: str

    @property
    def source(self) -> str:
        """What the file says of itself, such as that it is synthetic."""
        return text.source(self.provenance.source)

    @property
    def origin(self) -> tuple[str, ...]:
        """From which file all of it is, and what made it."""
        source = self.provenance.source
        file = _("Source: {file}, SHA-256 {digest}.").format(file=source.name, digest=source.sha256)
        return (file, self.software, _("Made with Hepar. Not a medical device."))

    @property
    def sections(self) -> tuple[tuple[str, tuple[Placed, ...]], ...]:
        """The exhibits under headings, those that follow each other under one."""
        found: list[tuple[str, list[Placed]]] = []
        for each in self.placed:
            title = _family(each.exhibit)
            if not found or found[-1][0] != title:
                found.append((title, []))
            found[-1][1].append(each)
        return tuple((title, tuple(several)) for title, several in found)

    @property
    def missing(self) -> str:
        """Which chosen exhibits are not in it; '' where all are."""
        if not self.absent:
            return ""
        return _("Chosen, but these patients do not allow it: {keys}.").format(
            keys=text.listed(map(text.cut, self.absent))
        )


def of_study(found: Everything) -> Report:
    """The report that the plan asks for."""
    if (hidden := _hidden(found)) is not None:
        return _masked(hidden, exhibits.masked.of_study(hidden, found))
    chosen = found.provenance.plan.report
    listed = {each.key: each for each in offered(found)}
    keys = list(dict.fromkeys(chosen.exhibits or usual(found, listed)))
    made = {key: listed[key].make() if key in listed else None for key in keys}
    shown = [each for each in made.values() if each is not None]
    cautions = list(dict.fromkeys(said for each in shown for said in each.warnings))
    placed = tuple(_placed(shown, cautions, chosen))
    return Report(
        found.provenance,
        text.cut(chosen.title, 300) or _("Treatment through the hepatic artery"),
        text.cut(chosen.authors, 300),
        tuple(_parts(found, placed, chosen)),
        placed,
        tuple(cautions),
        tuple(key for key in keys if made[key] is None),
        checklists(found, placed) if chosen.checklists else (),
        methods.software(),
    )


def checklists(found: Everything, placed: Sequence[Placed]) -> tuple[Table, ...]:
    """What guidelines ask, and where exhibits in their places answer it."""
    return tuple(checklist.tables(found, {each.exhibit.key: each.places for each in placed}))


def _hidden(found: Everything) -> MaskedResults | None:
    """What is left where small counts are masked; None where none are.

    Raises `NotHeld` where they are to be, and no row is held of which they could be merged.
    """
    if not isinstance(found.study, Study):
        if found.provenance.plan.report.least_cell:
            raise NotHeld(NO_ROWS)
        return None
    return masked.of_study(found.study)


def _masked(found: MaskedResults, shown: Sequence[Exhibit]) -> Report:
    """The report of what is masked: what it is and what is withheld, then what the plan chose.

    Nothing that somebody wrote into it is in it: nobody knows which numbers they name.
    """
    chosen = found.provenance.plan.report
    known = {each.key: each for each in shown}
    keys = list(dict.fromkeys((exhibits.masked.KEY, *(chosen.exhibits or known))))
    left = [known[key] for key in keys if key in known]
    cautions = list(dict.fromkeys(said for each in left for said in each.warnings))
    return Report(
        found.provenance,
        text.cut(chosen.title, 300) or _("Treatment through the hepatic artery"),
        text.cut(chosen.authors, 300),
        (part("methods", "\n".join(shown[0].sentences)),),
        tuple(_placed(left, cautions, chosen)),
        tuple(cautions),
        tuple(key for key in keys if key not in known),
        (),
        methods.software(),
    )


def usual(found: Everything, listed: Iterable[str]) -> tuple[str, ...]:
    """The exhibits of a report for which nobody chose any, by their keys.

    Who the patients are, response, survival, the plan's contrast and safety.
    """
    compared = found.comparison
    keys = list(_USUAL)
    if compared is not None:
        first = writing.leading(compared)
        if first is not None:
            code = exhibit.of_endpoint(first.endpoint, found.provenance)
            keys.append(exhibit.key("compare", code))
        keys += ["compare-response", "compare-balance", "complications"]
    known = set(listed)
    return tuple(key for key in keys if key in known)


def names(found: Everything) -> Mapping[str, Offered]:
    """All that a report can hold, by key, in reading order."""
    if (hidden := _hidden(found)) is not None:
        every = exhibits.masked.names(exhibits.masked.of_study(hidden, found))
        return {each.key: each for each in every}
    return {each.key: each for each in offered(found)}


# Numbers -----------------------------------------------------------------------------------------


def _figure(number: int) -> str:
    return _("Figure {n}").format(n=number)


def _table(number: int) -> str:
    return _("Table {n}").format(n=number)


def _warned(numbers: Sequence[int]) -> str:
    if not numbers:
        return ""
    n = len(numbers)
    return ngettext("See caution {numbers}.", "See cautions {numbers}.", n).format(
        numbers=text.listed(map(str, numbers))
    )


def _retitled(shown: Exhibit, title: str) -> str:
    if shown.key != "table-one":
        return title
    return title.replace(_("Table 1"), _("Patients at baseline"), 1)


def _placed(
    shown: Sequence[Exhibit], cautions: Sequence[str], chosen: ReportPlan
) -> Iterator[Placed]:
    """Number figures and tables; a figure that was shown before is referred to."""
    drawn: list[tuple[object, int]] = []
    tables, noted = 0, _Notes()
    for each in shown:
        numbered = []
        for table in each.tables:
            if table.shown in ("open", "reported") and len(table.frame):
                tables += 1
                numbered.append(_numbered(each, table, tables, noted, cautions))
        figure, number = each.figure, 0
        if figure is not None:
            same = _drawing(figure)
            number = next((n for other, n in drawn if other == same), 0)
            if number:
                figure = None
            else:
                number = len(drawn) + 1
                drawn.append((same, number))
        beware = _numbers(each.cautions, cautions)
        comment = exhibit.said(
            *(text.visible(line) for line in chosen.comment(each.key).splitlines())
        )
        yield Placed(each, figure, number, tuple(numbered), beware, comment)


class _Notes:
    """What was said under a table before, and under which."""

    def __init__(self) -> None:
        self._said: dict[str, int] = {}

    def once(self, notes: Sequence[str], number: int) -> str:
        """Notes, and where those stand that were said before."""
        new, old = [], []
        for note in filter(None, notes):
            before = self._said.setdefault(note, number)
            if before == number:
                new.append(note)
            else:
                old.append(_("As for {table}.").format(table=_table(before)))
        return exhibit.joined(*new, *dict.fromkeys(old))


def _numbered(
    shown: Exhibit, table: Table, number: int, noted: _Notes, cautions: Sequence[str]
) -> Numbered:
    own = shown.title == table.title
    title = shown.title if own else _("{what}: {part}").format(what=shown.title, part=table.title)
    notes = (table.caption, "" if shown.draw else shown.caption)
    return Numbered(
        number,
        table,
        _retitled(shown, title),
        noted.once(notes, number),
        _numbers(table.cautions, cautions),
    )


def _numbers(found: Iterable[Caution], cautions: Sequence[str]) -> tuple[int, ...]:
    said = dict.fromkeys(text.caution(each) for each in found)
    return tuple(sorted(cautions.index(words) + 1 for words in said))


def _drawing(figure: Figure) -> object:
    """What is drawn, by which two figures are told apart."""
    return [{name: str(part) for name, part in trace.items()} for trace in figure.data]


def _family(shown: Exhibit) -> str:
    module = shown.made[0].partition(".")[0]
    title = next(
        (title for title, modules in _FAMILIES.items() if module in modules), N_("Comparison")
    )
    return _(title)


# Words -------------------------------------------------------------------------------------------


def _parts(found: Everything, placed: Sequence[Placed], chosen: ReportPlan) -> Iterator[Part]:
    makers: Mapping[Name, Callable[[], Iterable[str]]] = {
        "abstract": lambda: writing.abstract(found, [each.exhibit for each in placed]),
        "methods": lambda: methods.of_shown(found, [each.exhibit for each in placed]),
        "results": lambda: writing.results(
            found, [(each.exhibit, each.places, each.title) for each in placed]
        ),
    }
    for name, make in makers.items():
        written = "\n".join(exhibit.said(*make()))
        yield part(name, written, chosen.instead(name))


def part(name: Name, written: str, instead: str = "") -> Part:
    """A part as it leaves: as written, or what stands in its place, each sentence marked.

    A sentence that Hepar does not write of these patients counts as edited, also where it did
    before the plan or the patients changed.
    """
    rows = _split(instead if instead.strip() else written)
    known = [words for row in _split(written) for words in row]
    ours = set(known)
    left = tuple(
        tuple(Sentence(words, is_edited=words not in ours) for words in row) for row in rows
    )
    kept = {words for row in rows for words in row}
    return Part(name, written, left, sum(words not in kept for words in known))


def _split(words: str) -> list[list[str]]:
    """Paragraphs, each as its sentences; no line break or space without end is kept."""
    rows = (text.in_line(line) for line in words.splitlines())
    return [text.sentences(row) for row in rows if row]
