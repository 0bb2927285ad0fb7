"""Centres' counts: exact ones are the study's own integers, merged ones bracket them."""

import json
import re
from dataclasses import replace
from functools import cache

import jsonschema
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lib import exhibits, pool, text
from lib.analyses import baseline, centres, combined, comparison, survival
from lib.analyses.combined import PooledResults
from lib.analyses.counted import Flag, NotHeld, State
from lib.analyses.pooled import Pool
from lib.analyses.states import STATE_CODES
from lib.analyses.study import opening_plan, under_study
from lib.analyses.told import EXACT, GRID, PARTS, PoolError, grid, joined, of_study
from lib.command import main
from lib.export import document
from lib.plan import CutPoints, Plan
from lib.schema import BY_DATES, ENDPOINTS
from tests.conftest import as_csv, cohort_of, parts, refused, sample
from tests.export.test_document import SCHEMA
from tests.registry.same import difference
from tests.registry.test_same import asked, questions

OS = ENDPOINTS["OS"]
ARMS = ("HAI", "TACE")


def planned(cohort, **choices):
    """The plan of a network: it names the arms, and cuts every number where all cut it."""
    plan = opening_plan(cohort)
    chosen = replace(plan.comparison, reference=ARMS[0], comparison=ARMS[1])
    return replace(plan, comparison=chosen, **choices)


def split(cohort, plan, labels):
    """The studies of some centres, each of a file of its own, by their names."""
    found = {}
    for at, name in enumerate(sorted(set(labels))):
        part = cohort.where(np.array(labels) == name)
        part = replace(part, source=replace(part.source, sha256=f"{at + 1:064x}"))
        found[name] = under_study(part, plan)
    return found


def files(studies, k=EXACT):
    return [(f"{name}.json", pool.counts(study, k)) for name, study in studies.items()]


def by_centre(cohort):
    return cohort.patients["centre"].astype(object).tolist()


@cache
def registry(k=EXACT):
    """The registry as one study, its centres' studies, and their pool."""
    cohort = sample("registry")
    plan = planned(cohort)
    studies = split(cohort, plan, by_centre(cohort))
    return under_study(cohort, plan), studies, pool.opened(files(studies, k))


def columns(n, seed):
    """Columns of patients of two arms and some of neither, with rare words, ties and gaps."""
    rng = np.random.default_rng(seed)
    months = np.round(rng.exponential(18, n) + 0.5, 1)
    died = rng.random(n) < 0.7
    earlier = rng.random(n) < 0.6
    letters = ("CR", "PR", "SD", "PD", None)
    return {
        "modality": rng.choice(["HAI", "TACE", "TAE", None], n, p=(0.5, 0.4, 0.07, 0.03)).tolist(),
        "sex": rng.choice(["F", "M"], n).tolist(),
        "ecog": rng.choice(["0", "1", "2", None], n, p=(0.5, 0.4, 0.07, 0.03)).tolist(),
        "age": np.where(rng.random(n) < 0.1, np.nan, rng.integers(30, 85, n)).tolist(),
        "os_months": np.where(rng.random(n) < 0.05, np.nan, months).tolist(),
        "os_event": np.where(died, "yes", "no").tolist(),
        "pfs_months": np.where(earlier, np.round(months * rng.random(n), 1), months).tolist(),
        "pfs_event": np.where(died | earlier, "yes", "no").tolist(),
        "response_6m": [letters[at] for at in rng.integers(0, 5, n)],
    }


networks = st.tuples(st.integers(60, 200), st.integers(0, 10**6), st.integers(2, 4))


def network(n, seed, several):
    cohort = cohort_of(columns(n, seed))
    labels = np.random.default_rng(seed).integers(0, several, n).astype(str).tolist()
    plan = planned(cohort)
    return under_study(cohort, plan), split(cohort, plan, labels)


