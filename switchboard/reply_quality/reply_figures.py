"""What is measured of replies, each as statistics that add up over replies.

A figure is a function of sums: BLEU of its n-gram counts, a share of how many of how many. So the
figure of any sample of replies comes from adding up statistics, without reading a text again, and a
million replies need no more memory than a hundred.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from switchboard.reply_quality.answer_pairs import GivenReply

Matrix = NDArray[Any]


class ReplyFigure(Protocol):
    """One figure of replies."""

    name: str
    title: str
    """As tables show it."""
    better: int
    """1 where more is better, -1 where less is."""
    most: float
    """The largest value that it can have; 0 without one."""
    width: int
    """The number of statistics of a reply."""

    def statistics(self, replies: Sequence[GivenReply]) -> Matrix:
        """(replies x width). A reply that the figure says nothing of has only noughts."""

    def total(self, sums: Matrix) -> Matrix:
        """The figure of each row of sums (n x width), as (n,); NaN where nothing was counted."""


class MeanFigure:
    """A mean over replies: statistics are a sum and how many were added up."""

    better = 1
    width = 2

    def __init__(self, name: str, title: str, most: float = 1.0) -> None:
        self.name, self.title, self.most = name, title, most

    def value(self, reply: GivenReply) -> float | None:
        """The value of one reply; None where the figure says nothing of it."""
        raise NotImplementedError

    def statistics(self, replies: Sequence[GivenReply]) -> Matrix:
        """The value of each reply beside a 1."""
        found = np.zeros((len(replies), 2))
        for row, reply in enumerate(replies):
            value = self.value(reply)
            if value is not None:
                found[row] = value, 1.0
        return found

    def total(self, sums: Matrix) -> Matrix:
        """The means."""
        return ratio(sums[:, 0], sums[:, 1])


def ratio(part: Matrix, whole: Matrix) -> Matrix:
    """`part / whole`, NaN where `whole` is nought."""
    return np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)


def columns_of(figures: Sequence[ReplyFigure]) -> dict[str, slice]:
    """Where each figure's statistics stand in a row of all of them."""
    found, at = {}, 0
    for figure in figures:
        found[figure.name] = slice(at, at + figure.width)
        at += figure.width
    return found
