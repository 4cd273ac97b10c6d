"""Sessions of the web chat: the browser's secret token and the rate limit."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections import OrderedDict, deque

from switchboard.channels.shared_limits import SharedLimits

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_MAX_KNOWN = 20_000


def is_token(given: str) -> bool:
    """Whether a token is well-formed."""
    return _TOKEN.fullmatch(given) is not None


def read_token(given: object) -> str:
    """The browser's token if well-formed, else a new one of 256 bits."""
    return given if isinstance(given, str) and is_token(given) else secrets.token_urlsafe(32)


def conversation_of(token: str) -> str:
    """The conversation id of a token; neither the token nor the id reveals the other without it."""
    return "web:" + hashlib.sha256(token.encode()).hexdigest()[:32]


def origin_of(request: object) -> str:
    """A digest of the network address that a page writes from, by which floods and wrong tries to
    prove an identity are counted; empty where it is this machine's, as behind a proxy that Sanic
    has not been told of (`SANIC_PROXIES_COUNT`)."""
    address = str(getattr(request, "remote_addr", "") or getattr(request, "ip", "") or "")
    if not address or address in ("::1", "unix") or address.startswith("127."):
        return ""
    return hashlib.sha256(address.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class RateLimit:
    """Limits events per minute for each key; with `shared` limits, in all processes together."""

    def __init__(self, name: str, a_minute: int, shared: SharedLimits | None = None) -> None:
        self._name, self._a_minute, self._shared = name, a_minute, shared
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    async def wait(self, key: str) -> float:
        """0 if one more is allowed (it is counted), else the seconds until then."""
        own = self._own_wait(key)
        if own or self._shared is None:
            return own
        return await self._shared.admit(f"{self._name} {key}", self._a_minute) or 0.0

    def _own_wait(self, key: str) -> float:
        now = time.monotonic()
        times = self._times.setdefault(key, deque())
        self._times.move_to_end(key)
        if len(self._times) > _MAX_KNOWN:
            self._times.popitem(last=False)
        while times and now - times[0] > 60:
            times.popleft()
        if len(times) >= self._a_minute:
            return 60 - (now - times[0])
        times.append(now)
        return 0.0
