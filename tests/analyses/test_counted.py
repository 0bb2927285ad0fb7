"""What analyses know of patients are counts: whatever answers for them alike gives the same."""

from dataclasses import fields, is_dataclass, replace

import numpy as np
import pytest

from lib.analyses import (
    centres,
    comparison,
    incidence,
    landmark,
    maturity,
    origins,
    received,
    response,
    sensitivity,
    subgroups,
    survival,
    toxicity,
    transitions,
)
from lib.analyses.counted import ROWS, Counted, NotHeld, Population, State
from lib.analyses.study import under_study
from lib.followup import NO_EVENT_TIMED
from lib.plan import Condition
from lib.schema import ENDPOINTS
from lib.statistics.life_table import LifeTable
from tests.conftest import ROOT, START, after, sample, studied, study_of

OS = ENDPOINTS["OS"]
TOLD = ("plan", "provenance", "reading", "columns", "endpoints", "ways", "span", "digest")
ASKED = ("known", "counts", "crosstab", "moments", "intervals", "counted", "switched")
ASKED += ("derivation", "complications", "bounds", "dated", "times_known", "ahead")


class Elsewhere:
    """Patients of whom counts alone are held: it has no cohort, and refuses rows."""

    def __init__(self, study):
        self.answers = {}
        for name in (*TOLD, *ASKED):
            setattr(self, name, getattr(study, name))

    def rows(self, columns):
        raise NotHeld(ROWS, columns=columns)


def everything(population: Population):
    """Every analysis that takes counts, by a name of its own."""
    for end in survival.available(population)[:1]:
        yield "survival", end, survival.by_group(population, end)
        yield "origins", end, origins.side_by_side(population, end)
        yield "forest", end, subgroups.of_endpoint(population, end)
        yield "switch", end, received.switching(population, end)
        yield "centres", end, centres.of_endpoint(population, end)
        yield "sensitivity", end, sensitivity.of_endpoint(population, end)
        yield "scans", end, sensitivity.between_scans(population, ENDPOINTS["PFS"])
        for way in population.ways:
            yield "landmark", way, landmark.at_landmark(population, end, way)
    for end in incidence.available(population)[:1]:
        yield "incidence", end, incidence.by_group(population, end)
    for rate in subgroups.rates(population)[:1]:
        yield "forest", rate, subgroups.of_rate(population, rate)
    for rule in received.rules(population):
        yield "later", rule, received.responses(population, rule)
    for analysis in (
        *(incidence.of_arms, comparison.of_arms, received.overlap),
        *(response.by_group, toxicity.of_arms, transitions.between_times, maturity.matured),
    ):
        yield analysis.__module__, "", analysis(population)


def plain(value):
    """A result as values that compare."""
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    return repr(value) if isinstance(value, float) else value


def planned(name, **survival_plan):
    return studied(name, permutations=20, **survival_plan)


LATE = {"origin": "liver_mets_date", "missed_scans": True}


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("workbook", {}),
        pytest.param("workbook", LATE, marks=pytest.mark.full),
        pytest.param("registry", {}, marks=pytest.mark.full),
    ],
)
def test_an_analysis_of_counts_needs_no_row(name, choices):
    study = planned(name, **choices)
    fresh = replace(study, cohort=replace(study.cohort))  # remembers nothing yet
    found = list(everything(Elsewhere(study)))
    assert {name for name, _of, result in found if result is not None} >= {"survival", "forest"}
    for (name, of, mine), (_name, _of, own) in zip(found, everything(fresh), strict=True):
        assert plain(mine) == plain(own), (name, of)


def test_whoever_holds_no_rows_says_so_and_why():
    with pytest.raises(NotHeld) as refused:
        Elsewhere(planned("workbook")).rows(("age",))
    assert refused.value.code == "rows-not-held"
    assert refused.value.values == {"columns": ("age",)}


