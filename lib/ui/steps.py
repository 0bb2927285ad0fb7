"""From a file to a cohort in three steps: load, map, check."""

from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import DeletedFile

from lib import text
from lib.cohort import Cohort
from lib.export.template import Tongue, template
from lib.language import N_, WordedError, _
from lib.ui import (
    answers,
    failures,
    gathering,
    keeping,
    loading,
    needed,
    parts,
    promises,
    registries,
    session,
)
from lib.ui.mapping import open_questions

OVERVIEW = "pages/overview.py"
UPLOADS = ("xlsx", "xlsm", "xlsb", "xls", "ods", "csv", "tsv", "txt", "sav", "zsav", "dta")
STEPS = {
    "load": N_("Load"),
    "map": N_("Map"),
    "check": N_("Check"),
}
_TONGUES: tuple[tuple[Tongue, str], ...] = (
    ("en", N_("Template, English")),
    ("ru", N_("Template, Russian")),
)
_STEP, _PLAN_FILE, _PLAN_PROBLEM = "step", "plan-file", "plan-problem"
_PLAN_LOST = "plan-lost"


def step(cohort: Cohort) -> str:
    """The step the visitor is at, chosen from all three; what waits at each is counted."""
    waiting = {
        "map": len(open_questions(loading.proposal())),
        "check": sum(found.severity != "note" for found in cohort.findings),
    }

    def words(name: str) -> str:
        number = list(STEPS).index(name) + 1
        count = waiting.get(name)
        return f"{number} {_(STEPS[name])}" + (f" ({count})" if count else "")

    st.session_state.setdefault(_STEP, "map")
    if waits := session.next_step():
        st.session_state[_STEP] = waits
    with st.container(horizontal=True, vertical_alignment="center"):
        chosen = st.segmented_control(
            _("Steps"),
            list(STEPS),
            format_func=words,
            required=True,
            key=_STEP,
            persist_state="session",
            label_visibility="collapsed",
        )
        _to_overview()
    return str(chosen or "map")


def onward(step: str) -> None:
    """The way on, where a step ends."""
    if step == "map":
        keeping.box()
        go = partial(session.to_step, "check")
        st.button(_("Next: Check"), key="to-check", icon=":material/arrow_forward:", on_click=go)
    elif step == "check":
        _to_overview()


def _to_overview() -> None:
    title = _("Next: Overview")
    st.page_link(OVERVIEW, label=title, icon=":material/arrow_forward:", width="content")


def load() -> None:
    """The two doors: the visitor's own spreadsheet, or a sample; and why a file was refused."""
    if session.loaded() is None and not session.welcomed():
        _welcome()
    own, sample = st.columns([2, 1], gap="large")
    with own:
        file = st.file_uploader(
            _("Your spreadsheet, as your department keeps it"),
            type=list(UPLOADS),
            key=loading.upload_key(),
        )
        parts.small_print(
            _(
                "The rows stay in the memory of this session, on the machine that runs Hepar. They "
                "are erased when you close the cohort, and when you close or reload the page."
            )
        )
        keeping.box()
        if file is not None:
            with st.spinner(_("Reading the file"), show_time=True):
                loading.load(file.name, file.getvalue())
            with promises.whole():  # until then a run that is ended leaves the file to the next
                loading.uploaded()
                promises.let_go_of(file)
            _show()
        parts.refused()
    with sample:
        st.markdown(_("Or look around first, with 36 synthetic patients from two centres:"))
        parts.open_sample(session.loaded() is None, _show)
        st.markdown(
            _(
                "Or with a synthetic registry of 240 from three centres: large enough for every "
                "analysis, and the true difference between its modalities is known."
            )
        )
        parts.open_registry(_show)
        registries.doors()
    parts.section(_("Counts of several centres, to pool"), "counts", gathering.door)
    title = _("An empty template to fill in, and a saved plan")
    parts.section(title, "templates", _templates)


def _welcome() -> None:
    """What this is, in three sentences, once in a session."""
    with st.container(key="welcome", border=True):
        st.markdown(
            _(
                "Drop the spreadsheet as it is: Hepar asks you about the few columns that only "
                "you can explain, and says of every cell that it could not use. "
                "Overview, Response, Survival, Patients and Compare then show the same patients, "
                "those that the filters in the sidebar leave. "
                "Whatever you answer or filter can be taken back, and nothing of the patients is "
                "kept once you close the cohort."
            )
        )
        st.button(_("Got it"), key="welcomed", on_click=session.welcome, icon=":material/check:")


def _show() -> None:
    """Go on after reading: to the questions where some are open, else to the overview."""
    if session.cohort() is None or loading.problem() is not None:
        session.to_step("load")
        st.rerun()
    session.to_step("map")
    if open_questions(loading.proposal()) or needed.nothing_to_analyse(session.study()):
        st.rerun()
    st.switch_page(session.leads_to() or OVERVIEW)


def _templates() -> None:
    with st.container(horizontal=True):
        for tongue, title in _TONGUES:
            file = f"hepar-template-{tongue}.xlsx"
            make = partial(template, tongue)
            parts.download(_(title), make, file, f"template-{tongue}", "table")
    _saved_plan()


def _saved_plan() -> None:
    """Open a plan: what was chosen before, and how the same headers were mapped."""
    st.file_uploader(
        _("A plan saved from Hepar (TOML)"), type=["toml"], key=_PLAN_FILE, on_change=_open_plan
    )
    problem = st.session_state.get(_PLAN_PROBLEM)
    if problem is None:
        return
    if problem:
        st.error(text.plain(_("The plan is not opened: {why}").format(why=problem)))
    elif loading.waits():
        st.success(
            _("The plan is open; it is followed as soon as a file with its headers is read.")
        )
    else:
        st.success(_("The plan is in force; its mapping is used wherever its headers return."))
    if lost := st.session_state.get(_PLAN_LOST):
        st.warning(text.plain(lost))


def _open_plan() -> None:
    """Once, when it is dropped: what is chosen later must not be undone by the next run."""
    saved = st.session_state[_PLAN_FILE]
    if isinstance(saved, DeletedFile):  # it was read before
        return
    st.session_state.pop(_PLAN_PROBLEM, None)
    st.session_state.pop(_PLAN_LOST, None)
    if saved is None:
        return

    def refuse(why: str) -> None:
        st.session_state[_PLAN_PROBLEM] = why

    data = saved.getvalue()
    promises.let_go_of(saved)
    refuse("")
    with failures.caught(lambda: refuse(_(failures.OURS))):
        try:
            st.session_state[_PLAN_LOST] = answers.open_plan(data)
        except WordedError as problem:
            refuse(text.error(problem))
