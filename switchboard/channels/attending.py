"""What has to be done whether or not the desk runs: a customer's choice while they wait for a
person, an address that they leave, word to somebody when tickets or messages wait, and what is said
to customers by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from sanic import Sanic

from switchboard.failures import place_of
from switchboard.rasa_services import RasaServices

logger = logging.getLogger(__name__)

TICKET_SECONDS, MAIL_SECONDS, OUTREACH_SECONDS = 1.0, 30.0, 2.0


def attend(app: Sanic, services: RasaServices) -> None:
    """Begin, once for a server; several processes that do so leave each other's work alone."""
    if getattr(app.ctx, "attending", None) is None:
        app.ctx.attending = [
            asyncio.ensure_future(_repeat(lambda: services.unanswered.attend(), TICKET_SECONDS)),
            asyncio.ensure_future(_repeat(lambda: services.mail_watch.attend(), MAIL_SECONDS)),
            asyncio.ensure_future(_repeat(lambda: services.outreach.attend(), OUTREACH_SECONDS)),
        ]


def leave(app: Sanic) -> None:
    """End."""
    for task in getattr(app.ctx, "attending", None) or ():
        task.cancel()


async def _repeat(work: Callable[[], None], seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await asyncio.to_thread(work)
        except Exception as error:  # the database may be back the next time
            logger.error("a background task failed, and is tried again: %s", place_of(error))
