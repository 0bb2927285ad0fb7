"""The user's manual: what the spreadsheet holds, what is computed, what may not be claimed."""

import streamlit as st

from lib.exhibits import cohort, derivation, glossary, guide
from lib.language import _
from lib.schema import TABLES
from lib.ui import frame, parts, session

frame.guard()
st.title(_("Guide"))
for at, (title, words) in enumerate(guide.chapters()):
    parts.section(title, f"chapter-{at}", st.markdown, words)
rules = _("The rules of response, in the order in which they are asked")
found = derivation.rules_words(session.plan().response)
parts.section(rules, "rules", st.markdown, found)
with parts.folded(_("Terms"), "terms") as opened:
    if opened:
        parts.table(session.once(glossary.listed), "terms", _("Terms"))
st.header(_("Columns of the spreadsheet"))
st.markdown(guide.columns_words())
for name in TABLES:
    with parts.folded(_("Sheet {name}").format(name=f"`{name}`"), f"sheet-{name}") as opened:
        if opened:
            parts.table(session.once(cohort.template, name), f"columns {name}", name)
