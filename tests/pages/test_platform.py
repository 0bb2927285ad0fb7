"""What Streamlit says itself is in the visitor's language, as its scripts still say it."""

import re
from pathlib import Path

import pytest
from streamlit import file_util

from lib.language import speaking
from lib.ui import platform

SCRIPTS = Path(file_util.get_static_dir()) / "static" / "js"


@pytest.mark.parametrize("script", platform.WORDS)
def test_every_word_still_stands_in_the_script_of_the_platform(script):
    """One that an upgrade has changed is worded anew here, and translated."""
    said = "\n".join(each.read_text("utf-8") for each in SCRIPTS.glob(f"{script}.*.js"))
    assert said
    parts = [part for words in platform.WORDS[script] for part in re.split(r"\{\w+\}", words)]
    assert [part for part in parts if not re.search(rf"[`}}]{re.escape(part)}[`$]", said)] == []


def test_nothing_is_worded_where_english_is_spoken_and_every_word_elsewhere():
    assert platform.words() == {}
    with speaking("ru"):
        found = platform.words()
    assert found["Upload"] == "Загрузить"
    bare = [re.sub(r"\{\w+\}|CSV|Enter|Streamlit", "", words) for words in found.values()]
    assert [words for words in bare if re.search("[A-Za-z]{3}", words)] == []
