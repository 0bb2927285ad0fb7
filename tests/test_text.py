import re
import tomllib
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import text
from lib.analyses import cautions
from lib.analyses.cautions import NOT_RANDOMISED, Caution
from lib.analyses.counted import ROWS, NotHeld
from lib.cohort import CohortError, Finding, Source
from lib.ingest import checks
from lib.language import _, marked, speaking, template
from lib.plan import Condition
from lib.schema import COLUMNS, ENDPOINTS, Column, Level
from lib.statistics.estimate import Estimate, Missing, undefined
from lib.statistics.proportions import proportion
from tests.conftest import cohort_of, study_of

NAN = float("nan")


def estimate(value, low, high, missing=Missing.NONE):
    return Estimate(value, low, high, 0.95, "by hand", missing)


def read(words):
    """A printed number; of one below or above what is printed, one that is."""
    value = float(words.strip("<>").replace("−", "-"))
    step = 10.0 ** -len(words.partition(".")[2])
    return value + step / 2 * (words.startswith(">") - words.startswith("<"))


@pytest.mark.cases
def test_what_is_said(function, arguments, words):
    assert getattr(text, function)(*arguments) == words


@given(st.floats(-1e6, 1e6), st.integers(0, 3))
def test_a_number_is_within_half_of_its_last_decimal(value, decimals):
    words = text.number(value, decimals)
    assert "-" not in words
    assert (
        abs(float(words.replace("−", "-").replace(",", "")) - value) <= 0.5 * 10**-decimals + 1e-9
    )


@given(
    st.one_of(
        st.floats(-9e3, 9e3),
        st.integers(-9999, 9999).map(lambda n: n / 2000),
        st.integers(-9999, 9999).map(lambda n: n / 2000 + 1e-9),
    ),
    st.integers(0, 4),
)
def test_halves_are_rounded_away_from_zero(value, decimals):
    exact = Decimal(f"{value:.9f}").quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    words = str(exact) if exact else str(abs(exact))
    assert text.number(value, decimals) == words.replace("-", "−")


def test_a_proportion_never_stands_without_its_count():
    assert text.proportion(proportion(29, 36)) == "29/36 (80.6%, 95% CI 64.0 to 91.8)"
    assert text.proportion(proportion(1, 36)) == "1/36 (2.8%, 95% CI 0.1 to 14.5)"
    assert text.proportion(proportion(0, 36)) == "0/36 (0.0%, 95% CI 0.0 to 9.7)"
    assert text.proportion(None) == "no patient"


@pytest.mark.cases
def test_below_twenty_patients_per_cent_has_no_decimals(k, n, words):
    assert text.proportion(proportion(k, n)) == words


def test_below_the_least_the_count_stands_alone():
    assert text.proportion(proportion(1, 4), least=5) == "1/4"
    assert text.count_of(1, 4, least=5) == "1/4"
    assert text.count_of(1, 5, least=5) == "1/5 (20%)"


def test_estimates_with_their_limits():
    unknown = estimate(0.04, NAN, 0.02, Missing.NOT_ESTIMABLE)
    assert text.difference(unknown) == "0.04 (95% CI not estimable to 0.02)"
    assert text.estimate(estimate(22.0, 17.94, 30.65)) == "22.0 (95% CI 17.9 to 30.7)"
    assert text.estimate(estimate(0.5, 0.2, 1.25), 2) == "0.50 (95% CI 0.20 to 1.25)"
    assert text.estimate(estimate(-0.05, -0.2, 0.1), scale=100) == "−5.0 (95% CI −20.0 to 10.0)"
    assert text.estimate(estimate(1.5, 1, 2), unit="months") == "1.5 months (95% CI 1.0 to 2.0)"


@pytest.mark.cases
def test_no_limit_of_a_difference_is_rounded_to_none(value, low, high, words):
    assert text.difference(estimate(value, low, high)) == words


@pytest.mark.cases
def test_no_limit_of_a_ratio_is_rounded_to_one(value, low, high, words):
    assert text.ratio(estimate(value, low, high)) == words


