"""A clock that stands until a test moves it."""

from __future__ import annotations


class Clock:
    """`now` is seconds since the epoch; by default an hour of no meaning."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
