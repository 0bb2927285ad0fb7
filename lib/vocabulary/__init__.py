"""Every word of spreadsheets that the import knows, as data: a file for each language.

`fields` are headers that mean a field and `ask` headers that may; `levels` and `missing` are
cells, `doubtful` cells that may mean more than one level; `months` their names. A new word is an
entry in a TOML file of this folder, and a new language is a file. Beside them stands what headers
are about (`fields`), names of people (`names`) and how people are written (`people`), how other
files begin (`formats`), and lists that the import weighs (`evidence`).
"""

import re
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
        part: Any = table(language)
        for name in path:
            part = part.get(name, {})
        _add(found, part)
    return found


def words(*path: str) -> tuple[str, ...]:
    """The words of one key in every language, such as ``"missing", "words"``."""
    *above, key = path
    return tuple(section(*above).get(key, ()))


@cache
def names() -> dict[str, tuple[str, ...]]:
    """Names of people of any language: `given` names and `surnames`, each as lines of words."""
    return {key: tuple(lines) for key, lines in table("names")["people"].items()}


@cache
def patterns(section: str) -> dict[str, re.Pattern[str]]:
    """How people are written, of one section of `people.toml`: each pattern by its name.

    ``@name@`` in a pattern stands for an earlier one of the section.
    """
    found: dict[str, str] = {}
    for name, said in table("people")[section].items():
        text = said if isinstance(said, str) else "|".join(said)
        found[name] = re.sub(r"@(\w+)@", lambda match: found[match[1]], text)
    return {name: re.compile(text) for name, text in found.items()}


@cache
def table(name: str) -> dict[str, Any]:
    """One of the files of this folder."""
    path = Path(__file__).parent / f"{name}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _add(found: dict[str, Any], part: dict[str, Any]) -> None:
    for key, value in part.items():
        if isinstance(value, dict):
            _add(found.setdefault(key, {}), value)
        elif isinstance(value, list):
            found[key] = [*found.get(key, []), *value]
        else:
            found[key] = value
