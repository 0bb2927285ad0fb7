"""What one scan of a patient shows, against the baseline and the scans before."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal, NamedTuple

from lib.recist.disease import Disease, Part, Targets, check_scan, iso
from lib.recist.measurements import LIVER, Lesion, Scan
from lib.recist.rules import (
    NO_SUMS,
    NON_CR_NON_PD,
    TARGET,
    Reason,
    Signs,
    Sums,
    first,
    mm,
    overall,
    reasons,
)

Basis = Literal["lesions", "sums", "recorded", "flags"]
"""What a response rests on: diameters, else sums, else a letter, else no more than flags."""


class Visit(NamedTuple):
    """One assessment after the first procedure."""

    patient_id: str
    date: date
    day: int  # days from the first procedure
    # What the response rests on: ``lesions``, ``sums``, ``recorded`` (a letter alone) or ``flags``
    # (no more than new and non-target lesions).
    basis: Basis
    target: str  # response of the target lesions; '' where there are none, or only a letter
    nontarget: str  # state of the non-target lesions; '' where there are none
    new_lesion: bool
    letter: str  # what was recorded, where the response rests on it alone
    site: str  # where the new lesion is
    sums: Sums  # what the target response follows from
    response: str  # of this visit alone: what confirms, and what the best response is chosen from
    status: str  # what it leaves the patient with: PD stays, and PR until PD
    # The response by lesions anywhere; differs from `response` only where the profile counts the
    # liver alone.
    overall: str
    recorded: str  # the letter of the spreadsheet; '' where there is none
    carried: Reason | None  # why the status is not the response
    # Organs in which the visit shows progression, as far as the spreadsheet says.
    progressed_in: tuple[str, ...]
    # in_liver, outside_liver: whether it shows progression there. What cannot be placed counts for
    # the liver.
    in_liver: bool
    outside_liver: bool
    rows: tuple[tuple[str, int], ...]  # the tables and rows that it rests on

    @property
    def sum(self) -> int | float | None:
        """Sum of the targets that were measured, mm."""
        total = self.sums.total
        return None if total is None else mm(total)

    @property
    def complete(self) -> bool:
        """Whether the sum is of all targets."""
        return self.sums.complete

    @property
    def nadir(self) -> int | float | None:
        """The smallest complete sum before, baseline included, mm."""
        return mm(self.sums.nadir) if self.sums.baseline else None

    @property
    def change(self) -> float | None:
        """Of the sum from baseline, as a fraction; None unless the sum is complete."""
        total, complete, *_, baseline = self.sums[:5]
        if total is None or not complete or not baseline:
            return None
        return (total - baseline) / baseline

    @property
    def signs(self) -> Signs:
        """What the response follows from; of the liver alone where the profile says so."""
        return Signs(
            self.target, self.nontarget, self.new_lesion, self.letter, self.site, self.sums
        )

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What decides the response, and then further signs of progression."""
        return reasons(self.signs)


_Measured = tuple[int | None, bool, int, int]
"""Of the targets: their sum if any was measured, whether all were, the sum of those that are no
nodes, the largest node."""

_Answer = tuple[str, Sums]
"""The response of some targets, '' where it is not asked for, and what it follows from."""


class _Place(NamedTuple):
    """Where a visit shows progression."""

    organs: tuple[str, ...]
    in_liver: bool
    outside_liver: bool


_NOT_MEASURED = (None, False, 0, 0)
_NO_ANSWER = ("", NO_SUMS)
_NOWHERE = _Place((), False, False)
_MISSING = (Lesion(None, "", False),)
_FRAGMENT = re.compile(r"[a-zа-я]|[\s._/(-].*", re.IGNORECASE)


