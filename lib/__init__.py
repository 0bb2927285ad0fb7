"""Hepar, as README's architecture has it."""

import os

__version__ = "0.2.0"
"""The one place where it stands: the wheel, plans and bundles have it from here."""

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""Before numpy reads it: threads for matrices of so few columns wait for each other, ten times as
long as one of them calculates."""