@given(st.floats(-1e3, 1e3), st.floats(1e-6, 1e3), st.sampled_from([0.0, 1.0]), st.integers(0, 2))
def test_rounded_limits_lie_where_the_limits_lie(low, width, none, decimals):
    found = estimate(low + width / 2, low, low + width)
    said = text.between(found, decimals, none=none).split(" to ")
    for shown, limit in zip(said, (found.low, found.high), strict=True):
        if abs(limit - none) > 2e-9:
            assert (read(shown) > none) == (limit > none)
            assert read(shown) != none
    assert len({len(shown.partition(".")[2]) for shown in said}) == 1


@given(st.floats(0, 1), st.integers(1, 40))
def test_a_share_that_is_not_0_or_all_is_not_printed_so(share, n):
    limits = text.between(estimate(share, share, share), text.percent_decimals(n), 100)
    for shown in (text.percent(share, n).removesuffix("%"), *limits.split(" to ")):
        assert (0 < read(shown) < 100) == (1e-9 < 100 * share < 100 - 1e-9)


@given(st.floats(1e-8, 10))
def test_no_ratio_is_printed_as_0(ratio):
    assert read(text.ratio(estimate(ratio, ratio, ratio)).partition(" ")[0]) > 0
    assert all(
        read(each) > 0 for each in text.between(estimate(1, ratio, 20), 2, none=1).split(" to ")
    )


def test_a_row_has_the_decimals_of_its_smallest_arm():
    large, small = proportion(29, 36), proportion(7, 19)
    row = text.proportions((large, small))
    assert row == ["29/36 (81%, 95% CI 64 to 92)", "7/19 (37%, 95% CI 16 to 62)"]
    assert text.count_of(29, 36, smallest=19) == "29/36 (81%)"
    assert text.proportion(large, smallest=20) == text.proportion(large)


def test_what_is_missing_is_said_in_words():
    reached = estimate(23.5, 14.7, NAN, Missing.NOT_REACHED)
    assert text.estimate(reached) == "23.5 (95% CI 14.7 to not reached)"
    open_ended = estimate(NAN, 14.7, NAN, Missing.NOT_REACHED)
    assert text.estimate(open_ended) == "not reached (95% CI 14.7 to not reached)"
    for missing, words in (
        (Missing.NOT_REACHED, "not reached"),
        (Missing.NOT_ESTIMABLE, "not estimable"),
        (Missing.PAST_FOLLOW_UP, "past follow-up"),
        (Missing.WITHHELD, "withheld"),
    ):
        nothing = undefined(0.95, "by hand", missing)
        assert text.estimate(nothing) == words
        assert text.survival(nothing) == words
    assert text.estimate(None) == "withheld"
    assert text.survival(None) == "withheld"


def test_survival_at_a_time():
    found = estimate(30 / 36, 0.66573, 0.92127)
    assert text.survival(found) == "83.3% (95% CI 66.6 to 92.1)"
    assert (
        text.survival(estimate(1.0, NAN, NAN, Missing.NOT_ESTIMABLE))
        == "100.0% (limits not estimable)"
    )
    assert text.survival(found, 20) == "83.3% (95% CI 66.6 to 92.1)"
    assert text.survival(found, 19) == "83% (95% CI 67 to 92)"
    assert text.points(estimate(-0.055, -0.2, 0.1), 19) == "−6 (95% CI −20 to 10)"
    assert text.points(estimate(-0.055, -0.2, 0.1), 20) == "−5.5 (95% CI −20.0 to 10.0)"


def test_a_difference_without_limits_says_so_and_whether_they_are_withheld():
    without = estimate(-0.27, NAN, NAN, Missing.NOT_ESTIMABLE)
    assert text.points(without, 19) == "−27 (limits not estimable)"
    assert text.points(estimate(-0.27, NAN, NAN, Missing.WITHHELD), 19) == "−27 (limits withheld)"
    assert text.points(undefined(0.95, "by hand", Missing.PAST_FOLLOW_UP), 19) == "past follow-up"


