"""The sections of the Overview page: the cohort at a glance, and what each page can show of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from lib import exhibits, text
from lib.analyses import arms, baseline, lacking, one_sided, response, survival
from lib.analyses.counted import Population
from lib.analyses.response import ResponseByGroup
from lib.analyses.states import BEST, column_at
from lib.analyses.study import Study
from lib.analyses.survival import SurvivalByGroup
from lib.export import cleaned
from lib.figures.theme import safe
from lib.language import N_, _, ngettext
from lib.schema import COLUMNS, ENDPOINTS, Column
from lib.ui import (
    bundling,
    choices,
    controls,
    filters,
    keeping,
    loading,
    needed,
    parts,
    selection,
    session,
)
from lib.ui.mapping import open_questions

_ICONS = {
    "pages/response.py": (N_("Response"), ":material/stacked_bar_chart:"),
    "pages/survival.py": (N_("Survival"), ":material/show_chart:"),
    "pages/patients.py": (N_("Patients"), ":material/timeline:"),
    "pages/compare.py": (N_("Compare"), ":material/compare_arrows:"),
}


_LINK = 150  # pixels of a link, so that what stands beside them begins in one line


@dataclass(frozen=True, slots=True)
class Part:
    """What a page can show of the cohort, or what the file lacks for it."""

    what: str
    known: bool
    columns: Sequence[Column] = ()  # what would unlock it
    instead: Sequence[Column] = ()  # what would do so as well
    one_is_enough: bool = False  # whether one of `columns` would


def waits() -> None:
    """What waits for an answer, and what a saved plan does that the visitor may not expect."""
    if session.cohort() is not None and (n := len(open_questions(loading.proposal()))):
        template = ngettext("{n} question waits on Map", "{n} questions wait on Map", n)
        icon = ":material/help:"
        st.page_link("pages/cohort.py", label=template.format(n=n), icon=icon, width="content")
    keeping.recalled(_("Map can propose everything anew."))
    if why := loading.unfollowed():
        st.warning(text.plain(_("The saved plan is not followed: {why}").format(why=why)))
    if days := session.behind():
        until, last = map(text.day, days)
        st.warning(
            _(
                "The plan counts what was known by {until}; the data go on to {last}, and what "
                "came later is not counted."
            ).format(until=until, last=last)
        )
        st.button(
            _("Count to the end of the data"), key="to-the-end", on_click=session.count_to_the_end
        )


def asked(study: Population) -> None:
    """By what the cohort is told, and which levels of any column are under study."""
    with parts.asked():
        choices.grouping(study)
        _level(study)


def _level(study: Population) -> None:
    """Have a level under study: what a click on a bar does, for who uses no mouse."""
    columns = [each for each in filters.groupable(study) if each.kind != "number"]
    levels = session.once(_levels, study.everybody, *columns)
    under = {(each.column, code) for each in study.plan.study.selection for code in each.levels}
    controls.one_of(
        _("Add to the filter"),
        [each for each in levels if each not in under],
        levels.__getitem__,
        key="add-level",
        then=lambda chosen: selection.add_level(*chosen),
        placeholder=_("choose a level, or click a bar"),
    )


def _levels(whole: Population, *columns: Column) -> dict[tuple[str, str], str]:
    """The levels of some columns in words, with their columns."""
    return {
        (column.name, level.code): f"{text.label(column)}: {text.label(level)}"
        for column in columns
        for level in whole.counts(column.name).levels
    }


def glance(study: Population) -> None:
    """How long patients lived and who responded, as small figures over the numbers by group."""
    responded = session.computed(response.by_group)
    lived = _lived()
    with st.container(key="glance"):
        left, right = st.columns(2, gap="medium")
    with left:
        _survival(lived)
    with right:
        _response(responded)
    found = session.computed(baseline.by_group)
    if len(found.n) > 2:  # all patients, and more groups than one
        parts.small_print(
            _(
                "The groups are shown as they are, unadjusted, and nothing here compares them: who "
                "was treated how was not left to chance. Compare does, and says what is left."
            )
        )
    shown = session.once(exhibits.baseline.glance, found, responded, lived)
    parts.placed(shown, 0)
    parts.cautions(shown.cautions, shown.key)
    with st.container(horizontal=True):
        with st.popover(_("How these numbers are computed"), icon=":material/info:"):
            parts.small_print(shown.caption)
        parts.take_away(shown, _("Numbers, XLSX"))


def _lived() -> SurvivalByGroup | None:
    """Overall survival, where the file has it."""
    overall = ENDPOINTS["OS"]
    known = overall in session.computed(survival.available)
    return session.computed(survival.by_group, overall) if known else None


def _survival(lived: SurvivalByGroup | None) -> None:
    _link("pages/survival.py", _("How long they lived"))
    if lived is None:
        choices.no_endpoint([], [ENDPOINTS["OS"]])
        return
    parts.few(lived.drawn)
    shown = session.once(exhibits.survival.by_group, lived, None)
    parts.small(shown)
    parts.small_print(exhibits.survival.brief(lived, exhibits.baseline.YEAR))


def _response(responded: ResponseByGroup) -> None:
    _link("pages/response.py", _("Who responded"))
    if not responded.times:
        what = _("No response is recorded.")
        parts.locked(what, _columns(*lacking.RESPONDED), one_is_enough=True)
        return
    column = responded.column
    chosen = _selects(column) if column is not None and column.kind != "number" else None
    parts.small(session.once(exhibits.response.by_group, responded), on_select=chosen)
    parts.small_print(exhibits.response.brief(responded))


def _selects(column: Column) -> Callable[[str], None]:
    """What a click on a bar does: have its group under study; without one nothing changes."""

    def chosen(carried: str) -> None:
        levels = session.study().everybody.counts(column.name).levels
        codes = {safe(level.code): level.code for level in levels}
        selection.add_level(column.name, codes.get(carried, ""))

    return chosen


def _link(page: str, title: str) -> None:
    st.page_link(page, label=f"**{title}**", icon=_ICONS[page][1])


# What each page can show ------------------------------------------------------------------------


def can_show(study: Population) -> None:
    """A line a page: what it can show of this file, and what it lacks, to be said in place."""
    st.subheader(_("What each page can show"))
    for page, of_page in _PAGES.items():
        found = list(of_page(study))
        title, icon = _ICONS[page]
        known = [each.what for each in found if each.known]
        lacks = [each for each in found if not each.known]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.page_link(page, label=_(title), icon=icon, width=_LINK)
            st.markdown(text.plain("; ".join(known) or _("Nothing yet.")), width="stretch")
            if lacks:
                _lacking(page, lacks)


def _lacking(page: str, lacks: Sequence[Part]) -> None:
    """What a page lacks, once it is asked for."""
    box = st.popover(
        _("What it lacks ({n})").format(n=len(lacks)),
        icon=":material/lock:",
        key=f"open-lacks-{page}",
        on_change="rerun",
    )
    with box:
        for each in lacks if box.open else ():
            _would_need(each)


def _would_need(part: Part) -> None:
    """The headers that would unlock a part, and the file's own columns to choose among."""
    if not part.columns:
        st.markdown(text.plain(part.what))
        return
    what = _("{part} is not known yet.").format(part=part.what)
    st.markdown(parts.would_need(what, part.columns, part.instead, part.one_is_enough))
    columns = list(dict.fromkeys((*part.columns, *part.instead)))
    if needed.may_choose(columns):
        needed.choose(columns, f"overview.{part.what}")


