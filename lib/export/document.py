"""Results as one JSON document, the same in every language, and the schema of it.

Every result is written as it is: fields by their names, numbers as numbers, arrays as lists, and
null for what is undefined or infinite. Whatever has a name of ours stands as its code. A message
is its code with the values it names, and its English words beside them in `words`; what the other
codes mean is told in English in `words` at the end. Times are in months, shares in [0, 1].
"""

import ast
import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from enum import StrEnum
from functools import cache, cached_property
from inspect import getdoc, getsource
from math import isfinite
from types import ModuleType, NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import numpy as np

from lib import text
from lib.analyses.adjustment import Requirement
from lib.analyses.combined import PooledResults
from lib.analyses.everything import Everything
from lib.analyses.masked import MaskedResults
from lib.analyses.provenance import Provenance
from lib.cohort import Finding
from lib.language import Template, speaking
from lib.schema import NO_CALENDAR, Column, Endpoint, Level, is_counted
from lib.written import By, Inside

FORMAT = 2
MASKED = "masked"  # the part in which all stands, where small counts are masked
POOLED = "pooled"  # the part in which all stands, where it is of centres' counts
Schema = dict[str, Any]
_NAMES = (str, Template, Level, Column, Endpoint)
_NUMBERS = re.compile(r"\[\s+(?:(?:-?\d[^\s,]*|null),?\s+)+\]")  # no text of JSON has a line break
_FIELD = re.compile(r"(\w+): ")
_TEXT: Schema = {"type": "string"}
_ARRAY: Schema = {"type": "array", "items": {"type": ["number", "null", "array"]}}
_WORDED: Mapping[type, Callable[[Any], str]] = {
    Finding: text.finding,
    Requirement: text.requirement,
}
"""How messages are worded that are more than a template with its values."""


def document(found: Everything, files: Iterable[str] = ()) -> dict[str, Any]:
    """All results of a study, with the names of the files that are written with them."""
    forms = _Forms()
    return _document(files, forms, _written(forms, found))


def masked(found: MaskedResults, files: Iterable[str] = ()) -> dict[str, Any]:
    """All that a masked study tells, under one name, with the names of the files beside it."""
    forms = _Forms()
    return _document(files, forms, {MASKED: _written(forms, found)})


def pooled(found: PooledResults, files: Iterable[str] = ()) -> dict[str, Any]:
    """All that centres' counts tell, under one name, with the names of the files beside it."""
    forms = _Forms()
    return _document(files, forms, {POOLED: _written(forms, found)})


def _written(forms: "_Forms", found: Everything | MaskedResults) -> dict[str, Any]:
    with speaking("en"):
        return {
            name: forms.of(kind).write(getattr(found, name)) for name, kind in _parts(type(found))
        }


def _document(files: Iterable[str], forms: "_Forms", parts: Schema) -> dict[str, Any]:
    words = {kind: dict(sorted(each.items())) for kind, each in sorted(forms.words.items())}
    return {"hepar": FORMAT, "files": sorted(files), **parts, "words": words}


def dumps(made: Schema) -> str:
    """A document as it stands in its file: a line a field, and numbers that belong together one."""
    lines = json.dumps(made, indent=1, ensure_ascii=False, allow_nan=False)
    return _NUMBERS.sub(lambda found: " ".join(found[0].split()), lines)


def schema() -> Schema:
    """The JSON Schema of the document, made of the types of the results."""
    forms = _Forms()
    around: Schema = {
        "hepar": {"const": FORMAT, "description": "The format of this document."},
        "files": _list(_TEXT) | {"description": "The names of all files of the run."},
        "words": {
            "description": "What codes mean, by what they are codes of.",
            **_map(_map(_TEXT)),
        },
    }
    whole = _described_parts(forms, Everything)
    hidden = {
        "description": "In the place of all results, where small counts are masked.",
        **_object(_described_parts(forms, MaskedResults)),
    }
    summed = {
        "description": "In the place of all results, where they are of centres’ counts.",
        **_object(_described_parts(forms, PooledResults)),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "results.json of Hepar",
        "description": " ".join((__doc__ or "").partition("\n\n")[2].split()),
        **_object({**around, **whole, MASKED: hidden, POOLED: summed}),
        "required": list(around),
        "oneOf": [
            {"required": list(whole)},
            *({"required": [each], "maxProperties": 4} for each in (MASKED, POOLED)),
        ],
        "$defs": dict(sorted(forms.defined.items())),
    }


def _described_parts(forms: "_Forms", kind: type) -> Schema:
    return {
        name: {"description": getdoc(getattr(kind, name).func), **forms.of(each).schema}
        for name, each in _parts(kind)
    }


