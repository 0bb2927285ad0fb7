"""The same analyses without a browser: ``python -m lib COHORT [--plan PLAN] --out FOLDER``."""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from lib.faults import interrupted

INTERRUPTED, ENDED = 130, 143


def _interrupt(*_sign: object) -> None:
    """Interrupt, and keep that it was asked for: a library may lose what is raised within it."""
    interrupted.set()
    raise KeyboardInterrupt


def run(
    prog: str = "python -m lib", opened: Callable[[int, bool, Sequence[str]], int] | None = None
) -> int:
    """Run `lib.command`; 130 where that is interrupted, be it while it is being imported.

    Who ends it has it clear up first, and 143. `prog`, `opened`: as of `lib.command.main`.
    """
    signal.signal(signal.SIGTERM, lambda *_sign: sys.exit(ENDED))
    signal.signal(signal.SIGINT, _interrupt)
    try:
        from lib.command import main

        return main(prog=prog, opened=opened)
    except KeyboardInterrupt:
        return INTERRUPTED


def end(code: int) -> NoReturn:
    """End the program."""
    if code == INTERRUPTED:
        os._exit(code)  # else Python may end by the signal, which a package met while imported
    sys.exit(code)


if __name__ == "__main__":
    end(run())
