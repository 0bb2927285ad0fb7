import re
import time
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from types import UnionType
from typing import Annotated, Literal, Union, get_args, get_origin, get_type_hints

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from lib import __version__
from lib.plan import (
    Condition,
    CutPoints,
    Many,
    MappedColumn,
    Plan,
    PlanError,
    Published,
    Reading,
    ResponsePlan,
    Signs,
    StudyPlan,
    Within,
    dumps,
    loads,
    read,
    tomllib,
)

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
few_months = st.sets(st.integers(1, 40).map(lambda n: 3 * n), min_size=1, max_size=4)
RULED = {  # what stands in an order, once, or within another choice
    "months": few_months.map(lambda found: tuple(sorted(found))),
    "window_days": st.integers(0, 45),
    "at": st.sets(st.integers(-9, 99), min_size=1, max_size=4).map(lambda at: tuple(sorted(at))),
    "beside": st.lists(
        st.builds(
            Published,
            name=words,
            year=st.integers(1900, 2199),
            of=st.integers(30, 99),
            responded=st.none() | st.integers(0, 30),
            low=st.none() | st.floats(0, 10),
            median=st.none() | st.floats(10, 20),
            high=st.none() | st.floats(20, 99),
            source=words,
        ),
        max_size=3,
    ).map(tuple),
}
PUBLISHED = [each.name for each in fields(Published)]


