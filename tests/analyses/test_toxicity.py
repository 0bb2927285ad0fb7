"""Complications by procedure and by patient, scales apart, and deaths within 30 days."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import exhibits
from lib.analyses import complications, toxicity
from lib.statistics.two_proportions import two_proportions
from tests.conftest import REGISTRY, SAMPLES, START, after, studied, study_of

TWELVE = ["HAI"] * 12 + ["TACE"] * 12
PATIENTS = {
    "modality": TWELVE,
    "first_procedure_date": [START] * 24,
    "last_contact_date": [after(12)] * 24,
}


def found(columns=PATIENTS, tables=None, **study):
    return toxicity.of_arms(study_of(columns, tables, **study))


def events(*rows):
    """Rows of (patient, scale, grade, pes, procedure[, date]) as a table."""
    names = ("patient_id", "scale", "grade", "pes", "procedure_date", "date")
    return {
        name: [row[at] if at < len(row) else None for row in rows] for at, name in enumerate(names)
    }


def counted(rates):
    return [(rate.k, rate.n) if rate else None for rate in rates]


@pytest.mark.cases
def test_a_grade_is_read_on_its_own_scale_and_on_no_other(name, cell, grade):
    (scale,) = [each for each in complications.SCALES if each.name == name]
    assert complications.grade_of(scale, cell) == grade


def test_each_patient_counts_once_by_the_worst_grade_and_scales_stay_apart():
    table = events(
        ("P1", "CTCAE", "2", "no", START),
        ("P1", "CTCAE v5.0", "3", "no", START),
        ("P2", "CTCAE", "1", "no", START),
        ("P2", "CIRSE", "4", "no", START),
        ("P13", "CTCAE", "5", "no", START),
    )
    ctcae, cirse = found(tables={"adverse_events": table}).worst
    assert ctcae.whole.counts.tolist() == [[10, 0, 0, 1, 0, 1, 0, 0], [11, 0, 0, 0, 0, 0, 0, 1]]
    assert counted(ctcae.whole.events.any) == [(2, 12), (1, 12)]
    assert counted(ctcae.whole.events.severe) == [(1, 12), (1, 12)]
    assert cirse.whole.counts[0].tolist() == [11, 0, 0, 0, 0, 0, 1, 0, 0]
    assert cirse.whole.counts[1].tolist() == [12, 0, 0, 0, 0, 0, 0, 0, 0]
    assert ctcae.until is ctcae.after is None  # nobody is known to have received another modality
    assert found(PATIENTS | {"modality": ["HAI"] * 24}) is None  # nothing to compare
    assert found().early.whole == ()  # without dates of death
    table = events(("P1", "CTCAE", "3", "no", START))
    (worst,) = found(tables={"adverse_events": table}).worst
    assert worst.whole.without is None  # without a flag there is no second line
    assert exhibits.toxicity.left_out(worst) == ""


@pytest.mark.parametrize("scale", ["CTCAE", "CIRSE", "SIR", "Clavien-Dindo"])
def test_a_flagged_event_counts_on_its_scale_and_a_second_line_leaves_it_out(scale):
    grade = {"SIR": "C", "Clavien-Dindo": "III"}.get(scale, "3")
    table = events(
        ("P1", scale, grade, "no", START),
        ("P13", scale, grade, "yes", START),
        ("P14", scale, grade, "yes", START),
        ("P14", scale, grade, "no", START),
        ("P15", scale, "A" if scale == "SIR" else "1", "yes", START),
    )
    result = found(tables={"adverse_events": table})
    (worst,) = result.worst
    assert counted(worst.whole.events.any) == [(1, 12), (3, 12)]
    assert counted(worst.whole.events.severe) == [(1, 12), (2, 12)]
    assert counted(worst.whole.without.any) == [(1, 12), (1, 12)]
    assert counted(worst.whole.without.severe) == [(1, 12), (1, 12)]
    assert worst.flagged == toxicity.Flagged(events=5, severe=4, flagged=3, flagged_severe=2)
    assert "3 of 5; of grade" in exhibits.toxicity.left_out(worst)
    assert worst.whole.difference.estimate.value == pytest.approx(1 / 12)  # of every event
    assert counted(result.syndrome.whole) == [(0, 12), (3, 12)]
    shown = exhibits.toxicity.others(result).set_index("What happened")
    assert shown.loc["Post-embolization syndrome"].tolist()[1].startswith("3/12")


SWITCHED = {
    "patient_id": ["P1", "P1", "P2", "P13", "P13"],
    "procedure_date": [START, after(3), START, START, after(2)],
    "modality": ["HAI", "TACE", "HAI", "TACE", "HAI"],
}


def test_an_event_counts_for_the_arm_until_the_other_modality_begins():
    table = events(
        ("P1", "CTCAE", "2", "no", START),
        ("P1", "CTCAE", "4", "yes", after(3), after(3.1)),  # after the chemoembolization
        ("P2", "CTCAE", "3", "no", None, after(9)),  # never received another
        ("P13", "CTCAE", "3", "no", None, after(2)),  # the day on which the other began
        ("P14", "CTCAE", "1", "no", START),
    )
    result = found(tables={"adverse_events": table, "procedures": SWITCHED})
    assert result.received == (1, 1)
    (worst,) = result.worst
    assert counted(worst.until.events.severe) == [(1, 12), (0, 12)]
    assert counted(worst.after.events.severe) == [(1, 1), (1, 1)]
    assert counted(worst.whole.events.severe) == [(2, 12), (1, 12)]
    assert worst.after.difference is None
    assert worst.until.counts.tolist() == [[10, 0, 0, 0, 1, 1, 0, 0], [10, 1, 0, 1, 0, 0, 0, 0]]
    shown = exhibits.toxicity.worst(result, worst).set_index("Worst grade")
    assert shown.loc["No CTCAE event at any time"].tolist() == ["10/12 (83%)"] * 2
    assert shown.loc["No CTCAE event until then, but at another time"].tolist()[1] == "1/12 (8%)"
    assert shown.loc["Grade 3 or worse, from another modality on"].tolist() == ["1/1", "1/1"]
    assert shown.loc["Grade 3 or worse, whole history"].tolist()[0].startswith("2/12")
    assert "Chemoinfusion (HAI) 1 of 12" in exhibits.toxicity.caption(result)
    assert counted(result.syndrome.until) == [(0, 12), (0, 12)]
    assert counted(result.syndrome.after) == [(1, 1), (0, 1)]


def test_the_syndrome_is_of_the_procedure_that_it_followed():
    table = events(("P1", "CTCAE", "1", "yes", after(3)), ("P13", "CTCAE", "1", "yes", START))
    result = found(tables={"adverse_events": table, "procedures": SWITCHED})
    told = {p.level.code: (p.procedures, p.syndrome) for p in result.per_procedure}
    assert told == {"HAI": (3, 0), "TACE": (2, 2)}
    assert "whole history" not in " ".join(
        exhibits.toxicity.others(result)["What happened"].tolist()[-2:]
    )


def test_an_event_of_which_nobody_knows_when_counts_in_the_whole_history_alone():
    table = events(("P1", "CTCAE", "3", "no", None), ("P2", "CTCAE", "3", "no", None))
    result = found(tables={"adverse_events": table, "procedures": SWITCHED})
    (worst,) = result.worst
    assert counted(worst.until.events.severe) == [(1, 12), (0, 12)]
    assert counted(worst.whole.events.severe) == [(2, 12), (0, 12)]
    assert worst.until.counts[0, 1] == 1  # and is not said to be without an event
    assert result.undated == 1
    assert "1 event without a day in patients who received" in exhibits.toxicity.caption(result)


def test_dates_of_the_first_of_each_kind_tell_when_the_other_began():
    later = [after(4)] + [None] * 23
    columns = PATIENTS | {
        "first_hai_date": [START] * 12 + [None] * 12,
        "first_tace_date": later[:12] + [START] * 12,
    }
    table = events(("P1", "CTCAE", "3", "no", None, after(5)))
    (worst,) = found(columns, {"adverse_events": table}).worst
    assert counted(worst.until.events.severe) == [(0, 12), (0, 12)]
    assert counted(worst.after.events.severe) == [(1, 1), None]


def test_arms_that_are_no_modalities_have_one_history():
    columns = PATIENTS | {"centre": ["A", "B"] * 12}
    table = events(("P1", "CTCAE", "3", "no", after(3)))
    result = found(columns, {"adverse_events": table, "procedures": SWITCHED}, column="centre")
    assert result.received == () and result.worst[0].until is None
    assert counted(result.worst[0].whole.events.severe) == [(1, 12), (0, 12)]


def test_nobody_with_an_event_counts_as_without_one():
    columns = PATIENTS | {"ctcae_grade": [None] * 2 + ["4", "none", None] + [None] * 19}
    table = events(
        ("P1", "CTCAE", "", "no", START),  # graded by nobody
        ("P2", "CTCAE", "worst", "no", START),
        ("P4", "CTCAE", "0", "no", START),  # says that there was none
        ("P5", "", "3", "no", START),  # on no scale
    )
    result = found(columns, {"adverse_events": table})
    (worst,) = result.worst
    assert worst.whole.counts[0].tolist() == [9, 0, 2, 0, 0, 0, 1, 0]  # P3 by the patient's row
    assert counted(worst.whole.events.any)[0] == (3, 12)
    assert result.unscaled == 1
    assert "1 event on none of these scales, in no line here." in exhibits.toxicity.caption(result)
    assert "by the patient’s row where its grade is worse" in exhibits.toxicity.caption(result)


def test_without_a_table_of_events_the_patients_row_has_the_worst_grade():
    columns = PATIENTS | {"ctcae_grade": ["3"] * 3 + [None] * 21, "pes": ["yes"] + ["no"] * 23}
    result = found(columns)
    assert result.basis == "patients"
    assert result.worst[0].whole.counts.tolist() == [[9, 0, 0, 0, 0, 3, 0, 0], [12] + [0] * 7]
    assert [rate.k for rate in result.syndrome.whole] == [1, 0]
    assert result.per_procedure == ()
    assert "empty cell counts as none" in exhibits.toxicity.caption(result)
    later = found(columns, {"procedures": SWITCHED})
    assert later.worst[0].until is None and later.syndrome.until == ()  # the row has no day
    assert "events after another modality began count for it too" in exhibits.toxicity.caption(
        later
    )


@pytest.mark.parametrize("name", ["abscess", "боль в животе", "не резкая боль", "G7"])
def test_a_complication_beside_which_no_grade_stands_is_one_of_no_grade(name):
    columns = PATIENTS | {
        "complication": [name] * 3 + [None] * 9 + [name] * 12,
        "ctcae_grade": ["3", "0"] + [None] * 22,
    }
    (worst,) = found(columns).worst
    assert worst.whole.counts.tolist() == [[10, 0, 1, 0, 0, 1, 0, 0], [0, 0, 12, 0, 0, 0, 0, 0]]
    assert counted(worst.whole.events.any) == [(2, 12), (12, 12)]
    assert "a complication is named there and none is given" in exhibits.toxicity.caption(
        found(columns)
    )


DENIALS = [
    *("нет", "Без осложнений", "осложнений не было", "не отмечено", "осложнений нет"),
    *("no complications", "none", "None observed", "not seen", "0"),
]


@pytest.mark.parametrize("denial", DENIALS)
@pytest.mark.parametrize("column", ["complication", "ctcae_grade"])
def test_a_row_that_says_that_nothing_came_has_no_complication(denial, column):
    columns = PATIENTS | {"ctcae_grade": ["3"] + [None] * 23}
    columns |= {column: [*columns.get(column, [None] * 24)[:1], denial, *[None] * 22]}
    (worst,) = found(columns).worst
    assert counted(worst.whole.events.any) == [(1, 12), (0, 12)]


def test_on_two_scales_a_patient_who_has_a_grade_on_one_is_not_of_no_grade_on_the_other():
    columns = PATIENTS | {
        "complication": ["abscess", "abscess", *[None] * 22],
        "ctcae_grade": ["3", *[None] * 23],
        "clavien_grade": [None, None, "II", *[None] * 21],
    }
    any_ = [counted(each.whole.events.any)[0] for each in found(columns).worst]
    assert any_ == [(2, 12), (2, 12)]


def test_the_difference_of_severe_ones_is_comparison_minus_reference():
    table = events(*((f"P{i}", "CTCAE", "3", "no", START) for i in (1, 2, 3, 13)))
    result = found(tables={"adverse_events": table})
    assert result.worst[0].whole.difference == two_proportions(1, 12, 3, 12)


def test_a_small_arm_has_counts_and_no_difference():
    columns = {name: values[:14] for name, values in PATIENTS.items()}
    table = events(("P1", "CTCAE", "3", "no", START))
    result = found(columns, {"adverse_events": table})
    assert result.worst[0].whole.difference is None
    assert exhibits.toxicity.difference(result, result.worst[0]) == ""
    assert exhibits.toxicity.worst(result, result.worst[0]).iloc[-1, 2] == "0/2"


PROCEDURES = {
    "patient_id": ["P1", "P1", "P1", "P13", "P13"],
    "procedure_date": [START, after(1), after(1), START, after(2)],
    "modality": ["HAI", "HAI", "HAI", "TACE", "DEB_TACE"],
}


def test_a_procedure_is_complicated_once_and_named_by_what_it_was():
    table = events(
        ("P1", "CTCAE", "1", "no", START),
        ("P1", "CTCAE", "3", "no", START),
        ("P1", "CIRSE", "1", "no", START),
        ("P13", "CTCAE", "2", "no", after(2)),
        ("P13", "CTCAE", "2", "no", after(5)),  # no procedure of that day
    )
    result = found(tables={"adverse_events": table, "procedures": PROCEDURES})
    told = [(p.level.code, p.procedures, p.complicated, p.severe) for p in result.per_procedure]
    assert told == [("HAI", 2, 1, 1), ("TACE", 2, 1, 0)]
    assert result.unlinked == 1
    assert "1 event names no procedure of its patient." in exhibits.toxicity.procedures_caption(
        result
    )
    apart = found(
        tables={"adverse_events": table, "procedures": PROCEDURES}, roll_up=False
    ).per_procedure
    assert [(p.level.code, p.complicated) for p in apart] == [
        ("HAI", 1),
        ("TACE", 0),
        ("DEB_TACE", 1),
    ]


def test_a_death_within_30_days_of_the_last_procedure_is_early():
    deaths = [None] * 24
    deaths[0], deaths[12] = after(1.5), after(2.5)  # 15 days after the last procedure of each
    columns = PATIENTS | {"death_date": deaths, "last_contact_date": [after(12)] * 23 + [START]}
    result = found(columns, {"procedures": PROCEDURES})
    assert counted(result.early.whole) == [(1, 12), (1, 12)]
    assert (result.short, result.by_first) == (1, False)
    alone = found(columns)
    assert [rate.k for rate in alone.early.whole] == [0, 0]
    assert alone.by_first
    assert "first procedure" in exhibits.toxicity.others(alone)["What happened"][0]


def test_an_early_death_counts_for_the_procedure_before_it_and_for_the_arm_until_another_began():
    deaths = [None] * 24
    deaths[0], deaths[1] = after(3.5), after(0.5)
    columns = PATIENTS | {"death_date": deaths}
    table = events(("P2", "CTCAE", "5", "no", START))
    result = found(columns, {"procedures": SWITCHED, "adverse_events": table})
    assert counted(result.early.until) == [(1, 12), (0, 12)]
    assert counted(result.early.after) == [(1, 1), (0, 1)]
    assert counted(result.early.whole) == [(2, 12), (0, 12)]
    assert {p.level.code: p.died for p in result.per_procedure} == {"HAI": 1, "TACE": 1}


def test_a_fatal_grade_in_a_living_patient_and_an_unread_one_are_cautions():
    table = events(("P1", "CTCAE", "5", "no", START), ("P2", "CTCAE", "bad", "no", START))
    result = found(tables={"adverse_events": table})
    assert [caution.code for caution in result.cautions] == ["fatal-yet-alive", "grades-unread"]
    assert result.worst[0].whole.counts[:, 2].tolist() == [1, 0]


def raw(path):
    """The sheets as the file has them, read by pandas alone: events with arm and time."""
    sheets = pd.read_excel(path, sheet_name=None, engine="calamine")
    done, listed = sheets["procedures"], sheets["adverse_events"]
    for frame, names in ((done, ["procedure_date"]), (listed, ["date", "procedure_date"])):
        frame[names] = frame[names].apply(pd.to_datetime)
    done["kind"] = done["modality"].replace({"DEB_TACE": "TACE"})
    done = done.sort_values(["patient_id", "procedure_date"])
    arm = done.groupby("patient_id")["kind"].first()
    other = done.loc[done["kind"] != done["patient_id"].map(arm)]
    began = other.groupby("patient_id")["procedure_date"].min()
    listed["arm"] = listed["patient_id"].map(arm)
    listed["after"] = listed["date"] >= listed["patient_id"].map(began)
    listed["bad"] = listed["grade"].astype(int) >= 3
    return listed, done.drop_duplicates(["patient_id", "procedure_date"]), arm


@pytest.mark.parametrize(
    ("name", "path", "severe"),
    [("registry", REGISTRY, [45, 41]), ("workbook", SAMPLES["workbook"], [2, 7])],
)
def test_the_samples_agree_with_their_raw_sheets(name, path, severe):
    listed, done, arm = raw(path)
    result = toxicity.of_arms(studied(name))
    assert [level.code for level in result.arms] == ["HAI", "TACE"]
    ctcae = listed.loc[listed["scale"] == "CTCAE"]

    def patients(rows):
        return rows.groupby("arm")["patient_id"].nunique().reindex(["HAI", "TACE"], fill_value=0)

    own = result.worst[0]
    assert [rate.k for rate in own.whole.events.severe] == severe
    assert [rate.n for rate in own.whole.events.severe] == arm.value_counts()[
        ["HAI", "TACE"]
    ].tolist()
    for part, rows in (
        (own.whole, ctcae),
        (own.until, ctcae.loc[~ctcae["after"]]),
        (own.after, ctcae.loc[ctcae["after"]]),
    ):
        for counts, kept in ((part.events, rows), (part.without, rows.loc[rows["pes"] != "yes"])):
            assert [rate.k for rate in counts.any] == patients(kept).tolist()
            assert [rate.k for rate in counts.severe] == patients(kept.loc[kept["bad"]]).tolist()
    assert own.flagged.flagged == (ctcae["pes"] == "yes").sum()
    assert own.flagged.flagged_severe == ((ctcae["pes"] == "yes") & ctcae["bad"]).sum()
    named = listed.merge(done, on=["patient_id", "procedure_date"])
    for each in result.per_procedure:
        here = named.loc[named["kind"] == each.level.code]
        days = ["patient_id", "procedure_date"]
        assert each.procedures == (done["kind"] == each.level.code).sum()
        for k, rows in (
            (each.complicated, here),
            (each.severe, here.loc[here["bad"]]),
            (each.severe_without, here.loc[here["bad"] & (here["pes"] != "yes")]),
            (each.syndrome, here.loc[here["pes"] == "yes"]),
        ):
            assert k == len(rows.drop_duplicates(days))
    assert {p.level.code: bool(p.syndrome) for p in result.per_procedure} == {
        "HAI": False,
        "TACE": True,
    }


rows = st.lists(
    st.tuples(
        st.sampled_from([f"P{i}" for i in range(1, 25)]),
        st.sampled_from(["CTCAE", "CIRSE", "", "SIR"]),
        st.sampled_from(["1", "2", "3", "4", "C", "x", ""]),
        st.sampled_from(["yes", "no", None]),
        st.sampled_from([START, after(1), after(3), None]),
    ),
    min_size=1,
    max_size=40,
)


@given(rows)
def test_every_patient_is_in_one_cell_of_each_scale_whatever_the_table_says(table):
    tables = {"adverse_events": events(*table), "procedures": SWITCHED}
    result = found(tables=tables)
    for each in result.worst:
        assert each.until.counts.sum(axis=1).tolist() == [12, 12]
        assert each.whole.counts.sum(axis=1).tolist() == [12, 12]
        assert each.after.counts.sum(axis=1).tolist() == [1, 1]
        assert each.whole.counts[:, 1].sum() == 0
        assert each.until.counts[:, 0].tolist() == each.whole.counts[:, 0].tolist()
        for part in (each.until, each.after, each.whole):
            pairs = zip(part.events.severe, part.events.any, strict=True)
            assert all(severe.k <= some.k for severe, some in pairs)
            for counts in filter(None, [part.without]):
                assert all(a.k <= b.k for a, b in zip(counts.any, part.events.any, strict=True))
    for each in result.per_procedure:
        assert 0 <= each.severe_without <= each.severe <= each.complicated <= each.procedures


def test_of_whom_nobody_knows_whether_they_died_early_is_counted():
    columns = {
        "modality": ["HAI"] * 6 + ["TACE"] * 6,
        "first_procedure_date": [START] * 12,
        "death_date": [after(2.5), None, None, None] + [None] * 8,
        "last_contact_date": [after(2.5), after(9), None, after(2.2)] + [after(9)] * 8,
        "vital_status": ["dead", "alive", "alive", "dead"] + ["alive"] * 8,
    }
    tables = {
        "procedures": {
            "patient_id": ["P1", "P1", "P1", "P4"],
            "procedure_date": [START, after(2), after(5), after(2)],  # one after the death
            "modality": ["HAI"] * 4,
        }
    }
    got = found(columns, tables)
    assert [rate.k for rate in got.early.whole] == [1, 0]
    assert got.short == 2  # P3 has no last contact; P4 died on a day that nobody wrote down
    assert "counted as not having died: n = 2." in exhibits.toxicity.caption(got)
