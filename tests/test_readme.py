import re
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_the_readme_shows_a_screenshot_that_exists():
    images = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert images
    assert [image for image in images if not (Path(__file__).parents[1] / image).exists()] == []


def test_the_russian_one_has_the_same_parts_and_leads_to_what_exists():
    root = Path(__file__).parents[1]
    russian = (root / "README.ru.md").read_text(encoding="utf-8")
    assert russian.count("\n## ") == README.count("\n## ")
    links = re.findall(r"\]\(([^)#]+)", russian)
    assert [link for link in links if not (root / link).exists()] == []
