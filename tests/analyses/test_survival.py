import datetime

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lib import followup, text
from lib.analyses import one_sided, survival
from lib.analyses.followed import last_known, with_last_dates
from lib.analyses.study import under_study
from lib.cohort import Finding
from lib.plan import Condition, Plan
from lib.schema import ENDPOINTS
from tests.conftest import START, after, codes, cohort_of, parts, study_of

OS, PFS = ENDPOINTS["OS"], ENDPOINTS["PFS"]


def day(days):
    return START + datetime.timedelta(days=days)


def followed(endpoint, columns, **more):
    """Months, events and reasons of each patient."""
    follow = cohort_of(columns, **more).time_to_event(endpoint)
    months = [None if np.isnan(value) else value for value in follow.months]
    return months, follow.event.tolist(), follow.reason.tolist()


def analysed(columns, endpoint=OS, **plan):
    return survival.by_group(study_of(columns, **plan), endpoint)


@pytest.mark.cases
def test_months_events_and_reasons_of_each_patient(endpoint, columns, months, event, reason):
    """A number in a column of dates is a day from the start; 487 days are 16 months."""
    read = {
        name: [day(cell) if isinstance(cell, int) and name[-4:] == "date" else cell for cell in row]
        for name, row in columns.items()
    }
    found = followed(ENDPOINTS[endpoint], {"first_procedure_date": [START] * len(event), **read})
    assert found == (months, event, reason)


@pytest.mark.cases
def test_available_are_the_endpoints_that_somebody_has_a_time_for(columns, codes):
    dates = {"first_procedure_date": [START], "last_contact_date": [after(1)]}
    study = under_study(cohort_of((dates if columns.pop("dated", None) else {}) | columns), Plan())
    assert [each.code for each in survival.available(study)] == codes


def test_a_death_without_a_date_is_set_aside_and_the_caution_says_what_it_does_to_the_curve():
    columns = {
        "first_procedure_date": [START] * 7,
        "last_contact_date": [after(12)] * 7,
        "death_date": [None, after(6), None, None, None, None, None],
        "vital_status": ["dead", "dead", *["alive"] * 5],
    }
    _months, _event, reason = followed(OS, columns)
    assert reason == [followup.UNDATED, *[""] * 6]
    result = analysed(columns)
    assert (result.everyone.n, result.everyone.events) == (6, 1)
    assert [(why.code, n) for why, n in result.set_aside] == [(followup.UNDATED, 1)]
    (caution,) = [each for each in result.cautions if each.code == "one-outcome-left-out"]
    assert text.caution(caution) == (
        "The curve is too high: left out of it are 1 of 2 with the event, 0 of 5 without it."
    )


@pytest.mark.parametrize("by", ["dates", "months"])
@pytest.mark.parametrize(
    ("dead", "why"), [(True, followup.NO_EVENT_TIMED), (False, followup.NO_OTHER_TIMED)]
)
def test_no_curve_leaves_out_every_death_or_every_survivor(by, dead, why):
    """Times of one outcome alone: nobody is used, whoever has a time keeps it."""
    status = ["dead"] * 6 + ["alive"] * 6
    has_time = [(each == "dead") is not dead for each in status]
    if by == "dates":
        ends = [after(5) if each else None for each in has_time]
        columns = {
            "first_procedure_date": [START] * 12,
            "last_contact_date": ends if dead else [None] * 12,
            "death_date": [None] * 12 if dead else ends,
        }
    else:
        columns = {"os_months": [5.0 if each else None for each in has_time]}
    months, _event, reason = followed(OS, columns | {"vital_status": status})
    assert set(reason[np.flatnonzero(has_time)[0] :][:1]) == {why}
    assert [each is not None for each in months] == has_time
    study = study_of(columns | {"vital_status": status})
    assert not survival.available(study)
    (refused,) = [each for each in one_sided.refused(study) if each.endpoint.code == "OS"]
    assert (refused.left_out, len(refused.months), refused.happened) == (6, 6, not dead)
    assert survival.by_group(study, OS).drawn == ()


