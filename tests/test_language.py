import gettext
from contextvars import copy_context

import pytest

from lib import language
from lib.language import N_, _, ngettext


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
