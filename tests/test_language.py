import gettext
import re
from contextvars import copy_context

import pytest

from lib import language, text
from lib.language import N_, Inflected, Template, _, ngettext, worded
from tests import pseudo
from tests.conftest import ROOT
from tools import catalogue


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


def test_a_translation_asks_for_the_case_of_a_name():
    with language.speaking("ru"):
        median = Inflected("Медиана {endpoint:р}: {n}")
        assert median.format(endpoint="Общая выживаемость", n=3) == "Медиана общей выживаемости: 3"
        assert Inflected("после {level:р}").format(level="Мой метод") == "после «Мой метод»"
        assert Inflected("{level:и}").format(level="Мой метод") == "Мой метод"
        assert Inflected("a {x:и}\nb {x:т}").partition("\n")[2].format(x="Центр") == "b центром"


CODES = sorted(folder.name for folder in catalogue.LOCALES.iterdir() if folder.is_dir())


@pytest.mark.parametrize("code", CODES)
def test_what_is_read_is_what_is_written_in_the_catalogue(code):
    written = catalogue.read(code)
    assert catalogue.as_mo(written) == catalogue.place(code).with_suffix(".mo").read_bytes()
    assert catalogue.as_po(written) == catalogue.place(code).read_bytes()
    assert list(catalogue.faults(written)) == []


@pytest.mark.parametrize("code", CODES)
def test_every_message_is_translated_and_nothing_else(code):
    """`python -m tools.catalogue --left FILE` lists what is not."""
    written = catalogue.read(code)
    held = {each.id if isinstance(each.id, tuple) else (each.id,) for each in written if each.id}
    assert held == {*catalogue.messages()}, "python -m tools.catalogue brings it up to date"
    assert [each.id for each in written if each.id and not catalogue.translated(each)] == []
    assert [each.id for each in written if each.id and each.fuzzy] == []


def test_a_lost_place_is_a_fault_and_a_case_of_a_name_is_none():
    found = catalogue.updated(catalogue.read("ru"))
    message = "{column} is cut at {points}, as chosen."

    def faults(words):
        taken = [{"id": message, "text": words}]
        return list(catalogue.faults(catalogue.updated(found, taken)))

    assert faults("{column:р}, {points}") == []
    assert len(faults("{column}")) == len(faults("{column}, {points}, {other}")) == 1


def test_the_catalogue_knows_messages_within_an_f_string_and_of_tables():
    held = {message[0]: files for message, files in catalogue.messages().items()}
    assert held["(after progression)"] == ["lib/exhibits/patients.py"]
    assert held["Conflicts of interest"] == ["lib/analyses/guidelines.toml"]
    assert ("{n} patient", "{n} patients") in catalogue.messages()
