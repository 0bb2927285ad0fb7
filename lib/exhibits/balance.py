"""How alike two arms are at baseline: the love plot, and Table 1 under it."""

from collections.abc import Sequence
from functools import partial
from math import isinf, isnan

import pandas as pd

from lib import text
from lib.analyses.adjustment import Design
from lib.analyses.comparison import Comparison, Covariate
from lib.exhibits import adjustment, comparison, exhibit, short
from lib.exhibits.exhibit import Exhibit, Table
from lib.figures.balance import USUAL, love_plot, year_bars
from lib.language import _, ngettext
from lib.plan import SmallNumbers
from lib.schema import COLUMNS, FIRST_YEAR, Column
from lib.statistics.balance import CONTINUOUS, Balance

_SPREAD = 2  # values from which on an arm has a spread


def of_arms(compared: Comparison, made: Design | None) -> Exhibit:
    """Every column known at baseline, as it is and weighted.

    `made`: what is adjusted for, where there is an endpoint to adjust.
    """
    drawn = made if made is not None and made.before else None
    first = Table(
        _("Table 1: every column at baseline"),
        partial(table_one, compared),
        balance_caption(compared),
        shown="folded" if drawn else "open",
    )
    return Exhibit(
        key=exhibit.key("compare", "balance"),
        title=comparison.titled(_("Balance at baseline"), compared),
        provenance=compared.provenance,
        made=("comparison.of_arms", "balance"),
        draw=partial(love_plot, drawn.before, drawn.after if drawn.weighed else ())
        if drawn
        else None,
        undrawn=undrawn(drawn) if drawn else "",
        shows=_apart(drawn) if drawn else "",
        caption=love_caption(drawn, compared) if drawn else "",
        tables=(
            first,
            *((Table(_("Balance"), partial(balances, drawn), shown="taken"),) if drawn else ()),
            Table(
                _("How the arms were observed"),
                partial(observed, compared),
                observed_caption(compared),
                shown="folded",
            ),
        ),
        cautions=compared.cautions,
    )


def _apart(made: Design) -> str:
    """How many columns differ by more than is usual, before weighting and after, and which most."""
    known = [(column, each) for column, each in made.before if not isnan(each.value)]
    after = [each for _column, each in made.after if not isnan(each.value)]
    if not known:
        return ""
    column, most = max(known, key=lambda pair: abs(pair[1].value))
    largest = _("complete") if isinf(most.value) else text.number(abs(most.value), 2)
    before = sum(abs(each.value) > USUAL for _column, each in known)
    words = _(
        "Standardized difference above {usual} in {count}, the largest of {column}: {value}."
    ).format(
        usual=text.short(USUAL),
        count=text.count_of(before, len(known)),
        column=text.in_sentence(column),
        value=largest,
    )
    if not made.weighed or not after:
        return words
    left = sum(abs(each.value) > USUAL for each in after)
    return exhibit.joined(
        words, _("After weighting: {count}.").format(count=text.count_of(left, len(after)))
    )


def of_years(compared: Comparison) -> Exhibit | None:
    """In which calendar years the arms were treated; None where the file does not say."""
    found = compared.besides
    if found.years is None:
        return None
    arms = (compared.reference, compared.comparison)
    spread = quartiles([each.quartiles for each in found.years], COLUMNS[FIRST_YEAR])
    said = _("First procedure, median year (quartiles): {arms}.").format(
        arms="; ".join(text.valued(arm, words) for arm, words in zip(arms, spread, strict=True))
    )
    return Exhibit(
        key=exhibit.key("compare", "years"),
        title=comparison.titled(_("Years of treatment"), compared),
        provenance=compared.provenance,
        made=("comparison.of_arms", "years"),
        sentences=(said,),
        draw=partial(year_bars, arms, found.by_year),
        undrawn=years_unknown(compared),
        caption=exhibit.joined(
            _("Share of each arm’s patients by the calendar year of the first procedure."),
            years_unknown(compared),
            _(
                "What else changed over the years, drugs after it, imaging and skill, is compared "
                "with the arms wherever they lie in different years."
            ),
            text.under_study(compared.provenance),
        ),
        tables=(Table(_("Patients by year"), partial(years_of, compared), shown="folded"),),
        cautions=compared.cautions,
    )


