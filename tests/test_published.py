"""Tables that were published, made again from their counts; each names its source.

Whole cohorts are made again by `make papers`; here is what needs none of their files.
"""

import json

import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2_contingency

from benchmarks.papers import compared as papers
from benchmarks.papers.__main__ import results as made_again
from lib import text
from lib.analyses import comparison
from lib.analyses.study import opening_plan, under_study
from lib.plan import ComparisonPlan, Plan
from lib.statistics.proportions import difference, fisher, proportion
from tests.conftest import ROOT, cohort_of

R = {
    entry["id"]: entry["value"]
    for entry in json.loads((ROOT / "tests" / "golden" / "interaction.json").read_text())["entries"]
}


def points(found):
    """An estimate in per cent with its limits, to one decimal."""
    return [round(100 * part, 1) for part in (found.value, found.low, found.high)]


def test_v3_fiorentini_2012_response_to_irinotecan_beads_against_folfiri():
    """Anticancer Res 32:1387-1395: 68.6% against 20% of 35 and 35 evaluable patients."""
    assert text.percent(24 / 35) == "68.6%"
    assert text.percent(7 / 35) == "20.0%"
    assert points(difference(24, 35, 7, 35).estimate) == [48.6, 25.6, 64.8]
    assert round(fisher([[24, 11], [7, 28]]).pvalue, 4) == 0.0001


def test_v4_a_trial_of_two_infusions_2022_response_and_disease_control():
    """Front Oncol 12:913017 (NCT02557490): 26.1 against 22.4%, and 80.4 against 71.4%."""
    rates = [(12, 46, "26.1%"), (11, 49, "22.4%"), (37, 46, "80.4%"), (35, 49, "71.4%")]
    assert [text.percent(k / n) for k, n, _said in rates] == [said for _k, _n, said in rates]
    assert points(difference(12, 46, 11, 49).estimate) == [3.6, -13.4, 20.7]
    assert points(difference(37, 46, 35, 49).estimate) == [9.0, -8.3, 25.5]
    assert round(fisher([[12, 34], [11, 38]]).pvalue, 2) == 0.81
    assert round(fisher([[37, 9], [35, 14]]).pvalue, 2) == 0.35


def test_v5_a_significant_result_that_fisher_does_not_find():
    """World J Clin Oncol 8:343 (2017): disease control 16/19 against 9/17, published P = .042."""
    table = [[16, 3], [9, 8]]
    pearson = chi2_contingency(table, correction=False).pvalue  # what the authors took
    assert_allclose(pearson, R["v5/pearson"], rtol=1e-12)
    assert_allclose(fisher(table).pvalue, R["v5/fisher"], rtol=1e-12)
    assert round(pearson, 3) == 0.042
    assert round(fisher(table).pvalue, 3) == 0.070


def v5_cohort():
    """The 36 patients of V5, those with breast cancer first, with their best responses."""
    breast = ["PR"] * 7 + ["SD"] * 9 + ["PD"] * 3
    colorectal = ["PR"] * 1 + ["SD"] * 8 + ["PD"] * 8  # how many of the 9 were PR is not printed
    return cohort_of(
        {
            "primary_site": ["breast"] * 19 + ["colorectal"] * 17,
            "best_response": breast + colorectal,
        }
    )


def test_v5_one_test_is_read_and_fishers_stands_beside_it():
    cohort = v5_cohort()
    arms = ComparisonPlan(column="primary_site", reference="colorectal", comparison="breast")
    study = under_study(cohort, opening_plan(cohort, Plan(comparison=arms)))
    result = comparison.of_arms(study)
    (control,) = [
        each for each in result.responses if each.measure == "DCR" and each.denominator == "treated"
    ]
    assert [(arm.k, arm.n) for arm in control.arms] == [(9, 17), (16, 19)]
    assert round(control.fisher.pvalue, 3) == 0.070
    assert not control.newcombe.estimate.allows(0)
    assert control.difference.estimate.allows(0) == (control.difference.pvalue >= 0.05)
    assert all(each.cautions == () for each in result.responses)


