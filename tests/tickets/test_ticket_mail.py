"""Answers by e-mail, and what comes back: in its ticket once, and nobody else's words."""

import email
import email.policy
import imaplib
import socket
import threading
import time
from email.message import EmailMessage

import pytest
import sqlalchemy as sa

from switchboard import mail as mail_module
from switchboard.conversations.log import ConversationLog
from switchboard.database.tables import ticket_mails
from switchboard.mails.mail_reading import read_message, said_anew
from switchboard.staff.directory import Directory, Role
from switchboard.tickets.entries import EntryKind
from switchboard.tickets.filing import Filing
from switchboard.tickets.mailbox import MAX_BYTES, Mailbox
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_book import TicketBook
from switchboard.tickets.ticket_mail import MOST_TRIES, TicketMail, mail_address
from tests.fakes.imap_server import ImapServer
from tests.fakes.mail_server import MailServer
from tests.fakes.tickets import ASKED, acts

LIN = "lin@example.com"


class Clock:
    now = 1_000_000.0

    def __call__(self):
        self.now += 0.001
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def smtp():
    server = MailServer()
    yield server
    server.close()


@pytest.fixture
def imap():
    server = ImapServer()
    yield server
    server.close()


@pytest.fixture
def book(engine):
    return TicketBook(engine)


@pytest.fixture
def work(engine, clock):
    return acts(engine, clock)


@pytest.fixture
def post(engine, clock, work, smtp, phrasebook):
    return TicketMail(engine, work, f"smtp://127.0.0.1:{smtp.port}", phrasebook, clock)


@pytest.fixture
def ada(engine):
    return Directory(engine).add("ada", "Ada", Role.AGENT, "a long enough one", None)


@pytest.fixture
def ticket(book, work, ada):
    """Ada's, with an address."""
    return open_ticket(book, work, ada)


def open_ticket(book, work, person, sender="telegram:5", contact=LIN, language="en"):
    story = tell_story([], ASKED, None, False)
    made, _ = book.open(sender, "telegram", story, language)
    work.change_and_send(made, [], sa.true(), contact=contact)
    work.take(made, person)
    return book.get(made.reference)


def sent(smtp):
    return [
        email.message_from_bytes(text.encode(), policy=email.policy.default)
        for _, text in smtp.mails
    ]


def state(engine):
    with engine.connect() as db:
        query = sa.select(ticket_mails.c.state).where(ticket_mails.c.entry_id > 0)
        return db.execute(query).scalars().all()


def write(post, ticket, person, text="We found it.", key="k"):
    assert post.send(ticket, person, text, key)
    post.deliver()


def reply(text="Thank you", number="<r1@example.com>", sender=f"Lin <{LIN}>", **headers):
    message = EmailMessage()
    message["From"], message["Message-ID"] = sender, number
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


def take(post, raw):
    return post.take(read_message(raw))


def heard(work, ticket):
    return [e.text for e in work.entries(ticket) if e.kind == EntryKind.MAIL_CAME.value]


@pytest.mark.parametrize(
    ("contact", "address"),
    [
        (None, ""),
        ("138 1234 5678", ""),
        (f"138 1234 5678, {LIN}", LIN),
        (f"{LIN}, ann@example.com", LIN),
    ],
)
def test_the_first_address_that_was_left_is_written_to(book, work, ada, contact, address):
    assert mail_address(open_ticket(book, work, ada, contact=contact)) == address


def test_an_answer_goes_to_the_customer_once(engine, post, smtp, ticket, ada):
    assert post.send(ticket, ada, "We found it.", "k")
    assert not post.send(ticket, ada, "We found it.", "k")  # the form sent twice
    post.deliver()
    post.deliver()
    assert [to for to, _ in smtp.mails] == [[LIN]]
    (mail,) = sent(smtp)
    assert f"[{ticket.reference}]" in mail["Subject"]
    assert mail.get_content().strip() == "We found it."
    assert state(engine) == ["sent"]


