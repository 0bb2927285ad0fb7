"""What guidelines of reporting ask, by what of it a report answers; what is left is for authors."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial

import pandas as pd

from lib.analyses import reported
from lib.analyses.everything import Everything
from lib.analyses.guidelines import Item
from lib.analyses.reported import Expected
from lib.exhibits import exhibit
from lib.exhibits.exhibit import Table
from lib.language import N_, Template, _

Places = Mapping[str, tuple[str, ...]]
"""Where each exhibit of a report stands, by its key."""
_WORDS: Mapping[str, Template] = {
    "in-captions": N_("Methods, and the captions"),
    "in-cautions": N_("Cautions"),
    "in-nothing-matched": N_("nobody is matched"),
    "in-estimand": N_("Methods and Results"),
}
"""What is in every report."""
_SHOWN: Mapping[str, tuple[str, ...]] = {
    "in-protocol": ("compare-protocol",),
    "in-flow": ("flow",),
    "in-table-1": ("table-one", "compare-balance"),
    "in-contrast": ("compare-os", "compare-pfs", "compare-hpfs", "compare-own", "compare-response"),
    "in-adjusted": ("compare-adjusted",),
    "in-robustness": ("compare-robustness",),
    "in-subgroups": ("compare-subgroups",),
    "in-endings": ("endings",),
}
"""The exhibits that answer an item, by how their keys begin."""
_OPEN, _UNSAID = N_("open"), N_("open: the data do not say")
_NOT_HERE = N_("open: Hepar has it, this report does not")
_BY_WORDS: Mapping[tuple[str, str], Template] = {
    ("STROBE", "1b"): N_("Abstract"),
    ("STROBE", "12a"): N_("Methods"),
}
"""Items that the words of a report answer."""


def tables(found: Everything, places: Places) -> Iterator[Table]:
    """STROBE, TARGET, what interventional radiology asks, and the questions of bias."""
    listed = reported.items(found.study)
    compared = found.comparison is not None
    for name in ("STROBE", "TARGET") if compared else ("STROBE",):
        several = [each for each in listed if each.guideline == name]
        yield Table(
            _("{guideline}: what this report answers").format(guideline=name),
            partial(_guideline, several, places),
            _("The items are in Hepar’s words; what is open is for the authors."),
        )
    yield Table(
        _("Interventional reporting: what this report answers"),
        partial(_interventional, found, places),
        _("After the standards of SIR and CIRSE, in Hepar’s words."),
    )
    if compared:
        yield Table(
            _("Questions about bias, by the domains of ROBINS-I"),
            partial(_bias, places),
            _("For the authors to answer; Hepar scores none of them."),
        )


def left(table: Table) -> int:
    """How many items of a list are left to the authors; of questions all are."""
    frame = table.frame
    if frame.columns[-1] != _("In this report"):
        return len(frame)
    return int(frame.iloc[:, -1].isin([_(_OPEN), _(_UNSAID), _(_NOT_HERE)]).sum())


def _at(keys: Iterable[str], places: Places) -> str:
    """Where exhibits stand whose keys begin so; '' where none does."""
    beginnings = tuple(keys)
    return "; ".join(
        place for key, several in places.items() if key.startswith(beginnings) for place in several
    )


def _guideline(several: Iterable[Item], places: Places) -> pd.DataFrame:
    rows = [(each.number, _(each.message), _answered(each, places)) for each in several]
    return exhibit.lines(rows, _("Item"), _("What is asked"), _("In this report"))


def _answered(item: Item, places: Places) -> str:
    words = _BY_WORDS.get((item.guideline, item.number))
    if words is not None:
        return _(words)
    if item.where is None:
        return _(_OPEN)
    if item.where.code in _WORDS:
        return _(_WORDS[item.where.code])
    return _at(_SHOWN[item.where.code], places) or _(_NOT_HERE)


def _interventional(found: Everything, places: Places) -> pd.DataFrame:
    rows = [(_(each.message), _of_file(found, each, places)) for each in reported.INTERVENTIONAL]
    return exhibit.lines(rows, _("What is asked"), _("In this report"))


def _of_file(found: Everything, asked: Expected, places: Places) -> str:
    if not asked.shown:
        return _(_OPEN)
    if not reported.known(found.study, asked):
        return _(_UNSAID)
    return _at(asked.shown, places) or _(_NOT_HERE)


def _bias(places: Places) -> pd.DataFrame:
    rows = [(_(each.domain), _(each.message), _at(each.shown, places)) for each in reported.ROBINS]
    return exhibit.lines(rows, _("Domain"), _("Question"), _("What bears on it here"))
