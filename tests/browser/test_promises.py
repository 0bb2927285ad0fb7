"""What the README promises of a visitor's rows, in a real server."""

import ast
import time

from tests.browser.conftest import serving
from tests.browser.test_browser import ANALYSES, go, settled, upload
from tests.conftest import SAMPLES


def alive(path, until):
    """What is alive in the idle server, once it is as it should be, or after a while."""
    deadline = time.monotonic() + 10
    found = None
    while time.monotonic() < deadline:
        path.unlink()
        while not path.exists():
            time.sleep(0.1)
        found = ast.literal_eval(path.read_text(encoding="utf-8"))
        if until(found):
            break
        time.sleep(0.5)
    return found


def test_nothing_of_a_cohort_is_alive_once_it_is_closed(page, tmp_path):
    counts = tmp_path / "counts.txt"
    with serving(tmp_path / "log.txt", "tests.browser.counted", str(counts)) as address:
        upload(page, address, SAMPLES["workbook"])
        found = alive(counts, lambda each: "Cohort" in each and "upload" not in each)
        assert found["Cohort"] and found["Kept"]
        assert "upload" not in found
        for title in ANALYSES:
            go(page, title)
        page.get_by_role("button", name="Close this cohort").click()
        settled(page)
        assert alive(counts, lambda each: not each) == {}
