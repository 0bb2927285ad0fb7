"""What is said of an endpoint of which one outcome alone has times."""

import pandas as pd

from lib import text
from lib.analyses.one_sided import Refused
from lib.language import _


def refused(found: Refused) -> str:
    """Why no curve is drawn, how many are left out, and how the times are to be read."""
    few = (
        _("{endpoint}: {reason} (left out: {n}). Below are the times of those with the event.")
        if found.happened
        else _("{endpoint}: {reason} (left out: {n}). Below are the times of those without it.")
    )
    label, reason = text.label(found.endpoint), _(found.reason)
    said = few.format(endpoint=label, reason=reason, n=found.left_out)
    return _("{said} They are no survival: whoever is left out is of the other outcome.").format(
        said=said
    )


def times(found: Refused) -> pd.DataFrame:
    """The times that are known, the shortest first."""
    title = _("With the event, months") if found.happened else _("Without the event, months")
    shown = [text.number(months) for months in found.months]
    return pd.DataFrame({_("Patient"): list(found.patients), title: shown})
