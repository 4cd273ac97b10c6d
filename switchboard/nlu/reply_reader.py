"""Reads a message against what was just asked, before anything else is made of it."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from typing_extensions import override

from switchboard.conversations.asked import NO, YES, Asked, Offer, chosen, offers_of
from switchboard.conversations.moods import Level
from switchboard.conversations.routes import Cause
from switchboard.conversations.takeover import reason_in
from switchboard.conversations.turns import (
    CAREFUL_INTENTS,
    DEFAULT_ADDRESS_INTENT,
    MOOD,
    OPEN_INTENT,
    PERSON_INTENT,
    REPAIRS,
    REQUESTS,
    TOPICS,
    UNCLEAR_INTENT,
    UPSET_INTENT,
)
from switchboard.nlu.message_step import MessageStep, named, put_first
from switchboard.nlu.open_question_detector import ABOUT_ORDERS
from switchboard.nlu.sentence_embedder import SENTENCES, Clause
from switchboard.orders.cancellation import named_reason
from switchboard.orders.contact_codes import wants_code
from switchboard.orders.damage import names_damage
from switchboard.outreach.news_kinds import NewsKind
from switchboard.outreach.news_wishes import stops_news, wishes_in
from switchboard.rasa_services import rasa_services
from switchboard.text.addresses import find_address, read_address
from switchboard.text.agreement import agrees_in_many_words
from switchboard.text.consent import hesitates, read_consent, refuses_in_many_words
from switchboard.text.language import has_han
from switchboard.text.numbers import CHINESE_COUNT_PATTERN, ENGLISH_PATTERN
from switchboard.text.refusal import refuses_plainly

ADDRESS_SLOT, QUANTITY_SLOT = "change_shipping_address_new", "change_order_quantity"
REASON_SLOT, PAYMENT_SLOT = "cancel_order_reason", "order_payment_method"
FACT_SLOT = "identity_fact"
TOLD_IN_WORDS = {
    "return_item_reason",
    "exchange_item_wanted",
    "damaged_item_description",
    "damaged_item_wish",
    "order_item",
    PAYMENT_SLOT,
    FACT_SLOT,
    REASON_SLOT,
    QUANTITY_SLOT,
    ADDRESS_SLOT,
}
"""Slots whose answer may be any text."""
CHOSEN_SLOTS = frozenset({"exchange_item_wanted", "order_item", PAYMENT_SLOT, REASON_SLOT})
"""Slots whose question lists what can be chosen."""
NEVER_ANSWERS = CAREFUL_INTENTS | {PERSON_INTENT, UPSET_INTENT, "stop", "bot_challenge"} | REPAIRS
"""What is meant whatever was asked."""
ANYTHING_ELSE = "utter_thank"
DAMAGE = "report_damaged_item"
_PERSONS = frozenset({PERSON_INTENT, UPSET_INTENT})
_SURELY = 0.6
SURE_YES, SURE_NO = 0.8, 0.5
FAINT, FELT = 0.35, 0.7
"""Of anger or displeasure, and of the need for a person: less is hardly heard in an answer."""
_SOUNDS_LIKE = frozenset(
    {Cause.FAILED.value, Cause.LEAVING.value, Cause.ANGER.value, Cause.FRAUD.value}
)
_QUESTION = re.compile(
    r"[?？]\s*$|^\W*(?:what|where|when|which|who|why|how|can|could|do|does|did|is|are|will|would)\b"
    r"|[吗呢么]\s*[。！!~]*$|^(?:怎么|为什么|什么|哪|多少|几)",
    re.IGNORECASE,
)
_RATHER = re.compile(
    r"\b(?:instead|rather|actually|i want to|i'd like to|please (?:cancel|track|return|change))\b"
    r"|还是|改成|我要|我想|帮我",
    re.IGNORECASE,
)
_ARRIVED = re.compile(
    r"\b(?:arrived|came|received|got|opened|unpacked)\b|收到|打开|拆开|到货", re.IGNORECASE
)
_TIMES = re.compile(
    r"(?:^|\s)[x×]\s?\d{1,2}\b|\b\d{1,2}\s?[x×]\s|\bcome (?:up |down )?to \d{1,2}\b"
    r"|\b(?:want|need|make it|should be|get) \d{1,2} of the\b"
    r"|(?:弄成|改成|变成|调成|调整为|加到|减到)\s?\d{1,2}",
    re.IGNORECASE,
)
_DONE_WITH_ORDERS = frozenset(
    """cancel_order change_order change_shipping_address change_payment_method return_item
    exchange_item""".split()
)
_NO_WISH = frozenset(
    {"stop", "bot_challenge", "complaint", "review", "order_details", OPEN_INTENT, UNCLEAR_INTENT}
)
"""What long stories about an order are taken for as a whole."""
_NOT_COUNTED = frozenset({"order_details", "report_damaged_item", "inform", OPEN_INTENT})
_OTHERWISE = re.compile(
    r"\b(?:other|othr|another|different|diff|else|instead|switch|change|chnge|move|wrong|rather)\b"
    r"|换|改|另|别的|其他",
    re.IGNORECASE,
)
_PAYS = re.compile(r"\b(?:pa(?:y|id|ying|yments?)|charged?|bill(?:ed)?)\b|付|支付", re.IGNORECASE)
_GOING_BACK = frozenset({"return_item", "exchange_item", "get_refund"})
_MONEY_OR_UNCLEAR = frozenset({"get_refund", "order_details", UNCLEAR_INTENT})
_SENDS_BACK = re.compile(
    r"\b(?:ship|send|sent|mail|post|bring|giv|give|take)\b(?:(?!\bmoney\b|\bcash\b).){0,60}\bback\b"
    r"|\breturn\b|退货|寄回",
    re.IGNORECASE | re.DOTALL,
)
_OF_GOODS = frozenset({"exchange_item", "change_order", "return_item"})
_ACCOUNT = re.compile(
    r"\b(?:account|acct|profile|default|on file|home address|address book|(?:have |i've )?moved"
    r"|moving|live|living|my (?:own )?address)\b|账户|账号|资料|默认|搬家|个人信息",
    re.IGNORECASE,
)
_OF_AN_ORDER = re.compile(
    r"\b(?:orders?|parcel|package|purchase|deliver\w*|shipment|ship(?:ped)?|send|sent)\b"
    r"|订单|包裹|快递|寄|发",
    re.IGNORECASE,
)
_OWN_ADDRESS = frozenset({"set_up_shipping_address", "edit_account"})
_WHERE_IT_IS = re.compile(
    r"\bwhere(?:'?s| is| are) (?:my|the) (?:order|parcel|package|stuff|things?)\W*$"
    r"|(?:订单|包裹|快递|东西|货)(?:现在|都|到底)?(?:在|到)(?:哪|那)(?:里|儿|了)*\W*$",
    re.IGNORECASE,
)
_IN_ITS_PLACE = re.compile(r"\b(?:instead|in (?:its|their) place|swap|replace)\b|换", re.IGNORECASE)
_NAME_AND_CODE = re.compile(r"[A-Za-z]{2,}.*\b(?=\w*\d)\w{3,8}\b", re.DOTALL)
_WORD = re.compile(r"[^\W_]+")
_MOST_OF = 0.5
_COMMON = frozenset(
    """the a an and or of in to for is it one ones with you your that this i my me like would please
    pls plz which what want wan prefer option options kind version variant rather take think there
    order item instead name product money go do did any by be""".split()
)
_COUNT = re.compile(
    rf"\d|{ENGLISH_PATTERN}|(?:{CHINESE_COUNT_PATTERN})|\b(?:more|less|both|dozen)\b"
)
_ABOUT_NOTHING = frozenset(
    {YES, NO, OPEN_INTENT, UNCLEAR_INTENT, "open_question", "goodbye", "greet"}
)
"""Of a message without a question in it: at "Shall I?", no wish of its own."""
_NO_MORE = (_ABOUT_NOTHING | REPAIRS) - {"goodbye", "greet"}
_ACTS = {
    "cancel_order": "cancel",
    "change_order": "change",
    "change_shipping_address": "change",
    "change_payment_method": "change",
    "return_item": "return",
    "get_refund": "refund",
    "exchange_item": "exchange",
    "report_damaged_item": "report",
    "get_invoice": "issue",
}
"""The verb of what a form does (`agreement.ORDERED`)."""
_ABOUT_PAYING = frozenset({"change_payment_method", "check_payment_methods", "payment_issue"})
_ABOUT_MONEY = frozenset({"get_refund", "track_refund", "return_item"})
"""Of a question at "Shall I?": what the quote answers."""
_READ = 1000
"""Characters: more is a story, and its wish stands in its first sentences or its last."""
_REPEATED = 20
"""Characters from which on the same words are no accident."""
_LATEST = 2
"""Customer messages back, the topic of a bare order number may lie."""


def asked_of(tracker: DialogueStateTracker) -> Asked:
    """What the assistant asked and offered since the customer's last message."""
    buttons: list[dict[str, Any]] = []
    told: list[str] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, BotUttered):
            buttons[:0] = event.data.get("buttons") or []
            told.append(event.text or "")
    return Asked(
        form=tracker.active_loop_name,
        slot=tracker.get_slot("requested_slot"),
        offers=offers_of(buttons),
        told="\n".join(told),
        order_number=str(tracker.get_slot("order_number") or ""),
    )


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class ReplyReader(MessageStep, IntentClassifier):
    """Takes a message for the answer that it is: a choice among the buttons, a clear yes or no, the
    address that was asked for; and a bare order number for the last wish, about that order.

    What it answers stays readable in `intent_ranking`.
    """

    # Rasa hands the tracker to a component that names it.
    @override
    def process(  # type: ignore[override]
        self, messages: list[Message], tracker: DialogueStateTracker
    ) -> list[Message]:
        asked = asked_of(tracker)
        for message in messages:
            text = (message.get(TEXT) or "")[:_READ]
            if not text.strip() or text.startswith("/"):
                continue
            _undo_handover(message, text)
            _undo_at_a_question(message, text, asked)
            _said_again(message, text, tracker)
            if _wants_news(message, text, asked):
                continue
            offer = chosen(text, asked) or _agreed(message, text, asked)
            if offer is not None and _intent(message) not in CAREFUL_INTENTS:
                _take_up(message, offer)
                continue
            _name_the_damage(message, text, asked)
            _one_item_of_it(message, text)
            _about_no_order(message, text)
            _about_an_order(message, text)
            if not self._answers(message, text, asked):
                _go_on(message, tracker, asked)
        return messages

    def judge(self, message: Message) -> None:
        """Nothing without a conversation."""

    def _answers(self, message: Message, text: str, asked: Asked) -> bool:
        """Settle a message that a form waits for; whether it did."""
        name = _intent(message)
        if asked.form is None:
            return False
        if name in REPAIRS and _gives(message, str(asked.slot)):
            _inform(message)  # "why do you all want that? it's …"
            return True
        if asked.confirms and name == "stop" and hesitates(text):
            _inform(message)
            return True
        in_its_words = asked.slot in CHOSEN_SLOTS and _chooses(text, asked.told)
        if in_its_words or (asked.slot == REASON_SLOT and self._is_reason(text)):
            _inform(message)  # "I don't want it any more", "Amazon Alexa"
            return True
        if name == "withdraw_request" and asked.task in _GOING_BACK:
            put_first(message, NO if asked.confirms else "stop", _confidence(message))
            return asked.confirms  # it is given up before it was asked for
        if name in NEVER_ANSWERS:
            return False
        if name == DAMAGE and asked.slot == "return_item_reason" and names_damage(text):
            return True
        if asked.confirms:
            self._at_confirmation(message, text, asked, name)
        else:
            self._at_detail(message, text, asked, name)
        return True

    @staticmethod
    def _at_confirmation(message: Message, text: str, asked: Asked, name: str) -> None:
        """Neither a clear yes nor a clear no: nothing that reads like one may act."""
        asks = _QUESTION.search(text) is not None
        about_it = asks and name in _ABOUT_MONEY and not message.get(ENTITIES)
        own = name == asked.task and bool(message.get(ENTITIES))
        unclear = name in (YES, NO) or (name in _ABOUT_NOTHING and not asks)
        if own or about_it or unclear or (hesitates(text) and not asks):
            _inform(message)

    @staticmethod
    def _is_reason(text: str) -> bool:
        return named_reason(text, rasa_services().phrasebook.words) is not None

    def _at_detail(self, message: Message, text: str, asked: Asked, name: str) -> None:
        """What the form asked for, unless something else is meant."""
        if asked.slot == ADDRESS_SLOT and read_address(text) is not None:
            message.set(ENTITIES, [], add_to_output=True)
            _inform(message)
        elif asked.slot in TOLD_IN_WORDS and not self._interrupts(message, text, asked, name):
            if asked.slot != "order_item":
                kept = [e for e in message.get(ENTITIES) or [] if e["entity"] != "order_number"]
                message.set(ENTITIES, kept, add_to_output=True)
            _inform(message)
        elif asked.slot in ("order_number", "order_contact") and _gives(message, asked.slot):
            another = name in ABOUT_ORDERS and name != asked.task
            if not (another and _confidence(message) >= SURE_YES):
                _inform(message)
        elif (
            asked.slot == "order_contact"
            and _NAME_AND_CODE.search(text)
            and (name in _ABOUT_NOTHING or _confidence(message) < _SURELY)
        ):
            _inform(message)

    @staticmethod
    def _interrupts(message: Message, text: str, asked: Asked, name: str) -> bool:
        """Whether a message asks for something else, where any words may be an answer."""
        if asked.slot == "damaged_item_wish" and name in _ABOUT_MONEY | {"exchange_item"}:
            return False
        if asked.slot == QUANTITY_SLOT and _COUNT.search(text.lower()):
            return False
        if name in _ABOUT_NOTHING | {"inform", "thank"}:
            return bool(_QUESTION.search(text)) and name in (OPEN_INTENT, "open_question")
        if asked.slot == PAYMENT_SLOT and name in _ABOUT_PAYING:
            return False
        if asked.slot == FACT_SLOT and wants_code(text):
            return False
        if name == asked.task or _confidence(message) < _SURELY:
            return False
        return bool(_QUESTION.search(text) or _RATHER.search(text)) or _gives(
            message, "order_number"
        )


