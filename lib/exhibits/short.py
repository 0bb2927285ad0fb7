"""A comparison in three lines: what was seen, with the arms made alike, and what follows."""

from collections.abc import Callable, Iterable
from math import isnan
from typing import Any

import pandas as pd

from lib import text
from lib.analyses import adjustment
from lib.analyses.adjustment import Adjusted, Design
from lib.analyses.comparison import Comparison, SurvivalContrast, unsure
from lib.analyses.followed import START
from lib.analyses.robustness import contrast_ratio
from lib.analyses.survival import GroupSurvival
from lib.exhibits import exhibit, survival, tail
from lib.language import _, listed, ngettext
from lib.statistics.estimate import Estimate
from lib.statistics.survival import RmstContrast

_SAID = listed(__file__)


def lines(compared: Comparison, shown: SurvivalContrast, given: Adjusted | None) -> list[str]:
    """Three lines at most, of one measure: the plan's contrast, which alone decides the claim.

    `given`: None where it is not computed; then nothing is said of arms made alike.
    """
    if not comparable(compared, shown):
        return [withheld(compared, shown)]
    said = [seen(compared, shown)]
    if given is not None:
        said += [alike(compared, given), follows(compared, shown, given)]
    else:
        said.append(_as_treated(compared, shown))
    return [line for line in said if line]


def comparable(compared: Comparison, shown: SurvivalContrast) -> bool:
    """Whether both arms have patients enough to be compared at all."""
    return min(arm.n for arm in shown.arms) >= compared.provenance.plan.small.arm_compared


def seen(compared: Comparison, shown: SurvivalContrast) -> str:
    """Medians with their counts, and the hazard ratio of the arms as they are.

    Not that where the plan decides by a ratio: ratios of different models differ without any
    confounding, so that one alone is the answer.
    """
    reference, other = shown.arms
    medians = _(
        "Median {endpoint} was {m1} {comparison} ({d1} in {n1}) and {m0} {reference} "
        "({d0} in {n0})."
    ).format(
        endpoint=text.in_sentence(shown.endpoint),
        m1=tail.told_median(other),
        m0=tail.told_median(reference),
        d1=text.events(other.events),
        n1=text.patients(other.n),
        d0=text.events(reference.events),
        n0=text.patients(reference.n),
        **groups(compared),
    )
    by_ratio = by_hazard(compared)
    ratio = None if by_ratio else contrast_ratio(shown, compared.provenance.plan.small)
    return exhibit.joined(
        medians,
        survival.conditional(shown.arms),
        _unadjusted(compared, ratio) if ratio is not None and not isnan(ratio.value) else "",
    )


def _unadjusted(compared: Comparison, ratio: Estimate) -> str:
    return _("Unadjusted hazard ratio, {comparison} against {reference}: {ratio}.").format(
        ratio=text.ratio(ratio), **_names(compared)
    )


def alike(compared: Comparison, given: Adjusted) -> str:
    """What is left with the arms made alike, among whom and in what; or why they are not.

    Of many features the first are named; `features` has all.
    """
    found, made = main(compared, given), given.design
    if found is None or not told(compared, given):
        why = why_not(compared, given)
        return exhibit.joined(
            _("The arms are not made alike: {why}.").format(why=why) if why else "",
            omitted(made) if lacking(made) else "",
        )
    if by_hazard(compared):
        said = _(
            "Between two patients alike, {comparison} against {reference}: hazard ratio {ratio}, "
            "{whom}."
        ).format(ratio=text.ratio(found), whom=whom(made), **_names(compared))
    else:
        said = _("With the arms made alike: over {tau} {difference}, {whom}.").format(
            tau=text.months(given.tau or 0), difference=longer(compared, found), whom=whom(made)
        )
    return exhibit.joined(said, features(made, text.some))


def features(made: Design, listed: Callable[[Iterable[str]], str] = text.listed) -> str:
    """In what the arms are made alike, and in what not.

    `listed`: how many names are written of the former; of the latter all are.
    """
    k = len(made.covariates)
    return exhibit.joined(
        ngettext(
            "Alike in {k} recorded feature ({names}).",
            "Alike in {k} recorded features ({names}).",
            k,
        ).format(k=k, names=listed(text.in_sentence(column) for column in made.covariates)),
        omitted(made),
    )


