"""Cohorts as the tests need them: the two samples, and small ones built by hand."""

import datetime
import io
import os
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import settings

from lib.analyses.cautions import Caution
from lib.analyses.study import Study, opening_plan, under_study
from lib.cohort import Cohort, CohortError, Source
from lib.figures.spec import Figure, Part
from lib.ingest import read_cohort
from lib.language import WordedError
from lib.plan import Plan
from lib.schema import MONTH, TABLES
from lib.statistics.estimate import Estimate
from lib.worker import process

# Quick tries the same few examples each time, full many and others. No deadline: a busy machine is
# not a wrong answer.
settings.register_profile("quick", deadline=None, derandomize=True, max_examples=30)
settings.register_profile("full", deadline=None, max_examples=300)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
FEW = settings(max_examples=settings().max_examples // 3)
"""For what is dear: a third of the examples."""

ROOT = Path(__file__).parents[1]
SAMPLES = {
    "workbook": ROOT / "sample_data" / "synthetic_36.xlsx",
    "russian": ROOT / "sample_data" / "synthetic_36_ru.csv",
}
REGISTRY = ROOT / "sample_data" / "synthetic_240.xlsx"
START = datetime.date(2020, 1, 1)
MADE = datetime.datetime(2020, 1, 1)
"""When a workbook of the tests says that it was made, so that the same cells are the same bytes."""


@pytest.fixture(scope="session", autouse=True)
def _in_this_process() -> Iterator[None]:
    """Read files in this process, as where no other can be started; `tests/worker` has workers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "starts_python", lambda: False)
        yield


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name no test by bytes: those with the time of their making differ from worker to worker."""
    return argname if isinstance(val, bytes) else None


@cache
def _tables(path: Path) -> dict[str, dict[str, list[object]]]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _typed(value: object) -> object:
    """A value of a table of cases; TOML writes no None, `{}` stands for it."""
    if isinstance(value, dict):
        return {name: _typed(each) for name, each in value.items()} or None
    return [_typed(each) for each in value] if isinstance(value, list) else value


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test marked `cases` those under its name in the TOML file beside its module."""
    if metafunc.definition.get_closest_marker("cases"):
        tables = _tables(Path(metafunc.module.__file__).with_suffix(".toml"))
        name = metafunc.function.__name__.removeprefix("test_")
        for arguments, values in tables[name].items():
            metafunc.parametrize(arguments, [_typed(each) for each in values])


@cache
def sample(name: str) -> Cohort:
    path = REGISTRY if name == "registry" else SAMPLES[name]
    return read_cohort(path.name, path.read_bytes())


@pytest.fixture(params=SAMPLES)
def cohort(request: pytest.FixtureRequest) -> Cohort:
    """Give each of the sample files in turn."""
    return sample(request.param)


@pytest.fixture
def plan(cohort: Cohort) -> Plan:
    """Give the plan that a visitor starts from."""
    return opening_plan(cohort)


def contents(path: Path) -> dict[str, bytes]:
    """What a file holds: the parts of a workbook unpacked, since compressors differ."""
    data = path.read_bytes()
    if path.suffix != ".xlsx":
        return {"": data}
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return {name: book.read(name) for name in book.namelist()}


TWO_ARMS = {
    "modality": ["HAI"] * 13 + ["TACE"] * 12,
    "os_months": range(1, 26),
    "os_event": ["yes", "no", "yes", "yes", "no"] * 5,
}
"""Columns of the smallest file whose arms can be compared."""


def after(months: float) -> datetime.date:
    """The day that lies so many months after every hand-built patient's first procedure."""
    return START + datetime.timedelta(days=round(months * MONTH))


def frame_of(table: str, columns: Mapping[str, Sequence[object]]) -> pd.DataFrame:
    """A table in the types that a cohort promises."""
    kinds = {name: column.kind for name, column in TABLES[table].items()}
    data = {}
    for name, values in columns.items():
        kind = kinds.get(name, "text")
        if kind == "date":
            data[name] = pd.Series(pd.to_datetime(list(values)), dtype="datetime64[s]")
        elif kind == "number":
            data[name] = pd.Series(list(values), dtype=np.float64)
        else:
            data[name] = pd.Series(list(values), dtype="str")
    return pd.DataFrame(data)


def cohort_of(
    columns: Mapping[str, Sequence[object]],
    tables: Mapping[str, Mapping[str, Sequence[object]]] | None = None,
    **more: object,
) -> Cohort:
    """A cohort from columns alone: patients P1, P2 and so on, from row 2 of the spreadsheet on."""
    n = len(next(iter(columns.values())))
    named = {"patient_id": [f"P{i}" for i in range(1, n + 1)], **columns}
    patients = frame_of("patients", named)
    patients["row"] = np.arange(2, n + 2)
    source = more.pop("source", Source("built.csv", "0" * 64, rows=n))
    others = {name: frame_of(name, table) for name, table in (tables or {}).items()}
    return Cohort(patients, others, source=source, **more)


PARTS = {
    choice.name: part
    for part in ("study", "protocol", "response", "survival", "small", "comparison", "figure")
    for choice in fields(getattr(Plan(), part))
}
"""In which part of a plan each choice stands."""


def chosen(**choices: object) -> Plan:
    """A plan by its choices alone, in whatever part they stand: `chosen(deaths="apart")`."""
    plan = Plan()
    for name, choice in choices.items():
        part = PARTS[name]
        plan = replace(plan, **{part: replace(getattr(plan, part), **{name: choice})})
    return plan


def studied(cohort: Cohort | str, **choices: object) -> Study:
    """The study of a cohort, or of a sample by its name, by the plan that it opens with."""
    read = sample(cohort) if isinstance(cohort, str) else cohort
    return under_study(read, opening_plan(read, chosen(**choices)))


def study_of(
    columns: Mapping[str, Sequence[object]],
    tables: Mapping[str, Mapping[str, Sequence[object]]] | None = None,
    **choices: object,
) -> Study:
    """The study of a cohort of columns."""
    return studied(cohort_of(columns, tables), **choices)


@contextmanager
def refused(code: str, error: type[WordedError] = CohortError):
    """Expect an error in the words of a code."""
    with pytest.raises(error) as found:
        yield found
    assert found.value.code == code


def figure_of(*traces: Part) -> Figure:
    """A figure of traces."""
    figure = Figure()
    figure.add_traces(traces)
    return figure


def codes(cautions: Iterable[Caution]) -> list[str]:
    return [caution.code for caution in cautions]


def parts(found: Estimate) -> list[float]:
    return [found.value, found.low, found.high]


def as_csv(columns: Mapping[str, Sequence[object]]) -> bytes:
    """The same columns as the bytes of a CSV file, patients numbered."""
    n = len(next(iter(columns.values())))
    named = {"patient_id": [f"P{i}" for i in range(1, n + 1)], **columns}
    return pd.DataFrame(named).to_csv(index=False).encode()


def as_book(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """Sheets of rows as the bytes of a workbook; a text stays one."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, {"strings_to_formulas": False}) as book:
        book.set_properties({"created": MADE})
        days = book.add_format({"num_format": "dd.mm.yyyy"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for position, cell in enumerate(row):
                    if isinstance(cell, datetime.date):
                        sheet.write_datetime(number, position, cell, days)
                    else:
                        sheet.write(number, position, cell)
    return data.getvalue()


BAD = {
    "empty.csv": (b"", "is empty"),
    "noise.xlsx": (bytes(range(256)) * 16, "not a spreadsheet"),
    "noise.csv": (bytes(range(256)) * 16, "not a spreadsheet"),
    "header.csv": (b"patient_id,modality,os_months\n", "no row of patients"),
    "paper.xlsx": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type >>\nendobj\n", "a PDF"),
    "damaged.xlsx": (b"PK\x03\x04 and nothing more", "cannot be read"),
    "header.xlsx": (as_book({"a": [["patient_id", "modality"]]}), "no row of patients"),
    "photo.csv": (b"\x89PNG\r\n\x1a\n" + bytes(range(200)), "a picture"),
}
"""Files that hold no cohort, and what is said of each."""


def inside(value):
    """All that can be reached from a result."""
    yield value
    if isinstance(value, Mapping):
        for each in value.values():
            yield from inside(each)
    elif isinstance(value, tuple | list):
        for each in value:
            yield from inside(each)
    elif is_dataclass(value):
        for field in fields(value):
            yield from inside(getattr(value, field.name))
