"""An address is that of a server, or a path."""

import pytest

from lib.registry import location


@pytest.mark.cases
def test_an_address_has_parts(where, kind, server, inside, name):
    found = location.of(where)
    assert found == (kind, server, inside)
    assert found.name == name
