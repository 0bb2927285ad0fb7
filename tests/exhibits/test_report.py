"""A report: numbered exhibits and whole sentences, of any cohort, with what was edited marked."""

import json
import re
from dataclasses import replace

import pytest

from lib import text
from lib.analyses import reported
from lib.analyses.everything import Everything
from lib.analyses.study import opening_plan, under_study
from lib.exhibits import checklist, methods, report, writing
from lib.exhibits.study import offered
from lib.export import document
from lib.plan import Comment, Condition, Edited, Plan, ReportPlan, dumps, loads
from lib.schema import COLUMNS
from tests.conftest import TWO_ARMS, sample, study_of
from tests.exhibits.reporting import COHORTS, of
from tests.hostile import PAYLOADS

ODD = re.compile(r"\bnan\b|\bNone\b|\binf\b|[{}]|\.\.|  |\( ?\)| [.,;:](?!\d)")


@pytest.fixture(
    scope="module", params=["workbook", pytest.param("registry", marks=pytest.mark.full)]
)
def everything(request):
    loaded = sample(request.param)
    return Everything(under_study(loaded, opening_plan(loaded)))


@pytest.fixture(scope="module")
def made(everything):
    return report.of_study(everything)


def words_of(found):
    return [line for part in found.parts for line in part.lines]


# --- order and numbers


def test_the_usual_report_has_patients_response_survival_comparison_and_safety(made):
    assert [title for title, _placed in made.sections] == [
        *("Patients", "Response", "Survival and progression", "Comparison", "Safety")
    ]
    assert [part.name for part in made.parts] == ["abstract", "methods", "results"]
    assert made.absent == ()


def test_figures_and_tables_are_numbered_in_their_order(made):
    tables = [each.number for placed in made.placed for each in placed.tables]
    assert tables == [*range(1, len(tables) + 1)]
    figures = [placed.number for placed in made.placed if placed.figure is not None]
    assert figures == [*range(1, len(figures) + 1)]


def test_the_same_curves_are_shown_once_and_pointed_to(made):
    placed = {each.exhibit.key: each for each in made.placed}
    first, second = placed["survival-os"], placed["compare-os"]
    assert second.figure is None
    assert second.number == first.number
    assert f"Figure {first.number}" in second.places


def test_table_one_is_called_so_by_its_number_alone(made):
    (first,) = [each for placed in made.placed for each in placed.tables if each.number == 1]
    assert first.title == "Patients at baseline by modality"


def test_a_long_note_is_said_once_and_then_pointed_to(made):
    notes = [table.note for placed in made.placed for table in placed.tables]
    assert any(re.search(r"As for Table \d+\.$", note) for note in notes)
    for placed in made.placed:
        long = placed.exhibit.caption
        told = [note for note in notes if len(long) > 100 and long in note]
        assert len(told) <= 1, placed.exhibit.key


def test_chosen_exhibits_stand_in_their_order_and_what_is_not_to_be_had_is_named(everything):
    keys = ("compare-os", "no-such", "flow")
    made = of(everything.study, exhibits=keys, comments=(Comment("flow", "Эти все."),))
    assert [each.exhibit.key for each in made.placed] == ["compare-os", "flow"]
    assert [each.comment for each in made.placed] == [(), ("Эти все.",)]
    assert made.absent == ("no-such",)
    assert "no-such" in made.missing


def test_every_caution_of_what_is_placed_is_listed_and_pointed_to(everything):
    keys = tuple(each.key for each in offered(everything))
    made = of(everything.study, exhibits=keys)
    assert set(made.cautions) == {said for each in made.placed for said in each.exhibit.warnings}
    own = {n for each in made.placed for n in each.beware}
    tables = {n for each in made.placed for table in each.tables for n in table.beware}
    shown = {
        text.caution(caution)
        for each in made.placed
        for caution in (*each.exhibit.cautions, *(c for t in each.tables for c in t.table.cautions))
    }
    assert {made.cautions[n - 1] for n in own | tables} == shown


# --- words


def test_an_abstract_is_short_and_the_whole_is_not(made):
    abstract, _methods, results = made.parts
    assert 60 <= len(abstract.written.split()) <= writing.ABSTRACT
    assert len(results.written.split()) > 300


def test_a_median_of_late_entries_says_of_whom_it_holds_in_the_abstract_too(everything):
    study = everything.study
    plan = replace(study.plan, survival=replace(study.plan.survival, origin="liver_mets_date"))
    found = report.of_study(Everything(under_study(study.whole, plan)))
    for part in (found.parts[0], found.parts[2]):
        assert (
            "months in all" not in part.written
            or "before it too few were at risk" in (part.written.split("months in all", 1)[1])
        )
    assert "late entry" in found.parts[1].written


