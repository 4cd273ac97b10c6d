"""Public comments on Facebook and Instagram over HTTP, against a fake Graph API."""

import json
import time

import pytest
import sqlalchemy as sa

from switchboard.conversations.log import ConversationLog
from switchboard.database.connection import open_database
from switchboard.database.tables import comment_replies, inbox, outbox
from switchboard.tickets.ticket_book import TicketBook
from tests.comments.conftest import parsed, switched_on
from tests.fakes.graph_feed import NO_COMMENT, TOO_LATE, comment_in
from tests.fakes.graph_server import PAGE, RATE, batch, deliver, pressed, said

ASKS, PRAISES = "How long does delivery take?", "So pretty, love it"
COMPLAINS = "I have been waiting 5 weeks for my parcel"
READ = {
    ASKS: parsed("delivery_period"),
    "Where is my order?": parsed("track_order"),
    "Is it waterproof?": parsed(),
    PRAISES: parsed("review", level="glad"),
    COMPLAINS: parsed("negative_sentiment", level="angry", cause="anger", below="track_order"),
    "you scum": parsed("negative_sentiment", level="angry", cause="anger", below="complaint"),
    "My order is 48213, where is it?": parsed(
        "track_order", entities=[{"entity": "order_number", "value": "48213"}]
    ),
}


@pytest.fixture
def on(serve, agent, tmp_path):
    """Start a server with comments on; `on(hide={…})` with other rules."""

    async def parse_message(text):
        agent.parsed.append(text)
        return READ.get(text, parsed())

    agent.parsed, agent.parse_message = [], parse_message

    def start(settings=None, **changes):
        folder = tmp_path / "data"
        folder.mkdir(exist_ok=True)
        switched_on(folder, **changes)
        return serve(SWITCHBOARD_DATA_DIR=str(folder), **(settings or {}))

    return start


@pytest.fixture
def database(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'mail.db'}")
    yield engine
    engine.dispose()


