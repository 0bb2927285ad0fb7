import re
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_readme_shows_a_screenshot_that_exists():
    images = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert images
    assert [image for image in images if not (Path(__file__).parents[1] / image).exists()] == []
