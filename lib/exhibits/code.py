"""The few lines of public Python that make an exhibit again, from the file and the plan."""

from collections.abc import Mapping, Sequence

from lib.exhibits.exhibit import Exhibit

PLAN = "plan.toml"
_DIRECT = {
    "response.by_group": "response",
    "survival.by_group": "survival",
    "comparison.of_arms": "compare",
}
"""The analyses that the public interface has under names of their own."""
_ASKED: Mapping[str, Mapping[str, str]] = {
    "best-change": {"order": "change", "named": "True"},
    "course-in-time": {"order": "follow-up", "first": "0", "named": "True"},
    "change-over-time": {},
    "findings": {},
    "overdue": {},
    "patients": {},
    "recorded-against-derived": {},
}
"""The exhibits of single patients, with what each may be asked and what it is unless told."""


def code(shown: Exhibit) -> str:
    """The script that makes an exhibit, of the file it was made of and its plan beside it."""
    file = shown.provenance.source.name
    return f"import hepar\n\nstudy = hepar.study({file!r}, plan={PLAN!r})\n{_call(shown)}\n"


def _call(shown: Exhibit) -> str:
    analysis, *arguments = shown.made
    if shown.key == "patient":
        return f"hepar.patient(study, {arguments[0]!r})"
    if shown.key in _ASKED:
        given = _given(_ASKED[shown.key], arguments)
        return f"hepar.patients(study{given})[{shown.key!r}]"
    if analysis in _DIRECT and not shown.key.startswith("endings-"):
        given = "".join(f", {each!r}" for each in arguments)
        return f"hepar.{_DIRECT[analysis]}(study{given})"
    return f"hepar.exhibits(study)[{shown.key!r}]"


def _given(usual: Mapping[str, str], arguments: Sequence[str]) -> str:
    """The arguments that are another than usual; only an order is a text."""
    pairs = zip(usual.items(), arguments, strict=False)
    said = [(name, each) for (name, default), each in pairs if each != default]
    return "".join(f", {name}={repr(each) if name == 'order' else each}" for name, each in said)
