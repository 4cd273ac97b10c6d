"""Looks at all that can teach something, and writes down what is proposed."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import Engine

from switchboard.answering.opposed_statements import find_opposed
from switchboard.learning.findings import (
    find_bad_answers,
    find_contradictions,
    find_missing,
    find_wordings,
)
from switchboard.learning.misreadings import ALIKE_MISREAD
from switchboard.learning.proposal_book import ProposalBook, ProposalKind
from switchboard.overview.question_groups import stored_vectors
from switchboard.overview.wish_space import open_wish_space
from switchboard.shop.policy import load_policy
from switchboard.welcome.first_words import read_first_words


def asks_consent(data: Path) -> bool:
    """Whether only conversations whose customer agreed may teach.

    Raises:
        ConfigurationError: the policy cannot be read.
    """
    return read_first_words(load_policy(data / "policy.yml")).asks


def propose_all(
    engine: Engine, data: Path, since: float, until: float, heard_since: float | None = None
) -> int:
    """Propose what the conversations of a period and the files of a shop (`data`) teach; how many
    proposals are new. `heard_since`: messages before it were looked through for misread ones.

    Raises:
        ConfigurationError: a file of the shop cannot be used; what conversations teach is proposed.
        OSError: the same.
        sqlalchemy.exc.SQLAlchemyError: the database does not answer.
    """
    book, ask = ProposalBook(engine), asks_consent(data)
    space = open_wish_space(data / "nlu")

    def same_wish(first: str, second: str) -> bool:
        return space is not None and space.likeness(first, second) >= ALIKE_MISREAD

    first = since if heard_since is None else max(since, heard_since)
    new = book.propose(find_wordings(engine, same_wish if space else None, first, until, ask))
    new += book.propose(find_missing(engine, stored_vectors(), since, until, ask))
    new += book.propose(find_bad_answers(engine, since, until, ask))
    opposed = find_contradictions(find_opposed(data), until)
    return new + book.renew(ProposalKind.CONTRADICTION, opposed)
