"""The course of each patient in words and tables."""

from dataclasses import replace

from lib import exhibits
from lib.analyses import overdue, patients, timeline
from lib.cohort import Source
from lib.figures import courses, theme
from lib.figures.spec import Figure
from tests.conftest import START, after, studied, study_of

COLUMNS = {
    "modality": ["HAI", "TACE", "HAI", "TACE"],
    "first_procedure_date": [START] * 4,
    "last_contact_date": [after(m) for m in (20, 18, 16, 14)],
    "death_date": [after(20), None, None, None],
}
SUMS = {
    "patient_id": ["P1", "P1", "P1", "P2", "P2", "P3", "P3"],
    "assessment_date": [after(m) for m in (-1, 3, 6, -1, 3, -1, 3)],
    "sld_mm": [20, 50, 52, 50, 30, 40, None],
    "response_recorded": [None, "SD", "PD", None, "PR", None, "NE"],
}


def built(columns=COLUMNS, sums=SUMS, **choices):
    return study_of(columns, {"assessments": sums}, **choices)


def test_the_captions_count_everybody():
    result = patients.waterfall(built())
    said = exhibits.patients.waterfall(result).caption
    assert "RECIST 1.1; n = 2." in said
    assert "Cut at +100.0%: P1 +150.0%." in said
    assert "no sum of diameters after the first procedure, up to progression: n = 1 (P3)" in said
    assert "no assessment after the first procedure: n = 1 (P4)" in said
    assert "Hatched: best response PD (derived from the measurements)" in said
    assert "guides only" in said
    assert said.endswith("All 4 patients.")
    said = exhibits.patients.spider(patients.spider(built(profile="liver-directed"))).caption
    assert "modified: up to 5 target lesions in the liver" in said
    said = exhibits.patients.swimmer(patients.swimmer(built(source="recorded"))).caption
    assert "Responses and progression are as recorded." in said
    said = exhibits.patients.overdue(overdue.overdue(studied("workbook"))).caption
    assert "Overdue 2, in time 10, recorded as lost 0, dead 24." in said


def test_a_caption_says_nothing_of_what_is_not_drawn():
    columns = {name: values[1:3] for name, values in COLUMNS.items()}
    sums = {name: values[3:5] for name, values in SUMS.items()} | {"patient_id": ["P1", "P1"]}
    result = patients.waterfall(built(columns, sums))
    said = exhibits.patients.waterfall(result).caption
    for never in ("Hatched", "Symbols", "Cut at"):
        assert never not in said
    both = {name: values[:2] for name, values in COLUMNS.items()}
    everybody = patients.waterfall(built(both, {name: cells[:5] for name, cells in SUMS.items()}))
    assert exhibits.patients.beside_waterfall(everybody) == ""
    assert "annotations" not in theme.noted(Figure(), "").layout


def test_each_assessment_tells_its_sum_nadir_response_and_reason():
    frame = exhibits.patients.assessments(timeline.timeline(built(), "P1"))
    first, second = frame.to_dict("records")
    assert first["Sum, mm"] == "50" and first["Nadir before, mm"] == "20"
    assert first["Change from baseline"] == "+150.0%"
    assert (first["Response"], first["Recorded"]) == ("PD", "SD, differs")
    assert first["Why"].startswith("sum 50 mm is +150% and +30 mm over nadir 20 mm of ")
    assert (second["Response"], second["Recorded"]) == ("PD", "PD")


def test_a_status_that_is_not_the_response_says_why():
    table = SUMS | {"sld_mm": [20, 50, 12, 50, 30, 40, None]}
    frame = exhibits.patients.assessments(timeline.timeline(built(sums=table), "P1"))
    row = frame.iloc[1]
    assert (row["Response"], row["Status"]) == ("PR", "PD")
    assert row["Why"].endswith(f"status PD: after progression on {after(3)}")


def test_endpoints_tell_an_event_from_a_censoring_and_from_what_came_first():
    frame = exhibits.patients.endpoints(timeline.timeline(built(), "P2")).set_index("Endpoint")
    assert frame.loc["Overall survival"].to_list() == ["18.0", "censored", "Last contact"]
    free = frame.loc["Progression-free survival"]
    assert free.to_list() == ["3.0", "censored", "Last assessment"]
    died = COLUMNS | {"death_date": [None, after(18), None, None]}
    later = exhibits.patients.endpoints(timeline.timeline(built(died), "P2")).set_index("Endpoint")
    told = later.loc["Time to progression"].to_list()
    assert told == ["18.0", "another event came first", "Death"]


