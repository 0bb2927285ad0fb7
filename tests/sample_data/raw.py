"""The sample files as they stand, read without the library's import."""

import hashlib
import subprocess
import sys
import tomllib
from collections import defaultdict
from itertools import pairwise

from python_calamine import CalamineWorkbook

from tests.conftest import REGISTRY, contents

FOLDER = REGISTRY.parent
MONTH = 30.4375


class Raw:
    """The sheets of a workbook, and what some of them hold of each patient."""

    def __init__(self, file):
        book = CalamineWorkbook.from_path(FOLDER / file)
        self.sheets = {}
        for name in book.sheet_names:
            header, *rows = book.get_sheet_by_name(name).to_python()
            self.sheets[name] = [dict(zip(header, row, strict=True)) for row in rows]
        self.patients = {row["patient_id"]: row for row in self.sheets["patients"]}
        self.procedures, self.scans = self._by_patient("procedures", "assessments")

    def _by_patient(self, *sheets):
        for sheet in sheets:
            rows = defaultdict(list)
            for row in self.sheets[sheet]:
                rows[row["patient_id"]].append(row)
            yield rows

    @property
    def source(self):
        return {row["key"]: row["value"] for row in self.sheets["source"]}


def kind(procedure):
    return "HAI" if procedure["modality"] == "HAI" else "TACE"


def listed(folder=FOLDER):
    return tomllib.loads((folder / "samples.toml").read_text(encoding="utf-8"))


def written_again_and_named(script, files, samples, folder):
    """A script writes the same files again, and each is listed with its hash."""
    subprocess.run([sys.executable, "-m", script, folder], cwd=FOLDER.parent, check=True)
    for file in files:
        assert contents(folder / file) == contents(FOLDER / file), file
    written = listed(folder)
    assert [(name, each["file"]) for name, each in written.items()] == [*samples.items()]
    for name, each in written.items():
        kept = listed()[name]
        assert {**each, "sha256": ""} == {**kept, "sha256": ""}
        assert kept["sha256"] == hashlib.sha256((FOLDER / kept["file"]).read_bytes()).hexdigest()
        assert kept["synthetic"] is True and "None of them exists" in kept["note"]


def in_order(raw):
    """The dates of each patient follow one another, and a modality is what was done."""
    for name, row in raw.patients.items():
        start, end = row["first_procedure_date"], row["last_contact_date"]
        days = [each["procedure_date"] for each in raw.procedures[name]]
        assert days[0] == start and all(later > earlier for earlier, later in pairwise(days)), name
        history = [row[each] for each in ("liver_mets_date", "end_systemic_date") if row[each]]
        assert history == sorted(history) and all(day < start for day in history), name
        scans = [each["assessment_date"] for each in raw.scans[name]]
        assert scans == sorted(set(scans)) and 0 < (start - scans[0]).days <= 28, name
        assert max(scans[-1], days[-1]) < end, name
        assert (row["last_assessment_date"] or scans[0]) == scans[-1], name
        assert row["death_date"] in ("", end), name
        dead = row["vital_status"] == "dead"
        assert bool(row["death_date"]) == bool(row["cause_of_death"]) == dead, name
        assert row["modality"] == "+".join(sorted(set(map(kind, raw.procedures[name])))), name


def events_follow_procedures(raw, latest):
    done = {(row["patient_id"], row["procedure_date"]) for row in raw.sheets["procedures"]}
    for row in raw.sheets["adverse_events"]:
        assert row["date"] <= raw.patients[row["patient_id"]]["last_contact_date"]
        if row["procedure_date"]:
            assert (row["patient_id"], row["procedure_date"]) in done
            assert 0 <= (row["date"] - row["procedure_date"]).days <= latest
