"""Two arms: survival, response and the balance at baseline."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import isnan, nan

import pandas as pd

from lib import text
from lib.analyses.adjustment import Adjusted, Design
from lib.analyses.comparison import (
    MEASURE_NAMES,
    Comparison,
    Measure,
    ResponseContrast,
    SurvivalContrast,
    limited,
)
from lib.analyses.response import leading
from lib.analyses.robustness import HiddenCause, contrast_ratio
from lib.analyses.sensitivity import Analysis
from lib.exhibits import clock, derivation, estimand, exhibit, short, survival, tail
from lib.exhibits.exhibit import Exhibit, Headline, Table
from lib.figures.survival import Written, survival_curves
from lib.language import N_, _, ngettext
from lib.plan import SmallNumbers
from lib.schema import Level
from lib.statistics.estimate import Estimate

_RATES: Mapping[Measure, str] = {
    "ORR": N_("Response at {time}"),
    "DCR": N_("Disease controlled at {time}"),
}
_BEST: Mapping[Measure, str] = {
    "ORR": N_("CR or PR as best response"),
    "DCR": N_("CR, PR or SD as best response"),
}
_SEEN_AT_LEAST = 0.01  # a hazard ratio so far from 1 that no treatment has it


def of_endpoint(
    result: Comparison,
    contrast: SurvivalContrast,
    behind: HiddenCause,
    given: Adjusted | None = None,
    between: Analysis | None = None,
) -> Exhibit:
    """Two curves, what was found between them, and what could explain it away.

    `given`: the same with the arms made alike, where it is computed. `between`: the same with
    progression between scans, where the arms are scanned at other intervals.
    """
    n = sum(arm.n for arm in contrast.arms)
    code = exhibit.of_endpoint(contrast.endpoint, result.provenance)
    return Exhibit(
        key=exhibit.key("compare", code),
        title=titled(text.label(contrast.endpoint), result),
        provenance=result.provenance,
        made=("comparison.of_arms", contrast.endpoint.code),
        sentences=tuple(short.lines(result, contrast, given)),
        headline=_("{endpoint}, {comparison} against {reference}").format(
            endpoint=text.label(contrast.endpoint),
            comparison=text.named(result.comparison),
            reference=text.named(result.reference),
        ),
        headlines=headlines(result, contrast, given) if short.comparable(result, contrast) else (),
        conclusion=short.conclusion(result, contrast, given),
        estimand=estimand.line(result, contrast, given),
        draw=partial(
            survival_curves,
            contrast.arms,
            contrast.endpoint,
            survival.ticks(contrast.ticks, result.provenance),
            survival.axis(contrast.by_months, n, result.provenance),
            _written(result, contrast),
        ),
        caption=exhibit.joined(
            caption(result, contrast),
            short.features(given.design) if given and short.told(result, given) else "",
        ),
        tables=(
            *_in_short(result, contrast, given),
            Table(
                _("Contrast, unadjusted"),
                partial(numbers, contrast, result.provenance.plan.small),
                exhibit.joined(hidden_cause(behind), _gaps(contrast)),
                shown="folded",
            ),
            *_between(between),
            Table(_("Curves"), partial(survival.points, contrast.arms), shown="taken"),
        ),
        cautions=(*result.cautions, *contrast.cautions),
        meanings=tuple(meanings(result, contrast)),
    )


def _gaps(contrast: SurvivalContrast) -> str:
    """What exact limits of differences at a time leave out between them."""
    return exhibit.gaps(
        (_("at {time}").format(time=text.months(each.months)), each.gaps)
        for each in contrast.differences
    )


def _written(result: Comparison, contrast: SurvivalContrast) -> Written:
    """What the plan asks to stand in the figure, of the numbers of the table under it."""
    found = contrast_ratio(contrast, result.provenance.plan.small)
    said: tuple[str, ...] = ()
    if found is not None and not isnan(found.value):
        value = text.estimate(replace(found, low=nan, high=nan), 2, none=1)
        between = text.between(found, 2, none=1)
        level = text.confidence(found.confidence)
        said = (
            _("Hazard ratio {value}").format(value=value),
            *(() if isnan(found.low) else (f"{level} {between}",)),
            _("{comparison} against {reference}").format(
                comparison=text.named(result.comparison), reference=text.named(result.reference)
            ),
            _("not adjusted"),
        )
    return survival.written(
        result.provenance,
        titled(text.label(contrast.endpoint), result),
        said,
        survival.tested(contrast.log_rank),
    )


def headlines(
    result: Comparison, contrast: SurvivalContrast, given: Adjusted | None
) -> tuple[Headline, ...]:
    """Medians; the plan's contrast as treated; and with the arms made alike, or why not.

    As treated it is of the same patients and horizon as with the arms made alike; a ratio of a
    model stands alone.
    """
    found = [_medians(result, contrast)]
    if given is not None and short.told(result, given):
        same = given.same_mean or contrast.rmst
        if not short.by_hazard(result) and same is not None and same.tau == given.tau:
            n = sum(given.design.n)
            found.append(_unadjusted(result, n, same.difference, same.tau))
        return (*found, _alike(result, given))
    treated = short.as_treated(result, contrast)
    if treated is not None and not isnan(treated.value):
        n = sum(arm.n for arm in contrast.arms)
        tau = contrast.rmst.tau if contrast.rmst is not None else None
        found.append(_unadjusted(result, n, treated, tau))
    if given is not None and short.why_not(result, given):
        found.append(_alike(result, given))
    return tuple(found)


def _unadjusted(result: Comparison, n: int, found: Estimate, tau: float | None) -> Headline:
    title = _("Unadjusted, {n}").format(n=text.patients(n))
    return _contrasted(result, title, found, tau)


def _medians(result: Comparison, contrast: SurvivalContrast) -> Headline:
    reference, other = (
        text.estimate(replace(arm.median, low=nan, high=nan))
        if arm.median is not None and tail.at_risk(arm) is None
        else _("too uncertain")
        for arm in contrast.arms
    )
    ratio = contrast_ratio(contrast, result.provenance.plan.small)
    known = ratio is not None and not isnan(ratio.value) and not short.by_hazard(result)
    said = exhibit.said(
        *(
            _("{arm}: {why}").format(arm=text.named(arm.level), why=tail.why(few))
            for arm in reversed(contrast.arms)
            if (few := tail.at_risk(arm)) is not None
        ),
        _("unadjusted hazard ratio {ratio}").format(ratio=text.ratio(ratio)) if known else "",
    )
    return Headline(
        _("Median, months"),
        _("{comparison} v {reference}").format(comparison=other, reference=reference),
        " · ".join(said),
    )


def _contrasted(
    result: Comparison, title: str, found: Estimate, tau: float | None, *features: str
) -> Headline:
    if short.by_hazard(result):
        value, none, what = text.beside(found.value, 1, 2), 1, _("hazard ratio")
    else:
        value = _("{by} months").format(by=text.signed(found.value))
        none, what = 0, _("difference of mean time over {tau}").format(tau=text.months(tau or 0))
    limits = text.between(found, 1 + none, none=none)
    beside = (
        f"{text.confidence(found.confidence)} {limits}"
        if not isnan(found.low)
        else _("limits not estimable")
    )
    return Headline(title, value, " · ".join(exhibit.said(beside, what, *features)))


def _alike(result: Comparison, given: Adjusted) -> Headline:
    found, made = short.main(result, given), given.design
    if found is None or not short.told(result, given):
        without = _without(made) if short.lacking(made) else ""
        beside = " · ".join(exhibit.said(short.why_not(result, given), without))
        return Headline(_("Adjusted"), _("not possible"), beside)
    n = text.patients(sum(made.n))
    k = len(made.covariates)
    features = ngettext("for {k} recorded feature", "for {k} recorded features", k).format(k=k)
    title = _("Adjusted, {n}").format(n=n)
    more = any(each.why in ("unlike", "unchosen") for each in made.omitted)
    where = _("others are chosen under Adjusted") if more else ""
    return _contrasted(result, title, found, given.tau, features, _without(made), where)


def _without(made: Design) -> str:
    columns = short.left_out(made)
    return _("not for {columns}").format(columns=columns) if columns else ""


def _in_short(
    result: Comparison, contrast: SurvivalContrast, given: Adjusted | None
) -> tuple[Table, ...]:
    if contrast.rmst is None or short.by_hazard(result):
        return ()
    make = partial(short.table, result, contrast.arms, contrast.rmst, given)
    return (Table(_("In short"), make),)


def _between(each: Analysis | None) -> tuple[Table, ...]:
    """The difference of mean time with progression between two scans."""
    if each is None:
        return ()
    rows = [(_("Difference of mean time, months"), over(each))]
    make = partial(exhibit.lines, rows, _("Quantity"), _("Value"))
    title = _("With progression between assessments")
    return (Table(title, make, between_scans(each), each.cautions),)


def between_scans(each: Analysis) -> str:
    """How progression is placed between scans, and by which method."""
    return exhibit.joined(
        _(
            "A sensitivity analysis: progression came between two assessments, after the last "
            "without it and not after the one that saw it; deaths are on their day; whoever had "
            "neither is known until the last assessment."
        ),
        f"{_(each.difference.method)}." if each.difference is not None else "",
    )


def over(each: Analysis) -> str:
    """A difference of mean time with its horizon, and who is at risk there if they are few."""
    words = text.difference(each.difference)
    if each.difference is not None and each.tau is not None:
        words = _("{difference}, to {tau}").format(difference=words, tau=text.months(each.tau))
    return tail.marked_of_arms(words, each.unsure)


def of_rates(result: Comparison) -> Exhibit:
    """Response rates of both arms."""
    return Exhibit(
        key=exhibit.key("compare", "response"),
        title=titled(_("Response"), result),
        provenance=result.provenance,
        made=("comparison.of_arms", "response"),
        sentences=tuple(rates_answer(result)),
        tables=(
            Table(_("Response"), partial(rates, result), rates_caption(result)),
            Table(
                _("The same by other methods"),
                partial(other_methods, result),
                exhibit.joined(
                    _(
                        "They decide nothing: their limits and tests are of two procedures, which "
                        "may disagree with each other."
                    ),
                    derivation.basis(result.provenance),
                ),
                shown="folded",
            ),
        ),
        cautions=(
            *result.cautions,
            *(caution for each in result.responses for caution in each.cautions),
        ),
    )


def arms(comparison: Comparison) -> str:
    """Which arms are compared: ``TACE (n = 16) against HAI (n = 20)``."""
    return pair((comparison.reference, comparison.comparison), comparison.n)


def pair(levels: tuple[Level, Level], n: tuple[int, int]) -> str:
    """The same of two levels, reference first, and their patients."""
    reference, other = map(text.named, levels)
    return _("{comparison} (n = {n1}) against {reference} (n = {n0})").format(
        comparison=other, reference=reference, n1=n[1], n0=n[0]
    )


def titled(what: str, result: Comparison) -> str:
    """``Overall survival: TACE (n = 16) against HAI (n = 20)``."""
    return _("{what}: {arms}").format(what=what, arms=arms(result))


def left_out(comparison: Comparison) -> str:
    """Patients under study in neither arm."""
    if not comparison.left_out:
        return ""
    return _("In neither arm: {groups}.").format(
        groups=text.listed(
            _("{group} (n = {n})").format(group=text.named(level), n=n)
            for level, n in comparison.left_out
        )
    )


def rates_caption(comparison: Comparison) -> str:
    """Where the differences of rates come from."""
    differences = [each.difference for each in comparison.responses if each.difference]
    return exhibit.joined(
        arms(comparison) + ".",
        f"{_(differences[0].estimate.method)}." if differences else "",
        _("The p-value is of the same test that gives the limits; over all treated alone.")
        if differences
        else "",
        exhibit.gaps(
            (rate_title(each), each.difference.gaps)
            for each in comparison.responses
            if each.difference is not None
        ),
        estimand.part(comparison.provenance),
        derivation.basis(comparison.provenance),
        _(text.DEATHS_MEAN[comparison.provenance.plan.response.deaths]),
        text.under_study(comparison.provenance),
    )


def caption(comparison: Comparison, contrast: SurvivalContrast) -> str:
    """The caption of two curves and of what was found between them."""
    return exhibit.joined(
        survival.curves(contrast.arms),
        clock.clock(comparison.provenance)
        or survival.origin(contrast.by_months, sum(arm.n for arm in contrast.arms)),
        survival.conditional(contrast.arms),
        derivation.progression(comparison.provenance, contrast.endpoint),
        exhibit.grouped(comparison.provenance, comparison.column),
        left_out(comparison),
        *_methods(comparison, contrast),
        text.under_study(comparison.provenance),
    )


def _methods(comparison: Comparison, contrast: SurvivalContrast) -> list[str]:
    """How each number of a contrast was computed."""
    said = []
    if contrast.rmst is not None:
        said.append(
            _("{method}, up to {tau}, {horizon}.").format(
                method=_(contrast.rmst.difference.method),
                tau=text.months(contrast.rmst.tau),
                horizon=horizon(comparison.provenance.plan.survival.taus),
            )
        )
    if contrast.hazard is not None:
        small = comparison.provenance.plan.small
        method = (limited(contrast.hazard, small) or contrast.hazard.ratio).method
        said.append(_("Hazard ratio: {method}.").format(method=text.method(method)))
    if contrast.log_rank is not None:
        said.append(f"{_(contrast.log_rank.method)}.")
    if contrast.permutation is not None:
        draw = contrast.permutation
        said.append(
            ngettext(
                "{method}, {n} draw, seed {seed}.",
                "{method}, {n} draws, seed {seed}.",
                draw.permutations,
            ).format(method=_(draw.method), n=draw.permutations, seed=draw.seed)
        )
    return said


def horizon(taus: Sequence[float]) -> str:
    """Why mean times are compared up to this time and no other."""
    if len(taus) == 1:
        return _("the horizon that the plan names")
    *several, last = (text.short(tau) for tau in taus)
    return _("the first of {several} and {last} months to which both curves carry numbers").format(
        several=", ".join(several), last=last
    )


def meanings(result: Comparison, shown: SurvivalContrast) -> list[str]:
    """Each number between two curves, in the order of the table."""
    return [
        *_mean_time(result, shown),
        *_ratio(result, shown),
        survival.interval(result.provenance.plan.confidence),
        *_at_times(result, shown),
        *([survival.log_rank_means()] if shown.log_rank is not None else []),
    ]


def _mean_time(result: Comparison, shown: SurvivalContrast) -> list[str]:
    if shown.rmst is None or shown.unsure is not None:
        return []
    reference, other = shown.rmst.arms
    return [
        _(
            "Mean time to {tau}: how many of the first {tau} passed on average before the "
            "event, {m1} {comparison} and {m0} {reference}."
        ).format(
            tau=text.months(shown.rmst.tau),
            m1=text.number(other.estimate.value),
            m0=text.number(reference.estimate.value),
            **short.groups(result),
        )
    ]


def _ratio(result: Comparison, shown: SurvivalContrast) -> list[str]:
    hazard = shown.hazard
    found = None if hazard is None else hazard.firth if hazard.diverged else hazard.ratio
    if found is None or isnan(found.value):
        return []
    said = _(
        "Hazard ratio {ratio}: among patients still without the event, the pace at which "
        "it comes {comparison} is {ratio} times that {reference}; below 1 it comes more slowly."
    ).format(ratio=text.beside(found.value, 1, 2), **short.groups(result))
    if hazard is None or hazard.diverged:
        return [said]
    return [
        said,
        _(
            "Test of proportional hazards: a small p says that the ratio changes over time, so "
            "that one number does not describe it; then read the mean times."
        ),
    ]


def _at_times(result: Comparison, shown: SurvivalContrast) -> list[str]:
    if not any(each.difference is not None for each in shown.differences):
        return []
    return [
        _(
            "Difference at a time: of 100 patients, so many more (fewer, with a minus) are "
            "without the event then {comparison} than {reference}."
        ).format(**short.groups(result))
    ]


def rates_answer(result: Comparison) -> list[str]:
    """Both rates of all treated at one time, a sentence each; none where arms are too small."""
    known = [
        each
        for each in result.responses
        if each.denominator == "treated" and each.difference is not None
    ]
    months = [each.months for each in known]
    if not months:
        return []
    time = leading(months)
    return [_response(result, each) for each in known if each.months == time]


def _response(result: Comparison, found: ResponseContrast) -> str:
    told = _RATES if found.months else _BEST
    what = _(told[found.measure]).format(time=text.months(found.months))
    least = result.provenance.plan.small.arm_counted
    smaller = min(arm.n for arm in found.arms)
    reference, other = text.counts(((arm.k, arm.n) for arm in found.arms), least)
    difference = found.difference.estimate if found.difference else None
    return _(
        "{what} ({measure}, all treated): {k1} {comparison} and {k0} {reference}, a difference of "
        "{difference} percentage points. {room}"
    ).format(
        what=what,
        measure=_(MEASURE_NAMES[found.measure]),
        k1=other,
        k0=reference,
        difference=text.points(difference, smaller),
        room=claimed(result, difference) if difference is not None else "",
        **short.groups(result),
    )


def claimed(result: Comparison, difference: Estimate) -> str:
    """Whether the limits of a difference of rates leave room for none.

    Of arms that are not alike it claims nothing, as of survival.
    """
    if result.unlike:
        return short.unlike(result)
    if difference.allows(0):
        return _("A difference of 0 lies within the limits: either may be the higher.")
    return _("A difference of 0 lies outside the limits, but the groups were not randomised.")


def rates(comparison: Comparison) -> pd.DataFrame:
    """Rates of both arms and the difference, at each time."""
    least = comparison.provenance.plan.small.arm_counted
    return pd.DataFrame(
        [
            {
                _("Rate"): rate_title(contrast),
                text.named(comparison.reference): reference,
                text.named(comparison.comparison): other,
                _("Difference, percentage points"): text.points(
                    contrast.difference.estimate if contrast.difference else None,
                    min(arm.n for arm in contrast.arms),
                ),
                _("p-value"): _tested(contrast),
            }
            for contrast in comparison.responses
            for reference, other in (text.proportions(contrast.arms, least),)
        ]
    )


def rate_title(contrast: ResponseContrast) -> str:
    """``ORR at 6 months, all treated``."""
    when = text.months(contrast.months) if contrast.months else ""
    who = _("all treated") if contrast.denominator == "treated" else _("evaluable")
    measure = _(MEASURE_NAMES[contrast.measure])
    if not when:
        return _("{measure}, best response, {who}").format(measure=measure, who=who)
    return _("{measure} at {time}, {who}").format(measure=measure, time=when, who=who)


def _tested(contrast: ResponseContrast) -> str:
    if contrast.difference is None:
        return _(text.WITHHELD)
    if contrast.denominator == "evaluable":
        return _("not tested; over all treated it is")
    return text.pvalue(contrast.difference.pvalue)


def other_methods(comparison: Comparison) -> pd.DataFrame:
    """Newcombe's limits and Fisher's exact test, of each rate over all treated."""
    return pd.DataFrame(
        [
            (
                rate_title(each),
                text.points(each.newcombe.estimate, min(arm.n for arm in each.arms)),
                text.pvalue(each.fisher.pvalue),
            )
            for each in comparison.responses
            if each.denominator == "treated" and each.newcombe and each.fisher
        ],
        columns=[
            _("Rate"),
            _("Difference, percentage points, Newcombe’s limits"),
            _("Fisher’s exact test"),
        ],
    )


def numbers(contrast: SurvivalContrast, small: SmallNumbers) -> pd.DataFrame:
    """What was found of the difference between two curves, mean time first."""
    names = dict(
        zip(("reference", "comparison"), (text.named(a.level) for a in contrast.arms), strict=True)
    )
    events = text.counts(((arm.events, arm.n) for arm in contrast.arms), small.arm_counted)
    rows = [
        (_("Events, {arm}").format(arm=text.named(arm.level)), words)
        for arm, words in zip(contrast.arms, events, strict=True)
    ]
    rows += _mean_times(contrast, names) + _ratios(contrast, names, small)
    rows += _differences(contrast)
    log_rank = text.pvalue(contrast.log_rank.pvalue) if contrast.log_rank else _(text.WITHHELD)
    rows.append((_("Log-rank test"), log_rank))
    if contrast.permutation is not None:
        rows.append((_("Log-rank test by permutation"), text.pvalue(contrast.permutation.pvalue)))
    return pd.DataFrame(rows, columns=[_("Quantity"), _("Value")])


def _mean_times(contrast: SurvivalContrast, names: dict[str, str]) -> list[tuple[str, str]]:
    rmst = contrast.rmst
    rows = []
    for arm, mean in zip(contrast.arms, rmst.arms if rmst else (), strict=False):
        title = _("Mean time to {tau} (restricted), {arm}").format(
            tau=text.months(mean.tau), arm=text.named(arm.level)
        )
        words = text.estimate(mean.estimate, 1, unit=_("months"))
        rows.append((title, tail.marked(words, arm.unsure_at(mean.tau))))
    title = _("Difference of mean time, {comparison} minus {reference}").format(**names)
    difference = text.difference(rmst.difference if rmst else None, _("months"))
    return [*rows, (title, tail.marked_of_arms(difference, contrast.unsure))]


def _differences(contrast: SurvivalContrast) -> list[tuple[str, str]]:
    smaller = min(arm.n for arm in contrast.arms)
    return [
        (
            _("Difference at {time}, percentage points").format(time=text.months(each.months)),
            tail.marked_of_arms(text.points(each.difference, smaller), each.unsure)
            if each.difference is not None and not isnan(each.difference.value)
            else text.points(each.difference, smaller),
        )
        for each in contrast.differences
    ]


def _ratios(
    contrast: SurvivalContrast, names: dict[str, str], small: SmallNumbers
) -> list[tuple[str, str]]:
    """The hazard ratio, by Firth's correction where it has no finite estimate."""
    hazard = contrast.hazard
    title = _("Hazard ratio, {comparison} against {reference}").format(**names)
    if hazard is None:
        return [(title, _(text.WITHHELD))]
    if hazard.diverged:
        firth = _("{title}, Firth’s correction").format(title=title)
        return [(firth, text.ratio(hazard.firth))]
    rows = [(title, text.ratio(limited(hazard, small)))]
    test = hazard.proportional_hazards
    rows.append((_("Test of proportional hazards"), text.pvalue(test.pvalue)))
    return rows


