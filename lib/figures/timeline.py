"""One patient's course: sizes of lesions over time, and under them what was done and seen."""

from collections.abc import Sequence
from itertools import accumulate
from math import inf, isnan, nan

from lib.analyses import patients
from lib.analyses.timeline import Happening, LesionSizes, Timeline
from lib.figures import theme
from lib.figures.courses import assessment_name, procedure_name, time_axis, with_legend
from lib.figures.spec import Figure, Part, scatter
from lib.language import N_, _
from lib.schema import MONTH
from lib.text import number, short

_Look = tuple[str, int, str, str]
"""The name, track, symbol and colour of a happening."""
_SIZES = 300
_ROW = 34
_NEAR = 0.3
_APART = (0.0, 0.3, -0.3)
_TRACKS = (
    ("procedures", N_("Procedures")),
    ("assessments", N_("Assessments")),
    ("adverse_events", N_("Adverse events")),
    ("events", N_("Progression, end")),
)
_EVENTS = {
    "progression_date": (N_("Progression"), "cross", theme.PROGRESSED),
    "hepatic_progression_date": (N_("Progression in the liver"), "cross-open", theme.PROGRESSED),
    "extrahepatic_progression_date": (
        N_("Progression outside the liver"),
        "cross-thin",
        theme.PROGRESSED,
    ),
    "new_therapy_date": (N_("New systemic therapy"), "diamond-open", theme.SINGLE_COLOUR),
    "last_contact_date": (N_("Last contact"), "triangle-right", theme.SINGLE_COLOUR),
    "death_date": (N_("Death"), "x", theme.DIED),
}
_LESION_DASHES = ("dot", "dash", "dashdot", "longdash", "longdashdot")


def course_figure(found: Timeline) -> Figure:
    """Draw one patient's sums and lesions over time, and a track for each kind of event.

    `found`: what has no months from the first procedure is not drawn; nor what lies before the
    baseline assessment, other than in the table.
    """
    sizes = _measured(found)
    figure = Figure([_SIZES, _ROW * len(_TRACKS)], 0.06) if sizes else Figure([1])
    last = 2 if sizes else 1
    measured = _size_traces(found) if sizes else []
    for trace in measured:
        figure.add_trace(trace, row=1)
    for trace in _tracks(found):
        figure.add_trace(trace, row=last)
    _name_tracks(figure, last)
    times = [at for trace in figure.data for at in trace["x"] if at is not None and not isnan(at)]
    figure.update_xaxes(**time_axis(min([0, *times]), max([1, *times])))
    if sizes:
        most = max([1, *(size for trace in measured for size in trace["y"] if size is not None)])
        figure.update_yaxes(title=_("Diameter, mm"), range=[0, 1.06 * most], row=1)
    figure.update_xaxes(zeroline=True, zerolinecolor=theme.GREY)
    figure.update_xaxes(title=_("Months from the first procedure"), row=last)
    theme.dressed(figure, (_SIZES if sizes else 0) + _ROW * len(_TRACKS) + 110)
    return with_legend(figure).update_layout(margin_r=28)


def _measured(found: Timeline) -> bool:
    return any(visit.sum is not None for visit in found.visits) or any(
        not isnan(months) for lesion in found.lesions for months in lesion.months
    )


def _size_traces(found: Timeline) -> list[Part]:
    traces = [
        _lesion(lesion, _LESION_DASHES[index % len(_LESION_DASHES)])
        for index, lesion in enumerate(found.lesions)
        if any(not isnan(size) for size in lesion.sizes)
    ]
    course = found.course
    if course is None:
        return traces
    before = [h.months for h in found.happenings if h.on == course.baseline_date and h.on]
    months = [before[0] if before else 0.0] if course.baseline else []
    sums = [float(course.baseline)] if course.baseline else []
    complete = [True] * len(sums)
    for visit in course.visits:
        if visit.sum is not None:
            months.append(visit.day / MONTH)
            sums.append(float(visit.sum))
            complete.append(visit.complete)
    return traces + (_of_sums(months, sums, complete, course.baseline) if sums else [])


def _lesion(lesion: LesionSizes, dash: str) -> Part:
    name = f"{theme.brief(lesion.name)}, {theme.brief(lesion.organ)}"
    if not lesion.target:
        name = _("{lesion}, not a target").format(lesion=name)
    return scatter(
        x=lesion.months,
        y=[None if isnan(size) else size for size in lesion.sizes],
        mode="lines+markers",
        line={"color": theme.pale(theme.SINGLE_COLOUR, 0.7), "width": 1, "dash": dash},
        marker={"size": 4, "color": theme.SINGLE_COLOUR},
        name=name,
        hovertemplate=_("{months} months, {size} mm").format(months="%{x:.1f}", size="%{y}")
        + f"<extra>{name}</extra>",
    )


