"""Published cohorts as they are drawn beside one's own."""

from lib.figures.published import Row, cohorts_beside
from lib.statistics.estimate import Estimate, Missing
from lib.statistics.proportions import proportion

OWN = Row("Ours", proportion(1, 36), proportion(30, 36), None, own=True)
BARE = Estimate(9.0, float("nan"), float("nan"), 0.95, "printed", Missing.NOT_HELD)
ROWS = [
    OWN,
    Row("A", proportion(12, 46), None, Estimate(17.6, 13.8, 21.4, 0.95, "printed")),
    Row("B", None, proportion(9, 17), BARE),
]


def drawn(name):
    (trace,) = [each for each in cohorts_beside(ROWS).checked().data if each.name == name]
    return trace


def test_each_number_stands_in_the_row_of_its_cohort():
    assert [round(x, 1) for x in drawn("Objective response").x] == [2.8, 26.1]
    assert [round(y) for y in drawn("Objective response").y] == [0, -1]
    assert [round(y) for y in drawn("Disease control").y] == [0, -2]
    assert list(drawn("Median overall survival").x) == [17.6, 9.0]


def test_limits_are_lines_where_there_are_any():
    figure = cohorts_beside(ROWS).checked()
    (medians,) = [each for each in figure.data if each.mode == "lines" and each.xaxis == "x2"]
    assert list(medians.x) == [13.8, 21.4, None]


def test_ones_own_cohort_alone_stands_on_a_ground():
    (ground,) = cohorts_beside(ROWS).checked().layout.shapes
    assert ground.y0 < 0 < ground.y1 and ground.y0 > -1


def test_the_axis_of_months_holds_every_limit():
    assert cohorts_beside(ROWS).checked().layout.xaxis2.range[1] >= 21.4
