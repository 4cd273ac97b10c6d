"""The period that the overview shows, in days of the shop, and its parts: days, weeks or months."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from functools import cached_property

LENGTHS = (7, 30, 90, 365)
"""Days to choose from."""


def local_day(at: float, zone: tzinfo) -> int:
    """The day (`date.toordinal`) of a time, where the shop is."""
    return datetime.fromtimestamp(at, zone).toordinal()


def day_begins(day: int, zone: tzinfo) -> float:
    """When a day of the shop begins; one on which clocks change has 23 or 25 hours."""
    return datetime.combine(date.fromordinal(day), datetime.min.time(), zone).timestamp()


def iso_day(day: int) -> str:
    """A day as people and tables read it."""
    return date.fromordinal(day).isoformat()


@dataclass(frozen=True)
class Period:
    """`days` days of the shop up to the day `last`, that one included."""

    days: int
    last: int
    zone: tzinfo

    @classmethod
    def up_to(cls, now: float, days: int, zone: tzinfo) -> Period:
        """The period that ends today, as much of today as there was."""
        return cls(days, local_day(now, zone), zone)

    @property
    def first(self) -> int:
        """Its first day."""
        return self.last - self.days + 1

    @cached_property
    def since(self) -> float:
        """When it begins."""
        return day_begins(self.first, self.zone)

    @cached_property
    def until(self) -> float:
        """When it ends; not itself in it."""
        return day_begins(self.last + 1, self.zone)

    @property
    def before(self) -> Period:
        """As many days before it."""
        return Period(self.days, self.first - 1, self.zone)

    @cached_property
    def _starts(self) -> list[int]:
        """The first day of each part, cut off at the period's own."""
        starts = {self.first}
        for day in range(self.first, self.last + 1):
            at = date.fromordinal(day)
            if (
                self.days <= 31
                or (self.days <= 120 and at.weekday() == 0)
                or (self.days > 120 and at.day == 1)
            ):
                starts.add(day)
        return sorted(starts)

    @property
    def labels(self) -> list[str]:
        """What each part is called: by its first day."""
        return [iso_day(day) for day in self._starts]

    @property
    def unit(self) -> str:
        """What a part is."""
        return "day" if self.days <= 31 else "week" if self.days <= 120 else "month"

    def part_of_day(self, day: int) -> int:
        """The number of the part in which a day of the period lies."""
        return max(0, bisect_right(self._starts, day) - 1)

    def part_of(self, at: float) -> int:
        """The number of the part in which a time of the period lies."""
        return self.part_of_day(local_day(at, self.zone))

    def day_of(self, at: float) -> str:
        """The shop's day of a time, as people and tables read it."""
        return iso_day(local_day(at, self.zone))
