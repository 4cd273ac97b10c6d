"""The services of the desk, created in one place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import Engine

from switchboard.conversations.log import ConversationLog
from switchboard.conversations.presence import Presence
from switchboard.database.connection import open_database
from switchboard.desk.drafting import Helper
from switchboard.files.file_store import FileStore
from switchboard.learning.daily_learning import DailyLearning
from switchboard.learning.learned_examples import taught_intents
from switchboard.learning.proposal_book import ProposalBook
from switchboard.mailroom.dead_letters import DeadLetters
from switchboard.mailroom.mail_watch import MailWatch
from switchboard.overview.daily_sums import DailySums
from switchboard.overview.figure_sheets import FigureSheets
from switchboard.overview.question_groups import QuestionGroups
from switchboard.overview.score_book import ScoreBook
from switchboard.overview.visit_book import VisitBook
from switchboard.overview.wish_space import open_wish_space
from switchboard.privacy.retention import Retention
from switchboard.profile.profile_reader import ProfileReader
from switchboard.settings import ChatwootSettings, DeskSettings, Settings, WatchSettings
from switchboard.shop.policy import Policy
from switchboard.shop.replies import Replies
from switchboard.shop.speech import open_phrasebook
from switchboard.staff.audit import AuditTrail
from switchboard.staff.directory import Directory
from switchboard.staff.openid_provider import OpenIdProvider
from switchboard.staff.second_factor import SecondFactors
from switchboard.staff.sign_in_delays import SignInDelays
from switchboard.staff.sign_ins import SignIns
from switchboard.tickets.chatwoot import Chatwoot
from switchboard.tickets.filing import Filing
from switchboard.tickets.human_desk import OwnDesk
from switchboard.tickets.macros import Macros
from switchboard.tickets.mailbox import Mailbox
from switchboard.tickets.notifier import Notifier
from switchboard.tickets.relay import Relay
from switchboard.tickets.ticket_acts import TicketActs
from switchboard.tickets.ticket_book import TicketBook
from switchboard.tickets.ticket_mail import TicketMail
from switchboard.tickets.ticket_search import TicketSearch
from switchboard.tickets.unanswered import UnansweredTickets
from switchboard.tickets.waiting import Waiting


@dataclass(frozen=True)
class DeskServices:
    """The services that the pages use."""

    engine: Engine
    files: FileStore
    policy: Policy
    replies: Replies
    tickets: TicketBook
    ticket_acts: TicketActs
    conversations: ConversationLog
    directory: Directory
    sign_ins: SignIns
    delays: SignInDelays
    factors: SecondFactors
    openid: OpenIdProvider | None
    openid_role: str
    audit: AuditTrail
    helper: Helper
    unanswered: UnansweredTickets
    retention: Retention
    relay: Relay
    waiting: Waiting
    filing: Filing
    search: TicketSearch
    macros: Macros
    mail: TicketMail
    mailbox: Mailbox | None
    presence: Presence
    letters: DeadLetters
    proposals: ProposalBook
    intents: frozenset[str]
    learning: DailyLearning | None
    mail_watch: MailWatch
    chatwoot: ChatwootSettings
    watch: WatchSettings
    settings: DeskSettings
    overview: FigureSheets
    visits: VisitBook
    scores: ScoreBook
    daily_sums: DailySums
    question_groups: QuestionGroups
    drafts: Path
    profiles: ProfileReader | None = None


def open_services(settings: Settings) -> DeskServices:
    """Create the services of a deployment.

    Raises:
        ConfigurationError: the policy, a reply or the database's address cannot be used.
        sqlalchemy.exc.OperationalError: the database cannot be reached.
    """
    engine = open_database(settings.database_url)
    phrasebook = open_phrasebook(settings.data_dir)
    policy = phrasebook.policy
    replies = Replies(settings.data_dir / "replies", policy)
    store = FileStore(engine, settings.files_dir)
    acts, notifier = TicketActs(engine, replies), Notifier(settings.desk)
    ca = settings.desk.mail_ca
    mail = TicketMail(engine, acts, settings.desk.smtp_url, phrasebook, ca=ca)
    return DeskServices(
        engine=engine,
        files=store,
        policy=policy,
        replies=replies,
        tickets=TicketBook(engine),
        ticket_acts=acts,
        waiting=Waiting(engine, policy, settings.desk.wait_minutes),
        filing=Filing(engine, acts),
        search=TicketSearch(engine),
        macros=Macros(engine, settings.data_dir / "canned.yml", policy),
        mail=mail,
        mailbox=Mailbox(settings.desk.imap_url, mail.take, ca) if settings.desk.imap_url else None,
        presence=Presence(engine),
        letters=DeadLetters(engine),
        proposals=ProposalBook(engine),
        intents=taught_intents(settings.data_dir),
        learning=DailyLearning(engine, settings.data_dir) if settings.learn_daily else None,
        mail_watch=MailWatch(engine, notifier.warn),
        conversations=ConversationLog(engine),
        directory=Directory(engine),
        sign_ins=SignIns(engine),
        delays=SignInDelays(engine),
        factors=SecondFactors(engine),
        openid=OpenIdProvider(settings.openid) if settings.openid.issuer else None,
        openid_role=settings.openid.role,
        audit=AuditTrail(engine),
        helper=Helper(settings, engine),
        relay=Relay(
            engine, Chatwoot(settings.chatwoot) if settings.chatwoot.url else OwnDesk(), replies
        ),
        chatwoot=settings.chatwoot,
        watch=settings.watch,
        settings=settings.desk,
        overview=FigureSheets(engine, policy),
        visits=VisitBook(engine, policy.timezone),
        scores=ScoreBook(engine, lambda: open_wish_space(settings.data_dir / "nlu")),
        daily_sums=DailySums(engine, policy.timezone),
        question_groups=QuestionGroups(engine, policy.timezone),
        drafts=settings.data_dir / "drafts",
        profiles=ProfileReader(engine, settings.identity_minutes) if settings.profile else None,
        retention=Retention(engine, settings.desk, store),
        unanswered=UnansweredTickets(engine, policy, replies, notifier, settings.desk.wait_minutes),
    )
