"""E-mail and what the assistant says by itself, with the real process killed in the middle."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
import time
import urllib.error
import urllib.request
from collections import Counter
from email.message import EmailMessage

import pytest

from switchboard.project import PROJECT as ROOT
from tests.fakes.mailbox_server import RealMailbox, RealPost
from tests.live.system import System

SHOP, SECRET = "support@tidewick.example", "a shared secret of the tests"
QUESTIONS = ("what is your refund policy", "how long does delivery take", "how can I pay?")
SECONDS = 90.0


@pytest.fixture(scope="module")
def box():
    mailbox = RealMailbox()
    yield mailbox
    mailbox.close()


@pytest.fixture(scope="module")
def post(box):
    server = RealPost()
    server.copies_to = box  # as large providers do
    yield server
    server.close()


@pytest.fixture(scope="module")
def mailed(tmp_path_factory, seeded_shop, box, post):
    """The whole assistant with a mailbox, and a shop that never sleeps."""
    folder = tmp_path_factory.mktemp("mailed")
    shutil.copytree(ROOT / "data", folder / "data")
    policy = folder / "data" / "policy.yml"
    lines = policy.read_text(encoding="utf-8").splitlines(keepends=True)
    policy.write_text("".join(line for line in lines if "quiet_hours:" not in line), "utf-8")
    system = System(
        folder,
        seeded_shop,
        SWITCHBOARD_DATA_DIR=str(folder / "data"),
        SWITCHBOARD_EMAIL_ADDRESS=SHOP,
        SWITCHBOARD_EMAIL_IMAP_URL=box.url,
        SWITCHBOARD_EMAIL_SMTP_URL=post.url,
        SWITCHBOARD_EMAIL_SENT_FOLDER="Sent",
        SWITCHBOARD_EMAIL_POLL_SECONDS="0.5",
        SWITCHBOARD_ORDERS_WEBHOOK_SECRET=SECRET,
    )
    try:
        system.start()
        until(lambda: system.run("SELECT count(*) FROM mailboxes") == [(1,)])
        yield system
    finally:
        system.stop()


def until(holds, seconds: float = SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def letter(customer: str, number: int, text: str) -> bytes:
    """The `number`-th message of a customer in their one thread."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        f"{customer}@example.com",
        SHOP,
        "A question",
    )
    message["Message-ID"] = f"<{customer}.{number}@example.com>"
    if number:
        message["In-Reply-To"] = f"<{customer}.0@example.com>"
    message.set_content(text)
    return message.as_bytes()


def answers(post: RealPost, prefix: str) -> Counter[str]:
    """How many letters each customer of a test had."""
    return Counter(to for (to,), _ in list(post.sent) if to.startswith(prefix))


def heard(system: System) -> dict[str, list[str]]:
    """What stands in each conversation of the mailbox, in its order."""
    rows = system.run(
        "SELECT conversation_id, data FROM conversation_events WHERE kind='user' ORDER BY id"
    )
    said: dict[str, list[str]] = {}
    for conversation, data in rows:
        said.setdefault(conversation, []).append(json.loads(data)["text"])
    return said


@pytest.mark.long
def test_killed_twice_in_a_burst_no_letter_is_lost_and_none_doubled(mailed, box, post):
    customers = [f"burst{number}" for number in range(10)]
    wanted = len(QUESTIONS) * len(customers)
    for number, question in enumerate(QUESTIONS):
        for customer in customers:
            box.put(letter(customer, number, question))
    for part in (wanted // 6, wanted // 2):
        until(lambda part=part: answers(post, "burst").total() >= part)
        mailed.restart_rasa(force=True)
    until(lambda: answers(post, "burst").total() >= wanted)
    time.sleep(3)
    assert answers(post, "burst") == {f"{c}@example.com": len(QUESTIONS) for c in customers}
    ids = [message["Message-ID"] for (to,), message in post.sent if to.startswith("burst")]
    assert len(set(ids)) == wanted
    spoken = [said for said in heard(mailed).values() if said[-1] == QUESTIONS[-1]]
    assert [[text.split("\n")[-1] for text in said] for said in spoken] == [list(QUESTIONS)] * 10
    assert box.unseen() == 0
    for table in ("inbox", "outbox"):
        count = f"SELECT count(*) FROM {table} WHERE waiting_for IS NOT NULL"
        assert mailed.run(count) == [(0,)]


@pytest.mark.long
def test_killed_while_it_tells_news_each_customer_is_told_once(mailed, box, post):
    customers = [f"news{number}" for number in range(8)]
    talk = ("where is my order 4712?", "maya@example.com", "tell me if it is late, please")
    for number, text in enumerate(talk):
        for customer in customers:
            box.put(letter(customer, number, text))
        until(lambda n=number: answers(post, "news").total() >= (n + 1) * len(customers))
    box.put(letter("news0", 3, "stop it please"))  # one of them changes their mind
    before = len(talk) * len(customers) + 1
    until(lambda: answers(post, "news").total() >= before)
    told = {"id": "evt-1", "type": "order.late", "data": {"order_number": "4712"}}
    assert tell(mailed, told) == 202
    until(lambda: answers(post, "news").total() >= before + 2)
    mailed.restart_rasa(force=True)
    assert tell(mailed, told) == 202  # the order system, not sure that we had it, tells it again
    until(lambda: answers(post, "news").total() >= before + len(customers) - 1)
    time.sleep(5)
    expected = {f"{customer}@example.com": len(talk) + 1 for customer in customers}
    assert answers(post, "news") == expected
    late = [
        to
        for (to,), message in post.sent
        if "late" in message.get_content() and "4712" in message.get_content()
    ]
    assert sorted(to for to in late if to.startswith("news")) == sorted(expected)[1:]


def tell(system: System, news: dict) -> int:
    """Post news as the order system does, until they are taken."""
    body, at = json.dumps(news).encode(), str(int(time.time()))
    digest = hmac.new(SECRET.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {"X-Switchboard-Timestamp": at, "X-Switchboard-Signature": f"sha256={digest}"}
    request = urllib.request.Request(f"{system.url}/webhooks/orders/news", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
