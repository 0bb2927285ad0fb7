"""An empty workbook to fill in, in English or Russian, generated from the schema.

A filled copy is read back without a question: every header and level is a word that the import
knows.
"""

import io
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Literal

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from lib import text, vocabulary
from lib.schema import ASK_HEADERS, TABLES, Column, Level, ask_words, level_words

Tongue = Literal["en", "ru"]

SHEETS: Mapping[Tongue, Mapping[str, str]] = {
    "en": {name: name for name in TABLES},
    "ru": {
        "patients": "Пациенты",
        "procedures": "Процедуры",
        "assessments": "Обследования",
        "lesions": "Очаги",
        "adverse_events": "Осложнения",
    },
}
DICTIONARY: Mapping[Tongue, str] = {"en": "dictionary", "ru": "Словарь"}
_TITLES: Mapping[Tongue, tuple[str, str, str, str, str]] = {
    "en": ("Sheet", "Column", "Means", "Unit", "Values"),
    "ru": ("Лист", "Столбец", "Читается и как", "Единица", "Значения"),
}
_KINDS = {
    "id": "код",
    "category": "одно из нескольких слов",
    "flag": "да или нет",
    "number": "число",
    "date": "дата",
    "text": "текст",
}
"""In Russian, what a column without levels holds."""
_ROWS = 2000
_OTHERS = 3  # further headers that the dictionary names
_CYRILLIC = re.compile(r"[а-яё]")
_IN_FULL = ("modality", "response", "sex")
"""Vocabularies whose first word is an abbreviation, so that the first longer one is taken."""


def template(tongue: Tongue) -> bytes:
    """Write the workbook: a sheet a table, with drop-downs and checks, and a dictionary.

    `tongue`: ``en`` or ``ru``: the language of headers and levels. Gives XLSX.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        day = book.add_format({"num_format": "yyyy-mm-dd" if tongue == "en" else "dd.mm.yyyy"})
        names = {table: headers(columns.values(), tongue) for table, columns in TABLES.items()}
        for table, columns in TABLES.items():
            sheet = book.add_worksheet(SHEETS[tongue][table])
            sheet.freeze_panes(1, 1)
            for at, column in enumerate(columns.values()):
                header = names[table][column.name]
                sheet.write_string(0, at, header, bold)
                sheet.set_column(
                    at, at, max(12, len(header) + 2), day if column.kind == "date" else None
                )
                _check(sheet, at, column, tongue)
        sheet = book.add_worksheet(DICTIONARY[tongue])
        sheet.set_column(0, 4, 28)
        for at, row in enumerate(_dictionary(names, tongue)):
            for place, cell in enumerate(row):
                sheet.write_string(at, place, cell, bold if at == 0 else None)
    return buffer.getvalue()


def headers(columns: Iterable[Column], tongue: Tongue) -> dict[str, str]:
    """A header for each column that means it and nothing else."""
    taken: set[str] = set()
    chosen = {}
    for column in columns:
        header = next(
            (
                word
                for word in _words(column, tongue)
                if word not in taken and word not in ASK_HEADERS
            ),
            column.name,
        )
        taken.add(header)
        unit = _unit(column.unit) if tongue == "ru" and header != column.name else ""
        chosen[column.name] = f"{header}, {unit}" if unit and unit not in header.split() else header
    return chosen


def level_word(column: Column, level: Level, tongue: Tongue) -> str:
    """A word for a level that the import reads as that level."""
    if tongue == "en":
        return level.code
    least = 5 if column.words in _IN_FULL else 1
    asked = set(ask_words(column))
    words = [
        word
        for word, code in level_words(column).items()
        if code == level.code and word not in asked
    ]
    russian = [word for word in words if _CYRILLIC.search(word)]
    return next((word for word in russian if len(word) >= least), level.code)


def _unit(unit: str) -> str:
    """A unit in Russian; a sign as it is."""
    known = () if unit == "%" else vocabulary.words("units", unit, unit)
    return next(filter(_CYRILLIC.search, known), unit)


def _words(column: Column, tongue: Tongue) -> list[str]:
    if tongue == "en":
        return [column.name]
    return [word for word in column.headers() if _CYRILLIC.search(word)]


def _check(sheet: Worksheet, at: int, column: Column, tongue: Tongue) -> None:
    """Let Excel offer the levels, and refuse what the import would set aside."""
    if column.levels:
        words = [level_word(column, level, tongue) for level in column.levels]
        rule: dict[str, object] = {"validate": "list", "source": words}
    elif column.kind == "date":
        rule = {"validate": "date", "criteria": ">", "value": date(1900, 1, 1)}
    elif column.kind == "number":
        rule = {
            "validate": "decimal",
            "criteria": "between",
            "minimum": column.low,
            "maximum": column.high,
        }
    else:
        return
    sheet.data_validation(1, at, _ROWS, at, {**rule, "ignore_blank": True})


def _dictionary(
    names: Mapping[str, Mapping[str, str]], tongue: Tongue
) -> Iterable[tuple[str, str, str, str, str]]:
    """A line a column; in Russian its further headers say what it means."""
    yield _TITLES[tongue]
    for table, columns in TABLES.items():
        for column in columns.values():
            levels = [level_word(column, level, tongue) for level in column.levels]
            header = names[table][column.name]
            others = [word for word in _words(column, tongue) if word not in header]
            russian = tongue == "ru"
            yield (
                SHEETS[tongue][table],
                header,
                "; ".join(others[:_OTHERS]) if russian else text.label(column),
                _unit(column.unit) if russian else column.unit,
                ", ".join(levels) or (_KINDS[column.kind] if russian else column.kind),
            )
