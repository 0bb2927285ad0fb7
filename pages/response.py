"""Who responded, at each time, by modality or any other column known at baseline."""

from lib import exhibits
from lib.analyses import lacking, response
from lib.language import _
from lib.schema import COLUMNS
from lib.ui import choices, frame, gathering, parts, responding, session

frame.guard()
study = parts.heading(_("Response"))
gathering.in_place_of("response")
result = session.computed(response.by_group)
if not result.times and not study.provenance.measured:
    parts.locked(
        _("No response is recorded."),
        [COLUMNS[name] for name in lacking.RESPONDED],
        one_is_enough=True,
    )
    responding.disagreements(result)
    parts.end()

responding.asked(study)
choices.no_modality(study)
if not result.times:
    parts.empty(_("Nothing is recorded at these times."), _("Derive responses, or choose others."))
    responding.how_derived(result.derivation)
    responding.disagreements(result)
    parts.end()

responding.by_time(session.once(exhibits.response.by_group, result), result)
responding.how_derived(result.derivation)
responding.changes(result)
responding.lasted(result)
responding.disagreements(result)
