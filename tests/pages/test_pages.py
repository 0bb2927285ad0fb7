import re

import pytest

from lib import exhibits
from lib.analyses import response, survival
from lib.analyses.study import opening_plan, under_study
from lib.schema import ENDPOINTS
from tests.conftest import as_xlsx, sample
from tests.ingest.conftest import as_book
from tests.pages import visit
from tests.pages.visit import (
    ANALYSES,
    PAGES,
    everything,
    go,
    opened,
    step,
    unfolded,
    upload,
    with_columns,
    with_sample,
)

TWENTY = {
    "modality": ["HAI"] * 12 + ["TACE"] * 12,
    "sex": ["F", "M"] * 12,
    "age": list(range(40, 64)),
    "response_6m": ["PR", "SD", "PD", "SD"] * 6,
    "os_months": list(range(1, 25)),
    "os_event": [1, 0, 1] * 8,
    "pfs_months": [month / 2 for month in range(1, 25)],
    "pfs_event": [1, 1, 0] * 8,
}


def without(*names):
    return {name: values for name, values in TWENTY.items() if name not in names}


def test_an_endpoint_of_the_file_is_chosen_and_compared_like_any_other():
    times = {"DFS_STATUS": [1, 0] * 12, "DFS_MONTHS": list(range(1, 25))}
    app = go(with_columns({**TWENTY, **times}), "survival.py")
    (control,) = [each for each in app.get("button_group") if each.key == "endpoint"]
    assert control.options == ["Overall survival", "Progression-free survival", "DFS"]
    control.set_value("DFS").run()
    assert "Median DFS: All patients 19.0 months" in everything(app)
    app = go(app, "compare.py")
    assert "DFS" in [each.value for each in app.subheader]


# --- empty, and with the sample


@pytest.mark.parametrize("page", ANALYSES)
def test_without_a_cohort_a_page_says_so_and_offers_the_sample(page):
    app = go(visit.opened(), page)
    assert "No cohort is open yet." in everything(app)
    assert len(app.table) == len(app.get("plotly_chart")) == 0
    app.button(key="open-sample").click().run()
    assert not app.exception
    assert app.table and app.get("plotly_chart")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_runs_without_a_cohort_and_with_the_sample(page):
    assert go(visit.opened(), page).title
    app = go(with_sample(), page)
    assert app.title
    assert app.error == []


def test_the_first_page_says_what_was_read():
    app = with_sample()
    said = everything(app)
    assert "All 36 patients." in said
    assert "Synthetic patients. None of them exists" in said
    assert {metric.label: metric.value for metric in app.metric}["Rows read"] == "36"


@pytest.mark.parametrize("page", PAGES)
def test_the_registry_opens_beside_the_sample_and_every_page_shows_it(page):
    assert "synthetic registry of 240" in everything(opened())
    said = everything(go(with_sample("open-registry"), page))
    if page in ("cohort.py", *ANALYSES):
        assert "All 240 patients." in said
        assert "the true effect is known" in said


@pytest.mark.parametrize("page", ANALYSES)
def test_every_page_says_that_the_sample_is_synthetic(page):
    app = go(with_sample(), page)
    assert "split by modality is invented" in everything(app)
    for chart in app.get("plotly_chart"):
        assert "Synthetic patients" in chart.proto.spec


def test_the_survival_page_shows_the_table_of_the_analysis():
    cohort = sample("workbook")
    app = go(with_sample(), "survival.py")
    shown, *_folds = visit.tables(app)
    result = survival.by_group(under_study(cohort, opening_plan(cohort)), ENDPOINTS["OS"])
    expected = exhibits.survival.summary(result).set_index(" ")
    assert shown.to_dict() == expected.to_dict()


def test_the_response_page_shows_the_tables_of_the_analysis():
    cohort = sample("workbook")
    plan = opening_plan(cohort)
    shown = visit.tables(go(with_sample(), "response.py"))
    six = response.by_group(under_study(cohort, plan)).times[0]
    assert shown[0].to_dict() == exhibits.response.at_time(six, plan.small).set_index(" ").to_dict()


# --- what a file does not hold


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.cases
def test_no_page_fails_for_a_column_that_is_not_there(page, missing):
    app = go(with_columns(without(*missing)), page)
    assert app.error == []


