"""What a cohort is, declared once: tables, columns, levels, units, synonyms, endpoints.

The import, the filters, Table 1, the guide's list of columns and the README's are generated from
this file. A new column, level or endpoint is one line here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from lib import vocabulary
from lib.language import N_

Kind = Literal["id", "category", "flag", "number", "date", "text"]

SYNONYMS: dict[str, tuple[str, ...]] = {
    name: tuple(words) for name, words in vocabulary.section("fields").items()
}
"""Header synonyms by field, in every language; a field's own name is one of them."""
ASK_HEADERS: dict[str, tuple[str, ...]] = {
    header: tuple(names) for header, names in vocabulary.section("ask").items()
}
"""Headers that are never mapped without a question, with the fields they may mean."""
IDENTIFIERS = tuple(name for name in SYNONYMS if name.endswith("_PII"))
"""Fields that name a person: recognised so that they can be dropped, never kept."""
MISSING_WORDS: tuple[str, ...] = vocabulary.words("missing", "words")
FORMULA_ERRORS: tuple[str, ...] = vocabulary.words("missing", "errors")

MONTH = 30.4375  # days in a month: 365.25 / 12
NO_CALENDAR = date(1700, 1, 1)
"""The start of a file that only counts its visits: no date of it is one, and none is shown."""


def is_counted(day: date) -> bool:
    """Whether a day is only counted from a start that no column tells."""
    return NO_CALENDAR.year <= day.year < NO_CALENDAR.year + 100


@dataclass(frozen=True, slots=True)
class Level:
    """One value of a column: its code in the cohort, its label, the level it rolls up to.

    A group that a column makes knows the column it is a level `of`, because its label alone may
    say nothing: ``0``, ``Yes``. Two levels are the same whatever they are of.
    """

    code: str
    label: str
    rolls_up_to: str = ""
    of: "Column | None" = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str  # the canonical name, in the cohort and in the template
    label: str  # what a reader sees; a template of the catalogue, or the visitor's own header
    kind: Kind  # ``id``, ``category``, ``flag`` (yes or no), ``number``, ``date`` or ``text``
    unit: str = ""  # the unit that numbers are kept in
    levels: tuple[Level, ...] = ()  # the known levels of a category, in display order
    words: str = ""  # the section of `vocabulary` that its levels are read with
    # Whether it is known before the first procedure. Only such a column filters and groups.
    baseline: bool = False
    # low, high: numbers outside are not plausible: kept, and told. Of dates their years.
    low: float = float("-inf")
    high: float = float("inf")
    # least, most: numbers, and years of dates, outside are not possible: emptied, and told
    least: float = 0
    most: float = float("inf")
    # Whether a number is compared and modelled by its logarithm, because it spans orders of
    # magnitude.
    logarithm: bool = False
    # Fixed lower bounds of the groups of a number; without them it is cut at its median.
    cuts: tuple[float, ...] = ()
    # Headers that mean this column; those of `vocabulary` unless given.
    synonyms: tuple[str, ...] = field(default=())
    # How a level is called where the column is not beside it, a template of ``{level}``; where it
    # is '' the column's label stands before the level.
    named: str = ""

    def headers(self) -> tuple[str, ...]:
        """Every header that means this column, its own name first."""
        return (self.name, *(self.synonyms or SYNONYMS.get(self.name, ())))


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A time from the clock's origin to the first of some events."""

    # code, label: as in ``OS``, *Overall survival*
    code: str
    label: str
    # Date columns, the earliest of which is the event; none where a file has only times.
    events: tuple[str, ...]
    # Date columns at which a patient without the event is censored: the first that is there.
    last_seen: tuple[str, ...]
    # months, event: the columns to use where the sheet gives no dates; '' for an endpoint known by
    # dates alone
    months: str = ""
    event: str = ""
    # Date columns of what keeps the event from happening first. Such an endpoint is estimated by
    # its cumulative incidence, never by a curve in which the others are censored.
    competing: tuple[str, ...] = ()
    doubted_with: str = ""  # the endpoint whose contradictions set patients aside from this one too

    @property
    def ends(self) -> tuple[str, ...]:
        """Date columns of all that ends the way to it: the events, then what competes."""
        return (*self.events, *self.competing)