def _wants_news(message: Message, text: str, asked: Asked) -> bool:
    """Settle a message that asks to be told of something by itself, or of nothing more: what is
    asked for is looked up first, which proves the order (`actions/outreach.py`)."""
    settings = rasa_services().settings
    if not settings.orders_webhook_secret or _intent(message) in CAREFUL_INTENTS | _PERSONS:
        return False
    if stops_news(text):
        put_first(message, "stop", 1.0)
        return True
    kinds = wishes_in(text)
    if not kinds:
        return False
    if NewsKind.STOCK in kinds:
        put_first(message, OPEN_INTENT, 1.0)
        return True
    wish = "track_order" if NewsKind.DELIVERY in kinds else "track_refund"
    _inform(message) if asked.task == wish else put_first(message, wish, 1.0)
    message.set(REQUESTS, None)
    return True


def _chooses(text: str, told: str) -> bool:
    """Whether an answer, or a part of a longer one in which nothing calls a person, consists of
    words of the question."""
    if _in_the_words(text, told):
        return True
    parts = re.split(r"[.:;!?,。：；！？，]", text)
    return reason_in(text) is None and any(_in_the_words(part, told) for part in parts)


def _in_the_words(text: str, told: str) -> bool:
    """Whether an answer consists of words of the question: of the names that it lists."""
    said = [word for word in _WORD.findall(text.casefold()) if len(word) > 1]
    known = set(_WORD.findall(told.casefold()))
    named = [word for word in said if word in known and word not in _COMMON]
    return len(named) > 1 or (
        bool(named) and len(named) >= _MOST_OF * len([w for w in said if w not in _COMMON])
    )