def test_a_finding_names_column_value_what_was_done_and_row():
    found = Finding(
        "error",
        "{value} is not a number of months, {least} or more; left empty",
        column="os_months",
        rows=(5,),
        value="-3",
        values=(("least", 0),),
        sets_aside=("OS",),
    )
    assert text.finding(found) == (
        "os_months: -3 is not a number of months, 0 or more; left empty. Row 5."
    )
    found = Finding("note", "{n} cells changed.", column="age", rows=(2, 3), sheet="patients")
    assert text.finding(found) == "patients / age: 2 cells changed. Rows 2, 3."
    assert text.finding(Finding("note", "nothing to see")) == "nothing to see."


def test_braces_and_markup_of_a_spreadsheet_pass_through_a_finding_unharmed():
    found = Finding("error", "{value!r} is unknown", column="{x}", rows=(2,), value="{0} <b>")
    assert text.finding(found) == "{x}: '{0} <b>' is unknown. Row 2."


def test_whatever_ends_a_message_a_finding_and_an_error_end_once():
    for end, words in ((".", "."), ("?", "?"), ("", "."), ("!", "!"), ("…", "…")):
        found = Finding("note", f"so it is{end}", rows=(2,))
        assert text.finding(found) == f"so it is{words} Row 2."
        assert text.error(CohortError(f"so it is{end}")) == f"so it is{words}"
    found = Caution("code", "In {arm}.", (("arm", Level("x", "Dept. No.")),))
    assert text.caution(found) == "In Dept. No."


def test_no_finding_of_the_import_ends_twice():
    messages = {template(rule.code) for rule in checks.RULES}
    assert any(message.endswith("?") for message in messages)
    for message in messages:
        named = {name for _text, name, _spec, _how in Formatter().parse(message) if name}
        values = tuple((name, 2) for name in sorted(named - {"rows", "column", "value"}))
        words = text.finding(Finding("warning", message, values=values, rows=(2,)))
        assert not re.search(r"[.?!][.?!]", words), words


def test_cautions_word_their_levels_and_reasons():
    found = Caution(
        "few",
        "{arm}: {n} of {share}",
        (("arm", Level("HAI", "Infusion")), ("n", 3), ("share", 2.5)),
    )
    assert text.caution(found) == "Infusion: 3 of 2.5"
    line, rest = text.beware(NOT_RANDOMISED)
    assert (line, rest) == tuple(NOT_RANDOMISED.message.split("\n"))
    assert text.caution(NOT_RANDOMISED) == f"{line} {rest}"


def test_cautions_of_the_same_words_are_said_once_with_all_that_they_are_about():
    words = "{arm}, n = {n}: fewer than {least}.\nToo few."
    few = [
        Caution("few", words, (("arm", Level(code, name)), ("n", n), ("least", 5)))
        for code, name, n in (("A", "First", 3), ("B", "Second", 2), ("C", "Third", 3))
    ]
    assert text.beware_of([few[0], NOT_RANDOMISED, *few]) == [
        ("First, n = 3: fewer than 5. So too: Second, n = 2; Third, n = 3.", "Too few."),
        text.beware(NOT_RANDOMISED),
    ]


def test_a_caution_is_one_line_and_what_it_means_stands_below_it():
    table = Path(cautions.__file__).with_suffix(".toml")
    made = tomllib.loads(table.read_text(encoding="utf-8")).values()
    lines = [marked(said).partition("\n")[0] for said in made]
    assert len(lines) > 50
    assert [line for line in lines if len(line) > 130 or line.count(". ") > 1] == []


@pytest.mark.cases
def test_conditions(column, levels, low, high, missing, words):
    asked = Condition(column, tuple(levels), low, high, missing)
    assert text.condition(asked, COLUMNS[column]) == words


def test_the_active_filter_and_its_steps_in_words():
    conditions = (Condition("modality", ("HAI",)), Condition("age", low=40.0))
    columns = {"modality": ["HAI", "TACE"], "age": [50, 60]}
    study = study_of(columns, selection=conditions)
    assert text.under_study(study.provenance) == (
        "1 of 2 patients. Modality: Chemoinfusion (HAI); Age: from 40."
    )
    assert text.under_study(study_of(columns).provenance) == "All 2 patients."
    words = ["Rows read", "Patients", "Modality: Chemoinfusion (HAI)", "Age: from 40"]
    assert [text.step(step, study.provenance) for step in study.steps] == words


