"""One modality against another: balance, response, survival, and what may be claimed."""

from lib.analyses import comparison
from lib.language import _
from lib.ui import choices, comparing, frame, gathering, parts, protocol, session

frame.guard()
study = parts.heading(_("Compare"))
gathering.in_place_of("compare")
result = session.computed(comparison.of_arms)
if result is None:
    choices.compared_column(study)
    parts.cautions(comparison.why_not(study), "arms")
    choices.no_arms(study)
    parts.end()

row = parts.asked()
with row:
    choices.arms(result)
if protocol.offered(result):
    parts.end()

session.comparison_opened()
with row:
    contrast = comparing.chosen(result)
    parts.more("protocol", protocol.place, study, result)
shown = comparing.curves(result, contrast)
comparing.first(result, shown)
comparing.tabs(result, shown, contrast.endpoint if contrast else None)
comparing.in_full(result, shown)
comparing.many(result)