def whom(made: Design) -> str:
    """Of whom an adjusted number is, and what of them is drawn because nobody recorded it."""
    n, drawn = text.patients(sum(made.n)), made.imputation
    if sum(made.incomplete):
        return _("in the {n} of whom all are known").format(n=n)
    timed = sum(made.n) < sum(made.arms.n)
    among = _("in the {n} whose time is known") if timed else _("in all {n}")
    if drawn is None:
        return among.format(n=n)
    return _("{among} (missing values of {k} drawn)").format(
        among=among.format(n=n), k=sum(drawn.n)
    )


def omitted(made: Design) -> str:
    """What bears on choice and outcome, is in the file, and is not adjusted for; and why."""
    columns = left_out(made)
    return _("Not adjusted for {columns}.").format(columns=columns) if columns else ""


def left_out(made: Design) -> str:
    """The same inside a sentence: ``age (too few patients for more); sex (the same in all)``."""
    words = {
        "unlike": _("the arms differ in this, not chosen"),
        "missing": _("too many values missing"),
        "numbers": _("too few patients for more"),
        "alike": _("the same in all"),
        "terms": _("more levels than a model takes where no row is held"),
        "unchosen": _("not chosen in the plan"),
    }
    said = []
    for why, reason in words.items():
        columns = [each.column for each in made.omitted if each.why == why]
        if columns:
            named = text.listed(text.in_sentence(column) for column in columns)
            said.append(_("{columns} ({why})").format(columns=named, why=reason))
    return "; ".join(said)


def lacking(made: Design) -> bool:
    """Whether nothing but a feature to adjust for is wanting: what is left out then says why."""
    return [each.code for each in adjustment.unmet(made.requirements)] == ["covariates"]


def follows(compared: Comparison, shown: SurvivalContrast, given: Adjusted) -> str:
    """What the numbers come to, in one measure, one population and one estimand."""
    found, made = main(compared, given), given.design
    if found is None or not told(compared, given):
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
            crude=_by_months(same.difference.value),
            left=_left(found, same.difference),
        )
    return exhibit.joined(before, claim(found, 0))


def _as_treated(compared: Comparison, shown: SurvivalContrast) -> str:
    """The plan's contrast of the arms as they are; nothing where it is withheld or unsure.

    Of arms that are not alike it claims nothing, whatever the limits.
    """
    found = as_treated(compared, shown)
    if found is None or isnan(found.value):
        return withheld(compared, shown)
    if by_hazard(compared):
        return exhibit.joined(
            _unadjusted(compared, found),
            _claim_as_treated(compared, found, 1),
        )
    tau = text.months(shown.rmst.tau if shown.rmst is not None else 0)
    return exhibit.joined(
        _("Mean time over {tau} was {difference}.").format(
            tau=tau, difference=longer(compared, found)
        ),
        _claim_as_treated(compared, found, 0),
    )


def withheld(compared: Comparison, shown: SurvivalContrast) -> str:
    """Why the plan's contrast of the arms as they are is not told, in one sentence."""
    if not comparable(compared, shown):
        smaller = min(shown.arms, key=lambda arm: arm.n)
        return _("Nothing is compared: {arm} has {patients}, and each arm needs {least}.").format(
            arm=text.named(smaller.level),
            patients=text.patients(smaller.n),
            least=compared.provenance.plan.small.arm_compared,
        )
    if not any(arm.events for arm in shown.arms):
        return _("Nothing is claimed: none of {patients} had the event.").format(
            patients=text.patients(sum(arm.n for arm in shown.arms))
        )
    if by_hazard(compared):
        return _no_ratio(shown)
    return _no_mean_time(compared, shown)


def _no_ratio(shown: SurvivalContrast) -> str:
    scarce = _values(shown, "few-events")
    if scarce:
        return _(
            "Nothing is claimed: a hazard ratio needs {least}, and {least_arm} in each "
            "arm, and there are {total}, with {fewest} in the arm that has fewest."
        ).format(**{**scarce, "least": text.events(scarce["least"])})
    return _("Nothing is claimed: the hazard ratio, by which the plan decides, is withheld.")


