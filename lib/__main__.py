"""The same analyses without a browser: ``python -m lib COHORT [--plan PLAN] --out FOLDER``."""

import os
import sys

INTERRUPTED = 130


def run() -> int:
    """Run `lib.command`; 130 where that is interrupted, be it while it is being imported."""
    try:
        from lib.command import main

        return main()
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    code = run()
    if code == INTERRUPTED:
        os._exit(code)  # else Python may end by the signal, which a package met while imported
    sys.exit(code)
