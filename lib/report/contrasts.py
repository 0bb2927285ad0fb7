"""Further results of two arms as plain lists, dicts, numbers and words, and as pictures."""

from math import isnan
from typing import Any

from lib import text
from lib.analyses.adjustment import Adjusted, Requirement
from lib.analyses.centres import Centres
from lib.analyses.contrasts import Contrasts
from lib.analyses.multiplicity import Test
from lib.analyses.robustness import (
    Robustness,
    Sensitivity,
    Spread,
    contrast_ratio,
    hazard_estimate,
)
from lib.analyses.subgroups import Forest, Rate, Row
from lib.exhibits import adjustment, exhibit, robustness
from lib.exhibits import subgroups as forest
from lib.language import _
from lib.report.results import estimate, standardized
from lib.schema import Endpoint
from lib.statistics.balance import Balance
from lib.statistics.interaction import Interaction


def pictures(found: Contrasts) -> list[exhibit.Picture]:
    """Balance, and of the first endpoint all that is folded on the page."""
    drawn: list[exhibit.Picture | None] = []
    if found.adjusted:
        first = found.adjusted[0]
        drawn += [
            adjustment.love(first.design, found.compared) if first.design.before else None,
            adjustment.curves(first, found.compared),
        ]
    drawn += [forest.picture(each, found.compared) for each in found.forests[:1]]
    drawn += [forest.centre_picture(each, found.compared) for each in found.centres[:1]]
    drawn += [robustness.picture(each) for each in found.robustness[:1]]
    return [picture for picture in drawn if picture is not None]


def parts(found: Contrasts | None) -> dict[str, Any]:
    """The further keys of ``results.json``; null without two arms."""
    if found is None:
        return dict.fromkeys(("adjusted", "subgroups", "centres", "robustness", "tests"))
    behind = dict(found.sensitivities)
    return {
        "adjusted": {
            each.design.endpoint.code: _adjusted(each, behind[each.design.endpoint.code])
            for each in found.adjusted
        },
        "subgroups": {_code(each.outcome): _forest(each) for each in found.forests},
        "centres": {each.endpoint.code: _centres(each) for each in found.centres},
        "robustness": {_code(each.outcome): _robustness(each) for each in found.robustness},
        "tests": {
            "words": forest.count(found.tests),
            "arms": [_test(each) for each in found.tests.main],
            "interactions": [_test(each) for each in found.tests.interactions],
        },
    }


def _code(outcome: Endpoint | Rate) -> str:
    if isinstance(outcome, Endpoint):
        return outcome.code
    return f"{outcome.measure} {outcome.months or 'best'}"


def _number(value: float) -> float | None:
    return None if isnan(value) else float(value)


def _adjusted(found: Adjusted, behind: Sensitivity) -> dict[str, Any]:
    made, plan = found.design, found.design.provenance.plan.comparison
    crude, weighted, small = found.crude, found.weighted, made.provenance.plan.small
    return {
        "covariates": [column.name for column in made.covariates],
        "chosen_in_plan": made.chosen,
        "terms": made.terms,
        "n": list(made.n),
        "events": made.events,
        "left_out_for_a_missing_covariate": list(made.incomplete),
        "conditions": {
            "model": [_requirement(each) for each in found.requirements],
            "weights": [_requirement(each) for each in made.requirements],
        },
        "unadjusted": {
            "hazard_ratio": estimate(contrast_ratio(crude, small)),
            "rmst_difference": estimate(crude.rmst.difference if crude.rmst else None),
            "tau": crude.rmst.tau if crude.rmst else None,
        },
        "unadjusted_of_the_same_patients": {
            "hazard_ratio": estimate(hazard_estimate(found.same_hazard, small)),
            "rmst_difference": estimate(found.same_mean.difference if found.same_mean else None),
        }
        if sum(made.incomplete)
        else None,
        "model": {
            "hazard_ratio": estimate(found.model.terms[0].ratio),
            "proportional_hazards": _number(found.model.terms[0].proportional_hazards.pvalue),
            "method": _(found.model.method),
        }
        if found.model
        else None,
        "overlap_weights": {
            "hazard_ratio": estimate(weighted.ratio),
            "rmst_difference": estimate(weighted.difference),
            "tau": found.tau,
            "effective": list(weighted.weights.effective),
            "draws": plan.resamples,
            "draws_without_ratio": weighted.lost,
            "seed": plan.seed,
            "propensity": _(weighted.propensity.method),
        }
        if weighted
        else None,
        "balance": {
            "before": {column.name: _balance(each) for column, each in made.before},
            "after": {column.name: _balance(each) for column, each in made.after}
            if made.weighed
            else None,
        },
        "sensitivity": _sensitivity(behind),
        "cautions": [{"rule": c.code, "words": text.caution(c)} for c in found.cautions],
    }


