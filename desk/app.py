"""The desk: a web application of its own process, which never imports Rasa."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from desk import leading, pages
from desk.changes import Changes
from desk.guard import SafeHeaders, signed_in
from desk.services import Services
from switchboard.errors import TicketError
from switchboard.people.directory import Role

FOLDER = Path(__file__).parent


async def refuse(request: Request, error: Exception) -> Response:
    """A page that says what is the matter."""
    status = error.status_code if isinstance(error, HTTPException) else 503
    told = error.detail if isinstance(error, HTTPException) else "The database does not answer."
    return pages.show(request, "refusal.html", told=told, status=status)


async def health(_request: Request) -> Response:
    """For who watches over the process."""
    return Response("ok", media_type="text/plain")


def make_app(services: Services) -> Starlette:
    """The application on its services."""
    leader = Role.SUPERVISOR
    routes = [
        Route("/health", health),
        Route("/sign-in", pages.ask_to_sign_in),
        Route("/sign-in", pages.sign_in, methods=["POST"]),
        Route("/sign-out", signed_in(pages.sign_out), methods=["POST"]),
        Route("/", signed_in(pages.queue)),
        Route("/changes", signed_in(pages.changes)),
        Route("/tickets/{reference}", signed_in(pages.ticket)),
        Route("/tickets/{reference}/{what}", signed_in(pages.act), methods=["POST"]),
        Route("/people", signed_in(leading.people, leader)),
        Route("/people", signed_in(leading.change_people, leader), methods=["POST"]),
        Route("/trail", signed_in(leading.trail, leader)),
        Mount("/static", StaticFiles(directory=FOLDER / "static")),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(SafeHeaders)],
        exception_handlers={
            HTTPException: refuse,
            SQLAlchemyError: refuse,
            TicketError: refuse,
        },
    )
    app.state.services, app.state.changes = services, Changes(services.engine)
    return app