def test_a_synthetic_source_says_so_and_no_other_says_anything():
    assert text.source(Source("a.csv", "0")) == ""
    said = text.source(Source("a.csv", "0", synthetic=True, note="Nobody exists."))
    assert said.startswith("Synthetic patients.")


def test_labels_levels_and_units():
    assert text.day(date(2021, 3, 9)) == "2021-03-09"
    assert text.day_typed() == "YYYY-MM-DD"
    assert text.error(CohortError("{name} is empty.", name="a{b}.csv")) == "a{b}.csv is empty."
    assert text.in_sentence(OWN_COLUMN) == "Okuda stage"
    assert text.named(Level("all", "All patients")) == "All patients"
    assert Level("0", "0") == Level("0", "0", of=COLUMNS["ecog"])
    assert text.label(ENDPOINTS["OS"]) == "Overall survival"
    assert text.with_unit(COLUMNS["age"]) == "Age, years"
    assert text.with_unit(COLUMNS["sex"]) == "Sex"
    assert text.with_unit(Column("x", "my header", "number")) == "my header"


@pytest.mark.cases
def test_nothing_acts_once_the_escapes_have_been_undone(raw):
    """Links, icons and emoji are looked for in what a first pass has read."""
    later = re.sub(r"\\(.)", r"\1", text.plain(raw))
    acts = (
        r"(https?:\/\/|www(?=\.))([-.\w]+)",
        r"([-.\w+]+)@([-\w]+(?:\.[-\w]+)+)",
        r":material[_/](\w+):",
        r":[\w+-]+:",
    )
    assert any(re.search(each, raw, re.IGNORECASE) for each in acts)
    assert not any(re.search(each, later, re.IGNORECASE | re.ASCII) for each in acts)
    assert text.visible(later) == raw


@given(st.text())
def test_plain_text_loses_nothing_that_is_seen(raw):
    unescaped = []
    letters = iter(text.plain(raw).replace(text.APART, ""))
    for letter in letters:
        unescaped.append(next(letters) if letter == "\\" else letter)
    assert "".join(unescaped) == text.visible(raw).strip()
    gone = [letter for letter in raw if letter not in text.visible(raw)]
    assert not any(letter.isprintable() for letter in gone)


# --- a group away from its column

OWN_COLUMN = Column("okuda", "Okuda stage", "category", baseline=True)


@pytest.mark.cases
def test_a_group_is_named_with_the_column_that_makes_it(name, values, words):
    cohort = cohort_of({name: values}, extra=(OWN_COLUMN,) if name == "okuda" else ())
    assert [text.named(level) for level in cohort.by(name).levels] == words


def test_no_group_of_any_column_is_a_bare_sign():
    """Whatever column groups by whatever level, the words say of what."""
    for column in COLUMNS.values():
        if column.baseline and column.kind in ("category", "flag"):
            for code in ("0", "1", "Yes", "A", "x"):
                (level,) = cohort_of({column.name: [code]}).by(column.name).levels
                assert len(text.named(level)) > len(code) + 2, column.name


def test_a_group_and_its_number_do_not_run_into_each_other():
    (level,) = cohort_of({"ecog": ["0"]}).by("ecog").levels
    assert text.valued(level, "20.9 months") == "ECOG 0, 20.9 months"
    assert text.valued(Level("all", "All patients"), "18.0") == "All patients 18.0"


def test_every_label_of_the_schema_keeps_its_acronyms_inside_a_sentence():
    for column in COLUMNS.values():
        inside = text.in_sentence(column)
        acronyms = re.findall(r"\b[A-Z]{2,}\b", text.label(column))
        assert all(acronym in inside for acronym in acronyms)
        assert inside.lower() == text.label(column).lower()


@given(st.floats(-50, 50), st.sampled_from([0, 1]), st.integers(0, 3))
def test_what_is_printed_lies_on_the_side_where_the_number_is(value, none, decimals):
    printed = read(text.beside(value, none, decimals))
    if abs(value - none) > 1e-8:
        assert (printed > none, printed < none) == (value > none, value < none)


