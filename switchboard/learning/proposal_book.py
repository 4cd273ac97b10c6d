"""Proposals: what conversations seem to teach, with evidence, until a person decides.

A proposal is known by its kind and subject: found again, it gains evidence; once decided, it does
not come back. All of its texts are redacted, and its evidence goes with its conversation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from switchboard.clock import epoch_now
from switchboard.database.connection import insert_new
from switchboard.database.tables import learning_evidence, learning_proposals
from switchboard.errors import SwitchboardError
from switchboard.text.normal import plain_text

MOST_EVIDENCE = 10
"""Pieces of evidence that are shown of one proposal, the newest."""
MOST_LETTERS = 500
"""Of a subject, a suggestion, or a piece of evidence."""
OF_FILES = ""
"""In the place of a conversation, for evidence that stands in the shop's files."""


class ProposalKind(str, Enum):
    """What a proposal would change."""

    WORDING = "wording"
    """An example of a known intent."""
    INTENT = "intent"
    """An intent that is missing: many open questions of one meaning."""
    ARTICLE = "article"
    """An article that is missing."""
    CONTRADICTION = "contradiction"
    """Two statements of articles or policy that cannot both hold."""
    ANSWER = "answer"
    """An answer that led to a ticket."""


class ProposalState(str, Enum):
    """Where a proposal is."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WRITTEN = "written"
    """It is in the shop's files, or among its drafts."""


class AlreadyDecided(SwitchboardError):
    """Somebody decided on the proposal meanwhile, or there is none of this number."""


@dataclass(frozen=True)
class Evidence:
    """One thing that happened: in which conversation (or `OF_FILES`), when, why it tells, and what
    was said."""

    conversation: str
    at: float
    sign: str
    said: str
    later: str = ""


@dataclass(frozen=True)
class Discovery:
    """A proposal before it has a number. `subject`: the words, the passage of an answer;
    `suggestion`: the intent of a wording, why two sentences contradict each other."""

    kind: ProposalKind
    subject: str
    language: str
    suggestion: str
    evidence: tuple[Evidence, ...]

    @property
    def key(self) -> str:
        """What makes it the same proposal when it is found again."""
        words = plain_text(self.subject).lower().strip(" .!?。！？")
        same = f"{self.kind.value}\n{self.language}\n{words}"
        return hashlib.sha256(same.encode()).hexdigest()


@dataclass(frozen=True)
class Proposal:
    """A proposal as it stands."""

    id: int
    kind: ProposalKind
    state: ProposalState
    subject: str
    language: str
    suggestion: str
    evidence: tuple[Evidence, ...]
    times: int
    decided_by: str = ""