def _take_up(message: Message, offer: Offer) -> None:
    """The message means what the button would."""
    entities = [
        {"entity": kind, "value": value, "start": 0, "end": 0}
        for kind, value in offer.entities.items()
    ]
    message.set(ENTITIES, entities, add_to_output=True)
    message.set(REQUESTS, None)
    put_first(message, offer.intent, 1.0)


def _agreed(message: Message, text: str, asked: Asked) -> Offer | None:
    """A yes or no in more words than `read_consent` knows, unless the classifier hears something
    else in it; a no needs less, since it changes nothing."""
    if not asked.confirms or _QUESTION.search(text) or _names_more(message, asked):
        return None
    name, sure = _intent(message), _confidence(message)
    may_be = {YES, OPEN_INTENT, UNCLEAR_INTENT, "inform", "thank", asked.task}
    agrees = agrees_in_many_words(text, _ACTS.get(asked.task, ""), asked.told)
    if name in may_be and agrees:
        return asked.offer(YES)
    if name == NO and sure >= SURE_NO and refuses_in_many_words(text) and not agrees:
        return asked.offer(NO)
    may_refuse = _ABOUT_NOTHING | {"thank", "inform", "withdraw_request", asked.task}
    if name in may_refuse and refuses_plainly(text):
        return asked.offer(NO)
    return None


