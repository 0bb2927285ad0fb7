"""Incidence, clocks, cut-offs and the landmark as parts of ``results.json``, and their figures."""

from collections.abc import Sequence
from math import isnan
from typing import Any

import numpy as np

from lib import text
from lib.analyses import landmark, maturity, origins
from lib.analyses.incidence import GroupIncidence, IncidenceByGroup
from lib.analyses.landmark import Landmark
from lib.analyses.origins import FromOrigin
from lib.analyses.study import Study
from lib.analyses.survival import GroupSurvival, SurvivalByGroup
from lib.exhibits import exhibit, survival
from lib.exhibits import incidence as words
from lib.figures.incidence import incidence_curves, stacked
from lib.figures.theme import Figure
from lib.language import _
from lib.report import results


def document(
    study: Study, survivals: Sequence[SurvivalByGroup], incidences: Sequence[IncidenceByGroup]
) -> dict[str, Any]:
    """The parts of the document that are about time, as plain lists, dicts, numbers and words."""
    endpoints = [result.endpoint for result in survivals]
    ways = study.ways
    return {
        "incidence": {result.endpoint.code: _incidence(result) for result in incidences},
        "origins": {
            endpoint.code: {
                each.origin: _origin(each) for each in origins.side_by_side(study, endpoint)
            }
            for endpoint in endpoints
        },
        "matured": [
            {"day": text.day(each.day), **_group(each.survival)} for each in maturity.matured(study)
        ],
        "landmark": {
            endpoint.code: {
                way: _landmark(landmark.at_landmark(study, endpoint, way)) for way in ways
            }
            for endpoint in endpoints
        },
    }


def page(result: IncidenceByGroup) -> tuple[str, Figure, str, str]:
    """The figure of an endpoint with its key, its title and caption."""
    draw = stacked if len(result.causes) > 2 else incidence_curves
    figure = draw(result.drawn, result.causes, result.ticks, survival.axis(0, 1))
    key = exhibit.key("incidence", exhibit.of_endpoint(result.endpoint, result.provenance))
    return key, figure, words.title(result), words.caption(result)


def _incidence(result: IncidenceByGroup) -> dict[str, Any]:
    test = result.test
    return {
        "endpoint": text.label(result.endpoint),
        "by": result.column.name if result.column else None,
        "causes": [cause.code for cause in result.causes],
        "groups": [_of_group(group) for group in (result.everyone, *result.groups)],
        "gray": {
            "cause": result.causes[test.cause - 1].code,
            "statistic": test.statistic,
            "df": test.df,
            "pvalue": test.pvalue,
            "groups": list(test.groups),
            "method": _(test.method),
        }
        if test
        else None,
        "set_aside": [{"reason": _(reason), "patients": n} for reason, n in result.set_aside],
        "endings": results.endings(result.endings),
        "cautions": results.cautions(result.cautions),
    }


def _of_group(group: GroupIncidence) -> dict[str, Any]:
    curve = group.curve
    return {
        "group": group.level.code,
        "label": text.label(group.level),
        "n": group.n,
        "events": list(group.counts),
        "milestones": {
            text.short(at.months): {
                "causes": [results.estimate(each) for each in at.causes],
                "at_risk": at.at_risk,
                "naive": None if isnan(at.naive) else at.naive,
            }
            for at in group.milestones
        },
        "curve": {
            "time": curve.time.tolist(),
            "at_risk": curve.at_risk.tolist(),
            "events": curve.events.tolist(),
            "censored": curve.censored.tolist(),
            "incidence": curve.incidence.tolist(),
            "low": _lists(curve.low),
            "high": _lists(curve.high),
            "event_free": curve.survival.tolist(),
            "method": _(curve.method),
        }
        if curve
        else None,
    }


def _lists(values: np.ndarray) -> list[list[float | None]]:
    return [[None if isnan(value) else float(value) for value in line] for line in values]


def _origin(found: FromOrigin) -> dict[str, Any]:
    return {
        "groups": [_group(group) for group in found.groups],
        "naive_medians": [results.estimate(each) for each in found.naive],
        "set_aside": [{"reason": _(reason), "patients": n} for reason, n in found.set_aside],
    }


def _group(group: GroupSurvival) -> dict[str, Any]:
    return {
        "group": group.level.code,
        "n": group.n,
        "events": group.events,
        "start": group.curve.start if group.curve else None,
        "median": results.estimate(group.median),
        "follow_up": results.estimate(group.follow_up),
    }


def _landmark(result: Landmark) -> dict[str, Any]:
    return {
        "months": result.months,
        "groups": [
            _group(group)
            | {
                "milestones": {
                    text.short(each.months): results.estimate(each.survival)
                    for each in group.milestones
                }
            }
            for group in result.groups
        ],
        "log_rank": results.log_rank(result.log_rank),
        "permutation": results.permutation(result.permutation),
        "dropped": [{"reason": _(reason), "patients": n} for reason, n in result.dropped],
        "naive": [_group(group) for group in result.naive],
        "cautions": results.cautions(result.cautions),
    }
