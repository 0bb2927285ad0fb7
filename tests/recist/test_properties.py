"""What holds of any course."""

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.recist.cases import assessment, by_sums, course, lesion, responses, statuses_of

sizes = st.one_of(
    st.integers(0, 80).map(str), st.sampled_from(["too small", "not measured", "merged"])
)
scans = st.lists(
    st.tuples(
        st.tuples(sizes, sizes, sizes),
        st.sampled_from(["CR", "Non-CR/Non-PD", "PD", "NE", None]),
        st.sampled_from(["yes", "no", None]),
    ),
    max_size=6,
)
baselines = st.tuples(*[st.integers(10, 80)] * 3)
organs = ("liver", "liver", "lung")


def tables(baseline, visits):
    days = [-7, *range(60, 60 + 60 * len(visits), 60)]
    lesions = [
        lesion(day, f"L{number}", text, organ=organs[number])
        for day, texts in zip(days, [baseline, *[visit[0] for visit in visits]], strict=True)
        for number, text in enumerate(texts)
    ]
    assessments = [
        assessment(day, nontarget=nontarget, new_lesion=new)
        for day, (_, nontarget, new) in zip(days[1:], visits, strict=True)
    ]
    return assessments, lesions


def facts(found):
    return [(v.date, v.response, v.status, v.sum, v.nadir, v.progressed_in) for v in found.visits]


@given(baselines, scans, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(baseline, visits, order: random.Random):
    assessments, lesions = tables(baseline, visits)
    found = course(assessments, lesions)
    order.shuffle(assessments)
    order.shuffle(lesions)
    again = course(assessments, lesions)
    assert facts(again) == facts(found)
    assert again.best_confirmed == found.best_confirmed
    nameless = [{**row, "lesion_id": None} for row in lesions]
    first = course(assessments, nameless)
    order.shuffle(nameless)
    assert facts(course(assessments, nameless)) == facts(first)


@given(baselines, scans)
def test_the_nadir_never_rises_and_progression_stays(baseline, visits):
    found = course(*tables(baseline, visits))
    nadirs = [visit.nadir for visit in found.visits]
    assert nadirs == sorted(nadirs, reverse=True)
    status = statuses_of(found)
    if "PD" in status:
        assert set(status[status.index("PD") :]) == {"PD"}
        assert found.progression_date == found.visits[status.index("PD")].date
    for visit in found.visits:
        assert visit.reasons
        assert (visit.status != visit.response) == (visit.carried is not None)
        if visit.in_liver or visit.outside_liver:
            assert visit.overall == "PD" or visit.target


def test_progression_does_not_stay_in_the_responses_of_visits():
    assert responses(by_sums(50, 70, 30)) == ["PD", "PR"]
    assert statuses_of(by_sums(50, 70, 30)) == ["PD", "PD"]


whole = st.integers(10, 200)


@given(whole, st.lists(st.integers(0, 200), min_size=1, max_size=6), st.integers(2, 9))
def test_scaling_all_diameters_keeps_percentages_and_responses(baseline, sums, factor):
    found = by_sums(baseline, *sums)
    scaled = by_sums(factor * baseline, *[factor * total for total in sums])
    assert [visit.change for visit in scaled.visits] == [visit.change for visit in found.visits]
    for small, large in zip(found.visits, scaled.visits, strict=True):
        # what grew by 20% and less than 5 mm may progress once it is larger
        if small.response != large.response:
            growth = small.sum - small.nadir
            assert (large.response, growth < 5, 5 * small.sum >= 6 * small.nadir) == (
                "PD",
                True,
                True,
            )


@given(whole, st.lists(st.integers(0, 200), min_size=1, max_size=6))
def test_tenths_of_a_millimetre_are_compared_exactly(baseline, sums):
    """The same lengths written as 7.1 cm would be, against integers of tenths."""
    found = by_sums(baseline / 10, *[total / 10 for total in sums])
    nadir = baseline
    for visit, total in zip(found.visits, sums, strict=True):
        gone = total == 0
        back = nadir == 0 and total > 0
        grown = total - nadir >= 50 and 10 * total >= 12 * nadir
        expected = "PD" if back else "CR" if gone else "PD" if grown else None
        assert visit.response == (expected or ("PR" if 10 * total <= 7 * baseline else "SD"))
        nadir = min(nadir, total)
