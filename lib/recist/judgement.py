"""What one scan of a patient shows, against the baseline and the scans before."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from lib.language import N_
from lib.recist.disease import Disease, Part, by_organ, check_scan, iso, joined
from lib.recist.measurements import LIVER, Lesion, Scan
from lib.recist.rules import (
    AS_RECORDED,
    NON_CR_NON_PD,
    NORMAL_NODE,
    OVERALL,
    TARGET,
    Reason,
    Signs,
    Sums,
    first,
)

Basis = Literal["lesions", "sums", "recorded", "flags"]
"""What a response rests on: diameters, else sums, else a letter, else no more than flags."""

LATER_TARGET = N_(
    "{patient}: target lesion {lesion} of {date} is not at baseline, and not counted. If it is a "
    "part of a lesion that has split, name it after that one, as in L1a; if it is new, mark a new "
    "lesion"
)
LATER_LESION = N_(
    "{patient}: lesion {lesion} of {date} is not at baseline, and no new lesion is marked"
)


class Judgement(NamedTuple):
    """What a scan shows by itself; lengths in micrometres.

    Attributes
    ----------
    scan : Scan
    basis : str
    total : int or None
        Sum of the targets that were measured, in the liver alone where the profile says so.
    complete : bool
    baseline, nadir : int
        0 where there is none.
    target, nontarget : str
    response, overall : str
        By the profile, and by lesions anywhere.
    reasons : tuple of Reason
    progressed_in : tuple of str
        Organs that show progression, as far as that is said.
    in_liver, outside_liver : bool
    """

    scan: Scan
    basis: Basis
    total: int | None
    complete: bool
    baseline: int
    nadir: int
    target: str
    nontarget: str
    response: str
    overall: str
    reasons: tuple[Reason, ...]
    progressed_in: tuple[str, ...]
    in_liver: bool
    outside_liver: bool


class _Measured(NamedTuple):
    """What of a part was measured by a scan."""

    total: int | None
    complete: bool
    outside_nodes: int
    largest_node: int


class _Place(NamedTuple):
    """Where a visit shows progression."""

    organs: tuple[str, ...]
    in_liver: bool
    outside_liver: bool


Targets = Mapping[str, Sequence[Lesion]]
_NOT_MEASURED = _Measured(None, False, 0, 0)
_NO_REASON = Reason("")
_MISSING = (Lesion(None, "", False),)
_FRAGMENT = re.compile(r"[a-zа-я]|[\s._/(-].*", re.IGNORECASE)


def judge(found: Disease, scan: Scan) -> Judgement:
    """Judge a scan by the rules, and keep the smallest sums for the next.

    Parameters
    ----------
    found : Disease
        Changed: its nadirs, and its findings.
    scan : Scan
    """
    targets = _named(found, scan)
    basis = _basis(found, scan, targets)
    parts = (found.whole, found.liver, found.outside)
    measured = [_measured(found, part, scan, targets, basis) for part in parts]
    shown = 1 if found.limits.liver_only else 0
    baseline, nadir = parts[shown].baseline, parts[shown].nadir
    answers = [_target(*pair, scan.day) for pair in zip(parts, measured, strict=True)]
    signs = Signs(
        answers[0][0],
        _nontarget(found, scan),
        scan.new_lesion,
        scan.recorded if basis == "recorded" else "",
        ", ".join(scan.sites),
        answers[0][1],
    )
    overall, reasons = _overall(signs)
    place = _place(found, scan, signs, [answer[0] for answer in answers], targets)
    response = overall
    if found.limits.liver_only:
        signs = _of_liver(found, signs, answers[1], place, scan.sites)
        response, reasons = _overall(signs)
    _note(found, scan, targets, measured[0], basis)
    total, complete = (measured[shown] or _NOT_MEASURED)[:2]
    return Judgement(
        scan=scan,
        basis=basis,
        total=total,
        complete=complete,
        baseline=baseline,
        nadir=nadir,
        target=signs.target,
        nontarget=signs.nontarget,
        response=response,
        overall=overall,
        reasons=reasons,
        progressed_in=place.organs,
        in_liver=place.in_liver,
        outside_liver=place.outside_liver,
    )


def _named(found: Disease, scan: Scan) -> Targets:
    """The targets of a scan by their names at baseline: L1a and L1b are parts of L1."""
    if scan.targets.keys() <= found.targets.keys():
        return scan.targets
    named: dict[str, list[Lesion]] = {}
    for name, lesions in sorted(scan.targets.items()):
        whole = name if name in found.targets else _split_from(found, name)
        if whole:
            named.setdefault(whole, []).extend(lesions)
        elif found.targets:
            found.tell(LATER_TARGET, scan, lesion=name)
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
        return _Measured(total, True, total, 0)
    return _NOT_MEASURED


def _only_sums(found: Disease, part: Part, scan: Scan) -> bool:
    """Whether there is measured disease that is not known lesion by lesion."""
    measured = bool(found.whole.baseline or scan.sums or scan.targets)
    return part is not found.outside and not found.targets and measured


def _added_up(part: Part, targets: Targets) -> _Measured:
    total = outside = node = 0
    seen, complete = False, True
    for name, is_node in part.targets:
        for lesion in targets.get(name, _MISSING):
            size = lesion.size
            if size is None:
                complete = False
                continue
            seen = True
            total += size
            if is_node:
                node = max(node, size)
            else:
                outside += size
    return _Measured(total if seen else None, complete, outside, node)


def _target(part: Part, measured: _Measured | None, day: int) -> tuple[str, Reason]:
    """The response of a part's targets; keeps its nadir."""
    if measured is None:
        return "", _NO_REASON
    sums = Sums(*measured, part.baseline, part.nadir, part.nadir_date, part.vanished)
    rule = first(TARGET, sums)
    if part.baseline and measured.complete and measured.total is not None:
        part.vanished = part.vanished or rule.response == "CR"
        if measured.total < part.nadir:
            part.nadir, part.nadir_date = measured.total, iso(day)
    return rule.response, rule.reason(sums)


