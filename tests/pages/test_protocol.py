"""The protocol on Compare: offered before the first comparison, kept, skipped, and changed."""

import datetime

import pytest

from lib.plan import dumps, loads
from tests.conftest import TWO_ARMS
from tests.pages import visit
from tests.pages.visit import everything, press

OFFER = "Before you look:"
KEEP, SKIP, ANEW = "protocol-keep", "protocol-skip", "protocol-anew"


@pytest.fixture
def offered():
    """Compare as somebody opens it who has not answered yet."""
    app = visit.with_sample()
    app.switch_page("pages/compare.py")
    app.session_state["hepar.visitor.unasked"] = False
    app.session_state["open-protocol"] = False
    app.run()
    assert not app.exception
    return app


def plan(app):
    return app.session_state["hepar.plan"]


def unfold(app):
    return visit.unfolded(app, "protocol")


def test_before_the_first_comparison_a_protocol_is_offered_and_no_number_is_shown(offered):
    assert OFFER in everything(offered)
    assert not visit.tables(offered) and not visit.figures(offered)
    assert "\nOverall survival, " not in everything(offered)
    assert visit.box(offered, "Primary endpoint").value == "OS"


def test_it_is_skipped_with_one_click_and_not_in_the_way_again(offered):
    app = press(offered, SKIP)
    assert OFFER not in everything(app) and "\nOverall survival, " in everything(app)
    assert "No primary endpoint was named. Estimand:" in everything(app)
    for page in ("survival.py", "compare.py"):
        app.switch_page(f"pages/{page}")
        app.run()
        assert OFFER not in everything(app)
    app = visit.close(app)
    app.switch_page("pages/cohort.py")
    app.run()
    app = press(app, "open-registry")
    app.switch_page("pages/compare.py")
    app.run()
    assert OFFER not in everything(app), "another cohort of the same session"
    assert plan(app).protocol.primary == ""


def test_what_is_kept_stands_in_the_plan_with_what_the_app_recorded(offered):
    app = visit.pick(offered, "Primary endpoint", "PFS")
    app = visit.pick(app, "What decides", "hazard ratio")
    assert plan(app).protocol.primary == "", "nothing is written before it is kept"
    app.text_input[0].set_value("No earlier embolization").run()
    app.date_input[0].set_value(datetime.date(2025, 3, 9)).run()
    app = press(app, KEEP)
    found = plan(app)
    assert (found.protocol.primary, found.protocol.opened) == ("PFS", False)
    assert found.protocol.eligibility == "No earlier embolization"
    assert found.protocol.written == datetime.date(2025, 3, 9)
    assert (found.comparison.reference, found.comparison.comparison) == ("HAI", "TACE")
    assert loads(dumps(found)) == found
    assert "\nProgression-free survival, " in everything(app), "Compare opens with it"
    assert "Primary: hazard ratio of progression-free survival" in everything(app)
    app = unfold(app)
    assert "Dated 2025-03-09, as it was typed." in everything(app)
    assert "no comparison of these data had been opened before" in everything(app)


def test_compare_opens_with_the_primary_endpoint_whatever_another_page_showed(offered):
    app = press(visit.pick(offered, "Primary endpoint", "PFS"), KEEP)
    app.switch_page("pages/survival.py")
    app.run()
    app.selectbox(key="endpoint").set_value("OS").run()
    app.switch_page("pages/compare.py")
    app.run()
    assert "\nProgression-free survival, " in everything(app)
    app.selectbox(key="compared-endpoint.PFS").set_value("OS").run()
    assert "Secondary; primary is the difference of mean progression-free" in everything(app)


def test_what_is_named_after_a_look_says_so(offered):
    app = unfold(press(offered, SKIP))
    app = visit.pick(app, "Primary endpoint", "OS")
    assert plan(app).protocol.opened
    assert "had been opened before it was last written" in everything(app)
    app = visit.pick(app, "Primary endpoint", "")
    assert plan(app).protocol.primary == "" and plan(app).protocol.opened is None


def test_a_file_that_is_closed_and_opened_again_has_still_been_looked_at(offered):
    app = visit.close(press(offered, SKIP))
    app.button(key="open-sample").click().run()
    app.session_state["hepar.visitor.unasked"] = False
    app.switch_page("pages/compare.py")
    app.run()
    assert OFFER in everything(app)
    assert plan(press(app, KEEP)).protocol.opened


def test_what_is_changed_in_the_protocol_is_written_anew_and_elsewhere_departs_from_it(offered):
    app = unfold(press(offered, KEEP))
    app = visit.pick(app, "Mean time over", (12.0,))
    assert plan(app).survival.taus == (12.0,) and plan(app).protocol.opened
    assert "Primary: difference of mean overall survival" in everything(app)
    app = visit.choose(app, "sex", ["F"])
    assert "the plan has been changed since the protocol was written" in everything(app)
    app = visit.choose(app, "sex", [])
    assert "Primary is the difference of mean overall survival." in everything(app)
    app = press(visit.choose(app, "sex", ["F"]), ANEW)
    assert "Primary is the difference of mean overall survival." in everything(app)


def test_a_plan_with_a_protocol_is_not_asked_again():
    app = visit.open_plan(visit.with_sample(), '[protocol]\nprimary = "PFS"')
    app.session_state["hepar.visitor.unasked"] = False
    app.switch_page("pages/compare.py")
    app.run()
    assert OFFER not in everything(app)
    assert "\nProgression-free survival, " in everything(app)
    assert "is not recorded." in everything(unfold(app))


def test_where_there_is_no_endpoint_or_no_treatment_less_is_asked():
    app = visit.with_columns({"modality": ["HAI", "TACE"] * 12, "response_6m": ["PR", "SD"] * 12})
    app.session_state["hepar.visitor.unasked"] = False
    app.switch_page("pages/compare.py")
    app.run()
    assert OFFER not in everything(app)
    sexes = {**TWO_ARMS, "modality": ["HAI"] * 25, "sex": ["F"] * 13 + ["M"] * 12}
    app = visit.with_columns(sexes)
    app.session_state["hepar.visitor.unasked"] = False
    app.switch_page("pages/compare.py")
    app.run()
    app = visit.pick(app, "Compare", "sex")
    assert OFFER in everything(app)
    assert "A second modality" not in [each.label for each in app.selectbox]


def test_the_trial_stands_folded_beside_the_cohort():
    app = visit.unfolded(visit.with_sample(page="compare.py"), "trial")
    frames = [frame for frame in visit.tables(app) if "The trial" in frame.columns]
    assert frames[0].loc["Time zero", "This cohort"] == "The first procedure"
    assert "Items that plan and data answer: TARGET" in everything(app)


def test_one_count_of_tests_stands_on_the_page():
    app = visit.unfolded(visit.with_sample(page="compare.py"), "tests", "subgroups")
    said = everything(app)
    assert said.count(" tests: ") == 1
    assert "chance alone" not in said.partition("tests: ")[2].partition("\n")[0]
