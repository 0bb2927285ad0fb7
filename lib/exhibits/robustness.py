"""The contrast under every defensible choice."""

from collections.abc import Sequence
from functools import partial

import pandas as pd

from lib import text
from lib.analyses.comparison import Comparison
from lib.analyses.robustness import CRUDE, MODEL, WEIGHTED, Robustness, Specification, Spread
from lib.analyses.subgroups import Rate
from lib.exhibits import comparison, derivation, estimand, exhibit
from lib.exhibits.exhibit import Exhibit, Table
from lib.exhibits.subgroups import made, outcome, outcome_key, sides
from lib.figures.robustness import Column, specifications
from lib.language import N_, _, ngettext
from lib.schema import COLUMNS, Endpoint
from lib.statistics.estimate import Estimate

WORDS = {
    CRUDE: N_("unadjusted"),
    MODEL: N_("Cox model"),
    WEIGHTED: N_("overlap weights"),
    "treated": N_("all treated"),
    "evaluable": N_("evaluable"),
    "first procedure": N_("first procedure"),
    "as recorded": N_("as recorded"),
    "as progression": N_("counted as PD"),
    "apart": N_("a state of their own"),
    "derived": N_("derived"),
    "recorded": N_("as recorded"),
    "yes": N_("yes"),
    "no": N_("no"),
}

_WHAT = {
    ("ratio", CRUDE): N_("Unadjusted hazard ratio"),
    ("ratio", MODEL): N_("Hazard ratio of the Cox model"),
    ("ratio", WEIGHTED): N_("Hazard ratio after weighting"),
    ("difference", CRUDE): N_("Unadjusted difference of mean time, months"),
    ("difference", WEIGHTED): N_("Weighted difference of mean time, months"),
    ("rate", "treated"): N_("Difference among all treated, percentage points"),
    ("rate", "evaluable"): N_("Difference among the evaluable, percentage points"),
}


def of_outcome(found: Robustness, compared: Comparison) -> Exhibit:
    """Every defensible choice, drawn where one of them gives an estimate."""
    ratio = is_hazard(found)
    shown = columns(found, ratio)
    drawn = any(column.estimate is not None for column in shown)
    whence = compared.provenance
    return Exhibit(
        key=exhibit.key("compare", "robustness", outcome_key(found.outcome, whence)),
        title=comparison.titled(
            _("Robustness, {outcome}").format(outcome=outcome(found.outcome)), compared
        ),
        provenance=whence,
        made=made("robustness", found.outcome),
        sentences=(answer(found),),
        draw=partial(
            specifications,
            shown,
            dimensions(found),
            axis(found, ratio),
            1 if ratio else 0,
            1 if ratio else 100,
            sides(found.outcome, (compared.reference, compared.comparison), whence),
        )
        if drawn
        else None,
        undrawn=undrawn(shown),
        caption=exhibit.joined(caption(found), estimand.part(whence)),
        tables=tuple(
            Table(
                _("All numbers: {what}").format(what=text.raised(word(way))),
                partial(table, found, way),
                shown="folded" if drawn else "open",
            )
            for way in found.dimensions[-1].options
        ),
        cautions=compared.cautions,
    )


def word(option: str) -> str:
    """An option in a reader's words; one that is new in the plan, as the plan writes it."""
    if option in COLUMNS:  # a date that the clock may start at
        return text.label(COLUMNS[option])
    return _(WORDS.get(option, option))


def is_hazard(found: Robustness) -> bool:
    """Whether the contrast is a hazard ratio, besides a difference."""
    return isinstance(found.outcome, Endpoint)


def columns(found: Robustness, ratio: bool) -> list[Column]:
    """The specifications as the plot takes them: hazard ratios, or differences."""
    return [
        Column(
            tuple(map(word, each.options)),
            found.dimensions[-1].options.index(each.options[-1]),
            each.ratio if ratio else each.difference,
            each.own,
            f"{', '.join(map(word, each.options))}: {_estimate(found, each, ratio)}",
        )
        for each in found.specifications
    ]


def undrawn(shown: Sequence[Column]) -> str:
    """How many of the choices give no estimate, and so no mark."""
    none = sum(column.estimate is None for column in shown)
    return (
        _("Without an estimate, not drawn: {n} of {whole}.").format(n=none, whole=len(shown))
        if none
        else ""
    )


def dimensions(found: Robustness) -> list[tuple[str, list[str]]]:
    """The choices that were varied, with their options."""
    return [
        (_(each.name), list(dict.fromkeys(map(word, each.options)))) for each in found.dimensions
    ]


def axis(found: Robustness, ratio: bool) -> str:
    """What is drawn."""
    if ratio:
        return _("Hazard ratio")
    return _("Difference, months") if is_hazard(found) else _("Difference, percentage points")


def _estimate(found: Robustness, each: Specification, ratio: bool) -> str:
    estimate: Estimate | None = each.ratio if ratio else each.difference
    if ratio:
        return text.ratio(estimate)
    if is_hazard(found):
        return text.difference(estimate)
    return text.points(estimate, min(each.n))


