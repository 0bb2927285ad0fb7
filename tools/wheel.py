"""How the wheel is made: everything in one package, and the one list of what it needs.

In the repository `lib`, `pages`, `app.py` and `serve.py` stand at the top. Installed so, they would
take names that any other project may have; put on the path of imports by `import hepar`, they would
take them in the visitor's own notebook, whose folder may well hold a `lib`. So the wheel has all of
it inside `hepar`, and each import of ours says so there: ``from lib.plan import Plan`` becomes
``from hepar.lib.plan import Plan``, and nothing else in a line is another. Type checkers find every
type, a worker imports what its parent has, and two versions of Hepar never meet.
"""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

PACKAGE = "hepar"
HELD = ("hepar", "lib", "pages", "app.py", "serve.py", ".streamlit/config.toml", "docs/icon.svg")
DATA = "sample_data"  # of which the files that the app opens are held, and not what makes them
_OURS = re.compile(r"^(\s*(?:from|import) )(?=(?:lib|serve)\b)", re.MULTILINE)
_ALONE = re.compile(r"^(\s*)import hepar\.serve$", re.MULTILINE)
_PINNED = re.compile(r"[\w.-]+(?:\[\w+\])?==\S+")


def inside(source: str) -> str:
    """A module of ours as it stands in the wheel."""
    moved = _OURS.sub(rf"\g<1>{PACKAGE}.", source)
    return _ALONE.sub(rf"\g<1>from {PACKAGE} import serve", moved)


def held(root: Path) -> list[Path]:
    """Every file of the wheel, in order."""
    places = [root / name for name in HELD]
    found = [each for place in places for each in ([place] if place.is_file() else _under(place))]
    data = root / DATA
    found += sorted(each for each in data.iterdir() if each.suffix in (".xlsx", ".csv"))
    return [*found, data / "samples.toml"]


def _under(folder: Path) -> list[Path]:
    files = (each for each in folder.rglob("*") if each.is_file())
    return sorted(each for each in files if "__pycache__" not in each.parts)


def needed(root: Path, listed: str = "requirements.txt") -> list[str]:
    """What runs with Hepar, as a list pins it."""
    return _PINNED.findall((root / listed).read_text(encoding="utf-8"))


class Contents(BuildHookInterface):  # type: ignore[type-arg]
    """Puts everything into the package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write what is to be held, as it stands in the wheel; not where the tree itself is."""
        if version == "editable":
            return
        root = Path(self.root)
        self._place = TemporaryDirectory()
        for file in held(root):
            name = file.relative_to(root)
            within = name.relative_to(PACKAGE) if name.parts[0] == PACKAGE else name
            if file.suffix == ".py":
                copy = Path(self._place.name) / within
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_text(inside(file.read_text(encoding="utf-8")), encoding="utf-8")
                file = copy
            build_data["force_include"][str(file)] = f"{PACKAGE}/{within.as_posix()}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Take the copies away."""
        if version != "editable":
            self._place.cleanup()


class Needs(MetadataHookInterface):
    """Says what has to be installed with it."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Take it from the list that the app itself is installed by."""
        root = Path(self.root)
        metadata["dependencies"] = needed(root)
        metadata["optional-dependencies"] = {
            extra: needed(root, f"requirements-{extra}.txt") for extra in ("registry", "spark")
        }
