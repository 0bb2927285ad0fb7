"""What the numbers of a page mean: sentences that hold the page's own numbers."""

import re
from dataclasses import replace

import pytest

from lib import exhibits
from lib.analyses import comparison, survival
from lib.analyses.everything import Everything
from lib.exhibits.study import of_study
from lib.schema import ENDPOINTS
from tests.conftest import study_of


def test_each_number_between_two_curves_has_a_sentence(small):
    result = comparison.of_arms(small)
    said = exhibits.comparison.meanings(result, result.survivals[0])
    starts = ("Mean time", "Hazard ratio 0.80", "Test of prop", "95% CI", "Difference", "Log-rank")
    assert len(said) == len(starts)
    assert all(words.startswith(start) for words, start in zip(said, starts, strict=True))
    assert said[0].endswith(
        "20.0 after Chemoembolization (TACE) and 19.1 after Chemoinfusion (HAI)."
    )


def test_a_number_that_is_withheld_is_not_explained():
    columns = {
        "modality": ["HAI", "TACE"] * 12,
        "os_months": [5.0, 7.0] * 12,
        "os_event": ["no"] * 24,
    }
    result = comparison.of_arms(study_of(columns))
    said = exhibits.comparison.meanings(result, result.survivals[0])
    assert not any(words.startswith(("Hazard ratio", "Test of")) for words in said)


def test_the_rates_are_said_with_counts_and_what_their_limits_leave_open(small, registry):
    objective, controlled = exhibits.comparison.rates_answer(comparison.of_arms(small))
    assert objective.startswith("Response at 6 months (ORR, all treated): 1/16 (6%) after")
    assert controlled == (
        "Disease controlled at 6 months (DCR, all treated): 14/16 (88%) after Chemoembolization "
        "(TACE) and 16/20 (80%) after Chemoinfusion (HAI), a difference of 8 (95% CI −22 to 33) "
        "percentage points. The arms differ at baseline in ECOG performance status: what the "
        "treatment adds cannot be told from this."
    )
    said = exhibits.comparison.rates_answer(comparison.of_arms(registry))
    assert all(
        words.endswith("what the treatment adds cannot be told from this.") for words in said
    )
    alike = replace(comparison.of_arms(registry), covariates=())
    said = exhibits.comparison.rates_answer(alike)
    assert [words.endswith("the groups were not randomised.") for words in said] == [True, False]
    few = study_of({"modality": ["HAI", "TACE"] * 3, "response_6m": ["PR", "SD"] * 3})
    assert exhibits.comparison.rates_answer(comparison.of_arms(few)) == []  # not to be compared


def test_the_log_rank_test_is_explained_where_it_was_done(small):
    result = survival.by_group(small, ENDPOINTS["OS"])
    assert exhibits.survival.meanings(result)[-1].startswith("Log-rank p")
    assert exhibits.survival.meanings(result)[0].startswith("Median: by this time half")


SEVERAL = re.compile(
    r"(?<![\d.,])1 (events|months|patients|terms|tests|other tests|specifications|features)\b"
)
DOUBLED = re.compile(r"[.,;:] ?[.,;:](?!\d)| [.,;](?!\d)|\bthan than\b|\bnan\b|\bNone\b|[{}]")
_N = 24
ONE = {
    "modality": ["HAI", "TACE"] * _N,
    "os_months": [round(6 + at / 5, 1) for at in range(2 * _N)],
    "os_event": ["yes", *["no"] * (2 * _N - 1)],
    "pfs_months": [round(1 + at / 5, 1) for at in range(2 * _N)],
    "pfs_event": ["yes"] * _N + ["no"] * _N,
    "response_6m": ["PR", "SD"] * _N,
}
AWKWARD = {
    "one death": ONE,
    "one feature": ONE | {"ecog": ["0", "0", "1"] * (2 * _N // 3), "os_event": ["yes"] * (2 * _N)},
    "one time": ONE | {"os_months": [12] * (2 * _N), "os_event": ["yes"] * (2 * _N)},
    "nobody": ONE | {"os_event": ["no"] * (2 * _N), "ecog": ["1"] * (2 * _N)},
    "one arm dead": ONE | {"os_event": ["yes", "no"] * _N, "ecog": ["0", "1", "1", "0"] * 12},
    "one month": ONE | {"os_months": [1] * (2 * _N), "os_event": ["yes", "no", "no"] * 16},
    "one of an arm": ONE | {"modality": ["HAI"] * (2 * _N - 1) + ["TACE"]},
}


@pytest.mark.parametrize("columns", AWKWARD.values(), ids=list(AWKWARD))
def test_awkward_cohorts_are_told_in_whole_sentences(columns):
    study = study_of(columns, permutations=9, landmark=1)
    for shown in of_study(Everything(study)):
        cells = [str(cell) for table in shown.tables for cell in table.frame.to_numpy().ravel()]
        captions = [table.caption for table in shown.tables]
        words = [*shown.sentences, shown.estimand, shown.caption, *shown.meanings, *captions]
        for each in (*words, *shown.warnings, *cells):
            assert not SEVERAL.search(each), (shown.key, each)
        for each in (*words, *shown.warnings):
            assert not DOUBLED.search(each), (shown.key, each)
