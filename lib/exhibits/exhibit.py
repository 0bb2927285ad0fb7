"""What leaves the house: a finding with all that belongs beside it."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeVar

import pandas as pd

from lib import text
from lib.analyses.cautions import Caution
from lib.analyses.provenance import Provenance
from lib.analyses.study import Study
from lib.figures.spec import Figure
from lib.figures.theme import marked, noted
from lib.language import _
from lib.recist import PROFILES
from lib.schema import Column, Endpoint, Level

_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_KEY = 60
MOST_HEADLINES = 3
"""Groups whose numbers are set large side by side."""
Row = TypeVar("Row")


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers in words, made when they are first asked for."""

    title: str
    make: Callable[[], pd.DataFrame]  # gives the frame, whose first column names its rows
    caption: str = ""  # how they were computed
    cautions: tuple[Caution, ...] = ()  # what to beware of in this table alone
    # Whether a reader sees it at once, on asking, on asking and in the report, or in what is taken
    # away alone.
    shown: Literal["open", "folded", "reported", "taken"] = "open"

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The numbers."""
        return self.make()


@dataclass(frozen=True, slots=True)
class Headline:
    """A number that is read first."""

    group: str  # whose
    value: str
    beside: str  # its limits, and what it is of


@dataclass(frozen=True, eq=False)
class Exhibit:
    """A finding as it is shown and taken away, with nothing that could be lost on the way."""

    # Names its files and its widgets, as `key` gives it: the same for every cohort and in every
    # language, and no other exhibit's of a study.
    key: str
    title: str
    provenance: Provenance  # whose patients, from which file, by which plan
    # The analysis that computed it, and its arguments: ``("survival.by_group", "OS")``.
    made: tuple[str, ...]
    sentences: tuple[str, ...] = ()  # what was found, the answer first
    # headline, headlines: the answer as a few large numbers, which a page has in place of its
    # sentences, and what they are
    headline: str = ""
    headlines: tuple[Headline, ...] = ()
    conclusion: str = ""  # what follows from them, in a sentence
    estimand: str = ""  # what the answer estimates, in small print under it
    draw: Callable[[], Figure] | None = None  # gives the figure, where there is one
    # Gives the same figure for where there is little room; it is never taken away.
    draw_small: Callable[[], Figure] | None = None
    # What the figure does not show of all that it is of: it is written into it.
    undrawn: str = ""
    # What the figure shows, for who cannot see it, where no sentence says so.
    shows: str = ""
    caption: str = ""  # how it was computed, written from the object that did
    tables: tuple[Table, ...] = ()
    cautions: tuple[Caution, ...] = ()  # what to beware of in all of it
    meanings: tuple[str, ...] = ()  # what its numbers mean, for readers without a statistician
    # Whether it is shown, in grey, to say why it is not to be read; it is never taken away.
    misleads: bool = False

    @cached_property
    def figure(self) -> Figure | None:
        """What is drawn; what is not, and what the file says of itself, is written into it."""
        if self.draw is None:
            return None
        return marked(noted(self.draw(), self.undrawn), self.provenance.source)

    @cached_property
    def small(self) -> Figure | None:
        """The figure where there is little room, marked as briefly as can be."""
        if self.draw_small is None:
            return None
        return marked(self.draw_small(), self.provenance.source, is_brief=True)

    @property
    def alt(self) -> str:
        """The figure in words: what it is of, what was found, and how."""
        found = self.sentences or said(self.shows)
        return " ".join((f"{self.title}.", *found, *said(self.caption)))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Every caution in words, those of single tables too."""
        every = [*self.cautions, *(each for table in self.tables for each in table.cautions)]
        return tuple(dict.fromkeys(text.caution(each) for each in every))

    @property
    def origin(self) -> tuple[str, ...]:
        """From which file, whose patients, by which criteria: what everything taken away says."""
        source = self.provenance.source
        file = _("Source: {file}, SHA-256 {digest}.").format(file=source.name, digest=source.sha256)
        under = text.under_study(self.provenance)
        said = (text.source(source), file, under, modified(self.provenance))
        return tuple(dict.fromkeys(line for line in said if line))


def key(*parts: str) -> str:
    """The name of an exhibit's files, without their ending: ``survival-os``.

    Raises `ValueError` if it would not do in every file system: the parts are the product's own,
    never a label or a text of the file.
    """
    made = "-".join(parts).lower().replace(" ", "-")
    if len(made) > _LONGEST_KEY or not _KEY.fullmatch(made):
        raise ValueError(f"a key is of plain letters, digits and hyphens, got {made!r}")
    return made


