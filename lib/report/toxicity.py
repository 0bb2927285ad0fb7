"""Complications and early deaths as tables, and the sentences that say how they were counted."""

from typing import Any

import pandas as pd

from lib import text
from lib.analyses.toxicity import EARLY, Toxicity, Worst
from lib.language import _
from lib.plan import SmallNumbers
from lib.report.results import cautions, estimate, proportion
from lib.statistics.proportions import Proportion


def scale_title(found: Worst) -> str:
    """``CTCAE, worst grade of each patient``."""
    return _("{scale}, worst grade of each patient").format(scale=found.scale.name)


def worst(result: Toxicity, found: Worst) -> pd.DataFrame:
    """Patients of each arm by their worst grade on one scale."""
    small = result.study.plan.small
    names = [_("None"), *(_("Grade {grade}").format(grade=grade) for grade in found.scale.grades)]
    rows = [
        {
            _("Worst grade"): name,
            **{
                text.named(arm): text.count_of(int(counts[index]), n, small.arm_counted)
                for arm, counts, n in zip(result.arms, found.counts, result.n, strict=True)
            },
        }
        for index, name in enumerate(names)
        if index == 0 or found.counts[:, index].any()
    ]
    rows.append(_rates(result, _("Any grade"), found.any, small))
    severe = _("Grade {grade} or worse").format(grade=found.scale.severe)
    rows.append(_rates(result, severe, found.severe, small))
    return pd.DataFrame(rows)


def difference(result: Toxicity, found: Worst) -> str:
    """The difference of severe complications, in a sentence."""
    if found.difference is None:
        return ""
    return _(
        "Grade {grade} or worse, {comparison} minus {reference}: {points} percentage points; {how}."
    ).format(
        grade=found.scale.severe,
        reference=text.named(result.arms[0]),
        comparison=text.named(result.arms[1]),
        points=text.points(found.difference.estimate, min(result.n)),
        how=_(found.difference.estimate.method),
    )


def others(result: Toxicity) -> pd.DataFrame:
    """Early deaths, and post-embolization syndrome on its own line."""
    small = result.study.plan.small
    title = (
        _("Died within {n} days of the first procedure")
        if result.by_first
        else _("Died within {n} days of a procedure")
    ).format(n=EARLY)
    rows = []
    if result.early:
        rows.append(_rates(result, title, result.early, small))
    if result.syndrome:
        rows.append(_rates(result, _("Post-embolization syndrome"), result.syndrome, small))
    return pd.DataFrame(rows)


def per_procedure(result: Toxicity) -> pd.DataFrame:
    """Procedures after which a complication was recorded, by what was done."""
    least = result.study.plan.small.arm_counted
    return pd.DataFrame(
        [
            {
                _("Procedure"): text.label(each.level),
                _("Procedures"): str(each.procedures),
                _("With a complication"): text.count_of(each.complicated, each.procedures, least),
                _("With a severe one"): text.count_of(each.severe, each.procedures, least),
            }
            for each in result.per_procedure
        ]
    )


def _rates(
    result: Toxicity, title: str, rates: tuple[Proportion, ...], small: SmallNumbers
) -> dict[str, str]:
    found = zip(result.arms, rates, strict=True)
    return {
        _("Worst grade"): title,
        **{text.named(arm): text.proportion(rate, small.arm_counted) for arm, rate in found},
    }


def caption(result: Toxicity) -> str:
    """How complications were counted."""
    scales = "; ".join(f"{each.scale.name}: {each.scale.source}" for each in result.worst)
    said = [
        _("Each patient counts once on each scale, by the worst grade; scales are kept apart."),
        _("Patients without an entry in the table of events count as without a complication.")
        if result.basis == "events"
        else _("By the worst grade in the patient’s row; an empty cell counts as none."),
        _("Over all of a patient’s procedures: more of them are more occasions for one."),
        _("Post-embolization syndrome is no complication, and stands on its own line.")
        if result.syndrome
        else "",
        _("Limits: {method}.").format(method=_(result.worst[0].any[0].estimate.method))
        if result.worst
        else "",
        _("{scales}.").format(scales=scales) if scales else "",
        _(
            "Not known to have died, nor to have lived, within {days} days of the last procedure, "
            "and counted as not having died: n = {n}."
        ).format(days=EARLY, n=result.short)
        if result.short and result.early
        else "",
        text.under_study(result.study),
    ]
    return " ".join(part for part in said if part)


def procedures_caption(result: Toxicity) -> str:
    """How procedures were counted."""
    if not result.per_procedure:
        return ""
    said = _(
        "Procedures of all patients under study, by what was done; those of one day are one. A "
        "complication counts for the procedure that it names, once however many there were. "
        "No limits: procedures of one patient are alike."
    )
    if result.unlinked:
        more = _("Events that name no procedure of their patient: {n}.").format(n=result.unlinked)
        said = f"{said} {more}"
    return said


def document(result: Toxicity | None) -> dict[str, Any] | None:
    """Complications of both arms as plain lists, dicts, numbers and words."""
    if result is None:
        return None
    return {
        "arms": {arm.code: n for arm, n in zip(result.arms, result.n, strict=True)},
        "basis": result.basis,
        "scales": {each.scale.name: _scale(each) for each in result.worst},
        "syndrome": [proportion(rate) for rate in result.syndrome],
        "early_deaths": [proportion(rate) for rate in result.early],
        "not_followed_30_days": result.short,
        "procedures": [
            {
                "modality": each.level.code,
                "procedures": each.procedures,
                "complicated": each.complicated,
                "severe": each.severe,
            }
            for each in result.per_procedure
        ],
        "events_without_a_procedure": result.unlinked,
        "cautions": cautions(result.cautions),
    }


def _scale(found: Worst) -> dict[str, Any]:
    return {
        "worst": dict(zip(("none", *found.scale.grades), found.counts.T.tolist(), strict=True)),
        "any": [proportion(rate) for rate in found.any],
        "severe_from": found.scale.severe,
        "severe": [proportion(rate) for rate in found.severe],
        "difference": estimate(found.difference.estimate) if found.difference else None,
    }
