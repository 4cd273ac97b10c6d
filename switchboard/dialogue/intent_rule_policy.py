"""A rule policy for intents that also applies rules across turns of a conversation."""

from __future__ import annotations

from typing import Any

from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from typing_extensions import override

from switchboard.conversations.routes import WINDOW, Cause, decide, decided
from switchboard.conversations.turns import (
    CONTINUES,
    LANGUAGE,
    MOOD,
    OPEN_INTENT,
    PREFERRED,
    REPAIRS,
    REQUESTS,
    RESUME_INTENT,
    ROUTE,
    SMALL_TALK,
    UNCLEAR_INTENT,
    UPSET_INTENT,
)
from switchboard.text.language import SPOKEN

HANDOFF, NEXT_REQUEST = "action_handoff", "action_next_request"
COMMENT, RATING_SLOT = "action_keep_rating_comment", "rating_ticket"
PENDING_SLOT = "pending_requests"

_REMARKS = (SMALL_TALK - REPAIRS - {"greet", RESUME_INTENT}) | {
    OPEN_INTENT,
    "open_question",
    UNCLEAR_INTENT,
    UPSET_INTENT,
    "complaint",
    "review",
}


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class IntentRulePolicy(RulePolicy):
    """A `RulePolicy` for rules about intents, with rules that span turns.

    - A message's language is stored in a slot; a message without a clear one keeps the slot.
    - A customer displeased twice is handed to a person, whatever the rules say.
    - After a rating, the next message is its comment, unless it asks for something.
    - When a flow is done, the customer's next pending request follows.

    The stock policy first matches every rule against the literal text of a message, for rules that
    quote one, and then again against its intent. No rule here quotes a text; omitting the first
    pass saves a sixth of a turn.
    """

    @override
    def predict_action_probabilities(
        self, tracker: DialogueStateTracker, domain: Domain, *args: Any, **kwargs: Any
    ) -> PolicyPrediction:
        prediction = super().predict_action_probabilities(tracker, domain, *args, **kwargs)
        if tracker.latest_action_name == COMMENT:
            prediction = self._surely(ACTION_LISTEN_NAME, domain)
        elif tracker.latest_action_name == ACTION_LISTEN_NAME:  # a message without an answer yet
            comment = is_comment(tracker)
            cause = settle_route(tracker, comment)
            if comment:
                prediction = self._surely(COMMENT, domain)
            elif cause is Cause.DISPLEASED_TWICE:
                prediction = self._surely(HANDOFF, domain)
            prediction.events.extend(slot_changes(tracker))
        elif (
            tracker.get_slot(PENDING_SLOT)
            and not tracker.active_loop_name
            and prediction.max_confidence == 1.0
            and domain.action_names_or_texts[int(max_index(prediction))] == ACTION_LISTEN_NAME
        ):
            prediction = self._surely(NEXT_REQUEST, domain)
        return prediction

    def _surely(self, action: str, domain: Domain) -> PolicyPrediction:
        probabilities = [0.0] * domain.num_actions
        probabilities[domain.index_for_action(action)] = 1.0
        return self._prediction(probabilities, is_no_user_prediction=False)

    def _find_action_from_rules(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        use_text_for_last_user_input: bool,
    ) -> tuple[str | None, str | None, bool]:
        if use_text_for_last_user_input:
            return None, None, False
        found: tuple[str | None, str | None, bool] = super()._find_action_from_rules(
            tracker, domain, use_text_for_last_user_input
        )
        return found


def max_index(prediction: PolicyPrediction) -> int:
    """The index of the action that a prediction favours."""
    return max(range(len(prediction.probabilities)), key=prediction.probabilities.__getitem__)


def is_comment(tracker: DialogueStateTracker) -> bool:
    """Whether the message is a comment on the rating before it: any remark, but no request."""
    if not tracker.get_slot(RATING_SLOT) or tracker.latest_message is None:
        return False
    intent = str((tracker.latest_message.intent or {}).get("name") or "")
    return intent in _REMARKS


def settle_route(tracker: DialogueStateTracker, comment: bool) -> Cause | None:
    """Decide the route of the latest message, unless its event carries one; returns its cause."""
    if tracker.latest_message is None:
        return None
    said = tracker.latest_message.parse_data
    decision = decided(said)
    if decision is None:  # a comment stays one, however displeased
        decision = decide(said, () if comment else recent_moods(tracker))
        said[ROUTE] = decision.as_dict()
    return decision.cause


def slot_changes(tracker: DialogueStateTracker) -> list[Event]:
    """The slot changes that the latest message causes."""
    said = tracker.latest_message.parse_data if tracker.latest_message else {}
    events: list[Event] = []
    language = _wished_language(tracker) or said.get(LANGUAGE) or _language_of_channel(tracker)
    # Inside a form, a name or an address may look like another language.
    reliable = language in SPOKEN or (language is not None and not tracker.active_loop_name)
    if reliable and language != tracker.get_slot(LANGUAGE):
        events.append(SlotSet(LANGUAGE, language))
    if tracker.get_slot(RATING_SLOT) and not is_comment(tracker):
        events.append(SlotSet(RATING_SLOT, None))
    requests = said.get(REQUESTS) or None
    if requests:
        waiting = tracker.get_slot(PENDING_SLOT) or []
        events.append(SlotSet(PENDING_SLOT, [*requests, *waiting][:3]))
    return events


def _wished_language(tracker: DialogueStateTracker) -> str | None:
    """The language that the customer asked for, whatever they write in."""
    metadata = (tracker.latest_message.metadata if tracker.latest_message else None) or {}
    language = metadata.get(PREFERRED)
    return language if language in SPOKEN else None


def _language_of_channel(tracker: DialogueStateTracker) -> str | None:
    """The channel's language: chosen by command, or the app's locale while no other is known."""
    metadata = (tracker.latest_message.metadata if tracker.latest_message else None) or {}
    language = metadata.get("language")
    if language is None and tracker.get_slot(LANGUAGE) is None:
        language = metadata.get("locale")
    return language if language in SPOKEN else None


def recent_moods(tracker: DialogueStateTracker) -> list[dict[str, Any]]:
    """The latest moods since the bot was last silent, oldest first; at most `WINDOW`."""
    moods: list[dict[str, Any]] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            said = event.parse_data or {}
            if not said.get(CONTINUES):
                moods.append(said.get(MOOD) or {})
        elif event.type_name in ("resume", "session_started"):
            break
        if len(moods) == WINDOW:
            break
    return moods[::-1]
