"""What leaves masked: every count in every table, file and sentence is 0 or large enough."""

import io
import json
import re
import zipfile
from dataclasses import replace

import pytest
from python_calamine import CalamineWorkbook

from lib import command, exhibits
from lib.analyses import masked
from lib.analyses.everything import Everything
from lib.analyses.study import opening_plan, under_study
from lib.exhibits import report
from lib.export.bundle import SUMS, bundle, changes, verified
from lib.export.document import schema
from lib.plan import Comment
from tests.conftest import sample

K = 5
OF = re.compile(r"(\d+)/(\d+)")
SAID = re.compile(r"\(?(\d+) (?:events?|at risk|patients?)\b|n = (\d+)")
COUNTED = ("Patients", "Events", "Censored", "At risk", "No value", "All treated")


def hidden(name, k=K):
    cohort = sample(name)
    plan = opening_plan(cohort)
    own = replace(plan.report, least_cell=k, comments=(Comment("table-one", "only 3 of them"),))
    return cohort, replace(plan, report=own)


@pytest.fixture(scope="module", params=["workbook", "registry"])
def asked(request):
    return under_study(*hidden(request.param))


@pytest.fixture(scope="module")
def shown(asked):
    return exhibits.masked.of_study(masked.of_study(asked), Everything(asked))


def counts(words):
    """Counts in words: both of ``29/36``, and those beside a noun."""
    yield from (int(each) for found in OF.findall(words) for each in found)
    yield from (int(one or other) for one, other in SAID.findall(words))


def small(numbers):
    return {n for n in numbers if 0 < n < K}


def test_no_cell_and_no_sentence_tells_a_small_count(shown):
    for each in shown:
        words = " ".join((*each.sentences, each.caption, *each.warnings, *each.origin))
        if each.key != exhibits.masked.KEY:  # which counts exhibits and names k
            assert not small(counts(words)), each.key
        for table in each.tables:
            for row in table.frame.astype(str).to_numpy().tolist():
                assert not small(n for cell in row for n in counts(cell)), row
                if row[0].strip() in COUNTED:
                    assert not small(int(cell) for cell in row[1:] if cell.isdecimal()), row
            for name in {*COUNTED} & {*table.frame.columns}:
                assert not small(int(float(n)) for n in table.frame[name] if str(n)), name


def test_margins_are_those_of_all_counts(asked, shown):
    if "table-one" not in {each.key for each in shown}:
        pytest.fail("a cohort has a table of who its patients are")
    found = masked.of_study(asked)
    n = found.baseline.n
    whole = Everything(asked).baseline
    assert n == whole.n[: len(n)]
    for feature in found.baseline.features:
        for at, total in enumerate(n):
            assert sum(each.n[at] for each in feature.levels) + feature.missing[at] == total


def test_what_is_withheld_has_a_reason_and_what_remains_is_said(asked, shown):
    about = shown[0]
    assert about.key == exhibits.masked.KEY
    every = [each.name for each in exhibits.study.offered(Everything(asked))]
    named = {name for table in about.tables for name in table.frame.iloc[:, 0]}
    kept = len(shown) - 1
    assert len({*every} - named) <= kept
    assert all(table.caption for table in about.tables)
    assert f"{kept} of {len(every)} exhibits" in about.sentences[1]
    assert "What remains possible" in about.sentences[-1]


def test_no_patient_and_no_word_of_the_visitor_is_in_the_report(asked):
    found = report.of_study(Everything(asked))
    assert found.placed[0].exhibit.key == exhibits.masked.KEY
    assert [each.name for each in found.parts] == ["methods"] and not found.checklists
    assert "What remains possible" in found.parts[0].written and not found.parts[0].is_edited
    assert not any(each.comment for each in found.placed)