def table(found: Robustness, way: str) -> pd.DataFrame:
    """A line a specification made one way, the plan's own first."""
    rows = []
    for number, each in enumerate(found.specifications, start=1):
        if each.options[-1] != way:
            continue
        row = {
            _("Specification"): _("{n}, the plan’s own").format(n=number)
            if each.own
            else str(number)
        }
        row |= {
            _(dimension.name): word(option)
            for dimension, option in zip(found.dimensions[:-1], each.options, strict=False)
        }
        row[_("Patients")] = _("{n1} against {n0}").format(n1=each.n[1], n0=each.n[0])
        if is_hazard(found):
            row[_("Events")] = text.whole(sum(each.events))
            row[_("Hazard ratio")] = _estimate(found, each, True)
            row[_("Difference of mean time, months")] = (
                _("not part of the model")
                if each.options[-1] == MODEL
                else _estimate(found, each, False)
            )
        else:
            row[_("With response")] = _("{k1} against {k0}").format(
                k1=each.events[1], k0=each.events[0]
            )
            row[_("Difference, percentage points")] = _estimate(found, each, False)
        rows.append(row)
    return pd.DataFrame(rows)


def answer(found: Robustness) -> str:
    """How far the results spread and how many leave out no difference, of each measure and way."""
    said = [_spread(found, each) for each in found.spreads]
    return " ".join(said) or _("No specification gives an estimate.")


def _spread(found: Robustness, each: Spread) -> str:
    what = _(_WHAT[each.measure if is_hazard(found) else "rate", each.option])
    if each.measure == "ratio":
        low, high = (text.beside(end, 1, 2) for end in (each.low, each.high))
        return _share(what, _("a ratio of 1"), low, high, each)
    months = is_hazard(found)
    scale, decimals = (1, 1) if months else (100, text.percent_decimals(_smallest(found)))
    low, high = (text.beside(scale * end, 0, decimals) for end in (each.low, each.high))
    return _share(what, _("a difference of 0"), low, high, each)


def _smallest(found: Robustness) -> int:
    return min(min(each.n) for each in found.specifications if each.difference is not None)


def _share(what: str, none: str, low: str, high: str, found: Spread) -> str:
    n, limited = found.counted, found.limited
    spread = low if low == high else text.limits(low, high)
    among = ngettext("{n} specification", "{n} specifications", n).format(n=n)
    said = _("{what}: {spread} in {among}").format(what=what, spread=spread, among=among)
    if not limited:
        words = _("{said}, without limits.")
    elif n == 1:
        words = (
            _("{said}; its limits leave out {none}.")
            if found.excluding
            else _("{said}; its limits hold {none}.")
        )
    elif not found.excluding:
        words = _("{said}; the limits of none leave out {none}.")
    elif n == limited:
        words = _("{said}; the limits of {k} leave out {none}.")
    else:
        words = _("{said}; of {limited} with limits, those of {k} leave out {none}.")
    return words.format(said=said, none=none, k=found.excluding, limited=limited)


def caption(found: Robustness) -> str:
    """What was varied, what was not, and what is withheld."""
    estimates = [each.ratio or each.difference for each in found.specifications]
    withheld = sum(each is None for each in estimates)
    crude, model = (
        {sum(each.n) for each in found.specifications if each.options[-1] == way}
        for way in (CRUDE, MODEL)
    )
    return exhibit.joined(
        _("{outcome}, {arms}.").format(
            outcome=outcome(found.outcome), arms=comparison.arms(found.compared)
        ),
        ngettext(
            "Varied: {dimensions}; {n} specification, the plan’s own is the orange diamond.",
            "Varied: {dimensions}; {n} specifications, the plan’s own is the orange diamond.",
            len(found.specifications),
        ).format(
            dimensions=text.listed(
                _("{name} ({options})").format(
                    name=_(each.name), options=", ".join(map(word, each.options))
                )
                for each in found.dimensions
            ),
            n=len(found.specifications),
        ),
        _("Not varied, because they would be too many to read: {dimensions}.").format(
            dimensions=text.listed(_(each.name) for each in found.kept)
        )
        if found.kept
        else "",
        *map(_, found.not_tried),
        derivation.basis(found.compared.provenance) if isinstance(found.outcome, Rate) else "",
        _("Withheld, because patients, events or known covariates are too few: n = {n}.").format(
            n=withheld
        )
        if withheld
        else "",
        _("Adjusted ones are of patients whose covariates are all known.")
        if model and crude != model
        else "",
        _(
            "Hazard ratios of different models differ without any confounding: none is set against "
            "one of another."
        )
        if model
        else "",
        exhibit.gaps(
            (_("specification {n}").format(n=number), each.gaps)
            for number, each in enumerate(found.specifications, start=1)
        ),
        _("They share patients: their number is no evidence, only their spread is of interest."),
        text.under_study(found.compared.provenance),
    )
