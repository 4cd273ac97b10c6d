"""The services of the desk, created in one place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import Engine

from switchboard.conversations.log import ConversationLog
from switchboard.database.connection import open_database
from switchboard.desk.drafting import Helper
from switchboard.overview.daily_sums import DailySums
from switchboard.overview.figure_sheets import FigureSheets
from switchboard.overview.question_groups import QuestionGroups
from switchboard.overview.visit_book import VisitBook
from switchboard.privacy.retention import Retention
from switchboard.settings import ChatwootSettings, Settings
from switchboard.shop.policy import Policy, load_policy
from switchboard.shop.replies import Replies
from switchboard.staff.audit import AuditTrail
from switchboard.staff.directory import Directory
from switchboard.staff.sign_ins import SignIns
from switchboard.tickets.chatwoot import Chatwoot
from switchboard.tickets.human_desk import OwnDesk
from switchboard.tickets.notifier import Notifier
from switchboard.tickets.relay import Relay
from switchboard.tickets.ticket_acts import TicketActs
from switchboard.tickets.ticket_book import TicketBook
from switchboard.tickets.unanswered import UnansweredTickets


@dataclass(frozen=True)
class DeskServices:
    """The services that the pages use."""

    engine: Engine
    policy: Policy
    replies: Replies
    tickets: TicketBook
    ticket_acts: TicketActs
    conversations: ConversationLog
    directory: Directory
    sign_ins: SignIns
    audit: AuditTrail
    helper: Helper
    unanswered: UnansweredTickets
    retention: Retention
    relay: Relay
    chatwoot: ChatwootSettings
    overview: FigureSheets
    visits: VisitBook
    daily_sums: DailySums
    question_groups: QuestionGroups
    drafts: Path


def open_services(settings: Settings) -> DeskServices:
    """Create the services of a deployment.

    Raises:
        ConfigurationError: the policy, a reply or the database's address cannot be used.
        sqlalchemy.exc.OperationalError: the database cannot be reached.
    """
    engine = open_database(settings.database_url)
    policy = load_policy(settings.data_dir / "policy.yml")
    replies = Replies(settings.data_dir / "replies", policy)
    return DeskServices(
        engine=engine,
        policy=policy,
        replies=replies,
        tickets=TicketBook(engine),
        ticket_acts=TicketActs(engine, replies),
        conversations=ConversationLog(engine),
        directory=Directory(engine),
        sign_ins=SignIns(engine),
        audit=AuditTrail(engine),
        helper=Helper(settings, engine, policy),
        relay=Relay(
            engine, Chatwoot(settings.chatwoot) if settings.chatwoot.url else OwnDesk(), replies
        ),
        chatwoot=settings.chatwoot,
        overview=FigureSheets(engine, policy),
        visits=VisitBook(engine, policy.timezone),
        daily_sums=DailySums(engine, policy.timezone),
        question_groups=QuestionGroups(engine, policy.timezone),
        drafts=settings.data_dir / "drafts",
        retention=Retention(engine, settings.desk),
        unanswered=UnansweredTickets(
            engine, policy, replies, Notifier(settings.desk), settings.desk.wait_minutes
        ),
    )
