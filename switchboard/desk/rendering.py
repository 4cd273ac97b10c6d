"""Templates and what they know: who looks, their language, the shop's clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.templating import Jinja2Templates

from switchboard.clock import utc_now
from switchboard.desk.guard import services_of
from switchboard.desk.wording import (
    LANGUAGES,
    ago,
    channel_name,
    preferred,
    why,
    words_in,
)
from switchboard.staff.sign_ins import SignIn

templates = Jinja2Templates(str(Path(__file__).parent / "templates"))


def moment_in(zone: tzinfo) -> Callable[[float], str]:
    """A time (seconds since the epoch) on the shop's clock; with its date unless it is today."""

    def moment(at: float) -> str:
        then, now = datetime.fromtimestamp(at, zone), utc_now().astimezone(zone)
        return then.strftime("%H:%M" if then.date() == now.date() else "%Y-%m-%d %H:%M")

    return moment


def language_of(request: Request, sign_in: SignIn | None) -> str:
    """The language of the pages: the person's choice, else the browser's."""
    chosen = sign_in.person.language if sign_in else ""
    return chosen or preferred(request.headers.get("accept-language", ""))


def show(request: Request, name: str, sign_in: SignIn | None = None, **given: Any) -> Response:
    """Render a template with autoescaping."""
    language = language_of(request, sign_in)
    say = words_in(language)
    context: dict[str, Any] = {
        "me": sign_in.person if sign_in else None,
        "csrf": sign_in.csrf if sign_in else "",
        "t": say,
        "language": language,
        "languages": LANGUAGES,
        "ago": partial(ago, say),
        "moment": moment_in(services_of(request).policy.timezone),
        "why": partial(why, say),
        "channel_name": partial(channel_name, say),
    }
    status = int(given.pop("status", 200))
    return templates.TemplateResponse(request, name, {**context, **given}, status_code=status)
