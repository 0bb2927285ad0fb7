"""A comparison in three lines: what was seen, with the arms made alike, and what follows."""

from math import isnan

import pandas as pd

from lib import text
from lib.analyses.adjustment import Adjusted, Design
from lib.analyses.comparison import Comparison, SurvivalContrast, limited
from lib.analyses.survival import GroupSurvival
from lib.exhibits import exhibit, survival
from lib.language import _, ngettext
from lib.statistics.estimate import Estimate
from lib.statistics.survival import RmstContrast

_NAMED = 3  # columns with missing values that a sentence names


def lines(compared: Comparison, shown: SurvivalContrast, given: Adjusted | None) -> list[str]:
    """Three lines at most, of one measure: the plan's contrast, which alone decides the claim.

    `given`: None where it is not computed; then nothing is said of arms made alike.
    """
    if min(arm.n for arm in shown.arms) < compared.provenance.plan.small.arm_compared:
        return []
    said = [seen(compared, shown)]
    if given is not None:
        said += [alike(compared, given), follows(compared, shown, given)]
    else:
        said.append(_as_treated(compared, shown))
    return [line for line in said if line]


def seen(compared: Comparison, shown: SurvivalContrast) -> str:
    """Medians with their counts, and the hazard ratio."""
    reference, other = shown.arms
    medians = _(
        "Median {endpoint} was {m1} {comparison} ({d1} events in {n1}) and {m0} {reference} "
        "({d0} in {n0})."
    ).format(
        endpoint=text.in_sentence(shown.endpoint),
        m1=survival.told_median(other),
        m0=survival.told_median(reference),
        d1=other.events,
        n1=text.patients(other.n),
        d0=reference.events,
        n0=reference.n,
        **groups(compared),
    )
    ratio = limited(shown.hazard, compared.provenance.plan.small) if shown.hazard else None
    return exhibit.joined(
        medians,
        survival.conditional(shown.arms),
        _("Hazard ratio {ratio}.").format(ratio=text.ratio(ratio))
        if ratio is not None and not isnan(ratio.value)
        else "",
    )


def alike(compared: Comparison, given: Adjusted) -> str:
    """What is left with the arms made alike, in what and among whom; or why they are not."""
    found, made = main(compared, given), given.design
    if found is None or unsure(compared, given):
        scarce = [each.column for each in made.omitted if each.why == "missing"]
        if scarce and not made.covariates:
            return _(
                "The arms are not made alike: too many values are missing of {columns}."
            ).format(columns=text.listed(text.in_sentence(column) for column in scarce))
        needs = unmet(compared, given)
        return _("The arms are not made alike: {needs}.").format(needs=needs) if needs else ""
    k = len(made.covariates)
    features = ngettext("{k} recorded feature", "{k} recorded features", k).format(k=k)
    among = {"features": features, "names": _names(given), "whom": whom(made)}
    if by_hazard(compared):
        said = _(
            "With the arms made alike in {features} ({names}), {whom}: hazard ratio {ratio}."
        ).format(ratio=text.ratio(found), **among)
    else:
        said = _(
            "With the arms made alike in {features} ({names}), {whom}: over {tau} {difference}."
        ).format(tau=text.months(given.tau or 0), difference=longer(compared, found), **among)
    return exhibit.joined(said, omitted(made))


def whom(made: Design) -> str:
    """Of whom an adjusted number is, and what of them is drawn because nobody recorded it."""
    n = text.patients(sum(made.n))
    drawn = made.imputation
    if drawn is None:
        return _("in the {n} of whom all are known").format(n=n)
    if len(drawn.filled) > _NAMED:
        return _("of all {n} of the arms, missing values of {k} drawn from what is known").format(
            n=n, k=text.patients(sum(drawn.n))
        )
    return _("of all {n} of the arms, missing values of {columns} drawn from what is known").format(
        n=n,
        columns=text.listed(
            _("{columns} ({why})").format(
                columns=text.in_sentence(each.column), why=text.patients(sum(each.missing))
            )
            for each in drawn.filled
        ),
    )


