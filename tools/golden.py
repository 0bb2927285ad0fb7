"""Ask R again for the golden values, and say where its answer is not the one that is kept.

Usage: python -m tools.golden [--keep]

Needs R 4.2 or later with survival, cmprsk, mice, metafor and jsonlite. With ``--keep`` the new
answers are kept.
"""

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

GOLDEN = Path(__file__).parents[1] / "tests" / "golden"
NEAR = 1e-9


def differences(kept: object, found: object, where: str = "") -> Iterator[str]:
    """Where two answers differ by more than rounding; versions and expressions aside."""
    if isinstance(kept, dict) and isinstance(found, dict):
        for name in sorted((kept.keys() | found.keys()) - {"meta", "made_by", "r"}):
            yield from differences(kept.get(name), found.get(name), f"{where}.{name}")
    elif isinstance(kept, list) and isinstance(found, list) and len(kept) == len(found):
        for n, (one, other) in enumerate(zip(kept, found, strict=True)):
            yield from differences(one, other, f"{where}[{n}]")
    elif isinstance(kept, int | float) and isinstance(found, int | float):
        if not math.isclose(kept, found, rel_tol=NEAR, abs_tol=1e-12):
            yield f"{where}: {kept} is kept, {found} found"
    elif kept != found:
        yield f"{where}: {kept} is kept, {found} found"


def main() -> int:
    """Run each script, and compare what it gives with the file of its name."""
    told = []
    for script in sorted(GOLDEN.glob("*.R")):
        ran = subprocess.run(
            ["Rscript", script.name], cwd=GOLDEN, capture_output=True, text=True, check=True
        )
        path = script.with_suffix(".json")
        lines = [*differences(json.loads(path.read_text("utf-8")), json.loads(ran.stdout))]
        print(f"{path.name}: {len(lines)} differences")
        told += [f"{path.name} {line}" for line in lines]
        if "--keep" in sys.argv:
            path.write_text(ran.stdout, encoding="utf-8")
    print(*told, sep="\n", end="")
    return bool(told)


if __name__ == "__main__":
    sys.exit(main())
