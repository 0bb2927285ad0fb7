"""Single patients of a registry: each once, in order, with the course that a file shows."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import lib.registry
from lib import exhibits
from lib.analyses import patients
from lib.analyses.study import opening_plan, under_study
from lib.plan import Condition
from lib.registry import paged
from tests.conftest import FEW, sample, studied
from tests.registry.cohorts import cohorts
from tests.registry.same import ON_A_CLUSTER, difference, in_database, opened, written

SORTS = ("follow-up", "response", "end", "change")


def turned(registry, sort):
    """Every page, one after the other."""
    found, first, after = [], 0, None
    while not found or after:
        found.append(paged.page(registry, sort, first, after))
        first, after = first + len(found[-1].best), found[-1].following
    return found


def every(pages):
    """Lanes and those left out, by the patient's name in the file."""
    lanes = [lane for page in pages for lane in page.swimmer.lanes]
    return lanes, [each for page in pages for each in page.swimmer.left_out]


def test_whoever_is_not_drawn_has_a_modality_in_the_list(tmp_path):
    cohort = sample("russian")
    nobody = cohort.patients["first_procedure_date"].shift(len(cohort))
    cohort = replace(cohort, patients=cohort.patients.assign(first_procedure_date=nobody))
    written(tmp_path, under_study(cohort, opening_plan(cohort)))
    found = paged.page(lib.registry.open(str(tmp_path)).by(opening_plan(cohort)))
    assert len(found.swimmer.left_out) == 25
    listed = exhibits.patients.page(found).tables[0].frame
    assert set(listed["Modality"]) == {"Chemoinfusion (HAI)", "Chemoembolization (TACE)"}


def renamed(study, each):
    """With the code that the file has in the place of the registry's number."""
    names = study.whole.patients["patient_id"]
    return replace(each, patient_id=names.iloc[int(each.patient_id) - 5])


def held(lane, measured):
    """The marks of a lane that facts hold; procedures of one day are one there."""
    nominal = () if measured else (mark for mark in lane.marks if mark.nominal)
    done = {("procedure", mark.months) for mark in lane.marks if mark.kind == "procedure"}
    return {*nominal, *done, *(mark for mark in lane.marks if mark.kind in patients.PROGRESSIONS)}


def agree(study, registry):
    """Turn the pages in every order, and look for each lane of the study."""
    result, measured = patients.swimmer(study), study.measured.courses
    for sort in SORTS:
        lanes, left_out = every(turned(registry, sort))
        mine = {lane.patient_id: lane for lane in (renamed(study, each) for each in lanes)}
        assert len(mine) == len(lanes) == len(result.lanes)
        assert {renamed(study, each) for each in left_out} == set(result.left_out)
        for lane in result.lanes:
            found = mine[lane.patient_id]
            assert (found.level, found.end) == (lane.level, lane.end), lane
            assert found.followed == pytest.approx(lane.followed, rel=1e-12, abs=1e-12)
            known = lane.patient_id in measured
            assert held(found, known) == held(lane, known), lane


@pytest.mark.parametrize("name", ["workbook", "russian", "registry"])
def test_pages_of_a_registry_have_each_patient_of_its_study_once(name):
    study = studied(name)
    agree(study, opened(study))


