import re

import pytest

from lib import language
from lib.ingest import units_of
from lib.schema import TABLES
from lib.ui import charts, comparing, mapping, parts
from tests.conftest import BAD, as_book, sample
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
    app = with_columns({**TWENTY, **times}, page="survival.py")
    control = app.selectbox(key="endpoint")
    assert control.options == ["Overall survival", "Progression-free survival", "DFS"]
    control.set_value("DFS").run()
    assert "Median DFS" in everything(app)
    app = go(app, "compare.py")
    assert "DFS, Chemoembolization (TACE) against Chemoinfusion (HAI)" in everything(app)


# --- empty, and with the sample


@pytest.mark.parametrize("page", ANALYSES)
def test_without_a_cohort_a_page_says_so_and_offers_the_sample(page):
    app = go(visit.opened(), page)
    assert "No cohort is open yet." in everything(app)
    assert len(visit.tables(app)) == len(visit.figures(app)) == 0
    app.button(key="open-sample").click().run()
    assert not app.exception
    assert visit.tables(app) and visit.figures(app)


MOST = 56  # a message and a drawing each with every click; three of them after the page


def test_a_page_of_curves_comes_in_few_pieces_however_many_groups_it_tells_of():
    app = with_sample("open-registry", page="survival.py")
    pieces = visit.count(app)
    assert len(visit.headlines(app)) == 2 and pieces <= MOST
    visit.pick(app, "Group by", "centre")
    assert visit.count(app) <= MOST


def test_the_first_page_says_what_was_read():
    app = with_sample()
    said = everything(app)
    assert "All 36 patients." in said
    assert "Synthetic patients. None of them exists" in said
    assert "From rows to patients: 36 rows read; 36 patients." in [
        visit.bare(fold.label) for fold in app.expander
    ]


@pytest.mark.parametrize("page", PAGES)
def test_the_registry_opens_beside_the_sample_and_every_page_shows_it(page):
    assert "synthetic registry of 240" in everything(opened())
    assert go(opened(), page).title
    said = everything(with_sample("open-registry", page=page))
    if page in ANALYSES:
        assert "All 240 patients." in said
        assert "the true effect is known" in said


@pytest.mark.parametrize("page", ANALYSES)
def test_every_page_says_that_the_sample_is_synthetic(page):
    app = with_sample(page=page)
    assert "split by modality is invented" in everything(app)
    for figure in visit.figures(app):
        assert "Synthetic patients" in figure.spec


# --- what a file does not hold


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.cases
def test_no_page_fails_for_a_column_that_is_not_there(page, missing):
    app = with_columns(without(*missing), page=page)
    assert app.error == []


@pytest.mark.cases
def test_a_page_names_the_columns_that_would_unlock_it(pages, missing, tabs, named, said):
    for page in pages:
        shown = everything(unfolded(with_columns(without(*missing), page=page), *tabs))
        assert [column for column in named if f"`{column}`" not in shown] == []
        assert [words for words in said if words not in shown] == []


def test_without_modality_two_groups_of_another_column_can_be_compared():
    app = with_columns(without("modality"), page="compare.py")
    assert app.selectbox[0].value is None  # nothing seems chosen that is not
    app.selectbox[0].set_value("sex").run()
    assert not app.exception
    labels = [str(column) for table in visit.tables(app) for column in table.columns]
    assert "Male" in labels and "Female" in labels


def test_what_the_file_already_holds_is_not_among_what_it_would_need():
    columns = {
        "first_procedure_date": ["2020-01-01"] * 3,
        "last_contact_date": ["2021-01-01"] * 3,
        "vital_status": ["dead", "alive", "dead"],
        "death_date": ["2021-01-01", "", "2021-01-01"],
    }
    said = everything(with_columns(columns, page="survival.py"))
    wanted = "Progression-free survival is not known of any patient.** The spreadsheet would need: "
    assert f"{wanted}Progression (`progression_date`); or " in said


# --- filters


