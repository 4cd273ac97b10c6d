"""The loop of `switchboard learn`: what conversations teach, decided by a person, tried before it
serves."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import NoReturn

import typer
from sqlalchemy.engine import Engine

from switchboard.cli.train import (
    MODELS,
    STAMP,
    fingerprint,
    newest_model,
    rasa_environment,
)
from switchboard.clock import DAY, epoch_now, utc_now
from switchboard.database.connection import open_database
from switchboard.learning.candidate import Candidate, NoCandidate
from switchboard.learning.comparison import Judgement, Known, compare, judge
from switchboard.learning.heard_messages import read_heard
from switchboard.learning.held_out import confirmed, kept_back
from switchboard.learning.proposal_book import (
    AlreadyDecided,
    Proposal,
    ProposalBook,
    ProposalKind,
    ProposalState,
)
from switchboard.project import PROJECT, VAR
from switchboard.settings import load_settings
from switchboard.shop.policy import load_policy
from switchboard.welcome.first_words import read_first_words

LOOK_SECONDS = 1.0
"""Between two looks for new messages."""
TERMINAL = "terminal"
"""Who decided, where nobody is signed in."""


def propose(days: int = typer.Option(30, min=1, help="of conversations")) -> None:
    """Look through conversations for wordings, intents and articles that are missing."""
    from switchboard.embedding.encoder import default_encoder
    from switchboard.learning.findings import find_bad_answers, find_missing, find_wordings

    engine, encoder = open_engine(), default_encoder()
    book = ProposalBook(engine)
    until = epoch_now()
    since = until - days * DAY
    new = book.propose(find_wordings(engine, encoder, since, until, _asks_consent()))
    new += book.propose(find_missing(engine, encoder, since, until))
    new += book.propose(find_bad_answers(engine, since, until))
    print(f"{new} new proposals, {len(book.list())} open; see them with: switchboard learn list")


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


def accept(
    numbers: list[int] = typer.Argument(None, help="of proposals, as listed"),
    suggestion: str = typer.Option("", "--as", help="another intent than the proposed one"),
    text: str = typer.Option("", help="other words"),
    everything: bool = typer.Option(False, "--all", help="all that are open; --kind: of a kind"),
    kind: ProposalKind = typer.Option(None, help="with --all: only of this kind"),
) -> None:
    """Take proposals on, as they are; one of them also corrected."""
    if bool(numbers) == everything or (kind and not everything):
        raise typer.BadParameter("name their numbers, or --all (and --kind)")
    if (suggestion or text) and len(numbers or ()) != 1:
        raise typer.BadParameter("--as and --text correct one proposal")
    if suggestion or text:
        _decide(lambda book: book.accept(numbers[0], TERMINAL, suggestion, text))
        return
    book = ProposalBook(open_engine())
    wanted = [one.id for one in book.list(kind=kind)] if everything else list(numbers)
    accepted = book.accept_several(wanted, TERMINAL)
    print(f"{len(accepted)} accepted")
    if left := [number for number in wanted if number not in accepted]:
        _refuse(f"not open: {', '.join(map(str, left))}")


def reject(numbers: list[int] = typer.Argument(..., help="of proposals, as listed")) -> None:
    """Turn proposals down, for good."""
    for number in numbers:
        _decide(partial(ProposalBook.reject, number=number, by=TERMINAL))


def train() -> None:
    """Make a candidate: the shop's files with the accepted wordings, and a model of them."""
    candidate, book = _candidate(), ProposalBook(open_engine())
    wordings = [
        *book.list(ProposalState.WRITTEN, ProposalKind.WORDING),
        *book.list(ProposalState.ACCEPTED, ProposalKind.WORDING),
    ]
    added = candidate.prepare(wordings)
    print(f"{added} new examples; training a candidate (some minutes) ...", flush=True)
    command: list[str | Path] = [Path(sys.executable).parent / "rasa"]
    command += ["train", "--force", "--out", "models"]
    command += ["--fixed-model-name", candidate.model.name.removesuffix(".tar.gz")]
    _share_vectors(candidate.folder)
    log = candidate.folder / "train.log"
    with log.open("wb") as out:
        done = subprocess.run(
            command, cwd=candidate.folder, env=rasa_environment(), stdout=out, stderr=out
        )
    if done.returncode != 0 or not candidate.model.exists():
        typer.echo(log.read_text(errors="replace")[-2000:], err=True)
        raise typer.Exit(1)
    print("compare it with the one that serves: switchboard learn compare")


