"""The page of dead letters: messages that got no turn, answers that did not arrive."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from switchboard.desk.guard import read_form, services_of
from switchboard.desk.readable import whole_number
from switchboard.desk.rendering import show
from switchboard.mailroom.dead_letters import LetterKind
from switchboard.staff.sign_ins import SignIn


async def letters(request: Request, me: SignIn) -> Response:
    """What nobody has dealt with, newest first; seeing it is on the trail."""
    services = services_of(request)
    await asyncio.to_thread(services.audit.look, me.person.id, "dead letters")
    found = await asyncio.to_thread(services.letters.newest)
    return show(request, "letters.html", me, letters=found)


async def change_letters(request: Request, me: SignIn) -> Response:
    """Try one again, or leave it at that."""
    form, services = await read_form(request, me), services_of(request)
    number = whole_number(str(form.get("number") or ""))
    what = str(form.get("what") or "")
    acts = {"again": services.letters.try_again, "drop": services.letters.drop}
    try:
        kind = LetterKind(str(form.get("kind") or ""))
    except ValueError:
        raise HTTPException(400, "Something is missing in this form.") from None
    if what not in acts or number is None:
        raise HTTPException(400, "Something is missing in this form.")

    def do() -> None:
        if acts[what](kind, number):
            services.audit.record(me.person.id, f"letter {what}", f"{kind.value} {number}")

    await asyncio.to_thread(do)
    return RedirectResponse("/letters", 303)
