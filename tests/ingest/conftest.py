"""Files as the tests write them: a clean cohort, and workbooks of any shape."""

from collections.abc import Sequence

import pytest

from lib.language import counting

CLEAN = [
    ["patient_id", "modality", "best_response", "os_months", "os_event"],
    ["P1", "HAI", "SD", "12", "1"],
    ["P2", "TACE", "PR", "20", "0"],
]


def as_csv(rows: Sequence[Sequence[object]], delimiter: str = ",") -> bytes:
    return "".join(delimiter.join(map(str, row)) + "\n" for row in rows).encode()


def worded(finding):
    values = {
        name: ", ".join(value) if isinstance(value, tuple) else value
        for name, value in finding.values
    }
    return counting(finding.message, values).format(value=finding.value, **values)


@pytest.fixture
def told():
    """Word a cohort's findings as ``column: message [rows]``, templates filled in."""

    def tell(cohort):
        return [f"{f.column}: {worded(f)} {list(f.rows)}" for f in cohort.findings]

    return tell