def test_months_of_the_sheet_are_named_as_such_and_who_is_set_aside_has_the_reason():
    found = timeline.timeline(
        study_of(
            {
                "modality": ["HAI", "HAI"],
                "os_months": [7.0, 8.0],
                "os_event": ["yes", "yes"],
                "pfs_months": [None, 5.0],
                "pfs_event": [None, "yes"],
            }
        ),
        "P1",
    )
    frame = exhibits.patients.endpoints(found).set_index("Endpoint")
    told = frame.loc["Overall survival"].to_list()
    assert told == ["7.0", "event", "months as the sheet gives them"]
    row = frame.loc["Progression-free survival"]
    assert row["Event or censored"] == "set aside" and row["By"] != ""


def test_the_duration_of_a_response_stands_among_the_endpoints():
    frame = exhibits.patients.endpoints(timeline.timeline(built(confirm=False), "P2"))
    last = frame.iloc[-1].to_list()
    assert last[0] == f"Duration of response, from {after(3)}"
    assert last[2:] == ["censored", "censored at the last evaluable assessment"]


def test_places_name_the_sheet_of_each_table():
    source = Source("f.xlsx", "", "Пациенты", sheets=(("lesions", "Очаги"),))
    rows = [("patients", 3), ("lesions", 9), ("lesions", 4), ("lesions", 9)]
    assert exhibits.patients.places(rows, source) == "Пациенты 3; Очаги 4, 9"
    assert exhibits.patients.places([("patients", 3)], Source("f.csv", "")) == "row 3"


def test_what_happened_has_details_and_rows():
    found = timeline.timeline(studied("workbook"), "P02")
    frame = exhibits.patients.happenings(found)
    (first,) = frame[(frame["What"] == "Procedure") & (frame["Month"] == "0.0")].to_dict("records")
    assert first["Details"].startswith("Chemoinfusion (HAI); Drug: oxaliplatin + 5-FU")
    assert first["Rows"] == "procedures 7"
    (baseline,) = [row for row in frame["Details"] if row.startswith("baseline")]
    assert "Sum of diameters, mm: 43" in baseline


# --- what an image of them says of what it does not show


def test_an_image_says_which_lanes_it_shows_and_of_whom_nothing_is_known():
    study = built(COLUMNS | {"first_procedure_date": [START, START, None, None]})
    result = patients.swimmer(study)
    page = exhibits.patients.drawn(1, 0, len(result.lanes))
    said = exhibits.patients.beside_swimmer(result, page)
    assert said.startswith("Drawn: patients 1 to 1 of 2, in this order. Known of 2 of 4 patients.")
    figure = theme.noted(courses.swimmer(result.lanes[:1], result.levels), said)
    inside = " ".join(note["text"].replace("<br>", " ") for note in figure.layout["annotations"])
    assert said in inside


def test_bars_cut_without_their_heights_are_counted_in_the_image():
    result = patients.waterfall(built())
    (tall,) = [bar for bar in result.bars if courses.is_cut(bar)]
    many = replace(result, bars=tuple(replace(tall, patient_id=f"X{i}") for i in range(90)))
    assert "Cut at +100.0%: 90." in exhibits.patients.beside_waterfall(many)
    said = exhibits.patients.waterfall(many).caption
    assert "Hatched" not in said and "Symbols" not in said
    assert "So many bars stand without codes, symbols and hatching" in said


def test_a_page_of_lanes_is_drawn_and_the_tables_have_all():
    n = exhibits.patients.LANES + 3
    columns = {"first_procedure_date": [START] * n, "last_contact_date": [after(9)] * n}
    result = patients.swimmer(study_of(columns))
    shown = exhibits.patients.swimmer(result, first=exhibits.patients.LANES)
    assert f"Drawn: patients {n - 2} to {n} of {n}, in this order." in shown.caption
    assert len(shown.tables[0].frame) == n


def test_nobody_is_said_not_to_be_overdue_for_what_is_not_known():
    columns = {"first_procedure_date": [START], "last_assessment_date": [after(3)]}
    result = overdue.overdue(study_of(columns))
    shown = exhibits.patients.overdue(result)
    assert shown.sentences == ("Nobody is overdue for an assessment.",)
    for scans, contacts, said in (
        (True, True, "Nobody is overdue."),
        (False, True, "Nobody is overdue for a contact."),
        (False, False, "Who is overdue is not known."),
    ):
        known = replace(result, scans_known=scans, contacts_known=contacts)
        assert exhibits.patients.overdue(known).sentences == (said,)
    assert "Contacts that are overdue are not known." in shown.caption
    assert "Assessments that are overdue" not in shown.caption
