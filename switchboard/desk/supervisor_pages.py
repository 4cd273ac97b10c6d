"""Pages for supervisors: people and the audit trail."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from switchboard.desk.guard import read_form, services_of
from switchboard.desk.rendering import show
from switchboard.errors import StaffError
from switchboard.staff.directory import Person, Role
from switchboard.staff.sign_ins import SignIn


async def people(request: Request, me: SignIn) -> Response:
    """The list of people, with the form to add one."""
    everybody = await asyncio.to_thread(services_of(request).directory.everybody)
    wrong = request.query_params.get("wrong", "")
    return show(request, "people.html", me, people=everybody, wrong=wrong)


async def change_people(request: Request, me: SignIn) -> Response:
    """Add a person, set a password, activate or deactivate."""
    form = await read_form(request, me)
    words = {key: str(value) for key, value in form.items()}
    directory, by = services_of(request).directory, me.person.id

    def somebody() -> Person:
        found = directory.find(int(words.get("person") or 0))
        if found is None:
            raise HTTPException(404, "There is nobody like this.")
        return found

    def change() -> None:
        what = words.get("what")
        if what == "add":
            role = Role(words.get("role", Role.AGENT.value))
            directory.add(words["login"], words["name"], role, words["password"], by)
        elif what == "password":
            directory.set_password(somebody(), words["password"], by)
        else:
            whom = somebody()
            directory.set_active(whom, what == "activate", by)
            if what != "activate":
                services_of(request).ticket_acts.release(whom, me.person)

    try:
        await asyncio.to_thread(change)
    except StaffError as error:
        everybody = await asyncio.to_thread(directory.everybody)
        return show(request, "people.html", me, people=everybody, wrong=str(error), status=400)
    except (KeyError, ValueError):
        raise HTTPException(400, "Something is missing in this form.") from None
    return RedirectResponse("/people", 303)


async def trail(request: Request, me: SignIn) -> Response:
    """The audit trail, newest first."""
    services, raw = services_of(request), request.query_params.get("before", "")
    before = int(raw) if raw.isdecimal() and len(raw) < 16 else 0
    records = await asyncio.to_thread(services.audit.newest, 200, before)
    names = {p.id: p.name for p in await asyncio.to_thread(services.directory.everybody)}
    return show(request, "trail.html", me, records=records, names=names)
