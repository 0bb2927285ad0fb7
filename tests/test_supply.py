"""What runs with Hepar: one list for people, one for the machine, and every licence."""

import re
from importlib.metadata import PackageNotFoundError, requires, version

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT
from tools import licences

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
LOCKED = licences.locked()
FREE = re.compile(r"MIT|BSD|Apache|PSF|MPL-2\.0|ISC|HPND|Zlib|CC0")


def pins(name: str) -> dict[str, Requirement]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith(("#", "-"))]
    return {canonicalize_name(each.name): each for each in found}


def needed(package: str, extras: frozenset[str] = frozenset()) -> set[str]:
    """What an installed package needs on this machine, and what that needs."""
    found = set()
    for line in requires(package) or ():
        each = Requirement(line)
        asked = [{"extra": extra} for extra in (extras or {""})]
        if each.marker is None or any(each.marker.evaluate(extra) for extra in asked):
            name = canonicalize_name(each.name)
            found |= {name} | needed(name, frozenset(each.extras))
    return found


def test_the_lock_has_what_is_required_at_the_same_version():
    for name, pin in pins("requirements.txt").items():
        assert str(pin.specifier) == f"=={LOCKED[name]}"


def test_the_lock_and_the_constraints_agree():
    pinned = pins("constraints.txt") | pins("requirements.txt")
    for name, locked in LOCKED.items():
        assert str(pinned[name].specifier) == f"=={locked}"


def test_the_lock_has_everything_that_those_need_and_nothing_else():
    needs = set(pins("requirements.txt"))
    for name, pin in pins("requirements.txt").items():
        needs |= needed(name, frozenset(pin.extras))
    elsewhere = {name for name in LOCKED if not installed(name)}
    assert needs == set(LOCKED) - elsewhere
    assert elsewhere <= {"watchdog", "uvloop", "colorama"}  # one machine lacks one of them


def installed(name: str) -> bool:
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False


def test_every_package_of_the_lock_has_hashes_and_no_address():
    parts = re.split(r"(?m)^(?=[\w.-]+==)", LOCK)[1:]
    assert len(parts) == len(LOCKED) > 30
    for part in parts:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", part), part
    assert not re.search(r"://|index|@", LOCK)


@pytest.mark.parametrize("package", LOCKED)
def test_every_licence_is_listed_as_the_package_says_it(package):
    listed = (ROOT / "LICENCES.md").read_text(encoding="utf-8")
    line = next(line for line in listed.splitlines() if line.startswith(f"| {package} | "))
    _, _, locked, licence, _ = line.split("|")
    assert locked.strip() == LOCKED[package]
    assert FREE.search(licence)
    if installed(package):
        assert licence.strip() == licences.licence(package)