@pytest.mark.cases
def test_who_is_left_out_by_outcome_is_told_with_the_direction(untimed, each, few, way):
    status, months, arms = [], [], []
    for level in ("dead", "alive"):
        gone = untimed.get(level, 0)
        status += [level] * each
        months += [None] * gone + [7.0] * (each - gone)
        arms += ["HAI"] * few + ["TACE"] * (each - few)
    result = analysed({"os_months": months, "vital_status": status, "modality": arms})
    said = [text.caution(one) for one in result.cautions if one.code == "one-outcome-left-out"]
    assert [way in one for one in said] == ([True] if way else [])


def test_beside_a_curve_without_some_of_the_living_stands_the_one_with_their_last_dates():
    columns = {
        "first_procedure_date": [START] * 10,
        "death_date": [after(4), after(6), after(8), after(10), *[None] * 6],
        "last_assessment_date": [None] * 5 + [after(2)] * 3 + [None] * 2,
        "last_contact_date": [None] * 4 + [after(12)] + [None] * 3 + [after(12)] * 2,
        "vital_status": ["dead"] * 4 + ["alive"] * 6,
    }
    result = analysed(columns)
    (beside,) = [each for each in result.cautions if each.code == "last-dates-of-the-living"]
    told = dict(beside.values)
    assert told["n"] == 3
    assert told["without"].value == result.everyone.median.value
    cohort = cohort_of(columns)
    follow = cohort.time_to_event(OS)
    more = with_last_dates(cohort, follow)
    assert more.used.all()
    assert more.event.tolist() == [True] * 4 + [False] * 6
    assert [round(each) for each in more.months[5:8]] == [2, 2, 2]
    dates = cohort_of(
        columns
        | {"last_assessment_date": [None] * 10, "vital_status": ["dead"] * 4 + ["alive"] * 6}
    )
    found = last_known(dates)[5:8]
    assert found.tolist() == [0, 0, 0]  # of whom nothing later than the procedure is known


def test_a_negative_time_is_set_aside_and_counted():
    columns = {
        "first_procedure_date": [START] * 6,
        "last_contact_date": [day(-1), *[after(12)] * 5],
        "death_date": [None] * 6,
    }
    months, _event, reason = followed(OS, columns)
    assert months[0] is None
    assert reason == [followup.BEFORE_ORIGIN, *[""] * 5]
    result = analysed(columns)
    assert result.everyone.n == 5
    assert codes(result.cautions) == ["set-aside"]
    assert text.caution(result.cautions[0]).endswith(
        "n = 1: the date of the event or of last contact is before the first procedure."
    )


def test_rows_that_a_finding_sets_aside_are_in_no_curve_of_that_endpoint():
    columns = {
        "first_procedure_date": [START, START],
        "death_date": [day(100), day(200)],
        "last_contact_date": [day(100), day(200)],
        "progression_date": [None, None],
        "os_months": [3.0, 3.0],
        "os_event": ["yes", "yes"],
    }
    findings = (Finding("error", "contradicts", rows=(2,), sets_aside=("OS",)),)
    assert followed(OS, columns, findings=findings)[2] == [followup.CONTRADICTED, ""]
    assert followed(PFS, columns, findings=findings)[2] == ["", ""]


def test_the_progression_free_are_censored_at_their_last_assessment_else_at_last_contact():
    columns = {
        "first_procedure_date": [START] * 6,
        "last_assessment_date": [day(487), None, None, day(487), day(487), day(487)],
        "last_contact_date": [day(974)] * 6,
        "death_date": [None, None, day(974), None, None, None],
        "progression_date": [None] * 6,
    }
    months, event, _reason = followed(PFS, columns)
    assert months == [16.0, 32.0, 32.0, 16.0, 16.0, 16.0]
    assert event == [False, False, True, False, False, False]
    result = analysed(columns, PFS)
    (caution,) = [each for each in result.cautions if each.code == "censored-at-last-contact"]
    assert dict(caution.values) == {"n": 1, "endpoint": ENDPOINTS["PFS"]}  # the dead have an event
    assert codes(analysed(columns, OS).cautions) == []