def years_unknown(compared: Comparison) -> str:
    """Who has no year, of both arms; '' where everybody has one."""
    lacking = sum(each.missing for each in compared.besides.years or ())
    words = ngettext(
        "Not drawn: {n} patient without a year.", "Not drawn: {n} patients without a year.", lacking
    )
    return words.format(n=lacking) if lacking else ""


def years_of(compared: Comparison) -> pd.DataFrame:
    """Patients of each arm by calendar year."""
    small, every = compared.provenance.plan.small, compared.besides.by_year
    whole = [sum(year.n[at] for year in every) for at in (0, 1)]
    rows = [
        (str(year.year), *_counts(list(zip(year.n, whole, strict=True)), small)) for year in every
    ]
    names = [text.named(arm) for arm in (compared.reference, compared.comparison)]
    return pd.DataFrame(rows, columns=[_("Year of first procedure"), *names])


def table_one(compared: Comparison) -> pd.DataFrame:
    """Table 1: every baseline column in both arms, with standardized differences, no p-values."""
    arms = (compared.reference, compared.comparison)
    names = [
        _("{arm}, n = {n}").format(arm=text.named(arm), n=n)
        for arm, n in zip(arms, compared.n, strict=True)
    ]
    rows: list[dict[str, str]] = []
    for covariate in compared.covariates:
        rows += _covariate(covariate, names, compared.provenance.plan.small)
    columns = [_("At baseline"), *names, _("Difference"), _("Expected by chance, up to")]
    return pd.DataFrame([[row.get(name, "") for name in columns] for row in rows], columns=columns)


def observed(compared: Comparison) -> pd.DataFrame:
    """Who of both arms was lost or left out, how often they were assessed, and for how long."""
    found, small = compared.besides, compared.provenance.plan.small
    rows: list[tuple[str, Sequence[str]]] = [
        (title, _counts(parts, small))
        for title, parts in (
            (_("Alive, and left out of overall survival"), found.living_left_out),
            (_("Dead, and left out of overall survival"), found.dead_left_out),
        )
    ]
    if found.lost is not None:
        title = _("Alive when last seen, more than {months} before the data end")
        rows.append(
            (title.format(months=text.months(found.seen_every)), _counts(found.lost, small))
        )
    if found.intervals is not None:
        title = _("Months from one assessment to the next, median (quartiles)")
        rows.append((title, quartiles([each.quartiles for each in found.intervals])))
    if found.follow_up is not None:
        title = _("Months of follow-up, median")
        rows.append((title, [text.estimate(each) for each in found.follow_up]))
    return pd.DataFrame(
        [(title, *said) for title, said in rows],
        columns=[
            _("Observed"),
            text.named(compared.reference),
            text.named(compared.comparison),
        ],
    )


def observed_caption(compared: Comparison) -> str:
    """What is counted of how the arms were observed."""
    return exhibit.joined(
        _("Left out: when they died, or were last seen, is not known."),
        _(
            "Assessments of each patient until progression, the mean of the times between them; "
            "patients with fewer than two are not counted."
        )
        if compared.besides.intervals is not None
        else "",
        _("Follow-up by reverse Kaplan-Meier, of overall survival.")
        if compared.besides.follow_up is not None
        else "",
        text.under_study(compared.provenance),
    )


def _covariate(
    covariate: Covariate, names: Sequence[str], small: SmallNumbers
) -> list[dict[str, str]]:
    title = text.with_unit(covariate.column)
    head = {_("At baseline"): title} | _difference(covariate)
    if covariate.quartiles:
        head[_("At baseline")] = _("{column}, median (quartiles)").format(column=title)
        head |= dict(zip(names, quartiles(covariate.quartiles, covariate.column), strict=True))
    rows = [head]
    for level in covariate.levels:
        row = {_("At baseline"): f"\u2003{text.label(level.level)}"}
        counts = _counts(list(zip(level.counts, covariate.known, strict=True)), small)
        rows.append(row | dict(zip(names, counts, strict=True)))
    if any(covariate.missing):
        row = {_("At baseline"): "\u2003" + _("No value")}
        rows.append(row | dict(zip(names, (text.whole(n) for n in covariate.missing), strict=True)))
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
        if found.method.code == CONTINUOUS.code:
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


