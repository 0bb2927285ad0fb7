"""What the command line does: a cohort and a plan in, a folder of results out."""

import argparse
import json
import re
import sys
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from errno import EEXIST, EFBIG, ENOTDIR
from os import fsencode, strerror
from os.path import lexists
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from threading import Event, Thread
from typing import NamedTuple

from lib import plan as plans
from lib import text
from lib.analyses import response
from lib.analyses.comparison import Comparison
from lib.analyses.duration import Durations
from lib.analyses.everything import Everything
from lib.analyses.incidence import IncidenceByGroup
from lib.analyses.response import ResponseByGroup
from lib.analyses.study import opening_plan, under_study
from lib.analyses.survival import SurvivalByGroup
from lib.analyses.transitions import Transitions
from lib.cohort import Cohort, CohortError, Source
from lib.exhibits import adjustment, comparison, exhibit, robustness, subgroups
from lib.exhibits import duration as duration_words
from lib.exhibits import incidence as incidence_words
from lib.exhibits import response as response_words
from lib.exhibits import survival as survival_words
from lib.exhibits import transitions as transitions_words
from lib.export import html
from lib.export.document import document
from lib.faults import caught
from lib.figures.incidence import incidence_curves, stacked
from lib.figures.response import response_bars
from lib.figures.survival import survival_curves
from lib.figures.theme import Figure, marked
from lib.figures.transitions import alluvial
from lib.language import N_, _
from lib.plan import Plan, PlanError
from lib.workbooks.limits import MOST_MEGABYTES
from lib.worker.pool import read_cohort

