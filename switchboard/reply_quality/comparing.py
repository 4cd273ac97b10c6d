"""The figures of a run by language, or of two runs side by side over the rows that both have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from switchboard.reply_quality.reply_figures import Matrix, ReplyFigure, columns_of
from switchboard.reply_quality.resampling import (
    Difference,
    Interval,
    PairedSamples,
    Samples,
    difference,
    holm,
    interval,
)
from switchboard.reply_quality.run_file import RunFile
from switchboard.reply_quality.shop_outcomes import GOALS

SURE = 0.05
"""A difference with a smaller p is told as one."""


@dataclass(frozen=True)
class FigureRow:
    """One figure: of how many replies, in this version and in the other, and what differs. `p` is
    corrected for the number of figures."""

    figure: ReplyFigure
    count: int
    mine: Interval
    theirs: Interval | None = None
    gain: Difference | None = None
    p: float = float("nan")

    @property
    def verdict(self) -> str:
        """`better` or `worse` where the difference is hardly chance; else empty."""
        if self.gain is None or not self.p < SURE:
            return ""
        return "better" if self.gain.gain.value * self.figure.better > 0 else "worse"


@dataclass(frozen=True)
class LanguageFigures:
    """The figures of one language. `alone`: rows of this run that the other does not have."""

    language: str
    replies: int
    rows: Sequence[FigureRow]
    alone: int = 0
    usual: float | None = field(default=None)
    """The perplexity of the shop's own texts, for comparison."""


def figures_of(
    run: RunFile,
    known: Sequence[ReplyFigure],
    samples: int,
    tell: Callable[[str], None] = lambda line: None,
) -> list[LanguageFigures]:
    """The figures of a run, language by language."""
    figures = _in_order(run, known)
    found = []
    for language, count in run.languages():
        tell(f"resampling {count} replies in {language}")
        drawn = Samples(samples, sum(figure.width for figure in figures))
        for chunk in run.rows(language):
            drawn.add(np.stack([row.statistics for row in chunk]))
        found.append(LanguageFigures(language, count, _rows(figures, drawn)))
    return found


def side_by_side(
    run: RunFile,
    other: RunFile,
    known: Sequence[ReplyFigure],
    samples: int,
    tell: Callable[[str], None] = lambda line: None,
) -> list[LanguageFigures]:
    """The figures that both runs have, over the rows that both have."""
    shared = set(run.figures) & set(other.figures)
    figures = [figure for figure in _in_order(run, known) if figure.name in shared]
    pick = [_picked(_in_order(one, known), figures) for one in (run, other)]
    found = []
    for language, count in run.languages():
        tell(f"comparing replies in {language}")
        drawn = PairedSamples(samples, sum(figure.width for figure in figures))
        for mine, theirs in run.beside(other, language):
            drawn.add(mine[:, pick[0]], theirs[:, pick[1]])
        rows = _paired_rows(figures, drawn)
        found.append(LanguageFigures(language, drawn.replies, rows, count - drawn.replies))
    return found


def with_goals(
    found: Sequence[LanguageFigures],
    mine: Mapping[str, Mapping[str, Matrix]],
    theirs: Mapping[str, Mapping[str, Matrix]] | None,
    samples: int,
) -> list[LanguageFigures]:
    """The same with the goals that simulated customers reached, goal by goal."""
    told = []
    for own in found:
        goals = mine.get(own.language, {})
        others = theirs.get(own.language, {}) if theirs is not None else {}
        names = sorted(goals if theirs is None else goals.keys() & others.keys())
        rows: list[FigureRow] = []
        if names and theirs is None:
            single = Samples(samples, GOALS.width)
            single.add(np.stack([goals[name] for name in names]))
            rows = _rows([GOALS], single)
        elif names:
            paired = PairedSamples(samples, GOALS.width)
            paired.add(*(np.stack([of[name] for name in names]) for of in (goals, others)))
            rows = _paired_rows([GOALS], paired)
        told.append(replace(own, rows=[*rows, *own.rows]))
    return told


def _in_order(run: RunFile, known: Sequence[ReplyFigure]) -> list[ReplyFigure]:
    by_name = {figure.name: figure for figure in known}
    return [by_name[name] for name in run.figures]


def _picked(held: Sequence[ReplyFigure], wanted: Sequence[ReplyFigure]) -> list[int]:
    """The columns of the wanted figures in a row of those held."""
    at = columns_of(held)
    return [i for figure in wanted for i in range(at[figure.name].start, at[figure.name].stop)]


def _rows(figures: Sequence[ReplyFigure], drawn: Samples) -> list[FigureRow]:
    rows = []
    for figure, at in _placed(figures):
        count = int(drawn.counted[at].max())
        mine = interval(figure, drawn.whole[:, at], drawn.drawn[:, at], count)
        if count:
            rows.append(FigureRow(figure, count, mine))
    return rows


def _paired_rows(figures: Sequence[ReplyFigure], drawn: PairedSamples) -> list[FigureRow]:
    rows = []
    for figure, at in _placed(figures):
        count = int(drawn.counted[at].max())
        mine, theirs = (
            interval(figure, whole[:, at], sums[:, at], count)
            for whole, sums in zip(drawn.wholes, drawn.drawn, strict=True)
        )
        if count:
            rows.append(FigureRow(figure, count, mine, theirs, difference(figure, at, drawn)))
    corrected = holm([row.gain.p for row in rows if row.gain])
    return [replace(row, p=p) for row, p in zip(rows, corrected, strict=True)]


def _placed(figures: Sequence[ReplyFigure]) -> Iterator[tuple[ReplyFigure, slice]]:
    at = columns_of(figures)
    return ((figure, at[figure.name]) for figure in figures)
