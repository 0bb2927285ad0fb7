"""What all statistics share: where a function is zero."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from lib.statistics.estimate import zero

SHAPES = {
    "line": lambda x: x,
    "cubic": lambda x: x**3 + x,
    "steep": lambda x: math.tanh(40 * x),
    "growing": lambda x: math.expm1(x),
    "wavy": lambda x: x + 0.3 * math.sin(2 * x),
    "step": lambda x: -1.0 if x < 0 else 2.0,
}
NEAR = 1e-11


@pytest.mark.parametrize("shape", SHAPES)
@given(at=st.floats(-5, 5), below=st.floats(0.001, 20), above=st.floats(0.001, 20))
def test_a_zero_is_found_as_near_as_asked_and_where_another_finds_it(shape, at, below, above):
    def of(x):
        return SHAPES[shape](x - at)

    found = zero(of, at - below, at + above, xtol=NEAR)
    assert abs(found - at) <= 1.01 * NEAR + 1e-14
    assert found == pytest.approx(brentq(of, at - below, at + above, xtol=NEAR), abs=2.02 * NEAR)
    assert zero(of, at + above, at - below, xtol=NEAR) == pytest.approx(found, abs=2.02 * NEAR)


def test_an_end_that_is_zero_is_it_and_signs_that_do_not_differ_are_refused():
    assert zero(lambda x: x, 0.0, 5.0, xtol=NEAR) == 0
    assert zero(lambda x: x, -5.0, 0.0, xtol=NEAR) == 0
    for of in (lambda x: x * x + 1, lambda x: math.nan):
        with pytest.raises(ValueError, match="signs do not differ"):
            zero(of, -1.0, 1.0, xtol=NEAR)
