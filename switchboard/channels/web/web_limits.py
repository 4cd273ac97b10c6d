"""How often a page, a conversation and a network address may do something."""

from __future__ import annotations

from switchboard.channels.shared_limits import SharedLimits
from switchboard.channels.web.web_sessions import RateLimit

SESSIONS_A_MINUTE = 30
EVENTS_A_MINUTE = 60
UPLOADS_A_MINUTE = 20
SESSIONS_OF_AN_ADDRESS = 60
CONVERSATIONS_OF_AN_ADDRESS = 5
"""An address may write as much as so many conversations: an office or a family is behind one."""


class WebLimits:
    """Each answers with the seconds to wait, 0 if it is allowed. An address that is not known (it
    is this machine's, as behind a proxy that nobody told of) has no bound of its own."""

    def __init__(self, messages_a_minute: int, shared: SharedLimits | None) -> None:
        many = messages_a_minute * CONVERSATIONS_OF_AN_ADDRESS
        self._messages = RateLimit("message", messages_a_minute, shared)
        self._messages_of_address = RateLimit("address message", many, shared)
        self._sessions = RateLimit("session", SESSIONS_A_MINUTE, shared)
        self._sessions_of_address = RateLimit("address session", SESSIONS_OF_AN_ADDRESS, shared)
        self._events = RateLimit("event", EVENTS_A_MINUTE, shared)
        self._uploads = RateLimit("upload", UPLOADS_A_MINUTE, shared)

    async def message(self, conversation: str, origin: str) -> float:
        """One message in a conversation, from an address."""
        wait = await self._messages.wait(conversation)
        return wait or (await self._messages_of_address.wait(origin) if origin else 0.0)

    async def session(self, sid: str, origin: str) -> float:
        """One request for a session on a connection, from an address."""
        wait = await self._sessions.wait(sid)
        return wait or (await self._sessions_of_address.wait(origin) if origin else 0.0)

    async def event(self, sid: str) -> float:
        """One event on a connection that is no message."""
        return await self._events.wait(sid)

    async def upload(self, conversation: str, origin: str) -> float:
        """One picture in a conversation, from an address."""
        wait = await self._uploads.wait(conversation)
        return wait or (await self._uploads.wait(f"address {origin}") if origin else 0.0)