def test_a_filter_on_one_page_narrows_the_others():
    app = visit.choose(with_sample(page="survival.py"), "modality", ["HAI"])
    shown, *_folds = visit.tables(app)
    assert shown["All patients"]["Patients"] == "20"
    assert list(shown.columns) == ["All patients", "Chemoinfusion (HAI)"]
    said = "20 of 36 patients. Modality: Chemoinfusion (HAI)."
    assert said in everything(app)
    app = go(app, "response.py")
    (widget,) = [each for each in app.sidebar.multiselect if each.key.endswith(".modality")]
    assert widget.value == ["HAI"]
    assert widget.options == ["Chemoinfusion (HAI)", "Chemoembolization (TACE)"]
    assert visit.tables(app)[0]["All patients"]["All treated"] == "20"
    assert said in everything(app)
    app = go(app, "compare.py")
    assert "Only one group is left" in everything(app)
    app.button(key="clear-filters").click().run()
    assert "All 36 patients." in everything(app)
    assert all(widget.value == [] for widget in app.sidebar.multiselect)
    assert [button.key for button in app.sidebar.button if button.key == "clear-filters"] == []


def test_a_range_narrows_and_the_whole_range_asks_nothing():
    app = visit.filtered_by(with_columns(TWENTY, page="survival.py"), "age")
    (age,) = [each for each in app.sidebar.slider if each.key.endswith(".age")]
    assert age.value == (40.0, 63.0)
    age.set_value((50.0, 55.0)).run()
    assert visit.tables(app)[0]["All patients"]["Patients"] == "6"
    assert "6 of 24 patients. Age: 50 to 55." in everything(app)
    (age,) = [each for each in app.sidebar.slider if each.key.endswith(".age")]
    age.set_value((40.0, 63.0)).run()
    assert "All 24 patients." in everything(app)
    app = with_columns(TWENTY | {"sex": ["F", "M", ""] * 8}, page="survival.py")
    app = visit.choose(app, "sex", ["F"])
    assert visit.tables(app)[0]["All patients"]["Patients"] == "8"
    app.sidebar.checkbox[0].check().run()  # those without a value can be kept
    assert visit.tables(app)[0]["All patients"]["Patients"] == "16"


@pytest.mark.parametrize("page", ANALYSES)
def test_where_a_filter_leaves_nobody_the_page_says_what_to_do(page):
    columns = TWENTY | {"sex": ["F"] * 12 + ["M"] * 12}
    app = visit.choose(with_columns(columns, page=page), "modality", ["HAI"])
    app = visit.choose(app, "sex", ["M"])
    assert "No patient is left under these filters." in everything(app)
    assert visit.tables(app) == []
    app.button(key="clear-empty").click().run()
    assert not app.exception
    assert "All 24 patients." in everything(app)


def test_only_what_was_known_at_baseline_is_a_filter():
    columns = TWENTY | {"my own column": ["a", "b"] * 12, "n_procedures": [1, 2] * 12}
    columns |= {"age": list(range(50, 74)), "n_lesions": [1, 2] * 12}  # five and more are nobody
    app = with_columns(columns)
    (adds,) = [each for each in app.sidebar.selectbox if visit.bare(each.label) == "Add a filter"]
    assert [visit.bare(each) for each in adds.options] == ["Sex", "Age", "Number of lesions"]
    for name in ("n_lesions", "age", "sex"):
        visit.filtered_by(app, name)
    widgets = (*app.sidebar.multiselect, *app.sidebar.slider)
    labels = [visit.bare(widget.label).partition(" (")[0] for widget in widgets]
    assert sorted(labels) == ["Age, years", "Modality", "Number of lesions", "Sex"]
    assert "Add a filter" not in [visit.bare(each.label) for each in app.sidebar.selectbox]
    by = visit.box(go(app, "survival.py"), "Group by")
    shown = [visit.bare(option) for option in by.options]
    assert shown == ["Nothing: all patients together", "Modality", "Sex", "Age"]


# --- choices of a page


