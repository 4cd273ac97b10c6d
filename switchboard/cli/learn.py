"""`switchboard learn`: what conversations teach, decided by a person, tried before it serves."""

from __future__ import annotations

from collections.abc import Callable

import typer
from sqlalchemy.engine import Engine

from switchboard.clock import DAY, epoch_now
from switchboard.database.connection import open_database
from switchboard.learning.proposal_book import (
    AlreadyDecided,
    Proposal,
    ProposalBook,
    ProposalKind,
    ProposalState,
)
from switchboard.settings import load_settings
from switchboard.shop.policy import load_policy
from switchboard.welcome.first_words import read_first_words

app = typer.Typer(
    help="What conversations teach: proposals, a candidate, its way into service.",
    no_args_is_help=True,
)
TERMINAL = "terminal"
"""Who decided, where nobody is signed in."""


@app.command()
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


@app.command("list")
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


@app.command()
def accept(
    number: int = typer.Argument(..., help="of the proposal"),
    suggestion: str = typer.Option("", "--as", help="another intent than the proposed one"),
    text: str = typer.Option("", help="other words"),
) -> None:
    """Take a proposal on, as it is or corrected."""
    _decide(lambda book: book.accept(number, TERMINAL, suggestion, text))


@app.command()
def reject(number: int = typer.Argument(..., help="of the proposal")) -> None:
    """Turn a proposal down, for good."""
    _decide(lambda book: book.reject(number, TERMINAL))


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
        typer.echo(f"switchboard: {error}", err=True)
        raise typer.Exit(1) from None
