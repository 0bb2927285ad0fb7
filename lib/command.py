"""What the command line does: a cohort and a plan in, a folder of results out."""

import argparse
import json
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from decimal import Decimal
from errno import EEXIST, EFBIG, ENOTDIR
from os import fsencode, strerror
from os.path import lexists
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, TypeAlias

from lib import __version__, exhibits, export, pool, text
from lib.analyses import combined, masked
from lib.analyses.everything import Everything
from lib.analyses.pooled import Pool
from lib.analyses.study import Study, opening_plan, under_study
from lib.analyses.told import EXACT, PoolError
from lib.cohort import Cohort, CohortError
from lib.exhibits import report
from lib.exhibits.study import of_study
from lib.export.bundle import ALONG, DATA, BundleError, Change, Verified, proven, verified
from lib.export.digests import Differs
from lib.faults import caught, interrupted
from lib.language import N_, _, heard_by_gettext, known, ngettext, speaking
from lib.plan import Plan, PlanError, dumps, read
from lib.workbooks.limits import MOST_MEGABYTES
from lib.worker.pool import read_cohort

if TYPE_CHECKING:
    from lib.export.reports import Made
    from lib.registry.prepare import Progress

RESULTS, PLAN, BUNDLE, COUNTS = "results.json", "plan.toml", "bundle.zip", "counts.json"
_OURS = re.compile(
    r"[a-z0-9-]{1,60}\.html|results\.json|plan\.toml|plotly\.min\.js|tables\.xlsx|bundle\.zip"
    rf"|counts\.json|{ALONG.pattern}"
)
_BUNDLED = "zip"
FORMATS = ("docx", "html", "pdf", "figures", "xlsx")
_REPORTS = (*FORMATS, _BUNDLED)
_VERIFY, _POOL, _PREPARE = "verify", "pool", "prepare"
_DIFFERENT = 3  # exit code: checked, and not the same
_MOST_CHANGES = 20  # how many values are named that are not the same
_LONGEST = 60  # signs of a value that is named
_NAMED = 10  # how many files are named that are not of a run
_FIRST, _AGAIN = 1, 10  # seconds after which it is said what takes so long, first and again
_TOO_LARGE = N_("larger than {most} MB, the most that can be read; delete what is not data")
_TAKEN = N_("{names} is there already and of no earlier run; name another folder")
_FAILED = N_(
    "Hepar could not do this, for a reason that lies with Hepar and not with your file; nothing "
    "was written"
)


Opens: TypeAlias = Callable[[int, bool, Sequence[str]], int]


OF_SYSTEM = (
    *(N_("No such file or directory"), N_("Permission denied"), N_("Is a directory")),
    *(N_("Not a directory"), N_("File exists"), N_("File name too long")),
    *(N_("No space left on device"), N_("Read-only file system")),
)
"""What a system says of files, in English."""
OF_ARGPARSE = (
    *(N_("usage: "), N_("positional arguments"), N_("options"), N_("expected one argument")),
    N_("show this help message and exit"),
    *(N_("%(prog)s: error: %(message)s\n"), N_("argument %(argument_name)s: %(message)s")),
    *(N_("the following arguments are required: %s"), N_("unrecognized arguments: %s")),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("invalid %(type)s value: %(value)r"),
    N_("ambiguous option: %(option)s could match %(matches)s"),
)
"""What `argparse` says, which asks `gettext` for it by itself."""


def main(
    arguments: Sequence[str] | None = None,
    prog: str = "python -m lib",
    opened: Opens | None = None,
) -> int:
    """Read a cohort, run every analysis by the plan, write the results; 0 where that worked.

    1 where it did not, after one sentence. Then, and where it is interrupted, nothing of the
    results is left. 2, by raising `SystemExit`, where the arguments are wrong.

    `prog`: what the command is called. `opened`: opens the app, where it can be opened from here,
    on a port, with a browser or without, and with registries on offer, and gives the exit code.
    """
    own, given = _spoken().parse_known_args(sys.argv[1:] if arguments is None else arguments)
    with speaking(own.lang) if own.lang else nullcontext(), heard_by_gettext():
        return _main(given, prog, opened)