def _by_code(*endpoints: Endpoint) -> dict[str, Endpoint]:
    return {endpoint.code: endpoint for endpoint in endpoints}


_CONTACT, _DEATH, _HEPATIC = "last_contact_date", "death_date", "hepatic_progression_date"
_SCANS = ("last_assessment_date", _CONTACT)
_OS, _PFS = N_("Overall survival"), N_("Progression-free survival")
ENDPOINTS = _by_code(
    Endpoint("OS", _OS, (_DEATH,), (_CONTACT,), "os_months", "os_event"),
    Endpoint("PFS", _PFS, ("progression_date", _DEATH), _SCANS, "pfs_months", "pfs_event"),
)
"""The endpoints of which a sheet may give times in months."""


def _dated(code: str, label: str, *events: str, competing: tuple[str, ...] = ()) -> Endpoint:
    """An endpoint of scans, which what contradicts progression-free survival makes doubtful."""
    return Endpoint(code, label, events, _SCANS, competing=competing, doubted_with="PFS")


BY_DATES = _by_code(
    _dated("HPFS", N_("Progression-free survival in the liver"), _HEPATIC, _DEATH),
    _dated("TTP", N_("Time to progression"), "progression_date", competing=(_DEATH,)),
    _dated("THP", N_("Time to progression in the liver"), _HEPATIC, competing=(_DEATH,)),
    _dated(
        "FIRST",
        N_("What came first"),
        _HEPATIC,
        competing=("extrahepatic_progression_date", _DEATH),
    ),
)
"""The endpoints that only dates can tell."""

EVENT_DATES = frozenset(
    name for each in (*ENDPOINTS.values(), *BY_DATES.values()) for name in each.ends
)
"""Dates of what need not have happened."""

MODALITIES = (
    Level("HAI", N_("Chemoinfusion (HAI)")),
    Level("TACE", N_("Chemoembolization (TACE)")),
    Level("DEB_TACE", N_("Drug-eluting chemoembolization"), rolls_up_to="TACE"),
    Level("TAE", N_("Embolization")),
    Level("TARE", N_("Radioembolization")),
    Level("BOTH", N_("Both")),
    Level("OTHER", N_("Other")),
)
RESPONSES = (
    Level("CR", N_("Complete response (CR)")),
    Level("PR", N_("Partial response (PR)")),
    Level("SD", N_("Stable disease (SD)")),
    Level("Non-CR/Non-PD", N_("Without target lesions, neither CR nor PD")),
    Level("PD", N_("Progressive disease (PD)")),
    Level("NE", N_("Not evaluable (NE)")),
)
YES_NO = (Level("yes", N_("Yes")), Level("no", N_("No")))
_SEX = (Level("F", N_("Female")), Level("M", N_("Male")))
_RAS = (
    Level("mut", N_("Mutant")),
    Level("wt", N_("Wild type")),
    Level("unknown", N_("Not determined")),
)
_STATUS = (Level("alive", N_("Alive")), Level("dead", N_("Dead")), Level("lost", N_("Lost")))


YEARS: dict[str, Any] = {"least": 1950, "low": 1970, "high": 2040, "most": 2060}
"""Years in which a patient of these cohorts can, and is likely to, have been seen."""
FIRST_YEAR = "first_procedure_year"
"""The column that a dated first procedure fills."""
REACH = "reach_months"
"""The column that says how long a patient could have been followed where no dates tell."""
SINCE_START = "days since first procedure"
"""The unit of dates that are days since each patient's first procedure."""
NEW_THERAPY = "new_therapy_date"
"""The column of what was given when the first treatment was over."""
ITSELF = "{level}"  # of a level that needs no column beside it


def _category(
    name: str, label: str, levels: tuple[Level, ...] = (), words: str = "", **more: Any
) -> Column:
    return Column(name, label, "category", levels=levels, words=words, **more)


