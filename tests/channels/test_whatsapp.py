"""WhatsApp's connector over HTTP, against a fake Cloud API."""

import json
import threading
import time
import urllib.error
import urllib.request

import pytest
import sqlalchemy as sa

from switchboard.database.connection import open_database
from switchboard.database.tables import inbox, outbox
from switchboard.mailroom.dead_letters import DeadLetters
from switchboard.mailroom.message import AGENT, Button, Card, Outgoing, SentFile
from switchboard.staff.directory import Directory, Role
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_book import TicketBook
from tests.channels.test_facebook import get
from tests.fakes.cloud_api_server import (
    BLOCKED,
    NUMBER,
    PAIR,
    RATE,
    WINDOW,
    FakeCloudApi,
    batch,
    chosen,
    deliver,
    said,
    state_of,
)
from tests.fakes.graph_server import error
from tests.fakes.tickets import ASKED, acts

MAYA = "15550111"
PLACE = f"whatsapp:{NUMBER}:{MAYA}"
SCOPED = "US.13491208655302741918"


def whatsapp(served):
    return served.channels[2].dispatcher


def post(served, *messages, place=PLACE):
    served.call(whatsapp(served).post(place, messages))


def wait_until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def settled(served, state, reason):
    """Wait for a message that ends so; its reason."""

    def found():
        counts = whatsapp(served).parts.outbox.counts()
        return [why for known, why in counts if known == state and why.startswith(reason)]

    wait_until(found)
    return found()[0]


def kinds(cloud_api):
    return [message["type"] for _, _, message in cloud_api.sent]


def test_every_message_of_every_change_is_answered(served, cloud_api, agent):
    body = batch(said(1555001, "one"), said(1555001, "two"), said(1555002, "three"))
    body["entry"].append(batch(said(1555003, "four"))["entry"][0])
    assert deliver(served.url, body) == 200
    assert cloud_api.wait_for(1555001, 2) == ["You said: one", "You said: two"]
    assert cloud_api.wait_for(1555002) == ["You said: three"]
    assert cloud_api.wait_for(1555003) == ["You said: four"]
    assert agent.heard[0][0] == f"whatsapp:{NUMBER}:1555001"


def test_what_is_delivered_again_for_a_week_is_answered_once(served, cloud_api, tmp_path):
    event = said(MAYA, "hello")
    assert deliver(served.url, batch(event)) == 200
    cloud_api.wait_for(MAYA)
    engine = open_database(f"sqlite:///{tmp_path / 'mail.db'}")
    with engine.begin() as db:
        db.execute(sa.update(inbox).values(received_at=time.time() - 7 * 86400 - 60))
    whatsapp(served)._clean()
    for _ in range(2):
        assert deliver(served.url, batch(event)) == 200
    deliver(served.url, batch(said(MAYA, "bye")))
    assert cloud_api.wait_for(MAYA, 2) == ["You said: hello", "You said: bye"]


def test_a_forged_delivery_is_refused(served, agent):
    assert deliver(served.url, batch(said(MAYA, "hello")), secret="other") == 403
    request = urllib.request.Request(f"{served.url}/webhooks/whatsapp/webhook", b"{}")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=5)
    assert refused.value.code == 403
    assert agent.heard == []


def test_the_verify_handshake(served):
    path = f"{served.url}/webhooks/whatsapp/webhook?hub.mode=subscribe&hub.challenge=77"
    assert get(f"{path}&hub.verify_token=verify-whatsapp") == (200, "77")
    assert get(f"{path}&hub.verify_token=verify-me")[0] == 403
    assert get(f"{served.url}/webhooks/whatsapp/webhook")[0] == 403


def test_without_its_settings_it_alone_is_off(serve, graph, caplog):
    from tests.fakes import graph_server as facebook

    with caplog.at_level("INFO"):
        served = serve(WHATSAPP_ACCESS_TOKEN="", WHATSAPP_PHONE_NUMBER_ID="")
    assert "whatsapp is off, for want of WHATSAPP_ACCESS_TOKEN, WHATSAPP_PHONE" in caplog.text
    assert deliver(served.url, batch(said(MAYA, "hello"))) == 503
    assert json.loads(get(f"{served.url}/webhooks/whatsapp/")[1]) == {"status": "off"}
    facebook.deliver(served.url, facebook.batch(facebook.said(1, "hello")))
    assert graph.wait_for(1) == ["You said: hello"]


