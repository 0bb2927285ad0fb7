"""What CONTRIBUTING.md says of adding is so: its files exist, and a new column is everywhere."""

import re
import subprocess
import sys

from tests.conftest import ROOT
from tools import columns

GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_every_file_that_the_guide_names_exists():
    named = set(re.findall(r"`((?:lib|tests|pages|tools|docs)/[\w./-]*|[A-Z]+\.md)`", GUIDE))
    assert len(named) > 25
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_command_that_the_guide_names_is_one_of_make():
    rules = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert set(re.findall(r"`make ([a-z-]+)`", GUIDE)) <= set(rules)


def test_the_readme_has_the_columns_of_the_schema():
    readme = columns.README.read_text(encoding="utf-8")
    assert columns.written(readme) == readme, "run: python -m tools.columns"
    assert columns.table() in readme


ADDED = """
from lib import schema, exhibits
added = schema.Column("spleen_size_mm", schema.N_("Spleen"), "number", unit="mm", baseline=True,
                      low=50, high=300, most=500, synonyms=("spleen length",))
schema.COLUMNS[added.name] = added

import io
from lib import ingest
from lib.analyses import comparison
from lib.analyses.study import opening_plan, under_study
from lib.exhibits import balance
from lib.export.template import SHEETS, template
from lib.worker import process
from python_calamine import CalamineWorkbook
from tests.conftest import as_csv
from tests.pages.visit import with_file

process.starts_python = lambda: False
n = 40
data = as_csv({
    "modality": ["HAI", "TACE"] * (n // 2),
    "os_months": [3 + i for i in range(n)],
    "os_event": [i % 3 > 0 for i in range(n)],
    "Spleen length, cm": [9 + i % 7 for i in range(n)],
})
file = ingest.open_file("a.csv", data)
(shown,) = [each for each in ingest.propose(file).columns if each.header.column == added.name]
assert shown.header.text == "Spleen length, cm", shown
cohort = ingest.read(file)
assert cohort.patients[added.name].tolist()[:2] == [90, 100]
study = under_study(cohort, opening_plan(cohort))
compared = comparison.of_arms(study)
assert added in [each.column for each in compared.covariates]
assert balance.table_one(compared).astype(str).apply(lambda row: row.str.contains("Spleen").any(),
                                                     axis=1).any()
assert added.name in exhibits.cohort.template("patients").astype(str).to_numpy()
for tongue in SHEETS:
    book = CalamineWorkbook.from_filelike(io.BytesIO(template(tongue)))
    words = [str(cell) for sheet in book.sheet_names
             for row in book.get_sheet_by_name(sheet).to_python() for cell in row]
    assert any("pleen" in word for word in words), tongue
app = with_file("a.csv", data)
assert any("Spleen" in str(each.options) for each in app.sidebar.selectbox)
"""


def test_a_column_is_one_line_of_the_schema():
    """In a process of its own: what reads the schema keeps what it has read."""
    ran = subprocess.run(
        [sys.executable, "-c", ADDED], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-1500:]