def test_another_column_groups_every_page():
    app = visit.pick(with_sample(page="survival.py"), "Group by", "sex")
    assert list(visit.tables(app)[0].columns) == ["All patients", "Female", "Male"]
    app = visit.pick(go(app, "response.py"), "Group by", "")
    assert list(visit.tables(app)[0].columns) == ["All patients"]


def test_the_arms_can_be_exchanged():
    columns = TWENTY | {"modality": ["HAI"] * 8 + ["TACE"] * 8 + ["TARE"] * 8}
    app = visit.pick(with_columns(columns, page="compare.py"), "Compared with it", "TARE")
    app = visit.pick(app, "Reference", "TACE")
    shown = [visit.box(app, label).value for label in ("Reference", "Compared with it")]
    assert shown == ["TACE", "TARE"]
    arms = "Radioembolization (n = 8) against Chemoembolization (TACE) (n = 8)"
    assert arms in everything(unfolded(app, "response"))


# --- the first visit


def test_what_this_is_stands_in_three_sentences_until_it_is_read_or_a_file_is_open():
    welcome = "Drop the spreadsheet as it is"
    app = opened()
    (said,) = [words for words in visit.words(app.markdown) if welcome in words]
    assert said.count(". ") == 2 and said.endswith(".")
    app.button(key="welcomed").click().run()
    assert welcome not in everything(app)
    app = visit.step(with_sample(), "load")
    assert welcome not in everything(app)
    assert welcome not in everything(go(visit.close(app), "cohort.py"))


# --- closing and replacing


def test_closing_a_cohort_forgets_it():
    app = with_sample(page="survival.py")
    app.button(key="forget").click().run()
    assert "hepar.cohort" in app.session_state, "what is erased is asked for first"
    app.button(key="keep-open").click().run()
    assert "All 36 patients." in everything(app)
    app = visit.close(app)
    assert "No cohort is open yet." in everything(app)
    for key in ("hepar.cohort", "hepar.plan"):
        assert key not in app.session_state


def test_another_file_takes_the_place_of_the_first_and_of_its_filters():
    app = visit.choose(with_sample(), "modality", ["HAI"])
    app = upload(go(app, "cohort.py"), "built.csv", visit.as_csv(TWENTY))
    assert "All 24 patients." in everything(app)
    assert "Synthetic" not in everything(go(app, "survival.py"))


# --- bad files


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_gives_one_sentence(name):
    data, why = BAD[name]
    app = upload(visit.opened(), name, data)
    (said,) = visit.words(app.error)
    assert why in said
    assert len(said.splitlines()) == 1
    assert 10 < len(said) < 250
    for never in ("Traceback", "Error", "Exception", "codec", "utf"):
        assert never not in said


def test_after_a_bad_file_the_app_stays_usable():
    app = visit.press(upload(visit.opened(), "noise.csv", BAD["noise.csv"][0]), "open-sample")
    assert app.error == []
    assert "All 36 patients." in everything(app)


def test_a_bad_file_leaves_the_cohort_that_was_open():
    app = upload(with_sample(), "empty.csv", b"")
    assert len(app.error) == 1
    assert "**36** of 36" in everything(app)
    assert "All 36 patients." in everything(go(app, "survival.py"))
    app = upload(go(app, "cohort.py"), "noise.xlsx", BAD["noise.xlsx"][0])
    assert len(app.error) == 1
    app = upload(app, "built.csv", visit.as_csv(TWENTY))
    assert app.error == []
    assert "All 24 patients." in everything(app)


# --- the four steps, and a saved plan


def test_units_of_a_file_are_chosen_in_the_words_of_the_visitor():
    columns = [each for table in TABLES.values() for each in table.values() if units_of(each)]
    with language.speaking("ru"):
        for column in columns:
            words = list(mapping.in_units(column).values())
            assert len({*words}) == len(words), column.name
            assert not re.search("[a-z]", "".join(words)), column.name
            assert words[0] == language.worded(column.unit)


