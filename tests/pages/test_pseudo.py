"""Every word of ours that is shown went through the catalogue, and no word of a file did."""

import json
import re
from collections.abc import Iterator

import pytest
from google.protobuf.json_format import MessageToDict
from streamlit.testing.v1 import AppTest

from lib import command, language
from lib.analyses.everything import Everything
from lib.analyses.published import cohorts, starting
from lib.exhibits import report
from lib.exhibits.study import of_patients, of_study
from lib.export import reports
from lib.plan import Plan, dumps
from lib.schema import TABLES
from tests import pseudo, russian
from tests.conftest import SAMPLES, TWO_ARMS, as_csv, chosen, sample, studied
from tests.pages import visit

SHOWN = {"body", "label", "help", "options", "placeholder", "value", "title", "text", "icon"}
"""The fields of what is sent to a browser that a reader sees."""
NO_WORDS = re.compile(
    r":material/\w+:|:(small|gray|orange-badge|blue-badge|orange)\b|%\{[^}]*\}|</?\w+[^>]*>|&\w+;|\.html"
)
"""Icons, sizes, colours and places for values."""
KEPT = ("SVG", "PNG", "COLLAPSED", "CENTER", "plain", "synthetic_36", "xlsx", "csv")
KEPT += ("EN", "en")
KEPT += ("7g(ii)", "7h(ii)")
KEPT += tuple(word for each in cohorts(Plan()) for word in (each.name, each.source))
KEPT += (starting().source,)
"""Formats of files, what sets a page, and items as a guideline numbers them."""


def sent(block: object) -> Iterator[object]:
    """All that a page sends, block by block."""
    for child in block.children.values():
        yield child.proto
        if hasattr(child, "children"):
            yield from sent(child)


def shown(app: AppTest) -> Iterator[str]:
    """Every text of a page, its tables and figures."""
    for root in app._tree.children.values():
        for proto in filter(None, sent(root)):
            found = MessageToDict(proto)
            if "spec" in found:
                yield from russian.leaves(json.loads(found["spec"]), russian.DRAWN)
            elif type(proto).__name__ != "Html":
                yield from russian.leaves(found, SHOWN)
    for table in visit.pieces(app):
        yield from table.itertext()
        yield from (each for part in table.iter() if (each := part.get("aria-label")))
    for table in app.dataframe:
        yield from map(str, (*table.value.columns, *table.value.index))
        yield from map(str, table.value.to_numpy().ravel())


def of_files() -> list[str]:
    """Texts of the sample, and the names by which files and plans call what is ours."""
    found = {"fraction", "cm", "source", "patients", *TABLES}
    for cohort in map(sample, SAMPLES):
        found |= {each.header for each in cohort.reading.columns}
        for frame in (cohort.patients, *cohort.tables.values()):
            found |= {str(each) for name in frame for each in frame[name].dropna().unique()}
    for table in TABLES.values():
        for column in table.values():
            found |= {column.name, *column.headers(), *(level.code for level in column.levels)}
            found |= {column.unit}
    return sorted(found - {""}, key=len, reverse=True)


def known_words() -> re.Pattern[str]:
    """The same as a pattern; long ones may have been cut."""
    texts = [*of_files(), *KEPT]
    whole = [rf"(?<!\w){re.escape(each)}(?!\w)" for each in texts]
    cut = [rf"{re.escape(each[:10])}[^…\n]*…" for each in texts if len(each) > 20]
    return re.compile("|".join((*cut, *whole)))


def bare_words(words: str, known: re.Pattern[str]) -> str:
    """What is left of a text without marks, markup and texts of files."""
    left = pseudo.outside(visit.bare(words))
    left = known.sub(" ", NO_WORDS.sub(" ", left))
    return left.strip() if re.search(r"[^\W\d_]{2,}", left) else ""


def walked(app: AppTest) -> dict[str, list[str]]:
    """The texts of both further steps and of each page of a cohort, with all folds open."""
    found = {step: list(shown(visit.step(app, step))) for step in ("map", "check")}
    for page in visit.PAGES:
        visit.go(app, page)
        folds = [name for name, _open in app.session_state.items() if name.startswith("open-")]
        for fold in folds:
            app.session_state[fold] = True
        found[page] = list(shown(app.run() if folds else app))
        assert not app.exception
    return found


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, list[str]], set[str]]:
    """The texts of each page with the sample, and what the catalogue was asked for in vain."""
    found = {}
    with pseudo.spoken(tmp_path_factory.mktemp("locale")) as catalogue:
        app = visit.opened()
        found["start"] = list(shown(app))
        app.button(key="open-sample").click().run()
        found |= walked(app)
    return found, catalogue.unknown


def test_every_word_of_ours_on_every_page_is_worded(seen):
    found, _unknown = seen
    assert sum(map(len, found.values())) > 4000, "folds are open"
    known = known_words()
    bare = {page: {bare_words(words, known) for words in {*texts}} for page, texts in found.items()}
    assert {page: words - {""} for page, words in bare.items() if words != {""}} == {}


