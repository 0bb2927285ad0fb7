"""What a visitor chooses, and what the pages say of it."""

from datetime import timedelta
from operator import attrgetter

import pytest

from tests.conftest import START, after, as_book, as_csv
from tests.pages import visit
from tests.pages.visit import everything, go, with_file, with_sample

N = 12
FOLLOWED = {0: 100, 60: 60, 120: 60, 180: 65, 300: 90}
"""Days and sums: a confirmed PR, and PD at 300 days."""
KINDS = ("selectbox", "multiselect", "slider", "toggle", "radio", "number_input", "button_group")


def measured(**columns):
    """Twelve patients who all responded and progressed, with the columns given beside."""
    patients = {
        "patient_id": [f"P{number}" for number in range(1, N + 1)],
        "modality": ["HAI", "TACE"] * (N // 2),
        "first_procedure_date": [START.isoformat()] * N,
        "last_contact_date": [after(30).isoformat()] * N,
        **columns,
    }
    seen = [
        (name, (START + timedelta(days=day - (day == 0))).isoformat(), total)
        for name in patients["patient_id"]
        for day, total in FOLLOWED.items()
    ]
    rows = [[*patients], *zip(*patients.values(), strict=True)]
    sheet = [("patient_id", "assessment_date", "sld_mm"), *seen]
    return as_book({"patients": rows, "assessments": sheet})


UNPLACED = {
    "first_procedure_date": ["2020-01-01"] * N,
    "progression_date": ["2020-05-01"] * 8 + [""] * 4,
    "last_assessment_date": ["2020-09-01"] * N,
    "death_date": [""] * N,
    "last_contact_date": ["2021-02-01"] * N,
}
MONTHS = {"modality": ["HAI", "TACE"] * 12, "os_months": range(1, 25), "os_event": [1] * 24}
BOTH = MONTHS | {"modality": ["HAI"] * 12 + ["BOTH"] * 12, "sex": ["F", "M"] * 12}
FOUR = {"modality": ["HAI"] * 4, "response_6m": ["PR", "SD", "SD", "PD"]}
TOLD = {"response_6m": ["PR"] * (N - 1) + ["CR"], "response_12m": ["PD"] * N}
CENTRE = MONTHS | {"response_6m": ["PR", "SD", "PD"] * 8, "sex": ["F", "M"] * 12}
CENTRE |= {"age": range(40, 64), "centre": ["A"] * 24}
WORLDS = {
    "sample": lambda page: with_sample(page=page),
    "measured": lambda page: with_file("measured.xlsx", measured(), page),
    "recorded too": lambda page: with_file("measured.xlsx", measured(response_6m=["PR"] * N), page),
    "recorded otherwise": lambda page: with_file("measured.xlsx", measured(**TOLD), page),
    "unplaced": lambda page: with_file("built.csv", as_csv(UNPLACED), page),
    "months alone": lambda page: with_file("built.csv", as_csv(MONTHS), page),
    "both": lambda page: with_file("built.csv", as_csv(BOTH), page),
    "nothing but modality": lambda page: with_file(
        "a.csv", as_csv({"modality": ["HAI", "TACE"] * 3}), page
    ),
    "nobody died": lambda page: with_file(
        "a.csv", as_csv(MONTHS | {"os_event": ["no"] * 24}), page
    ),
    "one centre": lambda page: with_file("a.csv", as_csv(CENTRE), page),
    "four letters": lambda page: with_file("built.csv", as_csv(FOUR), page),
}


def choose(app, name, value):
    """Open a page, unfold a part, or choose what has a name in the plan or on the page."""
    if name == "page":
        return go(app, value)
    if name == "open":
        return visit.unfolded(app, *value)
    (found,) = [
        each
        for kind in KINDS
        for each in app.get(kind)
        if each.key == name or str(each.key).endswith(f".{name}")
    ]
    found.set_value(value).run()
    assert not app.exception
    return app


def all_of(app):
    """All that a page says, its figures and what is offered to be taken away included."""
    visit.opened_up(app, "download")
    labels = [visit.bare(each.label) for each in (*app.tabs, *app.expander, *app.selectbox)]
    captions = visit.words((*app.caption, *app.code))
    return "\n".join(
        [everything(app), *labels, *captions, *(each.spec for each in visit.figures(app))]
    )


@pytest.mark.cases
def test_a_page_says_what_was_chosen(world, choices, said, unsaid, cells, planned):
    (_page, first), *others = choices
    app = WORLDS[world](first)
    for name, value in others:
        app = choose(app, name, value)
    shown = all_of(app)
    assert [words for words in said if words not in shown] == []
    assert [words for words in unsaid if words in shown] == []
    tables = visit.tables(app)
    for row, column, words in cells:
        held = [each.loc[row] for each in tables if row in each.index]
        found = [each[column] for each in held if column in each.index]
        assert any(cell.startswith(words) for cell in found), (row, column, held)
    for name, value in (planned or {}).items():
        found = attrgetter(name)(app.session_state["hepar.plan"])
        assert (list(found) if isinstance(found, tuple) else found) == value


def test_a_file_without_measurements_has_no_choice_of_how_to_derive():
    app = visit.with_columns({"response_6m": ["SD", "PR"] * 6}, page="response.py")
    assert [each.label for each in app.selectbox] == ["Group by", "Deaths"]
    assert list(app.number_input) == []
    assert "Response as recorded, at fixed times; whether" in everything(app)
    assert "derived" not in all_of(app)


def test_a_time_with_a_caution_wears_its_sign_on_its_tab():
    app = with_sample("open-registry", page="response.py")
    worn = [tab.label for tab in app.tabs if tab.label.startswith(":material/warning: ")]
    assert worn == [
        tab.label
        for tab in app.tabs
        if "not followed" in " ".join(each.label for each in tab.expander)
    ]
    assert ":material/warning: At 12 months" in worn
