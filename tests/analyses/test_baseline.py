"""Who the patients are, counted by hand and beside what numpy and Compare make of them."""

import numpy as np
from numpy.testing import assert_allclose

from lib.analyses import baseline, comparison
from lib.analyses.counted import ALL, NO_VALUE
from tests.conftest import studied, study_of

SIX = {
    "modality": ["HAI", "HAI", "HAI", "TACE", "TACE", None],
    "age": [50, 60, 70, 40, None, 80],
    "sex": ["F", "M", "F", "M", None, "M"],
}


def described(by, **columns):
    return baseline.by_group(study_of(SIX | columns, by=by))


def feature(found, name):
    return next(each for each in found.features if each.column.name == name)


def test_everybody_is_first_and_those_without_a_value_are_last():
    found = described("modality")
    assert [each.code for each in found.groups] == [ALL.code, "HAI", "TACE", NO_VALUE.code]
    assert found.n == (6, 3, 2, 1)
    assert [caution.code for caution in found.cautions] == ["ungrouped"]
    assert [each.column.name for each in found.features] == ["sex", "age"]


def test_levels_are_counted_in_all_and_in_each_group():
    sex = feature(described("modality"), "sex")
    assert {each.level.code: each.n for each in sex.levels} == {
        "F": (2, 2, 0, 0),
        "M": (3, 1, 1, 1),
    }
    assert (sex.known, sex.missing, sex.quartiles) == ((5, 3, 1, 1), (1, 0, 1, 0), ())


def test_numbers_have_their_quartiles_in_all_and_in_each_group():
    age = feature(described("modality"), "age")
    groups = ([50, 60, 70, 40, 80], [50, 60, 70], [40], [80])
    assert_allclose(age.quartiles, [np.percentile(each, [25, 50, 75]) for each in groups])
    assert (age.known, age.missing, age.levels) == ((5, 3, 1, 1), (1, 0, 1, 0), ())


def test_without_a_grouping_there_is_everybody():
    for found in (described(""), described("centre")):
        assert (found.column, found.groups, found.n) == (None, (ALL,), (6,))
        assert [each.column.name for each in found.features] == ["sex", "age", "modality"]
        assert feature(found, "sex").known == (5,)
        assert feature(found, "age").quartiles == ((50, 60, 70),)


def test_a_number_groups_where_it_is_cut():
    found = described("age")
    assert [each.label for each in found.groups[1:3]] == ["<65 years", "≥65 years"]
    assert found.n == (6, 3, 2, 1)


def test_the_groups_are_those_of_a_comparison():
    study = studied("registry")
    found, arms = baseline.by_group(study), comparison.of_arms(study)
    for covariate in arms.covariates:
        one = feature(found, covariate.column.name)
        assert one.known[1:] == covariate.known and one.missing[1:] == covariate.missing
        assert one.quartiles[1:] == covariate.quartiles
        assert [each.n[1:] for each in one.levels] == [each.counts for each in covariate.levels]
    assert {each.column.name for each in found.features} == {
        each.column.name for each in arms.covariates
    }
