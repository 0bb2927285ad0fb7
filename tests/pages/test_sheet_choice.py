"""The sheet and the row of the headers, as a visitor sees and changes them."""

from tests.ingest.conftest import as_csv
from tests.pages.visit import step, with_file

ROWS = [["C01", "TACE", "F", 78], ["C02", "HAI", "M", 53], ["C03", "TACE", "M", 55]]
NAMED = [["Код", "Вид РХТ", "Пол", "Возраст"], ["x", "y", "z", "w"], *ROWS]


def mapping(rows):
    return step(with_file("a.csv", as_csv(rows)), "map")


def test_the_first_rows_are_shown_where_no_row_holds_headers():
    app = mapping(ROWS)
    (fold,) = [each for each in app.expander if each.label == "No row holds headers"]
    assert fold.dataframe[0].value.to_numpy().tolist()[0] == ["C01", "TACE", "F", "78"]
    assert fold.dataframe[0].value.columns.tolist() == ["A", "B", "C", "D"]


def test_another_row_of_headers_can_be_chosen():
    app = mapping(NAMED)
    (fold,) = [each for each in app.expander if each.label == "The headers are in row 1"]
    app.session_state[fold.key] = True
    app.run()
    (fold,) = [each for each in app.expander if each.label == "The headers are in row 1"]
    assert fold.dataframe[0].value.index.tolist()[:2] == ["▶ 1", "2"]
    fold.selectbox[0].select(2).run()
    assert not app.exception
    assert [each.label for each in app.expander if "headers are" in each.label] == [
        "The headers are in row 2"
    ]