def test_everybody_is_counted_once_with_a_time_or_with_a_reason():
    for end in (*ENDPOINTS.values(), *planned("workbook").endpoints):
        counted = planned("workbook").counted(end, "modality", strata="centre")
        aside = sum(counted.left_out.values(), np.zeros_like(counted.n))
        assert (counted.table.n + aside == counted.n).all()
        assert (sum(counted.ended.values(), np.zeros_like(counted.n)) == counted.table.n).all()
        strata = sum((table.n for _level, table in counted.strata), np.zeros_like(counted.n))
        assert (strata == counted.table.n).all()


@pytest.mark.parametrize("origin", ["first_procedure_date", "liver_mets_date"])
def test_what_centres_count_adds_up_to_what_all_count_together(origin):
    whole = planned("workbook", origin=origin)
    parts = []
    for centre in whole.counts("centre").levels:
        chosen = replace(whole.plan.study, selection=(Condition("centre", (centre.code,)),))
        part = under_study(sample("workbook"), replace(whole.plan, study=chosen))
        parts.append(part.counted(OS, "modality").table)
    added, counted = sum(parts[1:], parts[0]), whole.counted(OS, "modality").table
    added = added.select(counted.groups)
    for name in ("time", "rows", "entered", "spans"):
        assert plain(getattr(added, name)) == plain(getattr(counted, name)), name


def test_patients_without_a_value_are_a_group_and_stay_in_the_whole():
    columns = {
        "centre": ["A"] * 5 + ["B"] * 5 + [None] * 4,
        "first_procedure_date": [START] * 14,
        "death_date": [after(at) for at in range(1, 15)],
        "best_response": ["PR", "SD"] * 7,
    }
    study = study_of(columns)
    counted = study.counted(OS, "centre")
    assert counted.table.groups == ("A", "B", "")
    assert counted.n.tolist() == [5, 5, 4]
    assert int(counted.everyone.n[0]) == 14
    crossed = study.crosstab("centre", State(0))
    assert crossed.n.sum() == 14
    assert crossed.n[-1].sum() == study.counts("centre").missing == 4


def test_a_comparison_uses_nobody_where_all_deaths_of_its_arms_are_left_out():
    columns = {
        "centre": ["A"] * 6 + ["B"] * 6 + ["C"] * 6,
        "first_procedure_date": [START] * 18,
        "death_date": [None] * 12 + [after(4)] * 6,
        "vital_status": ["dead"] * 2 + ["alive"] * 4 + ["dead"] * 2 + ["alive"] * 4 + ["dead"] * 6,
        "last_contact_date": [after(12)] * 18,
    }
    study = study_of(columns)
    counted: Counted = study.counted(OS, "centre")
    assert counted.any and not counted.among(counted.levels[:2]).any
    assert counted.among(counted.levels[:2]).left_out[NO_EVENT_TIMED].tolist() == [4, 4]
    assert counted.among(counted.levels[1:]).any


def test_a_landmark_restarts_the_clock_of_those_still_at_risk():
    columns = {
        "first_procedure_date": [START] * 6,
        "death_date": [after(2), after(9), None, None, after(6), None],
        "last_contact_date": [None, None, after(4), after(20), None, after(6)],
    }
    study = study_of(columns)
    counted = study.counted(OS, landmark=5.9)
    assert {reason: int(n[0]) for reason, n in counted.left_out.items()} == {
        "event-before-landmark": 1,
        "followed-less-than-landmark": 1,
    }
    table: LifeTable = counted.everyone
    assert int(table.n[0]) == 4 and float(table.time[-1]) == pytest.approx(20 - 5.9, abs=0.1)


WITH_ROWS = {  # what turns rows into counts, and what needs rows by name
    *("study", "counting", "complications", "courses", "cutoff", "derivation", "followed"),
    *("modality", "scans", "seen", "states", "adjustment", "duration"),
    *("robustness", "protocol", "everything", "leaving"),
    *("masked", "one_sided", "overdue", "patients", "reported", "timeline", "told"),
}


def test_no_other_analysis_knows_a_cohort_or_a_study():
    for path in (ROOT / "lib/analyses").glob("*.py"):
        words = path.read_text(encoding="utf-8")
        knows = any(f"from lib.{room} import" in words for room in ("analyses.study", "cohort"))
        source = knows and "from lib.cohort import Source" not in words
        assert not source or path.stem in WITH_ROWS, path.stem
