"""Published cohorts beside the visitor's own, and a check of a paper's printed numbers."""

from lib.ui import frame, papers, parts

frame.guard()
with parts.held():
    papers.beside()
papers.check()
