"""`switchboard evaluate conversations`: scores every conversation without a survey; its cost."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from switchboard.settings import load_settings

if TYPE_CHECKING:
    from switchboard.overview.figure_sheets import FigureSheets
    from switchboard.overview.figure_table import Cell, FigureTable
    from switchboard.overview.period import Period
    from switchboard.overview.score_book import ScoreBook
    from switchboard.overview.scored_visits import ScoredVisit
    from switchboard.overview.visit_book import VisitBook

MOST_DAYS = 3650
WORST = 10
STEP = 500
"""Conversations from one line of progress to the next."""


def register(group: typer.Typer) -> None:
    """Add the command to the group `evaluate`."""
    group.command("conversations")(conversations)


def conversations(
    days: int = typer.Option(30, min=1, max=MOST_DAYS, help="today included, in the shop's days"),
    csv: Path = typer.Option(
        None, help="every conversation with score, reasons, cost and its story's address; -: stdout"
    ),
) -> None:
    """Score every conversation without a survey: solved or not, effort, mood, reasons, cost.

    Interrupted, it goes on where it was the next time.
    """
    from switchboard.clock import epoch_now
    from switchboard.database.connection import open_database
    from switchboard.overview.figure_sheets import FigureSheets
    from switchboard.overview.period import Period
    from switchboard.overview.score_book import ScoreBook
    from switchboard.overview.visit_book import VisitBook
    from switchboard.overview.wish_space import open_wish_space
    from switchboard.shop.policy import load_policy

    settings = load_settings()
    engine = open_database(settings.database_url)
    policy = load_policy(settings.data_dir / "policy.yml")
    figures = FigureSheets(engine, policy)
    book = ScoreBook(engine, lambda: open_wish_space(settings.data_dir / "nlu"))
    period = Period.up_to(epoch_now(), days, policy.timezone)
    _score(VisitBook(engine, policy.timezone), book, period)
    if csv is None:
        print(report(figures, period))
    elif str(csv) == "-":
        sys.stdout.writelines(figures.scores(period))
    else:
        rows = write_whole(csv, figures.scores(period))
        print(f"{csv}: {rows} conversations of {days} days, worst first")


def _score(visits: VisitBook, book: ScoreBook, period: Period) -> None:
    """Read what is new and score the period, and tell how far it is on the terminal."""
    print("reading what is new ...", file=sys.stderr, flush=True)
    visits.refresh()
    told = 0

    def tell(done: int, of: int) -> None:
        nonlocal told
        if done == of or done - told >= STEP:
            told = done
            print(f"{done:,} of {of:,} conversations scored", file=sys.stderr, flush=True)

    book.refresh(float("inf"), period.first, tell)


def write_whole(path: Path, parts: Iterator[str]) -> int:
    """Write a file beside, then in its place, so that nobody finds half of it; its lines below the
    heading.

    Raises:
        OSError: it cannot be written; what was there is still there.
    """
    beside, lines = path.with_name(f"{path.name}.part"), 0
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            for part in parts:
                lines += part.count("\n")
                file.write(part)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    return lines - 1


def report(figures: FigureSheets, period: Period) -> str:
    """The figures of a period, its worst conversations and its costs, as text."""
    quality, costs = figures.quality(period), figures.costs(period)
    worst, _ = figures.worst(period, 0)
    parts = [f"{period.labels[0]} to today, {period.days} days"]
    titles = {
        "conversation-quality": "How they went",
        "solved": "Solved or not",
        "score-reasons": "What made the scores",
        "moods": "Mood at first (rows) and at last",
        "agreement": "Agreement with surveys (95 % by bootstrap; below 20 surveys nothing is told)",
    }
    for name, title in titles.items():
        parts.append(f"{title}\n{_grid(quality.tables[name])}")
    told = [_worst_line(visit, period) for visit in worst[:WORST]]
    parts.append("Worst first (the desk shows each)\n" + ("\n".join(told) or "  none"))
    parts.append(f"What a conversation costs\n{_grid(costs.tables['handling'])}")
    return "\n\n".join(parts)


def _worst_line(visit: ScoredVisit, period: Period) -> str:
    reasons = ", ".join(f"{reason} {points:+d}" for reason, points in visit.reasons)
    return (
        f"  {visit.score:>3}  {period.day_of(visit.began_at)}  {visit.solved:<12}  "
        f"{visit.ticket or visit.address}  {reasons}"
    )


def _grid(table: FigureTable) -> str:
    """A table of figures as aligned text; days without any are left out."""
    rows = [row for row in table.rows if any(cell for cell in row[1:])]
    if not rows:
        return "  nothing"
    cells = [[column.title for column in table.columns], *(list(map(_cell, row)) for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(table.columns))]
    return "\n".join(
        "  "
        + "  ".join(
            one.ljust(width) if not at else one.rjust(width)
            for at, (one, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    )


def _cell(cell: Cell) -> str:
    if cell is None:
        return "-"
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)
