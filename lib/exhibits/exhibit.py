"""What leaves the house: a finding with all that belongs beside it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import pandas as pd

from lib import text
from lib.analyses.cautions import Caution
from lib.analyses.comparison import (
    Comparison,
)
from lib.analyses.provenance import Provenance
from lib.figures.theme import Figure
from lib.language import _
from lib.recist import PROFILES
from lib.schema import Column, Endpoint


def grouping(column: Column | None) -> str:
    """What results are shown by: ``modality``; ``all patients`` where nothing groups them."""
    return _("by {column}").format(column=text.in_sentence(column)) if column else ""


def grouped(whence: Provenance, column: Column | None) -> str:
    """How patients came to their groups: by which rule of modality, or where numbers are cut."""
    if column is None:
        return ""
    return _modality(whence) if column.name == "modality" else text.cut_at(whence, column)


def _modality(whence: Provenance) -> str:
    """How the modality was decided."""
    return joined(
        _("Modality {rule}.").format(rule=_(whence.modality_rule)),
        _("First procedure not known, so as recorded: n = {n}.").format(n=whence.stood_in)
        if whence.stood_in
        else "",
        _("Recorded as having had both in the end: n = {n}.").format(n=whence.both)
        if whence.both and not whence.both_recorded
        else "",
    )


def joined(*sentences: str) -> str:
    """The sentences that say something, one after the other."""
    return text.sentence(" ".join(sentence for sentence in sentences if sentence))


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A figure with its title, its caption and its numbers, on a page as in a folder.

    Its `key` names its files: short, the same for every cohort, and no other figure's.
    """

    key: str
    figure: Figure
    title: str
    caption: str
    tables: list[tuple[str, pd.DataFrame]]


_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


_LONGEST_KEY = 60


def key(*parts: str) -> str:
    """The name of a result's files, without their ending: ``survival-os``.

    Raises
    ------
    ValueError
        If it would not do in every file system: the parts are the product's own, never a label or
        a text of the file.
    """
    made = "-".join(parts).lower().replace(" ", "-")
    if len(made) > _LONGEST_KEY or not _KEY.fullmatch(made):
        raise ValueError(f"a key is of plain letters, digits and hyphens, got {made!r}")
    return made


def of_endpoint(endpoint: Endpoint, whence: Provenance) -> str:
    """An endpoint in a key: its code, or its place among those of the file's own making."""
    own = whence.own_endpoints
    return f"own{own.index(endpoint) + 1}" if endpoint in own else endpoint.code


def of_liver(whence: Provenance) -> str:
    """What the profile changes of recorded responses."""
    if not PROFILES[whence.plan.response.profile].liver_only:
        return ""
    return _("Where none is recorded, progression in the liver alone counts as PD.")


def modified(whence: Provenance) -> str:
    """That a profile is not RECIST 1.1 itself: said in every export."""
    choices = whence.plan.response
    if choices.profile == "RECIST 1.1":
        return ""
    if not whence.derived:
        return of_liver(whence)
    return _("Responses by {profile}.").format(profile=_(PROFILES[choices.profile].label))


def across(rows: Sequence[dict[str, str]]) -> pd.DataFrame:
    """Turn a row a group into a column a group, as journals print arms."""
    frame = pd.DataFrame(rows).fillna("").set_index(_("Group"))
    turned = frame.T.reset_index(names=" ")
    return turned.rename_axis(columns=None)


class Result(Protocol):
    """What every result has: where it comes from, and what to beware of."""

    @property
    def provenance(self) -> Provenance: ...  # noqa: D102

    @property
    def cautions(self) -> tuple[Caution, ...]: ...  # noqa: D102


def notes(result: Result) -> list[str]:
    """What every export of a result says: whose patients, and what to beware of."""
    whence = result.provenance
    source = whence.source
    file = _("Source: {file}, SHA-256 {digest}.").format(file=source.name, digest=source.sha256)
    said = [text.source(source), file, text.under_study(whence), modified(whence)]
    said += [text.caution(caution) for caution in result.cautions]
    if isinstance(result, Comparison):
        said += [text.caution(each) for rate in result.responses for each in rate.cautions]
    return list(dict.fromkeys(line for line in said if line))