def test_every_place_for_a_value_is_filled(seen):
    found, _unknown = seen
    left = [
        words for texts in found.values() for words in texts if re.search(r"(?<!%)\{\w+\}", words)
    ]
    assert left == []


def test_nothing_but_templates_is_looked_up(seen):
    assert seen[1] == set()


def test_a_header_or_level_that_reads_like_a_word_of_ours_is_no_word_of_ours(tmp_path):
    columns = {
        "modality": ["HAI", "TACE"] * 12,
        "primary site": ["Both", "Yes"] * 12,
        "Other": ["Alive", "Lost"] * 12,
        "os_months": range(1, 25),
        "os_event": ["yes", "no", "yes"] * 8,
    }
    with pseudo.spoken(tmp_path / "locale") as catalogue:
        app = visit.upload(visit.opened(), "own.csv", as_csv(columns))
        words = list(shown(visit.step(visit.filtered_by(app, "primary_site"), "map")))
        for page in ("survival.py", "compare.py"):
            words += shown(visit.go(app, page))
    said = "\n".join(words)
    assert {"Both", "Yes", "⟦Chemoinfusion (HAI)⟧"} <= set(words) and "Other" in said
    assert [each for each in ("⟦Other⟧", "⟦Both⟧", "⟦Yes⟧", "⟦Lost⟧") if each in said] == []
    assert catalogue.unknown == set()


FEW = TWO_ARMS | {"best_response": ["PR", "SD", "PD", "SD", "NE"] * 5}


@pytest.mark.parametrize("file", ["few", pytest.param("russian", marks=pytest.mark.full)])
def test_numbers_and_plan_are_the_same_in_every_language(file, tmp_path):
    (tmp_path / "few.csv").write_bytes(as_csv(FEW))
    (tmp_path / "few.toml").write_text(dumps(chosen(permutations=99)), "utf-8")
    path = SAMPLES.get(file, tmp_path / "few.csv")
    asked = [str(path), "--plan", str(tmp_path / "few.toml"), "--out"]
    assert command.main([*asked, str(tmp_path / "en")]) == 0
    with pseudo.spoken(tmp_path / "locale") as catalogue:
        assert language._("Overall survival") == "⟦Overall survival⟧"
        assert command.main([*asked, str(tmp_path / "xx")]) == 0
    for name in ("results.json", "plan.toml"):
        assert (tmp_path / "xx" / name).read_bytes() == (tmp_path / "en" / name).read_bytes()
    assert not catalogue.unknown
    pages_of = [path.name for path in (tmp_path / "en").iterdir()]
    assert sorted(pages_of) == sorted(path.name for path in (tmp_path / "xx").iterdir())
    known = known_words()
    for path in (tmp_path / "xx").glob("*.html"):
        page = path.read_text(encoding="utf-8")
        said = re.sub(r"<(script|style)\b.*?</\1>", " ", page, flags=re.DOTALL)
        lines = [bare_words(line, known) for line in re.sub(r"<[^>]*>", "\n", said).splitlines()]
        assert set(lines) <= {"", "Hepar"}, path.name


@pytest.fixture(scope="module", params=["sample", pytest.param("registry", marks=pytest.mark.full)])
def russian_pages(request: pytest.FixtureRequest) -> dict[str, list[str]]:
    """The texts of each page in Russian, with a sample and all folds open."""
    with language.speaking("ru"):  # which a test is asked in, as a browser is, for what is chosen
        app = AppTest.from_file(str(visit.ROOT / "app.py"), default_timeout=visit.STARTED)
        app.query_params["lang"] = "ru"
        found = {"start": list(shown(app.run()))}
        app.button(key=f"open-{request.param}").click().run()
        found |= walked(app)
    return found


def test_no_page_says_a_word_of_ours_in_english_where_russian_is_spoken(russian_pages):
    assert sum(map(len, russian_pages.values())) > 4000, "folds are open"
    typed = {str(line.percent) for line in starting().lines}  # as an editor of cells has them
    bare = {
        page: russian.not_russian(
            visit.bare(NO_WORDS.sub(" ", words)) for words in {*texts} - typed - {"COLLAPSED"}
        )
        for page, texts in russian_pages.items()
    }
    assert {page: found for page, found in bare.items() if found} == {}


def test_every_exhibit_and_the_report_are_worded_in_a_third_language(tmp_path):
    with pseudo.spoken(tmp_path / "locale") as catalogue:
        found = Everything(studied("workbook"))
        several = [*of_study(found), *of_patients(found.study)]
        texts = {words for each in several for words in russian.said(each)}
        written = report.of_study(found)
        texts |= {part.written for part in written.parts}
        for kind in ("docx", "html"):
            texts |= {*russian.of_file(f"report.{kind}", reports.file(written, kind, {}))}
    known = known_words()
    assert len(texts) > 3000
    assert {bare_words(words, known) for words in texts} - {""} == set()
    assert catalogue.unknown == set()