@pytest.mark.parametrize("page", ["response.py", "survival.py", "compare.py"])
def test_without_modality_a_page_names_the_columns_that_would_unlock_it(page):
    said = everything(go(with_columns(without("modality")), page))
    for column in ("modality", "first_hai_date", "first_tace_date"):
        assert f"`{column}`" in said


def test_without_modality_two_groups_of_another_column_can_be_compared():
    app = go(with_columns(without("modality")), "compare.py")
    assert app.selectbox[0].value is None  # nothing seems chosen that is not
    app.selectbox[0].set_value("sex").run()
    assert not app.exception
    labels = [str(column) for table in visit.tables(app) for column in table.columns]
    assert "Male" in labels and "Female" in labels


@pytest.mark.parametrize("page", ["response.py", "compare.py"])
def test_without_response_a_page_names_the_columns_that_would_unlock_it(page):
    said = everything(go(with_columns(without("response_6m")), page))
    assert "No response is recorded in this file." in said
    for column in ("response_6m", "response_12m", "best_response"):
        assert f"`{column}`" in said
    assert "Response at 12 months (`response_12m`)" in said
    assert ", `" not in said.split("would need")[1].split(".")[0], "each has its words"
    assert " or Response at 12 months" in said, "any one of them is enough"


def test_what_the_file_already_holds_is_not_among_what_it_would_need():
    columns = {
        "first_procedure_date": ["2020-01-01"] * 3,
        "last_contact_date": ["2021-01-01"] * 3,
        "vital_status": ["dead", "alive", "dead"],
        "death_date": ["2021-01-01", "", "2021-01-01"],
    }
    said = everything(go(with_columns(columns), "survival.py"))
    wanted = "Progression-free survival is not known of any patient.** The spreadsheet would need: "
    assert f"{wanted}Progression (`progression_date`); or " in said


def test_without_follow_up_the_survival_page_names_the_columns_that_would_unlock_it():
    columns = without("os_months", "os_event", "pfs_months", "pfs_event")
    app = go(with_columns(columns), "survival.py")
    for column in ("first_procedure_date", "last_contact_date", "death_date"):
        assert f"`{column}`" in everything(app)
    assert len(app.get("plotly_chart")) == 0


def test_both_as_recorded_is_described_and_the_page_says_what_would_unlock_it():
    columns = TWENTY | {"modality": ["HAI"] * 12 + ["BOTH"] * 12}
    app = go(with_columns(columns), "survival.py")
    assert any("Dates of the procedures" in warning for warning in visit.words(app.warning))
    shown, *_folds = visit.tables(app)
    assert shown["Both"]["Patients"] == "12"
    assert shown["Both"]["Median, months"] == "not shown, a group formed after baseline"
    compare = go(app, "compare.py")
    assert any("Dates of the procedures" in warning for warning in visit.words(compare.warning))


# --- filters


def test_a_filter_on_one_page_narrows_the_others():
    app = visit.choose(go(with_sample(), "survival.py"), "modality", ["HAI"])
    shown, *_folds = visit.tables(app)
    assert shown["All patients"]["Patients"] == "20"
    assert list(shown.columns) == ["All patients", "Chemoinfusion (HAI)"]
    said = "20 of 36 patients. Modality: Chemoinfusion (HAI)."
    assert said in everything(app)
    app = go(app, "response.py")
    assert visit.tables(app)[0]["All patients"]["All treated"] == "20"
    assert said in everything(app)
    app = go(app, "compare.py")
    assert "Only one group is left" in everything(app)


def test_the_filter_widgets_keep_what_was_chosen_on_another_page():
    app = visit.choose(go(with_sample(), "survival.py"), "modality", ["HAI"])
    app = go(app, "response.py")
    (widget,) = [each for each in app.sidebar.multiselect if each.key.endswith(".modality")]
    assert widget.value == ["HAI"]
    assert widget.options == ["Chemoinfusion (HAI)", "Chemoembolization (TACE)"]


def test_one_click_clears_the_filters_and_their_widgets():
    app = visit.choose(go(with_sample(), "survival.py"), "modality", ["HAI"])
    app.button(key="clear-filters").click().run()
    assert not app.exception
    shown, *_folds = visit.tables(app)
    assert shown["All patients"]["Patients"] == "36"
    assert all(widget.value == [] for widget in app.sidebar.multiselect)
    assert [button.key for button in app.sidebar.button if button.key == "clear-filters"] == []


