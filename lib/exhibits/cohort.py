"""The cohort: from rows to patients, and what is missing."""

from functools import partial

import pandas as pd

from lib import text
from lib.analyses.provenance import Provenance
from lib.analyses.study import Study
from lib.cohort import Cohort
from lib.exhibits import exhibit
from lib.exhibits.exhibit import Exhibit, Table
from lib.figures.cohort import MOST, flow_diagram, missingness
from lib.language import _, ngettext
from lib.schema import TABLES


def flow(whence: Provenance) -> Exhibit:
    """From the rows read to the patients under study."""
    title = _("From rows to patients")
    return Exhibit(
        key="flow",
        title=title,
        provenance=whence,
        made=("study.under_study",),
        sentences=(flow_words(whence),),
        draw=partial(flow_diagram, whence),
        caption=text.under_study(whence),
        tables=(Table(title, partial(steps, whence), shown="taken"),),
    )


def missing(study: Study) -> Exhibit | None:
    """The values that the file lacks, whatever the filters; None where it lacks none."""
    title, whole = _("Missing values"), study.as_read
    if not any(whole.missing(name).any() for name in whole.columns):
        return None
    return Exhibit(
        key="missing-values",
        title=title,
        provenance=exhibit.of_file(study),
        made=("study.under_study",),
        draw=partial(missingness, whole),
        shows=_most_lacking(whole),
        undrawn=undrawn(whole),
        caption=missing_caption(whole),
        tables=(Table(title, partial(lacking, whole)),),
    )


def _most_lacking(cohort: Cohort) -> str:
    """In how many columns a value is missing, and the three that lack most."""
    found = {name: int(cohort.missing(name).sum()) for name in cohort.columns}
    counts = {name: found[name] for name in sorted(found, key=found.__getitem__, reverse=True)}
    counts = {name: k for name, k in counts.items() if k}
    most = (
        _("{column} {count}").format(
            column=text.label(cohort.columns[name]), count=text.count_of(k, len(cohort))
        )
        for name, k in list(counts.items())[:3]
    )
    k = len(counts)
    columns = ngettext("{k} column", "{k} columns", k).format(k=k)
    return _("Values are missing in {columns}, most in: {most}.").format(
        columns=columns, most=text.listed(most)
    )


def columns(study: Study) -> Exhibit:
    """Each header of the file, and what it was read as."""
    title = _("Columns as they were read")
    return Exhibit(
        key="columns",
        title=title,
        provenance=exhibit.of_file(study),
        made=("study.under_study",),
        tables=(Table(title, partial(mapping, study.as_read)),),
    )


def overlap(study: Study) -> Exhibit | None:
    """Patients by modality as recorded and as compared; None where only one of them is known."""
    counted = study.overlap()
    if not counted:
        return None
    rows = [
        (text.label(recorded), text.label(used) or _("No value"), text.whole(n))
        for recorded, used, n in counted
    ]
    title, names = _("Modality as recorded"), (_("As recorded"), _("As compared"), _("Patients"))
    return Exhibit(
        key="modality-as-recorded",
        title=title,
        provenance=study.provenance,
        made=("study.under_study",),
        tables=(Table(title, partial(exhibit.lines, rows, *names)),),
    )


def flow_words(whence: Provenance) -> str:
    """``240 rows read, 4 set aside; 236 patients, 100 of them under study.``"""
    under = whence.n
    read, aside, patients = whence.rows_to_patients
    rows = ngettext("{n} row read", "{n} rows read", read).format(n=read)
    if aside:
        rows = ngettext("{rows}, {n} set aside", "{rows}, {n} set aside", aside).format(
            rows=rows, n=aside
        )
    left = text.patients(patients)
    if under != patients:
        left = _("{patients}, {n} of them under study").format(patients=left, n=under)
    return f"{rows}; {left}."


def undrawn(cohort: Cohort) -> str:
    """How many patients of a large file have no place in the figure."""
    left = len(cohort) - MOST
    return (
        ngettext(
            "Not drawn: {n} patient after these.", "Not drawn: {n} patients after these.", left
        ).format(n=left)
        if left > 0
        else ""
    )


def missing_caption(cohort: Cohort) -> str:
    """The caption of the figure of missing values, which no filter narrows."""
    n = len(cohort)
    blank = any((~cohort.given(name) & ~cohort.missing(name)).any() for name in cohort.columns)
    return exhibit.joined(
        ngettext(
            "The one patient of the file, whatever the filters; a filled cell: no value.",
            "All {n} patients of the file, whatever the filters; a filled cell: no value.",
            n,
        ).format(n=n),
        _("Drawn: the first {most}; the table counts all.").format(most=MOST) if n > MOST else "",
        _("What has not happened lacks no date, as death in the living.") if blank else "",
    )


def steps(whence: Provenance) -> pd.DataFrame:
    """From the rows read to the patients under study, a line a step."""
    return pd.DataFrame(
        [
            {
                _("Step"): text.step(step, whence),
                _("Set aside"): text.whole(step.removed) if step.removed else "",
                _("Remaining"): text.whole(step.left),
            }
            for step in whence.steps
        ]
    )


def lacking(cohort: Cohort) -> pd.DataFrame:
    """The columns of the file in which some patient has no value."""
    n = len(cohort)
    rows = [
        (text.label(column), text.count_of(int(k), n))
        for name, column in cohort.columns.items()
        if (k := cohort.missing(name).sum())
    ]
    return exhibit.lines(rows, _("Column"), _("No value"))


def template(table: str) -> pd.DataFrame:
    """The columns of a table of the schema, as a table of the guide."""
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
            for column in TABLES[table].values()
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
    return exhibit.lines(rows, _("Header"), _("Read as"), _("Table"))
