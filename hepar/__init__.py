"""Hepar from Python: cohorts of patients treated through the hepatic artery.

From a file to a curve, with the numbers and the cautions that the app shows:

>>> import hepar
>>> cohort = hepar.read(hepar.SAMPLE)
>>> len(cohort)
36
>>> study = hepar.study(cohort)
>>> overall = hepar.survival(study, "OS")
>>> overall.numbers.everyone.events
24
>>> round(overall.numbers.everyone.median.value, 1)
22.0
>>> overall.figure.layout.xaxis.title.text
'Months from the first procedure'

In a notebook each of these shows itself as the app shows it. Nothing of this leaves the machine,
and nothing is imported before it is asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib import __version__

if TYPE_CHECKING:
    from os import PathLike

    from hepar.shown import Exhibits, Shown
    from lib.analyses.comparison import Comparison
    from lib.analyses.patients import Order
    from lib.analyses.response import ResponseByGroup
    from lib.analyses.study import Study
    from lib.analyses.survival import SurvivalByGroup
    from lib.cohort import Cohort, CohortError
    from lib.plan import Plan, PlanError

    File = str | PathLike[str]

__all__ = [
    "SAMPLE",
    "Cohort",
    "CohortError",
    "Plan",
    "PlanError",
    "Study",
    "__version__",
    "changes",
    "compare",
    "exhibits",
    "patient",
    "patients",
    "plan",
    "read",
    "response",
    "results",
    "study",
    "survival",
]

SAMPLE = Path(__file__).parent / "sample_data" / "synthetic_36.xlsx"
if not SAMPLE.exists():  # in the repository it stands beside this package
    SAMPLE = SAMPLE.parents[2] / "sample_data" / SAMPLE.name


def __getattr__(name: str) -> Any:
    """Import a class of the interface when it is first asked for."""
    if name in ("Plan", "PlanError"):
        from lib import plan as room
    elif name in ("Cohort", "CohortError"):
        from lib import cohort as room  # type: ignore[no-redef]
    elif name == "Study":
        from lib.analyses import study as room  # type: ignore[no-redef]
    else:
        raise AttributeError(f"module 'hepar' has no attribute {name!r}")
    found = globals()[name] = getattr(room, name)
    return found


def read(file: File | bytes, plan: Plan | File | None = None, *, name: str = "") -> Cohort:
    """Read a spreadsheet, as the app reads it.

    Parameters
    ----------
    file : path or bytes
        A workbook (XLSX, XLSM, XLSB, XLS, ODS), text (CSV, TSV), or a file of SPSS or Stata.
    plan : Plan or path, optional
        Whose answers to the questions of the import are followed; without it columns and levels
        are as they are proposed, and what is in doubt stays unread.
    name : str, optional
        What a file that is given as bytes is called.

    Returns
    -------
    Cohort
        `patients` and `tables` are frames in canonical columns and units; `findings` has all that
        was read otherwise than it stands, and why.

    Raises
    ------
    CohortError
        If no patient can be read.

    Examples
    --------
    >>> cohort = read(SAMPLE)
    >>> sorted(cohort.patients["modality"].unique())
    ['BOTH', 'HAI', 'TACE']
    >>> [finding.code for finding in cohort.findings]
    []
    """
    from lib import text
    from lib.cohort import CohortError
    from lib.plan import Reading
    from lib.worker.pool import read_cohort

    reading = _plan(plan).reading if plan is not None else Reading()
    data = file if isinstance(file, bytes) else Path(file).read_bytes()
    called = name or ("" if isinstance(file, bytes) else Path(file).name)
    try:
        return read_cohort(called, data, reading)
    except CohortError as error:
        error.args = (text.error(error),)
        raise


def plan(file: File | None = None, *, text: str = "") -> Plan:
    """Read an analysis plan, as the app saves it.

    Parameters
    ----------
    file : path, optional
    text : str, optional
        The plan itself, where there is no file; what it does not name has its default.

    Returns
    -------
    Plan

    Raises
    ------
    PlanError
        If it is none, or of this version and not all of it is known.

    Warns
    -----
    UserWarning
        If it is of another version, and not all of it could be applied.

    Examples
    --------
    >>> plan(text='[study]\\nby = "centre"').study.by
    'centre'
    """
    import warnings

    from lib.plan import read as read_plan
    from lib.text import not_applied

    written = read_plan(Path(file).read_bytes() if file is not None else text)
    if lost := not_applied(written):
        warnings.warn(lost, UserWarning, stacklevel=2)
    return written.plan


def study(cohort: Cohort | File, plan: Plan | File | None = None) -> Study:
    """Put patients under study by a plan.

    Parameters
    ----------
    cohort : Cohort or path
        A file is read by the answers of the plan.
    plan : Plan or path, optional
        Every choice that a number depends on; the defaults without it.

    Returns
    -------
    Study
        `cohort` has the patients under study, `steps` says who was left out and why, and `plan` is
        the plan in force.

    Raises
    ------
    PlanError
        If the plan asks for what the file does not have, or did not know at baseline.

    Examples
    --------
    >>> chosen = '[[study.selection]]\\ncolumn = "modality"\\nlevels = ["HAI"]'
    >>> len(study(SAMPLE, plan(text=chosen)).cohort)
    20
    """
    from lib.analyses.study import opening_plan, under_study
    from lib.cohort import Cohort

    chosen = _plan(plan)
    whole = cohort if isinstance(cohort, Cohort) else read(cohort, chosen)
    return under_study(whole, opening_plan(whole, chosen))


def response(study: Study) -> Shown[ResponseByGroup]:
    """Response at fixed times and best response, with limits, by the plan's grouping.

    Examples
    --------
    >>> found = response(study(SAMPLE))
    >>> six = found.numbers.times[1].everyone
    >>> int(six.counts.sum()), found.title
    (36, 'Response by modality')
    """
    from lib.analyses import response as analysis

    return _shown(study, analysis.by_group(study), "response.by_group")


def survival(study: Study, endpoint: str = "OS") -> Shown[SurvivalByGroup]:
    """Kaplan-Meier curves of an endpoint with all that is read from them, by the plan's grouping.

    Parameters
    ----------
    study : Study
    endpoint : str
        By its code: ``OS``, ``PFS``, ``HPFS``, or one of the file's own.

    Raises
    ------
    LookupError
        If the file does not tell of this endpoint.

    Examples
    --------
    >>> found = survival(study(SAMPLE), "PFS")
    >>> found.numbers.everyone.n
    36
    >>> [group.level.code for group in found.numbers.groups]
    ['HAI', 'TACE']
    """
    from lib.analyses import survival as analysis

    known = {each.code: each for each in analysis.available(study)}
    if endpoint not in known:
        raise LookupError(f"no endpoint {endpoint!r}; the file tells of {sorted(known)}")
    numbers = analysis.by_group(study, known[endpoint])
    return _shown(study, numbers, "survival.by_group", endpoint)


def compare(study: Study, outcome: str = "OS") -> Shown[Comparison]:
    """Two arms side by side, as the plan names them; nothing is claimed that the app does not.

    Parameters
    ----------
    study : Study
    outcome : str
        The code of an endpoint, ``response``, or ``balance`` for the arms at baseline.

    Raises
    ------
    LookupError
        If there are no two arms, or the file does not tell of this outcome.

    Examples
    --------
    >>> found = compare(study(SAMPLE))
    >>> found.numbers.reference.code, found.numbers.comparison.code, found.numbers.n
    ('HAI', 'TACE', (20, 16))
    """
    from lib.analyses import comparison

    numbers = comparison.of_arms(study)
    if numbers is None:
        raise LookupError("there are no two arms to compare")
    return _shown(study, numbers, "comparison.of_arms", outcome)


def exhibits(study: Study) -> Exhibits:
    """Everything that the app shows of a study, by key, each computed when it is asked for.

    Returns
    -------
    Exhibits
        A mapping in reading order; a notebook shows it as a list of keys and titles. No exhibit
        names a single patient; for those see `patients`.

    Examples
    --------
    >>> every = exhibits(study(SAMPLE))
    >>> list(every["table-one"].tables)
    ['Table 1 by modality']
    """
    from hepar.shown import Exhibits
    from lib.analyses.everything import Everything
    from lib.exhibits.study import of_study

    return Exhibits(of_study(Everything(study)))


def patients(
    study: Study, *, order: Order | None = None, first: int = 0, named: bool = True
) -> Exhibits:
    """Everything that the app shows of single patients, by key.

    Parameters
    ----------
    study : Study
    order : str, optional
        Of bars and lanes: ``change``, ``follow-up`` or ``group``; otherwise each its own.
    first : int
        The place of the first lane that is drawn, of a cohort that one figure does not hold.
    named : bool
        Whether the figures show the patients' codes.

    Examples
    --------
    >>> "best-change" in patients(study(SAMPLE))
    True
    """
    from hepar.shown import Exhibits
    from lib.exhibits.study import of_patients

    return Exhibits(of_patients(study, order, first, named))


def patient(study: Study, name: str) -> Shown[None]:
    """One patient's course: what was measured, why it was judged so, and what happened when.

    Examples
    --------
    >>> under = study(SAMPLE)
    >>> first = under.cohort.patients["patient_id"].iloc[0]
    >>> list(patient(under, first).tables)[-1]
    'All that happened'
    """
    from hepar.shown import Shown
    from lib import exhibits
    from lib.analyses.timeline import timeline

    if name not in set(study.cohort.patients["patient_id"]):
        raise LookupError(f"no patient {name!r} is under study")
    return Shown(exhibits.patients.timeline(timeline(study, name)), None)


def results(study: Study) -> dict[str, Any]:
    """Every number of every analysis as one document, the ``results.json`` of the command line.

    Examples
    --------
    >>> document = results(study(SAMPLE))
    >>> document["survival"]["OS"]["everyone"]["events"]
    24
    """
    from lib.analyses.everything import Everything
    from lib.export.document import document

    return document(Everything(study))


def changes(was: dict[str, Any], now: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Where two documents of `results` differ: the place, what was there, what is.

    Of fractions nine digits count: beyond them processors differ.

    Examples
    --------
    >>> changes({"n": 36, "rate": [0.5]}, {"n": 36, "rate": [0.25]})
    [('rate[0]', 0.5, 0.25)]
    """
    import json

    from lib.export import bundle

    return [tuple(each) for each in bundle.changes(was, json.loads(json.dumps(now)))]


def _plan(chosen: Plan | File | None) -> Plan:
    from lib.plan import Plan

    if chosen is None:
        return Plan()
    return chosen if isinstance(chosen, Plan) else plan(chosen)


def _shown(study: Study, numbers: Any, *made: str) -> Shown[Any]:
    """The exhibit that an analysis makes first, with its numbers."""
    from hepar.shown import Shown
    from lib.analyses.everything import Everything
    from lib.exhibits.study import of_study

    for exhibit in of_study(Everything(study)):
        if exhibit.made == made:
            return Shown(exhibit, numbers)
    raise LookupError(f"nothing to show of {' '.join(made[1:]) or made[0]!r} in this file")