def test_a_range_narrows_and_the_whole_range_asks_nothing():
    app = go(with_columns(TWENTY), "survival.py")
    (age,) = [each for each in app.sidebar.slider if each.key.endswith(".age")]
    assert age.value == (40.0, 63.0)
    age.set_value((50.0, 55.0)).run()
    assert visit.tables(app)[0]["All patients"]["Patients"] == "6"
    assert "6 of 24 patients. Age: 50 to 55." in everything(app)
    (age,) = [each for each in app.sidebar.slider if each.key.endswith(".age")]
    age.set_value((40.0, 63.0)).run()
    assert "All 24 patients." in everything(app)


def test_those_without_a_value_can_be_kept():
    columns = TWENTY | {"sex": ["F", "M", ""] * 8}
    app = visit.choose(go(with_columns(columns), "survival.py"), "sex", ["F"])
    assert visit.tables(app)[0]["All patients"]["Patients"] == "8"
    app.sidebar.checkbox[0].check().run()
    assert not app.exception
    assert visit.tables(app)[0]["All patients"]["Patients"] == "16"


@pytest.mark.parametrize("page", ANALYSES)
def test_where_a_filter_leaves_nobody_the_page_says_what_to_do(page):
    columns = TWENTY | {"sex": ["F"] * 12 + ["M"] * 12}
    app = visit.choose(go(with_columns(columns), page), "modality", ["HAI"])
    app = visit.choose(app, "sex", ["M"])
    assert "No patient is left under these filters." in everything(app)
    assert len(app.table) == 0
    app.button(key="clear-empty").click().run()
    assert not app.exception
    assert "All 24 patients." in everything(app)


def test_the_first_page_survives_a_filter_that_leaves_nobody():
    columns = TWENTY | {"sex": ["F"] * 12 + ["M"] * 12}
    app = visit.choose(visit.choose(with_columns(columns), "modality", ["HAI"]), "sex", ["M"])
    assert "0 of 24 patients." in everything(app)


def test_only_what_was_known_at_baseline_is_a_filter():
    columns = TWENTY | {"my own column": ["a", "b"] * 12, "n_procedures": [1, 2] * 12}
    columns |= {"age": list(range(50, 74)), "n_lesions": [1, 2] * 12}  # five and more are nobody
    app = with_columns(columns)
    widgets = (*app.sidebar.multiselect, *app.sidebar.slider)
    labels = [visit.bare(widget.label).partition(" (")[0] for widget in widgets]
    assert labels == ["Modality", "Sex", "Age, years", "Number of lesions"]
    (by,) = [each for each in go(app, "survival.py").selectbox if each.label == "Group by"]
    assert [visit.bare(option) for option in by.options] == [
        "Nothing: all patients together",
        "Modality",
        "Sex",
        "Age",
    ]


# --- choices of a page


def test_another_column_groups_every_page():
    app = go(with_sample(), "survival.py")
    (by,) = [each for each in app.selectbox if each.label == "Group by"]
    by.set_value("sex").run()
    assert not app.exception
    assert list(visit.tables(app)[0].columns) == ["All patients", "Female", "Male"]
    app = go(app, "response.py")
    assert list(visit.tables(app)[0].columns) == ["All patients", "Female", "Male"]


def test_nothing_groups_where_all_patients_are_asked_for():
    app = go(with_sample(), "survival.py")
    (by,) = [each for each in app.selectbox if each.label == "Group by"]
    by.set_value("").run()
    assert list(visit.tables(app)[0].columns) == ["All patients"]


def test_the_rule_for_the_dead_changes_the_states():
    app = go(with_sample(), "response.py")
    (deaths,) = [each for each in app.selectbox if each.label == "Deaths"]
    deaths.set_value("apart").run()
    assert not app.exception
    six = visit.tables(app)[1]["All patients"]
    assert six["Progressive disease (PD)"] == "4/36 (11.1 %)"
    assert six["Died before a scan"] == "2/36 (5.6 %)"


