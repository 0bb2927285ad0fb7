"""What stands in a workbook, read in a process of its own; knows nothing of the project."""
