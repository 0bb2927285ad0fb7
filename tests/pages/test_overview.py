"""The Overview page: where a file opens, the cohort at a glance, what it lacks, and the filter."""

from dataclasses import replace

from streamlit.runtime.scriptrunner import StopException

from lib.export.bundle import NOT_THE_SAME, BundleError
from lib.ui import bundling
from tests.conftest import TWO_ARMS
from tests.pages import visit
from tests.pages.visit import everything, go, pick, unfolded, with_columns, with_sample

FEW = TWO_ARMS | {
    "sex": ["F", "M", "F", "F", "M"] * 5,
    "age": range(50, 75),
    "response_6m": ["PR", "SD", "PD", "SD", "NE"] * 5,
}


def charts(app):
    return [each.alt for each in visit.figures(app)]


def links(app):
    return [(each.proto.page, each.proto.label) for each in app.get("page_link")]


def glance(app):
    return visit.tables(app)[0]


def test_a_file_without_a_question_opens_on_overview():
    app = with_columns(FEW)
    assert visit.words(app.title) == ["Overview"]
    assert list(glance(app)["All patients"])[:2] == ["25", "62.0 (56.0 to 68.0)"]
    lived, responded = charts(app)
    assert lived.startswith("Overall survival by modality. Median overall survival: All patients")
    assert responded.startswith("Response by modality. Objective response rate")


def test_a_file_with_a_question_opens_on_map_and_overview_says_so():
    columns = {name: each for name, each in FEW.items() if name != "modality"}
    app = with_columns(columns | {"group": ["1", "2"] * 12 + ["1"]})
    assert visit.words(app.title) == ["Hepar"]
    (waits,) = [label for _page, label in links(go(app, "overview.py")) if "Map" in label]
    assert waits.endswith("wait on Map") or waits.endswith("waits on Map")


def test_any_column_groups_all_that_is_told():
    app = pick(with_columns(FEW), "Group by", "sex")
    assert list(glance(app).columns) == ["All patients", "Female", "Male"]
    assert list(glance(app).loc["Patients"]) == ["25", "15", "10"]
    assert all(" by sex." in alt for alt in charts(app))
    app = unfolded(app, "table-one")
    (first,) = [table for table in visit.tables(app) if "Female, n = 15" in table.columns]
    assert first.loc["\u2003Chemoinfusion (HAI)", "All patients, n = 25"] == "13/25 (52%)"
    app = pick(app, "Group by", "")
    assert list(glance(app).columns) == ["All patients"]


def test_a_level_is_added_to_the_filter_and_the_next_one_beside_it():
    app = pick(with_columns(FEW), "Add to the filter", ("sex", "F"))
    assert "15 of 25 patients. Sex: Female." in everything(app)
    assert glance(app)["All patients"]["Patients"] == "15"
    (filtered,) = [each for each in app.sidebar.multiselect if each.key.endswith(".sex")]
    assert filtered.value == ["F"]
    box = visit.box(app, "Add to the filter")
    assert box.value is None
    assert "Sex: Female" not in box.options and "Sex: Male" in box.options
    app = pick(app, "Add to the filter", ("modality", "HAI"))
    app = pick(app, "Add to the filter", ("sex", "M"))
    assert "13 of 25 patients. Sex: Female or Male; Modality: Chemoinfusion (HAI)." in everything(
        app
    ) or "Modality: Chemoinfusion (HAI); Sex: Female or Male." in everything(app)


def test_each_page_is_linked_with_what_it_can_show():
    app = with_sample()
    pages = [page for page, _label in links(app)]
    for page in visit.ANALYSES:
        assert page == "overview.py" or any(page.removesuffix(".py") in each for each in pages)
    said = everything(app)
    assert (
        "Response at 3 months; Response at 6 months; Response at 12 months; Best response" in said
    )
    assert "Overall survival; Progression-free survival" in said
    two = "Chemoembolization (TACE) (n = 16) against Chemoinfusion (HAI) (n = 20); Complications"
    assert two in said


def test_what_a_page_lacks_is_chosen_in_place():
    lived = {name: each for name, each in FEW.items() if not name.startswith("os_")}
    columns = lived | {"zz": range(1, 26), "yy": [1, 0, 1, 1, 0] * 5}
    app = with_columns(columns, page="overview.py")
    assert len(charts(app)) == 1
    assert "Overall survival is not known of any patient." in everything(app)
    app.session_state["open-lacks-pages/survival.py"] = True
    app.run()
    boxes = [each for each in app.selectbox if "needed.overview.Progression" in str(each.key)]
    assert [each.label for each in boxes] != []
    assert any(option.startswith("zz") for option in boxes[0].options)


def test_what_could_be_taken_away_can_be():
    app = with_sample()
    keys = {each.key for each in app.get("download_button")}
    assert {"xlsx-cleaned", "toml-plan", "xlsx-overview"} <= keys


def bundles(app):
    return [each for each in app.get("download_button") if each.proto.label == "Bundle, ZIP"]


def test_the_bundle_is_made_once_it_is_asked_for():
    app = unfolded(with_columns(FEW), "bundle")
    assert bundles(app) == []
    app = visit.press(app, "make-bundle")
    assert len(bundles(app)) == 1 and not app.error


def test_a_bundle_of_which_the_run_was_ended_is_made_by_the_next(monkeypatch):
    app, proven, ended = unfolded(with_columns(FEW), "bundle"), bundling.bundle.proven, []

    def once_ended(study):
        if not ended:
            ended.append(study)
            raise StopException
        return proven(study)

    monkeypatch.setattr(bundling.bundle, "proven", once_ended)
    assert bundles(visit.press(app, "make-bundle")) == [] and ended
    assert len(bundles(app.run())) == 1
    assert bundles(app.run()) == []  # made, and made again only where that is asked


def test_a_bundle_that_was_not_made_is_not_made_of_another_plan(monkeypatch):
    app = unfolded(with_columns(FEW), "bundle")

    def ended(_study):
        raise StopException

    with monkeypatch.context() as first:
        first.setattr(bundling.bundle, "proven", ended)
        visit.press(app, "make-bundle")
    now = app.session_state["hepar.plan"]
    app.session_state["hepar.plan"] = replace(now, report=replace(now.report, title="Another"))
    assert bundles(app.run()) == []


def test_why_there_is_no_bundle_is_said(monkeypatch):
    def refused(*_all):
        raise BundleError(NOT_THE_SAME, path="a.b", was=1, now=2)

    monkeypatch.setattr(bundling.bundle, "proven", refused)
    app = visit.press(unfolded(with_columns(FEW), "bundle"), "make-bundle")
    assert bundles(app) == []
    assert [each.value for each in app.error if "another number" in each.value]
