"""How Rasa's process addresses the action server: where it is, their secret, and the turn."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from rasa.utils.endpoints import ClientResponseError, EndpointConfig
from typing_extensions import override

from switchboard.callers import ACTIONS_SECRET
from switchboard.observing.figures import ACTION_SECONDS
from switchboard.observing.tracing import span, trace_headers
from switchboard.observing.turn_context import TURN_HEADER, current_turn
from switchboard.rasa_services import rasa_services


class ActionEndpoint(EndpointConfig):
    """The endpoint of one action's calls: what `endpoints.yml` says, below the settings."""

    def __init__(self, action: str, configured: EndpointConfig | None) -> None:
        servers = rasa_services().settings.servers
        given = configured or EndpointConfig()
        super().__init__(
            servers.webhook(given.url or ""),
            given.params,
            {**given.headers, ACTIONS_SECRET: servers.actions_secret},
            given.basic_auth,
            given.token,
            given.token_name,
            given.cafile,
            **given.kwargs,
        )
        self._action = action

    @override
    async def request(self, *given: Any, **more: Any) -> Any:
        """As Rasa's, with the turn in the headers; timed."""
        turn, began, outcome = current_turn(), perf_counter(), "failed"
        with span("action", action=self._action):
            told = {TURN_HEADER: turn.id} if turn else {}
            try:
                answer = await super().request(*given, headers={**trace_headers(), **told}, **more)
                outcome = "answered"
            except ClientResponseError as error:
                outcome = "rejected" if error.status == 400 else "failed"
                raise
            finally:
                seconds = perf_counter() - began
                ACTION_SECONDS.labels(action=self._action, outcome=outcome).observe(seconds)
        return answer
