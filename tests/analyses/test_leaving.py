"""Rows that leave: what of persons and places stays in them, and that numbers are the same."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

import hepar
from lib.analyses.leaving import letters, shared, stays
from lib.analyses.study import under_study
from lib.command import main
from lib.exhibits import leaving
from lib.export import bundle
from lib.export.bundle import BundleError, verified
from tests.conftest import as_csv, studied

N = 24
STARTS = pd.date_range("2019-01-07", periods=N, freq="37D")
LIVED = [40 + 31 * at for at in range(N)]
ENDS = pd.Timestamp("2021-12-01")
DATED = {
    "modality": ["HAI", "TACE"] * (N // 2),
    "centre": ["Тверь", "Orel", "Kazan", "Orel"] * (N // 4),
    "age": [58, 91, *range(60, 58 + N)],
    "first_procedure_date": [str(day.date()) for day in STARTS],
    "diagnosis_date": [str((day - pd.Timedelta(days=400)).date()) for day in STARTS],
    "last_contact_date": [
        str(min(day + pd.Timedelta(days=n), ENDS).date())
        for day, n in zip(STARTS, LIVED, strict=True)
    ],
    "death_date": [
        str((day + pd.Timedelta(days=n)).date())
        if at % 3 and day + pd.Timedelta(days=n) <= ENDS
        else ""
        for at, (day, n) in enumerate(zip(STARTS, LIVED, strict=True))
    ],
    "response_12m": ["SD", "PD", "PR"] * (N // 3),
    "marker": ["x", "y"] * (N // 2),
}
CALENDAR = re.compile(r"\b(?:19|20)\d\d-\d\d-\d\d\b")


def study_of(columns=DATED, text="", **report):
    study = hepar.study(hepar.read(as_csv(columns), name="d.csv"), hepar.plan(text=text))
    return study.by(replace(study.plan, report=replace(study.plan.report, **report)))


def test_what_stays_of_persons_and_places_is_found_and_said():
    found = stays(study_of())
    assert found.dates == (
        *("first_procedure_date", "diagnosis_date", "last_contact_date", "death_date"),
    )
    assert (found.centres, found.old, found.own) == (3, 1, ("marker",))
    said = " ".join(leaving.stays(found, study_of().as_read.columns))
    assert "3 centres by name." in said
    assert "1 patient above the age of 89." in said
    assert "Columns of your own, as they are: marker." in said
    rare = stays(study_of(DATED | {"sex": ["f"] * 3 + ["m"] * (N - 3)})).rare
    assert ("sex", 1) in rare
    less = stays(study_of(dates_as_days=True, centres_as_letters=True))
    assert (less.dates, less.centres) == ((), 0)
    assert "No date of the calendar" in " ".join(leaving.stays(less, study_of().as_read.columns))


def test_days_count_from_each_first_procedure_and_letters_are_in_order():
    cohort = shared(study_of(dates_as_days=True, centres_as_letters=True)).as_read
    assert cohort.is_counted
    assert set(cohort.dates("first_procedure_date").dt.year) == {1700}
    lived = cohort.dates("last_contact_date") - cohort.dates("first_procedure_date")
    told = pd.to_datetime(pd.Series(DATED["last_contact_date"])) - STARTS.to_series(index=range(N))
    assert lived.tolist() == told.tolist()
    assert letters(study_of().as_read) == {"Kazan": "A", "Orel": "B", "Тверь": "C"}
    assert set(cohort.patients["centre"]) == {"A", "B", "C"}


@pytest.mark.parametrize("until", [None, date(2020, 12, 1)], ids=["to the end", "cut off"])
def test_a_bundle_without_dates_and_centres_gives_the_same_numbers(until):
    """All that it does not tell is named; nobody who entered too late is taken for unscanned."""
    study = study_of(dates_as_days=True, centres_as_letters=True)
    if until is not None:
        asked = replace(study.plan.study, as_of=until)
        study = under_study(study.as_read, replace(study.plan, study=asked))
    made = bundle.bundle(study)
    assert verified("b.zip", made).is_the_same
    assert bundle.changed(study) == ("endings", "matured", "lost")
    ours = hepar.results(study)
    with zipfile.ZipFile(io.BytesIO(made)) as files:
        theirs = bundle.json.loads(files.read("results.json"))
        for name in files.namelist():
            if name.endswith(".xlsx"):
                book = CalamineWorkbook.from_filelike(io.BytesIO(files.read(name)))
                rows = [row for each in book.sheet_names for row in _cells(book, each)]
                words = "\n".join(map(str, rows))
            else:
                words = files.read(name).decode()
            assert not CALENDAR.search(words), name
            assert not re.search("Orel|Kazan|Тверь", words), name
    ours = bundle.json.loads(bundle.json.dumps(ours))
    for part in ("response", "incidence", "landmark", "baseline"):
        left, right = bundle._renamed(ours[part], letters(study.as_read)), theirs[part]
        told = [c for c in bundle.changes(left, right) if c.was not in letters(study.as_read)]
        assert told == [], part
    late = [each["everyone"]["counts"]["not-due"] for each in ours["response"]["times"]]
    assert any(late)


def _cells(book, name):
    return book.get_sheet_by_name(name).to_python()


def test_the_plan_is_rewritten_to_letters():
    asked = '[study]\nby = "centre"\n[[study.selection]]\ncolumn = "centre"\nlevels = ["Orel"]\n'
    study = study_of(text=asked, centres_as_letters=True)
    leaves = shared(study)
    assert leaves.plan.study.selection[0].levels == ("B",)
    assert len(leaves.cohort) == len(study.cohort) == 12
    assert verified("b.zip", bundle.bundle(study)).is_the_same
    compared = '[comparison]\ncolumn = "centre"\nreference = "Тверь"\ncomparison = "Orel"\n'
    plan = shared(study_of(text=compared, centres_as_letters=True)).plan
    assert (plan.comparison.reference, plan.comparison.comparison) == ("C", "B")


def test_a_number_that_changes_and_needs_no_date_refuses_the_bundle(monkeypatch):
    study = study_of(dates_as_days=True)
    real = bundle.shared

    def another(study):
        found = real(study)
        return under_study(found.as_read, replace(found.plan, confidence=0.9))

    monkeypatch.setattr(bundle, "shared", another)
    with pytest.raises(BundleError) as refused:
        bundle.bundle(study)
    assert refused.value.code == "bundle-not-the-same"


def test_without_a_first_procedure_there_are_no_days_and_no_dates_leave_for_them():
    others = {name: cells for name, cells in DATED.items() if not name.startswith("first_")}
    months = {"os_months": range(1, N + 1), "os_event": [1, 0] * (N // 2)}
    with pytest.raises(BundleError) as refused:
        bundle.bundle(study_of(others | months, dates_as_days=True))
    assert refused.value.code == "bundle-no-start"


def test_days_of_who_has_no_first_procedure_count_from_the_first_date_there_is():
    some = DATED | {"first_procedure_date": ["", "", *DATED["first_procedure_date"][2:]]}
    study = study_of(some | {"own_day": DATED["last_contact_date"]}, dates_as_days=True)
    assert shared(study).as_read.dates("diagnosis_date").iloc[0].year == 1700
    assert shared(study).as_read.patients["own_day"].dt.year.lt(1800).all()
    assert verified("b.zip", bundle.bundle(study)).is_the_same


def test_a_plan_that_asks_for_days_is_followed_by_the_command(tmp_path):
    (tmp_path / "d.csv").write_bytes(as_csv(DATED))
    (tmp_path / "p.toml").write_text("[report]\ndates_as_days = true\ncentres_as_letters = true\n")
    args = [str(tmp_path / "d.csv"), "--plan", str(tmp_path / "p.toml")]
    assert main([*args, "--out", str(tmp_path / "o"), "--report", "zip"]) == 0
    assert main(["verify", str(tmp_path / "o" / "bundle.zip")]) == 0
    with zipfile.ZipFile(tmp_path / "o" / "bundle.zip") as files:
        assert "No date of the calendar" in files.read("README.txt").decode()
        assert "Orel" not in files.read("report.html").decode()


def test_nothing_changes_where_nothing_is_asked():
    study = studied("workbook")
    assert shared(study) is study and bundle.changed(study) == ()
