"""Pulls messages of customer service: after each call of WeCom's, and now and then by itself."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy.engine import Connection

from switchboard.channels.payload import string
from switchboard.channels.platform import Trouble, Undelivered
from switchboard.channels.wecom.wecom_api import list_accounts
from switchboard.channels.wecom.wecom_events import ACCOUNT, read_wecom_arrivals
from switchboard.channels.weixin.weixin_api import WeixinApi
from switchboard.clock import epoch_now
from switchboard.failures import place_of
from switchboard.mailroom.inbox import Arrival, Beside
from switchboard.mailroom.read_marks import ReadMarks

logger = logging.getLogger(__name__)

AT_ONCE = 200
"""Messages of one call; they are stored within a second."""
MOST_CALLS = 50
POLL_SECONDS = 120.0
"""Between looks for what no call announced. Without a call's token WeCom allows few of them."""
NEW_SECONDS = 600.0
"""How old a message may be that an account gives out before it was ever read: what is older was
answered by others, or by nobody, and not by a bot two days later."""

Keep = Callable[[list[Arrival], Beside], Awaitable[object]]
"""Stores messages with what is to be stored beside them, in one transaction."""


class WecomSync:
    """Reads the accounts of a company, each from where it was read before."""

    def __init__(self, api: WeixinApi, marks: ReadMarks, keep: Keep) -> None:
        self._api, self._marks, self._keep = api, marks, keep
        self._one: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def pull(self, account: str, token: str = "") -> None:
        """Read and store what is new.

        Raises:
            Undelivered: WeCom refused, or did not answer.
            InboxFull: too many messages wait.
            sqlalchemy.exc.SQLAlchemyError: it could not be stored, and is read again.
        """
        async with self._one[account]:
            for _ in range(MOST_CALLS):
                if not await self._next(account, token):
                    return

    async def watch(self) -> None:
        """Look now and then, for ever."""
        while True:
            try:
                for account in await list_accounts(self._api):
                    number = string(account.get("open_kfid"))
                    if ACCOUNT.fullmatch(number):
                        await self.pull(number)
            except Undelivered as error:
                logger.warning("WeCom gives no messages: %s", error.trouble.value)
            except Exception as error:  # the database may be back the next time
                logger.error("WeCom's messages are not kept: %s", place_of(error))
            await asyncio.sleep(POLL_SECONDS)

    async def _next(self, account: str, token: str) -> bool:
        mark = await asyncio.to_thread(self._marks.get, account)
        data = await self._read(account, mark, token)
        since = 0.0 if mark else epoch_now() - NEW_SECONDS
        arrivals = read_wecom_arrivals(account, data.get("msg_list"), since)
        after = string(data.get("next_cursor"))[:255]
        if not after or after == mark:
            if arrivals:
                await self._keep(arrivals, _nothing)
            return False
        await self._keep(arrivals, partial(self._move, account, mark, after))
        return data.get("has_more") == 1

    async def _read(self, account: str, mark: str, token: str) -> Mapping[str, Any]:
        """What is new. A call's token is good for ten minutes, and of a cursor nobody knows for how
        long: what is refused is left out. Without a cursor all of three days comes once more, and
        what was stored is known by its number."""
        *before, last = dict.fromkeys([(mark, token), (mark, ""), ("", "")])
        for cursor, given in before:
            try:
                return await self._ask(account, cursor, given)
            except Undelivered as error:
                if error.trouble is not Trouble.INVALID:
                    raise
                logger.warning("WeCom refused %s", "a call's token" if given else "a cursor")
        return await self._ask(account, *last)

    async def _ask(self, account: str, cursor: str, token: str) -> Mapping[str, Any]:
        asked = {"limit": AT_ONCE, "voice_format": 0, "open_kfid": account}
        told = {"cursor": cursor, "token": token}
        body = {**asked, **{key: value for key, value in told.items() if value}}
        return await self._api.call("/cgi-bin/kf/sync_msg", body)

    def _move(self, account: str, before: str, after: str, db: Connection) -> None:
        self._marks.move(db, account, before, after)


def _nothing(_: Connection) -> None:
    """The mark stays."""
