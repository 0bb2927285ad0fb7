"""What names a person: recognised by header and by content, and replaced before anything is kept.

A cell that names somebody becomes a running code, the same for the same cell throughout the file,
so that rows and sheets can still be joined by it. A date of birth becomes the age. What names
somebody inside a text becomes a mark.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from lib.ingest.cells import Cells, normal, text_of
from lib.ingest.names import is_clinical, is_given, listed
from lib.ingest.reader import Cell, Row, Sheet

CODE = "•"
"""The first sign of a running code."""
MARK = "[removed]"
"""What stands in a text where somebody was named."""
BIRTH = "birth_date_PII"
_SUSPICIOUS, _CERTAIN = 0.6, 0.5
_SAMPLED = 500

_INITIALS = r"[А-ЯЁA-Z]\.\s?(?:[А-ЯЁA-Z]\.?)?"
_SURNAME = r"(?:[А-ЯЁ][а-яё]+|[A-Z][a-z]+)(?:-(?:[А-ЯЁ][а-яё]+|[A-Z][a-z]+))?"
_NAMES = re.compile(
    rf"{_SURNAME},?\s+{_INITIALS}"
    rf"|{_INITIALS}\s*{_SURNAME}"
    r"|[А-ЯЁ]\w+\s+[А-ЯЁ]\w+\s+[А-ЯЁ]\w+(?:вич|вна|ична|инична|оглы|кызы)"
    r"|[А-ЯЁ]{2,}\s+[А-ЯЁ]{2,}\s+[А-ЯЁ]+(?:ВИЧ|ВНА|ИЧНА|ИНИЧНА|ОГЛЫ|КЫЗЫ)"
    rf"|{_SURNAME},\s+[A-Z][a-z]+(?:\s+[A-Z][a-z]*\.?)?"
)
_NUMBERS = re.compile(
    r"[^@\s]+@[^@\s]+\.[a-zа-я]{2,}"  # e-mail
    r"|(?:\+7|8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}"  # Russian telephone
    r"|\+\d{1,3}[\s\d()-]{9,16}"  # telephone
    r"|\d{3}-\d{3}-\d{3}[\s-]\d{2}",  # insurance number
    re.IGNORECASE,
)


_ENDINGS = r"(?:[оеё]ва?|[сц]к(?:ий|ая|ой)|енко|швили|дзе|[чн]юк|чук|янц?)"
"""How a Russian surname ends, and hardly any other noun in capitals."""
_MORE_ENDINGS = rf"(?:{_ENDINGS}|[иы]на?)"
_DRUG = re.compile(r"(?:цин|платин|тин|бин|пин|мин|зин|лин|рин|дин)$", re.IGNORECASE)
_CALLED = re.compile(
    r"(?:[А-ЯЁ][а-яё]+|[A-Z][a-z]+)(?:[ -](?:[А-ЯЁ][а-яё]+|[A-Z][a-z]+))*"
    r"|(?=.*[АЕЁИОУЫЭЮЯAEIOUY])(?:[А-ЯЁ]{4,}|[A-Z]{4,})(?:[ -](?:[А-ЯЁ]+|[A-Z]+))*"
)
"""Words in capitals, or words with a capital, and nothing else."""


def looks_like_names(cells: Cells) -> bool:
    """Whether most cells of a column read as people's names."""
    return _share(cells, names_somebody) >= _SUSPICIOUS


def looks_like_surnames(cells: Cells) -> bool:
    """Whether most cells are Russian surnames and nothing else."""
    few = len(cells.texts) > 1
    return few and _share(cells, is_surname) >= _SUSPICIOUS


def looks_like_people(cells: Cells) -> bool:
    """Whether most codes of patients are names: surnames, or words in capitals without a digit.

    Codes of one place or study differ in their numbers alone: `Саратов-1`, `Саратов-2`; codes of
    letters are in capitals and equally long: `QWED`, `RTIA`.
    """
    texts = cells.texts[:_SAMPLED]
    if len(texts) > 1 and len({len(text) for text in texts}) == 1 and "".join(texts).isupper():
        return False
    words = {re.sub(r"[\W\d_]+", "", text) for text in texts}
    return 2 * len(words) > len(texts) and _share(cells, _calls_somebody) >= _SUSPICIOUS


def looks_like_contacts(cells: Cells) -> bool:
    """Whether most cells are telephone numbers, e-mail addresses or insurance numbers."""
    return _share(cells, is_contact) >= _CERTAIN


def is_contact(text: str) -> bool:
    """Whether a text is a telephone with its sign, an e-mail or a dashed insurance number."""
    return _NUMBERS.fullmatch(text) is not None


