"""The bundle: an analysis that anyone can make again, offered where all of it is taken away."""

from collections.abc import Callable, Mapping

import streamlit as st

from lib import text
from lib.analyses.study import Study
from lib.export.bundle import BundleError, bundle
from lib.language import _
from lib.ui import parts


def section(study: Study, report: Callable[[], Mapping[str, bytes]] = dict) -> None:
    """A fold that makes the bundle; `report` gives the files of a report that go along."""
    title = _("An analysis that anyone can make again")
    parts.section(title, "bundle", _made, study, report)


def _made(study: Study, report: Callable[[], Mapping[str, bytes]]) -> None:
    """All of it in one file, made once it is asked for: every number is computed a second time."""
    st.markdown(
        _(
            "One ZIP with the patients as they were read (running numbers for codes, no comments; "
            "dates stay as they are), the plan, every number, all tables, and the lines of Python "
            "that make the numbers again. Before it is given, all of them are compared with those "
            "of your file. `hepar verify` checks it anywhere."
        )
    )
    if study.plan.report.least_cell:
        parts.small_print(
            _("Small counts are masked, as Report has it: no patient and no code will be in it.")
        )
    if st.button(_("Make the bundle"), key="make-bundle", icon=":material/inventory_2:"):
        try:
            with st.spinner(_("Making every number again"), show_time=True):
                made = bundle(study, report())
        except BundleError as problem:
            st.error(text.plain(text.error(problem)), icon=":material/error:")
            return
        parts.download(_("Bundle, ZIP"), lambda: made, "bundle.zip", "bundle-zip", "download")
