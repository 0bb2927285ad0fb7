"""The chapters of the user's manual, which stands beside this file, one file a language."""

import re
from functools import cache
from pathlib import Path

from lib.analyses import adjustment
from lib.analyses.complications import EARLY
from lib.exhibits import comparison
from lib.language import _, spoken
from lib.plan import Plan
from lib.text import short

_WRAPPED = re.compile(r"(?<!\n)\n(?!\n|- |\d+\. ) *")  # a line that goes on in the next


def chapters() -> list[tuple[str, str]]:
    """Titles and words, in reading order; thresholds come from the plan's defaults."""
    known = _thresholds()
    return [(title, words.format(**known)) for title, words in _written()[1:]]


def columns_words() -> str:
    """What to know before the table of columns."""
    return _written()[0][1]


def _written() -> list[tuple[str, str]]:
    """The chapters in the visitor's language, else the English ones through the catalogue."""
    own = _manual(spoken())
    return own or [(_(title), _(words)) for title, words in _manual("en")]


@cache
def _manual(code: str) -> list[tuple[str, str]]:
    path = Path(__file__).parent / f"manual.{code}.md"
    if not path.exists():
        return []
    parts = re.split(r"^## (.+)\n", path.read_text(encoding="utf-8"), flags=re.M)[1:]
    words = (_WRAPPED.sub(" ", part.strip()) for part in parts[1::2])
    return list(zip(parts[::2], words, strict=True))


def _thresholds() -> dict[str, str]:
    plan = Plan()
    study, response, small = plan.study, plan.response, plan.small
    return {
        "window": short(response.window_days),
        "confirm": short(response.confirm_days),
        "sd": short(response.sd_days),
        "scan": short(study.assessed_every),
        "seen": short(study.seen_every),
        "unscanned": short(2 * study.assessed_every),
        "landmark": short(plan.survival.landmark),
        "horizon": comparison.horizon(plan.survival.taus),
        "early": short(EARLY),
        "arm": short(small.arm_adjusted),
        "most": short(adjustment.MOST),
        "events": short(small.events_adjusted),
        "per_term": short(small.patients_per_term),
        "per_event": short(small.events_per_term),
        "effective": short(small.effective_adjusted),
        "counted": short(small.arm_counted),
        "compared": short(small.arm_compared),
        "ratio": short(small.events_compared),
        "arm_events": short(small.arm_events_compared),
        "few": short(small.events_few),
        "tail": short(small.tail_fewest),
        "width": short(200 * small.tail_half_width),
    }
