"""How long patients lived, and lived without progression, by any column known at baseline."""

from lib import exhibits
from lib.analyses import incidence, survival
from lib.language import _
from lib.schema import ENDPOINTS
from lib.ui import choices, followed, frame, gathering, parts, session
from lib.ui.incidence import by_group

frame.guard()
study = parts.heading(_("Survival"))
gathering.in_place_of("survival")
available = session.computed(survival.available)
choices.no_endpoint(available)
available += session.computed(incidence.available)
if not available:
    parts.end()

with parts.asked():
    endpoint = choices.endpoint(available)
    choices.grouping(study)
    followed.choices(study, endpoint)
choices.no_modality(study)
if endpoint.competing:
    by_group(endpoint)
    parts.end()

result = session.computed(survival.by_group, endpoint)
beside = session.computed(survival.by_group, ENDPOINTS["PFS"]) if result.sites else None
parts.few(result.drawn)
parts.show(exhibits.survival.by_group, result, beside)
followed.folds(study, result)
