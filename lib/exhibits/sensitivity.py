"""The contrast under other strategies for what happens later: a line an analysis."""

from functools import partial

import pandas as pd

from lib import text
from lib.analyses.comparison import Comparison
from lib.analyses.sensitivity import Analysis, Kind, Sensitivity
from lib.exhibits import comparison, estimand, exhibit
from lib.exhibits.exhibit import Exhibit, Table
from lib.language import N_, _, ngettext

WORDS: dict[Kind, str] = {
    "own": N_("As the plan has it"),
    "landmark": N_("One modality alone until the landmark, from it on"),
    "second modality": N_("Censored at a second modality"),
    "new therapy": N_("Censored at a new systemic therapy"),
    "between scans": N_("Progression between two assessments"),
}
_OTHERWISE: dict[Kind, str] = {
    "own": "",
    "landmark": N_("left out: {k1} and {k0}"),
    "second modality": N_("censored: {k1} and {k0}"),
    "new therapy": N_("censored: {k1} and {k0}"),
    "between scans": N_("between assessments: {k1} and {k0}"),
}


def of_endpoint(found: Sensitivity, compared: Comparison) -> Exhibit:
    """The plan's contrast first, and each other analysis under it."""
    return Exhibit(
        key=exhibit.key(
            "compare-sensitivity", exhibit.of_endpoint(found.endpoint, found.provenance)
        ),
        title=comparison.titled(
            _("Sensitivity analyses, {endpoint}").format(endpoint=text.in_sentence(found.endpoint)),
            compared,
        ),
        provenance=found.provenance,
        made=("sensitivity.of_endpoint", found.endpoint.code),
        sentences=exhibit.said(answer(found)),
        caption=exhibit.joined(caption(found, compared), estimand.part(found.provenance)),
        tables=(Table(_("Sensitivity analyses"), partial(table, found)),),
        cautions=(*compared.cautions, *found.cautions),
    )


def answer(found: Sensitivity) -> str:
    """The plan's own difference, and how far those of the same time lie from one another."""
    own = found.own.difference
    values = [
        each.difference.value
        for each in found.analyses
        if each.difference is not None
        and each.unsure is None
        and each.kind != "landmark"
        and each.tau == found.own.tau
    ]
    if own is None or not values or found.own.unsure is not None:
        return ""
    low, high = (text.beside(value, 0, 1) for value in (min(values), max(values)))
    return ngettext(
        "Difference of mean time as the plan has it: {own}; as {n} sensitivity analysis of the "
        "same time has it: {between}. What is claimed does not rest on it.",
        "Difference of mean time as the plan has it: {own}; as {n} sensitivity analyses of the "
        "same time have it: {between}. What is claimed does not rest on them.",
        len(values),
    ).format(
        own=text.difference(own, _("months")),
        n=len(values),
        between=low if low == high else text.limits(low, high),
    )


def table(found: Sensitivity) -> pd.DataFrame:
    """A line an analysis, the plan's own first."""
    return pd.DataFrame([_line(each) for each in (found.own, *found.analyses)])


def _line(each: Analysis) -> dict[str, str]:
    shown = bool(each.difference or each.ratio or any(each.otherwise))
    k0, k1 = each.otherwise
    return {
        _("Analysis"): _(WORDS[each.kind]),
        _("Patients"): _("{n1} against {n0}").format(n1=each.n[1], n0=each.n[0]),
        _("Events"): _("{n1} against {n0}").format(n1=each.events[1], n0=each.events[0]),
        _("What it changes"): _(_OTHERWISE[each.kind]).format(k1=k1, k0=k0)
        if shown and _OTHERWISE[each.kind]
        else "",
        _("Difference of mean time, months"): comparison.over(each),
        _("Hazard ratio"): _("not part of it")
        if each.kind == "between scans"
        else text.ratio(each.ratio),
    }


def caption(found: Sensitivity, compared: Comparison) -> str:
    """What each analysis asks."""
    kinds = {each.kind: each for each in found.analyses}
    between = kinds.get("between scans")
    return exhibit.joined(
        _("{endpoint}, {arms}.").format(
            endpoint=text.label(found.endpoint), arms=comparison.arms(compared)
        ),
        _("The plan follows every patient whatever came later (treatment policy)."),
        _(
            "From the landmark at {time} on: those at risk then who had received one modality "
            "alone; its mean time starts at the landmark."
        ).format(time=text.months(found.landmark))
        if "landmark" in kinds
        else "",
        _(
            "Censored ones end follow-up at what came later (a hypothetical strategy): censoring "
            "that tells something of the patient."
        ),
        comparison.between_scans(between) if between is not None else "",
        text.under_study(found.provenance),
    )
