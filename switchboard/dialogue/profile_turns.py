"""Turns about the customer's profile: what is known, that it be forgotten, what they prefer.

They are recorded like others, so agents read them and a repeated message is answered once. The
texts that are read this way are few (`switchboard/profile`), so no model has to learn them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rasa.core.actions.action import create_bot_utterance
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered

from switchboard.conversations.turns import LANGUAGE, PREFERRED
from switchboard.profile.preferences import LANGUAGE as TONGUE
from switchboard.profile.preferences import SIZE, Preference, read_preferences
from switchboard.profile.profile_reader import Profile, ProfileReader
from switchboard.profile.profile_words import asks_for_profile, asks_to_forget
from switchboard.rasa_services import RasaServices
from switchboard.shop.speech import Speech
from switchboard.text.language import SPOKEN, read_language
from switchboard.tickets.ticket_book import TicketBook
from switchboard.welcome.consent_book import ConsentAct

TELL, FORGET = "/profile", "/forget_profile"
_INTENTS = {"tell": "tell_profile", "forget": "forget_profile", "note": "note_preference"}


class ProfileTurns:
    """Answers such messages; all others are for the model."""

    def __init__(self, services: RasaServices) -> None:
        self._services = services

    async def answer(self, processor: MessageProcessor, message: UserMessage) -> bool:
        """Whether the message was one, and is answered. Of any other, `metadata` tells in which
        language its customer wants to be written to."""
        profiles, words = self._services.profiles, str(message.text or "")
        conversation = str(message.sender_id)
        if profiles is None:
            if words not in (TELL, FORGET):
                return False
            await self._say(processor, message, "tell", "say_profile_nothing")
            return True
        what, said = _read(words)
        if (what or said) and TicketBook(self._services.engine).open_for(conversation):
            return False
        if said:
            profiles.book.keep(conversation, said)
        self._name_language(profiles, message)
        if not what or (what == "note" and await self._in_form(processor, conversation)):
            return False
        if what == "forget":
            profiles.forget(conversation)
            await self._say(processor, message, what, "say_profile_forgotten")
        elif what == "note":
            speech = self._services.phrasebook.speak(self._language(message, "en"))
            await self._say(
                processor, message, what, "say_preference_noted", wish=_wish(said, speech)
            )
        else:
            await self._tell(processor, message, profiles.of(conversation))
        return True

    def _name_language(self, profiles: ProfileReader, message: UserMessage) -> None:
        """What the customer asked for here holds whatever they write in; what they asked for
        elsewhere, where their message does not tell."""
        conversation = str(message.sender_id)
        metadata = dict(message.metadata or {})
        own = profiles.book.own(conversation).get(TONGUE)
        if own is not None:
            metadata[PREFERRED] = own
        elif read_language(str(message.text or "")) is None and "language" not in metadata:
            known = profiles.of(conversation).preferences.get(TONGUE)
            if known is not None:
                metadata["locale"] = known
        message.metadata = metadata

    async def _in_form(self, processor: MessageProcessor, conversation: str) -> bool:
        """Whether a question of ours is open, which the message may answer."""
        tracker = await processor.tracker_store.retrieve(conversation)
        return tracker is not None and tracker.active_loop_name is not None

    async def _tell(
        self, processor: MessageProcessor, message: UserMessage, known: Profile
    ) -> None:
        speech = self._services.phrasebook.speak(self._language(message, "en"))
        lines = self._facts(str(message.sender_id), known, speech)
        if lines:
            facts = "\n".join(f"- {line}" for line in lines)
            await self._say(processor, message, "tell", "say_profile", facts=facts)
        else:
            await self._say(processor, message, "tell", "say_profile_nothing")

    def _facts(self, conversation: str, known: Profile, speech: Speech) -> list[str]:
        lines = [_wish([Preference(*item)], speech) for item in sorted(known.preferences.items())]
        places = dict.fromkeys(span.conversation_id.partition(":")[0] for span in known.spans)
        listed = {
            "orders": list(known.orders),
            "cases": list(known.cases),
            "elsewhere": [speech.word("channel_names", place) for place in places],
        }
        for name, values in listed.items():
            if values:
                key = "channels" if name == "elsewhere" else name
                lines.append(speech.word("profile", name).format_map({key: speech.listed(values)}))
        agreed = self._services.consents.standing(conversation)
        if agreed.act is ConsentAct.GIVEN:
            day = speech.day(
                datetime.fromtimestamp(agreed.at, self._services.phrasebook.policy.timezone)
            )
            lines.append(speech.word("profile", "agreed").format(day=day))
        return lines

    def _language(self, message: UserMessage, otherwise: str) -> str:
        metadata = message.metadata or {}
        told = metadata.get(PREFERRED) or read_language(str(message.text or ""))
        return str(told or metadata.get("language") or metadata.get("locale") or otherwise)

    async def _say(
        self,
        processor: MessageProcessor,
        message: UserMessage,
        what: str,
        response: str,
        **facts: Any,
    ) -> None:
        """Record the message and the reply, and send it."""
        channel, conversation = message.output_channel, str(message.sender_id)
        tracker = await processor.fetch_tracker_and_update_session(
            conversation, channel, message.metadata
        )
        intent = {"name": _INTENTS[what], "confidence": 1.0}
        language = self._language(message, "")
        parsed = {"text": message.text, "intent": intent, "entities": [], LANGUAGE: language}
        said = UserUttered(
            message.text,
            intent,
            [],
            parsed,
            input_channel=message.input_channel,
            message_id=message.message_id,
            metadata=message.metadata,
        )
        tracker.update(said, processor.domain)
        if language in SPOKEN and language != tracker.get_slot(LANGUAGE):
            tracker.update(SlotSet(LANGUAGE, language), processor.domain)
        reply = await processor.nlg.generate(
            response, tracker, channel.name() if channel else "", **facts
        )
        if reply is not None:
            uttered = create_bot_utterance(dict(reply))
            if channel is not None:
                await processor._send_bot_messages([uttered], tracker, channel)
            tracker.update(uttered, processor.domain)
        tracker.update(ActionExecuted("action_listen"), processor.domain)
        await processor.save_tracker(tracker)


def _read(words: str) -> tuple[str, tuple[Preference, ...]]:
    """What a message asks for, if that is all that it does; and the preferences in it."""
    if words == TELL or asks_for_profile(words):
        return "tell", ()
    if words == FORGET or asks_to_forget(words):
        return "forget", ()
    read = read_preferences(words)
    return ("note" if read.alone else ""), read.found


def _wish(said: Iterable[Preference], speech: Speech) -> str:
    worded = []
    for one in said:
        name = SIZE if one.kind == SIZE else f"{one.kind}_{one.value}"
        worded.append(speech.word("profile", name).format(size=one.value))
    return speech.listed(worded)
