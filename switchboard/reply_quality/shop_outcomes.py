"""What conversations came to, which no reference answer tells: visits solved, goals, satisfaction.

Visits and scores are those that the overview counts (`switchboard/overview/`); only counts leave
the database. Goals are those of simulated customers (`python -m benchmarks.goals --results FILE`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.database.tables import ratings, visits
from switchboard.errors import ConfigurationError
from switchboard.overview.period import Period
from switchboard.overview.visits import Outcome
from switchboard.reply_quality.reply_figures import Matrix, MeanFigure
from switchboard.reply_quality.resampling import ENOUGH, LEVEL, SEED, Interval

GOALS = MeanFigure("goals reached", "goals reached by simulated customers")
_WISHES = (Outcome.SOLVED, Outcome.UNSURE, Outcome.PERSON)


@dataclass(frozen=True)
class ShopOutcome:
    """One figure of a deployment, and of how many visits or customers."""

    title: str
    count: int
    found: Interval


def read_outcomes(engine: Engine, period: Period, samples: int) -> list[ShopOutcome]:
    """The shares of visits with a wish that were solved and that went to a person, and the mean of
    customers' scores."""
    with engine.connect() as db:
        day = visits.c.day
        query = sa.select(visits.c.outcome, sa.func.count()).where(
            day >= period.first, day <= period.last
        )
        counts = {str(name): int(n) for name, n in db.execute(query.group_by(visits.c.outcome))}
        asked = (ratings.c.asked_at >= period.since, ratings.c.asked_at < period.until)
        given = sa.select(ratings.c.score, sa.func.count()).where(
            *asked, ratings.c.score.is_not(None)
        )
        scores = {int(s): int(n) for s, n in db.execute(given.group_by(ratings.c.score))}
    ended = {outcome.value: counts.get(outcome.value, 0) for outcome in _WISHES}
    whole = sum(ended.values())
    found = [
        ShopOutcome(
            title, whole, _mean({1.0: ended[of.value], 0.0: whole - ended[of.value]}, samples)
        )
        for title, of in (
            ("visits solved", Outcome.SOLVED),
            ("visits that went to a person", Outcome.PERSON),
        )
    ]
    scored = {float(score): count for score, count in scores.items()}
    content = ShopOutcome("satisfaction, 1 to 5", sum(scored.values()), _mean(scored, samples))
    return [*found, content]


def _mean(counts: Mapping[float, int], samples: int) -> Interval:
    """The mean of values that occur so many times, with its bootstrap interval."""
    whole = sum(counts.values())
    if not whole:
        return Interval(*[float("nan")] * 3)
    values, times = np.array(list(counts)), np.array(list(counts.values()))
    mean = float(values @ times / whole)
    if whole < ENOUGH:
        return Interval(mean, float("nan"), float("nan"))
    drawn = np.random.default_rng(SEED).multinomial(whole, times / whole, samples) @ values / whole
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(mean, float(low), float(high))


def read_goal_results(path: Path) -> dict[str, dict[str, Matrix]]:
    """By language and goal, how many conversations reached it and how many there were: what one
    goal's customers reach goes together, so goals are what is resampled.

    Raises:
        ConfigurationError: the file is no list of results.
    """
    found: dict[str, dict[str, Matrix]] = {}
    try:
        for row in _results(path):
            goals = found.setdefault(str(row["language"]), {})
            sums = goals.setdefault(str(row["goal"]), np.zeros(2))
            sums += (float(bool(row["reached"])), 1.0)
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{path.name} is no list of results: {error!r}") from error
    return found


def _results(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())
