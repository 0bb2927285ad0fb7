"""A workbook whose every text would act, or ask a foreign host, if a page let it."""

import io
import zipfile
from itertools import cycle, islice

import xlsxwriter

from tests.conftest import after

HOST = "evil.invalid"
WITHOUT_END = "W" * 600
"""A word that a figure would be as wide as."""
PAYLOADS = (
    f"![i](http://{HOST}/i.png)",
    f"[l](http://{HOST}/l)",
    f"<a href='http://{HOST}/a'>a</a>",
    f"<img src=http://{HOST}/h.png>",
    "<u>u</u>",
    f"` ![i](http://{HOST}/c.png) `c",
    "**bold!** $x$ :red[r]",
    ":material/home: :smile:",
    f"https://{HOST}/ {HOST}",
    f"www.{HOST} me@{HOST}",
    f"%{{evil}} \u202eturned \u3164\U000e0041{WITHOUT_END}",
    "=HYPERLINK(A1)",
)
ACTS = (
    "![i]", "[l](", "<a", "<img", "<u>", "`c", "` !", "**bold!", "$x$", ":red[",
    ":material/home:", ":smile:", f"http://{HOST}", f"https://{HOST}", f"www.{HOST}",
    f"me@{HOST}", "\u202e", "\u3164", "\U000e0041",
)  # fmt: skip
"""What none of them may still hold where Markdown is read."""
DRAWN = ("<a", "<img", "<u>", "%{evil}", "\u202e", "\u3164", "\U000e0041", WITHOUT_END[:450])
"""What none of them may still hold in a figure."""
OWN = f"okuda {PAYLOADS[0]}"
"""The header of a carried column of two levels, with which a page can be asked to compare."""


def texts(n: int, what: str = "") -> list[str]:
    """So many texts, one payload after the other."""
    return [f"{payload} {what}".strip() for payload in islice(cycle(PAYLOADS), n)]


def workbook(n: int = 48) -> bytes:
    """The bytes of the workbook: patients, procedures, assessments, lesions, adverse events."""
    ids = [f"{text} {i}" for i, text in enumerate(texts(n))]
    days = [[str(after(month + i / 9)) for month in (0, 3, 6)] for i in range(n)]
    patients = {
        "patient_id": ids,
        "modality": [("HAI", "TACE")[i % 2] if i % 8 else texts(1)[0] for i in range(n)],
        "centre": texts(n),
        "ecog": [("0", "1", PAYLOADS[i % 12])[i % 3] for i in range(n)],
        "age": [40 + i % 30 if i % 7 else PAYLOADS[i % 12] for i in range(n)],
        "best_response": [("PR", "SD", PAYLOADS[i % 12])[i % 3] for i in range(n)],
        "first_procedure_date": [dates[0] for dates in days],
        "os_months": [4 + i if i % 5 else f"{i} {PAYLOADS[i % 12]}" for i in range(n)],
        "os_event": [i % 2 for i in range(n)],
        OWN: [PAYLOADS[i % 2] for i in range(n)],
        f"comment {PAYLOADS[7]}": texts(n, "seen"),
        f"{PAYLOADS[2]} STATUS": [i % 2 for i in range(n)],
        f"{PAYLOADS[2]} MONTHS": list(range(1, n + 1)),
    }
    procedures = {
        "patient_id": ids,
        "procedure_date": ["2020-13-45" if i % 4 == 0 else days[i][0] for i in range(n)],
        "modality": [("HAI", "TACE")[i % 2] if i % 6 else PAYLOADS[i % 12] for i in range(n)],
        f"drug {PAYLOADS[1]}": texts(n),
    }
    lesions = {
        "patient_id": [name for name in ids for _visit in range(3)],
        "assessment_date": [day for dates in days for day in dates],
        "lesion_id": [PAYLOADS[i % 12] for i in range(n) for _visit in range(3)],
        "organ": [PAYLOADS[(i + 1) % 12] for i in range(n) for _visit in range(3)],
        "diameter_mm": [size - i % 7 for i in range(n) for size in (40, 30, 25)],
    }
    events = {
        "patient_id": ids,
        "ae_date": [dates[1] for dates in days],
        "term": texts(n),
        "scale": [("CTCAE", PAYLOADS[i % 12])[i % 4 == 0] for i in range(n)],
        "grade": [1 + i % 4 for i in range(n)],
    }
    sheets = {
        "patients": patients,
        "procedures MARK": procedures,
        "lesions MARK": lesions,
        "adverse_events MARK": events,
    }
    made = io.BytesIO()
    with xlsxwriter.Workbook(
        made, {"strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        for name, columns in sheets.items():
            sheet = book.add_worksheet(name)
            for at, (header, cells) in enumerate(columns.items()):
                sheet.write_column(0, at, [header, *cells])
    return _with_sheet_names(made)


def _with_sheet_names(made: io.BytesIO) -> bytes:
    """The same with names of sheets that no spreadsheet would let anybody type."""
    mark = f"` ![i](http://{HOST}/s.png) `c".encode()
    changed = io.BytesIO()
    with zipfile.ZipFile(made) as before, zipfile.ZipFile(changed, "w") as after_it:
        for name in before.namelist():
            part = before.read(name)
            if name in ("xl/workbook.xml", "docProps/app.xml"):
                part = part.replace(b"MARK", mark)
            after_it.writestr(name, part)
    return changed.getvalue()
