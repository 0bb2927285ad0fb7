"""Hepar from Python: cohorts of patients treated through the hepatic artery."""

from lib import __version__

__all__ = ["__version__"]
