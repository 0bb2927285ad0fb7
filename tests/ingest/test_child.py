"""The process that reads workbooks: whose fault it is when it does not answer."""

import io
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import xlsxwriter

from lib.cohort import CohortError
from lib.ingest import workbook
from lib.workbooks import book, child
from tests.ingest.conftest import CLEAN

TOP = Path(__file__).parents[2]


def clean():
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet("patients")
        for number, row in enumerate(CLEAN):
            sheet.write_row(number, 0, row)
    return data.getvalue()


DATA = clean()


def program(folder, name, says):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("where", ["PYTHONPATH", "PYTHONUSERBASE"])
def test_a_workbook_is_read_wherever_the_packages_are_installed(where, tmp_path):
    """In the variable that names them, or in the user's own folder, as ``pip --user`` has them."""
    packages = sysconfig.get_path("purelib")
    places = {"PYTHONPATH": os.pathsep.join([str(TOP), packages])}
    if where == "PYTHONUSERBASE":
        own = tmp_path / sysconfig.get_path("purelib", "posix_user", {"userbase": "."})
        own.parent.mkdir(parents=True)
        own.symlink_to(packages)
        places = {"PYTHONPATH": str(TOP), "PYTHONUSERBASE": str(tmp_path)}
    (tmp_path / "a.xlsx").write_bytes(DATA)
    says = (
        "import sys; from lib.ingest import workbook;"
        "print(len(workbook.found_in(open(sys.argv[1], 'rb').read())))"
    )
    ran = subprocess.run(
        [sys._base_executable, "-c", says, str(tmp_path / "a.xlsx")],
        env={"PATH": os.environ["PATH"], **places},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout.strip(), ran.stderr) == ("1", "")


@pytest.mark.parametrize("executable", ["", None, "/opt/hepar/hepar", "/usr/sbin/httpd"])
def test_a_python_inside_another_program_reads_in_its_own_process(executable, monkeypatch):
    monkeypatch.setattr(workbook.sys, "executable", executable)
    monkeypatch.setattr(workbook.subprocess, "run", None)
    assert workbook.found_in(DATA)[0][0] == "patients"


def test_a_frozen_program_reads_in_its_own_process(monkeypatch):
    monkeypatch.setattr(workbook.sys, "frozen", True, raising=False)
    monkeypatch.setattr(workbook.subprocess, "run", None)
    assert workbook.found_in(DATA)[0][0] == "patients"


@pytest.mark.parametrize(
    ("says", "sentence", "logged"),
    [
        ("exit 1", workbook.NOT_STARTED, "ended with 1"),
        ("exit 0", workbook.NOT_STARTED, "ended with 0"),
        ("echo 'python: cannot open' >&2; exit 2", workbook.NOT_STARTED, "cannot open"),
        ("echo PanicException >&2; exit 1", workbook.GAVE_UP, "PanicException"),
        (f"exit {child.NO_READER}", workbook.NO_READER, f"ended with {child.NO_READER}"),
        ("kill -9 $$", workbook.STOPPED, "ended with -9"),
        ("kill -15 $$", workbook.STOPPED, "ended with -15"),
    ],
)
def test_an_end_that_is_not_the_workbooks_fault_is_not_told_as_such(
    says, sentence, logged, tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(workbook.sys, "executable", program(tmp_path, "python3", says))
    with pytest.raises(CohortError) as refused:
        workbook.found_in(DATA)
    assert refused.value.message == sentence
    assert "damaged" not in sentence
    assert logged in caplog.text


def test_a_program_that_cannot_be_started_is_told_as_such(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(workbook.sys, "executable", str(tmp_path / "python3"))
    with pytest.raises(CohortError) as refused:
        workbook.found_in(DATA)
    assert refused.value.message == workbook.NOT_STARTED
    assert "FileNotFoundError" in caplog.text


@pytest.mark.parametrize("says", [f"exit {child.NO_MEMORY}", "kill -6 $$"])
def test_what_needs_too_much_memory_is_told_as_such(says, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook.sys, "executable", program(tmp_path, "python3", says))
    with pytest.raises(CohortError) as refused:
        workbook.found_in(DATA)
    assert refused.value.message == workbook.NO_MEMORY


def test_a_missing_reader_is_named_and_no_message_of_an_error_is(monkeypatch, capfd):
    monkeypatch.setattr(child, "limit_memory", lambda: None)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    monkeypatch.delitem(sys.modules, "lib.workbooks.book")
    monkeypatch.delattr("lib.workbooks.book")
    assert child.main([]) == child.NO_READER
    sys.excepthook(ValueError, ValueError("Иванов И. И."), None)
    assert capfd.readouterr().err.splitlines() == [
        "ModuleNotFoundError: python_calamine",
        "ValueError",
    ]


def test_a_damaged_workbook_is_the_workbooks_fault():
    with pytest.raises(CohortError) as refused:
        workbook.found_in(DATA[:2000])
    assert refused.value.message == workbook.UNREADABLE
    assert book.sheets(DATA[:2000]) == book.UNREADABLE
