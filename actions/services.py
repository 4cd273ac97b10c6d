"""The composition root: what stands behind each port is decided here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from switchboard.answering.engine import AnswerEngine
from switchboard.answering.opening import open_answers, open_library, open_pictures
from switchboard.answering.pictures import PictureReader
from switchboard.clock import utc_now
from switchboard.conversations import ConversationLog
from switchboard.handoff.ratings import Ratings
from switchboard.handoff.tickets import TicketBook
from switchboard.identity import IdentityGate
from switchboard.knowledge.library import LiveLibrary
from switchboard.orders.book import OrderBook, open_order_book
from switchboard.policy import Policy
from switchboard.settings import Settings, load_settings
from switchboard.speech import Phrasebook, open_phrasebook
from switchboard.store import open_database


@dataclass(frozen=True)
class Services:
    """All that an action may ask. Tests build one with fakes."""

    policy: Policy
    orders: OrderBook
    gate: IdentityGate
    tickets: TicketBook
    ratings: Ratings
    conversations: ConversationLog
    answers: AnswerEngine
    library: LiveLibrary
    pictures: PictureReader | None
    phrasebook: Phrasebook
    now: Callable[[], datetime] = utc_now


def build_services(settings: Settings) -> Services:
    """Wire the services for a deployment.

    Raises:
        ConfigurationError: a setting, the policy or an article cannot be used.
    """
    engine = open_database(settings.database_url)
    phrasebook = open_phrasebook(settings.data_dir)
    library = open_library(settings, phrasebook.policy)
    return Services(
        policy=phrasebook.policy,
        orders=open_order_book(settings),
        gate=IdentityGate(engine, settings.identity_minutes),
        tickets=TicketBook(engine),
        ratings=Ratings(engine),
        conversations=ConversationLog(engine),
        answers=open_answers(settings, library, phrasebook, engine),
        library=library,
        pictures=open_pictures(settings),
        phrasebook=phrasebook,
    )


@lru_cache(maxsize=1)
def services() -> Services:
    """The services of this process, built on first use."""
    return build_services(load_settings())