def arms_of(study, n, axis=0):
    """Counts of a study by modality, as those of the two arms and of all others."""
    codes = [level.code for level in study.counts("modality").levels]
    n = np.moveaxis(np.asarray(n), axis, 0)
    both = n[[codes.index(code) for code in ARMS]]
    return np.concatenate([both, (n.sum(axis=0) - both.sum(axis=0))[None]])


def same_rows(study, pooled, one, other, axis=0):
    """Counts of a study and of a pool by arm, and of all in neither arm."""
    mine = np.moveaxis(np.asarray(other), axis, 0)
    rest = len(pooled.counts("modality").levels) > 2
    mine = mine[:3] if rest else np.concatenate([mine[:2], mine[-1:]])
    assert arms_of(study, one, axis).tolist() == mine.tolist()


def alike(study, pooled):
    """The same integers, whatever both hold."""
    counts, ours = study.counts("modality"), pooled.counts("modality")
    assert [level.code for level in ours.levels][:2] == list(ARMS)
    same_rows(study, pooled, [*counts.n, counts.missing], [*ours.n, ours.missing])
    for name, column in pooled.columns.items():
        if name not in ("centre", "modality"):
            (alike_numbers if column.kind == "number" else alike_levels)(study, pooled, name)
    for name in pooled.tables.n:
        if name.startswith("response"):
            state = State(int(name.split()[1]))
            found = [each.crosstab(state, "modality").n for each in (study, pooled)]
            same_rows(study, pooled, *found, 1)
    for endpoint in pooled.endpoints:
        alike_follow_up(study, pooled, endpoint)


def alike_numbers(study, pooled, name):
    for one, other in zip(study.moments(name, ""), pooled.moments(name, ""), strict=True):
        assert (one.moments.n, one.missing) == (other.moments.n, other.missing)
        assert one.quartiles == other.quartiles
        if one.moments.n:
            assert np.isclose(one.moments.mean, other.moments.mean, rtol=1e-12)


def alike_levels(study, pooled, name):
    """A word that few have in a centre is in the cell of all such words."""
    crossed, cells = study.crosstab(name, "modality"), pooled.tables.cells[name]
    codes = [*(level.code for level in crossed.levels[0]), ""]
    named = {code for cell in cells for code in cell}
    rare = [code for code in codes if code not in named]
    every = [[*cell, *(rare if "*" in cell else ())] for cell in cells]
    n = np.array([sum(crossed.n[codes.index(c)] for c in cell if c in codes) for cell in every])
    same_rows(study, pooled, n, pooled.tables.n[name].T, 1)


def alike_follow_up(study, pooled, endpoint):
    one, other = (each.counted(endpoint, "modality") for each in (study, pooled))
    assert one.everyone.time.tolist() == other.everyone.time.tolist()
    for kind in ("left_out", "ended", "flags"):
        first, second = (
            {key: n for key, n in getattr(each, kind).items() if n.any()} for each in (one, other)
        )
        assert first.keys() == second.keys(), kind
        for key, n in first.items():
            same_rows(study, pooled, n, second[key])
    same_rows(study, pooled, one.n, other.n)
    same_rows(study, pooled, one.table.rows, other.table.rows)
    same_rows(study, pooled, one.told, other.told, 2)
    one, other = (each.counted(endpoint) for each in (study, pooled))
    for kind in ("n", "told"):
        assert getattr(one, kind).tolist() == getattr(other, kind).tolist()
    assert one.table.rows.tolist() == other.table.rows.tolist()
    living = [each.living and each.living.rows.tolist() for each in (one, other)]
    assert living[0] == living[1]


def test_exact_counts_of_the_centres_of_a_registry_are_those_of_the_whole():
    study, _studies, pooled = registry()
    assert isinstance(pooled, Pool) and pooled.exact
    assert {each.code for each in pooled.endpoints} == {each.code for each in study.endpoints}
    assert {*pooled.columns} == {*baseline_columns(study)}
    alike(study, pooled)