def _requirement(asked: Requirement) -> dict[str, Any]:
    words = adjustment.requirement(asked)
    return {"code": asked.code, "found": asked.found, "needed": asked.needed, "words": words}


def _balance(found: Balance) -> dict[str, Any]:
    return {**standardized(found), "n": [found.n0, found.n1]}


def _sensitivity(found: Sensitivity) -> dict[str, Any]:
    value = found.e_value
    return {
        "e_value": _number(value.value) if value else None,
        "e_value_of_limit": _number(value.limit) if value else None,
        "rare_event": found.rare,
        "detectable_hazard_ratio": found.detectable,
        "events": found.events,
        "nothing_in_common": [column.name for column in found.apart],
    }


def _row(found: Row) -> dict[str, Any]:
    return {
        "group": found.level.code,
        "label": text.label(found.level),
        "n": list(found.n),
        "events": list(found.events),
        "estimate": estimate(found.estimate),
        "withheld": text.said(found.why, found.values) if found.why else "",
        "test_disagrees": found.doubtful,
    }


def _interaction(found: Interaction | None, adjusted: float) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "statistic": _number(found.statistic),
        "df": found.df,
        "pvalue": _number(found.pvalue),
        "holm": _number(adjusted),
        "method": _(found.method),
    }


def _forest(found: Forest) -> dict[str, Any]:
    return {
        "all": _row(found.whole),
        "columns": [
            {
                "column": block.column.name,
                "groups": [_row(row) for row in block.rows],
                "missing": block.missing,
                "interaction": _interaction(block.test, block.adjusted),
            }
            for block in found.blocks
        ],
        "tests": found.tests,
        "cautions": [{"rule": c.code, "words": text.caution(c)} for c in found.cautions],
    }


def _centres(found: Centres) -> dict[str, Any]:
    (block,) = found.forest.blocks
    test = found.log_rank
    return {
        "stratified": _row(found.forest.whole),
        "log_rank": {"statistic": test.statistic, "pvalue": test.pvalue, "method": _(test.method)}
        if test
        else None,
        "centres": [_row(row) for row in block.rows],
        "interaction": _interaction(block.test, block.adjusted),
        "without": [_row(row) for _level, row in found.without],
        "one_arm_only": [level.code for level in found.one_arm],
        "missing": found.missing,
    }


def _robustness(found: Robustness) -> dict[str, Any]:
    return {
        "dimensions": {_(each.name): list(each.options) for each in found.dimensions},
        "not_varied": [_(each.name) for each in found.kept],
        "specifications": [
            {
                "options": list(each.options),
                "own": each.own,
                "n": list(each.n),
                "events": list(each.events),
                "hazard_ratio": estimate(each.ratio),
                "difference": estimate(each.difference),
            }
            for each in found.specifications
        ],
        "spread": {
            "hazard_ratio": _spread(found.by_ratio),
            "difference": _spread(found.by_difference),
        },
    }


def _spread(found: Spread | None) -> dict[str, float] | None:
    if found is None:
        return None
    return {
        "low": found.low,
        "high": found.high,
        "specifications": found.counted,
        "with_limits": found.limited,
        "leaving_out_no_difference": found.excluding,
    }


def _test(found: Test) -> dict[str, Any]:
    return {
        "test": text.said(found.message, found.values),
        "pvalue": found.pvalue,
        "holm": found.adjusted,
    }
