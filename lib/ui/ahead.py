"""What the first figures of a page show, told before all else of it: they are drawn the sooner.

And what they are to show once an option of a filter is pressed, told when all else is: a browser
draws that at once, and the server's answer comes after it. All that is computed here is kept, and
the page asks for the same.
"""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from time import monotonic

from lib import exhibits
from lib.analyses import incidence, response, survival
from lib.analyses.counted import NotHeld
from lib.cohort import CohortError
from lib.schema import ENDPOINTS
from lib.ui import charts, choices, filters, parts, selection, session

_PRESSES = 5  # that are told: a cohort keeps as many selections beside the one that is shown
_MOST = 1.0  # seconds that what may come is computed for
_CROWD = 8  # pages of a second, from which on the server has enough to do with what is asked
_running: list[None] = []  # one for each page that is drawn now, for whichever visitor
_drawn: deque[float] = deque(maxlen=_CROWD)  # when the last of them were there


@contextmanager
def drawing() -> Iterator[None]:
    """A page is drawn meanwhile: nothing is told ahead to anybody."""
    _running.append(None)
    try:
        yield
    finally:
        _running.pop()
        _drawn.append(monotonic())


def tell(page: str) -> None:
    """Tell what the first figures of a page show; `page`: by its name in the address."""
    if page in _OF and session.cohort() is not None:  # a registry is counted for seconds
        with suppress(Exception):  # the page asks for the same, and is where it fails and says so
            _tell(page)


def _tell(page: str) -> None:
    """Tell it of the patients under study, if there are any."""
    if session.study().provenance.n:
        _OF[page]()


def tell_of_presses(page: str) -> None:
    """Tell what they are to show once an option is pressed, while nobody else waits for a page."""
    if page not in _OF or session.cohort() is None:
        return
    begun = monotonic()
    if len(_drawn) == _CROWD and begun - _drawn[0] < 1:
        return
    presses = filters.presses(session.of_rows())
    for widget, option, condition in islice(presses, _PRESSES):
        if _running or monotonic() - begun > _MOST:
            return
        supposed, told = selection.supposing(condition), charts.once_pressed(widget, option)
        with suppress(NotHeld, CohortError), supposed, told:
            _tell(page)


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
