"""Rasa's channel `rest` behind a token: its caller writes into any conversation.

Without `SWITCHBOARD_REST_TOKEN` it is off. Every call shows the token as `Authorization: Bearer …`,
which no page in a browser can make a browser send.
"""

from __future__ import annotations

from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse
from typing_extensions import override

from switchboard.callers import bearer, is_json, shows
from switchboard.channels.assistant import OnNewMessage
from switchboard.channels.rest_input import TerminalInput
from switchboard.rasa_services import rasa_services


class GuardedRestInput(TerminalInput):
    """Replaces Rasa's class: same name, address and messages; commands from this machine alone."""

    @override
    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        token = rasa_services().settings.servers.rest_token
        if not token:
            return Blueprint("rest_is_off")
        blueprint: Blueprint = super().blueprint(on_new_message)

        @blueprint.middleware("request")
        async def guard(request: Request) -> HTTPResponse | None:
            if not shows(bearer(request.headers), token):
                return response.text("", 401)
            if request.method == "POST" and not is_json(request.headers):
                return response.text("", 415)
            return None

        return blueprint
