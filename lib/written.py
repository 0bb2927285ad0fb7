"""What a result says of itself to whatever writes it down. A leaf, like `lib.language`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

Asked = TypeVar("Asked", bound=Callable[..., object])


class Inside:
    """In a field's type: it serves what is computed or drawn, and is not written down."""


INSIDE: Final = Inside()


@dataclass(frozen=True, slots=True)
class By:
    """In the type of an array of counts: the codes along each of its axes, None for a list."""

    axes: tuple[Sequence[str] | None, ...]


def written(answer: Asked) -> Asked:
    """Mark the function of a property that is written down like a field."""
    answer.__dict__["written"] = True
    return answer
