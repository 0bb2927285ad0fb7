"""What a report of treatment through the hepatic artery is expected to say, and what bias asks.

The items stand in `reported.toml`. Whether bias is likely is never scored: each domain is a
question that authors answer.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from lib.analyses import guidelines, protocol
from lib.analyses.counted import Population
from lib.analyses.guidelines import Item
from lib.analyses.modelled import is_modelled
from lib.analyses.study import Study
from lib.language import N_, Template

_LISTED = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Expected:
    """What reports of such treatment are expected to say, or a question about bias."""

    message: Template  # what is asked, an `N_` template
    domain: Template  # of bias; '' of what is only reported
    columns: tuple[str, ...]  # the file must know any of these, where there are some
    # Keys of exhibits that answer it, or how they begin; none where authors alone can.
    shown: tuple[str, ...]


def _expected(kind: str) -> tuple[Expected, ...]:
    return tuple(
        Expected(
            N_(each["asks"], f"{kind}-{at}"),
            N_(each.get("domain", ""), f"{kind}-domain-{at}") if "domain" in each else Template(""),
            tuple(each.get("columns", ())),
            tuple(each.get("shown", ())),
        )
        for at, each in enumerate(_LISTED[kind], start=1)
    )


INTERVENTIONAL = _expected("interventional")
ROBINS = _expected("robins")


def known(study: Population, asked: Expected) -> bool:
    """Whether the file knows what an item asks for."""
    return not asked.columns or any(map(study.everybody.known, asked.columns))


def items(study: Population) -> tuple[Item, ...]:
    """The items of the two guidelines of reporting, for patients in one group too."""
    held = isinstance(study, Study) or is_modelled(study)
    found = protocol.of_arms(study) if held else None
    return guidelines.items({"read"}) if found is None else found.items
