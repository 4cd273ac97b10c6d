"""The page on which people add and remove their own second factor."""

from __future__ import annotations

import asyncio
import contextlib

import segno
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from switchboard.desk.guard import FACTOR_PAGE, read_form, services_of
from switchboard.desk.rendering import language_of, show
from switchboard.desk.wording import words_in
from switchboard.errors import StaffError, TooManyTries
from switchboard.staff.second_factor import authenticator_link
from switchboard.staff.sign_in_delays import by_person
from switchboard.staff.sign_ins import SignIn


async def second_factor(request: Request, me: SignIn) -> Response:
    """What a person's authenticator has to know, or that it is known."""
    return await _page(request, me)


async def change_second_factor(request: Request, me: SignIn) -> Response:
    """Begin to ask for codes (`add`), stop it (`remove`), or make new recovery codes (`renew`):
    each needs a code."""
    form = await read_form(request, me)
    what, code = str(form.get("what") or ""), str(form.get("code") or "")
    services, say = services_of(request), words_in(language_of(request, me))
    wrong = say("The code is wrong, or was used before.")

    def change() -> list[str] | None:
        """The recovery codes to tell; None if the code is wrong."""
        with services.delays.attempt(by_person(me.person.id)) as made:
            if what == "add":
                told = services.factors.confirm(me.person, code)
                made.right = told is not None
                return told
            made.right = services.factors.accept(me.person.id, code)
        if not made.right:
            return None
        if what == "renew":
            return services.factors.renew_codes(me.person)
        services.factors.remove(me.person, me.person.id)
        return []

    if what not in ("add", "renew", "remove"):
        return await _page(request, me, wrong=say("Something is missing in this form."), status=400)
    try:
        told = await asyncio.to_thread(change)
    except TooManyTries as error:
        wait = say("Too many wrong tries. Seconds until the next one:")
        return await _page(request, me, wrong=f"{wait} {error.seconds}", status=429)
    if told is None:
        return await _page(request, me, wrong=wrong, status=400)
    if not told:
        return RedirectResponse(FACTOR_PAGE, 303)
    return await _page(request, me, codes=told)


async def _page(
    request: Request,
    me: SignIn,
    wrong: str = "",
    codes: list[str] | None = None,
    status: int = 200,
) -> Response:
    services = services_of(request)
    secret = ""
    with contextlib.suppress(StaffError):  # there is one
        secret = await asyncio.to_thread(services.factors.begin, me.person)
    link = authenticator_link(me.person, secret) if secret else ""
    return show(
        request,
        "second_factor.html",
        me,
        secret=secret,
        link=link,
        picture=segno.make(link).svg_data_uri(scale=4, light="white") if link else "",
        codes=codes or [],
        demanded=services.settings.second_factor == "required",
        wrong=wrong,
        status=status,
    )