def test_methods_say_what_is_shown_and_nothing_else(everything):
    flow = methods.of_shown(
        everything, [p.exhibit for p in of(everything.study, exhibits=("flow",)).placed]
    )
    assert not re.search(r"Kaplan|hazard|Response|compared|Adjusted|p-value", " ".join(flow))
    keys = ("survival-os",)
    alone = methods.of_shown(
        everything, [p.exhibit for p in of(everything.study, exhibits=keys).placed]
    )
    assert "Kaplan-Meier" in " ".join(alone)
    assert not re.search(r"hazard|RECIST|compared with|Adjusted|p-value", " ".join(alone))


def test_whoever_made_it_is_named_with_versions(made):
    said = made.software
    assert re.search(r"Hepar \d+\.\d+\.\d+ on Python 3\.\d+\.\d+ with pandas \d", said)
    assert said in " ".join(words_of(made))


def test_what_the_file_says_of_itself_is_in_the_methods(made):
    assert "Synthetic patients." in made.parts[1].written
    assert made.source.startswith("Synthetic patients.")


def test_the_claims_are_the_sentences_of_the_exhibits(made):
    results = made.parts[2].written
    for each in made.placed:
        if each.exhibit.made[0] == "comparison.of_arms":
            for sentence in each.exhibit.sentences:
                for words in text.sentences(sentence)[1:]:
                    assert words in results


@pytest.mark.parametrize("columns", COHORTS.values(), ids=COHORTS)
def test_any_cohort_gives_whole_sentences(columns):
    study = study_of(columns)
    keys = tuple(each.key for each in offered(Everything(study)))
    for chosen in ((), keys):
        made = of(study, exhibits=chosen, checklists=True)
        for part in made.parts:
            for line in part.written.splitlines():
                assert re.search(r"[.?!]$", line), line
                ours = line.replace(PAYLOADS[0], "").replace(PAYLOADS[2], "")
                assert not ODD.search(ours), line
        assert len(made.parts[0].written.split()) <= writing.ABSTRACT


def test_nobody_gives_a_report_too():
    study = study_of(TWO_ARMS)
    nobody = replace(study.plan.study, selection=(Condition("modality", ("TARE",)),))
    found = Everything(under_study(study.whole, replace(study.plan, study=nobody)))
    made = report.of_study(found)
    assert len(found.study.cohort) == 0
    assert made.parts[2].written.startswith("25 rows were read, of 25 patients, and 0 of them are")


# --- what is edited


def test_a_changed_sentence_is_marked_and_one_that_is_gone_is_counted(everything, made):
    first, *others = made.parts[0].paragraphs[0]
    instead = " ".join(["Мы изменили это.", *(each.words for each in others)])
    part = of(everything.study, edited=(Edited("abstract", instead),)).parts[0]
    assert [each.is_edited for each in part.paragraphs[0]] == [True, *[False] * len(others)]
    assert part.removed == 1
    assert part.lines[0].startswith("Мы изменили это.†")
    assert part.note == (
        "† Edited; Hepar did not write this sentence. 1 sentence that Hepar wrote is not here."
    )
    assert first.words in part.written


def test_one_changed_digit_is_an_edit(everything, made):
    written = made.parts[2].written
    assert "22.0 months" in written or "18.0 months" in written
    changed = written.replace("22.0 months", "22.1 months").replace("18.0 months", "18.1 months")
    part = report.part("results", written, changed)
    marked = [each.words for row in part.paragraphs for each in row if each.is_edited]
    assert marked
    assert all(re.search(r"22\.1|18\.1", words) for words in marked)


def test_what_was_edited_before_the_patients_changed_is_marked_where_it_no_longer_holds():
    before = report.part("results", "There were 36 patients. They lived.")
    after = report.part("results", "There were 35 patients. They lived.", before.written)
    assert [each.is_edited for each in after.paragraphs[0]] == [True, False]


def test_as_written_nothing_is_marked(made):
    assert not any(part.is_edited or part.note for part in made.parts)
    same = report.part("methods", made.parts[1].written, made.parts[1].written)
    assert not same.is_edited


def test_an_edited_text_keeps_no_sign_that_nobody_sees():
    part = report.part("methods", "", "One\u202e line\x00.\r\n\n  Another\tline.  ")
    assert [[each.words for each in row] for row in part.paragraphs] == [
        ["One line."],
        ["Another line."],
    ]


def test_no_analysis_reads_the_report():
    loaded = sample("workbook")
    plan = opening_plan(loaded)
    first = under_study(loaded, plan)
    second = under_study(loaded, replace(plan, report=ReportPlan(title="x", checklists=True)))
    assert Everything(first).survival["OS"].everyone is Everything(second).survival["OS"].everyone


# --- checklists


