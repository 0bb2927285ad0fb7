"""Statistics: arrays in, result objects out; knows no cohort, no plan, no data frame.

What all functions take is said here once. A life table is of one group, or holds the groups that
are named: the reference, and the comparison, of which k1 of n1 patients against k0 of n0 have
something. Events of every cause count; a cause is an event code, from 1. `confidence` is the
two-sided level of all limits, in (0, 1). Times are 0 or more, in the unit of the table. A `method`
says in words how a number was computed. What is not as it is said raises `ValueError`.
"""
