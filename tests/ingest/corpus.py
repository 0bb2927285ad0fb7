"""Headers as people write them, each over cells that fit what it means.

A corpus is a file of lines ``field|header``, or ``field,another|header`` where the header may mean
either. Of each a small table is made: twelve patients, the header over cells of its field, and the
columns without which it would make no sense under their names in the template.
"""

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from lib.cohort import CohortError
from lib.ingest import File, Proposal, ProposedColumn, Question, open_file, propose, read
from lib.plan import MappedColumn
from lib.schema import COLUMNS, IDENTIFIERS, Column
from tests.ingest.conftest import as_csv

_LISTED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
ROWS = 12
FIRST_ANSWERS = 2
"""Of a question: the field must be among so many."""


@dataclass(frozen=True)
class Line:
    """A header, and the fields that it may mean."""

    header: str
    fields: tuple[str, ...]


def of_file(file: Path) -> list[Line]:
    """The lines of a corpus; ``#`` begins a remark."""
    lines = (line for line in file.read_text(encoding="utf-8").splitlines() if line.strip())
    pairs = (line.split("|", 1) for line in lines if not line.startswith("#"))
    return [Line(header, tuple(fields.split(","))) for fields, header in pairs]


def language(header: str) -> str:
    """The language of a header, by its letters."""
    return "Russian" if re.search("[а-яё]", header, re.I) else "English"


def understood(line: Line) -> str:
    """``mapped`` or ``asked`` where a header is understood, else what became of it."""
    try:
        return _understood(line)
    except CohortError as problem:
        return problem.message


def _understood(line: Line) -> str:
    file = open_file("table.csv", as_csv(table(line), ";"))
    proposal = propose(file)
    shown = [each for each in proposal.columns if each.header.text == line.header]
    private = set(line.fields) & {*IDENTIFIERS, "row_number"}
    if any(_is(each, line) for each in shown) or (private and not any(e.kept for e in shown)):
        return _misread(file, proposal, line) or "mapped"
    if any(_names(question, line) for question in proposal.questions):
        return "asked"
    return _instead(shown, proposal, line)


def _misread(file: File, proposal: Proposal, line: Line) -> str:
    """What a column that is mapped and not asked about is read as, where that is not so."""
    if any(q.column == line.header and not q.settled for q in proposal.questions):
        return ""
    patients = read(file).patients
    for field in set(line.fields) & set(_KNOWN) & set(patients):
        levels = {"yes": 1, "dead": 1, "no": 0, "alive": 0}
        found = [float(levels.get(each, each)) for each in patients[field].fillna(np.nan)]
        if not np.allclose(found, _KNOWN[field], atol=0.3):
            return f"{field}, misread: {found[:4]} for {_KNOWN[field][:4]}"
    return ""


def _is(column: ProposedColumn, line: Line) -> bool:
    return column.header.column in line.fields


def _names(question: Question, line: Line) -> bool:
    """Whether a question offers the header for its field among the first answers."""
    return any(
        _means(each, line)
        for answer in question.answers[:FIRST_ANSWERS]
        for each in answer.reading.columns
    )


def _means(mapped: MappedColumn, line: Line) -> bool:
    return mapped.header == line.header and mapped.column in line.fields


def _instead(shown: Sequence[ProposedColumn], proposal: Proposal, line: Line) -> str:
    became = [each.header.column or each.header.reason for each in shown] or ["not shown"]
    about = [q.column for q in proposal.questions if q.column == line.header]
    return "/".join(became) + (", asked otherwise" if about else "")


# Tables -------------------------------------------------------------------------------------

SURVIVAL = (3.2, 24.6, 7.9, 15.4, 11.0, 31.3, 9.7, 18.1, 5.5, 40.2, 12.8, 21.9)
DEAD = (1, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1, 0)
PROGRESSED = (1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1)
STARTS = tuple(date(2019, 1, 17) + timedelta(days=71 * i) for i in range(ROWS))
_KNOWN: dict[str, Sequence[float]] = {
    "os_months": SURVIVAL,
    "pfs_months": tuple(0.45 * each for each in SURVIVAL),
    "os_event": DEAD,
    "vital_status": DEAD,
    "pfs_event": PROGRESSED,
    "progression": PROGRESSED,
}
"""What must be read of a column that is mapped: a number of months, or whether it happened."""


def table(line: Line) -> list[list[object]]:
    """A table of twelve patients in which a header stands over cells of its first field."""
    field = line.fields[0]
    columns: dict[str, Sequence[object]] = {}
    if field != "patient_id":
        columns["patient_id"] = [f"P-{i:02d}" for i in range(1, ROWS + 1)]
    columns[line.header] = cells(field, line.header)
    partners = _LISTED["partners"].get(field, ())
    if field in ("patient_id", "row_number") or field.endswith("_PII"):
        partners = ("age", "sex")
    for partner in partners:
        columns[partner] = cells(partner, partner)
    return [list(columns), *map(list, zip(*columns.values(), strict=True))]


