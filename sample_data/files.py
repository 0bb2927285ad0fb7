"""How the samples are written: the same cells on any machine, and the hash of each file."""

import hashlib
import io
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

Row = dict[str, Any]
Tables = dict[str, list[Row]]


@dataclass(frozen=True, slots=True)
class Sample:
    """A file to write: how it is made, and what is said of it."""

    file: str
    title: str
    note: str
    make: Callable[[Tables], bytes]


def workbook(
    tables: Tables,
    source: Sequence[tuple[str, Any]],
    patients: Sequence[str] = (),
) -> bytes:
    """Lay tables out as an Excel workbook, the source sheet first.

    Parameters
    ----------
    tables : dict of str to list of dict
        A sheet each, with the columns of its first row.
    source : sequence of (str, value)
        What the file says of itself, its ``title`` and ``note`` among it.
    patients : sequence of str
        Columns of the sheet of patients, where they are not all of them.
    """
    said = dict(source)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    book.set_properties(
        {"title": said["title"], "comments": said["note"], "created": datetime(2022, 1, 1)}
    )
    bold = book.add_format({"bold": True, "bottom": 1})
    day = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
    wrapped = book.add_format({"text_wrap": True, "align": "left", "valign": "top"})

    sheet = book.add_worksheet("source")
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 90)
    for row, (key, value) in enumerate((("key", "value"), *source)):
        sheet.write_row(row, 0, (key, value), wrapped if row else bold)

    for name, rows in tables.items():
        columns = (patients if name == "patients" else ()) or list(rows[0])
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 1)
        sheet.write_row(0, 0, columns, bold)
        for column, header in enumerate(columns):
            values = [row[header] for row in rows]
            sheet.set_column(column, column, max(len(str(v)) for v in (header, *values)) + 2)
            for row, value in enumerate(values, start=1):
                sheet.write(row, column, value, day if isinstance(value, date) else None)
    book.close()
    return buffer.getvalue()


def publish(folder: Path, samples: Sequence[Sample], tables: Tables) -> None:
    """Write samples, and list each with its SHA-256 in `samples.toml` beside those listed."""
    listing = folder / "samples.toml"
    listed: dict[str, Mapping[str, Any]] = {}
    if listing.is_file():
        listed = tomllib.loads(listing.read_text(encoding="utf-8"))
    for sample in samples:
        data = sample.make(tables)
        (folder / sample.file).write_bytes(data)
        listed[Path(sample.file).stem] = {
            "file": sample.file,
            "title": sample.title,
            "sha256": hashlib.sha256(data).hexdigest(),
            "synthetic": True,
            "note": sample.note,
        }
    lines = ["# Written by the scripts that make the samples: a file is recognised by its hash.\n"]
    for name, said in listed.items():
        lines.append(
            f"\n[{name}]\n"
            f'file = "{said["file"]}"\n'
            f'title = "{said["title"]}"\n'
            f'sha256 = "{said["sha256"]}"\n'
            f"synthetic = {str(said['synthetic']).lower()}\n"
            f'note = "{said["note"]}"\n'
        )
    listing.write_bytes("".join(lines).encode())
