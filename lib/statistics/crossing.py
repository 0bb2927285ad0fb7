"""Where each of two survival curves leads by more than its error: a description, not a test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lib.statistics.estimate import Floats, normal_quantile
from lib.statistics.life_table import TIE, LifeTable
from lib.statistics.survival import SurvivalCurve, earliest_start, kaplan_meier


@dataclass(frozen=True, slots=True)
class Lead:
    """Where one curve is farthest above the other, by its own error."""

    time: float
    size: float  # difference of survival there, above 0
    std_error: float  # of that difference


@dataclass(frozen=True, slots=True)
class Crossing:
    """The greatest lead of either curve; None where it never leads."""

    reference: Lead | None
    comparison: Lead | None
    crosses: bool  # whether both leads are larger than chance makes them at one time


def crossing(
    table: LifeTable,
    reference: str,
    comparison: str,
    confidence: float = 0.95,
    until: float = np.inf,
    start: float | None = None,
) -> Crossing:
    """Describe whether two survival curves cross.

    Parameters
    ----------
    confidence : float, default 0.95
        In (0, 1): a lead counts beyond the normal quantile of that level, 1.96, times its error.
    until : float, optional
        Only leads before this time count, such as the tail of either curve.
    start : float, optional
        As in `kaplan_meier`; with late entry the later of both curves' own if left out.

    Returns
    -------
    Crossing

    Notes
    -----
    At each time until the last that both curves reach, the lead is compared with the root of the
    sum of their squared Greenwood errors. Curves without any difference cross somewhere in most
    small cohorts; both leads exceed their error in 1 to 4 of 100 (`benchmarks.guards`). It is no
    test: few true crossings are seen. For hazards that change with time there is the score test of
    `hazard_ratio`.
    """
    if start is None:
        start = max(earliest_start(table.group(name)) for name in (reference, comparison))
    curves = [
        kaplan_meier(table.group(name), confidence, start=start) for name in (reference, comparison)
    ]
    last = min((curve.last_time for curve in curves), default=np.nan)
    times = np.unique(np.concatenate([curve.time for curve in curves]))
    times = times[(times < until) & (times <= last * (1 + TIE))]
    (base, base_error), (other, other_error) = (_at(curve, times) for curve in curves)
    error = np.hypot(base_error, other_error)
    z = normal_quantile(confidence)
    ahead, behind = _greatest(times, other - base, error), _greatest(times, base - other, error)
    return Crossing(
        behind,
        ahead,
        all(lead is not None and lead.size > z * lead.std_error for lead in (ahead, behind)),
    )


def _at(curve: SurvivalCurve, times: Floats) -> tuple[Floats, Floats]:
    """Survival and its standard error at times."""
    index = np.searchsorted(curve.time, times * (1 + TIE), side="right")
    return np.append(1.0, curve.survival)[index], np.append(0.0, curve.std_error)[index]


def _greatest(times: Floats, size: Floats, error: Floats) -> Lead | None:
    """Where a lead is greatest by its error, among the times at which it has one."""
    leading = (size > TIE) & (error > 0)
    if not leading.any():
        return None
    best = int(np.argmax(np.where(leading, size / np.where(error > 0, error, 1), -np.inf)))
    return Lead(float(times[best]), float(size[best]), float(error[best]))
