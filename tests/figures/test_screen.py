"""What a page is sent of a figure: the same on light ground and on dark, but for its colours."""

import json

import plotly.graph_objects as go

from lib.figures import theme
from lib.figures.screen import sent
from lib.figures.spec import Figure, bar, scatter


def drawn() -> Figure:
    figure = Figure()
    figure.add_trace(scatter(x=[1, 2], y=[3, 4], line_color="#0072B2", name="curve"))
    figure.add_trace(bar(x=[1, 2], y=[1, 1], marker={"color": ["#0072B2", "#FFFFFF"]}))
    figure.add_shape(type="line", x0=0, x1=1, y0=0, y1=1, line={"color": "#17212B"})
    theme.write(figure, "words", 0, 0, 12, font_color="#17212B")
    return theme.dressed(figure, 300)


def otherwise(part, changes):
    """What a browser makes of a part and of what is otherwise in it."""
    made = list(part) if isinstance(part, list) else dict(part)
    for name, change in changes.items():
        at = int(name) if isinstance(made, list) else name
        made[at] = otherwise(made[at], change) if isinstance(change, dict) else change
    return made


def test_a_figure_on_dark_ground_is_that_of_light_with_what_differs():
    figure = drawn()
    light, changes = map(json.loads, sent(figure))
    dark = json.loads(theme.inked(figure, dark=True).to_json(validate=False))
    made = otherwise(light, changes)
    assert made["data"] == dark["data"] != light["data"]
    for name in ("annotations", "shapes", "font"):
        assert made["layout"][name] == dark["layout"][name] != light["layout"][name]
    for figure in (light, made):
        assert go.Figure(figure).to_dict() == figure  # which Plotly refuses where it is none


def test_what_is_otherwise_is_nothing_but_colours():
    def leaves(part):
        for each in part.values():
            yield from leaves(each) if isinstance(each, dict) else [each]

    _light, changes = map(json.loads, sent(drawn()))
    for each in leaves(changes):
        colours = each if isinstance(each, list) else [each]
        assert all(colour.startswith(("#", "rgba(")) for colour in colours)


def test_words_and_lines_of_the_look_are_seen_on_their_ground():
    light, changes = map(json.loads, sent(drawn()))
    for figure in (light, otherwise(light, changes)):
        look = figure["layout"]["template"]["layout"]
        ground, said = look["plot_bgcolor"], look["hoverlabel"]
        assert theme.contrast(said["font"]["color"], said["bgcolor"]) >= theme.READABLE
        assert theme.contrast(figure["layout"]["font"]["color"], ground) >= theme.READABLE
        assert set(figure["layout"]["template"]["data"]) == {"scatter", "bar"}
