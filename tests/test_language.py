import gettext
import re
from contextvars import copy_context

import pytest

from lib import language, text
from lib.language import N_, Template, _, ngettext, worded
from tests import pseudo
from tests.conftest import ROOT


def speaking(code, words):
    """What a visitor of that language reads."""

    def said():
        language.language.set(code)
        return words()

    return copy_context().run(said)


def test_english_is_the_source():
    assert _("Overall survival") == "Overall survival"
    assert ngettext("{n} patient", "{n} patients", 1) == "{n} patient"
    assert ngettext("{n} patient", "{n} patients", 2) == "{n} patients"
    assert N_("left as it is") == "left as it is"


def test_a_language_without_a_catalogue_reads_english():
    assert speaking("xx", lambda: _("Overall survival")) == "Overall survival"


def test_a_catalogue_is_read_for_its_own_visitor_only(monkeypatch: pytest.MonkeyPatch):
    class Shouted(gettext.NullTranslations):
        def gettext(self, message):
            return message.upper()

    monkeypatch.setattr(
        language,
        "_catalogue",
        lambda code: Shouted() if code == "loud" else gettext.NullTranslations(),
    )
    assert speaking("loud", lambda: _("survival")) == "SURVIVAL"
    assert _("survival") == "survival"


def test_only_what_is_ours_is_worded_and_nothing_stays_nothing(tmp_path):
    with pseudo.spoken(tmp_path):
        assert worded(N_("Other")) == "⟦Other⟧"
        assert worded("Other") == "Other", "a level of the visitor's own"
        assert (_(""), worded(Template(""))) == ("", "")
    assert type(_("a sentence")) is str


def test_a_catalogue_has_forms_for_each_number(tmp_path):
    with pseudo.spoken(tmp_path):
        said = [text.patients(n) for n in (1, 21, 2, 5)]
    assert said == ["⟦1 patient⟧", "⟦21 patient⟧", "⟦2 patients⟧", "⟦5 patients⟧"]


def test_no_word_of_ours_claims_that_something_was_specified_beforehand():
    """Whether it was, no app can know."""
    files = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.json"), *(ROOT / "lib").rglob("*.toml")]
    said = [words for each in pseudo.messages() for words in each]
    said += [file.read_text(encoding="utf-8") for file in files]
    claim = re.compile(r"pre.?specif|fixed before (looking|seeing)", re.IGNORECASE)
    assert len(said) > 1000
    assert [found[0] for words in said if (found := claim.search(words))] == []
