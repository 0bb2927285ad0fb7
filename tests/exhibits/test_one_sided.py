"""An endpoint of which one outcome alone has times: what is said, and what stands in its place."""

from lib import exhibits
from lib.analyses import one_sided
from tests.conftest import study_of


def test_the_times_are_listed_with_the_reason_and_no_curve():
    (found,) = one_sided.refused(
        study_of(
            {
                "os_months": [9.0, 2.04, None, None, None],
                "vital_status": ["dead"] * 2 + ["alive"] * 3,
            }
        )
    )
    said = exhibits.one_sided.refused(found)
    assert said.startswith("Overall survival: of nobody without the event is the time known")
    assert "(3 patients left out)" in said
    assert exhibits.one_sided.times(found).to_dict("list") == {
        "Patient": ["P2", "P1"],
        "With the event, months": ["2.0", "9.0"],
    }
