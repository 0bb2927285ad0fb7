"""What a page is sent of a figure: the same on light ground and on dark, but for its colours."""

import json
from base64 import b64decode

import numpy as np
import plotly.graph_objects as go
import pytest

from lib.figures import theme
from lib.figures.screen import STEPS, sent
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


@pytest.mark.parametrize("steps", [STEPS, STEPS + 1, 20 * STEPS])
def test_a_curve_of_many_steps_is_never_further_off_than_a_screen_can_show(steps):
    """At the end of each part of its time it is where it was, and it begins and ends as it did."""
    rng = np.random.default_rng(steps)
    time = np.append(0.0, np.sort(rng.exponential(20, steps - 1)))
    share = np.linspace(1, 0, steps)
    words = [f"{at:.4f}" for at in time]
    figure = Figure()
    curve = scatter(x=time, y=share, text=words, mode="lines", line={"shape": "hv"})
    figure.add_trace(curve)
    (seen,) = json.loads(sent(theme.dressed(figure, 300))[0])["data"]
    seen_time, seen_share = (np.frombuffer(b64decode(seen[name]["bdata"])) for name in "xy")
    assert len(seen_time) <= STEPS and len(curve["x"]) == steps
    assert steps > STEPS or len(seen_time) == steps
    assert seen["text"] == [f"{at:.4f}" for at in seen_time]
    assert set(zip(seen_time, seen_share, strict=True)) <= set(zip(time, share, strict=True))
    assert [*seen_time[[0, -1]], *seen_share[[0, -1]]] == [0, time[-1], 1, 0]
    following = np.searchsorted(seen_time, time)  # the next that is shown
    late = seen_time[following] - time
    assert (late <= time[-1] / (STEPS - 2)).all() and (seen_share[following] <= share).all()
