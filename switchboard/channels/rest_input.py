"""Rasa's `rest` channel, through which the terminal speaks: commands from this machine alone."""

from __future__ import annotations

from rasa.core.channels.rest import RestInput as RasaRestInput
from sanic.request import Request
from typing_extensions import override

from switchboard.text.storable import clean_text, storable
from switchboard.text.typed_text import typed

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


class TerminalInput(RasaRestInput):
    """Replaces Rasa's class: same name, address and JSON. It is for loopback only.

    A developer's `/restart` and the payloads of buttons are commands, if they come from this
    machine itself; what a proxy passes on, against all advice, is a customer's and never a command.
    """

    @override
    async def _extract_sender(self, req: Request) -> str | None:
        sender = _given(req, "sender")
        return storable(sender) if sender else None

    @override
    def _extract_message(self, req: Request) -> str | None:
        text = _given(req, "message")
        if text is None:
            return None
        return clean_text(text) if is_local(req) else typed(text)


def is_local(request: Request) -> bool:
    """Whether a request comes from a program of this machine, by no proxy's way."""
    address = str(request.ip or "")
    near = address == "::1" or address.startswith("127.")
    return near and not any(name in request.headers for name in _FORWARDED)


def _given(request: Request, name: str) -> str | None:
    value = request.json.get(name) if isinstance(request.json, dict) else None
    return str(value) if isinstance(value, str | int) else None
