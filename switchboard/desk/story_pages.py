"""The story of one conversation for supervisors: what was said, its score, and the reasons."""

from __future__ import annotations

import asyncio
from functools import partial

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from switchboard.desk.desk_services import DeskServices
from switchboard.desk.guard import services_of
from switchboard.desk.overview_pages import shown
from switchboard.desk.readable import whole_number
from switchboard.desk.rendering import language_of, show
from switchboard.desk.timeline import MAX_LINES, TimelineEntry, read_messages
from switchboard.desk.wording import Words, words_in
from switchboard.overview.figure_table import Unit
from switchboard.overview.scored_visits import ScoredVisit
from switchboard.overview.visits import PAUSE
from switchboard.staff.sign_ins import SignIn
from switchboard.tickets.story import read_lines


async def story(request: Request, me: SignIn) -> Response:
    """The page of a conversation that was scored; a look at it is on record."""
    services = services_of(request)
    number, began = whole_number(request.path_params["number"]), request.path_params["began"]
    visit = await asyncio.to_thread(services.overview.scored_visit, number or 0, began)
    if visit is None:
        raise HTTPException(404, "This conversation has been read anew. Go back to the list.")
    looked = visit.ticket or f"overview, story {visit.id}"
    await asyncio.to_thread(services.audit.look, me.person.id, looked)
    say = words_in(language_of(request, me))
    return show(
        request,
        "story.html",
        me,
        visit=visit,
        said=await asyncio.to_thread(_said, services, visit, say),
        shown=partial(shown, say),
        units=Unit,
    )


def _said(services: DeskServices, visit: ScoredVisit, say: Words) -> list[TimelineEntry]:
    """What was said from the visit's beginning until the pause after it; nothing once the words are
    deleted."""
    events = services.conversations.everything(visit.conversation_id, visit.began_at - 1)
    lines = [line for line in read_lines(events) if line.at < visit.ended_at + PAUSE]
    return read_messages(lines, (), say)[-MAX_LINES:]
