"""The texts that agents say often: read by all, edited by supervisors."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from switchboard.desk.guard import read_form, services_of
from switchboard.desk.rendering import language_of, show
from switchboard.desk.wording import words_in
from switchboard.errors import MacroRefused
from switchboard.staff.directory import Role
from switchboard.staff.sign_ins import SignIn


async def macros(request: Request, me: SignIn) -> Response:
    """The list, with a form for each."""
    listed = await asyncio.to_thread(services_of(request).macros.all)
    return show(request, "macros.html", me, macros=listed)


async def change_macros(request: Request, me: SignIn) -> Response:
    """Keep a text, or forget what was edited."""
    form = await read_form(request, me)
    if me.person.role is not Role.SUPERVISOR:
        raise HTTPException(403, "This is for supervisors.")
    services = services_of(request)
    name, english, chinese = (str(form.get(k) or "") for k in ("name", "english", "chinese"))
    try:
        if form.get("what") == "remove":
            await asyncio.to_thread(services.macros.remove, name)
        else:
            await asyncio.to_thread(services.macros.save, name, english, chinese)
    except MacroRefused as error:
        say = words_in(language_of(request, me))
        wrong = say("Not kept: a name, and a text in both languages, with known placeholders.")
        listed = await asyncio.to_thread(services.macros.all)
        told = f"{wrong} ({error})"
        return show(request, "macros.html", me, macros=listed, wrong=told, status=400)
    await asyncio.to_thread(services.audit.record, me.person.id, "edit text", name[:64])
    return RedirectResponse("/texts", 303)
