"""E-mail as a channel, with a real mailbox and a real mail server: once, in its thread, to whom."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from switchboard.channels.email.mail_arrivals import parts_of, read_letter, sign_mail
from switchboard.channels.email.mail_assistant import in_one
from switchboard.channels.email.mail_input import MailInput
from switchboard.channels.email.mail_platform import write_subject, write_text
from switchboard.channels.email.mail_reader import MailReader
from switchboard.conversations.turns import ATTACHMENT_INTENT
from switchboard.database.connection import open_database
from switchboard.database.tables import files, mail_threads, outbox
from switchboard.errors import ConfigurationError
from switchboard.files.file_store import FileStore
from switchboard.mailroom.message import Button, Card, Outgoing
from switchboard.mails.automatic_mail import why_unanswered
from switchboard.mails.imap_box import BoxFailure, ImapBox
from switchboard.mails.mail_reading import read_message
from switchboard.mails.mail_threads import MailThreads
from switchboard.settings import load_settings
from switchboard.tickets.ticket_mail import TicketMail
from tests.channels.conftest import Served
from tests.fakes.mailbox_server import RealMailbox, RealPost
from tests.fakes.tickets import acts

SHOP, LIN = "support@tidewick.example", "lin@example.com"
PNG = b"\x89PNG\r\n\x1a\n a picture"


def written(text="where is order 4711", number="<m1@example.com>", sender=LIN, **headers):
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = f"Lin <{sender}>", SHOP, number
    message["Date"] = "Sun, 22 Nov 2026 10:00:00 +0000"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def letter(message):
    raw = message if isinstance(message, bytes) else message.as_bytes()
    return read_letter(read_message(raw), SHOP)


# Which conversation.


def test_a_thread_of_one_sender_is_one_conversation():
    first = letter(written())
    ours = sign_mail(first.conversation, 7, 1, "tidewick.example")
    again = letter(written("and when?", "<m2@x>", In_Reply_To=ours))
    full = letter(written("and?", "<m3@x>", References=f"<m1@example.com> {ours} <m2@x>"))
    postscript = letter(written("PS", "<m4@x>", In_Reply_To="<m1@example.com>"))
    assert {one.conversation for one in (first, again, full, postscript)} == {first.conversation}
    (receipt,) = again.answers
    assert (receipt.conversation, receipt.delivery, receipt.part) == (first.conversation, 7, 1)


def test_another_sender_is_in_another_conversation_whatever_they_name():
    first = letter(written())
    ours = sign_mail(first.conversation, 7, 1, "tidewick.example")
    eve = letter(written("it is me", "<e@evil>", "eve@evil.example", In_Reply_To=ours))
    assert eve.conversation != first.conversation
    assert eve.answers == ()


def test_who_writes_another_address_into_from_is_in_no_conversation_of_theirs():
    first = letter(written())
    forged = letter(written("cancel it", "<e@evil>", LIN))
    assert forged.conversation != first.conversation
    assert forged.address == LIN  # and the answer goes there, not to who forged it


def test_a_new_matter_is_a_new_conversation():
    assert letter(written()).conversation != letter(written(number="<m9@x>")).conversation


def test_what_comes_twice_is_known_and_what_differs_is_not():
    assert letter(written()).event_id == letter(written()).event_id
    assert letter(written()).event_id != letter(written("something else")).event_id


# What it says.


@pytest.mark.parametrize(
    ("subject", "text", "said"),
    [
        ("Order 4711", "Where is it?", "Order 4711\nWhere is it?"),
        ("", "Where is it?", "Where is it?"),
        ("where is it", "Where is it?", "Where is it?"),
        ("Fwd: Re: Order 4711", "Where is it?", "Order 4711\nWhere is it?"),
        ("回复：订单", "在哪里", "订单\n在哪里"),
        ("/restart", "hello", "restart\nhello"),
    ],
)
def test_the_subject_of_a_first_message_is_heard(subject, text, said):
    from switchboard.text.typed_text import typed

    assert typed(letter(written(text, Subject=subject)).text) == said


def test_the_subject_of_a_reply_is_not():
    assert letter(written("yes", Subject="Order", In_Reply_To="<a@b>")).text == "yes"


@pytest.mark.parametrize(
    "text",
    [
        "Where is it?\n\n-- \nLin Li\nSales\n+353 1 555 0100",
        "Where is it?\n\nOn Wed, 18 Nov 2026 at 12:00, Tidewick <s@x> wrote:\n> 4799\n> old",
        "Where is it?\n\n> old",
        "Where is it?\n\nSent from my iPhone",
        "Where is it?\n\n-----Original Message-----\nFrom: Tidewick\nSubject: x\n\nold",
    ],
)
def test_signatures_and_quotes_are_cut(text):
    assert letter(written(text, In_Reply_To="<a@b>")).text == "Where is it?"


def test_html_alone_is_read_as_words():
    raw = (
        f"From: {LIN}\r\nMessage-ID: <h@x>\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
        "<head><style>p{}</style></head><script>1</script><p>Where is it?</p>"
        "<blockquote>old</blockquote>"
    )
    assert letter(raw.encode()).text == "Where is it?"


def test_deep_or_long_pages_are_read_at_once():
    head = f"From: {LIN}\r\nMessage-ID: <h@x>\r\nContent-Type: text/html\r\n\r\n"
    pages = ["<div>" * 30_000, "<b></i>" * 25_000, "<" * 190_000, "<p>x" * 40_000, "<a " * 60_000]
    pages += ["<!--" * 40_000, "<!--x>" * 30_000, "<![CDATA[" * 20_000, "<![x>" * 30_000]
    pages += ["&" * 190_000, "<a href='" * 20_000, "<blockquote>" * 15_000, "<script>" * 20_000]
    for page in pages:
        began = time.monotonic()
        letter((head + page).encode())
        assert time.monotonic() - began < 8


@given(st.binary(max_size=400))
@example(b"Message-ID: <")
@example(b'From: "')
@example(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b")
@example(b"Content-Type: text/html; charset=\x00\r\n\r\n<!--")
@example(b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\nx")
@settings(max_examples=300)
def test_no_message_is_too_malformed(raw):
    message = read_message(raw)
    read_letter(message, SHOP)
    why_unanswered(message, SHOP)
    list(parts_of(message))


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto-Submitted": "auto-replied"},
        {"Auto-Submitted": "auto-generated; owner-email=x"},
        {"Precedence": "bulk"},
        {"Precedence": "list"},
        {"List-Id": "<news.example.com>"},
        {"Return-Path": "<>"},
        {"X-Auto-Response-Suppress": "All"},
        {"X-Autoreply": "yes"},
        {"From": "MAILER-DAEMON@example.com"},
        {"From": "no-reply@example.com"},
        {"From": "bounce+lin=x@example.com"},
        {"From": "do_not_reply@example.com"},
        {"Subject": "自动回复: 您好"},
        {"Subject": "Automatic reply: your order"},
        {"Subject": "Out of Office"},
        {"From": SHOP.upper()},
        {"From": "a@x.example, b@x.example"},
        {"From": ""},
        {"Content-Type": "multipart/report; report-type=delivery-status; boundary=x"},
    ],
)
def test_what_machines_and_lists_send_is_not_answered(headers):
    message = EmailMessage()
    for name, value in {"From": LIN, "Message-ID": "<a@b>", **headers}.items():
        message.add_header(name, value)
    assert why_unanswered(read_message(message.as_bytes()), SHOP)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Auto-Submitted": "no"},
        {"Precedence": "normal"},
        {"Subject": "out of office chairs?"},
        {"Subject": "自动回复怎么关"},
    ],
)
def test_what_people_send_is(headers):
    assert (
        why_unanswered(
            read_message(
                written(**{k.replace("-", "_"): v for k, v in headers.items()}).as_bytes()
            ),
            SHOP,
        )
        == ""
    )


# What is written.


def test_a_turn_is_one_letter_with_its_choices_numbered():
    yes, no = Button("Yes", "/affirm"), Button("No", "/deny")
    (one,) = in_one(
        [
            Outgoing("Hello"),
            Outgoing("Cancel it?", (yes,)),
            Outgoing(cards=(Card("Mug", buttons=(no,)),)),
        ]
    )
    assert write_text(one) == "Hello\n\nCancel it?\n\nMug\n1. Yes\n2. No"
    assert in_one([]) == in_one([Outgoing(" ")]) == []


@pytest.mark.parametrize(
    ("subject", "answered"),
    [("Order", "Re: Order"), ("Re: Order", "Re: Order"), ("RE: Order", "RE: Order"), ("", "Re:")],
)
def test_a_subject_is_answered_once(subject, answered):
    assert write_subject(subject) == answered


# With a mailbox.


@pytest.fixture(scope="module")
def box_process():
    box = RealMailbox()
    yield box
    box.close()


@pytest.fixture
def box(box_process):
    with box_process.opened() as opened:
        opened.store("1:*", "+FLAGS", "\\Deleted")
        opened.expunge()
    return box_process


@pytest.fixture
def post():
    server = RealPost()
    yield server
    server.close()


@pytest.fixture
def environment(box, post):
    return {
        "SWITCHBOARD_EMAIL_ADDRESS": SHOP,
        "SWITCHBOARD_EMAIL_IMAP_URL": box.url,
        "SWITCHBOARD_EMAIL_SMTP_URL": post.url,
        "SWITCHBOARD_EMAIL_POLL_SECONDS": "0.2",
    }


@pytest.fixture
def reader(engine, environment, tmp_path, phrasebook, box):
    """Makes a reader as a process has it."""
    work = acts(engine, time.time)

    def make(**more):
        known = load_settings({**environment, **more}).email
        tickets = TicketMail(engine, work, "smtp://127.0.0.1:9", phrasebook)
        store = FileStore(engine, tmp_path / "files")
        return MailReader(known, box.url, "", MailThreads(engine), store, tickets)

    return make


class Taken:
    def __init__(self):
        self.arrivals, self.full = [], False

    def __call__(self, arrival, _letter):
        if not self.full:
            self.arrivals.append(arrival)
        return not self.full

    @property
    def texts(self):
        return [arrival.payload["text"] for arrival in self.arrivals]


def test_what_lay_there_before_is_not_answered(reader, box):
    box.put(written("old", "<o@x>").as_bytes())
    taken = Taken()
    reader().look(taken)
    box.put(written("new", "<n@x>").as_bytes())
    reader().look(taken)  # a new process
    reader().look(taken)
    assert taken.texts == ["new"]
    assert box.unseen() == 1  # the old one is as it was


def test_what_could_not_be_stored_is_read_again_in_order(reader, box):
    taken, mine = Taken(), reader()
    mine.look(taken)
    for text in ("one", "two"):
        box.put(written(text, f"<{text}@x>").as_bytes())
    taken.full = True
    assert mine.look(taken) == 0
    taken.full = False
    mine.look(taken)
    assert taken.texts == ["one", "two"]


def test_a_poisoned_message_blocks_nothing(reader, box):
    taken, mine = Taken(), reader()
    mine.look(taken)
    poisons = [
        b"Message-ID: <\r\n\r\nx",
        b'From: "\r\n\r\n',
        b"\r\n",
        b"From: a@b\r\nDate: " + b"x" * 9_000,
    ]
    poisons.append(f"From: {LIN}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b".encode())
    for raw in poisons:
        box.put(raw + b"\r\n")
    box.put(written("hello", "<n@x>").as_bytes())
    mine.look(taken)
    assert taken.texts[-1] == "hello"


def with_photo(number, size):
    message = written("the mug is broken", number)
    message.add_attachment(b"\xff\xd8\xff" + b"x" * size, "image", "jpeg", filename="a.jpg")
    return message


def test_a_huge_message_is_read_by_its_beginning_and_no_piece_of_a_picture_is_kept(
    engine, reader, box, monkeypatch
):
    monkeypatch.setattr("switchboard.channels.email.mail_reader.MAX_BYTES", 5_000_000)
    taken, mine = Taken(), reader()
    mine.look(taken)
    box.put(with_photo("<big@x>", 5_200_000).as_bytes())
    mine.look(taken)
    assert taken.texts == ["the mug is broken"]
    (attached,) = taken.arrivals[0].payload["attachments"]
    assert attached["url"].startswith("mail-part:")
    with engine.connect() as db:
        assert db.execute(sa.select(files)).all() == []


def test_the_largest_pictures_are_kept_whole(engine, reader, box):
    taken, mine = Taken(), reader()
    mine.look(taken)
    message = with_photo("<photos@x>", 7_900_000)
    message.add_attachment(b"\xff\xd8\xff" + b"y" * 7_900_000, "image", "jpeg", filename="b.jpg")
    box.put(message.as_bytes())  # 21 MB, as it is sent
    mine.look(taken)
    assert taken.texts == ["the mug is broken"]
    with engine.connect() as db:
        assert [row.size for row in db.execute(sa.select(files))] == [7_900_003] * 2


def test_of_a_large_message_that_is_left_to_people_only_the_beginning_is_fetched(
    reader, box, monkeypatch
):
    taken, mine, fetched = Taken(), reader(), []
    mine.look(taken)
    whole = ImapBox.fetch
    monkeypatch.setattr(
        ImapBox, "fetch", lambda self, n, most=0: fetched.append(most) or whole(self, n, most)
    )
    message = with_photo("<news@x>", 2_000_000)
    message["Precedence"] = "bulk"
    box.put(message.as_bytes())
    assert mine.look(taken) == 0
    assert fetched == [200_000]


class Cutting:
    """A way to a mailbox that cuts the connection at a command."""

    def __init__(self, port, at):
        self.at, self._port = at, port
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._open, daemon=True).start()

    def _open(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._door.accept()
                server = socket.create_connection(("127.0.0.1", self._port))
                for way in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._carry, args=way, daemon=True).start()

    def _carry(self, source, target, asks):
        with contextlib.suppress(OSError):
            while (said := source.recv(65536)) and not (asks and re.search(self.at, said)):
                target.sendall(said)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._door.close()


def number_of_newest(box):
    with box.opened() as opened:
        return int(opened.uid("search", "ALL")[1][0].split()[-1])


def test_a_server_that_cuts_every_message_loses_none(engine, reader, box):
    """While it is ill, and however long: a message is not given up for the server's sake."""
    way = Cutting(box.port, rb"BODY")
    taken, mine = Taken(), reader()
    mine.look(taken)
    mine._url = box.url.replace(str(box.port), str(way.port))
    for text in ("one", "two"):
        box.put(written(text, f"<{text}@x>").as_bytes())
    for _ in range(8):
        with pytest.raises(BoxFailure):
            mine.look(taken)
    way.at = rb"never said"
    mine.look(taken)
    way.close()
    assert taken.texts == ["one", "two"]


