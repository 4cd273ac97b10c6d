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

from switchboard.desk.bounded_body import MOST_BYTES, allow_bytes
from switchboard.desk.desk_services import DeskServices
from switchboard.desk.readable import read_fields
from switchboard.staff.directory import Role
from switchboard.staff.sign_ins import SignIn

COOKIE = "desk"
FACTOR_PAGE = "/me/second-factor"
Page = Callable[[Request, SignIn], Awaitable[Response]]

HEADERS = {
    # No foreign origins, no inline scripts, no framing.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
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


def signed_in(
    page: Page, role: Role = Role.AGENT, to_enrol: bool = False
) -> Callable[[Request], Awaitable[Response]]:
    """Restrict a page to signed-in people, or to supervisors; where everybody needs a second
    factor, to those who have one, unless the page is there `to_enrol`."""

    async def guarded(request: Request) -> Response:
        found = await _sign_in_of(request)
        if found is None or found.awaits_code:
            return _elsewhere(request, "/sign-in", 401, "Please sign in.")
        if role is Role.SUPERVISOR and found.person.role is not role:
            raise HTTPException(403, "This is for supervisors.")
        if not to_enrol and _lacks_factor(request, found):
            return _elsewhere(request, FACTOR_PAGE, 403, "Add a second factor first.")
        return await page(request, found)

    return guarded


def half_signed_in(page: Page) -> Callable[[Request], Awaitable[Response]]:
    """Restrict a page to those whose password was right, and whose code is awaited."""

    async def guarded(request: Request) -> Response:
        found = await _sign_in_of(request)
        if found is None or not found.awaits_code:
            return _elsewhere(request, "/sign-in", 401, "Please sign in.")
        return await page(request, found)

    return guarded


def _lacks_factor(request: Request, found: SignIn) -> bool:
    """Whether somebody has to add a second factor before anything else."""
    demanded = services_of(request).settings.second_factor == "required"
    return demanded and not (found.has_factor or found.by_provider)


async def _sign_in_of(request: Request) -> SignIn | None:
    token = request.cookies.get(COOKIE, "")
    return await asyncio.to_thread(services_of(request).sign_ins.find, token)


def _elsewhere(request: Request, path: str, status: int, told: str) -> Response:
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(path, 303)
    raise HTTPException(status, told)


async def read_form(request: Request, sign_in: SignIn, most: int = MOST_BYTES) -> FormData:
    """Read a form of at most so many bytes, and check its CSRF token.

    Raises:
        HTTPException: 413 if it is too large, 400 if it cannot be read, 403 if the token is wrong.
    """
    allow_bytes(request, most)
    form = await read_fields(request)
    if not sign_in.owns(str(form.get("csrf") or "")):
        raise HTTPException(403, "This form is out of date. Load the page again.")
    return form
