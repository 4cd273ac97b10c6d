"""The figures of replies as a picture: bars with their intervals, a panel for each language."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import matplotlib

from switchboard.reply_quality.comparing import FigureRow, LanguageFigures
from switchboard.reply_quality.resampling import Interval
from switchboard.reply_quality.whole_files import written_at_once

matplotlib.use("Agg")
from matplotlib import pyplot as plt

_COLOURS = ("#1f5f8b", "#c8833a")
MOST_PANELS = 4


def draw(path: Path, found: Sequence[LanguageFigures], names: Sequence[str]) -> None:
    """Draw what is bounded (shares, cosines, points of 100, scores of 5), each of its most; the
    unbounded is told in the title. `names`: of the versions."""
    shown = [own for own in found if own.rows][:MOST_PANELS]
    if not shown:
        return
    height = 1.2 + 0.42 * max(len(own.rows) for own in shown)
    picture, panels = plt.subplots(
        1, len(shown), figsize=(5.6 * len(shown), height), squeeze=False, layout="constrained"
    )
    for panel, own in zip(panels[0], shown, strict=True):
        rows = [row for row in own.rows if row.figure.most]
        sides: list[list[Interval | None]] = [[row.mine for row in rows]]
        if len(names) > 1:
            sides.append([row.theirs for row in rows])
        deep = 0.8 / len(sides)
        for number, side in enumerate(sides):
            places = [at + (number - (len(sides) - 1) / 2) * deep for at in range(len(rows))]
            _bars(panel, places, rows, side, deep, _COLOURS[number], names[number])
        panel.set_yticks(range(len(rows)), [row.figure.title for row in rows], fontsize=8)
        panel.invert_yaxis()
        panel.set_xlim(0, 1)
        panel.set_xlabel("share of the highest value, with 95 % intervals", fontsize=8)
        panel.set_title(_title(own), fontsize=9)
    picture.legend(*panels[0][0].get_legend_handles_labels(), fontsize=8, loc="lower left")
    with written_at_once(path) as file:
        picture.savefig(file, format="png", dpi=110)
    plt.close(picture)


def _bars(
    panel: plt.Axes,
    places: Sequence[float],
    rows: Sequence[FigureRow],
    side: Sequence[Interval | None],
    deep: float,
    colour: str,
    name: str,
) -> None:
    values, below, above = [], [], []
    for row, told in zip(rows, side, strict=True):
        most, value = row.figure.most, told.value if told else math.nan
        value = 0.0 if math.isnan(value) else value
        known = told is not None and not math.isnan(told.low)
        values.append(max(value / most, 0.0))
        below.append(max((value - told.low) / most, 0.0) if told and known else 0.0)
        above.append(max((told.high - value) / most, 0.0) if told and known else 0.0)
    panel.barh(
        places,
        values,
        deep,
        xerr=[below, above],
        color=colour,
        label=name,
        ecolor="#444",
        capsize=2,
    )


def _title(own: LanguageFigures) -> str:
    parts = [f"{own.language}: {own.replies} replies"]
    for row in own.rows:
        if not row.figure.most:
            values = [row.mine.value] + ([row.theirs.value] if row.theirs else [])
            parts.append(f"{row.figure.title} {' / '.join(f'{value:.2f}' for value in values)}")
    return "\n".join(parts)
