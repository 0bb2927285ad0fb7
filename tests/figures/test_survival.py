import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lib import text
from lib.analyses import survival
from lib.analyses.counted import ALL
from lib.cohort import Source
from lib.figures import theme
from lib.figures.survival import (
    Curve,
    Written,
    band,
    curves,
    small_curves,
    steps,
    survival_curves,
)
from lib.figures.theme import NOTE, TITLE
from lib.plan import Condition
from lib.schema import ENDPOINTS, MODALITIES
from tests.conftest import studied, study_of

OS = ENDPOINTS["OS"]
TWELVE = {
    "modality": ["HAI"] * 6 + ["TACE"] * 6,
    "os_months": [2, 4, 6, 8, 10, 12, 1, 3, 5, 7, 9, 11],
    "os_event": ["yes", "no", "yes", "no", "yes", "no"] * 2,
}


def drawn(columns, *conditions, by="modality"):
    result = survival.by_group(study_of(columns, by=by, selection=conditions), OS)
    return result, survival_curves(result.drawn, OS, result.ticks, "Months").checked()


def traces(figure, name):
    return [trace for trace in figure.data if trace.legendgroup == name]


def lines(figure, name):
    """The curve's pieces: solid, then pale."""
    return [trace for trace in traces(figure, name) if trace.mode == "lines" and trace.line.width]


HAI, TACE = "Chemoinfusion (HAI)", "Chemoembolization (TACE)"


def test_a_curve_starts_with_everybody_and_goes_down_in_steps():
    _result, figure = drawn(TWELVE)
    solid, pale = lines(figure, HAI)
    assert solid.line.shape == pale.line.shape == "hv"
    whole_x = [*solid.x, *pale.x[1:]]
    whole_y = [*solid.y, *pale.y[1:]]
    assert whole_x == [0, 2, 4, 6, 8, 10, 12]
    s = [1, 5 / 6, 5 / 6, 5 / 6 * 3 / 4, 5 / 6 * 3 / 4, 5 / 6 * 3 / 8, 5 / 6 * 3 / 8]
    assert_allclose(whole_y, s)


def test_the_curve_is_pale_from_where_it_carries_no_number_without_a_gap():
    lost = {"os_months": list(range(1, 31)), "os_event": ["yes", *["no"] * 28, "yes"]}
    result, figure = drawn(lost)
    solid, pale = lines(figure, "All patients")
    assert solid.x[-1] == pale.x[0] == result.everyone.tail.start == 26  # then 4 are at risk
    assert (solid.opacity, pale.opacity) == (1.0, 0.4)
    assert (solid.showlegend, pale.showlegend) == (True, False)
    _result, figure = drawn({"os_months": [10.0] * 8, "os_event": ["yes"] * 8})
    (line,) = lines(figure, "All patients")  # which never gets thin
    assert (list(line.x), list(line.y)) == ([0, 10], [1, 0])


def test_the_band_is_that_of_the_curve_where_it_has_limits():
    result, figure = drawn(TWELVE)
    curve = result.groups[1].curve
    upper, lower = [t for t in traces(figure, TACE) if t.mode == "lines" and not t.line.width]
    known = ~np.isnan(curve.low)
    assert_array_equal(upper.x, [0, *curve.time[known]])
    assert_array_equal(upper.y, [1, *curve.high[known]])
    assert_array_equal(lower.y, [1, *curve.low[known]])
    assert (upper.line.shape, lower.line.shape, lower.fill) == ("hv", "hv", "tonexty")
    assert lower.fillcolor == "rgba(213,94,0,0.12)"


def test_no_band_is_drawn_where_survival_is_0_and_a_closed_one_while_it_is_1():
    columns = {"os_months": [1, 2, 3, 4, 5], "os_event": ["no", "yes", "yes", "yes", "yes"]}
    curve = drawn(columns)[0].everyone.curve
    time, low, high = band(curve)
    assert_array_equal(time, [0, 1, 2, 3, 4])
    assert_array_equal((low[:2], high[:2]), [[1, 1], [1, 1]])
    assert_array_equal(steps(curve)[1], [1, 1, 0.75, 0.5, 0.25, 0])


