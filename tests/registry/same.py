"""Whether two populations say the same, and a registry of a study in each engine."""

import itertools
import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import partial

import numpy as np
import psycopg
import pyarrow.parquet as pq
import pytest
from psycopg import sql

from lib.analyses.counted import Began, Flag, Followed, NotHeld, Seen, State, Unseen
from lib.analyses.everything import Everything
from lib.analyses.study import Study
from lib.exhibits.study import of_patients, of_study
from lib.export.document import document
from lib.plan import Plan
from lib.registry import facts
from lib.registry.engines import postgresql
from lib.registry.engines.duckdb import DuckDB
from lib.registry.facts import TOLD
from lib.registry.kept import as_json
from lib.registry.population import Registry
from lib.schema import FIRST_YEAR, Column

CLOSE = 1e-12
ON_A_CLUSTER = [
    pytest.mark.full,
    pytest.mark.filterwarnings("ignore:PySpark does not yet fully support:FutureWarning"),
]
"""What marks a test that asks Apache Spark."""
SET_APART = {"memory", "answers", "courses", "disagreements", "findings"}
"""What is kept of questions, and what `Derivation` has of rows."""


def opened(study, first=5):
    """A registry in DuckDB with the facts of a study, under its plan."""
    made = facts.of(study, first)
    return Registry(DuckDB(tables_of(made)), made.held, study.plan)


def tables_of(made):
    """The tables of facts, by what SQL calls them."""
    return {name: getattr(made, table) for table, name in facts.TABLES.items()}


def in_database(server, study):
    """Put the facts of a study into a database, in the place of another's."""
    made = facts.of(study)
    tables = tables_of(made)
    with psycopg.connect(server) as connection:
        for name in (*tables, "held"):
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(name)))
    parts = {name: partial(iter, (table,)) for name, table in tables.items()}
    postgresql.write(server, "", made.held, parts)


def written(folder, study, parts=2):
    """Write the facts of a study as a registry's folder, in so many parts."""
    made = facts.of(study)
    for name in facts.TABLES:
        table = getattr(made, name)
        (folder / name).mkdir()
        for at in range(parts):
            part = table.take(np.arange(at, table.num_rows, parts))
            pq.write_table(part, folder / name / f"{at}.parquet")
    held = {"held": as_json(made.held), "parts": list(map(str, range(parts)))}
    (folder / "manifest.json").write_text(json.dumps(held), encoding="utf-8")


def difference(one, other, where="answer"):
    """Where two answers first differ, '' where they say the same."""
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        return _arrays(np.asarray(one), np.asarray(other), where)
    if isinstance(one, (int, float, np.number)) and isinstance(other, (int, float, np.number)):
        return "" if _close(one, other) else f"{where}: {one!r} is not {other!r}"
    if type(one) is not type(other):
        return f"{where}: {one!r} is not {other!r}"
    if isinstance(one, Column):
        return "" if one.name == other.name else f"{where}: {one.name} is not {other.name}"
    parts = _parts(one, other)
    if parts is None:
        return "" if one == other else f"{where}: {one!r} is not {other!r}"
    found = (difference(a, b, f"{where}.{name}") for name, a, b in parts)
    return next(filter(None, found), "")


def _parts(one, other):
    """What two objects of a kind are made of, by name; None where they are not made of parts."""
    if is_dataclass(one):
        names = [each.name for each in fields(one) if each.name not in SET_APART]
        return [(name, getattr(one, name), getattr(other, name)) for name in names]
    if isinstance(one, Mapping):
        keys = ("keys", "\n".join(map(repr, one)), "\n".join(map(repr, other)))
        return [keys, *((name, one[name], other[name]) for name in one if name in other)]
    if isinstance(one, (tuple, list)):
        size = ("length", len(one), len(other))
        return [size, *zip(range(len(one)), one, other, strict=False)]
    return None


def _close(one, other):
    if isinstance(one, (int, np.integer)) and isinstance(other, (int, np.integer)):
        return one == other
    return (
        one == other
        or (math.isnan(one) and math.isnan(other))
        or math.isclose(one, other, rel_tol=CLOSE, abs_tol=1e-12)
    )


def _arrays(one, other, where):
    if one.shape != other.shape:
        return f"{where}: the shape {one.shape} is not {other.shape}"
    if one.dtype.kind in "fc" or other.dtype.kind in "fc":
        alike = np.allclose(one, other, rtol=CLOSE, atol=1e-12, equal_nan=True)
    else:
        alike = np.array_equal(one, other)
    return "" if alike else f"{where}: {one!r} is not {other!r}"


