"""Chatwoot as the support desk, through an inbox of type "API".

Follows its published API (developers.chatwoot.com): contacts, conversations and messages of an
account, and the inbox's webhook. Not tested against a real server.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from typing_extensions import override

from switchboard.clock import epoch_now
from switchboard.errors import HumanDeskError
from switchboard.settings import ChatwootSettings
from switchboard.tickets.human_desk import HumanDesk
from switchboard.tickets.ticket_book import Ticket

SECONDS = 8.0
MAX_AGE = 300.0
"""Seconds for which a signed webhook call is accepted; limits replay of a captured call."""
MAX_NOTE = 20_000
UNPROCESSABLE = 422


class Chatwoot(HumanDesk):
    """Client of Chatwoot's API. A ticket is a Chatwoot conversation; ids are Chatwoot's."""

    def __init__(self, settings: ChatwootSettings) -> None:
        self._settings = settings
        self._http = httpx.Client(
            base_url=f"{settings.url}/api/v1/accounts/{settings.account}",
            headers={"api_access_token": settings.token},
            timeout=SECONDS,
        )

    @override
    def open_ticket(self, ticket: Ticket) -> str:
        """Create a contact and a conversation, with the story as a private note."""
        try:
            contact = self._contact(ticket)
            source = contact["contact_inboxes"][0]["source_id"]
            asked = {"inbox_id": self._settings.inbox, "contact_id": contact["id"]}
            conversation = self._ask("POST", "/conversations", {"source_id": source, **asked})
            desk_ticket_id = str(conversation["id"])
        except (LookupError, TypeError, StopIteration):
            raise HumanDeskError("Chatwoot: not as published", UNPROCESSABLE) from None
        story = ticket.story
        note = f"{ticket.reference} · {ticket.channel} · {ticket.language}\n{story.summary}\n\n"
        self._message(
            desk_ticket_id, (note + story.transcript)[:MAX_NOTE], "outgoing", private=True
        )
        return desk_ticket_id

    @override
    def forward_message(self, desk_ticket_id: str, text: str, key: str) -> None:
        self._message(desk_ticket_id, text, "incoming", echo_id=key)

    @override
    def close_ticket(self, desk_ticket_id: str) -> None:
        self._ask("POST", f"/conversations/{desk_ticket_id}/toggle_status", {"status": "resolved"})

    def _contact(self, ticket: Ticket) -> dict[str, Any]:
        """The customer's contact: created, or the existing one from an earlier ticket."""
        asked = {
            "inbox_id": self._settings.inbox,
            "name": f"Customer on {ticket.channel}",
            "identifier": ticket.conversation_id,
        }
        try:
            made = self._ask("POST", "/contacts", asked)
            payload = made["payload"]
            contact: dict[str, Any] = payload["contact"]
            inbox = payload.get("contact_inbox")
            return {**contact, "contact_inboxes": contact.get("contact_inboxes") or [inbox]}
        except HumanDeskError as error:
            if error.status != UNPROCESSABLE:  # the identifier exists already
                raise
        found = self._ask("GET", f"/contacts/search?q={ticket.conversation_id}")
        return next(c for c in found["payload"] if c.get("identifier") == ticket.conversation_id)

    def _message(self, desk_ticket_id: str, content: str, kind: str, **more: Any) -> None:
        asked = {"content": content, "message_type": kind, "private": False, **more}
        self._ask("POST", f"/conversations/{desk_ticket_id}/messages", asked)

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        try:
            answer = self._http.request(method, path, json=body)
            answer.raise_for_status()
            data = answer.json()
        except httpx.HTTPStatusError as error:
            raise HumanDeskError("Chatwoot refused", error.response.status_code) from None
        except (httpx.HTTPError, ValueError) as error:
            raise HumanDeskError(f"Chatwoot: {type(error).__name__}") from None
        if not isinstance(data, dict):
            raise HumanDeskError("Chatwoot: no object")
        return data


def is_signed(secret: str, timestamp: str, body: bytes, signature: str) -> bool:
    """Whether a webhook call is signed by Chatwoot and recent; compared in constant time."""
    try:
        age = abs(epoch_now() - float(timestamp))
    except ValueError:
        return False
    signed = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    expected = f"sha256={signed.hexdigest()}".encode()
    return bool(secret) and age <= MAX_AGE and hmac.compare_digest(signature.encode(), expected)


@dataclass(frozen=True)
class AgentMessage:
    """An agent's message to the customer."""

    desk_ticket_id: str
    agent: str
    text: str
    key: str


@dataclass(frozen=True)
class AgentResolution:
    """An agent resolved the ticket in Chatwoot."""

    desk_ticket_id: str


def read_event(event: Mapping[str, Any]) -> AgentMessage | AgentResolution | None:
    """The agent's message or resolution in a webhook event; None for any other event."""
    name = event.get("event")
    if name == "conversation_status_changed" and event.get("status") == "resolved":
        return AgentResolution(str(event.get("id") or ""))
    if name != "message_created" or event.get("private"):
        return None
    text, conversation, sender = (
        event.get("content"),
        event.get("conversation"),
        event.get("sender"),
    )
    if event.get("message_type") != "outgoing" or not isinstance(text, str) or not text.strip():
        return None
    desk_ticket_id = conversation.get("id") if isinstance(conversation, Mapping) else None
    agent = sender.get("name") if isinstance(sender, Mapping) else None
    return AgentMessage(
        str(desk_ticket_id or ""), str(agent or ""), text, f"chatwoot:{event.get('id')}"
    )
