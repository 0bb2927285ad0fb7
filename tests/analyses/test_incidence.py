"""Cumulative incidence: causes, ties, small numbers, and what is never given as a risk."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from lib import exhibits, text
from lib.analyses import incidence
from lib.schema import BY_DATES
from tests.conftest import START, after, codes, cohort_of, studied

TTP, THP, FIRST = (BY_DATES[code] for code in ("TTP", "THP", "FIRST"))


def dates(months):
    return [None if month is None else after(month) for month in months]


def cohort(progression=None, death=None, last=None, **more):
    n = len(next(each for each in (progression, death, last, *more.values()) if each is not None))
    none = [None] * n
    columns = {
        "first_procedure_date": [START] * n,
        "progression_date": dates(progression or none),
        "death_date": dates(death or none),
        "last_assessment_date": dates(last or none),
        **{name: dates(each) if name.endswith("_date") else each for name, each in more.items()},
    }
    return cohort_of(columns)


def analysed(built, endpoint=TTP, **choices):
    return incidence.by_group(studied(built, **choices), endpoint)


ORACLE = cohort(
    progression=[2, None, 5, None, None, 8, None, None],
    death=[None, 3, None, None, 7, None, None, 10],
    last=[2, 3, 5, 6, 7, 8, 9, 10],
)


def test_the_oracle_of_aalen_and_johansen_and_what_kaplan_meier_would_say():
    result = analysed(ORACLE, milestones=(9.5,), tail_fewest=1, tail_half_width=1.0)
    (at,) = result.everyone.milestones
    # R: survfit(Surv(c(2,3,5,6,7,8,9,10), factor(c(1,2,1,0,2,1,0,2))) ~ 1), at 9.5: .4063
    assert at.causes[0].value == pytest.approx(0.40625)
    assert at.naive == pytest.approx(0.513888888889)
    assert result.everyone.counts == (3, 3)
    last = result.everyone.curve
    assert last.incidence[:, -1].sum() + last.survival[-1] == pytest.approx(1)
    said = exhibits.incidence.naive(result)
    assert "51%" in said and "41%" in said and "could still progress" in said
    answer = exhibits.incidence.answer(result)
    assert "41% (95% CI" in answer and "51%" not in answer
    table = exhibits.incidence.summary(result).to_string()
    assert "51" not in table


def test_on_one_day_progression_counts_before_death():
    result = analysed(cohort(progression=[4] * 6, death=[4] * 6, last=[4] * 6))
    assert result.everyone.counts == (6, 0)
    assert "progression counts before death" in exhibits.incidence.caption(result)


def test_a_cause_that_nobody_had_has_no_incidence_and_the_rest_still_adds_up():
    result = analysed(cohort(progression=[3, 4, 5, 6, None, None], last=[9] * 6))
    curve = result.everyone.curve
    assert curve.incidence.shape[0] == len(result.causes) == 2
    assert curve.incidence[1].max() == 0
    assert_allclose(curve.incidence.sum(axis=0) + curve.survival, 1)


@pytest.mark.parametrize(
    ("n", "curve", "test"), [(4, False, False), (9, True, False), (10, True, True)]
)
def test_small_groups_are_counted_or_described_and_not_tested(n, curve, test):
    months = [*range(1, 13), *range(1, n + 1)]
    built = cohort(progression=months, last=months, modality=["HAI"] * 12 + ["TACE"] * n)
    result = analysed(built)
    assert (result.groups[1].curve is not None) == curve
    assert result.groups[1].counts == (n, 0)
    assert (result.test is not None) == test


def test_grays_test_is_withheld_where_events_are_few():
    months = [*range(1, 5), *[None] * 8] * 2
    built = cohort(progression=months, last=[20] * 24, modality=["HAI"] * 12 + ["TACE"] * 12)
    result = analysed(built)
    assert result.test is None
    (caution,) = result.cautions
    assert text.caution(caution) == "Progression, 8 events: Gray’s test needs 10, and is withheld."


SITES = {
    "progression": [3, 4, 5, 6, None, 7, None],
    "hepatic_progression_date": [3, None, 5, None, None, None, None],
    "extrahepatic_progression_date": [None, 4, 5, None, None, None, None],
    "death": [None, None, None, None, 8, 9, None],
    "last": [3, 4, 5, 6, 8, 7, 12],
}


def test_progression_that_nobody_placed_counts_in_the_liver_and_is_counted():
    result = analysed(cohort(**SITES), FIRST)
    assert result.everyone.counts == (4, 1, 1)  # liver: 1, 3, and of 4 and 6 nobody says where
    said = [text.caution(caution) for caution in result.cautions]
    assert any(
        "where is not recorded, n = 2: counted as progression in the liver" in s for s in said
    )
    assert any("in the liver and outside it on one day, n = 1" in each for each in said)


def test_progression_outside_the_liver_is_ignored_or_competes_by_choice():
    built = cohort(**SITES)
    ignored = analysed(built, THP)
    assert [cause.code for cause in ignored.causes] == ["hepatic_progression_date", "death_date"]
    assert (
        "Progression outside the liver is ignored; it came first in n = 1."
        in exhibits.incidence.caption(ignored)
    )
    competing = analysed(built, THP, extrahepatic_competes=True)
    first = analysed(built, FIRST)
    assert [cause.code for cause in competing.causes] == [cause.code for cause in first.causes]
    assert competing.everyone.counts == first.everyone.counts == (4, 1, 1)


def test_progressed_on_no_known_day_is_set_aside():
    columns = {
        "first_procedure_date": [START] * 6,
        "progression": ["yes", *["no"] * 5],
        "hepatic_progression_date": [None, after(5), *[None] * 4],
        "death_date": [after(9), *[None] * 5],
        "last_assessment_date": [after(12)] * 6,
    }
    result = analysed(cohort_of(columns), THP)
    assert result.everyone.n == 5
    assert result.set_aside == (("the event happened, without a date", 1),)


def test_the_clock_of_incidence_is_the_first_procedure_whatever_the_plan_says():
    plain = analysed(ORACLE)
    other = analysed(ORACLE, origin="liver_mets_date")
    assert_allclose(other.everyone.curve.incidence, plain.everyone.curve.incidence)
    assert codes(other.cautions) == ["clock-of-incidence"]


def test_endpoints_are_offered_only_where_dates_tell_them():
    built = cohort(progression=[3, None], last=[3, 5])
    assert [endpoint.code for endpoint in incidence.available(studied(built))] == ["TTP"]


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.integers(1, 30)),
            st.one_of(st.none(), st.integers(1, 30)),
            st.one_of(st.none(), st.integers(1, 30)),
            st.integers(1, 40),
        ),
        min_size=5,
        max_size=25,
    )
)
def test_causes_and_the_event_free_always_add_up_to_one(rows):
    liver, elsewhere, death, last = (list(column) for column in zip(*rows, strict=True))
    built = cohort(
        death=death,
        last=last,
        hepatic_progression_date=liver,
        extrahepatic_progression_date=elsewhere,
    )
    result = analysed(built, FIRST)
    curve = result.everyone.curve
    assert_allclose(curve.incidence.sum(axis=0) + curve.survival, 1)
    assert (np.diff(curve.incidence, axis=1) >= -1e-12).all()
    assert sum(result.everyone.counts) + curve.censored.sum() == result.everyone.n
    assert sum(ending.n for ending in result.endings) == result.everyone.n
    assert result.everyone.n + sum(n for _reason, n in result.set_aside) == len(rows)
    for at in result.everyone.milestones:
        if not np.isnan(at.naive):
            assert at.naive >= at.causes[0].value - 1e-12
    counts = result.everyone.counts_at((0, 6, 12), 1)[1]
    assert (counts.at_risk + counts.events + counts.censored == result.everyone.n).all()
