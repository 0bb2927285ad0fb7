"""The contrast given what is known at baseline: conditions, and each measure in its own table."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from math import isnan

import pandas as pd

from lib import text
from lib.analyses.adjustment import Adjusted, Design, Imputation, Requirement, unmet
from lib.analyses.comparison import Comparison
from lib.analyses.provenance import Provenance
from lib.analyses.survival import ticks_to
from lib.exhibits import comparison, estimand, exhibit, short, survival, tail
from lib.exhibits.exhibit import Exhibit, Table
from lib.figures.spec import Figure
from lib.figures.survival import survival_curves
from lib.language import N_, _, ngettext
from lib.schema import Column
from lib.statistics.estimate import Estimate

CRUDE = N_("Unadjusted")
SAME = N_("Unadjusted, the same patients as below")
MODEL = N_("Adjusted, Cox model")
WEIGHTED = N_("Adjusted, overlap weights")
MODEL_COMPLETE = N_("Adjusted, Cox model, complete cases")
WEIGHTED_COMPLETE = N_("Adjusted, overlap weights, complete cases")
_EITHER = N_(
    "The average difference among patients for whom either was a real choice: those in whom the "
    "arms overlap."
)
_COMPLETE = N_("The same, of those alone whose covariates are all known.")


def of_endpoint(found: Adjusted, compared: Comparison) -> Exhibit:
    """The contrast as it is, given the covariates, and weighted."""
    made = found.design
    title = comparison.titled(
        _("{endpoint}, adjusted").format(endpoint=text.label(made.endpoint)), compared
    )
    return Exhibit(
        key=exhibit.key("compare", "adjusted", exhibit.of_endpoint(made.endpoint, made.provenance)),
        title=title,
        provenance=made.provenance,
        made=("adjustment.of_endpoint", made.endpoint.code),
        sentences=exhibit.said(answer(found), locked(found)),
        draw=_curves(found, title, compared.provenance) if found.groups else None,
        caption=exhibit.joined(
            caption(found, compared), estimand.part(compared.provenance, made.endpoint)
        ),
        tables=(
            *_tables(found),
            *_of_missing(found, compared),
            Table(
                _("Conditions"),
                partial(requirements, found),
                shown="open" if locked(found) else "folded",
            ),
            *(
                (Table(_("Curves"), partial(survival.points, found.groups), shown="taken"),)
                if found.groups
                else ()
            ),
        ),
        cautions=(*compared.cautions, *found.cautions),
    )


def _curves(found: Adjusted, title: str, whence: Provenance) -> Callable[[], Figure]:
    made = found.design
    last = max(group.curve.last_time if group.curve else 0.0 for group in found.groups)
    n = sum(group.n for group in found.groups)
    return partial(
        survival_curves,
        found.groups,
        made.endpoint,
        survival.ticks(ticks_to(last), whence),
        survival.axis(found.crude.by_months, n, made.provenance),
        survival.written(whence, title),
    )


def names(columns: Iterable[Column]) -> str:
    """Covariates inside a sentence, and which enter as a logarithm."""
    return text.listed(
        _("{column} (its logarithm)").format(column=text.in_sentence(column))
        if column.logarithm and column.kind == "number"
        else text.in_sentence(column)
        for column in columns
    )


def _of_missing(found: Adjusted, compared: Comparison) -> Iterator[Table]:
    drawn = found.design.imputation
    if drawn is not None:
        make = partial(missing, found.design, drawn, compared)
        caption = imputed_caption(found, drawn)
        yield Table(_("What is missing, by arm"), make, caption, shown="folded")


def missing(made: Design, drawn: Imputation, compared: Comparison) -> pd.DataFrame:
    """The patients of each arm whose value of a covariate is drawn."""
    small = compared.provenance.plan.small
    rows = [(text.label(each.column), each.missing) for each in drawn.filled]
    if len(rows) > 1:
        rows.append((_("Any of these"), drawn.n))
    return pd.DataFrame(
        [
            (
                title,
                *text.counts(zip(gone, made.n, strict=True), small.arm_counted),
            )
            for title, gone in rows
        ],
        columns=[
            _("No value of"),
            text.named(compared.reference),
            text.named(compared.comparison),
        ],
    )


def imputed_caption(found: Adjusted, drawn: Imputation) -> str:
    """How missing values are drawn, and how what comes of them is pooled."""
    lost = found.weighted.missing_information if found.weighted is not None else None
    return exhibit.joined(
        _(
            "Each value is drawn {times}, given the arm, the outcome and the other "
            "covariates (chained equations, seed {seed}); model and weights are fitted to "
            "each completed table and pooled by Rubin’s rules, curves as the complementary "
            "log-log of survival."
        ).format(times=text.times(drawn.sets), seed=drawn.seed),
        _("Missing values took {lost} of the information on the weighted difference.").format(
            lost=text.percent(lost)
        )
        if lost is not None and not isnan(lost)
        else "",
        _(
            "This is right where whether a value is missing depends on nothing but what is known: "
            "compare with the complete cases."
        ),
    )


def _tables(found: Adjusted) -> tuple[Table, ...]:
    """Each measure in a table of its own, that of the plan's contrast first, and alone at once.

    Ratios of different models differ without any confounding, and so stand in no common table.
    """
    means = Table(_("Difference of mean time"), partial(mean_times, found))
    ratios = (
        Table(_("Hazard ratio between patients alike"), partial(of_model, found)),
        Table(_("Hazard ratio where either was a real choice"), partial(of_weights, found)),
    )
    by_ratio = found.design.provenance.plan.comparison.contrast == "hazard ratio"
    first, *others = (*ratios, means) if by_ratio else (means, *ratios)
    return first, *(replace(each, shown="reported") for each in others)


Row = tuple[str, str, str, str, str]


def mean_times(found: Adjusted) -> pd.DataFrame:
    """Differences of mean time, unadjusted and weighted, each with what it is an estimate of."""
    crude, made = found.crude, found.design
    n = (crude.arms[0].n, crude.arms[1].n)
    events = sum(arm.events for arm in crude.arms)
    what = _("The arms as they are: what was done and who was chosen for it, together.")
    rows = [_row(CRUDE, n, events, _crude_mean(found), what)]
    if found.same_mean is not None:
        said = _mean(found.same_mean.difference, found)
        what = _("The same, of those whose covariates are all known.")
        rows.append(_row(SAME, made.n, made.events, said, what))
    weighted, beside = found.weighted, found.complete
    said = _mean(weighted.difference if weighted else None, found)
    rows.append(_row(WEIGHTED, made.n, made.events, said, _(_EITHER)))
    if beside is not None and weighted is not None:
        said = _mean(beside.difference, found)
        rows.append(_row(WEIGHTED_COMPLETE, beside.n, beside.events, said, _(_COMPLETE)))
    title = (
        _("Difference of mean time to {tau}, months").format(tau=text.months(found.tau))
        if found.tau
        else _("Difference of mean time, months")
    )
    return _frame(rows, title)


def _crude_mean(found: Adjusted) -> str:
    """The unadjusted difference of mean time, with its horizon where that is another."""
    mean = found.crude.rmst
    said = text.difference(mean.difference if mean else None)
    if mean is not None and mean.tau != found.tau:
        said = _("{difference}, to {tau}").format(difference=said, tau=text.months(mean.tau))
    return tail.marked_of_arms(said, found.crude.unsure)


def _mean(difference: Estimate | None, found: Adjusted) -> str:
    """A difference of mean time of the arms made alike, or of the same patients as treated."""
    words = text.difference(difference)
    return words if difference is None else tail.marked_of_arms(words, found.unsure)


def of_model(found: Adjusted) -> pd.DataFrame:
    """The hazard ratio given the covariates."""
    made, beside = found.design, found.complete
    what = _("The difference between two patients alike in all that is adjusted for.")
    ratio = found.model.terms[0].ratio if found.model is not None else None
    rows = [_row(MODEL, made.n, made.events, text.ratio(ratio), what)]
    if beside is not None and found.model is not None:
        said = text.ratio(beside.ratio)
        rows.append(_row(MODEL_COMPLETE, beside.n, beside.events, said, _(_COMPLETE)))
    return _frame(rows, _("Hazard ratio"))


def of_weights(found: Adjusted) -> pd.DataFrame:
    """The hazard ratio of the weighted arms."""
    made, weighted, beside = found.design, found.weighted, found.complete
    said = text.ratio(weighted.ratio if weighted else None)
    rows = [_row(WEIGHTED, made.n, made.events, said, _(_EITHER))]
    if beside is not None and weighted is not None:
        said = text.ratio(beside.weighted)
        rows.append(_row(WEIGHTED_COMPLETE, beside.n, beside.events, said, _(_COMPLETE)))
    return _frame(rows, _("Hazard ratio"))


def _row(name: str, n: tuple[int, int], events: int, found: str, what: str) -> Row:
    patients = _("{n1} against {n0}").format(n1=n[1], n0=n[0])
    return _(name), patients, text.whole(events), found, what


def _frame(rows: Sequence[Row], found: str) -> pd.DataFrame:
    columns = [_("Analysis"), _("Patients"), _("Events"), found, _("What it estimates")]
    return pd.DataFrame(rows, columns=columns)


def requirements(found: Adjusted) -> pd.DataFrame:
    """What adjusting asks of the numbers, and whether they hold it."""
    asked: dict[str, Requirement] = {}
    for each in (*found.requirements, *found.design.requirements):
        asked[each.code] = each
    return pd.DataFrame(
        [(text.requirement(each), _("yes") if each.met else _("no")) for each in asked.values()],
        columns=[_("Condition of adjusting"), _("Met")],
    )


def locked(found: Adjusted) -> str:
    """Which conditions fail, with how many patients and events would be needed; '' if none."""
    said = [
        _("{what} is withheld: {conditions}.").format(what=what, conditions="; ".join(failed))
        for what, failed in (
            (_("The Cox model"), failed(found.requirements)),
            (_("Weighting"), failed(found.design.requirements)),
        )
        if failed
    ]
    if len(said) == 2 and failed(found.requirements) == failed(found.design.requirements):
        return exhibit.joined(
            _("Nothing is adjusted: {conditions}.").format(
                conditions="; ".join(failed(found.requirements))
            ),
            short.omitted(found.design) if short.lacking(found.design) else "",
        )
    return " ".join(said)


def failed(asked: Iterable[Requirement]) -> list[str]:
    """The conditions that do not hold."""
    return [text.requirement(each) for each in unmet(asked)]


def chosen(made: Design, done: bool = True) -> str:
    """What is adjusted for, who chose it, and who is left out for it; `done`: whether it was."""
    if not made.covariates:
        return exhibit.joined(
            _("No covariate that could be adjusted for is known of enough patients."),
            short.omitted(made),
        )
    who = (
        _("chosen in the plan")
        if made.chosen
        else _("as many of a list fixed beforehand as the smaller arm allows, whatever the outcome")
    )
    words = (
        _("Adjusted for {covariates} ({terms}; {who}).")
        if done
        else _("What would be adjusted for: {covariates} ({terms}; {who}).")
    )
    terms = ngettext("{n} term", "{n} terms", made.terms).format(n=made.terms)
    return exhibit.joined(
        words.format(covariates=names(made.covariates), terms=terms, who=who),
        _known(made),
        short.omitted(made),
    )


def _known(made: Design) -> str:
    """Of how many patients the covariates are known, and what of the others becomes."""
    left, drawn = sum(made.incomplete), made.imputation
    if left:
        return _("Complete cases: left out because a covariate has no value, n = {n}.").format(
            n=left
        )
    if drawn is not None:
        return _("Patients with a missing value, n = {n}: it is drawn {times}.").format(
            n=sum(drawn.n), times=text.times(drawn.sets)
        )
    return _("Every covariate is known of every patient.") if made.cases.known else ""


def caption(found: Adjusted, compared: Comparison) -> str:
    """Where the adjusted results come from."""
    made = found.design
    done = found.model is not None or found.weighted is not None
    said = [comparison.arms(compared) + ".", chosen(made, done)]
    if found.model is not None:
        test = text.pvalue(found.model.terms[0].proportional_hazards.pvalue)
        words = (
            _("{method}, Efron’s ties; test of proportional hazards of the arm: {p}.")
            if made.imputation is None
            else _(
                "{method}, Efron’s ties, pooled by Rubin’s rules; test of proportional hazards of "
                "the arm, median: {p}."
            )
        )
        said.append(words.format(method=_(found.model.method), p=test))
    if found.weighted is not None:
        said += _weighting(found)
    if done and made.cases.counted:
        said.append(
            _(
                "Fitted to all of these patients by sums, no row of whom is held: nothing is drawn "
                "for missing values, the errors of the Cox model are model-based, and Firth’s "
                "correction is not applied to it."
            )
        )
    said.append(text.under_study(made.provenance))
    return exhibit.joined(*said)


def _weighting(found: Adjusted) -> list[str]:
    weighted, made = found.weighted, found.design
    assert weighted is not None
    first, second = made.arms.levels
    effective = _(
        "Effective patients after weighting: {e1} in {second}, {e0} in {first}; the curves’ counts "
        "are of patients, not of weights."
    ).format(
        e1=text.number(weighted.weights.effective[1]),
        e0=text.number(weighted.weights.effective[0]),
        second=text.named(second),
        first=text.named(first),
    )
    limits = (
        _("{method}.") if made.imputation is None else _("{method}; pooled by Rubin’s rules.")
    ).format(method=_(weighted.ratio.method))
    m0, m1 = (tail.told_median(group) for group in found.groups)
    medians = _("Weighted medians: {m1} in {second}, {m0} in {first}.").format(
        m1=m1, m0=m0, second=text.named(second), first=text.named(first)
    )
    fit = f"{_(weighted.propensity.method)}. {_(weighted.weights.method)}."
    return [fit, limits, medians, effective]


def answer(found: Adjusted) -> str:
    """What each way of adjusting leaves, of whom, and what it estimates.

    Neither is set beside the ratio of the arms as they are: ratios of different models differ
    without any confounding.
    """
    made = found.design
    whom, names_of = short.whom(made), names(made.covariates)
    said = []
    if found.model is not None and not isnan(found.model.terms[0].ratio.value):
        said.append(
            _("Between two patients alike in {names}: hazard ratio {ratio}, {whom}.").format(
                names=names_of, whom=whom, ratio=text.ratio(found.model.terms[0].ratio)
            )
        )
    weighted = found.weighted.difference if found.weighted is not None else None
    known = weighted is not None and not isnan(weighted.value) and found.unsure is None
    if known and found.tau is not None:
        same = found.same_mean or found.crude.rmst
        crude = (
            _("; as the same patients were treated, {crude}").format(
                crude=text.difference(same.difference, _("months"))
            )
            if same is not None and same.tau == found.tau
            else ""
        )
        said.append(
            _("Weighted, in the {n}: difference of mean time to {tau} {difference}{crude}.").format(
                n=text.patients(sum(made.n)),
                tau=text.months(found.tau),
                difference=text.difference(weighted, _("months")),
                crude=crude,
            )
        )
    return exhibit.joined(*said, short.omitted(made) if said else "")