def test_what_a_population_does_not_hold_is_said_in_a_sentence():
    words = text.error(NotHeld(ROWS, columns=("age", "sex")))
    assert words == "The rows of the patients are not held here: age and sex."


def test_a_method_inside_a_sentence_keeps_the_capital_of_a_person_alone():
    several = (
        "Weighted Cox, limits by estimating equations of propensity and weights",
        "Cox proportional hazards, Wald limits",
        "Fisher's exact test",
    )
    assert [text.method(each)[:8] for each in several] == ["weighted", "Cox prop", "Fisher's"]
    with speaking("ru"):
        assert [text.method(each)[:5] for each in several] == ["взвеш", "модел", "точны"]
        assert text.method("Clopper-Pearson limits").startswith("ДИ ")


def test_numbers_ranges_and_dates_are_written_as_a_language_does():
    found = Estimate(0.806, 0.141, 0.918, 0.95, "by hand")
    with speaking("ru"):
        assert text.number(-1234.5) == "−1234,5" and text.short(2.5) == "2,5"
        assert text.survival(found) == "80,6\u00a0% (95\u00a0%\u00a0ДИ 14,1–91,8)"
        assert text.limits("−0,5", "2,0") == "от −0,5 до 2,0"
        assert text.limits("17,9", "не достигнута") == "17,9 – не достигнута"
        assert text.change(0.2) == "+20,0\u00a0%" and text.share(0.25) == "25\u00a0%"
        assert text.day(date(2021, 3, 9)) == "09.03.2021"
        assert text.day_typed() == "DD.MM.YYYY"
        assert text.months(5.5) == "5,5\u00a0мес."
        assert [text.patients(n).split()[1] for n in (1, 2, 5, 21)] == [
            *("пациент", "пациента", "пациентов", "пациент")
        ]
    assert text.survival(found) == "80.6% (95% CI 14.1 to 91.8)"


def test_thousands_stand_apart_from_five_digits_on_where_a_number_counts():
    def said(n):
        return text.patients(n), text.count_of(n, 2 * n), _("seed {seed}").format(seed=n)

    assert said(9_999) == ("9999 patients", "9999/19,998 (50.0%)", "seed 9999")
    assert said(1_234_567) == (
        *("1,234,567 patients", "1,234,567/2,469,134 (50.0%)", "seed 1234567"),
    )
    with speaking("ru"):
        assert said(20_001)[:2] == (
            *("20\u00a0001 пациент", "20\u00a0001/40\u00a0002 (50,0\u00a0%)"),
        )


def test_any_number_has_its_thousands_apart_and_none_as_it_is_typed():
    def said(value):
        return text.number(value), text.short(value), text.typed(value)

    assert said(-9_999.5) == ("−9999.5", "−9999.5", "−9999.5")
    assert said(-1_234_567.5) == ("−1,234,567.5", "−1,234,567.5", "−1234567.5")
    with speaking("ru"):
        assert said(12_345.5) == ("12\u00a0345,5", "12\u00a0345,5", "12345,5")


def test_what_a_template_counts_has_its_thousands_apart_and_what_it_names_has_none():
    values = {"n": 12_000, "row": 12_000, "at": 12_000.5}
    assert text.said("{n} {row} {at}", values.items()) == "12,000 12000 12,000.5"


def test_a_rate_has_its_thousands_apart_as_its_count_has():
    rate = proportion(12_000, 24_000)
    for least, said in ((10, text.count_of(rate.k, rate.n)[:-1]), (30_000, "12,000/24,000")):
        assert text.proportion(rate, least).startswith(said)


def test_a_short_form_before_a_bracket_ends_no_sentence():
    words = "Медиана 18,0\u00a0мес. (95\u00a0% ДИ 14–21). Срок 9\u00a0мес. У всех."
    with speaking("ru"):
        assert text.sentences(words) == [
            *("Медиана 18,0\u00a0мес. (95\u00a0% ДИ 14–21).", "Срок 9\u00a0мес.", "У всех.")
        ]
    assert text.sentences("One (a. b). (Two). “Three.”") == ["One (a. b).", "(Two).", "“Three.”"]
