"""What the browser's component is told: ours, once asked for, and nothing of a file as markup."""

import json

from lib.figures.printed import SIZE
from tests.pages.visit import unfolded, with_columns

EVIL = "<img src=x onerror=alert(1)>"
COLUMNS = {
    "modality": [EVIL] * 8 + ["HAI"] * 8,
    "os_months": list(range(1, 17)),
    "os_event": [1, 0] * 8,
}


def components(app, name):
    """The components of a page whose key begins so; their script is a file of the server."""
    found = [each.proto for each in app.get("bidi_component") if name in each.proto.id]
    for each in found:
        assert each.component_name == "hepar.taking"
        assert each.js_source_path == "taking.js"
        assert not each.js_content  # which the policy would forbid
    return found


def data_of(app, name):
    (proto,) = components(app, name)
    return json.loads(proto.json or proto.mixed.json)


def test_images_are_made_once_they_are_asked_for():
    app = with_columns(COLUMNS, page="survival.py")
    assert components(app, "taking-") == []
    app = unfolded(app, "download-survival-os")
    sizes = data_of(app, "taking-survival-os")["sizes"]
    assert [size["mm"] for size in sizes] == [85, 180]
    for size in sizes:
        assert json.loads(size["spec"])["layout"]["font"]["size"] == SIZE
        assert "<img" not in size["spec"]


def test_a_copied_table_holds_text_of_a_file_as_text():
    app = with_columns(COLUMNS, page="survival.py")
    copies = {each["name"]: each for each in data_of(app, "copies-survival-os")["copies"]}
    assert EVIL in copies["Copy the table"]["plain"]
    assert "<img" not in copies["Copy the table"]["html"]
    assert "&lt;img src=x onerror=alert(1)&gt;" in copies["Copy the table"]["html"]
    assert copies["Copy the sentences"]["plain"].startswith("Median overall survival")