def test_checklists_name_columns_and_exhibits_that_there_are(everything):
    keys = [each.key for each in offered(everything)]
    for each in (*reported.INTERVENTIONAL, *reported.ROBINS):
        assert set(each.columns) <= set(COLUMNS)
        assert all(any(key.startswith(name) for key in keys) for name in each.shown), each.shown
    named = {name for names in checklist._SHOWN.values() for name in names} - {"compare-own"}
    assert all(any(key.startswith(name) for key in keys) for name in named)


def test_an_item_is_answered_by_what_the_report_holds_and_bias_is_never_scored(everything):
    with_flow = of(everything.study, exhibits=("flow",), checklists=True)
    without = of(everything.study, exhibits=("survival-os",), checklists=True)

    def answers(found, item):
        (frame,) = [each.frame for each in found.checklists if each.title.startswith("STROBE")]
        return frame.set_index("Item")["In this report"][item]

    assert answers(with_flow, "13c") == "Figure 1"
    assert answers(without, "13c") == "open: Hepar has it, this report does not"
    assert answers(with_flow, "22") == "open"
    assert answers(with_flow, "1b") == "Abstract"
    *_others, bias = with_flow.checklists
    assert len(bias.frame) == 7
    assert not re.search(r"\b(low|moderate|serious|critical) risk\b", bias.frame.to_string())
    assert of(everything.study, exhibits=("flow",)).checklists == ()


# --- numbers


NUMBER = re.compile(r"[−-]?\d+(?:\.\d+)?")


def numbers_in(value):
    """Every number of results.json, as text may write it."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from numbers_in(each)
        yield from NUMBER.findall(" ".join(value)) if isinstance(value, dict) else ()
    elif isinstance(value, str):
        yield from (each.lstrip("-") for each in NUMBER.findall(value))
    elif value is not None and not isinstance(value, bool):
        for scale in (1, 100):
            yield from (text.number(scale * value, decimals) for decimals in range(4))


def test_every_number_of_the_words_is_in_the_results(everything, made):
    results = json.loads(document.dumps(document.document(everything)))
    known = {each.lstrip("−") for each in numbers_in(results)}
    plan = json.dumps(results["provenance"])
    known |= set(NUMBER.findall(plan)) | set(NUMBER.findall(made.software)) | {"95", "30.4375"}
    lost = {}
    for part in made.parts:
        for sentence in text.sentences(part.written.replace("\n", " ")):
            bare = re.sub(r"\((?:Figure|Table)[^)]*\)|Eisenhauer[^)]*\)", "", sentence)
            wrong = [each for each in NUMBER.findall(bare) if each.lstrip("−-") not in known]
            if wrong:
                lost[sentence] = wrong
    assert lost == {}


def test_every_number_of_the_tables_is_in_the_results(everything, made):
    results = json.loads(document.dumps(document.document(everything)))
    known = {each.lstrip("−") for each in numbers_in(results)}
    known |= set(NUMBER.findall(json.dumps(results["provenance"]))) | {"95"}
    lost = {}
    for placed in made.placed:
        for table in placed.tables:
            cells = table.table.frame.astype(str).to_numpy()[:, 1:].ravel()
            wrong = [c for c in cells if {n.lstrip("−-") for n in NUMBER.findall(c)} - known]
            if wrong:
                lost[table.title] = wrong
    assert lost == {}


def test_the_plan_of_a_report_reads_back(everything):
    chosen = ReportPlan(
        "Название",
        "А. Б., В. Г.",
        ("flow",),
        (Comment("flow", "Да\nнет"),),
        (Edited("methods", "Мы."),),
    )
    assert loads(dumps(Plan(report=chosen))).report == chosen


# --- what a difference of rates may claim


DIFFERS = re.compile(r"a difference of \S+ \(95% CI [^)]*\) percentage points")
CLAIMS = ("lies within the limits", "lies outside the limits", "cannot be told from this")


def test_every_difference_of_rates_is_followed_by_what_may_be_claimed_of_it(made):
    """Beside each, or once for all of a paragraph where arms are not alike."""
    (results,) = [each for each in made.parts if each.name == "results"]
    seen = 0
    for row in results.paragraphs:
        words = " ".join(each.words for each in row)
        for each in DIFFERS.finditer(words):
            seen += 1
            assert any(claim in words[each.end() :] for claim in CLAIMS), words
    assert seen >= 3


def test_severe_complications_of_arms_that_are_alike_are_told_with_their_limits():
    columns = {
        "modality": ["HAI", "TACE"] * 20,
        "ctcae_grade": [3, 1, 1, 1] * 10,
        "os_months": list(range(1, 41)),
        "os_event": [1, 1, 0, 0] * 10,
    }
    everything = Everything(study_of(columns))
    assert not everything.comparison.unlike
    said = " ".join(writing._safety(everything))
    assert DIFFERS.search(said) and "lies outside the limits" in said
