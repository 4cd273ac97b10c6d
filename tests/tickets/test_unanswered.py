"""Cases that nobody has taken: the customer's choice, their address, and word to colleagues."""

import hashlib
import hmac
import json
from datetime import datetime, timezone

import pytest

from switchboard.conversations.log import ConversationLog
from switchboard.errors import NotifyError
from switchboard.project import PROJECT as ROOT
from switchboard.settings import load_settings
from switchboard.shop.replies import Replies
from switchboard.tickets.notifier import SIGNATURE, Notifier
from switchboard.tickets.story import read_lines, tell_story
from switchboard.tickets.ticket_book import TicketBook
from switchboard.tickets.unanswered import UnansweredTickets
from tests.fakes.clock import Clock
from tests.fakes.http import FakeServer
from tests.fakes.mail_server import MailServer
from tests.fakes.tickets import acts, angry

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=timezone.utc).timestamp()  # a Wednesday
NIGHT = datetime(2026, 11, 18, 22, 0, tzinfo=timezone.utc).timestamp()


class Told:
    def __init__(self, failure=None):
        self.cases, self.failure, self.ways = [], failure, ["webhook"]

    def escalate(self, ticket, waited):
        self.cases.append((ticket.reference, waited))
        if self.failure:
            raise self.failure


@pytest.fixture
def clock():
    return Clock(NOON)


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def unanswered(engine, policy, clock, told):
    replies = Replies(ROOT / "data" / "replies", policy)
    return UnansweredTickets(engine, policy, replies, told, 10, clock)


def open_case(engine, clock, language="en"):
    story = tell_story([], angry("0.99"), None, False)
    return TicketBook(engine, clock).open("telegram:5", "telegram", story, language)[0]


def say(engine, clock, text, intent="nlu_fallback"):
    clock.now += 1
    said = {
        "event": "user",
        "timestamp": clock.now,
        "text": text,
        "parse_data": {"intent": {"name": intent}},
    }
    with engine.begin() as db:
        ConversationLog(engine).append(db, "telegram:5", [said])


def bot_lines(engine):
    lines = read_lines(ConversationLog(engine).everything("telegram:5"))
    return [line.text for line in lines if line.speaker == "bot"]


def test_nobody_in_time_is_told_once_to_both_sides(engine, clock, told, unanswered):
    ticket = open_case(engine, clock)
    clock.now += 9 * 60
    unanswered.attend()
    assert told.cases == []
    clock.now += 2 * 60
    unanswered.attend()
    unanswered.attend()
    assert [case for case, _ in told.cases] == [ticket.reference]
    assert len(bot_lines(engine)) == 1
    assert "Nobody on our team has been able" in bot_lines(engine)[0]


def test_a_night_is_not_waited(engine, clock, told, unanswered):
    clock.now = NIGHT
    open_case(engine, clock)
    clock.now += 8 * 3600
    unanswered.attend()
    assert told.cases == []
    clock.now = NIGHT + 11 * 3600 + 11 * 60  # eleven minutes after the desk opened
    unanswered.attend()
    assert len(told.cases) == 1


def test_a_taken_case_is_left_alone(engine, clock, told, unanswered):
    from switchboard.staff.directory import Directory, Role

    ada = Directory(engine).add("ada", "Ada", Role.AGENT, "a long enough one", None)
    acts(engine).take(open_case(engine, clock), ada)
    say(engine, clock, "/resume_bot", "resume_bot")
    clock.now += 3600
    unanswered.attend()
    assert told.cases == []
    assert TicketBook(engine).open_for("telegram:5") is not None


def test_where_somebody_can_be_reached_is_kept(engine, clock, unanswered):
    ticket = open_case(engine, clock, "zh")
    say(engine, clock, "hello?")
    unanswered.attend()
    assert bot_lines(engine) == []
    say(engine, clock, "请打 138 1234 5678 或写信 lin@example.com")
    unanswered.attend()
    unanswered.attend()
    assert TicketBook(engine).get(ticket.reference).contact == "138 1234 5678, lin@example.com"
    assert bot_lines(engine) == ["谢谢，联系方式已经放进您的受理单，同事会看到。"]


def test_who_would_rather_go_on_with_the_bot_may(engine, clock, unanswered):
    ticket = open_case(engine, clock)
    say(engine, clock, "/resume_bot", "resume_bot")
    unanswered.attend()
    closed = TicketBook(engine).get(ticket.reference)
    assert (closed.is_open, closed.resolution) == (False, "the customer's choice")
    assert "I'm back" in bot_lines(engine)[0]


def test_an_old_wish_to_go_on_closes_no_new_case(engine, clock, unanswered):
    say(engine, clock, "/resume_bot", "resume_bot")
    clock.now += 1
    open_case(engine, clock)
    unanswered.attend()
    assert TicketBook(engine).open_for("telegram:5") is not None


def test_a_failure_to_tell_is_logged_and_not_repeated(engine, clock, told, unanswered, caplog):
    told.failure = NotifyError("webhook: ConnectError")
    open_case(engine, clock)
    clock.now += 11 * 60
    unanswered.attend()
    unanswered.attend()
    assert len(told.cases) == 1
    assert "webhook: ConnectError" in caplog.text


class Hook(FakeServer):
    status = 200

    def answer(self, method, path, headers, body):
        return self.status, {}, {}


@pytest.fixture
def mailbox():
    server = MailServer()
    yield server
    server.close()


def settings(**given):
    return load_settings({f"SWITCHBOARD_{name}": value for name, value in given.items()}).desk