def test_v10_li_2013_twelve_of_fifteen():
    """PMC3847346: CR 1, PR 11, SD 3 of 15; 80.0% (51.9 to 95.7), Clopper-Pearson."""
    assert points(proportion(1 + 11, 15).estimate) == [80.0, 51.9, 95.7]


# Papers made again (benchmarks/papers) -----------------------------------------------------------

KNOWN = papers.papers((ROOT / "benchmarks" / "papers" / "papers.toml").read_text(encoding="utf-8"))
GIVEN = json.loads((ROOT / "benchmarks" / "papers" / "r.json").read_text())["found"]
PAGE = (ROOT / "docs" / "papers.md").read_text(encoding="utf-8")
SIX_MP = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


def test_gehans_trial_is_made_again_as_the_page_has_it():
    """From the file as its package carries it: group, weeks and relapse, without headers."""
    lines = [
        f"{group} {week.rstrip('+')} {0 if week.endswith('+') else 1}"
        for group, weeks in ((2, SIX_MP), (1, PLACEBO))
        for week in weeks.split()
    ]
    paper = next(each for each in KNOWN if each.name == "gehan")
    ours = made_again(paper, "\n".join(lines).encode())
    rows = [
        papers.compared(row, ours, r) for row, r in zip(paper.rows, GIVEN["gehan"], strict=True)
    ]
    assert [each.fault for each in rows if each.fault] == []
    table = list(papers.table(rows))
    assert "| log-rank test: chi-squared | 16.8 [1] | 16.8 | 16.8 | same |" in table
    assert "\n".join(table) in PAGE


@pytest.mark.parametrize("paper", KNOWN, ids=lambda paper: paper.name)
def test_the_page_has_every_paper_with_every_number(paper):
    assert f"## {paper.title}\n" in PAGE
    assert (ROOT / "benchmarks" / "papers" / f"{paper.name}.toml").exists()
    for row, r in zip(paper.rows, GIVEN[paper.name], strict=True):
        assert f"\n| {row.what} | " in PAGE
        assert len(r) == (len(row.at) if row.r else 0), row.what
        assert not row.printed or (row.source and row.source in PAGE), row.what
        assert row.differs in PAGE


def test_a_printed_number_is_ours_rounded_to_its_digits():
    assert papers.is_printed("0.588", 0.58800281)
    assert papers.is_printed("4.17e-05", 4.16880910933e-05)
    assert papers.is_printed("310", 310.4)
    assert papers.is_printed("not reached", None)
    for printed, value in (("0.589", 0.58800281), ("310", 310.6), ("23", None), ("", 1.0)):
        assert not papers.is_printed(printed, value)


def test_a_number_of_r_is_ours_to_eight_digits():
    assert papers.is_r(16.7929409892, 16.792940989) and papers.is_r(None, None)
    assert not papers.is_r(16.7929409, 16.7929419) and not papers.is_r(16.8, None)


def test_a_difference_has_words_and_words_have_a_difference():
    said = {"what": "ratio", "at": ("ratio",), "printed": ("0.75",), "source": "a paper"}
    alike, other = {"ratio": 0.7512}, {"ratio": 0.7612}
    plain, told = papers.Row(**said), papers.Row(**said, differs="Other patients.")
    assert not papers.compared(plain, alike, ()).fault
    assert not papers.compared(told, other, ()).fault
    assert papers.compared(plain, other, ()).fault
    assert papers.compared(told, alike, ()).fault
    assert list(papers.table([papers.compared(told, other, ())])) == [
        "| | printed | R | Hepar | |",
        "|---|---|---|---|---|",
        "| ratio | 0.75 [1] |  | 0.76 | differs [2] |",
        "",
        "1. a paper",
        "2. Other patients.",
    ]


def test_a_place_names_one_entry_of_a_list():
    groups = {"groups": [{"level": "HAI", "n": 21}, {"level": "TACE", "n": 20}]}
    assert papers.found(groups, "groups.TACE.n") == 20
    with pytest.raises(LookupError):
        papers.found(groups, "groups.TAE.n")
