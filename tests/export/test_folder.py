import pytest

from lib.analyses.everything import Everything
from lib.exhibits.study import of_study
from lib.export import folder
from tests.conftest import studied


def test_two_exhibits_of_one_key_are_an_error():
    shown = next(of_study(Everything(studied("workbook"))))
    with pytest.raises(ValueError, match="two exhibits of one key"):
        folder.names([shown, shown])
