"""Reference values made by R, each with the expression that made it, and their data."""

import csv
import json
from functools import cache
from pathlib import Path

import numpy as np

from lib.statistics.life_table import TimeToEvent, count

GOLDEN = Path(__file__).parents[1] / "golden"


def numbers(value):
    """R's values as floats: null is nan, and infinity comes as a word."""
    if isinstance(value, dict):
        return {key: numbers(part) for key, part in value.items()}
    if isinstance(value, list):
        return [numbers(part) for part in value]
    if value is None:
        return np.nan
    return {"Inf": np.inf, "-Inf": -np.inf}.get(value, value)


@cache
def entries():
    return json.loads((GOLDEN / "reference.json").read_text())["entries"]


def having(prefix):
    """Entries of a quantity, as parameters of a test named by their ids."""
    chosen = [e for e in entries() if e["quantity"].startswith(prefix)]
    assert chosen, prefix
    return {"argvalues": chosen, "ids": [e["id"] for e in chosen]}


@cache
def columns(path):
    with (GOLDEN / path).open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


def floats(path, name):
    return np.array(
        [float(cell) if cell not in ("", "NA") else np.nan for cell in columns(path)[name]]
    )


def follow_up(entry):
    """Follow-up of an entry's patients, with weights if it has them."""
    path, endpoint = entry["csv"], entry["endpoint"]
    status = floats(path, endpoint["event"])
    is_event = endpoint["event_is"]
    event = status if entry["dataset"].endswith("_cr") else np.isin(status, is_event)
    weight = floats(path, entry["weights"]) if entry["weights"] else None
    return TimeToEvent(floats(path, endpoint["time"]), event.astype(int), None, weight)


def coded(entry, name, levels=None):
    """Codes of a column, and the levels they index."""
    cells = columns(entry["csv"])[name]
    levels = levels or sorted(set(cells) - {"", "NA"})
    return np.array([levels.index(cell) if cell in levels else -1 for cell in cells]), levels


def table(entry):
    """The life table of an entry."""
    data = follow_up(entry)
    if entry["group"] is None:
        return count(data)
    codes, levels = coded(entry, entry["group"], entry["levels"])
    return count(data, codes, levels)


def strata(entry):
    """The life tables of an entry's strata; rows without a stratum are left out, as in R."""
    data = follow_up(entry)
    codes, levels = coded(entry, entry["group"], entry["levels"])
    stratum, names = coded(entry, entry["strata"])
    return [count(data.where(stratum == s), codes[stratum == s], levels) for s in range(len(names))]


GEHAN_TIME = [
    *[6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35],
    *[1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23],
]
GEHAN_EVENT = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0] + [1] * 21
GEHAN = TimeToEvent(GEHAN_TIME, GEHAN_EVENT)
GEHAN_GROUP = [0] * 21 + [1] * 21
"""Remission of leukaemia (weeks): 6-MP, then placebo. Freireich et al. (1963), Blood 21:699-716."""


def gehan():
    return count(GEHAN, GEHAN_GROUP, ("6-MP", "placebo"))
