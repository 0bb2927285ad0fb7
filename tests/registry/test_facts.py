"""Facts of the parts of a cohort are those of the whole."""

from dataclasses import replace
from functools import reduce
from operator import or_

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.analyses.study import opening_plan, under_study
from lib.registry import facts
from tests.conftest import FEW, cohort_of, sample, studied
from tests.registry.cohorts import cohorts, parts


def stacked(made):
    """Parts one after the other, patients numbered on."""
    return (
        pa.concat_tables([each.patients for each in made]),
        pa.concat_tables([each.transitions for each in made]),
        pa.concat_tables([each.events for each in made]),
        reduce(or_, [each.held for each in made]),
    )


def reordered(table, order):
    """Rows of patients by another numbering, in its order."""
    frame = table.to_pandas()
    frame[facts.PATIENT] = order[frame[facts.PATIENT].to_numpy()]
    by = [name for name in (facts.PATIENT, "way", "since") if name in frame]
    return frame.sort_values(by, ignore_index=True, kind="stable")


def agree(cohort, plan, number):
    """Make facts of the whole and of its parts, and look that nothing differs."""
    whole = facts.of(under_study(cohort, plan))
    made, first = [], 0
    for part in parts(cohort, number, whole.held.whole):
        made.append(facts.of(under_study(part, plan), first))
        first += len(part)
    *tables, held = stacked(made)
    order = np.argsort(number, kind="stable")
    assert tables[0].schema == whole.patients.schema
    every = np.arange(len(order))
    for one, other in zip(tables, whole[:-1], strict=True):
        found, expected = reordered(one, order), reordered(other, every)
        different = [name for name in expected if not found[name].equals(expected[name])]
        assert not different, found[different].join(expected[different], rsuffix=" of all")
    assert held == whole.held


@pytest.mark.parametrize("name", ["workbook", "russian", "registry"])
def test_batches_of_a_sample_have_the_facts_of_the_whole(name):
    cohort = sample(name)
    number = np.random.default_rng(1).integers(0, 4, len(cohort))
    agree(cohort, opening_plan(cohort), number)


@FEW
@given(cohorts(), st.data())
def test_batches_of_any_cohort_have_the_facts_of_the_whole(cohort, data):
    number = data.draw(st.lists(st.integers(0, 2), min_size=len(cohort), max_size=len(cohort)))
    agree(cohort, opening_plan(cohort), np.array(number))


def test_no_identifier_and_no_free_text_is_kept():
    cohort = cohort_of({"age": [50, 60], "comment": ["Ivanova, ward 3", None]})
    made = facts.of(studied(cohort))
    cells = {str(value) for row in made.patients.to_pylist() for value in row.values()}
    assert not cells & {"P1", "P2", "Ivanova, ward 3"}
    assert made.patients["comment"].to_pylist() == [True, False]


def test_a_selection_of_the_plan_leaves_the_facts_as_they_are():
    cohort = sample("workbook")
    plan = opening_plan(cohort)
    from lib.plan import Condition

    women = replace(plan, study=replace(plan.study, selection=(Condition("sex", ("F",)),)))
    some, every = (facts.of(under_study(cohort, each)) for each in (women, plan))
    assert some.patients.equals(every.patients)
    assert some.held == every.held
