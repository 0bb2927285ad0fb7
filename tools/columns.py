"""Write README's table of the patients' columns again, from the schema.

Usage: python -m tools.columns
"""

import re
from itertools import pairwise
from pathlib import Path

from lib.schema import COLUMNS

README = Path(__file__).parents[1] / "README.md"
HEAD = "| about | columns |\n|---|---|\n"
FROM = {
    "patient_id": "the patient",
    "primary_site": "the disease at baseline",
    "prior_lines": "before",
    "ras": "markers and laboratory",
    "modality": "the treatment",
    "diagnosis_date": "dates until its start",
    "response_3m": "response",
    "progression": "progression",
    "last_contact_date": "survival by dates",
    "os_months": "survival by months",
    "subsequent_therapy": "afterwards",
}
"""By the first column of each part of the schema, what the part is about."""


def table() -> str:
    """The columns in the schema's order, a row a part."""
    names = list(COLUMNS)
    starts = [*map(names.index, FROM), len(names)]
    rows = [
        f"| {about} | {' '.join(f'`{name}`' for name in names[start:end])} |\n"
        for about, (start, end) in zip(FROM.values(), pairwise(starts), strict=True)
    ]
    return HEAD + "".join(rows)


def written(readme: str) -> str:
    """README with the table as it is now."""
    return re.sub(re.escape(HEAD) + r"(\|.*\n)*", lambda _found: table(), readme)


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
