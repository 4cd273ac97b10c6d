"""What is known of the customer of a conversation: from itself, and from where they proved to be.

What another conversation knows counts only while this one has a valid proof, and only what was
said, or asked for, while that one had: either may have been somebody else's before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from switchboard.clock import epoch_now
from switchboard.database.tables import tickets
from switchboard.orders.identity import IdentityGate
from switchboard.orders.proved_persons import ProvedPersons, Span
from switchboard.profile.preference_book import PreferenceBook
from switchboard.profile.preferences import CALLS, LANGUAGE, SIZE

MOST_SPANS = 50


@dataclass(frozen=True)
class Profile:
    """`own` and `preferences` (those elsewhere too) are by kind; `orders` were proved here and may
    be spoken of; `cases` are references of open tickets; `spans` are where else they wrote."""

    own: Mapping[str, str] = field(default_factory=dict)
    preferences: Mapping[str, str] = field(default_factory=dict)
    orders: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing is known."""
        return not (self.preferences or self.orders or self.cases or self.spans)

    @property
    def statements(self) -> tuple[str, ...]:
        """What a model may know of it: of closed lists, without a name, an address or a number."""
        told = []
        if self.preferences.get(CALLS) == "no":
            told.append("does not want to be called on the phone")
        if LANGUAGE in self.preferences:
            named = {"en": "English", "zh": "Chinese"}[self.preferences[LANGUAGE]]
            told.append(f"asked to be written to in {named}")
        if SIZE in self.preferences:
            told.append(f"wears size {self.preferences[SIZE]}")
        if self.cases:
            told.append("has an open case with the shop's people")
        return tuple(told)


class ProfileReader:
    """Reads profiles, and forgets them. Methods raise SQLAlchemy's errors."""

    def __init__(
        self, engine: Engine, proof_minutes: int, clock: Callable[[], float] = epoch_now
    ) -> None:
        self._engine = engine
        self._gate = IdentityGate(engine, proof_minutes, clock)
        self._persons = ProvedPersons(engine, clock)
        self.book = PreferenceBook(engine, clock)

    def of(self, conversation_id: str) -> Profile:
        """What is known now."""
        spans = self._persons.elsewhere(conversation_id)[:MOST_SPANS]
        own = self.book.own(conversation_id)
        return Profile(
            own=own,
            preferences={**self.book.within(spans), **own},
            orders=tuple(self._gate.proved_orders(conversation_id)),
            cases=tuple(self._open_cases(conversation_id, spans)),
            spans=tuple(spans),
        )

    def companions(self, conversation_id: str, at: float) -> list[Span]:
        """The other conversations of whom this one was proved to be at `at` or is proved to be now,
        for agents: one span of each, the latest first."""
        found = [
            *self._persons.elsewhere(conversation_id),
            *self._persons.elsewhere(conversation_id, at),
        ]
        latest: dict[str, Span] = {}
        for span in sorted(found, key=lambda one: one.until, reverse=True):
            latest.setdefault(span.conversation_id, span)
        return list(latest.values())

    def forget(self, conversation_id: str) -> None:
        """Forget preferences and proofs here, and, where it is proved whose they are, elsewhere."""
        spans = self._persons.elsewhere(conversation_id)
        everywhere = sorted({conversation_id, *(span.conversation_id for span in spans)})
        with self._engine.begin() as db:
            self.book.forget(db, everywhere)
            self._persons.forget(db, everywhere)
        self._gate.forget(conversation_id)

    def _open_cases(self, conversation_id: str, spans: list[Span]) -> list[str]:
        t = tickets.c
        whose = [t.conversation_id == conversation_id]
        whose += [
            (t.conversation_id == span.conversation_id)
            & t.opened_at.between(span.began_at, span.until)
            for span in spans
        ]
        query = sa.select(t.reference).where(t.resolved_at.is_(None), sa.or_(*whose))
        with self._engine.connect() as db:
            return list(db.execute(query.order_by(t.opened_at.desc()).limit(5)).scalars())
