"""Signing in by the organisation's OpenID Connect provider: there and back."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from switchboard.desk.desk_services import DeskServices
from switchboard.desk.guard import services_of
from switchboard.desk.rendering import show
from switchboard.desk.sign_in_pages import DEVICE_COOKIE, address_of, is_secure, with_cookies
from switchboard.errors import OpenIdDown, OpenIdRefused, StaffError
from switchboard.staff.directory import Person, Role
from switchboard.staff.openid_provider import Journey, OpenIdProvider, Vouched

logger = logging.getLogger(__name__)

BACK = "/sign-in/openid/back"
JOURNEY_COOKIE = "desk-openid"
JOURNEY_SECONDS = 600


async def go_to_provider(request: Request) -> Response:
    """Send somebody to the provider."""
    journey = Journey.new()
    try:
        address = await _provider(request).way_there(journey, _back(request))
    except (OpenIdDown, OpenIdRefused) as error:
        raise _told(error) from None
    answer = RedirectResponse(address, 303)
    # Lax: the way back begins at another site.
    answer.set_cookie(
        JOURNEY_COOKIE,
        str(journey),
        JOURNEY_SECONDS,
        path="/sign-in/openid",
        httponly=True,
        secure=is_secure(request),
        samesite="lax",
    )
    return answer


async def come_back(request: Request) -> Response:
    """Let somebody in whom the provider vouches for."""
    journey = Journey.read(request.cookies.get(JOURNEY_COOKIE, ""))
    if journey is None:
        raise HTTPException(400, "This sign-in took too long. Begin again.")
    try:
        vouched = await _provider(request).way_back(journey, request.query_params, _back(request))
    except (OpenIdDown, OpenIdRefused) as error:
        raise _told(error) from None
    services, address = services_of(request), address_of(request)
    person = await asyncio.to_thread(_person, services, vouched)
    if person is None or not person.active:
        await asyncio.to_thread(services.sign_ins.refused, person, address)
        raise HTTPException(403, "Nobody at the desk has this e-mail address.")
    device = request.cookies.get(DEVICE_COOKIE, "")
    kept = await asyncio.to_thread(services.sign_ins.let_in, person, address, device, True)
    # A page, and no redirection: a browser that was sent by another site keeps strict cookies back.
    answer = with_cookies(request, show(request, "signed_in.html"), kept)
    answer.delete_cookie(JOURNEY_COOKIE, path="/sign-in/openid")
    return answer


def _person(services: DeskServices, vouched: Vouched) -> Person | None:
    """Whose address it is; somebody new if the settings say what they become."""
    found = services.directory.find_email(vouched.email)
    if found is not None or not services.openid_role:
        return found
    local = re.sub(r"[^a-z0-9._-]", "", vouched.email.partition("@")[0]).lstrip("._-")[:48]
    login = f"{local or 'person'}-{secrets.token_hex(3)}"
    password, name = secrets.token_urlsafe(32), vouched.name or vouched.email
    role = Role(services.openid_role)
    try:
        return services.directory.add(login, name, role, password, None, vouched.email)
    except StaffError:  # at the same moment, or an address that is none
        return services.directory.find_email(vouched.email)


def _provider(request: Request) -> OpenIdProvider:
    provider = services_of(request).openid
    if provider is None:
        raise HTTPException(404, "There is no such page.")
    return provider


def _back(request: Request) -> str:
    return services_of(request).settings.address + BACK


def _told(error: OpenIdDown | OpenIdRefused) -> HTTPException:
    logger.warning("nobody was let in by the OpenID provider: %s", error)
    if isinstance(error, OpenIdDown):
        return HTTPException(503, "The organisation's sign-in does not answer.")
    return HTTPException(403, "The organisation's sign-in let nobody in.")