def test_censorings_are_ticks_on_the_curve():
    _result, figure = drawn(TWELVE)
    (ticks,) = [trace for trace in traces(figure, HAI) if trace.mode == "markers"]
    assert_array_equal(ticks.x, [4, 8, 12])
    assert_allclose(ticks.y, [5 / 6, 5 / 8, 5 / 16])
    assert ticks.marker.symbol == "line-ns-open"


def test_the_counts_under_the_ticks_are_those_of_kmunicate_and_add_up():
    _result, figure = drawn(TWELVE)
    (written,) = [trace for trace in figure.data if trace.mode == "text"]
    counts = np.reshape(list(map(int, written.text)), (6, 5))[:, ::2].tolist()
    assert counts == [
        [6, 4, 1],  # at risk just before 0, 6, 12
        [0, 1, 2],  # censored before
        [0, 1, 3],  # events before
        [6, 3, 0],
        [0, 1, 3],
        [0, 2, 3],
    ]
    assert list(written.x) == [0, 3, 6, 9, 12] * 6
    assert list(written.y) == list(np.repeat(figure.layout.yaxis2.tickvals, 5))
    for group in (counts[:3], counts[3:]):
        assert_array_equal(np.sum(group, axis=0), [6, 6, 6])


def test_of_censorings_that_run_together_one_tick_a_place_is_drawn():
    months = np.append(np.linspace(0.01, 12.49, 5000), 50)
    columns = {"os_months": months, "os_event": [*["no", "yes"] * 2500, "yes"]}
    _result, figure = drawn(columns)
    (ticks,) = [trace for trace in figure.data if trace.mode == "markers"]
    assert len(ticks.x) == 100
    assert_array_equal(np.floor(np.asarray(ticks.x) * 8), np.arange(100))  # the first of each
    assert np.isin(ticks.x, months[::2]).all()


def test_the_name_of_counts_of_millions_is_whole_beside_them():
    def left(n):
        line = np.array([0.0, 12.0]), np.ones(2), np.full(2, n)
        curve = Curve(MODALITIES[0], n, *line, (line[0],) * 3, None, None, {"Censored": [n, n]})
        layout = curves([curve], [0, 12], ("Months", "Share")).checked().layout
        return layout.margin.l, layout.yaxis2.ticklabelstandoff

    (few, near), (many, far) = map(left, (9, 9_999_999))
    assert far > near and many >= few and many - far >= 7 * len("Censored")


@pytest.mark.parametrize("name", ["At risk", "Число пациентов под наблюдением"])
def test_the_names_of_the_counts_have_their_room_at_the_left(monkeypatch, name):
    monkeypatch.setattr("lib.figures.survival._", lambda words: words.replace("At risk", name))
    figure = drawn(TWELVE)[1]
    assert not figure.layout.yaxis2.automargin
    assert figure.layout.margin.l >= max(84, 7 * len(name))


def test_axis_and_table_share_their_ticks():
    _result, figure = drawn(TWELVE)
    assert (
        list(figure.layout.xaxis.tickvals)
        == list(figure.layout.xaxis2.tickvals)
        == [0, 3, 6, 9, 12]
    )
    assert figure.layout.xaxis.matches == "x2"
    assert figure.layout.yaxis.range == (0, 1.02)
    assert list(figure.layout.yaxis2.ticktext) == ["At risk", "Censored", "Events"] * 2
    assert figure.layout.yaxis.title.text == "Overall survival"


