"""The mapping screen: what each header and value of the spreadsheet means."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from itertools import groupby
from typing import TypeAlias

import streamlit as st

from lib import text
from lib.ingest import Proposal, ProposedColumn, Question, fields, units_of
from lib.language import N_, _, ngettext, worded
from lib.plan import LEFT_OUT
from lib.schema import Column
from lib.ui import (
    answers,
    controls,
    cutting,
    keeping,
    loading,
    needed,
    parts,
    remembered,
    session,
    sheet_choice,
    values_question,
)

_ONWARD = ":material/arrow_forward:"
_SHOWN = 3  # settled questions that are not folded
_CELL = 24  # signs of a cell beside its column
_GROUPS = (
    N_("Dates"),
    N_("Treatment"),
    N_("Response and progression"),
    N_("Course and outcome"),
    N_("Known before the first procedure"),
    N_("Carried along: no field of Hepar"),
    N_("Not kept"),
)
"""Under which the columns of the patients stand, in the order of what the analyses ask first."""
_OF_TREATMENT = ("modality", "drug", "dose", "embolic", "selectivity", "n_procedures")
_OF_RESPONSE = ("response_", "best_", "progression")
Place: TypeAlias = tuple[Question, int | None]
"""A question, and which of the answers it was given, if any."""
_FURTHER_UNITS = {
    "cm": N_("cm"),
    "days": N_("days"),
    "years": N_("years"),
    "weeks": N_("weeks"),
    "g": N_("g"),
    "g/dl": N_("g/dl"),
    "mg/dl": N_("mg/dl"),
    "fraction": N_("fraction"),
}
"""What a file may be measured in, beside the schema's own units."""
_KINDS = {"number": N_("a number"), "category": N_("groups, one for each value")}


def map_columns() -> None:
    """What each header and value means: the open questions first, then everything, to change."""
    proposal = loading.proposal()
    with st.container():  # one, so that what comes and goes in it moves no widget below
        parts.refused()
        if remembered.recalled():
            keeping.recalled()
            st.button(_("Propose everything anew"), key="afresh", on_click=answers.read_afresh)
        of_file = session.cohort() is not None
        if of_file:
            sheet_choice.choose_sheet(proposal)
        others = _looked_at(proposal)
        _questions(proposal)
        if of_file:
            needed.all_that_lacks()
    st.subheader(_("Every column"))
    parts.small_print(_("A list begins with what is likely; type some letters to find another."))
    with st.container(key="columns-every"):
        for table, columns in groupby(others, key=lambda column: column.table):
            _of_table(proposal, table, list(columns))


def _of_table(proposal: Proposal, table: str, columns: Sequence[ProposedColumn]) -> None:
    """The columns of a table, under its own sheet; folded where it is not the patients'."""
    if table == "patients":
        for at, of_kind in groupby(sorted(columns, key=_group), key=_group):
            _of_kind(proposal, at, list(of_kind))
        return
    title = ngettext("Sheet {name}, {n} column", "Sheet {name}, {n} columns", len(columns)).format(
        name=text.plain(columns[0].sheet), n=len(columns)
    )
    with parts.folded(title, session.file_key(f"sheet.{table}")) as opened:
        for column in columns if opened else ():
            _column(proposal, column)


def _of_kind(proposal: Proposal, at: int, columns: Sequence[ProposedColumn]) -> None:
    """The columns of a kind; folded where each is called as the template calls it."""
    if any(column.meant is None or column.header.reason != "name" for column in columns):
        st.markdown(f"**{_(_GROUPS[at])}**")
        for column in columns:
            _column(proposal, column)
        return
    template = ngettext(
        "{kind}: {n} column, named as in the template",
        "{kind}: {n} columns, named as in the template",
        len(columns),
    )
    title = template.format(kind=_(_GROUPS[at]), n=len(columns))
    with parts.folded(title, f"kind-{at}") as opened:
        for column in columns if opened else ():
            _column(proposal, column)


def _group(column: ProposedColumn) -> int:
    """Under which of `_GROUPS` a column stands."""
    if not column.kept:
        return len(_GROUPS) - 1
    return len(_GROUPS) - 2 if column.meant is None else _group_of(column.meant)


def _group_of(column: Column) -> int:
    if column.kind == "date":
        return 0
    if column.name in _OF_TREATMENT:
        return 1
    if column.name.startswith(_OF_RESPONSE):
        return 2
    return 4 if column.baseline else 3


def _looked_at(proposal: Proposal) -> list[ProposedColumn]:
    """The columns that the visitor came for from a finding, before all others; those others."""
    places = session.looked_at()
    wanted, others = list[ProposedColumn](), list[ProposedColumn]()
    for column in proposal.columns:
        sought = (column.table, column.header.position) in places
        (wanted if sought else others).append(column)
    if wanted:
        st.subheader(_("What the finding is about"))
        with st.container(key="columns-sought"):
            for column in wanted:
                _column(proposal, column)
        with st.container(horizontal=True):
            if session.finding():
                st.button(
                    _("Back to the finding"),
                    key="back-to-finding",
                    icon=":material/arrow_forward:",
                    on_click=session.to_step,
                    args=("check",),
                )
            st.button(
                _("Put them back among the others"),
                key="looked-at",
                on_click=session.look_at,
                args=(frozenset(),),
            )
    return others