def test_several_numbers_and_none_that_is_not_ours(serve, cloud_api, agent):
    other = "206540352242922"
    cloud_api.numbers.add(other)
    served = serve(WHATSAPP_PHONE_NUMBER_ID=f"{NUMBER}, {other}")
    deliver(served.url, batch(said(MAYA, "hello")))
    deliver(served.url, batch(said(MAYA, "hello"), number=other))
    deliver(served.url, batch(said(MAYA, "hello"), number="306540352242922"))
    cloud_api.wait_for(MAYA, 2)
    time.sleep(0.3)
    assert {sender for sender, _, _ in agent.heard} == {PLACE, f"whatsapp:{other}:{MAYA}"}
    paths = {path.split("?")[0] for method, path, _, _ in cloud_api.requests if method == "POST"}
    assert paths == {f"/v23.0/{NUMBER}/messages", f"/v23.0/{other}/messages"}


def test_it_is_seen_and_typing_is_shown(served, cloud_api, agent):
    agent.pause = 1.0
    deliver(served.url, batch(said(MAYA, "slow", message_id="wamid.A")))
    cloud_api.wait_for(MAYA)
    assert sorted(cloud_api.seen) == [("wamid.A", False), ("wamid.A", True)]


def test_a_slow_or_missing_receipt_for_reading_holds_up_nothing(served, cloud_api, agent):
    cloud_api.tokens.clear()  # every call is refused, the receipts too
    deliver(served.url, batch(said(MAYA, "hello")))
    settled(served, "waiting", "no access: HTTP 401, code 190")
    assert agent.texts() == ["hello"]


@pytest.mark.parametrize(
    "fault",
    [
        (500, {}),
        (503, b"<html>busy</html>"),
        RATE,
        (429, {}, {"Retry-After": "1"}),
        error(500, 131000, message="(#131000) Something went wrong"),
        (200, b"<html>sign in to this network</html>"),
    ],
)
def test_what_may_go_later_goes_later(served, cloud_api, fault):
    cloud_api.faults.append(fault)
    deliver(served.url, batch(said(MAYA, "one"), said(MAYA, "two")))
    assert cloud_api.wait_for(MAYA, 2) == ["You said: one", "You said: two"]


def test_one_customer_who_gets_too_much_waits_six_seconds(served, cloud_api):
    cloud_api.faults.append(PAIR)
    started = time.monotonic()
    deliver(served.url, batch(said(MAYA, "one")))
    cloud_api.wait_for(MAYA)
    assert 5.5 < cloud_api.sent[0][0] - started < 12


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (BLOCKED, "blocked: HTTP 400, code 131026"),
        (WINDOW, "outside the window: HTTP 400, code 131047"),
        (error(400, 131051), "invalid: HTTP 400, code 131051"),
    ],
)
def test_a_refusal_is_recorded_with_its_code_and_holds_up_nothing(served, cloud_api, fault, reason):
    cloud_api.faults.append(fault)
    deliver(served.url, batch(said(MAYA, "one"), said(MAYA, "two")))
    assert cloud_api.wait_for(MAYA) == ["You said: two"]
    assert settled(served, "refused", reason) == reason


def test_what_a_status_confirms_is_not_sent_again(served, cloud_api, agent):
    def told(_number, asked):
        deliver(served.url, batch(statuses=[state_of(asked, "sent")]))

    cloud_api.status = told
    cloud_api.faults.append("drop")
    agent.script = lambda message: [{"text": "word " * 1200}]
    deliver(served.url, batch(said(MAYA, "hello")))
    cloud_api.wait_for(MAYA, 2)
    time.sleep(1.5)  # in which it would be tried again
    first, second = cloud_api.texts(MAYA)
    assert len(first) > len(second)


def test_without_a_status_it_is_sent_again(served, cloud_api):
    cloud_api.faults.append("drop")
    deliver(served.url, batch(said(MAYA, "hello")))
    assert cloud_api.wait_for(MAYA, 2) == ["You said: hello"] * 2


def test_what_is_taken_and_fails_later_is_recorded(served, cloud_api):
    post(served, Outgoing("Your label is on its way.", author=AGENT))
    cloud_api.wait_for(MAYA)
    settled(served, "sent", "")
    (_, _, asked), *_ = cloud_api.sent
    failed = state_of(asked, "failed", code=131026)
    for _ in range(2):
        assert deliver(served.url, batch(statuses=[failed])) == 200
    assert settled(served, "refused", "blocked") == "blocked: told later, code 131026"
    later = state_of(asked, "delivered")  # it cannot be; nothing is undone by it
    assert deliver(served.url, batch(statuses=[later])) == 200
    assert len(cloud_api.sent) == 1


