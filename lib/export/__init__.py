"""Exhibits and results as files."""

from lib.export import folder, html, xlsx

__all__ = ["folder", "html", "xlsx"]
