"""The parts of the Compare page: the answer, the evidence in order, and what is folded.

What is folded is computed only once it is opened. Each part is a fragment: a choice inside it draws
that part anew and no other.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pandas as pd
import streamlit as st

from lib import text
from lib.analyses import (
    adjustment,
    cautions,
    centres,
    comparison,
    multiplicity,
    robustness,
    subgroups,
    survival,
)
from lib.analyses.comparison import Comparison, SurvivalContrast
from lib.analyses.study import Study, compared_arms
from lib.analyses.subgroups import Rate
from lib.exhibits import adjustment as adjusted_words
from lib.exhibits import comparison as comparison_words
from lib.exhibits import exhibit
from lib.exhibits import robustness as robustness_words
from lib.exhibits import subgroups as forest_words
from lib.exhibits import survival as survival_words
from lib.figures.survival import survival_curves
from lib.language import _
from lib.schema import COLUMNS, Endpoint
from lib.ui import choices, incidence, needed, parts, received, session, toxicity


def answer(result: Comparison, contrast: SurvivalContrast | None) -> None:
    """The answer first, in plain words with counts and limits."""
    words = comparison_words.answer(result, contrast) if contrast else ""
    if words:
        with st.container(key="answer", border=True):
            st.markdown(text.plain(words))


def chosen(result: Comparison) -> SurvivalContrast | None:
    """The endpoint whose contrast is shown, overall survival first; None where there is none."""
    if not result.survivals:
        return None
    known = {contrast.endpoint: contrast for contrast in result.survivals}
    return known[choices.endpoint(list(known), "compared-endpoint")]


def contrast(result: Comparison, shown: SurvivalContrast) -> None:
    """Two curves, what was found between them, and what could explain it away."""
    found = comparison_words.numbers(shown, result.provenance.plan.small)
    name = text.titled(text.label(shown.endpoint), comparison_words.arms(result))
    behind = adjusted_words.sensitivity(
        robustness.sensitivity(shown, result.provenance.plan, result.apart)
    )
    parts.figure(
        exhibit.key("compare", exhibit.of_endpoint(shown.endpoint, result.provenance)),
        survival_curves(
            shown.arms,
            shown.endpoint,
            shown.ticks,
            survival_words.axis(
                shown.by_months, sum(arm.n for arm in shown.arms), result.provenance
            ),
        ),
        name,
        comparison_words.caption(result, shown),
        [
            *exhibit.notes(result),
            *(text.caution(caution) for caution in shown.cautions),
            *([behind] if behind else []),
        ],
        [(_("Contrast"), found), (_("Curves"), survival_words.points(shown.arms))],
    )
    parts.cautions(shown.cautions)
    parts.table(found, f"contrast {shown.endpoint.code}")
    parts.meanings(comparison_words.meanings(result, shown))
    parts.small_print(behind)


def responses(result: Comparison) -> None:
    """Response rates of both arms."""
    st.subheader(_("Response"))
    if not result.responses:
        parts.locked(
            _("No response is recorded in this file."),
            [COLUMNS[name] for name in needed.RESPONDED],
            one_is_enough=True,
        )
        return
    for words in comparison_words.rates_answer(result):
        st.markdown(text.plain(words))
    parts.cautions([caution for each in result.responses for caution in each.cautions])
    parts.table(comparison_words.rates(result), "response contrasts")
    parts.small_print(comparison_words.rates_caption(result))


def balance(result: Comparison, endpoint: Endpoint | None) -> None:
    """How alike the arms are: the love plot, and Table 1 under it."""
    st.subheader(_("The arms at baseline"))
    if not result.covariates:
        st.info(_("Nothing else is known of these patients before the first procedure."))
        return
    made = session.computed(adjustment.design, endpoint) if endpoint else None
    shown = made is not None and bool(made.before)
    if made is not None and shown:
        _picture(adjusted_words.love(made, result), exhibit.notes(result))
    with st.expander(_("Table 1: every column at baseline"), expanded=not shown):
        parts.table(comparison_words.table_one(result), "balance")
        parts.small_print(comparison_words.balance_caption(result))


def _picture(drawn: exhibit.Picture, notes: list[str]) -> None:
    parts.figure(drawn.key, drawn.figure, drawn.title, drawn.caption, notes, drawn.tables)


@contextmanager
def _folded(title: str, name: str, doing: str = "") -> Iterator[bool]:
    """A part that is closed until it is asked for; whether it is open, and what takes a while."""
    box = st.expander(title, key=f"open-{name}", on_change="rerun")
    with box:
        if not box.open:
            yield False
            return
        with st.spinner(doing or _("Computing…"), show_time=True):
            yield True


def _all_numbers(frame: pd.DataFrame, name: str) -> None:
    """A long table, closed where a figure shows what it says."""
    with st.expander(_("All numbers")):
        parts.table(frame, name)


@st.fragment
def adjusted(endpoint: Endpoint) -> None:
    """The contrast as it is, given the covariates, and weighted."""
    title = _("Adjusted for what is known at baseline")
    doing = _("Repeating the whole procedure in samples drawn again…")
    with _folded(title, "adjusted", doing) as opened:
        if not opened:
            return
        study, result = session.study(), session.computed(comparison.of_arms)
        if result is None:
            return
        _covariates(study)
        found = session.computed(adjustment.of_endpoint, endpoint)
        if found is None:
            return
        if words := adjusted_words.answer(found):
            st.markdown(text.plain(words))
        if words := adjusted_words.locked(found):
            parts.empty(words, _("The table says what each asks for."))
        parts.cautions(found.cautions)
        frames = adjusted_words.frames(found)
        notes = [*exhibit.notes(result), *(text.caution(each) for each in found.cautions)]
        parts.table(frames[0][1], "adjusted results")
        drawn = adjusted_words.curves(found, result)
        if drawn is not None:
            _picture(drawn, notes)
        else:
            parts.small_print(adjusted_words.caption(found, result))
            parts.tables_download(adjusted_words.key(found), frames, notes)
        parts.table(frames[1][1], "adjusting asks for")


def _covariates(study: Study) -> None:
    """What is adjusted for: chosen here, or by the fixed list."""
    known = {column.name: column for column in comparison.candidates(study)}
    now, fixed = (_names(each, study) for each in (study.plan.comparison.covariates, ()))
    key = session.widget_key(f"covariates.{'.'.join(fixed)}")  # a filter may change the list
    st.multiselect(
        _("Adjust for"),
        list(known),
        default=now,
        format_func=lambda name: text.visible(text.label(known[name])),
        key=key,
        on_change=_put_covariates,
        args=(key,),
        help=_(
            "Only what was known before the first procedure. Taking all off brings back the fixed "
            "list, cut to what the smaller arm allows."
        ),
    )


def _names(chosen: tuple[str, ...], study: Study) -> list[str]:
    """What is adjusted for where the plan has chosen these covariates, or none."""
    compared = replace(study.plan.comparison, covariates=chosen)
    other = replace(study, plan=replace(study.plan, comparison=compared))
    arms = compared_arms(other)
    return [] if arms is None else [each.name for each in adjustment.covariates(other, arms)]


def _put_covariates(key: str) -> None:
    plan, names = session.plan(), tuple(st.session_state[key])
    session.choose(replace(plan, comparison=replace(plan.comparison, covariates=names)))
    if not names:
        session.redraw()
    st.rerun()


@st.fragment
def by_subgroup(endpoint: Endpoint) -> None:
    """The contrast in every level of every baseline column."""
    with _folded(_("Subgroups"), "subgroups") as opened:
        if not opened:
            return
        study, result = session.study(), session.computed(comparison.of_arms)
        what = _outcome(study, endpoint, "subgroups")
        found = session.computed(_forest_of(what), what)
        if found is None or result is None:
            return
        parts.cautions(found.cautions)
        frame = forest_words.table(found)
        title = forest_words.title(found, result)
        notes = [*exhibit.notes(result), *(text.caution(each) for each in found.cautions)]
        drawn = forest_words.picture(found, result)
        if drawn is not None:
            _picture(drawn, notes)
            _all_numbers(frame, f"subgroups {title}")
        else:
            parts.empty(
                _("No subgroup is large enough for an estimate."),
                _("The table counts the patients, and says what is missing."),
            )
            parts.small_print(forest_words.caption(found))
            parts.tables_download(forest_words.key(found), [(_("Subgroups"), frame)], notes)
            parts.table(frame, f"subgroups {title}")


def _forest_of(what: Endpoint | Rate) -> Callable[..., subgroups.Forest | None]:
    return subgroups.of_endpoint if isinstance(what, Endpoint) else subgroups.of_rate


def _outcome(study: Study, endpoint: Endpoint, name: str) -> Endpoint | Rate:
    """Which outcome a part is about: an endpoint, or a response rate."""
    known: dict[str, Endpoint | Rate] = {
        endpoint.code: endpoint,
        **{each.code: each for each in session.computed(survival.available)},
        **{forest_words.outcome(rate): rate for rate in subgroups.rates(study)},
    }
    code = st.selectbox(
        _("Outcome"),
        list(known),
        format_func=lambda code: text.visible(forest_words.outcome(known[code])),
        key=session.widget_key(f"{name}.{endpoint.code}"),
    )
    return known.get(code or "", endpoint)


@st.fragment
def by_centre(endpoint: Endpoint) -> None:
    """The contrast within centres, centre by centre, and without each of them."""
    with _folded(_("Centres"), "centres") as opened:
        if not opened:
            return
        result = session.computed(comparison.of_arms)
        found = session.computed(centres.of_endpoint, endpoint)
        if found is None or result is None:
            _one_centre(result)
            return
        st.markdown(text.plain(forest_words.centre_answer(found)))
        parts.cautions(found.cautions)
        frame = forest_words.centre_table(found)
        notes = [*exhibit.notes(result), *(text.caution(each) for each in found.cautions)]
        drawn = forest_words.centre_picture(found, result)
        if drawn is not None:
            _picture(drawn, notes)
        else:
            parts.small_print(forest_words.centre_caption(found))
            key = forest_words.centre_key(found)
            parts.tables_download(key, [(_("Centres"), frame)], notes)
        parts.table(frame, f"centres {endpoint.code}")


def _one_centre(result: Comparison | None) -> None:
    if result is not None and result.column.name == centres.CENTRE:
        parts.empty(_("The centres are compared themselves."), _("Compare another column."))
    elif session.study().cohort.known(centres.CENTRE):
        parts.empty(
            _("All these patients are of one centre."), _("Widen the filters in the sidebar.")
        )
    else:
        parts.locked(_("The file does not say where patients were treated."), [COLUMNS["centre"]])


@st.fragment
def robust(endpoint: Endpoint) -> None:
    """The contrast under every defensible choice."""
    title, doing = _("Robustness: other defensible choices"), _("Trying every choice…")
    with _folded(title, "robustness", doing) as opened:
        if not opened:
            return
        study = session.study()
        what = _outcome(study, endpoint, "robustness")
        found = session.computed(
            robustness.of_endpoint if isinstance(what, Endpoint) else robustness.of_rate, what
        )
        if found is None:
            return
        st.markdown(text.plain(robustness_words.answer(found)))
        drawn = robustness_words.picture(found)
        if drawn is not None:
            _picture(drawn, exhibit.notes(found.compared))
        frame = robustness_words.table(found)
        _all_numbers(frame, f"specifications {robustness_words.title(found)}")


@st.fragment
def all_received(endpoint: Endpoint) -> None:
    """Both modalities in the end: how many, and what may be said of them."""
    with _folded(_("Everything received: one modality, or both"), "received") as opened:
        if opened:
            received.everything(session.study(), endpoint)


@st.fragment
def first_events() -> None:
    """What came first in each arm, where events compete."""
    with _folded(_("What came first in each arm: progression or death"), "first") as opened:
        if opened:
            incidence.of_arms()


@st.fragment
def complications() -> None:
    """Complications of both arms, by patient and by procedure."""
    with _folded(_("Complications and early deaths"), "complications") as opened:
        if opened:
            toxicity.complications()


@st.fragment
def tests() -> None:
    """Every test that this page runs, its folded parts included, adjusted for their number."""
    with _folded(_("How many tests this page runs"), "tests") as opened:
        if not opened:
            return
        result = session.computed(comparison.of_arms)
        found = session.computed(multiplicity.of_page)
        if result is None or found is None or not (found.main or found.interactions):
            parts.empty(_("No test could be done."), _("The arms or the events are too few."))
            return
        words = forest_words.count(found)
        st.markdown(text.plain(words))
        parts.table(forest_words.tests(found.main), "tests")
        parts.small_print(_("The tests of interaction are in the workbook, a line each."))
        parts.tables_download(
            exhibit.key("compare", "tests"),
            [
                (_("Tests of the arms"), forest_words.tests(found.main)),
                (_("Tests of interaction"), forest_words.tests(found.interactions)),
            ],
            [*exhibit.notes(result), words],
        )


def many(result: Comparison) -> None:
    """Say that several tests stand on the page."""
    found = len(multiplicity.main_tests(result))
    parts.small_print(" ".join(text.caution(each) for each in cautions.many_tests(found)))
