"""Bytes to a cohort: spreadsheets as hospitals keep them."""

from lib.ingest.reading import read_cohort

__all__ = ["read_cohort"]
