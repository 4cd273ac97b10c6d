"""Rasa's response templates, with the shop's facts filled in from `data/policy.yml`."""

from __future__ import annotations

import re
from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from typing_extensions import override

from switchboard.conversations.moods import Level
from switchboard.dialogue import action_client
from switchboard.dialogue.intent_rule_policy import recent_moods
from switchboard.rasa_services import rasa_services
from switchboard.text.language import ENGLISH, has_han

action_client.install()

EMPATHY = "say_empathy"
GREETING, GREETING_BY_NAME = "utter_greet", "say_greet_by_name"
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
        """The first answer to a customer in trouble starts with empathy."""
        response: dict[str, Any] | None = await super().generate(
            utter_action, tracker, output_channel, **kwargs
        )
        if response is not None and utter_action == GREETING:
            return await self._by_name(response, tracker, output_channel)
        if response is None or utter_action == EMPATHY or not calls_for_empathy(tracker):
            return response
        text = str(response.get("text") or "")
        kind = await super().generate(EMPATHY, tracker, output_channel)
        if kind is None or _KIND.match(text):
            return response
        space = "" if has_han(text[:1]) else " "
        return {**response, "text": f"{kind['text']}{space}{text}"}

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
