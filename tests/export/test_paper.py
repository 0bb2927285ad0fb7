"""Figures on a page of paper: none is made smaller than its words allow."""

import pytest

from lib.analyses.everything import Everything
from lib.exhibits import report
from lib.export import onepage, paper
from lib.figures.printed import POINTS, SIZE, TALLEST, printed
from tests.conftest import studied
from tests.exhibits.reporting import of


@pytest.mark.parametrize("sample", ["workbook", pytest.param("registry", marks=pytest.mark.full)])
def test_every_figure_of_the_usual_report_stands_at_the_size_of_its_words(sample):
    """As wide as it is drawn for, and no taller than a page, so that nothing makes it smaller."""
    found = report.of_study(Everything(studied(sample)))
    shown = [each for each in found.placed if each.figure is not None]
    assert len(shown) >= 5
    page = onepage.printable(found, {each.exhibit.key: "<svg/>" for each in shown})
    assert page.count("<img ") == len(shown)
    assert f"figure img {{ display: block; width: {paper.WIDTH}mm; }}" in page
    assert "max-height" not in page
    for each in shown:
        layout = printed(each.figure, paper.WIDTH).layout
        millimetre = paper.WIDTH / layout.width
        assert layout.height * millimetre <= TALLEST, each.exhibit.key
        assert pytest.approx(POINTS) == SIZE * millimetre / 25.4 * 72
        assert not paper.instead(each, is_drawn=True)


def test_one_that_no_page_holds_is_named_with_where_it_stands():
    found = of(studied("registry"), exhibits=("compare-subgroups-os",))
    (placed,) = found.placed
    assert paper.is_too_tall(placed)
    assert paper.instead(placed, is_drawn=True) == (
        "Figure 1 is taller than a page, and stands in the HTML page and among the figures."
    )
    assert "<img" not in onepage.printable(found, {placed.exhibit.key: "<svg/>"})
    assert "Figure 1 is taller" in onepage.printable(found, {placed.exhibit.key: "<svg/>"})