def test_a_chinese_customer_gets_a_chinese_subject(book, work, post, smtp, ada):
    ticket = open_ticket(book, work, ada, language="zh")
    write(post, ticket, ada, "找到了。")
    (mail,) = sent(smtp)
    assert "回复您的咨询" in mail["Subject"]
    assert mail.get_content().strip() == "找到了。"


def test_what_is_not_ones_own_or_has_no_address_is_not_sent(engine, book, work, post, ticket, ada):
    bob = Directory(engine).add("bob", "Bob", Role.AGENT, "a long enough one", None)
    assert not post.send(ticket, bob, "hello", "k1")
    assert not post.send(ticket, ada, "   ", "k2")
    assert not post.send(open_ticket(book, work, ada, "b", contact=None), ada, "hello", "k3")
    work.finish(ticket, ada, EntryKind.CLOSED)
    assert not post.send(ticket, ada, "too late", "k4")
    assert state(engine) == []


def test_without_a_mail_server_nothing_is_sent(engine, work, phrasebook, ticket, ada):
    post = TicketMail(engine, work, "", phrasebook)
    assert not post.works
    assert not post.send(ticket, ada, "hello", "k")


def test_a_thread_holds_together(post, smtp, ticket, ada, work):
    write(post, ticket, ada, "first", "k1")
    first = sent(smtp)[0]["Message-ID"]
    assert take(post, reply("and when?", In_Reply_To=first))
    write(post, ticket, ada, "second", "k2")
    write(post, ticket, ada, "third", "k3")
    _, second, third = sent(smtp)
    assert second["In-Reply-To"] == "<r1@example.com>"
    assert second["References"].split() == [first, "<r1@example.com>"]
    assert third["In-Reply-To"] == second["Message-ID"]
    assert heard(work, ticket) == ["and when?"]


def test_ids_longer_than_a_line_stay_whole(post, smtp, ticket, ada):
    write(post, ticket, ada, "first", "k1")
    long = f"<{'A' * 120}@AM0PR04MB1234.eurprd04.prod.outlook.com>"
    raw = f"From: {LIN}\r\nMessage-ID: {long}\r\nSubject: Re: [{ticket.reference}]\r\n\r\nyes"
    assert take(post, raw.encode())
    write(post, ticket, ada, "second", "k2")
    raw = smtp.mails[1][1]
    assert f"In-Reply-To: {long}\n" in raw
    assert long in raw.partition("References:")[2]


@pytest.mark.parametrize("own", ["no brackets", "<a b@c>", "<é@example.com>", "<"])
def test_an_odd_id_of_theirs_does_not_stop_our_next_answer(
    engine, post, smtp, ticket, ada, work, own
):
    write(post, ticket, ada, "first", "k1")
    answered = sent(smtp)[0]["Message-ID"]
    raw = f"From: {LIN}\r\nMessage-ID: {own}\r\nIn-Reply-To: {answered}\r\n\r\nyes"
    assert take(post, raw.encode("latin-1"))
    write(post, ticket, ada, "second", "k2")
    assert state(engine) == ["sent", "sent"]
    assert heard(work, ticket) == ["yes"]


def test_a_reply_by_its_thread_may_come_from_another_address(post, smtp, ticket, ada, work):
    write(post, ticket, ada)
    raw = reply("from my office", sender="o@work.example", References=sent(smtp)[0]["Message-ID"])
    assert take(post, raw)
    assert heard(work, ticket) == ["from my office"]


@pytest.mark.parametrize("subject", ["Re: Your question [{}]", "[{}]", "AW: 回复：[{}] 谢谢"])
def test_a_reply_is_found_by_its_subject(post, ticket, ada, work, subject):
    write(post, ticket, ada)
    assert take(post, reply("yes", sender=LIN.upper(), Subject=subject.format(ticket.reference)))
    assert take(post, reply("no", "<r2@x>", Subject=subject.format(ticket.reference.lower())))
    assert heard(work, ticket) == ["yes", "no"]