def baseline_columns(study):
    return [
        name
        for name, column in study.columns.items()
        if column.baseline and study.known(name) and name != "first_procedure_year"
    ]


@given(networks)
def test_exact_counts_of_any_parts_are_those_of_the_whole(of):
    study, studies = network(*of)
    told = files(studies)
    alike(study, pool.opened(told))


def test_the_centre_is_a_column_and_a_stratum_as_in_a_file_that_has_it():
    study, _studies, pooled = registry()
    one, other = (each.counted(OS, "modality", strata="centre").strata for each in (study, pooled))
    assert [level.code for level, _table in one] == [level.code for level, _table in other]
    for (_level, first), (_same, second) in zip(one, other, strict=True):
        assert first.select(ARMS).rows.tolist() == second.select(ARMS).rows.tolist()
    crossed = [each.crosstab("centre", "modality").n[:, :2].tolist() for each in (study, pooled)]
    assert crossed[0] == crossed[1]
    assert pooled.counts("centre").n == study.counts("centre").n
    within = [centres.of_endpoint(each, OS).hazard for each in (study, pooled)]
    assert np.isclose(within[0].log_ratio, within[1].log_ratio, rtol=1e-12)


def test_whole_analyses_are_those_of_the_registry():
    study, _studies, pooled = registry()
    first, second = baseline.by_group(study), baseline.by_group(pooled)
    known = {each.column.name: each for each in second.features}
    for each in first.features:
        if each.column.name in known:
            mine = known[each.column.name]
            assert (each.known, each.missing) == (mine.known, mine.missing)
            assert each.quartiles == mine.quartiles
            rows = [sorted(row.n for row in both.levels) for both in (each, mine)]
            assert rows[0] == rows[1]
    for endpoint in (OS, ENDPOINTS["PFS"]):
        one, other = (survival.by_group(each, endpoint) for each in (study, pooled))
        for mine, theirs in zip(one.groups, other.groups, strict=True):
            assert parts(mine.median) == parts(theirs.median)
            assert parts(mine.follow_up) == parts(theirs.follow_up)
        assert one.log_rank.pvalue == other.log_rank.pvalue
    contrast = comparison.of_arms(study).survivals[0]
    mine = PooledResults(pooled).comparison["OS"].survival
    assert np.isclose(contrast.hazard.log_ratio, mine.hazard.log_ratio, rtol=1e-12)
    assert parts(contrast.rmst.difference) == parts(mine.rmst.difference)


def test_every_question_has_the_studys_own_answer_or_none():
    study, _studies, pooled = registry()
    answered = set()
    for question in questions(study):
        answer, expected = asked(pooled, question), asked(study, question)
        if question[0] == "known":
            assert expected or not answer
        elif not isinstance(answer, NotHeld):
            assert not difference(answer, expected), question
            answered.add(question[0])
    assert answered == {"counted", "counts", "moments", "cut"}


# --- merged counts


def sums(found):
    """Every count that a file tells, whatever of."""
    yield found.n
    for cells in (*found.columns.values(), *found.responses.values()):
        yield cells.n
        yield cells.n.sum(axis=0)
    for each in found.outcomes.values():
        yield each.steps.n
        yield each.steps.n.sum(axis=0)
        yield from each.left_out.values()
        yield from each.ended.values()
    for each in found.ratios.values():
        if each.n is not None:
            yield np.array([*each.n, *each.events, *(np.array(each.n) - each.events)])
            yield found.n[:2] - each.n


def told_by(study, k):
    try:
        return of_study(study, k)
    except PoolError as refused:
        assert refused.code == "pool-arms-small"
        return None