@FEW
@given(cohorts(), st.sampled_from(("", "sex", "age", "modality")))
def test_pages_of_any_registry_have_each_patient_of_its_study_once(cohort, by):
    plan = opening_plan(cohort)
    study = under_study(cohort, replace(plan, study=replace(plan.study, by=by)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paged, "MOST", 3)
        agree(study, opened(study))


PLACES = {
    "follow-up": lambda lane, best, change: -lane.followed,
    "response": lambda lane, best, change: ("CR", "PR", "SD", "PD", "NE", "").index(best),
    "end": lambda lane, best, change: patients.ENDS.index(lane.end),
    "change": lambda lane, best, change: -change,
}


@pytest.mark.parametrize("sort", SORTS)
def test_patients_stand_in_the_order_that_is_asked_for(sort, monkeypatch):
    cohort = sample("workbook")
    given_ = [(17 * at % 11) * 10.0 - 60 for at in range(len(cohort))]
    cohort = replace(cohort, patients=cohort.patients.assign(best_change_pct=given_))
    monkeypatch.setattr(paged, "MOST", 5)
    pages = turned(opened(under_study(cohort, opening_plan(cohort))), sort)
    assert [page.first for page in pages] == [*range(0, 36, 5)]
    lanes, _left_out = every(pages)
    best = dict(pair for page in pages for pair in page.best)
    change = {bar.patient_id: bar.change for page in pages for bar in page.waterfall.bars}
    places = [PLACES[sort](each, *(of[each.patient_id] for of in (best, change))) for each in lanes]
    assert places == sorted(places) and len(set(places)) > 1
    for place in set(places):  # equal ones by follow-up
        tied = [lane.followed for lane, at in zip(lanes, places, strict=True) if at == place]
        assert tied == sorted(tied, reverse=True)


def test_a_page_says_where_it_stands_and_lists_what_is_held():
    page = paged.page(opened(studied("registry")))
    shown = exhibits.patients.page(page)
    assert "patients 1 to 25 of 240" in shown.caption == shown.caption.strip()
    frame = shown.tables[0].frame
    assert frame["Patient"].tolist() == [name for name, _best in page.best]
    assert "Best change, %" not in frame  # of nobody it is given


def test_a_page_is_one_query_of_its_own_rows(monkeypatch):
    registry = opened(studied("registry"))
    paged.page(registry)  # what all pages know of the whole is counted once
    fetched = []
    columns = registry.engine.columns

    def counted(sql, values):
        fetched.append(columns(sql, values))
        return fetched[-1]

    monkeypatch.setattr(registry.engine, "columns", counted)
    page = paged.page(registry, "end")
    assert len(fetched) == 1 and len(set(fetched[0]["who"])) == paged.MOST + 1
    assert paged.page(registry, "end") is page and len(fetched) == 1  # and is kept


def test_the_filter_in_force_says_who_is_on_a_page():
    cohort = sample("workbook")
    plan = opening_plan(cohort)
    women = (Condition("sex", ("F",)),)
    study = under_study(cohort, replace(plan, study=replace(plan.study, selection=women)))
    (page,) = turned(opened(study), "follow-up")
    assert len(page.best) == study.provenance.n < len(cohort)


def test_a_page_of_nobody_is_empty():
    page = paged.page(opened(studied("registry", selection=(Condition("age", low=119),))))
    assert (page.provenance.n, page.best, page.following) == (0, (), None)


@pytest.mark.parametrize("engine", ["postgresql", pytest.param("spark", marks=ON_A_CLUSTER)])
def test_every_engine_gives_the_same_pages(engine, request, tmp_path):
    study = studied("workbook")
    written(tmp_path, study)
    if engine == "postgresql":
        in_database(where := request.getfixturevalue("server"), study)
    else:
        where = f"{request.getfixturevalue('cluster')}#{tmp_path}"
    registry, folder = (lib.registry.open(each, study.plan) for each in (where, str(tmp_path)))
    for sort in SORTS:
        for mine, other in zip(turned(registry, sort), turned(folder, sort), strict=True):
            assert not difference(mine, other)
    registry.engine.close()


@pytest.mark.parametrize(("sort", "at"), [("follow-up", 12.0), ("response", 2.0), ("end", 2.0)])
def test_pages_begin_where_somebody_asks_and_know_how_many_stand_before(sort, at):
    registry = opened(studied("registry"))
    pages = turned(registry, sort)
    first, start = paged.begin(registry, sort, at)
    everybody = [who for page in pages for who, _best in page.best]
    page = paged.page(registry, sort, first, start)
    names = [who for who, _best in page.best]
    assert 0 < first < len(everybody) and page.first == first
    assert names == everybody[first : first + paged.MOST]
    of = {lane.patient_id: lane for each in pages for lane in each.swimmer.lanes}
    if sort == "follow-up":
        assert of[everybody[first - 1]].followed > at >= of[names[0]].followed
    elif sort == "end":
        assert (
            patients.ENDS.index(of[names[0]].end)
            >= 2
            > patients.ENDS.index(of[everybody[first - 1]].end)
        )
    else:
        best = dict(pair for each in pages for pair in each.best)
        assert best[everybody[first - 1]] in ("CR", "PR") and best[names[0]] == "SD"
