"""Best overall response, confirmation and status."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.plan import ResponsePlan
from lib.recist.best import best, statuses
from lib.recist.rules import NON_CR_NON_PD
from tests.recist.cases import PLAN, by_letters, by_sums, responses, said, statuses_of, told

NCNP = NON_CR_NON_PD
ORACLE = ResponsePlan(sd_days=28, confirm_days=28)

# The public test data of the R package admiralonco, derive_param_confirmed_bor: days from the
# first treatment, and what it expects.
SUBJECTS = {
    1: ([(0, "PR"), (31, "CR"), (46, "NE"), (60, "CR"), (91, "SD")], "CR"),
    2: ([(20, "SD"), (51, "PR"), (80, "SD"), (92, "CR")], "SD"),
    3: ([(1, "CR"), (21, "CR"), (51, "SD")], "SD"),
    4: ([(2, "PR"), (62, "SD"), (93, "SD"), (123, "PR"), (137, NCNP)], "SD"),
    5: ([(0, "PR"), (9, "SD"), (19, "PR"), (135, NCNP)], NCNP),
    6: ([(4, "PR"), (14, "CR"), (57, "PR")], "SD"),
    7: ([(4, "PR"), (14, "CR"), (59, "NE")], "NE"),
    8: ([], ""),
    9: ([(15, "PD"), (34, "SD")], "PD"),
}


@pytest.mark.parametrize("subject", SUBJECTS)
def test_confirmed_as_admiralonco(subject):
    visits, expected = SUBJECTS[subject]
    assert best(visits, ORACLE, confirmed=True).response == expected


@pytest.mark.cases
def test_pairs_of_visits(first, second, late, early):
    """`late` where the first visit is late enough for stable disease, `early` where neither is."""
    assert best([(60, first), (100, second)], PLAN, True).response == late
    assert best([(10, first), (40, second)], PLAN, True).response == early


@pytest.mark.cases
def test_unconfirmed(visits, unconfirmed):
    assert best(visits, PLAN, False).response == unconfirmed


@pytest.mark.cases
def test_confirmation(visits, choices, confirmed):
    assert best(visits, replace(PLAN, **(choices or {})), True).response == confirmed


def test_a_best_response_says_when_and_why():
    visits = [(60, "SD"), (120, "PR"), (180, "PR")]
    found = best(visits, PLAN, True)
    assert (found.visits, said(found.reason)) == ((1, 2), "on day 120, confirmed on day 180")
    assert said(best(visits, PLAN, False).reason) == "on day 120"
    assert said(best(visits[:2], PLAN, True).reason) == (
        "from day 60; no complete or partial response was confirmed"
    )
    assert said(best([], PLAN, True).reason) == "no assessment after the first procedure"


def test_a_carried_response_never_confirms_itself():
    found = by_sums(100, 70, 80)
    assert responses(found) == ["PR", "SD"]
    assert statuses_of(found) == ["PR", "SD"]
    assert (found.best.response, found.best_confirmed.response) == ("PR", "SD")
    assert found.response_date is None
    lenient = by_sums(100, 70, 80, choices=replace(PLAN, confirm=False))
    assert statuses_of(lenient) == ["PR", "PR"]
    assert said(lenient.visits[1].carried) == "the response of 2020-03-01 stands until progression"
    assert lenient.best_confirmed.response == "SD"


def test_status_from_the_confirming_visit_to_progression():
    found = by_letters(
        (60, "PR"), (120, "PR"), (180, "SD"), (240, "NE"), (300, "CR"), (360, "PD"), (420, "SD")
    )
    assert statuses_of(found) == ["PR", "PR", "PR", "NE", "CR", "PD", "PD"]
    assert responses(found)[-1] == "SD"
    assert found.response_date.isoformat() == "2020-03-01"
    assert said(found.visits[-1].carried) == "after progression on 2020-12-26"


def test_a_complete_response_with_disease_after_it_is_asked_about():
    question = (
        "P1: complete response on 2020-03-01, and disease on 2020-04-30. If lesions were there on "
        "2020-03-01, give them a size, 5 mm where too small to measure: then it is a partial "
        "response"
    )
    assert question in told(by_letters((60, "CR"), (120, "PR")))
    assert question in told(by_sums(50, 0, 6))
    assert not any("complete response" in words for words in told(by_letters((60, "CR"))))
    relabelled = by_letters((60, "PR"), (120, "PR"))
    assert relabelled.best_confirmed.response == "PR"


letters = st.sampled_from(["CR", "PR", "SD", "PD", "NE", NCNP])
courses = st.lists(st.tuples(st.integers(1, 90), letters), max_size=8).map(
    lambda rows: [
        (sum(gap for gap, _ in rows[: index + 1]), letter) for index, (_, letter) in enumerate(rows)
    ]
)


@given(courses, st.booleans())
def test_status_keeps_progression_and_response(visits, confirm):
    status, established = statuses(visits, replace(PLAN, confirm=confirm))
    seen = [letter for _, letter in visits]
    if "PD" in seen:
        progressed = seen.index("PD")
        assert status[progressed:] == ["PD"] * (len(seen) - progressed)
        assert "PD" not in status[:progressed]
    if established:
        assert {"SD", NCNP}.isdisjoint(status[established[1] :])
    else:
        until = seen.index("PD") if "PD" in seen else len(seen)
        assert status[:until] == seen[:until]


@given(courses)
def test_statuses_read_as_visits_may_confirm_but_visits_decide(visits):
    """A response is confirmed by two visits of its own, whatever was carried between them."""
    found = best(visits, PLAN, True)
    if found.response in ("CR", "PR"):
        first, second = found.visits
        assert visits[first][1] == found.response
        assert visits[second][1] in ("CR", "PR")
        assert visits[second][0] - visits[first][0] >= PLAN.confirm_days


@given(courses)
def test_confirmation_never_improves_a_best_response(visits):
    order = ["CR", "PR", "SD", NCNP, "PD", "NE", ""]
    confirmed, plain = (best(visits, PLAN, each).response for each in (True, False))
    if not (confirmed == "PD" and plain in ("CR", "PR")):
        assert order.index(confirmed) >= order.index(plain)
