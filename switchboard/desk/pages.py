"""The pages of the desk: sign-in, queue, ticket and the actions on it."""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.templating import Jinja2Templates

from switchboard.desk.drafting import AnswerDraft
from switchboard.desk.guard import COOKIE, read_form, services_of
from switchboard.desk.queue import queue_rows
from switchboard.desk.timeline import conversation
from switchboard.errors import TooManyTries
from switchboard.staff.sign_ins import MOST_SECONDS, SignIn
from switchboard.tickets.entries import EntryKind
from switchboard.tickets.story import read_lines
from switchboard.tickets.ticket_acts import REACHABLE
from switchboard.tickets.ticket_book import Ticket


def ago(seconds: float) -> str:
    """A duration in its largest fitting unit."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} s"


def moment(at: float) -> str:
    """Format a time (seconds since the epoch) in UTC."""
    return datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")


templates = Jinja2Templates(str(Path(__file__).parent / "templates"))
templates.env.filters.update(ago=ago, moment=moment)
_REFUSALS = {
    "answer": "It was not sent: the ticket is somebody else's, closed, or this was sent before.",
    "take": "Somebody else has taken it.",
    "transfer": "It is not yours to hand on any more.",
    "reopen": "This customer has another open ticket.",
}


def show(request: Request, name: str, sign_in: SignIn | None = None, **given: Any) -> Response:
    """Render a template with autoescaping."""
    context = {"me": sign_in.person if sign_in else None, "csrf": sign_in.csrf if sign_in else ""}
    status = given.pop("status", 200)
    return templates.TemplateResponse(request, name, {**context, **given}, status_code=status)


async def ask_to_sign_in(request: Request) -> Response:
    """The sign-in form."""
    return show(request, "sign_in.html")


async def sign_in(request: Request) -> Response:
    """Sign a person in; a refusal does not tell whether login or password was wrong."""
    form = await request.form()
    login, password = str(form.get("login") or ""), str(form.get("password") or "")
    address = request.client.host if request.client else ""
    try:
        token = await asyncio.to_thread(
            services_of(request).sign_ins.authenticate, login, password, address
        )
    except TooManyTries:
        wrong = "Too many tries. Wait a quarter of an hour."
        return show(request, "sign_in.html", wrong=wrong, status=429)
    if token is None:
        wrong = "Login or password is wrong."
        return show(request, "sign_in.html", wrong=wrong, login=login, status=401)
    answer = RedirectResponse("/", 303)
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, token, MOST_SECONDS, httponly=True, secure=secure, samesite="strict")
    return answer


async def sign_out(request: Request, me: SignIn) -> Response:
    """End the sign-in."""
    await read_form(request, me)
    token = request.cookies.get(COOKIE, "")
    await asyncio.to_thread(services_of(request).sign_ins.end, token)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE)
    return answer


async def queue(request: Request, me: SignIn) -> Response:
    """The queue; with `?part=rows` only its rows."""
    wanted = dict(request.query_params)
    rows = await asyncio.to_thread(queue_rows, services_of(request), wanted, me.person)
    name = "queue_rows.html" if wanted.get("part") else "queue.html"
    return show(request, name, me, rows=rows, wanted=wanted)


async def ticket(request: Request, me: SignIn) -> Response:
    """A ticket; with `?part=conversation` only its conversation. Viewing a ticket is audited."""
    services, found = services_of(request), await find_ticket(request)
    part = request.query_params.get("part")
    said = await asyncio.to_thread(conversation, services, found)
    if part:
        return show(request, "conversation.html", me, ticket=found, said=said)
    await asyncio.to_thread(services.audit.record, me.person.id, "look", found.reference)
    earlier = await asyncio.to_thread(services.tickets.of_customer, found.conversation_id)
    return show(
        request,
        "ticket.html",
        me,
        ticket=found,
        said=said,
        earlier=[other for other in earlier if other.id != found.id],
        people=[p for p in await asyncio.to_thread(services.directory.everybody) if p.active],
        mine=found.assignee_id == me.person.id,
        reachable=found.channel in REACHABLE,
        key=secrets.token_urlsafe(16),
        wrong=_REFUSALS.get(request.query_params.get("wrong", ""), ""),
        canned=services.helper.canned.names(),
        draft=await _draft(request, me, found),
        search=request.query_params.get("search", ""),
    )


async def _draft(request: Request, me: SignIn, found: Ticket) -> AnswerDraft:
    """The draft for the answer field that the query asks for, else an empty one."""
    helper, asked = services_of(request).helper, request.query_params
    if asked.get("search"):
        near = await helper.search(asked["search"], found.language)
        return AnswerDraft("", tuple(near), "Articles:" if near else "No article fits.")
    kind, _, name = asked.get("draft", "").partition(":")
    if kind == "canned":
        return AnswerDraft(helper.canned.text(name, found, me.person.name))
    if kind == "article":
        return await helper.article(name, found.language)
    if kind == "suggest":
        events = await asyncio.to_thread(
            services_of(request).conversations.everything, found.conversation_id
        )
        return await helper.suggest(found, read_lines(events))
    return AnswerDraft("")


async def find_ticket(request: Request) -> Ticket:
    """The ticket named in the URL.

    Raises:
        HTTPException: 404 if there is none.
    """
    reference = request.path_params["reference"]
    found = await asyncio.to_thread(services_of(request).tickets.get, reference)
    if found is None:
        raise HTTPException(404, "There is no such ticket.")
    return found


async def act(request: Request, me: SignIn) -> Response:
    """Perform the action of a ticket form, then redirect to the ticket."""
    form = await read_form(request, me)
    found, what = await find_ticket(request), request.path_params["what"]
    words = {key: str(value) for key, value in form.items()}
    done = await asyncio.to_thread(_do, services_of(request), me, found, what, words)
    wrong = "" if done else f"?wrong={what}"
    return RedirectResponse(f"/tickets/{found.reference}{wrong}", 303)


def _do(services: Any, me: SignIn, found: Ticket, what: str, words: dict[str, str]) -> bool:
    ticket_acts, person, text = services.ticket_acts, me.person, words.get("text", "").strip()
    if what == "take":
        return bool(ticket_acts.take(found, person))
    if what == "answer":
        return bool(ticket_acts.answer(found, person, text, words.get("key", "")))
    if what == "note":
        return not text or bool(ticket_acts.note(found, person, text, words.get("key", "")))
    if what == "transfer":
        to = services.directory.find(int(words.get("to") or 0)) if words.get("to") else None
        return bool(ticket_acts.transfer(found, person, to, text))
    if what == "again":
        return bool(ticket_acts.send_again(found, person, int(words.get("entry") or 0)))
    if what == "reopen":
        return bool(ticket_acts.reopen(found, person))
    if what in ("give-back", "close"):
        kind = EntryKind.GIVEN_BACK if what == "give-back" else EntryKind.CLOSED
        return bool(ticket_acts.finish(found, person, kind, text))
    raise HTTPException(404, "There is no such act.")


async def changes(request: Request, me: SignIn) -> Response:
    """The stream of change events, for as long as the page is open."""
    stream = request.app.state.changes.listen()
    return StreamingResponse(stream, media_type="text/event-stream")
