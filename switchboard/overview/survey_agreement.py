"""How far scores agree with what customers said in surveys.

Each survey is set beside the latest conversation of its customer that had begun when they were
asked. **Rank correlation** (Spearman's rho) tells whether conversations with a better score were
rated better; **kappa** (Cohen's) whether both say of the same ones that they went well, beyond
chance: a survey of 4 or 5, a score from `GONE_WELL` on. Both with an interval of 95 % by bootstrap.
The mood of the last message alone is set beside, as what one would have without a score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from switchboard.database.tables import ratings, visit_scores, visits
from switchboard.overview.figure_table import Cell, Column, FigureTable, Unit
from switchboard.overview.mood_course import VALUES
from switchboard.overview.period import Period
from switchboard.overview.visit_score import GONE_WELL

FEWEST = 20
"""Surveys below which nothing is told."""
CONTENT = 4
"""From this survey score on a customer is content."""
ROUNDS = 1000
_SEED = 7
_Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Surveyed:
    """How many surveys gave `survey`, 1 to 5, to conversations with `measure`."""

    measure: float
    survey: int
    times: int


@dataclass(frozen=True)
class Figure:
    """A figure with its interval of 95 %."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class SurveyAgreement:
    """Of one measure with `surveys` surveys; None: too few, or all of them alike."""

    surveys: int
    rank: Figure | None = None
    kappa: Figure | None = None


def agreement_table(db: Connection, period: Period) -> FigureTable:
    """The agreement of scores with the surveys of a period."""
    found = _read(db, period)
    by_score = [Surveyed(score, survey, times) for score, _, survey, times in found]
    by_mood = [Surveyed(VALUES.get(mood, 0.0), survey, n) for _, mood, survey, n in found]
    measured = {
        "score": agreement(by_score, GONE_WELL),
        "mood of the last message alone": agreement(by_mood, 0.0),
    }
    rows: list[list[Cell]] = [
        [title, one.surveys, *_cells(one.rank), *_cells(one.kappa)]
        for title, one in measured.items()
    ]
    columns = [
        Column("Measure", Unit.WORD),
        Column("surveys"),
        *(
            Column(f"{name}{part}", Unit.SCORE)
            for name in ("rank correlation", "kappa")
            for part in ("", ", from", ", to")
        ),
    ]
    return FigureTable("agreement", columns, rows)


def _cells(figure: Figure | None) -> list[Cell]:
    return [None] * 3 if figure is None else [figure.value, figure.low, figure.high]


def _read(db: Connection, period: Period) -> list[tuple[int, str, int, int]]:
    """(score, last mood, survey, times) of the surveys that were asked for in a period."""
    begun = visits.alias()
    latest = (
        sa.select(sa.func.max(begun.c.began_at))
        .where(
            begun.c.conversation_id == ratings.c.conversation_id,
            begun.c.began_at <= ratings.c.asked_at,
        )
        .correlate(ratings)
        .scalar_subquery()
    )
    mine = (visits.c.conversation_id == ratings.c.conversation_id) & (visits.c.began_at == latest)
    alike = (visit_scores.c.score, visit_scores.c.mood_last, ratings.c.score)
    query = (
        sa.select(*alike, sa.func.count())
        .select_from(
            ratings.join(visits, mine).join(visit_scores, visit_scores.c.visit_id == visits.c.id)
        )
        .where(
            ratings.c.asked_at >= period.since,
            ratings.c.asked_at < period.until,
            ratings.c.score.is_not(None),
        )
        .group_by(*alike)
    )
    return [(int(a), str(b), int(c), int(n)) for a, b, c, n in db.execute(query)]


def agreement(found: Sequence[Surveyed], bar: float, rounds: int = ROUNDS) -> SurveyAgreement:
    """The agreement of a measure with surveys; from `bar` on it says that it went well."""
    counts = _counted(found)
    surveys = int(counts.sum())
    if surveys < FEWEST or min(counts.shape) < 2:
        return SurveyAgreement(surveys)
    # Drawing conversations anew is drawing anew how often each pair came: whatever their number.
    dice = np.random.default_rng(_SEED)
    shares = counts.ravel() / surveys
    drawn = dice.multinomial(surveys, shares, rounds).reshape(rounds, *counts.shape)
    measures = sorted({one.measure for one in found})
    well = np.array([measure >= bar for measure in measures])
    given = np.array([survey >= CONTENT for survey in sorted({one.survey for one in found})])
    return SurveyAgreement(
        surveys,
        _figure(_rank_correlations(counts[None]), _rank_correlations(drawn)),
        _figure(_kappas(counts[None], well, given), _kappas(drawn, well, given)),
    )


def _counted(found: Sequence[Surveyed]) -> _Matrix:
    """How often each measure (rows, rising) came with each survey (columns, rising)."""
    measures = {value: at for at, value in enumerate(sorted({one.measure for one in found}))}
    surveys = {value: at for at, value in enumerate(sorted({one.survey for one in found}))}
    counts = np.zeros((len(measures), len(surveys)))
    for one in found:
        counts[measures[one.measure], surveys[one.survey]] += one.times
    return counts


def _figure(value: _Matrix, drawn: _Matrix) -> Figure | None:
    if not np.isfinite(value[0]):
        return None
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return Figure(float(value[0]), float(low), float(high))


def _midranks(times: _Matrix) -> _Matrix:
    """The mean rank of those of equal value, of how often each value came, rising."""
    ranks: _Matrix = times.cumsum(axis=1) - times / 2
    return ranks


def _rank_correlations(counts: Any) -> _Matrix:
    """Spearman's rho of each of several tables of counts; nan where one side does not vary."""
    counts = np.asarray(counts, float)
    rows, columns = counts.sum(axis=2), counts.sum(axis=1)
    half = rows.sum(axis=1, keepdims=True) / 2
    x, y = _midranks(rows) - half, _midranks(columns) - half
    together = np.einsum("nij,ni,nj->n", counts, x, y)
    spread = np.sqrt((rows * x**2).sum(axis=1) * (columns * y**2).sum(axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        rho: _Matrix = together / spread
    return rho


def _kappas(counts: Any, well: NDArray[Any], given: NDArray[Any]) -> _Matrix:
    """Cohen's kappa of each of several tables of counts; nan where both always say the same one."""
    counts = np.asarray(counts, float)
    whole = counts.sum(axis=(1, 2))
    both = counts[:, well][:, :, given].sum(axis=(1, 2)) / whole
    neither = counts[:, ~well][:, :, ~given].sum(axis=(1, 2)) / whole
    first, second = (
        counts[:, well].sum(axis=(1, 2)) / whole,
        counts[:, :, given].sum((1, 2)) / whole,
    )
    chance = first * second + (1 - first) * (1 - second)
    with np.errstate(invalid="ignore", divide="ignore"):
        kappa: _Matrix = (both + neither - chance) / (1 - chance)
    return kappa
