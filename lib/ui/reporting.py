"""The report as it will be: exhibits in order, words to be edited, and files made on asking."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from hashlib import sha256
from math import inf
from typing import TypeAlias

import streamlit as st

from lib import text
from lib.analyses import comparison
from lib.analyses.counted import Population
from lib.analyses.everything import Everything
from lib.analyses.study import Study
from lib.exhibits import checklist, masked, report
from lib.exhibits.exhibit import Table
from lib.exhibits.report import NAMES, TITLES, Part, Placed, Report
from lib.export import chromium, paper, reports
from lib.export.bundle import zipped
from lib.export.chromium import BrowserError, Image
from lib.export.reports import Format
from lib.language import N_, _
from lib.plan import Comment, Edited, ReportPlan
from lib.ui import bundling, charts, controls, parts, protocol, session, taking, telling

_LINE, _PROSE = 300, 20_000  # signs of a line and of a text that a plan can hold
_NARROW = 620  # pixels of a figure that is looked at, not read


def protocol_first() -> None:
    """Offer to write a protocol, as before any comparison: a report may hold one."""
    result = session.computed(comparison.of_arms)
    if result is None:
        return
    if protocol.offered(result, report=True):
        parts.end()
    session.comparison_opened()


def made(study: Population) -> Report:
    """The report of the patients under study, by the plan in force."""
    return session.once(report.of_study, session.once(Everything, study))


def _plan() -> ReportPlan:
    return session.plan().report


def _choose(**changed: object) -> None:
    """Put the report with other choices in force."""
    now = session.plan()
    session.choose(replace(now, report=replace(now.report, **changed)))  # type: ignore[arg-type]


def named() -> None:
    """What the study is called, and whose it is."""
    left, right = st.columns(2)
    with left:
        _line("title", _("Title of the study"))
    with right:
        _line("authors", _("Authors and centres"))


def _line(field: str, title: str) -> None:
    controls.ask(
        st.text_input,
        title,
        getattr(_plan(), field),
        key=f"report-{field}",
        then=lambda words: _choose(**{field: words}),
        max_chars=_LINE,
    )


_LEAST = (0, 3, 5, 10, 15, 20, 30)
"""Least counts to choose from; a plan may have another."""


def masking(study: Population, found: Report) -> None:
    """The least count that leaves, and what that leaves of the report, before anything is taken."""
    if not isinstance(study, Study):  # cells are merged of rows
        return
    now = _plan().least_cell
    controls.choice(
        "report.least_cell",
        _("Mask small counts"),
        sorted({*_LEAST, now}),
        lambda k: _("no: every count leaves") if not k else _("under {k}").format(k=k),
    )
    about = next((each.exhibit for each in found.placed if each.exhibit.key == masked.KEY), None)
    if about is not None:
        for line in about.sentences:
            parts.small_print(line)
        if _plan().comments or _plan().edited:
            parts.small_print(
                _("What you wrote yourself is left out: nothing is known of its numbers.")
            )


# Files -------------------------------------------------------------------------------------------


class Drawn:
    """The figures of a report as images, drawn by the server's browser when first asked for."""

    def __init__(self, found: Report) -> None:
        self._found = found

    @cached_property
    def images(self) -> Mapping[str, Image]:
        """By the keys of their exhibits; none where the browser failed."""
        try:
            return reports.images(self._found)
        except BrowserError:
            return {}


_FILES: tuple[tuple[Format, str, str], ...] = (
    ("docx", N_("Word, DOCX"), "article"),
    ("html", N_("One page, HTML"), "language"),
    ("pdf", N_("PDF"), "picture_as_pdf"),
    ("xlsx", N_("All tables, XLSX"), "table"),
)


Draws: TypeAlias = Callable[[], Mapping[str, Image]]
"""Gives the figures of a report as images, by the keys of their exhibits."""


