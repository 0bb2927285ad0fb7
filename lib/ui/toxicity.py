"""Complications on the Compare page."""

import streamlit as st

from lib import text
from lib.analyses import toxicity
from lib.exhibits import toxicity as words
from lib.language import _
from lib.schema import TABLES
from lib.ui import parts, session


def complications() -> None:
    """Complications by procedure and of both arms' patients, and who died early."""
    result = session.computed(toxicity.of_arms)
    if result is None:
        return
    parts.cautions(result.cautions)
    if not result.worst:
        parts.locked(
            _("No grade of a complication is recorded in this file."),
            [TABLES["adverse_events"][name] for name in ("term", "scale", "grade")],
            [TABLES["patients"][name] for name in ("ctcae_grade", "cirse_grade")],
        )
    tables = []
    if result.per_procedure:
        tables.append((_("By procedure"), words.per_procedure(result)))
        st.markdown(f"**{_('By procedure')}**")
        parts.table(tables[-1][1], "by procedure")
        parts.small_print(words.procedures_caption(result))
    for found in result.worst:
        tables.append((words.scale_title(found), words.worst(result, found)))
        st.markdown(f"**{text.plain(tables[-1][0])}**")
        parts.table(tables[-1][1], f"toxicity {found.scale.name}")
        parts.small_print(words.difference(result, found))
    if result.early.whole or result.syndrome.whole:
        tables.append((_("Early deaths"), words.others(result)))
        parts.table(tables[-1][1], "early deaths")
    parts.small_print(words.caption(result))
    if tables:
        said = [words.caption(result), words.procedures_caption(result)]
        parts.tables_download("complications", tables, [each for each in said if each])