class ProposalBook:
    """The table of proposals. Methods raise SQLAlchemy's errors."""

    def __init__(self, engine: Engine, clock: Callable[[], float] = epoch_now) -> None:
        self._engine, self._clock = engine, clock

    def propose(self, found: Iterable[Discovery]) -> int:
        """Write down what was found; how many of it are new. Discovery twice, it is one."""
        new = 0
        for one in found:
            with self._engine.begin() as db:
                new += self._propose(db, one)
        return new

    def renew(self, kind: ProposalKind, found: Iterable[Discovery]) -> int:
        """Write down all of a kind that stands in the shop's files now; how many of it are new.
        What is no longer there, and was not decided on, is gone."""
        table = learning_proposals.c
        mine = (table.kind == kind.value) & (table.state == ProposalState.OPEN.value)
        with self._engine.begin() as db:
            grounds = learning_evidence.c.proposal_id
            theirs = grounds.in_(sa.select(table.id).where(mine))
            db.execute(sa.delete(learning_evidence).where(theirs))
            new = sum(self._propose(db, one) for one in found)
            groundless = mine & table.id.not_in(sa.select(grounds))
            db.execute(sa.delete(learning_proposals).where(groundless))
        return new

    def _propose(self, db: Connection, found: Discovery) -> bool:
        table = learning_proposals.c
        row = {
            "key": found.key,
            "kind": found.kind.value,
            "state": ProposalState.OPEN.value,
            "subject": found.subject[:MOST_LETTERS],
            "language": found.language,
            "suggestion": found.suggestion[:MOST_LETTERS],
            "changed_at": self._clock(),
            "decided_by": "",
        }
        is_new = insert_new(db, learning_proposals, row)
        mine = sa.select(table.id, table.state).where(table.key == found.key)
        number, state = db.execute(mine.with_for_update()).one()
        if state != ProposalState.OPEN.value:
            return False
        more = [insert_new(db, learning_evidence, _row(number, one)) for one in found.evidence]
        if any(more) and not is_new:
            change = sa.update(learning_proposals).where(table.id == number)
            db.execute(change.values(suggestion=row["suggestion"], changed_at=self._clock()))
        return is_new

    def list(
        self, state: ProposalState = ProposalState.OPEN, kind: ProposalKind | None = None
    ) -> list[Proposal]:
        """Proposals in a state, those with the most evidence first. One whose evidence was erased
        is none any more, unless somebody decided on it."""
        query = _COUNTED.where(learning_proposals.c.state == state.value)
        if kind is not None:
            query = query.where(learning_proposals.c.kind == kind.value)
        ordered = query.order_by(_TIMES.desc(), learning_proposals.c.id)
        if state is ProposalState.OPEN:
            ordered = ordered.where(_TIMES > 0)
        with self._engine.connect() as db:
            return [_proposal(db, row) for row in db.execute(ordered).all()]

    def get(self, number: int) -> Proposal | None:
        """A proposal by its number."""
        with self._engine.connect() as db:
            row = db.execute(_COUNTED.where(learning_proposals.c.id == number)).first()
            return _proposal(db, row) if row else None

    def evidence(self, number: int, most: int) -> tuple[Evidence, ...]:
        """The newest pieces of evidence of a proposal."""
        with self._engine.connect() as db:
            return _evidence(db, number, most)

    def accept(self, number: int, by: str, suggestion: str = "", subject: str = "") -> None:
        """Take a proposal on, with a correction of what it suggests or of its words.

        Raises:
            AlreadyDecided: it is not open.
        """
        more = {"suggestion": suggestion, "subject": subject}
        given = {name: text[:MOST_LETTERS] for name, text in more.items() if text}
        self._decide(number, ProposalState.ACCEPTED, by, given)

    def accept_several(self, numbers: Iterable[int], by: str) -> Sequence[int]:
        """Take proposals on as they are; the numbers of those that were open."""
        accepted = []
        for number in numbers:
            with suppress(AlreadyDecided):
                self.accept(number, by)
                accepted.append(number)
        return accepted

    def correct(self, found: Discovery, by: str) -> None:
        """Write down and take on what a person says themselves."""
        with self._engine.begin() as db:
            self._propose(db, found)
            table = learning_proposals.c
            mine = (table.key == found.key) & (table.state != ProposalState.WRITTEN.value)
            known = {
                "state": ProposalState.ACCEPTED.value,
                "suggestion": found.suggestion[:MOST_LETTERS],
                "decided_by": by[:64],
                "changed_at": self._clock(),
            }
            db.execute(sa.update(learning_proposals).where(mine).values(**known))

    def reject(self, number: int, by: str) -> None:
        """Turn a proposal down, for good.

        Raises:
            AlreadyDecided: it is not open.
        """
        self._decide(number, ProposalState.REJECTED, by, {})

    def note_written(self, numbers: Sequence[int]) -> None:
        """Record that accepted proposals are in the shop's files."""
        self._move(numbers, ProposalState.ACCEPTED, ProposalState.WRITTEN)

    def note_taken_back(self, numbers: Sequence[int]) -> None:
        """Record that written proposals are no longer in the shop's files."""
        self._move(numbers, ProposalState.WRITTEN, ProposalState.ACCEPTED)

    def _move(self, numbers: Sequence[int], now: ProposalState, then: ProposalState) -> None:
        table = learning_proposals.c
        mine = table.id.in_(list(numbers)) & (table.state == now.value)
        with self._engine.begin() as db:
            db.execute(sa.update(learning_proposals).where(mine).values(state=then.value))

    def _decide(self, number: int, state: ProposalState, by: str, more: dict[str, str]) -> None:
        table = learning_proposals.c
        mine = (table.id == number) & (table.state == ProposalState.OPEN.value)
        change = sa.update(learning_proposals).where(mine)
        with self._engine.begin() as db:
            done = db.execute(
                change.values(
                    state=state.value, decided_by=by[:64], changed_at=self._clock(), **more
                )
            )
            if not done.rowcount:
                raise AlreadyDecided(f"proposal {number} is not open")


_TIMES = (
    sa.select(sa.func.count())
    .where(learning_evidence.c.proposal_id == learning_proposals.c.id)
    .scalar_subquery()
)
_COUNTED = sa.select(learning_proposals, _TIMES.label("times"))


def _row(number: int, piece: Evidence) -> dict[str, Any]:
    return {
        "proposal_id": number,
        "conversation_id": piece.conversation,
        "at": piece.at,
        "sign": piece.sign,
        "said": piece.said[:MOST_LETTERS],
        "later": piece.later[:MOST_LETTERS],
    }


def _evidence(db: Connection, number: int, most: int) -> tuple[Evidence, ...]:
    table = learning_evidence.c
    newest = sa.select(learning_evidence).where(table.proposal_id == number)
    found = db.execute(newest.order_by(table.at.desc()).limit(most)).all()
    return tuple(
        Evidence(one.conversation_id, one.at, one.sign, one.said, one.later) for one in found
    )


def _proposal(db: Connection, row: Row[Any]) -> Proposal:
    return Proposal(
        row.id,
        ProposalKind(row.kind),
        ProposalState(row.state),
        row.subject,
        row.language,
        row.suggestion,
        _evidence(db, row.id, MOST_EVIDENCE),
        row.times,
        row.decided_by,
    )
