"""The action server around the actions: who may call it, `/ready`, `/metrics`, its log and traces.

Registered with the SDK when this package is imported, by its own hook, so that plain
`rasa run actions` has it too.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
from functools import lru_cache
from time import perf_counter
from typing import Any

import pluggy
from sanic import Sanic, response
from sanic.exceptions import InvalidUsage, ServiceUnavailable
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.engine import Engine

from actions.action_services import services
from switchboard.callers import CallRules, host_in, is_loopback, may_read_metrics
from switchboard.database.connection import open_database
from switchboard.errors import ConfigurationError
from switchboard.failures import place_of
from switchboard.observing.figures import ACTION_SECONDS, CONTENT_TYPE, write_figures
from switchboard.observing.log_lines import configure_logs
from switchboard.observing.readiness import (
    Readiness,
    check_database,
    check_orders,
    check_services,
)
from switchboard.observing.tracing import span, start_tracing, stop_tracing
from switchboard.observing.turn_context import TURN_HEADER, enter_turn
from switchboard.orphans import end_with_parent
from switchboard.outreach.late_orders import LOOK_SECONDS
from switchboard.settings import Settings, load_settings

logger = logging.getLogger(__name__)

PROCESS = "actions"
_OPEN = frozenset({"/health", "/ready", "/metrics"})
"""Paths that ask for no secret."""
_implements = pluggy.HookimplMarker("rasa_sdk")


class ServerStart:
    """What is added to the SDK's server before it starts. `host`: what it will listen on."""

    def __init__(self, host: str) -> None:
        self._host = host

    @_implements
    def attach_sanic_app_extensions(self, app: Sanic) -> None:
        """Guard and watch the server.

        Raises:
            SystemExit: it would listen beyond this machine without a secret, or a setting is wrong.
        """
        try:
            settings = load_settings()
        except ConfigurationError as error:
            raise SystemExit(f"switchboard: {error}") from None
        servers = settings.servers
        local = is_loopback(self._host)
        if not local and not servers.actions_secret:
            raise SystemExit(
                f"switchboard: SWITCHBOARD_ACTIONS_SECRET has to be set for an action server that "
                f"listens on {self._host}"
            )
        configure_logs(PROCESS, settings.watch)
        hosts = {host_in(servers.actions_url), servers.host} - {""}
        _guard(app, CallRules(servers.actions_secret, hosts, any_host=not local))
        _tell_apart(app)
        _watch_calls(app)
        _tell(app, settings)
        if settings.orders_webhook_secret:
            _look_for_late_orders(app)


def _guard(app: Sanic, rules: CallRules) -> None:
    @app.middleware("request")  # the first of all
    async def refuse(request: Request) -> HTTPResponse | None:
        status = rules.refusal(request.method, request.headers, request.path in _OPEN)
        return response.text("", status) if status else None


def _tell_apart(app: Sanic) -> None:
    """503 where a part that we stand on is away: Rasa's process puts the turn off until it is back.
    The SDK answers every other exception with 500."""

    @app.exception(ServiceUnavailable)
    async def away(_request: Request, _error: ServiceUnavailable) -> HTTPResponse:
        return response.text("", 503)


def _watch_calls(app: Sanic) -> None:
    """Times and names each call of an action: whose turn it is, and what came of it."""

    @app.middleware("request")
    async def begin(request: Request) -> None:
        if request.path != "/webhook":
            return
        call = _call_in(request)
        enter_turn(str(call.get("sender_id")), request.headers.get(TURN_HEADER, ""))
        request.ctx.action, request.ctx.began = str(call.get("next_action")), perf_counter()
        request.ctx.span = contextlib.ExitStack()
        request.ctx.span.enter_context(
            span("action server", dict(request.headers), action=request.ctx.action)
        )

    @app.middleware("response")
    async def end(request: Request, answer: HTTPResponse) -> None:
        began = getattr(request.ctx, "began", None)
        if began is None:
            return
        request.ctx.span.close()
        seconds = perf_counter() - began
        # A name that no action has must not become a label.
        action = request.ctx.action if answer.status in (200, 400) else "unknown"
        outcome = "answered" if answer.status == 200 else "failed"
        ACTION_SECONDS.labels(action=action, outcome=outcome).observe(seconds)
        logger.info("%s: %s, %.0f ms", action, outcome, seconds * 1000)


def _call_in(request: Request) -> dict[str, Any]:
    """The call that a request holds; empty if that is left to the SDK: compressed, or no JSON."""
    try:
        call = request.json
    except InvalidUsage:
        return {}
    return call if isinstance(call, dict) else {}


def _look_for_late_orders(app: Sanic) -> None:
    """Here, where the order system is known. Several servers that look tell of each order once."""

    async def look() -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                late = services().late_orders
                if late is not None:
                    await late.look()
            except Exception as error:  # a part may be back the next time
                logger.error("late orders cannot be looked for: %s", place_of(error))

    @app.listener("after_server_start")
    async def begin(_app: Sanic, _loop: Any) -> None:
        app.ctx.looking = asyncio.ensure_future(look())

    @app.listener("before_server_stop")
    async def end(_app: Sanic, _loop: Any) -> None:
        app.ctx.looking.cancel()


def _tell(app: Sanic, settings: Settings) -> None:
    @lru_cache(maxsize=1)
    def engine() -> Engine:
        return open_database(settings.database_url)

    readiness = Readiness(
        {
            "database": check_database(engine),
            "orders": check_orders(settings),
            "services": check_services(services),
        }
    )

    @app.get("/ready")
    async def ready(_request: Request) -> HTTPResponse:
        status, parts = await readiness.look()
        return response.json(parts, status)

    @app.get("/metrics")
    async def metrics(request: Request) -> HTTPResponse:
        if not may_read_metrics(settings.watch.metrics_token, request.ip, request.headers):
            return response.text("", 403)
        written = await asyncio.to_thread(write_figures)
        return response.raw(written, content_type=CONTENT_TYPE)

    @app.listener("before_server_start")
    async def start(_app: Sanic, _loop: Any) -> None:
        configure_logs(PROCESS, settings.watch)
        start_tracing(PROCESS, settings.watch)
        main = multiprocessing.parent_process()
        if main is not None and main.pid is not None:  # one of several workers
            end_with_parent(main.pid)

    @app.listener("after_server_stop")
    async def stop(_app: Sanic, _loop: Any) -> None:
        await asyncio.to_thread(stop_tracing)