def _spoken() -> argparse.ArgumentParser:
    """What every command takes: the language of its words and files."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    help = _("the language of words and files: {codes}").format(codes=", ".join(known()))
    parser.add_argument("--lang", metavar="CODE", choices=known(), help=help)
    return parser


def _main(given: list[str], prog: str, opened: Opens | None) -> int:
    if given[:1] == [_VERIFY]:
        return _verify(prog, given[1:])
    if given[:1] == [_PREPARE]:
        return _prepare(prog, given[1:])
    if given[:1] == [_POOL]:
        return _pool(prog, given[1:])
    parser = _parser(prog, opens=opened is not None)
    asked = parser.parse_args(given)
    if asked.cohort is None and opened is not None and not (asked.out or asked.plan):
        return opened(asked.port, asked.browser, asked.registries)
    if asked.cohort is None:
        parser.error(_("name a spreadsheet"))
    if asked.out is None:
        parser.error(_("name the folder to write into: --out FOLDER"))
    code = 1
    with caught(lambda: _refused(_(_FAILED))):
        code = _run(asked.cohort, asked.plan, asked.out, asked.report, asked.counts)
    return code


def _run(
    file: Path, plan_file: Path | None, folder: Path, reports: Sequence[str], counts: int
) -> int:
    name = fsencode(file.name).decode("utf-8", "replace")
    try:
        plan = _plan(plan_file) if plan_file else Plan()
        with _progress(_("Reading {file}").format(file=text.visible(name))):
            cohort = read_cohort(name, _bytes(file), plan.reading)
            plan = opening_plan(cohort, plan)
    except CohortError as problem:
        return _refused(text.error(problem))
    except PlanError as problem:
        return _refused(f"{plan_file}: {text.error(problem)}")
    except OSError as problem:
        return _refused(f"{problem.filename}: {_why(problem)}")
    return _into(folder, lambda place: write(cohort, plan, place, reports, counts))


def _why(problem: OSError) -> str:
    """What the system has to say, in the language that is spoken where it is usual."""
    return _(problem.strerror) if problem.strerror else str(problem)


def _into(folder: Path, written: Callable[[Path], None]) -> int:
    """Write a run's files into a folder, all of them or none; 0 where that worked."""
    try:
        with whole(folder) as place:
            written(place)
            names = {each.name for each in place.iterdir()}
        _tell_of_others(folder, names)
    except (BundleError, PoolError) as problem:
        return _refused(text.error(problem))
    except OSError as problem:
        return _refused(f"{folder}: {_why(problem)}")
    return 0


def _plan(file: Path) -> Plan:
    """Read a plan; of one of another version say what could not be applied."""
    written = read(_bytes(file))
    if lost := text.not_applied(written):
        print(f"{file}: {lost}", file=sys.stderr)
    return written.plan


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


@contextmanager
def whole(folder: Path) -> Iterator[Path]:
    """A new folder to write into, whose files are in `folder` once all of them are written.

    Whatever goes wrong before, or while they are put in place, leaves `folder` as it was. Of what
    stands there only the results of an earlier run are replaced.
    """
    if lexists(folder) and not folder.is_dir():
        raise NotADirectoryError(ENOTDIR, strerror(ENOTDIR), str(folder))
    _refuse_others(folder, (RESULTS, PLAN))
    beside = next(each for each in folder.absolute().parents if each.is_dir())
    place = Path(mkdtemp(".part", ".hepar-", beside))
    new, old = place / "new", place / "old"
    try:
        for each in (new, old):
            each.mkdir()
        yield new
        if interrupted.is_set():
            raise KeyboardInterrupt
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

    Raises `FileExistsError` if one of these names is taken.
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


