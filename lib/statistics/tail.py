"""How far a survival curve carries a number: lost follow-up, and error, but never a bad outcome."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from lib.language import N_
from lib.statistics.estimate import Estimate, Floats
from lib.statistics.life_table import TIE, LifeTable
from lib.statistics.proportions import proportion
from lib.statistics.survival import SurvivalCurve

COMPLETE = N_("Proportion of patients, all followed so long, exact limits", "survival-complete")
NONE_YET = N_(
    "Kaplan-Meier, exact limit from those still followed, none of whom had the event",
    "survival-none-yet",
)
ALL_GONE = N_("Kaplan-Meier, limit from just before the last event", "survival-all-gone")


class Why(StrEnum):
    """Why a curve carries no number from a time on."""

    LOST = "lost"
    WIDE = "wide"


@dataclass(frozen=True, slots=True)
class Tail:
    """The end of a curve, which carries no number."""

    # Fewer than enough are at risk after this time, or limits are too wide at it and after it.
    start: float
    why: Why

    def holds(self, t: float) -> bool:
        """Whether a time is in the tail; the number of those at risk is counted just before it."""
        if self.why == Why.LOST:
            return t > self.start * (1 + TIE)
        return t >= self.start * (1 - TIE)


def tail(
    curve: SurvivalCurve, table: LifeTable, fewest: int = 5, half_width: float = 0.3
) -> Tail | None:
    """Say from when a curve cannot carry a number.

    Parameters
    ----------
    curve : SurvivalCurve
        By `kaplan_meier`.
    table : LifeTable
        That it is of: one group, weighted or with late entry too.
    fewest : int, default 5
        How many must be at risk.
    half_width : float, default 0.3
        Half of the distance of the pointwise limits, on the scale of survival, beyond which they
        are too wide: about what ten patients give, five of them alive.

    Returns
    -------
    Tail or None
        None where the curve carries numbers to its end.

    Notes
    -----
    Where nobody was censored before a time, survival at it is a proportion of patients whose fate
    is known, and stands, be it of none or of all (`survival_at`). Else follow-up is lost

    - where fewer than `fewest` are at risk, and without censoring it would be `fewest` or more
      (that is, their number over the reverse Kaplan-Meier curve); or, where most had the event,
      where fewer than `fewest` were followed so long (their number over the Kaplan-Meier curve);
      and from there on;
    - or the limits are too wide, and stay so to the end of follow-up.

    With late entry those who would be at risk are not known: fewer than `fewest` at risk after
    the start of the curve is enough, once somebody was censored.

    References
    ----------
    Pocock, Clayton & Altman (2002), Lancet 359:1686-1689, who ask that curves end where few
    remain; the number at risk alone would end them where many died.
    """
    if not len(curve.time):
        return None
    rows = table.after(curve.start) if curve.start > 0 else table
    leaving = rows.rows[0].any(axis=0)
    at_risk = rows.at_risk[0][leaving].astype(float)
    events, censored = rows.events[0][leaving], rows.censored[0][leaving]
    lost = _before(np.cumsum(censored), 0) > 0
    thin = lost & (at_risk < fewest)
    if table.entered is None:
        alone = _before(np.cumprod(1 - events / at_risk), 1)
        staying = np.maximum(at_risk - events, 1)
        followed = _before(np.cumprod(1 - censored / staying), 1)
        n = at_risk[0]
        thin &= (n * alone >= fewest * (1 - TIE)) | (n * followed < fewest)
    wide = lost & ~(_half_widths(curve, at_risk) <= half_width)
    wide = np.logical_and.accumulate(wide[::-1])[::-1]
    first_thin, first_wide = (int(each.argmax()) if each.any() else None for each in (thin, wide))
    if first_thin is not None and (first_wide is None or first_thin <= first_wide):
        return Tail(float(curve.time[first_thin - 1]), Why.LOST)
    return None if first_wide is None else Tail(float(curve.time[first_wide]), Why.WIDE)


def _before(values: Floats, first: float) -> Floats:
    """Values just before each time, from those just after it."""
    return np.concatenate([[first], values[:-1]])


def _half_widths(curve: SurvivalCurve, at_risk: Floats) -> Floats:
    """Half the distance of the limits after each time, one-sided ones too; the last where none."""
    alpha = 1 - curve.confidence
    low, high = curve.low.copy(), curve.high.copy()
    none_yet, gone = curve.survival == 1, curve.survival == 0
    low[none_yet], high[none_yet] = (alpha / 2) ** (1 / at_risk[none_yet]), 1.0
    before = high[~gone][-1] if not gone.all() else 1.0
    low[gone], high[gone] = 0.0, before
    return np.asarray((high - low) / 2)


def survival_at(curve: SurvivalCurve, table: LifeTable, t: float) -> Estimate:
    """Give survival at a time, with limits at 0 and 1 too.

    Returns
    -------
    Estimate
        As `SurvivalCurve.at` gives it where it has limits and somebody was censored before t, where
        follow-up has ended, and of weighted patients or with late entry.

    Notes
    -----
    - Nobody was censored before t: survival is a proportion of all patients, with the limits of
      Clopper and Pearson.
    - Nobody had the event: whoever is at risk at t is a sample of their own, chosen by censoring
      alone, all without the event; its exact limit is the lower one.
    - Everybody left had it, after some were censored: survival is no higher than just before, so
      that the upper limit from there holds.

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26:404-413.
    """
    found = curve.at(t)
    if np.isnan(found.value) or table.weight is not None or table.entered is not None:
        return found
    past = curve.time <= t * (1 + TIE)
    earlier = curve.time < t * (1 - TIE)
    if not curve.censored[earlier].any():
        alive = curve.n - int(curve.events[past].sum())
        exact = proportion(alive, curve.n, curve.confidence).estimate
        return Estimate(exact.value, exact.low, exact.high, curve.confidence, COMPLETE)
    if found.value == 1:
        at_risk = curve.n - int((curve.events + curve.censored)[earlier].sum())
        exact = proportion(at_risk, at_risk, curve.confidence).estimate
        return Estimate(1.0, exact.low, 1.0, curve.confidence, NONE_YET)
    if found.value == 0:
        above = curve.high[curve.survival > 0]
        high = float(above[-1]) if len(above) and not np.isnan(above[-1]) else 1.0
        return Estimate(0.0, 0.0, high, curve.confidence, ALL_GONE)
    return found
