"""Whether two populations say the same, and a registry of a study in each engine."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass

import numpy as np
import pyarrow.parquet as pq
import pytest

from lib.analyses.everything import Everything
from lib.analyses.study import Study
from lib.exhibits.study import of_patients, of_study
from lib.export.document import document
from lib.plan import Plan
from lib.registry import facts
from lib.registry.engines.duckdb import DuckDB
from lib.registry.kept import as_json
from lib.registry.population import Registry
from lib.schema import Column

CLOSE = 1e-12
SET_APART = {"memory", "answers", "courses", "disagreements", "findings"}
"""What is kept of questions, and what `Derivation` has of rows."""


def opened(study, first=5):
    """A registry in DuckDB with the facts of a study, under its plan."""
    made = facts.of(study, first)
    return Registry(DuckDB(made.patients, made.transitions), made.held, study.plan)


def written(folder, study, parts=2):
    """Write the facts of a study as a registry's folder, in so many parts."""
    made = facts.of(study)
    for name, table in (("patients", made.patients), ("transitions", made.transitions)):
        (folder / name).mkdir()
        for at in range(parts):
            part = table.take(list(range(at, table.num_rows, parts)))
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
