"""Response at one visit: every edge of the tables."""

import dataclasses

import pytest

from lib import recist, text
from lib.plan import ResponsePlan
from lib.recist.rules import NON_CR_NON_PD, OVERALL, TARGET, Signs, Sums, first, overall, percent
from tests.recist.cases import by_sums, responses, said

PRESENT = NON_CR_NON_PD


def sums(total, baseline, nadir, complete=True, outside=None, node=0, vanished=False):
    """Facts in millimetres."""
    outside = total if outside is None else outside
    um = [None if each is None else round(1000 * each) for each in (total, outside, node)]
    return Sums(
        um[0],
        complete,
        um[1] or 0,
        um[2],
        round(1000 * baseline),
        round(1000 * nadir),
        "2020-03-01",
        vanished,
    )


NOTHING = sums(None, 0, 0)


@pytest.mark.cases
def test_target_response(millimetres, more, rule, response):
    facts = sums(*millimetres, **(more or {}))
    found = first(TARGET, facts)
    assert (found.name, found.response) == (rule, response)


@pytest.mark.parametrize(
    ("target", "nontarget", "new", "response"),
    [
        ("CR", "CR", False, "CR"),
        ("CR", "", False, "CR"),
        ("CR", PRESENT, False, "PR"),
        ("CR", "NE", False, "PR"),
        *[("PR", nontarget, False, "PR") for nontarget in ("", "CR", PRESENT, "NE")],
        *[("SD", nontarget, False, "SD") for nontarget in ("", "CR", PRESENT, "NE")],
        *[("NE", nontarget, False, "NE") for nontarget in ("", "CR", PRESENT, "NE")],
        *[("PD", nontarget, False, "PD") for nontarget in ("", "CR", PRESENT, "NE", "PD")],
        *[(target, "PD", False, "PD") for target in ("CR", "PR", "SD", "NE", "PD", "")],
        *[(target, "CR", True, "PD") for target in ("CR", "PR", "SD", "NE", "PD", "")],
        ("", "CR", False, "CR"),
        ("", PRESENT, False, PRESENT),
        ("", "NE", False, "NE"),
        ("", "", False, "NE"),
    ],
)
def test_overall_response(target, nontarget, new, response):
    assert overall(Signs(target, nontarget, new, "", "", NOTHING)) == response


@pytest.mark.parametrize("letter", ["CR", "PR", "SD", "PD", "NE"])
def test_a_letter_alone_stands_unless_something_progresses(letter):
    assert overall(Signs("", PRESENT, False, letter, "", NOTHING)) == letter
    assert overall(Signs("", "PD", False, letter, "", NOTHING)) == "PD"
    assert overall(Signs("", "", True, letter, "", NOTHING)) == "PD"


@pytest.mark.cases
def test_percentages_never_round_onto_a_limit(change, reference, limit, shown):
    assert percent(change, reference, limit) == shown


@pytest.mark.cases
def test_every_response_says_why(totals, reason):
    (why,) = by_sums(70, *totals).visits[-1].reasons
    assert said(why) == reason


@pytest.mark.cases
def test_rarer_reasons(millimetres, more, reason):
    facts = sums(*millimetres, **(more or {}))
    assert said(first(TARGET, facts).reason(facts)) == reason


@pytest.mark.cases
def test_edges_in_a_course_of_sums(baseline, totals, expected):
    assert responses(by_sums(baseline, *totals)) == expected


def test_published_example_of_a_partial_response():
    found = by_sums(100, 70, 70, 80, 80, 80)
    assert responses(found) == ["PR", "PR", "SD", "SD", "SD"]
    assert [visit.status for visit in found.visits] == ["PR"] * 5


@pytest.mark.parametrize("over_sd", [False, True])
def test_the_tables_print_as_the_methods(over_sd):
    choices = ResponsePlan(sd_between=over_sd, confirm_days=35)
    tables = recist.methods(choices)
    fields = dataclasses.asdict(choices)
    for _, rules in tables:
        names = [rule.name for rule in rules]
        assert len(set(names)) == len(names)
        assert all(text.said(rule.condition, fields.items()) for rule in rules)
        assert all(rule.response for rule in rules)
    _, confirmed = tables[2]
    words = text.said(confirmed[1].condition, fields.items())
    assert "35 days later" in words and "at most 1 NE" in words
    assert ("SD" in words) is over_sd


def test_every_rule_of_the_overall_response_can_decide():
    letters = ("CR", "PR", "SD", "PD", "NE", "")
    decided = {
        first(OVERALL, Signs(target, nontarget, new, recorded, "", NOTHING)).name
        for target in letters
        for nontarget in ("CR", PRESENT, "PD", "NE", "")
        for new in (False, True)
        for recorded in letters
    }
    assert decided == {rule.name for rule in OVERALL}
