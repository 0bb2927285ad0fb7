"""Results as tables of words, the same on a page, in a workbook and in a report."""

from collections.abc import Iterable, Sequence
from math import isinf, isnan
from typing import Protocol

import pandas as pd

from lib import text
from lib.analyses.cautions import Caution
from lib.analyses.comparison import (
    Comparison,
    Covariate,
    ResponseContrast,
    SurvivalContrast,
    limited,
)
from lib.analyses.provenance import Provenance
from lib.analyses.response import GroupResponse, ResponseAt
from lib.analyses.states import STATES
from lib.analyses.study import Study
from lib.analyses.survival import GroupSurvival, Milestone, SurvivalByGroup
from lib.cohort import Cohort
from lib.language import _
from lib.plan import Plan, SmallNumbers
from lib.report import responding
from lib.schema import TABLES, Column
from lib.statistics.balance import CONTINUOUS, Balance

_ALWAYS = ("CR", "PR", "SD", "PD")
"""States that a table has a line for, even of nobody."""
_SPREAD = 2
"""Values from which on an arm has a spread."""


def response_states(time: ResponseAt, small: SmallNumbers) -> pd.DataFrame:
    """Patients in each state at one time, everybody first."""
    shown = [
        index
        for index in range(len(STATES))
        if STATES[index].code in _ALWAYS
        or any(group.counts[index] for group in _with_everyone(time))
    ]
    rows = []
    for group in _with_everyone(time):
        row = {_("Group"): text.named(group.level), _("All treated"): str(group.treated)}
        for index in shown:
            row[text.label(STATES[index])] = _state(group, index, small)
        rows.append(row)
    return _across(rows)


def _across(rows: Sequence[dict[str, str]]) -> pd.DataFrame:
    """Turn a row a group into a column a group, as journals print arms."""
    frame = pd.DataFrame(rows).fillna("").set_index(_("Group"))
    turned = frame.T.reset_index(names=" ")
    return turned.rename_axis(columns=None)


def _state(group: GroupResponse, index: int, small: SmallNumbers) -> str:
    k = int(group.counts[index])
    if STATES[index].code == "not due":
        return str(k)
    words = text.count_of(k, group.treated, small.arm_counted)
    if STATES[index].code == "PD" and group.died_with_pd:
        return _("{count}, of whom {k} died").format(count=words, k=group.died_with_pd)
    return words


def response_rates(time: ResponseAt, small: SmallNumbers) -> pd.DataFrame:
    """ORR and DCR over both denominators, everybody first."""
    return _across(
        [
            {
                _("Group"): text.named(group.level),
                _("ORR, all treated"): text.proportion(group.objective[0], small.arm_counted),
                _("ORR, evaluable"): text.proportion(group.objective[1], small.arm_counted),
                _("DCR, all treated"): text.proportion(group.control[0], small.arm_counted),
                _("DCR, evaluable"): text.proportion(group.control[1], small.arm_counted),
            }
            for group in _with_everyone(time)
        ]
    )


def _with_everyone(time: ResponseAt) -> tuple[GroupResponse, ...]:
    return (time.everyone, *time.groups)


def survival_summary(result: SurvivalByGroup) -> pd.DataFrame:
    """Patients, events, median, follow-up and milestones of each group, everybody first."""
    return _across(
        [_summary(group, result.provenance.plan) for group in (result.everyone, *result.groups)]
    )


def _summary(group: GroupSurvival, plan: Plan) -> dict[str, str]:
    row = {
        _("Group"): text.named(group.level),
        _("Patients"): str(group.n),
        _("Events"): str(group.events),
    }
    if group.curve is None:
        few = (
            _("not shown, fewer than {n}").format(n=plan.small.arm_counted)
            if group.n < plan.small.arm_counted
            else _("not shown, a group formed after baseline")
        )
        return row | {_("Median, months"): few}
    descriptive = group.n < plan.small.arm_compared
    median = text.estimate(group.median)
    row[_("Median, months")] = (
        _("{median}, descriptive").format(median=median) if descriptive else median
    )
    for each in group.milestones:
        row[_("At {time}").format(time=text.months(each.months))] = _milestone(each, group.n)
    row[_("Median follow-up, months")] = text.estimate(group.follow_up)
    return row


def _milestone(found: Milestone, n: int) -> str:
    words = text.survival(found.survival, n)
    if isnan(found.survival.value):
        return words
    return _("{survival}, {n} at risk").format(survival=words, n=found.at_risk)


def balance(comparison: Comparison) -> pd.DataFrame:
    """Table 1: every baseline column in both arms, with standardized differences, no p-values."""
    arms = (comparison.reference, comparison.comparison)
    names = [
        _("{arm}, n = {n}").format(arm=text.named(arm), n=n)
        for arm, n in zip(arms, comparison.n, strict=True)
    ]
    rows: list[dict[str, str]] = []
    for covariate in comparison.covariates:
        rows += _covariate(covariate, names, comparison.provenance.plan.small)
    return pd.DataFrame(
        rows, columns=[_("At baseline"), *names, _("Difference"), _("Expected by chance, up to")]
    ).fillna("")