@example((172, 5266, 2), 3)
@given(networks, st.sampled_from([3, 5, 8]))
def test_merged_counts_are_none_or_large_and_bracket_the_truth(of, k):
    study, studies = network(*of)
    told = {name: told_by(each, k) for name, each in studies.items()}
    told = {name: each for name, each in told.items() if each is not None}
    for name, found in told.items():
        for n in sums(found):
            assert not ((n > 0) & (n < k)).any()
        _brackets(studies[name], found)
        assert pool.loaded(name, pool.written(found)).n.tolist() == found.n.tolist()
    if len(told) == len(studies):
        pooled = pool.opened([(name, pool.written(each)) for name, each in told.items()])
        _told_is_true(study, pooled)


def _brackets(study, found):
    """Events by the end of a step are no fewer than those told to have ended by it, and no more
    than those of the steps that have begun."""
    ends = {0.0, *grid(study.plan).tolist()}
    for code, outcome in found.outcomes.items():
        steps = outcome.steps
        assert {*steps.start.tolist(), *steps.stop.tolist()} <= ends
        follow = study.follow({**ENDPOINTS, **BY_DATES}[code])
        for at in sorted(ends):
            truth = int((follow.used & follow.event & (follow.months <= at)).sum())
            event = steps.event == 1
            assert steps.n[:, event & (steps.stop <= at)].sum() <= truth + _slack(follow, at)
            assert truth <= steps.n[:, event & (steps.start < at)].sum() or at == 0


def _slack(follow, at):
    """Events within the days by which months of the calendar differ."""
    near = (follow.months > at) & (follow.months <= at + survival.SLACK)
    return int((follow.used & follow.event & near).sum())


def _told_is_true(study, pooled):
    """What a pool tells of a cell is the sum of all codes that are in it."""
    for name, cells in pooled.tables.cells.items():
        if name in ("centre", "modality"):
            continue
        by = State(int(name.split()[1])) if name.startswith("response") else name
        if by != name or pooled.columns[name].levels:
            crossed = study.crosstab(by, "modality")
            codes = [*(level.code for level in crossed.levels[0]), ""]
            each = dict(zip(codes, crossed.n.sum(axis=1).tolist(), strict=True))
            for cell, n in zip(cells, pooled.tables.n[name].sum(axis=0).tolist(), strict=True):
                if not {*cell} & {"*", "not-told"} and not _untold(cells):
                    assert n == sum(each.get(code, 0) for code in cell), (name, cell)


def _untold(cells):
    return any(code in ("*", "not-told") for cell in cells for code in cell)


def test_merged_counts_of_the_registry_tell_close_curves_and_the_ratio():
    study, _studies, pooled = registry(3)
    assert pooled.k == 3 and not pooled.exact
    whole = comparison.of_arms(study).survivals[0].hazard
    found = PooledResults(pooled).combined["OS"].found
    assert abs(np.log(found.common.value) - whole.log_ratio) < 0.1
    with pytest.raises(NotHeld):
        pooled.moments("age", "modality")
    assert [level.code for level in pooled.columns["age"].levels] == ["<65 years", "≥65 years"]


def test_what_a_centre_does_not_tell_is_no_missing_value():
    cohort = sample("registry")
    plan = planned(cohort)
    studies = split(cohort, plan, by_centre(cohort))
    told = [(name, of_study(each, 3)) for name, each in studies.items()]
    withheld = {
        each.name for _name, found in told for each in found.left_out if each.kind == "column"
    }
    mixed = [name for name in withheld if any(name in found.columns for _at, found in told)]
    assert mixed
    pooled = pool.opened([(name, pool.written(found)) for name, found in told])
    for name in mixed:
        codes = [level.code for level in pooled.tables.levels[name]]
        n = pooled.tables.n[name].sum(axis=0)[codes.index("not-told")]
        lacking = [found for _at, found in told if name not in found.columns]
        assert n == sum(found.n.sum() for found in lacking)
    gone = pooled.counted(OS, "modality")
    assert gone.n.sum() == 240
    assert gone.table.n.sum() + sum(n.sum() for n in gone.left_out.values()) == 240


