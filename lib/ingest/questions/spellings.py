"""Questions whether values of a category are one, written in several ways."""

from collections.abc import Iterator

from lib.ingest import headers, spellings
from lib.ingest.kinds import carried
from lib.ingest.proposal import Question, valued
from lib.ingest.questions.asking import Asking, Shown, answer, question
from lib.language import cut
from lib.schema import Column


def about_spellings(asking: Asking) -> Iterator[Question]:
    """Ask of what may filter and group, each value by itself."""
    for shown in asking.shown:
        column = _groups(shown, asking)
        if column is None:
            continue
        for found in spellings.of_column(shown.cells, column, asking.chosen):
            first, *others = found
            header = shown.column.header.text
            counts = dict(zip(shown.cells.texts, shown.cells.counts().tolist(), strict=True))
            one = valued(asking.chosen, column.name, dict.fromkeys(others, first))
            apart = asking.chosen.decided(
                spellings.SPELT, spellings.APART, spellings.about(column, found)
            )
            yield question(
                "spellings",
                "ask-one-value",
                (answer("ask-one", one, value=cut(first)), answer("ask-apart", apart)),
                header,
                column=header,
                samples=tuple(f"'{cut(each)}' ({counts[each]})" for each in found),
            )


def _groups(shown: Shown, asking: Asking) -> Column | None:
    """The column that may group patients, of the schema or carried along."""
    header, table = shown.column.header, shown.part.table
    meant = headers.meaning(header, table)
    if meant is not None or not shown.column.known_before or table != "patients":
        return meant if shown.column.kept else None
    return carried(header.text, header.text, shown.cells, None, asking.chosen)
