"""What the desk stands on, made in one place."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.engine import Engine

from desk.help import Helper
from switchboard.conversations import ConversationLog
from switchboard.handoff.attendant import Attendant
from switchboard.handoff.casework import Casework
from switchboard.handoff.chatwoot import Chatwoot
from switchboard.handoff.desks import OwnDesk
from switchboard.handoff.notifying import Notifier
from switchboard.handoff.relay import Relay
from switchboard.handoff.tickets import TicketBook
from switchboard.people.audit import AuditTrail
from switchboard.people.directory import Directory
from switchboard.people.signing_in import SigningIn
from switchboard.policy import Policy, load_policy
from switchboard.privacy.retention import Retention
from switchboard.replies import Replies
from switchboard.settings import Settings
from switchboard.settings_parts import ChatwootSettings
from switchboard.store import open_database


@dataclass(frozen=True)
class Services:
    """All that a page may ask."""

    engine: Engine
    policy: Policy
    replies: Replies
    tickets: TicketBook
    casework: Casework
    conversations: ConversationLog
    directory: Directory
    signing_in: SigningIn
    audit: AuditTrail
    helper: Helper
    attendant: Attendant
    retention: Retention
    relay: Relay
    chatwoot: ChatwootSettings


def open_services(settings: Settings) -> Services:
    """The services of a deployment.

    Raises:
        ConfigurationError: the policy, a reply or the database's address cannot be used.
        sqlalchemy.exc.OperationalError: the database cannot be reached.
    """
    engine = open_database(settings.database_url)
    policy = load_policy(settings.data_dir / "policy.yml")
    replies = Replies(settings.data_dir / "replies", policy)
    return Services(
        engine=engine,
        policy=policy,
        replies=replies,
        tickets=TicketBook(engine),
        casework=Casework(engine),
        conversations=ConversationLog(engine),
        directory=Directory(engine),
        signing_in=SigningIn(engine),
        audit=AuditTrail(engine),
        helper=Helper(settings, engine, policy),
        relay=Relay(
            engine, Chatwoot(settings.chatwoot) if settings.chatwoot.url else OwnDesk(), replies
        ),
        chatwoot=settings.chatwoot,
        retention=Retention(engine, settings.desk),
        attendant=Attendant(
            engine, policy, replies, Notifier(settings.desk), settings.desk.wait_minutes
        ),
    )