def omitted(made: Design) -> str:
    """What bears on choice and outcome, is in the file, and is not among the features; and why."""
    words = {
        "missing": _("too many values missing"),
        "numbers": _("too few patients for more"),
        "alike": _("the same in all"),
        "unchosen": _("not chosen in the plan"),
    }
    said = []
    for why, reason in words.items():
        columns = [each.column for each in made.omitted if each.why == why]
        if columns:
            named = text.listed(text.in_sentence(column) for column in columns)
            said.append(_("{columns} ({why})").format(columns=named, why=reason))
    return _("Not in {columns}.").format(columns="; ".join(said)) if said else ""


def follows(compared: Comparison, shown: SurvivalContrast, given: Adjusted) -> str:
    """What the numbers come to, in one measure, one population and one estimand."""
    found, made = main(compared, given), given.design
    if found is None or unsure(compared, given):
        return _as_treated(compared, shown)
    if by_hazard(compared):
        return claim(found, 1)
    same = given.same_mean or shown.rmst
    before = ""
    if same is not None and same.tau == given.tau:
        before = _(
            "In the same {n}, over {tau}: {crude} as treated, {left} after weighting."
        ).format(
            n=text.patients(sum(made.n)),
            tau=text.months(same.tau),
            crude=longer(compared, same.difference, limits=False),
            left=text.beside(abs(found.value), 0, 1)
            if (found.value >= 0) == (same.difference.value >= 0)
            else longer(compared, found, limits=False),
        )
    return exhibit.joined(before, claim(found, 0))


def _as_treated(compared: Comparison, shown: SurvivalContrast) -> str:
    """The plan's contrast of the arms as they are; nothing where it is withheld or unsure.

    Of arms that are not alike it claims nothing, whatever the limits.
    """
    if by_hazard(compared):
        small = compared.provenance.plan.small
        ratio = limited(shown.hazard, small) if shown.hazard is not None else None
        return _claim_as_treated(compared, ratio, 1) if ratio is not None else ""
    if shown.rmst is None:
        return ""
    tau = text.months(shown.rmst.tau)
    if shown.unsure is not None:
        return _("Mean time to {tau} is not to be told: {n1} and {n0} are at risk then.").format(
            tau=tau, n1=shown.unsure[1], n0=shown.unsure[0]
        )
    found = shown.rmst.difference
    return exhibit.joined(
        _("Over {tau} {difference}.").format(tau=tau, difference=longer(compared, found)),
        _claim_as_treated(compared, found, 0),
    )


def as_treated(compared: Comparison, shown: SurvivalContrast) -> Estimate | None:
    """The plan's contrast of the arms as they are; None where it is withheld or unsure."""
    if by_hazard(compared):
        small = compared.provenance.plan.small
        return limited(shown.hazard, small) if shown.hazard is not None else None
    return None if shown.rmst is None or shown.unsure is not None else shown.rmst.difference


def conclusion(compared: Comparison, shown: SurvivalContrast, given: Adjusted | None) -> str:
    """What is claimed, in one sentence: of the arms made alike, or of the arms as they are."""
    none = 1 if by_hazard(compared) else 0
    found = None
    if given is not None and not unsure(compared, given):
        found = main(compared, given)
    if found is not None:
        return claim(found, none)
    treated = as_treated(compared, shown)
    return "" if treated is None else _claim_as_treated(compared, treated, none)


def _claim_as_treated(compared: Comparison, found: Estimate, none: float) -> str:
    if not compared.unlike:
        return claim(found, none, False)
    return _(
        "The arms differ at baseline in {columns} by more than chance explains: what the treatment "
        "adds cannot be told from this."
    ).format(columns=text.listed(text.in_sentence(column) for column in compared.unlike))


def main(compared: Comparison, given: Adjusted) -> Estimate | None:
    """The plan's contrast with the arms made alike; None where it is withheld."""
    if by_hazard(compared):
        found = given.model.terms[0].ratio if given.model is not None else None
    else:
        found = given.weighted.difference if given.weighted is not None else None
    return None if found is None or isnan(found.value) else found