def write(
    cohort: Cohort, plan: Plan, folder: Path, reports: Sequence[str] = (), counts: int = 0
) -> None:
    """Write ``results.json``, ``plan.toml`` and every exhibit into a folder.

    `reports`: in which formats the plan's report is written as well; ``zip`` is all that anyone can
    make again, and the report with it. `counts`: the least cell of counts for pooling, 0 for none.
    Raises `BundleError` where the patients cannot be taken along so that every number stays, and
    `PoolError` where no counts can leave.
    """
    study = under_study(cohort, plan)
    found = Everything(study)
    told = pool.counts(study, counts) if counts else b""
    with _progress(_("Computing")):
        hidden = masked.of_study(study)
        shown = list(of_study(found) if hidden is None else exhibits.masked.of_study(hidden, found))
    files = _reported(study, reports) if reports else {}
    if told:
        files[COUNTS] = told
    with _progress(_("Drawing")):
        names = [RESULTS, PLAN, *files, *export.folder.names(shown)]
        if hidden is None:
            document = export.document.document(found, names)
        else:
            document, plan = export.document.masked(hidden, names), hidden.provenance.plan
        (folder / RESULTS).write_text(export.document.dumps(document), encoding="utf-8")
        (folder / PLAN).write_text(dumps(plan), encoding="utf-8")
        for name, data in files.items():
            (folder / name).write_bytes(data)
        export.folder.write(shown, folder)


def _reported(study: Study, formats: Sequence[str]) -> dict[str, bytes]:
    """The report in some formats, and the bundle, which is refused before a report is written."""
    if _BUNDLED not in formats:
        return _report(study, formats).of(formats)
    with _progress(_("Making every number again")):
        found = proven(study)
    made = _report(found.study, FORMATS)
    own = made if found.study is study else _report(study, formats)
    return own.of(formats) | {BUNDLE: found.packed(made.files, made.left_out)}


def _report(study: Study, formats: Sequence[str]) -> "Made":
    """The report in some formats; what cannot be made here is said."""
    from lib.export import reports  # what writes DOCX takes a while to import

    with _progress(_("Writing the report")):
        made = reports.made(report.of_study(Everything(study)), formats)
    if made.left_out:
        print(made.left_out, file=sys.stderr)
    return made


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


def _parser(prog: str, opens: bool) -> argparse.ArgumentParser:
    about = _("Analyse a cohort of patients treated through the hepatic artery.")
    if opens:
        alone = _("Without a spreadsheet the app is opened in the browser, on this machine alone.")
        about = f"{about} {alone}"
    parser = argparse.ArgumentParser(
        prog=prog,
        description=about,
        parents=[_spoken()],
        epilog=_(
            "'{prog} verify BUNDLE.zip' makes a bundle again and says of every number whether it "
            "is the same. '{prog} pool COUNTS.json --out FOLDER' pools the counts of centres. "
            "'{prog} prepare SOURCE --out FOLDER' prepares a registry of any size. Exit "
            "codes: 0 done; 1 refused, with the reason in one sentence; 2 wrong arguments; 3 "
            "verified and different; 130 interrupted."
        ).format(prog=prog),
    )
    of_file = _("the spreadsheet: a workbook, CSV, TSV, or a file of SPSS or Stata")
    parser.add_argument("cohort", metavar="FILE", nargs="?", type=Path, help=of_file)
    folder = _("the folder to write into")
    parser.add_argument("--out", metavar="FOLDER", type=_named, help=folder)
    parser.add_argument("--plan", type=Path, help=_("an analysis plan in TOML"))
    formats = _("a report as well, in some of: {formats}").format(formats=", ".join(_REPORTS))
    merged = _(
        "counts for pooling as well: cells merged to 0 or at least so many patients, from 3 to 30, "
        "or 1 for exact counts"
    )
    parser.add_argument("--counts", metavar="K", type=_least, default=0, help=merged)
    parser.add_argument("--report", metavar="FORMATS", type=_formats, default=(), help=formats)
    if opens:
        port = _("where the app is opened; a free port unless told")
        parser.add_argument("--port", type=_port, default=0, help=port)
        no_browser = _("open no browser: the address is printed")
        offered = _("a prepared registry to offer on the Cohort page; may be given again")
        parser.add_argument(
            "--registry",
            dest="registries",
            metavar="WHERE",
            action="append",
            default=[],
            help=offered,
        )
        parser.add_argument("--no-browser", dest="browser", action="store_false", help=no_browser)
    parser.add_argument(
        "--version",
        action="version",
        help=_("show program's version number and exit"),
        version=f"hepar {__version__}",
    )
    return parser