def _share_vectors(folder: Path) -> None:
    """Let the training there use the sentence vectors that the shop's own has kept: without them
    every example is encoded anew."""
    from switchboard.embedding.encoder import CACHE

    CACHE.mkdir(parents=True, exist_ok=True)
    (folder / "var").mkdir()
    (folder / "var" / CACHE.name).symlink_to(CACHE, target_is_directory=True)


def compare_models(
    days: int = typer.Option(30, min=1, help="of conversations"),
    most: int = typer.Option(500, min=10, help="messages that were read right"),
) -> None:
    """Read messages that neither was trained on with the candidate and the model that serves."""
    candidate, engine, until = _candidate(), open_engine(), epoch_now()
    book = ProposalBook(engine)
    decided = [*book.list(ProposalState.WRITTEN), *book.list(ProposalState.ACCEPTED)]
    heard = read_heard(engine, until - days * DAY, until, _asks_consent())
    sets = {
        "wordings kept back": kept_back(decided),
        "read right before": confirmed(heard, candidate.folder / "data", most),
    }
    serving = newest_model()
    if serving is None or not candidate.model.exists():
        raise NoCandidate("two models are needed: switchboard train, switchboard learn train")
    texts = [reading.text for readings in sets.values() for reading in readings]
    ours, theirs = _read_with(serving, texts), _read_with(candidate.model, texts)
    learned, known = (compare(name, readings, ours, theirs) for name, readings in sets.items())
    judgement, gains = judge(learned, known), (learned, known)
    candidate.note(judgement, [asdict(gain) for gain in gains])
    for gain in gains:
        print(
            f"{gain.name}: {gain.messages} messages, serving {gain.serving:.3f}, candidate "
            f"{gain.candidate:.3f}, gain {gain.gain:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})"
        )
    print(f"the candidate is {judgement.value}")
    if judgement is Judgement.BETTER:
        print("put it into service with: switchboard learn activate")


def _read_with(model: Path, texts: Sequence[str]) -> Known:
    from switchboard.cli.model_reader import ModelReader

    def tell(done: int) -> None:
        if done % 50 == 0 or done == len(texts):
            print(f"{model.name}: {done} of {len(texts)}", flush=True)

    return Known(dict(zip(texts, ModelReader(model, tell).read(texts), strict=True)))


def activate(force: bool = typer.Option(False, help="also if it is not better")) -> None:
    """Put the candidate into service; servers that run take it up when they are started anew."""
    numbers = _candidate().activate(MODELS, _new_name(), force)
    _stamp()
    ProposalBook(open_engine()).note_written(numbers)
    print(f"{len(numbers)} wordings are in service; back with: switchboard learn rollback")


def rollback() -> None:
    """Bring back the model and the examples that the last activation replaced."""
    numbers = _candidate().roll_back(MODELS, _new_name())
    _stamp()
    ProposalBook(open_engine()).note_taken_back(numbers)
    print("the model before is back; start the servers anew")


def shadow(
    minutes: float = typer.Option(60, min=0, help="for which it reads along; 0: what is there"),
    since: int = typer.Option(None, "--from", help="the id of an event; else from now on"),
) -> None:
    """Let the candidate read what customers write, without a word, and show where it differs."""
    from switchboard.cli.model_reader import ModelReader
    from switchboard.learning.shadow import Shadow

    candidate = _candidate()
    if not candidate.model.exists():
        raise NoCandidate("the candidate is not trained: run switchboard learn train")
    follower = Shadow(open_engine(), ModelReader(candidate.model), since)
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


def _candidate() -> Candidate:
    return Candidate(PROJECT, VAR / "learning")


def _new_name() -> str:
    return f"{utc_now():%Y%m%d-%H%M%S}-learned.tar.gz"


def _stamp() -> None:
    """The model in service fits the shop's files as they are now."""
    newest = newest_model()
    if newest is not None:
        STAMP.write_text(f"{newest.name} {fingerprint()}")


def open_engine() -> Engine:
    """The deployment's database."""
    return open_database(load_settings().database_url)


def _asks_consent() -> bool:
    policy = load_policy(load_settings().data_dir / "policy.yml")
    return read_first_words(policy).asks


def _decide(act: Callable[[ProposalBook], None]) -> None:
    try:
        act(ProposalBook(open_engine()))
    except AlreadyDecided as error:
        _refuse(str(error))


def _refuse(why: str) -> NoReturn:
    typer.echo(f"switchboard: {why}", err=True)
    raise typer.Exit(1)
