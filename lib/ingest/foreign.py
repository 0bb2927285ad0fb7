"""What is known to be no table that is read, by how it begins, and the sentence for each."""

import re

from lib import vocabulary
from lib.cohort import CohortError
from lib.ingest.sentences import sentence

_KNOWN = tuple(
    (re.compile(start.encode("latin-1"), re.DOTALL), code, program)
    for start, code, program in vocabulary.table("formats")["beginnings"]
)
"""How a file begins that is known and not read, the sentence for it, and what it is."""
_JSON = re.compile(r"(?:\[\s*)*(?:\{\s*[\"}]|\[\s*[\"\d\]-])")
"""How JSON begins, which no row of headers does."""


def refuse(data: bytes) -> None:
    """Refuse by its name what is known and is no spreadsheet."""
    for start, code, program in _KNOWN:
        if start.match(data):
            raise CohortError(sentence(code), program=program)


def refuse_text(start: str) -> None:
    """Refuse by its name a text that is written in another language than rows are."""
    if _JSON.match(start):
        raise CohortError(sentence("json"))
