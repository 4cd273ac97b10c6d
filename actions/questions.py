"""Open questions: messages that no known intent covers."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from typing_extensions import override

from actions.base import Events, SafeAction, continue_as
from actions.outreach import agree_to_stock_news
from actions.prices import tell_shop_price
from switchboard.answering.customer import order_statements
from switchboard.answering.question import Answer, KnownCustomer, Origin, Question
from switchboard.conversations.routes import Cause, Decision, Route
from switchboard.conversations.turns import ARTICLE_INTENT, OVERTAKEN, PERSON_INTENT, THIS_MESSAGE
from switchboard.errors import OrderSystemError
from switchboard.failures import place_of
from switchboard.knowledge.articles import Passage
from switchboard.knowledge.product_facts import is_product
from switchboard.llm.chat_model import Message
from switchboard.profile.preferences import SIZE
from switchboard.profile.profile_reader import Profile
from switchboard.text.language import ENGLISH, SPOKEN
from switchboard.tickets.story import read_lines

logger = logging.getLogger(__name__)

MAX_MESSAGE = 10_000


def history(tracker: Tracker) -> list[Message]:
    """The messages before the latest one, for a model."""
    lines = read_lines(tracker.events)
    if lines and lines[-1].speaker == "customer":
        lines = lines[:-1]
    return [Message("user" if x.speaker == "customer" else "assistant", x.text) for x in lines]


class ActionAnswerOpenQuestion(SafeAction):
    """Answers, starts the meant flow, asks back, hands over, or says that it cannot tell."""

    @override
    def name(self) -> str:
        return "action_answer_open_question"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """Ask the engine and carry out its outcome. Two misses in a row offer a person."""
        text = str(tracker.latest_message.get("text") or "")
        if len(text) > MAX_MESSAGE:
            dispatcher.utter_message(response="say_message_too_long")
            return []
        speech = self.speech(tracker)
        if await agree_to_stock_news(self.services, dispatcher, tracker, speech) or tell_shop_price(
            dispatcher, tracker, speech
        ):
            return [SlotSet("open_misses", 0)]
        language = str(tracker.get_slot("language") or ENGLISH)
        question = Question(
            text=text,
            language=language,
            history=history(tracker),
            conversation_id=tracker.sender_id,
            customer=await self._customer(tracker),
            hurried=bool((tracker.latest_message.get("metadata") or {}).get(OVERTAKEN)),
        )
        found = await self.services.answers.answer(question)
        if question.hurried and found.origin is Origin.NOWHERE:
            dispatcher.utter_message(response="say_open_overtaken")
            return []
        return self._carry_out(dispatcher, tracker, found)

    def _carry_out(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, found: Answer
    ) -> Events:
        language = tracker.get_slot("language") or ENGLISH
        if found.origin is Origin.FLOW:
            detail = f"{found.intent}, from an open question"
            decision = Decision(Route.KNOWN, Cause.INTENT, detail)
            return [SlotSet("open_misses", 0), *_continue(tracker, found, found.intent, decision)]
        if found.origin is Origin.PERSON:
            decision = Decision(Route.PERSON, Cause.ENGINE)
            return [SlotSet("open_misses", 0), *_continue(tracker, found, PERSON_INTENT, decision)]
        if found.origin is Origin.ASK:
            dispatcher.utter_message(response="say_open_ask", buttons=_buttons(found.suggestions))
            return [SlotSet("open_misses", 0)]
        if found.origin is Origin.NOWHERE and language not in SPOKEN:
            dispatcher.utter_message(response="say_language_unknown")
            return []
        if found.origin is Origin.NOWHERE:
            return self._unknown(dispatcher, tracker, found.suggestions)
        self._tell(dispatcher, tracker, found)
        return [SlotSet("open_misses", 0)]

    def _tell(self, dispatcher: CollectingDispatcher, tracker: Tracker, found: Answer) -> None:
        """The answer with the articles it is from, unless it names them itself or is from none."""
        titles = list(dict.fromkeys(p.title for p in found.sources if not is_product(p)))
        if not titles or (found.origin is Origin.ARTICLE and len(titles) > 1):
            dispatcher.utter_message(response="say_open_answer_plain", answer=found.text)
            return
        dispatcher.utter_message(
            response=f"say_open_answer_{found.origin.value}",
            answer=found.text,
            source=self.speech(tracker).listed(titles),
        )

    def _unknown(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, near: tuple[Passage, ...]
    ) -> Events:
        misses = int(tracker.get_slot("open_misses") or 0) + 1
        if near:
            dispatcher.utter_message(response="say_open_near", buttons=_buttons(near))
        else:
            again = "_again" if misses > 1 else ""
            dispatcher.utter_message(response=f"say_open_unknown{again}")
        return [SlotSet("open_misses", misses)]

    async def _customer(self, tracker: Tracker) -> KnownCustomer:
        """What is known of the customer: the order in question, if proved, and their profile."""
        profiles, known = self.services.profiles, Profile()
        if profiles is not None:
            known = await asyncio.to_thread(profiles.of, tracker.sender_id)
        customer = KnownCustomer(facts=known.statements, size=known.preferences.get(SIZE, ""))
        try:
            order = await self.open_order(tracker)
        except OrderSystemError as error:
            logger.warning("open question without the order: %s", place_of(error))
            return customer
        if order is None:
            return customer
        statements = order_statements(order, self.speech(tracker))
        return replace(
            customer,
            name=order.customer.name,
            orders={order.number: statements},
            bought={order.number: [item.sku for item in order.items]},
        )


def _continue(tracker: Tracker, found: Answer, name: str, decision: Decision) -> Events:
    """Continue the message as if NLU had understood it like this: the known routes do the rest."""
    text = str(tracker.latest_message.get("text") or "")
    entities = []
    if found.order_number:
        entities.append({"entity": "order_number", "value": found.order_number})
    parsed = {
        "text": text,
        "intent": {"name": name, "confidence": 1.0},
        "intent_ranking": [{"name": name, "confidence": 1.0}],
        "entities": entities,
    }
    return [
        *(SlotSet("order_number", found.order_number) for _ in entities),
        *continue_as(tracker, text, parsed, THIS_MESSAGE, decision),
    ]


def _buttons(passages: tuple[Passage, ...]) -> list[dict[str, str]]:
    return [
        {"title": passage.name, "payload": f'/{ARTICLE_INTENT}{{"article": "{passage.id}"}}'}
        for passage in passages
    ]


class ActionShowArticle(SafeAction):
    """Shows the article that the customer chose by a button."""

    @override
    def name(self) -> str:
        return "action_show_article"

    async def answer(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        """The article's text; an unknown id is answered like an unknown question."""
        chosen = next(tracker.get_latest_entity_values("article"), "")
        language = str(tracker.get_slot("language") or ENGLISH)
        passage = self.services.library.find(str(chosen), language)
        if passage is None:
            dispatcher.utter_message(response="say_open_unknown")
            return []
        dispatcher.utter_message(
            response="say_open_answer_article", answer=passage.text, source=passage.title
        )
        return [SlotSet("open_misses", 0)]
