"""Subgroups, centres, and how many tests there are."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from lib import text
from lib.analyses import centres, comparison, multiplicity, subgroups, survival
from lib.analyses.subgroups import Rate
from lib.plan import Condition
from lib.schema import ENDPOINTS
from lib.statistics import cox, interaction
from lib.statistics.estimate import holm
from lib.statistics.life_table import TimeToEvent, count
from lib.statistics.survival import log_rank
from lib.statistics.two_proportions import two_proportions
from tests.conftest import study_of

OS = ENDPOINTS["OS"]
N = 120
RANDOM = np.random.default_rng(12)
ARM = RANDOM.permutation([0] * 60 + [1] * 60)
CENTRE = np.array(["A", "B", "C", "D"])[RANDOM.choice(4, N, p=(0.4, 0.35, 0.2, 0.05))]
MONTHS = np.round(RANDOM.exponential(14, N), 1) + 0.1
EVENT = RANDOM.random(N) < 0.8
AGE = RANDOM.integers(40, 85, N)
LETTER = np.array(["PR", "SD", "PD"])[RANDOM.choice(3, N, p=(0.3, 0.4, 0.3))]
COLUMNS = {
    "modality": np.where(ARM == 1, "TACE", "HAI").tolist(),
    "centre": CENTRE.tolist(),
    "age": AGE.tolist(),
    "albumin": RANDOM.normal(40, 4, N).round(1).tolist(),
    "sex": [None if at < 7 else "FM"[at % 2] for at in range(N)],
    "os_months": MONTHS.tolist(),
    "os_event": np.where(EVENT, "yes", "no").tolist(),
    "best_response": LETTER.tolist(),
    "response_6m": LETTER.tolist(),
}


def built(columns=COLUMNS, **plan):
    return study_of(columns, **plan)


def table(keep):
    data = TimeToEvent(MONTHS[keep], EVENT[keep].astype(int))
    return count(data, ARM[keep], ("HAI", "TACE"))


def block(found, name):
    (only,) = [each for each in found.blocks if each.column.name == name]
    return only


def row(found, name, code):
    (only,) = [each for each in block(found, name).rows if each.level.code == code]
    return only


# --- subgroups


def test_every_row_is_the_hazard_ratio_among_its_patients():
    found = subgroups.of_endpoint(built(), OS)
    for code, keep in (("A", CENTRE == "A"), ("B", CENTRE == "B")):
        expected = cox.hazard_ratio(table(keep), "HAI", "TACE")
        got = row(found, "centre", code)
        assert_allclose(got.estimate.value, expected.ratio.value)
        assert_allclose((got.estimate.low, got.estimate.high),
                        (expected.ratio.low, expected.ratio.high))  # fmt: skip
        assert got.n == (int((keep & (ARM == 0)).sum()), int((keep & (ARM == 1)).sum()))
        assert got.events == expected.events
    assert found.whole.n == (60, 60)
    assert block(found, "sex").missing == 7
    few = subgroups.of_endpoint(built(events_few=60), OS)
    for code in ("A", "B"):  # of few events, by the profile
        hazard = cox.hazard_ratio(table(code == CENTRE), "HAI", "TACE")
        assert sum(hazard.events) < 60
        assert row(few, "centre", code).estimate == hazard.profile
    assert few.whole.estimate.method == "Cox proportional hazards, Wald limits"
    whole = cox.hazard_ratio(table(np.ones(N, bool)), "HAI", "TACE")
    assert_allclose(found.whole.estimate.value, whole.ratio.value)


def test_small_rows_are_withheld_with_the_reason_and_are_in_no_test():
    found = subgroups.of_endpoint(built(), OS)
    small = row(found, "centre", "D")
    assert sum(small.n) == int((CENTRE == "D").sum())
    assert small.estimate is None
    assert text.said(small.why, small.values) == "an arm has fewer than 10 patients"
    assert small.values == (("least", 10),)
    test = block(found, "centre").test
    shown = [r.level.code for r in block(found, "centre").rows if r.estimate is not None]
    expected = interaction.of_hazard_ratios(
        [table(code == CENTRE) for code in shown], "HAI", "TACE"
    )
    assert test == expected
    assert test.df == len(shown) - 1


def test_rows_with_too_few_events_are_withheld():
    columns = COLUMNS | {
        "os_event": [
            "no" if sex == "F" else event
            for sex, event in zip(COLUMNS["sex"], COLUMNS["os_event"], strict=True)
        ]
    }
    withheld = row(subgroups.of_endpoint(built(columns), OS), "sex", "F")
    assert withheld.events == (0, 0) and withheld.estimate is None
    assert "events in all" in text.said(withheld.why, withheld.values)


def test_numbers_are_cut_where_the_schema_says_or_at_the_median_of_the_whole_cohort():
    found = subgroups.of_endpoint(built(selection=(Condition("centre", ("A", "B")),)), OS)
    assert [r.level.code for r in block(found, "age").rows] == ["<65 years", "≥65 years"]
    median = float(np.median(COLUMNS["albumin"]))
    below = block(found, "albumin").rows[0]
    assert below.level.code.startswith(f"<{median:g}")


def test_the_columns_are_one_family_for_holm():
    found = subgroups.of_endpoint(built(), OS)
    raw = [b.test.pvalue if b.test else np.nan for b in found.blocks]
    assert_allclose([b.adjusted for b in found.blocks], holm(raw))
    assert found.tests == np.isfinite(raw).sum() == 4
    (caution,) = found.cautions
    assert caution.code == "many-tests"


@pytest.mark.parametrize(("measure", "hits"), [("ORR", ("PR",)), ("DCR", ("PR", "SD"))])
def test_rates_are_differences_over_all_treated(measure, hits):
    offered = [(rate.months, rate.measure) for rate in subgroups.rates(built())]
    assert offered == [(6, "DCR"), (6, "ORR"), (0, "DCR"), (0, "ORR")]
    found = subgroups.of_rate(built(), Rate(0, "best_response", measure))
    hit = np.isin(LETTER, hits)
    keep = CENTRE == "A"
    k = [int((hit & keep & (arm == ARM)).sum()) for arm in (0, 1)]
    n = [int((keep & (arm == ARM)).sum()) for arm in (0, 1)]
    got = row(found, "centre", "A")
    assert (got.events, got.n) == (tuple(k), tuple(n))
    assert got.estimate == two_proportions(k[1], n[1], k[0], n[0]).estimate
    rows = list(block(found, "age").rows)
    expected = interaction.of_differences(
        [r.events[1] for r in rows],
        [r.n[1] for r in rows],
        [r.events[0] for r in rows],
        [r.n[0] for r in rows],
    )
    assert block(found, "age").test == expected


def test_an_interaction_that_is_there_is_found():
    columns = COLUMNS | {
        "os_months": [
            30 + at % 7 if (sex == "F") == (arm == 1) else 3 + at % 5
            for at, (sex, arm) in enumerate(zip(COLUMNS["sex"], ARM.tolist(), strict=True))
        ],
        "os_event": ["yes"] * N,
    }
    found = subgroups.of_endpoint(built(columns), OS)
    assert block(found, "sex").adjusted < 0.001
    assert row(found, "sex", "F").estimate.value < 1 < row(found, "sex", "M").estimate.value


# --- centres


def test_stratified_results_are_those_of_the_statistics():
    found = centres.of_endpoint(built(), OS)
    tables = [table(code == CENTRE) for code in "ABCD"]
    expected = cox.hazard_ratio(tables, "HAI", "TACE")
    assert_allclose(found.hazard.ratio.value, expected.ratio.value)
    assert found.forest.whole.estimate == found.hazard.ratio
    assert_allclose(found.log_rank.statistic, log_rank(tables).statistic)
    assert found.one_arm == ()


def test_each_centre_is_left_out_in_turn():
    found = centres.of_endpoint(built(), OS)
    assert [level.code for level, _row in found.without] == ["A", "B", "C", "D"]
    for level, left in found.without:
        tables = [table(code == CENTRE) for code in "ABCD" if code != level.code]
        assert_allclose(left.estimate.value, cox.hazard_ratio(tables, "HAI", "TACE").ratio.value)
        assert sum(left.n) == int((level.code != CENTRE).sum())


def test_two_centres_are_not_left_out_and_small_ones_are_withheld():
    two = {name: [v for v, c in zip(values, CENTRE, strict=True) if c in "AD"]
           for name, values in COLUMNS.items()}  # fmt: skip
    found = centres.of_endpoint(built(two), OS)
    assert found.without == ()
    (rows,) = [b.rows for b in found.forest.blocks]
    assert [r.estimate is None for r in rows] == [False, True]
    assert found.forest.blocks[0].test is None


def test_a_centre_with_one_arm_tells_nothing_and_is_named():
    columns = COLUMNS | {
        "modality": [
            "HAI" if centre == "D" else modality
            for centre, modality in zip(CENTRE, COLUMNS["modality"], strict=True)
        ],
        "centre": [None if at == 0 else centre for at, centre in enumerate(CENTRE.tolist())],
    }
    found = centres.of_endpoint(built(columns), OS)
    assert [level.code for level in found.one_arm] == ["D"]
    assert found.missing == 1
    assert sum(found.forest.whole.n) == int((CENTRE[1:] != "D").sum())


@pytest.mark.cases
def test_one_centre_or_none_gives_no_stratified_result(change):
    assert centres.of_endpoint(built(COLUMNS | change), OS) is None


def test_centres_that_are_compared_are_not_strata():
    study = built(column="centre")
    assert centres.of_endpoint(study, OS) is None
    assert "centre" not in [each.column.name for each in subgroups.of_endpoint(study, OS).blocks]


# --- the count of tests


def test_every_test_of_the_arms_is_counted_once():
    study = built()
    found = multiplicity.of_page(study)
    compared = comparison.of_arms(study)
    tests = [test.message.code for test in found.main]
    assert tests == ["test-log-rank", *["test-rates"] * 2, *["test-best-rates"] * 2]
    raw = [test.pvalue for test in found.main]
    assert raw[0] == compared.survivals[0].log_rank.pvalue
    assert_allclose([test.adjusted for test in found.main], holm(raw))
    endpoints = len(survival.available(study))
    assert len(found.interactions) == 4 * (endpoints + 4)
    every = [*found.main, *found.interactions]
    assert found.below == sum(test.pvalue < 0.05 for test in every)
    assert found.left == sum(test.adjusted < 0.05 for test in every)
    assert found.primary is None


def test_a_test_that_could_not_be_done_is_not_counted():
    study = built(COLUMNS | {"os_event": ["no"] * N})
    found = multiplicity.of_page(study)
    assert all("endpoint" not in dict(test.values) for test in (*found.main, *found.interactions))
    compared = comparison.of_arms(study)
    assert len(multiplicity.main_tests(compared)) == len(found.main) == 4
    nothing = replace(compared, responses=(), survivals=())
    assert multiplicity.counted(nothing).main == ()
