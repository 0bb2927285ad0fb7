"""Published cohorts beside the visitor's own, and a check of a paper's printed numbers."""

from lib.ui import frame, papers

frame.guard()
papers.beside()
papers.check()