def _pool(prog: str, arguments: Sequence[str]) -> int:
    """Pool the counts of centres and write what they tell together; 0 where that worked."""
    about = _("Pool the counts that centres exported: no row of a patient is in them.")
    parser = argparse.ArgumentParser(prog=f"{prog} {_POOL}", description=about)
    of_counts = _("counts of a centre, as it exported them with --counts or on Report")
    parser.add_argument("counts", metavar="COUNTS.json", nargs="+", type=Path, help=of_counts)
    folder = _("the folder to write into")
    parser.add_argument("--out", metavar="FOLDER", type=_named, help=folder, required=True)
    plan_file = _("an analysis plan in TOML, for limits, milestones and small numbers")
    parser.add_argument("--plan", type=Path, help=plan_file)
    asked = parser.parse_args(arguments)
    code = 1
    with caught(lambda: _refused(_(_FAILED))):
        try:
            plan = _plan(asked.plan) if asked.plan else Plan()
        except PlanError as problem:
            return _refused(f"{asked.plan}: {text.error(problem)}")
        except OSError as problem:
            return _refused(f"{problem.filename}: {_why(problem)}")
        try:
            files = [(each.name, _bytes(each)) for each in asked.counts]
            found = pool.opened([(text.visible(name), data) for name, data in files], plan)
        except PoolError as problem:
            return _refused(text.error(problem))
        except OSError as problem:
            return _refused(f"{problem.filename}: {_why(problem)}")
        code = _into(asked.out, lambda place: _write_pool(found, place))
    return code


def _write_pool(found: Pool, folder: Path) -> None:
    results = combined.of_pool(found)
    with _progress(_("Drawing")):
        shown = exhibits.combined.of_pool(results)
        document = export.document.pooled(results, [RESULTS, PLAN, *export.folder.names(shown)])
        (folder / RESULTS).write_text(export.document.dumps(document), encoding="utf-8")
        (folder / PLAN).write_text(dumps(found.plan), encoding="utf-8")
        export.folder.write(shown, folder)


def _prepare(prog: str, arguments: Sequence[str]) -> int:
    """Prepare a registry, or go on where that stopped; 0 where it is whole."""
    about = _(
        "Prepare a registry: read tables of any size once, so that they are counted afterwards. "
        "What is prepared already and has not changed stays."
    )
    parser = argparse.ArgumentParser(prog=f"{prog} {_PREPARE}", description=about)
    of_source = _("a file or a folder of CSV or Parquet, or postgresql://USER@HOST/DATABASE#SCHEMA")
    parser.add_argument("source", metavar="SOURCE", help=of_source)
    folder = _("the folder that the registry is in")
    parser.add_argument("--out", metavar="FOLDER", type=_named, required=True, help=folder)
    parser.add_argument("--plan", type=Path, help=_("an analysis plan in TOML"))
    database = _("a database to put it into as well: postgresql://USER@HOST/DATABASE#SCHEMA")
    parser.add_argument("--into", metavar="DATABASE", help=database)
    asked = parser.parse_args(arguments)
    code = 1
    with caught(lambda: _refused(_(_FAILED))):
        try:
            plan = _plan(asked.plan) if asked.plan else Plan()
            code = _prepared(asked.source, asked.out, plan, asked.into)
        except CohortError as problem:
            return _refused(text.error(problem))
        except PlanError as problem:
            return _refused(f"{asked.plan}: {text.error(problem)}")
        except OSError as problem:
            return _refused(f"{problem.filename}: {_why(problem)}")
    return code