def _questions(proposal: Proposal) -> None:
    """What is open or was answered, a box a column, in its place; what is settled, folded."""
    asked = open_questions(proposal)
    places = _places(asked)
    shown = {values_question.named(question) for question, _at in places}
    settled = [
        each
        for each in proposal.questions
        if each.settled and values_question.named(each) not in shown
    ]
    if places:
        st.subheader(_("What only you know") if asked else _("What you said"))
        template = ngettext("{n} question is left.", "{n} questions are left.", len(asked))
        left = template.format(n=len(asked)) if asked else _("Every question is answered.")
        st.markdown(left)
        _boxes(places)
    if answers.given():
        _after_the_last(not asked, [at for _question, at in places])
    if settled:
        title = _("Read so unless you say otherwise ({n})").format(n=len(settled))
        few, icon = len(settled) <= _SHOWN, ":material/check:"
        name = session.file_key("settled")
        boxes = [(question, None) for question in settled]
        parts.section(title, name, _boxes, boxes, icon=icon, expanded=few)


def _places(asked: Sequence[Question]) -> list[Place]:
    """The open questions and those that were answered, each where it was first asked."""
    found: dict[str, Place] = {
        values_question.named(each.question): (each.question, at)
        for at, each in enumerate(answers.given())
        if each.question is not None and answers.stands(each)
    }
    found |= {values_question.named(each): (each, None) for each in asked}
    return [found[name] for name in answers.in_places(list(found))]


def _after_the_last(done: bool, shown: Sequence[int | None]) -> None:
    """The way on once all is answered, and the way back from what has no place of its own."""
    if done:
        st.page_link("pages/overview.py", label=_("Go on to Overview"), icon=_ONWARD)
    if len(answers.given()) - 1 not in shown:
        st.button(
            text.plain(_("Take back: {answer}").format(answer=answers.latest())),
            key="take-back",
            icon=":material/undo:",
            on_click=answers.take_back,
        )


def _boxes(places: Sequence[Place]) -> None:
    last = len(answers.given()) - 1
    for _about_one, group in groupby(places, key=lambda place: _about(place[0])):
        with st.container(border=True):
            for question, at in group:
                if at is None:
                    values_question.ask(question)
                else:
                    values_question.answered(at, at == last)


def open_questions(proposal: Proposal) -> list[Question]:
    """The questions that the proposal does not answer by itself."""
    return [question for question in proposal.questions if not question.settled]


def _about(question: Question) -> str:
    return question.column if question.kind == "value" else question.message + question.column


def _column(proposal: Proposal, column: ProposedColumn) -> None:
    """One header: what it is, what it is read as, and why."""
    header = column.header
    name = f"{column.table}.{header.position}"
    seen, meaning, further = st.columns([2.3, 3.9, 2.3], vertical_alignment="center")
    with seen:
        st.markdown(
            f"**{text.plain(text.cut(header.text))}**  \n:small[{text.plain(_seen(column))}]"
        )
    with meaning:
        _meaning(proposal, column, name)
    with further:
        _why(column)
        _unit(proposal, column, name)
        _known_before(proposal, column, name)
        _kind(proposal, column, name)
        cuts = column.table == "patients" and column.kept and column.known_before
        if cuts and session.cohort() is not None:
            cutting.points(session.study(), _in_cohort(proposal, column), f"map.{name}")
    if column.values:
        _values(proposal, column, name)


def _why(column: ProposedColumn) -> None:
    """The reason of a proposal, and how much speaks for it."""
    reason, values = column.reason
    words = text.said(reason, values)
    if found := column.score:
        words = _("{reason}; {score}").format(reason=words, score=text.score(found))
    parts.small_print(words)


def _in_cohort(proposal: Proposal, column: ProposedColumn) -> str:
    """The name under which a column of the patients stands in the cohort; '' where it does not.

    Columns that are carried along under one header, or that of a field, are numbered.
    """
    if column.meant is not None:
        return column.meant.name
    header = column.header.text
    alike = [each for each in proposal.columns if each.header.text == header and not each.meant]
    names = [each.name for each in session.of_rows().whole.extra if each.label == header]
    at = alike.index(column)
    return names[at] if at < len(names) else ""


def _seen(column: ProposedColumn) -> str:
    """What stands in a column: its ends with bars between, or its commonest cells."""
    shown = column.picture
    if shown.low is not None and shown.high is not None:
        return f"{_end(shown.low)} {text.bars(shown.heights)} {_end(shown.high)}"
    common = ", ".join(f"{text.cut(cell, _CELL)} ({n})" for cell, n in shown.commonest)
    looked = session.looking()
    others = shown.others
    if looked is not None:
        others += looked.first.more.get((column.table, column.header.text), 0)
    if others:
        template = ngettext("{cells} and {n} other", "{cells} and {n} others", others)
        common = template.format(cells=common, n=others)
    if looked is not None and column.cells.whole is None and common:
        return _("{cells}, of the rows looked at").format(cells=common)
    return common


