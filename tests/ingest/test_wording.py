"""A header as words: what it is about, its unit, its legend, and what its codes mean."""

import pytest

from lib.ingest import headers
from lib.ingest.arms import modality_in
from lib.ingest.cells import Cells
from lib.ingest.codebook import choice_of
from lib.ingest.contents import months_in
from lib.ingest.evidence import is_event, nature
from lib.ingest.headers import recognise
from lib.ingest.legends import coding
from lib.ingest.totals import is_statistic, is_total
from lib.ingest.wording import meanings, wording
from lib.schema import COLUMNS


@pytest.mark.cases
def test_a_header_is_cut_into_words_legend_and_unit(text, base, legend, unit):
    said = wording(text)
    assert (said.base, said.legend, said.unit) == (base, legend, unit)


@pytest.mark.cases
def test_what_a_header_says_most_of_all_is_its_field(text, field):
    assert meanings(text)[0].field == field


def coded(header, column, cells):
    return dict(coding(header, COLUMNS[column], Cells.of(cells)))


@pytest.mark.parametrize("sign", ["-", "–", "—", "=", ":", " - "])
def test_a_legend_gives_each_code_its_own_word_whatever_stands_between(sign):
    header = f"Ответ (1{sign}ПО, 2{sign}ЧО, 3{sign}стабилизация, 4{sign}прогрессирование)"
    assert coded(header, "best_response", list("1234")) == dict(
        zip("1234", ("CR", "PR", "SD", "PD"), strict=True)
    )
    assert coded(f"Пол: 1{sign}муж., 2{sign}жен.", "sex", ["1", "2"]) == {"1": "M", "2": "F"}
    turned = f"Статус (жив{sign}0, умер{sign}1)"
    assert coded(turned, "vital_status", ["0", "1"]) == {"0": "alive", "1": "dead"}


def test_one_code_alone_is_an_event_by_its_kind_and_no_proof_of_one():
    ones = Cells.of(["1"] * 8)
    assert nature(ones) == "event"
    assert not is_event(ones)


@pytest.mark.cases
def test_a_header_that_asks_or_tells_in_words_is_understood(header, field):
    known = recognise(header, 0)
    assert field in (known.column, *known.candidates[:1])


@pytest.mark.parametrize("word", ["response", "уровень", "modality"])
def test_a_long_word_is_known_with_one_letter_otherwise_and_not_with_two(word):
    index = headers._index("patients")
    last = len(word) - 1
    once = {word[:at] + "щ" + word[at + 1 :] for at in range(len(word))}
    once |= {word[:at] + "щ" + word[at:] for at in range(len(word) + 1)}
    once |= {word[:at] + word[at + 1 :] for at in range(len(word)) if len(word) > headers._LONG}
    assert [each for each in once if word not in headers._misspelt(each, index)] == []
    twice = {"щ" + word[1:last] + "щ", word[1] + word[0] + word[2:], "щщ" + word, word}
    assert [each for each in twice if word in headers._misspelt(each, index)] == []


@pytest.mark.cases
def test_the_question_and_the_choice_of_a_header(header, stem, code):
    assert choice_of(header) == (stem, code)


@pytest.mark.cases
def test_a_modality_is_found_among_other_words(text, code):
    assert modality_in(text) == code


@pytest.mark.cases
def test_the_time_of_a_header(header, months):
    assert months_in(header) == (pytest.approx(months, abs=0.05) if months else None)


def test_words_of_statistics_are_told_from_those_that_say_more():
    assert is_total("Медиана [Q1; Q3]") and is_total("M±m") and not is_total("M")
    assert is_statistic("Итого по группе") and not is_total("Итого по группе")
    assert not is_statistic("12.03.2019") and not is_statistic("")
