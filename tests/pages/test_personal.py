"""A column of people on the mapping screen: not kept, not asked about, and kept by one click."""

import pandas as pd
import streamlit as st

from lib.ui import parts
from tests.conftest import as_csv
from tests.pages import visit
from tests.pages.visit import everything, step

MAILS = [f"someone{i}@mail.example" for i in range(12)]
COLUMNS = {
    "modality": ["HAI", "TACE"] * 6,
    "os_months": range(1, 13),
    "os_event": [1, 0] * 6,
    "reach": MAILS,
}


def test_a_column_of_people_is_kept_by_one_click_and_shows_none_before():
    app = step(visit.with_file("a.csv", as_csv(COLUMNS)), "map")
    assert "reach" not in app.session_state["hepar.cohort"].patients
    assert "What only you know" not in everything(app)
    assert not [mail for mail in MAILS if mail in everything(app)]
    (keep,) = [each for each in app.button if each.label == "Keep it"]
    keep.click().run()
    assert not app.exception
    assert app.session_state["hepar.cohort"].patients["reach"].tolist() == MAILS


def test_a_table_to_take_away_neutralises_levels_of_groups_as_well(monkeypatch):
    shown = []
    monkeypatch.setattr(st, "dataframe", lambda frame, **_more: shown.append(frame))
    frame = pd.DataFrame({"=a": pd.Categorical(["=1+1", "b"]), "n": [1, 2]})
    parts.rows(frame, "k")
    assert list(shown[0]) == ["'=a", "n"]
    assert shown[0]["'=a"].tolist() == ["'=1+1", "b"]


def test_codes_that_look_like_people_come_back_by_one_click():
    codes = [f"{'ABCDEFGHIJKL'[i]}{'XYZ'[i % 3]}19{40 + i}" for i in range(12)]
    app = step(visit.with_file("a.csv", as_csv({"patient_id": codes, **COLUMNS})), "map")
    assert not [code for code in codes if code in everything(app)]
    (box,) = [
        each for each in app.radio if "'patient_id' looks like names" in visit.bare(each.label)
    ]
    box.set_value(1).run()
    assert not app.exception
    assert app.session_state["hepar.cohort"].patients["patient_id"].tolist() == codes
