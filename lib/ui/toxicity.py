"""Complications on the Compare page."""

from lib import exhibits
from lib.analyses import toxicity
from lib.language import _
from lib.schema import TABLES
from lib.ui import parts, session


def complications() -> None:
    """Complications by procedure and of both arms' patients, and who died early."""
    result = session.computed(toxicity.of_arms)
    if result is None:
        return
    if not result.worst:
        parts.locked(
            _("No grade of a complication is recorded in this file."),
            [TABLES["adverse_events"][name] for name in ("term", "scale", "grade")],
            [TABLES["patients"][name] for name in ("ctcae_grade", "cirse_grade")],
        )
    parts.exhibit(session.once(exhibits.toxicity.of_arms, result))
