"""What texts of a file were found to say: kept while it is read, and no longer.

A header is looked at by many rules, each of which asks what it says. What is kept is of a visitor's
file, so that nothing of it outlives the work on that file.
"""

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

MOST = 20_000  # answers that are kept of one file
Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
_kept: ContextVar[dict[Any, Any] | None] = ContextVar("texts", default=None)


def remembering_texts(work: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """Remember what texts say until a function ends, whichever rule asks."""

    @wraps(work)
    def begun(*given: Asked.args, **named: Asked.kwargs) -> Answer:
        if _kept.get() is not None:  # a part of such work
            return work(*given, **named)
        token = _kept.set({})
        try:
            return work(*given, **named)
        finally:
            _kept.reset(token)

    return begun


def of_text(tell: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """Ask a function once of the same text while a file is read; nobody writes into an answer."""

    @wraps(tell)
    def answer(*given: Asked.args, **named: Asked.kwargs) -> Answer:
        kept = _kept.get()
        if kept is None:
            return tell(*given, **named)
        key = (tell, given, *named.items())
        if key in kept:
            before: Answer = kept[key]
            return before
        found = tell(*given, **named)
        if len(kept) < MOST:
            kept[key] = found
        return found

    return answer
