"""Survival from a landmark on, by what was seen of each patient until then.

Response, a second modality and a fourth procedure are only reached by those who live long enough.
Classified by what happened ever, and followed from the first procedure, they look better than they
are. From a landmark on, classified by what was seen until then, nobody is ahead.

References
----------
Anderson, Cain & Gelber (1983), J Clin Oncol 1:710-719.
"""

from dataclasses import dataclass, replace
from math import inf
from typing import Literal, cast, get_args

import numpy as np
import pandas as pd

from lib.analyses import cautions, modality, survival
from lib.analyses.cautions import Caution
from lib.analyses.followed import START
from lib.analyses.provenance import Provenance
from lib.analyses.study import Study
from lib.analyses.survival import GroupSurvival
from lib.cohort import Cohort
from lib.followup import FollowUp, Groups
from lib.language import N_, Template
from lib.plan import LaterRule, Plan
from lib.recist.best import best
from lib.schema import MONTH, RESPONSE_MONTHS, Column, Endpoint, Level
from lib.statistics.survival import LogRank, PermutationTest

Way = LaterRule | Literal["response", "disease", "procedures"]
WAYS: tuple[Way, ...] = (*get_args(LaterRule), "response", "disease", "procedures")

EARLIER_EVENT = N_("had the event before the landmark", "event-before-landmark")
EARLIER_CENSORED = N_("followed for less than the landmark", "followed-less-than-landmark")
NOTHING_SEEN = N_("nothing seen by the landmark", "nothing-by-landmark")

_RESPONDED = (
    Level("CR/PR", N_("CR or PR")),
    Level("other", N_("Neither CR nor PR")),
)
_DISEASE = (
    Level("CR/PR", N_("CR or PR")),
    Level("SD", N_("SD")),
    Level("PD", N_("PD")),
)
_NUMBER = (
    Level("1", N_("1 procedure")),
    Level("2-3", N_("2 or 3 procedures")),
    Level("4+", N_("4 procedures or more")),
)
COLUMNS: dict[Way, Column] = {
    "response": Column("responded", N_("Response by the landmark"), "category", levels=_RESPONDED),
    "disease": Column("disease", N_("Disease by the landmark"), "category", levels=_DISEASE),
    **{
        rule: Column("modality_by", N_("Modality by the landmark"), "category")
        for rule in get_args(LaterRule)
    },
    "procedures": Column(
        "procedures_by", N_("Procedures by the landmark"), "category", levels=_NUMBER
    ),
}
_OF = {"CR": "CR/PR", "PR": "CR/PR", "SD": "SD", "Non-CR/Non-PD": "SD", "PD": "PD"}
_RULES = get_args(LaterRule)


@dataclass(frozen=True, slots=True, eq=False)
class Landmark:
    """Survival of those still at risk at a landmark, by what was seen until then.

    Attributes
    ----------
    endpoint : Endpoint
    way : Way
    column : Column
        By what they are classified.
    months : float
        The landmark, from the first procedure.
    groups : tuple of GroupSurvival
        Times count from the landmark.
    ticks : tuple of float
    log_rank, permutation
        Between the groups large enough to compare, where there are two.
    dropped : tuple of (reason, count)
        Patients under study in none of the groups; with those in them, all.
    naive : tuple of GroupSurvival
        By what was seen ever, from the first procedure: the contrast that misleads.
    """

    provenance: Provenance
    endpoint: Endpoint
    way: Way
    column: Column
    months: float
    groups: tuple[GroupSurvival, ...]
    ticks: tuple[float, ...]
    log_rank: LogRank | None
    permutation: PermutationTest | None
    dropped: tuple[tuple[Template, int], ...]
    naive: tuple[GroupSurvival, ...]
    cautions: tuple[Caution, ...]

    @property
    def drawn(self) -> tuple[GroupSurvival, ...]:
        """The groups with a curve."""
        return tuple(group for group in self.groups if group.curve is not None)


