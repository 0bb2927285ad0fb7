"""An address is that of a server, or a path."""

import pytest

from lib.registry import location


@pytest.mark.parametrize(
    ("where", "kind", "server", "inside", "name"),
    [
        ("/srv/registry", "files", "", "/srv/registry", "registry"),
        ("/srv/a#b", "files", "", "/srv/a#b", "a#b"),
        ("localities", "files", "", "localities", "localities"),
        ("local#1", "spark", "local", "1", "1"),
        ("local[2]", "files", "", "local[2]", "local[2]"),
        ("local[2]#/srv/liver/", "spark", "local[2]", "/srv/liver/", "liver"),
        ("local[*]#liver", "spark", "local[*]", "liver", "liver"),
        ("spark://head:7077#/srv/liver", "spark", "spark://head:7077", "/srv/liver", "liver"),
        ("sc://head#/srv/liver", "spark", "sc://head", "/srv/liver", "liver"),
        ("postgresql://u@db/liver", "postgresql", "postgresql://u@db/liver", "", "liver"),
        ("postgres://db/liver?port=1#f", "postgresql", "postgres://db/liver?port=1", "f", "liver"),
        ("postgresql://u:secret@db", "postgresql", "postgresql://u:secret@db", "", ""),
        ("POSTGRESQL://db/liver#f.t", "postgresql", "POSTGRESQL://db/liver", "f.t", "liver"),
    ],
)
def test_an_address_has_parts(where, kind, server, inside, name):
    found = location.of(where)
    assert found == (kind, server, inside)
    assert found.name == name
