"""The page of a registry that is looked into and prepared: what its columns mean, then facts."""

from contextlib import suppress

import streamlit as st

from lib import text
from lib.language import N_, _, ngettext
from lib.plan import Plan
from lib.registry.prepare import keep
from lib.registry.running import Looking, Running, of, start
from lib.ui import loading, mapping, parts, session

_STEPS = {
    "counting": N_("Counting what the columns hold"),
    "reading": N_("Reading the rows"),
    "writing": N_("Writing facts"),
}
_AGAIN = 1.0  # seconds between two looks at how far it is


def looked_into(looking: Looking) -> None:
    """What the tables hold, how they would be read, and the way to prepare them."""
    st.subheader(text.plain(looking.name))
    rows = looking.first.rows
    st.markdown(
        text.plain(
            "; ".join(
                ngettext("{table}: {n} row", "{table}: {n} rows", n).format(table=table, n=n)
                for table, n in rows.items()
            )
        )
    )
    mapping.map_columns()
    asked = len(mapping.open_questions(loading.proposal()))
    if asked:
        parts.small_print(
            _("What is not answered is read as proposed; whatever then cannot be read is counted.")
        )
        parts.small_print(
            _("Where a question compares rows or columns, it counts some of the rows.")
        )
    with st.container(horizontal=True):
        st.button(
            _("Prepare the registry"),
            key="prepare",
            type="primary",
            icon=":material/play_arrow:",
            on_click=_start,
            args=(looking,),
        )
        st.button(_("Leave it"), key="leave-registry", on_click=session.forget)


def _start(looking: Looking) -> None:
    proposal = loading.proposal()
    with suppress(OSError):  # that there is no room, or no right, is said by what begins
        keep(looking.folder, proposal.reading, proposal.chosen)
    session.forget()
    start(looking, Plan(reading=proposal.chosen))  # proposed again, it is read as it is shown


@st.fragment(run_every=_AGAIN)
def progress(name: str) -> None:
    """How far a preparation is, and a way to stop it; what came of it once it ended."""
    session.speak()
    running = of(name)
    if running is None:
        return
    if not running.runs:
        st.rerun()
    told = running.progress
    words = _(_STEPS[told.step]) if told else _("Beginning")
    if told and told.patients:
        words = ngettext(
            "{step}: {n} patient so far", "{step}: {n} patients so far", told.patients
        ).format(step=words, n=told.patients)
    st.progress(told.done / told.of if told and told.of else 0.0, text=words)
    st.button(
        _("Stopping...") if running.stopping else _("Stop"),
        key=f"stop-{name}",
        on_click=running.stop,
        icon=":material/stop:",
        disabled=running.stopping,
    )


def ended(running: Running) -> None:
    """What came of a preparation, of one registry among several."""
    name = text.plain(running.name)
    if running.problem is not None:
        st.error(f"{name}: {text.plain(text.error(running.problem))}", icon=":material/error:")
    elif running.stopped:
        said = _("Stopped; prepared again, it goes on where it stopped.")
        st.info(f"{name}: {said}", icon=":material/pause:")
    elif running.done is not None:
        n = running.done.patients
        said = ngettext("{n} patient is prepared.", "{n} patients are prepared.", n).format(n=n)
        st.success(f"{name}: {said}", icon=":material/check:")
        for each in running.done.lacks:
            st.warning(f"{name}: {text.plain(text.lacks(each))}", icon=":material/warning:")