def _covariate(
    covariate: Covariate, names: Sequence[str], small: SmallNumbers
) -> list[dict[str, str]]:
    title = text.with_unit(covariate.column)
    head = {_("At baseline"): title} | _difference(covariate)
    if covariate.quartiles:
        head[_("At baseline")] = _("{column}, median (quartiles)").format(column=title)
        for name, quartiles in zip(names, covariate.quartiles, strict=True):
            head[name] = _quartiles(quartiles)
    rows = [head]
    for level in covariate.levels:
        row = {_("At baseline"): f"\u2003{text.label(level.level)}"}
        for name, k, n in zip(names, level.counts, covariate.known, strict=True):
            row[name] = text.count_of(k, n, small.arm_counted)
        rows.append(row)
    if any(covariate.missing):
        row = {_("At baseline"): "\u2003" + _("No value")}
        rows.append(row | dict(zip(names, (str(n) for n in covariate.missing), strict=True)))
    return rows


def _difference(covariate: Covariate) -> dict[str, str]:
    found = covariate.balance
    if found is None:  # everybody is alike, or of an arm too few are known
        few = max(covariate.known) and min(covariate.known) < _SPREAD
        return {_("Difference"): _("not estimable")} if few else {}
    band = by_chance(found)
    if found.exceeds:
        band = _("{band}, exceeded").format(band=band)
    return {_("Difference"): difference(found), _("Expected by chance, up to"): band}


def difference(found: Balance) -> str:
    """The size of a standardized difference; in words where nothing is common to both arms."""
    if isnan(found.value):
        return _("not estimable")
    if isinf(found.value):
        if found.method == CONTINUOUS:
            return _("complete: no value is common to both arms")
        return _("complete: no level is common to both arms")
    value = text.number(abs(found.value), 2)
    if found.apart:
        return _("{value}, complete: the arms’ ranges do not meet").format(value=value)
    return value


def by_chance(found: Balance) -> str:
    """The size that chance alone reaches; in words where it leaves nothing common so often."""
    if isnan(found.band):
        return _("not estimable")
    return _("as complete") if isinf(found.band) else text.number(found.band, 2)


def _quartiles(quartiles: tuple[float, float, float] | None) -> str:
    if quartiles is None:
        return _("nobody")
    whole = all(value == round(value) for value in quartiles)
    low, middle, high = (text.number(value, 0 if whole else 1) for value in quartiles)
    return f"{middle} ({text.limits(low, high)})"


def response_contrasts(comparison: Comparison) -> pd.DataFrame:
    """Rates of both arms and the difference, at each time."""
    least = comparison.provenance.plan.small.arm_counted
    return pd.DataFrame(
        [
            {
                _("Rate"): contrast_title(contrast),
                text.named(comparison.reference): text.proportion(contrast.arms[0], least),
                text.named(comparison.comparison): text.proportion(contrast.arms[1], least),
                _("Difference, percentage points"): text.points(
                    contrast.difference.estimate if contrast.difference else None,
                    min(arm.n for arm in contrast.arms),
                ),
                _("Fisher’s exact test"): _fisher(contrast),
            }
            for contrast in comparison.responses
        ]
    )


def contrast_title(contrast: ResponseContrast) -> str:
    """``ORR at 6 months, all treated``."""
    when = text.months(contrast.months) if contrast.months else ""
    who = _("all treated") if contrast.denominator == "treated" else _("evaluable")
    if not when:
        return _("{measure}, best response, {who}").format(measure=contrast.measure, who=who)
    return _("{measure} at {time}, {who}").format(measure=contrast.measure, time=when, who=who)


def _fisher(contrast: ResponseContrast) -> str:
    if contrast.test is not None:
        return (
            _("not estimable") if isnan(contrast.test.pvalue) else text.pvalue(contrast.test.pvalue)
        )
    if contrast.denominator == "evaluable":
        return _("not tested; over all treated it is")
    return _(text.WITHHELD)


