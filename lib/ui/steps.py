"""From a file to a cohort in four steps: load, map, check, explore."""

from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import DeletedFile

from lib import exhibits, text
from lib.analyses.study import Study
from lib.cohort import Cohort, CohortError
from lib.export import cleaned
from lib.export.template import Tongue, template
from lib.language import N_, _
from lib.plan import PlanError
from lib.ui import failures, needed, parts, promises, session
from lib.ui.mapping import open_questions

UPLOADS = ("xlsx", "xlsm", "xlsb", "xls", "ods", "csv", "tsv", "txt", "sav", "zsav", "dta")
STEPS = {
    "load": N_("Load"),
    "map": N_("Map"),
    "check": N_("Check"),
    "explore": N_("Explore"),
}
_TONGUES: tuple[tuple[Tongue, str], ...] = (
    ("en", N_("Template, English")),
    ("ru", N_("Template, Russian")),
)
_STEP, _PLAN_FILE, _PLAN_PROBLEM = "step", "plan-file", "plan-problem"


def step(cohort: Cohort) -> str:
    """The step the visitor is at, chosen from all four; what waits at each is counted."""
    waiting = {
        "map": len(open_questions(session.proposal())),
        "check": sum(found.severity != "note" for found in cohort.findings),
    }

    def words(name: str) -> str:
        number = list(STEPS).index(name) + 1
        count = waiting.get(name)
        return f"{number} {_(STEPS[name])}" + (f" ({count})" if count else "")

    st.session_state.setdefault(_STEP, "explore")
    if waits := session.next_step():
        st.session_state[_STEP] = waits
    chosen = st.segmented_control(
        _("Steps"),
        list(STEPS),
        format_func=words,
        required=True,
        key=_STEP,
        persist_state="session",
        label_visibility="collapsed",
    )
    return str(chosen or "explore")


def load() -> None:
    """The two doors: the visitor's own spreadsheet, or a sample; and why a file was refused."""
    own, sample = st.columns([2, 1], gap="large")
    with own:
        file = st.file_uploader(
            _("Your spreadsheet, as your department keeps it"),
            type=list(UPLOADS),
            key=session.upload_key(),
        )
        parts.small_print(
            _(
                "The rows stay in the memory of this session, on the machine that runs Hepar. They "
                "are erased when you close the cohort, and when you close or reload the page."
            )
        )
        if file is not None:
            session.uploaded()
            data = file.getvalue()
            promises.let_go_of(file)
            with st.spinner(_("Reading the file"), show_time=True):
                session.load(file.name, data)
            session.to_step(_first_step())
            st.rerun()
        parts.refused()
    with sample:
        st.markdown(_("Or look around first, with 36 synthetic patients from two centres:"))
        parts.open_sample(primary=session.cohort() is None)
        st.markdown(
            _(
                "Or with a synthetic registry of 240 from three centres: large enough for every "
                "analysis, and the true difference between its modalities is known."
            )
        )
        parts.open_registry()
    title = _("An empty template to fill in, and a saved plan")
    parts.section(title, "templates", _templates)


def _first_step() -> str:
    """Where to go after reading: to the questions, or where nothing can be analysed yet."""
    if session.cohort() is None or session.problem() is not None:
        return "load"
    if open_questions(session.proposal()) or needed.nothing_to_analyse(session.study()):
        return "map"
    return "explore"


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
    elif session.waits():
        st.success(
            _("The plan is open; it is followed as soon as a file with its headers is read.")
        )
    else:
        st.success(_("The plan is in force; its mapping is used wherever its headers return."))


def _open_plan() -> None:
    """Once, when it is dropped: what is chosen later must not be undone by the next run."""
    saved = st.session_state[_PLAN_FILE]
    if isinstance(saved, DeletedFile):  # it was read before
        return
    st.session_state.pop(_PLAN_PROBLEM, None)
    if saved is None:
        return

    def refuse(why: str) -> None:
        st.session_state[_PLAN_PROBLEM] = why

    data = saved.getvalue()
    promises.let_go_of(saved)
    refuse("")
    with failures.caught(lambda: refuse(_(failures.OURS))):
        try:
            session.open_plan(data)
        except (CohortError, PlanError) as problem:
            refuse(text.error(problem))


def explore() -> None:
    """The cohort at a glance, how it came about, and what can be taken away."""
    study = session.study()
    parts.whose(study)
    _about_plan()
    _overview(study)
    with st.container(horizontal=True, key="next-pages"):
        for page, title, icon in (
            ("pages/response.py", _("Who responded"), ":material/stacked_bar_chart:"),
            ("pages/survival.py", _("How long they lived"), ":material/show_chart:"),
            ("pages/patients.py", _("Each patient’s course"), ":material/timeline:"),
            ("pages/compare.py", _("One modality against another"), ":material/compare_arrows:"),
        ):
            st.page_link(page, label=title, icon=icon)
    parts.show(exhibits.cohort.flow, study, headed="large")
    columns = session.once(exhibits.cohort.columns, study)
    parts.section(text.plain(columns.title), columns.key, parts.exhibit, columns)
    _take_away(study)


def _about_plan() -> None:
    """What a saved plan does to this file that the visitor may not expect."""
    if session.recalled():
        st.info(_("These headers were mapped before, and are mapped so again; see Map."))
    if why := session.unfollowed():
        st.warning(text.plain(_("The saved plan is not followed: {why}").format(why=why)))
    if days := session.behind():
        until, last = map(text.day, days)
        st.warning(
            _(
                "The plan counts what was known by {until}; the file goes on to {last}, and what "
                "came later is not counted."
            ).format(until=until, last=last)
        )
        st.button(
            _("Count to the end of the file"), key="to-the-end", on_click=session.count_to_the_end
        )


def _overview(study: Study) -> None:
    whole = study.whole
    baseline = sum(column.baseline and whole.known(name) for name, column in whole.columns.items())
    numbers = (
        (_("Patients"), len(study.cohort), text.under_study(study.provenance)),
        (_("Rows read"), whole.source.rows, ""),
        (_("Findings"), len(whole.findings), ""),
        (_("Columns known at baseline"), baseline, ""),
    )
    with st.container(horizontal=True, key="overview"):
        for title, value, more in numbers:
            st.metric(title, value, help=text.plain(more) or None, border=True)


def _take_away(study: Study) -> None:
    whole = study.whole
    with st.container(horizontal=True):
        parts.download(
            _("Cleaned data, XLSX"),
            lambda: cleaned.workbook(whole),
            "cohort.xlsx",
            "xlsx-cleaned",
            "table",
            help=_("All tables in canonical columns and units, with the findings."),
        )
        help = _("Every choice, the mapping too. Opened again it gives the same numbers.")
        parts.plan_as_toml("toml-plan", help)
