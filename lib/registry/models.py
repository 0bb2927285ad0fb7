"""Models on all rows of a registry, none of which leaves it: a query of sums for each of the steps.

Cox and logistic regression and overlap weights need of rows no more than sums of a weight times the
products of two columns, in all or by time and event. Columns of the design are expressions over
facts, and all products are in one SELECT.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from lib.analyses.counted import NotHeld
from lib.analyses.modelled import Pair, Predictor
from lib.cohort import remembered
from lib.followup import by_level
from lib.language import N_
from lib.registry.query import ONCE, SETS, Answer, Ask, Values, yes
from lib.schema import Column, Level
from lib.statistics import summed, weighting
from lib.statistics.balance import Balance, Moments, difference_of_means, difference_of_sums
from lib.statistics.estimate import Bools, Floats, Ints
from lib.statistics.life_table import LifeTable
from lib.statistics.regression import CoxModel, Name, names_of
from lib.statistics.summed import Logistic, Sums
from lib.statistics.weighting import Propensity, Weighed, Weights

MOST = 20
MANY = N_(
    "On all patients of a registry a model has at most {most} term, and these "
    "covariates take {n}: choose fewer",
    "registry-many-terms",
    many="On all patients of a registry a model has at most {most} terms, and these "
    "covariates take {n}: choose fewer",
    by="most",
)
_MODELLED = ("number", "category", "flag")  # kinds of columns that models take
_FAR = 600.0  # beyond which no exponential is taken
_COUNT = "CAST(COUNT(*) AS BIGINT)"
Asked = Callable[[str, Mapping[str, object]], Answer]


class _Told(NamedTuple):
    """Patients of whom some columns are known."""

    n: tuple[int, int]  # of each arm
    terms: tuple[int, ...]  # degrees of freedom that each column takes; 0 of one alike in all


@dataclass(frozen=True, slots=True)
class Timed:
    """Patients of a registry's two arms on their way to an endpoint, as a query gives them.

    Its columns: `arm` (0, 1, or null), `months`, `event`, `entry` (or null), `reason` ('' where
    the time is known), and a column of the facts each under a name of ours.
    """

    asked: Asked
    ask: Ask  # with the parameters of the query
    sql: str
    fields: Mapping[Column, str]  # names of the columns of patients in the query
    late: bool  # whether patients may come late under observation
    joint: bool = True  # whether they are few enough to be counted by entry and exit together
    most = MOST
    memory: dict[object, object] = field(default_factory=dict, init=False, repr=False)

    # Who and what there is --------------------------------------------------------------------

    def n(self, columns: Iterable[Column] = ()) -> tuple[int, int]:
        """Patients of each arm, with a time, of whom all of some columns are known."""
        return self._told(columns).n

    def terms(self, columns: Sequence[Column]) -> list[int]:
        """Degrees of freedom that columns take where all are known; 0 of one alike in all."""
        return list(self._told(columns).terms)

    def _told(self, columns: Iterable[Column]) -> "_Told":
        which = tuple(columns)
        return self._each[which] if len(which) < 2 else self._all(which)

    @property
    @remembered
    def _each(self) -> dict[tuple[Column, ...], "_Told"]:
        """Of those of whom one column is known, for each, and of all."""
        every = [each for each in self.fields if each.baseline and each.kind in _MODELLED]
        known = [part for each in every for part in _by_arm(self.fields[each], self.fields[each])]
        found = self._counted([*_by_arm("1", "n"), *known], every, self._source(()))
        told: dict[tuple[Column, ...], _Told] = {(): _Told(_arms(found, "n"), ())}
        for each in every:
            told[each,] = _Told(_arms(found, self.fields[each]), (self._freedom(found, each),))
        return told

    @remembered
    def _all(self, columns: tuple[Column, ...]) -> "_Told":
        """Of those of whom all of some columns are known."""
        found = self._counted(_by_arm("1", "n"), columns, self._complete(columns))
        return _Told(_arms(found, "n"), tuple(self._freedom(found, each) for each in columns))

    def _counted(self, what: Sequence[str], columns: Sequence[Column], source: str) -> Answer:
        """What is asked of patients at once, and of each column `_distinct`, of some at a time."""
        found: dict[str, Values] = {}
        for first in range(0, max(len(columns), 1), SETS):
            some = [*map(self._distinct, columns[first : first + SETS])]
            asked = ", ".join(some if found else [*what, *some])
            found |= self.asked(f"SELECT {asked} {source}", self.ask.values)
        return found

    def _distinct(self, column: Column) -> str:
        """How many levels somebody has; of a number whether it varies."""
        name = self.fields[column]
        varies = yes(f"MIN({name}) < MAX({name})")
        return f"{varies if column.kind == 'number' else f'COUNT(DISTINCT {name})'} AS t{name}"

    def _freedom(self, found: Answer, column: Column) -> int:
        n = int(found[f"t{self.fields[column]}"][0])
        return n if column.kind == "number" else max(n - 1, 0)

    def _complete(self, columns: Iterable[Column]) -> str:
        return self._source([self.fields[column] for column in columns])

    def _source(self, names: Sequence[str]) -> str:
        known = [f"{name} IS NOT NULL" for name in names]
        conditions = " AND ".join(["reason = ''", "arm IS NOT NULL", *known])
        return f"FROM ({self.sql}) followed WHERE {conditions}"

    def predictors(self, columns: Sequence[Column]) -> list[Predictor | None]:
        """Columns as a model takes them, where all are known; None of one that is alike in all."""
        pairs = zip(columns, self.terms(columns), strict=True)
        return [self._predictor(each, tuple(columns)) if terms else None for each, terms in pairs]

    @remembered
    def _predictor(self, column: Column, columns: tuple[Column, ...]) -> Predictor:
        if column.kind == "number":
            return Predictor(column)
        name = self.fields[column]
        source = f"{self._complete(columns)} GROUP BY {name}"
        sql = f"SELECT {name} AS level, {_COUNT} AS n {source}"
        levels, n, _codes = _by_level(column, self.asked(sql, self.ask.values))
        most = sorted(range(len(levels)), key=lambda at: (-n[at], at))
        return Predictor(column, tuple(levels[at] for at in most if n[at]))

    def complete(self, predictors: Sequence[Predictor]) -> "Complete":
        """Those of whom all covariates are known, ready for models.

        Raises `NotHeld` where the covariates take more terms than sums are taken of.
        """
        terms = sum(each.terms for each in predictors)
        if terms > MOST:
            raise NotHeld(MANY, most=MOST, n=terms)
        return Complete(self, tuple(predictors))


@dataclass(frozen=True, slots=True)
class _Term:
    """A column of the design: a field, or whether it is a level."""

    value: str
    of: int  # which covariate it is of
    indicator: bool


@dataclass(frozen=True, slots=True)
class Complete:
    """Patients of both arms of whom all covariates are known, and whom models ask for sums."""

    timed: Timed
    predictors: tuple[Predictor, ...]
    counted = True
    known = True
    memory: dict[object, object] = field(default_factory=dict, init=False, repr=False)

    # Queries ----------------------------------------------------------------------------------

    def _ask(self) -> Ask:
        ask = self.timed.ask
        return Ask(ask.held, dict(ask.values))

    def _asked(self, ask: Ask, sql: str) -> Answer:
        return self.timed.asked(sql, ask.values)

    def _source(self) -> str:
        return self.timed._complete(each.column for each in self.predictors)

    def _terms(self, ask: Ask) -> list[_Term]:
        """Columns of the design but the arm: numbers on their scale, and levels as 1 or 0."""
        found = []
        one, zero = ask.value(1.0), ask.value(0.0)
        for of, each in enumerate(self.predictors):
            name = self.timed.fields[each.column]
            if not each.levels:
                found.append(_Term(_scaled(ask, each.column, name), of, False))
            for level in each.levels[1:]:
                is_level = f"{name} = {ask.value(level.code)}"
                found.append(_Term(f"CASE WHEN {is_level} THEN {one} ELSE {zero} END", of, True))
        return found

    @property
    @remembered
    def moments(self) -> tuple[Floats, Floats]:
        """Means and standard deviations of the columns of the design, 1 where nothing varies."""
        ask = self._ask()
        parts = [
            f"AVG({each.value}) AS m{at}, STDDEV_POP({each.value}) AS s{at}"
            for at, each in enumerate(self._terms(ask))
        ]
        found = self._asked(ask, f"SELECT {', '.join(parts)} {self._source()}")
        mean, spread = (
            np.array([float(found[f"{what}{at}"][0]) for at in range(len(parts))])
            for what in ("m", "s")
        )
        return mean, np.where(spread > 0, spread, 1.0)

    def design(self, ask: Ask, arm: bool) -> "_Design":
        """The columns of the design, the arm's the first of them if it is one."""
        terms, (mean, scale) = self._terms(ask), self.moments
        columns = [
            each
            if each.indicator
            else _Term(f"(({each.value} - {ask.value(m)}) / {ask.value(s)})", each.of, False)
            for each, m, s in zip(terms, mean.tolist(), scale.tolist(), strict=True)
        ]
        plain = np.array([each.indicator for each in terms], bool)
        mean, scale = np.where(plain, mean, 0.0), np.where(plain, scale, 1.0)
        if arm:
            n0, n1 = self.n
            share = n1 / (n0 + n1)
            columns.insert(0, _Term(f"(arm * {ask.value(1.0)})", -1, True))
            mean = np.insert(mean, 0, share)
            scale = np.insert(scale, 0, np.sqrt(share * (1 - share)))
        return _Design(tuple(columns), mean, scale)

    # What is counted --------------------------------------------------------------------------

    @property
    @remembered
    def lines(self) -> tuple[Ints, Floats, Ints, Floats, Ints]:
        """Arm, months, event and entry (nan where from the start) of patients alike, and n.

        Of many patients entries are apart, in `came`.
        """
        entry = "entry" if self._joint else "NULL"
        sql = (
            f"SELECT arm, months, event, entry, {_COUNT} AS n FROM (SELECT arm, months,"
            f" {yes('event')} AS event, {entry} AS entry {self._source()}) used"
            " GROUP BY arm, months, event, entry"
        )
        found = self._asked(self._ask(), sql)
        names = ("arm", "event", "n")
        arm, event, n = (np.asarray(found[name], np.int64) for name in names)
        return arm, _floats(found["months"]), event, _floats(found["entry"]), n

    @property
    def _joint(self) -> bool:
        return self.timed.late and self.timed.joint

    @property
    @remembered
    def came(self) -> tuple[Floats, Ints, Ints] | None:
        """When those came who came late, how many, and of which arm; None where `lines` say it."""
        if not self.timed.late or self._joint:
            return None
        late = f"{self._source()} AND entry > 0"
        sql = f"SELECT arm, entry, {_COUNT} AS n {late} GROUP BY arm, entry"
        found = self._asked(self._ask(), sql)
        arm, n = (np.asarray(found[name], np.int64) for name in ("arm", "n"))
        return _floats(found["entry"]), n, arm

    @property
    def n(self) -> tuple[int, int]:
        """How many of each arm."""
        arm, n = self.lines[0], self.lines[4]
        return int(n[arm == 0].sum()), int(n[arm == 1].sum())

    @property
    def events(self) -> int:
        """How many had the event."""
        return int(self.lines[4][self.lines[2] == 1].sum())

    def table(self, groups: Pair) -> LifeTable:
        """Their follow-up by arm."""
        arm, months, event, entry, n = self.lines
        came = None if np.isnan(entry).all() else np.nan_to_num(entry)
        return LifeTable.from_counts(months, event, n, arm, groups, entry=came, entered=self.came)

    # Models -----------------------------------------------------------------------------------

    def cox(self, arm: str, levels: Pair, confidence: float = 0.95) -> CoxModel:
        """Cox's model of the arm, by its name, and the covariates."""
        names = [*names_of(arm, levels), *(n for each in self.predictors for n in _names(each))]
        return summed.cox_regression(_Rows(self), names, confidence)

    @property
    @remembered
    def _fit(self) -> tuple[Floats, Floats, bool, Bools]:
        """Logistic regression of the arm: coefficients, information, separation, columns used.

        The coefficients are of 1 and all columns, centred and scaled; 0 of those not used.
        """
        start = self._pass(np.zeros(self.terms + 1), None)
        used = summed.independent(4 * start.information / sum(self.n))

        def passed(beta: Floats, inverse: Floats | None) -> Logistic:
            every, whole = np.zeros(len(used)), np.zeros((len(used), len(used)))
            every[used] = beta
            if inverse is not None:
                whole[np.ix_(used, used)] = inverse
            found = self._pass(every, None if inverse is None else whole)
            return Logistic(found.score[used], found.information[np.ix_(used, used)])

        fitted, information, separated = summed.logistic_regression(passed, int(used.sum()))
        beta = np.zeros(len(used))
        beta[used] = fitted
        return beta, information, separated, used

    @property
    def terms(self) -> int:
        """Columns of the design, without the arm."""
        return sum(each.terms for each in self.predictors)

    def _chances(self, ask: Ask, beta: Floats, what: str) -> tuple["_Design", str]:
        """A query of every patient's columns, with the chance to be in the comparison arm."""
        design = self.design(ask, arm=False)
        log_odds = design.linear(ask, beta)
        one, far = ask.value(1.0), ask.value(_FAR)
        inner = f"SELECT {what}, {design.columns}{ONCE} {self._source()}"
        odds = f"EXP(LEAST(-({log_odds}), {far}))"
        sql = f"SELECT chosen.*, {one} / ({one} + {odds}) AS e{ONCE} FROM ({inner}) chosen"
        return design, sql

    def _pass(self, beta: Floats, inverse: Floats | None) -> Logistic:
        """Score and information of the propensity; Firth's score, given the information's inverse.

        What Firth's correction adds to a residual is its leverage times a half less the chance.
        """
        ask = self._ask()
        design, sql = self._chances(ask, beta, "arm")
        residual, spread = "(arm - e)", f"(e * ({ask.value(1.0)} - e))"
        if inverse is not None:
            leverage = f"{spread} * ({design.quadratic(ask, inverse)})"
            residual = f"({residual} + {leverage} * ({ask.value(0.5)} - e))"
        sql = f"SELECT chances.*, {residual} AS r, {spread} AS v{ONCE} FROM ({sql}) chances"
        sums = [*design.sums("r", "r"), *design.products("v", "v")]
        found = self._asked(ask, f"SELECT {', '.join(sums)} FROM ({sql}) weighed")
        return Logistic(design.summed(found, "r")[0], design.produced(found, "v"))

    @property
    @remembered
    def propensity(self) -> Propensity:
        """The chance to be in the comparison arm; no patient's own is held."""
        beta, _information, separated, used = self._fit
        mean, scale = self.moments
        slopes = np.where(used[1:], beta[1:] / scale, np.nan)
        intercept = beta[0] - np.nansum(slopes * mean)
        method = weighting.FIRTH_LOGISTIC if separated else weighting.LOGISTIC
        return Propensity(np.zeros(0), np.concatenate([[intercept], slopes]), separated, method)

    @property
    @remembered
    def weighed(self) -> Weighed:
        """Sums over patients with their overlap weights."""
        beta, information, _separated, used = self._fit
        ask = self._ask()
        design, sql = self._weights(ask, beta, f"arm, months, {yes('event')} AS event")
        spread = f"(e * ({ask.value(1.0)} - e))"
        sql = f"SELECT weights.*, w * w AS q, {spread} AS v{ONCE} FROM ({sql}) weights"
        sums = [*design.sums("q", "q"), *design.sums("v", "v")]
        found = self._asked(
            ask,
            f"SELECT arm, months, event, {_COUNT} AS n, SUM(w) AS w, {', '.join(sums)}"
            f" FROM ({sql}) weighed GROUP BY arm, months, event",
        )
        products = ", ".join(design.products("q", "q"))
        squares = self._asked(ask, f"SELECT {products} FROM ({sql}) weighed")
        return Weighed(
            np.asarray(found["arm"] == 1, bool),
            _floats(found["months"]),
            np.asarray(found["event"] == 1, bool),
            np.asarray(found["n"], np.int64),
            _floats(found["w"]),
            design.summed(found, "q")[:, used],
            design.summed(found, "v")[:, used],
            information,
            design.produced(squares, "q")[np.ix_(used, used)],
        )

    def _weights(self, ask: Ask, beta: Floats, what: str) -> tuple["_Design", str]:
        """A query of every patient's columns, with the overlap weight."""
        design, sql = self._chances(ask, beta, what)
        weight = f"CASE WHEN arm = 1 THEN {ask.value(1.0)} - e ELSE e END"
        return design, f"SELECT chances.*, {weight} AS w{ONCE} FROM ({sql}) chances"

    @property
    def weights(self) -> Weights:
        """Overlap weights: their effective patients; no patient's own is held."""
        lines = self.weighed
        sizes = [
            float(lines.weight[side].sum() ** 2 / lines.square[side, 0].sum())
            for side in (~lines.group, lines.group)
        ]
        return Weights(np.zeros(0), (sizes[0], sizes[1]), weighting.OVERLAP)

    def weighted(self, groups: Pair, confidence: float, tau: float | None) -> weighting.Weighted:
        """Survival of both arms after overlap weighting."""
        lines = self.weighed
        found = weighting.contrast_of(lines, self.propensity, self.weights, groups, confidence, tau)
        events = int(lines.n[lines.event & (lines.time <= (tau or np.inf))].sum())
        return weighting.weighted_of([found], events, confidence, tau)

    # Balance ----------------------------------------------------------------------------------

    def balance(self, columns: Sequence[Column], weighted: bool) -> list[tuple[Column, Balance]]:
        """Standardized differences of columns, as patients are or weighted."""
        return [(column, self._balance(column, weighted)) for column in columns]

    def _balance(self, column: Column, weighted: bool) -> Balance:
        ask, name = self._ask(), self.timed.fields[column]
        if weighted:
            _design, sql = self._weights(ask, self._fit[0], f"arm, {name} AS own")
        else:
            sql = f"SELECT arm, {name} AS own, {ask.value(1.0)} AS w {self._source()}"
        if column.kind != "number":
            return self._of_levels(ask, column, sql)
        return self._of_numbers(ask, column, sql)

    def _of_numbers(self, ask: Ask, column: Column, sql: str) -> Balance:
        sql = f"SELECT arm, w, {_scaled(ask, column, 'own')} AS own FROM ({sql}) weights"
        sql += f" WHERE own IS NOT NULL AND w > {ask.value(0.0)}"
        near = _floats(self._asked(ask, f"SELECT AVG(own) AS m FROM ({sql}) known")["m"])[0]
        off = f"(own - {ask.value(float(np.nan_to_num(near)))})"
        sums = {
            "n": _COUNT,
            "w": "SUM(w)",
            "q": "SUM(w * w)",
            "s": f"SUM(w * {off})",
            "v": f"SUM(w * {off} * {off})",
            "low": "MIN(own)",
            "high": "MAX(own)",
        }
        parts = ", ".join(f"{each} AS {name}" for name, each in sums.items())
        found = self._asked(ask, f"SELECT arm, {parts} FROM ({sql}) known GROUP BY arm")
        first, second = (_moments(found, near, arm) for arm in (0, 1))
        return difference_of_means(second, first)

    def _of_levels(self, ask: Ask, column: Column, sql: str) -> Balance:
        found = self._asked(
            ask,
            f"SELECT arm, own AS level, {_COUNT} AS n, SUM(w) AS w, SUM(w * w) AS q"
            f" FROM ({sql}) weights WHERE own IS NOT NULL GROUP BY arm, own",
        )
        levels, _n, codes = _by_level(column, found)
        arm, size = found["arm"].astype(int), max(2, len(levels))
        sums, rows, effective = [], [], []
        for side in (1, 0):
            mine = (arm == side) & (codes >= 0)
            w = _floats(found["w"])[mine]
            sums.append(np.bincount(codes[mine], weights=w, minlength=size))
            n = np.bincount(codes[mine], weights=found["n"][mine], minlength=size)
            rows.append(n.astype(np.int64))
            squares = _floats(found["q"])[mine].sum()
            effective.append(float(w.sum() ** 2 / squares) if squares > 0 else 0.0)
        return difference_of_sums(sums[0], sums[1], rows[0], rows[1], (effective[0], effective[1]))


