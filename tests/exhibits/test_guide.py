"""The manual is whole in every language that has one, and tells the plan's own thresholds."""

import re
import string
from pathlib import Path

import pytest

from lib.exhibits import guide
from lib.language import speaking

MANUALS = sorted(Path(guide.__file__).parent.glob("manual.*.md"))


@pytest.mark.parametrize("path", MANUALS, ids=lambda path: path.name)
def test_every_manual_has_the_chapters_and_the_thresholds_of_the_english_one(path):
    def asked(manual):
        return [
            sorted(name for _, name, _, _ in string.Formatter().parse(words) if name)
            for _title, words in manual
        ]

    code = path.name.split(".")[1]
    assert asked(guide._manual(code)) == asked(guide._manual("en"))


def test_a_chapter_holds_its_paragraphs_and_its_thresholds():
    chapters = dict(guide.chapters())
    assert len(chapters) == 17
    assert chapters["From a spreadsheet to a curve"].startswith("1. On **Cohort**, drop a workbook")
    assert "\n2. **Map** asks" in chapters["From a spreadsheet to a curve"]
    assert "Groups under 5 patients are counted only." in chapters["Small numbers"]
    assert not [words for words in chapters.values() if re.search(r"[{}]", words)]


def test_a_language_without_a_manual_reads_the_english_one():
    english = guide.chapters()
    with speaking("xx"):
        assert guide.chapters() == english
