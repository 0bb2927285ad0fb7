"""Who the patients are at baseline: all of them, and each group, without any comparison."""

from dataclasses import dataclass

from lib.analyses import cautions
from lib.analyses.cautions import Caution
from lib.analyses.counted import ALL, NO_VALUE, Counts, Population
from lib.analyses.memory import SHOWN_BY, reads
from lib.analyses.provenance import Provenance
from lib.schema import Column, Level


@dataclass(frozen=True, slots=True, eq=False)
class LevelCounts:
    """Patients with one level of a feature: all, then those of each group."""

    level: Level
    n: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Feature:
    """One baseline column in all patients and in each group."""

    column: Column
    known: tuple[int, ...]  # patients whose value is known
    missing: tuple[int, ...]  # patients whose value is missing
    # For a number: (lower quartile, median, upper quartile); None where nobody has a value.
    quartiles: tuple[tuple[float, float, float] | None, ...] = ()
    levels: tuple[LevelCounts, ...] = ()  # for a category: its levels


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """The patients under study at baseline, by the levels of a baseline column."""

    provenance: Provenance
    column: Column | None  # the grouping column; None where all patients are one group
    groups: tuple[Level, ...]  # all patients first; those without a value of the column last
    n: tuple[int, ...]  # patients of each
    features: tuple[Feature, ...]  # every other baseline column
    cautions: tuple[Caution, ...]


@reads("small", *SHOWN_BY)
def by_group(population: Population) -> Baseline:
    """Describe every column known at baseline by the plan's grouping.

    `population`: its plan's `study.by` names the column; where nothing of it is known all patients
    are one group.
    """
    by = population.plan.study.by
    by = by if population.known(by) else ""
    ahead(population, by)
    counts = population.counts(by) if by else None
    groups: tuple[Level, ...] = (ALL,)
    n: tuple[int, ...] = (population.provenance.n,)
    found: list[Caution] = []
    if counts is not None:
        many = 1 + _many(counts)
        groups = (ALL, *counts.levels, NO_VALUE)[:many]
        n = (*n, *counts.n, counts.missing)[:many]
        found += cautions.no_modality(counts.missing)
        found += cautions.unsettled(population.reading, counts)
        if by == "modality":
            found += cautions.both_recorded(population.provenance)
    return Baseline(
        population.provenance,
        counts.column if counts else None,
        groups,
        n,
        tuple(
            (_number if column.kind == "number" else _category)(population, column, counts)
            for column in columns(population, by)
        ),
        tuple(found),
    )


def ahead(population: Population, by: str) -> None:
    """Have every column counted by one of them, or by none."""
    population.ahead((column.name, by) for column in columns(population, by))


def columns(population: Population, by: str) -> list[Column]:
    """The columns that describe groups of one of them: what was known before, but dates."""
    return [
        column
        for name, column in population.columns.items()
        if column.baseline and name != by and column.kind != "date" and population.known(name)
    ]


def _number(population: Population, column: Column, counts: Counts | None) -> Feature:
    found = [population.moments(column.name, "")[-1]]
    if counts is not None:
        found += population.moments(column.name, counts.column.name)[: _many(counts)]
    return Feature(
        column,
        tuple(each.moments.n for each in found),
        tuple(each.missing for each in found),
        quartiles=tuple(each.quartiles for each in found),
    )


def _category(population: Population, column: Column, counts: Counts | None) -> Feature:
    crossed = population.crosstab(column.name, counts.column.name if counts else "")
    many = _many(counts) if counts else 0
    *levels, missing = [(sum(row), *row[:many]) for row in crossed.n.tolist()]
    return Feature(
        crossed.columns[0],
        tuple(map(sum, zip(*levels, strict=True))),
        missing,
        levels=tuple(map(LevelCounts, crossed.levels[0], levels)),
    )


def _many(counts: Counts) -> int:
    """How many groups are shown: those without a value too, where there are any."""
    return len(counts.levels) + bool(counts.missing)
