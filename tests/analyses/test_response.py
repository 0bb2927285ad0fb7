import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from lib import text
from lib.analyses import comparison, response, states
from lib.analyses.study import opening_plan, under_study
from lib.cohort import Finding
from lib.ingest import read_cohort
from lib.plan import Plan, ResponsePlan, StudyPlan
from lib.schema import ENDPOINTS
from tests.conftest import START, after, codes, cohort_of, parts, studied, study_of

CODES = [state.code for state in states.STATES]
LATE = after(40)


def coded(columns, months=6, deaths="as recorded", as_of=LATE):
    """The state of each patient at a time, in words."""
    cohort = cohort_of(columns)
    plan = Plan(study=StudyPlan(as_of=as_of), response=ResponsePlan(deaths=deaths))
    column = f"response_{months}m" if months else "best_response"
    return [CODES[index] for index in states.states(cohort, plan, months, column)]


def dated(n, **columns):
    """Patients who began on one day and were alive a long time after, but for what is given."""
    return {"first_procedure_date": [START] * n, "last_contact_date": [LATE] * n, **columns}


@pytest.mark.cases
def test_the_state_of_a_patient(months, columns, as_of, states):
    """By months after the first procedure, where a number stands in for a date."""
    read = {
        name: [after(cell) if isinstance(cell, (int, float)) else cell for cell in cells]
        for name, cells in columns.items()
    }
    day = LATE if as_of is None else after(as_of)
    assert coded(dated(len(states), **read), months, as_of=day) == states


@pytest.mark.cases
def test_what_becomes_of_the_dead_is_the_plans_choice(deaths, expected):
    died, late = after(5), after(7)
    columns = dated(
        6,
        response_6m=[None, "SD", "PD", "NE", "SD", None],
        progression_date=[None, None, None, None, None, after(4)],
        death_date=[died, died, died, died, late, died],
    )
    assert coded(columns, deaths=deaths) == expected


def test_not_due_is_decided_by_the_calendar_whatever_happened_before():
    begun = [after(0), after(5)]
    as_of = after(10)
    for columns in (
        {"response_6m": ["PD", "PD"]},
        {"response_6m": [None, None], "death_date": [after(5), after(6)]},
        {"response_6m": ["CR", "CR"]},
        {"response_3m": ["PD", "PD"], "response_6m": [None, None]},
    ):
        columns = {"first_procedure_date": begun, "last_contact_date": [as_of] * 2, **columns}
        assert coded(columns, as_of=as_of)[1] == "not-due"
        assert coded(columns, as_of=as_of)[0] != "not-due"
        assert coded(columns, deaths="apart", as_of=as_of)[1] == "not-due"


def test_a_patient_becomes_due_on_the_day_that_the_time_is_full():
    columns = dated(1, response_6m=["SD"])
    full = datetime.date(2020, 7, 1)  # six months of the calendar after the first procedure
    assert coded(columns, as_of=full) == ["SD"]
    assert coded(columns, as_of=full - datetime.timedelta(days=1)) == ["not-due"]


TWELVE = dated(
    12,
    modality=["HAI"] * 7 + ["TACE"] * 5,
    response_6m=["CR", "PR", "PR", "SD", "PD", "NE", None, "SD", "PD", None, None, "PD"],
    death_date=[None, None, None, None, after(5), None, after(3), None, after(8), None, None, None],
)
TWELVE["first_procedure_date"] = [START] * 11 + [after(36)]


def analysed(columns, **response_plan):
    return response.by_group(study_of(columns, **response_plan))