def test_a_failure_of_theirs_is_for_a_person_to_send_again(served, cloud_api, tmp_path):
    post(served, Outgoing("word " * 1200, author=AGENT))
    cloud_api.wait_for(MAYA, 2)
    settled(served, "sent", "")
    deliver(served.url, batch(statuses=[state_of(cloud_api.sent[0][2], "failed", code=131000)]))
    settled(served, "failed", "down: told later, code 131000")
    letters = DeadLetters(open_database(f"sqlite:///{tmp_path / 'mail.db'}"))
    (letter,) = letters.newest()
    assert letters.try_again(letter.kind, letter.id)
    first, second, *again = cloud_api.wait_for(MAYA, 4)
    assert again == [first, second]  # from the part on that failed


@pytest.mark.parametrize("status", ["sent", "failed"])
def test_late_word_of_the_time_before_says_nothing_of_the_next(served, cloud_api, tmp_path, status):
    post(served, Outgoing("Your label.", author=AGENT))
    cloud_api.wait_for(MAYA)
    settled(served, "sent", "")
    asked = cloud_api.sent[0][2]
    failed = state_of(asked, "failed", code=131000)
    assert deliver(served.url, batch(statuses=[failed])) == 200
    settled(served, "failed", "down")
    engine = open_database(f"sqlite:///{tmp_path / 'mail.db'}")
    with engine.begin() as db:
        db.execute(sa.update(outbox).values(created_at=time.time() - 60))
    letters = DeadLetters(engine)
    go_on = threading.Event()
    cloud_api.faults.append(go_on)
    assert letters.try_again(letters.newest()[0].kind, letters.newest()[0].id)
    wait_until(lambda: not cloud_api.faults)  # it is on its way
    late = {**state_of(asked, status, code=131026), "timestamp": str(int(time.time()) - 30)}
    assert deliver(served.url, batch(statuses=[late])) == 200
    with engine.connect() as db:
        assert db.execute(sa.select(outbox.c.state, outbox.c.parts)).one() == ("waiting", 0)
    go_on.set()
    settled(served, "sent", "")
    assert deliver(served.url, batch(statuses=[late])) == 200
    assert whatsapp(served).parts.outbox.counts() == {("sent", ""): 1}
    now = state_of(asked, "failed", code=131026)
    assert deliver(served.url, batch(statuses=[now])) == 200
    settled(served, "refused", "blocked")


def test_a_status_of_somebody_elses_message_changes_nothing(served, cloud_api):
    post(served, Outgoing("Hello."))
    cloud_api.wait_for(MAYA)
    settled(served, "sent", "")
    asked = cloud_api.sent[0][2]
    for opaque in ("", "x", "switchboard:1:1", "switchboard:1:1:999", "switchboard:1:0:" + MAYA):
        status = state_of({**asked, "biz_opaque_callback_data": opaque}, "failed", code=131026)
        assert deliver(served.url, batch(statuses=[status])) == 200
    status = state_of(asked, "failed", code=131026)
    assert deliver(served.url, batch(statuses=[status], number="306540352242922")) == 200
    assert whatsapp(served).parts.outbox.counts() == {("sent", ""): 1}


TEMPLATE = {"WHATSAPP_TEMPLATE": "late_answer", "WHATSAPP_TEMPLATE_LANGUAGES": "en_GB, zh_CN"}


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("Your refund\n\n  is on   its way.", "en_GB", "Your refund is on its way."),
        ("退款已经寄出。", "zh_CN", "退款已经寄出。"),
    ],
)
def test_outside_the_window_it_goes_as_the_shops_template(serve, cloud_api, text, language, words):
    served = serve(**TEMPLATE)
    cloud_api.faults.append(WINDOW)
    post(served, Outgoing(text, author=AGENT, agent="Ada"))
    assert cloud_api.wait_for(MAYA) == [words]
    (_, _, sent), *_ = cloud_api.sent
    assert sent["template"]["name"] == "late_answer"
    assert sent["template"]["language"] == {"code": language}
    assert settled(served, "refused", "outside").endswith("; sent in another form")
    settled(served, "sent", "")


