"""Cells as they are typed."""

import pytest

from lib.recist.measurements import LIVER, NODES, length, organ, sites, size


@pytest.mark.parametrize(
    ("text", "micrometres"),
    [
        ("23", 23000),
        (" 23.5 ", 23500),
        ("23,5 mm", 23500),
        ("2.3 cm", 23000),
        ("2,35 см", 23500),
        ("70.1", 70100),
        ("0", 0),
        ("3", 3000),  # measured under 5 mm: kept
        ("too small", 5000),
        ("Too small to measure", 5000),
        ("<5", 5000),
        ("< 5 mm", 5000),
        ("слишком мал", 5000),
        ("disappeared", 0),
        ("merged", 0),
        ("not measured", None),
        ("NE", None),
        ("", None),
    ],
)
def test_diameters(text, micrometres):
    assert size(text) == micrometres


@pytest.mark.parametrize("text", ["23?", "-3", "20 x 30", "big"])
def test_what_is_no_diameter(text):
    with pytest.raises(ValueError, match="is no diameter"):
        size(text)


@pytest.mark.parametrize("millimetres", [70.1, 0.1 + 0.2, 7.01 * 10, 57.0])
def test_lengths_are_exact(millimetres):
    assert length(millimetres) == round(millimetres * 10) * 100


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Liver", LIVER),
        ("печень", LIVER),
        ("S6", LIVER),
        ("segment 4", LIVER),
        ("right lobe of the liver", LIVER),
        ("lymph nodes", NODES),
        ("hepatic hilum lymph node", NODES),
        ("лимфоузел", NODES),
        ("extrahepatic", "extrahepatic"),
        ("вне печени", "вне печени"),
        ("Lung", "lung"),
        ("hepatic flexure", "hepatic flexure"),
    ],
)
def test_organs(text, name):
    assert organ(text) == name


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("liver, lung", (LIVER, "lung")),
        ("лёгкое и печень", (LIVER, "лёгкое")),
        ("Liver; S6", (LIVER,)),
        ("л/у", (NODES,)),
        ("liver/lung", (LIVER, "lung")),
        ("", ()),
    ],
)
def test_sites_of_new_lesions(text, names):
    assert set(sites(text)) == set(names)