def until(true, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def settled(database, seconds=30.0):
    """Wait until no comment and no reply waits."""

    def quiet():
        with database.connect() as db:
            return not any(
                db.execute(
                    sa.select(sa.func.count()).where(
                        table.c.waiting_for.is_not(None), table.c.channel == "facebook-comments"
                    )
                ).scalar()
                for table in (inbox, outbox)
            )

    until(quiet, seconds)


def test_a_question_is_answered_in_public_and_then_in_private(on, graph, database):
    served, body = on(), graph.feed.comments(7, ASKS)
    assert deliver(served.url, body) == 200
    comment = comment_in(body)
    until(lambda: graph.feed.answers.get(comment))
    settled(database)
    (public,), (private,) = graph.feed.answers[comment], graph.feed.written[comment]
    assert public.startswith("Standard delivery takes 3 to 5 working days")
    assert "?" not in public
    assert "order" not in public
    assert private["text"].startswith(public)
    assert "automated assistant" in private["text"]
    payload = private["quick_replies"][0]["payload"]
    assert payload == "/delivery_period"
    lines = ConversationLog(database).everything(f"facebook:{PAGE}:87")
    assert [line.get("text") for line in lines[:2]] == [ASKS, private["text"]]
    assert lines[0]["metadata"]["comment"]["id"] == comment


def test_the_customer_goes_on_in_private(on, graph, agent, database):
    served, body = on(), graph.feed.comments(7, "Where is my order?")
    deliver(served.url, body)
    until(lambda: graph.feed.written)
    settled(database)
    assert graph.feed.answers[comment_in(body)] == [
        "Thanks for asking! We have just sent you a private message."
    ]
    button = graph.feed.written[comment_in(body)][0]["quick_replies"][0]["payload"]
    deliver(served.url, batch(pressed(87, button)))
    graph.wait_for(87)
    assert agent.heard[0][:2] == (f"facebook:{PAGE}:87", "/track_order")


def test_a_complaint_gets_a_private_reply_and_a_ticket_and_nothing_in_public(on, graph, database):
    served, body = on(), graph.feed.comments(7, COMPLAINS)
    deliver(served.url, body)
    until(lambda: graph.feed.written)
    settled(database)
    assert not graph.feed.answers
    (ticket,) = TicketBook(database).waiting()
    assert (ticket.conversation_id, ticket.channel) == (f"facebook:{PAGE}:87", "facebook")
    assert ticket.story.summary.startswith("Began with a public comment (facebook, post 1001_55)")
    assert COMPLAINS in ticket.story.summary
    assert "/posts/55" in ticket.story.summary
    assert ticket.story.asked == COMPLAINS


def test_a_complaint_that_cannot_be_answered_keeps_its_ticket(on, graph, database):
    graph.feed.private_faults.append(TOO_LATE)
    served = on()
    deliver(served.url, graph.feed.comments(7, COMPLAINS))
    until(lambda: TicketBook(database).waiting())
    settled(database)
    (ticket,) = TicketBook(database).waiting()
    assert ticket.channel == "facebook-comments"
    assert not graph.feed.written
    assert not graph.feed.answers


def test_what_is_not_written_is_not_said_to_be(on, graph, database):
    graph.feed.private_faults.append(TOO_LATE)
    served, body = on(), graph.feed.comments(7, "Where is my order?")
    deliver(served.url, body)
    until(lambda: graph.feed.answers)
    (public,) = graph.feed.answers[comment_in(body)]
    assert "Please send us a private message" in public


def test_praise_is_thanked_for(on, graph, database):
    served, body = on(), graph.feed.comments(7, PRAISES)
    deliver(served.url, body)
    until(lambda: graph.feed.answers)
    settled(database)
    assert not graph.feed.written
    assert len(graph.feed.answers[comment_in(body)]) == 1


def test_a_customers_own_data_leads_to_the_private_reply_alone(on, graph, database):
    served = on(hide={"personal": True})
    body = graph.feed.comments(7, "My order is 48213, where is it?")
    deliver(served.url, body)
    until(lambda: graph.feed.hidden)
    settled(database)
    assert graph.feed.hidden == set(graph.feed.written) == {comment_in(body)}
    assert not graph.feed.answers
    assert "48213" not in json.dumps(graph.feed.written)


@pytest.mark.parametrize("hides", [True, False])
def test_abuse_is_hidden_if_the_shop_says_so(on, graph, database, hides):
    served, body = on(hide={"abuse": hides}), graph.feed.comments(7, "you scum")
    deliver(served.url, body)
    until(lambda: served.agent.parsed)
    settled(database)
    assert graph.feed.hidden == ({comment_in(body)} if hides else set())
    assert not graph.feed.answers
    assert not graph.feed.written


def test_once_for_a_person_and_post_over_restarts(on, graph, database):
    served = on()
    first = graph.feed.comments(7, ASKS)
    deliver(served.url, first)
    until(lambda: graph.feed.answers)
    settled(database)
    served.stop()
    served = on()
    deliver(served.url, first)
    deliver(served.url, graph.feed.comments(7, "Is it waterproof?"))
    deliver(served.url, graph.feed.comments(7, "Is it waterproof?", post="1001_56"))
    deliver(served.url, graph.feed.comments(8, ASKS))
    until(lambda: len(graph.feed.answers) == 3)
    settled(database)
    assert sum(map(len, graph.feed.answers.values())) == 3


def test_who_complains_after_a_reply_has_a_ticket(on, graph, database):
    served = on()
    deliver(served.url, graph.feed.comments(7, ASKS))
    until(lambda: graph.feed.answers)
    settled(database)
    deliver(served.url, graph.feed.comments(7, COMPLAINS))
    until(lambda: TicketBook(database).waiting())
    settled(database)
    (ticket,) = TicketBook(database).waiting()
    assert (ticket.conversation_id, ticket.channel) == (f"facebook:{PAGE}:87", "facebook")
    assert COMPLAINS in ticket.story.summary
    assert sum(map(len, graph.feed.answers.values())) == 1 == len(graph.feed.written)


def test_two_processes_reply_once(on, graph, database):
    one, other = on(), on()
    for number in range(10):
        body = graph.feed.comments(number + 20, ASKS)
        deliver(one.url, body)
        deliver(other.url, body)
        deliver(other.url, graph.feed.comments(number + 20, "Is it waterproof?"))
    until(lambda: len(graph.feed.answers) == 10)
    settled(database)
    assert [len(said) for said in graph.feed.answers.values()] == [1] * 10
    assert len(graph.feed.written) == 10


@pytest.mark.parametrize(
    "change",
    [
        {"verb": "edited"},
        {"verb": "hide"},
        {"item": "post"},
        {"item": "reaction"},
        {"from": {"id": PAGE, "name": "Shop"}},
        {"from": None},
    ],
)
def test_what_is_no_new_comment_of_a_customer_is_nothing(on, graph, database, agent, change):
    served = on()
    deliver(served.url, graph.feed.comments(7, ASKS, **change))
    deliver(served.url, graph.feed.comments(9, PRAISES))
    until(lambda: graph.feed.answers)
    settled(database)
    assert agent.parsed == [PRAISES]


def test_what_is_too_old_to_be_answered_is_still_people_s(on, graph, database):
    """As after days without a server: the platform delivers again for days."""
    served, old = on(), {"created_time": int(time.time()) - 3 * 86400}
    deliver(served.url, graph.feed.comments(7, ASKS, **old))
    deliver(served.url, graph.feed.comments(8, COMPLAINS, **old))
    deliver(served.url, graph.feed.comments(9, PRAISES))
    until(lambda: graph.feed.answers)
    settled(database)
    assert len(graph.feed.answers) == 1
    assert not graph.feed.written
    (ticket,) = TicketBook(database).waiting()
    assert COMPLAINS in ticket.story.summary


def test_a_comment_that_was_taken_away_is_not_answered(on, graph, database, agent):
    served = on()
    agent.ready = False
    body = graph.feed.comments(7, ASKS)
    deliver(served.url, body)
    gone = graph.feed.comments(7, "", comment=comment_in(body), verb="remove")
    deliver(served.url, gone)
    agent.ready = True
    deliver(served.url, graph.feed.comments(9, PRAISES))
    until(lambda: graph.feed.answers)
    settled(database)
    assert agent.parsed == [PRAISES]
    assert len(graph.feed.answers) == 1
    assert not graph.feed.written


def test_a_comment_that_is_gone_when_it_is_answered_harms_nothing(on, graph, database):
    graph.feed.private_faults.append(NO_COMMENT)
    graph.feed.faults.append(NO_COMMENT)
    served = on()
    deliver(served.url, graph.feed.comments(7, ASKS))
    deliver(served.url, graph.feed.comments(9, ASKS))
    until(lambda: graph.feed.answers)
    settled(database)
    assert len(graph.feed.answers) == 1


@pytest.mark.parametrize(
    "fault", ["drop", (500, {}, {}), (*RATE, {}), (429, {}, {"Retry-After": "1"})]
)
@pytest.mark.parametrize("part", ["faults", "private_faults"])
def test_each_part_is_done_once_whatever_becomes_of_the_call(on, graph, database, fault, part):
    getattr(graph.feed, part).append(fault)
    served, body = on(), graph.feed.comments(7, ASKS)
    deliver(served.url, body)
    until(lambda: graph.feed.answers.get(comment_in(body)), 60)
    settled(database, 60)
    assert len(graph.feed.answers[comment_in(body)]) == 1
    assert len(graph.feed.written[comment_in(body)]) == 1
    with database.connect() as db:
        row = db.execute(sa.select(comment_replies)).one()
    assert (row.private, row.conversation) == ("sent", f"facebook:{PAGE}:87")


def test_a_process_that_ends_in_the_middle_doubles_nothing(on, graph, database):
    """The private reply is out, and nothing of it was noted."""
    served, body = on(), graph.feed.comments(7, ASKS)
    deliver(served.url, body)
    until(lambda: graph.feed.answers)
    settled(database)
    served.stop()
    with database.begin() as db:
        again = {"private": "begun", "conversation": None}
        db.execute(sa.update(comment_replies).values(**again))
        mine = outbox.c.channel == "facebook-comments"
        waits = {"waiting_for": outbox.c.conversation, "state": "waiting", "parts": 0}
        db.execute(sa.update(outbox).where(mine).values(**waits))
    on()
    settled(database)
    assert sum(map(len, graph.feed.answers.values())) == 1 == len(graph.feed.written)
    assert graph.feed.asked == [comment_in(body), f"{comment_in(body)}/comments"]
    with database.connect() as db:
        assert db.execute(sa.select(comment_replies.c.private)).scalar() == "sent"


def test_instagram(on, graph, database):
    served, body = on(), graph.feed.comments_on_instagram(7, ASKS)
    deliver(served.url, body)
    until(lambda: graph.feed.answers)
    settled(database)
    assert comment_in(body) in graph.feed.written
    assert ConversationLog(database).everything(f"instagram:{PAGE}:87")
    reply = graph.feed.comments_on_instagram(9, ASKS, parent_id=comment_in(body))
    deliver(served.url, reply)
    until(lambda: len(graph.feed.answers[comment_in(body)]) == 2)


def test_instagram_that_cannot_tell_whether_it_was_written(on, graph, database):
    graph.feed.private_faults.append("drop")
    served, body = on(), graph.feed.comments_on_instagram(7, ASKS)
    deliver(served.url, body)
    until(lambda: graph.feed.answers, 20)
    settled(database)
    assert len(graph.feed.written) == 1
    with database.connect() as db:
        row = db.execute(sa.select(comment_replies)).one()
    assert (row.private, row.conversation) == ("sent", f"instagram:{PAGE}:7")


def test_a_post_that_everybody_comments_on_fills_nothing(on, graph, database, agent):
    served = on(limits={"per_post_hour": 5})
    for start in range(0, 1000, 100):
        bodies = [graph.feed.comments(start + n + 100, ASKS) for n in range(100)]
        entries = [entry for body in bodies for entry in body["entry"]]
        assert deliver(served.url, {"object": "page", "entry": entries}) == 200
    started = time.monotonic()
    deliver(served.url, batch(said(5, "hello")))
    graph.wait_for(5)
    assert time.monotonic() - started < 3
    settled(database, 60)
    assert sum(map(len, graph.feed.answers.values())) == 5 == len(graph.feed.written)
    assert len(agent.parsed) <= 50  # ten for each reply: any of them may complain
    with database.connect() as db:
        mine = inbox.c.channel == "facebook-comments"
        assert db.execute(sa.select(sa.func.count()).where(mine)).scalar() == 50


def test_off_unless_switched_on(serve, graph, agent):
    served = serve()
    assert deliver(served.url, graph.feed.comments(7, ASKS)) == 200
    deliver(served.url, batch(said(5, "hello")))
    graph.wait_for(5)
    assert not graph.feed.answers
    assert not graph.feed.written


def test_a_forged_delivery_is_refused(on, graph, agent):
    served = on()
    assert deliver(served.url, graph.feed.comments(7, ASKS), secret="other") == 403
    assert not agent.parsed


def test_a_typed_command_is_none(on, graph, agent, database):
    served = on()
    deliver(served.url, graph.feed.comments(7, '/restart{"a": 1} is it blue?'))
    until(lambda: agent.parsed)
    assert not agent.parsed[0].startswith("/")
