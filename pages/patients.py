"""The course of each patient: best change, change over time, what happened when, who is overdue."""

from lib.language import _
from lib.ui import courses, frame, parts

frame.guard()
courses.every(parts.heading(_("Patients")))