def test_the_arms_can_be_exchanged():
    app = go(with_columns(TWENTY | {"modality": ["HAI"] * 8 + ["TACE"] * 8 + ["TARE"] * 8}),
             "compare.py")  # fmt: skip
    boxes = {each.label: each for each in app.selectbox}
    boxes["Compared with it"].set_value("TARE").run()
    assert not app.exception
    boxes = {each.label: each for each in app.selectbox}
    assert boxes["Compared with it"].value == "TARE"
    boxes["Reference"].set_value("TACE").run()
    assert not app.exception
    boxes = {each.label: each.value for each in app.selectbox}
    assert (boxes["Reference"], boxes["Compared with it"]) == ("TACE", "TARE")
    arms = "Radioembolization (n = 8) against Chemoembolization (TACE) (n = 8)"
    assert arms in everything(app)


def test_progression_free_survival_is_one_choice_away_and_stays():
    app = go(with_sample(), "survival.py")
    app.button_group(key="endpoint").set_value("PFS").run()
    assert visit.tables(app)[0]["All patients"]["Median, months"].startswith("15.1 ")
    app = go(go(app, "response.py"), "survival.py")
    assert visit.tables(app)[0]["All patients"]["Median, months"].startswith("15.1 ")


# --- closing and replacing


def test_closing_a_cohort_forgets_it():
    app = go(with_sample(), "survival.py")
    app.button(key="forget").click().run()
    assert not app.exception
    assert "No cohort is open yet." in everything(app)
    for key in ("hepar.cohort", "hepar.plan"):
        assert key not in app.session_state


def test_another_file_takes_the_place_of_the_first_and_of_its_filters():
    app = visit.choose(with_sample(), "modality", ["HAI"])
    app = upload(go(app, "cohort.py"), "built.csv", visit.as_csv(TWENTY))
    assert "All 24 patients." in everything(app)
    assert "Synthetic" not in everything(go(app, "survival.py"))


# --- bad files


