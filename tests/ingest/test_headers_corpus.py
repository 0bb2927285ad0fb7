"""Headers as people write them are understood, or asked with the right answer among the first."""

from pathlib import Path

import pytest

from tests.ingest.corpus import language, of_file, understood

CORPUS = Path(__file__).parent / "headers.txt"
UNDERSTOOD = 0.95


@pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.full)])
def test_headers_are_understood_or_asked_in_both_languages(every):
    missed = {"English": [], "Russian": []}
    lines = of_file(CORPUS)[every - 1 :: every]
    for line in lines:
        result = understood(line)
        if result not in ("mapped", "asked"):
            missed[language(line.header)].append(f"{','.join(line.fields)}|{line.header}: {result}")
    for spoken, failures in missed.items():
        n = sum(language(line.header) == spoken for line in lines)
        assert len(failures) <= (1 - UNDERSTOOD) * n, "\n".join([spoken, *failures])
