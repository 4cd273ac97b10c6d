"""Rasa's process as it is run: `/health`, `/ready`, `/metrics`, its log, its traces, its door.

A channel for Rasa's sake alone, which is how a blueprint gets into its server: it takes no
messages.
"""

from __future__ import annotations

import asyncio
import multiprocessing
from typing import Any

import aiohttp
from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from typing_extensions import override

from switchboard.callers import ACTIONS_SECRET, is_json, may_read_metrics
from switchboard.channels.assistant import OnNewMessage
from switchboard.observing.figures import CONTENT_TYPE, write_figures
from switchboard.observing.log_lines import configure_logs
from switchboard.observing.queue_figures import DatabaseFigures
from switchboard.observing.readiness import OK, Check, Readiness, check_database
from switchboard.observing.tracing import start_tracing, stop_tracing
from switchboard.orphans import end_with_parent
from switchboard.rasa_services import RasaServices, rasa_services

PROCESS = "rasa"
_WEBHOOKS, _REST = "/webhooks/", "/webhooks/rest/"
_CHAT = "/webhooks/socketio/"
"""Of the page's chat, which checks itself from which pages it may be opened."""


class OperationsInput(InputChannel):
    """Has to be the first in `credentials.yml`, so that the others' lines have our format."""

    @classmethod
    @override
    def name(cls) -> str:
        return "operations"

    @classmethod
    @override
    def from_credentials(cls, credentials: dict[str, Any] | None) -> OperationsInput:
        """Our logs from here on."""
        configure_logs(PROCESS, rasa_services().settings.watch)
        return cls()

    @override
    def url_prefix(self) -> str:
        return "/"

    @override
    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        services = rasa_services()
        watch = services.settings.watch
        blueprint = _GuardedServer("operations")
        figures = DatabaseFigures(lambda: services.engine)
        _tell_readiness(blueprint, services)

        @blueprint.get("/metrics")
        async def metrics(request: Request) -> HTTPResponse:
            if not may_read_metrics(watch.metrics_token, request.ip, request.headers):
                return response.text("", 403)
            written = await asyncio.to_thread(write_figures, [figures])
            return response.raw(written, content_type=CONTENT_TYPE)

        @blueprint.listener("before_server_start")
        async def start(_app: Sanic, _loop: object) -> None:
            configure_logs(PROCESS, watch)  # Rasa has cut Sanic's loggers off meanwhile
            start_tracing(PROCESS, watch)
            main = multiprocessing.parent_process()
            if main is not None and main.pid is not None:  # one of several workers
                end_with_parent(main.pid)

        @blueprint.listener("after_server_stop")
        async def stop(_app: Sanic, _loop: object) -> None:
            await asyncio.to_thread(stop_tracing)

        return blueprint


class _GuardedServer(Blueprint):
    """Brings to the whole server a check that holds for the channels that have none."""

    @override
    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        app.register_middleware(_refuse_pages, "request")
        super().register(app, options)


async def _refuse_pages(request: Request) -> HTTPResponse | None:
    """Refuse what a foreign page in somebody's browser can send to a channel."""
    path = request.path
    if request.method == "GET" or not path.startswith(_WEBHOOKS) or path.startswith(_CHAT):
        return None
    if "origin" in request.headers:
        return response.text("", 403)
    if path.startswith(_REST) and not is_json(request.headers):
        return response.text("", 415)
    return None


def _tell_readiness(blueprint: Blueprint, services: RasaServices) -> None:
    @blueprint.listener("before_server_start")
    async def prepare(app: Sanic, _loop: object) -> None:
        app.ctx.readiness = Readiness(
            {
                "database": check_database(lambda: services.engine),
                "model": _check_model(app),
                "actions": _check_actions(app, services),
            }
        )

    @blueprint.get("/health")
    async def health(_request: Request) -> HTTPResponse:
        return response.json({"status": "ok"})

    @blueprint.get("/ready")
    async def ready(request: Request) -> HTTPResponse:
        status, parts = await request.app.ctx.readiness.look()
        return response.json(parts, status)


def _agent(app: Sanic) -> Any:
    return getattr(app.ctx, "agent", None)


def _check_model(app: Sanic) -> Check:
    """`not_loaded` while there is no model."""

    async def look() -> str:
        agent = _agent(app)
        return OK if agent is not None and agent.is_ready() else "not_loaded"

    return look


def _check_actions(app: Sanic, services: RasaServices) -> Check:
    """`unreachable`; `refused`: our secret is not the action server's; `not_ready`: it says so of
    itself. An action server without our `/ready` is fine when it answers."""
    servers = services.settings.servers
    headers = {ACTIONS_SECRET: servers.actions_secret}

    async def look() -> str:
        configured = getattr(_agent(app), "action_endpoint", None)
        webhook = servers.webhook(getattr(configured, "url", None) or "")
        address = webhook.removesuffix("/webhook") + "/ready"
        timeout = aiohttp.ClientTimeout(total=1.8)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(address, headers=headers) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
            return "unreachable"
        return {401: "refused", 403: "refused", 503: "not_ready"}.get(status, OK)

    return look
