"""The schema's baseline columns as widgets, drawn from the plan's selection and writing to it."""

from collections.abc import Mapping
from dataclasses import replace
from math import ceil, floor
from typing import get_args

import numpy as np
import streamlit as st

from lib import text
from lib.analyses.modality import dates_procedures
from lib.analyses.study import Study
from lib.cohort import Cohort
from lib.language import N_, _
from lib.plan import Condition, ModalityRule
from lib.schema import Column
from lib.ui import parts, session

_MOST_GROUPS = 12
_MOST_LEVELS = 200
_RULES: Mapping[ModalityRule, str] = {
    "first procedure": N_("the modality of the first procedure"),
    "as recorded": N_("the modality recorded in the spreadsheet"),
}


def panel() -> None:
    """Draw the filters: modality first, then every other baseline column."""
    study = session.study()
    columns = selectable(study)
    st.subheader(_("Patients under study"))
    st.markdown(_("**{under}** of {whole}").format(under=len(study.cohort), whole=len(study.whole)))
    if session.plan().study.selection:
        st.button(
            _("Clear the filters"),
            key="clear-filters",
            on_click=session.clear_selection,
            icon=":material/filter_alt_off:",
            type="primary",
        )
    if not columns:
        st.markdown(_("No column of this file was known before the first procedure."))
        return
    first, *rest = columns
    _widget(study, first)
    if first.name == "modality":
        _counting(study)
    with parts.folded(_("More filters"), "filters", expanded=_active(rest)) as opened:
        for column in rest if opened else ():
            _widget(study, column)


def selectable(study: Study) -> list[Column]:
    """The baseline columns that can be filtered by: modality first, then the schema's order."""
    return session.once(_telling, study.whole, _MOST_LEVELS)


def groupable(study: Study) -> list[Column]:
    """Those of them that make groups few enough to look at side by side."""
    telling = session.once(_telling, study.whole, _MOST_GROUPS)
    return [column for column in telling if column.name == "modality" or study.parts(column.name)]


def _telling(whole: Cohort, most: int) -> list[Column]:
    """The baseline columns that tell patients apart, by a number or by at most so many levels."""
    columns = [
        column
        for name, column in whole.columns.items()
        if column.baseline and whole.known(name) and _distinguishes(whole, column, most)
    ]
    return sorted(columns, key=lambda column: column.name != "modality")


def _distinguishes(whole: Cohort, column: Column, most: int) -> bool:
    distinct = whole.patients[column.name].nunique()
    if column.kind == "number":
        return distinct > 1
    return column.kind in ("category", "flag") and (
        column.name == "modality" or 1 < distinct <= most
    )


def _active(columns: list[Column]) -> bool:
    names = {column.name for column in columns}
    return any(condition.column in names for condition in session.plan().study.selection)


def _counting(study: Study) -> None:
    """How the modality of a patient is decided, where the file leaves a choice."""
    dated = session.once(dates_procedures, study.whole)
    recorded = study.whole.known("modality_recorded") and dated
    beads = session.once(_has_beads, study.whole)
    if not (recorded or beads):
        return
    with parts.folded(_("How modality is counted"), "modality") as opened:
        if not opened:
            return
        if recorded:
            key = session.widget_key("modality-rule")
            rules = get_args(ModalityRule)
            st.radio(
                _("A patient counts as"),
                rules,
                index=rules.index(study.plan.study.modality_rule),
                format_func=lambda rule: _(_RULES[rule]),
                key=key,
                on_change=_count,
                args=(key, "modality_rule"),
            )
        if beads:
            key = session.widget_key("roll-up")
            st.toggle(
                _("Drug-eluting beads count as chemoembolization"),
                value=study.plan.study.roll_up,
                key=key,
                on_change=_count,
                args=(key, "roll_up"),
            )
        parts.small_print(
            _("All that patients received, one modality or both, is on the page Compare.")
        )


