"""What the import found: a line for each kind on a page, a line for each finding to take away."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd

from lib import text
from lib.analyses.study import Study
from lib.cohort import WHOLE_ROW, Cohort, Finding
from lib.exhibits import exhibit
from lib.exhibits.exhibit import Exhibit, Table
from lib.language import N_, _, ngettext
from lib.schema import ENDPOINTS

SEVERITY = {"error": N_("Error"), "warning": N_("Warning"), "note": N_("Note")}
_RUNS = 2000  # runs of rows in a cell: a spreadsheet holds 32,767 signs in one
_EXAMPLES = 3
_COLUMNS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """Findings that say the same of several values, columns or sheets."""

    # In the order of the file; of one sheet, severity, message and consequence.
    findings: tuple[Finding, ...]

    @property
    def severity(self) -> str:
        """``error``, ``warning`` or ``note``."""
        return self.findings[0].severity

    @property
    def sheet(self) -> str:
        """The sheet, where the file has several."""
        return self.findings[0].sheet

    @property
    def rows(self) -> tuple[int, ...]:
        """The rows they concern, each once."""
        return tuple(sorted({row for each in self.findings for row in each.rows}))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns they are about, as the file calls them."""
        return tuple(dict.fromkeys(filter(None, map(text.where, self.findings))))


def of_file(shown: Sequence[Kind], study: Study) -> Exhibit:
    """What the import found: a line a kind, and to take away a line a finding with every row."""
    each = [found for kind in shown for found in kind.findings]
    return Exhibit(
        key="findings",
        title=_("Findings"),
        provenance=exhibit.of_file(study),
        made=("study.under_study",),
        tables=(
            Table(_("Findings by kind"), partial(table, shown)),
            Table(_("Findings"), partial(log, each), shown="taken"),
        ),
    )


def kinds(found: Iterable[Finding], severities: Sequence[str] = tuple(SEVERITY)) -> list[Kind]:
    """Findings by kind: what decides the result first, then what concerns most rows.

    `severities`: those that are shown.
    """
    alike: dict[tuple[str, str, str, tuple[str, ...]], list[Finding]] = {}
    for each in found:
        if each.severity in severities:
            key = (each.sheet, each.severity, each.message, each.sets_aside)
            alike.setdefault(key, []).append(each)
    return sorted(map(Kind, map(tuple, alike.values())), key=_weight)


def _weight(kind: Kind) -> tuple[int, bool, bool, int]:
    aside = kind.findings[0].sets_aside
    order = list(SEVERITY).index(kind.severity)
    return order, not aside, WHOLE_ROW not in aside, -len(kind.rows)


def table(found: Iterable[Kind]) -> pd.DataFrame:
    """A line for each kind: what, where, an example or more, what leaves the rows out, how many."""
    return pd.DataFrame(
        [
            {
                _("Severity"): _(SEVERITY[kind.severity]),
                _("Finding"): words(kind),
                _("Where"): place(kind),
                _("Not counted in"): _aside(kind.findings[0]),
                _("Rows"): text.whole(len(kind.rows)) if kind.rows else "",
            }
            for kind in found
        ],
        columns=[_("Severity"), _("Finding"), _("Where"), _("Not counted in"), _("Rows")],
    )


def words(kind: Kind) -> str:
    """What findings of a kind say: the first, and how many more there are of other values."""
    said = list(dict.fromkeys(map(text.remark, kind.findings)))
    first, *others = said
    if not others:
        return text.sentence(f"{first}.")
    more = ngettext("{n} more like it", "{n} more like it", len(others)).format(n=len(others))
    values = _examples(kind)
    if values:
        shown = ", ".join(values[:_EXAMPLES])
        further = ", …" if len(values) > _EXAMPLES else ""
        more = _("{more}: {examples}").format(more=more, examples=shown + further)
    return text.sentence(f"{first}; {more}.")


def _examples(kind: Kind) -> list[str]:
    """The values of all findings but the first; of headers, what each is, or may be, read as."""
    found = [each.value for each in kind.findings if each.value]
    values = [_("'{value}'").format(value=text.cut(value)) for value in found]
    if values:
        return list(dict.fromkeys(values))[1:]
    return [
        _("'{header}' as {meaning}").format(header=text.cut(each.column), meaning=meant)
        for each in kind.findings[1:]
        if (meant := text.meant(each))
    ]


def as_read(cohort: Cohort, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of a cohort as a reader sees them: labels of the columns, and of their levels.

    `rows`: of `Cohort.patients`.
    """
    heads = Counter(map(text.label, cohort.columns.values()))
    named = {"row": _("Row")} | {
        name: words if heads[words := text.label(column)] == 1 else f"{words} ({name})"
        for name, column in cohort.columns.items()
    }
    worded = {
        name: rows[name].replace(text.labels(column))
        for name, column in cohort.columns.items()
        if column.levels
    }
    return rows.assign(**worded).set_index("row").reset_index().rename(columns=named)


def titled(kind: Kind) -> str:
    """Where and what: ``Исходы / ОВ, мес: '9999' is beyond what is possible; 2 more like it.``"""
    where = place(kind)
    return f"{where}: {words(kind)}" if where else words(kind)


def place(kind: Kind) -> str:
    """The sheet and the columns that a kind is about, the first few of many; else its rows."""
    if not kind.columns:
        rows = text.rows(kind.rows, _COLUMNS).removesuffix(".") if kind.rows else ""
        return " / ".join(filter(None, (text.cut(kind.sheet), rows)))
    known = list(kind.columns)
    shown = ", ".join(known)
    if len(known) > _COLUMNS + 1:
        shown = _("{columns} and {n} more").format(
            columns=", ".join(known[:_COLUMNS]), n=len(known) - _COLUMNS
        )
    return " / ".join(filter(None, (text.cut(kind.sheet), shown)))


def log(found: Iterable[Finding]) -> pd.DataFrame:
    """Findings to take away: each with the sheet, the column, the value, and every row of it."""
    names = [
        _("Severity"),
        _("Sheet"),
        _("Column"),
        _("Value"),
        _("Finding"),
        _("Not counted in"),
        _("Number of rows"),
        _("Rows"),
    ]
    lines = [
        (
            _(SEVERITY[each.severity]),
            each.sheet,
            text.where(each),
            each.value,
            text.remark(each),
            _aside(each),
            text.whole(len(each.rows)) if each.rows else "",
            rows,
        )
        for each in found
        for rows in _all_rows(each.rows)
    ]
    return pd.DataFrame(lines, columns=names)


def _all_rows(numbers: Sequence[int]) -> list[str]:
    """Every row of a finding, in as many cells as they need."""
    runs = text.runs(numbers)
    return [", ".join(runs[at : at + _RUNS]) for at in range(0, max(len(runs), 1), _RUNS)]


def _aside(found: Finding) -> str:
    """The analyses that leave the rows of a finding out."""
    return ", ".join(_analysis(code) for code in found.sets_aside)


def _analysis(code: str) -> str:
    """An analysis in words; an endpoint of the file's own by the name it has there."""
    if code in ENDPOINTS:
        return text.label(ENDPOINTS[code])
    return _({WHOLE_ROW: N_("all analyses"), "response": N_("Response")}.get(code, code))
