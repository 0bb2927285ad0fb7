"""What the benchmark of registries measures is there to be measured."""

from benchmarks import registry as benchmark
from lib import registry
from lib.registry.prepare import prepare


def test_every_question_of_the_benchmark_has_an_answer(tmp_path):
    (tmp_path / "source").mkdir()
    benchmark.made(3_000, tmp_path / "source" / "patients.parquet")
    prepare(str(tmp_path / "source"), tmp_path / "registry", workers=1)
    asked = registry.open(str(tmp_path / "registry"))

    for question in benchmark.QUESTIONS.values():
        question(asked)
