import gc
import weakref

import pytest

from lib.ingest import open_file, propose, read, texts
from lib.ingest.headers import recognise

CSV = b"patient_id,age,response_6m\nP1,61,PR\nP2,70,SD\nP3,55,PD\n"


@pytest.fixture
def asked():
    return []


@pytest.fixture
def tell(asked):
    @texts.of_text
    def tell(text, of="patients"):
        asked.append((text, of))
        return {text: of}

    return tell


def test_the_same_is_asked_once_while_a_file_is_read(tell, asked):
    @texts.remembering_texts
    def work():
        return tell("a"), part(), tell("a"), tell("a", of="lesions"), tell("b")

    @texts.remembering_texts
    def part():
        return tell("a")

    first, second, third, *_others = work()
    assert first is second is third
    assert asked == [("a", "patients"), ("a", "lesions"), ("b", "patients")]


def test_nothing_is_kept_between_files_nor_outside_of_one(tell, asked):
    work = texts.remembering_texts(lambda: tell("a"))
    work(), work(), tell("a"), tell("a")
    assert len(asked) == 4


def test_nothing_is_kept_of_a_file_that_cannot_be_read(tell, asked):
    @texts.remembering_texts
    def work():
        tell("a")
        raise ValueError("a bad file")

    for _once in range(2):
        with pytest.raises(ValueError, match="a bad file"):
            work()
    assert len(asked) == 2


def test_no_more_is_kept_than_there_is_room_for(tell, asked, monkeypatch):
    monkeypatch.setattr(texts, "MOST", 2)
    texts.remembering_texts(lambda: [tell(text) for text in ("a", "b", "c", "c", "a")])()
    assert [text for text, _of in asked] == ["a", "b", "c", "c"]


class Text(str):
    """One that is told from all others."""


def test_no_text_of_a_file_outlives_its_reading():
    known = []

    @texts.remembering_texts
    def work():
        text = Text("Age of Ivanova")
        recognise(text, 0)
        known.append(weakref.ref(text))
        del text
        gc.collect()
        assert known[0]() is not None  # it is kept while the file is read

    work()
    gc.collect()
    assert known[0]() is None


def test_reading_leaves_nothing_behind():
    file = open_file("x.csv", CSV)
    propose(file), read(file)
    assert texts._kept.get() is None
