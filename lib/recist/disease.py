"""Profiles, and the disease at baseline against which later scans are judged."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date

from lib.cohort import Finding
from lib.plan import Profile
from lib.recist.measurements import LIVER, Lesion, Scan
from lib.recist.rules import MM, mm, said


@dataclass(frozen=True, slots=True)
class Limits:
    """A profile: how many targets it allows, and whether only the liver counts."""

    label: str  # an `N_` template that names it wherever it is used
    # targets, per_organ, in_liver: at most so many targets in all, in an organ, in the liver
    targets: int
    per_organ: int
    in_liver: int
    liver_only: bool = False  # whether response and progression are those of the liver alone


_TARGETS: Mapping[Profile, tuple[int, int, int]] = {
    "RECIST 1.1": (5, 2, 2),
    "liver-directed": (5, 2, 5),
    "liver-only progression": (5, 2, 5),
}
PROFILES: Mapping[Profile, Limits] = {
    name: Limits(said("profile", name), *most, liver_only=name == "liver-only progression")
    for name, most in _TARGETS.items()
}


@dataclass(slots=True)
class Part:
    """Target lesions whose sum is followed: all of them, those in the liver, those outside.

    `vanished` is whether the overall response there has been CR: non-target lesions are gone too.
    """

    targets: tuple[tuple[str, bool], ...]
    baseline: int = 0
    nadir: int = 0
    nadir_date: str = ""
    vanished: bool = False

    def begin(self, total: int, day: str) -> None:
        """Set the sum of the baseline."""
        self.baseline = self.nadir = total
        self.nadir_date = day


Targets = Mapping[str, Sequence[Lesion]]  # target lesions of a scan by their names at baseline


@dataclass(slots=True)
class Disease:
    """A patient's lesions at baseline, and the smallest sums so far."""

    patient_id: str
    limits: Limits
    baseline_day: int | None
    targets: Mapping[str, Lesion]  # the target lesions that have a size
    whole: Part
    liver: Part
    outside: Part
    by_sums: bool  # whether sums that were given can be compared with that of baseline
    others: Mapping[str, str]  # the organs of the non-target lesions that are listed, by lesion
    normal_nodes: Set[str]  # lymph nodes that are listed as no target and are not pathological
    has_nontarget: bool  # whether there is non-target disease, listed or not
    # The target lesions of each scan in which all were measured.
    history: list[Targets] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def tell(self, code: str, scan: Scan | None = None, **values: str | int | float) -> None:
        """Add a finding, by the code of its sentence, with the rows that it comes from."""
        rows = tuple(row for _, row in scan.rows) if scan else ()
        if scan:
            values["date"] = iso(scan.day)
        named = (("patient", self.patient_id), *values.items())
        self.findings.append(Finding("warning", said("told", code), rows=rows, values=named))


def iso(day: int) -> str:
    """A day, as `date.toordinal` counts it, as an ISO string."""
    return date.fromordinal(day).isoformat()


def disease(patient_id: str, before: Sequence[Scan], given: int, profile: Profile) -> Disease:
    """Set up the baseline: the latest scan with target lesions, else with a sum, else the latest.

    `before`: the scans on or before the first procedure, in order. `given`: the sum of diameters at
    baseline as the patient's row gives it; 0 where it does not.
    """
    scan = _baseline(before)
    lesions = {name: joined(parts) for name, parts in scan.targets.items()} if scan else {}
    targets = {name: lesion for name, lesion in lesions.items() if lesion.size}
    inside = tuple((name, each.node) for name, each in targets.items() if each.organ == LIVER)
    elsewhere = tuple((name, each.node) for name, each in targets.items() if each.organ != LIVER)
    total = max(scan.sums, default=0) if scan else 0
    total = total or given
    listed = {name: parts for each in before for name, parts in each.others.items()}
    normal = {name for name, parts in listed.items() if all(part.normal for part in parts)}
    whole = Part(inside + elsewhere)
    found = Disease(
        patient_id,
        PROFILES[profile],
        scan.day if scan else None,
        targets,
        whole,
        Part(inside) if elsewhere else whole,  # the same where there is nothing outside
        Part(elsewhere),
        by_sums=total > 0,
        others={name: parts[0].organ for name, parts in listed.items() if name not in normal},
        normal_nodes=normal,
        has_nontarget=len(listed) > len(normal) or any(each.nontarget for each in before),
    )
    day = iso(scan.day) if scan else ""
    if targets:
        for part in (found.whole, found.liver, found.outside):
            part.begin(sum(targets[name].size or 0 for name, _ in part.targets), day)
        found.by_sums = total in (0, found.whole.baseline)
        found.history.append(scan.targets if scan else {})
    else:
        found.whole.begin(total, day)
    if scan:
        check_scan(found, scan, found.whole.baseline)
        _check_baseline(found, scan, lesions)
    return found


def _baseline(before: Sequence[Scan]) -> Scan | None:
    for scan in reversed(before):
        if any(part.size for parts in scan.targets.values() for part in parts):
            return scan
    with_sum = [scan for scan in before if scan.sums]
    return next(reversed(with_sum or before), None)


def joined(parts: Sequence[Lesion]) -> Lesion:
    """A lesion of all its parts; not measured if one of them was not."""
    if len(parts) == 1:
        return parts[0]
    sizes = [part.size for part in parts if part.size is not None]
    return parts[0]._replace(size=sum(sizes) if len(sizes) == len(parts) else None)


def _check_baseline(found: Disease, scan: Scan, lesions: Mapping[str, Lesion]) -> None:
    """Say what of the targets at baseline is not as the profile asks."""
    limits, organs = found.limits, [lesion.organ for lesion in found.targets.values()]
    if len(organs) > limits.targets:
        found.tell("many-targets", scan, n=len(organs), limit=limits.targets)
    for organ in sorted(set(organs)):
        limit = limits.in_liver if organ == LIVER else limits.per_organ
        if organs.count(organ) > limit:
            found.tell("many-in-organ", scan, n=organs.count(organ), organ=organ, limit=limit)
    for name, lesion in sorted(lesions.items()):
        if not lesion.size:
            found.tell("unmeasured-target", scan, lesion=name)
        elif lesion.size < (15 * MM if lesion.node else 10 * MM):
            found.tell("small-target", scan, lesion=name, size=mm(lesion.size))


def check_scan(found: Disease, scan: Scan, total: int | None) -> None:
    """Say what of a scan could not be taken as it stands; `total` is the sum of its targets."""
    for text in scan.unread:
        found.tell("unread", scan, value=text)
    if len(scan.sums) > 1 and len({*scan.sums}) > 1:
        found.tell("several-sums", scan)
    if len(scan.letters) > 1 and len({*scan.letters}) > 1:
        found.tell("several-letters", scan)
    for name, parts in scan.targets.items():
        if len(parts) > 1:
            found.tell("split", scan, lesion=name, n=len(parts))
    if scan.sums and found.targets and total is not None and max(scan.sums) != total:
        found.tell("other-sum", scan, given=mm(max(scan.sums)), sum=mm(total))
