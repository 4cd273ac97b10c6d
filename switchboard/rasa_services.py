"""The composition root of Rasa's process: what its components, policies and channels stand on.

The action server's is `actions/action_services.py`, the desk's `switchboard/desk/desk_services.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from sqlalchemy.engine import Engine

from switchboard.comments.comment_book import CommentBook
from switchboard.comments.comment_rules import CommentRules, load_comment_rules
from switchboard.database.connection import open_database
from switchboard.files.file_store import FileStore
from switchboard.llm.spending import Ceiling, DailyCeiling
from switchboard.mailroom.mail_watch import MailWatch
from switchboard.outreach.outreach_rules import outreach_rules
from switchboard.outreach.telling import Outreach
from switchboard.profile.profile_reader import ProfileReader
from switchboard.settings import Settings, load_settings
from switchboard.shop.replies import Replies
from switchboard.shop.speech import Phrasebook, open_phrasebook
from switchboard.tickets.notifier import Notifier
from switchboard.tickets.ticket_acts import TicketActs
from switchboard.tickets.unanswered import UnansweredTickets
from switchboard.voice.voice_notes import VoiceLimits, VoiceNotes
from switchboard.welcome.consent_book import ConsentBook
from switchboard.welcome.first_words import FirstWords, read_first_words
from switchboard.welcome.notice_book import NoticeBook


@dataclass(frozen=True)
class RasaServices:
    """Each part is opened when it is first asked for: training needs no database."""

    settings: Settings

    @cached_property
    def engine(self) -> Engine:
        """The database of conversations, messages and tickets."""
        return open_database(self.settings.database_url)

    @cached_property
    def files(self) -> FileStore:
        """Pictures and files of conversations."""
        return FileStore(self.engine, self.settings.files_dir)

    @cached_property
    def voice_notes(self) -> VoiceNotes:
        """Voice notes, and who writes them down where somebody is set up to."""
        voice, llm = self.settings.voice, self.settings.llm
        address = voice.base_url or llm.base_url
        # A key goes to the server that it was given for, and to no other.
        shared = llm.api_key if _origin(address) == _origin(llm.base_url) else ""
        key = voice.api_key or shared
        if not (voice.model and (key or address)):
            return VoiceNotes(self.files, None)
        # The client is large, and slow to import.
        from switchboard.llm.openai_model import Provider
        from switchboard.voice.openai_transcriber import OpenAITranscriber

        transcriber = OpenAITranscriber(Provider(voice.model, key, address))
        ceiling = DailyCeiling(self.engine, Ceiling(llm.daily_money, llm.daily_tokens))
        limits = VoiceLimits(voice.timeout, voice.longest, voice.price)
        return VoiceNotes(self.files, transcriber, limits, ceiling)

    @cached_property
    def phrasebook(self) -> Phrasebook:
        """Policy, catalogue and words."""
        return open_phrasebook(self.settings.data_dir)

    @cached_property
    def replies(self) -> Replies:
        """What is said without a dialogue policy."""
        return Replies(self.settings.data_dir / "replies", self.phrasebook.policy)

    @cached_property
    def comment_rules(self) -> CommentRules:
        """What the shop wants done with public comments."""
        return load_comment_rules(self.settings.data_dir, self.phrasebook.policy)

    @cached_property
    def comment_book(self) -> CommentBook:
        """Public comments and the replies to them."""
        acts = TicketActs(self.engine, self.replies)
        return CommentBook(self.engine, self.comment_rules, acts)

    @cached_property
    def first_words(self) -> FirstWords:
        """What the shop wants said first."""
        return read_first_words(self.phrasebook.policy)

    @cached_property
    def notices(self) -> NoticeBook:
        """Who was told that a machine answers."""
        return NoticeBook(self.engine)

    @cached_property
    def consents(self) -> ConsentBook:
        """What customers agreed to."""
        return ConsentBook(self.engine)

    @cached_property
    def profiles(self) -> ProfileReader | None:
        """What is known of customers; None where the shop keeps none."""
        if not self.settings.profile:
            return None
        return ProfileReader(self.engine, self.settings.identity_minutes)

    @cached_property
    def unanswered(self) -> UnansweredTickets:
        """Tickets that nobody has taken: what their customers choose, and who is told."""
        desk = self.settings.desk
        return UnansweredTickets(
            self.engine, self.phrasebook.policy, self.replies, Notifier(desk), desk.wait_minutes
        )

    @cached_property
    def outreach(self) -> Outreach:
        """What is said by itself: news that was asked for, and of questions left open."""
        return Outreach(
            self.engine,
            self.phrasebook,
            self.replies,
            outreach_rules(self.phrasebook.policy),
            self.settings.session_minutes * 60.0,
            has_template=bool(self.settings.whatsapp.template),
        )

    @cached_property
    def mail_watch(self) -> MailWatch:
        """Who is told of faults of a channel."""
        return MailWatch(self.engine, Notifier(self.settings.desk).warn)


def _origin(address: str) -> tuple[str, str]:
    """Scheme, host and port of an address; without one, those of the client's own."""
    told = urlsplit(address or "https://api.openai.com/v1")
    return told.scheme, told.netloc


_opened: dict[str, RasaServices] = {}


def rasa_services() -> RasaServices:
    """The services of this process; the same ones for the same settings.

    Raises:
        ConfigurationError: a setting cannot be used.
    """
    settings = load_settings()
    return _opened.setdefault(settings.json(), RasaServices(settings))
