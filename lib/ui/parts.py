"""Composites that pages share: the head of a page, a figure with all its parts, a table."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any, Literal, NoReturn

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from lib import text
from lib.analyses.cautions import Caution
from lib.analyses.counted import NotHeld, Population
from lib.analyses.study import Study
from lib.cohort import CohortError
from lib.exhibits.code import code
from lib.exhibits.exhibit import Exhibit, Headline
from lib.export import html, xlsx
from lib.figures.theme import safe
from lib.language import _, ngettext, speaking, spoken
from lib.plan import dumps
from lib.registry import Registry
from lib.schema import COLUMNS, Column, is_counted
from lib.ui import attended, charts, loading, needed, selection, session, taking


class EndOfPage(BaseException):  # no failure, and so nothing that catches those
    """A page has said what it can say."""


def end() -> NoReturn:
    """End a page here; what stands beside it is drawn still."""
    raise EndOfPage


def heading(title: str) -> Population:
    """Draw the head of a page: its title, whose patients, under which filter.

    Without a cohort it draws the empty state instead, and the page ends here.
    """
    if session.loaded() is None:
        st.title(title)
        empty(
            _("No cohort is open yet."),
            _("Open your spreadsheet on the Cohort page, or look around with the sample first."),
        )
        open_sample(primary=True)
        st.page_link("pages/cohort.py", label=_("Go to Cohort"), icon=":material/arrow_back:")
        end()
    study = session.study()
    with st.container(horizontal=True, vertical_alignment="center", key="whose"):
        st.title(title, width="content", anchor=False)
        st.markdown(text.plain(text.under_study(study.provenance)), width="content")
        said = text.source(study.provenance.source)
        if said:
            badge = f":orange-badge[{_('Synthetic patients')}]"
            st.markdown(badge, width="content", help=text.plain(said))
    if not study.provenance.n:
        empty(
            _("No patient is left under these filters."),
            _("Widen a filter in the sidebar, or clear them all."),
        )
        st.button(_("Clear the filters"), on_click=selection.clear, key="clear-empty")
        end()
    return study


def open_sample(primary: bool = False, then: Callable[[], None] = st.rerun) -> None:
    """The button that opens the sample cohort; `then`: what shows it."""
    _opens(loading.SAMPLE, _("Open the sample cohort"), "open-sample", then, primary)


def open_registry(then: Callable[[], None]) -> None:
    """The button that opens the larger sample, in which every analysis has its numbers."""
    _opens(loading.REGISTRY, _("Open the sample registry"), "open-registry", then)


def _opens(
    sample: Path, label: str, key: str, then: Callable[[], None], primary: bool = False
) -> None:
    """Read a sample where the visitor sees that it is being read, and show it."""
    kind: Literal["primary", "secondary"] = "primary" if primary else "secondary"
    if st.button(label, key=key, icon=":material/science:", type=kind):
        with st.spinner(_("Opening the sample"), show_time=True):
            loading.load_sample(sample)
        then()


def empty(what: str, instead: str) -> None:
    """An empty state: what is not there, and what to do."""
    st.info(f"**{text.plain(what)}** {text.plain(instead)}", icon=":material/info:")


def few(drawn: Sequence[object]) -> None:
    """Say that there is no curve, where there is none."""
    if not drawn:
        empty(_("Too few patients for a curve."), _("Widen a filter, or group by nothing."))


def locked(
    what: str,
    columns: Sequence[Column],
    instead: Sequence[Column] = (),
    *,
    one_is_enough: bool = False,
) -> None:
    """A part that the file has no columns for, and those that would unlock it and hold nothing yet.

    `what`: what is not known. `columns`, `instead`: what would unlock it, and what would do so as
    well. `one_is_enough`: whether one of `columns` would do, not only all of them.
    """
    st.info(would_need(what, columns, instead, one_is_enough), icon=":material/lock:")
    columns = list(dict.fromkeys((*columns, *instead)))
    if needed.may_choose(columns):
        with st.popover(_("Choose among the columns of the file"), icon=":material/tune:"):
            needed.choose(columns, what)


def would_need(
    what: str, columns: Sequence[Column], instead: Sequence[Column], one_is_enough: bool = False
) -> str:
    """What is lacking, and the columns that would unlock it; see `locked`."""
    names = _names(columns, text.either if one_is_enough else text.listed)
    if instead:
        names = _("{columns}; or {instead}").format(
            columns=names, instead=_names(instead, text.listed)
        )
    asks = (
        _("**{what}** The rows that the registry is prepared from would need: {columns}.")
        if isinstance(session.loaded(), Registry)
        else _("**{what}** The spreadsheet would need: {columns}.")
    )
    return asks.format(what=text.plain(what), columns=names)


def _names(columns: Sequence[Column], join: Callable[[Iterable[str]], str]) -> str:
    """What is lacking in the reader's words, each with its name in the template."""
    whole = session.study().everybody
    lacking = [
        column
        for column in columns
        if COLUMNS.get(column.name) is not column or not whole.known(column.name)
    ]
    return join(
        f"{text.plain(text.label(column))} (`{column.name}`)" for column in lacking or columns
    )


