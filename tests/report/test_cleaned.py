"""What leaves and comes back: the cleaned cohort, and the template."""

import io

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from lib.analyses import response, survival
from lib.analyses.study import opening_plan, under_study
from lib.ingest import open_file, propose, read_cohort
from lib.report import cleaned
from lib.report.template import headers, level_word, template
from lib.schema import COLUMNS, ENDPOINTS, MODALITIES
from tests.conftest import as_xlsx, cohort_of


def test_the_cleaned_cohort_reads_back_as_the_same_patients(cohort):
    again = read_cohort("cohort.xlsx", cleaned.workbook(cohort))
    assert again.source.synthetic
    left, right = (each.patients.drop(columns="row") for each in (cohort, again))
    shared = [name for name in left if left[name].notna().any()]
    pd.testing.assert_frame_equal(left[shared], right[shared], check_dtype=False)
    for analysis, arguments in (
        (response.by_group, ()),
        (survival.by_group, (ENDPOINTS["OS"],)),
        (survival.by_group, (ENDPOINTS["PFS"],)),
    ):
        ours, theirs = (
            analysis(under_study(each, opening_plan(each)), *arguments) for each in (cohort, again)
        )
        if analysis is response.by_group:
            for one, other in zip(ours.times, theirs.times, strict=True):
                assert one.everyone.counts.tolist() == other.everyone.counts.tolist()
        else:
            assert repr(ours.everyone.median) == repr(theirs.everyone.median)
            assert [group.n for group in ours.groups] == [group.n for group in theirs.groups]


def test_no_cell_of_the_cleaned_cohort_runs_as_a_formula():
    data = cleaned.workbook(cohort_of({"centre": ["=1+1", "A"]}))
    rows = (
        CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("patients").to_python()
    )
    assert rows == [["patient_id", "centre"], ["P1", "'=1+1"], ["P2", "A"]]
    again = read_cohort("cohort.xlsx", data)
    assert again.patients["centre"].tolist() == ["=1+1", "A"]


@pytest.mark.parametrize("tongue", ["en", "ru"])
def test_a_filled_template_is_read_without_a_question(tongue):
    level = {
        code: level_word(COLUMNS["modality"], found, tongue)
        for code, found in (("HAI", MODALITIES[0]), ("TACE", MODALITIES[1]))
    }
    names = headers(COLUMNS.values(), tongue)
    rows = [list(names.values())]
    for i, code in enumerate(("HAI", "TACE")):
        filled = {"patient_id": f"P{i}", "modality": level[code], "age": str(60 + i)}
        rows.append([filled.get(name, "") for name in names])
    data = as_xlsx(rows)
    assert template(tongue).startswith(b"PK")
    proposal = propose(open_file("filled.xlsx", data))
    assert [question.message for question in proposal.questions] == []
    cohort = read_cohort("filled.xlsx", data)
    assert cohort.patients["modality"].tolist() == ["HAI", "TACE"]
    assert cohort.patients["age"].tolist() == [60.0, 61.0]
    assert [found.message for found in cohort.findings if found.severity != "note"] == []