def test_what_is_told_later_to_be_outside_the_window_goes_as_the_template_once(serve, cloud_api):
    served = serve(**TEMPLATE)
    post(served, Outgoing("word " * 1200))
    cloud_api.wait_for(MAYA, 2)
    settled(served, "sent", "")
    failed = [state_of(asked, "failed", code=131047) for _, _, asked in cloud_api.sent]
    for status in (*failed, *failed):
        assert deliver(served.url, batch(statuses=[status])) == 200
    text = cloud_api.wait_for(MAYA, 3)[2]
    assert len(text) == 700
    assert text.endswith("…")
    time.sleep(0.5)
    assert kinds(cloud_api) == ["text", "text", "template"]
    assert sum(whatsapp(served).parts.outbox.counts().values()) == 2
    refused = state_of(cloud_api.sent[2][2], "failed", code=132015)  # the template is paused
    assert deliver(served.url, batch(statuses=[refused])) == 200
    settled(served, "refused", "invalid: told later, code 132015")
    assert len(cloud_api.sent) == 3


def test_a_template_has_no_place_for_a_file(serve, cloud_api, tmp_path):
    served = serve(**TEMPLATE)
    post(served, Outgoing("Your label.", author=AGENT, file=SentFile("gone", "application/pdf")))
    assert settled(served, "refused", "invalid") == "invalid: the file is gone"
    cloud_api.faults.append(WINDOW)
    post(served, Outgoing("See the picture", image="https://tidewick.example/a.png"))
    assert cloud_api.wait_for(MAYA) == ["See the picture"]
    assert kinds(cloud_api) == ["template"]


def test_buttons_lists_and_links(served, cloud_api, agent):
    def some(count, title="Choice"):
        return [{"title": f"{title} {n}", "payload": f"/choose{n}"} for n in range(count)]

    link = [{"title": "See it", "url": "https://tidewick.example"}]
    agent.script = lambda message: [
        {"text": "Three?", "buttons": some(3)},
        {"text": "Ten?", "buttons": some(10)},
        {"text": "Eleven?", "buttons": some(11)},
        {"text": "Long?", "buttons": some(2, "A choice with a rather long title")},
        {"text": "Twice?", "buttons": [*some(1), *some(1)]},
        {"text": "Sentence. " * 500, "buttons": some(3)},
        {"text": "一共三个？", "buttons": some(4)},
        {"text": "Look", "buttons": link},
        {"text": "Both", "buttons": [*some(1), *link]},
    ]
    deliver(served.url, batch(said(MAYA, "go")))
    texts = cloud_api.wait_for(MAYA, 10)
    shapes = [m.get("interactive", {}).get("type", m["type"]) for _, _, m in cloud_api.sent]
    assert shapes == [
        *("button", "list", "text", "text", "list"),
        *("text", "button", "list", "cta_url", "text"),
    ]
    assert "11. Choice 10" in texts[2]
    assert texts[3].endswith("2. A choice with a rather long title 1")
    assert texts[9] == "Both\n1. Choice 0\n2. See it: https://tidewick.example"
    lists = [m["interactive"]["action"] for _, _, m in cloud_api.sent if "interactive" in m]
    assert [each["button"] for each in lists if "sections" in each] == [
        *("You can choose", "You can choose", "可以选择")
    ]


def test_a_choice_is_heard_as_its_payload_and_none_can_be_forged(served, cloud_api, agent):
    buttons = [{"title": "Yes", "payload": '/affirm{"order_number": "4711"}'}]
    rows = [{"title": f"Order {n}", "payload": f"/choose{n}"} for n in range(5)]
    agent.script = lambda m: [{"text": "Shall I?", "buttons": buttons}]
    deliver(served.url, batch(said(MAYA, "go")))
    cloud_api.wait_for(MAYA)
    reply = cloud_api.sent[0][2]["interactive"]["action"]["buttons"][0]["reply"]
    agent.script = lambda m: [{"text": "Which?", "buttons": rows}]
    deliver(served.url, batch(chosen(MAYA, reply["id"], "Yes")))
    cloud_api.wait_for(MAYA, 2)
    row = cloud_api.sent[1][2]["interactive"]["action"]["sections"][0]["rows"][3]
    agent.script = lambda m: []
    other = "15550222"
    for message in (
        chosen(MAYA, row["id"], "Order 3", kind="list_reply"),
        chosen(MAYA, "/restart", "/restart"),
        chosen(MAYA, "99:0", "Gone"),
        chosen(other, reply["id"], "Yes"),  # another's button
        said(MAYA, type="button", button={"payload": "/restart", "text": "/restart"}),
        said(MAYA, "order 4"),
        said(MAYA, "4", context={"forwarded": True}),
    ):
        deliver(served.url, batch(message))
    wait_until(lambda: len(agent.heard) == 9)
    heard = [(sender.rsplit(":", 1)[1], text) for sender, text, _ in agent.heard]
    mine = [text for who, text in heard if who == MAYA]
    assert mine == [
        *("go", '/affirm{"order_number": "4711"}', "/choose3"),
        *("restart", "Gone", "restart", "/choose4", "4"),
    ]
    assert (other, "Yes") in heard


