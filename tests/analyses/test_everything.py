from lib.analyses import survival
from lib.analyses.everything import Each, Everything
from tests.conftest import TWO_ARMS, study_of


def everything(columns):
    return Everything(study_of(columns))


def test_each_is_computed_when_it_is_asked_for_and_once():
    asked = []
    each = Each((code, lambda code=code: asked.append(code) or code.lower()) for code in "ABC")
    assert (list(each), len(each), asked) == (["A", "B", "C"], 3, [])
    assert [each["B"], each["B"], asked] == ["b", "b", ["B"]]


def test_results_stand_by_the_codes_of_what_they_are_about(monkeypatch):
    found = everything(TWO_ARMS)
    assert list(found.survival) == list(found.hidden_cause) == ["OS"]
    assert found.survival["OS"] is found.survival["OS"]
    assert list(found.landmark["OS"]) == []
    monkeypatch.setattr(survival, "by_group", None)
    assert everything(TWO_ARMS).comparison.n == (13, 12), "nothing else is computed"


def test_without_two_arms_there_is_nothing_of_them():
    found = everything({"age": [50, 60]})
    assert found.comparison is found.tests is found.toxicity is found.overlap is None
    of_arms = (found.adjusted, found.hidden_cause, found.subgroups, found.centres, found.robustness)
    assert [*map(len, of_arms)] == [0] * 5
