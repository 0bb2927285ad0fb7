import numpy as np
import plotly.graph_objects as go
from numpy.testing import assert_array_equal

from lib.analyses.study import under_study
from lib.cohort import WHOLE_ROW, Finding, Source
from lib.figures import theme
from lib.figures.cohort import flow_diagram, missingness
from lib.figures.spec import Figure
from lib.plan import Condition, Plan, StudyPlan
from tests.conftest import cohort_of

EVIL = "<b>x</b>"


def words(figure):
    return [each.text for each in figure.layout.annotations if each.text]


def test_the_flow_counts_from_the_rows_read_to_the_patients_under_study():
    findings = (Finding("error", "a row of totals", rows=(5,), sets_aside=(WHOLE_ROW,)),)
    cohort = cohort_of(
        {"modality": ["HAI", "TACE", "HAI"]}, findings=findings, source=Source("a", "b", rows=4)
    )
    plan = Plan(study=StudyPlan(selection=(Condition("modality", ("HAI",)),)))
    said = words(flow_diagram(under_study(cohort, plan).provenance).checked())
    assert said == [
        "Rows read: <b>4</b>",
        "Left: <b>3</b>",
        "Set aside: <b>1</b><br>a row of totals",
        "Patients: <b>3</b>",
        "Modality: Chemoinfusion<br>(HAI): <b>2</b>",
        "Not selected: <b>1</b>",
    ]


def test_a_long_reason_stands_whole_in_lines_that_fit_its_box():
    why = "a few cells below the table, taken for a legend or another table of the hospital"
    findings = (Finding("error", f"{why}; set aside", rows=(5,), sets_aside=(WHOLE_ROW,)),)
    cohort = cohort_of({"modality": ["HAI"]}, findings=findings, source=Source("a", "b", rows=2))
    figure = flow_diagram(under_study(cohort, Plan()).provenance).checked()
    (said,) = [each for each in words(figure) if each.startswith("Set aside")]
    lines = said.split("<br>")[1:]
    assert " ".join(lines) == why
    assert max(map(len, lines)) <= 32
    assert figure.layout.height >= len(cohort_steps(figure)) * 18 * (len(lines) + 1)


def cohort_steps(figure):
    return {each.y for each in figure.layout.annotations if each.text}


def test_the_flow_draws_text_of_a_spreadsheet_as_it_stands():
    cohort = cohort_of({"centre": [EVIL, "A"]})
    plan = Plan(study=StudyPlan(selection=(Condition("centre", (EVIL,)),)))
    said = " ".join(words(flow_diagram(under_study(cohort, plan).provenance).checked()))
    assert EVIL not in said
    assert "&lt;b&gt;x&lt;/b&gt;" in said


def test_a_dark_cell_is_a_missing_value():
    cohort = cohort_of({"sex": ["F", None, "M"], "age": [50, 60, 70], "ecog": [None, None, "1"]})
    (cells,) = missingness(cohort).checked().data
    assert list(cells.y) == ["Sex", "ECOG performance status"]
    assert_array_equal(np.asarray(cells.z), [[0, 1, 0], [1, 1, 0]])
    assert_array_equal(np.asarray(cells.customdata)[0], [2, 3, 4])  # rows of the spreadsheet


def test_the_ink_of_a_dark_page_does_not_go_with_what_is_taken_away():
    drawn = theme.dressed(Figure(), 300)
    shown = go.Figure(theme.inked(drawn, dark=True).to_dict())
    assert shown.layout.font.color == "#E8EEF2"
    assert "color" not in drawn.layout["font"]


def test_missing_values_can_be_drawn_on_a_dark_page():
    drawn = missingness(cohort_of({"sex": ["F", None], "age": [50, None]}))
    assert theme.inked(drawn, dark=True).to_dict()["data"] == drawn.to_dict()["data"]  # by light