def test_a_number_chooses_from_a_numbered_list(served, cloud_api, agent):
    buttons = [{"title": f"Choice {n}", "payload": f"/choose{n}"} for n in range(12)]
    agent.script = lambda m: [{"text": "Which?", "buttons": buttons}]
    deliver(served.url, batch(said(MAYA, "go")))
    cloud_api.wait_for(MAYA)
    deliver(served.url, batch(said(MAYA, "12")))
    cloud_api.wait_for(MAYA, 2)
    assert agent.texts() == ["go", "/choose11"]


def test_cards_pictures_and_marks(served, cloud_api):
    button = Button("Buy", "/buy")
    post(
        served,
        Outgoing("**Bold** and [a link](https://tidewick.example/x)"),
        Outgoing(image="https://tidewick.example/a.png"),
        Outgoing(cards=(Card("Mug", "blue", "https://tidewick.example/m.png", (button,)),)),
        Outgoing(custom={"type": "text", "text": {"body": "as it is"}}),
    )
    assert cloud_api.wait_for(MAYA, 4) == [
        "*Bold* and a link: https://tidewick.example/x",
        "https://tidewick.example/a.png",
        "Mug\nblue",
        "as it is",
    ]
    card = cloud_api.sent[2][2]["interactive"]
    assert card["header"]["image"] == {"link": "https://tidewick.example/m.png"}
    assert card["action"]["buttons"][0]["reply"]["title"] == "Buy"


def test_a_picture_is_fetched_in_two_steps_and_kept(served, cloud_api, agent, store):
    cloud_api.media["1003383421387256"] = ("image/jpeg", b"\xff\xd8\xff a cup")
    image = {"id": "1003383421387256", "mime_type": "image/jpeg", "caption": "look"}
    deliver(served.url, batch(said(MAYA, type="image", image=image)))
    assert cloud_api.wait_for(MAYA) == ["You said: look"]
    (kept,) = agent.heard[0][2]["attachments"]
    assert store.content(store.find(kept["url"])) == b"\xff\xd8\xff a cup"


@pytest.mark.parametrize("wrong", ["unknown", "not a picture", "elsewhere"])
def test_a_picture_that_cannot_be_had_is_still_acknowledged(served, cloud_api, agent, wrong):
    if wrong == "not a picture":
        cloud_api.media["5"] = ("image/jpeg", b"<html>")
    elif wrong == "elsewhere":
        cloud_api.media["5"] = ("image/jpeg", b"x")
        cloud_api._media_address = lambda *_: (200, {"url": "http://169.254.169.254/"}, {})
    deliver(served.url, batch(said(MAYA, type="image", image={"id": "5"})))
    cloud_api.wait_for(MAYA)
    assert agent.heard[0][1] == "/send_attachment"
    assert agent.heard[0][2]["attachments"] == [{"kind": "image", "url": "whatsapp-media:5"}]


def test_an_agents_file_is_uploaded_and_sent_once(served, cloud_api, store):
    file = store.keep(PLACE, b"%PDF-1.7 a label", "label.pdf")
    sent = SentFile(file.id, file.mime, file.name)
    cloud_api.upload_faults += [(500, {}), (0, b"")]  # neither leaves open whether it arrived
    post(served, Outgoing("Your label.", author=AGENT, agent="Ada", file=sent))
    assert cloud_api.wait_for(MAYA, 2) == ["file", "Your label."]
    document = cloud_api.sent[0][2]["document"]
    assert document["filename"] == "label.pdf"
    told = {"filename": "label.pdf", "type": "application/pdf", "size": file.size}
    assert cloud_api.uploaded[document["id"]] == told


@pytest.mark.parametrize(("more", "kind"), [(b" small", "image"), (b"x" * 5_000_001, "document")])
def test_a_picture_of_an_agent(served, cloud_api, store, more, kind):
    file = store.keep(PLACE, b"\xff\xd8\xff" + more, "cup.jpg")
    post(served, Outgoing(author=AGENT, file=SentFile(file.id, file.mime, file.name)))
    cloud_api.wait_for(MAYA)
    assert kinds(cloud_api) == [kind]


