"""What the app shows, for a notebook: each shows itself there, and gives its parts in Python."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Generic, TypeVar

import pandas as pd

from lib.exhibits import exhibit
from lib.exhibits.code import code
from lib.export import html
from lib.figures.spec import Checked
from lib.figures.theme import safe

Numbers = TypeVar("Numbers", covariant=True)
_FRAME = (
    '<iframe srcdoc="{page}" style="width: 100%; height: 30rem; border: 0" '
    "onload=\"this.style.height = this.contentDocument.documentElement.scrollHeight + 16 + 'px'\">"
    "</iframe>"
)
"""A page within the page: its style and its script touch nothing of the notebook."""


class Shown(Generic[Numbers]):
    """A finding with all that belongs beside it: figure, tables, caption, cautions and source.

    Attributes
    ----------
    numbers
        The result that it was made of, frozen; None where it is more than one.
    """

    def __init__(self, made: exhibit.Exhibit, numbers: Numbers) -> None:
        self._made = made
        self.numbers = numbers

    @property
    def key(self) -> str:
        """Its name among all exhibits, the same for every cohort."""
        return self._made.key

    @property
    def title(self) -> str:
        """What it is about."""
        return self._made.title

    @property
    def sentences(self) -> tuple[str, ...]:
        """What was found, the answer first."""
        return self._made.sentences

    @property
    def figure(self) -> Checked | None:
        """The figure, of plotly."""
        return None if self._made.figure is None else self._made.figure.checked()

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by their titles, in words."""
        return {table.title: table.frame for table in self._made.tables}

    @property
    def caption(self) -> str:
        """How it was computed."""
        return self._made.caption

    @property
    def cautions(self) -> tuple[str, ...]:
        """What to beware of; they cannot be turned off."""
        return self._made.warnings

    @property
    def source(self) -> tuple[str, ...]:
        """From which file, whose patients, by which criteria."""
        return self._made.origin

    @property
    def code(self) -> str:
        """The Python that makes it again."""
        return code(self._made)

    def page(self) -> bytes:
        """Write it as a page that needs no network."""
        return html.page(self._made)

    def __repr__(self) -> str:
        return "\n".join((self.title, *self.sentences, *self.cautions))

    def _repr_mimebundle_(self, **_asked: Any) -> dict[str, str]:
        page = escape(self.page().decode(), quote=True)
        return {"text/html": _FRAME.format(page=page), "text/plain": repr(self)}


class Exhibits(Mapping[str, Shown[None]]):
    """Exhibits by key, in reading order, each made when it or one after it is asked for."""

    def __init__(self, made: Iterator[exhibit.Exhibit]) -> None:
        self._coming = made
        self._known: dict[str, Shown[None]] = {}

    def __getitem__(self, key: str) -> Shown[None]:
        while key not in self._known:
            if self._next() is None:
                raise KeyError(key)
        return self._known[key]

    def __iter__(self) -> Iterator[str]:
        yield from tuple(self._known)
        while (key := self._next()) is not None:
            yield key

    def __len__(self) -> int:
        return sum(1 for _key in self)

    def _next(self) -> str | None:
        made = next(self._coming, None)
        if made is None:
            return None
        self._known[made.key] = Shown(made, None)
        return made.key

    def __repr__(self) -> str:
        return "\n".join(f"{key}: {shown.title}" for key, shown in self.items())

    def _repr_html_(self) -> str:
        lines = (
            f"<tr><td><code>{key}</code></td><td>{safe(shown.title)}</td></tr>"
            for key, shown in self.items()
        )
        return f"<table>{''.join(lines)}</table>"