def unsure(compared: Comparison, given: Adjusted) -> bool:
    """Whether a curve carries no number at the horizon of the plan's contrast."""
    return given.unsure is not None and not by_hazard(compared)


def by_hazard(compared: Comparison) -> bool:
    """Whether the plan's contrast is the hazard ratio."""
    return compared.provenance.plan.comparison.contrast == "hazard ratio"


def claim(found: Estimate, none: float, alike: bool = True) -> str:
    """Whether a difference is claimed, by the limits of the plan's contrast alone.

    `alike`: whether the arms were made alike in what is recorded.
    """
    if isnan(found.low) or isnan(found.high):
        return ""
    value = _("A ratio of 1") if none else _("A difference of 0")
    if found.allows(none):
        return _("{value} lies within these limits: either may be the better.").format(value=value)
    words = (
        _(
            "{value} lies outside these limits, as far as what is recorded tells; what was not "
            "recorded may explain the rest."
        )
        if alike
        else _(
            "{value} lies outside these limits, but the groups were not randomised: who was chosen "
            "may explain it."
        )
    )
    return words.format(value=value)


def longer(compared: Comparison, found: Estimate, limits: bool = True) -> str:
    """``4.1 months longer after TACE than after HAI (95 % CI 2.0 to 6.1)``."""
    between = ""
    if limits and not isnan(found.low):
        between = " ({})".format(
            _("difference {ci} {between}").format(
                ci=text.confidence(found.confidence), between=text.between(found, 1, none=0)
            )
        )
    words = (
        _("{by} months longer {comparison} than {reference}")
        if found.value >= 0
        else _("{by} months shorter {comparison} than {reference}")
    )
    return words.format(by=text.beside(abs(found.value), 0, 1), **groups(compared)) + between


def groups(compared: Comparison) -> dict[str, str]:
    """Both arms as a sentence names them."""
    return {
        "comparison": text.of_group(compared.column, compared.comparison),
        "reference": text.of_group(compared.column, compared.reference),
    }


def _names(given: Adjusted) -> str:
    return text.listed(text.in_sentence(column) for column in given.design.covariates)


def unmet(compared: Comparison, given: Adjusted) -> str:
    """Why the plan's contrast is not adjusted."""
    asked = given.requirements if by_hazard(compared) else given.design.requirements
    return "; ".join(text.requirement(each) for each in asked if not each.met)


def table(
    compared: Comparison,
    arms: tuple[GroupSurvival, GroupSurvival],
    treated: RmstContrast,
    given: Adjusted | None,
) -> pd.DataFrame:
    """The plan's contrast as treated, of all and of the same patients, and weighted.

    Of mean time alone: hazard ratios of different models differ without any confounding, and are
    not set below each other.
    """
    all_treated = (arms[0].n, arms[1].n)
    rows = [(_("As treated, all"), all_treated, treated.tau, treated.difference)]
    if given is not None and given.tau is not None:
        n = given.design.n
        if given.same_mean is not None:
            title = _("As treated, those of whom all features are known")
            rows.append((title, n, given.tau, given.same_mean.difference))
        weighted = main(compared, given)
        if weighted is not None:
            rows.append((_("Made alike by overlap weights"), n, given.tau, weighted))
        beside = given.complete
        if weighted is not None and beside is not None and beside.difference is not None:
            title = _("Made alike, those alone of whom all features are known")
            rows.append((title, beside.n, given.tau, beside.difference))
    return pd.DataFrame(
        [
            (
                title if tau == treated.tau else f"{title}, {text.months(tau)}",
                f"{n[1]}",
                f"{n[0]}",
                text.difference(found, _("months")),
            )
            for title, n, tau, found in rows
        ],
        columns=[
            _("Difference of mean time over {tau}").format(tau=text.months(treated.tau)),
            text.named(compared.comparison),
            text.named(compared.reference),
            _("{comparison} minus {reference}").format(
                comparison=text.named(compared.comparison),
                reference=text.named(compared.reference),
            ),
        ],
    )
