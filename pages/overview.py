"""The cohort at a glance, and what each page can show of it."""

from lib.language import _
from lib.ui import frame, gathering, overview, parts

frame.guard()
study = parts.heading(_("Overview"))
gathering.in_place_of("overview")
overview.waits()
overview.asked(study)
overview.glance(study)
overview.can_show(study)
overview.behind(study)
