"""What is in ``results.json``, that its schema says so, and that it is of no language."""

import json
import re
from dataclasses import dataclass
from typing import Annotated

import jsonschema
import pytest

from lib import language
from lib.analyses.everything import Everything
from lib.export import document
from lib.export.document import _Forms, schema
from lib.language import N_, Template
from lib.written import INSIDE, By
from tests.conftest import ROOT, TWO_ARMS, sample, studied, study_of

SCHEMA = ROOT / "docs" / "results.schema.json"


def plain(found):
    made = document.document(found, ["results.json"])
    assert json.loads(document.dumps(made)) == made
    return made


@pytest.fixture(scope="module")
def made():
    return plain(Everything(studied("workbook")))


@pytest.fixture(scope="module")
def valid():
    """Refuses what is not as the schema says, which is looked at once."""
    kind = jsonschema.validators.validator_for(schema())
    kind.check_schema(schema())
    return kind(schema()).validate


def test_the_schema_that_is_shipped_is_the_one_of_the_types():
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == schema(), "run: make schema"


def test_the_results_of_a_sample_are_as_the_schema_says(made, valid):
    valid(made)


@pytest.mark.full
def test_the_results_of_the_registry_are_as_the_schema_says(valid):
    valid(plain(Everything(studied("registry"))))


def test_the_schema_refuses_what_is_none_of_it(valid):
    made = plain(Everything(study_of({"age": [50, 60]})))
    for wrong in (made | {"hepar": 1}, made | {"more": 1}, made | {"matured": None}):
        with pytest.raises(jsonschema.ValidationError):
            valid(wrong)


@pytest.mark.parametrize(
    "columns",
    [TWO_ARMS, {"age": [50, 60]}, TWO_ARMS | {"os_event": ["no"] * 25}],
    ids=["two arms", "patients alone", "no event"],
)
def test_whatever_is_missing_is_null_and_as_the_schema_says(columns, valid):
    made = plain(Everything(study_of(columns)))
    valid(made)
    if columns is not TWO_ARMS and "os_event" in columns:
        median = made["survival"]["OS"]["everyone"]["median"]
        assert (median["value"], median["low"], median["high"]) == (None, None, None)
        assert median["missing"] == "not-reached"


def test_every_part_and_result_says_what_it_is():
    known = schema()
    assert [name for name, part in known["properties"].items() if not part["description"]] == []
    silent = [name for name, each in known["$defs"].items() if not each.get("description", "-")]
    assert silent == []


# --- of no language


def outside(value, path=""):
    """Every text but those in `words`, with where it stands; and every key."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name != "words":
                yield path, name
                yield from outside(each, f"{path}/{name}")
    elif isinstance(value, list):
        for each in value:
            yield from outside(each, f"{path}/*")
    elif isinstance(value, str):
        yield path, value


def test_every_code_has_its_words_and_no_sentence_stands_outside_them(made):
    sentences = {words for words in language._CODES if " " in words}
    assert [found for found in outside(made) if found[1] in sentences] == []
    assert all(each["code"] and each["words"] for each in made["findings"])
    assert all(each["code"] and each["words"] for each in made["provenance"]["steps"])
    told = made["comparison"]["cautions"][0]
    assert set(told) == {"code", "values", "words"}
    assert told["words"].startswith("Patients were not randomised")
    codes = made["words"]["codes"]
    assert {text for path, text in outside(made) if path.endswith("/method")} <= set(codes)
    assert all(re.fullmatch(r"[a-z0-9-]+", code) for code in codes)
    named = ("code", "method", "missing", "message", "way", "rule", "by", "ended_by", "measure")
    told = {text for path, text in outside(made) if path.rpartition("/")[2] in named}
    assert [code for code in told if not re.fullmatch(r"[\w-]*", code)] == []
    assert made["words"]["endpoints"]["OS"] == "Overall survival"
    assert made["words"]["levels of modality"]["TACE"] == "Chemoembolization (TACE)"


def test_no_row_of_a_patient_is_in_it(made):
    names = set(sample("workbook").patients["patient_id"])
    told = {path for path, text in outside(made) if text in names}
    assert {path for path in told if not path.startswith("/findings/")} == set()


# --- what is written of a result


@dataclass(frozen=True)
class Told:
    """Something told."""

    message: Template
    # What the template names,
    # by name.
    values: tuple[tuple[str, int | str], ...]
    # counts, rows: of two arms
    counts: Annotated[object, By((("a", "b"), None))]
    rows: Annotated[list, INSIDE]


def test_numbers_that_belong_together_stand_in_one_line():
    made = {"time": [1, -2.5e-05, None], "words": ["[ 1,", "2 ]"], "none": []}
    assert document.dumps(made).splitlines()[1] == ' "time": [ 1, -2.5e-05, null ],'
    assert json.loads(document.dumps(made)) == made


def test_a_result_is_written_field_by_field():
    forms = _Forms()
    told = Told(N_("n = {n}", "told-in-test"), (("n", 3),), [[1, 2], [3, 4]], [object()])
    assert forms.of(Told).write(told) == {
        "code": "told-in-test",
        "values": {"n": 3},
        "counts": {"a": [1, 2], "b": [3, 4]},
        "words": "n = 3",
    }
    assert forms.words == {"codes": {"told-in-test": "n = {n}"}}
    assert (
        forms.defined["Told"]["properties"]["values"]["description"]
        == "What the template names, by name."
    )
    assert forms.defined["Told"]["properties"]["counts"]["description"] == "Of two arms"
    with pytest.raises(ValueError, match="two of one code"):
        forms.of(tuple[tuple[str, int], ...]).write((("a", 1), ("a", 2)))
    with pytest.raises(TypeError, match="INSIDE"):
        forms.of(object)
