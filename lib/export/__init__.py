"""Exhibits and results as files."""

from lib.export import document, folder, html, xlsx

__all__ = ["document", "folder", "html", "xlsx"]
