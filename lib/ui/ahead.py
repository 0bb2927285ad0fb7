"""What the first figures of a page show, told before all else of it: they are drawn the sooner.

All that is computed here is kept, and the page asks for the same.
"""

from collections.abc import Callable
from contextlib import suppress

from lib import exhibits
from lib.analyses import incidence, response, survival
from lib.schema import ENDPOINTS
from lib.ui import choices, parts, session


def tell(page: str) -> None:
    """Tell what the first figures of a page show; `page`: by its name in the address."""
    of_page = _OF.get(page)
    if of_page is None or session.loaded() is None or not session.study().provenance.n:
        return
    with suppress(Exception):  # the page asks for the same, and is where it fails and says so
        of_page()


def _survival() -> None:
    known = (*session.computed(survival.available), *session.computed(incidence.available))
    if known and not (endpoint := choices.shown_endpoint(known)).competing:
        result = session.computed(survival.by_group, endpoint)
        beside = session.computed(survival.by_group, ENDPOINTS["PFS"]) if result.sites else None
        parts.tell(session.once(exhibits.survival.by_group, result, beside))


def _response() -> None:
    result = session.computed(response.by_group)
    if result.times:
        parts.tell(session.once(exhibits.response.by_group, result))


def _overview() -> None:
    if ENDPOINTS["OS"] in session.computed(survival.available):
        lived = session.computed(survival.by_group, ENDPOINTS["OS"])
        parts.tell_small(session.once(exhibits.survival.by_group, lived, None))
    responded = session.computed(response.by_group)
    if responded.times:
        parts.tell_small(session.once(exhibits.response.by_group, responded))


_OF: dict[str, Callable[[], None]] = {
    "overview": _overview,
    "response": _response,
    "survival": _survival,
}