def _of_sums(
    months: Sequence[float], sums: Sequence[float], complete: Sequence[bool], baseline: float | None
) -> list[Part]:
    """The sums; with a baseline the smallest complete one so far, and 30% under the baseline."""
    whole = _("Sum of the target lesions")
    line = scatter(
        x=months,
        y=sums,
        mode="lines+markers",
        line={"color": theme.MODALITY_COLOURS["HAI"], "width": 2.4},
        marker={"size": 8, "symbol": ["circle" if each else "circle-open" for each in complete]},
        name=whole
        if all(complete)
        else _("Sum of the target lesions (open: not all were measured)"),
        **theme.on_hover(
            [
                _("{months} months, sum {sum} mm").format(months=number(at), sum=short(total))
                for at, total in zip(months, sums, strict=True)
            ]
        ),
    )
    if not baseline:
        return [line]
    nadirs = accumulate((s if c else inf for s, c in zip(sums, complete, strict=True)), min)
    guides = {"mode": "lines", "hoverinfo": "skip"}
    nadir = {"color": theme.PROGRESSED, "width": 1.4, "dash": "dash", "shape": "hv"}
    response = {"color": theme.RESPONDED, "width": 1.2, "dash": "dot"}
    named = _("Nadir, baseline included"), _("−30% from baseline, a guide")
    return [
        line,
        scatter(x=months, y=list(nadirs), line=nadir, name=named[0], **guides),
        scatter(
            x=[months[0], months[-1]],
            y=[0.7 * baseline] * 2,
            line=response,
            name=named[1],
            **guides,
        ),
    ]


# Tracks ---------------------------------------------------------------------------------------


def _tracks(found: Timeline) -> list[Part]:
    """A trace for each kind of thing that happened, told apart by symbol and colour.

    From the baseline assessment on: what came long before would flatten all else.
    """
    assessed = [h.months for h in found.happenings if h.kind == "assessments"]
    earliest = min([-1.0, *(months for months in assessed if not isnan(months))])
    groups: dict[_Look, list[tuple[float, float, str]]] = {}
    last: dict[int, tuple[float, int]] = {}
    for happening in found.happenings:
        look = _look(found, happening)
        if look is None or isnan(happening.months) or happening.months < earliest:
            continue
        before, times = last.get(look[1], (nan, 0))
        times = times + 1 if happening.months - before < _NEAR else 0
        last[look[1]] = happening.months, times
        height = look[1] + _APART[times % len(_APART)]  # none hides another of the same time
        seen = (happening.months, height, _words(look[0], happening))
        groups.setdefault(look, []).append(seen)
    traces = []
    for (name, _on, symbol, colour), marks in groups.items():
        at, heights, words = zip(*marks, strict=True)
        look_of_all = (symbol, colour, 11)
        traces.append(theme.marks(at, heights, name, look_of_all, words, cliponaxis=False))
    return traces


def _words(name: str, happening: Happening) -> str:
    when = _("{name}, {months} months").format(name=name, months=number(happening.months))
    words = [value for column, value in happening.details if column.kind == "text"]
    details = theme.brief(", ".join(words), 160)
    return f"{when}<br>{details}" if details else when


def _look(found: Timeline, happening: Happening) -> _Look | None:
    kind = happening.kind
    if kind in _EVENTS:
        name, symbol, colour = _EVENTS[kind]
        return _(name), 3, symbol, colour
    if kind == "adverse_events":
        return _("Adverse event"), 2, "triangle-up-open", theme.MODALITY_COLOURS["TACE"]
    if kind == "assessments" and found.course and happening.on == found.course.baseline_date:
        return assessment_name("baseline"), 1, *theme.assessment_look("baseline")
    if kind == "assessments":
        visit = happening.visit
        code = patients.letter(found.provenance, visit) if visit else ""
        return assessment_name(code), 1, *theme.assessment_look(code)
    done = _modality(happening)
    if done is None:
        return None
    return procedure_name(done), 0, *theme.procedure_look(done)


_FIRST = {"first_hai_date": "HAI", "first_tace_date": "TACE", "first_procedure_date": ""}


def _modality(happening: Happening) -> str | None:
    """The modality of a procedure, '' where it is unknown; None for what is none."""
    if happening.kind == "procedures":
        told = [value for column, value in happening.details if column.name == "modality"]
        return told[0] if told else ""
    return _FIRST.get(happening.kind)


def _name_tracks(figure: Figure, row: int) -> None:
    figure.update_yaxes(
        tickvals=list(range(len(_TRACKS))),
        ticktext=[_(name) for _kind, name in _TRACKS],
        range=[len(_TRACKS) - 0.5, -0.5],
        fixedrange=True,
        zeroline=False,
        row=row,
    )