RESULTS, PLAN = "results.json", "plan.toml"
_OURS = re.compile(r"[a-z0-9-]{1,60}\.html|results\.json|plan\.toml|plotly\.min\.js")
_NAMED = 10
"""How many files are named that are not of a run."""
_FIRST, _AGAIN = 1, 10
"""Seconds after which it is said what takes so long, first and again."""
_TOO_LARGE = N_("larger than {most} MB, the most that can be read; delete what is not data")
_TAKEN = N_("{names} is there already and of no earlier run; name another folder")
_FAILED = N_(
    "Hepar could not do this, for a reason that lies with Hepar and not with your file; nothing "
    "was written"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read a cohort, run every analysis by the plan, write the results; 0 where that worked.

    1 where it did not, after one sentence. Then, and where it is interrupted, nothing of the
    results is left.
    """
    asked = _parser().parse_args(arguments)
    code = 1
    with caught(lambda: _refused(_(_FAILED))):
        code = _run(asked.cohort, asked.plan, asked.out)
    return code


def _run(file: Path, plan_file: Path | None, folder: Path) -> int:
    name = fsencode(file.name).decode("utf-8", "replace")
    try:
        plan = plans.loads(_bytes(plan_file)) if plan_file else Plan()
        with _progress(_("Reading {file}").format(file=text.visible(name))):
            cohort = read_cohort(name, _bytes(file), plan.reading)
            plan = opening_plan(cohort, plan)
    except CohortError as problem:
        return _refused(text.error(problem))
    except PlanError as problem:
        return _refused(f"{plan_file}: {text.error(problem)}")
    except OSError as problem:
        return _refused(f"{problem.filename}: {problem.strerror}")
    try:
        with whole(folder) as place:
            write(cohort, plan, place)
            names = {each.name for each in place.iterdir()}
        _tell_of_others(folder, names)
    except OSError as problem:
        return _refused(f"{folder}: {problem.strerror or problem}")
    return 0


def _bytes(file: Path) -> bytes:
    """All of a file, and no more of one without end than shows that it is too large."""
    most = MOST_MEGABYTES << 20
    with file.open("rb") as opened:
        data = opened.read(most + 1)
    if len(data) > most:
        words = _(_TOO_LARGE).format(most=MOST_MEGABYTES)
        raise OSError(EFBIG, words, str(file))
    return data


def _tell_of_others(folder: Path, ours: Collection[str]) -> None:
    """Say what stands among the results and is none of them, so that it is not taken for one."""
    others = sorted(each.name for each in folder.iterdir() if each.name not in ours)
    if others:
        named = ", ".join(map(text.visible, others[:_NAMED])) + (", …" if others[_NAMED:] else "")
        words = _("{folder} also holds what is not of this run, and is left as it is: {names}")
        print(words.format(folder=folder, names=named), file=sys.stderr)


class Page(NamedTuple):
    """A figure as it leaves: its key, title and caption, and what every export says."""

    key: str
    figure: Figure
    title: str
    caption: str
    notes: Sequence[str]


@contextmanager
def whole(folder: Path) -> Iterator[Path]:
    """A new folder to write into, whose files are in `folder` once all of them are written.

    Whatever goes wrong before, or while they are put in place, leaves `folder` as it was. Of what
    stands there only the results of an earlier run are replaced.
    """
    if lexists(folder) and not folder.is_dir():
        raise NotADirectoryError(ENOTDIR, strerror(ENOTDIR), str(folder))
    _refuse_others(folder, (RESULTS, PLAN, html.SCRIPT))
    beside = next(each for each in folder.absolute().parents if each.is_dir())
    place = Path(mkdtemp(".part", ".hepar-", beside))
    new, old = place / "new", place / "old"
    try:
        for each in (new, old):
            each.mkdir()
        yield new
        if folder.exists():
            _replace(new, folder, old)
        else:
            folder.parent.mkdir(parents=True, exist_ok=True)
            new.rename(folder)
    finally:
        rmtree(place, ignore_errors=True)


def _replace(new: Path, folder: Path, old: Path) -> None:
    """Put every new file into its place, and take the earlier results away, or do none of it."""
    names = sorted(file.name for file in new.iterdir())
    _refuse_others(folder, names)
    leaving = [name for name in (*names, *_earlier(folder)) if lexists(folder / name)]
    try:
        for name in dict.fromkeys(leaving):
            (folder / name).rename(old / name)
        for name in names:
            (new / name).rename(folder / name)
    except BaseException:
        for name in names:
            if not (new / name).exists():
                (folder / name).unlink()
        for file in old.iterdir():
            file.rename(folder / file.name)
        raise


def _refuse_others(folder: Path, names: Iterable[str]) -> None:
    """Refuse to put a file in the place of one that no run of ours has written.

    Raises
    ------
    FileExistsError
        If one of these names is taken.
    """
    earlier = _earlier(folder)
    others = [name for name in names if name not in earlier and lexists(folder / name)]
    if others:
        words = _(_TAKEN).format(names=", ".join(others))
        raise FileExistsError(EEXIST, words, str(folder))


def _earlier(folder: Path) -> list[str]:
    """The files of the run before that has its results here, as those list them."""
    try:
        names = json.loads((folder / RESULTS).read_text(encoding="utf-8"))["files"]
        return [name for name in names if _OURS.fullmatch(name) and (folder / name).is_file()]
    except (OSError, ValueError, KeyError, TypeError):  # none of ours, or of an older Hepar
        return []


def write(cohort: Cohort, plan: Plan, folder: Path) -> None:
    """Write ``results.json``, ``plan.toml`` and each figure as an HTML page into a folder.

    The pages share one script, so that a folder of them is not many times as large.
    """
    with _progress(_("Computing")):
        found = Everything(under_study(cohort, plan))
        pages = list(_pages(found))
        names = [f"{page.key}.html" for page in pages]
        made = document(found, [RESULTS, PLAN, *([html.SCRIPT] if pages else ()), *names])
    with _progress(_("Drawing")):
        (folder / RESULTS).write_text(
            json.dumps(made, indent=1, ensure_ascii=False), encoding="utf-8"
        )
        (folder / PLAN).write_text(plans.dumps(plan), encoding="utf-8")
        _write_pages(pages, cohort.source, folder)


def _pages(found: Everything) -> Iterator["Page"]:
    """All figures of a study."""
    yield from _of_response(found.response, found.transitions, found.duration)
    yield from map(_of_survival, found.survival.values())
    yield from (_of_incidence(each) for each in found.incidence.values() if each.drawn)
    if found.comparison:
        yield from _of_comparison(found.comparison)
        notes = exhibit.notes(found.comparison)
        for each in pictures(found):
            yield Page(each.key, each.figure, each.title, each.caption, notes)


def _write_pages(pages: Sequence[Page], source: Source, folder: Path) -> None:
    """Write each page under its key; two of one key would be one file."""
    if len({page.key for page in pages}) < len(pages):
        raise ValueError(f"two pages of one key among {[page.key for page in pages]}")
    if pages:
        (folder / html.SCRIPT).write_text(html.script(), encoding="utf-8")
    for page in pages:
        drawn = marked(page.figure, source)
        data = html.page(page.key, drawn, page.title, page.caption, page.notes, alone=False)
        (folder / f"{page.key}.html").write_bytes(data)


@contextmanager
def _progress(words: str) -> Iterator[None]:
    """Say what is being done where that takes more than a second, and again while it goes on."""
    done = Event()

    def tell() -> None:
        waits = _FIRST
        while not done.wait(waits):
            print(f"{words}…", file=sys.stderr, flush=True)
            waits = _AGAIN

    teller = Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def _of_response(
    responses: ResponseByGroup, passages: Transitions, durations: Durations | None
) -> Iterator[Page]:
    notes = exhibit.notes(responses)
    if responses.times:
        bars = [response.bars(responses, time) for time in responses.times]
        title = text.titled(_("Response"), exhibit.grouping(responses.column))
        figure = response_bars(responses.times, bars)
        yield Page("response", figure, title, response_words.caption(responses), notes)
    if passages.passages:
        caption = transitions_words.caption(passages, responses.derivation)
        title = _("Response from time to time")
        yield Page("response-over-time", alluvial(passages), title, caption, notes)
    if durations and durations.response.group.curve:
        lasted = durations.response
        axis = _("Months from the first response")
        figure = survival_curves([lasted.group], lasted.endpoint, durations.ticks, axis)
        caption = duration_words.caption(durations)
        yield Page("duration-of-response", figure, text.label(lasted.endpoint), caption, notes)


def _of_survival(result: SurvivalByGroup) -> Page:
    title = text.titled(text.label(result.endpoint), exhibit.grouping(result.column))
    axis = survival_words.axis(result.by_months, result.everyone.n, result.provenance)
    figure = survival_curves(result.drawn, result.endpoint, result.ticks, axis)
    key = exhibit.key("survival", exhibit.of_endpoint(result.endpoint, result.provenance))
    return Page(key, figure, title, survival_words.caption(result), exhibit.notes(result))


def _of_comparison(compared: Comparison) -> Iterator[Page]:
    for contrast in compared.survivals:
        n = sum(arm.n for arm in contrast.arms)
        axis = survival_words.axis(contrast.by_months, n, compared.provenance)
        figure = survival_curves(contrast.arms, contrast.endpoint, contrast.ticks, axis)
        title = text.titled(text.label(contrast.endpoint), comparison.arms(compared))
        beware = replace(compared, cautions=(*compared.cautions, *contrast.cautions))
        caption = comparison.caption(compared, contrast)
        code = exhibit.of_endpoint(contrast.endpoint, compared.provenance)
        yield Page(exhibit.key("compare", code), figure, title, caption, exhibit.notes(beware))


def _of_incidence(result: IncidenceByGroup) -> Page:
    draw = stacked if len(result.causes) > 2 else incidence_curves
    figure = draw(result.drawn, result.causes, result.ticks, survival_words.axis(0, 1))
    key = exhibit.key("incidence", exhibit.of_endpoint(result.endpoint, result.provenance))
    words = incidence_words
    return Page(key, figure, words.title(result), words.caption(result), exhibit.notes(result))


def pictures(found: Everything) -> list[exhibit.Picture]:
    """Balance, and of the first endpoint all that is folded on the page."""
    compared = found.comparison
    if compared is None:
        return []
    drawn: list[exhibit.Picture | None] = []
    first = next(filter(None, found.adjusted.values()), None)
    if first:
        drawn += [
            adjustment.love(first.design, compared) if first.design.before else None,
            adjustment.curves(first, compared),
        ]
    forests, within = found.subgroups.values(), found.centres.values()
    drawn += [subgroups.picture(each, compared) for each in [*filter(None, forests)][:1]]
    drawn += [subgroups.centre_picture(each, compared) for each in [*filter(None, within)][:1]]
    tried = next(filter(None, found.robustness.values()), None)
    drawn += [robustness.picture(tried)] if tried else []
    return [picture for picture in drawn if picture is not None]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lib", description=_("Analyse a cohort."))
    parser.add_argument("cohort", type=Path, help=_("the spreadsheet: XLSX, CSV or TSV"))
    parser.add_argument("--plan", type=Path, help=_("an analysis plan in TOML"))
    parser.add_argument("--out", type=_named, required=True, help=_("the folder to write into"))
    return parser


def _named(words: str) -> Path:
    """A folder that has a name: none would be the one that the command is run in."""
    if not words.strip():
        raise argparse.ArgumentTypeError(_("a folder must have a name"))
    return Path(words)


def _refused(why: str) -> int:
    print(why, file=sys.stderr)
    return 1
