"""Published cohorts made again: python -m benchmarks.papers ENVIRONMENT [--r] > docs/papers.md.

Each file is read as the package in the environment carries it, through Hepar's import by the plan
that bears the paper's name, and Hepar's numbers are set beside those that were printed and R's.
`--r` asks R again (Rscript with survival and jsonlite) and writes `r.json`; without it no R is
needed. Ends with 1 if a number differs and nothing says why.
"""

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import hepar
from benchmarks.papers import rows_in_time
from benchmarks.papers.compared import Compared, Paper, compared, papers, table

HERE = Path(__file__).parent
GIVEN = HERE / "r.json"
_HEAD = """# Papers made again

`make papers` takes published cohorts from packages of the Python registry, each from its file as it
is, through Hepar's import by the plan beside it (`benchmarks/papers`), and writes this page.
*Printed* is what a source prints, named below each table; *R* is what R {version} gives of the same
file; the last column says whether Hepar's is the printed number to its last digit, and R's to
eight. Limits are of 95%: those of a curve log-log limits, and *on the log scale*, which is R's
default, where the plan says `limits = "log"`.
"""


def carried(environment: Path, paper: Paper) -> bytes:
    """The file of a paper as its package carries it, unpacked where it is packed."""
    place = next(environment.glob("lib/python*/site-packages"))
    data = (place / paper.file).read_bytes()
    if sha256(data).hexdigest() != paper.sha256:
        raise SystemExit(f"{paper.file} is not the file that was compared")
    return gzip.decompress(data) if paper.file.endswith(".gz") else data


def results(paper: Paper, data: bytes) -> dict[str, Any]:
    """Everything that Hepar computes of a file by the plan of its paper."""
    plan = hepar.plan(HERE / f"{paper.name}.toml")
    name = Path(paper.file.removesuffix(".gz")).name
    cohort = hepar.read(data, plan, name=name)
    on_log = replace(plan, survival=replace(plan.survival, limits="log"))
    found = hepar.results(hepar.study(cohort, plan))
    found["log"] = hepar.results(hepar.study(cohort, on_log))
    if paper.name == "stanford":
        found |= rows_in_time.results(data, name)
    return found


def asked(files: Mapping[str, bytes], known: Sequence[Paper]) -> dict[str, Any]:
    """What R gives of every expression, and its version."""
    with tempfile.TemporaryDirectory() as folder:
        lines = ["suppressMessages({library(survival); library(jsonlite)})", "found <- list()"]
        for paper in known:
            file = Path(folder) / paper.name
            file.write_bytes(files[paper.name])
            lines.append(f"file <- '{file}'; {paper.data}")
            values = ", ".join(f"as.numeric({{{row.r}}})" if row.r else "c()" for row in paper.rows)
            lines.append(f"found[['{paper.name}']] <- list({values})")
        lines.append(
            "version <- paste0(getRversion(), ' with survival ', packageVersion('survival'))"
        )
        lines.append("cat(toJSON(list(version=unbox(version), found=found), digits=NA, na='null'))")
        script = Path(folder) / "papers.R"
        script.write_text("\n".join(lines))
        answer = subprocess.run(["Rscript", script], capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)


def page(known: Sequence[Paper], every: Sequence[Sequence[Compared]], version: str) -> str:
    """The page of all papers in Markdown."""
    lines = [_HEAD.format(version=version)]
    for paper, rows in zip(known, every, strict=True):
        lines += [f"## {paper.title}", "", paper.paper, "", f"{_source(paper)} {paper.read}", ""]
        lines += [*table(rows), "", f"In R `{paper.data}`, then"]
        lines += ["", *(f"- {row.what}: `{row.r}`" for row in paper.rows if row.r), ""]
    return "\n".join(lines).rstrip() + "\n"


def _source(paper: Paper) -> str:
    plan = f"[its plan](../benchmarks/papers/{paper.name}.toml)"
    return f"`{Path(paper.file).name}` of {paper.package}, by {plan}."


def main() -> int:
    """Write the page; 1 if a difference is not explained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("environment", type=Path)
    parser.add_argument("--r", action="store_true")
    chosen = parser.parse_args()
    known = papers((HERE / "papers.toml").read_text(encoding="utf-8"))
    files = {paper.name: carried(chosen.environment, paper) for paper in known}
    if chosen.r:
        GIVEN.write_text(json.dumps(asked(files, known), indent=1) + "\n", encoding="utf-8")
    given = json.loads(GIVEN.read_text(encoding="utf-8"))
    every = []
    for paper in known:
        ours, rows = (
            results(paper, files[paper.name]),
            zip(paper.rows, given["found"][paper.name], strict=True),
        )
        every.append([compared(row, ours, r) for row, r in rows])
    print(page(known, every, given["version"]), end="")
    faults = [each.fault for rows in every for each in rows if each.fault]
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