TEN_AND_TEN = {
    "modality": ["HAI"] * 10 + ["TACE"] * 10,
    "os_months": [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19],
    "os_event": (["yes"] * 6 + ["no"] * 4) * 2,
}


def test_every_group_is_estimated_and_so_is_everybody():
    result = analysed(TEN_AND_TEN)
    hai, tace = result.groups
    assert [(g.level.code, g.n, g.events) for g in (result.everyone, hai, tace)] == [
        ("all", 20, 12),
        ("HAI", 10, 6),
        ("TACE", 10, 6),
    ]
    assert_array_equal(hai.curve.time, np.arange(2, 22, 2))
    assert_allclose(hai.curve.survival, [0.9, 0.8, 0.7, 0.6, 0.5, *[0.4] * 5])
    assert (hai.median.value, tace.median.value) == (11.0, 10.0)  # the middle of the plateaus
    assert [found.survival.value for found in hai.milestones] == pytest.approx(
        [0.7, 0.4, np.nan], nan_ok=True
    )
    assert result.ticks == (0, 6, 12, 18, 24)
    assert result.log_rank.groups == ("HAI", "TACE")
    # R: s <- survdiff(Surv(time, status) ~ arm); c(s$chisq, s$pvalue)
    assert [result.log_rank.statistic, result.log_rank.pvalue] == pytest.approx(
        [0.017463177444059515, 0.894866980275841661], rel=1e-12
    )


@pytest.mark.cases
def test_a_group_under_five_is_counted_and_under_ten_described_and_not_tested(
    n, curve, tested, told
):
    columns = {
        "modality": ["HAI"] * 12 + ["TACE"] * n,
        "os_months": list(range(1, 13 + n)),
        "os_event": ["no"] + ["yes"] * (11 + n),
    }
    result = analysed(columns)
    assert [group.level.code for group in result.drawn] == ["HAI", "TACE"][: 1 + curve]
    small = result.groups[1]
    assert (small.n, small.events) == (n, n)
    assert (small.curve is not None, small.median is not None) == (curve, curve)
    assert (result.log_rank is not None) == tested
    assert codes(result.cautions) == told


def test_both_as_recorded_is_neither_drawn_nor_tested():
    columns = {
        "modality": [*TEN_AND_TEN["modality"], *["BOTH"] * 12],
        "os_months": [*TEN_AND_TEN["os_months"], *range(30, 42)],
        "os_event": [*TEN_AND_TEN["os_event"], *["yes"] * 12],
    }
    result = analysed(columns)
    assert [group.level.code for group in result.drawn] == ["HAI", "TACE"]
    both = result.groups[2]
    assert (both.level.code, both.n, both.events) == ("BOTH", 12, 12)
    assert both.curve is None and both.median is None and both.milestones == ()
    assert result.log_rank.groups == ("HAI", "TACE")
    assert result.log_rank.pvalue == analysed(TEN_AND_TEN).log_rank.pvalue
    assert codes(result.cautions) == ["both-recorded"]
    assert dict(result.cautions[0].values) == {"n": 12}


def test_a_group_that_nobody_followed_has_no_patients_and_no_curve():
    columns = {
        "modality": ["HAI"] * 5 + ["TACE"] * 3,
        "os_months": [1.0, 2.0, 3.0, 4.0, 5.0, None, None, None],
        "os_event": ["yes"] * 8,
    }
    result = analysed(columns)
    assert [(group.n, group.curve is None) for group in result.groups] == [(5, False), (0, True)]
    nobody = columns | {"modality": [None] * 5 + ["TACE"] * 3}
    assert [(group.level.code, group.n) for group in analysed(nobody).groups] == [("TACE", 0)]


