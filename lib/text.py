"""Numbers and templates into words: one format each, and the only place where things are worded."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from math import inf, isnan
from numbers import Integral

from lib import __version__
from lib.analyses.adjustment import Requirement
from lib.analyses.cautions import Caution
from lib.analyses.lacking import Lacking
from lib.analyses.provenance import Cut, Provenance, Step
from lib.cohort import Finding, Source
from lib.ingest import Score
from lib.language import (
    LONGEST,
    N_,
    Template,
    WordedError,
    _,
    abbreviations,
    apart,
    counting,
    date_format,
    decimal_mark,
    form,
    is_count,
    names,
    ngettext,
    template,
    worded,
)
from lib.language import cut as cut
from lib.language import whole as whole
from lib.plan import Condition, Written
from lib.recist import Reason
from lib.schema import COLUMNS, ITSELF, NO_CALENDAR, Column, Endpoint, Level, is_counted
from lib.statistics.estimate import Estimate, Missing
from lib.statistics.proportions import Proportion

DECIMALS_FROM = 20  # below that many patients a percentage has no decimals
_ENDLESS = 1e15  # a number from which on digits are no longer kept
_FINEST = 9  # decimals beyond which a number that is rounded to no difference is none
_FROM_FILE = frozenset(("value", "column", "rest", "unfit", "samples", "examples"))
"""What a template calls a text of a file, which may be of any length."""
_PLACE = re.compile(r"\{[^{}]*\}")
_MARKUP = re.compile(
    r"""(
    [\\`*~$|]
    | (?<![^\W_])_ | _(?![^\W_])      # within a word it is a letter
    | [\[\]]
    | <(?![\s\d=]) | :(?!\s)          # `<65`, `mm: 40` name nothing
    | &(?=\#|\w)
    | ^> | ^(?:[-+=](?=[-+=\s]|$) | \#(?=[\#\s]|$) | \d+(?=[.)](?:\s|$)))
    )""",
    re.VERBOSE,
)
"""What acts as markup where it stands. Whatever stands before or behind may be put there later."""
_BRACKETS = re.compile(r"\[[^\[\]]*\](?![:(\[])")
"""A pair of brackets that is no link: what is put behind it later is kept apart from it."""
_ACTS_LATER = re.compile(r":(?=//|[\w+/-]+:)|www(?=\.)|@(?=[\w-])", re.IGNORECASE)
"""What becomes a link, an icon or a sign after all escapes have been undone."""
APART = "\u2060"  # unseen, and no place to break a line: it keeps apart what would act together
_COUNTED = re.compile(rf"{NO_CALENDAR.year // 100}\d\d-\d\d-\d\d")
_SPACES = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]")
_RUN = re.compile(r"\s{2,}")
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb"
    "\U000e0000-\U000e0fff]"
    "|(?<=[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{2})"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]"
)
"""Controls, what has no width, what turns the direction of the words beside it, and accents piled
on one letter until they cover the lines above."""

_MISSING = {
    Missing.NOT_REACHED: N_("not reached"),
    Missing.NOT_ESTIMABLE: N_("not estimable"),
    Missing.PAST_FOLLOW_UP: N_("past follow-up"),
    Missing.WITHHELD: N_("withheld"),
    Missing.NOT_HELD: N_("withheld: of whoever came late only how many came is known"),
}
_ENDED_TWICE = re.compile(r"(?<!\.)([.?!…])\.(?=\s|$)")
_PERSONS = ("Aalen-Johansen", "Clopper-Pearson", "Cox", "Fisher's", "Gray's", "Kaplan-Meier")
"""Who methods are named for, in English."""
WITHHELD = N_("withheld")
_SOME = 3  # of many names in a sentence
SOURCES: Mapping[str, str] = {
    "derived": N_("derived from measurements"),
    "recorded": N_("as recorded"),
}
KINDS: Mapping[str, str] = {
    "id": N_("code"),
    "category": N_("one of several words"),
    "flag": N_("yes or no"),
    "number": N_("number"),
    "date": N_("date"),
    "text": N_("text"),
}
"""What a column holds."""
_NOTES: Mapping[str, Template] = {
    note: note
    for note in (
        N_(
            "None of them exists; the totals reproduce a published abstract, and the split by "
            "modality is invented."
        ),
        N_(
            "None of them exists, and no number comes from a study; who is given which modality "
            "first depends on what also drives death, and the true effect is known."
        ),
    )
}
"""What our own sample files say of themselves."""
DEATHS: Mapping[str, str] = {
    "as recorded": N_("as recorded"),
    "as progression": N_("counted as PD"),
    "apart": N_("a state of their own"),
}
DEATHS_MEAN: Mapping[str, str] = {
    "as recorded": N_(
        "A response is kept, unless for a time long after death; a dead patient without one died "
        "before a scan."
    ),
    "as progression": N_(
        "A response is kept, unless for a time long after death; a dead patient without one counts "
        "as PD, and as evaluable."
    ),
    "apart": N_(
        "Whoever had died is counted as dead, whatever the response, and is not evaluable."
    ),
}


def visible(words: str) -> str:
    """Text of a file in one line, without the signs that nobody sees and that turn others about.

    For what shows text as it is, as the options of a box to select from do; whatever reads markup
    takes `plain`, a figure and a page of HTML take `figures.theme.safe`. By these three, and by no
    other way, text of a file enters a page.
    """
    return _UNSEEN.sub("", _SPACES.sub(" ", words))


def in_line(words: str) -> str:
    """Text as `visible` has it, a run of spaces as one; a space that keeps words together stays."""
    return _RUN.sub(" ", visible(words)).strip()


def plain(words: str) -> str:
    """Text of a file for what reads Markdown, so that no character of it acts as markup.

    A backslash keeps a character from it where it would act, and nowhere else: the name of a widget
    is read aloud as it is written. Links, icons and emoji are looked for in what has been read:
    these are kept apart by `APART`, as is a pair of brackets from what would make a link of it.
    """
    seen = _ACTS_LATER.sub(rf"\g<0>{APART}", visible(words).strip())
    pairs = {at for each in _BRACKETS.finditer(seen) for at in (each.start(), each.end() - 1)}
    return _MARKUP.sub(lambda match: _escaped(match, match.start() in pairs), seen)


def _escaped(match: re.Match[str], is_paired: bool) -> str:
    """A backslash before the character; before the dot where a number would begin a list."""
    found = match[1]
    if is_paired:
        return found + APART * (found == "]")
    return f"{found}\\" if found.isdigit() else f"\\{found}"


def label(thing: Level | Column | Endpoint) -> str:
    """The name that a reader sees."""
    if isinstance(thing, Level) and thing.of and thing.of.kind == "number" and thing.of.unit:
        numbers, _space, unit = thing.label.rpartition(" ")
        if unit == thing.of.unit:
            return with_sign(numbers, worded(thing.of.unit))
    return worded(thing.label)


def labels(column: Column) -> dict[str, str]:
    """The names that a reader sees of a column's levels, by their codes."""
    return {level.code: label(level) for level in column.levels}


def of_code(code: str) -> str:
    """What a code stands for."""
    return _(template(code))


def in_sentence(thing: Level | Column | Endpoint) -> str:
    """A label inside a sentence: *overall survival*, but *DFS*, *ECOG performance status*.

    Acronyms and names keep their capitals; a header of the visitor's own stands as it was typed.
    """
    return label(thing) if _own(thing) else lowered(label(thing))


def _own(thing: Level | Column | Endpoint) -> bool:
    return not isinstance(thing.label, Template)


def lowered(words: str) -> str:
    """Words that begin a line, as they stand inside a sentence."""
    first, *others = words.split(" ")
    own = names()
    titled = (
        any(other[:1].isupper() and other[1:2].islower() for other in others)
        if own is None
        else first.strip(",") in own
    )
    if titled or not first[1:].strip(",").islower():
        return words
    return words[0].lower() + words[1:]


def method(name: str) -> str:
    """What a result was made by, inside a sentence; who it is named for keeps a capital."""
    words = _(name)
    first = words.split(" ")[0].strip(",")
    if first in (names() or _PERSONS) or first.isupper():
        return words
    return words[0].lower() + words[1:]


def raised(words: str) -> str:
    """Words that stand inside a sentence, as they begin a line."""
    return words[:1].upper() + words[1:]


def named(level: Level) -> str:
    """A level where its column is not beside it: ``ECOG 0``, ``Extrahepatic disease: yes``."""
    column = level.of
    if column is None:
        return label(level)
    known = level in column.levels
    template = column.named if known or (level.code and column.named != ITSELF) else ""
    if template == ITSELF:
        return label(level)
    if column.kind == "number" and level.code:
        template = N_("{column} {level}")
    words = in_sentence(level) if known or not level.code else label(level)
    return _(template or N_("{column}: {level}")).format(column=label(column), level=words)


def valued(level: Level, value: str) -> str:
    """A group with its number: ``All patients 18.0``; ``ECOG 0, 20.9``, lest digits meet."""
    words = named(level)
    return f"{words} {value}" if words == label(level) else f"{words}, {value}"


def of_group(column: Column, level: Level) -> str:
    """Where a group is in a sentence: ``after Chemoinfusion (HAI)``, ``with RAS mutant``.

    Of what patients are, rather than have: ``in male patients``; of what they have or have not,
    ``without extrahepatic disease``.
    """
    if column.name == "modality":
        return _("after {level}").format(level=label(level))
    words = named(replace(level, of=column))
    if column.kind == "flag" and not _own(column):
        has = _("with {column}") if level.code == "yes" else _("without {column}")
        return has.format(column=in_sentence(column))
    if column.named == ITSELF and level in column.levels:
        return _("in {group} patients").format(group=lowered(words))
    return _("with {group}").format(group=words if _own(column) else lowered(words))


def so_many(n: int, column: Column, level: Level) -> str:
    """How many are in a group: ``8 with extrahepatic disease``, ``16 female``."""
    if column.named == ITSELF and level in column.levels:
        return _("{n} {who}").format(n=n, who=lowered(label(level)))
    return _("{n} {group}").format(n=n, group=of_group(column, level))


def with_unit(column: Column) -> str:
    """A column's label with its unit."""
    return f"{label(column)}, {worded(column.unit)}" if column.unit else label(column)


def number(value: float, decimals: int = 1) -> str:
    """A number with fixed decimals, halves away from zero, and a true minus sign.

    One of more digits than are kept stands as short as it can.
    """
    if not abs(value) < _ENDLESS:
        return short(value)
    if _is_between(value, decimals):
        plain = f"{value:.{decimals}f}"
        return _signs(plain if float(plain) else plain.lstrip("-"))
    kept = Decimal(f"{value:.9f}").quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return _written(kept or abs(kept), f"{kept or abs(kept):,}")


def _is_between(value: float, decimals: int) -> bool:
    """Whether a number without thousands is rounded in one way only: surely no half is near."""
    near = abs(float(value))
    return decimals <= 3 and near < 1000 and abs(near * 10**decimals % 1 - 0.5) > 1e-5


def beside(value: float, none: float, decimals: int) -> str:
    """A number with as many more decimals as show on which side of no difference it lies.

    `none`: the value of no difference; of a ratio it is 1, and one above 0 is not rounded to 0.
    """
    return _inside(value, _apart(value, none, decimals), *_ends(1, none))


def _apart(value: float, none: float, decimals: int) -> int:
    """How many decimals show on which side of no difference a number lies."""
    while decimals < _FINEST and number(value, decimals) == number(none, decimals):
        if abs(value - none) < 10.0**-_FINEST:
            break
        decimals += 1
    return decimals


def _ends(scale: float, none: float | None) -> tuple[float, float]:
    """Between which values a number lies: a difference any, a ratio and a time from 0, a share."""
    if none == 0:
        return -inf, inf
    return 0, 100 if scale == 100 and none is None else inf


def _inside(value: float, decimals: int, low: float, high: float) -> str:
    """A number that is not rounded onto an end of what it can be: ``<0.01``, ``>99.9``."""
    words, step, none = number(value, decimals), 10.0**-decimals, 10.0**-_FINEST
    if none < value - low < step and words == number(low, decimals):
        return f"<{number(low + step, decimals)}"
    if none < high - value < step and words == number(high, decimals):
        return f">{number(high - step, decimals)}"
    return words


def amount(value: float) -> str:
    """How large a difference is; of one that rounds to nothing, that it does: ``less than 0.1``."""
    words = _inside(abs(value), 1, 0, inf)
    return _("less than {number}").format(number=words[1:]) if words.startswith("<") else words


def signed(value: float) -> str:
    """A difference with its sign: ``+4.1``, ``−0.4``; ``less than 0.1`` either way."""
    words = amount(value)
    return f"{'+' if value > 0 else '−'}{words}" if words == number(abs(value)) and value else words


def short(value: float) -> str:
    """A number as short as it can be: 6, 2.5, 120,000."""
    return _written(value, f"{value:,.10g}")


def typed(value: float) -> str:
    """The same as it is typed: digits, and no mark between them but that of decimals."""
    return _signs(f"{value:.10g}")


def _written(value: float | Decimal, written: str) -> str:
    """A number as the language has it; in `written` commas are between its thousands."""
    digits, point, decimals = written.partition(".")
    return apart(float(value), digits).replace("-", "−") + _signs(point + decimals)


def _signs(written: str) -> str:
    """The signs of a number that a keyboard has, as the language has them."""
    return written.replace("-", "−").replace(".", decimal_mark())


def as_printed(value: Decimal) -> str:
    """A number with the decimals that it has."""
    return str(value).replace(".", decimal_mark())


def percent(fraction: float, n: int | None = None) -> str:
    """A fraction as per cent, without decimals below 20 patients (`percent_decimals`).

    What is not 0 or 100% is not rounded to it: ``<0.1%``.
    """
    return with_sign(_inside(100 * fraction, percent_decimals(n), *_ends(100, None)), "%")


def with_sign(words: str, unit: str) -> str:
    """A number with its unit: ``22.0 months``; a sign of per cent as the language sets it.

    ``80.6%``
    """
    if unit == "%":
        return _("{number}%").format(number=words)
    return _("{number} {unit}").format(number=words, unit=unit)


def share(fraction: float) -> str:
    """A fraction as per cent, as short as it can be, as an axis has it: ``25%``, ``−2.5%``."""
    return with_sign(short(round(100 * fraction, 6)), "%")


def change(fraction: float) -> str:
    """A change as per cent with its sign: ``+21.3%``, ``−30.0%``."""
    words = with_sign(number(100 * fraction), "%")
    return f"+{words}" if number(100 * fraction).strip("0.,−") and fraction > 0 else words


def score(found: Score) -> str:
    """How much speaks for what a column is read as: ``score 75: words 50%, cells 100%``."""
    if found.words == found.cells == 1:
        return _("score 100")
    return _("score {score}: words {words}%, cells {cells}%").format(
        score=number(100 * found.whole, 0),
        words=number(100 * found.words, 0),
        cells=number(100 * found.cells, 0),
    )


def points(found: Estimate | None, n: int) -> str:
    """A difference in percentage points; `n`: patients of the smaller arm."""
    return _bare(estimate(found, percent_decimals(n), scale=100, none=0), found)


def _bare(said: str, found: Estimate | None) -> str:
    """An estimate; where it has no limits, that it has none."""
    if found is None or isnan(found.value) or not (isnan(found.low) and isnan(found.high)):
        return said
    if found.missing == Missing.WITHHELD:
        return _("{number} (limits withheld)").format(number=said)
    return _("{number} (limits not estimable)").format(number=said)


def gap(found: tuple[float, float]) -> str:
    """A range of differences between two limits, in percentage points: ``7.21 to 7.48``."""
    return limits(*(number(100 * end, 2) for end in found))


def percent_decimals(n: int | None) -> int:
    """The decimals of a percentage of n patients; in a row of several groups of the `smallest`."""
    return 0 if n is not None and n < DECIMALS_FROM else 1


def smallest(groups: Iterable[int], least: int = 0) -> int:
    """Patients of the smallest group of a row that has a percentage: all of it has its decimals."""
    return min((n for n in groups if n and n >= least), default=0)


def counts(row: Iterable[tuple[int, int]], least: int = 0) -> list[str]:
    """Counts of the groups of one row, each as `count_of` has it, with the same decimals."""
    several = list(row)
    n = smallest((whole for _k, whole in several), least)
    return [count_of(k, whole, least, n) for k, whole in several]


def count_of(k: int, n: int, least: int = 0, smallest: int | None = None) -> str:
    """``29/36 (80.6%)``; below `least` patients the count alone.

    `smallest`: where a table is made a group at a time, that of the row.
    """
    counted = out_of(k, n)
    if n == 0 or n < least:
        return counted
    return f"{counted} ({percent(k / n, n if smallest is None else smallest)})"


def out_of(k: int, n: int) -> str:
    """``29/36``."""
    return f"{whole(k)}/{whole(n)}"


def confidence(level: float) -> str:
    """``95% CI``."""
    return _("{level}% CI").format(level=short(100 * level))


RANGES = (N_("{low} to {high}"), N_("{least} to {most}"), N_("{first} to {last}"))
"""Of two numbers without a sign, with one, and where one end is a word."""


def limits(low: str, high: str) -> str:
    """Two limits as a range that a minus sign does not confuse."""
    plain, signed, worded_end = RANGES
    if "−" in low + high:
        return _(signed).format(least=low, most=high)
    if not (low[:1].isdigit() and high[:1].isdigit()):
        return _(worded_end).format(first=low, last=high)
    return _(plain).format(low=low, high=high)


def proportions(row: Iterable[Proportion | None], least: int = 0) -> list[str]:
    """Rates of the groups of one row, each as `proportion` has it, with the same decimals."""
    several = list(row)
    n = smallest((each.n for each in several if each is not None), least)
    return [proportion(each, least, n) for each in several]


def proportion(rate: Proportion | None, least: int = 0, smallest: int | None = None) -> str:
    """``29/36 (80.6%, 95% CI 64.0 to 91.8)``; below `least` patients the count alone.

    `smallest`: as of `count_of`.
    """
    if rate is None:
        return _("no patient")
    if rate.n < least:
        return count_of(rate.k, rate.n, least)
    n = rate.n if smallest is None else smallest
    found = rate.estimate
    limited = between(found, percent_decimals(n), 100)
    counted = count_of(rate.k, rate.n, rate.n + 1)
    return f"{counted} ({percent(found.value, n)}, {confidence(found.confidence)} {limited})"


def ratio(found: Estimate | None) -> str:
    """A ratio: ``0.50 (95% CI 0.37 to 0.68)``."""
    return _bare(estimate(found, 2, none=1), found)


def difference(found: Estimate | None, unit: str = "") -> str:
    """A difference of times: ``2.2 (95% CI 0.05 to 4.40)``."""
    return _bare(estimate(found, unit=unit, none=0), found)


def estimate(
    found: Estimate | None,
    decimals: int = 1,
    scale: float = 1,
    unit: str = "",
    none: float | None = None,
) -> str:
    """``22.0 (95% CI 17.9 to 30.7)``; what is missing in words.

    `found`: none where it was withheld. `scale`: multiplies every part: 100 for per cent. `unit`:
    follows the value. `none`: the value of no difference, onto which no part is rounded.
    """
    if found is None:
        return _(WITHHELD)
    value = part(found.value, found, decimals, scale, none)
    if unit and not isnan(found.value):
        value = with_sign(value, unit)
    if isnan(found.low) and isnan(found.high):
        return value
    return f"{value} ({confidence(found.confidence)} {between(found, decimals, scale, none)})"


def between(found: Estimate, decimals: int = 1, scale: float = 1, none: float | None = None) -> str:
    """Both limits, with as many decimals as either needs not to be rounded to no difference.

    ``0.05 to 4.40``
    """
    sides = (found.low, found.high)
    if none is not None:
        known = [scale * side for side in sides if not isnan(side)]
        decimals = max((_apart(side, none, decimals) for side in known), default=decimals)
    ends = _ends(scale, none)
    return limits(
        *(
            _missing(found) if isnan(side) else _inside(scale * side, decimals, *ends)
            for side in sides
        )
    )


def part(
    value: float, found: Estimate, decimals: int, scale: float = 1, none: float | None = None
) -> str:
    """One part of an estimate: the number, or the reason why there is none."""
    if isnan(value):
        return _missing(found)
    if none is not None:
        return beside(scale * value, none, decimals)
    return _inside(scale * value, decimals, *_ends(scale, none))


def _missing(found: Estimate) -> str:
    return _(_MISSING.get(found.missing, N_("not estimable")))


def survival(found: Estimate | None, n: int | None = None) -> str:
    """Survival at a time: ``83.3% (95% CI 66.6 to 92.1)``; `n`: as `percent_decimals` asks."""
    return _bare(estimate(found, percent_decimals(n), 100, "%"), found)


def pvalue(p: float) -> str:
    """``p = 0.012``, ``p < 0.001``, ``p > 0.999``; none is rounded to 0.05."""
    if isnan(p):
        return _("not estimable")
    if p < 0.001:
        return f"p < {number(0.001, 3)}"
    return f"p > {number(0.999, 3)}" if p > 0.9995 else f"p = {beside(p, 0.05, 3)}"


def months(value: float) -> str:
    """``6 months``, ``1 month``, ``1.5 months``."""
    rounded = round(value, 1)
    return ngettext("{n} month", "{n} months", form(rounded)).format(n=short(rounded))


def several_months(several: Sequence[float]) -> str:
    """``3, 6 and 12 months``."""
    return listed([*map(short, several[:-1]), *map(months, several[-1:])])


def day(value: date) -> str:
    """A date: 2021-03-09; a day that is only counted as ``day 56``."""
    if is_counted(value):
        return _("day {n}").format(n=value.toordinal() - NO_CALENDAR.toordinal())
    own = date_format()
    return value.strftime(own) if own else value.isoformat()


def day_typed() -> str:
    """How a date is written where it is typed or shown by the platform: ``DD.MM.YYYY``."""
    own = date_format() or "%Y-%m-%d"
    return own.replace("%d", "DD").replace("%m", "MM").replace("%Y", "YYYY")


def dated(words: str) -> str:
    """A text that may be a date in ISO's form, as it is shown."""
    return day(date.fromisoformat(words)) if _COUNTED.fullmatch(words) else words


def patients(n: int) -> str:
    """``36 patients``."""
    return ngettext("{n} patient", "{n} patients", n).format(n=n)


def events(n: int) -> str:
    """``9 events``."""
    return ngettext("{n} event", "{n} events", n).format(n=n)


def days(n: int) -> str:
    """``28 days``."""
    return ngettext("{n} day", "{n} days", n).format(n=n)


def times(n: int) -> str:
    """``20 times``."""
    return ngettext("{n} time", "{n} times", n).format(n=n)


def withheld_below(least: int) -> str:
    """``withheld, fewer than 5 patients``."""
    return ngettext(
        "withheld, fewer than {n} patient", "withheld, fewer than {n} patients", least
    ).format(n=least)


def rows(numbers: Sequence[int], at_most: int = 12) -> str:
    """``Row 4.``, ``Rows 4, 7 and 9.``, the first few of many."""
    if not numbers:
        return ""
    if len(numbers) == 1:
        return _("Row {row}.").format(row=numbers[0])
    shown = ", ".join(str(row) for row in numbers[:at_most])
    if len(numbers) > at_most:
        return _("Rows {rows} and {more} more.").format(rows=shown, more=len(numbers) - at_most)
    return _("Rows {rows}.").format(rows=shown)


def runs(numbers: Sequence[int]) -> list[str]:
    """Numbers in order, those that follow each other as one: ``["4", "7-9"]``."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][-1] + 1:
            found[-1] = [found[-1][0], number]
        else:
            found.append([number, number])
    return [f"{first}-{last}" if last > first else str(first) for first, last in found]


def finding(found: Finding) -> str:
    """``os_months: -3 is not a number of months, 0 or more; set aside. Row 5.``"""
    message = remark(found)
    place = " / ".join(filter(None, (found.sheet, where(found))))
    subject = f"{place}: " if place else ""
    return sentence(f"{subject}{message}. {rows(found.rows)}".strip())


def where(found: Finding) -> str:
    """The column of a finding as the file calls it; what is taken from others, with its meaning.

    ``Дата последнего контакта (Death)``
    """
    if not found.taken_from:
        return cut(found.column)
    column = COLUMNS.get(found.column)
    meant = label(column) if column else found.column
    return _("{headers} ({meaning})").format(headers=cut(found.taken_from), meaning=meant)


def meant(found: Finding) -> str:
    """What a finding says that its column is, or is likeliest to be; '' where it says nothing."""
    said = dict(found.values)
    fields = said.get("meant") or said.get("candidates")
    first = next(iter(fields), "") if isinstance(fields, tuple) else fields
    return worded(first) if isinstance(first, str) else ""


_BARS = "▁▂▃▄▅▆▇█"


def bars(heights: Sequence[int]) -> str:
    """Heights as a line of bars: ``▁▃█▅``; a bin with nothing in it stays blank."""
    most = max(heights, default=0)
    return "".join(
        _BARS[round((len(_BARS) - 1) * height / most)] if height else "\u2007" for height in heights
    )


def unended(words: str) -> str:
    """A sentence without its end; a short form keeps its dot."""
    return words if words.endswith(abbreviations()) else words.removesuffix(".")


def sentences(words: str) -> list[str]:
    """A paragraph as its sentences: ``18,0 мес. (95 % ДИ 14,1–21,4)`` is within one."""
    return _between_sentences(abbreviations()).split(words)


@cache
def _between_sentences(abbreviated: Sequence[str]) -> re.Pattern[str]:
    within = "".join(rf"(?<!\b{re.escape(words)})" for words in abbreviated)
    return re.compile(rf"(?<=[.!?])(?:\s+(?=[A-ZА-ЯЁ“«\"])|{within}\s+(?=\())")


def sentence(words: str) -> str:
    """Sentences that end once, where what ends one has an end of its own: a question, ``No.``."""
    return _ENDED_TWICE.sub(r"\1", words)


def remark(found: Finding) -> str:
    """What a finding says, without where: ``-3 is not a number of months, 0 or more``."""
    own = {"value": cut(found.value), "column": cut(found.column), "n": len(found.rows)}
    fields = {name: _named(name, value) for name, value in found.values}
    return counting(found.message, {**own, **dict(found.values)}).format(**{**own, **fields})


def said(message: str, values: Iterable[tuple[str, object]] = ()) -> str:
    """Any other template with its values."""
    known = dict(values)
    return _filled(counting(message, known), known.items())


def _filled(words: str, values: Iterable[tuple[str, object]]) -> str:
    return sentence(words.format(**{name: _named(name, value) for name, value in values}))


def said_of_many(code: str) -> str:
    """The template of a code, of so many that what it names of one is left open."""
    words = template(code)
    return sentence(_PLACE.sub("…", counting(words, defaultdict(str))))


def reason(found: Reason) -> str:
    """Why a response was derived: ``sum 57 mm is +21.3% and +10 mm over nadir 47 mm of ...``."""
    return said(found.template, found.values)


def caution(found: Caution) -> str:
    """A caution in full."""
    return " ".join(each for each in beware(found) if each)


def beware(found: Caution) -> tuple[str, str]:
    """A caution's one line, and the rest: why, and what to read instead; '' where that is all."""
    line, _newline, rest = counting(found.message, dict(found.values)).partition("\n")
    return _filled(line, found.values), _filled(rest, found.values)


def beware_of(found: Iterable[Caution]) -> list[tuple[str, str]]:
    """Cautions as `beware` has each; those that say the same once, with all that they are about."""
    alike: dict[str, list[Caution]] = {}
    for each in dict.fromkeys(found):
        alike.setdefault(each.message, []).append(each)
    return [_beware_of(each) for each in alike.values()]


def _beware_of(alike: Sequence[Caution]) -> tuple[str, str]:
    first, *others = alike
    line, _rest = beware(first)
    also = dict.fromkeys(", ".join(_otherwise(each, first)) for each in others)
    if also:
        line = _("{line} So too: {others}.").format(line=line, others="; ".join(also))
    return line, " ".join(dict.fromkeys(rest for each in alike if (rest := beware(each)[1])))


def _otherwise(found: Caution, first: Caution) -> Iterator[str]:
    """What a caution names otherwise than another of the same words."""
    before = dict(first.values)
    for name, value in found.values:
        if name == "n" or value != before.get(name):
            yield _("n = {n}").format(n=_named(name, value)) if name == "n" else _named(name, value)


def error(problem: WordedError) -> str:
    """The sentence for a file that gives no cohort, a plan, what was typed, or a question."""
    return sentence(f"{said(problem.message, problem.values.items())}.")


def not_applied(written: Written) -> str:
    """What of a plan of another version could not be applied, in one sentence; '' where all was."""
    reasons = [said(lost.message, lost.values.items()) for lost in written.lost]
    if not reasons:
        return ""
    return _(
        "The plan was written by Hepar {version}, this is Hepar {here}, and not all of it could be "
        "applied; left at its default: {reasons}."
    ).format(version=written.version, here=__version__, reasons="; ".join(reasons))


def requirement(asked: Requirement) -> str:
    """One condition of adjusting: ``of 20 patients needed, the smaller arm has 16``."""
    return counting(asked.message, {"found": asked.found, "needed": asked.needed}).format(
        found=number(asked.found, 0 if asked.found == int(asked.found) else 1),
        needed=short(asked.needed),
        columns=listed(in_sentence(column) for column in asked.columns),
    )


def _named(name: str, value: object) -> str:
    """What a template names, cut where it comes from a file, as it counts where it does."""
    if isinstance(value, Integral) and is_count(name):
        return whole(int(value))
    if name in _FROM_FILE:
        if isinstance(value, tuple):
            return listed(cut(str(each)) for each in value)
        if isinstance(value, str):
            return cut(value, LONGEST if name in ("value", "column") else 3 * LONGEST)
    return _value(value)


def _value(value: object) -> str:
    if isinstance(value, Level):
        return named(value)
    if isinstance(value, Column | Endpoint):
        return label(value)
    if isinstance(value, tuple):
        return listed(_value(each) for each in value)
    if isinstance(value, Estimate):
        return estimate(value, unit=_("months"))  # all that a caution tells are of times
    if isinstance(value, float):
        return short(value)
    return dated(worded(value)) if isinstance(value, str) else str(value)


def condition(asked: Condition, column: Column) -> str:
    """One condition in words: ``Modality: Chemoinfusion (HAI)``, ``Age: 50 to 60``."""
    names = labels(column)
    parts = []
    if asked.levels:
        parts.append(_(" or ").join(names.get(code, code) for code in asked.levels))
    if asked.low is not None or asked.high is not None:
        parts.append(_span(asked))
    if asked.keep_missing:
        parts.append(_("or missing"))
    return f"{label(column)}: {' '.join(parts)}"


def _span(asked: Condition) -> str:
    if asked.low is None:
        return _("up to {high}").format(high=short(asked.high or 0))
    if asked.high is None:
        return _("from {low}").format(low=short(asked.low))
    return limits(short(asked.low), short(asked.high))


def selection(whence: Provenance) -> str:
    """The active filter in words; '' where nothing is selected."""
    return "; ".join(condition(asked, column) for asked, column in whence.selection)


def cut_at(whence: Provenance, column: Column) -> str:
    """Where a column of numbers is cut into groups, and why there; '' for any other column."""
    cut = whence.cuts.get(column.name, Cut())
    points = listed(short(point) for point in cut.at)
    if column.unit:
        points = with_sign(points, worded(column.unit))
    templates = {
        "plan": N_("{column} is cut at {points}, as chosen."),
        "schema": N_("{column} is cut at {points}."),
        "median": N_("{column} is cut at its median of all patients, {points}."),
    }
    words = _(templates[cut.by]) if cut.at else ""
    return words.format(column=label(column), points=points)


def under_study(whence: Provenance) -> str:
    """Who is under study: ``14 of 36 patients. Modality: Chemoinfusion (HAI).``

    With the data cut-off, where the file goes on after it.
    """
    chosen = selection(whence)
    words = ngettext("The one patient.", "All {n} patients.", whence.whole).format(n=whence.whole)
    if chosen:
        words = ngettext(
            "{n} of {whole} patient. {selection}.",
            "{n} of {whole} patients. {selection}.",
            whence.whole,
        ).format(n=whence.n, whole=whence.whole, selection=chosen)
    words = sentence(words)
    if whence.cut_off is None:
        return words
    return _("{patients} Data cut-off {day}.").format(patients=words, day=day(whence.cut_off))


def step(done: Step, whence: Provenance) -> str:
    """What one step of the selection was."""
    column = asked_of(done, whence)
    if done.condition is not None and column is not None:
        return condition(done.condition, column)
    return said(done.message, done.values)


def asked_of(done: Step, whence: Provenance) -> Column | None:
    """The column that a step asked something of, where the file has it."""
    return next((column for asked, column in whence.selection if asked == done.condition), None)


def source(where: Source) -> str:
    """What every page and export says of the file, where it says that it is synthetic."""
    return _("Synthetic patients. {note}").format(note=note(where)).strip() * where.synthetic


def note(where: Source) -> str:
    """What a file says of itself; what ours say, in the visitor's language."""
    return worded(_NOTES.get(where.note, where.note))


def titled(title: str, more: str) -> str:
    """A title with what it is of or by, where there is something: ``Response by modality``."""
    return f"{title} {more}".strip()


def listed(names: Iterable[str]) -> str:
    """``a, b and c``."""
    return _joined(names, N_("{first} and {last}"))


def lacks(found: Lacking) -> str:
    """What the rows of a registry cannot answer, and which columns would be needed, in a line."""
    several = either if found.one_is_enough else listed
    names, instead = (
        join(f"{label(each)} ({each.name})" for each in columns)
        for join, columns in ((several, found.columns), (listed, found.instead))
    )
    if found.instead:
        names = _("{columns}; or {instead}").format(columns=names, instead=instead)
    asks = _("{what} The rows that the registry is prepared from would need: {columns}.")
    return asks.format(what=_(found.what), columns=names)


def some(names: Iterable[str]) -> str:
    """``a, b, c and 4 more``: of many names the first, where all of them stand elsewhere."""
    known = list(names)
    if len(known) <= _SOME + 1:
        return listed(known)
    return listed([*known[:_SOME], _("{n} more").format(n=len(known) - _SOME)])


def either(names: Iterable[str]) -> str:
    """``a, b or c``."""
    return _joined(names, N_("{first} or {last}"))


def _joined(names: Iterable[str], last_two: str) -> str:
    *several, last = list(names) or [""]
    return _(last_two).format(first=", ".join(several), last=last) if several else last
