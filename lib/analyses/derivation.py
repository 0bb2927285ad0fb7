"""What the responses of the patients under study rest on, and where the file says otherwise."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from lib.analyses.courses import BEST, DATES, Disagreement, Measured, assessed_twice, day_of
from lib.analyses.provenance import Provenance
from lib.cohort import Cohort, Finding
from lib.plan import Plan
from lib.recist import Course
from lib.schema import COLUMNS
from lib.statistics.estimate import Bools
from lib.written import INSIDE

BASES = ("lesions", "sums", "recorded", "flags")
"""What an assessment's response can rest on, the best first."""


@dataclass(frozen=True, slots=True, eq=False)
class Derivation:
    """Where the responses under study come from."""

    provenance: Provenance
    # Of the patients under study who were assessed after the first procedure; empty where no row
    # of a patient is held, as are the next two of rows.
    courses: Annotated[Mapping[str, Course], INSIDE]
    # Their assessments by what the response rests on, those of `BASES` that there are.
    visits: tuple[tuple[str, int], ...]
    # By column of response: patients whose letter stands as recorded, because nothing was measured
    # near that time. Only those columns of which there are some.
    standing: Mapping[str, int]
    disagreements: Annotated[tuple[Disagreement, ...], INSIDE]  # of the patients under study
    findings: Annotated[tuple[Finding, ...], INSIDE]  # what a reader of their courses must know
    # Whether somebody in the file was, so that there is a best of several assessments.
    assessed_twice: Annotated[bool, INSIDE]
    measured: int  # patients who were assessed after the first procedure
    differing: Mapping[str, int]  # by column, how many entries differ from what was measured
    told: int  # how many findings a reader of their courses must know
    disagreeing: int  # patients of whom the file and its measurements say different things

    @property
    def derived(self) -> bool:
        """Whether the responses of the measured patients are derived, and not as recorded."""
        return self.provenance.derived

    @property
    def differences(self) -> int:
        """How many entries differ from what was measured."""
        return sum(self.differing.values())


def derived(cohort: Cohort, found: Measured, plan: Plan, provenance: Provenance) -> Derivation:
    """Find what the responses of the patients under study rest on."""
    anything = found.courses or found.findings or found.disagreements
    under = set(cohort.patients["patient_id"].tolist()) if anything else set[str]()
    courses = {name: each for name, each in found.courses.items() if name in under}
    counted: Counter[str] = Counter(
        visit.basis for each in courses.values() for visit in each.visits
    )
    told = ((name, each) for name, several in found.findings.items() for each in several)
    standing = stands(cohort, plan, found) if found.derived else {}
    differs = tuple(each for each in found.disagreements if each.patient_id in under)
    findings = tuple(each for name, each in told if name in under)
    return Derivation(
        provenance,
        courses,
        tuple((basis, counted[basis]) for basis in BASES if counted[basis]),
        {column: int(mask.sum()) for column, mask in standing.items() if mask.any()},
        differs,
        findings,
        twice(cohort, found),
        len(courses),
        in_schema_order(Counter(each.column.name for each in differs)),
        len(findings),
        len({each.patient_id for each in differs}),
    )


def twice(cohort: Cohort, found: Measured) -> bool:
    """Whether somebody was assessed twice, of all that the patients are a part of."""
    return cohort.whole.twice if cohort.whole else assessed_twice(found.courses)


def differing_columns(months: Sequence[int]) -> tuple[str, ...]:
    """The columns whose entries may differ from what was measured, in order; last of a visit."""
    return (*response_columns(months), "progression", *DATES, "response_recorded")


def response_columns(months: Sequence[int]) -> tuple[str, ...]:
    """The columns of response at these times, and of the best."""
    return (*(f"response_{each}m" for each in months), BEST)


def in_schema_order(n: Mapping[str, int]) -> dict[str, int]:
    """Counts by column, in the schema's order."""
    order = [*COLUMNS, *n]
    return {name: n[name] for name in sorted(n, key=order.index)}


def stands(cohort: Cohort, plan: Plan, found: Measured) -> dict[str, Bools]:
    """By column of response, (n,) bool arrays: whose letter stands as recorded."""
    choices, best = plan.response, twice(cohort, found)
    names = cohort.patients["patient_id"].tolist()
    answer = {}
    for column, months in zip(response_columns(choices.months), (*choices.months, 0), strict=True):
        if column in cohort.patients:
            unsaid = [
                not _answers(found.courses.get(name), months, choices.window_days, best)
                for name in names
            ]
            answer[column] = cohort.patients[column].notna().to_numpy(bool) & np.array(unsaid, bool)
    return answer


def _answers(course: Course | None, months: int, window: int, best: bool) -> bool:
    """Whether a course says what the response was at a time, or at best."""
    if course is None:
        return False
    return bool(course.response_at(day_of(months), window)) if months else best