def _parts(kind: type) -> Iterable[tuple[str, Any]]:
    for base in reversed(kind.__mro__):
        for name, part in vars(base).items():
            if isinstance(part, cached_property):
                yield name, get_type_hints(part.func)["return"]


class _Form(NamedTuple):
    """How a type is written, and what may then stand in its place."""

    schema: Schema
    write: Callable[[Any], Any]


class _Forms:
    """The forms of types, the objects they define, and the words of the codes that were written."""

    def __init__(self) -> None:
        self.words: dict[str, dict[str, str]] = {}
        self.defined: Schema = {}
        self._known: dict[Any, _Form] = {
            bool: _Form({"type": "boolean"}, bool),
            int: _Form({"type": "integer"}, int),
            float: _Form({"type": ["number", "null"]}, _number),
            str: _Form(_TEXT, self._named),
            date: _Form({"type": ["string", "integer"]}, _day),
            NoneType: _Form({"type": "null"}, lambda nothing: None),
            tuple: _Form({"type": "array"}, lambda several: [self._any(each) for each in several]),
            np.ndarray: _Form(_ARRAY, lambda array: _numbers(array.tolist())),
            **dict.fromkeys(_NAMES[1:], _Form(_TEXT, self._named)),
        }

    def of(self, kind: Any) -> _Form:
        """The form of a type."""
        if kind not in self._known:
            self._known[kind] = self._made(kind, get_origin(kind), get_args(kind))
        return self._known[kind]

    def _made(self, kind: Any, origin: Any, inner: tuple[Any, ...]) -> _Form:
        if origin is Annotated:
            by = [each for each in inner if isinstance(each, By)]
            return _by(by[0].axes) if by else self.of(inner[0])
        if origin in (Union, UnionType):
            return self._either(inner)
        if origin is Literal:
            return _Form({"enum": list(inner)}, type(inner[0]))
        if origin is tuple:
            return self._tuple(inner)
        if origin is np.ndarray:
            return self.of(origin)
        return self._mapping(*inner) if origin else self._of_class(kind)

    def _of_class(self, kind: Any) -> _Form:
        if issubclass(kind, StrEnum):
            return _Form({"enum": [str(each) for each in kind]}, str)
        if issubclass(kind, float):
            return self.of(float)
        if not is_dataclass(kind):
            raise TypeError(f"{kind} cannot be written: mark the field as INSIDE")
        return self._result(kind)  # type: ignore[arg-type]

    def _either(self, kinds: Sequence[Any]) -> _Form:
        forms = [self.of(kind) for kind in kinds]
        schemas = [form.schema for form in forms]
        several = [each for at, each in enumerate(schemas) if each not in schemas[:at]]
        both = _Form({"anyOf": several}, self._any)
        if len(forms) == 2 and NoneType in kinds:
            (form,) = (self.of(kind) for kind in kinds if kind is not NoneType)
            return both._replace(write=lambda it: None if it is None else form.write(it))
        return both

    def _any(self, value: Any) -> Any:
        return self.of(type(value)).write(value)

    def _tuple(self, inner: tuple[Any, ...]) -> _Form:
        if inner[-1] is not Ellipsis:
            forms = [self.of(kind) for kind in inner]
            schema = {"prefixItems": [form.schema for form in forms], "items": False}
            return _Form(
                {"type": "array", **schema, "minItems": len(forms)},
                lambda it: [form.write(each) for form, each in zip(forms, it, strict=True)],
            )
        pair = get_args(inner[0])
        if get_origin(inner[0]) is tuple and len(pair) == 2 and pair[0] in _NAMES:
            return self._mapping(*pair)
        form = self.of(inner[0])
        return _Form(_list(form.schema), lambda it: [form.write(each) for each in it])

    def _mapping(self, key: Any, value: Any = None) -> _Form:
        """An object by codes, also of pairs that begin with one; `Each` is always by a text."""
        key, value = (key, value) if value is not None else (str, key)
        name, form = self.of(key), self.of(value)

        def write(given: Any) -> dict[str, Any]:
            pairs = list(given.items() if isinstance(given, Mapping) else given)
            found = {name.write(code): form.write(each) for code, each in pairs}
            if len(found) < len(pairs):
                raise ValueError(f"two of one code among {[code for code, _each in pairs]}")
            return found

        return _Form(_map(form.schema), write)

    def _result(self, kind: type[Any]) -> _Form:
        """A dataclass: its fields but those inside, and the properties that are to be written."""
        parts = {name: self.of(each) for name, each in _fields(kind).items()}
        about = _described(kind)
        schemas = {
            name: {"description": about[name], **form.schema} if name in about else form.schema
            for name, form in parts.items()
        }
        tells = "message" in schemas
        if tells:  # a code of its own goes before that of its template
            schemas = {"code": schemas.pop("message"), **schemas, "words": _TEXT}
        defined = {"description": about.get("", ""), **_object(schemas)}
        if self.defined.setdefault(kind.__name__, defined) != defined:
            raise ValueError(f"two results are called {kind.__name__}")

        def write(result: Any) -> dict[str, Any]:
            found = {name: form.write(getattr(result, name)) for name, form in parts.items()}
            if not tells:
                return found
            return {"code": found.pop("message"), **found, "words": _said(result)}

        return _Form({"$ref": f"#/$defs/{kind.__name__}"}, write)

    def _named(self, thing: str | Level | Column | Endpoint) -> str:
        """The code of what is ours; a text of the file as it is."""
        if isinstance(thing, str):
            kind, code, words = "codes", getattr(thing, "code", ""), str(thing)
            if not code:
                return words
        elif isinstance(thing, Column):
            kind, code, words = "columns", thing.name, thing.label
        elif isinstance(thing, Endpoint):
            kind, code, words = "endpoints", thing.code, thing.label
        else:
            of = f" of {thing.of.name}" if thing.of else ""
            kind, code, words = f"levels{of}", thing.code, thing.label
        self.words.setdefault(kind, {})[code] = str(words)
        return code


