"""Cumulative incidence on a page: curves, the stacked picture, and both arms of a comparison."""

from lib import exhibits
from lib.analyses import incidence
from lib.language import _
from lib.schema import BY_DATES, COLUMNS, Endpoint
from lib.ui import followed, parts, session


def by_group(endpoint: Endpoint) -> None:
    """The picture of an endpoint with which others compete, its numbers, and what lies behind."""
    result = session.computed(incidence.by_group, endpoint)
    parts.few(result.drawn)
    parts.show(exhibits.incidence.by_group, result)
    if len(result.causes) < 3 and result.drawn:
        title = _("All that may come first, adding up to 1")
        parts.section(title, "stacked", parts.show, exhibits.incidence.all_causes, result)
    followed.ended(result)
    if endpoint.code == "TTP" and BY_DATES["THP"] not in session.computed(incidence.available):
        parts.locked(
            _("Where the disease progressed is not known of any patient."),
            [COLUMNS[name] for name in BY_DATES["FIRST"].ends[:2]],
        )


def of_arms() -> None:
    """What came first in each of the plan's two arms, stacked to 1."""
    result = session.computed(incidence.of_arms)
    if result is None:
        parts.locked(
            _("When a disease progressed is not recorded."),
            [COLUMNS[name] for name in ("first_procedure_date", "progression_date", "death_date")],
        )
        return
    parts.few(result.drawn)
    parts.show(exhibits.incidence.all_causes, result, "incidence.of_arms")
