"""Hepar as a visitor installs it: the wheel, in an environment of its own."""

import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

SECONDS = 300


@dataclass(frozen=True)
class Installed:
    """An environment that has the wheel; what it needs it takes from the one that runs the tests.

    Nothing of the repository is on its path of imports.
    """

    wheel: Path
    place: Path
    elsewhere: Path  # a folder that is none of ours, in which everything is run

    @property
    def hepar(self) -> Path:
        """The command."""
        return self._program("hepar")

    @property
    def python_path(self) -> Path:
        """The interpreter."""
        return self._program("python")

    @property
    def package(self) -> Path:
        """The folder of the package."""
        return Path(sysconfig.get_path("purelib", vars=self._vars)) / "hepar"

    @property
    def _vars(self) -> dict[str, str]:
        return {"base": str(self.place), "platbase": str(self.place)}

    def _program(self, name: str) -> Path:
        ending = ".exe" if sys.platform == "win32" else ""
        return Path(sysconfig.get_path("scripts", vars=self._vars)) / f"{name}{ending}"

    def run(self, *command: object) -> "subprocess.CompletedProcess[str]":
        """Run the command line."""
        return self._run(str(self.hepar), *map(str, command))

    def python(self, code: str) -> "subprocess.CompletedProcess[str]":
        """Run a script."""
        return self._run(str(self.python_path), "-c", code)

    def _run(self, *command: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command,
            cwd=self.elsewhere,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )


def environment() -> dict[str, str]:
    """The environment without what would lead to the repository."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def built(folder: Path) -> Path:
    """The wheel, built without a network."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=SECONDS)
    (wheel,) = folder.glob("hepar-*.whl")
    return wheel


def installed(folder: Path) -> Installed:
    """Build the wheel and install it."""
    made = Installed(built(folder / "wheel"), folder / "venv", folder / "elsewhere")
    made.elsewhere.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(made.place)], check=True)
    pip = ["--python", str(made.place), "install", "--no-index", "--no-deps", str(made.wheel)]
    quiet = ["--quiet", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", *pip, *quiet], check=True, timeout=SECONDS)
    (made.package.parent / "of-the-tests.pth").write_text(sysconfig.get_path("purelib"))
    return made