@pytest.mark.parametrize(
    "sender",
    [
        "eve@evil.example",
        f"{LIN} <eve@evil.example>",
        f'"{LIN}" <eve@evil.example>',
        f"eve@evil.example, {LIN}",
        f"{LIN}.evil.example",
        f"eve@evil.example ({LIN})",
        "",
    ],
)
def test_who_guesses_a_reference_is_not_heard(post, ticket, ada, work, sender):
    write(post, ticket, ada)
    raw = f"From: {sender}\r\nMessage-ID: <f@x>\r\nSubject: [{ticket.reference}]\r\n\r\nsend money"
    assert not take(post, raw.encode())
    assert heard(work, ticket) == []


def test_a_ticket_that_was_never_mailed_hears_nothing_by_its_reference(post, ticket, work):
    assert not take(post, reply("hello", Subject=f"[{ticket.reference}]"))
    assert not take(post, reply("hello", Subject="[T-NONE22]"))
    assert not take(post, reply("hello", In_Reply_To="<guess@tidewick.example>"))


def test_a_reply_answers_no_reply_of_somebody_else(post, smtp, ticket, ada, work):
    """The id of a customer's own message is no secret of ours."""
    write(post, ticket, ada)
    take(post, reply("yes", In_Reply_To=sent(smtp)[0]["Message-ID"]))
    eve = reply("no", "<e@evil>", "eve@evil.example", In_Reply_To="<r1@example.com>")
    assert not take(post, eve)


def test_what_is_seen_twice_is_taken_once(post, smtp, ticket, ada, work):
    write(post, ticket, ada)
    raw = reply("yes", In_Reply_To=sent(smtp)[0]["Message-ID"])
    assert take(post, raw)
    assert not take(post, raw)
    assert heard(work, ticket) == ["yes"]


def test_our_own_mail_that_comes_back_is_no_reply(post, smtp, ticket, ada, work):
    write(post, ticket, ada)
    assert not take(post, smtp.mails[0][1].encode())
    assert heard(work, ticket) == []


def test_a_reply_without_an_id_of_its_own_is_heard_once(post, smtp, ticket, ada, work):
    write(post, ticket, ada)
    raw = reply("where is it?", number="", In_Reply_To=sent(smtp)[0]["Message-ID"])
    assert take(post, raw)
    assert not take(post, raw)
    assert heard(work, ticket) == ["where is it?"]


def test_people_are_told_what_a_reply_encloses(post, smtp, ticket, ada, work):
    write(post, ticket, ada)
    first = sent(smtp)[0]["Message-ID"]
    message = read_message(reply("see here", In_Reply_To=first))
    message.add_attachment(b"x", "image", "jpeg", filename="mug.jpg")
    message.add_attachment("a, b", "csv", filename="list.csv")
    assert take(post, message.as_bytes())
    assert heard(work, ticket) == ["see here\n📎 mug.jpg\n📎 list.csv"]


def test_a_closed_ticket_comes_back_and_the_bot_keeps_the_conversation(
    engine, book, post, smtp, ticket, ada, work
):
    write(post, ticket, ada)
    work.finish(ticket, ada, EntryKind.CLOSED, "done")
    assert take(post, reply("not quite", In_Reply_To=sent(smtp)[0]["Message-ID"]))
    found = book.get(ticket.reference)
    assert (found.is_open, found.follow_up, found.resolution) == (True, True, None)
    assert found.assignee_id == ada.id
    assert ConversationLog(engine).standing(ticket.conversation_id)[1] is False


def test_a_ticket_comes_back_to_the_queue_if_who_had_it_is_gone(
    engine, book, post, smtp, ticket, ada, work
):
    directory = Directory(engine)
    lead = directory.add("eve", "Eve", Role.SUPERVISOR, "a long enough one", None)
    write(post, ticket, ada)
    work.finish(ticket, ada, EntryKind.CLOSED, "done")
    directory.set_active(ada, False, lead.id)
    assert take(post, reply("not quite", In_Reply_To=sent(smtp)[0]["Message-ID"]))
    assert book.get(ticket.reference).assignee_id is None


def test_a_snoozed_ticket_wakes_by_an_email(engine, book, clock, post, smtp, ticket, ada, work):
    write(post, ticket, ada)
    filing = Filing(engine, work, clock)
    filing.snooze(ticket, ada, 3600)
    assert filing.is_asleep(book.get(ticket.reference), 0.0)
    take(post, reply("well?", In_Reply_To=sent(smtp)[0]["Message-ID"]))
    assert not filing.is_asleep(book.get(ticket.reference), 0.0)


