"""Sessions of the web chat: the browser's secret token and the rate limit."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections import OrderedDict, deque

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


class RateLimit:
    """Limits messages per minute for each key."""

    def __init__(self, a_minute: int) -> None:
        self._a_minute = a_minute
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, key: str) -> float:
        """0 if one more is allowed (it is counted), else the seconds until then."""
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
