"""Statistics: arrays in, result objects out; knows no cohort, no plan, no data frame."""