def _no_mean_time(compared: Comparison, shown: SurvivalContrast) -> str:
    if shown.rmst is not None and shown.unsure is not None:
        n0, n1 = shown.unsure
        return _(
            "Nothing is claimed: mean time to {tau} is too uncertain, at risk then are {n1} "
            "{comparison} and {n0} {reference}."
        ).format(tau=text.months(shown.rmst.tau), n1=n1, n0=n0, **groups(compared))
    early = _values(shown, "no-horizon")
    if early:
        return _(
            "Nothing is claimed: mean time needs {least} of follow-up in both arms, and "
            "one has {shortest}."
        ).format(least=text.months(early["least"]), shortest=text.months(early["shortest"]))
    if never := _values(shown, "no-event-before-the-horizon"):
        return _(
            "Nothing is claimed: nobody in {arms} had the event in the time that is compared."
        ).format(arms=text.listed(text.named(level) for level in never["arms"]))
    if at_once := _values(shown, "events-at-one-time"):
        return _("Nothing is claimed: all in {arms} had the event at one time.").format(
            arms=text.listed(text.named(level) for level in at_once["arms"])
        )
    if compared.provenance.plan.survival.origin != START:
        return _(
            "Nothing is claimed: mean time, by which the plan decides, needs a clock that starts "
            "at the first procedure."
        )
    return _("Nothing is claimed: mean time, by which the plan decides, is withheld.")


def _values(shown: SurvivalContrast, code: str) -> dict[str, Any]:
    """What a caution of a contrast names; nothing where it has no such caution."""
    return next((dict(each.values) for each in shown.cautions if each.code == code), {})


def as_treated(compared: Comparison, shown: SurvivalContrast) -> Estimate | None:
    """The plan's contrast of the arms as they are; None where it is withheld or unsure."""
    if by_hazard(compared):
        return contrast_ratio(shown, compared.provenance.plan.small)
    return None if shown.rmst is None or shown.unsure is not None else shown.rmst.difference


def conclusion(compared: Comparison, shown: SurvivalContrast, given: Adjusted | None) -> str:
    """What the limits leave, in a sentence: of the arms made alike, else of them as they are."""
    adjusted = main(compared, given) if given is not None and told(compared, given) else None
    found = as_treated(compared, shown) if adjusted is None else adjusted
    if found is None or isnan(found.value):
        return withheld(compared, shown)
    if isnan(found.low) or isnan(found.high):
        return _("Nothing is claimed: the numbers allow no limits.")
    none = 1 if by_hazard(compared) else 0
    if adjusted is None and compared.unlike:
        return _claim_as_treated(compared, found, none)
    basis = "unadjusted" if adjusted is None else "adjusted"
    either = found.allows(none)
    if by_hazard(compared):
        low, high = (text.beside(limit, 1, 2) for limit in (found.low, found.high))
        words = _SAID[f"fit-{basis}-ratio-{'either' if either else 'one'}"]
        return _(words).format(low=low, high=high, **_names(compared))
    side = "either" if either else "shorter" if found.high < 0 else "longer"
    if either:
        low, high = (_by_months(limit) for limit in (found.low, found.high))
    else:
        low, high = map(text.amount, sorted((found.low, found.high), key=abs))
    words = _SAID[f"fit-{basis}-time-{side}"]
    return _(words).format(low=low, high=high, **groups(compared))


def _claim_as_treated(compared: Comparison, found: Estimate, none: float) -> str:
    return unlike(compared) if compared.unlike else claim(found, none, False)


def unlike(compared: Comparison) -> str:
    """Why nothing is claimed of arms as they are that are not alike."""
    return _(
        "The arms differ at baseline in {columns}: what the treatment adds cannot be told from "
        "this."
    ).format(columns=text.some(text.in_sentence(column) for column in compared.unlike))


def main(compared: Comparison, given: Adjusted) -> Estimate | None:
    """The plan's contrast with the arms made alike; None where it is withheld."""
    if by_hazard(compared):
        found = given.model.terms[0].ratio if given.model is not None else None
    else:
        found = given.weighted.difference if given.weighted is not None else None
    return None if found is None or isnan(found.value) else found


