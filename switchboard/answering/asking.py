"""Asks a model which statements answer a question.

By default the customer reads those statements and nothing else, so no reply of the model can say
anything that the shop does not say. Where the shop allows a model's own wording, its draft is
checked and judged first; whatever fails is replaced by the statements that the draft cites.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from switchboard.answering.background import in_thread
from switchboard.answering.cache import AnswerCache
from switchboard.answering.checks import DraftChecks, Grounds
from switchboard.answering.followup import leans
from switchboard.answering.judge import judge
from switchboard.answering.offer import Offered, OnOffer, Phrases, composed, joined, sources_of
from switchboard.answering.prompt import AGAIN, PromptWriter
from switchboard.answering.question import Answer, Origin, Question
from switchboard.answering.reply import Kind, ModelReply, ReplyChoices, read_reply, reply_schema
from switchboard.answering.trace import Trace
from switchboard.errors import ModelError, ModelWrong
from switchboard.knowledge.articles import Passage
from switchboard.knowledge.statements import Statement
from switchboard.llm.chat_model import Deadline, Message, Schema
from switchboard.llm.metered_model import MeteredModel
from switchboard.privacy.redaction import Pseudonyms
from switchboard.text.language import SPOKEN
from switchboard.text.order_numbers import OrderNumbers

_LEAST_TIME = 0.3
_WITHOUT_HISTORY = 3  # messages in a prompt without history
MOST_OFFERED = 3
"""Topics between which a customer chooses."""


@dataclass(frozen=True)
class Asking:
    """What a model call needs. `seconds`: limit for one question, including retries and the judge.

    `checks`: of a model's own wording; None where the shop's is the only one.
    """

    model: MeteredModel
    writer: PromptWriter
    phrases: Phrases
    numbers: OrderNumbers
    seconds: float
    checks: DraftChecks | None = None
    cache: AnswerCache = field(default_factory=AnswerCache)

    async def answer(
        self, question: Question, passages: Sequence[Passage], trace: Trace, deadline: Deadline
    ) -> Answer:
        """The model's answer.

        Raises:
            ModelError: there is none that could be sent.
        """
        customer = question.customer
        names = Pseudonyms([customer.name, *customer.name.split()])
        offer = OnOffer(tuple(passages), customer.orders)
        prompt = self.writer.write(question, offer, names)
        trace.prompt = prompt
        key = None
        alone = len(prompt) == _WITHOUT_HISTORY and not leans(question.text)
        if alone and not names.known and not customer.orders and not customer.facts:
            key = self.cache.key(self.model.name, prompt[:2], prompt[-1].content)
            kept = self.cache.get(key)
            if kept is not None:
                trace.cached = True
                return kept
        reply = await self._reply(offer, trace, deadline)
        answer = await self._carry_out(reply, offer, question, trace, deadline, names)
        if key is not None and answer.origin is Origin.MODEL:
            self.cache.put(key, answer)
        return answer

    async def _reply(self, offer: OnOffer, trace: Trace, deadline: Deadline) -> ModelReply:
        """A well-formed reply; asked for once more if the first is not."""
        choices = ReplyChoices(
            statements=len(offer.statements),
            flows=self.writer.flows,
            openings=self.phrases.names("openings"),
            closings=self.phrases.names("closings"),
            worded=self.checks is not None,
        )
        messages = list(trace.prompt)
        while True:
            text = await self._call(messages, reply_schema(choices), trace, deadline)
            try:
                reply = read_reply(text, choices)
            except ModelWrong as error:
                trace.replies.append((text, str(error)))
                if len(trace.replies) > 1 or deadline.left < _LEAST_TIME:
                    raise
                again = AGAIN.format(reason=error)
                messages = [*messages, Message("assistant", text[:2000])]
                messages.append(Message("user", again))
            else:
                trace.replies.append((text, "read"))
                return reply

    async def _call(
        self, messages: Sequence[Message], schema: Schema, trace: Trace, deadline: Deadline
    ) -> str:
        completion = await self.model.complete(messages, deadline, schema)
        trace.count_call(completion, self.model.money(completion))
        trace.took("model")
        return completion.text

    async def _carry_out(
        self,
        reply: ModelReply,
        offer: OnOffer,
        question: Question,
        trace: Trace,
        deadline: Deadline,
        names: Pseudonyms,
    ) -> Answer:
        chosen = offer.chosen(reply.statements)
        if reply.kind is Kind.ANSWER:
            text = composed(reply, chosen, self.phrases, question.language)
            if self.checks is not None and reply.draft:
                told = (reply.draft, chosen, question, deadline, names, trace)
                try:
                    text = await self._worded(self.checks, *told)
                except ModelError as error:
                    trace.replies.append((reply.draft, f"the statements instead: {error}"))
                trace.took("checks")
            return Answer(Origin.MODEL, text, sources_of(chosen))
        if reply.kind is Kind.START:
            said = names.restore(reply.order_number)
            number = _said_number(said, question, self.numbers)
            return Answer(Origin.FLOW, intent=reply.intent, order_number=number)
        if reply.kind is Kind.ASK:
            topics = sources_of(chosen)[:MOST_OFFERED]
            if len(topics) < 2:
                raise ModelWrong("asked back between fewer than two topics")
            return Answer(Origin.ASK, suggestions=topics)
        if reply.kind is Kind.HANDOFF:
            return Answer(Origin.PERSON, reason="the model asks for a person")
        return Answer(Origin.NOWHERE, reason="declined")

    async def _worded(
        self,
        checks: DraftChecks,
        draft: str,
        chosen: Sequence[Offered],
        question: Question,
        deadline: Deadline,
        names: Pseudonyms,
        trace: Trace,
    ) -> str:
        """The model's own wording, if it passes the checks and the judge.

        Raises:
            ModelError: it does not, or the judge cannot be asked.
        """
        cited = [
            replace(o, statement=Statement(names.hide(o.statement.text))) if o.order else o
            for o in chosen
        ]
        grounds = Grounds(cited, names.known)
        drafted = await in_thread(checks.check, draft, grounds, question.language)

        async def ask(messages: Sequence[Message], schema: Schema) -> str:
            return await self._call(messages, schema, trace, deadline)

        english = await judge(ask, grounds.texts, drafted)
        if question.language not in SPOKEN:
            checks.check_rendering(english, grounds)
        trace.replies.append((draft, "entailed"))
        return names.restore(joined(drafted, question.language))


def _said_number(number: str, question: Question, numbers: OrderNumbers) -> str:
    """The order number that a model read, if the customer wrote it; else an empty string."""
    normal = numbers.normal(number)
    said = [question.text, *(m.content for m in question.history if m.role == "user")]
    return normal if normal and any(normal.casefold() in text.casefold() for text in said) else ""
