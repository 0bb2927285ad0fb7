"""An analysis that anyone can make again: what goes into it, and what its check finds."""

import io
import json
import os
import platform
import re
import subprocess
import sys
import zipfile

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

import hepar
from lib import __version__, text
from lib.command import main
from lib.export import bundle, chromium, digests
from lib.export.bundle import BundleError, verified
from tests.conftest import ROOT, as_csv, studied

COLUMNS = {
    "ФИО": [f"Иванов{chr(1040 + at)} Пётр" for at in range(24)],
    "modality": ["HAI", "TACE"] * 12,
    "centre": ["A", "A", "B", "B"] * 6,
    "age": [40 + at for at in range(24)],
    "os_months": [1 + at * 1.37 for at in range(24)],
    "os_event": [at % 3 > 0 for at in range(24)],
    "comment": [f"seen by Dr. Smith {at}" for at in range(24)],
    "marker": [at % 5 for at in range(24)],
}


@pytest.fixture(scope="module")
def study():
    cohort = hepar.read(as_csv(COLUMNS), name="отделение.csv")
    text = 'confidence = 0.9\n[study]\nby = "centre"\n'
    text += '[[study.selection]]\ncolumn = "age"\nlow = 43\n'
    return hepar.study(cohort, hepar.plan(text=text))


@pytest.fixture(scope="module")
def made(study):
    return bundle.bundle(study)


def unpacked(data):
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def packed(files, sums=True):
    """A bundle of files; with sums that are true of them, unless told."""
    files = dict(files)
    if sums:
        files.pop(bundle.SUMS, None)
        files[bundle.SUMS] = bundle._sums(files)
    return bundle.zipped(files)


# --- what is in it


def test_it_holds_all_of_it_and_is_the_same_when_it_is_made_again(made, study):
    files = unpacked(made)
    assert set(files) == {*bundle.NAMES, bundle.SUMS}
    found = verified("b.zip", made)
    assert found.is_the_same, found
    assert found.same == found.values > 500
    assert __version__ in files["README.txt"].decode()
    assert study.as_read.source.sha256 in files["README.txt"].decode()


def test_the_same_study_gives_the_same_bytes(made):
    cohort = hepar.read(as_csv(COLUMNS), name="отделение.csv")
    text = unpacked(made)["plan.toml"].decode()
    chosen = 'confidence = 0.9\n[study]\nby = "centre"\n'
    chosen += '[[study.selection]]\ncolumn = "age"\nlow = 43\n'
    assert "confidence = 0.9" in text
    assert bundle.bundle(hepar.study(cohort, hepar.plan(text=chosen))) == made


def test_its_numbers_are_those_of_the_file(made, study):
    ours = json.loads(json.dumps(hepar.results(study)))
    theirs = json.loads(unpacked(made)["results.json"])
    for part in ("survival", "response", "comparison", "baseline"):
        assert ours[part] == theirs[part]
    assert theirs["provenance"]["plan"]["study"]["by"] == "centre"


def test_nothing_of_it_identifies_a_patient(made, study):
    """Neither names, nor codes, nor what somebody wrote; the file's own words may be anywhere."""
    for name, data in unpacked(made).items():
        parts = unpacked(data).values() if name.endswith(".xlsx") else [data]
        for part in parts:
            for word in ("Иванов", "Smith", "Пётр"):
                assert word.encode() not in part, name
    book = CalamineWorkbook.from_filelike(io.BytesIO(unpacked(made)["data.xlsx"]))
    rows = book.get_sheet_by_name("patients").to_python()
    assert "comment" not in rows[0]
    codes = [row[rows[0].index("patient_id")] for row in rows[1:]]
    assert codes == [f"P{at:02d}" for at in range(1, 25)]


def test_a_cell_that_could_not_be_read_stays_one_and_findings_do_not_tell_it():
    ages = ["50", "Ivanova 8 903", *map(str, range(50, 60))]
    columns = {"age": ages, "response_6m": ["SD", "PR", "?!x"] * 4}
    study = hepar.study(hepar.read(as_csv(columns), name="a.csv"))
    assert any("Ivanova" in finding.value for finding in study.as_read.findings)
    said = unpacked(bundle.bundle(study))["findings.csv"].decode("utf-8-sig")
    assert "Ivanova" not in said
    table = pd.read_csv(io.StringIO(said))
    assert "age" in table["column"].tolist()
    assert table["rows"].astype(str).str.contains("3").any()


