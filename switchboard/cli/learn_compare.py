"""`switchboard learn compare`: the candidate beside the model that serves."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import typer

from switchboard.cli.learn_loop import open_candidate, open_engine
from switchboard.cli.train import newest_model
from switchboard.clock import DAY, epoch_now
from switchboard.learning.candidate import Candidate, NoCandidate
from switchboard.learning.comparison import Gain, Judgement, Known, compare, judge, weigh
from switchboard.learning.heard_messages import read_heard
from switchboard.learning.held_out import confirmed, kept_back
from switchboard.learning.proposal_book import ProposalBook, ProposalState
from switchboard.learning.proposing import asks_consent
from switchboard.settings import load_settings

GOALS = "goals"
"""The shop's goals of simulated customers, below its `data/`."""
EVERY = 50
"""Messages, or conversations, from one line of progress to the next."""


def compare_models(
    days: int = typer.Option(30, min=1, help="of conversations"),
    most: int = typer.Option(500, min=10, help="messages that were read right"),
    customers: bool = typer.Option(True, help="simulated customers too, some minutes for each"),
    goals: Path = typer.Option(None, help="a folder with goals; else data/goals"),
) -> None:
    """Try the candidate and the model that serves on messages and customers that neither knows."""
    candidate, serving = open_candidate(), newest_model()
    if serving is None or not candidate.model.exists():
        raise NoCandidate("two models are needed: switchboard train, switchboard learn train")
    learned, known = _read_both(candidate, serving, days, most)
    served = None
    if customers:
        served = _serve_both(candidate, serving, goals or load_settings().data_dir / GOALS)
    judgement = judge(learned, known, served)
    gains = [gain for gain in (learned, known, served) if gain is not None]
    candidate.note(judgement, [asdict(gain) for gain in gains])
    for gain in gains:
        print(
            f"{gain.name}: {gain.cases}, serving {gain.serving:.3f}, candidate "
            f"{gain.candidate:.3f}, gain {gain.gain:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})"
        )
    print(f"the candidate is {judgement.value}")
    if judgement is Judgement.BETTER:
        print("put it into service with: switchboard learn activate")


def _read_both(candidate: Candidate, serving: Path, days: int, most: int) -> tuple[Gain, Gain]:
    """How both read wordings that were kept back, and messages that were read right before."""
    engine, until = open_engine(), epoch_now()
    book = ProposalBook(engine)
    decided = [*book.list(ProposalState.WRITTEN), *book.list(ProposalState.ACCEPTED)]
    ask = asks_consent(load_settings().data_dir)
    heard = read_heard(engine, until - days * DAY, until, ask)
    held = kept_back(decided)
    right = confirmed(heard, candidate.folder / "data", decided, most)
    texts = [reading.text for reading in (*held, *right)]
    ours, theirs = _read_with(serving, texts), _read_with(candidate.model, texts)
    return (
        compare("wordings kept back", held, ours, theirs),
        compare("messages read right before", right, ours, theirs),
    )


def _read_with(model: Path, texts: Sequence[str]) -> Known:
    from switchboard.cli.model_reader import ModelReader

    def tell(done: int) -> None:
        if done % EVERY == 0 or done == len(texts):
            print(f"{model.name}: {done} of {len(texts)} messages", flush=True)

    return Known(dict(zip(texts, ModelReader(model, tell).read(texts), strict=True)))


def _serve_both(candidate: Candidate, serving: Path, folder: Path) -> Gain | None:
    """How many of the simulated customers' goals both reach; None for a shop that has none."""
    if not folder.is_dir():
        print(f"no simulated customers: there is no folder {folder}")
        return None
    ours, theirs = _serve_with(serving, folder), _serve_with(candidate.model, folder)
    return weigh("goals of simulated customers", list(ours.values()), list(theirs.values()))


def _serve_with(model: Path, folder: Path) -> dict[tuple[str, str], float]:
    """The share of people who reached each goal, by its name and language."""
    from switchboard.cli.trial_servers import running_assistant
    from switchboard.goals.goal import read_goals
    from switchboard.goals.goal_run import run_goals

    def tell(done: int, of: int) -> None:
        if done % EVERY == 0 or done == of:
            print(f"{model.name}: {done} of {of} customers", flush=True)

    reached: dict[tuple[str, str], list[bool]] = defaultdict(list)
    chance = random.Random(1)  # noqa: S311  (the same order for both)
    with running_assistant(model) as assistant:
        judged = run_goals(assistant, read_goals(folder), folder, chance, tell)
    for talk, verdict in judged:
        reached[talk.goal.name, talk.goal.language].append(verdict.reached)
    return {goal: sum(found) / len(found) for goal, found in sorted(reached.items())}
