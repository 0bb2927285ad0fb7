"""What a figure needs to stand on a page of paper, and what is said where it cannot."""

from lib.exhibits.report import Placed
from lib.figures.printed import TALLEST, printed
from lib.language import _

WIDTH = 170
"""Millimetres between the margins of a page, which a figure has."""


def is_too_tall(placed: Placed) -> bool:
    """Whether no page holds a figure with words of the usual height."""
    if placed.figure is None:
        return False
    layout = printed(placed.figure, WIDTH).layout
    return bool(layout.height / layout.width * WIDTH > TALLEST)


def instead(placed: Placed, is_drawn: bool) -> str:
    """What stands in the place of a figure that cannot; '' where it can."""
    if is_too_tall(placed):
        return _(
            "{place} is taller than a page, and stands in the HTML page and among the figures."
        ).format(place=placed.place)
    if not is_drawn:
        return _("{place} is not in this file: nothing could draw it.").format(place=placed.place)
    return ""
