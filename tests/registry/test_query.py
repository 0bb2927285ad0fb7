"""Nothing of a file is ever part of a text of SQL."""

import re
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from lib.analyses.study import opening_plan
from lib.plan import Condition
from lib.registry.facts import Held
from lib.registry.kept import as_json, from_json
from lib.registry.query import Ask, named, yes
from lib.schema import Column
from tests.conftest import ROOT, cohort_of, studied
from tests.registry.same import opened, written

NASTY = """a'b"; DROP TABLE facts; --"""


def held_of(*names):
    """What a registry with further columns of such names holds."""
    extra = tuple(Column(name, name, "category", baseline=True) for name in names)
    cohort = cohort_of({"age": [50, 60], **{name: ["x", "y"] for name in names}}, extra=extra)
    return opened(studied(cohort)).held


@given(st.lists(st.text(min_size=1), unique=True, max_size=3), st.text())
def test_names_and_values_of_a_file_are_no_text_of_a_query(names, value):
    held = held_of(*(name for name in names if name not in ("age", "row", "patient_id")))
    ask = Ask(held)
    text = ask.source([Condition(name, (value,)) for name in held.columns])
    assert re.fullmatch(r"""[\w\s.()<>=,:"]*""", text, re.ASCII), text
    assert set(re.findall(r":(p\d+)", text)) <= set(ask.values)


def test_a_hostile_name_groups_as_any_other():
    cohort = cohort_of(
        {NASTY: ["it's", 'a "b"', None], "age": [1, 2, 3]},
        extra=(Column(NASTY, NASTY, "category", baseline=True),),
    )
    counts = opened(studied(cohort)).counts(NASTY)
    assert [level.code for level in counts.levels] == ['a "b"', "it's"]
    assert (counts.n, counts.missing) == ((1, 1), 1)


def test_what_is_not_known_is_not_counted():
    assert yes(named("x")) == 'CASE WHEN "x" THEN 1 ELSE 0 END'


def test_what_a_registry_says_of_itself_is_read_as_it_was_written():
    held = held_of(NASTY)
    assert from_json(Held, as_json(held)) == held
    assert held.plan == opening_plan_of(held)


def opening_plan_of(held):
    """The plan that a cohort of the same columns opens with."""
    return opening_plan(cohort_of({"age": [50, 60]}), held.plan)


def test_a_registry_is_read_by_a_program_that_has_read_no_file(tmp_path):
    written(tmp_path, studied("workbook"))
    words = "import sys, lib.registry; print(lib.registry.open(sys.argv[1]).provenance.n)"
    run = [sys.executable, "-c", words, str(tmp_path)]
    found = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "36"