def _flag(name: str, label: str, words: str = "yesno", **more: Any) -> Column:
    return Column(name, label, "flag", levels=YES_NO, words=words, **more)


def _text(name: str, label: str, *synonyms: str) -> Column:
    return Column(name, label, "text", synonyms=synonyms)


def _number(
    name: str, label: str, unit: str, low: float, high: float, most: float, **more: Any
) -> Column:
    return Column(name, label, "number", unit=unit, low=low, high=high, most=most, **more)


_BEFORE: dict[str, Any] = {"baseline": True}  # of what is known before the first procedure
_SKEWED = {**_BEFORE, "logarithm": True}


def _size(name: str, label: str) -> Column:
    """Lengths of a lesion, which may be words: too small to measure."""
    return Column(name, label, "text", unit=N_("mm"), low=0, high=LARGE, most=LARGEST)


LARGE, LARGEST = 300, 500  # millimetres that hardly any lesion measures, and that none does
SUM, LARGEST_SUM = 1000, 2500  # the same of a sum of diameters: of five target lesions at most


LIKELY_MONTHS, MOST_MONTHS = 360, 600
"""Months that hardly anybody is followed for, and that nobody is."""


def _months(name: str, label: str) -> Column:
    return _number(name, label, N_("months"), 0, LIKELY_MONTHS, MOST_MONTHS)


def _date(name: str, label: str, **more: Any) -> Column:
    return Column(name, label, "date", **YEARS, **more)


_PATIENT_ID = Column("patient_id", N_("Patient"), "id")
_CENTRE = _category("centre", N_("Centre"), **_BEFORE)
_PROCEDURE_DATE = _date("procedure_date", N_("Date of procedure"))
_ASSESSMENT_DATE = _date("assessment_date", N_("Date of assessment"))
_DRUG = _text("drug", N_("Drug"))
_EMBOLIC = _text("embolic", N_("Embolic"))
_SELECTIVITY = _text("selectivity", N_("Catheter level"))
_MODALITY_WORDS = "modality"
_INVOLVED, _LESION, _LINES = "liver_involvement_pct", "largest_lesion_mm", "prior_lines"
_SLD, _NEW_SITE = "baseline_sld_mm", "new_lesion_site"
_RESPONSE_AT = {
    3: _category("response_3m", N_("Response at 3 months"), RESPONSES, "response"),
    6: _category("response_6m", N_("Response at 6 months"), RESPONSES, "response"),
    12: _category("response_12m", N_("Response at 12 months"), RESPONSES, "response"),
}

