"""What every exhibit keeps to, of the sample and of awkward cohorts."""

import re
from dataclasses import replace

import numpy as np
import pytest

from lib import exhibits
from lib.analyses import robustness
from lib.analyses.everything import Everything
from lib.analyses.study import under_study
from lib.exhibits import report
from lib.exhibits.study import of_patients, of_study
from lib.ingest import read_cohort
from lib.language import speaking
from lib.plan import Condition
from lib.schema import BY_DATES, ENDPOINTS
from tests import russian
from tests.conftest import after, as_csv, chosen, codes, studied, study_of

CODE = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, (*ENDPOINTS, *BY_DATES)))})(?![\w-])")
UNWORDED = re.compile(r"\bnan\b|\bNone\b|p = 0\.000|\{\w*\}|[.] ?[.](?![.])")
TWICE = re.compile(r"\b(limits|difference|estimates?): (\S+ )?\1\b", re.IGNORECASE)
CAPITAL = re.compile(r"; (Difference|Standardized|Overlap|Propensity|Risk) ")
RATE = re.compile(r"\b(ORR|DCR|[Oo]bjective response|[Dd]isease control|response \(CR)")
NO_RATES = {"compare-tests"}  # p-values alone


def columns(n=30, **more):
    random = np.random.default_rng(4)
    return {
        "modality": ["HAI"] * (n // 2) + ["TACE"] * (n - n // 2),
        "os_months": np.round(random.exponential(15, n) + 0.1, 1).tolist(),
        "os_event": (["yes", "no", "yes"] * n)[:n],
        "age": random.integers(40, 80, n).tolist(),
        "response_6m": random.choice(["PR", "SD", "PD", "NE"], n).tolist(),
        "best_response": random.choice(["PR", "SD", "PD"], n).tolist(),
        **more,
    }


AWKWARD = {
    "everybody dead": columns(os_event=["yes"] * 30),
    "nobody dead": columns(os_event=["no"] * 30),
    "one event": columns(os_event=["yes"] + ["no"] * 29),
    "dead in one arm alone": columns(os_event=["yes"] * 15 + ["no"] * 15),
    "an arm of one": columns(modality=["HAI"] * 29 + ["TACE"]),
    "one arm": columns(modality=["HAI"] * 30),
    "three arms": columns(modality=["HAI"] * 10 + ["TACE"] * 10 + ["TARE"] * 10),
    "all times equal": columns(os_months=[12] * 30),
    "follow-up of two months": columns(os_months=[1, 2] * 15),
    "lost": columns(60, os_event=["yes"] * 6 + ["no"] * 54),
    "nine patients": columns(9),
}


@pytest.fixture(scope="module", params=["workbook", *AWKWARD])
def everything(request):
    built = AWKWARD.get(request.param)
    return Everything(studied(request.param) if built is None else study_of(built))


@pytest.fixture(scope="module")
def shown(everything):
    return list(of_study(everything))


def tables_of(exhibit):
    return [table for table in exhibit.tables if table.shown != "taken"]


def words_of(exhibit):
    large = [part for each in exhibit.headlines for part in (each.group, each.value, each.beside)]
    yield from (exhibit.title, *exhibit.sentences, exhibit.headline, *large, exhibit.conclusion)
    yield from (exhibit.estimand, exhibit.shows, exhibit.undrawn, exhibit.caption)
    yield from (*exhibit.meanings, *exhibit.warnings)
    for table in tables_of(exhibit):
        yield from (table.title, table.caption, *map(str, table.frame.columns))
        yield from table.frame.to_numpy(dtype=str).ravel().tolist()


def test_labels_and_no_codes_and_every_value_in_words(shown):
    for exhibit in shown:
        for words in words_of(exhibit):
            assert not CODE.search(words), (exhibit.key, words)
            assert not UNWORDED.search(words), (exhibit.key, words)
            assert not TWICE.search(words), (exhibit.key, words)
            assert not CAPITAL.search(words), (exhibit.key, words)


def test_every_caption_of_a_rate_says_whether_responses_were_confirmed(shown):
    for exhibit in shown:
        for table in tables_of(exhibit):
            named = (table.title, *table.frame.columns, *table.frame.iloc[:, 0])
            if exhibit.key not in NO_RATES and any(RATE.search(str(each)) for each in named):
                said = exhibit.caption + table.caption
                assert "confirm" in said, (exhibit.key, table.title)


def test_pages_lead_with_the_same_time(everything, shown):
    found = exhibits.response.told(everything.response)
    keys = {each.key: each for each in shown}
    if "compare-response" not in keys or not keys["compare-response"].sentences:
        return
    assert found is not None
    time = f"at {found.months} months" if found.months else "best response"
    assert all(time in words for words in keys["compare-response"].sentences)
    assert time in keys["response"].headline


def test_no_e_value_for_limits_that_hold_1(everything):
    compared = everything.comparison
    for each in compared.survivals if compared is not None else ():
        plan = everything.study.plan
        said = exhibits.comparison.hidden_cause(robustness.hidden_cause(each, plan, compared.apart))
        ratio = robustness.contrast_ratio(each, plan.small)
        assert not said.startswith("E-value") or not ratio.allows(1)


@pytest.mark.parametrize("file", ["workbook", pytest.param("registry", marks=pytest.mark.full)])
def test_every_exhibit_and_the_report_are_russian_where_that_is_spoken(file):
    with speaking("ru"):
        found = Everything(studied(file))
        several = [*of_study(found), *of_patients(found.study)]
        written = report.of_study(found)
        said = {each.key: russian.not_russian(russian.said(each)) for each in several}
        parts = {part.name: russian.not_russian([part.written]) for part in written.parts}
        listed = [words for table in written.checklists for words in russian.told(table)]
    assert len(several) > 40
    assert {key: found for key, found in (said | parts).items() if found} == {}
    assert russian.not_russian(listed) == {}


def test_per_cent_is_written_one_way_in_texts_and_figures():
    found = Everything(studied("workbook"))
    several = [*of_study(found), *of_patients(found.study)]
    said = {words for each in several for words in russian.said(each) if "%" in words}
    said |= {part.written for part in report.of_study(found).parts}
    assert "20%" in said and len(said) > 200
    assert [words for words in said if re.search(r"\d\s+%(?!\{)", words)] == []


# --- cautions count the patients of their own table


def dirty(n=120):
    """Three modalities and two centres, with something of every patient wrong or missing."""
    random = np.random.default_rng(5)
    dead, months = random.random(n) < 0.7, random.uniform(0.5, 36, n)
    undated, unseen = (random.random(n) < share for share in (0.1, 0.3))
    progressed = np.where(random.random(n) < 0.5, random.uniform(0.3, 1, n) * months, np.nan)
    seen = ["SD", "PR", "PD", "strange", ""]
    return {
        "modality": random.choice(["HAI", "TACE", "TARE", ""], n, p=[0.4, 0.4, 0.15, 0.05]),
        "centre": ["North", "South"] * (n // 2),
        "ecog": random.choice(["0", "1", ""], n),
        "first_procedure_date": [after(0)] * n,
        "death_date": [
            after(end) if gone and not lost else None
            for end, gone, lost in zip(months, dead, undated, strict=True)
        ],
        "last_contact_date": [
            None if (lost if gone else out) else after(end)
            for end, gone, lost, out in zip(months, dead, undated, unseen, strict=True)
        ],
        "vital_status": np.where(dead, "dead", "alive"),
        "progression_date": [None if np.isnan(each) else after(each) for each in progressed],
        "response_3m": random.choice(seen, n),
        "response_6m": random.choice(seen, n),
        "response_12m": random.choice(seen, n),
    }


def warned(columns, kept, *selection):
    """Each exhibit of a file of the kept patients alone, under a selection."""
    cut = {
        name: [each for each, there in zip(values, kept, strict=True) if there]
        for name, values in columns.items()
    }
    plan = chosen(as_of=after(36), reference="HAI", comparison="TACE", permutations=9)
    plan = replace(plan, study=replace(plan.study, selection=selection))
    cohort = read_cohort("dirty.csv", as_csv(cut))
    return {each.key: each for each in of_study(Everything(under_study(cohort, plan)))}


def test_cautions_under_a_filter_are_those_of_a_file_of_these_patients_alone():
    columns = dirty()
    every = [True] * len(columns["centre"])
    north = [centre == "North" for centre in columns["centre"]]
    filtered = warned(columns, every, Condition("centre", levels=("North",)))
    alone, whole = warned(columns, north), warned(columns, every)
    assert filtered.keys() == alone.keys()
    for key, each in filtered.items():
        assert each.warnings == alone[key].warnings, key
    assert sum(each.warnings != whole[key].warnings for key, each in filtered.items()) > 20


def test_cautions_of_two_arms_count_nobody_of_a_third():
    columns = dirty()
    every = [True] * len(columns["centre"])
    two = [modality in ("HAI", "TACE") for modality in columns["modality"]]
    among, alone = warned(columns, every), warned(columns, two)
    compared = [key for key in among if key.startswith("compare")]
    assert len(compared) > 20
    for key in compared:
        assert among[key].warnings == alone[key].warnings, key
    told = {code for key in compared for code in codes(among[key].cautions)}
    assert "ungrouped" not in told  # whoever has no modality is in neither arm
    assert {"set-aside", "living-left-out", "dead-left-out", "one-outcome-left-out"} & told
