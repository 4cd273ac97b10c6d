"""Rasa's response templates, with the shop's facts filled in from `data/policy.yml`."""

from __future__ import annotations

import asyncio
import logging
import re
from collections import OrderedDict
from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from switchboard.conversations.moods import Level
from switchboard.conversations.turns import MOOD, QUOTE
from switchboard.dialogue import action_client, front_door, turn_watch
from switchboard.dialogue.intent_rule_policy import recent_moods
from switchboard.failures import place_of
from switchboard.outreach.consents import WishBook
from switchboard.outreach.news_wishes import stops_news
from switchboard.profile.profile_reader import Profile
from switchboard.rasa_services import rasa_services
from switchboard.text.language import ENGLISH, has_han
from switchboard.welcome.notice_book import SHOWN

logger = logging.getLogger(__name__)

action_client.install()
turn_watch.install()
front_door.install()

EMPATHY, FIRST_CONTACT = "say_empathy", "say_first_contact"
STOPPED, NO_MORE = "utter_stopped", "say_news_stopped"
_REMEMBERED = 1000
GREETING, GREETING_BY_NAME = "utter_greet", "say_greet_by_name"
GREETING_ORDER, GREETING_CASE = "say_greet_order", "say_greet_case"
_KIND = re.compile(r"(?i)(?:i'm |we're |oh no|so )?sorry|(?:非常|很)?抱歉")
_TROUBLE = {Level.TROUBLED.value, Level.DISPLEASED.value}


def calls_for_empathy(tracker: DialogueStateTracker) -> bool:
    """Whether this is the first answer to a troubled message, after untroubled ones."""
    for event in reversed(tracker.events):
        if isinstance(event, BotUttered):
            return False
        if isinstance(event, UserUttered):
            break
    *earlier, latest = [mood.get("level") for mood in recent_moods(tracker)] or [None]
    return latest in _TROUBLE and not _TROUBLE.intersection(earlier)


def with_quote(response: dict[str, Any], quote: str) -> dict[str, Any]:
    """The buttons for a yes name the quote that they agree to. Rasa's templates fill no payload
    that is JSON."""
    named = f'/affirm{{"{QUOTE}": "{quote}"}}'
    buttons = [
        {**button, "payload": named} if button.get("payload") == "/affirm" else button
        for button in response.get("buttons") or []
    ]
    return {**response, "buttons": buttons}


