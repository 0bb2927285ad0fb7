"""The cohort at a glance, and what each page can show of it."""

from lib.language import _
from lib.ui import frame, overview, parts

frame.guard()
study = parts.heading(_("Overview"))
overview.waits()
overview.asked(study)
overview.glance(study)
overview.can_show(study)
overview.behind(study)