def _columns(*names: str) -> tuple[Column, ...]:
    return tuple(COLUMNS[name] for name in names)


def _times(study: Population) -> Iterator[Part]:
    known = response.time_points(study)
    for months in (*study.plan.response.months, BEST):
        column = COLUMNS[column_at(months)]
        yield Part(text.label(column), months in known, (column,))


def _endpoints() -> Iterator[Part]:
    known = session.computed(survival.available)
    refused = {each.endpoint.code: each for each in session.held(one_sided.refused) or ()}
    for each in known:
        yield Part(text.label(each), True)
    for each in ENDPOINTS.values():
        if each.code in refused:
            yield Part(exhibits.one_sided.refused(refused[each.code]), False)
        elif each not in known:
            columns, instead = lacking.columns_of(each)
            yield Part(text.label(each), False, columns, instead)


def _courses(study: Population) -> Iterator[Part]:
    measured = study.provenance.measured or study.known("best_change_pct")
    yield Part(_("Best change and change over time"), measured, _columns("best_change_pct"))
    dated = study.known("first_procedure_date") or _overall()
    yield Part(
        _("Course in time"),
        dated,
        _columns("first_procedure_date", "last_contact_date", "death_date"),
        _columns("os_months", "os_event"),
    )
    if not isinstance(study, Study):
        yield Part(_("Who is overdue and one patient’s whole course: no row is held here."), False)
        return
    seen = ("last_assessment_date", "last_contact_date")
    yield Part(
        _("Who is overdue"),
        study.known("first_procedure_date") and any(map(study.known, seen)),
        _columns(*seen),
        one_is_enough=True,
    )


def _overall() -> bool:
    return ENDPOINTS["OS"] in session.computed(survival.available)


def _two(study: Population) -> Iterator[Part]:
    two = arms.compared(study)
    column = study.plan.comparison.column
    if two is not None:
        yield Part(exhibits.comparison.pair(two.levels, two.n), True)
    elif study.everybody.known(column):
        yield Part(_("Only one group is left to compare."), False)
    else:
        yield Part(_("Two modalities"), False, _columns("modality"))
    graded = ("ctcae_grade", "cirse_grade")
    yield Part(_("Complications"), study.graded, _columns(*graded), one_is_enough=True)


_PAGES: Mapping[str, Callable[[Population], Iterator[Part]]] = {
    "pages/response.py": _times,
    "pages/survival.py": lambda _study: _endpoints(),
    "pages/patients.py": _courses,
    "pages/compare.py": _two,
}


# Behind it ---------------------------------------------------------------------------------------


def behind(study: Population) -> None:
    """Table 1, from rows to patients, and each column as it was read; what can be taken away."""
    first = session.once(exhibits.baseline.table_one, session.computed(baseline.by_group))
    flow = session.once(exhibits.cohort.flow, study.provenance)
    parts.section(text.plain(first.title), first.key, parts.exhibit, first)
    title = _("{title}: {steps}").format(title=flow.title, steps=flow.sentences[0])
    parts.section(text.plain(title), flow.key, parts.exhibit, flow)
    if isinstance(study, Study):
        columns = session.once(exhibits.cohort.columns, study)
        parts.section(text.plain(columns.title), columns.key, parts.exhibit, columns)
        _take_away(study)
        bundling.section(study)


def _take_away(study: Study) -> None:
    whole = study.whole
    with st.container(horizontal=True):
        parts.download(
            _("Cleaned data, XLSX"),
            lambda: cleaned.workbook(whole),
            "cohort.xlsx",
            "xlsx-cleaned",
            "table",
            help=_(
                "All tables in canonical columns and units, with the findings. Codes of patients, "
                "comments, dates and centres are in it, so that it is for your own use; the bundle "
                "leaves them out, or as many as you choose."
            ),
        )
        help = _("Every choice, the mapping too. Opened again it gives the same numbers.")
        parts.plan_as_toml("toml-plan", help)
