"""`switchboard evaluate`: how good the assistant is, measured."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import typer

from switchboard.errors import ConfigurationError
from switchboard.project import PROJECT
from switchboard.settings import load_settings

app = typer.Typer(no_args_is_help=True)
REPORTS = PROJECT / "reports" / "replies"
_EVERY = 2.0
"""Seconds between lines of progress."""


@app.callback()
def group() -> None:
    """How good the assistant is, measured."""


@app.command()
def replies(
    against: Path = typer.Option(
        ..., help="a table with the columns question and reference, perhaps language and reply"
    ),
    versus: str = typer.Option("", help="another version: such a table, or the folder of a run"),
    goals: Path = typer.Option(None, help="results of `python -m benchmarks.goals --results FILE`"),
    versus_goals: Path = typer.Option(None, help="the same of the other version"),
    figures: str = typer.Option("", help="which, with commas; all by default"),
    out: str = typer.Option("", help="a folder; else reports/replies/<name of the table>"),
    samples: int = typer.Option(1000, min=100, max=20_000, help="for intervals and tests"),
    days: int = typer.Option(30, min=1, max=3650, help="of conversations that are counted"),
) -> None:
    """Measure replies beside reference answers, and beside another version's.

    What has no reply in the table, the assistant is asked.
    """
    try:
        from switchboard.reply_quality.evaluating import ReplyEvaluation
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing == "switchboard":
            raise
        raise ConfigurationError(
            f"{missing} is not installed; it comes with switchboard[learn]"
        ) from None
    evaluation = ReplyEvaluation(
        settings=load_settings(),
        folder=Path(out) if out else REPORTS / against.stem,
        wanted=[name for name in figures.replace(",", " ").split() if name],
        samples=samples,
        days=days,
        tell=_progress(),
    )
    other = Path(versus) if versus else None
    print(evaluation.run(against, other, goals, versus_goals))
    print(f"-> {evaluation.folder}")


def _progress() -> Callable[[str, bool], None]:
    """Tells what goes on, at most every `_EVERY` seconds what only counts on."""
    told = 0.0

    def tell(line: str, counting: bool) -> None:
        nonlocal told
        if not counting or time.monotonic() - told >= _EVERY:
            told = time.monotonic()
            typer.echo(line, err=True)

    return tell