BAD = {
    "empty.csv": b"",
    "noise.xlsx": bytes(range(256)) * 16,
    "noise.csv": bytes(range(256)) * 16,
    "header.csv": b"patient_id,modality,os_months\n",
    "paper.xlsx": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n",
    "damaged.xlsx": b"PK\x03\x04 and nothing more",
    "header.xlsx": as_xlsx([["patient_id", "modality"]]),
    "photo.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(200)),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_gives_one_sentence_and_the_app_stays_usable(name):
    app = upload(visit.opened(), name, BAD[name])
    (said,) = visit.words(app.error)
    assert len(said.splitlines()) == 1
    assert 10 < len(said) < 250
    for never in ("Traceback", "Error", "Exception", "codec", "utf"):
        assert never not in said
    app.button(key="open-sample").click().run()
    assert not app.exception
    assert app.error == []
    assert "All 36 patients." in everything(app)


def test_a_bad_file_leaves_the_cohort_that_was_open():
    app = upload(with_sample(), "empty.csv", b"")
    assert len(app.error) == 1
    assert "**36** of 36" in everything(app)
    assert "All 36 patients." in everything(go(app, "survival.py"))
    app = upload(go(app, "cohort.py"), "noise.xlsx", BAD["noise.xlsx"])
    assert len(app.error) == 1
    app = upload(app, "built.csv", visit.as_csv(TWENTY))
    assert app.error == []
    assert "All 24 patients." in everything(app)


# --- the four steps, and a saved plan


@pytest.mark.parametrize("name", ["load", "map", "check", "explore"])
def test_every_step_of_the_first_page_runs(name):
    app = visit.step(with_sample(), name)
    assert app.error == []
    app = visit.step(with_columns(TWENTY | {"sex": ["F", "M", "?!"] * 8}), name)
    assert app.error == []


def open_plan(app, toml):
    visit.step(app, "load")
    app.file_uploader(key="plan-file").upload("plan.toml", toml.encode(), "text/plain").run()
    assert not app.exception
    return app


def test_a_sheet_beside_the_patients_is_mapped_when_it_is_unfolded():
    app = step(with_sample(), "map")
    folds = [each for each in app.expander if each.label.startswith("Sheet ")]
    assert [each.label for each in folds] == [
        "Sheet `procedures`, 8 columns",
        "Sheet `assessments`, 8 columns",
        "Sheet `lesions`, 8 columns",
        "Sheet `adverse_events`, 7 columns",
    ]
    assert not any(each.selectbox for each in folds)
    app.session_state[folds[0].key] = True
    app.run()
    assert not app.exception
    (opened,) = [each for each in app.expander if each.label.startswith("Sheet `procedures`")]
    assert len(opened.selectbox) >= 8


def test_what_is_missing_is_told_from_what_has_not_happened():
    said = everything(step(with_sample(), "check"))
    assert (
        "All 36 patients of the file, whatever the filters; a filled cell: no value. "
        "What has not happened has no date either, as death in the living."
    ) in said
    app = with_columns({"age": [50, None, 60], "os_months": [1, 2, 3], "os_event": [1, 1, 0]})
    assert "What has not happened" not in everything(step(app, "check"))


def test_a_saved_plan_brings_its_filters_back():
    plan = '[[study.selection]]\ncolumn = "modality"\nlevels = ["HAI"]\n'
    app = open_plan(with_sample(), plan)
    assert app.error == []
    app = go(app, "survival.py")
    assert "20 of 36 patients. Modality: Chemoinfusion (HAI)." in everything(app)
    (widget,) = [each for each in app.sidebar.multiselect if each.key.endswith(".modality")]
    assert widget.value == ["HAI"]


def test_what_is_chosen_after_opening_a_plan_stays():
    plan = '[[study.selection]]\ncolumn = "modality"\nlevels = ["HAI"]\n'
    app = visit.choose(open_plan(with_sample(), plan), "modality", ["TACE"])
    assert app.session_state["hepar.plan"].study.selection[0].levels == ("TACE",)


def test_a_plan_without_a_date_is_completed_by_the_file():
    app = open_plan(with_sample(), "confidence = 0.9")
    assert app.session_state["hepar.plan"].study.as_of == sample("workbook").latest_date
    assert "90 % CI" in visit.tables(go(app, "survival.py"))[0]["All patients"]["At 12 months"]


@pytest.mark.cases
def test_a_plan_that_the_file_cannot_follow_gives_one_sentence_and_changes_nothing(toml):
    app = open_plan(with_sample(), toml)
    (said,) = visit.words(app.error)
    assert said.startswith("The plan is not opened: ")
    assert "All 36 patients." in everything(go(app, "survival.py"))


# --- markup


EVIL = ["<b>bold</b>", "**x**", "[a](javascript:alert(1))", ":red[x]", "$x$"]


@pytest.fixture(scope="module")
def marked_up():
    rows = [["patient_id", "centre", "modality", "os_months", "os_event", "response_6m", *EVIL]]
    for i in range(30):
        evil = EVIL[i % 5]
        rows.append(
            [f"P{i}", evil, evil, str(i + 1), str(i % 2), "SD", *(["<i>cell</i>"] * len(EVIL))]
        )
    rows.append(["P99", "A", "HAI", "**minus**", "1", "<b>", *EVIL])
    return as_xlsx(rows)


def shown_raw(app):
    """Every string handed to Streamlit to be read as markdown."""
    kinds = ("title", "header", "subheader", "markdown", "info", "warning", "error", "success")
    said = [str(each.value) for kind in kinds for each in getattr(app, kind)]
    for table in app.table:
        said += [str(column) for column in table.value.columns]
        said += [str(label) for label in table.value.index]
        said += [str(cell) for row in table.value.to_numpy().tolist() for cell in row]
    for kind in ("selectbox", "multiselect", "slider", "checkbox"):
        said += [str(each.label) for each in getattr(app, kind)]
    said += [str(metric.help or "") for metric in app.metric]
    return said


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("by", ["modality", "centre"])
def test_markup_in_a_spreadsheet_is_shown_as_it_stands(marked_up, page, by):
    app = visit.with_file("[evil](javascript:x).xlsx", marked_up)
    if page == "cohort.py":
        for name in ("map", "check", "explore"):
            shows_no_markup(visit.step(app, name))
        return
    if page == "survival.py":
        (box,) = [each for each in go(app, page).selectbox if each.label == "Group by"]
        box.set_value(by).run()
    else:
        go(app, page)
    assert not app.exception
    shows_no_markup(app)


def shows_no_markup(app):
    for said in shown_raw(app):
        for markup in (*EVIL, "[evil](javascript:x)", "<i>cell</i>", "**minus**"):
            assert markup not in said, said
    for chart in app.get("plotly_chart"):
        assert "<b>bold</b>" not in chart.proto.spec
        assert "\\u003cb\\u003ebold" not in chart.proto.spec


def test_the_marked_up_words_do_appear(marked_up):
    app = go(visit.with_file("evil.xlsx", marked_up), "survival.py")
    columns = [str(column) for column in visit.tables(app)[0].columns]
    for evil in EVIL:
        assert f"Modality: {evil}" in columns


# --- what the Compare page folds


FOLDED = ("adjusted", "subgroups", "centres", "robustness", "tests")


@pytest.fixture
def registry():
    return go(with_sample("open-registry"), "compare.py")


def test_the_answer_stands_first_and_nothing_folded_is_computed(registry):
    said = [str(each.value) for each in registry.markdown]
    (answer,) = [at for at, words in enumerate(said) if words.startswith("Median overall surv")]
    assert answer <= 3  # after whose patients these are
    assert len(registry.get("plotly_chart")) == 2  # the curves, and the balance
    assert [visit.bare(each.label) for each in registry.main.expander] == [
        "What these numbers mean",
        "Table 1: every column at baseline",
        "Adjusted for what is known at baseline",
        "Subgroups",
        "Centres",
        "Robustness: other defensible choices",
        "What came first in each arm: progression or death",
        "Complications and early deaths",
        "Everything received: one modality, or both",
        "How many tests this page runs",
    ]
    for words in (
        "Given the 7 covariates",
        "Comparing within centres",
        "leave out no difference. Difference",
    ):
        assert words not in everything(registry)


def test_each_folded_part_shows_its_figure_and_table_when_opened(registry):
    app = unfolded(registry, *FOLDED)
    assert len(app.get("plotly_chart")) == 2 + 4
    said = everything(app)
    assert "Hazard ratio 0.50 (95 % CI 0.37 to 0.68) as the arms are, in 240 patients" in said
    assert "Given the 7 covariates (Extrahepatic disease" in said
    assert "Comparing within centres only, the hazard ratio is 0.48" in said
    assert "Hazard ratio: 0.50 to 0.80 in 9 specifications; of the 8 with limits" in said
    assert re.search(r"\d+ tests: \d+ of the arms, \d+ of interactions", said)
    app = unfolded(app, "compare-subgroups-os-0", "compare-robustness-os-0")
    firsts = [frame.index[0] for frame in visit.tables(app)]
    for first in ("Unadjusted", "All patients", "Stratified by centre", "1, the plan’s own"):
        assert first in firsts


def test_other_covariates_are_chosen_on_the_page_and_kept_in_the_plan(registry):
    app = unfolded(registry, "adjusted")
    (box,) = [each for each in app.multiselect if each.label == "Adjust for"]
    assert box.value[:2] == ["extrahepatic", "liver_involvement_pct"]
    for never in ("Response at 6 months", "Number of procedures", "Modality", "Best response"):
        assert never not in box.options
    assert "Age" in box.options
    box.set_value(["ecog"]).run()
    assert not app.exception
    assert app.session_state["hepar.plan"].comparison.covariates == ("ecog",)
    assert "Adjusted for ECOG performance status (2 terms; chosen in the plan)" in everything(app)
    (box,) = [each for each in app.multiselect if each.label == "Adjust for"]
    box.set_value([]).run()
    assert not app.exception
    assert app.session_state["hepar.plan"].comparison.covariates == ()
    assert "(9 terms; as many of a list fixed beforehand" in everything(app)


def test_the_small_sample_says_what_adjusting_would_need():
    app = unfolded(go(with_sample(), "compare.py"), *FOLDED)
    said = everything(app)
    assert "Nothing is adjusted: patients of the smaller arm with all covariates known: 16" in said
    assert "Not weighted: patients of the smaller arm" in said
    assert "E-value" not in said  # every ratio’s limits hold 1


@pytest.mark.cases
def test_every_folded_part_explains_itself_where_there_is_little(columns):
    app = unfolded(go(with_columns(columns), "compare.py"), *FOLDED)
    assert app.error == []


def test_the_outcome_of_the_subgroups_is_chosen_among_endpoints_and_rates(registry):
    app = unfolded(registry, "subgroups")
    (box,) = [each for each in app.selectbox if each.label == "Outcome"]
    assert box.options[:3] == [
        "Overall survival",
        "Progression-free survival",
        "Progression-free survival in the liver",
    ]
    box.set_value("DCR at 6 months").run()
    assert not app.exception
    app = unfolded(app, "compare-subgroups-dcr-6m-0")
    assert any("Interaction" in each.columns for each in visit.tables(app))
    assert "above 0 more with response in Chemoembolization (TACE)" in everything(app)


def test_centres_of_one_modality_each_are_the_first_thing_to_beware_of():
    columns = without("sex") | {"centre": ["North"] * 12 + ["South"] * 12}
    app = go(with_columns(columns), "compare.py")
    assert not app.exception
    first = app.warning[0].value.splitlines()[0].replace("\\", "")
    assert first.startswith("- Each centre gave only one modality of the two: this compares")
    assert "No E-value: Centre and Age could explain the ratio whole" in everything(app)
    assert "Triangle: complete" in everything(app)


def test_chi_squared_against_fisher_is_said_beside_the_rates():
    columns = {
        "modality": ["TACE"] * 19 + ["HAI"] * 17,
        "best_response": ["SD"] * 16 + ["PD"] * 3 + ["SD"] * 9 + ["PD"] * 8,
    }
    app = go(with_columns(columns), "compare.py")
    assert "DCR, best response: the chi-squared test without correction gives p = 0.042" in (
        everything(app)
    )


def test_a_finding_on_another_sheet_does_not_show_the_patients_of_its_rows():
    patients = [["patient_id", "modality", "os_months", "os_event"]]
    patients += [[f"P{n}", "HAI", n, 1] for n in range(1, 13)]
    strangers = [["patient_id", "procedure_date"], ["P1", "2020-01-01"], ["Z9", "2020-01-01"]]
    book = as_book({"patients": patients, "procedures": strangers})
    app = visit.with_file("a.xlsx", book)
    app = visit.step(app, "check")
    (choice,) = [each for each in app.selectbox if each.label == "Rows and columns of a finding"]
    choice.set_value(next(n for n, words in enumerate(choice.options) if "Z9" in words)).run()
    assert "These are rows of the sheet 'procedures'." in [each.value for each in app.info]


def test_an_answer_changes_nothing_but_what_it_says():
    rows = [["patient_id", "modality", "progression_date", "first_procedure_date"]]
    rows += [[f"P{n % 12}", "HAI", "2020-05-01", f"2020-01-{1 + n % 2:02d}"] for n in range(13)]
    app = visit.step(visit.with_file("a.xlsx", as_book({"patients": rows})), "map")
    app.radio[0].set_value(1).run()
    read_as = {each.label: each.value for each in app.selectbox}
    assert read_as["progression\\_date"] == "progression_date"
    assert "keep the last row" in app.radio[0].options[0]
    assert "What only you know" not in [each.value for each in app.subheader]


def test_everything_received_is_counted_and_looked_at_from_the_landmark_on(registry):
    app = unfolded(registry, "received")
    assert not app.exception
    said = everything(app)
    assert "More than one modality in the end: 73/240 (30.4 %)" in said
    assert "For contrast alone" in said
    shown = [table for table in visit.tables(app) if "From the second modality on" in table.index]
    assert shown[0].loc["From the second modality on"].iloc[0] == "48 events in 80.8 patient-years"


def test_complications_stand_by_patient_and_by_procedure(registry):
    app = unfolded(registry, "complications")
    assert not app.exception
    tables = visit.tables(app)
    severe = "Grade 3 or worse, whole history"
    (by_procedure,) = [n for n, table in enumerate(tables) if "With a severe one" in table.columns]
    by_patient = [n for n, table in enumerate(tables) if severe in table.index]
    assert by_procedure < by_patient[0]
    shown = [cell.split(" ")[0] for cell in tables[by_patient[0]].loc[severe]]
    assert shown == ["45/115", "41/125"]
    died = "Died within 30 days of a procedure, until another modality began"
    assert any(died in table.index for table in tables)


def test_how_modality_is_counted_is_chosen_where_the_file_leaves_a_choice():
    app = go(with_sample(), "survival.py")
    shown = visit.tables(app)[0]
    assert "Chemoinfusion (HAI)" in shown.columns and "Both" not in shown.columns
    (rule,) = [each for each in app.sidebar.radio if each.label == "A patient counts as"]
    rule.set_value("as recorded").run()
    assert not app.exception
    assert visit.tables(app)[0]["Both"]["Patients"] == "10"
    (beads,) = [each for each in app.sidebar.toggle if "beads" in each.label]
    beads.set_value(False).run()
    assert not app.exception


def test_without_dates_there_is_no_choice_of_how_modality_is_counted():
    app = go(with_columns(TWENTY), "survival.py")
    assert [each.label for each in app.sidebar.radio] == []