def refused() -> None:
    """Why the last file, or the last choice, gave no cohort; said once."""
    found = loading.problem()
    if found is None:
        return
    name, problem = found
    words = text.error(problem)
    loaded = session.loaded()
    if name:
        words = _("{file}: {problem}").format(file=name, problem=words)
    if name and loaded is not None:
        stays = _("{file} stays open.").format(file=session.source(loaded).name)
        words = f"{words} {stays}"
    st.error(text.plain(words), icon=":material/error:")
    loading.settle()


def cautions(found: Sequence[Caution], key: str) -> None:
    """What to beware of, beside the numbers it concerns: one line, and behind it all in full.

    `key`: what tells these from others of the page.
    """
    said = text.beware_of(found)
    if not said:
        return
    line, rest = said[0]
    if len(said) > 1:
        template = ngettext("{n} caution: {first}", "{n} cautions: {first}", len(said))
        line = template.format(n=len(said), first=line)
    elif not rest:
        st.warning(text.plain(line), icon=":material/warning:")
        return
    if len(said) > 1:
        _in_full(text.plain(line), said, key)
        return
    with _behind(text.plain(line), key):
        st.markdown(text.plain(rest))


def cautions_by_line(found: Sequence[Caution], lines: int = 3) -> None:
    """The first of several cautions, a line each."""
    first = [
        f":small[:material/warning: {text.plain(line)}]"
        for line, _rest in text.beware_of(found)[:lines]
    ]
    if first:
        st.markdown("  \n".join(first))


def cautions_in_full(found: Sequence[Caution], key: str) -> None:
    """All cautions in full, behind a fold; `key`: as for `cautions`."""
    said = text.beware_of(found)
    if not said:
        return
    title = ngettext("{n} caution in full", "{n} cautions in full", len(said)).format(n=len(said))
    _in_full(title, said, key)


def _in_full(title: str, said: Sequence[tuple[str, str]], key: str) -> None:
    """Cautions behind a line, each with what follows its own."""
    with _behind(title, key):
        st.markdown(
            "\n".join(f"- **{text.plain(line)}** {text.plain(rest)}" for line, rest in said)
        )


def _behind(title: str, key: str) -> DeltaGenerator:
    """The fold of cautions."""
    return st.expander(title, key=f"beware-{key}", icon=":material/warning:")


def exhibit(
    shown: Exhibit,
    above: Sequence[Caution] = (),
    on_select: Callable[[str], None] | None = None,
    beneath: Callable[[], None] | None = None,
    answered: bool = False,
    chosen: str = "",
    headed: Literal["", "bold", "large"] = "",
) -> None:
    """Place an exhibit: the answer, the figure, what to beware of, the numbers, what they mean.

    `above`: what the page says already, of all that it shows. `on_select`: called with what a point
    carries along when it is clicked on. `beneath`: draws what such a point is about, between the
    figure and its caption. `answered`: whether the page has its answer already. `chosen`: what the
    points carry along that stand out. `headed`: how its title stands over it, if it does.
    """
    if headed == "large":
        st.subheader(text.plain(shown.title))
    elif headed:
        st.markdown(f"**{text.plain(shown.title)}**")
    if shown.misleads:
        _misleading(shown)
        return
    if not answered:
        answer(shown)
    figure(shown, on_select, beneath, chosen)
    cautions([each for each in shown.cautions if each not in above], shown.key)
    numbers(shown)


def show(make: Callable[..., Exhibit | None], *of: Any, **more: Any) -> None:
    """Place what `make` makes of results, where it makes anything; `**more` as for `exhibit`."""
    shown = session.once(make, *of)
    if shown is not None:
        exhibit(shown, **more)


