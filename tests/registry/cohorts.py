"""Cohorts as files really have them: half filled, contradictory, measured or not."""

import datetime
from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from lib.cohort import WHOLE_ROW, Finding
from lib.language import N_
from lib.plan import MappedValue, Reading
from lib.schema import ENDPOINTS, Column, Endpoint
from tests.conftest import START, cohort_of

SEVERAL = 12
OWN = Endpoint("TTF", "TTF", (), (), "ttf_months", "ttf_event")
EXTRA = (
    Column("ttf_months", "ttf months", "number"),
    Column("ttf_event", "ttf event", "flag"),
    Column('Степень "x"', "Степень", "category", baseline=True),
    Column("weight; drop", "Weight", "number", baseline=True),
)
LETTERS = ("CR", "PR", "SD", "PD", "NE")
KINDS = ("HAI", "TACE", "DEB_TACE", "TAE", "BOTH")
WORDS = {
    "modality": KINDS,
    "sex": ("F", "M"),
    "ecog": ("0", "1", "2", "10"),
    "centre": ("B", "A", "в"),
    "vital_status": ("alive", "dead", "lost"),
    "os_event": ("yes", "no"),
    "pfs_event": ("yes", "no"),
    "progression": ("yes", "no"),
    "best_response": LETTERS,
    "response_3m": LETTERS,
    "response_6m": LETTERS,
    "ttf_event": ("yes", "no"),
    "ctcae_grade": ("0", "G2", "3", "worst"),
    "sir_class": ("B", "D"),
    "pes": ("yes", "no"),
    EXTRA[2].name: ("a'b", 'c"d', "%s ?"),
    "comment": ("free words",),
}
NUMBERS = {
    "age": st.integers(40, 80),
    "cea_baseline": st.floats(0, 500).map(lambda x: round(x, 1)),
    "os_months": st.floats(0, 40).map(lambda x: round(x, 2)),
    "pfs_months": st.integers(0, 30),
    "ttf_months": st.integers(0, 30),
    "first_procedure_year": st.integers(2018, 2021),
    EXTRA[3].name: st.sampled_from((1.5, 2.0, 2.5)),
}
DAYS = {
    "diagnosis_date": (-900, 20),
    "liver_mets_date": (-300, 20),
    "end_systemic_date": (-60, 20),
    "first_procedure_date": (0, 0),
    "first_hai_date": (0, 200),
    "first_tace_date": (0, 200),
    "progression_date": (-5, 700),
    "hepatic_progression_date": (-5, 700),
    "extrahepatic_progression_date": (-5, 700),
    "last_assessment_date": (-5, 900),
    "last_contact_date": (0, 1000),
    "death_date": (0, 1000),
    "new_therapy_date": (0, 700),
}


def _some(values, n):
    """A column of values, some of them or all of them missing."""
    return st.one_of(
        st.lists(values, min_size=n, max_size=n),
        st.lists(st.none() | values, min_size=n, max_size=n),
        st.lists(st.none() | st.none() | st.none() | values, min_size=n, max_size=n),
        st.just([None] * n),
    )


def _day(bounds):
    low, high = bounds
    return st.integers(low, high).map(lambda n: START + datetime.timedelta(days=n))


@st.composite
def _rows(draw, most, **cells):
    """A table of some rows."""
    rows = draw(st.lists(st.tuples(*cells.values()), max_size=most))
    return {name: [row[at] for row in rows] for at, name in enumerate(cells)}


@st.composite
def _tables(draw, n):
    """Procedures, assessments, and complications of a procedure or of nobody knows which."""
    who = st.integers(1, n).map(lambda number: f"P{number}")
    days = st.none() | _day((-3, 300))
    of_procedure = st.none() | _day((0, 3)) | days
    every = {
        "procedures": _rows(
            20,
            patient_id=who,
            procedure_date=of_procedure,
            modality=st.sampled_from((None, *KINDS)),
        ),
        "assessments": _rows(
            25,
            patient_id=who,
            assessment_date=st.none() | _day((-30, 600)),
            response_recorded=st.sampled_from((None, *LETTERS)),
        ),
        "adverse_events": _rows(
            20,
            patient_id=who,
            scale=st.sampled_from((None, "CTCAE", "ctcae v5", "SIR", "Own")),
            grade=st.sampled_from((None, "0", "1", "G3", "4", "5", "C", "F", "bad")),
            term=st.sampled_from((None, "none", "fever")),
            pes=st.sampled_from((None, "yes", "no")),
            date=days,
            procedure_date=of_procedure,
        ),
    }
    return {name: draw(rows) for name, rows in every.items() if draw(st.booleans())}


