"""Bring the catalogue of each language up to date with the messages of the app, and compile it.

Usage: python -m tools.catalogue [--take FILE ...] [--left FILE]

`--take`: a JSON list of translations, `{"id": ..., "text": ...}`, or `"texts"`, one of each plural
form, where the message counts something. `--left`: write what is not translated yet as a list.
A language is a folder of `lib/locale`; its `.po` is made if it has none.
"""

import argparse
import ast
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
LOCALES = ROOT / "lib" / "locale"
CODE = ("pages", "lib")
MARKS = {"_": 1, "N_": 1, "ngettext": 2}  # how many of their arguments are texts
TABLES: dict[str, tuple[str, ...]] = {
    "lib/ingest/sentences.toml": (),
    "lib/recist/sentences.toml": (),
    "lib/pool.toml": (),
    "lib/export/bundle.toml": (),
    "lib/exhibits/short.toml": (),
    "lib/analyses/cautions.toml": (),
    "lib/analyses/guidelines.toml": ("asks",),
    "lib/analyses/reported.toml": ("asks", "domain"),
    "lib/analyses/reasons.toml": (),
    "lib/analyses/published.toml": ("title", "what", "together"),
}
"""Where sentences stand beside the code, and under which names; under all where none is said."""
_PLACES = re.compile(r"\{(\w*)[^{}]*\}")
_HEADERS = ("Content-Type", "Content-Transfer-Encoding", "Language", "Plural-Forms")

Message = tuple[str, ...]
"""The English of a message, with its plural where it counts something."""


class Undated(Catalog):
    """A catalogue that is the same whenever it is written."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """What a reader of the catalogue needs, without days, names and versions."""
        found = Catalog.mime_headers.fget(self)  # type: ignore[attr-defined]
        return [(name, value) for name, value in found if name in _HEADERS]


def messages() -> dict[Message, list[str]]:
    """Every message of the app in reading order, with the files that say it."""
    found: dict[str, tuple[Message, list[str]]] = {}
    for file, message in _said():
        held, files = found.get(message[0], (message, []))
        found[message[0]] = (max(held, message, key=len), files)
        if file not in files:
            files.append(file)
    return dict(found.values())


def _said() -> Iterator[tuple[str, Message]]:
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from ((_named(path), message) for message in _of_code(path))
    for name, asked in TABLES.items():
        found = tomllib.loads((ROOT / name).read_text(encoding="utf-8"))
        yield from ((name, message) for message in _of_table(found, asked))


def _of_code(path: Path) -> list[Message]:
    """The messages of a module in its order; Babel's own reader knows none within an f-string."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKS:
            taken = node.args[: MARKS[node.func.id]]
            taken += [each.value for each in node.keywords if each.arg == "many"]
            words = tuple(getattr(each, "value", None) for each in taken)
            if all(isinstance(each, str) and each for each in words):
                found.append((node.lineno, node.col_offset, words))
    return [words for _line, _column, words in sorted(found)]


def _of_table(found: object, asked: tuple[str, ...]) -> Iterator[Message]:
    """The texts of a table under some names, or all of them; a pair is one of what it counts."""
    if isinstance(found, list):
        for each in found:
            yield from _of_table(each, asked)
    elif isinstance(found, dict):
        for name, each in found.items():
            said = each if isinstance(each, list) else [each]
            if all(isinstance(words, str) for words in said) and (not asked or name in asked):
                yield tuple(said[:2])
            elif isinstance(each, dict | list):
                yield from _of_table(each, asked)


def _named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def place(code: str) -> Path:
    """Where the catalogue of a language stands, as text."""
    return LOCALES / code / "LC_MESSAGES" / "hepar.po"


def read(code: str) -> Undated:
    """The catalogue of a language as it stands."""
    path, found = place(code), Undated(locale=code, fuzzy=False)
    if path.exists():
        with path.open("rb") as file:
            for each in read_po(file, locale=code):
                if each.id:
                    found.add(each.id, each.string, each.locations, each.flags)
    return found


def updated(old: Catalog, taken: Iterable[dict] = ()) -> Undated:
    """The catalogue with every message of the app and no other, and what was translated of each."""
    given = {each["id"]: each.get("texts") or each.get("text") for each in taken}
    new = Undated(locale=old.locale, fuzzy=False)
    for message, files in messages().items():
        words = given.get(message[0]) or _string(old, message)
        if len(message) == 2:
            words = words or ("",) * new.num_plurals
        new.add(
            message if len(message) == 2 else message[0],
            tuple(words) if isinstance(words, list) else words,
            [(file, None) for file in files],
        )
    return new


def _string(old: Catalog, message: Message) -> str | tuple[str, ...]:
    held = old.get(message[0])
    several = held is not None and isinstance(held.string, tuple | list)
    return held.string if held is not None and several == (len(message) == 2) else ""


def translated(message: object) -> bool:
    """Whether a message of a catalogue has words of its language, in each of its forms."""
    words = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(words)


def faults(catalogue: Catalog) -> Iterator[str]:
    """What a translation has lost of its message: a place for a value, a line, an end."""
    for each in catalogue:
        if not each.id or not translated(each):
            continue
        ids = each.id if isinstance(each.id, tuple | list) else (each.id,)
        words = each.string if isinstance(each.string, tuple | list) else (each.string,)
        asked = {place for one in ids for place in _PLACES.findall(one)}
        lacking = set(_PLACES.findall(ids[-1]))
        for said in words:
            held = set(_PLACES.findall(said))
            if held - asked or lacking - held or ("\n" in ids[0]) != ("\n" in said):
                yield f"{ids[0]!r}: {said!r}"


def as_po(catalogue: Catalog) -> bytes:
    """The catalogue as text."""
    file = BytesIO()
    write_po(file, catalogue, width=100, include_lineno=False)
    words = file.getvalue().decode("utf-8")
    return words[words.index("msgid") :].encode("utf-8")


def as_mo(catalogue: Catalog) -> bytes:
    """The catalogue as the app reads it."""
    file = BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def left(catalogue: Catalog) -> list[dict]:
    """What is not translated yet."""
    found = []
    for each in catalogue:
        if each.id and not translated(each):
            one, *many = each.id if isinstance(each.id, tuple | list) else (each.id,)
            where = " ".join(file for file, _line in each.locations)
            found.append({"id": one} | ({"plural": many[0]} if many else {}) | {"where": where})
    return found


def main(arguments: list[str]) -> int:
    """Write the catalogues, and say what is left to do; 1 where a translation is at fault."""
    parser = argparse.ArgumentParser(prog="python -m tools.catalogue")
    parser.add_argument("--language", default="ru", help="whose the lists are")
    parser.add_argument("--take", nargs="*", default=[], type=Path, help="lists of translations")
    parser.add_argument("--left", type=Path, help="where to write what is not translated yet")
    asked = parser.parse_args(arguments)
    taken = [each for path in asked.take for each in json.loads(path.read_text(encoding="utf-8"))]
    wrong = False
    for folder in sorted(each for each in LOCALES.iterdir() if each.is_dir()):
        code = folder.name
        catalogue = updated(read(code), taken if code == asked.language else ())
        path = place(code)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(as_po(catalogue))
        path.with_suffix(".mo").write_bytes(as_mo(catalogue))
        still = left(catalogue)
        print(f"{code}: {len(catalogue)} messages, {len(still)} not translated")
        for fault in faults(catalogue):
            print(f"{code}: {fault}")
            wrong = True
        if asked.left and code == asked.language:
            words = json.dumps(still, ensure_ascii=False, indent=1)
            asked.left.write_text(words + "\n", encoding="utf-8")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