def names_somebody(text: str) -> bool:
    """Whether a cell is certainly a name, with its initials or a patronymic."""
    return _NAMES.fullmatch(text) is not None and not is_clinical(text)


def is_surname(text: str) -> bool:
    """Whether a text is one word or two, with a capital and the ending of a Russian surname."""
    words = re.split(r"[\s-]+", text)
    named = any(re.fullmatch(rf"[А-ЯЁ][А-ЯЁа-яё]+{_MORE_ENDINGS}", w, re.IGNORECASE) for w in words)
    whole = all(word[:1].isupper() and word.isalpha() for word in words)
    return named and whole and len(words) <= 3 and not any(map(_DRUG.search, words))


def _calls_somebody(text: str) -> bool:
    if _NAMES.fullmatch(text) or _CALLED.fullmatch(text):
        return len(text) > 2 or not text.isupper()
    words = re.findall(r"[А-ЯЁа-яё]{4,}", text)
    return any(re.fullmatch(rf"[а-яё]+{_MORE_ENDINGS}", word, re.IGNORECASE) for word in words)


def is_coded(cells: Cells) -> bool:
    """Whether the cells have been replaced by running codes."""
    return bool(cells.texts) and all(text.startswith(CODE) for text in cells.texts)


def _share(cells: Cells, holds: Callable[[str], bool]) -> float:
    texts = cells.texts[:_SAMPLED]
    return sum(map(holds, texts)) / len(texts) if texts else 0.0


@dataclass(slots=True)
class Codes:
    """Running codes for the cells that name somebody, the same for the same cell."""

    known: dict[str, Cell]

    def of(self, cell: Cell) -> Cell:
        """The code of a cell; a blank one stays blank."""
        text = same(text_of(cell))
        return self.known.setdefault(text, f"{CODE}{len(self.known) + 1}") if text else ""


def same(text: str) -> str:
    """The form in which two cells name the same person: `Иванов И.И.` and `ИВАНОВ И. И.`."""
    return " ".join(normal(text).replace(".", " ").replace(",", " ").split())


def recoded(
    sheet: Sheet,
    after: int,
    positions: Sequence[int],
    codes: Codes,
    which: Callable[[str], bool] = bool,
) -> Sheet:
    """Replace the cells of some columns by running codes, in the rows after the header.

    Of the cells only those whose text `which` says so.
    """
    columns = sheet.columns(after)
    changed: dict[int, dict[Cell, Cell]] = {}
    for position in positions:
        for cell in dict.fromkeys(columns[position]) if position < len(columns) else ():
            if which(text_of(cell)):
                changed.setdefault(position, {})[cell] = codes.of(cell)
    return _with(sheet, after, changed)


def aged(sheet: Sheet, after: int, position: int, ages: Mapping[int, float]) -> Sheet:
    """Replace dates of birth by ages, given by spreadsheet row; blank where it is not known."""
    rows = [
        row
        if number < after or position >= len(row)
        else _changed(row, {position: age(ages, number)})
        for number, row in enumerate(sheet.rows)
    ]
    return replace(sheet, rows=rows)


def age(ages: Mapping[int, float], index: int) -> Cell:
    """The age of the patient in a row, '' where it is not known."""
    found = ages.get(index + 1, np.nan)
    return "" if np.isnan(found) else found


def _changed(row: Row, cells: Mapping[int, Cell]) -> Row:
    if not cells:
        return row
    changed = list(row)
    for position, cell in cells.items():
        changed[position] = cell
    return changed


# Inside a text ----------------------------------------------------------------------------------