def test_counts_denominators_and_rates_of_a_cohort_counted_by_hand():
    (six,) = analysed(TWELVE).times
    assert (six.months, six.column) == (6, "response_6m")
    whole, (hai, tace) = six.everyone, six.groups
    assert dict(zip(CODES, whole.counts.tolist(), strict=True)) == {
        "CR": 1, "PR": 2, "SD": 2, "Non-CR/Non-PD": 0, "PD": 2, "NE": 1, "aside": 0, "died": 1,
        "lost": 2, "not-due": 1,
    }  # fmt: skip
    assert (whole.treated, whole.evaluable) == (11, 7)
    assert [(rate.k, rate.n) for rate in whole.objective] == [(3, 11), (3, 7)]
    assert [(rate.k, rate.n) for rate in whole.control] == [(5, 11), (5, 7)]
    assert hai.counts.tolist() == [1, 2, 1, 0, 1, 1, 0, 1, 0, 0]
    assert [(rate.k, rate.n) for rate in hai.objective] == [(3, 7), (3, 5)]
    assert [(rate.k, rate.n) for rate in hai.control] == [(4, 7), (4, 5)]
    assert tace.counts.tolist() == [0, 0, 1, 0, 1, 0, 0, 0, 2, 1]
    assert [(rate.k, rate.n) for rate in tace.control] == [(1, 4), (1, 2)]
    found = whole.objective[0].estimate
    # R: binom.test(3, 11)$conf.int
    limits = [3 / 11, 0.06021773, 0.60974256]
    assert parts(found) == pytest.approx(limits, abs=1e-8)
    assert codes(six.cautions) == ["responses-not-due"]  # with dates nobody is followed too short


def test_of_whom_died_counts_those_with_pd_who_had_died_by_then():
    (six,) = analysed(TWELVE).times
    assert six.everyone.died_with_pd == 1  # one died at 5 months, one only at 8
    assert [group.died_with_pd for group in six.groups] == [1, 0]
    (six,) = analysed(TWELVE, deaths="as progression").times
    assert six.everyone.counts[CODES.index("PD")] == 3
    assert six.everyone.died_with_pd == 2
    (six,) = analysed(TWELVE, deaths="apart").times
    assert six.everyone.counts[CODES.index("died")] == 2
    assert six.everyone.died_with_pd == 0


def test_a_group_of_nobody_evaluable_has_no_rate_over_the_evaluable():
    columns = dated(2, modality=["HAI", "TACE"], response_6m=["NE", "CR"])
    (six,) = analysed(columns).times
    hai = six.groups[0]
    assert (hai.treated, hai.evaluable) == (1, 0)
    assert (hai.objective[0].k, hai.objective[0].n) == (0, 1)
    assert hai.objective[1] is None
    assert hai.control[1] is None


def test_time_points_are_those_that_the_file_holds_best_response_last():
    columns = dated(1, best_response=["PR"], response_12m=["SD"], response_3m=[None])
    assert [time.months for time in analysed(columns).times] == [12, states.BEST]
    assert analysed(dated(1)).times == ()


def test_without_dates_those_followed_too_short_count_as_lost_and_a_caution_says_so():
    columns = {
        "response_6m": [None, None, None, "SD", None],
        "os_months": [3.0, 3.0, 9.0, 3.0, 6.0],
        "os_event": ["no", "yes", "no", "no", "no"],
    }
    (six,) = analysed(columns).times
    assert six.everyone.counts.tolist() == [0, 0, 1, 0, 0, 0, 0, 1, 3, 0]
    (caution,) = six.cautions
    assert (caution.code, dict(caution.values)) == ("not-followed", {"n": 1, "months": 6})
    assert "less than 6 months" in text.caution(caution)
    columns = dated(2, response_6m=[None, "SD"], vital_status=["dead", "alive"])
    assert codes(analysed(columns).times[0].cautions) == ["dead-without-a-date"]
    result = analysed(dated(3, modality=["HAI", None, "TACE"], response_6m=["SD"] * 3))
    assert sum(group.treated for group in result.times[0].groups) == 2
    (caution,) = [each for each in result.cautions if each.code == "ungrouped"]
    assert dict(caution.values) == {"n": 1}


def with_finding(letters, rows, **columns):
    """Responses at 6 months, those of some rows set aside by the import."""
    findings = (Finding("error", "-", "response_6m", rows, sets_aside=("response",)),)
    return response.by_group(
        studied(cohort_of(dated(len(letters), response_6m=letters, **columns), findings=findings))
    ).times[0]


def test_what_could_not_be_read_is_a_state_of_its_own_and_said():
    six = with_finding([None, "SD", None], (2,))
    assert six.everyone.counts[CODES.index("aside")] == 1
    assert (six.everyone.treated, six.everyone.evaluable) == (3, 1)
    assert codes(six.cautions) == ["unread-responses"]


