"""Samples under study, as most tests of exhibits need them."""

import pytest

from tests.conftest import studied


@pytest.fixture(scope="session")
def registry():
    return studied("registry")


@pytest.fixture(scope="session")
def small():
    return studied("workbook")
