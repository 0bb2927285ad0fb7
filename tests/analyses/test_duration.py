"""How long responses lasted: what ends them, whom they are of, and when nothing is shown."""

from datetime import date, timedelta

import pytest
from numpy.testing import assert_allclose

from lib.analyses import duration
from lib.followup import UNDATED
from lib.schema import MONTH
from tests.conftest import START, studied, study_of


def on(day: int | None) -> date | None:
    return None if day is None else START + timedelta(days=day)


def lasting(visits, deaths=(), patients=None, **choices):
    """Patients by their sums at days; of each the baseline is 100 mm."""
    n = len(visits)
    rows = [
        (f"P{number}", on(day), total)
        for number, each in enumerate(visits, start=1)
        for day, total in ((-7, 100), *each)
    ]
    names, days, sums = zip(*rows, strict=True)
    columns = {
        "first_procedure_date": [START] * n,
        "last_contact_date": [on(900)] * n,
        "death_date": [on(day) for day in deaths] or [None] * n,
        **(patients or {}),
    }
    tables = {"assessments": {"patient_id": names, "assessment_date": days, "sld_mm": sums}}
    return study_of(columns, tables, **choices)


RESPONDERS = [
    [(60, 60), (120, 50), (180, 70)],  # PD on day 180: 120 days
    [(60, 60), (120, 60), (240, 60)],  # none: censored on day 240, 180 days
    [(60, 60), (120, 60)],  # died on day 300: 240 days
    [(90, 50), (150, 50), (390, 90)],  # PD on day 390: 300 days
    [(60, 60), (120, 60), (420, 60)],  # censored on day 420: 360 days
    [(60, 60), (120, 90)],  # PR that nothing confirms: no responder
    [(60, 90), (120, 90), (200, 130)],  # SD until PD on day 200
]
DIED = [None, None, 300, None, None, None, None]


def test_a_response_lasts_from_the_first_visit_to_progression_death_or_the_last_assessment():
    found = duration.of_responses(lasting(RESPONDERS, DIED))
    group = found.response.group
    assert (group.n, group.events) == (5, 3)
    assert found.response.ended_by == {"progression": 2, "last-evaluable-assessment": 2, "death": 1}
    # R: survfit(Surv(c(120,180,240,300,360), c(1,0,1,1,0)) ~ 1): 0.8 at 120, 0.8 * 2/3 at 240,
    # 0.8 * 2/3 * 1/2 at 300; median 300
    assert_allclose(group.curve.time * MONTH, [120, 180, 240, 300, 360])
    assert_allclose(group.curve.survival, [0.8, 0.8, 8 / 15, 4 / 15, 4 / 15])
    assert_allclose(group.median.value * MONTH, 300)
    unconfirmed = duration.of_responses(lasting(RESPONDERS, DIED, confirm=False)).response
    assert (unconfirmed.group.n, unconfirmed.ended_by["progression"]) == (6, 3)
    assert duration.of_responses(lasting(RESPONDERS, DIED, source="recorded")) is None
    assert duration.of_responses(studied("russian")) is None


def test_stable_disease_lasts_from_the_first_procedure():
    stable = [(60, 90), (120, 90), (200, 130)]
    found = duration.of_responses(lasting([stable] * 5 + [RESPONDERS[0]]))
    assert (found.stable.group.n, found.stable.group.events) == (5, 5)
    assert_allclose(found.stable.group.median.value * MONTH, 200)
    assert found.response.group.n == 1


def test_fewer_responders_than_the_small_numbers_ask_for_have_no_curve():
    found = duration.of_responses(lasting(RESPONDERS[:4], DIED[:4]))
    assert (found.response.group.n, found.response.group.curve) == (4, None)
    assert found.response.group.median is None
    nobody = duration.of_responses(lasting(RESPONDERS[6:]))
    assert (nobody.response.group.n, nobody.response.ended_by) == (0, {})


def test_a_recorded_progression_after_the_last_assessment_ends_a_response():
    dates = {"progression_date": [on(300), on(200)]}
    found = duration.of_responses(lasting([RESPONDERS[1]] * 2, patients=dates))
    # one after the last assessment, the other before it, where no assessment shows it
    assert found.response.ended_by == {"progression": 1, "last-evaluable-assessment": 1}


@pytest.mark.cases
def test_the_profile_says_which_recorded_progression_ends_it(profile, ended):
    dates = {"progression_date": [on(300)]}
    study = lasting([RESPONDERS[1]], patients=dates, profile=profile)
    assert duration.of_responses(study).response.ended_by == {ended: 1}


def test_a_death_without_a_date_is_set_aside_and_counted():
    patients = {"vital_status": ["dead", "dead"], "last_contact_date": [on(900)] * 2}
    found = duration.of_responses(lasting(RESPONDERS[:2], patients=patients))
    assert found.response.ended_by == {"progression": 1}
    assert {why.code: n for why, n in found.response.set_aside.items()} == {UNDATED: 1}


def test_a_death_known_by_months_alone_ends_a_response():
    patients = {"os_months": [300 / MONTH], "os_event": ["yes"], "last_contact_date": [None]}
    found = duration.of_responses(lasting([RESPONDERS[1]], patients=patients))
    assert found.response.ended_by == {"death": 1}


def test_the_sample_has_one_responder_and_no_curve():
    found = duration.of_responses(studied("workbook"))
    assert (found.response.group.n, found.response.group.curve) == (1, None)
    assert (found.stable.group.n, found.stable.group.events) == (33, 27)
    assert found.stable.ended_by["progression"] == 25
