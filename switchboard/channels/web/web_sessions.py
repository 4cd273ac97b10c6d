"""Whose chat it is: a secret of the browser, and how much it may write."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections import OrderedDict, deque

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_MAX_KNOWN = 20_000


def read_token(given: object) -> str:
    """The browser's token if it is one, else a new one of 256 bits."""
    if isinstance(given, str) and _TOKEN.fullmatch(given):
        return given
    return secrets.token_urlsafe(32)


def conversation_of(token: str) -> str:
    """The conversation of a token. Who knows the one cannot tell the other."""
    return "web:" + hashlib.sha256(token.encode()).hexdigest()[:32]


class RateLimit:
    """So many messages a minute for each conversation."""

    def __init__(self, a_minute: int) -> None:
        self._a_minute = a_minute
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def wait(self, key: str) -> float:
        """0 if one more may come now, and it counts; else the seconds until it may."""
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