class PolicyResponses(TemplatedNaturalLanguageGenerator):
    """Fills facts such as `{returns_window_days}` into responses, besides slots and action values.

    Configured in `endpoints.yml` as `nlg`; an action's value precedes a fact, a fact precedes a
    slot.
    """

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        services = rasa_services()
        self._replies = services.replies.by_name
        super().__init__(domain.responses)
        self._policy = services.phrasebook.policy
        self._services = services
        self._noticed: OrderedDict[str, float] = OrderedDict()

    @property
    def responses(self) -> dict[str, list[dict[str, Any]]]:
        """The domain's responses and the replies of the actions."""
        return self._responses

    @responses.setter
    def responses(self, of_domain: dict[str, list[dict[str, Any]]]) -> None:
        # Rasa assigns the domain's responses again with each model it loads.
        self._responses = {**of_domain, **self._replies}

    @override
    async def generate(
        self,
        utter_action: str,
        tracker: DialogueStateTracker,
        output_channel: str,
        **kwargs: Any,
    ) -> dict[str, Any] | None:
        """The first answer of a conversation says that a machine writes, and so does the first
        after a new version of that text; that to a customer in trouble starts with empathy."""
        response = await self._with_tone(utter_action, tracker, output_channel, **kwargs)
        if response is None or not self._is_first(tracker):
            return response
        notice = await super().generate(FIRST_CONTACT, tracker, output_channel)
        if notice is None:
            return response
        # The tracker store notes it as shown with the answer that it stands before.
        version = self._services.first_words.version
        text = f"{notice['text']}\n{response.get('text') or ''}".rstrip()
        return {**response, "text": text, SHOWN: version}

    def _is_first(self, tracker: DialogueStateTracker) -> bool:
        """Whether the conversation was not shown the notice yet, in this turn neither: the events
        of an action with several answers reach the tracker together."""
        asked, version = 0.0, self._services.first_words.version
        for event in reversed(tracker.events):
            if isinstance(event, BotUttered) and event.metadata.get(SHOWN) == version:
                return False
            if isinstance(event, UserUttered):
                asked = asked or event.timestamp
        if self._noticed.get(tracker.sender_id) == asked:
            return False
        self._noticed[tracker.sender_id] = asked
        self._noticed.move_to_end(tracker.sender_id)
        while len(self._noticed) > _REMEMBERED:
            self._noticed.popitem(last=False)
        return not self._services.notices.shown(tracker.sender_id, version)

    async def _with_tone(
        self,
        utter_action: str,
        tracker: DialogueStateTracker,
        output_channel: str,
        **kwargs: Any,
    ) -> dict[str, Any] | None:
        response: dict[str, Any] | None = await super().generate(
            utter_action, tracker, output_channel, **kwargs
        )
        if response is not None and QUOTE in kwargs:
            response = with_quote(response, str(kwargs[QUOTE]))
        if utter_action == STOPPED and await self._ends_news(tracker):
            ended: dict[str, Any] | None = await super().generate(NO_MORE, tracker, output_channel)
            return ended
        if response is not None and utter_action == GREETING:
            named = await self._by_name(response, tracker, output_channel)
            return await self._with_what_is_known(named, tracker, output_channel)
        empathy = self._empathy(tracker)
        if response is None or empathy is None:
            return response
        text = str(response.get("text") or "")
        kind = await super().generate(empathy, tracker, output_channel)
        if kind is None or _KIND.match(text):
            return response
        space = "" if has_han(text[:1]) else " "
        return {**response, "text": f"{kind['text']}{space}{text}"}

    async def _ends_news(self, tracker: DialogueStateTracker) -> bool:
        """Whether this message ends what the customer is told by itself; it is stored with it."""
        said = tracker.latest_message.text if tracker.latest_message else ""
        if not self._services.settings.orders_webhook_secret or not stops_news(said or ""):
            return False
        return await asyncio.to_thread(WishBook(self._services.engine).agreed, tracker.sender_id)

    def _empathy(self, tracker: DialogueStateTracker) -> str | None:
        """The sentence that names the problem; a general one is for displeasure alone."""
        if not calls_for_empathy(tracker) or tracker.latest_message is None:
            return None
        own = f"{EMPATHY}_{(tracker.latest_message.intent or {}).get('name')}"
        if own in self._responses:
            return own
        level = (tracker.latest_message.parse_data.get(MOOD) or {}).get("level")
        return EMPATHY if level == Level.DISPLEASED.value else None

    async def _by_name(
        self, response: dict[str, Any], tracker: DialogueStateTracker, output_channel: str
    ) -> dict[str, Any]:
        """A greeting by name, if the platform provides the name and the shop allows it."""
        metadata = (tracker.latest_message.metadata if tracker.latest_message else None) or {}
        name = metadata.get("name")
        if not isinstance(name, str) or not name:
            return response
        named = await super().generate(
            GREETING_BY_NAME, tracker, output_channel, customer_name=name
        )
        return {**response, "text": named["text"]} if named else response

    def _known(self, conversation: str) -> Profile | None:
        """What is known of a customer; a greeting does not fail for want of it."""
        profiles = self._services.profiles
        try:
            return profiles.of(conversation) if profiles is not None else None
        except SQLAlchemyError as error:
            logger.warning("a customer is greeted as unknown: %s", place_of(error))
            return None

    async def _with_what_is_known(
        self, response: dict[str, Any], tracker: DialogueStateTracker, output_channel: str
    ) -> dict[str, Any]:
        """A greeting that speaks of the order which was proved here, or of an open case."""
        known, more = self._known(tracker.sender_id), None
        if known is not None and known.cases:
            facts = {"reference": known.cases[0]}
            more = await super().generate(GREETING_CASE, tracker, output_channel, **facts)
        elif known is not None and known.orders:
            facts = {"order_number": known.orders[0]}
            more = await super().generate(GREETING_ORDER, tracker, output_channel, **facts)
        if more is None:
            return response
        return {**response, "text": f"{response.get('text') or ''}\n{more['text']}"}

    def _fill_response(
        self,
        response: dict[str, Any],
        filled_slots: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        slots = filled_slots or {}
        facts = self._policy.facts(str(slots.get("language") or ENGLISH))
        filled: dict[str, Any] = super()._fill_response(response, {**slots, **facts}, **kwargs)
        return filled