def answer(shown: Exhibit) -> None:
    """What an exhibit says: a few large numbers, or a paragraph a sentence."""
    if shown.headlines:
        _headlines(shown)
    else:
        for sentence in shown.sentences:
            st.markdown(text.plain(sentence))
        small_print(shown.estimand)


_LARGE = 14  # signs of a number that is written large


def _headlines(shown: Exhibit) -> None:
    """A few large numbers in one piece, which costs a click less than a metric each."""
    parts = shown.headline, shown.headlines, shown.conclusion, shown.estimand
    st.html(session.once(_large, *parts, _("How")))


def _large(
    headline: str, headlines: tuple[Headline, ...], conclusion: str, estimand: str, how: str
) -> str:
    several = "".join(
        f'<div><p data-group="">{safe(each.group)}</p>'
        f'<p data-value="{"long" if len(each.value) > _LARGE else ""}">{safe(each.value)}</p>'
        f'<p data-beside="">{safe(each.beside)}</p></div>'
        for each in headlines
    )
    follows = f"<p><strong>{safe(conclusion)}</strong></p>" if conclusion else ""
    behind = f"<details><summary>{safe(how)}</summary><p>{safe(estimand)}</p></details>"
    return (
        f'<div data-headlines=""><p><strong>{safe(headline)}</strong></p>'
        f"{behind if estimand else ''}<div>{several}</div>{follows}</div>"
    )


def figure(
    shown: Exhibit,
    on_select: Callable[[str], None] | None = None,
    beneath: Callable[[], None] | None = None,
    chosen: str = "",
) -> None:
    """Draw the figure of an exhibit with its caption, and offer all of it to take away."""
    if shown.figure is None:
        return
    place, alt = _place(shown)
    charts.draw(shown.figure, alt, place, chosen=chosen, on_pick=on_select)
    if beneath is not None:
        beneath()
    _under(shown)


def _under(shown: Exhibit) -> None:
    """What stands under an exhibit: a way to take it away, and how it was computed."""
    with st.container(horizontal=True, key=f"under-{shown.key}"):
        if shown.figure is not None or shown.tables:
            downloads(shown)
        how(shown)
        taking.copies(shown)


def how(shown: Exhibit) -> None:
    """How an exhibit was computed, and what its numbers mean, behind one button."""
    captions = dict.fromkeys(
        [shown.caption, *(each.caption for each in shown.tables if each.shown == "open")]
    )
    said = [text.plain(each) for each in captions if each]
    said += [f"- {text.plain(each)}" for each in shown.meanings]
    if said:
        with st.popover(_("How"), icon=":material/help:"):
            st.markdown("\n\n".join(said))


def small(shown: Exhibit, on_select: Callable[[str], None] | None = None) -> None:
    """Draw the figure of an exhibit where there is little room; what it says is its other name.

    `on_select`: as for `exhibit`.
    """
    if shown.small is None:
        return
    place, alt = _place_of_small(shown)
    charts.draw(shown.small, alt, place, bare=True, on_pick=on_select)


def tell(shown: Exhibit) -> None:
    """Tell what the figure of an exhibit shows, before the page has come to it."""
    if shown.figure is not None and not shown.misleads:
        place, alt = _place(shown)
        charts.tell(shown.figure, alt, place)


def tell_small(shown: Exhibit) -> None:
    """The same of its figure where there is little room."""
    if shown.small is not None:
        place, alt = _place_of_small(shown)
        charts.tell(shown.small, alt, place)


def _place(shown: Exhibit) -> tuple[str, str]:
    """Where the figure of an exhibit stands, and what it says."""
    return f"figure-{shown.key}", shown.alt


def _place_of_small(shown: Exhibit) -> tuple[str, str]:
    return f"small-{shown.key}", ". ".join((shown.title, *shown.sentences))


def numbers(shown: Exhibit) -> None:
    """The tables of an exhibit; without a figure, how to take them away."""
    several = sum(each.shown == "open" for each in shown.tables) > 1
    for at, each in enumerate(shown.tables):
        if each.shown == "open":
            placed(shown, at, named=several)
        elif each.shown != "taken":
            section(text.plain(each.title), f"{shown.key}-{at}", placed, shown, at)
    if shown.figure is None:
        _under(shown)


def placed(shown: Exhibit, at: int, named: bool = False) -> None:
    """One table of an exhibit, with what belongs to it alone; how it was computed, where folded.

    `at`: which of its tables. `named`: whether its title stands over it.
    """
    each = shown.tables[at]
    if named:
        st.markdown(f"**{text.plain(each.title)}**")
    cautions(each.cautions, f"{shown.key}-{at}")
    table(each.frame, f"{shown.key} {at}", each.title)
    if each.shown != "open":
        small_print(each.caption)


