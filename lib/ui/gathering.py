"""Counts of several centres: dropped together on the Cohort page, opened as one study."""

import streamlit as st

from lib import exhibits, text
from lib.analyses import combined
from lib.analyses.pooled import Pool
from lib.exhibits.exhibit import Exhibit
from lib.export import xlsx
from lib.language import _
from lib.ui import loading, parts, promises, session

_OF_PAGE = {
    "overview": ("table-one",),
    "response": ("response", "pool-orr", "pool-dcr"),
    "survival": ("survival",),
    "compare": ("compare", "pool-"),
    "cohort": ("pool",),
}
"""How the keys of a page's exhibits begin, of the first page that fits; the first stand first."""


def door() -> None:
    """Where counts are dropped."""
    st.markdown(
        _(
            "Counts that centres exported on *Report*, several files together. No row of a patient "
            "is in them; what they do not hold is said where it would stand."
        )
    )
    files = st.file_uploader(
        _("Counts of centres (counts.json)"),
        type=["json"],
        accept_multiple_files=True,
        key=f"counts-{loading.upload_key()}",
    )
    if not files:
        return
    if st.button(_("Pool them"), key="pool-counts", icon=":material/join:", type="primary"):
        loading.open_counts([(each.name, each.getvalue()) for each in files])
        with promises.whole():
            loading.uploaded()
            for each in files:
                promises.let_go_of(each)
        st.rerun()


def opened() -> bool:
    """Draw the centres whose counts are open, if some are."""
    whose = session.loaded()
    if not isinstance(whose, Pool):
        return False
    st.subheader(text.plain(session.source(whose).name))
    _draw(whose, "cohort")
    st.page_link("pages/overview.py", label=_("Next: Overview"), icon=":material/arrow_forward:")
    return True


def in_place_of(page: str) -> None:
    """Where centres' counts are open, draw what they tell of a page's question, and end it."""
    if isinstance(population := session.study(), Pool):
        _draw(population, page)
        st.info(
            _(
                "All else that stands here for a spreadsheet needs more than centres’ counts hold; "
                "*Cohort* says what each of them does not tell, and why."
            ),
            icon=":material/lock:",
        )
        parts.end()


def taken() -> None:
    """Where centres' counts are open, offer what may be taken of them in a report's place."""
    if not isinstance(population := session.study(), Pool):
        return
    every = session.once(_all_of, population)
    st.markdown(_("What the counts of centres tell together, as the pages show it:"))
    st.markdown("\n".join(f"- {text.plain(each.title)}" for each in every))
    with st.container(horizontal=True):
        parts.download(
            _("All tables, XLSX"), lambda: xlsx.workbook(every), "tables.xlsx", "pool-xlsx", "table"
        )
        parts.plan_as_toml("pool-toml")
    st.info(
        _(
            "The words of a report need more than centres’ counts hold. *hepar pool* writes "
            "figures and results.json of the same files into a folder."
        ),
        icon=":material/lock:",
    )
    parts.end()


def _draw(population: Pool, page: str) -> None:
    """The first exhibit of a page open, the others folded."""
    with st.spinner(_("Adding the counts"), show_time=True):
        every = session.once(_all_of, population)
    starts = _OF_PAGE[page]
    mine = [each for each in every if page_of(each) == page]
    for at, shown in enumerate(sorted(mine, key=lambda each: not each.key.startswith(starts[0]))):
        if at == 0:
            parts.exhibit(shown, headed="large")
        else:
            parts.section(text.plain(shown.title), f"pooled-{shown.key}", parts.exhibit, shown)


def page_of(shown: Exhibit) -> str:
    """The page that has an exhibit of pooled counts."""
    return next(page for page, starts in _OF_PAGE.items() if shown.key.startswith(starts))


def _all_of(population: Pool) -> tuple[Exhibit, ...]:
    return exhibits.combined.of_pool(combined.of_pool(population))
