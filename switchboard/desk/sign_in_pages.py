"""Signing in and out, and what each person sets for themselves."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from switchboard.desk.guard import COOKIE, read_form, services_of
from switchboard.desk.rendering import language_of, show
from switchboard.desk.wording import LANGUAGES, words_in
from switchboard.errors import TooManyTries
from switchboard.staff.sign_ins import MOST_SECONDS, SignIn


async def ask_to_sign_in(request: Request) -> Response:
    """The sign-in form."""
    return show(request, "sign_in.html")


async def sign_in(request: Request) -> Response:
    """Sign a person in; a refusal does not tell whether login or password was wrong."""
    form = await request.form()
    login, password = str(form.get("login") or ""), str(form.get("password") or "")
    address = request.client.host if request.client else ""
    say = words_in(language_of(request, None))
    try:
        token = await asyncio.to_thread(
            services_of(request).sign_ins.authenticate, login, password, address
        )
    except TooManyTries:
        wrong = say("Too many tries. Wait a quarter of an hour.")
        return show(request, "sign_in.html", wrong=wrong, status=429)
    if token is None:
        wrong = say("Login or password is wrong.")
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


async def change_me(request: Request, me: SignIn) -> Response:
    """Availability and the language of the pages."""
    form = await read_form(request, me)
    directory, language = services_of(request).directory, str(form.get("language") or "")
    if language in LANGUAGES:
        await asyncio.to_thread(directory.set_language, me.person, language)
    if form.get("away") in ("yes", "no"):
        await asyncio.to_thread(directory.set_away, me.person, form.get("away") == "yes")
    back = str(form.get("back") or "/")
    return RedirectResponse(
        back if back.startswith("/") and not back.startswith("//") else "/", 303
    )
