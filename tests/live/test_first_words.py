"""What a conversation begins with, in the trained assistant: the notice, consent, the profile."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from rasa.core.agent import Agent, load_agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.events import UserUttered

from switchboard.cli.train import newest_model
from switchboard.database.tables import consents, events, files, held_messages, notices_shown
from switchboard.dialogue.front_door import FrontDoor
from switchboard.dialogue.tracker_store import ConversationTrackerStore
from switchboard.orders.contacts import Contact
from switchboard.orders.identity import IdentityGate
from switchboard.orders.proved_persons import ProvedPersons
from switchboard.profile.preferences import Preference
from switchboard.profile.profile_reader import ProfileReader
from switchboard.project import PROJECT as ROOT
from switchboard.rasa_services import RasaServices, rasa_services
from switchboard.settings import load_settings
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_book import TicketBook
from switchboard.welcome.first_words import FirstWords
from tests.fakes.tickets import ASKED, close

NOTICE, NOTICE_ZH = "a machine", "机器人"
MAYA = Contact("maya@example.com", "", "Maya Lee", "", "c-1")
_ids = itertools.count(1)


@dataclass
class Assistant:
    """Rasa's agent with the trained model in this process, and what the shop asks of it."""

    agent: Agent
    services: RasaServices
    senders: Iterator[str] = field(default_factory=lambda: (f"rest:{n}" for n in itertools.count()))

    def shop(self, **first: Any) -> None:
        self.services.__dict__["first_words"] = FirstWords(**first)

    def hear(
        self, sender: str, text: str, message_id: str = "", **metadata: Any
    ) -> list[dict[str, Any]]:
        channel = CollectingOutputChannel()
        said = UserMessage(
            text,
            channel,
            sender,
            input_channel="rest",
            message_id=message_id or f"m{next(_ids)}",
            metadata=metadata,
        )
        asyncio.run(self.agent.handle_message(said))
        return channel.messages

    def texts(self, sender: str, text: str, **metadata: Any) -> str:
        return "\n".join(str(m.get("text")) for m in self.hear(sender, text, **metadata))

    def stored(self, table: sa.Table, sender: str) -> list[Any]:
        column = table.c.conversation_id
        with self.services.engine.connect() as db:
            return list(db.execute(sa.select(table).where(column == sender)).mappings())

    def heard(self, sender: str) -> list[str]:
        rows = self.stored(events, sender)
        told = [json.loads(row["data"]) for row in rows if row["kind"] == "user"]
        return [event["text"] for event in told]

    def restart(self) -> None:
        """As another process, or this one after a crash: nothing but the database is left."""
        assert self.agent.processor is not None
        store = ConversationTrackerStore(domain=self.agent.domain)
        self.agent.tracker_store = self.agent.processor.tracker_store = store
        self.agent.processor.nlg._noticed.clear()
        vars(self.agent.processor).pop("_switchboard_door", None)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("first-words")
    model = newest_model()
    if model is None:
        pytest.skip("no model is trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SWITCHBOARD_DATABASE_URL", f"sqlite:///{folder}/switchboard.db")
        patch.setenv("SWITCHBOARD_FILES_DIR", str(folder / "files"))
        patch.chdir(ROOT)
        endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
        agent = asyncio.run(load_agent(str(model), endpoints=endpoints))
        yield Assistant(agent, rasa_services())
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def assistant(whole: Assistant) -> Iterator[Assistant]:
    whole.shop()
    yield whole
    whole.shop()


@pytest.fixture
def sender(whole: Assistant) -> str:
    return next(whole.senders)