def survival_contrasts(contrast: SurvivalContrast, small: SmallNumbers) -> pd.DataFrame:
    """What was found of the difference between two curves, mean time first."""
    names = dict(
        zip(("reference", "comparison"), (text.named(a.level) for a in contrast.arms), strict=True)
    )
    rows = [
        (
            _("Events, {arm}").format(arm=text.named(arm.level)),
            text.count_of(arm.events, arm.n, small.arm_counted),
        )
        for arm in contrast.arms
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
        rows.append((title, text.estimate(mean.estimate, 1, unit=_("months"))))
    title = _("Difference of mean time, {comparison} minus {reference}").format(**names)
    difference = text.difference(rmst.difference if rmst else None, _("months"))
    return [*rows, (title, difference)]


def _differences(contrast: SurvivalContrast) -> list[tuple[str, str]]:
    smaller = min(arm.n for arm in contrast.arms)
    return [
        (
            _("Difference at {time}, percentage points").format(time=text.months(each.months)),
            text.points(each.difference, smaller),
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


def of_comparison(comparison: Comparison) -> list[tuple[str, pd.DataFrame]]:
    """Every table of two arms that is not folded, with its title."""
    small = comparison.provenance.plan.small
    return [
        *(
            (text.label(each.endpoint), survival_contrasts(each, small))
            for each in comparison.survivals
        ),
        (_("Response"), response_contrasts(comparison)),
        (_("Baseline"), balance(comparison)),
    ]


def curve_points(groups: Sequence[GroupSurvival]) -> pd.DataFrame:
    """Every step of the curves: what was drawn, and what it was drawn from."""
    rows = [
        (
            text.named(group.level),
            text.number(float(curve.time[at]), 3),
            *(text.short(float(count[at])) for count in (curve.at_risk, curve.events)),
            text.short(float(curve.censored[at])),
            *(
                "" if isnan(part[at]) else text.number(float(part[at]), 6)
                for part in (curve.survival, curve.low, curve.high)
            ),
        )
        for group in groups
        if (curve := group.curve) is not None
        for at in range(len(curve.time))
    ]
    names = (
        _("Group"),
        _("Months"),
        _("At risk"),
        _("Events"),
        _("Censored"),
        _("Survival"),
        _("Lower limit"),
        _("Upper limit"),
    )
    return pd.DataFrame(rows, columns=list(names))


def overlap(study: Study) -> pd.DataFrame | None:
    """Patients by modality as recorded and as compared; None where only one of them is known."""
    rows = [
        (text.label(recorded), text.label(used) or _("No value"), str(n))
        for recorded, used, n in study.overlap()
    ]
    names = [_("As recorded"), _("As compared"), _("Patients")]
    return pd.DataFrame(rows, columns=names) if rows else None


def flow(study: Study) -> pd.DataFrame:
    """From the rows read to the patients under study, a line a step."""
    return pd.DataFrame(
        [
            {
                _("Step"): text.step(step, study.whole),
                _("Set aside"): str(step.removed) if step.removed else "",
                _("Remaining"): str(step.left),
            }
            for step in study.steps
        ]
    )


def missing(cohort: Cohort) -> pd.DataFrame:
    """The columns of the file in which some patient has no value."""
    n = len(cohort)
    rows = [
        (text.label(column), text.count_of(int(lacking), n))
        for name, column in cohort.columns.items()
        if (lacking := cohort.patients[name].isna().sum())
    ]
    return pd.DataFrame(rows, columns=[_("Column"), _("No value")])


def columns(known: Iterable[Column]) -> pd.DataFrame:
    """The schema's columns as a table of the guide."""
    return pd.DataFrame(
        [
            {
                _("Column"): column.name,
                _("Means"): text.with_unit(column),
                _("Values"): ", ".join(level.code for level in column.levels) or _(column.kind),
                _("Also read"): "; ".join(column.headers()[1:6]),
                _("Filters and groups"): _("yes") if column.baseline else "",
            }
            for column in known
        ]
    )


class Result(Protocol):
    """What every result has: where it comes from, and what to beware of."""

    @property
    def provenance(self) -> Provenance: ...  # noqa: D102

    @property
    def cautions(self) -> tuple[Caution, ...]: ...  # noqa: D102


def notes(result: Result) -> list[str]:
    """What every export of a result says: whose patients, and what to beware of."""
    whence = result.provenance
    source = whence.source
    file = _("Source: {file}, SHA-256 {digest}.").format(file=source.name, digest=source.sha256)
    said = [text.source(source), file, text.under_study(whence), responding.modified(whence)]
    said += [text.caution(caution) for caution in result.cautions]
    if isinstance(result, Comparison):
        said += [text.caution(each) for rate in result.responses for each in rate.cautions]
    return list(dict.fromkeys(line for line in said if line))


def mapping(cohort: Cohort) -> pd.DataFrame:
    """Each header of the file, and what it was read as."""
    known = {name: column for table in TABLES.values() for name, column in table.items()}
    rows = []
    for mapped in cohort.reading.columns:
        column = known.get(mapped.column)
        if column is not None:
            meaning = text.with_unit(column)
        elif mapped.column:
            meaning = _("not kept")
        else:
            meaning = _("carried along, unknown in time")
        rows.append((mapped.header, meaning, mapped.table))
    return pd.DataFrame(rows, columns=[_("Header"), _("Read as"), _("Table")])
