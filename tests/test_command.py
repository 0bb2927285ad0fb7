"""The same analyses without a browser, and that pages and command agree."""

import argparse
import errno
import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from time import sleep

import pytest

from lib import __main__, command, faults
from lib.analyses.everything import Everything
from lib.analyses.study import opening_plan
from lib.command import main
from lib.exhibits.study import of_study
from lib.export import html
from lib.faults import DescribedError
from lib.plan import Condition, Plan, StudyPlan, dumps, loads
from lib.workbooks.limits import MOST_MEGABYTES
from tests.conftest import BAD, REGISTRY, ROOT, SAMPLES, as_csv, sample, studied


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    assert main([str(SAMPLES["workbook"]), "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="module")
def results(folder):
    return json.loads((folder / "results.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """A file of which little is computed."""
    file = tmp_path_factory.mktemp("few") / "few.csv"
    file.write_bytes(as_csv({"os_months": range(1, 13), "os_event": [1, 0] * 6}))
    return file


def refused(capsys, *arguments):
    """Run the command, which must refuse; the sentence that it says."""
    assert main([str(argument) for argument in arguments]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    lines = [line for line in said.err.splitlines() if not line.endswith("…")]  # what took long
    assert len(lines) == 1, said.err
    assert "Traceback" not in said.err
    return lines[0]


# --- what it writes


def test_it_writes_every_exhibit_and_what_makes_them_again(folder, results):
    names = {path.name for path in folder.iterdir()}
    assert {"index.html", "plan.toml", "plotly.min.js", "results.json", "tables.xlsx"} <= names
    assert {"response.html", "survival-os.html", "compare-os.html", "complications.html"} <= names
    assert results["files"] == sorted(names)
    large = [path.name for path in folder.iterdir() if path.stat().st_size > 1_000_000]
    assert large == ["plotly.min.js"]  # the script, once


def test_every_page_says_that_the_patients_are_synthetic_and_asks_no_other_host(folder):
    for page in folder.glob("*-*.html"):
        words = page.read_text(encoding="utf-8")
        assert "<li>Synthetic patients." in words
        drawn = words.split("Plotly.newPlot")[1:]
        assert all("Synthetic patients" in figure for figure in drawn)  # in the figure as well
        assert set(re.findall(r"<script src[^>]*>", words)) <= {'<script src="plotly.min.js">'}
        assert "<link" not in words


def test_a_report_is_written_beside_them_and_what_cannot_be_is_named(
    few, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("BROWSER_PATH", "")
    out = tmp_path / "out"
    assert main([str(few), "--out", str(out), "--report", "docx, html,pdf"]) == 0
    assert {"report.docx", "report.html"} <= {path.name for path in out.iterdir()}
    said = [line for line in capsys.readouterr().err.splitlines() if "left out" in line]
    assert len(said) == 1
    assert said[0].endswith("so these are left out: the figures in DOCX, PDF.")
    listed = json.loads((out / "results.json").read_text("utf-8"))["files"]
    assert set(listed) == {path.name for path in out.iterdir()}
    assert main([str(few), "--out", str(out)]) == 0, "earlier reports are ours to replace"
    assert not (out / "report.docx").exists()


def test_a_format_that_there_is_not_is_refused(few, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main([str(few), "--out", str(tmp_path), "--report", "docx,odt"])
    assert ended.value.code == 2
    assert "a report is in some of: docx, html, pdf" in capsys.readouterr().err


def test_the_plan_reads_back_and_gives_the_same_results(folder, few, tmp_path):
    plan = loads((folder / "plan.toml").read_text(encoding="utf-8"))
    assert plan == opening_plan(sample("workbook"))
    one, again = tmp_path / "one", tmp_path / "again"
    assert main([str(few), "--out", str(one)]) == 0
    assert main([str(few), "--plan", str(one / "plan.toml"), "--out", str(again)]) == 0
    assert (again / "results.json").read_bytes() == (one / "results.json").read_bytes()


def test_its_pages_are_those_of_the_study_that_the_app_shows(folder):
    for shown in of_study(Everything(studied("workbook"))):
        written = (folder / f"{shown.key}.html").read_bytes()
        assert written == html.page(shown, alone=False), shown.key


def test_numbers_carry_counts_limits_and_methods(results):
    six = results["response"]["times"][1]["everyone"]
    assert six["counts"]["SD"] == 29
    rate = six["objective"][0]
    assert (rate["k"], rate["n"], rate["estimate"]["confidence"]) == (1, 36, 0.95)
    assert rate["estimate"]["method"] == "clopper-pearson"
    assert results["words"]["codes"]["clopper-pearson"] == "Clopper-Pearson limits"
    everyone = results["survival"]["OS"]["everyone"]
    assert (everyone["n"], everyone["events"]) == (36, 24)
    assert everyone["median"]["value"] == pytest.approx(22.0123203285421)
    by_time = {each["months"]: each["survival"]["value"] for each in everyone["milestones"]}
    assert by_time[12] == pytest.approx(30 / 36)
    assert results["survival"]["OS"]["groups"][1]["median"] == {
        "value": pytest.approx(23.523613963039),
        "low": pytest.approx(14.6858316221766),
        "high": None,
        "confidence": 0.95,
        "method": "kaplan-meier-log-log",
        "missing": "not-reached",
    }


def test_a_plan_narrows_what_is_analysed(tmp_path):
    chosen = Plan(study=StudyPlan(selection=(Condition("modality", ("HAI",)),)))
    (tmp_path / "hai.toml").write_text(dumps(chosen), encoding="utf-8")
    arguments = ["--plan", str(tmp_path / "hai.toml"), "--out", str(tmp_path)]
    assert main([str(SAMPLES["russian"]), *arguments]) == 0
    results = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    whence = results["provenance"]
    assert (whence["n"], whence["whole"]) == (20, 36)
    assert whence["plan"]["study"]["selection"][0]["levels"] == ["HAI"]
    last = whence["steps"][-1]
    assert (last["code"], last["removed"], last["left"]) == ("not-selected", 16, 20)
    assert last["condition"]["column"] == "modality"
    assert results["comparison"] is None


def odd(n=60):
    """A cohort whose levels are nothing that a file or a figure could be named by."""
    long = "x" * 32_000
    return {
        "modality": [long, "../../etc/passwd"] * (n // 2),
        "centre": ["Центр / 1", "Центр / 2", "A\\B"] * (n // 3),
        "ecog": ["0", "1"] * (n // 2),
        "ras": ["mutant", "wild type", ""] * (n // 3),
        "age": [40 + at % 40 for at in range(n)],
        "os_months": [1 + at % 23 for at in range(n)],
        "os_event": [at % 3 > 0 for at in range(n)],
        "response_6m": ["CR", "PR", "SD", "PD", "NE", "SD"] * (n // 6),
    }


@pytest.fixture(
    scope="module",
    params=["workbook", "odd levels", pytest.param("registry", marks=pytest.mark.full)],
)
def everything(request, tmp_path_factory):
    """All figures that are written of a cohort by their keys, and the names of all files."""
    place, drawn, page = tmp_path_factory.mktemp("all"), [], html.page
    file = SAMPLES.get(request.param, REGISTRY)
    if request.param == "odd levels":
        file = place / "odd.csv"
        file.write_bytes(as_csv(odd()))

    def kept(shown, *rest, **more):
        drawn.append((shown.key, shown.figure and shown.figure.checked()))
        return page(shown, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(html, "page", kept)
        assert main([str(file), "--out", str(place / "out")]) == 0
    return drawn, [path.name for path in (place / "out").iterdir()]


def test_every_result_has_a_file_of_its_own_with_a_plain_name(everything):
    drawn, names = everything
    assert len(drawn) >= 5
    assert len({key for key, _figure in drawn}) == len(drawn)
    pages = {name for name in names if name.endswith(".html")}
    assert {f"{key}.html" for key, _figure in drawn} == pages - {"index.html"}
    assert all(re.fullmatch(r"[a-z0-9-]{1,60}\.[a-z.]{2,8}", name) for name in names)


def texts(part):
    """All words that a figure draws, however deep they stand in it."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key not in ("customdata", "legendgroup", "bdata"):  # none of it is drawn
                yield from texts(value)
    elif isinstance(part, list | tuple):
        for each in part:
            yield from texts(each)
    elif isinstance(part, str):
        yield part


def test_no_label_of_a_figure_is_as_long_as_a_file_may_make_it(everything):
    drawn = [(key, figure) for key, figure in everything[0] if figure is not None]
    assert len(drawn) >= 5
    for key, figure in drawn:
        longest = max(texts(figure.to_plotly_json()), key=len)
        assert len(longest) < 450, (key, longest[:80])


# --- what it leaves where it fails


def held(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def kept(tmp_path):
    """A folder with results of an earlier run, and a file of the visitor's own."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "results.json").write_text('{"files": ["results.json", "survival-os.html"]}')
    (out / "survival-os.html").write_text("earlier")
    (out / "mine.txt").write_text("mine")
    return out


def full(*_arguments, **_more):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("at", ["drawing", 1, 3, 8])
def test_a_full_disk_is_one_sentence_and_leaves_all_as_it_was(few, capsys, monkeypatch, kept, at):
    """While pages are drawn, and while files are put in place."""
    before, moved, rename = held(kept), [], Path.rename

    def failing(path, target):
        moved.append(path)
        if len(moved) == at:
            full()
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", failing)
    if at == "drawing":
        monkeypatch.setattr(html, "page", full)
    assert refused(capsys, few, "--out", kept) == f"{kept}: No space left on device"
    assert held(kept) == before
    assert [path.name for path in kept.parent.iterdir()] == ["out"]


def test_results_replace_earlier_ones_and_nothing_else(few, kept):
    assert main([str(few), "--out", str(kept)]) == 0
    assert (kept / "mine.txt").read_text() == "mine"
    assert json.loads((kept / "results.json").read_text(encoding="utf-8"))["provenance"]
    assert (kept / "survival-os.html").read_text(encoding="utf-8") != "earlier"
    assert [path.name for path in kept.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("where", ["file", "file/out", "file/a/b/out"])
def test_a_folder_that_cannot_be_made_is_one_sentence(few, capsys, tmp_path, where):
    (tmp_path / "file").write_text("mine")
    said = refused(capsys, few, "--out", tmp_path / where)
    assert said.startswith(f"{tmp_path / where}: ")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "mine"
    assert main([str(few), "--out", str(tmp_path / "a" / "b")]) == 0  # those above are made


@pytest.mark.parametrize("where", ["importing", "drawing"])
def test_an_interruption_leaves_nothing_and_says_130(few, where, monkeypatch, tmp_path):
    def interrupted(*_arguments, **_more):
        raise KeyboardInterrupt

    if where == "importing":
        monkeypatch.setattr("builtins.__import__", interrupted)
        code = __main__.run()
        monkeypatch.undo()
    else:
        monkeypatch.setattr(html, "page", interrupted)
        monkeypatch.setattr(sys, "argv", ["lib", str(few), "--out", str(tmp_path / "out")])
        code = __main__.run()
    assert code == 130
    assert list(tmp_path.iterdir()) == []


def test_what_an_earlier_run_wrote_is_not_mixed_with_a_later_one(few, capsys, tmp_path):
    fewer = tmp_path / "fewer.csv"
    fewer.write_bytes(as_csv({"age": [50, 60], "sex": ["F", "M"]}))
    out = tmp_path / "out"
    assert main([str(few), "--out", str(out)]) == 0
    (out / "survival-mine.html").write_text("mine")
    assert main([str(fewer), "--out", str(out)]) == 0
    listed = json.loads((out / "results.json").read_text(encoding="utf-8"))["files"]
    assert sorted(listed) == listed == sorted(set(held(out)) - {"survival-mine.html"})
    assert (out / "survival-mine.html").read_text() == "mine"
    assert "survival-mine.html" in capsys.readouterr().err


@pytest.mark.parametrize(
    "files", ['["results.json", "../mine.txt"]', '["results.json", "mine.txt"]']
)
def test_no_file_is_taken_away_that_no_run_of_ours_wrote(few, files, kept, tmp_path):
    (kept / "survival-os.html").unlink()
    (tmp_path / "mine.txt").write_text("mine")
    (kept / "results.json").write_text(f'{{"files": {files}}}')
    assert main([str(few), "--out", str(kept)]) == 0
    assert (kept / "mine.txt").exists() and (tmp_path / "mine.txt").exists()


@pytest.mark.parametrize(
    "name", ["results.json", "plan.toml", "survival-os.html", "folder", "link"]
)
def test_no_file_is_replaced_that_no_run_of_ours_wrote(few, name, capsys, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    if name == "folder":
        (out / "results.json").mkdir()
    elif name == "link":
        (out / "results.json").symlink_to(tmp_path / "nowhere")
    else:
        (out / name).write_text("mine")
    taken = name if "." in name else "results.json"
    said = refused(capsys, few, "--out", out)
    assert said.startswith(f"{out}: {taken} is there already")
    assert [path.name for path in out.iterdir()] == [taken]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert name in ("folder", "link") or (out / name).read_text() == "mine"


def test_the_file_that_is_read_is_never_replaced(few, capsys, tmp_path):
    own = tmp_path / "results.json"
    own.write_bytes(few.read_bytes())
    assert "is there already" in refused(capsys, own, "--out", tmp_path)
    assert own.read_bytes() == few.read_bytes()


def test_a_folder_without_a_name_is_refused(few, capsys):
    with pytest.raises(SystemExit) as ended:
        main([str(few), "--out", ""])
    assert ended.value.code == 2
    assert "must have a name" in capsys.readouterr().err


def test_a_file_may_be_called_what_is_no_text(few, tmp_path):
    odd = tmp_path / os.fsdecode(b"\xff\xfe \n.xlsx")
    odd.write_bytes(few.read_bytes())
    assert main([str(odd), "--out", str(tmp_path / "out")]) == 0


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_whoever_stops_it_leaves_nothing(sign, code, tmp_path):
    """Where it is told what it is doing: while it computes and draws."""
    command = [
        sys.executable,
        "-m",
        "lib",
        str(SAMPLES["workbook"]),
        "--out",
        str(tmp_path / "out"),
    ]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as running:
        while not list(tmp_path.glob(".hepar-*")):
            assert running.poll() is None
            sleep(0.01)
        running.send_signal(sign)
        said = running.communicate(timeout=60)[1]
    assert running.returncode == code
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_that_a_library_lost_leaves_nothing_either(tmp_path):
    faults.interrupted.set()
    try:
        with pytest.raises(KeyboardInterrupt), command.whole(tmp_path / "out") as place:
            (place / "results.json").write_text("{}", encoding="utf-8")
    finally:
        faults.interrupted.clear()
    assert list(tmp_path.iterdir()) == []


def test_what_takes_long_is_said_again_and_again(capsys, monkeypatch):
    monkeypatch.setattr(command, "_FIRST", 0.05)
    monkeypatch.setattr(command, "_AGAIN", 0.05)
    with command._progress("Drawing"):
        sleep(0.3)
    with command._progress("Reading"):
        pass
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) >= 2 and set(lines) == {"Drawing…"}


# --- what it refuses


def test_it_runs_as_a_module_and_exits_with_1(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "lib", str(tmp_path / "none.xlsx"), "--out", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stderr.splitlines() == [f"{tmp_path / 'none.xlsx'}: No such file or directory"]


@pytest.mark.parametrize("name", BAD)
def test_an_unreadable_file_is_refused_in_one_sentence(capsys, tmp_path, name):
    data, why = BAD[name]
    (tmp_path / name).write_bytes(data)
    assert why in refused(capsys, tmp_path / name, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("what", ["cohort", "plan"])
def test_no_more_is_read_of_a_file_than_shows_that_it_is_too_large(few, capsys, tmp_path, what):
    endless = "/dev/zero"
    given = [endless] if what == "cohort" else [few, "--plan", endless]
    said = refused(capsys, *given, "--out", tmp_path / "out")
    assert said.startswith(f"{endless}: larger than {MOST_MEGABYTES} MB")


def test_the_command_reads_as_large_a_file_as_the_server_does():
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["maxUploadSize"] == MOST_MEGABYTES


@pytest.mark.parametrize("step", ["read_cohort", "opening_plan", "write", "_tell_of_others"])
@pytest.mark.parametrize("failure", [ValueError, MemoryError, RecursionError, DescribedError])
def test_what_nobody_foresaw_is_one_sentence_and_one_line_without_data(
    few, step, failure, capsys, caplog, monkeypatch, tmp_path
):
    def fails(*_arguments, **_more):
        raise failure("Ivanova 9999")

    monkeypatch.setattr(command, step, fails)
    if step != "write":
        monkeypatch.setattr(command, "write", lambda *_: None)
    said = refused(capsys, few, "--out", tmp_path / "out")
    assert "not with your file" in said
    (line,) = caplog.messages
    assert "\n" not in line
    assert ("Ivanova" in line) == (failure is DescribedError)


def test_a_folder_in_place_of_a_file_and_a_plan_that_is_no_text_are_refused(few, capsys, tmp_path):
    out = tmp_path / "out"
    assert "directory" in refused(capsys, tmp_path, "--out", out)
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe\x00\x81")
    said = refused(capsys, few, "--plan", tmp_path / "bad.toml", "--out", out)
    assert said.startswith(f"{tmp_path / 'bad.toml'}: ")


@pytest.mark.cases
def test_a_bad_plan_is_refused_in_one_sentence(capsys, tmp_path, toml):
    (tmp_path / "bad.toml").write_text(toml, encoding="utf-8")
    file = tmp_path / "few.csv"
    file.write_bytes(as_csv({"best_response": ["PR", "SD"], "sex": ["F", "M"]}))
    sentence = refused(capsys, file, "--plan", tmp_path / "bad.toml", "--out", tmp_path / "out")
    assert sentence.startswith(f"{tmp_path / 'bad.toml'}: ")
    assert not (tmp_path / "out").exists()


def test_registries_are_offered_where_the_app_is_opened():
    asked = []

    def opened(*given):
        asked.append(given)
        return 0

    given = ["--registry", "/a", "--no-browser", "--registry", "postgresql://db/b"]
    assert command.main(given, opened=opened) == 0
    assert asked == [(0, False, ["/a", "postgresql://db/b"])]


def test_it_writes_in_the_language_that_is_asked_for_and_the_same_numbers(few, tmp_path):
    for code in ("en", "ru"):
        assert main(["--lang", code, str(few), "--out", str(tmp_path / code)]) == 0
    for name in ("results.json", "plan.toml"):
        assert (tmp_path / "ru" / name).read_bytes() == (tmp_path / "en" / name).read_bytes()
    page = {
        code: (tmp_path / code / "survival-os.html").read_text("utf-8") for code in ("en", "ru")
    }
    assert '<html lang="ru">' in page["ru"] and "Общая выживаемость" in page["ru"]
    assert '<html lang="en">' in page["en"] and "Общая" not in page["en"]
    assert '"separators":",' in page["ru"] and '"separators":".' in page["en"]


def test_a_language_without_a_catalogue_is_refused(few, tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--lang", "tlh", str(few), "--out", str(tmp_path / "out")])
    assert ended.value.code == 2 and "tlh" in capsys.readouterr().err


def test_what_the_command_says_is_in_the_language_that_is_asked_for(tmp_path, capsys):
    for arguments in (["--help"], ["--no-such-thing"], ["a.xlsx", "--counts", "x"]):
        with pytest.raises(SystemExit):
            main(["--lang", "ru", *arguments])
    assert main(["--lang", "ru", str(tmp_path / "none.xlsx"), "--out", str(tmp_path / "o")]) == 1
    said = "".join(capsys.readouterr())
    assert "Нет такого файла или папки" in said and "показать эту справку и выйти" in said
    left = re.sub(r"--?[\w-]+|\b[A-Z]{2,}\b|python -m \w+|/\S+|«[^»]*»|\.?\w+\.\w+", " ", said)
    kept = {"docx", "html", "pdf", "figures", "xlsx", "zip", "en", "ru", "none", "pytest", "lib"}
    kept |= {"Excel", "Stata", "hepar"}
    assert {*re.findall("[A-Za-z]{2,}", left)} - kept == set()
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "usage: " in capsys.readouterr().out


def test_argparse_still_says_what_is_translated():
    said = Path(argparse.__file__).read_text("utf-8")
    words = [each.encode("unicode_escape").decode() for each in command.OF_ARGPARSE]
    assert [each for each in words if each not in said] == []
