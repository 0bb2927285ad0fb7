"""Visitors come and go: what of them is left in the server, and how much memory.

python -m benchmarks.visitors [VISITORS]; it fails where anything of them is alive, or where the
memory is more than a tenth above what it was once the first had gone.
"""

import sys
import tempfile
from pathlib import Path

from tests.browser.conftest import serving
from tests.browser.test_promises import alive, nothing
from tests.browser.visitor import visiting
from tests.conftest import SAMPLES

VISITORS = 30
GONE = 60
"""Seconds within which all of a closed tab must be erased."""


def main(visitors: int) -> int:
    data = SAMPLES["workbook"].read_bytes()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.txt"
        with serving(log) as address:
            before = None
            for number in range(visitors):
                with visiting(address) as visitor:
                    visitor.upload("cohort.xlsx", data)
                if before is None:
                    _, before = alive(log, nothing, GONE)
                print(f"\r{number + 1} visitors", end="", flush=True)
            left, after = alive(log, nothing, GONE)
    print(f"\nmemory {before:.0f} MB before, {after:.0f} MB after; alive: {left or 'nothing'}")
    return int(bool(left) or after > 1.1 * before)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else VISITORS))