def _names_more(message: Message, asked: Asked) -> bool:
    """Whether a reply names something beside the order that the question is about."""
    found = message.get(ENTITIES) or []
    return any(
        (e["entity"], str(e["value"])) != ("order_number", asked.order_number) for e in found
    )


def _undo_handover(message: Message, text: str) -> None:
    """What is said about the conversation itself ("now you've lost me", "don't touch it") sounds
    like a complaint of having been failed, and is none without anger or plain words."""
    mood = message.get(MOOD) or {}
    ranking = message.get(INTENT_RANKING_KEY) or []
    said = ranking[1]["name"] if len(ranking) > 1 else ""
    if said and mood.get("cause") == Cause.VULNERABLE.value and _tells_little(text):
        put_first(message, said, ranking[1]["confidence"])
    if _intent(message) != UPSET_INTENT or mood.get("cause") not in _SOUNDS_LIKE:
        return
    if said in TOPICS and named(message, "order_number") and _only_sounds(mood, text):
        put_first(message, said, ranking[1]["confidence"])
        return
    sure = said in REPAIRS and ranking[1]["confidence"] >= SURE_YES
    harmless = said in REPAIRS | {YES, NO, "stop", "inform"} and reason_in(text) is None
    if sure or harmless:
        put_first(message, said, ranking[1]["confidence"])


