"""The composition root of the action server: chooses the implementation of each port."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from switchboard.answering.engine import AnswerEngine
from switchboard.answering.opening import open_answers, open_library, open_pictures
from switchboard.answering.pictures import PictureReader
from switchboard.clock import utc_now
from switchboard.conversations.log import ConversationLog
from switchboard.database.connection import open_database
from switchboard.knowledge.library import LiveLibrary
from switchboard.orders.identity import IdentityGate
from switchboard.orders.open_orders import open_order_system
from switchboard.orders.order_system import OrderSystem
from switchboard.settings import Settings, load_settings
from switchboard.shop.policy import Policy
from switchboard.shop.speech import Phrasebook, open_phrasebook
from switchboard.tickets.ratings import Ratings
from switchboard.tickets.ticket_book import TicketBook


@dataclass(frozen=True)
class ActionServices:
    """The services that actions use. Tests build one with fakes."""

    policy: Policy
    orders: OrderSystem
    gate: IdentityGate
    tickets: TicketBook
    ratings: Ratings
    conversations: ConversationLog
    answers: AnswerEngine
    library: LiveLibrary
    pictures: PictureReader | None
    phrasebook: Phrasebook
    now: Callable[[], datetime] = utc_now


def build_services(settings: Settings) -> ActionServices:
    """Create the services of a deployment.

    Raises:
        ConfigurationError: a setting, the policy or an article cannot be used.
    """
    engine = open_database(settings.database_url)
    phrasebook = open_phrasebook(settings.data_dir)
    library = open_library(settings, phrasebook.policy)
    return ActionServices(
        policy=phrasebook.policy,
        orders=open_order_system(settings),
        gate=IdentityGate(
            engine,
            settings.identity_minutes,
            numbers=phrasebook.policy.order_numbers,
            name_and_postcode=phrasebook.policy.optional("identity", "name_and_postcode") is True,
        ),
        tickets=TicketBook(engine),
        ratings=Ratings(engine),
        conversations=ConversationLog(engine),
        answers=open_answers(settings, library, phrasebook, engine),
        library=library,
        pictures=open_pictures(settings),
        phrasebook=phrasebook,
    )


@lru_cache(maxsize=1)
def services() -> ActionServices:
    """The services of this process, built on first use."""
    return build_services(load_settings())
