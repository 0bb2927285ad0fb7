import re
from pathlib import Path

from lib.schema import COLUMNS

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_readme_lists_every_column_of_the_patients_once():
    table = README.split("| about | columns |")[1].split("\n\n")[0]
    assert sorted(re.findall(r"`(\w+)`", table)) == sorted(COLUMNS)


def test_the_readme_shows_a_screenshot_that_exists():
    images = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert images
    assert [image for image in images if not (Path(__file__).parents[1] / image).exists()] == []
