"""The process that reads a file: whose fault it is when it does not answer."""

import errno
import os
import subprocess
import sys
import sysconfig

import pytest

from lib.cohort import CohortError
from lib.worker import child, pool, process
from tests.conftest import ROOT, SAMPLES, as_csv

TEXT = as_csv({"modality": ["HAI", "TACE"] * 6, "os_months": range(1, 13), "os_event": [1, 0] * 6})
READER = """
import pathlib, sys
from lib.worker import pool
if __name__ == "__main__":
    path = pathlib.Path(sys.argv[1])
    print(len(pool.read_cohort(path.name, path.read_bytes())))
"""


def program(folder, says):
    path = folder / "python3"
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    "where", ["PYTHONPATH", pytest.param("PYTHONUSERBASE", marks=pytest.mark.full)]
)
def test_a_file_is_read_wherever_the_packages_are_installed(where, tmp_path):
    """In the variable that names them, or in the user's own folder, as ``pip --user`` has them."""
    packages = sysconfig.get_path("purelib")
    places = {"PYTHONPATH": os.pathsep.join([str(ROOT), packages])}
    if where == "PYTHONUSERBASE":
        own = tmp_path / sysconfig.get_path("purelib", "posix_user", {"userbase": "."})
        own.parent.mkdir(parents=True)
        own.symlink_to(packages)
        places = {"PYTHONPATH": str(ROOT), "PYTHONUSERBASE": str(tmp_path)}
    ran = subprocess.run(
        [sys._base_executable, "-c", READER, str(SAMPLES["workbook"])],
        env={"PATH": os.environ["PATH"], **places},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout.strip(), ran.stderr) == ("36", "")


def no_program(*_arguments, **_more):
    raise AssertionError("another process was started")


@pytest.mark.parametrize("executable", ["", None, "/opt/hepar/hepar", "/usr/sbin/httpd", "frozen"])
def test_a_python_inside_another_program_reads_in_its_own_process(executable, monkeypatch):
    if executable == "frozen":
        monkeypatch.setattr(process.sys, "frozen", True, raising=False)
    else:
        monkeypatch.setattr(process.sys, "executable", executable)
    monkeypatch.setattr(process.subprocess, "Popen", no_program)
    assert len(pool.read_cohort("a.csv", TEXT)) == 12


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOSYS])
def test_where_no_process_may_be_started_it_is_read_in_this_one(number, monkeypatch):
    def refused(*_arguments, **_more):
        raise OSError(number, "no")

    monkeypatch.setattr(process.subprocess, "Popen", refused)
    assert len(pool.read_cohort("a.csv", TEXT)) == 12


@pytest.mark.cases
def test_an_end_that_is_not_the_files_fault_is_not_told_as_such(
    says, sentence, logged, tmp_path, monkeypatch, caplog
):
    monkeypatch.setattr(process.sys, "executable", program(tmp_path, says))
    with pytest.raises(CohortError) as refused:
        pool.read_cohort("a.csv", TEXT)
    assert refused.value.message == sentence
    assert "damaged" not in sentence
    assert logged in caplog.text


def test_a_program_that_cannot_be_started_is_told_as_such(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(process.sys, "executable", str(tmp_path / "python3"))
    with pytest.raises(CohortError) as refused:
        pool.read_cohort("a.csv", TEXT)
    assert refused.value.message == process.NOT_STARTED
    assert "FileNotFoundError" in caplog.text


@pytest.mark.parametrize("says", [f"exit {child.NO_MEMORY}", "kill -6 $$"])
def test_what_needs_too_much_memory_is_told_as_such(says, tmp_path, monkeypatch):
    monkeypatch.setattr(process.sys, "executable", program(tmp_path, says))
    with pytest.raises(CohortError) as refused:
        pool.read_cohort("a.xlsx", TEXT)
    assert refused.value.message == process.NO_MEMORY


@pytest.mark.cases
def test_a_worker_that_hangs_is_ended_and_told(says, sentence, tmp_path, monkeypatch):
    monkeypatch.setattr(process.sys, "executable", program(tmp_path, says))
    monkeypatch.setattr(process, "SECONDS", 0.3)
    with pytest.raises(CohortError) as refused:
        pool.read_cohort("a.csv", TEXT)
    assert refused.value.message == sentence


@pytest.mark.parametrize("missing", ["python_calamine", "lib.ingest"])
def test_what_is_missing_is_named_and_told(missing, monkeypatch, caplog):
    monkeypatch.setattr(
        child, "START", f"import sys; sys.modules['{missing}'] = None; {child.START}"
    )
    with pytest.raises(CohortError) as refused:
        pool.read_cohort("a.csv", TEXT)
    assert refused.value.message == process.NO_READER
    assert f"ModuleNotFoundError: {missing}" in caplog.text


def test_no_message_of_an_error_leaves_the_worker(capsys):
    child._name(ValueError, ValueError("Иванов И. И."), None)
    assert capsys.readouterr().err == "ValueError\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is the system's")
def test_what_computes_for_too_long_is_ended_and_told(monkeypatch):
    forever = (
        "from lib.worker import child; child.SECONDS = 1;"
        " child._serve = lambda *_: [0 for _ in iter(int, 1)]"
    )
    monkeypatch.setattr(
        child,
        "START",
        child.START.replace("from lib.worker.child", f"{forever}; from lib.worker.child"),
    )
    with pytest.raises(CohortError) as refused:
        pool.read_cohort("a.csv", TEXT)
    assert refused.value.message == process.TOO_LONG
