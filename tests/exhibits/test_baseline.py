"""The cohort at a glance and Table 1, in words."""

from lib.analyses import baseline, response, survival
from lib.exhibits.baseline import glance, table_one
from lib.schema import ENDPOINTS
from tests.conftest import studied, study_of

OS = ENDPOINTS["OS"]


def rows(exhibit):
    """The cells of the first table by its first column, which is stripped of its indent."""
    frame = exhibit.tables[0].frame
    return {cells[0].strip("\u2003"): cells[1:] for cells in frame.to_numpy().tolist()}


def at_a_glance(study, lived=True):
    found = [baseline.by_group(study), response.by_group(study)]
    return glance(*found, survival.by_group(study, OS)) if lived else glance(*found)


def test_the_sample_at_a_glance():
    shown = at_a_glance(studied("workbook"))
    assert shown.title == "The cohort at a glance by modality"
    assert list(shown.tables[0].frame.columns)[1:] == [
        *("All patients", "Chemoinfusion (HAI)", "Chemoembolization (TACE)")
    ]
    said = rows(shown)
    assert said["Patients"] == ["36", "20", "16"]
    assert said["Sex: female / male"] == ["16 / 20", "9 / 11", "7 / 9"]
    assert said["Age, years, median (quartiles)"][0] == "62.0 (58.0 to 68.0)"
    assert said["Median overall survival, months"][1] == "21.8 (95% CI 16.1 to 31.8)"
    assert said["Overall survival at 12 months"][0].startswith("83% (95% CI 67 to 94)")
    assert said["ORR, at 6 months"][0] == "1/36 (3%, 95% CI <1 to 15)"
    assert "ORR, at 12 months" in said and "ORR, at 3 months" not in said
    assert shown.caption.count("All 36 patients.") == 1


def test_what_is_not_known_has_no_line():
    study = study_of({"modality": ["HAI", "TACE"] * 6, "age": range(50, 62)})
    assert list(rows(at_a_glance(study, lived=False))) == [
        "Patients",
        "Age, years, median (quartiles)",
    ]


def test_by_another_column_the_modalities_are_counted_in_each_group():
    columns = {"modality": ["HAI"] * 5 + ["TACE"] * 6, "sex": ["F", "M"] * 5 + ["F"]}
    said = rows(at_a_glance(study_of(columns, by="sex"), lived=False))
    (title,) = [each for each in said if each.startswith("Modality: ")]
    assert said[title] == ["5 / 6", "3 / 3", "2 / 3"]


def test_with_neither_six_nor_twelve_months_the_last_time_is_told():
    columns = {"modality": ["HAI", "TACE"] * 6, "best_response": ["PR", "SD", "PD"] * 4}
    assert rows(at_a_glance(study_of(columns), lived=False))["ORR, best response"][0].startswith(
        "4/12 "
    )


def test_every_caution_of_what_is_told_is_told():
    study = studied("registry")
    beware = at_a_glance(study).cautions
    lived, responded = survival.by_group(study, OS), response.by_group(study)
    told = [each for time in responded.times if time.months in (6, 12) for each in time.cautions]
    assert told
    assert {*lived.cautions, *responded.cautions, *told} == {*beware}


def test_table_one_has_each_level_among_those_whose_value_is_known():
    columns = {
        "modality": ["HAI"] * 6 + ["TACE"] * 6,
        "sex": ["F", "M"] * 5 + [None, "M"],
        "age": [50.0] * 11 + [None],
    }
    said = rows(table_one(baseline.by_group(study_of(columns))))
    assert said["Female"] == ["5/11 (45%)", "3/6 (50%)", "2/5 (40%)"]
    assert said["No value"] == ["1", "0", "1"]
    assert said["Age, years, median (quartiles)"] == ["50 (50 to 50)"] * 3
