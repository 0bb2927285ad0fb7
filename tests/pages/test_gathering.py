"""Counts of centres through the pages: dropped together, shown as far as they go."""

from dataclasses import replace

import pytest

from lib import exhibits, pool
from lib.analyses import combined
from lib.analyses.counted import NotHeld
from lib.plan import Condition
from lib.ui import gathering
from tests.conftest import sample
from tests.pages import visit
from tests.pages.visit import everything
from tests.test_pool import by_centre, files, planned, split


@pytest.fixture(scope="module")
def counts():
    cohort = sample("registry")
    return files(split(cohort, planned(cohort), by_centre(cohort)))


def dropped(counts, app=None):
    """Drop counts on the Cohort page, and pool them."""
    app = visit.step(app, "load") if app else visit.opened()
    visit.unfolded(app, "counts")
    (uploader,) = [each for each in app.file_uploader if str(each.key).startswith("counts-")]
    for name, data in counts:
        uploader = uploader.upload(name, data, "application/json")
    uploader.run()
    return visit.press(app, "pool-counts")


def test_every_exhibit_of_a_pool_has_its_page(counts):
    found = exhibits.combined.of_pool(combined.of_pool(pool.opened(counts)))
    pages = [gathering.page_of(each) for each in found]
    assert pages.count("cohort") == pages.count("overview") == 1
    assert {"response", "survival", "compare"} < {*pages}


def test_files_that_are_dropped_together_are_one_study(counts):
    app = dropped(counts)
    assert len(app.session_state["hepar.cohort"].centres) == len(counts) == 3
    assert "Counts of 240 patients of 3 centres" in everything(app)
    expected = exhibits.combined.of_pool(combined.of_pool(pool.opened(counts)))
    titles = {gathering.page_of(each): each.title for each in reversed(expected)}
    for page in ("overview", "survival"):
        said = everything(visit.go(app, f"{page}.py"))
        assert titles[page] in said and "needs more than centres’ counts hold" in said
    said = everything(visit.go(app, "papers.py"))
    assert "Published cohorts, as context" in said and "rates are not held here" in said
    app = visit.go(app, "report.py")
    assert titles["survival"] in everything(app) and "hepar pool" in everything(app)
    assert "All tables, XLSX" in [each.label for each in app.get("download_button")]
    for page in ("response", "compare", "patients", "report", "papers", "guide"):
        assert not visit.go(app, f"{page}.py").error
    assert "hepar.cohort" not in visit.close(app).session_state


def test_files_that_do_not_go_together_are_one_sentence_and_what_was_open_stays(counts):
    app = dropped([counts[0], counts[0]], visit.with_sample())
    (error,) = app.error
    assert "are one file" in error.value
    assert len(app.session_state["hepar.cohort"]) == 36


def test_another_plan_is_followed_as_far_as_counts_go(counts):
    found = pool.opened(counts)
    now = replace(found.plan, confidence=0.9)
    assert found.under(now).plan == found.under(now).provenance.plan == now
    chosen = replace(found.plan.study, selection=(Condition("sex", ("F",)),))
    with pytest.raises(NotHeld):
        found.under(replace(found.plan, study=chosen))
