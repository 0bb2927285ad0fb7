"""What a click costs of Hepar's own: python -m benchmarks.pages [PAGE ...].

The page's own Python: processor time of the script's thread while it is not inside a call to
Streamlit. Of each page, with both samples: a rerun with nothing changed, a filter that was seen
before, and a filter that is new, so that all is counted anew; the medians of 50, 50 and 12, the
filters open, and beside them the whole run, Streamlit's part and the making of its messages
included.
"""

import functools
import statistics
import sys
import time
from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

CLICKS, NEW = 50, 12
SAMPLES = {"36": "open-sample", "240": "open-registry"}


class Clock:
    """Adds up what one thread spends outside of Streamlit while a page is run."""

    def __init__(self) -> None:
        self.own, self.whole, self.inside, self.since = 0.0, 0.0, 0, 0.0

    def page(self, run: Callable[..., object]) -> Callable[..., object]:
        """Count while the script runs."""

        @functools.wraps(run)
        def counted(*given: object, **named: object) -> object:
            self.own, self.inside, begun = 0.0, 0, time.thread_time()
            self.since = begun
            try:
                return run(*given, **named)
            finally:
                now = time.thread_time()
                self.own, self.whole = self.own + now - self.since, now - begun

        return counted

    def streamlit(self, call: Callable[..., object]) -> Callable[..., object]:
        """Do not count while a call to Streamlit lasts."""

        @functools.wraps(call)
        def theirs(*given: object, **named: object) -> object:
            if not self.inside:
                self.own += time.thread_time() - self.since
            self.inside += 1
            try:
                return call(*given, **named)
            finally:
                self.inside -= 1
                if not self.inside:
                    self.since = time.thread_time()

        return theirs

    def ours(self, call: Callable[..., object]) -> Callable[..., object]:
        """Count again while Streamlit calls what is Hepar's, as a part that is drawn alone."""

        @functools.wraps(call)
        def counted(*given: object, **named: object) -> object:
            before, self.inside, self.since = self.inside, 0, time.thread_time()
            try:
                return call(*given, **named)
            finally:
                if not self.inside:
                    self.own += time.thread_time() - self.since
                self.inside = before

        return counted


_TRANSPARENT = {"fragment", "navigation", "Page", "stop", "rerun", "switch_page"}


def watch(clock: Clock) -> None:
    """Put the clock around every function of Streamlit that a page can call."""
    fragment = st.fragment

    def drawn_alone(part: Callable[..., object] | None = None, **more: object) -> object:
        if part is None:
            return functools.partial(drawn_alone, **more)
        return clock.streamlit(fragment(clock.ours(part), **more))

    for name in dir(st):
        call = getattr(st, name)
        asked = callable(call) and not isinstance(call, type) and name[0] != "_"
        if asked and name not in _TRANSPARENT:
            setattr(st, name, clock.streamlit(call))
    for name, call in list(vars(DeltaGenerator).items()):
        if callable(call) and (name[0] != "_" or name in ("__enter__", "__exit__")):
            setattr(DeltaGenerator, name, clock.streamlit(call))
    st.fragment = drawn_alone


CLOCK = Clock()
watch(CLOCK)

from lib.ui import frame  # noqa: E402 - its parts are drawn by what is watched
from tests.pages import visit  # noqa: E402

frame.main = CLOCK.page(frame.main)
frame.ahead.tell_of_presses = lambda page: None  # after the page, which waits for none of it


def measured(act: Callable[[int], object], times: int) -> tuple[float, float]:
    """Medians over some runs: the page's own milliseconds, and those of the whole script."""
    own, whole = [], []
    for number in range(times):
        act(number)
        own.append(1000 * CLOCK.own)
        whole.append(1000 * CLOCK.whole)
    return statistics.median(own), statistics.median(whole)


def main(pages: list[str]) -> None:
    print("| sample | page | nothing changed | seen filter | new filter | (whole scripts) |")
    print("|---|---|---|---|---|---|")
    for sample, key in SAMPLES.items():
        for page in pages or visit.PAGES:
            app = visit.go(visit.with_sample(key), page)
            app.run()

            def click(number: int, app=app) -> None:
                visit.choose(app, "sex", ["F"] if number % 2 else [])

            def new(number: int, app=app) -> None:
                visit.filtered_by(app, "age")
                (age,) = [each for each in app.sidebar.slider if each.key.endswith(".age")]
                age.set_value((age.min + number + 1, age.max)).run()

            again = measured(lambda _number, app=app: app.run(), CLICKS)
            click(1), click(2)
            seen, anew = measured(click, CLICKS), measured(new, NEW)
            own = " | ".join(f"{each[0]:.1f} ms" for each in (again, seen, anew))
            whole = ", ".join(f"{each[1]:.0f}" for each in (again, seen, anew))
            print(f"| {sample} | {page} | {own} | ({whole}) |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