def test_a_reply_to_a_merged_ticket_is_heard_where_it_is_answered(
    engine, book, post, smtp, ticket, ada, work
):
    write(post, ticket, ada)
    other = open_ticket(book, work, ada, "b")
    last = open_ticket(book, work, ada, "c")
    filing = Filing(engine, work)
    assert filing.merge(ticket, other, ada)
    assert filing.merge(other, last, ada)
    assert take(post, reply("well?", In_Reply_To=sent(smtp)[0]["Message-ID"]))
    assert heard(work, last) == ["well?"]
    assert not book.get(ticket.reference).is_open


@pytest.mark.parametrize(
    "quoted",
    [
        "Yes, please.\n\nOn Wed, 18 Nov 2026 at 12:00, Tidewick <s@tidewick.example> wrote:\n> old",
        "Yes, please.\n\n> old\n> older",
        "Yes, please.\n\n-----Original Message-----\nFrom: Tidewick\nSubject: x\n\nold",
        "Yes, please.\n\nAm 18.11.2026 um 12:00 schrieb Tidewick:\n> old",
        "Yes, please.\n\n在 2026年11月18日，12:00，Tidewick <s@tidewick.example> 写道：\n\nold",
        "Yes, please.\n\nTidewick <s@tidewick.example> 于2026年11月18日周三 12:00写道：\n\n> old",
        "Yes, please.\n\n2026-11-18 Tidewick 寫道:\nold",
    ],
)
def test_what_is_quoted_is_cut(quoted):
    assert said_anew(quoted) == "Yes, please."


def test_a_quote_alone_says_nothing():
    assert said_anew("> old\n> older") == ""


@pytest.mark.parametrize(
    "text",
    ["> " * 90_000, "\n" * 190_000, "On " * 60_000, "发件人：" * 40_000],
    ids=["quotes", "gaps", "heads", "Chinese heads"],
)
def test_long_texts_are_cut_at_once(text):
    began = time.monotonic()
    said_anew(text)
    assert time.monotonic() - began < 5


def body_of(raw, post, smtp, ticket, ada, work):
    write(post, ticket, ada)
    head = f"From: {LIN}\r\nMessage-ID: <b@x>\r\nIn-Reply-To: {sent(smtp)[0]['Message-ID']}\r\n"
    assert take(post, head.encode() + raw)
    return heard(work, ticket)[0]


HTML = (
    "<html><head><title>Re</title><style>p {color: red}</style></head><body><!-- mso -->"
    "<p>Tom &amp; Lin&nbsp;say</p><div>yes<br>please</div><script>alert(1)</script>"
    "<blockquote>We found it.</blockquote></body></html>"
)


def test_html_alone_is_read_as_words(post, smtp, ticket, ada, work):
    raw = b"Content-Type: text/html; charset=utf-8\r\n\r\n" + HTML.encode()
    text = body_of(raw, post, smtp, ticket, ada, work)
    assert [line.replace("\xa0", " ") for line in text.split("\n") if line] == [
        "Tom & Lin say",
        "yes",
        "please",
    ]


@pytest.mark.parametrize(
    ("charset", "written"),
    [
        ("; charset=x-none", "杯子碎了".encode()),
        ("", "杯子碎了".encode()),
        ("; charset=us-ascii", "杯子碎了".encode()),
        ("; charset=gb2312", "杯子碎了".encode("gbk")),
        ("; charset=big5", "杯子碎了".encode("big5", "ignore")),
        ("; charset=utf-16", "杯子碎了".encode("utf-16")),
    ],
)
def test_words_are_not_lost_to_their_character_set(post, smtp, ticket, ada, work, charset, written):
    raw = b"Content-Type: text/plain" + charset.encode() + b"\r\n\r\n" + written
    assert body_of(raw, post, smtp, ticket, ada, work) in ("杯子碎了", "杯子了")


