"""Stanford's rows, which change with time: as they stand, and as procedures with dates.

The file has one row until a transplantation and one from it on, and counts days. Hepar's page
*Everything received* asks for the dates of the first and of a second modality, so the rows are
written as such: waiting is the first modality, on a day that is invented, a new heart the second.
"""

import csv
import io
from datetime import date, timedelta
from math import ceil
from typing import Any

import hepar
from lib.statistics import cox
from lib.statistics.life_table import TimeToEvent, count

_EACH = """
[reading]
repeated = "each"

[[reading.columns]]
header = "age"
position = 3
column = ""
"""
_BEGUN = date(2000, 1, 1)
_HEADERS = (
    *("patient_id", "modality", "first_procedure_date", "first_hai_date", "first_tace_date"),
    *("last_contact_date", "death_date"),
)


def results(data: bytes, name: str) -> dict[str, Any]:
    """The ratio of hazards from the transplantation on, by the rows and by dates."""
    rows = hepar.read(data, hepar.plan(text=_EACH), name=name).patients
    follow = TimeToEvent(rows["stop"], rows["event"] == "1", entry=rows["start"])
    group = (rows["transplant"] == "1").to_numpy(int)
    ratio = cox.hazard_ratio(count(follow, group, ("waiting", "new heart")), "waiting", "new heart")
    dated = hepar.results(hepar.study(hepar.read(_dated(rows), name="dated.csv")))
    by_rows = {part: getattr(ratio.ratio, part) for part in ("value", "low", "high")}
    return {"rows": {"n": len(rows), "ratio": by_rows}, "switches": dated["switches"]}


def _dated(rows: Any) -> bytes:
    """A row a patient with dates, as a CSV; half a day counts as the day that it is of."""
    written = io.StringIO()
    out = csv.writer(written)
    out.writerow(_HEADERS)
    for patient, own in rows.groupby(rows["patient_id"].str.split(" ").str[0], sort=False):
        last = own.iloc[-1]
        end = _day(last["stop"])
        second = _day(last["start"]) if last["transplant"] == "1" else ""
        died = end if last["event"] == "1" else ""
        out.writerow((patient, "HAI", _day(0), _day(0), second, end, died))
    return written.getvalue().encode()


def _day(number: float) -> str:
    return (_BEGUN + timedelta(days=ceil(number))).isoformat()
