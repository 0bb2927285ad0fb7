"""The terms that a reader may not know, each in one plain sentence: the one place for them."""

from functools import cache

import pandas as pd

from lib.language import N_, _, spoken

TERMS = (
    (
        N_("CI"),
        N_("Limits that hold the true number in as many of 100 such cohorts as its per cent says."),
    ),
    (N_("ORR"), N_("Objective response rate: the share of patients with CR or PR.")),
    (N_("DCR"), N_("Disease control rate: the share of patients with CR, PR or SD.")),
    (N_("Evaluable"), N_("With a scan whose response could be judged.")),
    (
        N_("Clopper-Pearson"),
        N_("Limits of a share that are exact, and so never too narrow, in few patients too."),
    ),
    (
        N_("Miettinen-Nurminen"),
        N_("Limits of a difference of two shares that hold in small groups too."),
    ),
    (N_("Newcombe"), N_("Another way to limits of a difference of two shares, as a check.")),
    (N_("Fisher"), N_("A test of two shares by counting all tables that could have come out.")),
    (
        N_("Kaplan-Meier"),
        N_("The share without the event in time; who leaves early counts for as long as seen."),
    ),
    (N_("Greenwood"), N_("How the uncertainty of a survival curve is computed.")),
    (
        N_("log-log limits"),
        N_("Limits of a survival curve on a scale that keeps them between 0 and 100%."),
    ),
    (N_("At risk"), N_("Still under observation and without the event just before that time.")),
    (N_("Censored"), N_("Left observation without the event: it may have come later.")),
    (
        N_("Log-rank"),
        N_("A test of two curves that asks at each event in which arm it was expected."),
    ),
    (
        N_("Hazard ratio"),
        N_("How many times as often the event comes in one arm at any moment; 1 is alike."),
    ),
    (
        N_("Mean time"),
        N_("The mean time without the event up to a stated month: the area under the curve."),
    ),
    (
        N_("Cumulative incidence"),
        N_("The share that had this event by a time, where another event may come first."),
    ),
    (N_("Aalen-Johansen"), N_("How cumulative incidence is computed where patients leave early.")),
    (
        N_("Landmark"),
        N_("A time from which the clock starts anew, for those still under observation then."),
    ),
    (
        N_("Turnbull"),
        N_("A curve for events known only to lie between two assessments."),
    ),
    (
        N_("Standardized difference"),
        N_("How far two arms lie apart at baseline, in standard deviations; 0.1 is little."),
    ),
    (
        N_("Propensity"),
        N_("How likely a patient was to be treated so, from what was known before."),
    ),
    (
        N_("Overlap weights"),
        N_("Patients who could well have had either treatment count most, so the arms are alike."),
    ),
    (N_("Firth"), N_("A correction that keeps a model from running away in few patients.")),
    (
        N_("E-value"),
        N_("How strong something unknown would have to be to explain the whole difference."),
    ),
    (N_("Schoenfeld"), N_("A test of whether a hazard ratio stays the same in time.")),
    (N_("Holm"), N_("A stricter p-value where several things were tested.")),
    (N_("imputation"), N_("Drawing missing values from what is known, many times over.")),
)
"""Terms, as they stand in messages whatever their first letter, and what they mean."""


def explained() -> dict[str, str]:
    """What each term means, in the visitor's language."""
    return _in(spoken())


@cache
def _in(_code: str) -> dict[str, str]:
    return {_(term): _(plain) for term, plain in TERMS}


def listed() -> pd.DataFrame:
    """The terms in their order by letters, to be read."""
    known = explained()
    rows = [(term, known[term]) for term in sorted(known, key=str.casefold)]
    return pd.DataFrame(rows, columns=[_("Term"), _("What it means")])