def _prepared(source: str, folder: Path, plan: Plan, database: str | None) -> int:
    from lib.registry import put  # few have what it needs
    from lib.registry.prepare import prepare

    last = [monotonic()]

    def told(progress: "Progress") -> None:
        if interrupted.is_set():
            raise KeyboardInterrupt
        if monotonic() - last[0] >= _FIRST:
            last[0] = monotonic()
            print(_HOW_FAR[progress.step](progress).format(**progress._asdict()), file=sys.stderr)

    found = prepare(source, folder, plan, told)
    words = ngettext(
        "{folder}: {patients} patient; parts made now: {made} of {parts}.",
        "{folder}: {patients} patients; parts made now: {made} of {parts}.",
        found.patients,
    )
    print(words.format(**{**found._asdict(), "folder": folder}))
    for lacking in found.lacks:
        print(text.lacks(lacking))
    if found.asked:
        print(
            ngettext(
                "{count} question was left open:",
                "{count} questions were left open:",
                len(found.asked),
            ).format(count=len(found.asked))
        )
        for each in found.asked:
            print(f"  {text.said(each.message, each.values)}")
        print(_("Whatever is not answered is read as proposed. Answer it in a plan, --plan PLAN."))
    if database is not None:
        with _progress(_("Putting it into the database")):
            written = put(folder, database)
        print(
            ngettext(
                "{count} patient was written into the database.",
                "{count} patients were written into the database.",
                written,
            ).format(count=written)
        )
    return 0


_HOW_FAR: Mapping[str, Callable[["Progress"], str]] = {
    "counting": lambda _told: _("Counting what the columns hold…"),
    "reading": lambda told: ngettext(
        "Read part {done} of {of}, {patients} patient…",
        "Read part {done} of {of}, {patients} patients…",
        told.patients,
    ),
    "writing": lambda _told: _("Made part {done} of {of}…"),
}


def _verify(prog: str, arguments: Sequence[str]) -> int:
    """Check a bundle, and say what is not as it was; 0 where all is, 3 where not."""
    about = _("Make a bundle again, and say of every number whether it is the same.")
    parser = argparse.ArgumentParser(prog=f"{prog} {_VERIFY}", description=about)
    parser.add_argument("bundle", metavar="BUNDLE.zip", type=Path)
    file = parser.parse_args(arguments).bundle
    code = 1
    with caught(lambda: _refused(_(_FAILED))):
        try:
            with _progress(_("Making it again")):
                found = verified(text.visible(file.name), _bytes(file))
        except BundleError as problem:
            return _refused(text.error(problem))
        except OSError as problem:
            return _refused(f"{problem.filename}: {_why(problem)}")
        for line in _told(found):
            print(line)
        code = 0 if found.is_the_same else _DIFFERENT
    return code


def _told(found: Verified) -> Iterator[str]:
    """What came out of checking a bundle, a line each; the answer last."""
    if found.version != __version__:
        words = _("Written by Hepar {version}; this is Hepar {here}.")
        yield words.format(version=text.visible(found.version) or "?", here=__version__)
    for names, words in (
        (found.altered, _("{file} is not what it was when the bundle was written.")),
        (found.added, _("{file} was added.")),
        (found.lacking, _("{file} is lacking.")),
    ):
        yield from (words.format(file=name) for name in names)
    if found.not_made:
        yield _("It cannot be made again: {why}").format(why=text.visible(found.not_made))
    yield from _some([_cell(each) for each in found.cells])
    yield from _some([_change(each) for each in found.changes])
    yield from _some([_change(each) for each in found.close])
    if found.close:
        n = len(found.close)
        yield ngettext(
            "{n} value is the same in nine digits and not in all.",
            "{n} values are the same in nine digits and not in all.",
            n,
        ).format(n=n)
        yield (
            _(
                "The processor that wrote the bundle rounds otherwise than this one, and further "
                "digits tell nothing."
            )
            if found.elsewhere
            else _(
                "Nothing but a change by hand gives such digits on a processor that rounds as this "
                "one does."
            )
        )
    if found.least_cell:
        yield from _told_of_masked(found)
    else:
        yield ngettext(
            "{same} of {all} value is the same.",
            "{same} of {all} values are the same.",
            found.values,
        ).format(same=found.same, all=found.values)
    yield _("Nothing is another.") if found.is_the_same else _("It is not the same.")


