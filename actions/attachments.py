"""Pictures and files from customers: acknowledged, kept for the ticket, described if possible."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from typing_extensions import override

from actions.base import Events, SafeAction
from switchboard.answering.pictures import Picture
from switchboard.conversations.attachments import Attachment, read_attachments
from switchboard.errors import ModelError
from switchboard.failures import place_of
from switchboard.files.file_store import REFERENCE

logger = logging.getLogger(__name__)


class ActionReceiveAttachment(SafeAction):
    """Acknowledges attachments. The description of a picture is for colleagues only."""

    @override
    def name(self) -> str:
        return "action_receive_attachment"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Acknowledge; offer to report damage if the picture shows some."""
        sent = read_attachments(tracker.latest_message.get("metadata"))
        if not sent:
            dispatcher.utter_message(response="say_attachment_missing")
            return []
        pictures = [a for a in sent if a.kind == "image"]
        seen = await self._describe(pictures[0]) if pictures else None
        in_form = bool((tracker.active_loop or {}).get("name"))
        if seen is not None and seen.shows == "damage" and not in_form:
            dispatcher.utter_message(response="say_attachment_damage")
        else:
            dispatcher.utter_message(response="say_attachment_received")
        if seen is None:
            return []
        notes = [*(tracker.get_slot("picture_notes") or []), f"{seen.shows}: {seen.note}"]
        return [SlotSet("picture_notes", notes[-5:])]

    async def _describe(self, picture: Attachment) -> Picture | None:
        reader = self.services.pictures
        if reader is None:
            return None
        try:
            address = picture.url
            if address.startswith(REFERENCE):
                address = await asyncio.to_thread(self.services.files.data_url, address)
            return await reader.read(address)
        except ModelError as error:
            logger.warning("picture not looked at: %s", place_of(error))
            return None
