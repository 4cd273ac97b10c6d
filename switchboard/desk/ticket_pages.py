"""A ticket, the actions on it, drafts for its answer, its files, and who else is there."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from switchboard.conversations.presence import CUSTOMER
from switchboard.desk.bounded_body import MOST_BYTES
from switchboard.desk.desk_services import DeskServices
from switchboard.desk.guard import read_form, services_of
from switchboard.desk.known_person import known_person
from switchboard.desk.queue import row_of
from switchboard.desk.readable import whole_number
from switchboard.desk.rendering import language_of, show
from switchboard.desk.timeline import conversation, customer_facts
from switchboard.desk.wording import Words, words_in
from switchboard.errors import FileRefused
from switchboard.files.file_kinds import ONLY_SHOWN
from switchboard.files.file_store import MAX_BYTES
from switchboard.knowledge.articles import Passage
from switchboard.mailroom.message import SentFile
from switchboard.staff.sign_ins import SignIn
from switchboard.text.storable import clean_text
from switchboard.tickets.entries import EntryKind
from switchboard.tickets.filing import read_tags
from switchboard.tickets.story import read_lines
from switchboard.tickets.ticket_acts import REACHABLE
from switchboard.tickets.ticket_book import Ticket
from switchboard.tickets.ticket_mail import mail_address

MAX_FILE_FORM = MAX_BYTES + 200_000
_SNOOZES = {"1": 3600.0, "4": 4 * 3600.0, "24": 86400.0, "72": 3 * 86400.0, "168": 7 * 86400.0}
_REFUSALS = {
    "answer": "It was not sent: the ticket is somebody else's, closed, or this was sent before.",
    "mail": "It was not sent: there is no address, or the ticket is somebody else's.",
    "take": "Somebody else has taken it.",
    "take-over": "A colleague is working on it.",
    "transfer": "It is not yours to hand on any more, or the colleague is gone.",
    "reopen": "This customer has another open ticket.",
    "close": "It is a colleague's ticket, or closed already.",
    "give-back": "It is a colleague's ticket, or closed already.",
    "snooze": "It is a colleague's ticket, or closed already.",
    "tag": "It is a colleague's ticket, or closed already.",
    "merge": "There is no such open ticket to merge it into.",
    "file": "Files are pictures (JPEG, PNG, WebP, GIF) and PDF, up to 8 MB.",
}
_PARTS = {
    "conversation": "conversation.html",
    "state": "ticket_state.html",
    "side": "ticket_side.html",
}
_WITH_WORDS = ("conversation", "side")
"""Parts that show what a customer said."""


async def ticket(request: Request, me: SignIn) -> Response:
    """A ticket; with `?part=…` only that part of it. Viewing a customer's words is audited."""
    services, found = services_of(request), await find_ticket(request)
    part = request.query_params.get("part", "")
    if part and part not in _PARTS:
        raise HTTPException(404, "There is no such part.")
    if part in ("", *_WITH_WORDS):
        await asyncio.to_thread(services.audit.look, me.person.id, found.reference)
    say = words_in(language_of(request, me))
    shown = await asyncio.to_thread(_shown, services, found, me, part, say)
    name = _PARTS.get(part, "ticket.html")
    wrong = say(_REFUSALS.get(request.query_params.get("wrong", ""), ""))
    return show(request, name, me, ticket=found, wrong=wrong, **shown)


def _shown(
    services: DeskServices, found: Ticket, me: SignIn, part: str, say: Words
) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "mine": found.assignee_id == me.person.id,
        "row": row_of(services, found),
        "reachable": found.channel in REACHABLE,
        "mail": mail_address(found) if services.mail.works else "",
    }
    if part in ("", "conversation"):
        shown["said"] = conversation(services, found, say)
    if part in ("", "side"):
        earlier = services.tickets.of_customer(found.conversation_id)
        shown["earlier"] = [other for other in earlier if other.id != found.id]
        shown["facts"] = customer_facts(services, found)
        shown["person"] = known_person(services, found)
        here = services.directory.here()
        shown["people"] = [
            (person, person.id in here)
            for person in services.directory.everybody()
            if person.active
        ]
        shown["known_tags"] = services.filing.known_tags()
    if not part:
        shown |= {"key": secrets.token_urlsafe(16), "macros": services.macros.all()}
    return shown


async def draft(request: Request, me: SignIn) -> Response:
    """A draft for the answer field, as JSON: `{text, note, sources: [{id, name}]}`."""
    services, found = services_of(request), await find_ticket(request)
    helper, asked = services.helper, request.query_params
    say = words_in(language_of(request, me))
    text, note = "", ""
    sources: tuple[Passage, ...] = ()
    if asked.get("search"):
        near = await helper.search(asked["search"], found.language)
        note, sources = say("Articles:") if near else say("No article fits."), tuple(near)
    elif asked.get("macro"):
        text = await asyncio.to_thread(services.macros.text, asked["macro"], found, me.person.name)
    elif asked.get("article"):
        given = await helper.article(asked["article"], found.language)
        text, sources = given.text, given.sources
    else:
        await asyncio.to_thread(services.audit.look, me.person.id, found.reference)
        events = await asyncio.to_thread(services.conversations.everything, found.conversation_id)
        given = await helper.suggest(found, read_lines(events))
        text, note, sources = given.text, say(given.note) if given.note else "", given.sources
    listed = [{"id": passage.id, "name": passage.name} for passage in sources]
    return JSONResponse({"text": text, "note": note, "sources": listed})