def test_the_webhook_is_signed_and_tells_nothing_of_the_customer(engine, clock):
    hook = Hook()
    ticket = open_case(engine, clock)
    notifier = Notifier(settings(NOTIFY_URL=hook.url, NOTIFY_SECRET="s"))
    notifier.escalate(ticket, 12.34)
    _, _, headers, body = hook.requests[0]
    signed = "sha256=" + hmac.new(b"s", body, hashlib.sha256).hexdigest()
    assert headers[SIGNATURE.lower()] == signed
    assert json.loads(body) == {
        "event": "ticket_waiting",
        "ticket": ticket.reference,
        "url": f"http://127.0.0.1:5010/tickets/{ticket.reference}",
        "channel": "telegram",
        "language": "en",
        "reason": "anger",
        "waited_minutes": 12.3,
    }
    hook.status = 500
    with pytest.raises(NotifyError, match="webhook"):
        notifier.escalate(ticket, 1)
    hook.close()


def test_a_mail_goes_out_though_the_webhook_is_away(engine, clock, mailbox):
    ticket = open_case(engine, clock)
    port = mailbox.socket.getsockname()[1]
    notifier = Notifier(
        settings(
            NOTIFY_URL="http://127.0.0.1:9/",
            SMTP_URL=f"smtp://127.0.0.1:{port}",
            NOTIFY_EMAIL="desk@tidewick.example",
        )
    )
    with pytest.raises(NotifyError, match="webhook: ConnectError"):
        notifier.escalate(ticket, 12)
    assert mailbox.mails[0][0] == ["desk@tidewick.example"]
    assert f"Ticket {ticket.reference} is waiting" in mailbox.mails[0][1]


def test_without_a_way_nobody_is_told(engine, clock):
    assert Notifier(settings()).ways == []
    Notifier(settings()).escalate(open_case(engine, clock), 1)


def test_ten_minutes_are_ten_minutes(engine, clock, told, unanswered):
    ticket = open_case(engine, clock)
    clock.now += 10 * 60 - 61
    unanswered.attend()
    assert told.cases == []
    clock.now += 61
    unanswered.attend()
    assert told.cases == [(ticket.reference, 10.0)]


def test_who_writes_while_they_wait_is_told_no_later(engine, clock, told, unanswered):
    open_case(engine, clock)
    for _ in range(11):
        clock.now += 60
        say(engine, clock, "hello?")
        unanswered.attend()
    assert len(told.cases) == 1
    assert len(bot_lines(engine)) == 1


def test_what_is_written_between_two_rounds_is_seen(engine, clock, unanswered):
    ticket = open_case(engine, clock)
    for text in ("hello?", "are you there?", "then call 138 1234 5678"):
        say(engine, clock, text)
        unanswered.attend()
    assert TicketBook(engine).get(ticket.reference).contact == "138 1234 5678"


def test_the_first_address_stays_and_is_thanked_for_once(engine, clock, unanswered):
    ticket = open_case(engine, clock)
    for text in ("lin@example.com", "or rather ann@example.com", "well?"):
        say(engine, clock, text)
        unanswered.attend()
    assert TicketBook(engine).get(ticket.reference).contact == "lin@example.com"
    assert len(bot_lines(engine)) == 1


def test_an_address_of_an_earlier_case_is_none_of_this_one(engine, clock, unanswered):
    say(engine, clock, "lin@example.com")
    clock.now += 1
    ticket = open_case(engine, clock)
    say(engine, clock, "hello?")
    unanswered.attend()
    assert TicketBook(engine).get(ticket.reference).contact is None


class Meanwhile:
    """The shop's texts; something else happens while the first is looked up."""

    def __init__(self, replies, act):
        self.replies, self.act = replies, act

    def say(self, *given, **facts):
        act, self.act = self.act, lambda: None
        act()
        return self.replies.say(*given, **facts)


def test_of_two_processes_that_see_a_late_case_one_tells(engine, policy, clock, told, unanswered):
    replies = Meanwhile(Replies(ROOT / "data" / "replies", policy), unanswered.attend)
    other = UnansweredTickets(engine, policy, replies, told, 10, clock)
    open_case(engine, clock)
    clock.now += 11 * 60
    other.attend()
    assert len(told.cases) == 1
    assert len(bot_lines(engine)) == 1


def test_of_two_processes_that_see_an_address_one_thanks(engine, policy, clock, told, unanswered):
    replies = Meanwhile(Replies(ROOT / "data" / "replies", policy), unanswered.attend)
    other = UnansweredTickets(engine, policy, replies, told, 10, clock)
    ticket = open_case(engine, clock)
    say(engine, clock, "lin@example.com")
    other.attend()
    assert TicketBook(engine).get(ticket.reference).contact == "lin@example.com"
    assert len(bot_lines(engine)) == 1


def test_who_left_an_address_and_goes_on_is_still_owed_an_answer(engine, clock, unanswered):
    ticket = open_case(engine, clock)
    say(engine, clock, "lin@example.com")
    unanswered.attend()
    say(engine, clock, "/resume_bot", "resume_bot")
    unanswered.attend()
    unanswered.attend()
    found = TicketBook(engine).get(ticket.reference)
    assert (found.is_open, found.follow_up) == (True, True)
    assert ConversationLog(engine).standing("telegram:5")[1] is False
    assert len([line for line in bot_lines(engine) if "I'm back" in line]) == 1


@pytest.mark.parametrize("case", ["told", "no way", "a failure"])
def test_told_once_more_is_said_only_if_somebody_was(engine, clock, told, unanswered, case):
    told.ways = [] if case == "no way" else ["webhook"]
    told.failure = NotifyError("webhook: ConnectError") if case == "a failure" else None
    open_case(engine, clock)
    clock.now += 11 * 60
    unanswered.attend()
    assert ("told once more" in bot_lines(engine)[0]) is (case == "told")
