"""The schema's baseline columns as widgets, drawn from the plan's selection and writing to it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import ceil, floor
from typing import Any, get_args

import streamlit as st

from lib import text
from lib.analyses import baseline
from lib.analyses.counted import Population
from lib.analyses.pooled import Pool
from lib.analyses.study import Study
from lib.language import N_, _
from lib.plan import Condition, ModalityRule
from lib.schema import Column
from lib.ui import controls, parts, selection, session

_MOST_GROUPS = 12
_MOST_LEVELS = 200
_RULES: Mapping[ModalityRule, str] = {
    "first procedure": N_("the modality of the first procedure"),
    "as recorded": N_("the modality recorded in the data"),
}


def panel() -> None:
    """Draw how many are under study, modality, every filter that is set, and a way to add one."""
    study = session.study()
    if isinstance(study, Pool):
        _under_study(study)
        st.markdown(_("What is counted was settled in the plan that the centres agreed on."))
        return
    columns = session.once(_telling, study.everybody, _MOST_LEVELS)
    _under_study(study)
    if not columns:
        st.markdown(_("No column was known before the first procedure."))
        return
    added = selection.added()
    for column in columns:
        if column.name == "modality" or column.name in added:
            _widget(study, column)
            _clear(column)
        if column.name == "modality" and isinstance(study, Study):
            _counting(study)
    _add([each for each in columns if each.name != "modality" and each.name not in added])


def _under_study(study: Population) -> None:
    """How many are under study, everybody or the filtered, and the ways back: always in sight."""
    off, chosen = selection.filters_off(), session.plan().study.selection
    with st.container(key="under-study"):
        st.markdown(
            _("Patients under study: **{under}** of {whole}").format(
                under=study.provenance.n, whole=study.provenance.whole
            )
        )
        if off or chosen:
            controls.ask(
                st.segmented_control,
                _("Filtered or all"),
                [True, False],
                default=not off,
                format_func=lambda on: _("Filtered") if on else _("All patients"),
                required=True,
                label_visibility="collapsed",
                key="filtered",
                then=selection.turn_filters,
            )
        with st.container(horizontal=True):
            if chosen:
                st.button(
                    _("Clear the filters"),
                    key="clear-filters",
                    on_click=selection.clear,
                    icon=":material/filter_alt_off:",
                )
            if selection.can_undo_filter():
                st.button(
                    _("Undo"),
                    key="undo-filter",
                    on_click=selection.undo_filter,
                    icon=":material/undo:",
                    help=_("The filters as they were before their last change."),
                )
    if off:
        kept = "; ".join(
            text.condition(each, study.columns[each.column])
            for each in off
            if each.column in study.columns
        )
        parts.small_print(_("Off, and kept: {filters}").format(filters=kept))


def _add(columns: Sequence[Column]) -> None:
    """Find a column, by some of its letters, and filter by it."""
    names = {column.name: text.label(column) for column in columns}
    alike = Counter(names.values())  # a select box knows its options by their words alone
    if names:
        controls.one_of(
            _("Add a filter"),
            list(names),
            lambda name: f"{names[name]} ({name})" if alike[names[name]] > 1 else names[name],
            key="add-filter",
            then=selection.add_filter,
            placeholder=_("type to find a column"),
        )


def _clear(column: Column) -> None:
    """The way to take one filter away."""
    asks = selection.condition_on(column.name) != Condition(column.name)
    if asks or column.name != "modality":
        st.button(
            _("Clear {column}").format(column=text.plain(text.label(column))),
            key=session.widget_key(f"clear.{column.name}"),
            on_click=selection.clear_filter,
            args=(column.name,),
            icon=":material/close:",
            type="tertiary",
        )


def groupable(study: Population) -> list[Column]:
    """The baseline columns that make groups few enough to look at side by side."""
    whole = study.everybody
    return [
        column
        for column in session.once(_telling, whole, _MOST_GROUPS)
        if column.name == "modality" or len(whole.counts(column.name).levels) > 1
    ]


def _telling(whole: Population, most: int) -> list[Column]:
    """The baseline columns that tell patients apart, by a number or by at most so many levels."""
    by = whole.plan.study.by
    baseline.ahead(whole, by if whole.known(by) else "")  # as the first table shows them
    columns = [
        column
        for name, column in whole.columns.items()
        if column.baseline and whole.known(name) and _distinguishes(whole, column, most)
    ]
    return sorted(columns, key=lambda column: column.name != "modality")


def _distinguishes(whole: Population, column: Column, most: int) -> bool:
    if column.kind == "number":
        return whole.reach(column.name).distinct > 1
    return column.kind in ("category", "flag") and (
        column.name == "modality" or 1 < len(whole.counts(column.name).levels) <= most
    )


def _counting(study: Study) -> None:
    """How the modality of a patient is decided, where the file leaves a choice."""
    recorded = study.everybody.known("modality_recorded") and study.everybody.dated(
        "second modality"
    )
    beads = session.once(_has_beads, study.everybody)
    if not (recorded or beads):
        return
    with parts.folded(_("How modality is counted"), "modality") as opened:
        if not opened:
            return
        if recorded:
            controls.choice(
                "study.modality_rule",
                _("A patient counts as"),
                get_args(ModalityRule),
                lambda rule: _(_RULES[rule]),
                is_radio=True,
                key="modality-rule",
            )
        if beads:
            title = _("Drug-eluting beads count as chemoembolization")
            controls.toggle("study.roll_up", title, "roll-up")
        parts.small_print(
            _("All that patients received, one modality or both, is on the page Compare.")
        )


def _has_beads(everybody: Study) -> bool:
    """Whether some patient is recorded as treated with drug-eluting beads."""
    whole = everybody.whole
    procedures_table = whole.tables.get("procedures")
    in_table = (
        procedures_table is not None
        and "modality" in procedures_table
        and bool((procedures_table["modality"] == "DEB_TACE").any())
    )
    recorded = ("modality", "modality_recorded")
    return in_table or any(whole.has(name, "DEB_TACE").any() for name in recorded)


def _widget(study: Population, column: Column) -> None:
    if column.kind == "number":
        _range(study, column)
    else:
        _levels(study, column)
    asked = selection.condition_on(column.name)
    asks = asked != Condition(column.name)
    missing = study.everybody.counts(column.name).missing if asks else 0
    if missing:
        controls.ask(
            st.checkbox,
            _("and the {n} without a value").format(n=missing),
            value=asked.keep_missing,
            key=f"{column.name}.missing",
            then=lambda kept: selection.select(
                replace(selection.condition_on(column.name), keep_missing=kept)
            ),
        )


def _levels(study: Population, column: Column) -> None:
    names = session.once(_names, study.everybody, column.name)
    controls.ask(
        st.multiselect,
        text.plain(text.label(column)),
        list(names),
        default=[code for code in selection.condition_on(column.name).levels if code in names],
        format_func=names.__getitem__,
        placeholder=_("all"),
        key=column.name,
        then=lambda chosen: _put(column, levels=tuple(chosen)),
    )
    if len(names) > _MOST_GROUPS:
        return
    under, whole = (_counts(each, column.name) for each in (study, study.everybody))
    parts.small_print(
        ", ".join(
            _("{level}: {under}/{whole}").format(
                level=names[code], under=under.get(code, 0), whole=n
            )
            for code, n in whole.items()
        )
    )


def presses(study: Study) -> Iterator[tuple[str, str, Condition]]:
    """What would be asked of a column once an option of its list is pressed: all but numbers.

    The list and the option in the words that are read there.
    """
    for column in session.once(_telling, study.everybody, _MOST_GROUPS):
        if column.kind == "number" or column.name not in {"modality", *selection.added()}:
            continue
        asked = selection.condition_on(column.name)
        for code, words in session.once(_names, study.everybody, column.name).items():
            levels = tuple(each for each in asked.levels if each != code)
            more = levels if code in asked.levels else (*asked.levels, code)
            yield text.visible(text.label(column)), words, replace(asked, levels=more)


def _names(whole: Population, name: str) -> dict[str, str]:
    return {level.code: text.visible(text.label(level)) for level in whole.counts(name).levels}


def _counts(population: Population, name: str) -> dict[str, int]:
    counts = population.counts(name)
    return {level.code: n for level, n in zip(counts.levels, counts.n, strict=True)}


def bounds(whole: Population, name: str) -> tuple[float, float]:
    """The whole numbers between which all values of a column lie."""
    reach = whole.reach(name)
    return float(floor(reach.low)), float(ceil(reach.high))


def _range(study: Population, column: Column) -> None:
    low, high = bounds(study.everybody, column.name)
    if low == high:
        return
    asked = selection.condition_on(column.name)

    def put(ends: tuple[float, float]) -> None:
        start, end = (None, None) if ends == (low, high) else ends
        _put(column, low=start, high=end)

    controls.ask(
        st.slider,
        text.plain(text.with_unit(column)),
        low,
        high,
        (
            low if asked.low is None else max(low, asked.low),
            high if asked.high is None else min(high, asked.high),
        ),
        step=1.0,
        format="%g",
        key=column.name,
        then=put,
    )
    under, known = (sum(each.counts(column.name).n) for each in (study, study.everybody))
    parts.small_print(_("{under}/{whole} with a value").format(under=under, whole=known))


def _put(column: Column, **asked: Any) -> None:
    """Ask something else of a column; those without a value stay as they were."""
    selection.add_filter(column.name)
    kept = selection.condition_on(column.name).keep_missing
    selection.select(Condition(column.name, **asked, keep_missing=kept))