def test_a_message_that_the_server_cannot_give_holds_up_no_later_one(engine, reader, box):
    taken, mine = Taken(), reader()
    mine.look(taken)
    box.put(written("one", "<one@x>").as_bytes())
    way = Cutting(box.port, b"FETCH %d \\(BODY" % number_of_newest(box))
    box.put(written("two", "<two@x>").as_bytes())
    mine._url = box.url.replace(str(box.port), str(way.port))
    for _ in range(8):
        with contextlib.suppress(*BoxFailure):
            mine.look(taken)
    way.close()
    assert taken.texts == ["two"]


def test_pictures_are_kept_once_and_other_files_are_noted(engine, reader, box, tmp_path):
    taken, mine = Taken(), reader()
    mine.look(taken)
    message = written("see here", "<p@x>")
    message.add_attachment(PNG, "image", "png", filename="mug.png")
    message.add_attachment(b"MZ\x90", "application", "octet-stream", filename="a.exe")
    message.add_attachment("<script>", "html", filename="b.html")
    box.put(message.as_bytes())
    taken.full = True  # not stored: read again
    mine.look(taken)
    taken.full = False
    mine.look(taken)
    (arrival,) = taken.arrivals
    kinds = [(one["kind"], one["url"].partition(":")[0]) for one in arrival.payload["attachments"]]
    assert kinds == [("image", "switchboard-file"), ("file", "mail-part"), ("file", "mail-part")]
    with engine.connect() as db:
        assert [row.name for row in db.execute(sa.select(files))] == ["mug.png"]


