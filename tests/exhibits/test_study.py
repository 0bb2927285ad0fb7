"""Every exhibit of a study: none loses a caution, and folder and workbook show the same."""

import io
import re
from dataclasses import replace

import pytest
from python_calamine import CalamineWorkbook

from lib import text
from lib.analyses.cautions import Caution
from lib.analyses.everything import Everything
from lib.exhibits.study import of_patients, of_study, offered
from lib.export import folder, html, xlsx
from lib.figures.theme import safe
from tests.conftest import inside, studied


@pytest.fixture(
    scope="module", params=["workbook", pytest.param("registry", marks=pytest.mark.full)]
)
def everything(request):
    return Everything(studied(request.param))


@pytest.fixture(scope="module")
def shown(everything):
    return [*of_study(everything), *of_patients(everything.study)]


def cautions_in(value):
    """Every caution that can be reached from a result."""
    return (each for each in inside(value) if isinstance(each, Caution))


def parts_of(everything):
    names = [name for name in vars(Everything) if not name.startswith("_")]
    return {name: getattr(everything, name) for name in names}


def test_every_caution_of_every_result_is_in_an_exhibit(everything, shown):
    said = {each for exhibit in shown for each in exhibit.warnings}
    beware = {
        text.caution(each) for part in parts_of(everything).values() for each in cautions_in(part)
    }
    assert beware
    assert beware - said == set()


def test_every_key_is_plain_and_of_one_exhibit(shown):
    keys = [exhibit.key for exhibit in shown]
    assert len(set(keys)) == len(keys)
    assert [key for key in keys if not re.fullmatch(r"[a-z0-9-]{1,60}", key)] == []


def test_every_exhibit_says_what_made_it_and_from_what(everything, shown):
    for exhibit in shown:
        module, _dot, name = exhibit.made[0].partition(".")
        analysis = __import__(f"lib.analyses.{module}", fromlist=[name])
        assert callable(getattr(analysis, name)), exhibit.made
        assert exhibit.provenance.source == everything.study.whole.source
        assert any("SHA-256" in line for line in exhibit.origin)


def words_of(exhibit):
    yield exhibit.title
    yield from exhibit.sentences
    yield exhibit.caption
    yield from exhibit.warnings
    yield from exhibit.origin


def test_the_page_of_an_exhibit_says_all_of_it(shown):
    for exhibit in shown:
        page = html.page(exhibit, alone=False).decode()
        tables = [table for table in exhibit.tables if table.shown != "taken"]
        said = [
            *words_of(exhibit),
            *(each for table in tables for each in (table.title, table.caption)),
        ]
        assert [words for words in said if safe(words) not in page] == [], exhibit.key
        for table in tables:
            cells = {
                *map(str, table.frame.columns),
                *table.frame.astype(object).fillna("").astype(str).to_numpy().flat,
            }
            assert [cell for cell in cells if safe(cell) not in page] == [], exhibit.key


def test_the_workbook_of_exhibits_has_every_table_and_caution(shown):
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx.workbook(shown)))
    sheets = iter(book.sheet_names)
    for exhibit in shown:
        for table in exhibit.tables:
            rows = book.get_sheet_by_name(next(sheets)).to_python()
            assert rows[0][: len(table.frame.columns)] == [
                xlsx.neutral(n) for n in table.frame.columns
            ]
            notes = {str(row[0]) for row in rows[len(table.frame) + 1 :]}
            lost = {*words_of(exhibit), table.caption} - {""}
            assert {xlsx.neutral(words) for words in lost} <= notes, exhibit.key


def test_a_folder_holds_each_exhibit_and_lists_it(everything, tmp_path):
    made = list(of_study(everything))
    folder.write(made, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(folder.names(made))
    listed = (tmp_path / folder.INDEX).read_text(encoding="utf-8")
    assert re.findall(r'href="([^"]+)"', listed) == [f"{exhibit.key}.html" for exhibit in made]


def test_no_patient_leaves_in_a_folder(everything):
    names = set(everything.study.cohort.patients["patient_id"])
    for exhibit in of_study(everything):
        for table in exhibit.tables:
            assert names.isdisjoint(table.frame.iloc[:, 0].astype(str)), exhibit.key


def test_what_is_offered_is_named_before_it_is_made_and_has_that_key(everything):
    listed = list(offered(everything))
    made = {each.key: each.make() for each in listed}
    assert len(made) == len({each.name for each in listed}) == len(listed)
    assert [each.key for each in of_study(everything)] == [key for key in made if made[key]]
    assert all(exhibit.key == key for key, exhibit in made.items() if exhibit)


def test_the_name_of_every_figure_says_what_was_found_and_not_only_how(shown):
    drawn = [exhibit for exhibit in shown if exhibit.draw or exhibit.draw_small]
    assert len(drawn) > 20
    for exhibit in drawn:
        found = exhibit.sentences or (exhibit.shows,)
        result = " ".join(found)
        assert re.search(r"\d", result), exhibit.key
        assert exhibit.alt.startswith(f"{exhibit.title}. {result}"), exhibit.key
        assert exhibit.alt.endswith(exhibit.caption), exhibit.key
        assert "nan" not in result, exhibit.key


def test_a_page_that_leaves_names_its_figure_by_what_was_found(shown):
    exhibit = next(each for each in shown if each.key == "survival-os")
    page = html.page(exhibit, alone=False).decode()
    assert f'role="figure" aria-label="{safe(exhibit.alt)}"' in page
    quoted = replace(exhibit, title='A "name"')
    assert 'aria-label="A &quot;name&quot;.' in html.page(quoted, alone=False).decode()
