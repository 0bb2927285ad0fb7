"""Rules of the house that no linter knows."""

import ast
import dataclasses
import importlib
import re
import subprocess
import sys
import tomllib
import typing

import pandas as pd
import pytest

from lib.analyses.courses import Measured
from lib.analyses.study import Study
from lib.cohort import Cohort
from lib.ui import frame
from tests.conftest import ROOT

PAGES = sorted((ROOT / "pages").glob("*.py"))
UI = sorted((ROOT / "lib" / "ui").glob("*.py"))
LIBRARY = sorted((ROOT / "lib").rglob("*.py"))


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def named(path):
    return str(path.relative_to(ROOT))


def imports(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def committed():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


# --- pages


def test_the_list_of_pages_is_the_folder_of_pages():
    assert sorted(path for path, _title in frame.PAGES) == [named(page) for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_imports_streamlit_and_lib_alone(page):
    assert set(imports(tree_of(page))) <= {"streamlit", "lib"}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_calls_the_guard_before_anything_else(page):
    docstring, *body = tree_of(page).body
    assert ast.get_docstring(tree_of(page)), docstring
    first = next(each for each in body if not isinstance(each, (ast.Import, ast.ImportFrom)))
    assert ast.unparse(first) == "frame.guard()"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_computes_and_draws_nothing_itself(page):
    tree = tree_of(page)
    assert not [node for node in ast.walk(tree) if isinstance(node, (ast.ClassDef, ast.Lambda))]
    assert len(page.read_text(encoding="utf-8").splitlines()) <= 120


# --- words and numbers


SPEC = re.compile(r"\{[^{}]*:[^{}\s]*\.\d+[ef%][^{}]*\}")
IN_THE_BROWSER = "{x:.1f}"  # plotly's own template


def number_formats(tree):
    """Format specifications with decimals, in f-strings, templates and calls of format."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            yield from re.findall(r"\.\d+[ef%]", ast.unparse(node.format_spec))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from SPEC.findall(node.value)


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in (*PAGES, *LIBRARY)
        if path != ROOT / "lib" / "text.py" and "statistics" not in path.parts
    ],
    ids=named,
)
def test_numbers_are_formatted_in_one_place(path):
    assert [spec for spec in number_formats(tree_of(path)) if spec != IN_THE_BROWSER] == []


SAYING = {
    "title", "header", "subheader", "markdown", "caption", "text", "write", "info", "warning",
    "error", "success", "toast", "button", "download_button", "link_button", "checkbox", "toggle",
    "radio", "selectbox", "multiselect", "slider", "select_slider", "text_input", "number_input",
    "text_area", "date_input", "file_uploader", "segmented_control", "pills", "metric", "expander",
    "popover", "tabs", "spinner", "status", "page_link",
}  # fmt: skip


def letters(node):
    """Words written straight into an expression, outside `_()`."""
    if isinstance(node, ast.Constant):
        words = re.sub(r":material/\w+:|:[a-z-]+\[|[^A-Za-z]", "", str(node.value))
        yield from [node.value] if isinstance(node.value, str) and words else []
    elif isinstance(node, ast.Call):
        if ast.unparse(node.func) not in ("_", "ngettext", "N_"):
            for part in (*node.args, *(keyword.value for keyword in node.keywords)):
                yield from letters(part)
            yield from letters(getattr(node.func, "value", None))
    elif isinstance(node, (ast.JoinedStr, ast.FormattedValue, ast.BinOp, ast.IfExp, ast.BoolOp)):
        for child in ast.iter_child_nodes(node):
            yield from letters(child)


def said(tree):
    """First arguments, and what else a visitor reads, of calls that put words on a page."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if ast.unparse(node.func.value) != "st" or node.func.attr not in SAYING:
            continue
        position = 1 if node.func.attr == "page_link" else 0
        yield from node.args[position : position + 1]
        shown = ("label", "help", "placeholder", "body")
        yield from (keyword.value for keyword in node.keywords if keyword.arg in shown)


@pytest.mark.parametrize("path", [*PAGES, *UI], ids=named)
def test_every_word_that_a_visitor_reads_can_be_translated(path):
    bare = [word for argument in said(tree_of(path)) for word in letters(argument)]
    assert bare == []


def test_the_check_of_words_finds_a_bare_one():
    bad = 'st.title("Hello")\nst.info(f"**{x}** there")\nst.button(_("Go") + " now", help="why")'
    found = [word for argument in said(ast.parse(bad)) for word in letters(argument)]
    assert found == ["Hello", "** there", " now", "why"]


def test_the_check_of_numbers_finds_a_bare_one():
    assert list(number_formats(ast.parse('f"{x:.2f}"'))) == [".2f"]
    assert list(number_formats(ast.parse('"{x:.1%}".format(x=1)'))) == ["{x:.1%}"]


@pytest.mark.parametrize("path", LIBRARY, ids=named)
def test_nothing_asks_the_clock(path):
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\b(today|now|utcnow)\(\)|time\.time\(", source)


@pytest.mark.parametrize("path", [*PAGES, *UI], ids=named)
def test_tables_that_can_be_taken_away_are_drawn_in_one_place(path):
    """There what a spreadsheet would run as a formula is neutralised."""
    if path.name != "parts.py":
        assert not re.search(r"st\.(dataframe|data_editor|table|write)\(", path.read_text("utf-8"))


@pytest.mark.parametrize("path", [*PAGES, *UI], ids=named)
def test_every_upload_that_is_read_is_let_go_of(path):
    source = path.read_text(encoding="utf-8")
    assert source.count(".getvalue()") == source.count("promises.let_go_of(")


# --- names


CODE = [*PAGES, *LIBRARY, *sorted((ROOT / "tests").rglob("*.py"))]


@pytest.mark.parametrize("path", CODE, ids=named)
def test_no_import_renames_what_it_takes_of_ours(path):
    renamed = [
        alias.asname
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OURS
        for alias in node.names
        if alias.asname not in (None, alias.name)
    ]
    assert renamed == []


OURS = ("lib", "pages", "tests")
OF_A_QUESTION = ("analyses", "exhibits", "figures", "statistics", "ui")
"""Rooms in which a question has a file of its name; `ingest.questions` asks what `ingest` reads."""
CHANCE = {"cohort", "parts", "choices", "arms", "pool"}


def test_a_name_of_a_module_stands_in_two_rooms_only_for_one_question():
    rooms = {}
    for path in LIBRARY:
        if not path.stem.startswith("__"):
            room = path.parent.relative_to(ROOT / "lib").as_posix()
            group = "a question" if room in OF_A_QUESTION else room.removesuffix("/questions")
            rooms.setdefault(path.stem, set()).add(group)
    assert {name for name, groups in rooms.items() if len(groups) > 1} - CHANCE == set()


# --- tests


WHOLE = ("ui", "ingest", "ingest/questions", "recist", "workbooks")
"""Rooms that are tested as wholes, by their door: pages, files that are read, courses."""
THROUGH_OTHERS = {
    "analyses/counting.py": "what `counted` is made by",
    "analyses/cutoff.py": "what `study` cuts a cohort off by",
    "analyses/endings.py": "a part of each result of `survival` and `incidence`",
    "analyses/provenance.py": "a part of every result",
    "analyses/seen.py": "what `landmark` classifies by",
    "exhibits/centres.py": "one of all exhibits, of which `exhibits/test_study.py` asks",
    "exhibits/cohort.py": "the same",
}


def asked_for(path):
    """What a file imports, and the modules that it names as parts of a room."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom):
            yield from (node.module, *(f"{node.module}.{each.name}" for each in node.names))
        elif isinstance(node, ast.Attribute):
            yield f"lib.{ast.unparse(node)}"


def test_a_module_is_tested_by_the_file_of_its_name_or_a_test_asks_for_it_by_its_own():
    asked = {name for path in (ROOT / "tests").rglob("*.py") for name in asked_for(path)}
    without = []
    for path in LIBRARY:
        module = path.relative_to(ROOT / "lib")
        mirror = ROOT / "tests" / module.parent / f"test_{module.name}"
        name = ".".join(("lib", *module.with_suffix("").parts))
        room = module.parent.as_posix()
        if not (module.stem.startswith("__") or room in WHOLE or mirror.exists() or name in asked):
            without.append(module.as_posix())
    assert without == [*THROUGH_OTHERS]


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("test_*.toml")), ids=named)
def test_each_table_of_cases_has_the_test_that_asks_for_it(path):
    asking = [
        node.name.removeprefix("test_")
        for node in ast.walk(tree_of(path.with_suffix(".py")))
        if isinstance(node, ast.FunctionDef)
        and "pytest.mark.cases" in map(ast.unparse, node.decorator_list)
    ]
    assert sorted(tomllib.loads(path.read_text("utf-8"))) == sorted(asking)


# --- files


def test_the_library_is_not_ignored_by_git():
    ignored = subprocess.run(
        ["git", "check-ignore", *(named(path) for path in LIBRARY)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ignored.stdout, ignored.returncode) == ("", 1)


@pytest.mark.parametrize(
    "name",
    [
        *("requirements.txt", "requirements-registry.txt", "requirements-spark.txt"),
        *("requirements-dev.txt", "constraints.txt"),
    ],
)
def test_requirements_are_pinned_exactly(name):
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-r ", "-c "))]
    assert wanted
    assert [line for line in wanted if not re.fullmatch(r"[\w.-]+(\[\w+\])?==[\w.]+", line)] == []


def test_everything_that_is_imported_is_required():
    files = ("requirements.txt", "requirements-registry.txt", "requirements-spark.txt")
    lines = "".join((ROOT / name).read_text(encoding="utf-8").lower() for name in files)
    ours = {"lib", "pages", "__future__"}
    names = {"tomli_w": "tomli-w", "python_calamine": "python-calamine"}
    known = names | {"docx": "python-docx"}
    for path in (*PAGES, *LIBRARY):
        for name in set(imports(tree_of(path))) - ours - set(sys.stdlib_module_names):
            assert re.search(rf"^{known.get(name, name)}(\[\w+\])?==", lines, re.M), (path, name)


HOSTS = tuple(
    words.replace(" ", ".")
    for words in ("pypi org", "pythonhosted org", "npmjs org", "npmjs com", "anaconda org",
                  "crates io", "r-project org", "debian org", "docker io")
)  # fmt: skip


def test_no_committed_file_names_a_registry():
    named_hosts = []
    for path in committed():
        if path.suffix in (".png", ".xlsx", ".gif") or not path.is_file():
            continue
        words = path.read_bytes().decode("utf-8", "replace")
        named_hosts += [(named(path), host) for host in HOSTS if host in words]
    assert named_hosts == []


def test_no_committed_file_is_large():
    sizes = {named(path): path.stat().st_size for path in committed() if path.is_file()}
    assert {name: size for name, size in sizes.items() if size > 2_000_000} == {}


# --- results


def reached(kind, seen):
    """Every class that a value of a type may hold, however deep."""
    if kind in seen:
        return
    seen.add(kind)
    for part in typing.get_args(kind):
        reached(part, seen)
    if dataclasses.is_dataclass(kind):
        for of_field in typing.get_type_hints(kind).values():
            reached(of_field, seen)


def results():
    for path in sorted((ROOT / "lib" / "analyses").glob("*.py")):
        module = importlib.import_module(f"lib.analyses.{path.stem}")
        for each in vars(module).values():
            if dataclasses.is_dataclass(each) and each.__module__ == module.__name__:
                yield each


RESULTS = [each for each in results() if "provenance" in each.__annotations__]


def test_many_results_know_where_they_come_from():
    assert len(RESULTS) >= 19


@pytest.mark.parametrize("result", RESULTS, ids=lambda each: each.__name__)
def test_no_result_reaches_the_rows_of_patients(result):
    seen = set()
    reached(result, seen)
    assert not {pd.DataFrame, pd.Series, Cohort, Study, Measured} & seen