def files(found: Report) -> Draws:
    """Buttons that make the report's files, and what a server without a browser cannot make.

    Gives what draws the figures.
    """
    draws = bool(chromium.found())
    own = {} if draws else _drawn_here(found)
    kept = session.once(Drawn, found) if draws else None  # a click asks a thread without a session
    drawn: Draws = (lambda: kept.images) if kept else (lambda: own)
    with st.container(horizontal=True, key="report-files"):
        for kind, title, icon in _FILES:
            if kind != "pdf" or draws:
                make = partial(_file, found, kind, drawn)
                parts.download(_(title), make, reports.name(kind), f"report-{kind}", icon)
        if draws or own:
            parts.download(
                _("All figures, ZIP"),
                lambda: zipped(reports.figures(found, drawn())),
                "figures.zip",
                "report-figures",
                "image",
            )
        parts.plan_as_toml("toml-report", _("The report’s choices and texts are in it too."))
    if not draws:
        parts.small_print(
            _(
                "This server has no browser to print a PDF: open the page of HTML, and print it "
                "from there."
            )
        )
    return drawn


def _file(found: Report, kind: Format, drawn: Draws) -> bytes:
    """A file of the report; only what has figures as images has them drawn."""
    return reports.file(found, kind, drawn() if kind in ("docx", "pdf") else {})


def _drawn_here(found: Report) -> Mapping[str, Image]:
    """Figures as the visitor's own browser draws them, once it is asked to."""
    figures = {each.exhibit.key: each.figure for each in found.placed if each.figure is not None}
    if not figures:
        return {}
    made = taking.drawn(figures, paper.WIDTH)
    if set(made) != set(figures):
        parts.small_print(
            _("This server draws no images: have this browser draw the figures first.")
        )
        return {}
    return made


def bundled(study: Population, drawn: Draws) -> None:
    """The bundle, with the report's own files in it; and counts for pooling."""
    if not isinstance(study, Study):  # there is nothing here that could be bundled
        return
    bundling.section(study, drawn)
    telling.section(study)


# Words -------------------------------------------------------------------------------------------


def words(found: Report) -> None:
    """Abstract, methods and results: as they leave, to copy and to edit."""
    by_title = {str(TITLES[each.name]): each for each in found.parts}
    for title, tab in parts.tabbed("report-words", list(by_title)):
        with tab:
            _part(by_title[title])


def _part(part: Part) -> None:
    for line in part.lines:
        st.markdown(text.plain(line))
    with st.container(horizontal=True, key=f"report-{part.name}-does"):
        taking.copy_words(f"report-{part.name}", _("Copy the text"), "\n\n".join(part.lines))
        if part.is_edited:
            back = partial(_edit, part, "")
            st.button(_("Back to the written text"), key=f"report-back-{part.name}", on_click=back)
    if _plan().least_cell:
        return
    title = _("Edit")
    parts.section(title, f"report-edit-{part.name}", _editing, part, icon=":material/edit:")


def _editing(part: Part) -> None:
    """The text as it is, a paragraph a line; whatever is changed is marked in every file."""
    parts.small_print(_("Sentences that you change are marked as edited, here and in every file."))
    now = "\n\n".join(" ".join(each.words for each in row) for row in part.paragraphs)
    mark = sha256(part.written.encode()).hexdigest()[:8]
    controls.ask(
        st.text_area,
        part.title,
        now,
        key=f"report-words-{part.name}-{mark}",
        then=lambda typed: _edit(part, typed),
        height=320,
        max_chars=_PROSE,
    )


def _edit(part: Part, typed: str) -> None:
    """Keep another text in the place of a part; the written one needs not be kept."""
    others = tuple(each for each in _plan().edited if each.part != part.name)
    own = report.part(part.name, part.written, typed)
    if own.is_edited:
        others = (*others, Edited(part.name, typed[:_PROSE]))
    _choose(edited=tuple(sorted(others, key=lambda each: NAMES.index(each.part))))
    session.redraw()


# Exhibits ----------------------------------------------------------------------------------------


def contents(study: Population, found: Report) -> None:
    """The exhibits in their order, to look at, move, comment and leave out; and others to add."""
    st.subheader(_("Figures and tables"))
    listed = session.once(report.names, session.once(Everything, study))
    placed = {each.exhibit.key: each for each in found.placed}
    keys = [*placed, *found.absent]
    if _plan().exhibits:
        keys = list(dict.fromkeys(_plan().exhibits))
    keys = [key for key in keys if key != masked.KEY]
    for at, key in enumerate(keys):
        name = listed[key].name if key in listed else key
        with st.container(key=f"report-row-{at}"):
            _row(keys, at, name, placed.get(key))
    _others(
        {key: each.name for key, each in listed.items() if key not in (*keys, masked.KEY)}, keys
    )
    if not _plan().least_cell:
        _checklists(study, found)


