"""What a supervisor of processes asks the desk's: alive, ready, and the figures."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from switchboard.callers import may_read_metrics
from switchboard.desk.desk_services import DeskServices
from switchboard.observing.figures import CONTENT_TYPE, write_figures
from switchboard.observing.queue_figures import DatabaseFigures
from switchboard.observing.readiness import Readiness, check_database


async def health(_request: Request) -> Response:
    """Alive."""
    return Response("ok", media_type="text/plain")


def operations_routes(services: DeskServices) -> list[BaseRoute]:
    """Routes without a sign-in."""
    figures = DatabaseFigures(lambda: services.engine)
    readiness = Readiness({"database": check_database(lambda: services.engine)})

    async def ready(_request: Request) -> Response:
        status, parts = await readiness.look()
        return JSONResponse(parts, status)

    async def metrics(request: Request) -> Response:
        peer = request.client.host if request.client else ""
        if not may_read_metrics(services.watch.metrics_token, peer, request.headers):
            return Response(status_code=403)
        written = await asyncio.to_thread(write_figures, [figures])
        return Response(written, headers={"Content-Type": CONTENT_TYPE})

    return [Route("/health", health), Route("/ready", ready), Route("/metrics", metrics)]
