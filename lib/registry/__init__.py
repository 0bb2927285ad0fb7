"""Cohorts of any size: prepared once into facts, and counted where they lie."""