@pytest.mark.parametrize("kept", [("HAI", "TACE"), ("TACE",), ("TACE", "TARE"), ("HAI", "TARE")])
def test_a_modality_keeps_its_colour_and_dash_under_every_filter(kept):
    columns = {
        "modality": ["HAI"] * 6 + ["TACE"] * 6 + ["TARE"] * 6,
        "os_months": list(range(1, 19)),
        "os_event": ["yes"] * 18,
    }
    looks = {
        "Chemoinfusion (HAI)": ("#0072B2", "solid"),
        "Chemoembolization (TACE)": ("#D55E00", "dash"),
        "Radioembolization": ("#903065", "longdash"),
    }
    result, figure = drawn(columns, Condition("modality", kept))
    names = [theme.name(group.level) for group in result.drawn]
    assert len(names) == len(kept)
    for name in names:
        for line in lines(figure, name):
            assert (line.line.color, line.line.dash) == looks[name]
    assert set(theme.MODALITY_COLOURS) == {level.code for level in MODALITIES}
    assert len(set(theme.MODALITY_COLOURS.values())) == len(MODALITIES)


def test_colours_of_other_columns_go_by_display_order():
    _result, figure = drawn(TWELVE | {"sex": ["F"] * 6 + ["M"] * 6}, by="sex")
    colours = [lines(figure, name)[0].line.color for name in ("Female", "Male")]
    assert colours == list(theme.OTHER_COLOURS[:2])


def test_text_of_a_spreadsheet_is_drawn_as_it_stands():
    evil = "<b>x</b><a href='x:1'>y</a>"
    columns = TWELVE | {"centre": [evil] * 6 + ["B"] * 6}
    _result, figure = drawn(columns, by="centre")
    escaped = "Centre: &lt;b&gt;x&lt;/b&gt;&lt;a href='x:1'&gt;y&lt;/a&gt;"
    assert lines(figure, escaped)[0].name == escaped
    assert evil not in str(figure.to_dict())
    assert f"<b>{escaped}</b>" in [each.text for each in figure.layout.annotations]


def test_a_synthetic_cohort_marks_its_figures_and_no_other_does():
    _result, figure = drawn(TWELVE)
    before = len(figure.layout.annotations)
    assert len(theme.marked(figure, Source("a", "b")).layout.annotations) == before
    marked = theme.marked(figure, Source("a", "b", synthetic=True))
    assert marked.layout.annotations[-1].text == "Synthetic patients."


def test_nothing_but_a_strip_is_left_under_the_counts():
    _result, figure = drawn(TWELVE)
    assert figure.layout.margin.b <= 12  # no axis has a title there
    assert figure.layout.yaxis2.ticklabelstandoff >= 4  # words do not touch the first number
    names = [note for note in figure.layout.annotations if note.yref == "y2"]
    assert [note.text for note in names] == [f"<b>{HAI}</b>", f"<b>{TACE}</b>"]
    assert all(note.xshift < 0 for note in names)  # room for long ones on a narrow screen


def test_a_small_figure_has_the_same_curves_and_no_counts():
    result, figure = drawn(TWELVE)
    small = small_curves(result.drawn, OS, result.ticks, "Months").checked()
    for name in (HAI, TACE):
        for one, other in zip(traces(small, name), traces(figure, name), strict=True):
            assert_array_equal(one.x, other.x)
            assert_array_equal(one.y, other.y)
            assert (one.line.color, one.opacity) == (other.line.color, other.opacity)
    assert {trace.mode for trace in small.data} == {"lines", "markers"}
    assert small.layout.xaxis.tickvals == figure.layout.xaxis.tickvals
    assert small.layout.height < figure.layout.height / 1.5


# --- what somebody asked for


def said_in(figure, name):
    return [each.text for each in figure.select_annotations({"name": name})]


def test_where_curves_are_not_drawn_to_the_end_the_figure_says_so():
    result, whole = drawn(TWELVE)
    assert said_in(whole, NOTE) == []
    figure = survival_curves(result.drawn, OS, (0, 6), "Months").checked()
    assert said_in(figure, NOTE) == ["Drawn to 6 of 12 months of follow-up."]
    assert figure.layout.xaxis.range[1] < 7


