"""What printed numbers can have come from: counts behind percentages, tests behind p-values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Literal

import numpy as np

from lib.language import N_, Template
from lib.statistics.estimate import chi_squared_pvalue
from lib.statistics.proportions import FISHER, fisher
from lib.statistics.two_proportions import EXACT_TO, SMALLER_TO, two_proportions

Way = Literal["half up", "half even", "cut"]
"""How a percentage is printed: rounded, a half up or to the even digit; or cut off."""
_MODES: Mapping[Way, str] = {
    "half up": ROUND_HALF_UP,
    "half even": ROUND_HALF_EVEN,
    "cut": ROUND_DOWN,
}
PEARSON = N_("chi-squared test, uncorrected", "pearson")
CAMPBELL = N_("chi-squared test, N - 1", "n-less-1")
YATES = N_("chi-squared test, Yates’s correction", "yates")
UNCONDITIONAL = N_("unconditional exact test by the score", "unconditional")


@dataclass(frozen=True, slots=True)
class Tried:
    """A test of two proportions, and what it gives."""

    method: Template
    pvalue: float


def rounded(k: int, n: int, decimals: int) -> dict[Way, Decimal]:
    """The percentage of k of n, as each way of rounding prints it.

    Parameters
    ----------
    k, n : int
        ``0 <= k <= n``, n at least 1.

    Returns
    -------
    dict
        By the way, the usual first.
    """
    if not 0 <= k <= n or n < 1 or decimals < 0:
        raise ValueError(f"0 <= k <= n, n and decimals have to be whole, got {k}, {n}, {decimals}")
    exact = 100 * Fraction(k, n)
    scaled = exact * 10**decimals
    return {way: _printed(scaled, mode, decimals) for way, mode in _MODES.items()}


def _printed(scaled: Fraction, mode: str, decimals: int) -> Decimal:
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    # a digit that says on which side of a half the rest lies, which a decimal may not hold whole
    half = Fraction(rest, scaled.denominator) - Fraction(1, 2)
    digit = Decimal("0.5") if half == 0 else Decimal("0.9") if half > 0 else Decimal("0.1")
    if rest == 0:
        digit = Decimal(0)
    return (whole + digit).quantize(Decimal(1), mode).scaleb(-decimals)


def ways(k: int, n: int, percent: Decimal) -> tuple[Way, ...]:
    """The ways of rounding by which k of n is printed as this percentage."""
    return tuple(
        way for way, found in rounded(k, n, decimals_of(percent)).items() if found == percent
    )


def decimals_of(printed: Decimal) -> int:
    """How many digits a number is printed with after its point."""
    exponent = printed.as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0


def counts(n: int, percent: Decimal) -> tuple[int, ...]:
    """The counts of n that are printed as this percentage, rounded in any usual way.

    This is the check of granularity (GRIM) for counts: with few patients most percentages are of
    no count.

    References
    ----------
    Brown & Heathers (2017), Soc Psychol Personal Sci 8:363-369.
    """
    near = int(percent * n / 100)
    return tuple(
        k
        for k in range(max(near - 2, 0), min(near + 2, n) + 1)
        if {"half up", "half even"} & {*ways(k, n, percent)}
    )


def sizes(percent: Decimal, most: int) -> tuple[int, ...]:
    """Every number of patients up to `most` of whom some count is printed so."""
    return tuple(n for n in range(1, most + 1) if counts(n, percent))


def forced(parts: Sequence[int], decimals: int) -> tuple[Decimal, ...]:
    """Percentages of parts that are made to add to 100, by the largest remainders (Hamilton).

    Parameters
    ----------
    parts : sequence of int
        Counts of what together is everybody.

    Returns
    -------
    tuple of Decimal
        Each part cut off, and one more in the last digit for those of the largest remainders, of
        equal ones the first.
    """
    n, whole = sum(parts), 100 * 10**decimals
    if n < 1:
        raise ValueError("the parts have to be of somebody")
    split = [divmod(k * whole, n) for k in parts]
    lacking = whole - sum(cut for cut, _rest in split)
    largest = sorted(range(len(parts)), key=lambda at: -split[at][1])[:lacking]
    return tuple(
        Decimal(cut + (at in largest)).scaleb(-decimals) for at, (cut, _rest) in enumerate(split)
    )


def tests(k1: int, n1: int, k0: int, n0: int) -> tuple[Tried, ...]:
    """What each usual test gives of two proportions, two-sided; those that cannot be done not.

    Parameters
    ----------
    k1, n1, k0, n0 : int
        Counts of both arms, ``0 <= k <= n``, each n at least 1.

    References
    ----------
    Campbell (2007), Stat Med 26:3661-3675.
    """
    for k, n in ((k1, n1), (k0, n0)):
        if not 0 <= k <= n or n < 1:
            raise ValueError(f"k and n must be whole with 0 <= k <= n, got {k} and {n}")
    table = np.array([[k1, n1 - k1], [k0, n0 - k0]])
    if not table.any(axis=0).all():
        return ()
    total, k = n1 + n0, k1 + k0
    apart = abs(k1 * n0 - k0 * n1)
    among = n1 * n0 * k * (total - k) / total
    pearson = apart**2 / among
    found = [
        Tried(PEARSON, chi_squared_pvalue(pearson, 1)),
        Tried(CAMPBELL, chi_squared_pvalue(pearson * (total - 1) / total, 1)),
        Tried(YATES, chi_squared_pvalue(max(0, apart - total / 2) ** 2 / among, 1)),
        Tried(FISHER, fisher(table).pvalue),
    ]
    if n1 * n0 <= EXACT_TO and min(n1, n0) <= SMALLER_TO:
        found.append(Tried(UNCONDITIONAL, two_proportions(k1, n1, k0, n0).pvalue))
    return tuple(found)


def given_by(tried: Sequence[Tried], printed: Decimal, below: bool = False) -> tuple[Tried, ...]:
    """The tests whose p-value is printed so; `below`: as less than that."""
    if below:
        return tuple(each for each in tried if each.pvalue < float(printed))
    step = Decimal(1).scaleb(-decimals_of(printed))
    return tuple(
        each for each in tried if Decimal(each.pvalue).quantize(step, ROUND_HALF_UP) == printed
    )
