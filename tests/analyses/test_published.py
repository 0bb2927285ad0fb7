"""Printed numbers checked against one another; the findings of the starting abstract among them."""

from decimal import Decimal

import pytest

from lib import text
from lib.analyses import published
from lib.analyses.published import NotRead, checked, compared, line
from lib.exhibits.published import in_words
from lib.plan import Plan, PlanError, Published, ReportPlan, loads


def found(*lines, tests=()):
    return {each.message.code: in_words(each) for each in checked(lines, tests)}


def test_the_starting_abstract_has_its_two_findings():
    paper = published.starting()
    said = [each for each in checked(paper.lines) if not each.good]
    assert [(each.about, each.message.code) for each in said] == [
        ("SD at 6 months", "otherwise-rounded"),
        ("6 months", "forced-to-100"),
        ("6 months", "dead-among-parts"),
        ("12 months", "dead-among-parts"),
    ]
    words = "\n".join(map(in_words, said))
    assert "29/36 is 80.6%; printed is 80.5%" in words
    assert "2.8 + 80.6 + 16.7 = 100.1" in words
    assert "of the 30 alive: SD at 12 months 21/30 (70.0%); PD at 12 months 9/30 (30.0%)" in words


@pytest.mark.cases
def test_a_percentage_is_judged_by_its_count_or_by_what_can_be(given, code, words):
    said = found(line("it", **given))
    assert words in said[code] and len(said) == 1


def test_parts_that_miss_somebody_are_told():
    parts = [line(str(k), together="t", part="part", k=k, n=51) for k in (11, 14, 22)]
    assert found(*parts) == {"parts-miss": "The parts add to 47, not to 51."}


def test_percentages_that_miss_100_by_rounding_alone_are_no_fault():
    thirds = [
        line(f"{at}", together="t", part="part", k=1, n=3, percent="33.3") for at in (1, 2, 3)
    ]
    assert "33.3 + 33.3 + 33.3 = 99.9, by rounding alone" in found(*thirds)["rounding-alone"]


def test_the_test_behind_a_p_value_is_named_with_what_others_give():
    said = found(tests=[compared("it", k1=16, n1=19, k0=9, n0=17, p="0.042")])
    assert said["p-of-tests"].startswith(
        "p = 0.042 is of: chi-squared test, uncorrected p = 0.042."
    )
    assert "Fisher's exact test p = 0.070" in said["p-of-tests"]
    assert "p-of-no-test" in found(tests=[compared("it", k1=32, n1=68, k0=16, n0=67, p="0.012")])
    assert "no-test" in found(tests=[compared("it", k1=0, n1=6, k0=0, n0=7, p="1")])


@pytest.mark.cases
def test_what_cannot_be_is_refused_in_a_sentence_that_names_it(given, words):
    kind = compared if "p" in given else line
    with pytest.raises(NotRead) as refused:
        kind("Row 3", **given)
    said = text.error(refused.value)
    assert words in said and said.startswith("Row 3")


def test_published_cohorts_are_what_the_list_and_the_plan_hold():
    own = Published("Ours, earlier", 2024, n=40, of=38, responded=19, median=18.5)
    plan = Plan(report=ReportPlan(beside=(own,)))
    known = published.cohorts(plan)
    assert len(known) == len(published.cohorts(Plan())) + 1
    (added,) = [each for each in known if each.name == "Ours, earlier"]
    assert (added.objective.k, added.objective.n, added.control) == (19, 38, None)
    assert added.median.value == 18.5
    folfox = next(each for each in known if each.name == "HAI FOLFOX")
    printed = [round(100 * rate.estimate.value, 1) for rate in (folfox.objective, folfox.control)]
    assert printed == [26.1, 80.4]


@pytest.mark.parametrize(
    "row", ["of = 5\nresponded = 6", "responded = 1", "median = 9\nlow = 10\nhigh = 12"]
)
def test_a_plan_with_a_published_cohort_that_cannot_be_is_refused(row):
    with pytest.raises(PlanError):
        loads(f'[[report.beside]]\nname = "x"\nyear = 2020\n{row}\n')


def test_a_decimal_comma_is_read():
    assert line("it", k="29", n="36", percent="80,5%").percent == Decimal("80.5")


@pytest.mark.parametrize("typed", ["0.042", "=0.042", "p = .042", "P=0,042", "р = 0.042"])
def test_a_p_value_is_read_as_papers_print_it(typed):
    found = published.compared("DCR", k1=16, n1=19, k0=9, n0=17, p=typed)
    assert (str(found.p), found.below) == ("0.042", False)
    for below in ("<0.001", "p < 0.001", "P ≤ 0.001"):
        found = published.compared("DCR", k1=16, n1=19, k0=9, n0=17, p=below)
        assert (str(found.p), found.below) == ("0.001", True)
    (remark,) = published.checked((), [found])
    assert in_words(remark).startswith("None of the usual tests gives p < 0.001. ")
