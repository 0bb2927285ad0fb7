"""A plan that notes what is read of it."""

import dataclasses
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from lib.analyses import memory
from lib.plan import Plan

_COPIES = {dataclasses.__file__, memory.__file__}
"""Whoever copies a plan, or knows it by its parts, does not read it."""


def watched(plan: Plan, seen: set[str]) -> Plan:
    """The same plan, whose values are noted in `seen` when they are read: ``survival.landmark``."""
    return _watched(plan, "", seen)


def _watched(part, path, seen):
    def read(self, name):
        value = object.__getattribute__(self, name)
        if name in names and not is_dataclass(value) and _reads():
            seen.add(path + name)
        return value

    names = {each.name for each in fields(part)}
    kind = type(part)
    noting = type(kind.__name__, (kind,), {"__getattribute__": read, "__module__": kind.__module__})
    values = {name: getattr(part, name) for name in names}
    return noting(
        **{
            name: _watched(value, f"{path}{name}.", seen)
            if is_dataclass(value) and not path
            else value
            for name, value in values.items()
        }
    )


def _reads():
    code = sys._getframe(2).f_code
    return code.co_filename not in _COPIES and code.co_name != "__repr__"


def leaves(plan: Plan) -> Iterator[str]:
    """Every value of a plan by its path."""
    for each in fields(plan):
        value = getattr(plan, each.name)
        if is_dataclass(value):
            yield from (f"{each.name}.{leaf.name}" for leaf in fields(value))
        else:
            yield each.name
