"""Which two groups a comparison compares."""

from dataclasses import dataclass

from lib.analyses.counted import NO_VALUE, Counts, Population
from lib.plan import ComparisonPlan
from lib.schema import Column, Level


@dataclass(frozen=True, slots=True, eq=False)
class Arms:
    """The two groups that are compared, reference first, and those that could be chosen."""

    levels: tuple[Level, Level]
    n: tuple[int, int]
    choices: Counts
    everyone: Counts

    @property
    def column(self) -> Column:
        """Whose levels the arms are."""
        return self.everyone.column

    @property
    def places(self) -> list[int]:
        """The places of the arms among the groups of the column."""
        return [self.everyone.levels.index(level) for level in self.levels]

    @property
    def codes(self) -> tuple[str, str]:
        """The names of the arms in a life table."""
        return self.levels[0].code, self.levels[1].code

    @property
    def left_out(self) -> tuple[tuple[Level, int], ...]:
        """Patients in neither arm, those without a value last."""
        pairs = zip(self.everyone.levels, self.everyone.n, strict=True)
        rest = [(level, n) for level, n in pairs if level not in self.levels]
        return tuple((level, n) for level, n in (*rest, (NO_VALUE, self.everyone.missing)) if n)


def comparable(population: Population, name: str) -> Counts:
    """The groups of a column that two may be chosen of: *both*, as recorded, is not one."""
    counts = population.counts(name)
    if name != "modality" or not population.provenance.both_recorded:
        return counts
    return counts.of([at for at, level in enumerate(counts.levels) if level.code != "BOTH"])


def chosen(counts: Counts, plan: ComparisonPlan) -> tuple[int, int] | None:
    """The reference and the comparison as places of levels; None where there are no two."""
    codes = [level.code for level in counts.levels]
    if len(codes) < 2:
        return None
    by_size = sorted(range(len(codes)), key=lambda at: (codes[at] == "BOTH", -counts.n[at]))
    default = sorted(by_size[:2])
    reference = codes.index(plan.reference) if plan.reference in codes else default[0]
    if plan.comparison in codes and codes.index(plan.comparison) != reference:
        return reference, codes.index(plan.comparison)
    return reference, next(index for index in (*default, *range(len(codes))) if index != reference)


def compared(population: Population) -> Arms | None:
    """The plan's two arms; None where there are no two."""
    plan = population.plan.comparison
    if not population.known(plan.column) or not population.columns[plan.column].baseline:
        return None
    choices = comparable(population, plan.column)
    two = chosen(choices, plan)
    if two is None:
        return None
    first, second = two
    return Arms(
        (choices.levels[first], choices.levels[second]),
        (choices.n[first], choices.n[second]),
        choices,
        population.counts(plan.column),
    )
