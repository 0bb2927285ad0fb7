"""The time that a long line takes; `cases/lines_below.txt` has what lines explain."""

import time

from lib.ingest.codebook import named


def test_a_long_line_costs_no_time():
    start = time.process_time()
    assert named("seen, and well " * 8000, {"sex": 2}) == (-1, "")
    assert time.process_time() - start < 1