def cells(field: str, header: str) -> Sequence[object]:
    """Twelve cells of a field, in the language of a header, as the header says they are."""
    if field in _MADE:
        return _MADE[field](header)
    if field.endswith("_date"):
        return _dated(field, header)
    if field in _LISTED["cells"]:
        listed = _LISTED["cells"][field]
        both = isinstance(listed, dict)
        return _in_turn(listed["ru" if _russian(header) else "en"] if both else listed)
    return _of_schema(COLUMNS[field])


def _in_turn(values: Sequence[object]) -> list[object]:
    return [values[i % len(values)] for i in range(ROWS)]


def _of_schema(column: Column) -> list[object]:
    """Cells such as the template has: levels in turn, or numbers in the middle of their range."""
    if column.levels:
        words = [level.code for level in column.levels][:3]
        return _in_turn(words)
    if column.kind == "number":
        return [int(column.low) + 2 + i % 9 for i in range(ROWS)]
    return [f"text {i % 4}" for i in range(ROWS)]


def _states(header: str, happened: Sequence[int], words: tuple[str, str]) -> list[object]:
    """Two states, in the codes or words that the header names, else in these words."""
    no, yes = _named(header) or words
    return [yes if each else no for each in happened]


_PAIR = re.compile(r"(?<![\w/])([\w+−–-]{1,20})\s*/\s*([\w+−–-]{1,20})(?![\w/])")
_BOTH = re.compile("HAIC?/TACE|ХИПА/ХЭПА", re.I)
"""What was done, and not two states of what a header asks."""
_LEGENDS = (
    re.compile(r"(?<!\w)([\w+−-]{1,2})\s*[=—–-]\s*[^\W\d]"),
    re.compile(r"[^\W\d]\s*[=—–-]\s*(\d)(?!\w)"),
    re.compile(r"\((\d)\)"),
)


def _named(header: str) -> tuple[str, str] | None:
    """The two codes or words that a header names: ``(1=dead)``, ``(да/нет)``, ``Alive/Dead``."""
    every = (legend.findall(header) for legend in _LEGENDS)
    keys = [*dict.fromkeys(next(filter(None, every), []))]
    if re.search("[^A-Z]YN$|y/n", header):
        return ("N", "Y")
    if keys:
        other = {"1": "0", "0": "1", "2": "1", "да": "нет", "y": "n", "Y": "N", "+": "-"}
        pair = keys[:2] if len(keys) > 1 else [keys[0], other.get(keys[0], "")]
        return _ordered(pair[0], pair[1])
    pair = _PAIR.search(_BOTH.sub("", header))
    return _ordered(*pair.groups()) if pair else None


def _ordered(one: str, other: str) -> tuple[str, str]:
    """No before yes, of two codes or words."""
    denied = ("0", "n", "no", "нет", "-", "−", "–", "alive", "жив", "жива", "false")
    return (one, other) if one.casefold() in denied or one < other == "2" else (other, one)


def _russian(header: str) -> bool:
    return language(header) == "Russian"


_ALIVE = re.compile(r"alive|survivor|living|\bжив|with us", re.I)
_WORDS = re.compile(r"status|state|outcome|стат|исход|состоян|судьба|dead/alive|жив\w*/ум", re.I)


def _dead(header: str) -> list[object]:
    """Who died: in words under a status, yes or no where a header asks, codes otherwise."""
    named = _named(header)
    alive = bool(_ALIVE.search(header)) and not re.search(r"dead|deceas|ум[её]р|died", header, re.I)
    happened = [1 - each for each in DEAD] if alive else DEAD
    if named is None and _WORDS.search(header):
        words = ("жив", "умер") if _russian(header) else ("alive", "dead")
        return _states(header, DEAD, words)
    words = ("нет", "да") if _russian(header) else ("no", "yes")
    return _states(header, happened, words)


def _event(happened: Sequence[int]) -> Callable[[str], list[object]]:
    def made(header: str) -> list[object]:
        asks = header.rstrip(" .)").endswith("?") or not re.search(
            r"event|status|cens|flag|code|событ|стат|код|[a-z]_|_[a-z]", header, re.I
        )
        words = (("нет", "да") if _russian(header) else ("no", "yes")) if asks else ("0", "1")
        return _states(header, happened, words)

    return made


_UNITS = (
    (r"days?\b|\bd\b|\bdn\b|дн(?:и|ей|\b)|сут", 30.4375, 0),
    (r"weeks?\b|wks?\b|нед", 30.4375 / 7, 1),
    (r"years?\b|yrs?\b|лет\b|\bгод", 1 / 12, 2),
)


def _time(scale: float) -> Callable[[str], list[object]]:
    """Months, or what the header says."""

    def made(header: str) -> list[object]:
        for words, factor, decimals in _UNITS:
            if re.search(words, header.replace("_", " "), re.I):
                made = [round(each * scale * factor, decimals) for each in SURVIVAL]
                return [int(each) if not decimals else each for each in made]
        return [round(each * scale, 1) for each in SURVIVAL]

    return made


