"""What a page tells beside messages: that the customer types, ends the chat, says how it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from switchboard.conversations.log import ConversationLog
from switchboard.conversations.presence import CUSTOMER, Presence
from switchboard.database.tables import turns
from switchboard.orders.identity import IdentityGate
from switchboard.rasa_services import RasaServices
from switchboard.tickets.ratings import Ratings
from switchboard.tickets.ticket_acts import TicketActs
from switchboard.tickets.ticket_book import TicketBook


class WebSideEvents:
    """Methods raise SQLAlchemy's errors and `TicketError`. The database is opened by the first."""

    def __init__(self, services: RasaServices) -> None:
        self._services = services

    def typing(self, conversation: str) -> None:
        """Show it to the person who has the conversation; nobody else would look."""
        engine = self._services.engine
        _newest, with_a_person = ConversationLog(engine).standing(conversation)
        if with_a_person:
            Presence(engine).note(conversation, CUSTOMER, typing=True)

    def end(self, conversation: str) -> None:
        """Forget what was proved; who has the ticket is told that the customer is gone."""
        engine = self._services.engine
        IdentityGate(engine, self._services.settings.identity_minutes).forget(conversation)
        ticket = TicketBook(engine).open_for(conversation)
        if ticket is not None:
            TicketActs(engine, self._services.replies).leave(ticket)

    def rate(self, conversation: str, data: Mapping[str, Any]) -> bool:
        """Keep a score and a comment; False for anything else."""
        score, comment = data.get("score"), data.get("comment")
        if isinstance(score, bool) or not isinstance(score, int):
            return False
        latest = sa.select(turns.c.route).where(turns.c.conversation_id == conversation)
        with self._services.engine.connect() as db:
            route = db.execute(latest.order_by(turns.c.id.desc()).limit(1)).scalar()
        if route is None:  # nothing was said
            return False
        said = comment if isinstance(comment, str) else ""
        return Ratings(self._services.engine).volunteer(conversation, str(route), score, said)