def test_lines_lead_to_each_median_that_can_be_told():
    def lines_of(result):
        figure = survival_curves(
            result.drawn, OS, result.ticks, "Months", Written(medians=True)
        ).checked()
        return [trace for trace in figure.data if trace.line.dash == "dot" and len(trace.x) == 3]

    assert lines_of(drawn(TWELVE)[0]) == []  # too few are at risk there
    result = survival.by_group(studied("registry"), OS)
    medians = [group.median.value for group in result.drawn]
    assert [list(trace.x) for trace in lines_of(result)] == [[0, m, m] for m in medians]
    assert {tuple(trace.y) for trace in lines_of(result)} == {(0.5, 0.5, 0)}


def test_words_stand_in_a_corner_that_no_curve_enters_and_else_under_the_figure():
    result, _figure = drawn(TWELVE)
    short, long = ("Log-rank p = 0.2",), tuple(f"{at} p = 0.2" for at in range(20))

    def write(groups, said):
        written = Written(title="<b>Title</b>", said=said)
        return survival_curves(groups, OS, result.ticks, "Months", written).checked()

    figure = write(result.drawn, short)
    (corner,) = [each for each in figure.layout.annotations if each.text == short[0]]
    assert (corner.x, corner.y, corner.xref) == (1, 1, "x domain")  # curves fall
    assert said_in(figure, TITLE) == ["&lt;b&gt;Title&lt;/b&gt;"]
    assert said_in(figure, NOTE) == []
    everywhere = write(result.drawn, long)
    assert "0 p = 0.2, 1 p = 0.2" in said_in(everywhere, NOTE)[0]
    events = ["yes"] + ["no"] * 39
    alive = drawn({"os_months": [1] + [12] * 39, "os_event": events}, by="")[0].drawn
    (low,) = [each for each in write(alive, short).layout.annotations if each.text == short[0]]
    assert low.y == 0


@pytest.mark.parametrize(("n", "step"), [(12, 1), (900_000, 2)])
def test_counts_stand_only_where_a_narrow_screen_has_room_for_them(n, step):
    curve = Curve(ALL, n, *np.ones((3, 1)), (np.ones(1),) * 3, None, None, {"At risk": [n] * 11})
    figure = curves([curve], range(0, 66, 6), ("Months", "Survival")).checked()
    (counts,) = [trace for trace in figure.data if trace.mode == "text"]
    shown = [text.whole(n) if at % step == 0 else "" for at in range(11)]
    assert list(counts.text) == shown
    named = [bool(words) for words in figure.layout.xaxis.ticktext]
    assert named == [bool(words) for words in shown]
    assert list(figure.layout.xaxis.tickvals) == list(range(0, 66, 6))


def test_where_no_group_has_a_curve_the_figure_is_empty():
    figure = curves(
        [], (0,), ("Months", "Survival"), Written("Title", ("p",), medians=True)
    ).checked()
    assert [trace for trace in figure.data if trace.mode == "lines"] == []


@pytest.mark.parametrize(("places", "drawn_at"), [(100, 100), (200, 0)])
def test_ticks_of_the_censored_are_left_out_where_they_would_cover_the_curve(places, drawn_at):
    time = np.linspace(0, 12, 400)
    left = np.arange(0, 400, 400 // places)
    lost = (time[left], np.ones(len(left)))
    curve = Curve(ALL, 9, time, *np.ones((2, 400)), (np.ones(1),) * 3, lost, None, {"At risk": [9]})
    figure = curves([curve], (0, 12), ("Months", "Survival")).checked()
    ticks = [len(trace.x) for trace in figure.data if trace.mode == "markers"]
    assert sum(ticks) == drawn_at
    notes = [each.text for each in figure.layout.annotations if each.name == NOTE]
    assert any("No ticks of the censored" in note for note in notes) == (drawn_at == 0)


def test_the_last_counts_stand_within_the_figure():
    def right(n):
        counts = {"At risk": [n, n]}
        curve = Curve(ALL, n, *np.ones((3, 1)), (np.ones(1),) * 3, None, None, counts)
        return curves([curve], (0, 12), ("Months", "Survival")).layout["margin"]["r"]

    assert right(36) < right(3_000_000) >= 3.3 * len("3,000,000")