class TestNotice:
    @pytest.mark.parametrize(("text", "notice"), [("hello", NOTICE), ("你好", NOTICE_ZH)])
    def test_the_first_reply_has_it_and_no_other(self, assistant, sender, text, notice):
        first, second = assistant.texts(sender, text), assistant.texts(sender, text)
        assert notice in first
        assert "tidewick.example/privacy" in first
        assert "tidewick.example/privacy" not in second
        (row,) = assistant.stored(notices_shown, sender)
        assert row["version"] == "1"
        assert row["at"] > 0

    def test_nor_after_a_restart_or_in_another_process(self, assistant, sender):
        assert NOTICE in assistant.texts(sender, "hello")
        assistant.restart()
        assert NOTICE not in assistant.texts(sender, "hello")

    def test_nor_in_a_conversation_of_which_only_the_end_is_read(self, assistant, sender):
        assert NOTICE in assistant.texts(sender, "hello")
        for _ in range(30):
            assert NOTICE not in assistant.texts(sender, "hello")
        assistant.restart()
        assert NOTICE not in assistant.texts(sender, "hello")

    def test_nor_in_a_new_session(self, assistant, sender):
        assert NOTICE in assistant.texts(sender, "hello")
        with assistant.services.engine.begin() as db:
            for row in assistant.stored(events, sender):
                old = {**json.loads(row["data"]), "timestamp": row["at"] - 90 * 86400}
                db.execute(
                    sa.update(events)
                    .where(events.c.id == row["id"])
                    .values(data=json.dumps(old), at=old["timestamp"])
                )
        assistant.restart()
        assert NOTICE not in assistant.texts(sender, "hello")

    def test_a_new_version_of_the_text_is_shown_once(self, assistant, sender):
        assistant.texts(sender, "hello")
        assistant.shop(version="2")
        assert NOTICE in assistant.texts(sender, "hello")
        assert NOTICE not in assistant.texts(sender, "hello")
        assert [row["version"] for row in assistant.stored(notices_shown, sender)] == ["1", "2"]

    def test_a_turn_that_was_not_stored_showed_nothing(self, assistant, sender, monkeypatch):
        async def fails(_tracker: Any) -> None:
            raise RuntimeError("the process ends here")

        with monkeypatch.context() as patch:
            patch.setattr(assistant.agent.processor, "save_tracker", fails)
            with pytest.raises(RuntimeError):
                assistant.hear(sender, "hello")
        assert assistant.stored(notices_shown, sender) == []
        assistant.restart()
        assert NOTICE in assistant.texts(sender, "hello")

    def test_while_a_person_has_the_conversation_nothing_is_said(self, assistant, sender):
        book = TicketBook(assistant.services.engine)
        ticket, _ = book.open(sender, "rest", tell_story([], ASKED, None, False))
        assert assistant.hear(sender, "hello") == []
        assert assistant.stored(notices_shown, sender) == []
        close(assistant.services.engine, ticket)
        assert NOTICE in assistant.texts(sender, "hello")


