"""What is asked of a figure of curves stands in it, and asks for no number anew."""

from dataclasses import replace

import pytest

from lib import exhibits
from lib.analyses import comparison, incidence, survival
from lib.analyses.everything import Everything
from lib.analyses.study import opening_plan, under_study
from lib.exhibits.study import of_study
from lib.figures.theme import NOTE, TITLE
from lib.plan import FigurePlan
from lib.schema import ENDPOINTS
from tests.conftest import sample

ALL = FigurePlan(until=12, every=4, title=True, medians=True, hazard_ratio=True, p_value=True)


def both(name):
    """A study whose figures are as they are by default, and one with all that can be asked."""
    cohort = replace(sample(name))
    plan = opening_plan(cohort)
    plan = replace(plan, comparison=replace(plan.comparison, permutations=20))
    return under_study(cohort, plan), under_study(cohort, replace(plan, figure=ALL))


@pytest.fixture(scope="module")
def bare_and_asked():
    return both("workbook")


def names(figure, name):
    return [each.text for each in figure.select_annotations({"name": name})]


def curves(study):
    """Every exhibit over an axis of months."""
    for shown in of_study(Everything(study)):
        figure = shown.draw().checked() if shown.draw else None
        of_months = figure is not None and "Months" in str(figure.to_dict())
        if of_months and figure.layout.xaxis.tickvals and shown.key != "response-over-time":
            yield shown, figure


def test_every_figure_of_curves_has_what_the_plan_asks(bare_and_asked):
    bare, asked = bare_and_asked
    before = {shown.key: figure for shown, figure in curves(bare)}
    after = {shown.key: (shown, figure) for shown, figure in curves(asked)}
    assert before.keys() == after.keys() and len(before) > 10
    for key, (shown, figure) in after.items():
        assert names(before[key], TITLE) == [] != names(figure, TITLE), key
        (title,) = names(figure, TITLE)
        assert title.replace("<br>", " ").replace("&lt;", "<") == shown.title, key
        assert list(figure.layout.xaxis.tickvals) == [0, 4, 8, 12], key
        longer = before[key].layout.xaxis.tickvals[-1] > 12
        assert any("of follow-up" in note for note in names(figure, NOTE)) or not longer, key
        assert not any("of follow-up" in note for note in names(before[key], NOTE)), key


def words(figure):
    return " ".join(each["text"].replace("<br>", " ") for each in figure.layout["annotations"])


def test_the_ratio_and_the_test_are_those_of_the_table():
    _bare, study = both("registry")
    whole = Everything(study)
    shown = {each.key: each for each in of_study(whole) if each.key.startswith(("compare-", "s"))}
    drawn = words(shown["compare-os"].draw())
    for said in (
        "Hazard ratio 0.50",
        "95% CI 0.37 to 0.68",
        "Log-rank p &lt; 0.001",
        "not adjusted",
    ):
        assert said in drawn
    assert "Chemoembolization (TACE) against Chemoinfusion (HAI)" in drawn
    assert drawn.count("not adjusted") == 1
    assert "Hazard" not in words(shown["survival-os"].draw())
    first = incidence.by_group(study, incidence.available(study)[0])
    assert "Gray’s test p = 0.565" in words(exhibits.incidence.by_group(first).draw())


def test_a_choice_of_the_figure_computes_nothing_anew(bare_and_asked):
    bare, asked = bare_and_asked
    for analysis in (survival.by_group, comparison.of_arms):
        of = (ENDPOINTS["OS"],) if analysis is survival.by_group else ()
        one, other = analysis(bare, *of), analysis(asked, *of)
        part = "groups" if of else "survivals"
        assert getattr(one, part) is getattr(other, part)
        assert other.provenance.plan.figure == ALL