def _nontarget(found: Disease, scan: Scan) -> str:
    """What is said of the non-target lesions, else what follows from those that are listed."""
    if scan.nontarget or not (found.has_nontarget or scan.others):
        return scan.nontarget
    lesions = [lesion for parts in scan.others.values() for lesion in parts]
    if any((each.size or 0) >= (NORMAL_NODE if each.node else 1) for each in lesions):
        return NON_CR_NON_PD
    unseen = found.others.keys() - scan.others.keys()
    known = lesions and not unseen and all(each.size is not None for each in lesions)
    return "CR" if known else "NE"


def _overall(signs: Signs) -> tuple[str, tuple[Reason, ...]]:
    """The response by the table, its reason, and the reasons of further signs of progression."""
    rule = first(OVERALL, signs)
    response = signs.recorded if rule.response == AS_RECORDED else rule.response
    if response != "PD":
        return response, (rule.reason(signs),)
    signs_of_it = [each for each in OVERALL if each.response == "PD" and each.applies(signs)]
    return response, tuple(each.reason(signs) for each in signs_of_it or (rule,))


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
    now = _now(found, targets)
    grown = {organ for organ, total in now.items() if total > found.least.get(organ, 0)}
    if inside == outside:
        return grown
    return {organ for organ in grown if (organ == LIVER) == inside}


def _now(found: Disease, targets: Targets) -> dict[str, int]:
    """The sum of each organ's target lesions."""
    now = {name: joined(lesions) for name, lesions in targets.items()}
    return by_organ(
        lesion._replace(organ=found.targets[name].organ)
        for name, lesion in now.items()
        if name in found.targets
    )


def _of_liver(
    found: Disease, signs: Signs, answer: tuple[str, Reason], place: _Place, sites: Sequence[str]
) -> Signs:
    """The signs that concern the liver."""
    organs = set(found.others.values())
    nontarget = "" if organs and LIVER not in organs else signs.nontarget
    if nontarget == "PD" and not place.in_liver:
        nontarget = NON_CR_NON_PD
    recorded = "NE" if signs.recorded == "PD" and not place.in_liver else signs.recorded
    new_lesion = signs.new_lesion and (LIVER in sites or (not sites and place.in_liver))
    return Signs(answer[0], nontarget, new_lesion, recorded, LIVER if sites else "", answer[1])


def _note(
    found: Disease, scan: Scan, targets: Targets, measured: _Measured | None, basis: Basis
) -> None:
    """Keep the smallest sum of each organ, and say what of the scan is in doubt."""
    whole = measured.total if measured and measured.complete and basis == "lesions" else None
    if whole is not None and len(found.least) > 1:
        for organ, total in _now(found, targets).items():
            found.least[organ] = min(total, found.least[organ])
    elif whole is not None:
        for organ in found.least:
            found.least[organ] = found.whole.nadir
    check_scan(found, scan, whole)
    if found.others and not scan.new_lesion:
        for name in sorted(scan.others.keys() - found.others.keys()):
            if any(lesion.size for lesion in scan.others[name]):
                found.tell(LATER_LESION, scan, lesion=name)
