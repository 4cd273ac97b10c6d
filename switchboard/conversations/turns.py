"""What stands on a parsed message, and the intents that have a meaning of their own."""

from __future__ import annotations

LANGUAGE = "language"
"""Of a parsed message: an ISO 639-1 code, or None when the message does not tell."""
MOOD = "mood"
"""Of a parsed message: the probabilities `negative`, `neutral`, `positive`, `anger`, `displeasure`;
the `words` that tell, if displeased; that a `person` should take over, the `person_bar` from which
one does, and then the `reason` and its `evidence`; the `level` that follows from them; and for an
upset message the `cause` and `detail` of its route."""
REQUESTS = "requests"
"""Of a parsed message: what else was asked, in order, each `{text, intent, entities}`."""
OPEN_REASON = "open_reason"
"""Of a parsed message: why it was taken for an open question."""
ROUTE = "route"
"""Of a parsed message: where its turn goes and why (`routes.Decision`)."""
CONTINUES = "continues"
"""Of a parsed message that the customer did not write anew: it takes up `THIS_MESSAGE`, read in
another way, or `AN_EARLIER_ONE`. Such an event is no turn and no line of its own."""
THIS_MESSAGE, AN_EARLIER_ONE = "this message", "an earlier one"

OPEN_INTENT = "nlu_fallback"
UPSET_INTENT = "negative_sentiment"
PERSON_INTENT = "contact_human_agent"
UNCLEAR_INTENT = "unclear_intent"
ARTICLE_INTENT = "choose_article"
ATTACHMENT_INTENT = "send_attachment"
RATING_INTENT = "rate_service"
RESUME_INTENT = "resume_bot"
"""The customer would rather not wait for a person."""
DEFAULT_ADDRESS_INTENT = "change_default_address"
"""A new address for the account is named, not asked about."""
WORDLESS = frozenset({ARTICLE_INTENT, ATTACHMENT_INTENT, RATING_INTENT, DEFAULT_ADDRESS_INTENT})
"""Intents that come by buttons, channels and components, never by words: they have no examples."""
CAREFUL_INTENTS = frozenset({"self_harm", "medical_question", "legal_question", "threat"})
"""A fixed text and a person, whatever else could be said."""
GRAVE_INTENTS = frozenset({"self_harm", "threat"})
"""Of those, where a life may be in danger: a likelier wish does not hide them."""
OVERTAKEN = "overtaken"
"""In a message's metadata: the customer wrote again while this one was being answered."""
ORIGIN = "origin"
"""In a message's metadata: a digest of the network address that it came from."""
PREFERRED = "preferred_language"
"""In a message's metadata: the language that the customer asked for in this conversation."""
EXPLAINED = "explain"
"""The conversation id of what `make explain` asks: no customer's."""
REPAIRS = frozenset({"ask_repeat", "ask_why", "start_over", "go_back", "skip"})
"""What customers say when the conversation itself goes wrong; it means nothing without it."""
SMALL_TALK = REPAIRS | {
    *("greet", "goodbye", "thank", "affirm", "deny", "inform", "bot_challenge", "stop"),
    RESUME_INTENT,
}
"""Intents that ask for nothing."""
TOPICS = frozenset(
    """track_order order_details check_cancellation_fee cancel_order change_order
    change_shipping_address change_payment_method return_item exchange_item report_damaged_item
    withdraw_request get_refund track_refund get_invoice check_invoice""".split()
)
"""Wishes about an order: a bare order number goes on with the last of them."""
QUOTE = "quote"
"""The entity of a yes: which quote of which act on which version of an order it agrees to."""
BY_ITSELF = "by_itself"
"""In the metadata of what the assistant said by itself: what it was."""
