"""What is installed: one package, the same numbers, one list of what it needs."""

import ast
import re
import zipfile
from email import message_from_bytes

import pytest
from packaging.requirements import Requirement

from lib import __version__
from lib.command import main
from tests.conftest import ROOT, SAMPLES, as_csv
from tests.hepar.installed import built
from tests.test_supply import pins
from tools.wheel import inside

FILE = SAMPLES["workbook"]


def test_it_takes_one_name_alone(wheel):
    with zipfile.ZipFile(wheel.wheel) as held:
        tops = {name.partition("/")[0] for name in held.namelist()}
    assert tops == {"hepar", f"hepar-{__version__}.dist-info"}


def test_it_holds_all_that_the_app_reads(wheel):
    for name in (
        *("app.py", "serve.py", "pages/cohort.py", "lib/ui/narrow.css", "py.typed"),
        *(".streamlit/config.toml", "docs/icon.svg", "sample_data/samples.toml"),
        *("sample_data/synthetic_36.xlsx", "lib/exhibits/manual.en.md"),
    ):
        assert (wheel.package / name).is_file(), name
    ours = {path.relative_to(ROOT) for path in (ROOT / "lib").rglob("*") if path.is_file()}
    expected = {path for path in ours if "__pycache__" not in path.parts}
    assert {path for path in expected if not (wheel.package / path).is_file()} == set()
    assert not list(wheel.package.rglob("make_*.py"))


def test_every_import_of_ours_is_of_the_package(wheel):
    for path in wheel.package.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [each.name for each in getattr(node, "names", ()) if hasattr(node, "module")]
            if isinstance(node, ast.Import):
                names = [each.name for each in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert name.partition(".")[0] not in ("lib", "serve", "pages"), (path, name)


def test_nothing_but_imports_is_another_in_the_wheel():
    source = 'from lib.plan import Plan\n    from lib import x\nimport serve\nlib = "from lib.a"\n'
    assert inside(source) == (
        "from hepar.lib.plan import Plan\n    from hepar.lib import x\n"
        'from hepar import serve\nlib = "from lib.a"\n'
    )
    assert inside("from library import a\nfrom served import b\n") == (
        "from library import a\nfrom served import b\n"
    )


def test_it_says_what_requirements_say(wheel):
    with zipfile.ZipFile(wheel.wheel) as held:
        said = message_from_bytes(held.read(f"hepar-{__version__}.dist-info/METADATA"))
    needs = {str(Requirement(each)).lower() for each in said.get_all("Requires-Dist")}
    assert needs == {
        *(str(each).lower() for each in pins("requirements.txt").values()),
        *(
            f'{str(each).lower()}; extra == "{extra}"'
            for extra in ("registry", "spark")
            for each in pins(f"requirements-{extra}.txt").values()
        ),
    }
    assert said["Version"] == __version__


def test_it_is_the_same_bytes_when_it_is_built_again(wheel, tmp_path):
    assert built(tmp_path).read_bytes() == wheel.wheel.read_bytes()


def test_the_command_says_its_version_and_its_own_name(wheel):
    assert wheel.run("--version").stdout == f"hepar {__version__}\n"
    asked = wheel.run("--help")
    assert asked.returncode == 0
    assert asked.stdout.startswith("usage: hepar ")
    for code in ("0 done", "1 refused", "2 wrong arguments"):
        assert code in re.sub(r"\s+", " ", asked.stdout)


@pytest.mark.parametrize(
    "arguments",
    [[FILE], *(pytest.param(each, marks=pytest.mark.full) for each in (["--out", "x"], ["--no"]))],
)
def test_wrong_arguments_are_2(wheel, arguments):
    ran = wheel.run(*arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "usage: hepar" in ran.stderr and "Traceback" not in ran.stderr


def test_a_file_that_is_refused_is_1_and_a_sentence(wheel, tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"%PDF-1.7\n")
    ran = wheel.run(tmp_path / "a.xlsx", "--out", tmp_path / "out")
    assert ran.returncode == 1
    lines = [line for line in ran.stderr.splitlines() if not line.endswith("…")]
    assert len(lines) == 1 and "PDF" in lines[0], ran.stderr
    assert not (tmp_path / "out").exists()


def test_a_lib_of_the_visitors_own_is_left_alone(wheel, tmp_path):
    """Neither is taken for ours, nor hidden: a notebook stands in the visitor's folder."""
    (wheel.elsewhere / "lib").mkdir(exist_ok=True)
    (wheel.elsewhere / "lib" / "__init__.py").write_text("mine = 1\n")
    (wheel.elsewhere / "serve.py").write_text("raise SystemExit('the wrong one')\n")
    ran = wheel.python(
        "import sys, hepar, lib; assert lib.mine == 1; print(hepar.__version__);"
        "print('streamlit' in sys.modules)"
    )
    assert ran.stdout.split() == [__version__, "False"], ran.stderr


@pytest.fixture(params=["few", pytest.param("sample", marks=pytest.mark.full)])
def table(request, tmp_path):
    if request.param == "sample":
        return FILE
    file = tmp_path / "few.csv"
    file.write_bytes(as_csv({"os_months": range(1, 13), "os_event": [1, 0] * 6}))
    return file


def test_it_gives_the_results_that_the_tree_gives(wheel, table, tmp_path):
    ran = wheel.run(table, "--out", tmp_path / "installed")
    assert ran.returncode == 0, ran.stderr
    assert main([str(table), "--out", str(tmp_path / "tree")]) == 0
    for name in ("results.json", "plan.toml", "survival-os.html"):
        one, other = ((tmp_path / place / name).read_bytes() for place in ("installed", "tree"))
        assert one == other, name