def _said(result: Any) -> str:
    if type(result) in _WORDED:
        return _WORDED[type(result)](result)
    return text.said(result.message, getattr(result, "values", ()))


def _fields(kind: type[Any]) -> dict[str, Any]:
    """The fields and properties of a result that are written, with their types."""
    hints = get_type_hints(kind, include_extras=True)
    names = {each.name for each in fields(kind)}
    found = {name: hints[name] for name in hints if name in names and _goes_out(hints[name])}
    for name, part in vars(kind).items():
        if isinstance(part, property) and getattr(part.fget, "written", False):
            found[name] = get_type_hints(part.fget)["return"]
    return found


def _goes_out(kind: Any) -> bool:
    return kind is not Provenance and not any(isinstance(each, Inside) for each in get_args(kind))


@cache
def _classes(module: ModuleType) -> dict[str, list[str]]:
    """The lines of each class of a module, which is parsed once for all of them."""
    source = getsource(module)
    lines, parts = source.splitlines(), ast.parse(source).body
    classes = (each for each in parts if isinstance(each, ast.ClassDef))
    return {each.name: lines[each.lineno : each.end_lineno] for each in classes}


def _described(kind: type[Any]) -> dict[str, str]:
    """What a result says of itself, under '', and of its fields: the comments above and beside."""
    found, above = {"": " ".join((getdoc(kind) or "").split())}, ""
    for name, part in vars(kind).items():
        if isinstance(part, property):
            found[name] = getdoc(part.fget) or ""
    for line in _classes(sys.modules[kind.__module__])[kind.__name__]:
        field, _mark, beside = line.strip().partition("# ")
        name = _FIELD.match(field)
        if name:
            found.setdefault(name[1], above or beside)
        elif not field:
            above = f"{above} {beside}".strip()
            continue
        names, _colon, words = above.partition(": ")
        if name and words and name[1] in names.split(", "):  # of several fields at once
            found |= dict.fromkeys(names.split(", "), words)
        above = ""
    return {name: words[0].upper() + words[1:] for name, words in found.items() if words}


def _by(axes: Sequence[Sequence[str] | None]) -> _Form:
    """An array of counts, as objects along the axes that have codes."""
    if not axes:
        return _Form({"type": "integer"}, int)
    codes, inner = axes[0], _by(axes[1:])
    if codes is None:
        return _Form(_list(inner.schema), lambda it: [inner.write(each) for each in it])
    parts = dict.fromkeys(codes, inner.schema)
    return _Form(
        _object(parts),
        lambda it: {code: inner.write(each) for code, each in zip(codes, it, strict=True)},
    )


def _number(value: float) -> float | None:
    return float(value) if isfinite(value) else None


def _numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [_numbers(each) for each in value]
    return _number(value) if isinstance(value, float) else value


def _day(day: date) -> str | int:
    """A date, or its number where the file only counts its days."""
    return (day - NO_CALENDAR).days if is_counted(day) else day.isoformat()


def _list(inner: Schema) -> Schema:
    return {"type": "array", "items": inner}


def _map(inner: Schema) -> Schema:
    return {"type": "object", "additionalProperties": inner}


def _object(parts: Schema) -> Schema:
    return {
        "type": "object",
        "properties": parts,
        "required": list(parts),
        "additionalProperties": False,
    }
