"""What of a Russian text is English: a word of ours without a translation, a point for a comma,
a sign of per cent that no unbreakable space sets apart.

Names of criteria, formats and fields stay as they are, as do texts of files and published cohorts.
"""

import html
import io
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from functools import cache

from lib.analyses.published import cohorts, starting
from lib.exhibits.exhibit import Exhibit, Table
from lib.figures.screen import sent
from lib.figures.spec import Figure
from lib.plan import Plan
from lib.schema import TABLES
from tests.conftest import SAMPLES, sample

KEPT = (
    *("RECIST", "mRECIST", "ECOG", "CTCAE", "CIRSE", "SIR", "NCI", "RAS", "KRAS", "NRAS", "BRAF"),
    *(
        "TARGET",
        "STROBE",
        "ROBINS",
        "ROBINS-I",
        "GRIM",
        "PARAMCD",
        "Clavien",
        "Dindo",
        "Non",
        "Filippiadis",
    ),
    *("Hepar", "Python", "Word", "Excel", "Chrome", "Chromium", "Streamlit", "Plotly", "SPSS"),
    *("CSV", "XLSX", "XLSM", "XLSB", "XLS", "ODS", "TSV", "TXT", "SAV", "ZSAV", "DTA", "DOCX"),
    *("PNG", "SVG", "PDF", "ZIP", "TOML", "JSON", "HTML", "SHA", "Stata", "Enter", "doi"),
    *("pandas", "NumPy", "SciPy", "plotly", "Eisenhauer", "Eur", "Cancer"),
    *("Cardiovasc", "Intervent", "Radiol", "et", "al"),
)
"""Names that are written so in Russian too."""
_MARKUP = re.compile(
    r":material/\w+:|:[\w-]+\[|</?\w[^>]*>|&\w+;|%\{[^}]*\}|`[^`]*`|https?://\S+|\*\*?"
    r"|\b[\w-]+\.(?:html|toml|py|json|xlsx|csv|md|txt|zip|docx)\b"
)
_LATIN = re.compile(r"(?<![\w-])[A-Za-z][A-Za-z-]+[A-Za-z](?![\w])")
_COMMAND = re.compile(r"\bhepar verify\b|\bpython(?= again)|\b(?:figure-|report\.)\*")
_VERSION = re.compile(r"(?:RECIST|CTCAE|Hepar|[Pp]ython|SciPy|NumPy|pandas|plotly) [\d.]+")
_POINT = re.compile(r"(?<![\w.,-])\d+\.\d+(?![\w.])")
_PERCENT = re.compile(r"\d ?%")


_READ = (
    *("patients", *TABLES, "fraction", "source", "[removed]"),
    "name, year, n, of, responded, controlled, median, low, high",
)
"""What stands so in files that are read or written."""


@cache
def _of_files() -> re.Pattern[str]:
    """Texts of the samples and of published cohorts, and the names of fields."""
    found = {word for each in cohorts(Plan()) for word in (each.name, each.source)}
    found |= {starting().source, *_READ}
    for cohort in map(sample, (*SAMPLES, "registry")):
        found |= {each.header for each in cohort.reading.columns} | {cohort.source.name}
        for frame in (cohort.patients, *cohort.tables.values()):
            found |= {str(each) for name in frame for each in frame[name].dropna().unique()}
    for table in TABLES.values():
        for column in table.values():
            found |= {column.name, *column.headers(), *(level.code for level in column.levels)}
    texts = sorted((each for each in found if len(each) > 2), key=len, reverse=True)
    cut = "|".join(dict.fromkeys(re.escape(each[:10]) for each in texts if len(each) > 20))
    return re.compile(rf"(?:{cut})[^…\n]*…|(?<!\w)(?:{'|'.join(map(re.escape, texts))})(?!\w)")


def english(words: str) -> list[str]:
    """The English words of a text, its numbers with a point, and how it writes per cent."""
    bare = _MARKUP.sub(" ", _COMMAND.sub(" ", words))
    return _left(bare) and _left(_of_files().sub(" ", bare))