def test_the_tail_is_lost_follow_up_and_never_a_bad_outcome():
    columns = {"os_months": list(range(1, 31)), "os_event": ["yes"] * 30}
    everyone = analysed(columns).everyone
    assert everyone.tail is None and not any(each.unsure for each in everyone.milestones)
    lost = columns | {"os_event": ["yes", *["no"] * 28, "yes"]}
    everyone = analysed(lost).everyone
    assert everyone.tail.why == "lost"
    assert everyone.median.value == 30 and everyone.unsure_at(30) == 1
    assert [each.unsure for each in everyone.milestones] == [False] * 3
    assert everyone.unsure_at(27) == 4 and everyone.unsure_at(26) is None


def test_limits_too_wide_are_a_tail_too():
    columns = {"os_months": [5, 6, 7, 8, 9, 20, 21, 22], "os_event": ["no", "yes"] * 4}
    everyone = analysed(columns).everyone
    assert everyone.tail.why == "wide"
    assert [each.unsure for each in everyone.milestones][:2] == [True, True]


def test_of_nobody_and_of_everybody_there_are_limits():
    alive = analysed({"os_months": [30] * 20, "os_event": ["no"] * 20}).everyone
    # R: binom.test(20, 20)$conf.int
    assert parts(alive.milestones[1].survival) == pytest.approx((1, 0.8315665, 1))
    dead = analysed({"os_months": [3] * 20, "os_event": ["yes"] * 20}).everyone
    assert parts(dead.milestones[1].survival) == pytest.approx((0, 0, 0.1684335))


def test_one_follow_up_a_study_that_of_overall_survival():
    columns = {
        "os_months": [10, 20, 30, 40, 12, 24],
        "os_event": ["no", "no", "no", "no", "yes", "yes"],
        "pfs_months": [2, 3, 30, 5, 6, 24],
        "pfs_event": ["yes", "yes", "no", "yes", "yes", "yes"],
    }
    by_os, by_pfs = (analysed(columns, endpoint=ENDPOINTS[code]) for code in ("OS", "PFS"))
    assert by_os.everyone.follow_up == by_pfs.everyone.follow_up


def test_everybody_is_one_curve_whoever_is_in_a_group():
    result = analysed(TEN_AND_TEN | {"modality": ["HAI"] * 10 + [None] + ["TACE"] * 9})
    assert (result.everyone.n, [group.n for group in result.groups]) == (20, [10, 9])
    assert "ungrouped" in codes(result.cautions)
    result = analysed({name: TEN_AND_TEN[name] for name in ("os_months", "os_event")})
    assert (result.column, result.groups, result.cautions) == (None, (), ())
    assert [group.level.code for group in result.drawn] == ["all"]
    result = analysed(TEN_AND_TEN, selection=(Condition("modality", ("TACE",)),))
    assert (result.everyone.n, [group.n for group in result.groups]) == (10, [10])
    assert result.log_rank is None
    result = analysed(TEN_AND_TEN | {"os_event": ["no"] * 20})
    assert result.log_rank is None
    assert text.estimate(result.everyone.median) == "not reached"


def test_follow_up_is_the_median_of_the_reversed_curve_and_ticks_cover_all_of_it():
    columns = {"os_months": [5, 10, 15, 20, 25], "os_event": ["no", "yes", "no", "no", "yes"]}
    # R: survfit(Surv(c(5, 10, 15, 20, 25), c(1, 0, 1, 1, 0)) ~ 1): 0.8, 0.533, 0.267
    assert analysed(columns).everyone.follow_up.value == 20
    for last, expected in (
        (11.0, (0, 3, 6, 9, 12)),
        (12.0, (0, 3, 6, 9, 12)),
        (18.5, (0, 6, 12, 18, 24)),
    ):
        assert analysed(columns | {"os_months": [1, 2, 3, 4, last]}).ticks == expected


def test_a_year_to_the_day_reaches_the_milestone_of_twelve_months():
    columns = {"first_procedure_date": [day(0)] * 6, "last_contact_date": [day(365)] * 6}
    columns["death_date"] = [None] * 5 + [day(100)]
    milestone = analysed(columns).everyone.milestones[1]
    assert milestone.months == 12 and milestone.survival.value == pytest.approx(5 / 6)
    assert milestone.at_risk == 5
