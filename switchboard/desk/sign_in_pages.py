"""Signing in and out, and what each person sets for themselves."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from switchboard.clock import DAY
from switchboard.desk.guard import COOKIE, read_form, services_of
from switchboard.desk.readable import read_fields
from switchboard.desk.rendering import language_of, show
from switchboard.desk.wording import LANGUAGES, words_in
from switchboard.errors import TooManyTries
from switchboard.staff.known_devices import DEVICE_DAYS
from switchboard.staff.sign_ins import MOST_SECONDS, Cookies, SignIn

DEVICE_COOKIE = "desk-device"


async def ask_to_sign_in(request: Request) -> Response:
    """The sign-in form."""
    return _asked(request, 200)


async def sign_in(request: Request) -> Response:
    """Sign a person in; a refusal does not tell whether login or password was wrong."""
    form = await read_fields(request)
    login, password = str(form.get("login") or ""), str(form.get("password") or "")
    device = request.cookies.get(DEVICE_COOKIE, "")
    say = words_in(language_of(request, None))
    try:
        found = await asyncio.to_thread(
            services_of(request).sign_ins.authenticate, login, password, address_of(request), device
        )
    except TooManyTries as error:
        return _asked(request, 429, wrong=told_to_wait(request, error), login=login)
    if found is None:
        return _asked(request, 401, wrong=say("Login or password is wrong."), login=login)
    answer = RedirectResponse("/sign-in/code" if found.awaits_code else "/", 303)
    return with_cookies(request, answer, found)


async def ask_for_code(request: Request, me: SignIn) -> Response:
    """The form for the code of the second factor."""
    return show(request, "sign_in_code.html", token=me.csrf)


async def take_code(request: Request, me: SignIn) -> Response:
    """Let somebody in whose code is right."""
    form = await read_form(request, me)
    token, device = request.cookies.get(COOKIE, ""), request.cookies.get(DEVICE_COOKIE, "")
    code, address = str(form.get("code") or ""), address_of(request)
    say = words_in(language_of(request, me))
    try:
        found = await asyncio.to_thread(
            services_of(request).sign_ins.give_code, token, code, address, device
        )
        wrong, status = say("The code is wrong, or was used before."), 401
    except TooManyTries as error:
        found, wrong, status = None, told_to_wait(request, error), 429
    if found is None:
        return show(request, "sign_in_code.html", token=me.csrf, wrong=wrong, status=status)
    return with_cookies(request, RedirectResponse("/", 303), found)


async def sign_out(request: Request, me: SignIn) -> Response:
    """End the sign-in."""
    await read_form(request, me)
    token = request.cookies.get(COOKIE, "")
    await asyncio.to_thread(services_of(request).sign_ins.end, token)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE)
    return answer


async def change_me(request: Request, me: SignIn) -> Response:
    """Availability and the language of the pages."""
    form = await read_form(request, me)
    directory, language = services_of(request).directory, str(form.get("language") or "")
    if language in LANGUAGES:
        await asyncio.to_thread(directory.set_language, me.person, language)
    if form.get("away") in ("yes", "no"):
        await asyncio.to_thread(directory.set_away, me.person, form.get("away") == "yes")
    return RedirectResponse(_own_path(str(form.get("back") or "/")), 303)


def _own_path(back: str) -> str:
    """A path of the desk; the queue in place of any other address."""
    try:
        parts = urlsplit(back)
    except ValueError:
        return "/"
    ours = back.startswith("/") and not back.startswith(("//", "/\\"))
    return back if ours and not (parts.scheme or parts.netloc) else "/"


def _asked(request: Request, status: int, wrong: str = "", login: str = "") -> Response:
    provider = services_of(request).openid is not None
    return show(request, "sign_in.html", wrong=wrong, login=login, provider=provider, status=status)


def told_to_wait(request: Request, error: TooManyTries) -> str:
    """What somebody is told who tried too often."""
    say = words_in(language_of(request, None))
    return f"{say('Too many wrong tries. Seconds until the next one:')} {error.seconds}"


def address_of(request: Request) -> str:
    """Where a request comes from; from beyond a proxy if it is one that is trusted."""
    return request.client.host if request.client else ""


def with_cookies(request: Request, answer: Response, kept: Cookies) -> Response:
    """An answer with what the browser is to keep, for this host alone, away from scripts."""
    lasting = {COOKIE: (kept.token, MOST_SECONDS), DEVICE_COOKIE: (kept.device, DEVICE_DAYS * DAY)}
    for name, (value, seconds) in lasting.items():
        if value:
            answer.set_cookie(
                name,
                value,
                int(seconds),
                httponly=True,
                secure=is_secure(request),
                samesite="strict",
            )
    return answer


def is_secure(request: Request) -> bool:
    """Whether the browser speaks TLS, by what it says or by where the desk is known to be."""
    address = services_of(request).settings.address
    return request.url.scheme == "https" or address.startswith("https://")
