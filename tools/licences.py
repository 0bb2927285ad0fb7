"""Print the licence of everything that runs with Hepar: ``python -m tools.licences``."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements.lock"
HEAD = """# Licences

Hepar's own is in [LICENSE](LICENSE). What a browser is given, plotly.js (MIT) and a subset of
Liberation Sans (SIL OFL 1.1), has its licences beside it in `lib/export/browser/`. What runs with
it, by `requirements.lock` (`make lock` makes both):

| package | version | licence |
|---|---|---|"""


def locked() -> dict[str, str]:
    """Every package of the lock with its version."""
    pinned = re.findall(r"^([\w.-]+)==([\w.]+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(pinned)


def licence(package: str) -> str:
    """What a package that is installed says of its licence, on one line.

    Raises
    ------
    LookupError
        If it is not installed, or says nothing.
    """
    try:
        said = metadata(package)
    except PackageNotFoundError as missing:
        raise LookupError(f"{package} is not installed") from missing
    classes = [each for each in said.get_all("Classifier", []) if each.startswith("License :: ")]
    words = (
        said["License-Expression"],
        said["License"],
        *(each.split(" :: ")[-1] for each in classes),
    )
    found = next((each for each in words if each and "\n" not in each), None)
    if found is None:
        raise LookupError(f"{package} says nothing of its licence")
    return str(found)


def table() -> Iterator[str]:
    """The lines of the list."""
    yield from HEAD.splitlines()
    for package, version in locked().items():
        yield f"| {package} | {version} | {licence(package)} |"


if __name__ == "__main__":
    print("\n".join(table()))