def test_a_mailbox_that_was_numbered_anew_loses_nothing(engine, reader, box, monkeypatch):
    taken, mine = Taken(), reader()
    mine.look(taken)
    box.put(written("one", "<one@x>").as_bytes())
    mine.look(taken)
    threads = MailThreads(engine)
    validity, last = threads.read_to(SHOP)
    threads.note_read(SHOP, validity + 1, last + 500)
    box.put(written("two", "<two@x>").as_bytes())
    reader().look(taken)
    # "one" comes again, and the inbox knows it.
    assert taken.texts == ["one", "one", "two"]
    assert taken.arrivals[0].event_id == taken.arrivals[1].event_id
    assert threads.read_to(SHOP)[0] == validity


def test_a_ticket_keeps_its_replies(engine, reader, box, monkeypatch):
    taken, mine = Taken(), reader()
    mine.look(taken)
    monkeypatch.setattr(TicketMail, "belongs", lambda self, message: True)
    monkeypatch.setattr(TicketMail, "take", lambda self, message: False)  # the desk was first
    box.put(written("yes", "<t@x>").as_bytes())
    assert mine.look(taken) == 1
    assert taken.texts == []


# Served.


@pytest.fixture
def mail(serve, agent, environment, monkeypatch):
    """A server with the channel e-mail alone."""
    running = []

    def start(**more):
        for name, value in {**environment, **more}.items():
            monkeypatch.setenv(name, value)
        running.append(Served([MailInput.from_credentials(None)], agent))
        wait(lambda: read_once())
        return running[-1]

    def read_once():
        engine = open_database(load_settings().database_url)
        return MailThreads(engine).read_to(SHOP)

    yield start
    for server in running:
        if server._thread.is_alive():
            server.stop()


