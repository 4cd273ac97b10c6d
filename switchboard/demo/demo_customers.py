"""The demo's customers: each writes to the running assistant, reads, and writes again."""

from __future__ import annotations

import asyncio
import random
import re
from typing import Any

import httpx

from switchboard.clock import epoch_now
from switchboard.conversations.log import ConversationLog
from switchboard.demo.demo_marks import conversation_name
from switchboard.demo.demo_office import DemoOffice
from switchboard.demo.demo_script import CHANNELS, CUSTOMER, DemoScript, Step
from switchboard.demo.moving import Timeline
from switchboard.errors import DemoRefused

SECONDS = 30.0
"""For one answer of the assistant."""
_DESK_SECONDS = 6.0
"""For what the desk does by itself, once a second."""
_PAUSES = {
    CUSTOMER: (15.0, 90.0),
    "take": (90.0, 900.0),
    "answer": (60.0, 300.0),
    "note": (30.0, 90.0),
    "tag": (5.0, 20.0),
    "close": (120.0, 1500.0),
    "give_back": (60.0, 300.0),
    "snooze": (10.0, 60.0),
    "until": (1.0, 3.0),
    "rate": (20.0, 60.0),
    "means": (8.0, 60.0),
    "correct": (600.0, 3600.0),
}
"""Seconds before a step, from and to."""
_HURRY = 0.05
"""Of these pauses, where somebody looks on."""


class DemoCustomers:
    """`platforms`: the kinds whose messages really go out, so that no demo customer is there."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        log: ConversationLog,
        office: DemoOffice,
        platforms: frozenset[str],
        chance: random.Random,
    ) -> None:
        self._client, self._log, self._office = client, log, office
        self._platforms, self._chance = platforms, chance

    async def converse(
        self, script: DemoScript, number: int, timeline: Timeline, slowly: bool = False
    ) -> str:
        """Hold a conversation; its id. `slowly`: with pauses that one can watch.

        Raises:
            DemoRefused: the assistant does not answer, or not to the demo.
        """
        kind = "web" if script.kind in self._platforms else script.kind
        conversation_id = conversation_name(kind, number)
        for index, step in enumerate(script.steps):
            if step.kind == "now":
                timeline.arrive(epoch_now())
                continue
            pause = self._chance.uniform(*_PAUSES[step.kind]) if index else 0.0
            if slowly:
                await asyncio.sleep(pause * _HURRY)
            timeline.step(epoch_now(), 0.0 if slowly else pause)
            await self._do(conversation_id, CHANNELS[kind], step)
        return conversation_id

    async def _do(self, conversation_id: str, channel: str, step: Step) -> None:
        if step.kind == CUSTOMER:
            await self._write(conversation_id, channel, step.value)
        elif step.kind == "means":
            await self._mean(conversation_id, channel, *step.value)
        elif step.kind == "until":
            await self._wait(conversation_id, step.value)
        else:
            await asyncio.to_thread(self._office.do, conversation_id, step)
            if channel != CHANNELS["web"]:  # the page's are delivered by its channel
                await asyncio.to_thread(self._office.deliver, conversation_id, channel)

    async def _mean(self, conversation_id: str, channel: str, intent: str, text: str) -> None:
        """Take the button of an intent, or say it."""
        offered = await asyncio.to_thread(self._buttons, conversation_id)
        wanted = (one for one in offered if re.match(rf"/{intent}\b", one))
        await self._post(conversation_id, channel, text, next(wanted, ""))

    async def _write(self, conversation_id: str, channel: str, text: str) -> None:
        payload = ""
        if text.isdecimal() and len(text) == 1:
            offered = await asyncio.to_thread(self._buttons, conversation_id)
            payload = dict(enumerate(offered, start=1)).get(int(text), "")
        await self._post(conversation_id, channel, text, payload)

    async def _post(self, conversation_id: str, channel: str, text: str, payload: str) -> None:
        """Send a message, or press a button with that title."""
        said: dict[str, Any] = {"sender": conversation_id, "message": payload or text}
        said["input_channel"] = channel
        if payload:
            said["metadata"] = {"title": text}
        try:
            answer = await self._client.post("/webhooks/rest/webhook", json=said)
            answer.raise_for_status()
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            raise DemoRefused(
                f"the assistant answers {status} on the channel `rest`: start it with "
                "`make serve`, or set SWITCHBOARD_REST_TOKEN for both"
            ) from None
        except httpx.HTTPError as error:
            raise DemoRefused(
                f"no assistant answers at {self._client.base_url} ({type(error).__name__}): "
                "start it with `make serve`"
            ) from None

    def _buttons(self, conversation_id: str) -> list[str]:
        """What the buttons of the last message that had some stand for."""
        for event in self._log.latest(conversation_id, "bot", 5):
            if buttons := (event.get("data") or {}).get("buttons"):
                return [str(button["payload"]) for button in buttons]
        return []

    async def _wait(self, conversation_id: str, what: str) -> None:
        """Until the desk has seen it; without a desk the conversation goes on all the same."""
        deadline = epoch_now() + _DESK_SECONDS
        while epoch_now() < deadline:
            if await asyncio.to_thread(self._office.is_ready, conversation_id, what):
                return
            await asyncio.sleep(0.2)