def test_gb2312_may_hold_what_only_gbk_has(post, smtp, ticket, ada, work):
    raw = b"Content-Type: text/plain; charset=gb2312\r\n\r\n" + "朱镕基".encode("gbk")
    assert body_of(raw, post, smtp, ticket, ada, work) == "朱镕基"


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/related; start=x\r\n\r\nno parts",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b",
        b"Content-Type: text/plain; charset=utf-7\r\n\r\n+2AA-",
        b"Content-Type: text/plain; charset*0=\r\nContent-Transfer-Encoding: base64\r\n\r\n!",
        b"Content-Type: image/png\r\n\r\n\x89PNG",
        b"Content-Type: message/rfc822\r\n\r\n",
        b"Content-Type: text/plain\r\n\r\nnul \x00 inside",
        b'Content-Type: text/html; charset="\x00"\r\n\r\n<b' + b"<!--" * 5000,
        b"\r\n",
    ],
)
def test_a_malformed_body_is_taken_all_the_same(post, smtp, ticket, ada, work, raw):
    body_of(raw, post, smtp, ticket, ada, work)


def test_an_answer_has_a_bound(post, smtp, ticket, ada, work):
    assert len(body_of(b"\r\n" + b"x" * 50_000, post, smtp, ticket, ada, work)) == 10_000


@pytest.mark.parametrize(
    "head",
    [
        b"Message-ID: <",
        b"Message-ID: <[]>",
        b'From: "',
        b"From: @",
        b"Subject: =?utf-8?q?=\r\n =?=",
    ],
)
def test_a_malformed_head_is_nobodys_and_raises_nothing(post, ticket, ada, head):
    write(post, ticket, ada)
    assert not take(post, head + b"\r\nSubject: [" + ticket.reference.encode() + b"]\r\n\r\nx")


def test_a_server_that_is_away_is_tried_again_and_then_no_more(
    engine, clock, work, smtp, phrasebook, ticket, ada, caplog
):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    post = TicketMail(engine, work, f"smtp://127.0.0.1:{port}", phrasebook, clock)
    write(post, ticket, ada)
    post.deliver()  # not due again yet
    assert caplog.text.count("an e-mail waits") == 1
    for _ in range(MOST_TRIES):
        clock.now += 2 * 3600
        post.deliver()
    assert state(engine) == ["failed"]
    assert caplog.text.count("an e-mail waits") == MOST_TRIES
    assert work.entries(ticket)[-1].state == "failed"


def test_a_server_that_was_away_gets_it_when_it_is_back(
    engine, clock, work, smtp, phrasebook, ticket, ada
):
    write(TicketMail(engine, work, "smtp://127.0.0.1:9", phrasebook, clock), ticket, ada)
    assert state(engine) == ["waiting"]
    clock.now += 31
    back = TicketMail(engine, work, f"smtp://127.0.0.1:{smtp.port}", phrasebook, clock)
    back.deliver()
    assert state(engine) == ["sent"]
    assert len(smtp.mails) == 1


def talk(port_of, *said):
    """A server that says these lines one after another, and then nothing more."""

    def serve(server):
        connection, _ = server.accept()
        with connection:
            for line in said:
                connection.sendall(line)
                connection.recv(1000)
            time.sleep(1.5)

    threading.Thread(target=serve, args=(port_of,), daemon=True).start()


