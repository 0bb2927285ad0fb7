"""The coordinates of bars, lines, lanes and timelines."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from lib.analyses import patients, response, survival, timeline, transitions
from lib.analyses.everything import Everything
from lib.analyses.patients import Lane, Mark
from lib.exhibits.study import of_study
from lib.figures import courses, theme
from lib.figures.cohort import missingness
from lib.figures.landmark import greyed
from lib.figures.response import response_bars
from lib.figures.survival import survival_curves
from lib.figures.timeline import course_figure as course_figure
from lib.figures.transitions import alluvial
from lib.schema import Level
from tests.conftest import START, after, studied, study_of

COLUMNS = {
    "modality": ["HAI", "TACE", "HAI", "TACE"],
    "first_procedure_date": [START] * 4,
    "last_contact_date": [after(m) for m in (20, 18, 16, 14)],
    "death_date": [after(20), None, None, None],
    "vital_status": ["dead", "alive", "lost", "alive"],
}
# P1 grows by 150%, P2 shrinks by 40% beside a new lesion, P3 does not change, P4 by −10%
SUMS = {
    "patient_id": ["P1", "P1", "P2", "P2", "P3", "P3", "P4", "P4"],
    "assessment_date": [after(m) for m in (-1, 3) * 4],
    "sld_mm": [20, 50, 50, 30, 40, 40, 100, 90],
    "new_lesion": [None, None, None, "yes", None, None, None, None],
}
PROCEDURES = {
    "patient_id": ["P1", "P1", "P1", "P2", "P3"],
    "procedure_date": [START, after(2), after(2), START, START],
    "modality": ["HAI", "TACE", "HAI", "TACE", "HAI"],
}


def built(columns=COLUMNS, **tables):
    return study_of(columns, tables or {"assessments": SUMS, "procedures": PROCEDURES})


def traces(figure):
    return {trace.name: trace for trace in figure.data}


def waterfall(study, **more):
    result = patients.waterfall(study)
    return result, courses.waterfall(result.bars, result.levels, **more).checked()


def swimmer(study, **more):
    result = patients.swimmer(study)
    return result, courses.swimmer(result.lanes, result.levels, **more).checked()


# --- waterfall


def test_bars_stand_in_the_order_given_at_their_change():
    _result, figure = waterfall(built())
    assert figure.layout.xaxis.categoryarray == ("P1", "P3", "P4", "P2")
    bars = traces(figure)
    tace = bars["Chemoembolization (TACE)"]
    assert dict(zip(tace.x, tace.y, strict=True)) == pytest.approx({"P4": -0.1, "P2": -0.4})
    assert list(tace.base) == [0, 0]
    assert tace.marker.color == theme.MODALITY_COLOURS["TACE"]


def test_an_outlier_is_cut_and_says_how_high_it_is():
    _result, figure = waterfall(built())
    hai = traces(figure)["Chemoinfusion (HAI)"]
    at = list(hai.x).index("P3")  # of no height, drawn around 0
    assert hai.base[at] < 0 < hai.base[at] + hai.y[at] and hai.y[at] < 0.01
    at = list(hai.x).index("P1")
    assert hai.y[at] == courses.TALLEST == 1
    assert hai.text[at] == "+150.0% ↑"
    assert figure.layout.yaxis.range[1] < 1.2


@pytest.mark.parametrize("n", [81, 500, 3000])
def test_every_patient_has_a_bar_however_many_there_are(n):
    result, _figure = waterfall(built())
    many = [
        replace(result.bars[at % 4], patient_id=f"X{at}", change=-at / n, signs=(patients.GREW,))
        for at in range(n)
    ]
    figure = courses.waterfall(many, result.levels, named=True).checked()
    drawn = [code[0] for trace in figure.data for code in trace.customdata]
    assert sorted(drawn) == sorted(bar.patient_id for bar in many)
    assert {trace.type for trace in figure.data} == {"bar"}  # no symbol, no word of the legend
    assert {trace.width for trace in figure.data} == {1}
    assert min(height for trace in figure.data for height in trace.y) == many[-1].change


def test_codes_that_are_cut_alike_keep_a_bar_each():
    result, _figure = waterfall(built())
    long = [replace(result.bars[0], patient_id="y" * 900 + end) for end in "abc"]
    figure = courses.waterfall(long, result.levels, named=True).checked()
    assert len(set(figure.layout.xaxis.categoryarray)) == 3
    assert max(map(len, figure.layout.xaxis.categoryarray)) < 30


def test_patients_without_a_value_are_grey_and_the_others_keep_their_colours():
    study = built(COLUMNS | {"modality": ["HAI", None, "HAI", "TACE"]}, assessments=SUMS)
    _result, figure = waterfall(study)
    bars = traces(figure)
    assert bars["Modality: no value"].marker.color == theme.SINGLE_COLOUR
    assert bars["Chemoembolization (TACE)"].marker.color == theme.MODALITY_COLOURS["TACE"]


def test_best_response_pd_is_hatched_whatever_the_height():
    # of one assessment each there is no best: P3 has another
    more = {"patient_id": "P3", "assessment_date": after(6), "sld_mm": 40, "new_lesion": None}
    twice = {name: [*values, more[name]] for name, values in SUMS.items()}
    _result, figure = waterfall(built(assessments=twice, procedures=PROCEDURES))
    bars = traces(figure)
    patterns = {
        name: shape
        for trace in figure.data
        if trace.type == "bar" and trace.x[0] is not None
        for name, shape in zip(trace.x, trace.marker.pattern.shape, strict=True)
    }
    assert patterns == {"P1": "/", "P2": "\\", "P3": "", "P4": "."}  # P2 and P4 had TACE
    assert "Hatched: best response PD" in bars
    assert bars["Chemoinfusion (HAI)"].marker.pattern.shape[0] == ""  # the legend's look


def test_how_progression_showed_stands_beyond_the_bars_end():
    _result, figure = waterfall(built())
    marks = traces(figure)
    (new,) = marks["Progression: new lesion"].y
    assert list(marks["Progression: new lesion"].x) == ["P2"]
    assert new < -0.4
    assert marks["Progression: the sum grew over its nadir"].y[0] > 1
    symbols = {trace.marker.symbol for trace in figure.data if trace.type == "scatter"}
    assert len(symbols) == 2


def test_signs_of_one_bar_do_not_hide_each_other():
    study = built()
    bar = replace(patients.waterfall(study).bars[0], signs=(patients.GREW, patients.NEW_LESION))
    figure = courses.waterfall([bar], [bar.level]).checked()
    heights = [trace.y[0] for trace in figure.data if trace.type == "scatter"]
    assert len(set(heights)) == 2


def test_guides_are_lines_at_minus_30_and_plus_20_and_say_that_they_are_guides():
    _result, figure = waterfall(built())
    lines = [(shape.y0, shape.y1) for shape in figure.layout.shapes]
    assert lines == [(0.2, 0.2), (-0.3, -0.3)]
    assert [note.text for note in figure.layout.annotations] == ["+20%<br>guide", "−30%<br>guide"]
    low, high = figure.layout.yaxis.range
    assert low < -0.3 and high > 0.2


def test_codes_are_shown_on_demand_and_only_where_there_is_room():
    result, figure = waterfall(built(), named=True)
    assert figure.layout.xaxis.showticklabels
    assert not courses.waterfall(result.bars, result.levels).checked().layout.xaxis.showticklabels
    many = [replace(result.bars[0], patient_id=f"X{i}") for i in range(courses.NAMED + 1)]
    figure = courses.waterfall(many, result.levels, named=True).checked()
    assert not figure.layout.xaxis.showticklabels
    assert set(figure.data[0].text) == {""}


@pytest.mark.parametrize("build", [waterfall, swimmer])
def test_every_mark_of_a_patient_carries_the_code(build):
    _result, figure = build(built())
    for trace in figure.data:
        if trace.x[0] is None:  # a word of the legend
            continue
        assert len(trace.customdata) == len(trace.x)
        assert all(code[0] in {"P1", "P2", "P3", "P4"} for code in trace.customdata)


# --- spider


def spider(study):
    result = patients.spider(study)
    return result, courses.spider(result.lines, result.levels).checked()


def test_lines_begin_at_0_and_part_at_gaps():
    _result, figure = spider(built())
    hai = traces(figure)["Chemoinfusion (HAI)"]
    assert list(hai.y) == [0, 1.5, None, 0, 0, None]
    assert_allclose([hai.x[0], hai.x[1]], [-1, 3], atol=0.03)
    assert not hai.connectgaps
    assert hai.line.dash == theme.DASHES[0]
    assert [code[0] for code in hai.customdata] == ["P1", "P1", "P1", "P3", "P3", "P3"]


def test_progression_and_new_lesions_are_marked_at_their_points():
    _result, figure = spider(built())
    marks = traces(figure)
    progression = marks["First assessment with progression"]
    assert list(progression.y) == pytest.approx([1.5, -0.4])
    assert list(marks["New lesion"].y) == pytest.approx([-0.4])


def test_what_lies_above_the_axis_is_counted_and_what_was_not_measured_has_no_point():
    table = {
        "patient_id": ["P1", "P1", "P1", "P1", "P2", "P2"],
        "assessment_date": [after(m) for m in (-1, 3, 6, 9, -1, 3)],
        "sld_mm": [100, 90, None, 80, 20, 90],
    }
    result, figure = spider(built(assessments=table))
    assert figure.layout.yaxis.range[1] == pytest.approx(courses.HIGHEST + 0.14)
    assert (courses.beyond(result.lines), courses.beyond([])) == (1, 0)
    assert len(result.lines[0].points) == 4
    drawn = traces(figure)["Chemoinfusion (HAI)"]
    assert list(drawn.y) == pytest.approx([0, -0.1, -0.2, None])


# --- swimmer


def test_lanes_run_from_0_to_the_end_in_the_order_given():
    _result, figure = swimmer(built(), named=True)
    hai = traces(figure)["Chemoinfusion (HAI)"]
    assert list(hai.y) == [0, 2]
    assert_allclose(list(hai.x), [20, 16], atol=0.03)
    assert figure.layout.yaxis.ticktext == ("P1", "P2", "P3", "P4")
    low, high = figure.layout.yaxis.range
    assert low > high  # from top to bottom


def test_ends_have_their_own_symbols_and_a_lane_that_goes_on_an_arrow():
    _result, figure = swimmer(built())
    ends = traces(figure)
    assert list(ends["Died"].y) == [0]
    assert list(ends["Alive, follow-up goes on"].y) == [1, 3]
    assert ends["Alive, follow-up goes on"].marker.symbol == "triangle-right"
    assert list(ends["Lost to follow-up"].y) == [2]
    assert {trace.cliponaxis for trace in figure.data if trace.type == "scatter"} == {False}
    low, high = figure.layout.xaxis.range
    assert low < -1 and high > 20 and not figure.layout.yaxis.automargin


def test_two_procedures_of_one_day_are_both_seen():
    _result, figure = swimmer(built())
    marks = traces(figure)
    both = [
        (x, y)
        for name in ("Procedure: Chemoinfusion (HAI)", "Procedure: Chemoembolization (TACE)")
        for x, y, code in zip(marks[name].x, marks[name].y, marks[name].customdata, strict=True)
        if code[0] == "P1" and x > 1
    ]
    assert len(both) == 2
    assert both[0][0] == both[1][0] and both[0][1] != both[1][1]


marks_of = st.lists(
    st.builds(
        Mark,
        st.sampled_from(["procedure", "baseline", "assessment", "response", "progression",
                         "hepatic", "extrahepatic"]),
        st.floats(-2, 60),
        st.sampled_from(["HAI", "TACE", "CR", "PR", "SD", "PD", "NE", ""]),
    ),
    max_size=12,
)  # fmt: skip


@given(st.lists(marks_of, max_size=4))
def test_no_mark_is_dropped_and_none_leaves_its_lane(everybody):
    inorder = [tuple(sorted(marks, key=lambda mark: mark.months)) for marks in everybody]
    lanes = [
        Lane(str(i), patients.ALL, 12.0, patients.ALIVE, marks) for i, marks in enumerate(inorder)
    ]
    figure = courses.swimmer(lanes, [patients.ALL]).checked()
    drawn = [trace for trace in figure.data if trace.type == "scatter"]
    assert sum(len(trace.x) for trace in drawn) == len(lanes) + sum(map(len, everybody))
    for trace in drawn:
        for height, code in zip(trace.y, trace.customdata, strict=True):
            assert abs(height - int(code[0])) < 0.6


def test_every_modality_and_response_has_a_symbol_of_its_own():
    assert len(set(theme.MODALITY_SYMBOLS.values())) == len(theme.MODALITY_SYMBOLS)
    assert len(set(theme.RESPONSE_SYMBOLS.values())) == len(theme.RESPONSE_SYMBOLS)


def test_text_of_a_spreadsheet_is_drawn_as_it_stands():
    evil = "<b>x</b>"
    columns = COLUMNS | {"modality": [evil] * 4}
    for build in (waterfall, spider, swimmer):
        _result, figure = build(built(columns))
        assert evil not in str(figure.to_dict()).replace("customdata", "")
    lane = Lane(evil, patients.ALL, 2.0, patients.ALIVE, ())
    figure = courses.swimmer([lane], [patients.ALL], named=True).checked()
    assert figure.layout.yaxis.ticktext == ("&lt;b&gt;x&lt;/b&gt;",)
    assert figure.data[0].customdata[0][0] == evil  # this is what the page looks for


# --- sizes that a drawing library would choose by what it draws


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40))
def test_no_two_bars_overlap_however_far_apart_those_of_a_group_lie(groups):
    levels = [Level(str(each), str(each)) for each in sorted(set(groups))]
    of = {level.code: level for level in levels}
    lanes = [
        Lane(f"P{at}", of[str(group)], 9.0, patients.ALIVE, ()) for at, group in enumerate(groups)
    ]
    figure = courses.swimmer(lanes, levels).checked()
    assert overlapping(figure, "y") == []
    assert {trace.width for trace in figure.data if trace.type == "bar"} == {0.9}


def overlapping(figure, axis):
    """Pairs of bars of all traces that share some of the axis on which they stand."""
    spans = sorted(
        (place - trace.width / 2, place + trace.width / 2)
        for trace in figure.data
        if trace.type == "bar"
        for place in trace[axis]
    )
    return [pair for pair in itertools.pairwise(spans) if pair[0][1] > pair[1][0]]


def everything_drawn():
    """Every figure with bars or axes of its own, of the sample that has all of it."""
    study = studied("workbook")
    yield "waterfall", waterfall(study)[1]
    yield "spider", spider(study)[1]
    yield "swimmer", swimmer(study)[1]
    yield "timeline", course_figure(timeline.timeline(study, "P02")).checked()
    yield "alluvial", alluvial(transitions.between_times(study)).checked()
    found = response.by_group(study)
    yield (
        "response",
        response_bars(found.times, [response.bars(found, t) for t in found.times]).checked(),
    )
    lived = survival.by_group(study, survival.available(study)[0])
    yield "survival", survival_curves(lived.drawn, lived.endpoint, lived.ticks, "Months").checked()
    yield "greyed", greyed(lived.drawn, lived.endpoint, lived.ticks).checked()
    yield "missing", missingness(study.as_read).checked()
    shown = (each for each in of_study(Everything(study)) if each.key.startswith("compare-"))
    yield from ((each.key, each.figure.checked()) for each in shown if each.figure)


def test_no_width_range_or_height_is_left_to_what_is_drawn():
    for name, figure in everything_drawn():
        assert figure.layout.height, name
        for trace in figure.data:
            if trace.type == "bar" and trace.x[0] is not None:
                assert trace.width is not None, name
            if trace.type == "scatter" and "markers" in (trace.mode or ""):
                assert trace.marker.size is not None or not len(trace.x), name
        for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
            assert axis.automargin is False, name  # the template's is True
            assert axis.range is not None or axis.autorange == "reversed", name


# --- one patient


def test_a_timeline_draws_sums_nadir_and_lesions():
    found = timeline.timeline(studied("workbook"), "P13")
    drawn = traces(course_figure(found).checked())
    sums = drawn["Sum of the target lesions"]
    course = found.course
    assert list(sums.y) == [course.baseline, *(visit.sum for visit in course.visits)]
    nadir = list(drawn["Nadir, baseline included"].y)
    assert nadir == [min(sums.y[: i + 1]) for i in range(len(sums.y))]
    assert drawn["Nadir, baseline included"].line.shape == "hv"
    assert set(drawn["−30% from baseline, a guide"].y) == {0.7 * course.baseline}
    lesions = [trace for name, trace in drawn.items() if name.endswith(", liver")]
    assert_allclose(sum(trace.y[0] for trace in lesions), course.baseline)


def test_a_sum_of_some_lesions_is_open_and_does_not_lower_the_nadir():
    lesions = {
        "patient_id": ["P1"] * 5,
        "lesion_id": ["L1", "L2", "L1", "L1", "L2"],
        "organ": ["liver"] * 5,
        "target": ["yes"] * 5,
        "assessment_date": [after(m) for m in (-1, -1, 3, 6, 6)],
        "diameter_mm": ["30", "20", "10", "28", "20"],
    }
    found = timeline.timeline(built(lesions=lesions), "P1")
    drawn = traces(course_figure(found).checked())
    sums = next(trace for name, trace in drawn.items() if name.startswith("Sum of"))
    assert list(sums.y) == [50, 10, 48]
    assert list(sums.marker.symbol) == ["circle", "circle-open", "circle"]
    assert list(drawn["Nadir, baseline included"].y) == [50, 50, 48]


def test_a_timeline_without_measurements_has_tracks_alone():
    study = built(procedures=PROCEDURES)
    figure = course_figure(timeline.timeline(study, "P1")).checked()
    assert figure.layout.yaxis.ticktext == (
        "Procedures", "Assessments", "Adverse events", "Progression, end",
    )  # fmt: skip
    drawn = traces(figure)
    assert list(drawn["Procedure: Chemoinfusion (HAI)"].y) == [0, 0.3]
    assert list(drawn["Death"].y) == [3]


def test_what_is_of_one_day_on_a_track_is_set_apart():
    found = timeline.timeline(studied("workbook"), "P02")
    drawn = traces(course_figure(found).checked())
    assert drawn["Progression"].x == drawn["Progression in the liver"].x
    assert drawn["Progression"].y != drawn["Progression in the liver"].y


def test_a_patient_without_dates_has_an_empty_figure_and_no_error():
    undated = {"patient_id": ["P1"], "procedure_date": [None], "modality": ["HAI"]}
    study = built({"modality": ["HAI"]}, procedures=undated)
    figure = course_figure(timeline.timeline(study, "P1")).checked()
    assert len(figure.data) == 0