def _undo_at_a_question(message: Message, text: str, asked: Asked) -> None:
    """Who is asked something and neither sounds angry nor says why a person is needed gets to
    answer: "I'm in two minds, let me ask my husband", "may I enquire why you need that"."""
    mood = message.get(MOOD) or {}
    if asked.form is None or _intent(message) != UPSET_INTENT or not _faintly(mood, text):
        return
    ranking = message.get(INTENT_RANKING_KEY) or []
    repair = next((e for e in ranking[1:3] if e["name"] in REPAIRS), None)
    said = repair if repair and repair["confidence"] >= SURE_YES else (ranking[1:] or [None])[0]
    in_need = mood.get("cause") == Cause.VULNERABLE.value
    waits = asked.confirms and hesitates(text)
    sure = said is not None and said["confidence"] >= SURE_YES and said["name"] not in TOPICS
    if waits:
        _inform(message)
    elif said is not None and (sure or not in_need):
        put_first(message, said["name"], said["confidence"])


def _faintly(mood: dict[str, Any], text: str) -> bool:
    """Whether a person was called by a tone that is hardly heard, and by no words."""
    heard = max(float(mood.get(of) or 0.0) for of in ("anger", "displeasure"))
    return heard < FAINT and float(mood.get("person") or 0.0) < FELT and reason_in(text) is None