@pytest.mark.parametrize(
    "said",
    [
        (),
        (b"220 mail\r\n",),
        (b"554 not you\r\n",),
        (b"220 mail\r\n", b"250 ok\r\n", b"550 no\r\n"),
    ],
)
def test_a_server_that_is_slow_or_refuses_is_tried_again(
    engine, clock, work, phrasebook, ticket, ada, monkeypatch, said
):
    monkeypatch.setattr(mail_module, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        talk(server, *said)
        url = f"smtp://127.0.0.1:{server.getsockname()[1]}"
        write(TicketMail(engine, work, url, phrasebook, clock), ticket, ada)
    assert state(engine) == ["waiting"]


def test_of_two_processes_one_sends_it(engine, clock, work, smtp, phrasebook, ticket, ada, post):
    assert post.send(ticket, ada, "We found it.", "k")
    url, start = f"smtp://127.0.0.1:{smtp.port}", threading.Barrier(4)

    def deliver():
        start.wait()
        TicketMail(engine, work, url, phrasebook, clock).deliver()

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(smtp.mails) == 1


def test_a_reply_is_marked_as_read_and_other_mail_is_left(imap, post, smtp, ticket, ada, work):
    write(post, ticket, ada)
    answered = sent(smtp)[0]["Message-ID"]
    other = imap.put(reply("an offer", "<o@x>", "ads@x.example", Subject="Buy"))
    ours = imap.put(reply("yes", In_Reply_To=answered))
    box = Mailbox(imap.url, post.take)
    assert box.look() == 1
    assert imap.seen == {ours}
    assert box.look() == 0
    assert imap.fetched == [other, ours]  # others' mail is not read again and again
    assert heard(work, ticket) == ["yes"]


@pytest.mark.parametrize(
    "answer",
    ["UID {number} RFC822.SIZE {size}", "RFC822.SIZE {size} UID {number}", "RFC822.SIZE {size}"],
)
def test_sizes_are_read_as_each_server_tells_them(imap, answer):
    imap.size_first = answer
    imap.put(reply())
    assert Mailbox(imap.url, lambda message: True).look() == 1


def test_a_mail_of_ten_megabytes_is_not_fetched(imap):
    imap.put(reply("x") + b"x" * 10_000_000)
    small = imap.put(reply())
    assert Mailbox(imap.url, lambda message: True).look() == 1
    assert (imap.fetched, imap.seen) == ([small], {small})
    assert MAX_BYTES < 10_000_000


def test_one_malformed_mail_does_not_hold_up_the_others(imap, post, smtp, ticket, ada, work):
    write(post, ticket, ada)
    for head in (b"Message-ID: <", b'From: "', b"Message-ID: <a@"):
        imap.put(head + b"\r\n\r\nx")
    imap.put(reply("yes", In_Reply_To=sent(smtp)[0]["Message-ID"]))
    assert Mailbox(imap.url, post.take).look() == 1


def test_a_folder_may_have_a_space(imap):
    imap.folder = "Shop Mail"
    imap.put(reply())
    assert Mailbox(f"{imap.url}/Shop%20Mail", lambda message: True).look() == 1


def test_more_than_a_round_takes_is_read_in_the_next(imap):
    for _ in range(60):
        imap.put(reply())
    box = Mailbox(imap.url, lambda message: True)
    assert [box.look(), box.look(), box.look()] == [50, 10, 0]


FAILURES = (OSError, imaplib.IMAP4.error)


def test_a_mailbox_that_refuses_or_is_away_says_so(imap):
    refused = imap.url.replace("se%20cret", "wrong")
    for url in (refused, "imap://a:b@127.0.0.1:9", f"{imap.url}/Nowhere"):
        with pytest.raises(FAILURES):
            Mailbox(url, lambda message: True).look()


@pytest.mark.parametrize("verb", ["LOGIN", "SELECT", "UID"])
def test_a_mailbox_that_hangs_up_is_read_when_it_is_back(imap, verb):
    imap.put(reply())
    imap.hangs_up_at = verb
    box = Mailbox(imap.url, lambda message: True)
    with pytest.raises(FAILURES):
        box.look()
    imap.hangs_up_at = ""
    assert box.look() == 1


def test_a_slow_mailbox_is_not_waited_for(imap, monkeypatch):
    monkeypatch.setattr("switchboard.mails.imap_box.SECONDS", 0.2)
    imap.seconds_to_greet = 1.0
    with pytest.raises(OSError, match="timed out"):
        Mailbox(imap.url, lambda message: True).look()


def test_what_the_database_did_not_take_is_handed_over_again(imap):
    imap.put(reply())
    down = [True]

    def keep(_message):
        if down:
            down.clear()
            raise OSError("the database is away")
        return True

    box = Mailbox(imap.url, keep)
    with pytest.raises(OSError, match="away"):
        box.look()
    assert imap.seen == set()
    assert box.look() == 1