def _left(words: str) -> list[str]:
    words_left = [each for each in _LATIN.findall(words) if each not in KEPT]
    return words_left + _POINT.findall(_VERSION.sub(" ", words)) + _PERCENT.findall(words)


def not_russian(texts: Iterable[str]) -> dict[str, list[str]]:
    """The texts that are not all Russian, with what is not."""
    return {words: found for words in {*texts} if (found := english(words))}


DRAWN = {"text", "title", "name", "hovertemplate", "hovertext", "ticktext", "customdata"}
"""What of a figure a reader sees."""


def drawn(figure: Figure) -> Iterator[str]:
    """The texts of a figure."""
    return leaves(json.loads(sent(figure)[0]), DRAWN)


def leaves(found: object, kept: set[str], under: str = "") -> Iterator[str]:
    """The texts under some names, in whatever is nested."""
    if isinstance(found, dict):
        for name, each in found.items():
            nested = isinstance(each, dict | list)
            yield from leaves(each, kept, name if name in kept or not nested else under)
    elif isinstance(found, list):
        for each in found:
            yield from leaves(each, kept, under)
    elif isinstance(found, str) and under in kept:
        yield found


def said(exhibit: Exhibit) -> Iterator[str]:
    """All that an exhibit says, its figure too; numbers of a list that is sorted are none."""
    yield from (exhibit.title, *exhibit.sentences, exhibit.headline, exhibit.conclusion)
    for each in exhibit.headlines:
        yield from (each.group, each.value, each.beside)
    yield from (exhibit.estimand, exhibit.shows, exhibit.undrawn, exhibit.caption)
    yield from (*exhibit.meanings, *exhibit.warnings, *exhibit.origin)
    for table in (each for each in exhibit.tables if each.shown != "taken"):
        yield from told(table)
    if exhibit.draw is not None:
        yield from drawn(exhibit.draw())


def told(table: Table) -> Iterator[str]:
    """The words of a table."""
    yield from (table.title, table.caption, *map(str, table.frame.columns))
    yield from (each for each in table.frame.to_numpy(dtype=object).ravel() if type(each) is str)


FOR_MACHINES = ("data.xlsx", "findings.csv")
"""What a bundle holds that is read by their names again, in whatever language."""
_PACKED, _MARKED, _PLAIN = {"zip", "xlsx", "docx"}, {"html", "svg"}, {"txt", "md", "csv"}
_UNREAD = re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL)
_SPOKEN = re.compile(r'\b(?:alt|title|aria-label|placeholder)="([^"]*)"')
_WITHIN = re.compile(r"</?(?:b|i|em|strong|sup|sub|code|tspan|a)\b[^>]*>")
_OFFICE = re.compile(r'<(?:\w+:)?t\b[^>]*>([^<]*)<|<sheet name="([^"]*)"|\bdescr="([^"]*)"')
_PARAGRAPH = re.compile(r"</(?:w:p|si|c)>")


def of_file(name: str, data: bytes) -> Iterator[str]:
    """What a reader of a file reads, and of what is packed in it; numbers for machines are none."""
    kind = name.rpartition(".")[2]
    if kind in _PACKED:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            for each in {*packed.namelist()}.difference(FOR_MACHINES):
                yield from of_file(each, packed.read(each))
    elif kind == "xml":
        for part in _PARAGRAPH.split(data.decode("utf-8")):
            yield html.unescape("".join(map("".join, _OFFICE.findall(part))))
    elif kind in _MARKED:
        page = _UNREAD.sub(" ", data.decode("utf-8"))
        yield from map(html.unescape, _SPOKEN.findall(page))
        yield from map(html.unescape, re.split(r"<[^>]*>", _WITHIN.sub("", page)))
    elif kind in _PLAIN:
        yield from data.decode("utf-8-sig").splitlines()
