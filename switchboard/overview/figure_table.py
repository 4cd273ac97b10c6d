"""A table of figures: what a chart draws, what stands below it, and what is exported."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

Cell = str | int | float | None
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Unit(str, Enum):
    """How the cells of a column are read."""

    TEXT = "text"
    """Of customers, people or the calendar: shown as it is."""
    WORD = "word"
    """Ours: shown in the language of the page."""
    COUNT = "count"
    SHARE = "share"
    """0 to 1; shown of a hundred."""
    SECONDS = "seconds"
    SCORE = "score"
    MONEY = "money"
    CHANGE = "change"
    """Against the period before: 0.5 is half as much again; None where there was none."""


@dataclass(frozen=True)
class Column:
    """A column's heading and the unit of its cells."""

    title: str
    unit: Unit = Unit.COUNT


@dataclass(frozen=True)
class FigureTable:
    """A table with a name, by which it is exported. None is a cell without a figure."""

    name: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw: no row, or only noughts."""
        return not any(
            cell
            for row in self.rows
            for cell, column in zip(row, self.columns, strict=True)
            if column.unit not in (Unit.TEXT, Unit.WORD)
        )

    def as_csv(self, heading: bool = True) -> str:
        """The table as CSV, its figures unrounded; without its heading, as a further part of it."""
        written = io.StringIO()
        lines = csv.writer(written)
        if heading:
            lines.writerow([column.title for column in self.columns])
        lines.writerows([[_plain(cell) for cell in row] for row in self.rows])
        return written.getvalue()


def _plain(cell: Cell) -> Cell:
    """A cell for a spreadsheet, which must not take what a customer wrote for a formula."""
    if cell is None:
        return ""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def change(now: float, before: float) -> float | None:
    """How much more or less than before; None where there was nothing before."""
    return (now - before) / before if before else None


def share(part: float, whole: float) -> float | None:
    """A part of a whole; None of nothing."""
    return part / whole if whole else None
