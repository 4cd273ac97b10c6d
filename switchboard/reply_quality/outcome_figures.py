"""What came of replies: whether there was one, whether the goal was reached, who was content.

The last two are known only where a file of pairs tells them, row by row.
"""

from __future__ import annotations

from typing_extensions import override

from switchboard.reply_quality.answer_pairs import GivenReply
from switchboard.reply_quality.reply_figures import MeanFigure


class AnsweredFigure(MeanFigure):
    """The share of questions answered where the shop has an answer, and declined where not."""

    def __init__(self) -> None:
        super().__init__("answered", "answered where it can be, else declined")

    @override
    def value(self, reply: GivenReply) -> float:
        """1 or 0."""
        return float(bool(reply.text) == bool(reply.pair.references))


class GoalFigure(MeanFigure):
    """The share of rows whose customer reached their goal."""

    def __init__(self) -> None:
        super().__init__("goals", "goals reached")

    @override
    def value(self, reply: GivenReply) -> float | None:
        """1 or 0; None where nobody knows."""
        return None if reply.pair.goal is None else float(reply.pair.goal)


class ScoreFigure(MeanFigure):
    """The mean of the customers' scores, 1 to 5."""

    def __init__(self) -> None:
        super().__init__("satisfaction", "satisfaction, 1 to 5", most=5.0)

    @override
    def value(self, reply: GivenReply) -> float | None:
        """The score; None without one."""
        return None if reply.pair.score is None else float(reply.pair.score)
