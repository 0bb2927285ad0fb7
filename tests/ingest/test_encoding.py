"""Text in wrong encodings, with stray bytes; `cases/quotes.txt` has rows and quotation marks."""

import pytest

from lib import text
from lib.cohort import CohortError
from lib.ingest import encoding, open_file, read_cohort
from lib.ingest.encoding import decode
from tests.conftest import as_book, refused

RUSSIAN = (
    "Код пациента;Пол;Метод лечения;ОВ, мес.;Умер\n"
    "РФ-1;муж;ХИПА;9,3;да\nИМ-2;жен;ТАХЭ;22,1;нет\nСК-3;жен;ТАХЭ;15,9;да\n"
)


def told(data, words, name="a.csv"):
    """The only finding with some words, and its sentence."""
    cohort = read_cohort(name, data)
    (found,) = [f for f in cohort.findings if words in f.message]
    return cohort, found, text.finding(found)


def wrongly(data, page):
    """Bytes as a program shows them in a code page, those without a sign as they are."""
    return "".join(
        bytes([byte]).decode(page, "replace").replace("\ufffd", chr(byte)) for byte in data
    )


@pytest.mark.parametrize("page", ["cp1251", "cp1252", "latin-1", "cp866", "koi8-r"])
def test_utf_8_that_was_read_as_another_encoding_is_read_as_it_was_meant(page):
    broken = wrongly(RUSSIAN.encode(), page)
    assert broken != RUSSIAN
    assert decode(broken.encode())[0] == RUSSIAN
    cohort, found, sentence = told(broken.encode(), "wrong encoding")
    assert cohort.patients["modality"].tolist() == ["HAI", "TACE", "TACE"]
    assert found.severity == "warning"
    assert "read as it was meant" in sentence


@pytest.mark.parametrize("page", ["cp1251", "latin-1"])
def test_a_workbook_that_was_saved_from_a_wrong_encoding_is_read_as_it_was_meant(page):
    broken = wrongly(RUSSIAN.encode(), page)
    data = as_book({"a": [line.split(";") for line in broken.splitlines()]})
    cohort, found, _sentence = told(data, "wrong encoding", "a.xlsx")
    assert cohort.patients["modality"].tolist() == ["HAI", "TACE", "TACE"]
    assert dict(found.values)["said"] == page.replace("latin-1", "cp1252")


@pytest.mark.parametrize("meant", ["cp1251", "koi8-r"])
@pytest.mark.parametrize("page", ["cp1252", "latin-1", "cp1251", "koi8-r", "cp866"])
def test_a_code_page_that_was_read_as_another_is_read_as_it_was_meant(meant, page):
    if meant != page:
        assert decode(wrongly(RUSSIAN.encode(meant), page).encode())[0] == RUSSIAN


def test_the_letter_that_windows_code_page_lacks_is_had_back():
    assert decode(RUSSIAN.encode().decode("cp1251", "replace").encode())[:2] == (RUSSIAN, "cp1251")


def test_letters_that_r_wrote_by_number_are_letters():
    escaped = "".join(sign if sign < "\x7f" else f"<U+{ord(sign):04X}>" for sign in RUSSIAN)
    assert decode(escaped.encode())[:2] == (RUSSIAN, "R")


def test_a_text_that_has_lost_letters_is_refused_by_the_encodings_name():
    lost = RUSSIAN.encode().decode("cp1252", "ignore")
    with refused("lost") as found:
        read_cohort("a.csv", lost.encode())
    assert "cp1252" in text.error(found.value)


@pytest.mark.parametrize("page", ["utf-8", "cp1251", "cp866", "koi8-r", "utf-16", "utf-16-le"])
def test_a_text_in_one_encoding_is_not_mended(page):
    assert decode(RUSSIAN.encode(page))[:2] == (RUSSIAN, "")


@pytest.mark.parametrize("page", ["utf-8", "cp1252"])
@pytest.mark.parametrize(
    "line", ["Zürich;Genève", "Ångström;µg/l °C", "São José;Ñuñoa", "Łódź;Brno"]
)
def test_western_letters_are_not_taken_for_mistakes(page, line):
    if page == "utf-8" or line != "Łódź;Brno":
        assert decode(f"centre;city\n{line}\n".encode(page))[:2] == (f"centre;city\n{line}\n", "")


PLAIN = "patient_id,modality,os_months,os_event\n" + "P1,HAI,3,1\nP2,TACE,4,0\n" * 6


@pytest.mark.parametrize("page", ["utf-32", "utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("said", [RUSSIAN, PLAIN])
def test_wide_encodings_are_read_with_and_without_a_mark_of_their_order(said, page):
    assert decode(said.encode(page)) == (said, "", "")


@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_zero_bytes_between_signs_are_dropped_wherever_they_stand(step):
    data = "".join(f"{sign}\0" if at % step == 0 else sign for at, sign in enumerate(PLAIN))
    assert read_cohort("a.csv", data.encode()).patients["os_months"].tolist() == [3.0, 4.0]


@pytest.mark.parametrize(
    ("page", "first"), [("cp1251", True), ("cp1251", False), ("koi8-r", False), ("cp866", False)]
)
def test_lines_in_two_encodings_are_each_read_by_their_own(page, first):
    lines = [
        line.encode("utf-8" if first == (number < 3) else page)
        for number, line in enumerate(RUSSIAN.splitlines(keepends=True))
    ]
    assert decode(b"".join(lines)) == (RUSSIAN, "", page)
    _cohort, _found, sentence = told(b"".join(lines), "another encoding")
    assert page in sentence


def test_the_mark_of_an_encoding_alone_is_an_empty_file():
    with pytest.raises(CohortError, match="The file is empty"):
        open_file("a.csv", b"\xff\xfe\0\0")


@pytest.mark.parametrize("data", [bytes(range(256)) * 16, bytes(range(1, 30)) * 50])
def test_what_is_no_text_is_refused(data):
    with refused("not-a-table"):
        open_file("a.csv", data)


def test_a_large_text_is_looked_at_by_its_beginning(monkeypatch):
    monkeypatch.setattr(encoding, "_SAMPLED", 100)
    assert decode((RUSSIAN * 20).encode().decode("latin-1").encode())[0] == RUSSIAN * 20