def test_exact_and_merged_counts_pool_together():
    _study, studies, _pooled = registry()
    first, *others = studies.items()
    data = [(first[0], pool.counts(first[1], EXACT)), *files(dict(others), 3)]
    pooled = pool.opened(data)
    assert pooled.k == 3 and pooled.provenance.n == 240
    assert pooled.columns["age"].kind == "category"
    assert sum(pooled.tables.n["age"].sum(axis=0)) == 240
    assert not pooled.known("albumin")


# --- one effect out of those of centres


def test_below_five_centres_one_common_effect_and_from_five_their_average():
    _study, _studies, three = registry()
    found = PooledResults(three).combined
    assert {*found} >= {"OS", "PFS", "ORR-6", "DCR-6", "ORR-best"}
    assert found["OS"].found.average is None
    assert [each.code for each in found["OS"].cautions] == ["few-centres"]
    cohort = sample("registry")
    labels = np.random.default_rng(1).integers(1, 7, len(cohort)).astype(str).tolist()
    plan = planned(cohort)
    six = pool.opened(files(split(cohort, plan, labels)))
    many = PooledResults(six).combined["OS"]
    assert many.found.average is not None and many.found.prediction is not None
    assert not many.cautions
    shown = exhibits.combined.of_pool(combined.of_pool(six))
    said = next(each for each in shown if each.key == "pool-os").sentences
    assert said[0].startswith("Average of centres that differ: hazard ratio ")


def test_the_rates_that_are_combined_are_those_of_the_centres():
    _study, studies, pooled = registry()
    rows = PooledResults(pooled).combined["ORR-6"].forest.blocks[0].rows
    for row, study in zip(rows, studies.values(), strict=True):
        found = next(
            each
            for each in comparison.of_arms(study).responses
            if (each.months, each.measure, each.denominator) == (6, "ORR", "treated")
        )
        assert row.n == (found.arms[0].n, found.arms[1].n)
        assert row.events == (found.arms[0].k, found.arms[1].k)


def test_everything_of_a_pool_is_written_and_is_as_the_schema_says():
    for k in (EXACT, 3):
        found = PooledResults(registry(k)[2])
        made = document.pooled(found, ["results.json"])
        assert json.loads(document.dumps(made)) == made
        jsonschema.validate(made, json.loads(SCHEMA.read_text(encoding="utf-8")))
        shown = exhibits.combined.of_pool(found)
        assert len({each.key for each in shown}) == len(shown) > 10
        for each in shown:
            assert each.figure is not None or each.tables
            assert all(len(table.frame) for table in each.tables)


# --- what is not held


def test_what_counts_do_not_hold_is_refused_with_the_reason():
    pooled = registry()[2]
    for ask in (
        lambda: pooled.rows(["age"]),
        lambda: pooled.moments("sex", ""),
        lambda: pooled.counts("sex"),
        lambda: pooled.counts(State(6)),
        lambda: pooled.crosstab("sex", "ecog"),
        lambda: pooled.crosstab(State(6), Flag("died", 6), "modality"),
        lambda: pooled.crosstab(State(7), "modality"),
        lambda: pooled.counted(OS, "sex"),
        lambda: pooled.counted(OS, landmark=6.0),
        lambda: pooled.counted(OS, strata="sex"),
        lambda: pooled.counted(OS, origin="diagnosis_date"),
        lambda: pooled.bounds(OS, ""),
        lambda: pooled.switched(OS),
        lambda: pooled.intervals(""),
        lambda: pooled.dated("second modality"),
        lambda: pooled.cut("cea_baseline"),
        lambda: pooled.reach("age"),
        lambda: pooled.everybody,
        pooled.complications,
        pooled.derivation,
    ):
        with pytest.raises(NotHeld) as refused:
            ask()
        assert text.error(refused.value)
    assert pooled.span is None and not pooled.ways and not pooled.graded


# --- what leaves a centre


