"""What differs between two arms besides what was done."""

from datetime import date, timedelta

import numpy as np
import pytest

from lib import exhibits, text
from lib.analyses import comparison
from lib.analyses.study import opening_plan, under_study
from tests.conftest import after, cohort_of

KINDS = {
    *("living-left-out", "dead-left-out", "lost-in-one-arm"),
    *("scanned-otherwise", "other-years", "followed-otherwise"),
}
EACH = 30  # patients of each arm


def arms(
    dead=20, seen=(36.0, 36.0), blank=(0, 0), undated=(0, 0), every=(2.5, 2.5), start=(0.0, 0.0)
):
    """Two arms alike but for what is said, each a pair, the reference first.

    `seen`: months after which the living were last seen. `blank`: living of whom that is not known.
    `undated`: dead of whom the day is not known. `every`: months between scans. `start`: months by
    which an arm began later.
    """
    columns = {
        name: []
        for name in (
            *("patient_id", "modality", "first_procedure_date"),
            *("vital_status", "death_date", "last_contact_date"),
        )
    }
    visits = {"patient_id": [], "assessment_date": []}
    for arm, name in enumerate(("HAI", "TACE")):
        for i in range(EACH):
            began = start[arm] + i / 7
            dies, code = i < dead, f"{name}{i}"
            died = after(began + 3 + i) if dies and i >= undated[arm] else None
            known = not dies and i >= dead + blank[arm]
            columns["patient_id"].append(code)
            columns["modality"].append(name)
            columns["first_procedure_date"].append(after(began))
            columns["vital_status"].append("dead" if dies else "alive")
            columns["death_date"].append(died)
            columns["last_contact_date"].append(after(began + seen[arm]) if known else None)
            visits["patient_id"] += [code] * 4
            visits["assessment_date"] += [after(began + every[arm] * k) for k in range(1, 5)]
    cohort = cohort_of(columns, {"assessments": visits})
    return comparison.of_arms(under_study(cohort, opening_plan(cohort)))


def fired(result):
    return {each.code: text.caution(each) for each in result.cautions if each.code in KINDS}


def test_of_arms_observed_alike_nothing_is_said():
    assert fired(arms()) == {}


@pytest.mark.cases
def test_what_differs_is_said_with_the_direction_in_which_it_pulls(what, code, words):
    said = fired(arms(**what))
    assert words in said[code]


def test_the_same_of_both_arms_is_no_difference():
    same = arms(blank=(5, 5), undated=(3, 3), seen=(20, 20), every=(4, 4), start=(12, 12))
    assert fired(same) == {}


def test_chance_alone_seldom_speaks():
    random = np.random.default_rng(7)
    spoke = 0
    for _ in range(40):
        months = random.exponential(14, 60)
        end = random.uniform(12, 48, 60)
        cohort = cohort_of(
            {
                "modality": ["HAI", "TACE"] * 30,
                "first_procedure_date": [
                    date(2022, 1, 1) - timedelta(days=int(30 * e)) for e in end
                ],
                "os_months": np.minimum(months, end).round(2).tolist(),
                "os_event": ["yes" if m <= e else "no" for m, e in zip(months, end, strict=True)],
            }
        )
        found = fired(comparison.of_arms(under_study(cohort, opening_plan(cohort))))
        spoke += bool(
            {"living-left-out", "dead-left-out", "lost-in-one-arm", "other-years"} & {*found}
        )
    assert spoke <= 8


def test_every_year_between_is_counted_and_nobody_twice():
    result = arms(start=(0.0, 40.0))
    found = result.besides
    years = [each.year for each in found.by_year]
    assert years == list(range(years[0], years[-1] + 1))
    began = [after(start + i / 7).year for start in (0.0, 40.0) for i in range(EACH)]
    for arm in (0, 1):
        mine = began[arm * EACH : (arm + 1) * EACH]
        assert [each.n[arm] for each in found.by_year] == [mine.count(year) for year in years]


def test_without_a_date_or_a_year_there_are_no_years():
    cohort = cohort_of(
        {"modality": ["HAI", "TACE"] * 9, "os_months": [3.0] * 18, "os_event": [1] * 18}
    )
    result = comparison.of_arms(under_study(cohort, opening_plan(cohort)))
    assert (result.besides.years, result.besides.by_year) == (None, ())
    assert exhibits.balance.of_years(result) is None


def test_the_years_are_drawn_as_shares_of_each_arm_and_told_in_counts():
    result = arms(start=(0.0, 40.0))
    shown = exhibits.balance.of_years(result)
    figure, (table,) = shown.draw().checked(), shown.tables
    for at, bar in enumerate(figure.data):
        assert sum(bar.y) == pytest.approx(1)
        told = [int(words.split("/")[0]) for words in table.frame.iloc[:, at + 1]]
        assert list(bar.y) == pytest.approx([n / EACH for n in told])
    assert len({(bar.offset, bar.x[0]) for bar in figure.data}) == 2