def available(study: Study) -> tuple[Way, ...]:
    """The ways in which some patient under study can be classified."""
    cohort = study.cohort
    rows = _procedures(cohort, inf)
    recorded = any(cohort.known(f"response_{months}m") for months in RESPONSE_MONTHS)
    seen = recorded or bool(study.measured.courses)
    received = modality.dates_procedures(cohort)
    has = {
        **dict.fromkeys(_RULES, received),
        "predominant": received and modality.counts_procedures(cohort),
        "response": seen,
        "disease": seen,
        "procedures": rows is not None and len(rows) > 0,
    }
    return tuple(way for way in WAYS if has[way])


def at_landmark(study: Study, endpoint: Endpoint, way: Way) -> Landmark:
    """Restart the clock at the plan's landmark, by what was seen until then.

    Parameters
    ----------
    study : Study
        `study.plan.survival.landmark` is the landmark. The clock before it starts at the first
        procedure, whatever the plan's origin.
    endpoint : Endpoint
        One with which nothing competes.
    way : Way
        By what patients are classified.

    Notes
    -----
    At risk at the landmark are those whose time is not before it; classified they are by visits
    and procedures not after it.
    """
    plan = replace(study.plan, survival=replace(study.plan.survival, origin=START))
    months = plan.survival.landmark
    follow = replace(study, plan=plan).follow(endpoint)
    seen, column = seen_by(study, way, months), COLUMNS[way]
    at_risk = follow.used & (follow.months >= months)
    restarted = replace(follow, months=follow.months - months).of(at_risk)
    groups = _present(replace(seen, codes=seen.codes[at_risk]))
    by_level = _estimated(restarted, groups, plan)
    found = cautions.few_patients(groups.levels, [group.n for group in by_level], plan.small)
    found += _recorded_late(study, way, months, at_risk & (seen.codes >= 0))
    log_rank = permutation = None
    large = [g.level.code for g in by_level if g.n >= plan.small.arm_compared]
    if len(large) >= 2:
        chosen, table = survival.only(groups, large), survival.table_of(restarted, groups)
        log_rank, permutation, why = survival.tested(restarted, chosen, table, plan)
        found += why
    last = max((g.curve.last_time for g in by_level if g.curve is not None), default=0.0)
    return Landmark(
        study.provenance,
        endpoint,
        way,
        column,
        months,
        by_level,
        survival.ticks_to(plan, last),
        log_rank,
        permutation,
        _dropped(follow, months, int((at_risk & (seen.codes < 0)).sum())),
        _naive(study, follow, way, plan),
        tuple(found),
    )


def _naive(study: Study, follow: FollowUp, way: Way, plan: Plan) -> tuple[GroupSurvival, ...]:
    """By what was seen ever, from the first procedure."""
    return _estimated(follow, _present(seen_by(study, way, inf)), plan)


def _estimated(follow: FollowUp, groups: Groups, plan: Plan) -> tuple[GroupSurvival, ...]:
    if not groups.levels:
        return ()
    table = survival.table_of(follow, groups)
    return tuple(
        survival.estimated(level, table.group(level.code), plan) for level in groups.levels
    )


def _present(groups: Groups) -> Groups:
    """Without the levels that nobody has."""
    codes = [level.code for level, n in zip(groups.levels, groups.counts(), strict=True) if n]
    return survival.only(groups, codes)


def _dropped(follow: FollowUp, months: float, unseen: int) -> tuple[tuple[Template, int], ...]:
    before = follow.used & (follow.months < months)
    counted = (
        (EARLIER_EVENT, int((before & follow.event).sum())),
        (EARLIER_CENSORED, int((before & ~follow.event).sum())),
        (NOTHING_SEEN, unseen),
        *survival.set_aside(follow),
    )
    return tuple((reason, n) for reason, n in counted if n)


# What was seen until a time ---------------------------------------------------------------------


