"""`import hepar`: light, whole, true to its examples, and the same numbers as everywhere."""

import doctest
import json
import subprocess
import sys
from dataclasses import replace

import pytest
from playwright.sync_api import expect

import hepar
from hepar import shown
from lib import plan
from lib.analyses.everything import Everything
from lib.analyses.study import opening_plan
from lib.exhibits.code import code
from lib.exhibits.study import of_patients, of_study
from lib.export import document, html
from tests.browser.conftest import browser, page, visitor
from tests.conftest import ROOT, SAMPLES, as_csv, studied

__all__ = ["browser", "page", "visitor"]

HOSTILE = "<script>document.title = 'run'</script>"


@pytest.fixture(scope="module")
def study():
    return hepar.study(hepar.SAMPLE)


def test_every_example_is_true():
    found = doctest.testmod(hepar)
    assert found.attempted > 20
    assert found.failed == 0


def test_it_has_what_it_says_and_nothing_else_is_public():
    for name in hepar.__all__:
        assert getattr(hepar, name) is not None
    with pytest.raises(AttributeError):
        _ = hepar.no_such_name
    assert hepar.Plan is plan.Plan


def test_it_imports_next_to_nothing_and_never_streamlit():
    script = (
        "import sys, hepar; heavy = {'numpy', 'pandas', 'scipy', 'plotly'} & {*sys.modules};"
        "assert not heavy, heavy;"
        "study = hepar.study(hepar.SAMPLE); hepar.survival(study).page(); hepar.results(study);"
        "assert 'streamlit' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, timeout=300)


def test_results_are_those_of_the_command(study):
    everything = Everything(studied("workbook"))
    ours, theirs = hepar.results(study), document.document(everything)
    assert json.dumps(ours, sort_keys=True) == json.dumps(theirs, sort_keys=True)


def test_each_exhibit_is_the_one_that_the_app_shows(study):
    every = hepar.exhibits(study)
    assert list(every) == [each.key for each in of_study(Everything(study))]
    assert list(every) == [*every.keys()]
    with pytest.raises(KeyError):
        _ = every["no-such"]
    single = hepar.patients(study)
    assert list(single) == [each.key for each in of_patients(study)]


def test_an_exhibit_is_made_no_sooner_than_it_is_asked_for(study):
    made = []

    def one_by_one():
        for each in of_study(Everything(study)):
            made.append(each.key)
            yield each

    assert shown.Exhibits(one_by_one())["table-one"].title
    assert made[-1] == "table-one"


def test_what_a_plan_chooses_is_chosen(tmp_path):
    text = 'confidence = 0.9\n[[study.selection]]\ncolumn = "modality"\nlevels = ["HAI"]\n'
    (tmp_path / "plan.toml").write_text(text)
    for chosen in (tmp_path / "plan.toml", str(tmp_path / "plan.toml"), hepar.plan(text=text)):
        found = hepar.survival(hepar.study(hepar.SAMPLE, chosen))
        assert (found.numbers.everyone.n, found.numbers.provenance.plan.confidence) == (20, 0.9)


def test_the_answers_of_a_plan_are_followed_when_a_file_is_read():
    cohort = hepar.read(
        as_csv({"os_months": [3, 4], "os_event": [1, 0], "x": [1, 2]}), name="a.csv"
    )
    answered = replace(hepar.Plan(), reading=replace(cohort.reading, known_before=("x",)))
    again = hepar.read(as_csv({"os_months": [3, 4], "os_event": [1, 0], "x": [1, 2]}), answered)
    assert again.columns["x"].baseline and not cohort.columns["x"].baseline


def test_a_plan_of_another_version_warns_of_what_was_not_applied():
    with pytest.warns(UserWarning, match=r"Hepar 9\.9\.9"):
        chosen = hepar.plan(text='hepar = "9.9.9"\nconfidence = 0.9\nmoon = 1\n')
    assert chosen.confidence == 0.9


def test_what_is_refused_says_why(study, tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"%PDF-1.7\n")
    with pytest.raises(hepar.CohortError, match="PDF"):
        hepar.read(tmp_path / "a.xlsx")
    with pytest.raises(LookupError, match="'OS'"):
        hepar.survival(study, "XYZ")
    with pytest.raises(LookupError, match="XYZ"):
        hepar.compare(study, "XYZ")
    with pytest.raises(LookupError, match="nobody"):
        hepar.patient(study, "nobody")
    with pytest.raises(LookupError, match="two arms"):
        hepar.compare(hepar.study(hepar.read(as_csv({"age": [50, 60]}), name="a.csv")))
    with pytest.raises(LookupError, match=r"response\.by_group"):
        hepar.response(hepar.study(hepar.read(as_csv({"age": [50, 60]}), name="a.csv")))


# --- in a notebook


def test_what_it_shows_is_the_page_of_the_exhibit(study):
    found = hepar.survival(study)
    made = next(each for each in of_study(Everything(study)) if each.key == "survival-os")
    assert found.page() == html.page(made)
    assert repr(found).splitlines()[0] == found.title == made.title
    assert set(made.warnings) == set(found.cautions) <= {*repr(found).splitlines()}
    bundle = found._repr_mimebundle_(include=None, exclude=None)
    assert set(bundle) == {"text/html", "text/plain"}


def test_a_notebook_draws_the_figure_and_no_text_of_a_file_acts(page, tmp_path):
    columns = {
        "modality": [HOSTILE, "TACE"] * 20,
        "os_months": [1 + at % 17 for at in range(40)],
        "os_event": [at % 3 > 0 for at in range(40)],
    }
    study = hepar.study(hepar.read(as_csv(columns), name=f"{HOSTILE}.csv"))
    every = hepar.exhibits(study)
    cells = [
        hepar.survival(study)._repr_mimebundle_()["text/html"],
        every["table-one"]._repr_mimebundle_()["text/html"],
        every._repr_html_(),
    ]
    notebook = tmp_path / "notebook.html"
    notebook.write_text(f"<meta charset=utf-8>{''.join(cells)}", encoding="utf-8")
    page.goto(notebook.as_uri())
    first, second = page.frame_locator("iframe").nth(0), page.frame_locator("iframe").nth(1)
    expect(first.locator(".main-svg").first).to_be_visible()
    expect(second.get_by_text("document.title").first).to_be_visible()
    tall = page.locator("iframe").nth(0).bounding_box()
    assert tall and tall["height"] > 500  # as tall as what it shows
    assert page.title() != "run"
    assert [frame.title() for frame in page.frames if frame.title() == "run"] == []


@pytest.mark.full
def test_a_type_checker_finds_the_types_of_what_is_installed(wheel):
    script = wheel.elsewhere / "typed.py"
    script.write_text(
        "import hepar\n"
        "found = hepar.survival(hepar.study(hepar.SAMPLE))\n"
        "reveal_type(found.numbers.everyone.events)\n"
        "reveal_type(hepar.plan(text='').confidence)\n"
        "hepar.survival(3)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "--python-executable", str(wheel.python_path), str(script)],
        cwd=wheel.elsewhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout.count('Revealed type is "int"') == 1, ran.stdout
    assert ran.stdout.count('Revealed type is "float"') == 1, ran.stdout
    assert "typed.py:5: error: Argument 1" in ran.stdout


# --- the code that is shown


def run(script, folder, monkeypatch, studies):
    """Run a script as it is shown, in the folder of its file; what its last line gives."""
    monkeypatch.chdir(folder)
    whole = hepar.study

    def once(file, plan):
        if (file, plan) not in studies:
            studies[file, plan] = whole(file, plan)
        return studies[file, plan]

    monkeypatch.setattr(hepar, "study", once)
    *lines, last = script.rstrip().splitlines()
    scope = {}
    exec("\n".join(lines), scope)
    return eval(last, scope)


def beside(folder, study, name):
    """The file and the plan in force, as a visitor has them beside each other."""
    folder.joinpath(name).write_bytes((ROOT / "sample_data" / name).read_bytes())
    folder.joinpath("plan.toml").write_text(plan.dumps(study.plan), encoding="utf-8")


FEW = {"flow", "table-one", "response", "survival-os", "endings-os", "incidence-ttp", "compare-os"}
FEW |= {"landmark-os-ever", "received-overlap", "best-change", "course-in-time", "findings"}


@pytest.mark.parametrize(
    ("sample", "all_of_them"),
    [
        ("workbook", False),
        ("registry", False),
        pytest.param("workbook", True, marks=pytest.mark.full),
        pytest.param("registry", True, marks=pytest.mark.full),
    ],
)
def test_the_code_of_an_exhibit_makes_exactly_it(sample, all_of_them, tmp_path, monkeypatch):
    study, studies = studied(sample), {}
    beside(tmp_path, study, study.whole.source.name)
    for exhibit in (*of_study(Everything(study)), *of_patients(study)):
        if all_of_them or exhibit.key in FEW:
            with monkeypatch.context() as patch:
                again = run(code(exhibit), tmp_path, patch, studies)
            assert again.page() == html.page(exhibit), exhibit.key
            assert again.code == code(exhibit)


def test_the_code_says_what_was_chosen_on_the_page(tmp_path, monkeypatch):
    study, studies = studied("workbook"), {}
    beside(tmp_path, study, study.whole.source.name)
    chosen = [*of_patients(study, "group", 0, False)]
    for exhibit in chosen:
        with monkeypatch.context() as patch:
            again = run(code(exhibit), tmp_path, patch, studies)
        assert again.page() == html.page(exhibit), exhibit.key
    said = {each.key: code(each) for each in chosen}
    assert "order='group', named=False" in said["best-change"]
    assert "order" not in said["change-over-time"]


def test_the_code_follows_the_plan_in_force(tmp_path, monkeypatch):
    text = '[study]\nby = "centre"\n[[study.selection]]\ncolumn = "modality"\nlevels = ["HAI"]\n'
    study = hepar.study(SAMPLES["workbook"], hepar.plan(text=text))
    assert study.plan == opening_plan(study.whole, study.plan)
    beside(tmp_path, study, study.whole.source.name)
    found = hepar.survival(study)
    with monkeypatch.context() as patch:
        assert run(found.code, tmp_path, patch, {}).page() == found.page()
    assert "centre" in found.title


def test_the_name_of_a_file_is_no_code(tmp_path):
    name = "a'); raise SystemExit('\n.csv"
    study = hepar.study(hepar.read(as_csv({"age": [50, 60]}), name=name))
    (first,) = list(hepar.exhibits(study))[:1]
    compiled = compile(hepar.exhibits(study)[first].code, "shown", "exec")
    assert name in compiled.co_consts
