"""The mapping screen: what each header and value of the spreadsheet means."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from lib import text
from lib.ingest import Answer, Proposal, ProposedColumn, Question, fields
from lib.language import _, ngettext
from lib.plan import LEFT_OUT
from lib.ui import cutting, needed, parts, session, sheet_choice, values_question
from lib.ui.kind_choice import kind_of

_SHOWN = 3  # settled questions that are not folded
_CELL = 24  # signs of a cell beside its column


def map_columns() -> None:
    """What each header and value means: the open questions first, then everything, to change."""
    parts.refused()
    proposal = session.proposal()
    if session.recalled():
        st.info(_("These headers were mapped before, and are mapped so again."))
        st.button(_("Propose everything anew"), key="afresh", on_click=session.read_afresh)
    sheet_choice.choose_sheet(proposal)
    others = _looked_at(proposal)
    _questions(proposal)
    needed.all_that_lacks()
    st.subheader(_("Every column"))
    for table, columns in groupby(others, key=lambda column: column.table):
        if table == "patients":
            for column in columns:
                _column(proposal, column)
        else:
            _further_sheet(proposal, table, list(columns))


def _looked_at(proposal: Proposal) -> list[ProposedColumn]:
    """The columns that the visitor came for from a finding, before all others; those others."""
    places = session.looked_at()
    wanted, others = list[ProposedColumn](), list[ProposedColumn]()
    for column in proposal.columns:
        sought = (column.table, column.header.position) in places
        (wanted if sought else others).append(column)
    if wanted:
        st.subheader(_("What the finding is about"))
        for column in wanted:
            _column(proposal, column)
        st.button(
            _("Put them back among the others"),
            key="looked-at",
            on_click=session.look_at,
            args=(frozenset(),),
        )
    return others


def _further_sheet(proposal: Proposal, table: str, columns: Sequence[ProposedColumn]) -> None:
    """The columns of a sheet beside the patients', drawn when it is unfolded."""
    title = _("Sheet {name}, {n} columns").format(name=f"`{table}`", n=len(columns))
    with parts.folded(title, session.widget_key(f"sheet.{table}")) as opened:
        for column in columns if opened else ():
            _column(proposal, column)


def _questions(proposal: Proposal) -> None:
    """What is open, a box a column; what was answered, to take back; what is settled, folded."""
    asked = open_questions(proposal)
    settled = [question for question in proposal.questions if question.settled]
    if asked:
        st.subheader(_("What only you know"))
        _boxes(asked)
    elif session.answered():
        _onward()
    if answered := session.answered():
        st.button(
            text.plain(_("Take back: {answer}").format(answer=answered)),
            key="take-back",
            icon=":material/undo:",
            on_click=session.take_back,
        )
    if settled:
        title = _("Read so unless you say otherwise ({n})").format(n=len(settled))
        few, icon = len(settled) <= _SHOWN, ":material/check:"
        name = session.widget_key("settled")
        with parts.folded(title, name, icon=icon, expanded=few) as opened:
            _boxes(settled if opened else ())


def _onward() -> None:
    """Say that nothing is asked any more, and show the way on."""
    st.success(_("Every question is answered."), icon=":material/check:")
    st.button(
        _("Go on to Explore"),
        key="onward",
        type="primary",
        on_click=session.to_step,
        args=("explore",),
    )


def _boxes(questions: Sequence[Question]) -> None:
    for _about_one, group in groupby(questions, key=_about):
        with st.container(border=True):
            for question in group:
                _ask(question)


def open_questions(proposal: Proposal) -> list[Question]:
    """The questions that the proposal does not answer by itself."""
    return [question for question in proposal.questions if not question.settled]


def _about(question: Question) -> str:
    return question.column if question.kind == "value" else question.message + question.column


def _ask(question: Question) -> None:
    if question.parts:
        values_question.ask(question)
        return
    words = text.plain(text.said(question.message, question.values))
    answers = list(question.answers)
    key = session.widget_key(f"question.{question.kind}.{question.column}.{words}")

    def answered() -> None:
        answer = answers[st.session_state[key]]
        session.answer(
            answer.reading, f"{text.said(question.message, question.values)} {_answer(answer)}"
        )

    if question.kind == "value":
        st.selectbox(
            words,
            range(len(answers)),
            index=None,
            format_func=lambda index: text.visible(_answer(answers[index])),
            placeholder=_("choose"),
            key=key,
            on_change=answered,
        )
    else:
        st.radio(
            words,
            range(len(answers)),
            index=0 if question.settled else None,
            format_func=lambda index: text.plain(_answer(answers[index])),
            key=key,
            on_change=answered,
        )


def _answer(answer: Answer) -> str:
    return text.said(answer.message, answer.values)


def _column(proposal: Proposal, column: ProposedColumn) -> None:
    """One header: what it is, what it is read as, and why."""
    header = column.header
    name = f"{column.table}.{header.position}"
    seen, meaning, further = st.columns([3, 3, 2.5], vertical_alignment="center")
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
        kind_of(proposal, column, name)
        if column.table == "patients" and column.kept and column.known_before:
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
    names = [each.name for each in session.study().whole.extra if each.label == header]
    at = alike.index(column)
    return names[at] if at < len(names) else ""


