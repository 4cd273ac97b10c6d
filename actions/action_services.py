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
from switchboard.files.file_store import FileStore
from switchboard.knowledge.library import LiveLibrary
from switchboard.orders.contact_codes import (
    VALID_SECONDS,
    CodeCourier,
    ContactCodes,
    MailedCodes,
)
from switchboard.orders.identity import IdentityGate
from switchboard.orders.open_orders import open_order_system
from switchboard.orders.order_system import OrderSystem
from switchboard.orders.proved_persons import ProvedPersons
from switchboard.outreach.consents import WishBook
from switchboard.outreach.late_orders import LateOrders
from switchboard.outreach.news_inbox import NewsInbox
from switchboard.profile.profile_reader import ProfileReader
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
    codes: ContactCodes
    tickets: TicketBook
    ratings: Ratings
    conversations: ConversationLog
    answers: AnswerEngine
    library: LiveLibrary
    pictures: PictureReader | None
    files: FileStore
    phrasebook: Phrasebook
    consents: WishBook | None = None
    late_orders: LateOrders | None = None
    """What customers ask to be told of by itself; None where the order system tells nothing."""
    profiles: ProfileReader | None = None
    now: Callable[[], datetime] = utc_now


def build_services(settings: Settings) -> ActionServices:
    """Create the services of a deployment.

    Raises:
        ConfigurationError: a setting, the policy or an article cannot be used.
    """
    engine = open_database(settings.database_url)
    phrasebook = open_phrasebook(settings.data_dir)
    library = open_library(settings, phrasebook)
    orders = open_order_system(settings)
    wishes = WishBook(engine) if settings.orders_webhook_secret else None
    zone = phrasebook.policy.timezone
    return ActionServices(
        policy=phrasebook.policy,
        orders=orders,
        gate=IdentityGate(
            engine,
            settings.identity_minutes,
            numbers=phrasebook.policy.order_numbers,
            name_and_postcode=phrasebook.policy.optional("identity", "name_and_postcode") is True,
            persons=ProvedPersons(engine) if settings.profile else None,
        ),
        codes=ContactCodes(engine, _courier(settings, phrasebook)),
        tickets=TicketBook(engine),
        ratings=Ratings(engine),
        conversations=ConversationLog(engine),
        answers=open_answers(settings, library, phrasebook, engine),
        library=library,
        pictures=open_pictures(settings, engine),
        files=FileStore(engine, settings.files_dir),
        phrasebook=phrasebook,
        consents=wishes,
        late_orders=LateOrders(wishes, NewsInbox(engine), orders, zone) if wishes else None,
        profiles=ProfileReader(engine, settings.identity_minutes) if settings.profile else None,
    )


def _courier(settings: Settings, phrasebook: Phrasebook) -> CodeCourier | None:
    """E-mail where a mail server is set up, from the shop's own address."""
    server = settings.desk.smtp_url

    def words(code: str, language: object) -> tuple[str, str]:
        speech = phrasebook.speak(language)
        facts = {
            "code": code,
            "shop": phrasebook.policy.text("shop", "name"),
            "minutes": int(VALID_SECONDS // 60),
        }
        subject, text = (speech.word("code_mail", part) for part in ("subject", "text"))
        return subject.format_map(facts), text.format_map(facts)

    sender, ca = phrasebook.policy.text("shop", "email"), settings.desk.mail_ca
    return MailedCodes(server, sender, words, ca) if server else None


@lru_cache(maxsize=1)
def services() -> ActionServices:
    """The services of this process, built on first use."""
    return build_services(load_settings())
