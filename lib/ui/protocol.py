"""The protocol of a comparison: offered before the first one is opened, changed in one place."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from lib import exhibits, text
from lib.analyses.comparison import Comparison
from lib.analyses.protocol import LATER, standing
from lib.analyses.study import Study
from lib.language import _
from lib.plan import DAYS, Plan, SurvivalPlan, with_protocol
from lib.schema import Endpoint
from lib.ui import choices, controls, drawing, parts, session

_WORDS = 300  # signs of who is eligible
_HORIZONS = (6.0, 12.0, 18.0, 24.0, 36.0, 60.0)


def offered(result: Comparison, report: bool = False) -> bool:
    """Offer to write a protocol before the first comparison is opened; whether that still waits.

    `report`: whether it is opened in a report, and not on *Compare*.
    """
    if session.protocol_answered() or not result.survivals:
        return False
    known = {each.endpoint.code: each.endpoint for each in result.survivals}
    before = session.endpoint()
    primary = known[before if before in known else next(iter(known))]
    with st.container(key="protocol-offer", border=True):
        st.markdown(
            _(
                "**Before you look:** name one endpoint and one contrast. They are then primary, "
                "and every other comparison is secondary and says so."
            )
        )
        skip = _("Report without a protocol") if report else _("Compare without a protocol")
        keep = _("Keep this protocol and go on to the report")
        st.button(skip, key="protocol-skip", on_click=session.skip_protocol)
        _form(result, known, primary, "offer")
        st.button(
            keep if report else _("Keep this protocol and compare"),
            type="primary",
            key="protocol-keep",
            on_click=partial(_keep, result, primary),
        )
    return True


def place(study: Study, result: Comparison) -> None:
    """By what patients are compared, the figure, and the protocol, written anew once changed."""
    choices.compared_column(study)
    if not result.survivals:
        return
    drawing.choices(with_ratio=True)
    st.markdown(_("**Protocol: what is primary**"))
    protocol = session.plan().protocol
    known = {each.endpoint.code: each.endpoint for each in result.survivals}
    parts.small_print(exhibits.protocol.standing(result.provenance))
    parts.small_print(exhibits.protocol.record(result.provenance))
    _form(result, known, known.get(protocol.primary), "protocol")
    if protocol.primary and not standing(session.plan()):
        st.button(
            _("Write the protocol anew, as the plan is now"),
            key="protocol-anew",
            on_click=lambda: session.choose(_anew(session.plan())),
        )


def _form(
    result: Comparison, known: Mapping[str, Endpoint], primary: Endpoint | None, where: str
) -> None:
    """What a trial would have written down, three in a row, filled from the plan.

    `where`: names the widgets: in the offer nothing is written before it is kept.
    """
    first, second, third = st.columns(3)
    with first:
        _endpoint(known, primary, where)
    with second:
        choices.level("comparison.contrast", _put("comparison.contrast"), f"{where}-contrast")
    with third:
        _horizon(where)
    if result.column.name == "modality":
        for column, later in zip(st.columns(len(LATER)), LATER, strict=True):
            field = f"protocol.{later}"
            with column:
                controls.choice(
                    field,
                    text.plain(text.raised(_(exhibits.estimand.LATER[later]))),
                    list(exhibits.protocol.STRATEGIES),
                    lambda strategy: _(exhibits.protocol.STRATEGIES[strategy]),
                    put=_put(field),
                    key=f"{where}-{later}",
                )
    words, day = st.columns([2, 1])
    with words:
        _typed(
            st.text_input,
            "protocol.eligibility",
            _("Who is eligible, besides the filters"),
            where,
            max_chars=_WORDS,
        )
    with day:
        _typed(
            st.date_input,
            "protocol.written",
            _("Date of the protocol"),
            where,
            min_value=DAYS.low,
            max_value=DAYS.high,
            format=text.day_typed(),
            help=_("As you type it: Hepar asks no clock."),
        )
    parts.small_print(exhibits.protocol.of_plan(result.provenance, primary))


def _endpoint(known: Mapping[str, Endpoint], primary: Endpoint | None, where: str) -> None:
    in_offer = where == "offer"
    options = [*known] if in_offer else ["", *known]

    def put(plan: Plan, code: str) -> Plan:
        if in_offer:
            session.show_endpoint(code)
            return plan
        protocol = replace(plan.protocol, primary=code, opened=None, digest="")
        return _anew(replace(plan, protocol=protocol))

    controls.choice(
        "protocol.primary",
        _("Primary endpoint"),
        options,
        lambda code: text.label(known[code]) if code else _("none"),
        now=primary.code if primary else "",
        put=put,
        key=f"{where}-primary",
    )


def _horizon(where: str) -> None:
    now = session.plan().survival.taus
    own = dict.fromkeys((SurvivalPlan().taus, now, *((each,) for each in _HORIZONS)))
    controls.choice(
        "survival.taus",
        _("Mean time over"),
        list(own),
        _over,
        put=_put("survival.taus"),
        key=f"{where}-taus",
    )


def _over(taus: tuple[float, ...]) -> str:
    if len(taus) == 1:
        return text.months(taus[0])
    first, *others = taus
    return _("{first}, else {others}").format(
        first=text.months(first), others=", ".join(map(text.short, others))
    )


def _typed(draw: Any, field: str, title: str, where: str, **more: Any) -> None:
    """What is typed for a field; an empty one is nothing."""
    name = field.split(".")[1]
    put = _put(field)
    controls.ask(
        draw,
        title,
        getattr(session.plan().protocol, name),
        key=f"{where}-{name}",
        then=lambda value: session.choose(put(session.plan(), value)),
        **more,
    )


def _put(field: str) -> controls.Put:
    """Give the plan another value of a field; a protocol that is written is written anew."""

    def put(plan: Plan, value: object) -> Plan:
        return _anew(controls.with_field(plan, field, value))

    return put


def _anew(plan: Plan) -> Plan:
    return with_protocol(plan, session.was_compared()) if plan.protocol.primary else plan


def _keep(result: Comparison, primary: Endpoint) -> None:
    """Write the protocol, and the two arms that it is about."""
    plan = controls.with_field(session.plan(), "protocol.primary", primary.code)
    plan = controls.with_field(plan, "comparison.reference", result.reference.code)
    plan = controls.with_field(plan, "comparison.comparison", result.comparison.code)
    session.choose(_anew(plan))
