"""What stays of persons and places in rows that leave, in words."""

from collections.abc import Mapping

from lib import text
from lib.analyses.leaving import OLD, RARE, Stays
from lib.exhibits.exhibit import said
from lib.language import _, ngettext
from lib.schema import TABLES, Column


def stays(found: Stays, columns: Mapping[str, Column]) -> tuple[str, ...]:
    """What tells a person or a place, a sentence each; `columns` of the patients, by name."""
    known = {name: each for table in TABLES.values() for name, each in table.items()} | {**columns}

    def named(names: tuple[str, ...]) -> str:
        return text.listed(list(dict.fromkeys(text.label(known[name]) for name in names)))

    dates = _("Dates of the calendar: {columns}.").format(columns=named(found.dates))
    none = _("No date of the calendar; the year of the first procedure stays.")
    centres = ngettext("{n} centre by name.", "{n} centres by name.", found.centres)
    old = ngettext(
        "{n} patient above the age of {age}.", "{n} patients above the age of {age}.", found.old
    )
    rare = ngettext(
        "Levels that fewer than {few} patient has: {columns}.",
        "Levels that fewer than {few} patients have: {columns}.",
        RARE,
    ).format(few=RARE, columns=text.listed([f"{named((name,))} ({n})" for name, n in found.rare]))
    own = _("Columns of your own, as they are: {columns}.").format(columns=named(found.own))
    return said(
        dates if found.dates else none,
        centres.format(n=found.centres) if found.centres else "",
        old.format(n=found.old, age=OLD) if found.old else "",
        rare if found.rare else "",
        own if found.own else "",
    )


def changed(paths: tuple[str, ...]) -> str:
    """Which numbers of a study need the calendar that is left out; '' where none does."""
    words = {
        "matured": _("results at earlier cut-offs"),
        "endings": _("who was followed to the end of the data"),
        "lost": _("who was lost"),
    }
    lost = [said for name, said in words.items() if name in paths]
    if not lost:
        return ""
    return _("Without dates is not told: {what}. All other numbers are the same.").format(
        what=text.listed(lost)
    )
