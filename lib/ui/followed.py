"""The clock, the data cut-off and the rules of follow-up on a page, and what came of them."""

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

from lib import exhibits, text
from lib.analyses import landmark, maturity, origins
from lib.analyses.counted import Population
from lib.analyses.incidence import IncidenceByGroup
from lib.analyses.landmark import Landmark
from lib.analyses.seen import WAYS, Way
from lib.analyses.survival import SurvivalByGroup
from lib.exhibits import clock
from lib.language import _
from lib.schema import COLUMNS, Endpoint
from lib.ui import controls, drawing, parts, session

Known = TypeVar("Known", bound=Way)
LANDMARKS = (1, 12)  # months that the landmark is chosen from


def choices(study: Population, endpoint: Endpoint) -> None:
    """Where the clock starts, when data were cut off, what censors, the figure; behind *More*."""
    parts.more("clock", _choices, study, endpoint)


def _choices(study: Population, endpoint: Endpoint) -> None:
    known = session.computed(origins.available)
    if len(known) > 1 and not endpoint.competing:
        controls.choice(
            "survival.origin",
            _("The clock starts at"),
            known,
            clock.origin_label,
            help=_(
                "Patients are counted from the first procedure on, wherever the clock starts: "
                "earlier deaths are not in the data."
            ),
        )
    if study.span is not None and study.plan.study.as_of is not None and not study.settled:
        controls.slider(
            "study.as_of",
            _("Data cut-off"),
            *study.span,
            format=text.day_typed(),
            help=_("What happened later is not known yet; patients who began later are not in."),
        )
    if "last_assessment_date" in endpoint.last_seen:
        months = text.months(2 * study.plan.study.assessed_every)
        title = _("Censor events after two missed scans ({months} without one)")
        controls.toggle("survival.missed_scans", title.format(months=months))
    if endpoint.code == "THP":
        title = _("Progression outside the liver competes; else it is ignored")
        controls.toggle("survival.extrahepatic_competes", title)
    drawing.choices()


def folds(study: Population, result: SurvivalByGroup) -> None:
    """What lies behind the curves: how follow-up ended, other clocks, cut-offs, the landmark."""
    endpoint = result.endpoint
    doing = _("Computing…")
    ended(result)
    title = _("The same from other dates")
    parts.section(title, "origins", _side_by_side, endpoint, study, doing=doing)
    if endpoint.code == "OS":
        parts.section(_("How the result matured"), "matured", _matured, study, doing=doing)
    title = _("After the landmark: by response, modality or procedures")
    parts.section(title, "landmark", after_landmark, study, endpoint, doing=doing)


def ended(result: SurvivalByGroup | IncidenceByGroup) -> None:
    """What ended each patient's follow-up, counted."""
    parts.section(_("How follow-up ended"), "endings", parts.show, exhibits.survival.ended, result)


def _side_by_side(endpoint: Endpoint, study: Population) -> None:
    found = session.computed(origins.side_by_side, endpoint)
    if len(found) < 2:
        parts.locked(
            _("The clock can start at no other date than the first procedure."),
            [COLUMNS[name] for name in ("diagnosis_date", "liver_mets_date", "end_systemic_date")],
            one_is_enough=True,
        )
        return
    parts.show(exhibits.clock.from_each_date, found, endpoint, study.provenance)


def _matured(study: Population) -> None:
    found = session.computed(maturity.matured)
    if not found:
        parts.locked(
            _("Without dates the data cannot be cut off earlier."),
            [COLUMNS[name] for name in ("first_procedure_date", "death_date", "last_contact_date")],
        )
        return
    parts.show(exhibits.clock.as_it_matured, found, study.provenance)


def after_landmark(study: Population, endpoint: Endpoint) -> None:
    """Survival from a landmark on, by what was seen until then; the naive contrast greyed."""
    ways = study.ways
    if not ways:
        parts.locked(
            _("Nothing that was seen after the first procedure is dated."),
            [COLUMNS[name] for name in ("response_6m", "first_hai_date", "first_tace_date")],
            one_is_enough=True,
        )
        return
    left, right = st.columns(2)
    with left:
        chosen = way(_("By what was seen until the landmark"), [w for w in WAYS if w in ways])
    with right:
        landmark_slider()
    from_landmark(session.computed(landmark.at_landmark, endpoint, chosen))


def from_landmark(result: Landmark) -> None:
    """Curves from the landmark on, who is not in them, and the naive contrast greyed."""
    if not result.drawn:
        parts.empty(
            _("Too few patients for a curve."), _("Move the landmark, or classify otherwise.")
        )
    parts.show(exhibits.landmark.at_landmark, result)
    parts.show(exhibits.landmark.without, result)


def way(title: str, known: Sequence[Known], key: str = "landmark-way") -> Known:
    """Which way of telling patients apart is taken, the first unless another is chosen."""
    chosen = st.selectbox(
        title,
        known,
        format_func=lambda way: _(exhibits.landmark.WAYS[way]),
        key=session.spoken_key(key),
        persist_state="session",
    )
    return chosen or known[0]


def landmark_slider() -> None:
    """The months from the first procedure at which the clock starts anew."""
    title = _("Landmark, months after the first procedure")
    controls.slider("survival.landmark", title, *LANDMARKS)
