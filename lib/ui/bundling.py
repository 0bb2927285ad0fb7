"""The bundle: an analysis that anyone can make again, offered where all of it is taken away."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import streamlit as st

from lib import text
from lib.analyses.everything import Everything
from lib.analyses.followed import START
from lib.analyses.leaving import Stays, stays
from lib.analyses.study import Study
from lib.exhibits import leaving, report
from lib.export import bundle
from lib.export.bundle import BundleError
from lib.export.chromium import Image
from lib.language import _
from lib.ui import controls, parts, session


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
        _persons(study)
    st.button(
        _("Make the bundle"),
        key="make-bundle",
        icon=":material/inventory_2:",
        on_click=session.want,
        args=("bundle",),
    )
    if session.wanted("bundle"):
        _make(study, drawn)
        session.made("bundle")


def _persons(study: Study) -> None:
    """What stays of persons and places, and what may stay instead."""
    chosen = study.plan.report
    found: Stays = session.once(stays, study)
    parts.small_print(_("Codes become running numbers, and comments are left out. What stays:"))
    for line in leaving.stays(found, study.as_read.columns):
        parts.small_print(line)
    if (found.dates and study.as_read.known(START)) or chosen.dates_as_days:
        controls.ask(
            st.toggle,
            _("Dates as days since each patient’s first procedure"),
            chosen.dates_as_days,
            key="bundle-days",
            then=lambda wanted: _choose(dates_as_days=wanted),
        )
    if found.centres or chosen.centres_as_letters:
        controls.ask(
            st.toggle,
            _("Centres as A, B, …"),
            chosen.centres_as_letters,
            key="bundle-letters",
            then=lambda wanted: _choose(centres_as_letters=wanted),
        )
    if chosen.dates_as_days:
        parts.small_print(
            _(
                "Numbers that only dates of the calendar tell are then not told, and are named in "
                "the bundle; all others are compared, and stay the same."
            )
        )


def _choose(**changed: bool) -> None:
    now = session.plan()
    session.choose(replace(now, report=replace(now.report, **changed)))  # type: ignore[arg-type]


def _make(study: Study, drawn: Callable[[], Mapping[str, Image]]) -> None:
    """Make the numbers again first: where they would differ, no report is written for it."""
    from lib.export import reports  # what writes DOCX takes a while to import

    try:
        with st.spinner(_("Making every number again"), show_time=True):
            found = bundle.proven(study)
    except BundleError as problem:
        st.error(text.plain(text.error(problem)), icon=":material/error:")
        return
    with st.spinner(_("Writing the report"), show_time=True):
        images = drawn() if found.study is study else {}
        written = session.once(report.of_study, session.once(Everything, found.study))
        along = reports.made(written, reports.FORMATS, images)
        made = found.packed(along.files, along.left_out)
    parts.small_print(leaving.changed(found.changed))
    parts.small_print(along.left_out)
    if along.left_out and not images and found.study is study:
        parts.small_print(_("On Report this browser can draw the figures, which then go along."))
    parts.download(_("Bundle, ZIP"), lambda: made, "bundle.zip", "bundle-zip", "download")