def _names(predictor: Predictor) -> list[Name]:
    """How the columns of a covariate are called."""
    return names_of(predictor.column.name, [level.code for level in predictor.levels])


def _by_arm(what: str, name: str) -> list[str]:
    """How many of each arm something is known of."""
    return [f"COUNT(CASE WHEN arm = {arm} THEN {what} END) AS n{arm}{name}" for arm in (0, 1)]


def _arms(found: Answer, name: str) -> tuple[int, int]:
    return int(found[f"n0{name}"][0]), int(found[f"n1{name}"][0])


def _moments(found: Answer, near: float, arm: int) -> Moments:
    """The weighted moments of one arm, from sums of what is off a value near the mean."""
    mine = found["arm"].astype(int) == arm
    if not mine.any():
        return Moments(0, 0.0, np.nan, np.nan, np.nan, np.nan)
    n, w, q, s, v, low, high = (
        float(found[name][mine][0]) for name in ("n", "w", "q", "s", "v", "low", "high")
    )
    freedom = w - q / w
    # nothing is known of the spread of one patient, and nothing varies where all are alike
    variance = np.nan if freedom <= 0 else 0.0 if low == high else (v - s * s / w) / freedom
    return Moments(int(n), w * w / q, near + s / w, variance, low, high)


def _scaled(ask: Ask, column: Column, name: str) -> str:
    """A number on the scale on which it is compared and modelled, as `counted.on_scale`."""
    if not column.logarithm:
        return name
    return f"LN({ask.value(1.0)} + GREATEST({name}, {ask.value(0.0)}))"