class TestConsent:
    @pytest.fixture(autouse=True)
    def asking(self, assistant):
        assistant.shop(asks=True)

    def test_nothing_is_read_before_a_yes_and_the_first_message_is_answered_after_it(
        self, assistant, sender
    ):
        (asked,) = assistant.hear(sender, "how long does delivery take?")
        assert NOTICE in asked["text"]
        assert [b["payload"] for b in asked["buttons"]] == ["/give_consent", "/refuse_consent"]
        assert assistant.stored(events, sender) == []
        answer = assistant.texts(sender, "/give_consent")
        assert "working days" in answer
        assert NOTICE not in answer  # the question said it
        assert assistant.heard(sender) == ["how long does delivery take?"]
        assert [row["act"] for row in assistant.stored(consents, sender)] == ["asked", "given"]
        assistant.texts(sender, "hello")
        assert assistant.stored(held_messages, sender) == []

    @pytest.mark.parametrize(
        ("question", "yes", "told"),
        [
            ("how long does delivery take?", "Yes, I agree", "working days"),
            ("配送要多久？", "同意", "工作日"),
        ],
    )
    def test_a_typed_yes_is_understood(self, assistant, sender, question, yes, told):
        assistant.hear(sender, question)
        assert told in assistant.texts(sender, yes)

    @pytest.mark.parametrize(
        ("no", "told"),
        [("no thanks", "deleted"), ("不同意", "已经删除"), ("/refuse_consent", "deleted")],
    )
    def test_a_no_ends_it_politely_and_keeps_nothing(self, assistant, sender, no, told):
        kept = assistant.services.files.keep(sender, b"\xff\xd8\xff a picture")
        attached = [{"kind": "image", "url": f"switchboard-file:{kept.id}"}]
        assistant.hear(sender, "/send_attachment", attachments=attached)
        reply = assistant.texts(sender, no)
        assert told in reply
        assert "help@tidewick.example" in reply
        for table in (events, held_messages, files):
            assert assistant.stored(table, sender) == []
        assert assistant.services.files.read(kept.id) is None
        assert [row["act"] for row in assistant.stored(consents, sender)] == ["asked", "refused"]

    def test_who_writes_again_after_a_no_is_asked_again(self, assistant, sender):
        assistant.hear(sender, "hello")
        assistant.hear(sender, "no")
        assert NOTICE in assistant.texts(sender, "how long does delivery take?")
        assert "working days" in assistant.texts(sender, "ok")

    def test_what_is_neither_waits_too(self, assistant, sender):
        assistant.hear(sender, "hello")
        (again,) = assistant.hear(sender, "how long does delivery take?")
        assert "waits" in again["text"]
        assistant.hear(sender, "yes")
        assert assistant.heard(sender) == ["hello", "how long does delivery take?"]

    def test_a_yes_before_the_question_agrees_to_nothing(self, assistant, sender):
        assert NOTICE in assistant.texts(sender, "yes")
        assert assistant.stored(events, sender) == []

    def test_4711_tells_no_language_so_both_are_spoken(self, assistant, sender):
        (asked,) = assistant.hear(sender, "4711")
        assert NOTICE in asked["text"]
        assert NOTICE_ZH in asked["text"]
        assert asked["buttons"][0]["title"] == "Yes, I agree / 同意"

    def test_the_same_message_again_is_asked_again_and_waits_once(self, assistant, sender):
        for _ in range(2):
            (asked,) = assistant.hear(sender, "hello", message_id=f"{sender}-same")
            assert asked["buttons"]
        assert len(assistant.stored(held_messages, sender)) == 1

    def test_a_yes_that_comes_again_after_a_crash_is_answered_as_before(self, assistant, sender):
        assistant.hear(sender, "how long does delivery take?")
        first = assistant.hear(sender, "yes", message_id=f"{sender}-yes")
        assistant.restart()  # killed before the answers were put into the outbox
        second = assistant.hear(sender, "yes", message_id=f"{sender}-yes")
        assert [m["text"] for m in first] == [m["text"] for m in second]
        assert assistant.heard(sender) == ["how long does delivery take?"]

    def test_killed_after_the_yes_and_before_the_answer_nothing_is_lost(
        self, assistant, sender, monkeypatch
    ):
        async def fails(*_: Any) -> None:
            raise RuntimeError("the process ends here")

        assistant.hear(sender, "how long does delivery take?")
        with monkeypatch.context() as patch:
            patch.setattr(FrontDoor, "_answer_held", fails)
            with pytest.raises(RuntimeError):
                assistant.hear(sender, "yes", message_id=f"{sender}-yes")
        assistant.restart()
        again = assistant.hear(sender, "yes", message_id=f"{sender}-yes")
        assert "working days" in again[0]["text"]

    def test_killed_with_both_on_their_way_the_answer_comes_once(
        self, assistant, sender, monkeypatch
    ):
        async def fails(*_: Any) -> None:
            raise RuntimeError("the process ends here")

        asked, question = f"{sender}-first", "how long does delivery take?"
        assistant.hear(sender, question, message_id=asked)
        with monkeypatch.context() as patch:
            patch.setattr(FrontDoor, "_answer_held", fails)
            with pytest.raises(RuntimeError):
                assistant.hear(sender, "yes", message_id=f"{sender}-yes")
        assistant.restart()  # neither was settled in the inbox: both come again
        texts = [
            message["text"]
            for text, message_id in ((question, asked), ("yes", f"{sender}-yes"))
            for message in assistant.hear(sender, text, message_id=message_id)
        ]
        assert len(texts) == 1
        assert "working days" in texts[0]
        assert assistant.heard(sender) == [question]
        assert "working days" not in assistant.texts(sender, "hello")

    def test_if_the_yes_was_given_up_the_next_message_brings_the_answer(
        self, assistant, sender, monkeypatch
    ):
        async def fails(*_: Any) -> None:
            raise RuntimeError("each time")

        assistant.hear(sender, "how long does delivery take?")
        with monkeypatch.context() as patch:
            patch.setattr(FrontDoor, "_answer_held", fails)
            with pytest.raises(RuntimeError):
                assistant.hear(sender, "yes")
        texts = [m["text"] for m in assistant.hear(sender, "hello")]
        assert "working days" in texts[0]
        assert len(texts) > 1
        assert assistant.heard(sender) == ["how long does delivery take?", "hello"]

    def test_a_new_version_is_agreed_to_anew(self, assistant, sender):
        assistant.hear(sender, "hello")
        assistant.hear(sender, "yes")
        assistant.shop(asks=True, version="2")
        (asked,) = assistant.hear(sender, "hello")
        assert asked["buttons"][0]["payload"] == "/give_consent"

    @pytest.mark.parametrize("no", ["no", "I withdraw my consent", "/refuse_consent"])
    def test_who_refuses_a_new_version_takes_back_what_they_gave(self, assistant, sender, no):
        for text in ("hello", "yes", "my size is M"):
            assistant.hear(sender, text)
        assistant.shop(asks=True, version="2")
        kept = assistant.services.files.keep(sender, b"\xff\xd8\xff a picture")
        attached = [{"kind": "image", "url": f"switchboard-file:{kept.id}"}]
        assistant.hear(sender, "/send_attachment", attachments=attached)
        for _ in range(2):  # the second time it comes again, after a crash
            reply = assistant.hear(sender, no, message_id=f"{sender}-no")
            assert "withdrawn" in reply[0]["text"]
        assert assistant.services.profiles.book.own(sender) == {}
        assert assistant.services.files.read(kept.id) is None
        acts = [row["act"] for row in assistant.stored(consents, sender)]
        assert acts == ["asked", "given", "asked", "withdrawn"]

    def test_with_a_person_nobody_is_asked(self, assistant, sender):
        book = TicketBook(assistant.services.engine)
        book.open(sender, "rest", tell_story([], ASKED, None, False))
        assert assistant.hear(sender, "are you there?") == []
        assert assistant.heard(sender) == ["are you there?"]

    @pytest.mark.parametrize("erases", [False, True])
    def test_consent_is_taken_back(self, assistant, sender, erases):
        assistant.shop(asks=True, erases=erases)
        assistant.hear(sender, "hello")
        assistant.hear(sender, "yes")
        reply = assistant.texts(sender, "I withdraw my consent")
        assert "withdrawn" in reply
        assert ("deleted" in reply) is erases
        assert bool(assistant.heard(sender)) is not erases
        (asked,) = assistant.hear(sender, "hello again")
        assert asked["buttons"][0]["payload"] == "/give_consent"

    def test_what_was_never_given_cannot_be_taken_back(self, assistant, sender):
        assert "no consent" in assistant.texts(sender, "I withdraw my consent")
        assert assistant.stored(held_messages, sender) == []

    def test_a_shop_that_asks_no_more_still_takes_it_back(self, assistant, sender):
        assistant.hear(sender, "hello")
        assistant.hear(sender, "yes")
        assistant.shop()
        assert "已撤回" in assistant.texts(sender, "撤回同意")
        assert [row["act"] for row in assistant.stored(consents, sender)][-1] == "withdrawn"