@st.composite
def cohorts(draw):
    """A cohort of some patients with some columns, and findings that set some of them aside."""
    n = draw(st.integers(2, SEVERAL))
    every = {
        **{name: st.sampled_from(levels) for name, levels in WORDS.items()},
        **NUMBERS,
        **{name: _day(bounds) for name, bounds in DAYS.items()},
    }
    names = draw(st.lists(st.sampled_from(sorted(every)), unique=True, min_size=6))
    if draw(st.integers(0, 3)):
        names = list(dict.fromkeys([*names, "first_procedure_date"]))
    columns = {name: draw(_some(every[name], n)) for name in names}
    extra = tuple(column for column in EXTRA if column.name in columns)
    own = (OWN,) if {"ttf_months", "ttf_event"} <= set(columns) else ()
    rows = st.lists(st.integers(2, n + 1), min_size=1, max_size=3, unique=True).map(tuple)
    about = st.sampled_from(sorted(columns))
    findings = draw(
        st.lists(
            st.builds(
                lambda column, rows, aside: Finding(
                    "error", N_("Unread"), column, rows, "x", sets_aside=aside
                ),
                about,
                rows,
                st.sampled_from(((), ("OS",), ("PFS", "OS"), ("response",))),
            ),
            max_size=3,
        )
    )
    blank = draw(st.sampled_from(((), ("vital_status",), ("progression",))))
    cohort = cohort_of(
        columns,
        draw(_tables(n)),
        extra=extra,
        endpoints=(*ENDPOINTS.values(), *own),
        findings=tuple(findings),
        reading=Reading(values=tuple(MappedValue(name, "", "") for name in blank)),
    )
    for column in extra:
        if column.kind == "number":
            values = cohort.patients[column.name].astype(np.float64)
            cohort.patients[column.name] = values
    return cohort


@st.composite
def dated_cohorts(draw):
    """A cohort whose follow-up is by dates, with a status beside them or none."""
    n = draw(st.integers(2, SEVERAL))
    every = st.integers(0, 400), st.none() | st.integers(0, 900), st.none() | st.integers(0, 900)
    rows = draw(st.lists(st.tuples(*every), min_size=n, max_size=n))
    names = ("first_procedure_date", "death_date", "last_contact_date")
    columns = {
        name: [None if day is None else START + datetime.timedelta(days=day) for day in days]
        for name, days in zip(names, zip(*rows, strict=True), strict=True)
    }
    columns["sex"] = draw(st.lists(st.sampled_from(("F", "M")), min_size=n, max_size=n))
    dead = [day is not None for day in columns["death_date"]]
    if draw(st.booleans()):
        columns["vital_status"] = ["dead" if each else "alive" for each in dead]
    if draw(st.booleans()):
        columns["os_event"] = ["yes" if each else "no" for each in dead]
    if draw(st.booleans()):
        columns["liver_mets_date"] = [START - datetime.timedelta(days=9)] * n
    return cohort_of(columns, extra=(), endpoints=tuple(ENDPOINTS.values()))


def parts(cohort, number, whole):
    """The cohort's patients in so many parts, by a number of each, that carry what all decide."""
    found = []
    for at in sorted(set(number)):
        mine = np.array([each == at for each in number])
        part = cohort.where(mine)
        rows = len(part) + (len(found) == 0) * (cohort.source.rows - len(cohort))
        findings = tuple(
            each for each in cohort.findings if not found or WHOLE_ROW not in each.sets_aside
        )
        found.append(
            replace(part, findings=findings, source=replace(cohort.source, rows=rows), whole=whole)
        )
    return found