async def here(request: Request, me: SignIn) -> Response:
    """Note that this person looks at a ticket, or types; tell who else does."""
    form = await read_form(request, me)
    services, found = services_of(request), await find_ticket(request)
    who = f"person:{me.person.id}"
    typing = form.get("typing") == "yes" and found.assignee_id == me.person.id

    def look() -> list[dict[str, Any]]:
        services.presence.note(found.conversation_id, who, me.person.name, typing)
        others = services.presence.at(found.conversation_id)
        return [
            {"name": one.name, "customer": one.who == CUSTOMER, "typing": one.typing}
            for one in others
            if one.who != who and (one.typing or one.who != CUSTOMER)
        ]

    return JSONResponse({"others": await asyncio.to_thread(look)})


async def file(request: Request, me: SignIn) -> Response:
    """A picture or file of the ticket's conversation, for those who may see tickets."""
    services = services_of(request)
    found = await asyncio.to_thread(services.files.read, request.path_params["number"])
    if found is None:
        raise HTTPException(404, "There is no such file.")
    stored, content = found
    of_customer = await asyncio.to_thread(services.tickets.of_customer, stored.conversation_id)
    seen = of_customer[0].reference if of_customer else "a file"
    await asyncio.to_thread(services.audit.look, me.person.id, seen)
    shown = "inline" if stored.is_picture or stored.is_sound else "attachment"
    headers = {
        **ONLY_SHOWN,
        "Content-Disposition": f"{shown}; filename=file.{stored.mime.partition('/')[2]}",
        "Cache-Control": "private, max-age=3600",
    }
    return Response(content, media_type=stored.mime, headers=headers)


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
    """Perform an action on a ticket: JSON `{wrong}` for the page's script, else a redirect."""
    what = request.path_params["what"]
    form = await read_form(request, me, MAX_FILE_FORM if what == "answer" else MOST_BYTES)
    found = await find_ticket(request)
    say = words_in(language_of(request, me))
    try:
        done = await _perform(services_of(request), me, found, what, form)
        wrong = "" if done else what
    except FileRefused:
        wrong = "file"
    if "application/json" in request.headers.get("accept", ""):
        told = say(_REFUSALS.get(wrong, "That is no longer possible.")) if wrong else ""
        return JSONResponse({"wrong": told}, 409 if wrong else 200)
    query = f"?wrong={wrong}" if wrong else ""
    return RedirectResponse(f"/tickets/{found.reference}{query}", 303)


async def _perform(
    services: DeskServices, me: SignIn, found: Ticket, what: str, form: FormData
) -> bool:
    words = {k: clean_text(v) for k, v in form.items() if isinstance(v, str)}
    sent = None
    upload = form.get("file")
    if what == "answer" and isinstance(upload, UploadFile) and upload.filename:
        content = await upload.read()
        sent = await asyncio.to_thread(_keep, services, found, content, upload.filename)
    return await asyncio.to_thread(_do, services, me, found, what, words, sent)


def _keep(services: DeskServices, found: Ticket, content: bytes, name: str) -> SentFile:
    kept = services.files.keep(found.conversation_id, content, name)
    return SentFile(kept.id, kept.mime, kept.name)


def _do(
    services: DeskServices,
    me: SignIn,
    found: Ticket,
    what: str,
    words: dict[str, str],
    sent: SentFile | None,
) -> bool:
    acts, person, text = services.ticket_acts, me.person, words.get("text", "").strip()
    key = words.get("key", "")
    if what == "answer":
        return bool(acts.answer(found, person, text, key, sent))
    if what == "mail":
        return bool(services.mail.send(found, person, text, key))
    if what == "note":
        return not text or bool(acts.note(found, person, text, key))
    if what in ("give-back", "close"):
        kind = EntryKind.GIVEN_BACK if what == "give-back" else EntryKind.CLOSED
        return bool(acts.finish(found, person, kind, text))
    if what in _FILED:
        return _file(services, me, found, what, words)
    if what == "transfer":
        to = services.directory.find(_number(words, "to")) if words.get("to") else None
        return (to is not None or not words.get("to")) and bool(
            acts.transfer(found, person, to, text)
        )
    if what == "again":
        return bool(acts.send_again(found, person, _number(words, "entry")))
    simple = {"take": acts.take, "take-over": acts.take_over, "reopen": acts.reopen}
    if what in simple:
        return bool(simple[what](found, person))
    raise HTTPException(404, "There is no such act.")


_FILED = ("snooze", "tag", "merge")


def _file(
    services: DeskServices, me: SignIn, found: Ticket, what: str, words: dict[str, str]
) -> bool:
    filing, person = services.filing, me.person
    if what == "snooze":
        return filing.snooze(found, person, _SNOOZES.get(words.get("hours", ""), 3600.0))
    if what == "tag":
        return filing.tag(found, person, read_tags(words.get("tags", "")))
    into = services.tickets.get(words.get("into", ""))
    return into is not None and filing.merge(found, into, person)


def _number(words: dict[str, str], name: str) -> int:
    number = whole_number(words.get(name, ""))
    if number is None:
        raise HTTPException(400, "Something is missing in this form.")
    return number