@pytest.fixture(autouse=True)
def _settings_of_a_test(request, tmp_path, monkeypatch, empty_database):
    if "mail" in request.fixturenames:
        import shutil

        shutil.copy(empty_database, tmp_path / "mail.db")
        monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", f"sqlite:///{tmp_path / 'mail.db'}")
        monkeypatch.setenv("SWITCHBOARD_FILES_DIR", str(tmp_path / "files"))


def wait(until, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_answer_is_part_of_the_thread(mail, box, post, agent):
    mail()
    box.put(written(Subject="Order 4711", References="<m0@x>").as_bytes())
    (answer,) = post.wait_for(1)
    assert post.sent[0][0] == [LIN]
    assert answer["Subject"] == "Re: Order 4711"
    assert answer["In-Reply-To"] == "<m1@example.com>"
    assert answer["References"].split() == ["<m0@x>", "<m1@example.com>"]
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["From"] == SHOP
    assert answer["Message-ID"].startswith("<sb.")
    assert answer.get_content_type() == "text/plain"
    assert answer.get_content().strip() == "You said: where is order 4711"
    wait(lambda: box.unseen() == 0)
    reply = written("and when?", "<m2@x>", In_Reply_To=answer["Message-ID"])
    box.put(reply.as_bytes())
    post.wait_for(2)
    assert len({conversation for conversation, _, _ in agent.heard}) == 1
    assert agent.heard[0][0].startswith(f"email:{SHOP}:")
    assert LIN not in agent.heard[0][0]
    assert LIN not in str(agent.heard[0][2])  # an address is claimed: it proves nothing


def test_a_choice_is_made_by_its_number(mail, box, post, agent):
    buttons = [
        {"title": "Track it", "payload": "/track_order"},
        {"title": "No", "payload": "/deny"},
    ]
    agent.script = lambda message: [{"text": "Which?", "buttons": buttons}]
    mail()
    box.put(written(Subject="hi").as_bytes())
    (asked,) = post.wait_for(1)
    assert asked.get_content().split("\r\n")[:3] == ["Which?", "1. Track it", "2. No"]
    wait(lambda: len(agent.heard) == 1)
    reply = written(
        f"1\n\nOn Wed, 18 Nov 2026, {SHOP} wrote:\n> Which?",
        "<m2@x>",
        In_Reply_To=asked["Message-ID"],
    )
    box.put(reply.as_bytes())
    post.wait_for(2)
    assert agent.texts()[-1] == "/track_order"


def test_what_is_written_is_never_a_command(mail, box, post, agent):
    mail()
    for number, text in enumerate(("/restart", "/ /restart", "\uff0frestart")):
        box.put(written(text, f"<c{number}@x>").as_bytes())
    post.wait_for(3)
    assert agent.texts() == ["restart"] * 3


def test_machines_get_no_answer_and_loops_end(mail, box, post, agent):
    mail(SWITCHBOARD_EMAIL_ANSWERS_AN_HOUR="3")
    box.put(written("I am away", "<a@x>", Auto_Submitted="auto-replied").as_bytes())
    for number in range(6):  # a machine that does not say so
        box.put(written(f"thank you {number}", f"<l{number}@x>", "loop@example.com").as_bytes())
    box.put(written("hello", "<h@x>").as_bytes())
    post.wait_for(4)
    time.sleep(1)
    assert len(post.sent) == 4
    assert sorted(to for (to,), _ in post.sent) == [LIN, *["loop@example.com"] * 3]
    assert box.unseen() == 4


def test_what_is_sent_again_has_the_same_id(mail, box, post, agent):
    post.faults += ["451 later", "drop"]
    mail()
    box.put(written().as_bytes())
    first, second = post.wait_for(2, 30)
    assert first["Message-ID"] == second["Message-ID"]


def test_a_resend_is_found_among_what_was_sent(mail, box, post, agent, tmp_path):
    server = mail(SWITCHBOARD_EMAIL_SENT_FOLDER="Sent")
    post.faults.append("drop")
    box.put(written().as_bytes())
    (taken,) = post.wait_for(1)
    box.put(taken.as_bytes(), "Sent")  # as a provider keeps it
    engine = open_database(f"sqlite:///{tmp_path / 'mail.db'}")

    def settled():
        with engine.connect() as db:
            return db.execute(sa.select(outbox.c.state)).scalars().all() == ["sent"]

    wait(settled, 30)
    assert len(post.sent) == 1
    assert server


def test_a_refused_recipient_holds_up_nothing(mail, box, post, agent, tmp_path):
    post.refuses["gone@example.com"] = "550 no such person"
    mail()
    box.put(written("one", "<g@x>", "gone@example.com").as_bytes())
    box.put(written("two", "<l@x>").as_bytes())
    post.wait_for(1)
    engine = open_database(f"sqlite:///{tmp_path / 'mail.db'}")

    def states():
        with engine.connect() as db:
            return sorted(db.execute(sa.select(outbox.c.state)).scalars())

    wait(lambda: states() == ["refused", "sent"])


def test_a_persons_answer_arrives_and_is_no_machines(mail, box, post, agent):
    server = mail()
    box.put(written().as_bytes())
    post.wait_for(1)
    conversation = agent.heard[0][0]
    said = Outgoing("Ada here", author="agent", agent="Ada")
    server.call(server.channels[0].dispatcher.post(conversation, [said]))
    answer = post.wait_for(2)[1]
    assert answer.get_content().strip() == "Ada here"
    assert answer["Auto-Submitted"] is None
    assert answer["In-Reply-To"] == "<m1@example.com>"


def test_a_customers_address_goes_with_their_data(mail, box, post, agent, tmp_path):
    from switchboard.privacy.subjects import Subjects

    mail()
    box.put(written().as_bytes())
    post.wait_for(1)
    engine = open_database(f"sqlite:///{tmp_path / 'mail.db'}")
    subjects = Subjects(engine, FileStore(engine, tmp_path / "files"))
    conversation = agent.heard[0][0]
    assert subjects.export(conversation)["e-mail thread"][0]["address"] == LIN
    subjects.erase(conversation)
    with engine.connect() as db:
        assert db.execute(sa.select(mail_threads)).all() == []


def test_a_killed_process_loses_and_doubles_nothing(mail, box, post, agent):
    server = mail(SWITCHBOARD_EMAIL_SENT_FOLDER="Sent")
    post.copies_to = box  # as providers do
    agent.pause = 0.2
    for number in range(6):
        box.put(written(f"hello {number}", f"<k{number}@x>", f"c{number}@example.com").as_bytes())
    wait(lambda: len(agent.heard) >= 2)
    for task in server.channels[0].dispatcher._tasks:  # as a kill: nothing is finished
        server._loop.call_soon_threadsafe(task.cancel)
    server.stop()
    mail(SWITCHBOARD_EMAIL_SENT_FOLDER="Sent")
    post.wait_for(6, 60)
    time.sleep(1)
    assert sorted(to for (to,), _ in post.sent) == [f"c{n}@example.com" for n in range(6)]


def test_the_command_says_what_is_missing(environment, box, post, monkeypatch, capsys):
    from switchboard.cli.app import run

    assert run(["email", "check"]) == 1
    assert "SWITCHBOARD_EMAIL_ADDRESS" in capsys.readouterr().out
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    box.put(written().as_bytes(), "Sent")
    monkeypatch.setenv("SWITCHBOARD_EMAIL_SENT_FOLDER", "Sent")
    assert run(["email"]) == 0
    told = capsys.readouterr().out
    assert "mailbox: opened" in told
    assert "mail server: it lets us in" in told
    assert "sent mail: opened" in told
    monkeypatch.setenv("SWITCHBOARD_EMAIL_SMTP_URL", post.url.replace("se%20cret", "wrong"))
    monkeypatch.setenv("SWITCHBOARD_EMAIL_SENT_FOLDER", "Nowhere")
    assert run(["email", "check"]) == 1
    told = capsys.readouterr().out
    assert "user or password is wrong" in told
    assert "sent mail: there is no such folder" in told
    assert "wrong@" not in told
    monkeypatch.setenv("SWITCHBOARD_EMAIL_IMAP_URL", box.url.replace("se%20cret", "wrong"))
    assert run(["email", "check"]) == 1
    assert "mailbox: user or password is wrong" in capsys.readouterr().out


@pytest.mark.parametrize(
    "url",
    ["imap://shop:pa/ss@127.0.0.1:993/INBOX", "http://mail.example", "imap://", "mail.example"],
)
def test_an_address_that_cannot_be_used_is_named_without_its_password(url):
    with pytest.raises(ConfigurationError) as told:
        load_settings({"SWITCHBOARD_EMAIL_IMAP_URL": url})
    assert "SWITCHBOARD_EMAIL_IMAP_URL" in str(told.value)
    assert "%2F" in str(told.value)
    assert "pa/ss" not in str(told.value)
    assert "'pa'" not in str(told.value)


def test_without_its_settings_the_channel_is_off(serve, monkeypatch):
    channel = MailInput.from_credentials(None)
    assert "SWITCHBOARD_EMAIL_ADDRESS" in channel.missing()


def test_wordless_mail_is_acknowledged(mail, box, post, agent):
    mail()
    message = written(" ", "<w@x>")
    message.add_attachment(PNG, "image", "png", filename="mug.png")
    box.put(message.as_bytes())
    post.wait_for(1)
    assert agent.texts() == [f"/{ATTACHMENT_INTENT}"]
    assert agent.heard[0][2]["attachments"][0]["kind"] == "image"