def _checklists(study: Population, found: Report) -> None:
    """What guidelines ask and this report answers: here always, in the files where it is wanted."""
    st.subheader(_("Checklists of reporting"))
    parts.small_print(
        _(
            "What guidelines ask, by where this report answers it; the rest is named, for you to "
            "answer. Journals take such lists as files of their own, so they stand at the end of "
            "yours only where you say so."
        )
    )
    for table in _listed(study, found):
        title = _("{title} ({open} open)").format(title=table.title, open=checklist.left(table))
        parts.section(text.plain(title), f"report-{table.title}", _checklist, table)
    controls.ask(
        st.toggle,
        _("With the checklists at the end of the files"),
        _plan().checklists,
        key="report-checklists",
        then=lambda wanted: _choose(checklists=wanted),
    )


def _listed(study: Population, found: Report) -> Sequence[Table]:
    """The checklists, as the files have them where they do."""
    if found.checklists:
        return found.checklists
    return report.checklists(session.once(Everything, study), found.placed)


def _checklist(table: Table) -> None:
    parts.table(table.frame, f"report {table.title}", table.title)
    parts.small_print(table.caption)


def _row(keys: Sequence[str], at: int, name: str, placed: Placed | None) -> None:
    shown, moves = st.columns([10, 4.2], vertical_alignment="top")
    key = keys[at]
    with shown:
        if placed is None:
            st.markdown(
                text.plain(
                    _("{name}: cannot be shown of these patients").format(name=text.cut(name))
                )
            )
        else:
            heading = ". ".join(filter(None, ("; ".join(placed.places), name)))
            parts.section(text.plain(heading), f"report-{key}", _look, placed)
    with moves, st.container(horizontal=True, gap="small"):
        for title, by in ((_("Up"), -1), (_("Down"), 1), (_("Remove"), inf)):
            st.button(
                title,
                key=f"report-move-{by}-{at}-{key}",
                type="tertiary",
                help=text.plain(text.cut(name)),
                disabled=not _may(len(keys), at, by),
                on_click=partial(_move, tuple(keys), at, by),
            )


def _may(n: int, at: int, by: float) -> bool:
    """Whether a row can go so far; the last one that is left cannot go."""
    return n > 1 if by == inf else 0 <= at + by < n


def _move(keys: Sequence[str], at: int, by: float) -> None:
    """Put an exhibit elsewhere, or leave it out."""
    left = [key for place, key in enumerate(keys) if place != at]
    if by != inf:
        left.insert(at + int(by), keys[at])
    _choose(exhibits=tuple(left))


def _others(names: Mapping[str, str], keys: Sequence[str]) -> None:
    """What else can be in it, and the way back to the usual exhibits."""
    left, right = st.columns([10, 4.2], vertical_alignment="bottom")
    with left:
        controls.one_of(
            _("Add an exhibit"),
            list(names),
            lambda key: names[key],
            key="report-add",
            then=lambda key: _choose(exhibits=(*keys, key)),
        )
    if _plan().exhibits:
        with right:
            usual: Callable[[], None] = partial(_choose, exhibits=())
            st.button(_("Back to the usual ones"), key="report-usual", on_click=usual)


def _look(placed: Placed) -> None:
    """An exhibit as the files have it, and what is said of it."""
    if placed.figure is not None:
        key = f"report-figure-{placed.exhibit.key}"
        charts.draw(placed.figure, placed.alt, key, width=_NARROW, bare=True)
        parts.small_print(f"{placed.named} {placed.exhibit.caption}")
    elif placed.number:
        parts.small_print(placed.elsewhere)
    for table in placed.tables:
        st.markdown(f"**{text.plain(table.named)}**")
        parts.table(table.table.frame, f"report {placed.exhibit.key} {table.number}", table.named)
        parts.small_print(table.note)
    parts.cautions(placed.exhibit.cautions, f"report-{placed.exhibit.key}")
    if _plan().least_cell:
        return
    key = placed.exhibit.key
    controls.ask(
        st.text_area,
        _("Comment"),
        _plan().comment(key),
        key=f"report-comment-{key}",
        then=lambda said: _comment(key, said),
        max_chars=_PROSE,
    )


def _comment(key: str, said: str) -> None:
    others = tuple(each for each in _plan().comments if each.exhibit != key)
    _choose(comments=(*others, Comment(key, said)) if said.strip() else others)
