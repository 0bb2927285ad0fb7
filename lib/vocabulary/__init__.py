"""Every word of spreadsheets that the import knows, as data: a file for each language.

`fields` are headers that mean a field and `ask` headers that may; `levels` and `missing` are
cells, `doubtful` cells that may mean more than one level; `months` their names. A new word is an
entry in a TOML file of this folder, and a new language is a file.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "ru", "neighbours")


@cache
def section(*path: str) -> dict[str, Any]:
    """The words of one section in every language.

    `*path`: the section's name, such as ``"levels", "modality"``. Gives for each key the words of
    all languages, English first; a key whose words are sorted further holds a dict of the same
    kind.
    """
    found: dict[str, Any] = {}
    for language in LANGUAGES:
        table: Any = _file(language)
        for name in path:
            table = table.get(name, {})
        _add(found, table)
    return found


def words(*path: str) -> tuple[str, ...]:
    """The words of one key in every language, such as ``"missing", "words"``."""
    *above, key = path
    return tuple(section(*above).get(key, ()))


@cache
def names() -> dict[str, tuple[str, ...]]:
    """Names of people of any language: `given` names and `surnames`, each as lines of words."""
    return {key: tuple(lines) for key, lines in _file("names")["people"].items()}


@cache
def _file(language: str) -> dict[str, Any]:
    path = Path(__file__).parent / f"{language}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _add(found: dict[str, Any], table: dict[str, Any]) -> None:
    for key, value in table.items():
        if isinstance(value, dict):
            _add(found.setdefault(key, {}), value)
        elif isinstance(value, list):
            found[key] = [*found.get(key, []), *value]
        else:
            found[key] = value
