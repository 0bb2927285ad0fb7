"""A masked population: margins are true, and nobody under k can be found by subtraction."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from lib.analyses import masked
from lib.analyses.counted import NotHeld
from lib.analyses.everything import Everything
from lib.analyses.study import opening_plan, under_study
from lib.analyses.survival import SLACK
from lib.cohort import Source
from lib.plan import Comment, Condition, Edited, Plan
from lib.schema import ENDPOINTS
from tests.conftest import cohort_of, sample

MIXED = ("other-levels", "other-or-none", "other-states")  # of other levels in each export
LETTERS = ("CR", "PR", "SD", "PD", None)


def columns(n, seed):
    """Columns of patients who progress before they die, with rare levels and gaps."""
    rng = np.random.default_rng(seed)
    months = np.round(rng.exponential(18, n) + 0.5, 1)
    died = rng.random(n) < rng.choice((0.6, 0.8, 0.9))
    earlier = rng.random(n) < 0.6
    return {
        "modality": rng.choice(["HAI", "TACE", "BOTH"], n, p=(0.5, 0.45, 0.05)).tolist(),
        "sex": rng.choice(["F", "M"], n).tolist(),
        "ecog": rng.choice(["0", "1", "2", "3"], n, p=(0.5, 0.4, 0.07, 0.03)).tolist(),
        "os_months": np.where(rng.random(n) < 0.03, np.nan, months).tolist(),
        "os_event": np.where(died, "yes", "no").tolist(),
        "pfs_months": np.where(earlier, np.round(months * rng.random(n), 1), months).tolist(),
        "pfs_event": np.where(died | earlier, "yes", "no").tolist(),
        "response_6m": [LETTERS[at] for at in rng.integers(0, 5, n)],
        "response_12m": [LETTERS[at] for at in rng.integers(0, 5, n)],
    }


def masking(plan, k):
    return replace(plan, report=replace(plan.report, least_cell=k))


def study(cohort, k, *selection):
    plan = masking(opening_plan(cohort), k)
    return under_study(cohort, replace(plan, study=replace(plan.study, selection=selection)))


cohorts = st.builds(
    lambda n, seed: cohort_of(columns(n, seed)), st.integers(10, 200), st.integers(0, 10**6)
)


def tables(population):
    """Every table that is told, by what it is of, with the names of its groups."""
    groups = tuple(level.code for level in population._groups)
    for name, n in population.tables.n.items():
        yield (
            name,
            groups,
            {level.code: n[:, at] for at, level in enumerate(population.tables.levels[name])},
        )
    for each in population.endpoints:
        table = population.tables.counted[each.code].table
        for kind, rows in (("event", table.events), ("censored", table.censored)):
            at = dict(zip(table.time.tolist(), rows.T, strict=True))
            yield f"{each.code} {kind}", groups, at


@given(cohorts, st.integers(3, 10))
def test_every_count_is_none_or_large_and_margins_are_true(cohort, k):
    asked = study(cohort, k)
    found = masked.of_study(asked)
    population = found.population
    n = len(cohort)
    for _name, _groups, cells in tables(population):
        numbers = np.array(list(cells.values()))
        assert not np.isin(numbers, range(1, k)).any()
        assert not np.isin(numbers.sum(axis=1), range(1, k)).any()
    for name, table in population.tables.n.items():
        assert table.sum() == n
        if population.by:
            by = population.tables.n[population.by].sum(axis=1)
            assert table.sum(axis=1).tolist() == by.tolist(), name


@given(cohorts, st.integers(3, 10))
def test_what_happened_by_the_end_of_a_step_is_true(cohort, k):
    asked = study(cohort, k)
    population = masked.of_study(asked).population
    for each in population.endpoints:
        follow = asked.follow(each)
        table = population.counted(each).table
        events = table.events.sum(axis=0)
        for at in np.flatnonzero(events):
            by = table.time[at] + SLACK
            truth = int((follow.event & follow.used & (follow.months <= by)).sum())
            assert events[: at + 1].sum() == truth


def shared(whole, part):
    """Cells of the same patients but for the filter, of two exports: both counts by group."""
    every = {name: (groups, cells) for name, groups, cells in tables(whole)}
    for name, groups, cells in tables(part):
        known, there = every.get(name, ((), {}))
        if known == groups and name in part.tables.n:
            same = [code for code in cells if code in there and code not in MIXED]
            yield from ((name, code, there[code], cells[code]) for code in same)


@given(cohorts, st.integers(3, 10), st.sampled_from(["sex", "modality"]))
def test_nothing_small_is_left_when_a_filtered_export_is_subtracted(cohort, k, column):
    whole = masked.of_study(study(cohort, k)).population
    levels = whole.columns[column].levels if whole.known(column) else ()
    for level in levels:
        part = masked.of_study(study(cohort, k, Condition(column, levels=(level.code,)))).population
        for name, code, one, other in shared(whole, part):
            assert not np.isin(one - other, range(1, k)).any(), (name, code)


@given(cohorts, st.integers(3, 10))
def test_curves_of_two_exports_leave_nothing_small_at_any_common_time(cohort, k):
    whole = masked.of_study(study(cohort, k)).population
    for level in ("F", "M"):
        part = masked.of_study(study(cohort, k, Condition("sex", levels=(level,)))).population
        for each in part.endpoints:
            if each not in whole.endpoints:
                continue
            one, other = (p.counted(each).table for p in (whole, part))
            for time in {*one.time.tolist()} & {*other.time.tolist()}:
                if not (one.events[:, one.time == time].any() and other.events.any()):
                    continue
                gone, less = (t.events[:, t.time <= time].sum() for t in (one, other))
                ends = other.time[other.events.sum(axis=0) > 0]
                if time in ends:
                    assert gone - less not in range(1, k)


@given(cohorts, st.integers(3, 10))
def test_deaths_taken_from_progressions_leave_nothing_small(cohort, k):
    population = masked.of_study(study(cohort, k)).population
    known = {each.code: population.counted(each, population.by) for each in population.endpoints}
    if {"OS", "PFS"} <= {*known}:
        death, gone = known["OS"].table, known["PFS"].table
        ends = {
            float(time)
            for table in (death, gone)
            for time in table.time[table.events.sum(axis=0) > 0]
        }
        for time in ends & {*death.time.tolist()} & {*gone.time.tolist()}:
            if not (death.events[:, death.time == time].any()):
                continue
            if not (gone.events[:, gone.time == time].any()):
                continue
            less, more = (t.events[:, t.time <= time].sum(axis=1) for t in (death, gone))
            assert not np.isin(more - less, range(1, k)).any()


def ways(death, gone, group):
    """What an attacker knows of a group: how many died and progressed in which steps.

    Whoever died has progressed, by then at the latest. Gives a matrix, what its rows come to, and
    by which of all step ends each unknown count progressed and died; never is beyond all of them.
    """
    tables = (gone, death)
    ends = [t.time[t.events.sum(axis=0) > 0] for t in tables]
    steps = [t.events[group, t.events.sum(axis=0) > 0] for t in tables]
    grid = sorted({*ends[0].tolist(), *ends[1].tolist()})
    kinds = [(u, v) for u in (*grid, np.inf) for v in (*grid, np.inf) if u <= v]
    rows, told = [], []
    for which, (limits, n) in enumerate(zip(ends, steps, strict=True)):
        for start, end, count in zip((0, *limits[:-1]), limits, n, strict=True):
            rows.append([start < kind[which] <= end for kind in kinds])
            told.append(count)
    return np.array(rows, float), np.array(told, float), kinds, grid


def solved(rows, told, asked):
    """The least and the most that a count can be, by integer programming."""
    exactly = LinearConstraint(rows, told, told)
    whole = np.ones(len(asked))
    few, many = (
        milp(sign * asked, constraints=exactly, integrality=whole, bounds=Bounds(0, 1000))
        for sign in (1.0, -1.0)
    )
    return (round(few.fun), round(-many.fun)) if few.success and many.success else (0, 1000)


@pytest.mark.parametrize("k", [3, 5, 10])
def test_no_small_count_is_recovered_from_linked_curves_by_integer_programming(k):
    """Who progressed by one time and did not die by another, whatever steps tell together."""
    population = masked.of_study(study(sample("registry"), k)).population
    known = {each.code: population.counted(each, population.by) for each in population.endpoints}
    death, gone = known["OS"].table, known["PFS"].table
    recovered = 0
    for group in range(len(death.events)):
        rows, told, kinds, grid = ways(death, gone, group)
        assert len(rows) >= 4
        for one in grid:
            for other in grid:
                asked = np.array([u <= one and v > other for u, v in kinds], float)
                few, many = solved(rows, told, asked)
                recovered += few == many
                assert not (few == many and 0 < few < k), (one, other, few)
    assert recovered  # the attack finds what can be known


@given(cohorts, st.integers(3, 10))
def test_rates_times_their_number_are_none_or_large(cohort, k):
    found = masked.of_study(study(cohort, k))
    if found.response is None:
        return
    for time in found.response.times:
        for rate in filter(None, time.objective):
            for n in (rate.k, rate.n, rate.n - rate.k):
                assert n == 0 or n >= k


def test_rows_and_other_questions_are_not_held():
    population = masked.of_study(study(sample("registry"), 5)).population
    overall = ENDPOINTS["OS"]
    for ask in (
        lambda: population.rows(["age"]),
        lambda: population.moments("age", ""),
        lambda: population.counts("sex"),
        lambda: population.crosstab("sex", "ecog"),
        lambda: population.counted(overall, "sex"),
        lambda: population.counted(overall, landmark=6.0),
        lambda: population.counted(overall, strata="sex"),
        lambda: population.bounds(overall, ""),
        lambda: population.switched(overall),
        lambda: population.intervals(""),
        population.complications,
        population.derivation,
    ):
        with pytest.raises(NotHeld):
            ask()


def test_filters_that_part_a_merged_cell_leave_nothing():
    cohort = sample("registry")
    ages = Condition("age", low=50.5)
    found = masked.of_study(study(cohort, 5, ages))
    assert found.population.refused
    assert found.baseline is None and not found.survival and not found.comparison
    assert found.provenance.n == found.provenance.whole == len(cohort)
    by_level = masked.of_study(study(cohort, 5, Condition("sex", levels=("F",))))
    assert not by_level.population.refused
    assert by_level.provenance.n == 102


def test_it_keeps_no_row_and_no_word_of_the_visitor():
    cohort = sample("registry")
    plan = masking(opening_plan(cohort), 5)
    own = replace(
        plan.report, comments=(Comment("response", "3 of 4"),), edited=(Edited("results", "2"),)
    )
    kept = masked.of_study(under_study(cohort, replace(plan, report=own))).provenance
    assert kept.plan.reading == Plan().reading
    assert not kept.plan.report.comments and not kept.plan.report.edited
    assert not kept.steps and not kept.stood_in and not kept.source.rows


def test_curves_are_close_to_those_of_all_counts():
    cohort = sample("registry")
    whole, found = Everything(study(cohort, 0)), masked.of_study(study(cohort, 5))
    for code in ("OS", "PFS"):
        for one, other in zip(whole.survival[code].drawn, found.survival[code].drawn, strict=True):
            known = {each.months: each.survival.value for each in one.milestones}
            assert other.milestones
            for each in other.milestones:
                assert abs(each.survival.value - known[each.months]) < 0.1
    ratio = found.comparison["OS"].survival.hazard.ratio.value
    assert abs(ratio - whole.comparison.survivals[0].hazard.ratio.value) < 0.1


def test_few_patients_leave_nearly_nothing():
    found = masked.of_study(study(sample("workbook"), 5))
    assert found.response is None
    assert not found.survival
    assert found.baseline is not None
    assert {each.code for each in found.withheld_endpoints} >= {"OS", "PFS"}


def test_no_mask_where_none_is_chosen():
    assert (
        masked.of_study(study(cohort_of(columns(40, 1), source=Source("a.csv", "0" * 64)), 0))
        is None
    )
