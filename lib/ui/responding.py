"""The sections of the Response page: what responses rest on, how they changed and lasted."""

import streamlit as st

from lib import exhibits, text
from lib.analyses import duration, transitions
from lib.analyses.counted import Population
from lib.analyses.derivation import Derivation
from lib.analyses.response import ResponseByGroup
from lib.analyses.states import BEST
from lib.exhibits import derivation
from lib.exhibits.exhibit import Exhibit
from lib.language import _
from lib.ui import choices, parts, session


def asked(study: Population) -> None:
    """The page's choices: those of every day in a row, and the others behind *More*."""
    with parts.asked():
        choices.grouping(study)
        choices.months(study)
        parts.more("rules", _rules, study)


def _rules(study: Population) -> None:
    """What counts as a response, and what a dead patient counts for."""
    choices.level("response.deaths")
    if study.provenance.measured and not study.settled:
        choices.level("response.source")
        if study.provenance.derived:
            choices.level("response.profile")
            choices.level("response.confirm")


def how_derived(found: Derivation) -> None:
    """Fold away the windows, the sentences for a paper, and the tables of rules."""
    if not found.provenance.measured:
        return
    title = _("How responses are derived")
    parts.section(title, "how-derived", _how_derived, found)


def _how_derived(found: Derivation) -> None:
    if found.derived:
        choices.windows(found.provenance.plan.response)
    st.markdown(_("**For the methods section**"))
    st.code(derivation.methods_words(found), language=None, wrap_lines=True)
    st.markdown(_("Of each list the first rule that applies gives the response."))
    st.markdown(derivation.rules_words(found.provenance.plan.response))


def by_time(shown: Exhibit, result: ResponseByGroup) -> None:
    """The bars, and each table in a tab.

    A tab with a caution wears its sign, so that none is overlooked in a tab that is shut. Open is
    that of the time which the answer is of.
    """
    led = [each is exhibits.response.told(result) for each in result.times].index(True)
    parts.answer(shown)
    parts.figure(shown)
    parts.cautions(shown.cautions, shown.key)
    titles = [text.plain(each.title) for each in shown.tables]
    labels = [
        f":material/warning: {title}" if each.cautions else title
        for title, each in zip(titles, shown.tables, strict=True)
    ]
    for at, tab in enumerate(st.tabs(labels, default=labels[led])):
        with tab:
            parts.placed(shown, at)


def changes(result: ResponseByGroup) -> None:
    """From state to state over time; folded."""
    if sum(time.months != BEST for time in result.times) > 1:
        parts.section(
            _("Response from time to time"),
            "transitions",
            _changes,
            result,
            doing=_("Computing…"),
        )


def _changes(result: ResponseByGroup) -> None:
    found = session.computed(transitions.between_times)
    if found.passages:
        make, above = exhibits.transitions.between_times, result.cautions
        parts.show(make, found, result.derivation, above=above)


def lasted(result: ResponseByGroup) -> None:
    """How long responses lasted, where they were derived; folded."""
    if result.derivation.derived:
        parts.section(
            _("How long responses lasted"), "lasted", _lasted, result, doing=_("Computing…")
        )


def _lasted(result: ResponseByGroup) -> None:
    found = session.computed(duration.of_responses)
    if found is not None:
        make, above = exhibits.duration.of_responses, result.cautions
        parts.show(make, found, result.derivation, above=above)


def disagreements(result: ResponseByGroup) -> None:
    """Where the file and its measurements differ, and what of the measurements is in doubt."""
    origin = result.derivation
    if not origin.measured and not origin.told:
        return
    shown = session.once(exhibits.derivation.of_study, origin)
    above = result.cautions if result.times else ()
    parts.section(text.plain(shown.title), "disagreements", parts.exhibit, shown, above)