def told(compared: Comparison, given: Adjusted | None) -> bool:
    """Whether the plan's contrast is told with the arms made alike.

    It is not where it is withheld, or a curve carries no number at its horizon.
    """
    if given is None or main(compared, given) is None:
        return False
    return given.unsure is None or by_hazard(compared)


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


def _by_months(difference: float) -> str:
    """``4.1 months longer``, where it is said already after what and than after what."""
    if _is_none(difference):
        return _("no difference")
    words = _("{by} months longer") if difference > 0 else _("{by} months shorter")
    return words.format(by=text.amount(difference))


def _is_none(difference: float) -> bool:
    """Whether a difference is none, and not one that rounds to it."""
    return text.amount(difference) == text.number(0)


def _left(found: Estimate, treated: Estimate) -> str:
    """``2.2 (difference 0.05 to 4.40)``; which way it goes where that is not as treated."""
    same_way = found.value * treated.value > 0 and not _is_none(treated.value)
    words = text.amount(found.value) if same_way else _by_months(found.value)
    if isnan(found.low):
        return _("{by} (limits not estimable)").format(by=words)
    return _("{by} (difference {limits})").format(by=words, limits=text.between(found, 1, none=0))


def longer(compared: Comparison, found: Estimate) -> str:
    """``4.1 months longer after TACE than after HAI (95% CI 2.0 to 6.1)``."""
    words = (
        _("as long {comparison} as {reference} ({limits})")
        if _is_none(found.value)
        else _("{by} months longer {comparison} than {reference} ({limits})")
        if found.value > 0
        else _("{by} months shorter {comparison} than {reference} ({limits})")
    )
    limits = (
        _("limits not estimable")
        if isnan(found.low)
        else _("difference {ci} {between}").format(
            ci=text.confidence(found.confidence), between=text.between(found, 1, none=0)
        )
    )
    by = text.amount(found.value)
    return words.format(by=by, limits=limits, **groups(compared))


def groups(compared: Comparison) -> dict[str, str]:
    """Both arms as a sentence names them."""
    return {
        "comparison": text.of_group(compared.column, compared.comparison),
        "reference": text.of_group(compared.column, compared.reference),
    }


def _names(compared: Comparison) -> dict[str, str]:
    """Both arms by their names."""
    return {
        "comparison": text.named(compared.comparison),
        "reference": text.named(compared.reference),
    }


def why_not(compared: Comparison, given: Adjusted) -> str:
    """Why the plan's contrast is not told with the arms made alike, inside a sentence.

    '' where it is not told of the arms as they are for the same reason.
    """
    asked = given.requirements if by_hazard(compared) else given.design.requirements
    failed = adjustment.unmet(asked)
    if failed:
        return "; ".join(text.requirement(each) for each in failed)
    if by_hazard(compared):
        return _("the model has no finite estimate")
    if given.tau is None:
        return ""
    if given.unsure is not None:
        n0, n1 = given.unsure
        return _("at {tau} only {n1} {comparison} and {n0} {reference} are at risk").format(
            tau=text.months(given.tau), n1=n1, n0=n0, **groups(compared)
        )
    return _("the weighted difference cannot be estimated")


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
    few = unsure(arms, treated.tau)
    rows = [(_("As treated, all"), all_treated, treated.tau, treated.difference, few)]
    if given is not None and given.tau is not None:
        n = given.design.n
        if given.same_mean is not None:
            title = _("As treated, those of whom all features are known")
            rows.append((title, n, given.tau, given.same_mean.difference, given.unsure))
        weighted = main(compared, given)
        if weighted is not None:
            title = _("Made alike by overlap weights")
            rows.append((title, n, given.tau, weighted, given.unsure))
        beside = given.complete
        if weighted is not None and beside is not None and beside.difference is not None:
            title = _("Made alike, those alone of whom all features are known")
            rows.append((title, beside.n, given.tau, beside.difference, given.unsure))
    return pd.DataFrame(
        [
            (
                title if tau == treated.tau else f"{title}, {text.months(tau)}",
                text.whole(n[1]),
                text.whole(n[0]),
                tail.marked_of_arms(text.difference(found, _("months")), few),
            )
            for title, n, tau, found, few in rows
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
