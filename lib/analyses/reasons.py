"""What analyses say beside their cautions: the sentences of `reasons.toml`, each by its code."""

import tomllib
from pathlib import Path

from lib.language import Template, marked

_LISTED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_SENTENCES = {code: marked(said, code) for each in _LISTED.values() for code, said in each.items()}


def sentence(code: str) -> Template:
    """The sentence of a code."""
    return _SENTENCES[code]