def seen_by(study: Study, way: Way, months: float) -> Groups:
    """Group patients by what was seen of each by a time; -1 where nothing was.

    Parameters
    ----------
    study : Study
    way : Way
        By what they are classified.
    months : float
        The time from the first procedure, included.
    """
    column = COLUMNS[way]
    if way in _RULES:
        done = modality.procedures(study.cohort, study.plan)
        return replace(modality.received(done, cast("LaterRule", way), months), column=column)
    by_number = way == "procedures"
    seen = _number(study.cohort, months) if by_number else _responses(study, months, way)
    place = {level.code: at for at, level in enumerate(column.levels)}
    codes = np.array([place.get(code, -1) for code in seen.tolist()], np.int64)
    return Groups(column, column.levels, codes)


def _responses(study: Study, months: float, way: Way) -> pd.Series:
    """Whether there was a response by a time, or the disease at the last evaluable visit by it.

    A response is one that the plan counts as best response. The unmeasured are taken as recorded.
    """
    choices = study.plan.response
    seen = _recorded(study.cohort, months, way)
    for at, name in enumerate(study.cohort.patients["patient_id"].tolist()):
        if name not in study.measured.courses:
            continue
        visits = [v for v in study.measured.courses[name].visits if v.day <= months * MONTH]
        evaluable = [visit.status for visit in visits if visit.response != "NE"]
        if not evaluable:
            seen.iloc[at] = ""
        elif way == "disease":
            seen.iloc[at] = _OF[evaluable[-1]]
        else:
            days = [(visit.day, visit.response) for visit in visits]
            found = best(days, choices, choices.confirm).response
            seen.iloc[at] = "CR/PR" if found in ("CR", "PR") else "other"
    return seen


def _recorded(cohort: Cohort, months: float, way: Way) -> pd.Series:
    """The same from the letters recorded for a time; PD stays, and so does a response."""
    seen = pd.Series("", index=cohort.patients.index, dtype="str")
    stays = "PD" if way == "disease" else "CR/PR"
    for at in RESPONSE_MONTHS:
        name = f"response_{at}m"
        if at <= months and name in cohort.patients:
            letter = cohort.patients[name].map(_OF).fillna("")
            if way == "response":
                letter = letter.where(letter.isin(("", "CR/PR")), "other")
            seen = letter.where((letter != "") & (seen != stays), seen)
    return seen


def _recorded_late(study: Study, way: Way, months: float, shown: np.ndarray) -> list[Caution]:
    """Whoever is shown and was not measured is classified by letters, of days nobody knows."""
    if way not in ("response", "disease"):
        return []
    names = study.cohort.patients["patient_id"]
    unmeasured = ~names.isin(list(study.measured.courses)).to_numpy(bool)
    lettered = unmeasured & (_recorded(study.cohort, months, way) != "").to_numpy(bool)
    return cautions.recorded_without_a_day(int((lettered & shown).sum()))


def _number(cohort: Cohort, months: float) -> pd.Series:
    """How many days with a procedure there were by a time."""
    rows = _procedures(cohort, months)
    if rows is None:
        return pd.Series("", index=cohort.patients.index)
    days = rows.groupby("patient_id")["procedure_date"].nunique()
    number = cohort.patients["patient_id"].map(days).fillna(0)
    words = np.select([number >= 4, number >= 2, number >= 1], ["4+", "2-3", "1"], "")
    return pd.Series(words, index=cohort.patients.index)


def _procedures(cohort: Cohort, months: float) -> pd.DataFrame | None:
    """The dated procedures by a time from the first; None where the file has none."""
    rows = cohort.dated_procedures()
    if rows is None:
        return None
    began = pd.Series(
        cohort.dates(START).to_numpy(), index=cohort.patients["patient_id"].to_numpy()
    )
    days = (rows["procedure_date"] - rows["patient_id"].map(began)).dt.days
    return rows.loc[days <= months * MONTH]
