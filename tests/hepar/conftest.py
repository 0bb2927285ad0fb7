from collections.abc import Iterator

import pytest

from tests.hepar.installed import Installed, installed


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """Hepar installed from its wheel."""
    yield installed(tmp_path_factory.mktemp("installed"))