def _has_beads(whole: Cohort) -> bool:
    """Whether some patient is recorded as treated with drug-eluting beads."""
    procedures_table = whole.tables.get("procedures")
    in_table = (
        procedures_table is not None
        and "modality" in procedures_table
        and bool((procedures_table["modality"] == "DEB_TACE").any())
    )
    recorded = ("modality", "modality_recorded")
    return in_table or any(whole.has(name, "DEB_TACE").any() for name in recorded)


def _count(key: str, choice: str) -> None:
    now = session.plan()
    study = replace(now.study, **{choice: st.session_state[key]})
    session.choose(replace(now, study=study))


def _widget(study: Study, column: Column) -> None:
    if column.kind == "number":
        _range(study, column)
    else:
        _levels(study, column)
    asked = session.condition_on(column.name)
    asks = bool(asked.levels) or asked.low is not None
    missing = len(study.whole) - session.once(_known, study.whole, column.name) if asks else 0
    if missing:
        key = session.widget_key(f"{column.name}.missing")
        st.checkbox(
            _("and the {n} without a value").format(n=missing),
            value=asked.keep_missing,
            key=key,
            on_change=_keep_missing,
            args=(column.name, key),
        )


def _levels(study: Study, column: Column) -> None:
    names = session.once(_names, study.whole, column.name)
    key = session.widget_key(column.name)
    st.multiselect(
        text.plain(text.label(column)),
        list(names),
        default=[code for code in session.condition_on(column.name).levels if code in names],
        format_func=names.__getitem__,
        placeholder=_("all"),
        key=key,
        on_change=_select_levels,
        args=(column.name, key),
    )
    if len(names) > _MOST_GROUPS:
        return
    under, whole = (
        session.once(_counts, each, column.name) for each in (study.cohort, study.whole)
    )
    parts.small_print(
        ", ".join(
            _("{level}: {under}/{whole}").format(
                level=names[code], under=under.get(code, 0), whole=n
            )
            for code, n in whole.items()
        )
    )


def _names(whole: Cohort, name: str) -> dict[str, str]:
    return {level.code: text.visible(text.label(level)) for level in whole.by(name).levels}


def _counts(cohort: Cohort, name: str) -> dict[str, int]:
    groups = cohort.by(name)
    return {level.code: n for level, n in zip(groups.levels, groups.counts().tolist(), strict=True)}


def _known(cohort: Cohort, name: str) -> int:
    return int(cohort.patients[name].notna().sum())


def _bounds(whole: Cohort, name: str) -> tuple[float, float]:
    values = whole.patients[name].to_numpy(np.float64, na_value=np.nan)
    return float(floor(np.nanmin(values))), float(ceil(np.nanmax(values)))


def _range(study: Study, column: Column) -> None:
    low, high = session.once(_bounds, study.whole, column.name)
    if low == high:
        return
    asked = session.condition_on(column.name)
    key = session.widget_key(column.name)
    st.slider(
        text.plain(text.with_unit(column)),
        low,
        high,
        (
            low if asked.low is None else max(low, asked.low),
            high if asked.high is None else min(high, asked.high),
        ),
        step=1.0,
        format="%g",
        key=key,
        on_change=_select_range,
        args=(column.name, key, low, high),
    )
    under, known = (session.once(_known, each, column.name) for each in (study.cohort, study.whole))
    parts.small_print(_("{under}/{whole} with a value").format(under=under, whole=known))


def _select_levels(column: str, key: str) -> None:
    asked = session.condition_on(column)
    session.select(Condition(column, tuple(st.session_state[key]), keep_missing=asked.keep_missing))


def _select_range(column: str, key: str, low: float, high: float) -> None:
    start, end = st.session_state[key]
    asked = session.condition_on(column)
    whole = (start, end) == (low, high)
    session.select(
        Condition(
            column,
            low=None if whole else start,
            high=None if whole else end,
            keep_missing=asked.keep_missing,
        )
    )


def _keep_missing(column: str, key: str) -> None:
    asked = session.condition_on(column)
    session.select(
        Condition(column, asked.levels, asked.low, asked.high, bool(st.session_state[key]))
    )
