"""What analyses say beside their cautions: the sentences of `reasons.toml`, each by its code."""

from lib.language import Template, listed

_SENTENCES = listed(__file__)


def sentence(code: str) -> Template:
    """The sentence of a code."""
    return _SENTENCES[code]
