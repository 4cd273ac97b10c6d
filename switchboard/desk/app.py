"""The desk: a web application in its own process, which never imports Rasa."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.exc import DataError, SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from switchboard.desk import (
    chatwoot_webhook,
    learning_pages,
    letter_pages,
    macro_pages,
    openid_pages,
    overview_pages,
    queue_pages,
    second_factor_pages,
    sign_in_pages,
    story_pages,
    supervisor_pages,
    ticket_pages,
)
from switchboard.desk.bounded_body import BoundedBody
from switchboard.desk.desk_services import DeskServices
from switchboard.desk.guard import (
    FACTOR_PAGE,
    SafeHeaders,
    half_signed_in,
    signed_in,
)
from switchboard.desk.live_changes import Changes
from switchboard.desk.operations_pages import operations_routes
from switchboard.desk.readable import ReadableAddress
from switchboard.desk.rendering import show
from switchboard.errors import TicketError
from switchboard.failures import place_of
from switchboard.staff.directory import Role

logger = logging.getLogger(__name__)

FOLDER = Path(__file__).parent
ROUND_SECONDS, MAIL_SECONDS, DAY_SECONDS = 1.0, 20.0, 86400.0
SUM_SECONDS, GROUP_SECONDS, WATCH_SECONDS = 60.0, 3600.0, 30.0
LEARN_SECONDS = 600.0


async def refuse(request: Request, error: Exception) -> Response:
    """The error page."""
    if isinstance(error, HTTPException):
        status, told = error.status_code, error.detail
    elif isinstance(error, DataError):  # a value beyond what a column holds
        status, told = 400, "This form cannot be read."
    else:
        status, told = 503, "The database does not answer."
    return show(request, "refusal.html", told=told, status=status)


@asynccontextmanager
async def background_tasks(app: Starlette) -> AsyncIterator[None]:
    """Run the background tasks while the application runs: unanswered tickets, retention, what the
    overview shows, what conversations teach, relay."""

    services = app.state.services

    async def repeat(work: Callable[[], object], seconds: float) -> None:
        while True:
            try:
                await asyncio.to_thread(work)
            except Exception as error:  # the database may be back the next time
                logger.error("a background task failed, and is tried again: %s", place_of(error))
            await asyncio.sleep(seconds)

    tasks = [
        asyncio.create_task(repeat(services.unanswered.attend, ROUND_SECONDS)),
        asyncio.create_task(repeat(services.mail_watch.attend, WATCH_SECONDS)),
        asyncio.create_task(repeat(services.retention.enforce, DAY_SECONDS)),
        asyncio.create_task(repeat(services.visits.refresh, SUM_SECONDS)),
        asyncio.create_task(repeat(services.scores.refresh, SUM_SECONDS)),
        asyncio.create_task(repeat(services.daily_sums.refresh, SUM_SECONDS)),
        asyncio.create_task(repeat(services.question_groups.refresh, GROUP_SECONDS)),
    ]
    if services.learning is not None:
        tasks.append(asyncio.create_task(repeat(services.learning.attend, LEARN_SECONDS)))
    if services.mail.works:
        tasks.append(asyncio.create_task(repeat(services.mail.deliver, ROUND_SECONDS)))
    if services.mailbox is not None:
        tasks.append(asyncio.create_task(repeat(services.mailbox.look, MAIL_SECONDS)))
    if services.chatwoot.url:
        tasks.append(asyncio.create_task(repeat(services.relay.synchronise, ROUND_SECONDS)))
    yield
    for task in tasks:
        task.cancel()


def make_app(services: DeskServices) -> Starlette:
    """The application with its routes and services."""
    supervisor = Role.SUPERVISOR
    routes = [
        *operations_routes(services),
        Route("/sign-in", sign_in_pages.ask_to_sign_in),
        Route("/sign-in", sign_in_pages.sign_in, methods=["POST"]),
        Route("/sign-in/code", half_signed_in(sign_in_pages.ask_for_code)),
        Route("/sign-in/code", half_signed_in(sign_in_pages.take_code), methods=["POST"]),
        Route("/sign-out", signed_in(sign_in_pages.sign_out, to_enrol=True), methods=["POST"]),
        Route(FACTOR_PAGE, signed_in(second_factor_pages.second_factor, to_enrol=True)),
        Route(
            FACTOR_PAGE,
            signed_in(second_factor_pages.change_second_factor, to_enrol=True),
            methods=["POST"],
        ),
        Route("/me", signed_in(sign_in_pages.change_me), methods=["POST"]),
        Route("/", signed_in(queue_pages.queue)),
        Route("/news", signed_in(queue_pages.news)),
        Route("/changes", signed_in(queue_pages.changes)),
        Route("/files/{number}", signed_in(ticket_pages.file)),
        Route("/texts", signed_in(macro_pages.macros)),
        Route("/texts", signed_in(macro_pages.change_macros), methods=["POST"]),
        Route("/tickets/{reference}", signed_in(ticket_pages.ticket)),
        Route("/tickets/{reference}/draft", signed_in(ticket_pages.draft)),
        Route("/tickets/{reference}/here", signed_in(ticket_pages.here), methods=["POST"]),
        Route("/tickets/{reference}/{what}", signed_in(ticket_pages.act), methods=["POST"]),
        Route("/people", signed_in(supervisor_pages.people, supervisor)),
        Route("/people", signed_in(supervisor_pages.change_people, supervisor), methods=["POST"]),
        Route("/overview", signed_in(overview_pages.overview, supervisor)),
        Route("/overview/draft", signed_in(overview_pages.ask_for_draft, supervisor)),
        Route(
            "/overview/draft", signed_in(overview_pages.save_draft, supervisor), methods=["POST"]
        ),
        Route("/overview/export/{name}.csv", signed_in(overview_pages.export, supervisor)),
        Route("/overview/story/{number}-{began}", signed_in(story_pages.story, supervisor)),
        Route("/overview/{sheet}", signed_in(overview_pages.overview, supervisor)),
        Route("/figures", signed_in(overview_pages.moved, supervisor)),
        Route("/figures.{ending}", signed_in(overview_pages.moved, supervisor)),
        Route("/letters", signed_in(letter_pages.letters, supervisor)),
        Route("/letters", signed_in(letter_pages.change_letters, supervisor), methods=["POST"]),
        Route("/learning", signed_in(learning_pages.learning, supervisor)),
        Route("/learning", signed_in(learning_pages.decide, supervisor), methods=["POST"]),
        Route(
            "/learning/several",
            signed_in(learning_pages.accept_several, supervisor),
            methods=["POST"],
        ),
        Route("/learning/readings", signed_in(learning_pages.readings, supervisor)),
        Route(
            "/learning/readings", signed_in(learning_pages.correct, supervisor), methods=["POST"]
        ),
        Route("/trail", signed_in(supervisor_pages.trail, supervisor)),
        Mount("/static", StaticFiles(directory=FOLDER / "static")),
    ]
    if services.chatwoot.url:
        routes.append(Route("/chatwoot", chatwoot_webhook.chatwoot, methods=["POST"]))
    if services.openid is not None:
        routes.append(Route("/sign-in/openid", openid_pages.go_to_provider))
        routes.append(Route(openid_pages.BACK, openid_pages.come_back))
    app = Starlette(
        routes=routes,
        lifespan=background_tasks,
        middleware=[
            Middleware(SafeHeaders),
            Middleware(BoundedBody),
            Middleware(ReadableAddress),
        ],
        exception_handlers={
            HTTPException: refuse,
            SQLAlchemyError: refuse,
            TicketError: refuse,
        },
    )
    app.state.services = services
    app.state.changes = Changes(services.engine, services.sign_ins.still_in)
    return app