def _said_again(message: Message, text: str, tracker: DialogueStateTracker) -> None:
    """Who copies an earlier message into a new one ("as I said before: …") means what it meant."""
    if _intent(message) in CAREFUL_INTENTS | {PERSON_INTENT, UPSET_INTENT}:
        return
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered) and event.intent.get("name") in TOPICS:
            before = (event.text or "").strip()
            if len(before) >= _REPEATED and before in text:
                put_first(message, str(event.intent["name"]), 1.0)
                return


def _tells_little(text: str) -> bool:
    """Whether a text is too short to tell of somebody in need, unless in plain words."""
    return len(text) < (12 if has_han(text) else 30) and reason_in(text) is None


def _only_sounds(mood: dict[str, Any], text: str) -> bool:
    """Whether a person was called by the tone alone: nothing in the words names a reason."""
    surely = mood.get("level") == Level.ANGRY.value or float(mood.get("person") or 0.0) >= _SURELY
    angry = mood.get("cause") == Cause.ANGER.value and surely
    return not angry and reason_in(text) is None


def _go_on(message: Message, tracker: DialogueStateTracker, asked: Asked) -> None:
    """Outside of forms: "no more" to "anything else?", and a bare order number, e-mail or phone
    goes on with what was asked for last."""
    if asked.form is not None:
        return
    text, name = message.get(TEXT), _intent(message)
    if _last_action(tracker) == ANYTHING_ELSE and name in _NO_MORE:
        if not _QUESTION.search(text) and read_consent(text) is not True:
            put_first(message, NO, 1.0)
        return
    # "Certainly, it is 4711": nothing waits for a yes.
    bare = name == "inform" or (name in (YES, NO) and not asked.offers)
    if bare and any(_gives(message, slot) for slot in ("order_number", "order_contact")):
        _take_up_topic(message, tracker)


def _take_up_topic(message: Message, tracker: DialogueStateTracker) -> None:
    """The message means what was asked for last, if that is not long ago."""
    seen = 0
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            seen += 1
            topic = event.intent.get("name")
            if topic in TOPICS:
                put_first(message, topic, 1.0)
                return
            if seen >= _LATEST and topic != "inform":
                return


def _one_item_of_it(message: Message, text: str) -> None:
    """Money back for a product that is named is its return; a refund is for the whole order. "Mug x
    4" is no question."""
    products = set(named(message, "product"))
    if products and _intent(message) == "get_refund":
        put_first(message, "return_item", 1.0)
    if products and _intent(message) in _NOT_COUNTED and _TIMES.search(text):
        put_first(message, "change_order", 1.0)
    if len(products) > 1 and _intent(message) == "return_item" and _IN_ITS_PLACE.search(text):
        put_first(message, "exchange_item", 1.0)


def _about_no_order(message: Message, text: str) -> None:
    """What is asked without an order's number: "where is my parcel" wants no list, and who names an
    address for the account asks for no explanation."""
    if named(message, "order_number"):
        return
    if _intent(message) == "list_orders" and _WHERE_IT_IS.search(text):
        put_first(message, "track_order", 1.0)
    own = _intent(message) in _OWN_ADDRESS or (
        _intent(message) == "change_shipping_address"
        and _ACCOUNT.search(text) is not None
        and not _OF_AN_ORDER.search(text)
    )
    if own and find_address(text):
        put_first(message, DEFAULT_ADDRESS_INTENT, 1.0)


