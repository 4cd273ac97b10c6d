"""Limits that several processes keep together, in Redis; each keeps its own while that is away."""

from __future__ import annotations

import hashlib
import logging
import time
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from switchboard.failures import place_of

logger = logging.getLogger(__name__)

SECONDS = 0.3
"""For one question to Redis; it is on the way of every message."""
PAUSE_SECONDS = 3.0
"""How long Redis is not asked after it did not answer."""

# Both scripts take the time from Redis, so that processes need not agree on it. KEYS[1] holds the
# moment from which a bucket is empty again (the generic cell rate algorithm, ITU-T I.371).
_ADMIT = """
local t = redis.call('TIME'); local now = t[1] + t[2] / 1e6
local gap, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local free = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local wait = free - now - burst + gap
if wait > 1e-6 then return tostring(wait) end
redis.call('SET', KEYS[1], string.format('%.6f', free + gap), 'PX', math.ceil((burst + gap) * 1000))
return '0'
"""
# The overall pace in KEYS[1], a chat's in KEYS[2]; a chat that waits delays no other.
_PACE = """
local t = redis.call('TIME'); local now = t[1] + t[2] / 1e6
local gap, chat_gap = tonumber(ARGV[1]), tonumber(ARGV[2])
local all = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
local at = math.max(all, tonumber(redis.call('GET', KEYS[2]) or 0))
redis.call('SET', KEYS[1], string.format('%.6f', all + gap), 'PX', 60000)
redis.call('SET', KEYS[2], string.format('%.6f', at + chat_gap),
           'PX', math.ceil((at - now + chat_gap) * 1000) + 1000)
return tostring(at - now)
"""
_PAUSE = """
local t = redis.call('TIME'); local now = t[1] + t[2] / 1e6
local till = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now + tonumber(ARGV[1]))
redis.call('SET', KEYS[1], string.format('%.6f', till), 'PX', math.ceil((till - now) * 1000) + 1000)
return '0'
"""


class SharedLimits:
    """Rate limits and paces in Redis. None means that it could not be asked."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._redis: Redis | None = None
        self._away_until = 0.0

    async def admit(self, name: str, a_minute: int) -> float | None:
        """0 if one more of a name is allowed (it is counted), else the seconds until then."""
        return await self._ask(_ADMIT, [f"rate:{_digest(name)}"], 60 / a_minute, 60.0)

    async def pace(self, platform: str, chat: str, gap: float, chat_gap: float) -> float | None:
        """The seconds until a call to a chat may be made, which is booked."""
        keys = [f"pace:{platform}", f"pace:{platform}:{_digest(chat)}"]
        return await self._ask(_PACE, keys, gap, chat_gap)

    async def pause(self, platform: str, chat: str, seconds: float) -> None:
        """Let a chat rest, in every process."""
        await self._ask(_PAUSE, [f"pace:{platform}:{_digest(chat)}"], seconds)

    async def close(self) -> None:
        """Close the connections."""
        if self._redis is not None:
            await self._redis.close()

    async def _ask(self, script: str, keys: list[str], *given: float) -> float | None:
        if time.monotonic() < self._away_until:
            return None
        try:
            if self._redis is None:
                options: dict[str, Any] = {"socket_timeout": SECONDS, "max_connections": 100}
                self._redis = Redis.from_url(self._url, socket_connect_timeout=SECONDS, **options)
            named = [f"switchboard:{key}" for key in keys]
            return float(await self._redis.eval(script, len(named), *named, *given))
        except (RedisError, OSError, ValueError) as error:
            logger.warning("limits are kept by this process alone: %s", place_of(error))
            self._away_until = time.monotonic() + PAUSE_SECONDS
            return None


def open_limits(url: str) -> SharedLimits | None:
    """The limits of a channel in Redis; None without one."""
    return SharedLimits(url) if url else None


def _digest(name: str) -> str:
    """No address and no conversation stands in Redis."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