_HARMLESS = re.compile(r"[^A-Za-zА-Яа-яЁё@]{0,10}")
"""Too short for a number of a person, and without a letter."""
_IN_TEXT = re.compile(
    r"[^\s@<>,;:()]{1,64}@[^\s@<>,;()]{1,255}\.[a-zа-я]{2,}"  # e-mail, bounded to stay linear
    r"|(?<![\w.,/+-])(?:\+7|8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}(?!\d)"
    r"|(?<!\w)\+\d{1,3}[\s(-]*\d{2,4}(?:[\s)-]*\d{2,4}){2,4}(?!\d)"  # telephone
    r"|\b(?:тел(?:ефон)?|моб|сот|tel|phone|call|звонить)\b[\s.:№]*\d[\d\s()-]{4,}\d"
    r"|(?<!\d)\d{3}-\d{3}-\d{3}[\s-]?\d{2}(?!\d)"  # insurance number (SNILS)
    r"|(?<![\d.,])\d{16}(?![\d.,])"  # insurance policy
    r"|\b(?:снилс|полис(?: омс)?|паспорт|passport|nhs|mrn)\b[\s.:№-]*(?:серия\s*)?\d[\d\s№-]{4,}\d"
    r"|\b(?:и\s?/\s?б|иб|истори[ия] болезни|(?:мед|амб)\w*\.? ?карт[аы])\b[\s.:№n]*\d[\d/-]*"
    r"|(?<![\d-])(?:\(\d{3}\)\s?|\d{3}-)\d{3}[\s-]\d{4}(?![\d-])"
    r"|(?<![\d.,]\s)(?<![\w.,-])0\d{2,4}\s\d{3,4}\s\d{3,4}(?![.,]?\d|-)"
    r"|\b(?:born|рожд\w*)(?:\s+on)?[\s:]*\d{1,4}[./-]\d{1,2}[./-]\d{2,4}"
    r"|\b(?:\d{1,2}\.\d{1,2}\.)?(?:19|20)\d\d\s*г\.?\s?р(?![\w/])\.?"  # year of birth
    r"|\bд\.?\s?р\.?[\s:]*\d{1,2}\.\d{1,2}\.\d{2,4}",
    re.IGNORECASE,
)
_LATIN = "(?:[A-Z]['’])?[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]+"
_ONE = rf"(?:[А-ЯЁ][а-яё]+|{_LATIN})"
_CAPITALISED = rf"(?:(?:van|von|de|der|den|di)\s+){{0,2}}{_ONE}(?:-{_ONE})?"
_PATRONYMIC = re.compile(
    rf"(?<!\w)(?:{_CAPITALISED}\s+)?[А-ЯЁ][а-яё]+\s+[А-ЯЁ][а-яё]+"
    r"(?:[ое]вич[а-яё]{0,2}|[ое]вн[а-яё]{1,2}|ичн[аоеуы]й?)(?!\w)"
)
_WITH_INITIALS = re.compile(
    rf"(?<![\w-])(?P<before>{_CAPITALISED})\s+(?P<after>[А-ЯЁA-Z](?:\.\s?[А-ЯЁA-Z])?\.|[А-ЯЁ]{{2}})"
    r"(?!\s?\w\.|\w)"
    rf"|(?<![\w.])(?P<first>[А-ЯЁA-Z]\.\s?[А-ЯЁA-Z]\.)\s?(?P<last>{_CAPITALISED})(?![\w-])"
)
_TITLED = re.compile(
    rf"(?<!\w)((?:[Дд]-р|[Дд]октор|[Пп]роф(?:\.|ессор)|Dr\.?|Mrs?\.?|Ms\.?|Prof\.?)\s+){_CAPITALISED}"
    rf"|(?<!\w)((?:[Пп]ациент(?:ка)?|[Бб]ольн(?:ой|ая)|[Вв]рач|[Хх]ирург)\s+)(?P<who>{_CAPITALISED})(?!\w)"
)
_ABBREVIATED = frozenset(
    letters
    for line in (
        "PR SD CR PD NE IV IA IM PO SC BD NB PS NA ND AM PM UF UK US EU KM",
        "ПО ЧО ЧР ПР ПЗ СД СЗ КТ УЗ ХЭ ХИ ХТ МР РЧ РЭ ИО ВВ ВА ОВ МТ ПЭ ЛП БС ТЭ",
    )
    for letters in line.split()
)
"""Two letters that are no initials, unless they stand with a Russian surname."""
_PAIR = re.compile(rf"(?<![\w-])(?P<given>{_CAPITALISED})\s+(?P<last>{_CAPITALISED})(?![\w-])")
_BEFORE = 20
"""Signs before a name in which it may be said that something is called after it."""
_NAMED_AFTER = re.compile(r"(?:\bим\.?|\bимени|\bак(?:ад)?\.|\bакадемика|\bnamed after)\s*$")


def without_people(text: str) -> str:
    """Put a mark in place of each name, telephone number, address or number of a person in a text.

    Names are told by initials, a patronymic or a title; a bare surname is not. Hospitals called
    after somebody, eponyms and drugs stay.
    """
    if _HARMLESS.fullmatch(text):
        return text
    text = _IN_TEXT.sub(MARK, text)
    text = _WITH_INITIALS.sub(lambda found: MARK if _names(found) else found[0], text)
    if len(text.split(None, 1)) < 2:  # all else is of several words
        return text
    text = _places().sub(MARK, text)
    text = _PATRONYMIC.sub(MARK, text)
    text = _TITLED.sub(_titled, text)
    text = _kin().sub(lambda found: found[0] if _is_term(found[2]) else found[1] + MARK, text)
    return _PAIR.sub(lambda found: MARK if _is_pair(found) else found[0], text)


