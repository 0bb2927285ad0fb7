"""Every file of a folder, read and answered as its author would answer, against its truth.

Run ``python -m benchmarks.import_cases FOLDER [--only NAME]``; the folder has a ``cases.toml``.
Prints whether each file comes out right, at once or after its questions, else
what differs; then the counts, and the median of open questions at first sight. With ``--headers
FILE``, lines of ``field|header``, the share that is understood, and the others.
"""

import argparse
import re
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tests.ingest.answering import Settled, differences, settle
from tests.ingest.corpus import language, of_file, understood
from tests.ingest.truths import Outcome, Truth, of_folder

SAMPLE = 300
"""Characters of a line that are printed."""


def verdict(truth: Truth, settled: Settled) -> tuple[str, list[Outcome]]:
    """Right at once, right, untold, nothing, wrong or refused; and what differs.

    *Untold* is a file whose numbers are right, of which something is not said that must be; of
    *nothing* some numbers do not come out, and none is wrong.
    """
    if settled.cohort is None:
        named = bool(truth.refused) and bool(re.search(truth.refused, settled.refused, re.I))
        return ("right" if named else "refused"), []
    differ = differences(truth, settled)
    if differ and all(each.name == "told" for each in differ):
        return "untold", differ
    if differ:
        return ("nothing" if all(each.absent for each in differ) else "wrong"), differ
    return ("right" if settled.first else "right at once"), []


def cases(folder: Path, only: str) -> None:
    counted: Counter[str] = Counter()
    asked: list[int] = []
    seconds = time.perf_counter()
    for name, truth in of_folder(folder).items():
        if only not in name:
            continue
        try:
            settled = settle(name, (folder / name).read_bytes(), truth)
            found, differ = verdict(truth, settled)
        except Exception:  # a benchmark shows every file, whatever happens to one
            counted["traceback"] += 1
            print(f"TRACEBACK      {name}\n{traceback.format_exc(limit=-3)}")
            continue
        counted[found] += 1
        asked.append(len(settled.first))
        counted["asked too much"] += len(settled.first) > truth.questions
        _show(truth, found, differ, settled)
    print()
    print("; ".join(f"{found} {n}" for found, n in counted.most_common()), end="; ")
    print(f"{len(asked)} files read", end="; ")
    print(f"open questions: median {median(asked or [0])}, most {max(asked, default=0)}", end="; ")
    print(f"{time.perf_counter() - seconds:.0f} s")


def _show(truth: Truth, found: str, differ: Sequence[Outcome], settled: Settled) -> None:
    print(f"{found.upper():<14} {truth.name}  ({len(settled.first)} open of {truth.questions})")
    if settled.refused:
        print(f"    refused: {settled.refused}"[:SAMPLE])
    for each in differ:
        print(f"    {'absent' if each.absent else 'DIFFERS'} {each}"[:SAMPLE])
    for one in settled.asked:
        print(f"    {one.how}: {one.question} -> {one.answer}"[:SAMPLE])
    for words in settled.unanswered:
        print(f"    NOT ANSWERED: {words}"[:SAMPLE])


def headers(file: Path) -> None:
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for line in of_file(file):
        spoken = language(line.header)
        total[spoken] += 1
        result = understood(line)
        if result in ("mapped", "asked"):
            right[spoken] += 1
            total[result] += 1
        else:
            print(f"{'|'.join((','.join(line.fields), line.header)):<60} {result}"[:SAMPLE])
    print()
    for spoken in ("English", "Russian"):
        print(f"{spoken}: {right[spoken]} of {total[spoken]}")
    n = sum(total[spoken] for spoken in ("English", "Russian"))
    every = sum(right.values())
    print(f"{every} of {n} ({every / n:.1%}): mapped {total['mapped']}, asked {total['asked']}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--only", default="")
    parser.add_argument("--headers", type=Path)
    chosen = parser.parse_args()
    if chosen.headers:
        headers(chosen.headers)
    if chosen.folder:
        cases(chosen.folder, chosen.only)
