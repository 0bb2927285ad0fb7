"""The contrast under other strategies: each equals the same contrast of rows changed by hand."""

from datetime import timedelta

import numpy as np
import pytest

from lib import exhibits, text
from lib.analyses import comparison, landmark, robustness, sensitivity
from lib.schema import ENDPOINTS
from tests.conftest import START, after, codes, cohort_of, studied, study_of

OS, PFS = ENDPOINTS["OS"], ENDPOINTS["PFS"]
MONTHS = [3, 5, 6, 8, 9, 11, 13, 14, 17, 20, 22, 25, 28, 31]
EACH = len(MONTHS)


def courses(other=None, therapy=None, **more):
    """Two arms whose deaths are at `MONTHS`, every third alive; months of what came later."""
    death = [None if i % 3 == 2 else after(m) for i, m in enumerate(2 * MONTHS)]
    later = [None if m is None else after(m) for m in (other or [None] * 2 * EACH)]
    columns = {
        "modality": ["HAI"] * EACH + ["TACE"] * EACH,
        "first_procedure_date": [START] * 2 * EACH,
        "first_hai_date": [START] * EACH + later[EACH:],
        "first_tace_date": later[:EACH] + [START] * EACH,
        "death_date": death,
        "last_contact_date": [after(m + i // EACH) for i, m in enumerate(2 * MONTHS)],
    }
    columns["death_date"][EACH:] = [
        None if day is None else day + timedelta(days=30) for day in death[EACH:]
    ]
    if therapy is not None:
        columns["new_therapy_date"] = [None if m is None else after(m) for m in therapy]
    return columns | more


def cut(columns, months):
    """The same rows, their follow-up ended by hand where something came before its end."""
    dead, seen = list(columns["death_date"]), list(columns["last_contact_date"])
    for i, m in enumerate(months):
        if m is not None and after(m) < (dead[i] or seen[i]):
            dead[i], seen[i] = None, after(m)
    return columns | {"death_date": dead, "last_contact_date": seen}


def asked(study, endpoint=OS):
    found = sensitivity.of_endpoint(study, endpoint)
    return {each.kind: each for each in (found.own, *found.analyses)}


OTHER = [4, None, 2, None, 5, None, None, 9, None, 6, None, None, None, 7] + [None] * EACH
OTHER[EACH + 3] = OTHER[EACH + 8] = 6
OTHER[EACH + 1] = 40  # after the end
BY_KIND = {"second modality": courses(OTHER), "new therapy": courses(therapy=OTHER)}


@pytest.mark.parametrize("kind", BY_KIND)
def test_who_is_censored_at_what_came_later_is_followed_until_then(kind):
    columns, months = BY_KIND[kind], OTHER
    found = asked(study_of(columns))[kind]
    by_hand = cut(columns, months)
    ends = (each["last_contact_date"] for each in (by_hand, columns))
    changed = [a != b for a, b in zip(*ends, strict=True)]
    assert found.otherwise == (sum(changed[:EACH]), sum(changed[EACH:]))
    assert min(found.otherwise) > 0
    by_hand.pop("new_therapy_date", None)
    own = asked(study_of(by_hand))["own"]
    assert (found.n, found.events, found.tau) == (own.n, own.events, own.tau)
    assert found.difference == own.difference and found.ratio == own.ratio


def test_the_horizon_of_each_is_that_of_the_plan():
    found = asked(study_of(courses(OTHER)))
    own = found["own"].tau
    assert found["second modality"].tau == own > 6
    assert found["landmark"].tau == own - 6


def test_what_came_before_the_first_procedure_and_on_the_last_day_changes_nothing():
    therapy = [-2, *MONTHS[1:], *[None] * EACH]
    found = asked(study_of(courses(therapy=therapy)))
    assert found["new therapy"].otherwise == (0, 0)
    assert found["new therapy"].difference == found["own"].difference
    assert found["new therapy"].cautions == ()


def test_a_clock_that_starts_earlier_censors_on_the_same_day():
    earlier = {"liver_mets_date": [after(-3)] * 2 * EACH}
    columns = courses(therapy=OTHER, **earlier)
    found = asked(study_of(columns, origin="liver_mets_date"))["new therapy"]
    by_hand = cut(columns, OTHER) | {"new_therapy_date": [None] * 2 * EACH}
    own = asked(study_of(by_hand, origin="liver_mets_date"))["own"]
    assert found.ratio == own.ratio and found.difference is own.difference is None
    assert sum(found.otherwise) == 7


def test_from_a_landmark_arms_are_those_of_one_modality_until_then():
    study = study_of(courses(OTHER))
    found = asked(study)["landmark"]
    shown = landmark.at_landmark(study, OS, "exclusive")
    alone = {group.level.code: (group.n, group.events) for group in shown.groups}
    assert found.n == (alone["HAI"][0], alone["TACE"][0])
    assert found.events == (alone["HAI"][1], alone["TACE"][1])
    assert found.otherwise == (EACH - found.n[0], EACH - found.n[1])


def test_what_the_file_does_not_date_is_withheld_and_said():
    bare = {key: courses()[key] for key in ("modality", "death_date", "last_contact_date")}
    bare |= {"first_procedure_date": [START] * 2 * EACH}
    study = study_of(bare | {"progression_date": [after(m / 2) for m in 2 * MONTHS]})
    found = asked(study, PFS)
    assert list(found) == ["own", "second modality", "new therapy", "between scans"]
    assert [codes(each.cautions) for each in found.values()] == [
        [],
        ["later-undated"],
        ["later-undated"],
        ["assessments-undated"],
    ]
    assert all(each.difference is None for each in found.values() if each.kind != "own")


def test_what_is_asked_of_modalities_is_not_asked_of_other_arms():
    columns = courses(OTHER, therapy=OTHER, centre=["A", "B"] * EACH)
    study = study_of(columns, column="centre")
    assert list(asked(study)) == ["own", "new therapy"]
    assert sensitivity.of_endpoint(study_of({"age": [50, 60]}), OS) is None


@pytest.mark.parametrize(
    ("months", "words"),
    [
        (OTHER, "Chemoinfusion (HAI) 5 of 14, Chemoembolization (TACE) 2 of 14"),
        ([*[None] * EACH, 2, 2, *[None] * (EACH - 2)], "too high, that of Chemoembolization (TACE"),
        ([2, 2, *[None] * (EACH - 2)] * 2, "then both curves are too high"),
    ],
)
def test_informative_censoring_is_told_with_the_direction_in_which_it_pulls(months, words):
    (found,) = asked(study_of(courses(therapy=months)))["new therapy"].cautions
    said = text.caution(found)
    assert words in said and "another question" in said and said.startswith("Censored at a new sys")


# Progression between scans ----------------------------------------------------------------------

VISITS = [(1, 2.0), (1, 4.0), (2, 2.0), (3, 2.0), (3, 5.0), (5, 0.0), (6, 3.0)]
SEEN = {
    "modality": ["HAI"] * 7,
    "first_procedure_date": [START] * 7,
    # seen at the second scan, and recorded five days later; at the first; not seen; died; scanned
    # at baseline alone; no scan
    "progression_date": [
        after(4) + timedelta(days=5),
        after(2),
        None,
        None,
        after(5),
        None,
        after(3),
    ],
    "death_date": [None, None, None, after(4), None, after(8), None],
    "last_contact_date": [after(9), after(9), after(9), None, after(9), None, after(9)],
}


def bounds_of(columns, visits):
    tables = {
        "assessments": {
            "patient_id": [f"P{who}" for who, _month in visits],
            "assessment_date": [after(month) for _who, month in visits],
            "response_recorded": ["SD"] * len(visits),
        }
    }
    return study_of(columns, tables, source="recorded").bounds(PFS, "modality")


def test_an_event_lies_between_the_scans_that_the_file_dates():
    found = bounds_of(SEEN, VISITS)
    rows = [
        (round(low, 1), round(high, 1), n)
        for low, high, n in zip(*found.of(found.levels[0]), strict=True)
    ]
    assert rows == [
        (0.0, 2.0, 1),  # seen at the first scan
        (0.0, 5.0, 1),  # scanned at baseline alone
        (2.0, 4.2, 1),  # seen at the second scan
        (3.0, 3.0, 1),  # no scan is dated: as recorded
        (4.0, 4.0, 1),  # died on that day
        (5.0, np.inf, 1),  # no event: until the last scan
        (8.0, 8.0, 1),  # died
    ]
    assert found.unscanned.tolist() == [1]


def simulated(random, every, n=60):
    """Two arms alike, scanned at other intervals, as a file of assessments has them."""
    columns = {"modality": [], "first_procedure_date": [], "progression_date": []}
    columns |= {"death_date": [], "last_contact_date": []}
    visits = {"patient_id": [], "assessment_date": [], "response_recorded": []}
    for arm, modality in enumerate(("HAI", "TACE")):
        for _ in range(n):
            who = f"P{len(columns['modality']) + 1}"
            growth, end = random.exponential(10), random.uniform(14, 36)
            days = np.arange(1, 40) * every[arm]
            days = days[days < end]
            seen = days[days >= growth]
            columns["modality"].append(modality)
            columns["first_procedure_date"].append(START)
            columns["progression_date"].append(after(seen[0]) if len(seen) else None)
            columns["death_date"].append(None)
            columns["last_contact_date"].append(after(end))
            until = [day for day in days if not len(seen) or day <= seen[0]]
            visits["patient_id"] += [who] * len(until)
            visits["assessment_date"] += [after(day) for day in until]
            visits["response_recorded"] += [
                "PD" if len(seen) and day == seen[0] else "SD" for day in until
            ]
    return studied(cohort_of(columns, {"assessments": visits}))


def test_unequal_scans_of_arms_alike_pull_the_plans_difference_and_not_the_one_between_them():
    random, own, between = np.random.default_rng(4), [], []
    for _ in range(12):
        study = simulated(random, (1.5, 3.0))
        beside = sensitivity.beside(study, PFS)
        found = asked(study, PFS)
        assert beside == found["between scans"]
        own.append(found["own"].difference.value)
        between.append(beside.difference.value)
    assert np.mean(own) > 0.4
    assert abs(np.mean(between)) < 0.5 * np.mean(own)


def test_scans_alike_need_no_second_table_beside_the_contrast():
    study = simulated(np.random.default_rng(5), (2.0, 2.0), 20)
    assert sensitivity.beside(study, PFS) is None
    assert asked(study, PFS)["between scans"].difference is not None
    assert sensitivity.between_scans(study, OS) is None


def test_beside_unequal_scans_the_contrast_has_the_table_and_the_caution_points_to_it():
    study = simulated(np.random.default_rng(6), (1.5, 3.0), 30)
    compared = comparison.of_arms(study)
    (told,) = [each for each in compared.cautions if each.code == "scanned-otherwise"]
    assert "Sensitivity analyses" in text.caution(told)
    contrast = next(each for each in compared.survivals if each.endpoint == PFS)
    between = sensitivity.beside(study, PFS)
    behind = robustness.hidden_cause(contrast, study.plan)
    shown = exhibits.comparison.of_endpoint(compared, contrast, behind, None, between)
    (table,) = [each for each in shown.tables if "between assessments" in each.title]
    assert text.difference(between.difference) in table.frame["Value"][0]
    assert "Turnbull" in table.caption


def test_the_table_has_the_plans_own_first_and_its_answer_claims_nothing():
    study = study_of(courses(OTHER, therapy=OTHER))
    compared = comparison.of_arms(study)
    found = sensitivity.of_endpoint(study, OS)
    shown = exhibits.sensitivity.of_endpoint(found, compared)
    frame = shown.tables[0].frame
    assert frame["Analysis"].tolist() == [
        "As the plan has it",
        "One modality alone until the landmark, from it on",
        "Censored at a second modality",
        "Censored at a new systemic therapy",
    ]
    assert frame["What it changes"][2] == "censored: 2 and 5"
    assert "What is claimed does not rest on them" in shown.sentences[0]
    assert "as 2 sensitivity analyses of the same time have it: 0." in shown.sentences[0]
    assert not any("pre-specified" in each for each in (*shown.sentences, shown.caption))