def _some(lines: Sequence[str]) -> Iterator[str]:
    """The first of many lines, and how many more there are."""
    yield from lines[:_MOST_CHANGES]
    if more := len(lines[_MOST_CHANGES:]):
        yield _("… and {n} more.").format(n=more)


def _change(found: Change) -> str:
    words = _("{path} was {was}, is {now}")
    return words.format(path=text.visible(found.path), was=_value(found.was), now=_value(found.now))


def _cell(found: Differs) -> str:
    """A place of the data that is not as it was."""
    row = _("row {row} ({patient})").format(row=found.row, patient=found.patient)
    columns = ", ".join(found.columns)
    what = _("{row}, {columns}").format(row=row, columns=columns)
    if found.what != "changed":
        what = row if found.row else _("column {column}").format(column=columns)
    words = {
        "changed": _("{file}, {table}: {what} is not what it was."),
        "lacking": _("{file}, {table}: {what} is lacking."),
        "added": _("{file}, {table}: {what} was added."),
    }[found.what]
    return words.format(file=DATA, table=text.visible(found.table), what=text.visible(what))


def _told_of_masked(found: Verified) -> Iterator[str]:
    """What can be checked where no patient is there to count again."""
    for path in found.small[:_MOST_CHANGES]:
        yield _("{path} is a count under {k}, or does not add up.").format(
            path=text.visible(path), k=found.least_cell
        )
    yield ngettext(
        "Counts are masked and no patient is in it, so that no number can be made "
        "again. Checked are the sums of the files, and that {n} count is 0 or at least "
        "{k} and adds up.",
        "Counts are masked and no patient is in it, so that no number can be made "
        "again. Checked are the sums of the files, and that {n} counts are 0 or at "
        "least {k} and add up.",
        found.values,
    ).format(n=found.values, k=found.least_cell)


def _value(value: object) -> str:
    """A value of the results in one line."""
    written = str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)
    words = text.visible(written) if value is not None else _("none")
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def _formats(words: str) -> tuple[str, ...]:
    """Formats of a report, parted by commas."""
    asked = tuple(dict.fromkeys(filter(None, (each.strip() for each in words.split(",")))))
    if not asked or not {*asked} <= {*_REPORTS}:
        raise argparse.ArgumentTypeError(
            _("a report is in some of: {formats}").format(formats=", ".join(_REPORTS))
        )
    return asked


def _least(words: str) -> int:
    """The least cell of counts for pooling."""
    if not (words.isdecimal() and (int(words) == EXACT or 3 <= int(words) <= 30)):
        raise argparse.ArgumentTypeError(_("a least cell is 1, for exact counts, or from 3 to 30"))
    return int(words)


def _port(words: str) -> int:
    """A port that a program of a visitor may have."""
    if not (words.isdecimal() and 1024 <= int(words) <= 65535):
        raise argparse.ArgumentTypeError(_("a port is a number from 1024 to 65535"))
    return int(words)


def _named(words: str) -> Path:
    """A folder that has a name: none would be the one that the command is run in."""
    if not words.strip():
        raise argparse.ArgumentTypeError(_("a folder must have a name"))
    return Path(words)


def _refused(why: str) -> int:
    print(why, file=sys.stderr)
    return 1