def _dated(field: str, header: str) -> list[object]:
    """Dates in the order of a patient's life; a death or a progression where there was one."""
    pattern = "%d.%m.%Y" if _russian(header) else "%Y-%m-%d"
    after = {"progression_date": 0.45, "last_assessment_date": 0.8}.get(field, 1.0)
    before = {"diagnosis_date": 410, "liver_mets_date": 200, "end_systemic_date": 40}
    happened = {"death_date": DEAD, "progression_date": PROGRESSED}.get(field, (1,) * ROWS)
    dates: list[object] = []
    for start, months, there in zip(STARTS, SURVIVAL, happened, strict=True):
        days = round(months * 30.4375 * after)
        if field in before:
            days = -before[field] - round(months)
        elif field.startswith("first_") or field == "procedure_date":
            days = 60 if field == "first_tace_date" else 0
        dates.append(f"{start + timedelta(days=days):{pattern}}" if there else "")
    return dates


_RESPONSES = ("SD", "PR", "PD", "SD", "SD", "CR", "PD", "PR", "PD", "SD", "PR", "SD")
_RUSSIAN = {
    "CR": "полный ответ", "PR": "частичный ответ", "SD": "стабилизация", "PD": "прогрессирование",
}  # fmt: skip


def _responses(header: str) -> list[object]:
    letters = re.search(r"(\w+)/(\w+)/(\w+)/(\w+)", header)
    if letters:
        named = dict(zip(("CR", "PR", "SD", "PD"), letters.groups(), strict=True))
        return [named[each] for each in _RESPONSES]
    return [_RUSSIAN[each] if _russian(header) else each for each in _RESPONSES]


def _modalities(header: str) -> list[object]:
    pair = _PAIR.search(header)
    one, other = ("ХИПА", "ХЭПА") if _russian(header) else ("HAI", "TACE")
    if pair and not re.search("да/нет|yes/no", header, re.I):
        one, other = pair.groups()
    return [other if i % 5 in (1, 3) else one for i in range(ROWS)]


def _sex(header: str) -> list[object]:
    if re.search(r"\bmale\b|female|мужской|женский", header, re.I) and not _named(header):
        return [i % 3 % 2 for i in range(ROWS)]
    words = ("м", "ж") if _russian(header) else ("M", "F")
    one, other = _named(header) or words
    return [one if i % 3 else other for i in range(ROWS)]


def _flag(header: str) -> list[object]:
    words = ("нет", "да") if _russian(header) else ("no", "yes")
    return _states(header, [0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0], words)


def _mutated(*english: str) -> Callable[[str], list[object]]:
    """Mutant or wild type; whether there is a mutation, where a header asks for that."""

    def made(header: str) -> list[object]:
        if re.search("есть/нет|да/нет|yes/no|y/n", header, re.I):
            return _states(header, [each == "mut" for each in _in_turn(english)], ("", ""))
        words = {"mut": "мут", "wt": "дикий"} if _russian(header) else {}
        return [words.get(str(each), each) for each in _in_turn(english)]

    return made


def _timing(header: str) -> list[object]:
    if header.rstrip().endswith("?"):
        return _flag(header)
    words = ("метахронные", "синхронные") if _russian(header) else ("metachronous", "synchronous")
    return [words[i % 3 != 1] for i in range(ROWS)]


def _size(header: str) -> list[object]:
    sizes = (34, 61, 18, 85, 47, 22, 110, 55, 39, 27, 73, 64)
    return [each / 10 for each in sizes] if re.search(r"\bcm\b|см\b", header, re.I) else [*sizes]


def _codes(header: str) -> list[object]:
    numbered = re.search(r"№|\bno\b|number|номер|#", header, re.I)
    return [i if numbered else f"K{100 + 7 * i}" for i in range(1, ROWS + 1)]


_MADE: dict[str, Callable[[str], Sequence[object]]] = {
    "patient_id": _codes,
    "row_number": lambda header: [*range(1, ROWS + 1)],
    "sex": _sex,
    "synchronous": _timing,
    "largest_lesion_mm": _size,
    "extrahepatic": _flag,
    "ras": _mutated("mut", "wt"),
    "kras": _mutated("mut", "wt", "wt"),
    "nras": _mutated("wt", "wt", "mut"),
    "braf": _mutated("wt", "wt", "wt", "mut"),
    "modality": _modalities,
    "response_3m": _responses,
    "response_6m": _responses,
    "response_12m": _responses,
    "best_response": _responses,
    "progression": _event(PROGRESSED),
    "vital_status": _dead,
    "os_months": _time(1),
    "death_months": _time(1),
    "contact_months": _time(1),
    "os_event": _event(DEAD),
    "pfs_months": _time(0.45),
    "ttp_months": _time(0.45),
    "pfs_event": _event(PROGRESSED),
    "resected_after": _flag,
    "prior_liver_surgery": _flag,
}  # fmt: skip
