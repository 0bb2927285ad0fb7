"""A folder that one program at a time prepares a registry in."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lib.cohort import CohortError
from lib.language import N_

BUSY = N_(
    "Somebody else is looking into this registry or preparing it; it is free again once they are"
    " done",
    "registry-busy",
)
_LOCK = ".lock"


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Have a folder for oneself: the system lets go of it too where the program ends.

    Raises `CohortError` where somebody else has it, in this program or in another.
    """
    with (folder / _LOCK).open("ab") as file:
        try:
            _lock(file)
        except OSError:
            raise CohortError(BUSY) from None
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
