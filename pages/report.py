"""The report that goes to the journal: what is in it, its words, and its files."""

from lib.language import _
from lib.ui import frame, gathering, parts, reporting

frame.guard()
study = parts.heading(_("Report"))
gathering.taken()
reporting.protocol_first()
found = reporting.made(study)
reporting.named()
reporting.masking(study, found)
drawn = reporting.files(found)
reporting.words(found)
reporting.contents(study, found)
reporting.bundled(study, drawn)