_PATIENTS = (
    _PATIENT_ID,
    _CENTRE,
    _category("sex", N_("Sex"), _SEX, "sex", baseline=True, named=ITSELF),
    _number("age", N_("Age"), N_("years"), 18, 100, 120, baseline=True, cuts=(65,)),
    _category("primary_site", N_("Primary tumour"), **_BEFORE),
    _category("synchronous", N_("Timing of metastases"), **_BEFORE),
    _category("ecog", N_("ECOG performance status"), named=N_("ECOG {level}"), **_BEFORE),
    _category("child_pugh", N_("Child-Pugh class"), named=N_("Child-Pugh {level}"), **_BEFORE),
    _number(_INVOLVED, N_("Liver involvement"), "%", 0, 100, 100, cuts=(25, 50), **_BEFORE),
    _number("n_lesions", N_("Number of lesions"), "", 0, 200, 1000, baseline=True, cuts=(5,)),
    _number(_LESION, N_("Largest lesion"), N_("mm"), 0, LARGE, LARGEST, cuts=(50,), **_BEFORE),
    _category("lobar", N_("Lobes involved"), **_BEFORE),
    _flag("extrahepatic", N_("Extrahepatic disease"), baseline=True),
    _number(_LINES, N_("Prior lines of chemotherapy"), "", 0, 15, 50, cuts=(2, 3), **_BEFORE),
    _text("prior_systemic", N_("Prior systemic therapy")),
    _category("reason_stop_systemic", N_("Why systemic therapy ended"), **_BEFORE),
    _flag("prior_liver_surgery", N_("Prior liver surgery"), baseline=True),
    _category("ras", N_("RAS"), _RAS, "ras", baseline=True, named=N_("RAS {level}")),
    _category("kras", N_("KRAS"), _RAS, "ras", baseline=True, named=N_("KRAS {level}")),
    _category("nras", N_("NRAS"), _RAS, "ras", baseline=True, named=N_("NRAS {level}")),
    _category("braf", N_("BRAF"), _RAS, "ras", baseline=True, named=N_("BRAF {level}")),
    _category("msi", N_("Microsatellite status"), **_BEFORE),
    _number("cea_baseline", N_("CEA"), N_("ng/ml"), 0, 1e5, 1e7, **_SKEWED),
    _number("ca199_baseline", N_("CA 19-9"), N_("U/ml"), 0, 1e6, 1e8, **_SKEWED),
    _number("bilirubin", N_("Bilirubin"), N_("µmol/l"), 1, 800, 2000, **_SKEWED),
    _number("albumin", N_("Albumin"), N_("g/l"), 10, 70, 120, least=1, **_BEFORE),
    _number(_SLD, N_("Baseline sum of diameters"), N_("mm"), 0, SUM, LARGEST_SUM, **_BEFORE),
    _category("modality", N_("Modality"), MODALITIES, _MODALITY_WORDS, baseline=True, named=ITSELF),
    _DRUG,
    _number("dose", N_("Dose"), N_("mg"), 0, 1e4, 1e6),
    _EMBOLIC,
    _SELECTIVITY,
    _number("n_procedures", N_("Number of procedures"), "", 0, 50, 200),
    _date("diagnosis_date", N_("Diagnosis of the primary tumour")),
    _date("liver_mets_date", N_("Diagnosis of liver metastases")),
    _date("end_systemic_date", N_("End of systemic therapy")),
    _date("first_procedure_date", N_("First procedure")),
    Column(FIRST_YEAR, N_("Year of first procedure"), "number", baseline=True, **YEARS),
    _number(REACH, N_("Could have been followed"), N_("months"), 0, 240, 1200),
    _date("first_hai_date", N_("First chemoinfusion")),
    _date("first_tace_date", N_("First chemoembolization")),
    *_RESPONSE_AT.values(),
    _category("best_response", N_("Best response"), RESPONSES, "response"),
    _number("best_change_pct", N_("Best change of the sum"), "%", -100, 300, 2000, least=-100),
    _flag("progression", N_("Progression")),
    _date("progression_date", N_("Progression")),
    _date("hepatic_progression_date", N_("Progression in the liver")),
    _date("extrahepatic_progression_date", N_("Progression outside the liver")),
    _text("progression_site", N_("Site of progression")),
    _date(
        "last_assessment_date",
        N_("Last assessment"),
        synonyms=(
            "last assessment date",
            "date of last assessment",
            "last scan date",
            "date of last scan",
            "дата последней оценки",
            "дата последнего обследования",
            "дата последнего контрольного обследования",
            "дата последнего кт",
        ),
    ),
    _date("last_contact_date", N_("Last contact")),
    _date("death_date", N_("Death")),
    _category("vital_status", N_("Vital status"), _STATUS, "status"),
    _text("cause_of_death", N_("Cause of death")),
    _months("os_months", N_("Overall survival")),
    _months("death_months", N_("Time to death, of those who died")),
    _months("contact_months", N_("Time to last contact, of the living")),
    _flag("os_event", N_("Death (1) or censored (0)"), "death_event"),
    _months("pfs_months", N_("Progression-free survival")),
    _flag("pfs_event", N_("Progression or death (1) or censored (0)"), "progression_event"),
    _months("ttp_months", N_("Time to progression")),
    _text("subsequent_therapy", N_("Subsequent therapy")),
    _date(NEW_THERAPY, N_("New systemic therapy")),
    _flag("resected_after", N_("Resection afterwards")),
    _text("complication", N_("Complication")),
    _flag("pes", N_("Post-embolization syndrome")),
    _category("ctcae_grade", N_("CTCAE grade")),
    _category("cirse_grade", N_("CIRSE grade")),
    _category("sir_class", N_("SIR class")),
    _category("clavien_grade", N_("Clavien-Dindo grade")),
    _number("los_days", N_("Hospital stay"), N_("days"), 0, 180, 3650),
    _text("comment", N_("Comment")),
)
_PROCEDURES = (
    _PATIENT_ID,
    _PROCEDURE_DATE,
    _category("modality", N_("Modality"), MODALITIES, _MODALITY_WORDS),
    _DRUG,
    _text("dose", N_("Dose")),
    _EMBOLIC,
    _SELECTIVITY,
    _CENTRE,
)
_ASSESSMENTS = (
    _PATIENT_ID,
    _ASSESSMENT_DATE,
    _text("nontarget", N_("Non-target lesions")),
    _flag("new_lesion", N_("New lesion")),
    _text(_NEW_SITE, N_("Site of the new lesion"), "new lesion site", "локализация нового очага"),
    _category(
        "response_recorded",
        N_("Response recorded"),
        RESPONSES,
        "response",
        synonyms=("response recorded", *SYNONYMS["response"]),
    ),
    _number("sld_mm", N_("Sum of diameters"), N_("mm"), 0, SUM, LARGEST_SUM),
    _text("method", N_("Method"), "imaging method", "метод исследования"),
)
_LESIONS = (
    _PATIENT_ID,
    Column("lesion_id", N_("Lesion"), "id"),
    _text("organ", N_("Organ")),
    _flag("node", N_("Lymph node")),
    _flag("target", N_("Target lesion")),
    _ASSESSMENT_DATE,
    _size("diameter_mm", N_("Diameter")),
    _size("viable_mm", N_("Viable part")),
)
_ADVERSE_EVENTS = (
    _PATIENT_ID,
    _date("date", N_("Date of event"), synonyms=SYNONYMS["ae_date"]),
    _PROCEDURE_DATE,
    _text("term", N_("Event"), *SYNONYMS["ae_term"]),
    _text("scale", N_("Scale"), "scale", "шкала"),
    _text("grade", N_("Grade"), "grade", "степень"),
    _flag("pes", N_("Post-embolization syndrome")),
)


