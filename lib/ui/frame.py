"""The one list of pages, their common frame, and the guard that every page calls first."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from lib import text
from lib.language import N_, _, known, ngettext, spoken
from lib.registry import Registry
from lib.ui import (
    address,
    ahead,
    attended,
    charts,
    components,
    failures,
    filters,
    keeping,
    loading,
    parts,
    promises,
    remembered,
    session,
    taking,
)
from lib.worker import pool

ROOT = Path(__file__).parents[2]
NARROW = Path(__file__).with_name("narrow.css")
PAGES = (
    ("pages/cohort.py", N_("Cohort")),
    ("pages/overview.py", N_("Overview")),
    ("pages/response.py", N_("Response")),
    ("pages/survival.py", N_("Survival")),
    ("pages/patients.py", N_("Patients")),
    ("pages/compare.py", N_("Compare")),
    ("pages/report.py", N_("Report")),
    ("pages/papers.py", N_("Papers")),
    ("pages/guide.py", N_("Guide")),
)
_framed: ContextVar[bool] = ContextVar("framed", default=False)


def main() -> None:
    """Set the page up, draw what all pages share, and run the page that was asked for."""
    promises.freeze_imports()
    failures.keep_data_out_of_the_log()
    promises.keep()
    components.read_as_kept()
    address.listen()
    session.speak()
    if session.loaded() is None:  # and a file may come
        pool.warm()
        charts.prepare()
    if session.dropped():
        promises.let_go_of_widgets(keeping.KEY)
    st.set_page_config(
        page_title="Hepar",
        page_icon=str(ROOT / "docs" / "icon.svg"),
        layout="wide",
        menu_items={
            "Get help": None,
            "Report a bug": None,
            "About": _("Hepar: cohorts treated through the hepatic artery. Not a medical device."),
        },
    )
    pages = [
        st.Page(path, title=_(title), default=index == 0)
        for index, (path, title) in enumerate(PAGES)
    ]
    page = st.navigation(pages, position="top")
    with _inside(_say_failed):
        loading.follow_kept()
    _follow_address(page.url_path)
    charts.begin()
    with ahead.drawing():
        is_whole = _draw(page)
    charts.end()
    if is_whole:
        with _inside(lambda: None):
            ahead.tell_of_presses(page.url_path)


def _draw(page: StreamlitPage) -> bool:
    """Draw what stands around a page, and the page; whether it came to its end."""
    ahead.tell(page.url_path)
    st.html(NARROW)
    lost = session.was_lost()  # before a browser is asked anything, which answers at once
    _switch()
    keeping.place(page.url_path)
    promises.look_alive()
    with st.sidebar, _inside(_sidebar_failed):
        _card()
    if not promises.guarded():
        _unguarded()
    if lost:
        _lost()
    elif address.was_reloaded():
        _reloaded()
    if session.was_not_done():
        st.error(f"{_(failures.OURS)}.", icon=":material/error:")
    return _run(page.run)


def _run(page: Callable[[], None]) -> bool:
    """Draw a page, and only then the filters beside it: a curve waits for none of them."""
    is_whole = False
    nothing_open = session.loaded() is None  # once a page has ended itself nothing can be asked
    try:
        with _counting():
            with suppress(parts.EndOfPage), _inside(_page_failed), parts.held():
                page()
                is_whole = True
            if not nothing_open:
                with st.sidebar, _inside(_sidebar_failed):
                    _beside()
    finally:
        if nothing_open:
            promises.let_go_of_left()
    return is_whole


@contextmanager
def _counting() -> Iterator[None]:
    """Tell beside a page, as long as it is counted where a registry is, for how long."""
    if not isinstance(session.loaded(), Registry):
        yield
        return
    with st.container(key="counting"):
        place = st.empty()

    def say_it_lasts(lasts: int) -> None:
        words = ngettext(
            "Counting in the registry, {n} second",
            "Counting in the registry, {n} seconds",
            lasts + 1,
        )
        place.info(words.format(n=lasts + 1), icon="spinner")

    with attended.waiting(say_it_lasts):
        yield
    place.empty()


def _switch() -> None:
    """The other languages, one button each, in the line of the navigation."""
    others = [code for code in known() if code != spoken()]
    with st.container(key="languages"):
        for code in others:
            st.button(
                text.plain(code.upper()),
                key=f"language-{code}",
                type="tertiary",
                on_click=session.choose_tongue,
                args=(code,),
            )


def _unguarded() -> None:
    """Say how to start a server that keeps every promise."""
    st.warning(
        _(
            "Started like this, Hepar does not keep all that it promises: stop it, and start it "
            "with `streamlit run serve.py`."
        ),
        icon=":material/shield:",
    )


def _lost() -> None:
    """Say why there is no cohort any more, to who comes back after too long."""
    st.warning(
        _(
            "The server was restarted, or the connection to it was lost for too long, and whatever "
            "you had open is erased: open your file again."
        ),
        icon=":material/history:",
    )


def _follow_address(name: str) -> None:
    """Follow what the address asks for; not on the first page, where a file is still read."""
    _first, *others = (path for path, *_words in PAGES)
    at = next((path for path in others if Path(path).stem == name), "")
    address.look(at)
    if at:
        with _inside(_say_failed):
            address.follow()


def _reloaded() -> None:
    """Say why there is no cohort any more, to who comes back by a reload or an address."""
    st.info(
        _(
            "No cohort is open: a reload closes it, and no address holds its patients. Open the "
            "same file again, and your answers, which this browser kept, and the choices and "
            "filters of this address are in force again."
        )
        if remembered.kept()
        else _(
            "No cohort is open: a reload closes it, and no address holds its patients. Open the "
            "same file again, and the choices and filters of this address are in force again."
        ),
        icon=":material/history:",
    )


def guard() -> None:
    """Run the frame where Streamlit ran a page alone, as it does for the first deep link."""
    if not _framed.get():
        main()
        st.stop()


@contextmanager
def _inside(failed: Callable[[], None]) -> Iterator[None]:
    """Draw a part of the page that may fail without taking the rest of it along."""
    token = _framed.set(True)
    try:
        with failures.caught(failed):
            yield
    finally:
        _framed.reset(token)


def failed(_failure: Exception) -> bool:
    """Tell of what fails where no page can catch it: in a callback, or in a part drawn alone.

    Streamlit has logged it, without data. After a callback no page is drawn, which is made good.
    """
    with failures.caught(lambda: None):
        if promises.before_any_page():
            session.not_done()
            promises.run_again()
        elif _framed.get():
            _say_failed()
        else:
            _page_failed()
    return True


def _say_failed() -> None:
    st.error(
        _(
            "This page could not be drawn whole, for a reason that lies with Hepar and not "
            "with your file. The other pages may still work."
        ),
        icon=":material/error:",
    )


def _page_failed() -> None:
    """Say that a page could not be drawn, with two ways to go on."""
    with st.container(key="failed"):
        _say_failed()
        if session.loaded() is None:
            return
        with st.container(horizontal=True):
            parts.close_cohort("forget-failed")
            parts.plan_as_toml("toml-failed")


def _sidebar_failed() -> None:
    """Leave in the sidebar what closes the cohort."""
    st.error(_("The sidebar could not be drawn."))
    parts.close_cohort("forget-sidebar")


def _filters_failed() -> None:
    """Say in the sidebar that there are no filters: the card above them stays."""
    with st.container(key="filters-failed"):
        st.error(_("The filters could not be drawn."))


def _card() -> None:
    """What is open, and the way to close it."""
    opened = session.loaded()
    if opened is None:
        return
    source = session.source(opened)
    with st.container(key="cohort-card"):
        st.markdown(f"**{text.plain(source.name)}**")
        if source.synthetic:
            st.markdown(f":orange-badge[{_('Synthetic patients')}]")
        help = _("Erases the patients and the plan from this session's memory.")
        parts.close_cohort("forget", help)


def _beside() -> None:
    """What stands under the card: the filters, and the link to what they leave."""
    with _inside(_filters_failed), parts.held():
        filters.panel()
    _link()


def _link() -> None:
    """The address of this view to hand on, made once it is asked for."""
    box = st.popover(
        _("Link to this view"), icon=":material/link:", key="open-link", on_change="rerun"
    )
    if not box.open:
        return
    with box:
        parts.small_print(
            _(
                "Page, endpoint, choices and filters by their codes: no patient and no text of the "
                "file. Whoever opens it, and then the same file, sees the same."
            )
        )
        words = address.link()
        taking.copy_words("link", _("Copy link to this view"), words)
        st.code(words, language=None, wrap_lines=True)
