"""A table for charts and for spreadsheets."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from switchboard.overview.figure_table import Column, FigureTable, Unit, change, share


def table(*rows):
    columns = [Column("What", Unit.TEXT), Column("times"), Column("part", Unit.SHARE)]
    return FigureTable("x", columns, rows)


def test_as_csv():
    written = table(["a", 3, 0.25], ["b, with a comma", 0, None]).as_csv()
    assert written.splitlines() == ["What,times,part", "a,3,0.25", '"b, with a comma",0,']


def test_negative_figures_are_no_formulas():
    assert table(["a", -3, -0.5]).as_csv().splitlines()[1] == "a,-3,-0.5"


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), min_size=1))
def test_no_text_is_a_formula_and_none_breaks_a_row(text):
    for start in ("=", "+", "-", "@", ""):
        written = table([start + text, 1, None]).as_csv()
        rows = list(csv.reader(io.StringIO(written, newline="")))
        assert len(rows) == 2
        assert rows[1][0].removeprefix("'") == start + text or text.startswith("'")
        assert not rows[1][0].startswith(("=", "+", "-", "@"))


def test_empty_is_what_draws_nothing():
    assert table().is_empty
    assert table(["a", 0, None]).is_empty
    assert not table(["a", 1, None]).is_empty


def test_change_and_share_of_nothing_are_nothing():
    assert (change(3, 2), change(1, 2), change(3, 0)) == (0.5, -0.5, None)
    assert (share(1, 4), share(0, 4), share(0, 0)) == (0.25, 0.0, None)
