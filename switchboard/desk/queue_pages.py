"""The queue, the search, and what is new, for the title of every page."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from switchboard.desk.guard import COOKIE, services_of
from switchboard.desk.queue import read_queue, waits_for
from switchboard.desk.rendering import show
from switchboard.staff.sign_ins import SignIn


async def queue(request: Request, me: SignIn) -> Response:
    """The queue; with `?part=rows` only its rows. It shows each customer's last wish, which is
    audited."""
    await asyncio.to_thread(services_of(request).audit.look, me.person.id, "queue")
    wanted = dict(request.query_params)
    found = await asyncio.to_thread(read_queue, services_of(request), wanted, me.person)
    name = "queue_rows.html" if wanted.get("part") else "queue.html"
    return show(
        request, name, me, rows=found.rows, wanted=wanted, older=found.older, tags=found.tags
    )


async def news(request: Request, me: SignIn) -> Response:
    """How many tickets wait for this person or for nobody yet, and since when the newest does."""
    waits = await asyncio.to_thread(waits_for, services_of(request), me.person)
    return JSONResponse({"waiting": len(waits), "newest": max(waits, default=0.0)})


async def changes(request: Request, me: SignIn) -> Response:
    """The stream of change events, for as long as the page is open and its person signed in."""
    stream = request.app.state.changes.listen(request.cookies.get(COOKIE, ""))
    return StreamingResponse(stream, media_type="text/event-stream")
