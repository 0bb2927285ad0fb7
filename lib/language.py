"""The visitor's language. Everything may import this leaf; it imports nothing of ours.

`_` words a string now; `N_` marks a template that is worded later, by `lib.text`, and declares the
code that logic and exports know it by. A translation may ask for a case of what is filled in,
``Медиана {endpoint:р}``: `Cases` finds it in the `forms.toml` of its language.
"""

import gettext
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from numbers import Integral
from pathlib import Path
from string import Formatter
from typing import Any, SupportsFloat

_MANY = 100  # as many as nobody counts
_APART_FROM = 10_000  # numbers whose thousands stand apart
_NAMING = frozenset(("seed", "row", "line", "patient", "number", "year"))
"""What a template calls a number that names something."""
LONGEST = 60  # signs of a cell or a header that a sentence shows
CATALOGUES = Path(__file__).parent / "locale"
language: ContextVar[str] = ContextVar("language", default="en")


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation("hepar", CATALOGUES, [code], fallback=True)


class Template(str):
    """A sentence or a name of ours, in English; text of a file is never one."""

    __slots__ = ()

    @property
    def code(self) -> str:
        """By what logic and exports know it, '' where none was declared."""
        return _CODES.get(self, "")


NOTHING = Template("")


class WordedError(Exception):
    """What cannot be done, worded for the visitor by `lib.text`.

    Attributes
    ----------
    message : Template
        With what it is about, and what would be accepted.
    values : dict
        What the template names.
    """

    def __init__(self, message: Template, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values

    @property
    def code(self) -> str:
        """By what logic and tests know the reason."""
        return code_of(self.message)


class Cases(Formatter):
    """Fills a translation, names in the case that it asks for by a letter: ``{endpoint:р}``.

    `letters`: of the cases that are asked for; `forms`: of each name as it stands alone, its forms
    in their order; `between`: what stands between the names of a list.
    """

    def __init__(
        self,
        letters: str,
        forms: Mapping[str, Sequence[str]],
        between: Sequence[str] = (),
        **_marks: object,
    ) -> None:
        self.letters, self.forms = letters, forms
        self.asked = re.compile(rf"\{{\w+:[{letters}]\}}")
        self.between = re.compile(f"({'|'.join(map(re.escape, between)) or '$^'})")

    def format_field(self, value: object, format_spec: str) -> str:
        """A name in its case, or each of a list; what is not ours stands as it is, in quotes."""
        if len(format_spec) != 1 or format_spec not in self.letters:
            return str(super().format_field(value, format_spec))
        parts = self.between.split(str(value))
        if self._known(str(value)) or not any(map(self._known, parts)):
            parts = [str(value)]
        for at in range(0, len(parts), 2):
            parts[at] = self._form(parts[at], self.letters.index(format_spec))
        return "".join(parts)

    def _known(self, words: str) -> str:
        """A name as it stands inside a sentence; '' for one that is not ours."""
        inside = words[:1].lower() + words[1:]
        return next((name for name in (words, inside) if name in self.forms), "")

    def _form(self, words: str, case: int) -> str:
        if name := self._known(words):
            return (name, *self.forms[name])[case]
        return f"«{words}»" if case else words


class Worded(str):
    """A message in the visitor's language, which writes what it counts as that does."""

    def format(self, *args: object, **values: object) -> str:
        """Fill it in."""
        return super().format(*args, **_written(values))

    def partition(self, sep: str) -> tuple[str, str, str]:
        """Each part is filled in alike."""
        before, found, after = super().partition(sep)
        return type(self)(before), found, type(self)(after)


class Inflected(Worded):
    """A translation that asks for cases of the names that are filled into it."""

    def format(self, *args: object, **values: object) -> str:
        """Fill it in."""
        return _cases(language.get()).vformat(str(self), args, _written(values))


@cache
def _forms(code: str) -> dict[str, Any]:
    path = CATALOGUES / code / "forms.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


@cache
def _cases(code: str) -> Cases:
    return Cases(**_forms(code))


def _filling(words: str) -> str:
    if "{" not in words:
        return words
    code = language.get()
    asks = _forms(code) and _cases(code).asked.search(words)
    return Inflected(words) if asks else Worded(words)


def _written(values: Mapping[str, object]) -> dict[str, object]:
    """What is filled in, whole numbers as `whole` has them but those that name and do not count."""
    return {
        name: each if isinstance(each, str) else _counted(name, each)
        for name, each in values.items()
    }


def _counted(name: str, value: object) -> object:
    return whole(int(value)) if isinstance(value, Integral) and is_count(name) else value


def is_count(name: str) -> bool:
    """Whether a template counts by what it calls so, and does not name something by it."""
    return name not in _NAMING


def whole(number: int) -> str:
    """A count, its thousands apart from five digits on: ``120,000``."""
    return apart(number, f"{number:,}")


def apart(value: float, written: str) -> str:
    """A number that has commas between its thousands, with the marks of the language.

    Below five digits it has none.
    """
    mark = thousands_mark() if abs(value) >= _APART_FROM else ""
    return written.replace(",", mark)


def thousands_mark() -> str:
    """What stands between the thousands of a number."""
    return str(_forms(language.get()).get("thousands_mark", ","))


def decimal_mark() -> str:
    """What stands before the decimals of a number."""
    return str(_forms(language.get()).get("decimal_mark", "."))


def date_format() -> str:
    """How a date is written, as `strftime` has it; '' as ISO has it."""
    return str(_forms(language.get()).get("date_format", ""))


def names() -> tuple[str, ...] | None:
    """The words that keep their capital inside a sentence; None where no list has them."""
    found = _forms(language.get()).get("names")
    return None if found is None else tuple(found)


def abbreviations() -> tuple[str, ...]:
    """Short forms that end with a dot which ends no sentence where a bracket follows."""
    return tuple(_forms(language.get()).get("abbreviations", ()))


def spoken() -> str:
    """The code of the language that is spoken now."""
    return language.get()


def speak(code: str) -> None:
    """Word all that is worded from here on in a language."""
    language.set(code)


def known() -> list[str]:
    """The languages that there is a catalogue of, English first."""
    return ["en", *sorted(each.name for each in CATALOGUES.iterdir() if each.is_dir())]


def _(message: str) -> str:
    """Word a message in the visitor's language; nothing stays nothing."""
    return _filling(str(_catalogue(language.get()).gettext(message))) if message else ""


def worded(words: str) -> str:
    """Words in the visitor's language where they are ours, and as they stand in a file."""
    return _(words) if isinstance(words, Template) else words


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Word all that is worded within in one language, whatever the visitor's is."""
    before = language.set(code)
    try:
        yield
    finally:
        language.reset(before)


@contextmanager
def heard_by_gettext() -> Iterator[None]:
    """Have what asks `gettext` by itself, as `argparse` does, hear the language that is spoken."""
    before, asked = gettext.textdomain(), os.environ.get("LANGUAGE")
    gettext.bindtextdomain("hepar", str(CATALOGUES))
    gettext.textdomain("hepar")
    os.environ["LANGUAGE"] = spoken()
    try:
        yield
    finally:
        gettext.textdomain(before)
        if asked is None:
            del os.environ["LANGUAGE"]
        else:
            os.environ["LANGUAGE"] = asked


def ngettext(one: str, many: str, count: int) -> str:
    """Word a message that counts something, in the visitor's language."""
    return _filling(_catalogue(language.get()).ngettext(one, many, count))


def cut(words: str, longest: int = LONGEST) -> str:
    """A text of a file as long as a sentence can hold."""
    return words if len(words) <= longest else f"{words[: longest - 1].rstrip()}…"


_CODES: dict[str, str] = {}  # the code of each template that has one
_TEMPLATES: dict[str, str] = {}  # the template of each code
_COUNTING: dict[str, tuple[str, str]] = {}  # the plural of each template that counts, and its place


def N_(  # noqa: N802  (gettext's own name)
    message: str, code: str = "", many: str = "", by: str = "count"
) -> Template:
    """Mark a template for translation and leave it as it is.

    `message`: the template, in English. `code`: by what logic, exports and tests know what is said,
    however it is worded. `many`: its plural, where it counts something; `by`: the place of the
    number that it counts by. Raises `ValueError` if another template has this code, or this
    template another code.
    """
    if code and _CODES.setdefault(message, code) != code:
        raise ValueError(f"two codes of one template: {code}, {_CODES[message]}")
    if code and _TEMPLATES.setdefault(code, message) != message:
        raise ValueError(f"two templates of one code: {code}")
    if many:
        _COUNTING[message] = many, by
    return Template(message)


def marked(said: str | Sequence[str], code: str = "") -> Template:
    """Mark a sentence of a table: a text, or its singular, its plural and what it counts by."""
    return N_(said, code) if isinstance(said, str) else N_(said[0], code, *said[1:])


def listed(module: str) -> dict[str, Template]:
    """Mark the sentences of the table beside a module, each by its code."""
    table = tomllib.loads(Path(module).with_suffix(".toml").read_text(encoding="utf-8"))
    return {code: marked(said, code) for each in table.values() for code, said in each.items()}


def counting(message: str, values: Mapping[str, object]) -> str:
    """Word a marked template, one that counts something in the form that its number asks for."""
    many, by = _COUNTING.get(message, ("", ""))
    return ngettext(message, many, form(values[by])) if many else _(message)


def form(number: object) -> int:
    """The whole number whose form another takes: a fraction that of two, what is no number of many.

    Of many patients nobody says how many: ``… patients``.
    """
    if not isinstance(number, SupportsFloat):
        return _MANY
    value = float(number)
    return int(value) if value.is_integer() else 2


def template(code: str) -> Template:
    """The template that a code was declared for."""
    return Template(_TEMPLATES[code])


def code_of(message: str) -> str:
    """The code of a template, '' where none was declared."""
    return _CODES.get(message, "")
