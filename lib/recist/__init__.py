"""RECIST 1.1 from measurements: visit, status and best response, each with its reason."""

from lib.plan import ResponsePlan
from lib.recist.best import Best, table
from lib.recist.course import Course, Duration, courses
from lib.recist.disease import PROFILES
from lib.recist.judgement import Visit
from lib.recist.rules import NON_CR_NON_PD, OVERALL, TARGET, Reason, Rule, said

__all__ = [
    "NON_CR_NON_PD",
    "PROFILES",
    "Best",
    "Course",
    "Duration",
    "Reason",
    "Rule",
    "Visit",
    "courses",
    "methods",
]


def methods(choices: ResponsePlan) -> tuple[tuple[str, tuple[Rule, ...]], ...]:
    """The tables of rules in the order in which they are used, each with its title.

    Of each table the first rule that applies gives the response.
    """
    tables = {
        "target": TARGET,
        "overall": OVERALL,
        "confirmed": table(choices, confirmed=True),
        "unconfirmed": table(choices, confirmed=False),
    }
    return tuple((said("title", name), rules) for name, rules in tables.items())
