"""An engine that is asked for a visitor: what they no longer wait for is not counted to its end."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor, wait

from lib.registry.query import Answer, Engine
from lib.ui import promises

_LOOK = 0.05  # seconds between two looks at whether the visitor still waits


class Attended:
    """Another engine, whose query is stopped once the run that asks is ended.

    Streamlit ends a run where its script asks for something, and a query is one long answer.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine, self.at_once = engine, engine.at_once
        self._asks = ThreadPoolExecutor(1, "hepar-asks")

    def columns(self, sql: str, values: Mapping[str, object]) -> Answer:
        """The columns that a query gives."""
        asked = self._asks.submit(self._engine.columns, sql, values)
        try:
            while not wait([asked], _LOOK).done:
                promises.end_if_gone()
        except BaseException:
            asked.cancel()
            while not wait([asked], _LOOK).done:  # it may not have begun when it was stopped first
                self._engine.interrupt()
            raise
        return asked.result()

    def interrupt(self) -> None:
        """Stop what runs."""
        self._engine.interrupt()

    def close(self) -> None:
        """Let go of all that is held open."""
        self._asks.shutdown(wait=False, cancel_futures=True)
        self._engine.close()
