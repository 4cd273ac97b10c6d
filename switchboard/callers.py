"""Who may call a server of ours: secrets in constant time, names of this machine, browsers' pages.

A page in somebody's browser can send requests to this machine. It cannot leave out `Origin` when it
writes to another site, cannot choose `Host`, and cannot send JSON or a header of its own to another
site unasked. What a page does under a name that it made point here (DNS rebinding) shows in
`Host`.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

ACTIONS_SECRET = "X-Switchboard-Secret"  # noqa: S105  (the header's name)
"""The header in which Rasa's process shows the action server their secret."""
_BEARER = "Bearer "
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def shows(given: str | None, secret: str) -> bool:
    """Whether what a caller shows is the secret, in constant time; never if there is none."""
    one, other = (text.encode("utf-8", "surrogatepass") for text in (given or "", secret))
    return bool(secret) and hmac.compare_digest(one, other)


def bearer(headers: Mapping[str, str]) -> str:
    """The token of an `Authorization` header; empty without one."""
    value = headers.get("authorization") or ""
    return value[len(_BEARER) :] if value.startswith(_BEARER) else ""


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.casefold() == "localhost"


def host_in(header: str | None) -> str:
    """The host of a `Host` header or of a URL, without its port; empty if it cannot be read."""
    try:
        return urlsplit(header if header and "//" in header else f"//{header or ''}").hostname or ""
    except ValueError:
        return ""


@dataclass(frozen=True)
class CallRules:
    """What the action server asks of its callers.

    `hosts` are the names by which it is called besides loopback's; `any_host`: it listens where a
    container's or another machine's name for it may be any, and the secret alone guards it.
    """

    secret: str = ""
    hosts: Collection[str] = ()
    any_host: bool = False

    def refusal(self, method: str, headers: Mapping[str, str], is_open: bool) -> int:
        """The status with which a call is refused; 0 if it is not. `is_open`: the path asks for no
        secret, but one that is shown has to be right."""
        host = host_in(headers.get("host"))
        if "origin" in headers or not (self.any_host or is_loopback(host) or host in self.hosts):
            return 403
        shown = headers.get(ACTIONS_SECRET.lower())
        asked = not is_open or shown is not None
        if self.secret and asked and not shows(shown, self.secret):
            return 401
        if method == "POST" and not is_json(headers):
            return 415
        return 0


def is_json(headers: Mapping[str, str]) -> bool:
    """Whether a body is declared as JSON."""
    kind = (headers.get("content-type") or "").partition(";")[0]
    return kind.strip().casefold() == "application/json"


def may_read_metrics(token: str, peer: str, headers: Mapping[str, str]) -> bool:
    """Whether a caller may read the figures: with the token; without one from this machine, by a
    name of its own, and not through a proxy."""
    if token:
        return shows(bearer(headers), token)
    through = any(name in headers for name in (*_FORWARDED, "origin"))
    return is_loopback(peer) and is_loopback(host_in(headers.get("host"))) and not through
