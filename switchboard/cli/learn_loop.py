"""The loop of `switchboard learn`: what conversations teach, decided by a person, tried before it
serves."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NoReturn

import typer
from sqlalchemy.engine import Engine

from switchboard.cli.train import MODELS, STAMP, fingerprint, rasa_environment
from switchboard.clock import DAY, epoch_now, utc_now
from switchboard.database.connection import open_database
from switchboard.learning.accepted_drafts import draft_place, write_accepted
from switchboard.learning.candidate import Candidate, NoCandidate
from switchboard.learning.proposal_book import (
    AlreadyDecided,
    Proposal,
    ProposalBook,
    ProposalKind,
    ProposalState,
)
from switchboard.project import PROJECT, VAR
from switchboard.settings import load_settings

LOOK_SECONDS = 1.0
"""Between two looks for new messages."""
TERMINAL = "terminal"
"""Who decided, where nobody is signed in."""


def propose(days: int = typer.Option(30, min=1, help="of conversations")) -> None:
    """Look through conversations and files for what is missing, misread or contradictory."""
    from switchboard.learning.proposing import propose_all

    engine, until = open_engine(), epoch_now()
    print(f"looking through {days} days ...", flush=True)
    new = propose_all(engine, load_settings().data_dir, until - days * DAY, until)
    left = len(ProposalBook(engine).list())
    print(f"{new} new proposals, {left} open; see them with: switchboard learn list")


def list_proposals(
    kind: ProposalKind = typer.Option(None, help="only of this kind"),
    state: ProposalState = typer.Option(ProposalState.OPEN, help="open, accepted, …"),
) -> None:
    """Show proposals with their evidence, those with the most first."""
    for proposal in ProposalBook(open_engine()).list(state, kind):
        _show(proposal)


def _show(proposal: Proposal) -> None:
    suggested = f" → {proposal.suggestion}" if proposal.suggestion else ""
    print(f"{proposal.id:>5} {proposal.kind.value} ({proposal.language}, {proposal.times}×)")
    print(f"      {proposal.subject}{suggested}")
    for piece in proposal.evidence[:3]:
        later = f" / {piece.later}" if piece.later else ""
        print(f"        {piece.sign}: {piece.said}{later}")
    place = draft_place(proposal)
    if place and proposal.state is ProposalState.WRITTEN:
        print(f"      {_drafts() / place}")


def accept(
    numbers: list[int] = typer.Argument(None, help="of proposals, as listed"),
    suggestion: str = typer.Option("", "--as", help="another intent than the proposed one"),
    text: str = typer.Option("", help="other words"),
    everything: bool = typer.Option(False, "--all", help="all that are open; --kind: of a kind"),
    kind: ProposalKind = typer.Option(None, help="with --all: only of this kind"),
) -> None:
    """Take proposals on, as they are, one of them also corrected; what people have to write
    becomes a draft."""
    if bool(numbers) == everything or (kind and not everything):
        raise typer.BadParameter("name their numbers, or --all (and --kind)")
    if (suggestion or text) and len(numbers or ()) != 1:
        raise typer.BadParameter("--as and --text correct one proposal")
    book = ProposalBook(open_engine())
    if suggestion or text:
        _decide(lambda: book.accept(numbers[0], TERMINAL, suggestion, text))
        wanted = accepted = [numbers[0]]
    else:
        wanted = [one.id for one in book.list(kind=kind)] if everything else list(numbers)
        accepted = list(book.accept_several(wanted, TERMINAL))
        print(f"{len(accepted)} accepted")
    for path in write_accepted(book, _drafts()):
        print(path)
    if left := [number for number in wanted if number not in accepted]:
        _refuse(f"not open: {', '.join(map(str, left))}")


def reject(numbers: list[int] = typer.Argument(..., help="of proposals, as listed")) -> None:
    """Turn proposals down, for good."""
    book = ProposalBook(open_engine())
    for number in numbers:
        _decide(partial(book.reject, number, TERMINAL))


def train() -> None:
    """Make a candidate: the shop's files with the accepted wordings, and a model of them."""
    found, book = open_candidate(), ProposalBook(open_engine())
    wordings = [
        *book.list(ProposalState.WRITTEN, ProposalKind.WORDING),
        *book.list(ProposalState.ACCEPTED, ProposalKind.WORDING),
    ]
    added = found.prepare(wordings)
    print(f"{added} new examples; training a candidate (some minutes) ...", flush=True)
    command: list[str | Path] = [Path(sys.executable).parent / "rasa"]
    command += ["train", "--force", "--skip-validation", "--out", "models"]  # as `train` checked
    command += ["--fixed-model-name", found.model.name.removesuffix(".tar.gz")]
    log = found.folder / "train.log"
    with log.open("wb") as out:
        done = subprocess.run(
            command, cwd=found.folder, env=rasa_environment(), stdout=out, stderr=out
        )
    if done.returncode != 0 or not found.model.exists():
        typer.echo(log.read_text(errors="replace")[-2000:], err=True)
        raise typer.Exit(1)
    print("compare it with the one that serves: switchboard learn compare")


def activate(force: bool = typer.Option(False, help="also if it is not better")) -> None:
    """Put the candidate into service; servers that run take it up when they are started anew."""
    found, name = open_candidate(), f"{utc_now():%Y%m%d-%H%M%S}-learned.tar.gz"
    # Of its own files: where the shop's have changed meanwhile, the model is not of them.
    stamp = STAMP.name, f"{name} {fingerprint(found.folder)}"
    numbers = found.activate(MODELS, name, stamp, force)
    ProposalBook(open_engine()).note_written(numbers)
    print(f"{len(numbers)} wordings are in service; back with: switchboard learn rollback")


def rollback() -> None:
    """Bring back the model and the examples that the last activation replaced."""
    numbers = open_candidate().roll_back(MODELS)
    ProposalBook(open_engine()).note_taken_back(numbers)
    print("the model before is back; start the servers anew")


def shadow(
    minutes: float = typer.Option(60, min=0, help="for which it reads along; 0: what is there"),
    since: int = typer.Option(None, "--from", help="the id of an event; else from now on"),
) -> None:
    """Let the candidate read what customers write, without a word, and show where it differs."""
    from switchboard.cli.model_reader import ModelReader
    from switchboard.learning.shadow import Shadow

    found = open_candidate()
    if not found.model.exists():
        raise NoCandidate("the candidate is not trained: run switchboard learn train")
    follower = Shadow(open_engine(), ModelReader(found.model), since)
    until = time.monotonic() + minutes * 60
    read = different = 0
    try:
        while True:
            for one in follower.follow(lambda: False):
                read += 1
                if one.differs:
                    different += 1
                    print(f"{one.serving} / {one.candidate}: {one.text}", flush=True)
            if time.monotonic() >= until:
                break
            time.sleep(LOOK_SECONDS)
    except KeyboardInterrupt:
        pass
    print(f"{read} messages read, {different} read as something else")


def open_candidate() -> Candidate:
    """The candidate of this project."""
    return Candidate(PROJECT, VAR / "learning")


def open_engine() -> Engine:
    """The deployment's database."""
    return open_database(load_settings().database_url)


def _drafts() -> Path:
    return load_settings().data_dir / "drafts"


def _decide(act: Callable[[], None]) -> None:
    try:
        act()
    except AlreadyDecided as error:
        _refuse(str(error))


def _refuse(why: str) -> NoReturn:
    typer.echo(f"switchboard: {why}", err=True)
    raise typer.Exit(1)
