"""Incidence, late entry, landmark and milestones of the sample, as R has them (`time.R`)."""

import json
from dataclasses import replace

import numpy as np
import pytest

from lib.analyses import comparison, incidence, landmark, origins, survival
from lib.schema import BY_DATES, ENDPOINTS
from lib.statistics.survival import difference_at
from lib.statistics.two_proportions import two_proportions
from tests.conftest import ROOT, parts, studied

OS = ENDPOINTS["OS"]
GOLDEN = {
    entry["id"]: entry["value"]
    for entry in json.loads((ROOT / "tests" / "golden" / "time.json").read_text(encoding="utf-8"))
}


def values(name):
    return np.array(GOLDEN[name], float)  # null is nan


@pytest.fixture
def study():
    return studied("russian")


def with_origin(study, origin):
    survival_plan = replace(study.plan.survival, origin=origin)
    return replace(study, plan=replace(study.plan, survival=survival_plan))


@pytest.mark.parametrize("name", ["all", "HAI"])
def test_cumulative_incidence_and_its_limits(study, name):
    result = incidence.by_group(study, BY_DATES["TTP"])
    groups = {group.level.code: group for group in (result.everyone, *result.groups)}
    golden = GOLDEN[f"incidence/{name}"]
    for row, at in enumerate(groups[name].milestones):
        for part, estimate in (("incidence", "value"), ("low", "low"), ("high", "high")):
            expected = np.array(golden[part][row], float)
            got = [getattr(cause, estimate) for cause in at.causes]
            np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-15)


def test_grays_test_and_the_naive_risk(study):
    result = incidence.by_group(study, BY_DATES["TTP"])
    got = [result.test.statistic, result.test.pvalue, result.test.df]
    np.testing.assert_allclose(got, values("incidence/gray"), rtol=1e-9)
    naive = [at.naive for at in result.everyone.milestones]
    np.testing.assert_allclose(naive, values("incidence/naive"), rtol=1e-9)


def test_medians_with_late_entry_and_without(study):
    found = {each.origin: each for each in origins.side_by_side(study, OS)}
    from_metastases = found["liver_mets_date"]
    everyone, hai, tace = from_metastases.groups
    for name, group in (("all", everyone), ("HAI", hai), ("TACE", tace)):
        np.testing.assert_allclose(parts(group.median), values(f"origin/{name}"), rtol=1e-9)
    own = values("origin/start")
    starts = [group.curve.start for group in from_metastases.groups]
    np.testing.assert_allclose(starts, [own[0], *[max(own[1:])] * 2], rtol=1e-9)
    np.testing.assert_allclose(parts(from_metastases.naive[0]), values("origin/naive"), rtol=1e-9)


def test_hazard_ratio_and_log_rank_with_late_entry(study):
    late = with_origin(study, "liver_mets_date")
    contrast = comparison.of_arms(late).survivals[0]
    np.testing.assert_allclose(
        parts(contrast.hazard.ratio), values("origin/hazard_ratio"), rtol=1e-8
    )
    assert contrast.log_rank.statistic == pytest.approx(GOLDEN["origin/log_rank"], rel=1e-9)
    assert contrast.rmst is None and contrast.permutation is None
    by_group = survival.by_group(late, OS)
    assert by_group.log_rank.statistic == pytest.approx(GOLDEN["origin/log_rank"], rel=1e-9)


def test_survival_after_the_landmark(study):
    result = landmark.at_landmark(study, OS, "exclusive")
    groups = {group.level.code: group for group in result.groups}
    assert {code: group.n for code, group in groups.items()} == GOLDEN["landmark/n"]
    for code in ("HAI", "TACE"):
        got = parts(groups[code].median)
        np.testing.assert_allclose(got, values(f"landmark/{code}"), rtol=1e-9)
    assert result.log_rank.statistic == pytest.approx(GOLDEN["landmark/log_rank"], rel=1e-9)


def test_difference_of_survival_at_a_year(study):
    contrast = comparison.of_arms(study).survivals[0]
    (year,) = [each for each in contrast.differences if each.months == 12]
    table = study.counted(OS, "modality").table
    np.testing.assert_allclose(
        parts(difference_at(table, "HAI", "TACE", 12)), values("difference/12"), rtol=1e-9
    )
    alive = [round(arm.milestones[1].survival.value * arm.n) for arm in contrast.arms]
    (n0, n1), (k0, k1) = [arm.n for arm in contrast.arms], alive  # nobody was lost before a year
    assert year.difference == two_proportions(k1, n1, k0, n0).estimate