def test_no_patient_no_date_and_no_word_that_few_have_leaves():
    cohort = sample("registry")
    data = columns(80, 5)
    data["primary_site"] = ["Ivanov's aunt", "colon ", *["colon"] * 78]
    data["centre"] = ["St Elsewhere"] * 80
    data["msi"] = ["mss"] * 40 + [f"note {at}" for at in range(40)]
    own = cohort_of(data)
    for study in (under_study(own, planned(own)), under_study(cohort, planned(cohort))):
        for k in (EXACT, 3):
            words = pool.counts(study, k).decode()
            names = study.cohort.patients["patient_id"].astype(str)
            assert not [name for name in names if f'"{name}"' in words]
            assert not re.search(r"(19|20)\d\d-\d\d-\d\d", words)
            for word in ("aunt", "Elsewhere", "note", "Harbour", 'first_procedure_year": {'):
                assert word not in words
    kept = of_study(under_study(own, planned(own)), EXACT)
    assert ("colon",) in kept.columns["primary_site"].codes
    assert ("*",) in kept.columns["primary_site"].codes


def test_the_same_study_gives_the_same_bytes_and_they_read_back():
    for k in (EXACT, 3):
        for study in registry()[1].values():
            data = pool.counts(study, k)
            assert data == pool.counts(study, k)
            assert pool.written(pool.loaded("a.json", data)) == data


def test_few_without_a_time_cannot_be_had_by_subtraction():
    rng = np.random.default_rng(1)
    months = np.round(rng.exponential(18, 200) + 0.5, 1)
    months[[4, 10]] = np.nan  # two of the reference
    data = {
        "modality": ["HAI", "TACE"] * 100,
        "os_months": months.tolist(),
        "os_event": np.where(rng.random(200) < 0.7, "yes", "no").tolist(),
    }
    cohort = cohort_of(data)
    study = under_study(cohort, planned(cohort))
    assert study.counted(OS, "modality").table.n.tolist() == [98, 100, 0]
    found = of_study(study, 5)
    assert found.ratios["OS"].n == (100, 100)
    assert not any(n.any() for n in found.outcomes["OS"].left_out.values())
    assert of_study(study, EXACT).ratios["OS"].n == (98, 100)


def test_a_plan_that_masks_lets_nothing_finer_leave():
    study = next(iter(registry()[1].values()))
    plan = replace(study.plan, report=replace(study.plan.report, least_cell=5))
    for k in (EXACT, 3):
        with refused("pool-too-open", PoolError):
            pool.counts(study.by(plan), k)
    pool.counts(study.by(plan), 5)


@pytest.mark.parametrize("k", [0, 2, 31, -1])
def test_a_least_cell_that_is_none_is_refused(k):
    with pytest.raises(PoolError, match="Cells are merged"):
        pool.counts(next(iter(registry()[1].values())), k)


def test_no_two_arms_tell_nothing():
    study = under_study(cohort_of({"age": [50, 60]}), Plan())
    with refused("pool-no-arms", PoolError):
        pool.counts(study, EXACT)


# --- what is read


def refusal_of(*given):
    with pytest.raises(PoolError) as found:
        pool.opened(list(given))
    words = text.error(found.value)
    assert words.endswith(".") and "{" not in words.replace("{…}", "")
    return found.value.code


def test_the_same_file_and_the_same_patients_are_refused():
    name, study = next(iter(registry()[1].items()))
    data = pool.counts(study, EXACT)
    assert refusal_of((name, data), ("other.json", data)) == "pool-same-file"
    assert refusal_of((name, data), ("other.json", pool.counts(study, 3))) == "pool-same-patients"


def changed(plan, path, value):
    part, name = path.split(".")
    value = tuple(value) if isinstance(value, list) else value
    value = (CutPoints(value[0], value[1:]),) if name == "cuts" else value
    plan = replace(plan, **{part: replace(getattr(plan, part), **{name: value})})
    if path == "comparison.reference":
        plan = replace(plan, comparison=replace(plan.comparison, comparison="HAI"))
    return plan