def judge(found: Disease, scan: Scan, start: int) -> Visit:
    """Judge a scan by the rules, and keep the smallest sums for the next.

    The status is the response, until all visits are known.

    `found`: changed: its nadirs, and its findings. `start`: the day of the first procedure.
    """
    targets = _named(found, scan)
    basis = _basis(found, scan, targets)
    whole = _answer(found, found.whole, scan, targets, basis)
    same = found.liver is found.whole
    inside = whole if same else _answer(found, found.liver, scan, targets, basis)
    outside = (
        _answer(found, found.outside, scan, targets, basis) if found.outside.targets else _NO_ANSWER
    )
    signs = Signs(
        whole[0],
        _nontarget(found, scan),
        scan.new_lesion,
        scan.recorded if basis == "recorded" else "",
        ", ".join(scan.sites),
        whole[1],
    )
    response = anywhere = overall(signs)
    place = _NOWHERE
    if "PD" in (anywhere, inside[0], outside[0]):
        place = _place(found, scan, signs, (whole[0], inside[0], outside[0]), targets)
    _note(found, scan, targets, signs, basis)
    found.whole.vanished |= anywhere == "CR"
    if not same:
        found.liver.vanished |= _complete(found, scan, signs, inside[0], True)
        found.outside.vanished |= _complete(found, scan, signs, outside[0], False)
    if found.limits.liver_only:
        signs = _of_liver(found, scan, signs, inside, place)
        response = overall(signs)
    return Visit(
        found.patient_id,
        date.fromordinal(scan.day),
        scan.day - start,
        basis,
        *signs,
        response,
        response,
        anywhere,
        scan.recorded,
        None,
        place.organs,
        place.in_liver,
        place.outside_liver,
        scan.rows,
    )


def _named(found: Disease, scan: Scan) -> Targets:
    """The targets of a scan by their names at baseline: L1a and L1b are parts of L1."""
    if scan.targets.keys() <= found.targets.keys():
        return scan.targets
    named: dict[str, tuple[Lesion, ...]] = {}
    for name, lesions in sorted(scan.targets.items()):
        whole = name if name in found.targets else _split_from(found, name)
        if whole:
            named[whole] = (*named.get(whole, ()), *lesions)
        elif found.targets:
            found.tell("later-target", scan, lesion=name)
    return named


def _split_from(found: Disease, name: str) -> str:
    wholes = [
        whole
        for whole in found.targets
        if name.startswith(whole) and _FRAGMENT.fullmatch(name[len(whole) :])
    ]
    return max(wholes, key=len, default="")


def _basis(found: Disease, scan: Scan, targets: Targets) -> Basis:
    if targets and found.targets:
        return "lesions"
    if scan.sums and found.by_sums and found.whole.baseline:
        return "sums"
    return "recorded" if scan.recorded else "flags"


def _answer(found: Disease, part: Part, scan: Scan, targets: Targets, basis: Basis) -> _Answer:
    """The response of a part's targets, '' where it is not asked for; keeps the part's nadir."""
    measured = _measured(found, part, scan, targets, basis)
    total, complete, outside_nodes, node = measured or _NOT_MEASURED
    sums = Sums(
        total,
        complete,
        outside_nodes,
        node,
        part.baseline,
        part.nadir,
        part.nadir_date,
        part.vanished,
    )
    if measured is None:
        return "", sums
    response = first(TARGET, sums).response
    if complete and total is not None and part.baseline and total < part.nadir:
        part.nadir, part.nadir_date = total, iso(scan.day)
    return response, sums


def _measured(
    found: Disease, part: Part, scan: Scan, targets: Targets, basis: Basis
) -> _Measured | None:
    """What of a part was measured; None where the response of its targets is not asked for.

    A sum is that of the liver where no target is known to lie outside.
    """
    if basis == "recorded" or not (part.targets or _only_sums(found, part, scan)):
        return None
    if basis == "lesions":
        return _added_up(part, targets)
    if basis == "sums" and (part is found.whole or not found.outside.targets):
        total = max(scan.sums)
        return total, True, total, 0
    return _NOT_MEASURED


def _only_sums(found: Disease, part: Part, scan: Scan) -> bool:
    """Whether there is measured disease that is not known lesion by lesion."""
    measured = bool(found.whole.baseline or scan.sums or scan.targets)
    return part is not found.outside and not found.targets and measured


def _added_up(part: Part, targets: Targets) -> _Measured:
    total = outside = node = 0
    seen, complete = False, True
    for name, is_node in part.targets:
        for size, _, _ in targets.get(name, _MISSING):
            if size is None:
                complete = False
                continue
            seen = True
            total += size
            if is_node:
                node = max(node, size)
            else:
                outside += size
    return total if seen else None, complete, outside, node


