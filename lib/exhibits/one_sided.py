"""What is said of an endpoint of which one outcome alone has times."""

import pandas as pd

from lib import text
from lib.analyses.one_sided import Refused
from lib.language import _, ngettext


def refused(found: Refused) -> str:
    """Why no curve is drawn, how many are left out, and how the times are to be read."""
    few = (
        ngettext(
            "{endpoint}: {reason} ({n} patient left out). Below are the times of those "
            "with the event.",
            "{endpoint}: {reason} ({n} patients left out). Below are the times of those "
            "with the event.",
            found.left_out,
        )
        if found.happened
        else ngettext(
            "{endpoint}: {reason} ({n} patient left out). Below are the times of those without it.",
            "{endpoint}: {reason} ({n} patients left out). Below are the times of those "
            "without it.",
            found.left_out,
        )
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