def _by_name(columns: Iterable[Column]) -> dict[str, Column]:
    return {column.name: column for column in columns}


TABLES: dict[str, dict[str, Column]] = {
    "patients": _by_name(_PATIENTS),
    "procedures": _by_name(_PROCEDURES),
    "assessments": _by_name(_ASSESSMENTS),
    "lesions": _by_name(_LESIONS),
    "adverse_events": _by_name(_ADVERSE_EVENTS),
}
"""Tables and their columns. Only ``patients`` is required, with one row a patient."""

COLUMNS = TABLES["patients"]
ADJUST_FOR = (
    "extrahepatic",
    "liver_involvement_pct",
    "ecog",
    "prior_lines",
    "n_lesions",
    "ras",
    "centre",
    "cea_baseline",
    "synchronous",
    "largest_lesion_mm",
    "primary_site",
    "age",
    "sex",
    FIRST_YEAR,
)
"""What a comparison is adjusted for unless the plan says otherwise: columns known at baseline that
bear on both the choice of modality and survival, in order of clinical importance."""
RESPONSE_MONTHS = tuple(_RESPONSE_AT)


def level_words(column: Column) -> dict[str, str]:
    """Every word that means a level of a column, with the level's code."""
    words = vocabulary.section("levels", column.words) if column.words else {}
    known = {level.code: level.code for level in column.levels}
    return known | {word: code for code, synonyms in words.items() for word in synonyms}


def ask_words(column: Column) -> tuple[str, ...]:
    """Words that may mean one of several levels of a column, so that the visitor is asked."""
    return vocabulary.words("doubtful", column.words)
