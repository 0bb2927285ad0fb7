"""Whatever a page shows is an exhibit of the study, and stands on the page whole."""

import pytest

from lib import text
from lib.analyses.everything import Everything
from lib.analyses.study import under_study
from lib.exhibits.study import of_patients, of_study
from lib.ui import parts
from tests.pages import visit
from tests.pages.visit import everything, go, with_sample


@pytest.fixture
def placed(monkeypatch):
    """The exhibits that a page places, by their keys."""
    found = {}
    for name in ("exhibit", "figure", "numbers", "placed"):
        real = getattr(parts, name)

        def noted(made, *arguments, _real=real, **told):
            found[made.key] = made
            return _real(made, *arguments, **told)

        monkeypatch.setattr(parts, name, noted)
    return found


def words_of(exhibit):
    return {exhibit.title, *exhibit.sentences, exhibit.caption, *exhibit.warnings, *exhibit.origin}


def cells_of(table):
    """The cells of a table without those of its first column, which a page takes for names."""
    return table.frame.astype(object).fillna("").astype(str).to_numpy()[:, 1:].tolist()


@pytest.mark.cases
def test_a_page_places_exhibits_as_the_folder_holds_them(page, keys, placed):
    app = with_sample()
    placed.clear()  # of the page that it opens on
    app = go(app, page)
    said, tables = "", []
    for tab in dict.fromkeys(visit.TABS.values()) if page == "compare.py" else [None]:
        if tab:
            app.session_state["tab-compare"] = tab
            app.run()
        visit.opened_up(visit.opened_up(app))  # a fold within a fold
        said += everything(app)
        tables += [each.to_numpy().tolist() for each in visit.tables(app)]
    assert sorted(placed) == sorted(keys)
    study = under_study(app.session_state["hepar.cohort"], app.session_state["hepar.plan"])
    listed = {each.key: each for each in (*of_study(Everything(study)), *of_patients(study))}
    for key, made in placed.items():
        beware = [*made.cautions, *(each for table in made.tables for each in table.cautions)]
        lines = [words for each in text.beware_of(beware) for words in each]
        assert [words for words in (*made.sentences, *lines) if words not in said] == []
        opened = [table for table in made.tables if table.shown == "open" and not made.misleads]
        assert [table.title for table in opened if cells_of(table) not in tables] == [], key
        if not made.misleads:
            assert words_of(made) <= words_of(listed[key]), key
            both = (made.tables, listed[key].tables)
            one, other = ([(t.title, cells_of(t)) for t in tables] for tables in both)
            assert one == other, key


def test_the_code_of_an_exhibit_stands_where_it_is_taken_away():
    app = with_sample(page="survival.py")
    assert not app.code
    app = visit.unfolded(app, "download-survival-os")
    (code,) = app.code
    assert code.value.splitlines()[-1] == "hepar.survival(study, 'OS')"
    assert "synthetic_36.xlsx" in code.value
    assert [each.proto.label for each in app.get("download_button")].count(
        "Analysis plan, TOML"
    ) == 1
