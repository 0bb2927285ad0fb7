"""Registries that whoever runs Hepar offers: opened by name, and never by an address of a visitor.

Where they are stands in the server's `secrets.toml` under ``[registries]``, a name each, or on the
command line. An address may hold a password, and is shown to nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from lib import registry, text
from lib.cohort import CohortError
from lib.exhibits.findings import SEVERITY
from lib.language import N_, _, ngettext
from lib.registry import MANIFEST, Registry, location, prepare, running
from lib.ui import loading, parts, preparing, promises, session
from lib.ui.attended import Attended

_OFFERED: dict[str, "Offered"] = {}
_LOOKED_AT: dict["Offered", tuple[int, float, int]] = {}
"""When each was prepared, when its source was looked at, and how many files were other ones."""
_OFTEN = 10.0  # seconds until a source is looked at again
SECTION = "registries"
UNREAD = N_(
    "The list of registries cannot be read; whoever runs Hepar has to mend secrets.toml",
    "registries-unread",
)


@dataclass(frozen=True, slots=True)
class Offered:
    """A registry that is offered: where its facts are, and where the rows that they are made of."""

    facts: str
    source: str = ""

    @property
    def folder(self) -> Path | None:
        """Where facts are written; None where there is no source."""
        files = location.of(self.facts).kind == "files"
        return Path(self.facts) if self.source and files else None

    @property
    def prepared(self) -> bool:
        """Whether there are facts to open."""
        return self.folder is None or bool(prepare.manifest(self.folder))


def offer(facts: str) -> None:
    """Offer a registry for as long as this server runs; see `lib.registry.location.of`."""
    _OFFERED[location.of(facts).name or _("Registry")] = Offered(facts)


def known() -> dict[str, Offered]:
    """The registries that are offered, by name; raises `CohortError` if the list is unreadable."""
    try:
        named: Any = st.secrets.get(SECTION, {})
    except StreamlitSecretNotFoundError:
        named = {}
        if any(Path(file).exists() for file in st.get_option("secrets.files")):
            raise CohortError(UNREAD) from None
    listed = named.items() if isinstance(named, Mapping) else ()
    return {str(name): _read(each) for name, each in listed} | _OFFERED


def _read(said: Any) -> Offered:
    """A line of the secrets: where facts are, or a table that says where the rows are too."""
    if isinstance(said, Mapping):
        return Offered(str(said.get("facts", "")), str(said.get("source", "")))
    return Offered(str(said))


def doors() -> None:
    """A way into each registry that is offered; nothing where none is."""
    try:
        listed = known()
    except CohortError as problem:
        st.error(text.plain(text.error(problem)), icon=":material/error:")
        return
    for name, offered in listed.items():
        now = running.of(name)
        if now is not None and now.runs:
            st.markdown(f"**{text.plain(name)}**")
            preparing.progress(name)
            continue
        if now is not None and (offered.prepared or now.done is None):  # else its facts are gone
            preparing.ended(now)
        with st.container(horizontal=True):
            if offered.prepared:
                st.button(
                    _("Open the registry {name}").format(name=text.plain(name)),
                    key=f"open-registry-{name}",
                    on_click=loading.open_registry,
                    args=(name, partial(_named, name, offered)),
                    icon=":material/database:",
                )
            if offered.folder is not None:
                _way_in(name, offered, offered.folder)
        _outdated(name, offered)


def _way_in(name: str, offered: Offered, folder: Path) -> None:
    """The button that looks into a registry, to prepare it."""
    title = _("Prepare {name} again") if offered.prepared else _("Look into {name}")
    if st.button(
        title.format(name=text.plain(name)), key=f"look-into-{name}", icon=":material/search:"
    ):
        _look(name, offered.source, folder)


def _outdated(name: str, offered: Offered) -> None:
    """Say where files changed that a registry was prepared of."""
    if n := _changed(offered):
        said = ngettext(
            "{n} file that {name} is prepared of is new, another or gone: *Prepare {name} again* "
            "counts that in, and makes anew only what it changes.",
            "{n} files that {name} is prepared of are new, others or gone: *Prepare {name} again* "
            "counts that in, and makes anew only what it changes.",
            n,
        )
        st.warning(said.format(n=n, name=text.plain(name)), icon=":material/update:")


def _changed(offered: Offered) -> int:
    """How many files of the source changed since it was prepared; looked at now and then."""
    if offered.folder is None or not offered.prepared:
        return 0
    written = (offered.folder / MANIFEST).stat().st_mtime_ns
    since, at, n = _LOOKED_AT.get(offered, (0, -inf, 0))
    if since != written or monotonic() - at > _OFTEN:
        n = prepare.changed(offered.source, offered.folder)
        _LOOKED_AT[offered] = written, monotonic(), n
    return n


def _look(name: str, source: str, folder: Path) -> None:
    with st.spinner(_("Counting what the columns hold"), show_time=True):
        looked = partial(running.look, name, source, folder, promises.end_if_gone)
        loading.look_into(name, looked)
    st.rerun()


def _named(name: str, offered: Offered) -> Registry:
    """A registry, which is called as it is offered on every page and in all that leaves it."""
    found = registry.open(offered.facts)
    again = name if offered.folder is not None else ""
    source = replace(found.held.source, name=name)
    held = replace(found.held, source=source)
    return replace(found, engine=Attended(found.engine, again), held=held)


def looked_into() -> bool:
    """Draw the registry that is looked into, or that is open; whether that is all of the page."""
    if (looked := session.looking()) is not None:
        preparing.looked_into(looked)
        return True
    if isinstance(whose := session.loaded(), Registry):
        _opened(whose)
    return False


def _opened(whose: Registry) -> None:
    """What is open: how many patients, as of when, by which rules; and the way on."""
    whence = session.study().provenance
    st.subheader(text.plain(session.source(whose).name))
    n = whence.whole
    st.markdown(
        ngettext(
            "**{n}** patient, counted where the registry is; single patients are read on "
            "*Patients* alone, a page at a time.",
            "**{n}** patients, counted where the registry is; single patients are read on "
            "*Patients* alone, a page at a time.",
            n,
        ).format(n=n)
    )
    parts.small_print(
        _(
            "How its columns are read, what counts as a response and by which modality a patient "
            "counts was settled when it was prepared, and is in the plan."
        )
    )
    name = session.source(whose).name
    offered = known().get(name)
    if offered is not None and offered.folder is not None:
        again = _("*Prepare {name} again* maps its columns anew, and asks what is still asked.")
        parts.small_print(again.format(name=text.plain(name)))
    _found(name)
    st.page_link("pages/overview.py", label=_("Next: Overview"), icon=":material/arrow_forward:")


def _found(name: str) -> None:
    """What its rows were found to be, counted: nobody is named."""
    offered = known().get(name)
    met = prepare.findings(Path(offered.facts)) if offered is not None else ()
    if met:
        title = ngettext(
            "What was found when it was prepared: {n} kind of finding",
            "What was found when it was prepared: {n} kinds of findings",
            len(met),
        ).format(n=len(met))
        parts.section(title, "registry-findings", _counted, met)


def _counted(met: Sequence[prepare.Met]) -> None:
    frame = pd.DataFrame(
        [
            {
                _("Severity"): _(SEVERITY[each.severity]),
                _("Column"): each.column,
                _("Finding"): text.said_of_many(each.code),
                _("Rows"): text.whole(each.rows),
                _("Such as"): ", ".join(map(text.cut, each.examples)),
            }
            for each in met
        ]
    )
    parts.table(frame, "registry-findings", _("Findings"))