def test_what_a_person_answers_at_the_desk_arrives(served, cloud_api, tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'mail.db'}")
    ada = Directory(engine).add("ada", "Ada", Role.AGENT, "a long enough one", None)
    ticket, _ = TicketBook(engine).open(PLACE, "whatsapp", tell_story([], ASKED, None, False))
    desk = acts(engine)
    assert desk.take(ticket, ada)
    assert desk.answer(ticket, ada, "I have found your parcel.", "k1")
    assert cloud_api.wait_for(MAYA) == ["I have found your parcel."]
    wait_until(lambda: desk.entries(ticket)[-1].state == "sent")
    deliver(served.url, batch(statuses=[state_of(cloud_api.sent[0][2], "failed", code=131047)]))
    wait_until(lambda: desk.entries(ticket)[-1].state == "refused")
    assert desk.entries(ticket)[-1].reason == "outside the window: told later, code 131047"


def test_an_agents_message_is_not_doubled(served, cloud_api):
    cloud_api.faults.append("drop")
    post(served, Outgoing("Once.", author=AGENT))
    settled(served, "failed", "unsure")
    assert cloud_api.texts(MAYA) == ["Once."]


def test_who_goes_by_a_username_is_answered_by_their_id(served, cloud_api, agent):
    message = {**said(0, "hello"), "from_user_id": SCOPED}
    del message["from"]
    deliver(served.url, batch(message))
    assert cloud_api.wait_for(SCOPED) == ["You said: hello"]
    assert agent.heard[0][0] == f"whatsapp:{NUMBER}:{SCOPED}"
    asked = cloud_api.sent[0][2]
    assert "to" not in asked
    assert deliver(served.url, batch(statuses=[state_of(asked, "failed", code=131062)])) == 200
    settled(served, "refused", "invalid: told later, code 131062")


def test_names_are_used_where_the_shop_allows_it(serve, cloud_api, agent):
    served = serve(SWITCHBOARD_CUSTOMER_NAMES="yes")
    deliver(served.url, batch(said(MAYA, "hello"), name="Maya Example"))
    deliver(served.url, batch(said(MAYA, "bye"), name="~*x*~"))
    cloud_api.wait_for(MAYA, 2)
    assert [metadata.get("name") for _, _, metadata in agent.heard] == ["Maya", None]


def test_odd_deliveries_are_acknowledged(served, agent):
    page = batch(said(MAYA, "hello"))
    page["object"] = "page"
    field = batch(said(MAYA, "hello"))
    field["entry"][0]["changes"][0]["field"] = "message_template_status_update"
    group = batch(said(MAYA, "hello", group_id="120363"))
    for body in (page, field, group, batch(said("+1 555", "hello")), batch(said(MAYA, "  "))):
        assert deliver(served.url, body) == 200
    assert deliver(served.url, b"[1, 2]") == 400
    assert deliver(served.url, b"{" * 50_000) == 400
    assert deliver(served.url, batch(said(MAYA, "x" * 3_000_001))) == 413
    time.sleep(0.3)
    assert agent.heard == []


def test_killed_between_sending_and_its_note_nothing_is_doubled(serve, cloud_api, agent, tmp_path):
    """As after kill -9, with what Meta told another process, or the next one, of the message."""
    first = serve()
    deliver(first.url, batch(said(MAYA, "cancel it")))
    cloud_api.wait_for(MAYA)
    settled(first, "sent", "")
    first.stop()
    engine = open_database(f"sqlite:///{tmp_path / 'mail.db'}")
    with engine.begin() as db:
        db.execute(sa.update(outbox).values(waiting_for=PLACE, state="waiting", parts=0))
        later = time.time() + 3  # while the next process starts and is told
        db.execute(sa.update(outbox).values(due_at=later))
    second = serve()
    status = state_of(cloud_api.sent[0][2], "delivered")
    assert deliver(second.url, batch(statuses=[status])) == 200
    settled(second, "sent", "")
    deliver(second.url, batch(said(MAYA, "bye")))
    assert cloud_api.wait_for(MAYA, 2) == ["You said: cancel it", "You said: bye"]


def test_an_api_that_is_down_is_waited_for(served, cloud_api):
    cloud_api.close()
    deliver(served.url, batch(said(MAYA, "hello")))
    settled(served, "waiting", "down")
    again = FakeCloudApi()
    whatsapp(served).parts.platform._graph._root = f"{again.url}/v23.0"
    assert again.wait_for(MAYA) == ["You said: hello"]
    again.close()