def any_of(hint, rule=None):
    """Values of a type, within the rule that stands beside it."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return any_of(inner[0], inner[1])
    if origin in (UnionType, Union):
        return st.none() | any_of(inner[0], inner[1] if inner[1] is not type(None) else rule)
    if origin is tuple:
        least, most = (rule.least, max(rule.least, 3)) if rule else (0, 3)
        kind = inner[0]
        once = {"unique_by": lambda each: each.column} if kind is CutPoints else {}
        return st.lists(any_of(kind), min_size=least, max_size=most, **once).map(tuple)
    if origin is Literal:
        return st.sampled_from(inner)
    if is_dataclass(hint):
        hints = get_type_hints(hint, include_extras=True)
        parts = {name: RULED[name] if name in RULED else any_of(hints[name]) for name in hints}
        return st.builds(hint, **parts)
    if hint in (int, float):
        numbers = st.integers if hint is int else st.floats
        return numbers(rule.low, rule.high) if rule else numbers(-(10**6), 10**6)
    if hint is date:
        return st.dates(rule.low, rule.high)
    return st.booleans() if hint is bool else words


@given(any_of(Plan))
def test_a_plan_reads_back_as_it_was_written(plan):
    assert loads(dumps(plan)) == plan


def test_a_file_holds_only_what_somebody_chose():
    written_by = f'hepar = "{__version__}"\n'
    assert dumps(Plan()) == written_by
    chosen = Plan(study=StudyPlan(as_of=date(2021, 6, 27)), confidence=0.9)
    said = "confidence = 0.9\n\n[study]\nas_of = 2021-06-27\n"
    assert dumps(chosen) == f"{written_by}{said}"


# --- plans of other versions


OTHER = """
confidence = 0.9
colour = "blue"
[study]
by = "centre"
as_of = "yesterday"
cuts = [{column = "age", at = [70, 60]}]
[response]
months = [6, 3]
deaths = "as progression"
[survival]
limits = "beta"
[[study.selection]]
column = "age"
low = 1e30
"""


@pytest.mark.parametrize("version", ["0.1.0", "9.9.9"])
def test_a_plan_of_another_version_is_applied_as_far_as_it_can_be_and_the_rest_is_told(version):
    written = read(f'hepar = "{version}"\n{OTHER}')
    assert written.version == version
    assert written.plan == Plan(
        study=StudyPlan(by="centre"), response=ResponsePlan(deaths="as progression"), confidence=0.9
    )
    told = [str(each) for each in written.lost]
    for name in (
        "'colour'",
        "study.as_of",
        "study.selection",
        "survival.limits",
        "plan.study.cuts",
        "months",
    ):
        assert any(name in each for each in told), name
    assert len(told) == 6
    with pytest.raises(PlanError):
        loads(f'hepar = "{version}"\n{OTHER}')


def test_what_another_version_wrote_as_this_one_does_is_all_applied():
    chosen = Plan(study=StudyPlan(by="centre"), confidence=0.9)
    text = dumps(chosen).replace(__version__, "0.1.0")
    assert read(text) == (chosen, "0.1.0", ())


@pytest.mark.parametrize("version", ["", f'hepar = "{__version__}"'])
def test_a_plan_by_hand_or_of_this_version_is_refused_whole(version):
    with pytest.raises(PlanError):
        read(f"{version}\n{OTHER}")


@pytest.mark.parametrize("version", ["2", '"0.2.0 <b>"', "[1]", '"' + "9" * 31 + '"'])
def test_what_is_no_version_is_refused(version):
    with pytest.raises(PlanError, match=re.escape("plan.hepar")):
        read(f"hepar = {version}")


def test_a_plan_written_by_hand():
    plan = loads(
        """
        [study]
        by = "centre"
        [[study.selection]]
        column = "age"
        low = 50
        [response]
        months = [6, 12]
        """
    )
    assert plan == Plan(
        study=StudyPlan(by="centre", selection=(Condition("age", low=50),)),
        response=ResponsePlan(months=(6, 12)),
    )


@pytest.mark.cases
def test_a_plan_that_cannot_be_understood_is_refused_with_its_place(toml, why):
    with pytest.raises(PlanError, match=why):
        loads(toml)


# --- what no plan is, and no analysis could end with

DEEP = [
    "a = " + "[" * 5000,
    "a = " + "[" * 5000 + "]" * 5000,
    "a = " + "{a = " * 5000,
    "[" * 5000,
    ".".join(["a"] * 20_000) + " = 1",
    " . ".join(["'a'"] * 20_000) + " = 1",
    "[" + ".".join(["a"] * 20_000) + "]",
    "x = '" + "a" * 5_000_000 + "'",
    'a = """' + '\\"""' * 900_000 + "[" * 9,
    "a" * 3_900_000 + ".",
]


@pytest.mark.parametrize("toml", DEEP, ids=lambda toml: toml[:20])
def test_size_and_depth_are_looked_at_before_a_plan_is_parsed(toml, monkeypatch):
    parsed = []
    monkeypatch.setattr(tomllib, "loads", lambda text: parsed.append(text) or {})
    start = time.process_time()
    if toml is DEEP[-1] or toml is DEEP[-2]:  # long, not deep
        assert loads(toml) == Plan()
    else:
        with pytest.raises(PlanError, match="for a plan"):
            loads(toml)
        assert parsed == []
    assert time.process_time() - start < 3


@pytest.mark.parametrize(
    "words", ["[" * 60, "a." * 60, "{" * 60, '"' * 7 + "[" * 60, ("#[[[[" + "'" * 3 + "[") * 9]
)
def test_words_of_a_file_are_no_depth(words):
    plan = Plan(reading=Reading(sheet=words, known_before=(words, words[::-1])))
    assert loads(dumps(plan)) == plan


@pytest.mark.parametrize(
    "toml",
    [
        "\n".join(f"[a{i}]" for i in range(120_000)),
        f"[survival]\nmilestones = [{'0,' * 500_000}0]",
        "[[study.selection]]\ncolumn = 'a'\n" * 90_000,
    ],
)
def test_entries_are_counted_before_a_plan_is_parsed(toml, monkeypatch):
    monkeypatch.setattr(tomllib, "loads", None)
    with pytest.raises(PlanError, match="entries, at most"):
        loads(toml)


def test_a_plan_of_ten_thousand_columns_is_read_again():
    columns = (MappedColumn(f"h {i}", i, "") for i in range(10_000))
    plan = Plan(reading=Reading(columns=tuple(columns)))
    assert loads(dumps(plan)) == plan


def test_what_is_no_text_or_has_endless_digits_is_refused_in_words_of_our_own():
    with pytest.raises(PlanError, match="not a text file in UTF-8"):
        loads(b"# \xe9\xff")
    with pytest.raises(PlanError, match="more digits than can be read"):
        loads("[comparison]\nseed = " + "9" * 5000)
    marked = "confidence = 0.9".encode("utf-8-sig")  # as some editors begin a file
    assert loads(marked) == loads("confidence = 0.9")


# --- every number and every list of a plan has its range


def parts(kind=Plan, key="plan"):
    """Every key of a plan, with its kind and the rule that stands beside it."""
    for name, hint in get_type_hints(kind, include_extras=True).items():
        yield from leaves(hint, f"{key}.{name}")


def leaves(hint, key, rule=None):
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        yield from leaves(inner[0], key, inner[1])
    elif origin in (UnionType, Union):
        yield from leaves(inner[0], key)
    elif origin is tuple:
        yield key, tuple, rule
        yield from leaves(inner[0], f"{key}[]")
    elif is_dataclass(hint):
        yield from parts(hint, key)
    elif origin is not Literal:
        yield key, hint, rule


PARTS = list(parts())
NUMBERS = [(key, rule) for key, kind, rule in PARTS if kind in (int, float, date)]
LISTS = [(key, rule) for key, kind, rule in PARTS if kind is tuple]


def test_the_walk_reaches_every_part():
    keys = {key for key, _kind, _rule in PARTS}
    assert {
        "plan.confidence",
        "plan.survival.milestones[]",
        "plan.reading.columns[].position",
    } <= keys
    assert len(NUMBERS) > 30
    assert len(LISTS) > 10
    assert {kind for _key, kind, _rule in PARTS} == {int, float, date, tuple, str, bool}


def written(key, value):
    """A plan in which a key has a value."""
    first, *path = key.removeprefix("plan.").split(".")
    made = value
    for name in reversed([first, *path]):
        name, listed = name.removesuffix("[]"), name.endswith("[]")
        others = {"position": {"header": "a", "column": ""}, "low": {"column": "a"}}
        others["at"] = others["high"] = others["levels"] = others["low"]
        if ".beside[]." in key:
            needed = {"name": "a", "year": 2020}
            others = {each: {k: v for k, v in needed.items() if k != each} for each in PUBLISHED}
        made = {name: [made] if listed else made, **others.get(name, {})}
    return tomli_w.dumps(made)


@pytest.mark.parametrize(("key", "rule"), NUMBERS, ids=lambda each: str(each)[:40])
def test_every_number_of_a_plan_has_a_range_and_is_refused_beyond_it(key, rule):
    assert isinstance(rule, Within)
    assert rule.low < rule.high
    step = timedelta(1) if isinstance(rule.low, date) else 1
    beyond = [rule.low - step, rule.high + step] if abs_of(rule.high) < 1e15 else [-1e16, 1e16]
    for value in [*beyond, *([float("nan"), float("inf")] if float in kinds_of(key) else [])]:
        with pytest.raises(PlanError) as refused:
            loads(written(key, value))
        said = str(refused.value)
        assert said.startswith(key.replace("[]", "") + ": ")
        assert "is not between" in said
        assert str(rule.low) in said


def abs_of(bound):
    return 0 if isinstance(bound, date) else abs(bound)


def kinds_of(key):
    return [kind for each, kind, _rule in PARTS if each == key]


@pytest.mark.parametrize(("key", "rule"), LISTS, ids=lambda each: str(each)[:40])
def test_every_list_of_a_plan_has_a_most(key, rule):
    assert isinstance(rule, Many)
    assert 0 <= rule.least < rule.most <= 20_000


@pytest.mark.parametrize("key", ["plan.survival.milestones", "plan.survival.taus"])
def test_a_list_beyond_its_most_is_refused_at_once(key):
    start = time.process_time()
    with pytest.raises(PlanError, match=f"{key}: a list of 20,001 where"):
        loads(written(key, [6] * 20_001))
    assert time.process_time() - start < 2


TEXTS = [(key, rule) for key, _kind, rule in PARTS if isinstance(rule, Signs)]


@pytest.mark.parametrize(("key", "rule"), TEXTS, ids=lambda each: str(each)[:40])
def test_a_text_beyond_its_most_is_refused_and_not_quoted(key, rule):
    others = {"exhibit": {"words": ""}, "words": {"exhibit": "flow", "part": "methods"}}
    *path, name = key.removeprefix("plan.").replace("[]", "").split(".")
    made = {name: "x" * (rule.most + 1)} | others.get(name, {})
    if key.endswith("[]"):
        made = {name: ["x" * (rule.most + 1)]}
    made.pop("part" if path[-1] == "comments" else "exhibit" if name == "words" else "", None)
    if path[-1] == "beside":
        made |= {"year": 2020} if name == "name" else {"name": "a", "year": 2020}
    for part in reversed(path):
        made = {part: [made] if part in ("comments", "edited", "beside") else made}
    with pytest.raises(PlanError) as refused:
        loads(tomli_w.dumps(made))
    place = key.replace("[]", "")
    assert (
        str(refused.value) == f"{place}: a text of {rule.most + 1:,} signs, at most {rule.most:,}"
    )


def whole(value):
    """All that a plan says, its defaults too."""
    if is_dataclass(value):
        said = {each.name: whole(getattr(value, each.name)) for each in fields(value)}
        return {name: each for name, each in said.items() if each is not None}
    return [whole(each) for each in value] if isinstance(value, tuple) else value


def test_the_plan_that_the_product_opens_with_is_within_its_ranges():
    assert loads(tomli_w.dumps(whole(Plan()))) == Plan()


@pytest.mark.parametrize("least", ["1", "2", "31", "5.0", "true", "'5'"])
def test_masking_that_cannot_be_done_is_refused_whoever_wrote_the_plan(least):
    for version in ("", 'hepar = "0.1.0"\n'):
        with pytest.raises(PlanError):
            read(f"{version}[report]\nleast_cell = {least}\n")
    assert read("[report]\nleast_cell = 5\n").plan.report.least_cell == 5