def _misleading(shown: Exhibit) -> None:
    """A figure that misleads, in grey, after the reason; there is nothing to take away."""
    st.markdown(f":gray[{text.plain(shown.caption)}]")
    if shown.figure is not None:
        charts.draw(shown.figure, shown.caption, f"figure-{shown.key}", bare=True)


@contextmanager
def folded(
    title: str, name: str, doing: str = "", icon: str | None = None, expanded: bool = False
) -> Iterator[bool]:
    """A part that is closed until it is asked for: whether it is open, and so to be computed.

    `doing`: what takes a while, if anything does. `expanded`: whether it is open before anybody
    asks.
    """
    box = st.expander(title, expanded, key=f"open-{name}", icon=icon, on_change="rerun")
    with box:
        if box.open and doing:
            with st.spinner(doing, show_time=True):
                yield True
        else:
            yield bool(box.open)


def asked() -> DeltaGenerator:
    """The one row of a page's choices."""
    return st.container(horizontal=True, vertical_alignment="bottom", key="asked")


def more(name: str, draw: Callable[..., object], *of: Any) -> None:
    """Choices that are asked for seldom, behind one button at the end of a row of them."""
    box = st.popover(_("More"), icon=":material/tune:", key=f"open-{name}", on_change="rerun")
    if box.open:
        with box:
            draw(*of)


@contextmanager
def held() -> Iterator[None]:
    """Draw what may ask more than the patients can tell: where it does, say so in its place."""
    try:
        yield
    except NotHeld as refused:
        st.info(text.plain(text.error(refused)), icon=":material/lock:")
    except CohortError as lost:  # where a registry is counted, nobody answers any more
        st.error(text.plain(text.error(lost)), icon=":material/error:")


def tabbed(name: str, titles: Sequence[str]) -> Iterator[tuple[str, DeltaGenerator]]:
    """The place of the one part that is open, of several side by side; others are not computed."""
    worded = [_(title) for title in titles]
    for title, tab in zip(
        titles, st.tabs(worded, key=f"tab-{name}", on_change="rerun"), strict=True
    ):
        if tab.open:
            yield title, tab


def section(
    title: str, name: str, draw: Callable[..., object], *of: Any, doing: str = "", **more: Any
) -> None:
    """A part that `draw` draws of something once it is opened; `**more` as for `folded`."""
    with folded(title, name, doing, **more) as opened:
        if opened:
            with held():
                draw(*of)


def refitted(name: str, draw: Callable[..., object], *of: Any) -> None:
    """Draw what is asked of a registry again and again: it may be stopped, and stops in the end.

    `name`: that of the part, by which it is known that it was stopped.
    """
    if not isinstance(session.loaded(), Registry):
        draw(*of)
        return
    if session.is_stopped(name):
        st.info(_("Stopped; all else stands."), icon=":material/stop_circle:")
        st.button(_("Go on"), key=f"go-on-{name}", on_click=session.go_on, args=(name,))
        return
    place = st.empty()

    def offer(lasts: int) -> None:
        if not lasts:
            place.button(
                _("Stop"),
                key=f"stop-{name}",
                icon=":material/stop_circle:",
                on_click=session.stop,
                args=(name,),
            )

    with held(), attended.waiting(offer, attended.MOST):
        draw(*of)
    place.empty()


def small_print(words: str) -> None:
    """How numbers were computed, under them."""
    if words:
        st.markdown(f":small[{text.plain(words)}]")


def downloads(shown: Exhibit) -> None:
    """What can be taken away: images, copies, the numbers, a page that works without a network."""
    key = shown.key
    icon = ":material/download:"
    box = st.popover(_("Download"), icon=icon, key=f"open-download-{key}", on_change="rerun")
    if not box.open:
        return
    with box:
        for sentence in shown.sentences:
            st.markdown(text.plain(sentence))
        taking.offer(shown)
        take_away(shown, _("Numbers, XLSX"))
        if shown.figure is not None:
            title = _("Figure with caption, HTML")
            download(title, lambda: html.page(shown), f"{key}.html", f"html-{key}", "description")
        if isinstance(session.study(), Study):
            small_print(_("In Python, from the same file and the plan beside it:"))
            st.code(code(shown), language="python")
        plan_as_toml(f"toml-{key}")