def _end(value: float | date) -> str:
    return text.day(value) if isinstance(value, date) else text.short(value)


def _meaning(proposal: Proposal, column: ProposedColumn, name: str) -> None:
    header = column.header
    if header.reason == "identifier":
        st.markdown(_("not kept"))
        return
    if header.reason == "names":
        st.markdown(_("not kept"))
        st.button(
            _("Keep it"),
            key=session.widget_key(f"keep.{name}"),
            on_click=lambda: answers.give(proposal.mapped(column, ""), _said(column, _("Keep it"))),
            help=_("Only if it holds no names, numbers or addresses of people."),
        )
        return
    in_order = sorted(fields(column.table), key=_group_of)
    known = {each.name: text.with_unit(each) for each in in_order}
    if column.meant is not None:
        known.setdefault(column.meant.name, text.with_unit(column.meant))
    alike = Counter(known.values())  # a select box knows its options by their words alone
    known = {
        name: f"{words} ({name})" if alike[words] > 1 else words for name, words in known.items()
    }
    first = [candidate for candidate in header.candidates if candidate in known]
    words = {**known, "": _("carry it along"), LEFT_OUT: _("leave it out")}
    now = header.column if column.kept else LEFT_OUT
    options = [*dict.fromkeys((*first, now if now in words else "", "", LEFT_OUT, *known))]
    controls.one_of(
        text.plain(header.text),
        options,
        words.__getitem__,
        now=now if now in options else "",
        key=f"column.{name}",
        then=lambda meant: answers.give(
            proposal.mapped(column, meant), _said(column, words[meant])
        ),
        label_visibility="collapsed",
    )


def _said(column: ProposedColumn, what: str) -> str:
    """What the visitor says of a column, to be taken back."""
    return f"{text.cut(column.header.text)}: {what}"


def _unit(proposal: Proposal, column: ProposedColumn, name: str) -> None:
    known = column.units
    if len(known) < 2 or not column.kept:
        return
    now = column.header.unit if column.header.unit in known else known[0]
    words = in_units(column.meant) if column.meant else {}
    controls.one_of(
        _("Unit"),
        known,
        words.__getitem__,
        now=now,
        key=f"unit.{name}",
        then=lambda unit: answers.give(proposal.in_unit(column, unit), _said(column, words[unit])),
    )


def in_units(column: Column) -> dict[str, str]:
    """The units that a column can be given in, in the visitor's words; its own comes first."""
    return {each: worded(_FURTHER_UNITS.get(each, column.unit)) for each in units_of(column)}


def _kind(proposal: Proposal, column: ProposedColumn, name: str) -> None:
    """Whether a column of numbers that is carried along is a number or a category."""
    if column.kinds:
        controls.one_of(
            _("Read as"),
            column.kinds,
            lambda kind: _(_KINDS[kind]),
            now=column.kinds[0],
            key=f"kind.{name}",
            then=lambda kind: answers.give(
                proposal.of_kind(column, kind), _said(column, _(_KINDS[kind]))
            ),
        )


def _known_before(proposal: Proposal, column: ProposedColumn, name: str) -> None:
    """Only the visitor knows whether a carried column was known before the first procedure."""
    if column.meant is not None or not column.kept or column.table != "patients":
        return
    controls.ask(
        st.checkbox,
        _("known before the first procedure"),
        value=column.known_before,
        now=column.known_before,
        key=f"before.{name}",
        then=lambda known: answers.give(
            proposal.known(column, known),
            _said(
                column,
                _("known before the first procedure")
                if known
                else _("not known before the first procedure"),
            ),
        ),
        help=_("Only then may it filter and group: what is learnt later would bias both."),
    )


def _values(proposal: Proposal, column: ProposedColumn, name: str) -> None:
    """Which level each distinct value of a column is read as."""
    meant = column.meant
    assert meant is not None, "only a column of the schema has levels"
    names = {level.code: text.label(level) for level in meant.levels} | {"": _("no value")}
    title = _("Values of {column}").format(column=text.plain(column.header.text))
    with parts.folded(title, session.file_key(f"values.{name}")) as opened:
        for index, each in enumerate(column.values if opened else ()):
            controls.one_of(
                text.plain(f"{each.value} ({each.count})"),
                list(names),
                names.__getitem__,
                now=each.level,
                key=f"value.{name}.{index}",
                then=partial(_valued, proposal, column, each.value, names),
                placeholder=_("kept as it is"),
            )


def _valued(
    proposal: Proposal, column: ProposedColumn, value: str, names: Mapping[str, str], code: str
) -> None:
    words = f"{text.cut(value)}: {names[code]}"
    answers.give(proposal.valued(column, value, code), _said(column, words))