ORIGINS = ("first_procedure_date", "liver_mets_date", "end_systemic_date", "diagnosis_date")


def columns(study):
    """Columns that group, and nothing."""
    return [
        "",
        *(
            name
            for name, column in study.columns.items()
            if column.baseline and column.kind != "date"
        ),
    ]


def groupings(study):
    """Everything that patients can be grouped by."""
    times = (*study.plan.response.months, 0)
    yield from columns(study)
    yield from (State(months) for months in times)
    if "best_response" in study.columns:
        yield from (State(0, confirm) for confirm in (True, False))
    yield from (Flag(what, months) for what in TOLD for months in times)
    yield from (Seen(way, months) for way in study.ways for months in (0, 3, 6.5, float("inf")))
    yield from (Followed(6), Unseen(6))
    if FIRST_YEAR in study.columns:
        yield Began()


def questions(study):
    """What there is to ask of a study, as the name of a method and what it is given."""
    every = list(groupings(study))
    yield from (("counts", (by,), {}) for by in every)
    yield from (("crosstab", pair, {}) for pair in itertools.product(every[-6:], every[:3]))
    numbers = [name for name, column in study.columns.items() if column.kind == "number"]
    some = every[:3]
    yield from (("moments", (name, by), {}) for name in numbers for by in some)
    yield from (("reach", (name,), {}) for name in numbers)
    yield from (("cut", (name,), {}) for name in numbers)
    yield from (("intervals", (by,), {}) for by in some)
    yield from (("known", (name,), {}) for name in study.columns if name != "patient_id")
    yield from (("dated", (later,), {}) for later in ("second modality", "new therapy"))
    told = [by for by in every if not isinstance(by, (State, Flag))]  # no follow-up by those
    for endpoint in study.endpoints:
        yield from (("counted", (endpoint, by), {}) for by in told)
        yield from (
            (
                "counted",
                (endpoint, "modality" if "modality" in study.columns else ""),
                {"origin": origin},
            )
            for origin in ORIGINS
        )
        yield from (("counted", (endpoint, by), {"landmark": 3.0}) for by in (*some, *told[-9:]))
        yield from (("counted", (endpoint, ""), {"strata": name}) for name in columns(study)[1:4])
        yield from (
            ("counted", (endpoint, some[-1]), {"until": later, **more})
            for later in ("second modality", "new therapy")
            for more in ({}, {"origin": "liver_mets_date"})
        )
        yield from (("bounds", (endpoint, by), {}) for by in some)
        yield ("switched", (endpoint,), {})


def asked(population, question):
    """An answer, or why there is none."""
    name, given_, named = question
    try:
        return getattr(population, name)(*given_, **named)
    except NotHeld as reason:
        return reason


def agree(study, registry, some=None):
    """Ask both everything."""
    for part in ("provenance", "endpoints", "ways", "span", "reading", "graded"):
        found = difference(getattr(registry, part), getattr(study, part), part)
        assert not found, found
    answer, expected = (asked(each, ("complications", (), {})) for each in (registry, study))
    if isinstance(expected, NotHeld):  # there are no arms
        assert answer.code == expected.code
    else:
        found = difference(answer, expected, "complications")
        assert not found, found
    every = list(questions(study))
    for question in every if some is None else some(every):
        answer, expected = asked(registry, question), asked(study, question)
        assert not isinstance(answer, NotHeld), question
        found = difference(answer, expected)
        assert not found, (question, found)


ASKED = (
    *("counts", "crosstab", "moments", "intervals", "counted", "bounds", "dated", "switched"),
    *("known", "cut", "reach", "complications", "derivation"),
)
"""The methods of a population that are asked something."""


def recording(study):
    """All that is asked of populations while every result and every exhibit is made.

    `study`: of a cohort that no other test has asked: what is remembered is not asked again.
    Gives by the digest of the plan, the method and what it was given: the plan, and the answer.
    """
    found = {}

    def noted(name, method):
        def ask(population, *asked, **named):
            answer = method(population, *asked, **named)
            parts = tuple(each.name for each in fields(Plan))
            key = (population.digest(parts), name, asked, tuple(named.items()))
            if population.as_read is study.as_read:
                found[key] = (population.plan, answer)
            return answer

        return ask

    with pytest.MonkeyPatch.context() as patch:
        for name in ASKED:
            patch.setattr(Study, name, noted(name, getattr(Study, name)))
        everything = Everything(study)
        document(everything)
        for exhibit in (*of_study(everything), *of_patients(study)):
            assert all(table.frame is not None for table in exhibit.tables)
    return found
