"""The same analyses without a browser: ``python -m lib COHORT [--plan PLAN] --out FOLDER``."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lib import plan as plans
from lib import text
from lib.analyses import contrasts, response, survival
from lib.analyses.study import opening_plan, under_study
from lib.cohort import Cohort, CohortError
from lib.figures.response import response_bars
from lib.figures.survival import survival_curves
from lib.figures.theme import Figure, marked
from lib.ingest import read_cohort
from lib.language import _
from lib.plan import Plan, PlanError
from lib.report import captions, files, results, tables
from lib.report.contrasts import pictures


def main(arguments: Sequence[str] | None = None) -> int:
    """Read a cohort, run every analysis by the plan, write the results; 0 where that worked."""
    asked = _parser().parse_args(arguments)
    try:
        plan = _plan(asked.plan) if asked.plan else Plan()
        cohort = read_cohort(asked.cohort.name, asked.cohort.read_bytes(), plan.reading)
        plan = opening_plan(cohort, plan)
    except CohortError as problem:
        return _refused(text.error(problem))
    except PlanError as problem:
        return _refused(f"{asked.plan}: {problem}")
    except OSError as problem:
        return _refused(f"{problem.filename}: {problem.strerror}")
    write(cohort, plan, asked.out)
    return 0


def _plan(file: Path) -> Plan:
    try:
        return plans.loads(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise PlanError(_("not a text file in UTF-8")) from error


def write(cohort: Cohort, plan: Plan, folder: Path) -> None:
    """Write ``results.json``, ``plan.toml`` and each figure as an HTML page into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    study = under_study(cohort, plan)
    responses = response.by_group(study)
    survivals = [survival.by_group(study, endpoint) for endpoint in survival.available(study)]
    further = contrasts.of_arms(study)
    compared = further.compared if further else None
    document = results.document(study, responses, survivals, compared, further)
    (folder / "results.json").write_text(
        json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8"
    )
    (folder / "plan.toml").write_text(plans.dumps(plan), encoding="utf-8")

    def page(figure: Figure, title: str, caption: str, notes: Sequence[str]) -> None:
        figure = marked(figure, cohort.source)
        (folder / f"{files.file_name(title)}.html").write_bytes(
            files.page(figure, title, caption, notes)
        )

    if responses.times:
        bars = [response.bars(responses, time) for time in responses.times]
        title = text.titled(_("Response"), captions.grouping(responses.column))
        page(
            response_bars(responses.times, bars),
            title,
            captions.response(responses),
            tables.notes(responses),
        )
    for result in survivals:
        title = text.titled(text.label(result.endpoint), captions.grouping(result.column))
        figure = survival_curves(
            result.drawn,
            result.endpoint,
            result.ticks,
            captions.axis(result.by_months, result.everyone.n),
        )
        page(figure, title, captions.survival(result), tables.notes(result))
    for contrast in compared.survivals if compared else ():
        assert compared is not None
        figure = survival_curves(
            contrast.arms,
            contrast.endpoint,
            contrast.ticks,
            captions.axis(contrast.by_months, sum(arm.n for arm in contrast.arms)),
        )
        title = text.titled(text.label(contrast.endpoint), captions.arms(compared))
        page(
            figure,
            title,
            captions.survival_contrast(compared, contrast),
            tables.notes(replace(compared, cautions=(*compared.cautions, *contrast.cautions))),
        )
    if further is not None:
        notes = tables.notes(further.compared)
        for each in pictures(further):
            page(each.figure, each.title, each.caption, notes)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lib", description=_("Analyse a cohort."))
    parser.add_argument("cohort", type=Path, help=_("the spreadsheet: XLSX, CSV or TSV"))
    parser.add_argument("--plan", type=Path, help=_("an analysis plan in TOML"))
    parser.add_argument("--out", type=Path, required=True, help=_("the folder to write into"))
    return parser


def _refused(why: str) -> int:
    print(why, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