def hidden_cause(found: HiddenCause) -> str:
    """Two sentences under a hazard ratio: what could explain it away, and what it could show."""
    said = []
    if found.e_value is not None and not isnan(found.e_value.value):
        rare = _("; the hazard ratio taken for a risk ratio, since few had the event")
        said.append(
            _(
                "E-value {value}, for the limit nearer to no difference {limit}: something that "
                "nobody recorded could explain the ratio away if it made both the choice of arm "
                "and the outcome at least so many times as likely{rare}."
            ).format(
                value=text.number(found.e_value.value, 2),
                limit=text.number(found.e_value.limit, 2),
                rare=rare if found.rare else "",
            )
        )
    if found.apart:
        said.append(
            _(
                "No E-value: {columns} could explain the ratio whole, because nothing of it is "
                "common to both arms."
            ).format(columns=text.listed(text.label(column) for column in found.apart))
        )
    if found.detectable is not None and found.detectable < _SEEN_AT_LEAST:
        said.append(
            _(
                "With {events} not even a hazard ratio of {low} or of {high} would be seen in 80 "
                "of 100 such cohorts (Schoenfeld)."
            ).format(
                events=text.events(found.events),
                low=text.short(_SEEN_AT_LEAST),
                high=text.short(1 / _SEEN_AT_LEAST),
            )
        )
    elif found.detectable is not None:
        said.append(
            _(
                "With {events} only a hazard ratio of {low} or less, or {high} or more, "
                "would be seen in 80 of 100 such cohorts; a smaller difference would be missed "
                "more often (Schoenfeld)."
            ).format(
                events=text.events(found.events),
                low=text.beside(found.detectable, 1, 2),
                high=text.beside(1 / found.detectable, 1, 2),
            )
        )
    return " ".join(said)