def _by_level(column: Column, found: Answer) -> tuple[tuple[Level, ...], list[int], Ints]:
    """The levels of a column, how many have each, and the level of each line."""
    groups = by_level(column, pd.Series(found["level"], dtype="str"))
    codes, n = groups.codes, np.asarray(found["n"], np.int64)
    size = len(groups.levels)
    counts = np.bincount(codes[codes >= 0], weights=n[codes >= 0], minlength=size)
    return groups.levels, counts.astype(int).tolist(), codes


def _floats(values: Values) -> Floats:
    return np.asarray(values, np.float64)


# The design ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Design:
    """Columns of a query, numbers centred and scaled there, levels here.

    Sums of 1 or 0 are exact where they are, and many of their products are known: a level's with
    itself is itself, and with another of its covariate nothing.
    """

    terms: tuple[_Term, ...]
    mean: Floats  # (p,) what each is still to be centred and scaled by
    scale: Floats

    @property
    def columns(self) -> str:
        """The columns of the design."""
        return ", ".join(f"{each.value} AS x{at}" for at, each in enumerate(self.terms))

    @property
    def _turn(self) -> Floats:
        """(p + 1, p + 1) from 1 and the columns as queried to 1 and those centred and scaled."""
        found = np.diag(np.concatenate([[1.0], 1 / self.scale]))
        found[0, 1:] = -self.mean / self.scale
        return found

    def linear(self, ask: Ask, beta: Floats) -> str:
        """The sum of 1 and the centred and scaled columns times coefficients."""
        first, *rest = (self._turn @ beta).tolist()
        return " + ".join(
            [ask.value(first), *(f"{ask.value(b)} * x{at}" for at, b in enumerate(rest))]
        )

    def quadratic(self, ask: Ask, matrix: Floats) -> str:
        """The quadratic form of 1 and the centred and scaled columns."""
        form = self._turn @ matrix @ self._turn.T
        names = ["", *(f" * x{at}" for at in range(len(self.terms)))]
        return " + ".join(
            f"{ask.value(float(form[i, j]) * (1 if i == j else 2))}{names[i]}{names[j]}"
            for i in range(len(names))
            for j in range(i + 1)
        )

    def sums(self, weight: str, name: str) -> list[str]:
        """Sums of a weight, and of it times each column."""
        each = [f"SUM({weight} * x{at}) AS {name}{at}" for at in range(len(self.terms))]
        return [f"SUM({weight}) AS {name}", *each]

    def products(self, weight: str, name: str) -> list[str]:
        """The same, and of it times the products of two columns, as far as they are not known."""
        return [
            *self.sums(weight, name),
            *(
                f"SUM({weight} * x{i} * x{j}) AS {name}{i}_{j}"
                for i, j in self._pairs()
                if self._known(i, j) is None
            ),
        ]

    def _pairs(self) -> list[tuple[int, int]]:
        return [(i, j) for i in range(len(self.terms)) for j in range(i + 1)]

    def _known(self, i: int, j: int) -> str | None:
        """Which sum a product's is without being asked; None where it is to be asked."""
        one, other = self.terms[i], self.terms[j]
        if not (one.indicator and other.indicator and one.of == other.of):
            return None
        return "itself" if i == j else "nothing"

    def summed(self, found: Answer, name: str) -> Floats:
        """(lines, p + 1) sums of 1 and the centred and scaled columns."""
        names = [name, *(f"{name}{at}" for at in range(len(self.terms)))]
        raw = np.stack([_floats(found[each]) for each in names], axis=1)
        return np.asarray(raw @ self._turn)

    def produced(self, found: Answer, name: str, by: Floats | None = None) -> Floats:
        """(p + 1, p + 1) sums over lines of their products, times a factor of each line."""
        p = len(self.terms)
        factor = np.ones(len(found[name])) if by is None else by
        raw = np.zeros((p + 1, p + 1))
        raw[0, 0] = factor @ found[name]
        for i in range(p):
            raw[0, i + 1] = raw[i + 1, 0] = factor @ found[f"{name}{i}"]
        for i, j in self._pairs():
            known = self._known(i, j)
            if known is None:
                raw[i + 1, j + 1] = raw[j + 1, i + 1] = factor @ found[f"{name}{i}_{j}"]
            elif known == "itself":
                raw[i + 1, i + 1] = raw[0, i + 1]
        turn = self._turn
        return np.asarray(turn.T @ raw @ turn)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The patients as Cox's model asks for them; the arm is its first column."""

    patients: Complete

    @property
    def scale(self) -> Floats:
        """By what each column was divided."""
        n0, n1 = self.patients.n
        share = n1 / (n0 + n1)
        return np.insert(self.patients.moments[1], 0, np.sqrt(share * (1 - share)))

    def left(self, beta: Floats) -> Sums:
        """Sums by when patients left."""
        return self._sums(beta, "months", yes("event"), self.patients._source())

    def came(self, beta: Floats) -> Sums | None:
        """Sums by when those came who came late."""
        if not self.patients.timed.late:
            return None
        late = f"{self.patients._source()} AND entry > 0"
        found = self._sums(beta, "entry", "0", late)
        return found if len(found.time) else None

    def _sums(self, beta: Floats, time: str, event: str, source: str) -> Sums:
        ask = self.patients._ask()
        design = self.patients.design(ask, arm=True)
        ratio = design.linear(ask, np.concatenate([[0.0], beta]))
        sql = f"SELECT {time} AS t, {event} AS d, {design.columns}{ONCE} {source}"
        rate = f"EXP(LEAST({ratio}, {ask.value(_FAR)}))"
        sql = f"SELECT chosen.*, {rate} AS r{ONCE} FROM ({sql}) chosen"
        products = ", ".join(design.products("r", "s"))
        found = self.patients._asked(
            ask, f"SELECT t, d, {_COUNT} AS n, {products} FROM ({sql}) rated GROUP BY t, d"
        )
        order = np.lexsort((found["d"], found["t"]))  # an engine has none
        found = {name: each[order] for name, each in found.items()}
        sums = design.summed(found, "s")
        return Sums(
            np.zeros(len(sums), np.int64),
            _floats(found["t"]),
            np.asarray(found["d"] == 1, bool),
            np.asarray(found["n"], np.int64),
            sums[:, 0],
            sums[:, 1:],
            lambda by: design.produced(found, "s", by)[1:, 1:],
        )
