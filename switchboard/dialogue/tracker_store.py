"""Tracker store on Switchboard's database, which also decides handoff and sessions.

What Rasa's stores leave undefined is settled when a conversation is read:

- an open ticket keeps the bot silent, across restarts, session ends and `/restart`; a resolved
  one resumes it, without a call of Rasa's HTTP API;
- silence longer than the session starts a new one, but never under an open ticket;
- a long conversation is read from a recent checkpoint, so that a turn's cost does not grow.

Each save records the routes of new turns in the same transaction.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from typing_extensions import override

from switchboard.clock import DAY, epoch_now
from switchboard.conversations.log import ConversationLog
from switchboard.conversations.routes import Decision, decide, decided
from switchboard.conversations.turn_log import Turn, record_turn
from switchboard.conversations.turn_result import result_of
from switchboard.conversations.turns import BY_ITSELF, CONTINUES, MOOD, ROUTE, THIS_MESSAGE
from switchboard.mailroom.leases import current_claim
from switchboard.observing.turn_context import note_route
from switchboard.outreach.consents import WishBook
from switchboard.outreach.news_wishes import stops_news
from switchboard.rasa_services import rasa_services
from switchboard.welcome.notice_book import SHOWN

WINDOW_EVENTS = 80
"""A conversation longer than this is cut to about `KEPT_EVENTS` for reading."""
KEPT_EVENTS = 40
MAX_LIVE = 500
_SAVED = "_switchboard_saved"  # attribute of a tracker: how many of its events are stored
_NEWEST = "_switchboard_newest"  # attribute of a tracker: the id of its newest stored event
_CARRIED_SLOTS = ("language",)
MAIL_SECONDS = 3 * DAY
"""At least so long a question by e-mail waits for its answer."""


@dataclass
class _Recorded:
    """A customer message, the decision on its turn, and the names of the replies to it."""

    event: UserUttered
    decision: Decision
    replies: list[str] = field(default_factory=list)


class ConversationTrackerStore(TrackerStore):
    """Rasa's tracker store on `ConversationLog`; configured in `endpoints.yml`."""

    def __init__(
        self,
        host: str | None = None,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        **kwargs: Any,
    ) -> None:
        services = rasa_services()
        super().__init__(domain, event_broker, **kwargs)
        self._log, self._notices = ConversationLog(services.engine), services.notices
        self._wishes = WishBook(services.engine)
        self._session_seconds = services.settings.session_minutes * 60
        # Trackers between two turns. A turn removes its tracker while it runs, so none is seen half
        # done; an entry is valid only while the database has nothing newer.
        self._live: OrderedDict[str, tuple[DialogueStateTracker, int]] = OrderedDict()

    @property
    def domain(self) -> Domain:
        """The domain of the loaded model."""
        return self._domain

    @domain.setter
    def domain(self, domain: Domain | None) -> None:
        self._domain = domain or Domain.empty()
        self._live.clear()

    @override
    async def retrieve(self, conversation_id: str) -> DialogueStateTracker | None:
        """The recent part of a conversation, reconciled with its ticket and session."""
        live = self._live.pop(conversation_id, None)
        last_id, handed_over = self._log.standing(conversation_id)
        if live is not None and live[1] == last_id:
            tracker = live[0]
        else:
            window = self._log.window(conversation_id)
            if window is None and not handed_over:
                return None
            # There may be a ticket of a customer who never wrote to the bot.
            known = [*window.state, *window.events] if window else []
            tracker = self._replay(conversation_id, known)
            setattr(tracker, _SAVED, len(tracker.events))
        setattr(tracker, _NEWEST, last_id)
        self._reconcile(tracker, handed_over)
        return tracker

    @override
    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """The conversation from its first event."""
        events = self._log.everything(conversation_id)
        return self._replay(conversation_id, events) if events else None

    @override
    async def save(self, tracker: DialogueStateTracker) -> None:
        """Append new events, with the route of each new turn.

        Raises:
            LeaseLost: another process works on the conversation by now; nothing was stored.
        """
        saved = getattr(tracker, _SAVED, None)
        if saved is None:  # not from `retrieve`: a copy, or a new conversation
            window = self._log.window(tracker.sender_id)
            saved = len(window.state) + len(window.events) if window else 0
        new = list(itertools.islice(tracker.events, saved, None))
        if not new:
            return
        turns = self._settle_routes(tracker, new)
        with self._log.engine.begin() as db:
            # A person at the desk may have written during this turn.
            alone = self._log.newest(db, tracker.sender_id) == getattr(tracker, _NEWEST, 0)
            last = self._log.append(db, tracker.sender_id, [event.as_dict() for event in new])
            self._record_turns(db, tracker, turns)
            if any(stops_news(turn.event.text or "") for turn in turns):
                self._wishes.stop(db, tracker.sender_id)
            for event in new:
                if isinstance(event, BotUttered) and event.metadata.get(SHOWN):
                    self._notices.note(db, tracker.sender_id, str(event.metadata[SHOWN]))
            claim = current_claim()
            if claim is not None:
                claim.require(db)
        setattr(tracker, _SAVED, len(tracker.events))
        if self.event_broker is not None:
            await self._stream_new_events(self.event_broker, new, tracker.sender_id)
        setattr(tracker, _NEWEST, last)
        cut = alone and len(tracker.events) > WINDOW_EVENTS and self._cut(tracker)
        if cut or not alone:
            self._live.pop(tracker.sender_id, None)
            return
        self._live[tracker.sender_id] = (tracker, last)
        if len(self._live) > MAX_LIVE:
            self._live.popitem(last=False)

    async def delete(self, conversation_id: str) -> None:
        """Erase a conversation."""
        self._live.pop(conversation_id, None)
        self._log.delete(conversation_id)

    @override
    async def keys(self) -> Iterable[str]:
        return self._log.conversation_ids()

    def _replay(self, conversation_id: str, events: list[dict[str, Any]]) -> DialogueStateTracker:
        return DialogueStateTracker.from_dict(
            conversation_id, events, self.domain.slots, max_event_history=self.max_event_history
        )

    def _reconcile(self, tracker: DialogueStateTracker, handed_over: bool) -> None:
        if handed_over:
            if not tracker.is_paused():
                self._add(tracker, ActiveLoop(None), SlotSet("requested_slot", None))
                self._add(tracker, ActionExecuted("action_listen"), ConversationPaused())
            return
        if tracker.is_paused():
            self._add(tracker, ConversationResumed(), SlotSet("handoff_ticket", None))
        last = _last_lively(tracker)
        if last is not None and epoch_now() - last.timestamp > self._patience(tracker.sender_id):
            carried = [
                SlotSet(n, tracker.get_slot(n)) for n in _CARRIED_SLOTS if n in tracker.slots
            ]
            self._add(tracker, ActionExecuted("action_session_start"), SessionStarted(), *carried)
            self._add(tracker, ActionExecuted("action_listen"))

    def _patience(self, conversation_id: str) -> float:
        """Seconds of silence after which a conversation starts afresh."""
        if conversation_id.startswith("email:"):
            return max(self._session_seconds, MAIL_SECONDS)
        return self._session_seconds

    def _add(self, tracker: DialogueStateTracker, *events: Event) -> None:
        for event in events:
            tracker.update(event, self.domain)

    def _settle_routes(self, tracker: DialogueStateTracker, new: list[Event]) -> list[_Recorded]:
        """The turns among new events. A turn that no policy saw, under a pause, is decided here."""
        turns: list[_Recorded] = []
        for index, event in enumerate(new):
            if isinstance(event, BotUttered) and turns:
                turns[-1].replies.append(str(event.metadata.get("utter_action") or "said"))
            if not isinstance(event, UserUttered):
                continue
            # A turn that ends in a pause asked for a person but was not yet with one, so the pause
            # counts only if it was there before the message.
            paused = tracker.is_paused() and not any(
                isinstance(later, ConversationPaused) for later in new[index:]
            )
            said = event.parse_data
            decision = decided(said) or decide(said, paused=paused)
            note_route(tracker.sender_id, decision.route.value)
            said[ROUTE] = decision.as_dict()
            if said.get(CONTINUES) == THIS_MESSAGE and turns:
                turns[-1].decision = decision  # one turn: its final decision
            elif not said.get(CONTINUES):
                turns.append(_Recorded(event, decision))
        return turns

    def _record_turns(
        self, db: Any, tracker: DialogueStateTracker, recorded: list[_Recorded]
    ) -> None:
        for turn in recorded:
            said, channel = turn.event.parse_data, turn.event.input_channel or "unknown"
            intent = str((said.get("intent") or {}).get("name") or "")
            mood = said.get(MOOD) or {}
            # Whether a form goes on is known of the last turn alone; one turn is saved at a time.
            in_form = turn is recorded[-1] and tracker.active_loop_name is not None
            row = Turn(
                turn.decision,
                intent,
                mood.get("anger"),
                str(mood.get("level") or ""),
                result_of(turn.replies, in_form),
            )
            record_turn(db, tracker.sender_id, turn.event.timestamp, channel, row)

    def _cut(self, tracker: DialogueStateTracker) -> bool:
        """Set a checkpoint before a recent turn; False if no turn begins there."""
        events = list(tracker.events)
        start = next(
            (
                i
                for i in range(len(events) - KEPT_EVENTS, 0, -1)
                if isinstance(events[i], UserUttered)
            ),
            None,
        )
        if start is None:
            return False
        before = DialogueStateTracker.from_events(
            tracker.sender_id, events[:start], self.domain.slots, domain=self.domain
        )
        state: list[Event] = [
            SlotSet(name, slot.value)
            for name, slot in before.slots.items()
            if slot.value != slot.initial_value
        ]
        if before.active_loop_name:
            state.append(ActiveLoop(before.active_loop_name))
        state.append(ActionExecuted("action_listen"))
        if before.is_paused():
            state.append(ConversationPaused())
        self._log.set_checkpoint(
            tracker.sender_id, len(events) - start, [event.as_dict() for event in state]
        )
        return True


def _last_lively(tracker: DialogueStateTracker) -> Event | None:
    """The last event that keeps a session going: a customer's message, or what was said to them by
    itself, which they may answer. A conversation without the former has no session."""
    if tracker.get_last_event_for(UserUttered) is None:
        return None
    return next(
        event
        for event in reversed(tracker.events)
        if isinstance(event, UserUttered)
        or (isinstance(event, BotUttered) and BY_ITSELF in (event.metadata or {}))
    )
