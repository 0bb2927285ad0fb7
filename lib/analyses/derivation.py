"""What the responses of the patients under study rest on, and where the file says otherwise."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from lib.analyses.courses import BEST, Disagreement, Measured, assessed_twice, day_of
from lib.analyses.provenance import Provenance
from lib.cohort import Cohort, Finding
from lib.plan import Plan
from lib.recist import Course
from lib.written import INSIDE, written

BASES = ("lesions", "sums", "recorded", "flags")
"""What an assessment's response can rest on, the best first."""


@dataclass(frozen=True, slots=True, eq=False)
class Derivation:
    """Where the responses under study come from."""

    provenance: Provenance
    # Of the patients under study who were assessed after the first procedure.
    courses: Annotated[Mapping[str, Course], INSIDE]
    # Their assessments by what the response rests on, those of `BASES` that there are.
    visits: tuple[tuple[str, int], ...]
    # By column of response: patients whose letter stands as recorded, because nothing was measured
    # near that time. Only those columns of which there are some.
    standing: Mapping[str, int]
    disagreements: Annotated[tuple[Disagreement, ...], INSIDE]  # of the patients under study
    findings: Annotated[tuple[Finding, ...], INSIDE]  # what a reader of their courses must know
    # Whether somebody in the file was, so that there is a best of several assessments.
    assessed_twice: Annotated[bool, INSIDE] = False

    @property
    def derived(self) -> bool:
        """Whether the responses of the measured patients are derived, and not as recorded."""
        return self.provenance.derived

    @property
    @written
    def measured(self) -> int:
        """Patients who were assessed after the first procedure."""
        return len(self.courses)

    @property
    @written
    def differing(self) -> dict[str, int]:
        """By column, how many entries differ from what was measured."""
        return dict(Counter(each.column.name for each in self.disagreements))

    @property
    @written
    def told(self) -> int:
        """How many findings a reader of their courses must know."""
        return len(self.findings)

    @property
    @written
    def disagreeing(self) -> int:
        """Patients of whom the file and its measurements say different things."""
        return len({each.patient_id for each in self.disagreements})


def derived(cohort: Cohort, found: Measured, plan: Plan, provenance: Provenance) -> Derivation:
    """Find what the responses of the patients under study rest on."""
    under = set(cohort.patients["patient_id"].tolist())
    courses = {name: each for name, each in found.courses.items() if name in under}
    counted: Counter[str] = Counter(
        visit.basis for each in courses.values() for visit in each.visits
    )
    told = ((name, each) for name, several in found.findings.items() for each in several)
    return Derivation(
        provenance,
        courses,
        tuple((basis, counted[basis]) for basis in BASES if counted[basis]),
        _standing(cohort, plan, found.courses, courses) if found.derived else {},
        tuple(each for each in found.disagreements if each.patient_id in under),
        tuple(each for name, each in told if name in under),
        assessed_twice(found.courses),
    )


def _standing(
    cohort: Cohort, plan: Plan, measured: Mapping[str, Course], courses: Mapping[str, Course]
) -> dict[str, int]:
    choices, best = plan.response, assessed_twice(measured)
    names = cohort.patients["patient_id"].tolist()
    found = {}
    for column, months in (*((f"response_{m}m", m) for m in choices.months), (BEST, 0)):
        if column not in cohort.patients:
            continue
        letters = cohort.patients[column].notna().tolist()
        found[column] = sum(
            recorded and not _answers(courses.get(name), months, choices.window_days, best)
            for name, recorded in zip(names, letters, strict=True)
        )
    return {column: n for column, n in found.items() if n}


def _answers(course: Course | None, months: int, window: int, best: bool) -> bool:
    """Whether a course says what the response was at a time, or at best."""
    if course is None:
        return False
    return bool(course.response_at(day_of(months), window)) if months else best
