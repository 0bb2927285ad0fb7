"""Unknown values of a column on the Map step: one box, an answer for all or a select for each."""

from tests.pages.visit import bare, everything, step, with_columns

ARMS = {
    "patient_id": [f"P{n}" for n in range(9)],
    "modality": ["scheme A", "scheme B", "scheme C"] * 3,
    "os_months": list(range(5, 14)),
    "os_event": [1, 0, 1] * 3,
}


def shown():
    return step(with_columns(ARMS), "map")


def question(app):
    return [each for each in app.radio if "scheme A" in each.label]


def test_one_answer_settles_all_values_and_can_be_taken_back():
    app = shown()
    (asked,) = question(app)
    assert [bare(option) for option in asked.options] == ["each is a modality of its own"]
    asked.set_value(0).run()
    assert not app.exception
    assert [each.value for each in question(app)] == [0], "it stays in its place"
    app.button(key="take-back").click().run()
    assert [each.value for each in question(app)] == [None]


def test_each_value_has_a_select_and_all_are_used_at_once():
    app = shown()
    boxes = [each for each in app.selectbox if bare(each.label).startswith("scheme")]
    assert [bare(each.label) for each in boxes] == ["scheme A (3)", "scheme B (3)", "scheme C (3)"]
    alike = [f"{'scheme ' * 20}{letter}" for letter in "ABC"]  # beyond what is shown
    long = step(with_columns(ARMS | {"modality": alike * 3}), "map")
    assert len([each for each in long.selectbox if bare(each.label).startswith("scheme")]) == 3
    for box, words in zip(
        boxes[:2], ("Chemoinfusion (HAI)", "Chemoembolization (TACE)"), strict=True
    ):
        box.set_value(next(n for n, each in enumerate(box.options) if bare(each) == words))
    (use,) = [each for each in app.button if each.label == "Use what was chosen"]
    use.click().run()
    assert not app.exception
    assert question(app) == []
    assert [each for each in app.selectbox if "What does" in bare(each.label)]
    assert "Chemoinfusion (HAI): 3/3, Chemoembolization (TACE): 3/3" in everything(app)
