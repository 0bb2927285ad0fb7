"""How long models on all rows of a registry take: `python -m benchmarks.registry_models [ROWS]`.

Cox's model of an arm and ten covariates, and overlap weights, of 1,000,000 patients unless told
otherwise, in DuckDB on two cores. The goal is 10,000,000 under a minute. The facts are invented
in DuckDB itself, so that no row is ever here.
"""

import resource
import sys
import time
from collections.abc import Mapping

import duckdb
import numpy as np

from lib.registry.models import Timed
from lib.registry.query import Ask
from lib.schema import Column, Level

ROWS = 1_000_000
NUMBERS, CATEGORIES = 5, 5
GOAL_S = 60.0  # of 10,000,000 rows
LEVELS = (Level("a", "a"), Level("b", "b"))
PARAMETER = ":p"

INVENT = f"""
CREATE TABLE facts AS
SELECT arm, CEIL(-LN(1 - u) * 600 / EXP(0.2 * c0 - 0.1 * arm)) / 30.4375 AS months,
       random() < 0.5 AS event, NULL AS entry, '' AS reason, * EXCLUDE (arm, u)
FROM (SELECT CASE WHEN random() < 1 / (1 + EXP(-0.3 * c0)) THEN 1 ELSE 0 END AS arm,
             random() AS u, *
      FROM (SELECT {", ".join(f"random() * 2 - 1 AS c{at}" for at in range(NUMBERS))},
                   {
    ", ".join(
        f"CASE WHEN random() < 0.4 THEN 'a' ELSE 'b' END AS c{NUMBERS + at}"
        for at in range(CATEGORIES)
    )
}
            FROM range($rows)))
"""


class Engine:
    """Invented facts in DuckDB; how many queries were asked."""

    def __init__(self, rows: int) -> None:
        self.connection = duckdb.connect(config={"threads": 2, "memory_limit": "4GB"})
        self.connection.execute(INVENT, {"rows": rows})
        self.asked = 0

    def columns(self, sql: str, values: Mapping[str, object]) -> dict[str, np.ndarray]:
        """What a query gives."""
        self.asked += 1
        used = {name: value for name, value in values.items() if f":{name}" in sql}
        return self.connection.execute(sql.replace(PARAMETER, "$p"), used).fetchnumpy()


def main() -> int:
    """Fit, and print seconds, queries and memory; 1 if the goal is missed."""
    rows = int(float(sys.argv[1])) if len(sys.argv) > 1 else ROWS
    engine = Engine(rows)
    columns = [
        *(Column(f"x{at}", "Number", "number") for at in range(NUMBERS)),
        *(Column(f"k{at}", "Levels", "category", levels=LEVELS) for at in range(CATEGORIES)),
    ]
    fields = {column.name: f"c{at}" for at, column in enumerate(columns)}
    timed = Timed(engine.columns, Ask(None), "SELECT * FROM facts", fields, False)  # type: ignore[arg-type]
    predictors = [each for each in timed.predictors(columns) if each is not None]
    patients = timed.complete(predictors)
    seconds = {}
    print(f"{rows:,} rows")
    for name, fit in (
        ("Cox, 11 coefficients", lambda: patients.cox("arm", ("0", "1"))),
        ("overlap weights", lambda: patients.weighted(("0", "1"), 0.95, 36.0)),
        ("balance of a number, weighted", lambda: patients.balance(columns[:1], True)),
    ):
        began, spent, asked = time.perf_counter(), time.process_time(), engine.asked
        fit()
        seconds[name], spent = time.perf_counter() - began, time.process_time() - spent
        queries = engine.asked - asked
        print(f"{name}: {seconds[name]:.1f} s ({spent:.1f} s of CPU), {queries} queries")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory, the invented table included: {peak:.0f} MB")
    return int(seconds["Cox, 11 coefficients"] > GOAL_S * rows / 1e7)


if __name__ == "__main__":
    sys.exit(main())
