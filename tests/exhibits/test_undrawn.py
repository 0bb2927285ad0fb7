"""Whatever a figure does not show of all that it is of stands inside it: images lose captions."""

import html
import re

import numpy as np
import pytest

from lib import text
from lib.analyses.everything import Everything
from lib.analyses.study import opening_plan, under_study
from lib.exhibits.study import of_patients, of_study
from lib.plan import Plan
from lib.schema import MODALITIES
from tests.conftest import after, cohort_of, studied

TOLD = re.compile(r"[^.:]*\b(?:not drawn|Not drawn|Drawn:|Cut at|Points above)[^.]*\.")
"""Sentences of a caption that say that something is not in the figure."""
N = 90


def partly():
    """Patients with groups too small to be drawn, without a time, a year, a scan, a date."""
    chance = np.random.default_rng(5)
    codes = ["HAI"] * 42 + ["TACE"] * 40 + ["TARE"] * 3 + ["TAE"] * 2 + [None] * 3
    seen = chance.uniform(1, 40, N)
    dead = chance.random(N) < 0.6
    lost = [i % 15 == 0 for i in range(N)]
    return cohort_of(
        {
            "modality": codes,
            "first_procedure_date": [after(0) if i % 20 else None for i in range(N)],
            "os_months": [None if lost[i] else round(seen[i], 1) for i in range(N)],
            "os_event": ["yes" if each else "no" for each in dead],
            "pfs_months": [None if lost[i] else round(seen[i] / 2, 1) for i in range(N)],
            "pfs_event": ["yes"] * N,
            "response_6m": [("CR", "PR", "SD", "PD")[i % 4] for i in range(N)],
            "best_change_pct": [None if i % 9 == 0 else (250 if i == 1 else -i) for i in range(N)],
            "age": [None if i % 10 == 0 else int(chance.integers(40, 80)) for i in range(N)],
            "sex": list(chance.choice(["F", "M"], N)),
        }
    )


def inside(figure):
    """What is written into a figure, names of what is drawn included."""
    found = [each["text"] for each in figure.layout.get("annotations", ())]
    found += [each["name"] for each in figure.data if each.get("name")]
    return html.unescape(" ".join(found).replace("<br>", " "))


def drawn(study):
    for shown in (*of_study(Everything(study)), *of_patients(study)):
        if shown.figure is not None and not shown.misleads:
            yield shown, inside(shown.figure)


@pytest.fixture(scope="module", params=["partly", "workbook", "registry"])
def figures(request):
    if request.param == "partly":
        cohort = partly()
        return list(drawn(under_study(cohort, opening_plan(cohort))))
    return list(drawn(studied(request.param)))


def test_what_a_caption_says_is_not_drawn_stands_in_the_figure(figures):
    assert len(figures) > 5
    for shown, written in figures:
        if TOLD.search(shown.caption):
            assert shown.undrawn, shown.key
        assert " ".join(shown.undrawn.split()) in written, shown.key


@pytest.fixture(scope="module")
def small():
    cohort = partly()
    plan = Plan()
    return under_study(cohort, plan)


def test_a_group_without_a_curve_or_a_bar_is_named_in_the_figure(small):
    """And so are the patients without a time, and those of no group."""
    found = {shown.key: written for shown, written in drawn(small)}
    for key in ("survival-os", "survival-pfs", "response"):
        for level in MODALITIES:
            if (small.cohort.patients["modality"] == level.code).any():
                assert text.named(level) in found[key], (key, level.code)
    assert "Time known of 84 of 90." in found["survival-os"]
    assert "In no group: 3." in found["survival-os"]


def test_a_bar_that_is_cut_and_patients_without_one_are_told(small):
    found = {shown.key: written for shown, written in drawn(small)}
    assert "Known of 80 of 90 patients." in found["best-change"]
