import gettext
import re
from contextvars import copy_context

import pytest

from lib import language, text
from lib.analyses import incidence
from lib.exhibits import clock, exhibit
from lib.language import N_, Inflected, Template, _, ngettext, worded
from lib.schema import BY_DATES, COLUMNS, ENDPOINTS, MODALITIES, Column, Level
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


def test_a_marked_template_takes_the_form_that_its_number_asks_for():
    found = language.marked(["{k} a cat", "{k} cats", "k"])
    assert [language.counting(found, {"k": k}) for k in (1, 2, 2.5)] == [
        "{k} a cat",
        "{k} cats",
        "{k} cats",
    ]
    assert text.said(found, [("k", 1)]) == "1 a cat"
    assert text.said(language.marked("{k} of 3"), [("k", 1)]) == "1 of 3"
    with language.speaking("ru"):
        said = [text.said(language.template("blank-rows"), [("count", n)]) for n in (1, 3, 11, 21)]
    assert said == [
        "пропущена 1 пустая строка",
        "пропущены 3 пустые строки",
        "пропущено 11 пустых строк",
        "пропущена 21 пустая строка",
    ]


NUMBERS = (
    "n k count least most limit n1 n0 k1 k0 d1 d0 found needed left total fewest length made parts "
    "patients events days whole under tried known missing more values files sets"
)
"""Places for a number of things; times and sizes have decimals and units."""
NOUNS = (
    "analys[ei]s assessment bracket byte cell centre code cohort column condition draw "
    "entr(?:y|ie) event exhibit feature file finding group hour item key lesion letter level "
    "line minute name page part patient point procedure question record registr(?:y|ie) row "
    "scan second sentence sheet sign specification sum table term test time value visit week "
    "word year date day death diameter"
)
"""What is counted. Not months: most have decimals, 12.0 months, and Russian writes мес."""
RUSSIAN = (
    "файл ячейк строк столбц пациент событи смерт дн[яе] дней день процедур обследовани очаг центр "
    "групп признак значени лист точ[ек] вопрос замечани код имён имен част вариант запис знак раз "
    "секунд столбец"
)
"""How the same begin in Russian."""
NAMED_BY_IT = ("Figure {n}", "Table {n}", "specification {n}", "day {n}", "Made part {done}")
"""Where the number names one of several, and counts nothing."""
A_LIST = "An analysis by Hepar {version}, to be made again by anyone."
"""A text for any editor, which ends with lines of a name and a number."""


def uncounted(words, nouns):
    """Where a number stands beside what it counts: ``{n} late events``, ``(events: {n})``."""
    number = f"(?:{'|'.join(NUMBERS.split())})"
    before = rf"\{{{number}\}}[ \xa0](?:(?!by |of |whose |из |по |со )[\w-]+ )?(?:{nouns})\b(?!-)"
    behind = rf"(?:^|[(;,] ?)(?:{nouns})(?:(?: [\w-]+){{0,2}}:)? \{{{number}\}}(?! of | из )"
    return re.findall(f"{before}|{behind}", words, re.IGNORECASE)


ENGLISH = "|".join(f"{noun}s?" for noun in NOUNS.split())


def test_a_message_that_counts_has_a_plural():
    dodged = [
        found
        for message in catalogue.messages()
        if len(message) == 1 and not message[0].startswith((*NAMED_BY_IT, A_LIST))
        for found in uncounted(message[0], ENGLISH)
    ]
    assert dodged == []
    assert uncounted("left out (patients: {n})", ENGLISH) == ["(patients: {n}"]
    assert uncounted("{k} early deaths; {k} of {n}", ENGLISH) == ["{k} early deaths"]
    assert uncounted("{k} analyses", ENGLISH) == ["{k} analyses"]


def test_a_russian_number_governs_nothing_outside_a_plural():
    nouns = "|".join(rf"{start}\w*" for start in RUSSIAN.split())
    single = [each for each in catalogue.read("ru") if each.id and isinstance(each.id, str)]
    said = [each.string for each in single if not each.id.startswith((*NAMED_BY_IT, A_LIST))]
    assert [found for words in said for found in uncounted(words, nouns)] == []
    assert uncounted("не учтено (пациентов: {n})", nouns) == ["(пациентов: {n}"]
    assert uncounted("меньше {k} пациентов", nouns) == ["{k} пациентов"]


CASED = re.compile(r"\{(\w+):[рдвтп]\}")


def ours():
    """The names of the schema that a sentence takes in a case, by the place they are put into."""
    grouping = [
        column
        for column in COLUMNS.values()
        if column.baseline and column.kind in ("category", "flag", "number")
    ]
    endpoints = [*ENDPOINTS.values(), *(BY_DATES[code] for code in ("HPFS", "TTP", "THP"))]
    dates = {name for each in endpoints for name in (*each.events, *each.competing)}
    seen = {name for each in endpoints for name in each.last_seen if name in COLUMNS}
    arms = [text.in_sentence(level) for level in MODALITIES]
    sexes = [text.lowered(text.label(level)) for level in COLUMNS["sex"].levels]
    return {
        "column": [text.in_sentence(column) for column in grouping],
        "endpoint": [text.in_sentence(endpoint) for endpoint in endpoints],
        "origin": [_(words) for words in clock.FROM.values()],
        "events": [text.either(text.in_sentence(COLUMNS[name]) for name in dates)],
        "seen": [_(", else the ").join(text.in_sentence(COLUMNS[name]) for name in seen)],
        "cause": [
            text.lowered(_(words))
            for words in (*incidence._CAUSES.values(), incidence._DEATH_IN_LIVER)
        ],
        "group": sexes,
        "who": sexes,
        **dict.fromkeys(("arm", "level", "reference", "comparison"), arms),
    }


def test_every_name_of_ours_has_the_cases_that_russian_sentences_ask_for():
    with language.speaking("ru"):
        known = ours()
        for each in catalogue.read("ru"):
            words = each.string if isinstance(each.string, str) else each.string[0]
            for place in CASED.findall(words):
                alone = Inflected("".join(re.findall(rf"\{{{place}:\w\}}", words)))
                for name in known[place]:
                    assert "«" not in alone.format(**{place: name}), (words, name)


@pytest.mark.cases
def test_names_stand_in_russian_sentences_as_a_person_would_write(column, level, title, group):
    found = COLUMNS.get(column, Column(column, column, "category"))
    at = next((each for each in found.levels if each.code == level), Level(level, level))
    with language.speaking("ru"):
        assert exhibit.grouping(found) == title
        assert text.of_group(found, at) == group
        assert text.so_many(21, COLUMNS["sex"], COLUMNS["sex"].levels[0]) == "женщин — 21"


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
