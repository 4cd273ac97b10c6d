"""The composition root of Rasa's process: what its components, policies and channels stand on.

The action server's is `actions/action_services.py`, the desk's `switchboard/desk/desk_services.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.engine import Engine

from switchboard.database.connection import open_database
from switchboard.files.file_store import FileStore
from switchboard.mailroom.mail_watch import MailWatch
from switchboard.settings import Settings, load_settings
from switchboard.shop.replies import Replies
from switchboard.shop.speech import Phrasebook, open_phrasebook
from switchboard.tickets.notifier import Notifier
from switchboard.tickets.unanswered import UnansweredTickets
from switchboard.voice.voice_notes import VoiceNotes


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
        key, address = voice.api_key or llm.api_key, voice.base_url or llm.base_url
        if not (voice.model and (key or address)):
            return VoiceNotes(self.files, None)
        # The client is large, and slow to import.
        from switchboard.llm.openai_model import Provider
        from switchboard.voice.openai_transcriber import OpenAITranscriber

        transcriber = OpenAITranscriber(Provider(voice.model, key, address))
        return VoiceNotes(self.files, transcriber, voice.timeout, voice.longest)

    @cached_property
    def phrasebook(self) -> Phrasebook:
        """Policy, catalogue and words."""
        return open_phrasebook(self.settings.data_dir)

    @cached_property
    def replies(self) -> Replies:
        """What is said without a dialogue policy."""
        return Replies(self.settings.data_dir / "replies", self.phrasebook.policy)

    @cached_property
    def unanswered(self) -> UnansweredTickets:
        """Tickets that nobody has taken: what their customers choose, and who is told."""
        desk = self.settings.desk
        return UnansweredTickets(
            self.engine, self.phrasebook.policy, self.replies, Notifier(desk), desk.wait_minutes
        )

    @cached_property
    def mail_watch(self) -> MailWatch:
        """Who is told of faults of a channel."""
        return MailWatch(self.engine, Notifier(self.settings.desk).warn)


_opened: dict[str, RasaServices] = {}


def rasa_services() -> RasaServices:
    """The services of this process; the same ones for the same settings.

    Raises:
        ConfigurationError: a setting cannot be used.
    """
    settings = load_settings()
    return _opened.setdefault(settings.json(), RasaServices(settings))