def test_its_script_makes_the_same_numbers(made, tmp_path):
    with zipfile.ZipFile(io.BytesIO(made)) as held:
        held.extractall(tmp_path)
    script = [sys.executable, str(tmp_path / "again.py")]
    paths = {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(script, cwd=tmp_path, env=paths, capture_output=True, text=True)
    assert (ran.stdout, ran.stderr) == ("", "")
    kept = (tmp_path / "results.json").read_bytes().replace(b'"events": 14', b'"events": 15', 1)
    (tmp_path / "results.json").write_bytes(kept)
    ran = subprocess.run(script, cwd=tmp_path, env=paths, capture_output=True, text=True)
    assert re.fullmatch(r"\S+\.events 15 14\n", ran.stdout)


def test_its_sums_are_those_of_the_usual_tool(made, tmp_path):
    files = unpacked(made)
    lines = files[bundle.SUMS].decode().splitlines()
    assert all(re.fullmatch(r"[0-9a-f]{64}  [\w.]+", line) for line in lines)
    assert len(lines) == len(files) - 1


def test_files_of_a_report_go_along_and_what_is_left_out_is_named(study):
    along = {"report.html": b"<p>report</p>", "figure-1.svg": b"<svg/>", "figure-12.png": b"PNG"}
    made = bundle.bundle(study, along, "Left out: PDF.")
    files = unpacked(made)
    assert {name: files[name] for name in along} == along
    readme = files["README.txt"].decode()
    assert "report.*" in readme and "figure-*" in readme and "\nLeft out: PDF.\n" in readme
    assert verified("b.zip", made).is_the_same
    for name in along:
        assert verified("b.zip", packed(files | {name: b"x"}, sums=False)).altered == (name,)


def test_none_is_written_whose_numbers_would_be_others(study, monkeypatch):
    real = bundle._data

    def another(cohort):
        patients = cohort.patients.assign(age=cohort.patients["age"] + 1)
        return real(hepar.Cohort(patients, cohort.tables, cohort.extra))

    monkeypatch.setattr(bundle, "_data", another)
    with pytest.raises(BundleError) as refused:
        bundle.bundle(study)
    assert refused.value.code == "bundle-not-the-same"
    assert "(provenance.n: 21, 22)" in text.error(refused.value)


@pytest.mark.full
@pytest.mark.parametrize("sample", ["workbook", "russian", "registry"])
def test_the_samples_are_bundled_and_found_the_same(sample):
    assert verified("b.zip", bundle.bundle(studied(sample))).is_the_same


# --- what its check finds


def cell(data, change):
    """The workbook with one row of its patients changed."""
    sheets = {}
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for name in book.sheet_names:
        sheets[name] = book.get_sheet_by_name(name).to_python()
    change(sheets["patients"])
    buffer = io.BytesIO()
    with pd.ExcelWriter(buffer, engine="xlsxwriter") as writer:
        for name, rows in sheets.items():
            pd.DataFrame(rows).to_excel(writer, sheet_name=name, index=False, header=False)
    return buffer.getvalue()


def one_digit(rows):
    rows[5][rows[0].index("os_months")] += 0.1


def one_row(rows):
    del rows[7]


def altered(made, file, change):
    files = unpacked(made)
    files[file] = change(files[file])
    return files


ALTERED = {
    "a digit of the data": ("data.xlsx", lambda data: cell(data, one_digit), "survival"),
    "a row of the data": ("data.xlsx", lambda data: cell(data, one_row), "provenance.n"),
    "a digit of the plan": (
        "plan.toml",
        lambda data: data.replace(b"confidence = 0.9\n", b"confidence = 0.8\n"),
        "provenance.plan.confidence",
    ),
    "a digit of the results": (
        "results.json",
        lambda data: data.replace(b'"events": 14', b'"events": 15', 1),
        "events",
    ),
}


@pytest.mark.parametrize("what", ALTERED)
@pytest.mark.parametrize("sums", [False, True], ids=["sums as they were", "sums made again"])
def test_what_was_changed_is_found_and_named(made, what, sums):
    file, change, where = ALTERED[what]
    files = altered(made, file, change)
    assert files[file] != unpacked(made)[file]
    found = verified("b.zip", packed(files, sums))
    assert not found.is_the_same
    assert found.altered == (() if sums else (file,))
    assert any(where in change.path for change in found.changes), found.changes[:5]
    assert found.same < found.values


def test_a_changed_digit_of_the_results_is_the_only_one_named(made):
    file, change, _where = ALTERED["a digit of the results"]
    found = verified("b.zip", packed(altered(made, file, change)))
    ((path, was, now),) = found.changes
    assert (path.rpartition(".")[2], was, now) == ("events", 15, 14)
    assert found.same == found.values - 1


def told_of(found):
    return [(each.what, each.table, each.row, each.patient, each.columns) for each in found.cells]


def test_the_cell_that_was_changed_is_named(made, tmp_path, capsys):
    files = altered(made, "data.xlsx", lambda data: cell(data, one_digit))
    found = verified("b.zip", packed(files))
    assert told_of(found) == [("changed", "patients", 6, "P05", ("os_months",))]
    (tmp_path / "b.zip").write_bytes(packed(files))
    assert main(["verify", str(tmp_path / "b.zip")]) == 3
    said = capsys.readouterr().out
    assert "data.xlsx, patients: row 6 (P05), os_months is not what it was.\n" in said


def test_a_cell_that_no_number_depends_on_is_named_too(made):
    def change(rows):
        rows[8][rows[0].index("marker")] = 7

    found = verified("b.zip", packed(altered(made, "data.xlsx", lambda data: cell(data, change))))
    assert told_of(found) == [("changed", "patients", 9, "P08", ("marker",))]
    assert not found.is_the_same


def test_a_row_or_column_that_is_lacking_or_added_is_named(made):
    def another(rows):
        rows.insert(3, [*rows[2]])
        rows[3][rows[0].index("patient_id")] = "P99"

    def no_column(rows):
        at = rows[0].index("marker")
        for row in rows:
            del row[at]

    for change, told in (
        (one_row, ("lacking", "patients", 8, "P07", ())),
        (another, ("added", "patients", 4, "P99", ())),
        (no_column, ("lacking", "patients", 0, "", ("marker",))),
    ):
        files = altered(made, "data.xlsx", lambda data, change=change: cell(data, change))
        assert told_of(verified("b.zip", packed(files))) == [told]


def last_digit(data):
    (first, last) = re.search(rb"(\d\.\d{13,}?)(\d)\b", data).groups()
    return data.replace(first + last, first + (b"1" if last != b"1" else b"2"))


@pytest.mark.parametrize("sums", [False, True], ids=["sums as they were", "sums made again"])
def test_a_digit_past_the_ninth_is_found_and_named(made, sums, tmp_path, capsys):
    files = altered(made, "results.json", last_digit)
    found = verified("b.zip", packed(files, sums))
    assert found.altered == (() if sums else ("results.json",))
    assert found.changes == () and len(found.close) >= 1
    for path, was, now in found.close:
        assert was != now and float(was) == pytest.approx(float(now), rel=1e-9), path
    (tmp_path / "b.zip").write_bytes(packed(files, sums))
    assert not found.is_the_same and found.same == found.values - len(found.close)
    assert main(["verify", str(tmp_path / "b.zip")]) == 3
    said = capsys.readouterr().out
    assert f"{found.close[0].path} was {found.close[0].was}, is {found.close[0].now}\n" in said
    assert said.splitlines()[-1] == "It is not the same."


def test_another_processor_may_round_digits_past_the_ninth_otherwise(made, monkeypatch):
    """They are named, and tell nothing; any digit before them does."""
    files = altered(made, "results.json", last_digit)
    there = packed({**files, bundle.ARITHMETIC: b"rounds otherwise"})
    found = verified("b.zip", there)
    assert found.elsewhere and found.close and found.is_the_same and found.same == found.values
    monkeypatch.setattr(digests, "arithmetic", lambda: b"rounds otherwise")
    assert not verified("b.zip", there).is_the_same


def test_processors_that_round_otherwise_are_told_apart():
    """The library of numbers takes the instructions of the processor that it is told to have."""
    asks = "from lib.export.digests import arithmetic; print(arithmetic().decode())"
    told = set()
    for kind in ("Haswell", "Nehalem"):
        env = {**os.environ, "OPENBLAS_CORETYPE": kind}
        run = subprocess.run(
            [sys.executable, "-c", asks], cwd=ROOT, env=env, capture_output=True, check=True
        )
        told.add(run.stdout)
    is_intel = platform.machine() in ("x86_64", "AMD64")
    assert len(told) == (2 if is_intel else 1)


@pytest.mark.full
def test_any_byte_of_the_plan_is_found(made):
    files = unpacked(made)
    for at in range(0, len(files["plan.toml"]), 37):
        plan = bytearray(files["plan.toml"])
        plan[at] = ord("#") if plan[at] != ord("#") else ord("x")
        try:
            found = verified("b.zip", packed(files | {"plan.toml": bytes(plan)}, sums=False))
        except BundleError as problem:
            assert problem.code == "bundle-unreadable"
        else:
            assert found.altered == ("plan.toml",)


def test_a_file_that_was_added_or_is_lacking_is_named(made):
    files = unpacked(made)
    with_more = packed(files | {"report.pdf": b"%PDF"}, sums=False)
    assert verified("b.zip", with_more).added == ("report.pdf",)
    del files["again.py"]
    assert verified("b.zip", packed(files, sums=False)).lacking == ("again.py",)
    found = verified("b.zip", packed(files))
    assert found.lacking == ("again.py",) and not found.is_the_same


def test_another_version_is_named(made, tmp_path, capsys):
    old = f'hepar = "{__version__}"'.encode()
    files = altered(made, "plan.toml", lambda plan: plan.replace(old, b'hepar = "0.1.0"'))
    (tmp_path / "b.zip").write_bytes(packed(files))
    assert main(["verify", str(tmp_path / "b.zip")]) == 3
    said = capsys.readouterr().out
    assert f"Written by Hepar 0.1.0; this is Hepar {__version__}." in said
    values = re.search(r"(\d+) of (\d+) values are the same", said)
    assert values and values[1] == values[2]


def test_values_that_differ_are_told_wherever_they_stand():
    was = {"a": 1, "b": [1, {"c": None}], "d": {"e": 1}, "f": 1.0}
    assert list(bundle.changes(was, json.loads(json.dumps(was)))) == []
    now = {"a": 2, "b": [1], "d": [1, 2], "f": 1, "g": "new"}
    assert [tuple(each) for each in bundle.changes(was, now)] == [
        ("a", 1, 2),
        ("b[1].c", None, None),
        ("d.e", 1, None),
        ("d[0]", None, 1),
        ("d[1]", None, 2),
        ("f", 1.0, 1),
        ("g", None, "new"),
    ]
    assert list(bundle.changes([1 / 3, 0.0], [1 / 3 + 1e-16, 1e-15])) == []
    assert [each.was for each in bundle.changes([1 / 3, 20_000], [0.33333333, 20_001])] == [
        1 / 3,
        20_000,
    ]


def of_zip(entries, **more):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as held:
        for name, data in entries:
            held.writestr(name, data)
    return buffer.getvalue()


def truncated(made):
    return made[: len(made) // 2]


def damaged(made):
    at = made.index(b"again.py") + 40
    return made[:at] + bytes(64) + made[at + 64 :]


BAD = {
    "no zip": (lambda made: b"nothing of the kind", "bundle-no-zip"),
    "nothing": (lambda made: b"", "bundle-no-zip"),
    "cut short": (truncated, "bundle-no-zip"),
    "damaged": (damaged, "bundle-no-zip"),
    "a path outside": (lambda made: of_zip([("../plan.toml", "x")]), "bundle-foreign"),
    "a root": (lambda made: of_zip([("/etc/passwd", "x")]), "bundle-foreign"),
    "a folder": (lambda made: of_zip([("data.xlsx/", "")]), "bundle-foreign"),
    "another kind": (lambda made: of_zip([("a.exe", "x")]), "bundle-foreign"),
    "empty": (lambda made: of_zip([]), "bundle-lacks"),
    "no data": (
        lambda made: packed({n: d for n, d in unpacked(made).items() if n != "data.xlsx"}),
        "bundle-lacks",
    ),
    "results that are none": (
        lambda made: packed(altered(made, "results.json", lambda data: b"[" * 100_000)),
        "bundle-unreadable",
    ),
    "results of another kind": (
        lambda made: packed(altered(made, "results.json", lambda data: b"[1]")),
        "bundle-unreadable",
    ),
    "a plan that is none": (
        lambda made: packed(altered(made, "plan.toml", lambda data: b"\xff")),
        "bundle-unreadable",
    ),
    "sums of cells that are none": (
        lambda made: packed(altered(made, "cells.json", lambda data: b'{"patients": [1]}')),
        "bundle-unreadable",
    ),
    "sums that are none": (
        lambda made: packed(altered(made, bundle.SUMS, lambda data: b"\xff x"), sums=False),
        "bundle-unreadable",
    ),
    "many files": (lambda made: of_zip([(f"{at}", "") for at in range(999)]), "bundle-too-much"),
    "a bomb": (lambda made: of_zip([("data.xlsx", bytes(300 << 20))]), "bundle-too-much"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("what", [*BAD, "one name twice"])
def test_what_is_no_bundle_is_one_sentence_and_1(made, what, tmp_path, capsys):
    twice = (lambda made: of_zip([("plan.toml", "a"), ("plan.toml", "b")]), "bundle-too-much")
    make, code = {**BAD, "one name twice": twice}[what]
    (tmp_path / "b.zip").write_bytes(make(made))
    with pytest.raises(BundleError) as refused:
        verified("b.zip", make(made))
    assert refused.value.code == code
    assert main(["verify", str(tmp_path / "b.zip")]) == 1
    said = capsys.readouterr()
    sentences = [line for line in said.err.splitlines() if not line.endswith("…")]
    assert said.out == "" and len(sentences) == 1
    assert "Traceback" not in said.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.zip"]


def test_data_that_cannot_be_read_are_told_and_3(made, tmp_path, capsys):
    files = altered(made, "data.xlsx", lambda data: b"PK\x03\x04 no more")
    (tmp_path / "b.zip").write_bytes(packed(files))
    assert main(["verify", str(tmp_path / "b.zip")]) == 3
    assert "cannot be made again" in capsys.readouterr().out


def test_the_command_writes_a_bundle_and_checks_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv(chromium.PATH, "")
    file = tmp_path / "few.csv"
    file.write_bytes(as_csv({"os_months": range(1, 13), "os_event": [1, 0] * 6}))
    assert main([str(file), "--out", str(tmp_path / "out"), "--report", "html,zip"]) == 0
    listed = json.loads((tmp_path / "out" / "results.json").read_text("utf-8"))["files"]
    assert "bundle.zip" in listed
    assert "these are left out" in capsys.readouterr().err
    written = (tmp_path / "out" / "report.html").read_bytes()
    files = unpacked((tmp_path / "out" / "bundle.zip").read_bytes())
    assert files["report.html"] == written
    assert {"report.docx", "report.xlsx"} <= {*files}
    assert "these are left out: the figures in DOCX, PDF, figures" in files["README.txt"].decode()
    assert not (tmp_path / "out" / "report.docx").exists()  # which nobody asked for beside it
    assert main(["verify", str(tmp_path / "out" / "bundle.zip")]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Nothing is another."
    assert main(["verify", str(tmp_path / "none.zip")]) == 1
    with pytest.raises(SystemExit) as ended:
        main(["verify"])
    assert ended.value.code == 2
    assert main([str(file), "--out", str(tmp_path / "out")]) == 0  # replaced as all of a run is
    assert not (tmp_path / "out" / "bundle.zip").exists()
