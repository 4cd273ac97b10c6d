"""What comes before a turn, on every channel: consent, and what customers ask of their profile.

Where the shop asks for consent (`data/policy.yml`), nothing reads or stores a message before its
customer agrees: it waits, is answered after a yes, and is deleted after a no. The message of a
customer who talks with a person passes: no machine answers it.

Works where all channels meet, in the conversation's lock. Whatever is done here may be cut short at
any moment and is done again by the same message, with the same outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from switchboard.conversations.attachments import read_attachments
from switchboard.conversations.turns import EXPLAINED
from switchboard.dialogue.profile_turns import ProfileTurns
from switchboard.mailroom.message import Outgoing
from switchboard.orders.identity import IdentityGate
from switchboard.privacy.subjects import Subjects
from switchboard.rasa_services import RasaServices, rasa_services
from switchboard.text.language import SPOKEN, read_language
from switchboard.tickets.ticket_book import TicketBook
from switchboard.welcome.consent_book import ConsentAct, ConsentStanding, HeldMessage
from switchboard.welcome.consent_words import read_consent_answer, withdraws_consent

GIVE, REFUSE = "/give_consent", "/refuse_consent"
_DOOR = "_switchboard_door"  # attribute of a processor
_stock_handle = MessageProcessor.handle_message


@dataclass(frozen=True)
class _Caller:
    """A message at the door, and the model that would read it."""

    processor: MessageProcessor
    message: UserMessage

    @property
    def conversation(self) -> str:
        return str(self.message.sender_id)

    @property
    def words(self) -> str:
        return str(self.message.text or "")

    @property
    def message_id(self) -> str:
        return str(self.message.message_id or "")

    @property
    def metadata(self) -> Mapping[str, Any]:
        return self.message.metadata or {}


class FrontDoor:
    """Lets messages in, or answers them itself."""

    def __init__(self, services: RasaServices) -> None:
        self._services = services
        self._profile_turns = ProfileTurns(services)

    async def hear(self, processor: MessageProcessor, message: UserMessage) -> Any:
        """What Rasa's own processor returns, whoever answered."""
        caller = _Caller(processor, message)
        if caller.conversation == EXPLAINED:
            return await _stock_handle(processor, message)
        reads = await self._may_read(caller)
        if reads and not await self._profile_turns.answer(processor, message):
            return await _stock_handle(processor, message)
        channel = message.output_channel
        return channel.messages if isinstance(channel, CollectingOutputChannel) else None

    async def _may_read(self, caller: _Caller) -> bool:
        first, words = self._services.first_words, caller.words
        is_answer = words in (GIVE, REFUSE)
        withdrawn = not is_answer and withdraws_consent(words)
        if not (first.asks or is_answer or withdrawn):
            return True
        standing = self._services.consents.standing(caller.conversation)
        again = standing.is_by(ConsentAct.WITHDRAWN, caller.message_id)
        if again or (standing.agreed and (withdrawn or words == REFUSE)):
            await self._withdraw(caller, standing)
            return False
        if not first.asks:
            if words == GIVE:
                await self._say(caller, "say_consent_given")
            elif words == REFUSE:
                await self._say(caller, "say_consent_none")
            return not is_answer
        if standing.act is ConsentAct.GIVEN and standing.version == first.version:
            return await self._go_on(caller, standing)
        if TicketBook(self._services.engine).open_for(caller.conversation) and not is_answer:
            return True
        await self._without_consent(caller, standing, withdrawn)
        return False

    async def _without_consent(
        self, caller: _Caller, standing: ConsentStanding, withdrawn: bool
    ) -> None:
        book, version = self._services.consents, self._services.first_words.version
        message_id = caller.message_id
        asked = standing.version == version and standing.act in (
            ConsentAct.ASKED,
            ConsentAct.REFUSED,
        )
        answer = {GIVE: True, REFUSE: False}.get(caller.words)
        if answer is None and asked:
            answer = read_consent_answer(caller.words)
        if answer:
            book.settle(caller.conversation, version, ConsentAct.GIVEN, message_id)
            await self._go_on(caller, book.standing(caller.conversation))
        elif answer is False and standing.agreed:
            await self._withdraw(caller, standing)
        elif answer is False:
            self._forget_held(caller.conversation)
            book.settle(caller.conversation, version, ConsentAct.REFUSED, message_id)
            await self._say(caller, "say_consent_refused")
        elif withdrawn:
            await self._say(caller, "say_consent_none")
        else:
            again = "_again" if asked and book.held(caller.conversation) else ""
            held = HeldMessage(message_id, caller.words, caller.metadata)
            book.ask(caller.conversation, version, held)
            await self._say(caller, f"say_consent_question{again}")

    async def _go_on(self, caller: _Caller, standing: ConsentStanding) -> bool:
        """Answer what waited; whether the message itself is still to be read.

        What waited stays on file until a later message: the yes may come again, after a crash, for
        answers that were not delivered.
        """
        is_yes = standing.message_id == caller.message_id
        held = self._services.consents.held(caller.conversation)
        if not is_yes and any(one.message_id == caller.message_id for one in held):
            return False  # it comes again after a crash, and so does the yes behind it
        if held:
            await self._answer_held(caller, held, is_yes)
        if held and not is_yes:
            self._services.consents.let_go(caller.conversation)
        if not held and (is_yes or caller.words == GIVE):
            await self._say(caller, "say_consent_given")
        return not is_yes and caller.words != GIVE

    async def _answer_held(
        self, caller: _Caller, held: list[HeldMessage], deliver_again: bool
    ) -> None:
        message = caller.message
        tracker = await caller.processor.tracker_store.retrieve(caller.conversation)
        for one in held:
            known = _answers(tracker, one.message_id) if tracker else None
            if known is None:
                said = UserMessage(
                    one.text,
                    message.output_channel,
                    caller.conversation,
                    input_channel=message.input_channel,
                    message_id=one.message_id,
                    metadata=dict(one.metadata),
                )
                if not await self._profile_turns.answer(caller.processor, said):
                    await _stock_handle(caller.processor, said)
            elif deliver_again and message.output_channel is not None:
                for answer in known:
                    await message.output_channel.send_response(caller.conversation, answer)

    async def _withdraw(self, caller: _Caller, standing: ConsentStanding) -> None:
        services, conversation = self._services, caller.conversation
        first, said = services.first_words, "say_consent_withdrawn"
        if services.profiles is not None:
            services.profiles.forget(conversation)
        IdentityGate(services.engine, services.settings.identity_minutes).forget(conversation)
        if standing.act is ConsentAct.ASKED:
            self._forget_held(conversation)
        services.consents.settle(
            conversation, first.version, ConsentAct.WITHDRAWN, caller.message_id
        )
        if first.erases:
            Subjects(services.engine, services.files).erase(conversation, in_a_turn=True)
            said = "say_consent_erased"
        await self._say(caller, said)

    def _forget_held(self, conversation: str) -> None:
        """The files of what waited; its words go with the answer."""
        held = self._services.consents.held(conversation)
        urls = [attached.url for one in held for attached in read_attachments(one.metadata)]
        if urls:
            self._services.files.forget(conversation, urls)

    async def _say(self, caller: _Caller, name: str) -> None:
        """In the language of the message, else of the app; in both where neither tells it."""
        language = read_language(caller.words) or caller.metadata.get("language")
        language = language or caller.metadata.get("locale")
        replies = self._services.replies
        if language is None and caller.words not in (GIVE, REFUSE):
            said = _both(*(replies.say(name, code) for code in SPOKEN))
        else:
            said = replies.say(name, str(language or SPOKEN[0]))
        buttons = [{"title": one.title, "payload": one.payload} for one in said.buttons]
        response = {"text": said.text, "buttons": buttons}
        if caller.message.output_channel is not None:
            await caller.message.output_channel.send_response(caller.conversation, response)


def _both(one: Outgoing, other: Outgoing) -> Outgoing:
    pairs = zip(one.buttons, other.buttons, strict=True)
    buttons = tuple(type(a)(f"{a.title} / {b.title}", a.payload) for a, b in pairs)
    return Outgoing(f"{one.text}\n{other.text}", buttons)


def _answers(tracker: DialogueStateTracker, message_id: str) -> list[dict[str, Any]] | None:
    """The recorded answers to a message; None if the conversation does not have it."""
    answers: list[dict[str, Any]] | None = None
    for event in tracker.events:
        if isinstance(event, UserUttered) and event.message_id:
            if answers is not None:
                break
            answers = [] if event.message_id == message_id else None
        elif isinstance(event, BotUttered) and answers is not None:
            answers.append({**(event.data or {}), "text": event.text})
    return answers


async def _handle_message(self: MessageProcessor, message: UserMessage) -> Any:
    door = getattr(self, _DOOR, None)
    if door is None:
        door = FrontDoor(rasa_services())
        setattr(self, _DOOR, door)
    return await door.hear(self, message)


def install() -> None:
    """Apply the patch; idempotent."""
    MessageProcessor.handle_message = _handle_message
