"""A visitor's file, read in a process of its own: from its bytes to the cohort, or for an answer.

A file of a few bytes can claim billions of cells, and a large one keeps a processor busy for
seconds. Here only the worker ends, or is slow; whoever asked gets a cohort or one sentence.
"""