@pytest.mark.cases
def test_plans_that_differ_in_a_part_that_counts_depend_on_are_refused_by_its_name(path, value):
    assert path in (*PARTS, *GRID)
    _study, studies, _pooled = registry()
    (name, first), (other, second), *_rest = studies.items()
    plan = changed(second.plan, path, value)
    k = 3 if path in GRID else EXACT
    data = pool.counts(under_study(second.as_read, plan), k)
    given = [(name, pool.counts(first, k)), (other, data)]
    with refused("pool-other-plan", PoolError) as found:
        pool.opened(given)
    assert path in text.error(found.value)


def test_parts_that_counts_do_not_depend_on_may_differ_and_the_pools_own_plan_decides():
    _study, studies, pooled = registry()
    (name, first), *others = studies.items()
    plan = replace(first.plan, confidence=0.9, study=replace(first.plan.study, seen_every=9.0))
    data = [(name, pool.counts(first.by(plan), EXACT)), *files(dict(others))]
    assert pool.opened(data).plan.confidence == 0.95
    own = pool.opened(data, replace(Plan(), confidence=0.9))
    assert own.plan.confidence == 0.9
    assert PooledResults(own).combined["OS"].found.common.confidence == 0.9
    assert pooled.plan.comparison.reference == "HAI"


def test_arms_that_nobody_named_are_told_and_must_be_the_same():
    plain = cohort_of(columns(80, 3))
    plan = opening_plan(plain)
    assert not plan.comparison.reference
    told = of_study(under_study(plain, plan), EXACT)
    assert told.arms == ("HAI", "TACE")


def test_one_changed_sign_is_found():
    data = pool.counts(next(iter(registry()[1].values())), EXACT)
    for at in range(60, len(data), 997):
        other = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        if json_of(other) != json_of(data):
            assert refusal_of(("a.json", other))


def json_of(data):
    try:
        return json.loads(data)
    except ValueError:
        return None


def forged(change, k=EXACT):
    """A file that somebody changed, with the checksum of what it is now."""
    made = json.loads(pool.counts(next(iter(registry()[1].values())), k))
    change(made)
    return ("a.json", signed(made))


def signed(made):
    made["checksum"] = pool.checksum(made)
    return json.dumps(made).encode()


def put(*path, value):
    def change(made):
        for name in path[:-1]:
            made = made[int(name) if isinstance(made, list) else name]
        made[int(path[-1]) if isinstance(made, list) else path[-1]] = value

    return change


@pytest.mark.cases
def test_a_file_that_somebody_made_up_is_refused(code, place, value):
    assert refusal_of(forged(put(*place.split("."), value=json.loads(value)))) == code


@pytest.mark.cases
def test_merged_counts_that_are_not_what_they_say_are_refused(code, place, value):
    assert refusal_of(forged(put(*place.split("."), value=json.loads(value)), 3)) == code


@pytest.mark.cases
def test_what_holds_no_counts_is_refused(data):
    assert refusal_of(("a.json", data.encode("latin-1")))


@pytest.mark.parametrize("data", [b"[" * 100_000, b"1" * 5000, b" " * 4_000_001], ids=len)
def test_what_is_too_long_to_hold_counts_is_refused(data):
    assert refusal_of(("a.json", data))


def test_no_file_and_too_many_are_refused():
    assert refusal_of() == "pool-files"
    assert refusal_of(*[("a.json", b"")] * 201) == "pool-files"


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 10**7), st.floats(allow_nan=False, width=32),
    st.text(max_size=5), st.just([]), st.just({}), st.just([[1, 2, 3]]),
)  # fmt: skip


def places(made, path=()):
    yield path
    inner = made.items() if isinstance(made, dict) else enumerate(made)
    for name, each in inner:
        if isinstance(each, (dict, list)):
            yield from places(each, (*path, name))
        else:
            yield (*path, name)


