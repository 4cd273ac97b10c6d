"""Access control: sign-in, CSRF tokens, roles and security headers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from typing_extensions import override

from switchboard.desk.desk_services import DeskServices
from switchboard.staff.directory import Role
from switchboard.staff.sign_ins import SignIn

COOKIE = "desk"
MAX_FORM = 200_000
Page = Callable[[Request, SignIn], Awaitable[Response]]

HEADERS = {
    # No foreign origins, no inline scripts, no framing.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class SafeHeaders(BaseHTTPMiddleware):
    """Adds `HEADERS` to every response."""

    @override
    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        response = await call_next(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def services_of(request: Request) -> DeskServices:
    """The services of the application."""
    services: DeskServices = request.app.state.services
    return services


def signed_in(page: Page, role: Role = Role.AGENT) -> Callable[[Request], Awaitable[Response]]:
    """Restrict a page to signed-in people, or to supervisors."""

    async def guarded(request: Request) -> Response:
        token = request.cookies.get(COOKIE, "")
        found = await asyncio.to_thread(services_of(request).sign_ins.find, token)
        if found is None:
            if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
                return RedirectResponse("/sign-in", 303)
            raise HTTPException(401, "Please sign in.")
        if role is Role.SUPERVISOR and found.person.role is not role:
            raise HTTPException(403, "This is for supervisors.")
        return await page(request, found)

    return guarded


async def read_form(request: Request, sign_in: SignIn, most: int = MAX_FORM) -> FormData:
    """Read a form of at most so many bytes, and check its CSRF token.

    Raises:
        HTTPException: 413 if it is too large, 403 if the token is wrong.
    """
    length = request.headers.get("content-length", "")
    if not length.isdecimal() or int(length) > most:
        raise HTTPException(413, "That is too long.")
    form = await request.form()
    if not sign_in.owns(str(form.get("csrf") or "")):
        raise HTTPException(403, "This form is out of date. Load the page again.")
    return form