class TestProfile:
    @pytest.fixture
    def prove(self, assistant) -> Callable[..., None]:
        persons = ProvedPersons(assistant.services.engine)
        gate = IdentityGate(assistant.services.engine, 60, persons=persons)
        return lambda sender, number="4711": gate.check(sender, number, MAYA.email, MAYA)

    def test_who_asks_is_told_and_who_wants_it_is_forgotten(self, assistant, sender, prove):
        assert "know nothing" in assistant.texts(sender, "what do you know about me?")
        assert "Noted: no phone calls" in assistant.texts(sender, "please don't call me")
        prove(sender)
        (told,) = assistant.hear(sender, "What do you know about me?")
        assert "- no phone calls" in told["text"]
        assert "4711" in told["text"]
        assert "maya@" not in told["text"]
        assert [b["payload"] for b in told["buttons"]] == ["/forget_profile"]
        assert "forgotten" in assistant.texts(sender, "/forget_profile")
        assert "know nothing" in assistant.texts(sender, "/profile")

    def test_in_chinese_too(self, assistant, sender):
        assert "记下了：不要打电话" in assistant.texts(sender, "别给我打电话")
        assert "不要打电话" in assistant.texts(sender, "你知道我什么？")

    def test_the_conversation_goes_on_where_it_was(self, assistant, sender):
        assistant.hear(sender, "hello")
        assistant.hear(sender, "what do you know about me?")
        assert "working days" in assistant.texts(sender, "how long does delivery take?")
        tracker = asyncio.run(assistant.agent.tracker_store.retrieve(sender))
        said = [event.text for event in tracker.events if isinstance(event, UserUttered)]
        assert said == ["hello", "what do you know about me?", "how long does delivery take?"]

    def test_the_language_asked_for_holds_whatever_they_write_in(self, assistant, sender):
        assert "用中文" in assistant.texts(sender, "write to me in Chinese please")
        assert "工作日" in assistant.texts(sender, "how long does delivery take?")
        assert "English" in assistant.texts(sender, "English please")
        assert "working days" in assistant.texts(sender, "how long does delivery take?")

    def test_a_greeting_speaks_of_the_proved_order(self, assistant, sender, prove):
        prove(sender, "4712")
        assert "order 4712" in assistant.texts(sender, "hello")

    def test_a_greeting_speaks_of_a_case_in_another_channel(self, assistant, sender, prove):
        other = next(assistant.senders)
        prove(other)
        book = TicketBook(assistant.services.engine)
        case, _ = book.open(other, "rest", tell_story([], ASKED, None, False))
        assert case.reference not in assistant.texts(sender, "hello")
        prove(sender)
        assert case.reference in assistant.texts(sender, "hello")
        assert case.reference in assistant.texts(sender, "what do you know about me?")
        close(assistant.services.engine, case)

    def test_switched_off_everything_is_as_before(self, assistant, sender, monkeypatch):
        off = RasaServices(load_settings({"SWITCHBOARD_PROFILE": "no"}))
        assert off.profiles is None
        reader = ProfileReader(assistant.services.engine, 60)
        reader.book.keep(sender, [Preference("language", "zh")])
        assistant.services.__dict__["profiles"] = None
        try:
            assert "know nothing" not in assistant.texts(sender, "what do you know about me?")
            assert "Noted" not in assistant.texts(sender, "please don't call me")
            assert "working days" in assistant.texts(sender, "how long does delivery take?")
            assert "know nothing" in assistant.texts(sender, "/profile")
        finally:
            del assistant.services.__dict__["profiles"]


def test_the_delivered_policy_asks_nobody(policy):
    assert policy.optional("consent", "required") is False
    assert policy.optional("consent", "withdrawal_erases") is False
