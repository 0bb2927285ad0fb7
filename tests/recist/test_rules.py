"""Response at one visit: every edge of the tables."""

import dataclasses

import pytest

from lib import recist
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


@pytest.mark.parametrize(
    ("facts", "rule", "response"),
    [
        (sums(60, 50, 50), "grown", "PD"),  # +20 % and +10 mm, exactly
        (sums(59.9, 50, 50), "stable", "SD"),
        (sums(24, 20, 20), "stable", "SD"),  # +20 %, and only +4 mm
        (sums(25, 20, 20), "grown", "PD"),
        (sums(24.9, 20, 20), "stable", "SD"),
        (sums(100.5, 100, 95.5), "stable", "SD"),  # +5 mm, and only +5.2 %
        (sums(27.6, 23, 23), "stable", "SD"),  # +20 % exactly, +4.6 mm
        (sums(8.4, 12, 3.4), "grown", "PD"),  # PD before PR: 70 % of baseline, +5 mm over nadir
        (sums(70, 100, 100), "shrunk", "PR"),
        (sums(70.1, 100, 100), "stable", "SD"),
        (sums(0.7, 1, 1), "shrunk", "PR"),
        (sums(63, 165, 63), "shrunk", "PR"),
        (sums(65, 165, 63), "shrunk", "PR"),
        (sums(0, 50, 50), "disappeared", "CR"),
        (sums(9.9, 40, 40, outside=0, node=9.9), "disappeared", "CR"),
        (sums(10, 40, 40, outside=0, node=10), "shrunk", "PR"),
        (sums(18, 40, 40, outside=0, node=9), "disappeared", "CR"),
        (sums(9, 40, 3, outside=0, node=9), "disappeared", "CR"),  # +6 mm of normal nodes
        (sums(12, 40, 3, outside=0, node=12), "grown", "PD"),
        (sums(3, 40, 0, vanished=True), "reappeared", "PD"),
        (sums(3, 40, 0, complete=False, vanished=True), "reappeared", "PD"),
        (sums(11, 40, 8, outside=3, node=8, vanished=True), "reappeared", "PD"),
        (sums(11, 40, 8, outside=0, node=11, vanished=True), "shrunk", "PR"),  # a node is back
        (sums(60, 50, 50, complete=False), "grown", "PD"),  # one not measured cannot undo it
        (sums(59, 50, 50, complete=False), "incomplete", "NE"),
        (sums(10, 50, 50, complete=False), "incomplete", "NE"),
        (sums(0, 50, 50, complete=False), "incomplete", "NE"),
        (sums(None, 50, 50, complete=False), "not measured", "NE"),
        (sums(50, 0, 0), "no baseline", "NE"),
    ],
)
def test_target_response(facts, rule, response):
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


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (
            sums(9, 40, 40, outside=0, node=9),
            "only lymph nodes are left, the largest of 9 mm; sum 9 mm",
        ),
        (
            sums(60, 50, 50, complete=False),
            "the target lesions that were measured alone, 60 mm, are +20 % and +10 mm over nadir "
            "50 mm of 2020-03-01",
        ),
        (
            sums(10, 50, 50, complete=False),
            "not all target lesions were measured; those that were add up to 10 mm",
        ),
        (
            sums(12, 40, 0, outside=0, node=12),
            "sum 12 mm after the target lesions had disappeared",
        ),
        (sums(None, 50, 50), "no target lesion was measured"),
        (sums(5, 0, 0), "no sum of diameters at baseline"),
    ],
)
def test_rarer_reasons(facts, reason):
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
        assert all(rule.condition.format(**fields) for rule in rules)
        assert all(rule.response for rule in rules)
    _, confirmed = tables[2]
    words = confirmed[1].condition.format(**fields)
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