def quartiles(
    arms: Sequence[tuple[float, float, float] | None], of: Column | None = None
) -> list[str]:
    """Medians and quartiles of arms or groups, with the same decimals; calendar years with none."""
    whole = all(value == round(value) for arm in arms for value in arm or ())
    whole = whole or (of is not None and of.name == FIRST_YEAR)

    def worded(arm: tuple[float, float, float] | None) -> str:
        if arm is None:
            return _("nobody")
        low, middle, high = (text.number(value, 0 if whole else 1) for value in arm)
        return f"{middle} ({text.limits(low, high)})"

    return [worded(arm) for arm in arms]


def _counts(parts: Sequence[tuple[int, int]], small: SmallNumbers) -> list[str]:
    """Counts of both arms."""
    return text.counts(parts, small.arm_counted)


def balance_caption(compared: Comparison) -> str:
    """What the differences at baseline are."""
    found = [each.balance for each in compared.covariates if each.balance]
    methods = exhibit.methods(each.method for each in found)
    logs = text.listed(
        text.label(each.column)
        for each in compared.covariates
        if each.balance and each.column.logarithm and each.quartiles
    )
    return exhibit.joined(
        _("{methods}; without sign.").format(methods=methods) if methods else "",
        _("Of the logarithm: {columns}.").format(columns=logs) if logs else "",
        _(
            "Above 0.1 arms are commonly called unbalanced; arms of this size differ by up to the "
            "last column by chance alone, once in twenty. No p-values: whether a difference is "
            "chance is not the question."
        ),
        exhibit.grouped(compared.provenance, compared.column),
        text.under_study(compared.provenance),
    )


def undrawn(made: Design) -> str:
    """Columns of which there is no point to draw."""
    unknown = [text.label(column) for column, found in made.before if isnan(found.value)]
    unweighed = [text.label(column) for column, found in made.after if isnan(found.value)]
    return exhibit.joined(
        _("Not estimable, and not drawn: {columns}.").format(columns=text.listed(unknown))
        if unknown
        else "",
        _("Not estimable after weighting, and not drawn: {columns}.").format(
            columns=text.listed(unweighed)
        )
        if made.weighed and unweighed
        else "",
    )


def love_caption(made: Design, compared: Comparison) -> str:
    """What the points, the bars and the line are."""
    complete = [column for column, found in made.before if found.apart or isinf(found.value)]
    said = [
        _("Standardized differences at baseline, without sign, {arms}.").format(
            arms=comparison.arms(compared)
        ),
        _(
            "Dashed line: 0.1, above which arms are commonly called unbalanced. Grey: as far as "
            "chance alone reaches once in twenty in arms of this size."
        ),
    ]
    if complete:
        said.append(
            _("Triangle: complete, for nothing is common to both arms: {columns}.").format(
                columns=text.listed(text.label(column) for column in complete)
            )
        )
    said += exhibit.said(undrawn(made))
    if made.weighed:
        said.append(
            _("After weighting: overlap weights from {covariates}, {whom}.").format(
                covariates=adjustment.names(made.covariates), whom=short.whom(made)
            )
        )
        exact = made.propensity is not None and not made.propensity.separated
        said.append(
            _("What is adjusted for is balanced exactly; the rest shows what the weights leave.")
            if exact
            else _(
                "The covariates tell the arms almost completely apart: the propensity is by "
                "Firth’s correction, which leaves even what is adjusted for not exactly balanced."
            )
        )
    else:
        said.append(
            _("Not weighted: {conditions}.").format(
                conditions="; ".join(adjustment.failed(made.requirements))
            )
        )
    return exhibit.joined(*said, text.under_study(made.provenance))


def balances(made: Design) -> pd.DataFrame:
    """Standardized differences before and after weighting, with what chance reaches."""
    after = {column.name: found for column, found in made.after}
    rows = []
    for column, found in made.before:
        rows.append((text.label(column), *_balance(found), *_balance(after.get(column.name))))
    return pd.DataFrame(
        rows,
        columns=[
            _("At baseline"),
            _("Before weighting"),
            _("By chance up to"),
            _("After weighting"),
            _("By chance up to, effective patients"),
        ],
    )


def _balance(found: Balance | None) -> tuple[str, str]:
    if found is None:
        return "", ""
    return difference(found), by_chance(found)
