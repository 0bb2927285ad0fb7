"""Results as one JSON document: every number with its counts, its limits and its method."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from math import isfinite, isinf
from typing import Any

from lib import text
from lib.analyses import one_sided
from lib.analyses.cautions import Caution
from lib.analyses.comparison import Comparison, Covariate, ResponseContrast, SurvivalContrast
from lib.analyses.derivation import Derivation
from lib.analyses.duration import Durations, Lasting
from lib.analyses.endings import Ending
from lib.analyses.one_sided import Refused
from lib.analyses.response import GroupResponse, ResponseAt, ResponseByGroup
from lib.analyses.states import STATES
from lib.analyses.study import Study
from lib.analyses.survival import GroupSurvival, SurvivalByGroup
from lib.analyses.transitions import Transitions
from lib.cohort import Cohort
from lib.language import _, code_of
from lib.statistics.balance import Balance
from lib.statistics.cox import HazardRatio
from lib.statistics.estimate import Estimate
from lib.statistics.proportions import Proportion
from lib.statistics.survival import LogRank, PermutationTest

FORMAT = 1
_NO_BALANCE = {
    "standardized_difference": None,
    "chance_band": None,
    "complete": None,
    "beyond_chance": None,
}

KEYS = {
    "hepar": "format of this document, a whole number",
    "files": "the names of all files of this run, this one among them",
    "source": "file name, SHA-256, sheet, rows read, whether synthetic, note",
    "study": "modality rule, as-of date, selection in words, cut_points of each column of numbers "
    "known at baseline and whether the plan, the schema or its median says so, steps with code, "
    "patients removed and left",
    "findings": "code, severity, words, column, rows, analyses that leave the rows out",
    "response": (
        "by time: states of each group as k, n; ORR and DCR over both denominators; under rests_on "
        "the source, profile, windows, patients and assessments measured, responses that stand as "
        "recorded, disagreements counted by column; under best_both_ways best response confirmed "
        "and unconfirmed"
    ),
    "transitions": "months, patients in each state, and from each time to the next from-to counts",
    "duration": (
        "of response and of stable disease: n, events, median, curve, what ended it; null where "
        "responses are not derived"
    ),
    "survival": "by endpoint: n, events, median, follow-up, milestones, curve of each group, and "
    "what ended the follow-up",
    "no_curve": "endpoints of which one outcome alone has times: why, patients left out, the times",
    "incidence": "by endpoint with competing events: events, milestones, curve of each cause",
    "origins": "by endpoint and date the clock may start at: n, start, median of each group, the "
    "naive median, patients not counted",
    "matured": "overall survival at five data cut-offs",
    "landmark": "by endpoint and way of classifying: groups, dropped, log-rank, the naive groups",
    "comparison": "arms, baseline (complete: nothing is common to both arms), response and "
    "survival contrasts; null without two arms",
    "adjusted": "by endpoint: covariates, conditions, unadjusted, model, overlap weights, balance, "
    "E-value and detectable ratio; this and the next four null without two arms",
    "subgroups": "by outcome: the contrast in each group of each column, interaction tests",
    "centres": "by endpoint: stratified by centre, each centre, and without each",
    "robustness": "by outcome: the contrast under each specification, how far they spread, and "
    "how many leave out no difference",
    "tests": "every test of the arms with its p-value, as it is and by Holm's procedure",
    "toxicity": "patients by worst grade on each scale, post-embolization syndrome, early deaths, "
    "each until another modality, from then on, and over the whole history; procedures with a "
    "complication; null without two arms",
    "received": "patients by first modality and all received; by endpoint a second modality as of "
    "its date; by rule response after the landmark; null without dated procedures",
    "cautions": "in each part: rule and words",
}
"""The top-level keys of ``results.json``. An estimate is an object with ``value``, ``low``,
``high``, ``confidence``, ``method`` and ``missing``; a proportion adds ``k`` and ``n``. What is
undefined is null, and ``missing`` says why. Times are in months, shares in [0, 1]."""


def document(
    study: Study,
    response: ResponseByGroup,
    survivals: Sequence[SurvivalByGroup],
    comparison: Comparison | None,
    passages: Transitions,
    durations: Durations | None,
) -> dict[str, Any]:
    """All results of a study as plain lists, dicts, numbers and words."""
    return {
        "hepar": FORMAT,
        "source": _source(study.whole),
        "study": _study(study),
        "findings": _findings(study.whole),
        "response": {
            "by": response.column.name if response.column else None,
            "deaths": study.plan.response.deaths,
            "rests_on": _rests_on(response.derivation),
            "times": [_time(time) for time in response.times],
            "best_both_ways": [_time(time) for time in response.both_ways],
            "cautions": cautions(response.cautions),
        },
        "transitions": _transitions(passages),
        "duration": {
            "response": _lasting(durations.response),
            "stable": _lasting(durations.stable),
        }
        if durations
        else None,
        "survival": {result.endpoint.code: _survival(result) for result in survivals},
        "no_curve": [_refused(found) for found in one_sided.refused(study)],
        "comparison": _comparison(comparison) if comparison else None,
    }


def estimate(found: Estimate | None) -> dict[str, Any] | None:
    """An estimate as an object; null where it was withheld."""
    if found is None:
        return None
    return {
        "value": _number(found.value),
        "low": _number(found.low),
        "high": _number(found.high),
        "confidence": found.confidence,
        "method": _(found.method),
        "missing": str(found.missing),
    }


def proportion(found: Proportion | None) -> dict[str, Any] | None:
    """A proportion as an object with its counts."""
    if found is None:
        return None
    return {"k": found.k, "n": found.n, **(estimate(found.estimate) or {})}


def _number(value: float) -> float | None:
    return float(value) if isfinite(value) else None


def _source(cohort: Cohort) -> dict[str, Any]:
    source = cohort.source
    return {
        "file": source.name,
        "sha256": source.sha256,
        "sheet": source.sheet,
        "rows": source.rows,
        "synthetic": source.synthetic,
        "note": text.source(source),
    }


def _study(study: Study) -> dict[str, Any]:
    as_of = study.plan.study.as_of
    return {
        "patients": len(study.cohort),
        "modality_rule": _(study.modality_rule),
        "as_of": text.day(as_of) if as_of else None,
        "selection": text.selection(study.provenance),
        "cut_points": {
            name: {"at": list(cut.at), "by": cut.by} for name, cut in study.cuts().items()
        },
        "steps": [
            {
                "code": code_of(step.message),
                "step": text.step(step, study.whole),
                "removed": step.removed,
                "left": step.left,
            }
            for step in study.steps
        ],
    }


def _findings(cohort: Cohort) -> list[dict[str, Any]]:
    return [
        {
            "code": found.code,
            "severity": found.severity,
            "finding": text.finding(found),
            "column": found.column,
            "rows": list(found.rows),
            "left_out_of": list(found.sets_aside),
        }
        for found in cohort.findings
    ]


def cautions(found: Iterable[Caution]) -> list[dict[str, str]]:
    """Cautions as objects: the rule and its words."""
    return [{"rule": caution.code, "words": text.caution(caution)} for caution in found]


def _time(time: ResponseAt) -> dict[str, Any]:
    return {
        "months": time.months or None,
        "column": time.column,
        "confirmed": time.confirmed,
        "groups": [_states(group) for group in (time.everyone, *time.groups)],
        "cautions": cautions(time.cautions),
    }


def _rests_on(found: Derivation) -> dict[str, Any]:
    choices = asdict(found.provenance.plan.response)
    of_times = ("months", "deaths", "source")
    windows = {name: value for name, value in choices.items() if name not in of_times}
    return {
        "source": "derived" if found.derived else "recorded",
        "windows": windows if found.courses else None,
        "measured": len(found.courses),
        "assessments": dict(found.visits),
        "stands_as_recorded": dict(found.standing),
        "disagreements": dict(Counter(each.column.name for each in found.disagreements)),
        "patients_disagreeing": found.disagreeing,
        "findings": len(found.findings),
    }


def _transitions(found: Transitions) -> dict[str, Any]:
    return {
        "patients": found.provenance.n,
        "months": list(found.times),
        "states": [_coded(counts) for counts in found.counts],
        "passages": [
            {
                "from": each.start,
                "to": each.end,
                "counts": {
                    state.code: _coded(counts)
                    for state, counts in zip(STATES, each.counts, strict=True)
                    if counts.any()
                },
            }
            for each in found.passages
        ],
    }


def _coded(counts: Iterable[int]) -> dict[str, int]:
    """Counts by the codes of the states, those that are not 0."""
    return {state.code: int(k) for state, k in zip(STATES, counts, strict=True) if k}


def _lasting(found: Lasting) -> dict[str, Any]:
    reasons = {_(reason): n for reason, n in found.set_aside.items()}
    return {**_group(found.group), "ended_by": dict(found.ended_by), "not_counted": reasons}


def _states(group: GroupResponse) -> dict[str, Any]:
    counted = zip(STATES, group.counts, strict=True)
    return {
        "group": group.level.code,
        "label": text.label(group.level),
        "treated": group.treated,
        "evaluable": group.evaluable,
        "states": {state.code: int(k) for state, k in counted},
        "died_with_PD": group.died_with_pd,
        "ORR": _both(group.objective),
        "DCR": _both(group.control),
    }


def _both(rates: tuple[Proportion | None, Proportion | None]) -> dict[str, Any]:
    return {"treated": proportion(rates[0]), "evaluable": proportion(rates[1])}


def _refused(found: Refused) -> dict[str, Any]:
    return {
        "endpoint": found.endpoint.code,
        "code": code_of(found.reason),
        "reason": _(found.reason),
        "left_out": found.left_out,
        "event": found.happened,
        "months": list(found.months),
    }


def _survival(result: SurvivalByGroup) -> dict[str, Any]:
    return {
        "endpoint": text.label(result.endpoint),
        "by": result.column.name if result.column else None,
        "groups": [_group(group) for group in (result.everyone, *result.groups)],
        "log_rank": log_rank(result.log_rank),
        "permutation": permutation(result.permutation),
        "by_months": result.by_months,
        "set_aside": [
            {"code": code_of(reason), "reason": _(reason), "patients": n}
            for reason, n in result.set_aside
        ],
        "endings": endings(result.endings),
        "cautions": cautions(result.cautions),
    }


def endings(found: Iterable[Ending]) -> list[dict[str, Any]]:
    """What ended follow-up as objects: the column or rule, whether an event, and the counts."""
    return [
        {"by": each.code, "event": each.event, "n": each.n, "by_group": list(each.by_group)}
        for each in found
    ]


def log_rank(test: LogRank | None) -> dict[str, Any] | None:
    """A log-rank test as an object; null where it was withheld."""
    if test is None:
        return None
    return {
        "statistic": _number(test.statistic),
        "df": test.df,
        "pvalue": _number(test.pvalue),
        "groups": list(test.groups),
        "method": _(test.method),
    }


def permutation(test: PermutationTest | None) -> dict[str, Any] | None:
    """A permutation test as an object with what draws it again; null where it was withheld."""
    if test is None:
        return None
    return {
        "pvalue": test.pvalue,
        "permutations": test.permutations,
        "seed": test.seed,
        "method": _(test.method),
    }


def _group(group: GroupSurvival) -> dict[str, Any]:
    curve = group.curve
    return {
        "group": group.level.code,
        "label": text.label(group.level),
        "n": group.n,
        "events": group.events,
        "median": estimate(group.median),
        "follow_up": estimate(group.follow_up),
        "milestones": {
            text.short(each.months): {**(estimate(each.survival) or {}), "at_risk": each.at_risk}
            for each in group.milestones
        },
        "curve": {
            "time": curve.time.tolist(),
            "at_risk": curve.at_risk.tolist(),
            "events": curve.events.tolist(),
            "censored": curve.censored.tolist(),
            "survival": curve.survival.tolist(),
            "low": [_number(value) for value in curve.low],
            "high": [_number(value) for value in curve.high],
            "method": _(curve.method),
        }
        if curve
        else None,
    }


def _comparison(result: Comparison) -> dict[str, Any]:
    return {
        "column": result.column.name,
        "reference": result.reference.code,
        "comparison": result.comparison.code,
        "n": dict(zip((result.reference.code, result.comparison.code), result.n, strict=True)),
        "left_out": {level.code: n for level, n in result.left_out},
        "baseline": [_covariate(covariate) for covariate in result.covariates],
        "response": [_contrast(contrast) for contrast in result.responses],
        "survival": {
            contrast.endpoint.code: _survival_contrast(contrast) for contrast in result.survivals
        },
        "cautions": cautions(result.cautions),
    }


def _covariate(covariate: Covariate) -> dict[str, Any]:
    balance = covariate.balance
    return {
        "column": covariate.column.name,
        "known": list(covariate.known),
        "missing": list(covariate.missing),
        "quartiles": [list(arm) if arm else None for arm in covariate.quartiles],
        "levels": {each.level.code: list(each.counts) for each in covariate.levels},
        **(standardized(balance) if balance else _NO_BALANCE),
        "method": _(balance.method) if balance else None,
    }


def standardized(found: Balance) -> dict[str, Any]:
    """A standardized difference as an object; infinite is null, and said to be complete."""
    return {
        "standardized_difference": _number(found.value),
        "chance_band": _number(found.band),
        "complete": found.apart or isinf(found.value),
        "beyond_chance": found.exceeds,
    }


def _contrast(contrast: ResponseContrast) -> dict[str, Any]:
    test = contrast.test
    return {
        "months": contrast.months or None,
        "measure": contrast.measure,
        "denominator": contrast.denominator,
        "reference": proportion(contrast.arms[0]),
        "comparison": proportion(contrast.arms[1]),
        "difference": estimate(contrast.difference.estimate) if contrast.difference else None,
        "test": {"pvalue": _number(test.pvalue), "method": _(test.method)} if test else None,
        "cautions": cautions(contrast.cautions),
    }


def _survival_contrast(contrast: SurvivalContrast) -> dict[str, Any]:
    rmst, hazard = contrast.rmst, contrast.hazard
    found: Mapping[str, Any] = {
        "arms": [{"n": arm.n, "events": arm.events} for arm in contrast.arms],
        "rmst": {
            "tau": rmst.tau,
            "arms": [estimate(arm.estimate) for arm in rmst.arms],
            "difference": estimate(rmst.difference),
        }
        if rmst
        else None,
        "hazard_ratio": _hazard(hazard) if hazard else None,
        "differences": {
            text.short(each.months): estimate(each.difference) for each in contrast.differences
        },
        "log_rank": log_rank(contrast.log_rank),
        "permutation": permutation(contrast.permutation),
        "by_months": contrast.by_months,
        "cautions": cautions(contrast.cautions),
    }
    return dict(found)


def _hazard(found: HazardRatio) -> dict[str, Any]:
    test = found.proportional_hazards
    return {
        **(estimate(found.ratio) or {}),
        "pvalue": _number(found.pvalue),
        "diverged": found.diverged,
        "profile": estimate(found.profile),
        "firth": estimate(found.firth),
        "proportional_hazards": {
            "statistic": _number(test.statistic),
            "pvalue": _number(test.pvalue),
            "method": _(test.method),
        },
    }
