"""Words of statistics; `cases/totals.txt` has the rows that they head."""

from lib.ingest.totals import is_statistic, is_total


def test_words_of_statistics_are_told_from_those_that_say_more():
    assert is_total("Медиана [Q1; Q3]") and is_total("M±m") and not is_total("M")
    assert is_statistic("Итого по группе") and not is_total("Итого по группе")
    assert not is_statistic("12.03.2019") and not is_statistic("")