def _wish_of_a_sentence(message: Message) -> None:
    """A story that names an order wants something done with it: where the whole of it reads like no
    wish, that of the sentence with the number, or of the last one that surely has one."""
    if _intent(message) not in _NO_WISH:
        return
    if _intent(message) == "order_details" and _tells_no_story(message):
        return
    sentences: list[Clause] = message.get(SENTENCES) or []
    wishes = [s for s in sentences if s.ranking and s.ranking[0]["name"] in _DONE_WITH_ORDERS]
    sure = [
        s
        for s in wishes
        if s.ranking[0]["confidence"] >= _SURELY and s.evidence["score"] >= s.evidence["threshold"]
    ]
    numbers = [e for e in message.get(ENTITIES) or [] if e["entity"] == "order_number"]
    near = [
        s
        for s in wishes
        if any(s.start <= e["start"] and e["end"] <= s.start + len(s.text) for e in numbers)
    ]
    found = near or sure
    if found:
        put_first(message, found[-1].ranking[0]["name"], found[-1].ranking[0]["confidence"])


def _tells_no_story(message: Message) -> bool:
    """Whether a message is too short for the whole of it to hide its wish."""
    text = message.get(TEXT) or ""
    return _confidence(message) >= _SURELY and len(text) < (40 if has_han(text) else 100)


def _about_an_order(message: Message, text: str) -> None:
    """What a question about kinds, or about paying, means beside the number of an order."""
    if not named(message, "order_number"):
        return
    _wish_of_a_sentence(message)
    name = _intent(message)
    if name == "check_variants":
        put_first(message, "change_order", 1.0)  # another kind of what was ordered
    if name in _ABOUT_PAYING and _OTHERWISE.search(text) and _PAYS.search(text):
        put_first(message, "change_payment_method", 1.0)
    ranking = [str(e["name"]) for e in message.get(INTENT_RANKING_KEY) or []]
    if "return_item" in ranking[:4] and name in _MONEY_OR_UNCLEAR and _SENDS_BACK.search(text):
        put_first(message, "return_item", 1.0)  # "ship it back and get my money"
        return
    if not named(message, "product"):
        return
    goods = next((likely for likely in ranking if likely in _OF_GOODS), "exchange_item")
    if name == UNCLEAR_INTENT and "order_details" in ranking[1:3] and goods in ranking[1:3]:
        put_first(message, goods, 1.0)  # the things are no question
    if name in _ABOUT_PAYING and not _PAYS.search(text):
        put_first(message, goods, 1.0)  # "the CF card kind"


def _name_the_damage(message: Message, text: str, asked: Asked) -> None:
    """What arrived broken costs the customer nothing: no return for a label fee."""
    name = _intent(message)
    wants_money_or_gone = name in ("get_refund", "return_item", "exchange_item", "complaint")
    if name in ("track_order", "order_details", OPEN_INTENT) and _ARRIVED.search(text):
        wants_money_or_gone = bool(named(message, "product"))
    at_reason = asked.slot == "return_item_reason" and name != PERSON_INTENT
    if asked.form == f"{DAMAGE}_form" or not (wants_money_or_gone or at_reason):
        return
    if names_damage(text):
        put_first(message, DAMAGE, 1.0)


def _last_action(tracker: DialogueStateTracker) -> str:
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted) and event.action_name != ACTION_LISTEN_NAME:
            return str(event.action_name)
    return ""


def _inform(message: Message) -> None:
    message.set(REQUESTS, None)
    put_first(message, "inform", 1.0)


def _intent(message: Message) -> str:
    return str((message.get(INTENT) or {}).get("name") or OPEN_INTENT)


def _confidence(message: Message) -> float:
    ranking = message.get(INTENT_RANKING_KEY) or [{}]
    return float(ranking[0].get("confidence") or 0.0)


def _gives(message: Message, slot: str) -> bool:
    kinds = {"order_number": ("order_number",), "order_contact": ("email", "phone")}.get(slot, ())
    return bool(named(message, *kinds))
