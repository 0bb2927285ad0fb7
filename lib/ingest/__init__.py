"""Bytes to a cohort: spreadsheets as hospitals keep them."""

from lib.ingest.opening import File, open_file
from lib.ingest.proposal import (
    Answer,
    Proposal,
    ProposedColumn,
    ProposedValue,
    Question,
    Score,
    fields,
    units_of,
)
from lib.ingest.proposing import followed, propose
from lib.ingest.reading import read, read_cohort

__all__ = [
    "Answer",
    "File",
    "Proposal",
    "ProposedColumn",
    "ProposedValue",
    "Question",
    "Score",
    "fields",
    "followed",
    "open_file",
    "propose",
    "read",
    "read_cohort",
    "units_of",
]