@given(st.sampled_from([EXACT, 3]), st.integers(0, 10**6), JUNK)
def test_junk_in_any_place_is_refused_or_does_no_harm(k, at, junk):
    made = json.loads(pool.counts(next(iter(registry()[1].values())), k))
    every = list(places(made))[1:]
    try:
        put(*every[at % len(every)], value=junk)(made)
        found = pool.opened([("a.json", signed(made))])
    except PoolError as problem:
        assert text.error(problem)
        return
    results = PooledResults(found)
    document.dumps(document.pooled(results))
    for each in exhibits.combined.of_pool(results)[:4]:
        assert [table.frame for table in each.tables]


# --- cells of several centres


def test_cells_are_joined_until_every_centres_are_parts_of_them():
    assert {*joined([[["a"], ["b"]], [["a"], ["b"], [""]]])} == {("a",), ("b",), ("",)}
    assert {*map(frozenset, joined([[["a"], ["b", "c"]], [["a", "d"], ["b"], ["c"]]]))} == {
        frozenset({"a", "b", "c", "d"})
    }
    found = joined([[["a"], ["*"]], [["a"], ["b"], ["c"]]])
    assert {*map(frozenset, found)} == {frozenset({"a"}), frozenset({"b", "c", "*"})}
    hits = joined([[["CR", "PR"], ["SD", "PD"]], [["CR"], ["PR"], ["SD"], ["PD"]]])
    assert {*map(frozenset, hits)} == {frozenset({"CR", "PR"}), frozenset({"SD", "PD"})}
    assert "CR" in STATE_CODES


def test_steps_end_at_the_months_of_the_plan_and_at_whole_years():
    assert grid(Plan()).tolist() == [3, 6, 12, 24, 36, 48, 60, 120, 1200]


# --- the command


def test_a_centre_exports_its_counts_and_the_command_pools_them(tmp_path, capsys):
    plan = tmp_path / "plan.toml"
    plan.write_text('[comparison]\nreference = "HAI"\ncomparison = "TACE"\n')
    file, out = tmp_path / "centre.csv", tmp_path / "out"
    file.write_bytes(as_csv(columns(40, 1)))
    arguments = [str(file), "--out", str(out), "--plan", str(plan), "--counts", "1"]
    assert main(arguments) == 0
    assert "counts.json" in json.loads((out / "results.json").read_text())["files"]
    made = [tmp_path / f"{at}.json" for at in (1, 2, 3)]
    (out / "counts.json").rename(made[0])
    for path, (_name, data) in zip(made[1:], files(network(100, 2, 2)[1]), strict=True):
        path.write_bytes(data)
    pooled = tmp_path / "pooled"
    assert main(["pool", *map(str, made), "--out", str(pooled)]) == 0
    found = json.loads((pooled / "results.json").read_text())
    assert [each["n"] for each in found["pooled"]["contributions"]]
    assert {each["level"] for each in found["pooled"]["contributions"]} == {"1", "2", "3"}
    assert (pooled / "pool-os.html").exists() and (pooled / "plan.toml").exists()
    capsys.readouterr()
    assert main(["pool", str(made[0]), str(made[0]), "--out", str(pooled)]) == 1
    assert capsys.readouterr().err.strip() == "1.json and 1.json are one file."
    assert main(["pool", str(tmp_path / "none.json"), "--out", str(pooled)]) == 1
    assert main(["pool", str(plan), "--out", str(pooled)]) == 1
    assert "holds no counts" in capsys.readouterr().err


@pytest.mark.parametrize("k", ["0", "2", "31", "x", "-1"])
def test_a_least_cell_is_1_or_from_3_to_30(k, capsys):
    with pytest.raises(SystemExit):
        main(["a.csv", "--out", "x", f"--counts={k}"])
    assert "least cell" in capsys.readouterr().err