def download(
    title: str, make: Callable[[], bytes], file: str, key: str, icon: str, **more: Any
) -> None:
    """A button that makes a file, outside the session, and gives it in the visitor's language."""
    icon, code = f":material/{icon}:", spoken()

    def made() -> bytes:
        with speaking(code):
            return make()

    st.download_button(title, made, file, key=key, on_click="ignore", icon=icon, **more)


def plan_as_toml(key: str, help: str | None = None) -> None:
    """The button that gives the plan in force."""
    plan = session.plan()  # asked for now: a file is made outside the session, which has none

    def made() -> bytes:
        return dumps(plan).encode()

    download(_("Analysis plan, TOML"), made, "plan.toml", key, "tune", help=help)


def close_cohort(key: str, help: str | None = None) -> None:
    """The button that closes the cohort, once that is confirmed: what is erased is gone."""
    st.button(
        _("Close this cohort"),
        key=key,
        icon=":material/close:",
        help=help,
        on_click=session.ask_to_close,
        args=(key,),
    )
    if session.asked_to_close() == key:
        with st.container(key="closing", border=True):
            _closing()


def _closing() -> None:
    """What is erased, what can be saved first, and the two ways on."""
    st.markdown(
        _(
            "**Close and erase?** The patients, your answers and your filters are erased from the "
            "memory of this session, and nobody can bring them back. Your answers and filters can "
            "be saved first, in a file without any patient: opened beside the same spreadsheet, it "
            "restores them."
        )
    )
    plan_as_toml("toml-closing")
    st.button(
        _("Close and erase"),
        key="erase",
        on_click=session.forget,
        icon=":material/delete:",
        type="primary",
    )
    st.button(_("Keep it open"), key="keep-open", on_click=session.ask_to_close, args=("",))


def take_away(shown: Exhibit, label: str = "") -> None:
    """One workbook with every table of an exhibit."""
    file, key = f"{shown.key}.xlsx", f"xlsx-{shown.key}"
    title = label or _("All tables, XLSX")
    download(title, lambda: xlsx.workbook([shown]), file, key, "table")


def table(frame: pd.DataFrame, name: str, title: str) -> None:
    """A table of words that anybody can read, select and copy; nothing in it acts as markup.

    Where it is wider than the screen it scrolls, by keyboard too. `title`: what it is called by
    whoever does not see it.
    """
    st.html(session.once(_reached, frame, _slug(name), text.visible(title)))


def _reached(frame: pd.DataFrame, name: str, title: str) -> str:
    called = escape(title, quote=True)
    box = f'<div role="region" tabindex="0" data-table="{name}" aria-label="{called}">'
    return f"{box}{html.table(frame)}</div>"


def rows(frame: pd.DataFrame, key: str, **more: Any) -> None:
    """A table that scrolls; its own button to take it away writes no formula.

    `**more`: what else `st.dataframe` is told.
    """
    frame = _counted(frame)
    days = frame.select_dtypes("datetime").columns
    words = frame.select_dtypes(exclude=["number", "bool", "datetime"]).columns
    safe = frame.assign(
        **{name: frame[name].map(_harmless, na_action="ignore") for name in words}
    ).rename(columns=_harmless)
    shown_as = {
        _harmless(name): st.column_config.DateColumn(format=text.day_typed()) for name in days
    }
    st.dataframe(safe, key=key, column_config=shown_as, placeholder="", **more)


def typed(frame: pd.DataFrame, key: str, kinds: Mapping[str, Any], **named: str) -> pd.DataFrame:
    """A table to be typed into, which nothing of a file enters; what stands in it now.

    `kinds`: of its columns, where they are more than text. `**named`: what a visitor calls each.
    """
    given: pd.DataFrame = st.data_editor(
        frame.rename(columns=named),
        key=key,
        column_config={named[name]: kind for name, kind in kinds.items()},
        num_rows="dynamic",
        hide_index=True,
    )
    return given.rename(columns={label: name for name, label in named.items()})


def _counted(frame: pd.DataFrame) -> pd.DataFrame:
    """Days that are only counted, in words; dates as they are."""
    days = frame.select_dtypes("datetime")
    counted = [
        str(name) for name in days if days[name].notna().any() and is_counted(days[name].min())
    ]
    return frame.assign(**{n: frame[n].map(text.day, na_action="ignore") for n in counted})


def _harmless(cell: object) -> str:
    return xlsx.neutral(text.visible(str(cell)))


def _slug(name: str) -> str:
    letters = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    return "-".join(part for part in letters.split("-") if part)
