"""What fails for a reason of ours, told in one line without data; imports nothing of ours."""

import traceback
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_PLACES = 4


class DescribedError(Exception):
    """An error of another process, of which only the line that `described` it is left."""


def described(failure: BaseException) -> str:
    """An exception in one line without data: its kind, and where in Hepar it arose.

    What it says is left out, since pandas and others say the value that they could not take.
    """
    if isinstance(failure, DescribedError):
        return str(failure)
    called = traceback.extract_tb(failure.__traceback__)
    ours = [each for each in called if Path(each.filename).is_relative_to(_ROOT / "lib")]
    places = (
        f"{Path(each.filename).relative_to(_ROOT).as_posix()}:{each.lineno} {each.name}"
        for each in reversed(ours[-_PLACES:])
    )
    return f"{type(failure).__name__} at {', from '.join(places) or 'no line of Hepar'}"
