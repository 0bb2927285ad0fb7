"""Exact limits whose accepted differences are no interval say so wherever they stand."""

from dataclasses import replace

import pytest

from lib import exhibits, text
from lib.analyses import comparison, robustness, subgroups, toxicity
from lib.statistics.two_proportions import two_proportions
from tests.conftest import study_of

WORDS = "within the limits the same test rejects these differences too, in percentage points: "


@pytest.fixture(scope="module")
def gapped():
    """The first of small arms whose limits have a gap."""
    counts = ((k1, k0) for k1 in range(17) for k0 in range(21))
    found = (two_proportions(k1, 16, k0, 20) for k1, k0 in counts)
    return next(each for each in found if each.gaps)


def test_rates_of_two_arms(small, gapped):
    found = comparison.of_arms(small)
    first, *others = found.responses
    ends = text.gap(gapped.gaps[0])
    without = [replace(each, difference=None) for each in others]
    put = replace(found, responses=(replace(first, difference=gapped), *without))
    said = exhibits.comparison.rates_caption(put)
    assert f"{WORDS}{exhibits.comparison.rate_title(first)}: {ends}" in said
    whole = replace(gapped, gaps=())
    put = replace(found, responses=(replace(first, difference=whole), *without))
    assert WORDS not in exhibits.comparison.rates_caption(put)


def test_subgroups(small):
    every = [
        row
        for rate in subgroups.rates(small)
        for forest in [subgroups.of_rate(small, rate)]
        for block in forest.blocks
        for row in (forest.whole, *block.rows)
    ]
    for row in every:
        counts = (row.events[1], row.n[1], row.events[0], row.n[0])
        expected = two_proportions(*counts).gaps if row.estimate is not None else ()
        assert row.gaps == expected
    assert any(row.gaps for row in every)
    for rate in subgroups.rates(small):
        forest = subgroups.of_rate(small, rate)
        rows = [forest.whole, *(row for block in forest.blocks for row in block.rows)]
        said = exhibits.subgroups.caption(forest)
        assert (WORDS in said) == any(row.gaps for row in rows)
        assert all(text.gap(gap) in said for row in rows for gap in row.gaps)


def test_safety(small, gapped):
    found = toxicity.of_arms(small)
    worst = found.worst[0]
    name = "until" if worst.until else "whole"
    put = replace(worst, **{name: replace(worst.own, difference=gapped)})
    assert text.gap(gapped.gaps[0]) in exhibits.toxicity.difference(found, put)


def test_robustness_of_rates(small):
    seen = 0
    for rate in subgroups.rates(small):
        found = robustness.of_rate(small, rate)
        said = exhibits.robustness.caption(found)
        for each in found.specifications:
            counts = (each.events[1], each.n[1], each.events[0], each.n[0])
            assert each.gaps == (two_proportions(*counts).gaps if each.difference else ())
            assert all(text.gap(gap) in said for gap in each.gaps)
            seen += len(each.gaps)
        assert (WORDS in said) == any(each.gaps for each in found.specifications)
    assert seen


def test_survival_at_a_time_before_which_nobody_was_lost(gapped):
    def arm(k, n):
        return [30] * k + [3] * (n - k)

    months = arm(gapped.k0, gapped.n0) + arm(gapped.k1, gapped.n1)
    columns = {
        "modality": ["HAI"] * gapped.n0 + ["TACE"] * gapped.n1,
        "os_months": months,
        "os_event": ["no" if each == 30 else "yes" for each in months],
    }
    result = comparison.of_arms(study_of(columns))
    (shown,) = result.survivals
    assert [each.gaps for each in shown.differences] == [gapped.gaps] * 3
    behind = robustness.HiddenCause(None, False, None, 0)
    tables = exhibits.comparison.of_endpoint(result, shown, behind).tables
    said = " ".join(table.caption for table in tables)
    assert all(f"at {months} months: {text.gap(gapped.gaps[0])}" in said for months in (6, 12, 24))