def _seen(column: ProposedColumn) -> str:
    """What stands in a column: its ends with bars between, or its commonest cells."""
    shown = column.picture
    if shown.heights:
        return f"{shown.low} {text.bars(shown.heights)} {shown.high}"
    common = ", ".join(f"{text.cut(cell, _CELL)} ({n})" for cell, n in shown.commonest)
    if shown.others:
        template = ngettext("{cells} and {n} other", "{cells} and {n} others", shown.others)
        common = template.format(cells=common, n=shown.others)
    return common


def _meaning(proposal: Proposal, column: ProposedColumn, name: str) -> None:
    header = column.header
    if header.reason == "identifier":
        st.markdown(_("never kept"))
        return
    if header.reason == "names":
        st.markdown(_("not kept"))
        st.button(
            _("Keep it"),
            key=session.widget_key(f"keep.{name}"),
            on_click=lambda: session.answer(
                proposal.mapped(column, ""), _said(column, _("Keep it"))
            ),
            help=_("Only if it holds no names, numbers or addresses of people."),
        )
        return
    known = {each.name: text.with_unit(each) for each in fields(column.table)}
    if column.meant is not None:
        known.setdefault(column.meant.name, text.with_unit(column.meant))
    alike = Counter(known.values())  # a select box knows its options by their words alone
    known = {
        name: f"{words} ({name})" if alike[words] > 1 else words for name, words in known.items()
    }
    first = [candidate for candidate in header.candidates if candidate in known]
    options = [*dict.fromkeys((*first, *known)), "", LEFT_OUT]
    words = {**known, "": _("carry it along"), LEFT_OUT: _("leave it out")}
    now = header.column if column.kept else LEFT_OUT
    key = session.widget_key(f"column.{name}.{now}")
    st.selectbox(
        text.plain(header.text),
        options,
        index=options.index(now) if now in options else options.index(""),
        format_func=lambda option: text.visible(words[option]),
        label_visibility="collapsed",
        key=key,
        on_change=lambda: session.answer(
            proposal.mapped(column, st.session_state[key]),
            _said(column, words[st.session_state[key]]),
        ),
    )


def _said(column: ProposedColumn, what: str) -> str:
    """What the visitor says of a column, to be taken back."""
    return f"{text.cut(column.header.text)}: {what}"


def _unit(proposal: Proposal, column: ProposedColumn, name: str) -> None:
    known = column.units
    if len(known) < 2 or not column.kept:
        return
    now = column.header.unit if column.header.unit in known else known[0]
    key = session.widget_key(f"unit.{name}.{now}")
    st.selectbox(
        _("Unit"),
        known,
        index=known.index(now),
        key=key,
        on_change=lambda: session.answer(
            proposal.in_unit(column, st.session_state[key]),
            _said(column, st.session_state[key]),
        ),
    )


def _known_before(proposal: Proposal, column: ProposedColumn, name: str) -> None:
    """Only the visitor knows whether a carried column was known before the first procedure."""
    if column.meant is not None or not column.kept or column.table != "patients":
        return
    key = session.widget_key(f"before.{name}.{column.known_before}")
    st.checkbox(
        _("known beforehand"),
        value=column.known_before,
        key=key,
        on_change=lambda: session.answer(
            proposal.known(column, bool(st.session_state[key])),
            _said(
                column, _("known beforehand") if st.session_state[key] else _("not known before")
            ),
        ),
        help=_(
            "Known before the first procedure. Only then may it filter and group: what is learnt "
            "later would bias both."
        ),
    )


def _values(proposal: Proposal, column: ProposedColumn, name: str) -> None:
    """Which level each distinct value of a column is read as."""
    meant = column.meant
    assert meant is not None, "only a column of the schema has levels"
    names = {level.code: text.label(level) for level in meant.levels}
    title = _("Values of {column}").format(column=text.plain(column.header.text))
    with parts.folded(title, session.widget_key(f"values.{name}")) as opened:
        if not opened:
            return
        for index, each in enumerate(column.values):
            options = [*names, ""]
            kept = each.level if each.level in options else None
            key = session.widget_key(f"value.{name}.{index}.{each.level}")
            st.selectbox(
                text.plain(f"{each.value} ({each.count})"),
                options,
                index=options.index(kept) if kept is not None else None,
                format_func=lambda code: text.visible(names.get(code, _("no value"))),
                placeholder=_("kept as it is"),
                key=key,
                on_change=_valued,
                args=(proposal, column, each.value, key),
            )


def _valued(proposal: Proposal, column: ProposedColumn, value: str, key: str) -> None:
    code = st.session_state[key]
    assert column.meant is not None, "only a column of the schema has levels"
    names = {level.code: text.label(level) for level in column.meant.levels}
    words = f"{text.cut(value)}: {names.get(code, _('no value'))}"
    session.answer(proposal.valued(column, value, code), _said(column, words))