def of_endpoint(endpoint: Endpoint, whence: Provenance) -> str:
    """An endpoint in a key: its code, or its place among those of the file's own making."""
    own = whence.own_endpoints
    return f"own{own.index(endpoint) + 1}" if endpoint in own else endpoint.code


def of_file(study: Study) -> Provenance:
    """That of all patients of the file, whom no filter and no cut-off narrows."""
    n = len(study.as_read)
    return replace(study.provenance, n=n, whole=n, selection=(), cut_off=None)


def said(*sentences: str) -> tuple[str, ...]:
    """The sentences that say something."""
    return tuple(sentence for sentence in sentences if sentence)


def joined(*sentences: str) -> str:
    """The sentences that say something, one after the other."""
    return text.sentence(" ".join(said(*sentences)))


def gaps(found: Iterable[tuple[str, Sequence[tuple[float, float]]]]) -> str:
    """Differences within exact limits that the same test rejects; '' where there are none.

    `found`: what each difference is of, and its gaps.
    """
    of_each = [
        _("{what}: {ranges}").format(what=what, ranges=text.listed(map(text.gap, several)))
        for what, several in found
        if several
    ]
    if not of_each:
        return ""
    return _(
        "Exact p-values do not fall evenly: within the limits the same test rejects these "
        "differences too, in percentage points: {gaps}."
    ).format(gaps="; ".join(of_each))


def methods(found: Iterable[str]) -> str:
    """Methods one after the other, each once; the first alone begins with a capital."""
    first, *others = dict.fromkeys(map(_, found)) or ("",)
    return "; ".join((first, *map(text.lowered, others)))


def grouping(column: Column | None) -> str:
    """What results are shown by: ``modality``; ``all patients`` where nothing groups them."""
    return _("by {column}").format(column=text.in_sentence(column)) if column else ""


def grouped(whence: Provenance, column: Column | None) -> str:
    """How patients came to their groups: by which rule of modality, or where numbers are cut."""
    if column is None:
        return ""
    return _modality(whence) if column.name == "modality" else text.cut_at(whence, column)


def _modality(whence: Provenance) -> str:
    return joined(
        _("Modality {rule}.").format(rule=_(whence.modality_rule)),
        _("First procedure not known, so as recorded: n = {n}.").format(n=whence.stood_in)
        if whence.stood_in
        else "",
        _("Recorded as having had both in the end: n = {n}.").format(n=whence.both)
        if whence.both and not whence.both_recorded
        else "",
    )


def modified(whence: Provenance) -> str:
    """That a profile is not RECIST 1.1 itself."""
    choices = whence.plan.response
    if choices.profile == "RECIST 1.1":
        return ""
    if not whence.derived:
        return of_liver(whence)
    return _("Responses by {profile}.").format(profile=_(PROFILES[choices.profile].label))


def of_liver(whence: Provenance) -> str:
    """What the profile changes of recorded responses."""
    if not PROFILES[whence.plan.response.profile].liver_only:
        return ""
    return _("Where none is recorded, progression in the liver alone counts as PD.")


def across(rows: Iterable[dict[str, str]], by: str = "") -> pd.DataFrame:
    """Turn a row a group into a column a group, as journals print arms.

    `by`: what names the rows; ``Group`` unless told.
    """
    frame = pd.DataFrame(list(rows), dtype=object).fillna("").set_index(by or _("Group"))
    return frame.T.reset_index(names=" ").rename_axis(columns=None)


def in_no_curve(
    groups: Iterable[tuple[Level, int]], known: int, whole: int, ungrouped: int = 0
) -> str:
    """Who is in none of the curves of a figure; '' where all are in one.

    `groups`: those without a curve, with their patients. `known`: of the `whole`, those with a
    time. `ungrouped`: of these, those without a value of the grouping column.
    """
    without = [
        _("{group} (n = {n})").format(group=text.named(level), n=n) for level, n in groups if n
    ]
    return joined(
        _("Time known of {n} of {whole}.").format(n=known, whole=whole) if known < whole else "",
        _("In no curve: {groups}.").format(groups=text.listed(without)) if without else "",
        _("In no group: {n}.").format(n=ungrouped) if ungrouped else "",
    )


def frame(rows: Iterable[Row], *columns: tuple[str, Callable[[Row], object]]) -> pd.DataFrame:
    """A line of each row: under the name of each column what it tells of it."""
    told = [[tell(row) for _name, tell in columns] for row in rows]
    return pd.DataFrame(told, columns=[name for name, _tell in columns])


def lines(rows: Sequence[Sequence[str]], *names: str) -> pd.DataFrame:
    """Rows under their names."""
    return pd.DataFrame(rows, columns=list(names))
