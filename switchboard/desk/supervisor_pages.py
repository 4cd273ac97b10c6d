"""Pages for supervisors: people and the audit trail."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from switchboard.desk.desk_services import DeskServices
from switchboard.desk.guard import read_form, services_of
from switchboard.desk.readable import whole_number
from switchboard.desk.rendering import show
from switchboard.errors import StaffError
from switchboard.staff.directory import Person, Role
from switchboard.staff.sign_ins import SignIn


async def people(request: Request, me: SignIn) -> Response:
    """The list of people, with the form to add one."""
    return await _people(request, me, "", 200)


async def _people(request: Request, me: SignIn, wrong: str, status: int) -> Response:
    services = services_of(request)
    everybody = await asyncio.to_thread(services.directory.everybody)
    asked = await asyncio.to_thread(services.factors.everybody)
    return show(
        request, "people.html", me, people=everybody, with_factor=asked, wrong=wrong, status=status
    )


async def change_people(request: Request, me: SignIn) -> Response:
    """Add a person, change what one may do, or take away a second factor that was lost."""
    form = await read_form(request, me)
    words = {key: str(value) for key, value in form.items()}
    try:
        await asyncio.to_thread(_change, services_of(request), me.person, words)
    except StaffError as error:
        return await _people(request, me, str(error), 400)
    except (KeyError, ValueError):
        raise HTTPException(400, "Something is missing in this form.") from None
    return RedirectResponse("/people", 303)


def _change(services: DeskServices, me: Person, words: Mapping[str, str]) -> None:
    directory, what = services.directory, words["what"]
    if what == "add":
        role, email = Role(words.get("role", Role.AGENT.value)), words.get("email", "")
        directory.add(words["login"], words["name"], role, words["password"], me.id, email)
        return
    whom = directory.find(whole_number(words["person"]) or 0)
    if whom is None:
        raise HTTPException(404, "There is nobody like this.")
    if what == "password":
        directory.set_password(whom, words["password"], me.id)
    elif what == "email":
        directory.set_email(whom, words["email"], me.id)
    elif what == "reset-factor":
        if whom.id == me.id:
            raise StaffError("your own second factor is removed on your own page")
        services.factors.remove(whom, me.id)
    elif what in ("activate", "deactivate"):
        directory.set_active(whom, what == "activate", me.id)
        if what == "deactivate":
            services.ticket_acts.release(whom, me)
    else:
        raise KeyError(what)


async def trail(request: Request, me: SignIn) -> Response:
    """The audit trail, newest first."""
    services = services_of(request)
    before = whole_number(request.query_params.get("before", "")) or 0
    records = await asyncio.to_thread(services.audit.newest, 200, before)
    names = {p.id: p.name for p in await asyncio.to_thread(services.directory.everybody)}
    return show(request, "trail.html", me, records=records, names=names)
