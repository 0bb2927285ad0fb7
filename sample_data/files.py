"""How the samples are written: the same cells on any machine, and the hash of each file."""

import hashlib
import io
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

Row = dict[str, Any]
Tables = dict[str, list[Row]]


FOLDER = Path(__file__).parent


def design(name: str) -> dict[str, Any]:
    """What a sample is drawn from."""
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Sample:
    """A file, and what is said of it."""

    file: str
    title: str
    note: str
    data: bytes


def workbook(
    tables: Tables,
    source: Mapping[str, Any],
    columns: Mapping[str, Sequence[str]] | None = None,
) -> bytes:
    """Lay tables out as a workbook, what it says of itself first.

    A sheet has the columns named for it, or those of its first row.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties(
        {"title": source["title"], "comments": source["note"], "created": datetime(2022, 1, 1)}
    )
    bold = book.add_format({"bold": True, "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    wrapped = book.add_format({"text_wrap": True, "align": "left", "valign": "top"})

    sheet = book.add_worksheet("source")
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 90)
    for row, (key, value) in enumerate((("key", "value"), *source.items())):
        sheet.write_row(row, 0, (key, value), wrapped if row else bold)

    for name, rows in tables.items():
        headers = (columns or {}).get(name, list(rows[0]))
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 1)
        sheet.write_row(0, 0, headers, bold)
        for column, header in enumerate(headers):
            values = [row[header] for row in rows]
            sheet.set_column(column, column, max(len(str(v)) for v in (header, *values)) + 2)
            for row, value in enumerate(values, start=1):
                sheet.write(row, column, value, day if isinstance(value, date) else None)
    book.close()
    return buffer.getvalue()


def publish(folder: Path, samples: Sequence[Sample]) -> None:
    """Write samples, and list each with its SHA-256 in `samples.toml`."""
    lines = ["# Written by the scripts that make the samples: a file is recognised by its hash.\n"]
    for sample in samples:
        (folder / sample.file).write_bytes(sample.data)
        lines.append(
            f"\n[{Path(sample.file).stem}]\n"
            f'file = "{sample.file}"\n'
            f'title = "{sample.title}"\n'
            f'sha256 = "{hashlib.sha256(sample.data).hexdigest()}"\n'
            f"synthetic = true\n"
            f'note = "{sample.note}"\n'
        )
    (folder / "samples.toml").write_bytes("".join(lines).encode())
