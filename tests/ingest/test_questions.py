"""Whatever is answered, the questions end; `cases/questions.txt` has what each is about."""

import random

import pytest
from hypothesis import settings

from lib import ingest
from lib.plan import Plan, Reading, dumps, loads
from tests.ingest.conftest import as_csv

NASTY = [
    ["id", "Статус", "Дата", "Дата операции", "Размер", "Ответ", "выживаемость", "статус X",
     "X, мес", "Смерть"],
    ["1", "0", "03/04/2019", "13/04/2019", "3,5", "SD", "62", "а", "1", "1"],
    ["2", "1", "05/06/2019", "04/13/2019", "4", "ПР", "70%", "б", "2", ""],
    ["3", "2", "05/06/2019", "04/05/2019", "2", "ПР", "-", "в", "2", ""],
]  # fmt: skip


@pytest.mark.parametrize("seed", range(settings().max_examples // 5))
def test_any_answers_come_to_an_end_and_are_kept(seed):
    """A question that was answered is not asked again, unless another answer took its column."""
    chance = random.Random(seed)
    file = ingest.open_file("a.csv", as_csv(NASTY, ";"))
    reading, answered = Reading(), set()
    for _ in range(40):
        cohort = ingest.read(file, reading)
        assert ingest.read(file, cohort.reading).patients.equals(cohort.patients)
        assert loads(dumps(Plan(reading=reading))).reading == reading
        asked = [q for q in ingest.propose(file, reading).questions if not q.settled]
        if not asked:
            return
        question = chance.choice(asked)
        assert question.kind == "column" or question.values not in answered
        answered.add(question.values)
        reading = chance.choice(question.answers).reading
    pytest.fail("the questions do not end")