def test_a_sheet_beside_the_patients_is_mapped_when_it_is_unfolded():
    app = step(with_sample(), "map")
    folds = [each for each in app.expander if each.label.startswith("Sheet ")]
    assert [each.label for each in folds] == [
        "Sheet procedures, 8 columns",
        "Sheet assessments, 8 columns",
        "Sheet lesions, 8 columns",
        "Sheet adverse_events, 7 columns",
    ]
    assert not any(each.selectbox for each in folds)
    app.session_state[folds[0].key] = True
    app.run()
    assert not app.exception
    (opened,) = [each for each in app.expander if each.label.startswith("Sheet procedures")]
    assert len(opened.selectbox) >= 8


def test_what_is_missing_is_told_from_what_has_not_happened():
    said = everything(step(with_sample(), "check"))
    assert (
        "All 36 patients of the file, whatever the filters; a filled cell: no value. "
        "What has not happened lacks no date, as death in the living."
    ) in said
    app = with_columns({"age": [50, None, 60], "os_months": [1, 2, 3], "os_event": [1, 1, 0]})
    assert "What has not happened" not in everything(step(app, "check"))


def test_a_severity_is_counted_by_what_is_said_and_not_by_values():
    app = step(with_columns({"age": ["x", "y", "z", *range(50, 80)]}), "check")
    (shown,) = [each for each in app.button_group if "Show" in each.label]
    assert "Errors (1)" in shown.options


def test_a_saved_plan_brings_its_filters_back():
    plan = '[[study.selection]]\ncolumn = "modality"\nlevels = ["HAI"]\n'
    app = visit.open_plan(with_sample(), plan)
    assert app.error == []
    app = go(app, "survival.py")
    assert "20 of 36 patients. Modality: Chemoinfusion (HAI)." in everything(app)
    (widget,) = [each for each in app.sidebar.multiselect if each.key.endswith(".modality")]
    assert widget.value == ["HAI"]
    app = visit.choose(app, "modality", ["TACE"])  # what is chosen afterwards stays
    assert app.session_state["hepar.plan"].study.selection[0].levels == ("TACE",)


def test_a_plan_without_a_date_is_completed_by_the_file():
    app = visit.open_plan(with_sample(), "confidence = 0.9")
    assert app.session_state["hepar.plan"].study.as_of == sample("workbook").latest_date
    assert "90% CI" in visit.tables(go(app, "survival.py"))[0]["All patients"]["At 12 months"]


@pytest.mark.cases
def test_a_plan_that_the_file_cannot_follow_gives_one_sentence_and_changes_nothing(toml):
    app = visit.open_plan(with_sample(), toml)
    (said,) = visit.words(app.error)
    assert said.startswith("The plan is not opened: ")
    assert "All 36 patients." in everything(go(app, "survival.py"))


# --- what the Compare page folds


@pytest.fixture
def registry():
    return with_sample("open-registry", page="compare.py")


def test_the_answer_stands_first_and_of_the_evidence_the_open_tab_alone_is_computed(registry):
    assert [whose for whose, _number in visit.headlines(registry)] == [
        "Median, months",
        "Unadjusted, 240 patients",
        "Adjusted, 240 patients",
    ]
    assert visit.headlines(registry)[0] == ("Median, months", "23.6 v 13.0")
    assert "Adjusted, the data fit anything from 0.2 months shorter to 4." in everything(registry)
    assert [tab.label for tab in registry.main.tabs] == list(comparing.TABS)
    assert len(visit.figures(registry)) == 1  # the curves
    contrast, fold, cautions = (visit.bare(each.label) for each in registry.main.expander)
    (lines,) = [each for each in visit.words(registry.main.markdown) if "not randomised" in each][
        :1
    ]
    first, *others = lines.split("  \n")
    assert "The arms differ at baseline" in first and "not randomised" in others[0]
    assert cautions == "2 cautions in full"
    assert contrast == "Contrast, unadjusted"
    assert fold == "What came first in each arm: progression or death"
    registry.session_state["tab-compare"] = "Robustness"
    behind = registry.run()
    *folds, _cautions = (visit.bare(each.label) for each in behind.main.expander)
    assert folds == [
        "Subgroups",
        "Centres",
        "Other defensible choices",
        "Sensitivity analyses",
        "Everything received: one modality, or both",
        "How many tests this page runs",
        "The trial that this would have been",
    ]
    assert not visit.figures(behind)


