"""`switchboard explain`: traces one open question."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from switchboard.settings import load_settings

if TYPE_CHECKING:
    from switchboard.answering.question import Answer, KnownCustomer
    from switchboard.answering.trace import Trace
    from switchboard.settings import Settings
    from switchboard.shop.speech import Speech


def explain(
    question: str,
    language: str = typer.Option("", help="two letters; told from the question by default"),
    after: list[str] = typer.Option([], help="what was said before; may be given several times"),
    order: str = typer.Option("", help="as one would be answered who has proved this order"),
) -> None:
    """Show how one open question travels, from the passages to the checks and the cost."""
    from switchboard.text.language import ENGLISH, read_language

    spoken = language or read_language(question) or ENGLISH
    print(asyncio.run(_trace(question, spoken, after, order)))


def show(trace: Trace, answer: Answer) -> str:
    """The trace as text."""
    lines = [f"searched: {trace.searched}", "", "passages (score, cosine):"]
    lines += [
        f"  {number}. {hit.score:.2f}  {hit.cosine:.2f}  {hit.passage.id}  {hit.passage.name}"
        for number, hit in enumerate(trace.hits, start=1)
    ]
    if trace.found is not None:
        lines += ["", "graph:", *(f"  {line}" for line in trace.found.path)]
    if trace.prompt:
        lines += ["", "prompt as sent:"]
        for message in trace.prompt:
            lines += [f"--- {message.role}", message.content]
    for number, (raw, verdict) in enumerate(trace.replies, start=1):
        lines += ["", f"reply {number}: {raw}", f"checks: {verdict}"]
    lines += ["", f"outcome: {answer.origin.value}" + (f" ({answer.reason})" * bool(answer.reason))]
    if answer.intent:
        lines.append(f"flow: {answer.intent} {answer.order_number}".rstrip())
    lines += [f"offered: {passage.name}" for passage in answer.suggestions]
    if answer.text:
        lines.append(f"answer: {answer.text}")
    spent = ", ".join(f"{step} {took:.1f} ms" for step, took in trace.milliseconds.items())
    lines += ["", f"time: {spent}"]
    if trace.prompt:
        lines.append(
            f"cost: {trace.usage.prompt} + {trace.usage.completion} tokens, {trace.money:.6f}"
            + (" (from the cache)" if trace.cached else "")
        )
    return "\n".join(lines)


async def _trace(text: str, language: str, earlier: list[str], order: str) -> str:
    """Ask a question outside any conversation; the ledger records it as asked by `explain`."""
    from switchboard.answering.opening import open_answers, open_library
    from switchboard.answering.question import Question
    from switchboard.answering.trace import Trace
    from switchboard.conversations.turns import EXPLAINED
    from switchboard.database.connection import open_database
    from switchboard.llm.chat_model import Message
    from switchboard.shop.speech import open_phrasebook

    settings = load_settings()
    phrasebook = open_phrasebook(settings.data_dir)
    library = open_library(settings, phrasebook)
    engine = open_answers(settings, library, phrasebook, open_database(settings.database_url))
    library.search(text, 1, language)  # loads what is loaded on first use, before the timing
    history = [Message("user", line) for line in earlier]
    trace = Trace()
    customer = await _customer_of(order, settings, phrasebook.speak(language))
    question = Question(text, language, history, EXPLAINED, customer)
    answer = await engine.answer(question, trace)
    return show(trace, answer)


async def _customer_of(number: str, settings: Settings, speech: Speech) -> KnownCustomer:
    """Somebody who has proved an order; nobody without its number."""
    from switchboard.answering.customer import order_statements
    from switchboard.answering.question import KnownCustomer
    from switchboard.errors import ConfigurationError
    from switchboard.orders.open_orders import open_order_system

    if not number:
        return KnownCustomer()
    order = await open_order_system(settings).find(number)
    if order is None:
        raise ConfigurationError(f"there is no order {number}")
    statements = order_statements(order, speech)
    bought = [item.sku for item in order.items]
    return KnownCustomer(orders={order.number: statements}, bought={order.number: bought})
