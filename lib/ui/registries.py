"""Registries that whoever runs Hepar offers: opened by name, and never by an address of a visitor.

Where they are stands in the server's `secrets.toml` under ``[registries]``, a name each, or on the
command line. An address may hold a password, and is shown to nobody.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from lib import registry, text
from lib.language import _, ngettext
from lib.registry import Registry
from lib.ui import parts, session

_OFFERED: dict[str, str] = {}
SECTION = "registries"


def offer(where: str) -> None:
    """Offer a registry for as long as this server runs: the path of its folder, or its URL."""
    name = Path(where).name if "://" not in where else where.rpartition("/")[2].partition("?")[0]
    _OFFERED[name or _("Registry")] = where


def known() -> Mapping[str, str]:
    """The registries that are offered, by name: where each is."""
    try:
        named: Any = st.secrets.get(SECTION, {})
    except StreamlitSecretNotFoundError:  # no secrets are kept, which is usual
        named = {}
    listed = named.items() if isinstance(named, Mapping) else ()
    return {str(name): str(where) for name, where in listed} | _OFFERED


def doors() -> None:
    """A button for each registry that is offered; nothing where none is."""
    for name, where in known().items():
        st.button(
            _("Open the registry {name}").format(name=text.plain(name)),
            key=f"open-registry-{name}",
            on_click=session.open_registry,
            args=(name, partial(registry.open, where)),
            icon=":material/database:",
        )


def opened(whose: Registry) -> None:
    """What is open: how many patients, as of when, by which rules; and the way on."""
    whence = session.study().provenance
    st.subheader(text.plain(session.source(whose).name))
    n = whence.whole
    st.markdown(
        ngettext(
            "**{n}** patient, counted where the registry is: no row of a patient comes here.",
            "**{n}** patients, counted where the registry is: no row of a patient comes here.",
            n,
        ).format(n=n)
    )
    parts.small_print(
        _(
            "How its columns are read, what counts as a response and by which modality a patient "
            "counts was settled when it was prepared, and is in the plan."
        )
    )
    st.page_link("pages/overview.py", label=_("Next: Overview"), icon=":material/arrow_forward:")
