"""Frozen objects of ours as JSON, and back: what a registry says of itself beside its facts."""

from dataclasses import fields, is_dataclass
from datetime import date
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from lib.language import Template
from lib.plan import Plan, dumps, loads

Kind = TypeVar("Kind")


def as_json(value: Any) -> Any:
    """What JSON can hold of a frozen object; a plan is its own text."""
    if isinstance(value, Plan):
        return dumps(value)
    if is_dataclass(value):
        return {each.name: as_json(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, frozenset):
        return sorted(map(as_json, value))
    if isinstance(value, tuple | list):
        return [as_json(each) for each in value]
    if isinstance(value, Template):
        return str(value)
    if isinstance(value, dict):
        return {name: as_json(each) for name, each in value.items()}
    return value.isoformat() if isinstance(value, date) else value


def from_json(kind: type[Kind], value: Any) -> Kind:
    """A frozen object from what JSON holds of it.

    Raises `ValueError`, `TypeError` or `KeyError` if it is none.
    """
    found: Kind = _of(kind, value)
    return found


def _of(kind: Any, value: Any) -> Any:
    origin, inside = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _of(inside[0], value)
    if origin in (Union, UnionType):
        if value is None and type(None) in inside:
            return None
        return _of(next(each for each in inside if each is not type(None)), value)
    if origin is Literal:
        return _checked(value, value in inside)
    if origin in (tuple, frozenset):
        return _several(origin, inside, value)
    if is_dataclass(kind) and kind is not Plan:
        hints = get_type_hints(kind, include_extras=True)
        made: Any = kind
        return made(**{n: _of(hints[n], value[n]) for n in (f.name for f in fields(kind))})
    return _one(kind, value)


def _several(origin: type, inside: tuple[Any, ...], value: Any) -> Any:
    _checked(value, isinstance(value, list))
    if origin is tuple and not (len(inside) == 2 and inside[1] is Ellipsis):
        return tuple(_of(each, one) for each, one in zip(inside, value, strict=True))
    return origin(_of(inside[0], each) for each in value)


def _one(kind: Any, value: Any) -> Any:
    if kind is Plan:
        return loads(value)
    if kind is date:
        return date.fromisoformat(value)
    if kind is Template:
        return Template(_checked(value, isinstance(value, str)))
    if kind is float:
        return float(_checked(value, isinstance(value, int | float)))
    return _checked(value, isinstance(value, kind))


def _checked(value: Any, holds: bool) -> Any:
    if not holds:
        raise ValueError(type(value).__name__)
    return value