def test_the_folder_and_the_bundle_hold_nothing_small(tmp_path):
    cohort, plan = hidden("registry")
    folder = tmp_path / "out"
    folder.mkdir()
    command.write(cohort, plan, folder, ("html", "xlsx", "zip"))
    names = {each.name for each in folder.iterdir()}
    assert {"masked.html", "table-one.html", "survival-os.html", "report.html"} <= names
    assert not {"flow.html", "complications.html"} & names
    made = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert {*made} == {"hepar", "files", "masked", "words"}
    everything = b"".join(each.read_bytes() for each in folder.iterdir() if each.suffix != ".js")
    codes = [str(code).encode() for code in cohort.patients["patient_id"].head(20)]
    assert not any(code in everything for code in codes)
    assert b"only 3 of them" not in everything
    for name in ("tables.xlsx", "report.xlsx"):
        book = CalamineWorkbook.from_path(folder / name)
        for sheet in book.sheet_names:
            if sheet.startswith("Not told"):
                continue  # it counts exhibits, and names k
            for row in book.get_sheet_by_name(sheet).to_python():
                assert not small(n for cell in row for n in counts(str(cell))), (sheet, row)
    with zipfile.ZipFile(folder / "bundle.zip") as packed:
        held = {*packed.namelist()}
        drawn = {name for name in held if name.startswith("figure-")}
        texts = [packed.read(name) for name in drawn if name.endswith(".svg")]
    assert held - drawn == {
        *("README.txt", "SHA256SUMS", "plan.toml", "results.json", "tables.xlsx"),
        *("report.html", "report.xlsx", "report.docx", "report.pdf"),
    }
    assert texts and not any(code in text for code in codes for text in texts)


def test_masked_results_are_as_the_schema_says(asked):
    import jsonschema

    from lib.export import document

    made = json.loads(json.dumps(document.masked(masked.of_study(asked))))
    jsonschema.validate(made, schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(made | {"survival": {}}, schema())
    rows = [n for part in ("baseline", "response") for n in integers(made["masked"][part])]
    assert rows and not small(rows)


def integers(part, name=""):
    """Every count of a part of the results, times of response not among them."""
    if isinstance(part, dict):
        for key, each in part.items():
            yield from integers(each, key)
    elif isinstance(part, list):
        for each in part:
            yield from integers(each, name)
    elif type(part) is int and name != "months":
        yield part


def repacked(data, name, change):
    """A bundle with a file changed and its sum made to fit."""
    from hashlib import sha256

    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        files = {each: packed.read(each) for each in packed.namelist()}
    files[name] = change(files[name])
    lines = [f"{sha256(files[n]).hexdigest()}  {n}\n" for n in sorted(files) if n != SUMS]
    files[SUMS] = "".join(lines).encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for each, content in files.items():
            packed.writestr(each, content)
    return made.getvalue()


def test_a_masked_bundle_is_verified_as_far_as_it_can_be(capsys, tmp_path):
    cohort, plan = hidden("registry")
    data = bundle(under_study(cohort, plan))
    found = verified("b.zip", data)
    assert found.is_the_same and found.least_cell == K and found.values > 100
    file = tmp_path / "b.zip"
    file.write_bytes(data)
    assert command.main(["verify", str(file)]) == 0
    assert "no number can be made again" in capsys.readouterr().out

    def one_more(results):
        made = json.loads(results)
        made["masked"]["baseline"]["n"][0] += 1
        return json.dumps(made).encode()

    def one_small(results):
        made = json.loads(results)
        made["masked"]["survival"]["OS"]["everyone"]["events"] = 3
        return json.dumps(made).encode()

    assert "baseline.n" in verified("b.zip", repacked(data, "results.json", one_more)).small
    wrong = verified("b.zip", repacked(data, "results.json", one_small))
    assert wrong.small == ("survival.OS.everyone.events",) and not wrong.is_the_same
    file.write_bytes(repacked(data, "results.json", one_small))
    assert command.main(["verify", str(file)]) == 3


def test_the_same_study_gives_the_same_masked_bundle():
    cohort, plan = hidden("workbook")
    assert bundle(under_study(cohort, plan)) == bundle(under_study(cohort, plan))
    assert list(changes({"a": 1}, {"a": 1})) == []
