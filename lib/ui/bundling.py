"""The bundle: an analysis that anyone can make again, offered where all of it is taken away."""

from collections.abc import Callable, Mapping

import streamlit as st

from lib import text
from lib.analyses.everything import Everything
from lib.analyses.study import Study
from lib.exhibits import report
from lib.export.bundle import BundleError, bundle
from lib.export.chromium import Image
from lib.language import _
from lib.ui import parts, session


def section(study: Study, drawn: Callable[[], Mapping[str, Image]] = dict) -> None:
    """A fold that makes the bundle; `drawn` gives figures of the report that are drawn already."""
    title = _("An analysis that anyone can make again")
    parts.section(title, "bundle", _made, study, drawn)


def _made(study: Study, drawn: Callable[[], Mapping[str, Image]]) -> None:
    """All of it in one file, made once it is asked for: every number is computed a second time."""
    st.markdown(
        _(
            "One ZIP with the report and its figures, the patients as they were read, the plan, "
            "every number, all tables, and the lines of Python that make the numbers again. Before "
            "it is given, all of them are compared with those of your file. `hepar verify` checks "
            "it anywhere."
        )
    )
    if study.plan.report.least_cell:
        parts.small_print(
            _("Small counts are masked, as Report has it: no patient and no code will be in it.")
        )
    else:
        parts.small_print(
            _(
                "Of persons and places stay: every date, centres by name, and whatever stands in "
                "columns of your own. Codes become running numbers, comments are left out."
            )
        )
    if st.button(_("Make the bundle"), key="make-bundle", icon=":material/inventory_2:"):
        _make(study, drawn)


def _make(study: Study, drawn: Callable[[], Mapping[str, Image]]) -> None:
    from lib.export import reports  # what writes DOCX takes a while to import

    with st.spinner(_("Writing the report"), show_time=True):
        found = session.once(report.of_study, session.once(Everything, study))
        images = drawn()
        along = reports.made(found, reports.FORMATS, images)
    try:
        with st.spinner(_("Making every number again"), show_time=True):
            made = bundle(study, along.files, along.left_out)
    except BundleError as problem:
        st.error(text.plain(text.error(problem)), icon=":material/error:")
        return
    parts.small_print(along.left_out)
    if along.left_out and not images:
        parts.small_print(_("On Report this browser can draw the figures, which then go along."))
    parts.download(_("Bundle, ZIP"), lambda: made, "bundle.zip", "bundle-zip", "download")
