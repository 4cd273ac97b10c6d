"""How long people worked on a ticket, measured by what they did on it.

Between two acts of people on one ticket they worked on it, for `AT_MOST` at most: who takes it,
reads, and answers three minutes later worked for three minutes; who answers again the next morning
was not at it all night. What a person does before the first act is not seen, and a ticket with a
single act was not measured.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

AT_MOST = 600.0
"""Seconds of a pause that count as work."""


def work_spans(acts: Sequence[float]) -> list[tuple[float, float]] | None:
    """(when it ended, its seconds) of each span of work between a ticket's acts, oldest first; None
    if they do not tell."""
    return list(_spans(acts)) if len(acts) > 1 else None


def _spans(acts: Sequence[float]) -> Iterator[tuple[float, float]]:
    for before, at in pairwise(acts):
        yield at, min(max(at - before, 0.0), AT_MOST)