def test_a_response_that_contradicts_the_death_is_not_counted():
    six = with_finding(["SD", "SD"], (2,), death_date=[after(2), None])
    assert six.everyone.counts[CODES.index("died")] == 1
    assert six.everyone.counts[CODES.index("SD")] == 1
    assert codes(six.cautions) == ["responses-after-death"]


ENDED = st.lists(
    st.tuples(
        st.sampled_from(["CR", "PR", "SD", "PD", "NE", ""]), st.integers(0, 300), st.booleans()
    ),
    min_size=3,
    max_size=12,
)
"""A letter for six months, the days of follow-up, and whether they ended in death."""


def typed(rows, by_dates):
    """The rows as a file gives them: dates, or nothing but months."""
    began = datetime.date(2020, 1, 1)
    lines = ["patient_id,modality,response_6m,"]
    lines[0] += (
        "first_procedure_date,death_date,last_contact_date" if by_dates else "os_months,os_event"
    )
    for at, (letter, days, dead) in enumerate(rows):
        day = (began + datetime.timedelta(days)).isoformat()
        ended = f"{began},{day if dead else ''},{'' if dead else day}"
        end = ended if by_dates else f"{days / 30.4375!r},{int(dead)}"
        lines.append(f"P{at},HAI,{letter},{end}")
    lines += [  # the file goes on long after, and holds every status
        f"Z{at},HAI,SD,{began},{end}" if by_dates else f"Z{at},HAI,SD,40,{at}"
        for at, end in enumerate([",2024-01-01", "2024-01-01,"])
    ]
    return read_cohort("typed.csv", "\n".join(lines).encode())


@given(ENDED, st.booleans())
def test_what_is_dropped_for_a_death_is_what_is_told_whatever_gives_the_time(rows, by_dates):
    cohort = typed(rows, by_dates)
    study = under_study(cohort, opening_plan(cohort))
    six = response.by_group(study).times[0]
    state = states.states(study.cohort, study.plan, 6, "response_6m")
    long_before = [days < 182.625 - 45 for _letter, days, _dead in rows]
    dropped = [
        dead and early and letter in ("CR", "PR", "SD")
        for (letter, _days, dead), early in zip(rows, long_before, strict=True)
    ]
    kept = [
        not dead and early and letter in ("CR", "PR", "SD")
        for (letter, _days, dead), early in zip(rows, long_before, strict=True)
    ]
    for (letter, _days, _dead), gone, index in zip(rows, dropped, state.tolist()[:-2], strict=True):
        assert (CODES[index] == "died") if gone else (letter in ("", "NE", CODES[index]))
    for severity, expected in (("error", dropped), ("warning", kept)):
        told = [
            found
            for found in cohort.findings
            if found.severity == severity and "recorded for a time after" in found.message
        ]
        rows_told = sorted(row for found in told for row in found.rows)
        assert rows_told == [at + 2 for at, each in enumerate(expected) if each]
        aside = ("response",) if severity == "error" else ()
        assert all(found.sets_aside == aside for found in told)
    said = [each for each in six.cautions if each.code == "responses-after-death"]
    assert sum(dict(each.values)["n"] for each in said) == sum(dropped)


def test_the_arms_are_compared_with_a_word_on_the_letters_that_are_not_counted():
    rows = [("SD", 60, True)] * 3 + [("SD", 600, True)] * 9
    lines = [
        f"{arm}{at},{arm},{letter},{days / 30.4375 if arm == 'TACE' else 20},{int(dead)}"
        for arm in ("HAI", "TACE")
        for at, (letter, days, dead) in enumerate(rows)
    ]
    head = "patient_id,modality,response_6m,os_months,os_event"
    cohort = read_cohort("typed.csv", "\n".join([head, *lines]).encode())
    study = under_study(cohort, opening_plan(cohort))
    contrasts = comparison.of_arms(study).responses
    assert {(each.arms[0].k, each.arms[1].k) for each in contrasts if each.measure == "DCR"} == {
        (12, 9)
    }
    for each in contrasts:
        assert text.caution(each.cautions[0]) == (
            "Recorded for 6 months, when the patient had long been dead, n = 3: not counted."
        )