def _titled(found: re.Match[str]) -> str:
    if found["who"] and _is_term(found["who"]):
        return found[0]
    return (found[1] or found[2]) + MARK


def _is_pair(found: re.Match[str]) -> bool:
    """Whether two words are a given name and a surname."""
    return is_given(found["given"]) and not _is_term(found["last"])


def _is_term(words: str) -> bool:
    """Whether a word with a capital is one of the clinic: an eponym, or what follows one."""
    return not _terms().isdisjoint(re.split(r"[\s-]+", normal(words)))


@cache
def _terms() -> frozenset[str]:
    return frozenset(listed("terms"))


@cache
def _kin() -> re.Pattern[str]:
    """Somebody of the family, and the name that follows."""
    kin = "|".join(listed("kin"))
    return re.compile(
        rf"(?<!\w)((?i:{kin})\s*[,:(-]?\s+)({_CAPITALISED}(?:\s+{_CAPITALISED}){{0,2}})(?!\w)"
    )


@cache
def _places() -> re.Pattern[str]:
    """A street with the number of a house, in either order."""
    words = "|".join(map(re.escape, listed("streets")))
    homes = "|".join(map(re.escape, listed("dwellings")))
    number = rf"(?:(?:{homes})\.?\s?)?\d{{1,4}}[а-яa-z]?"
    return re.compile(
        rf"(?<!\w)(?i:{words})\.?\s+[А-ЯЁ][а-яё-]+(?:\s+[А-ЯЁ][а-яё-]+)?,?\s{{0,2}}{number}"
        rf"(?:[\s,/-]{{1,3}}{number})*(?!\w)"
        rf"|(?<!\w)\d{{1,5}}[a-z]?\s+(?:[A-Z][a-z]+\s+){{1,2}}(?i:{words})(?!\w)"
    )


def _names(found: re.Match[str]) -> bool:
    """Whether a word in capitals and initials beside it are a person's name."""
    if _NAMED_AFTER.search(found.string[max(0, found.start() - _BEFORE) : found.start()]):
        return False
    word, letters = found["before"] or found["last"], found["after"] or found["first"]
    initials = re.sub(r"[^А-ЯЁA-Z]", "", letters)
    certain = re.fullmatch(rf"[А-ЯЁ][А-ЯЁа-яё-]*{_ENDINGS}", word) is not None
    if certain and len(word) > 3:
        return "." in letters or initials not in _ABBREVIATED
    both = len(initials) == 2 and "." in letters
    return both and initials not in _ABBREVIATED and not _DRUG.search(word)


def scrubbed(sheet: Sheet, after: int, kept: Sequence[int]) -> Sheet:
    """Take people out of the texts under the header, but for the columns that are `kept`."""
    changed: dict[int, dict[Cell, Cell]] = {}
    known: dict[str, str] = {}
    for position, column in enumerate(sheet.columns(after)):
        if position in kept:
            continue
        for cell in set(column):
            if isinstance(cell, str):
                text = known.get(cell) or known.setdefault(cell, without_people(cell))
                if text != cell:
                    changed.setdefault(position, {})[cell] = text
    return _with(sheet, after, changed)


def _with(sheet: Sheet, after: int, changed: Mapping[int, Mapping[Cell, Cell]]) -> Sheet:
    """A sheet with some cells replaced by others, by column, in the rows after the header."""
    if not changed:
        return sheet
    rows = [
        row
        if number < after
        else _changed(
            row, {p: new[row[p]] for p, new in changed.items() if p < len(row) and row[p] in new}
        )
        for number, row in enumerate(sheet.rows)
    ]
    return replace(sheet, rows=rows)


_STEMS = (
    (re.compile(r"рожд|^[дг] ?р$|birth|^d ?o ?b$"), "birth_date_PII"),
    (re.compile(r"\bф ?и ?о\b|фамил|surname|\b(last|first|family) name\b"), "patient_name_PII"),
    (
        re.compile(
            r"\bи ?б\b|\bист\w* бол|\bамб\w* карт|\bмед\w* карт|медкарт|полис|паспорт|снилс"
            r"|passport|\bnhs\b|\bmrn\b|post ?code"
        ),
        "record_number_PII",
    ),
)


def by_header(text: str) -> str:
    """The identifier that a header tells of by a word in it, '' where none does.

    Other fields are matched whole and never guessed; of a person too much is dropped rather than
    too little, and the visitor may say otherwise.
    """
    bare = " ".join(re.sub(r"[^\w]+", " ", text.casefold()).split())
    return next((name for stem, name in _STEMS if stem.search(bare)), "")