def test_other_covariates_are_chosen_on_the_page_and_kept_in_the_plan(registry):
    app = unfolded(registry, "adjusted")

    def covariates():
        (found,) = [each for each in app.multiselect if each.label == "Adjust for"]
        return found

    box = covariates()
    assert box.value[:2] == ["extrahepatic", "liver_involvement_pct"]
    for never in ("Response at 6 months", "Number of procedures", "Modality", "Best response"):
        assert never not in box.options
    assert "Age" in box.options
    box.set_value(["ecog"]).run()
    assert not app.exception
    assert app.session_state["hepar.plan"].comparison.covariates == ("ecog",)
    assert "Adjusted for ECOG performance status (2 terms; chosen in the plan)" in everything(app)
    covariates().set_value([]).run()
    assert not app.exception
    assert app.session_state["hepar.plan"].comparison.covariates == ()
    assert "(11 terms; as many of a list fixed beforehand" in everything(app)


def test_the_outcome_of_the_subgroups_is_chosen_among_endpoints_and_rates(registry):
    app = unfolded(registry, "subgroups")
    free = "Progression-free survival"
    assert visit.box(app, "Outcome").options[:3] == [
        "Overall survival",
        free,
        f"{free} in the liver",
    ]
    app = visit.pick(app, "Outcome", "DCR at 6 months")
    app = unfolded(app, "compare-subgroups-dcr-6m-0")
    assert any("Interaction" in each.columns for each in visit.tables(app))
    assert "above 0 more with response in Chemoembolization (TACE)" in everything(app)


def test_a_finding_on_another_sheet_does_not_show_the_patients_of_its_rows():
    patients = [["patient_id", "modality", "os_months", "os_event"]]
    patients += [[f"P{n}", "HAI", n, 1] for n in range(1, 13)]
    strangers = [["patient_id", "procedure_date"], ["P1", "2020-01-01"], ["Z9", "2020-01-01"]]
    book = as_book({"patients": patients, "procedures": strangers})
    app = visit.with_file("a.xlsx", book)
    app = visit.step(app, "check")
    choice = visit.box(app, "Rows and columns of a finding")
    choice.set_value(next(n for n, words in enumerate(choice.options) if "Z9" in words)).run()
    assert "These are rows of the sheet 'procedures'." in [each.value for each in app.info]


def test_an_answer_changes_nothing_but_what_it_says():
    rows = [["patient_id", "modality", "progression_date", "first_procedure_date"]]
    rows += [[f"P{n % 12}", "HAI", "2020-05-01", f"2020-01-{1 + n % 2:02d}"] for n in range(13)]
    app = visit.step(visit.with_file("a.xlsx", as_book({"patients": rows})), "map")
    app.radio[0].set_value(1).run()
    read_as = {each.label: each.value for each in app.selectbox}
    assert read_as["progression_date"] == "progression_date"
    assert "keep the last row" in app.radio[0].options[app.radio[0].index]
    assert "What only you know" not in [each.value for each in app.subheader]


def test_without_dates_there_is_no_choice_of_how_modality_is_counted():
    app = with_columns(TWENTY, page="survival.py")
    assert [each.label for each in app.sidebar.radio] == []


@pytest.mark.parametrize("page", ["overview.py", "response.py", "survival.py"])
def test_the_first_figures_of_a_page_are_told_before_all_else_of_it(page, monkeypatch):
    """None is told that the page does not place, and none twice: `figures` asks for it."""
    said = []

    def noted(room, name):
        real = getattr(room, name)
        monkeypatch.setattr(room, name, lambda *given: said.append(name) or real(*given))

    app = with_sample()
    noted(charts, "tell")
    noted(parts, "heading")
    go(app, page)
    ahead = said[: said.index("heading")]
    assert ahead == ["tell"] * len(visit.figures(app)) != []