def test_a_narrower_window_of_the_plan_drops_and_counts_more():
    cohort = typed([("SD", 150, True), ("SD", 150, False), ("SD", 60, True)], by_dates=False)
    for window, n in ((45, 1), (20, 2), (90, 1)):  # a wider one keeps to what the import said
        chosen = Plan(response=ResponsePlan(months=(6, 12), window_days=window))
        study = under_study(cohort, opening_plan(cohort, chosen))
        six = response.by_group(study).times[0]
        (said,) = [each for each in six.cautions if each.code == "responses-after-death"]
        assert dict(said.values)["n"] == n == six.everyone.counts[CODES.index("died")]


def test_both_as_recorded_is_counted_and_not_drawn():
    columns = {"modality": ["HAI"] * 5 + ["BOTH"] * 6 + ["TACE"] * 4, "response_6m": ["SD"] * 15}
    result = analysed(columns)
    counted = {group.level.code: group.treated for group in result.times[0].groups}
    assert counted == {"HAI": 5, "TACE": 4, "BOTH": 6}
    drawn = response.bars(result, result.times[0])
    assert [bar.level.code for bar in drawn] == ["all", "HAI"]  # four are too few for a bar
    told = ["arm-described", "arm-counted", "arm-described", "both-recorded"]
    assert codes(result.cautions) == told


patients = st.lists(
    st.tuples(
        st.sampled_from(["CR", "PR", "SD", "PD", "NE", None]),  # at 6 months
        st.sampled_from(["CR", "PR", "SD", "PD", "NE", None]),  # at 12 months
        st.none() | st.integers(0, 24),  # progression
        st.none() | st.integers(0, 24),  # death
        st.integers(0, 40),  # month of the first procedure
        st.sampled_from(["HAI", "TACE", None]),
    ),
    min_size=1,
    max_size=25,
)


@given(patients, st.sampled_from(["as recorded", "as progression", "apart"]))
def test_every_patient_is_in_exactly_one_state_and_pd_never_ends(rows, deaths):
    six, twelve, progressed, died, begun, kind = zip(*rows, strict=True)
    six, twelve = (
        [None if death is not None and death < months else letter
         for letter, death in zip(letters, died, strict=True)]
        for months, letters in ((6, six), (12, twelve))
    )  # nobody has a scan after death  # fmt: skip
    columns = {
        "response_6m": six,
        "response_12m": twelve,
        "first_procedure_date": [after(month) for month in begun],
        "progression_date": [
            None if month is None else after(start + month)
            for month, start in zip(progressed, begun, strict=True)
        ],
        "death_date": [
            None if month is None else after(start + month)
            for month, start in zip(died, begun, strict=True)
        ],
        "last_contact_date": [after(start + 24) for start in begun],
        "modality": kind,
    }
    cohort = cohort_of(columns)
    plan = opening_plan(cohort, Plan(response=ResponsePlan(deaths=deaths)))
    result = response.by_group(under_study(cohort, plan))
    for time in result.times:
        assert time.everyone.counts.sum() == len(rows)
        assert sum(int(group.counts.sum()) for group in time.groups) == sum(
            each is not None for each in kind
        )
        for group in (time.everyone, *time.groups):
            assert group.treated == group.counts.sum() - group.counts[-1]
            assert group.evaluable == group.counts[:5].sum() <= group.treated
            assert group.died_with_pd <= group.counts[CODES.index("PD")]
    early, late = (states.states(cohort, plan, months, f"response_{months}m") for months in (6, 12))
    pd = early == CODES.index("PD")
    allowed = {CODES.index(code) for code in ("PD", "not-due", "died")}
    assert set(late[pd].tolist()) <= allowed
    if deaths != "apart":
        assert CODES.index("died") not in late[pd]
    assert_array_equal((late == CODES.index("not-due"))[early == CODES.index("not-due")], True)


def test_died_by_counts_the_day_itself():
    cohort = cohort_of(dated(2, death_date=[after(6), after(6.1)]))
    follow = cohort.time_to_event(ENDPOINTS["OS"])
    assert follow.months[0] == pytest.approx(183 / 30.4375)
    assert states.died_by(cohort, 6).tolist() == [False, False]  # 183 days are 6.01 months
    assert states.died_by(cohort, 7).tolist() == [True, True]
    assert np.all(states.died_by(cohort, states.BEST))
