"""The cohort: from rows to patients, and what is missing."""

from collections.abc import Iterable

import pandas as pd

from lib import text
from lib.analyses.study import Study
from lib.cohort import Cohort
from lib.exhibits import exhibit
from lib.figures.cohort import MOST
from lib.language import _
from lib.schema import TABLES, Column


def missing_caption(cohort: Cohort) -> str:
    """The caption of the figure of missing values, which no filter narrows."""
    lacking = [
        column for name, column in cohort.columns.items() if cohort.patients[name].isna().any()
    ]
    n = len(cohort)
    return exhibit.joined(
        _("All {n} patients of the file, whatever the filters; a filled cell: no value.").format(
            n=n
        ),
        _("Drawn: the first {most}; the table counts all.").format(most=MOST) if n > MOST else "",
        _("What has not happened has no date either, as death in the living.")
        if any(column.kind == "date" and not column.baseline for column in lacking)
        else "",
    )


def overlap(study: Study) -> pd.DataFrame | None:
    """Patients by modality as recorded and as compared; None where only one of them is known."""
    rows = [
        (text.label(recorded), text.label(used) or _("No value"), str(n))
        for recorded, used, n in study.overlap()
    ]
    names = [_("As recorded"), _("As compared"), _("Patients")]
    return pd.DataFrame(rows, columns=names) if rows else None


def flow(study: Study) -> pd.DataFrame:
    """From the rows read to the patients under study, a line a step."""
    return pd.DataFrame(
        [
            {
                _("Step"): text.step(step, study.whole),
                _("Set aside"): str(step.removed) if step.removed else "",
                _("Remaining"): str(step.left),
            }
            for step in study.steps
        ]
    )


def missing(cohort: Cohort) -> pd.DataFrame:
    """The columns of the file in which some patient has no value."""
    n = len(cohort)
    rows = [
        (text.label(column), text.count_of(int(lacking), n))
        for name, column in cohort.columns.items()
        if (lacking := cohort.patients[name].isna().sum())
    ]
    return pd.DataFrame(rows, columns=[_("Column"), _("No value")])


def columns(known: Iterable[Column]) -> pd.DataFrame:
    """The schema's columns as a table of the guide."""
    return pd.DataFrame(
        [
            {
                _("Column"): column.name,
                _("Means"): text.with_unit(column),
                _("Values"): ", ".join(level.code for level in column.levels)
                or _(text.KINDS[column.kind]),
                _("Also read"): "; ".join(column.headers()[1:6]),
                _("Filters and groups"): _("yes") if column.baseline else "",
            }
            for column in known
        ]
    )


def mapping(cohort: Cohort) -> pd.DataFrame:
    """Each header of the file, and what it was read as."""
    known = {name: column for table in TABLES.values() for name, column in table.items()}
    rows = []
    for mapped in cohort.reading.columns:
        column = known.get(mapped.column)
        if column is not None:
            meaning = text.with_unit(column)
        elif mapped.column:
            meaning = _("not kept")
        else:
            meaning = _("carried along, unknown in time")
        rows.append((mapped.header, meaning, mapped.table))
    return pd.DataFrame(rows, columns=[_("Header"), _("Read as"), _("Table")])