def _nontarget(found: Disease, scan: Scan) -> str:
    """What is said of the non-target lesions, else what follows from those that are listed."""
    if scan.nontarget:
        return scan.nontarget
    lesions = [lesion for parts in scan.others.values() for lesion in parts]
    if not found.has_nontarget and all(each.normal for each in lesions):
        return ""
    if any(each.present for each in lesions):
        return NON_CR_NON_PD
    unseen = found.others.keys() - scan.others.keys()
    known = lesions and not unseen and all(each.size is not None for each in lesions)
    return "CR" if known else "NE"


def _place(
    found: Disease, scan: Scan, signs: Signs, answers: Sequence[str], targets: Targets
) -> _Place:
    """Tell where a visit shows progression.

    Target lesions that grew enough only together show it neither in the liver nor outside. What
    cannot be placed counts for the liver, unless another sign is outside it.
    """
    whole, here, there = (answer == "PD" for answer in answers)
    organs = _grown(found, targets, here, there) if whole or here or there else set()
    unknown = False
    for sites in _sites(found, scan, signs):
        organs |= sites
        here = here or LIVER in sites
        there = there or bool(sites - {LIVER})
        unknown = unknown or not sites
    return _Place(tuple(sorted(organs)), here or (unknown and not there), there)


def _sites(found: Disease, scan: Scan, signs: Signs) -> Iterator[set[str]]:
    """Where each sign of progression other than size is; nothing where that is not known."""
    if scan.new_lesion:
        yield set(scan.sites)
    if signs.nontarget == "PD":
        organs = set(found.others.values())
        yield organs if len(organs) == 1 or LIVER not in organs else set()
    if signs.recorded == "PD" and not scan.new_lesion and signs.nontarget != "PD":
        yield set()


def _grown(found: Disease, targets: Targets, inside: bool, outside: bool) -> set[str]:
    """The organs whose targets have grown, of the part alone that shows progression if one does."""
    organs = {lesion.organ for lesion in found.targets.values()}
    if inside != outside:
        organs = {organ for organ in organs if (organ == LIVER) == inside}
    if len(organs) == 1:
        return organs
    return {
        organ
        for organ in organs
        if _sum_of(found, organ, targets) > min(_sum_of(found, organ, t) for t in found.history)
    }


def _sum_of(found: Disease, organ: str, targets: Targets) -> int:
    return sum(
        lesion.size or 0
        for name, parts in targets.items()
        if name in found.targets and found.targets[name].organ == organ
        for lesion in parts
    )


def _complete(found: Disease, scan: Scan, signs: Signs, target: str, inside: bool) -> bool:
    """Whether the response inside the liver, or outside it, is complete: non-targets gone too."""
    organs, sites = set(found.others.values()), scan.sites
    concerned = not organs or any((organ == LIVER) == inside for organ in organs)
    new = scan.new_lesion and (not sites or any((site == LIVER) == inside for site in sites))
    here = Signs(target, signs.nontarget if concerned else "", new, signs.recorded, "", NO_SUMS)
    return overall(here) == "CR"


def _of_liver(found: Disease, scan: Scan, signs: Signs, inside: _Answer, place: _Place) -> Signs:
    organs, sites = set(found.others.values()), scan.sites
    nontarget = "" if organs and LIVER not in organs else signs.nontarget
    if nontarget == "PD" and not place.in_liver:
        nontarget = NON_CR_NON_PD
    recorded = "NE" if signs.recorded == "PD" and not place.in_liver else signs.recorded
    new_lesion = signs.new_lesion and (LIVER in sites or (not sites and place.in_liver))
    return Signs(inside[0], nontarget, new_lesion, recorded, LIVER if sites else "", inside[1])


def _note(found: Disease, scan: Scan, targets: Targets, signs: Signs, basis: Basis) -> None:
    """Keep the lesions for later scans, and say what of this one is in doubt."""
    total = signs.sums.total if signs.sums.complete and basis == "lesions" else None
    if total is not None and found.outside.targets:
        found.history.append(targets)
    if signs.nontarget:
        found.has_nontarget = True
    check_scan(found, scan, total)
    if scan.others and (found.others or found.normal_nodes) and not scan.new_lesion:
        for name in sorted(scan.others.keys() - found.others.keys()):
            if any(lesion.present for lesion in scan.others[name]):
                grown = name in found.normal_nodes
                found.tell("larger-node" if grown else "later-lesion", scan, lesion=name)
