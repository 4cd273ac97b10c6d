"""Posts that speak to the account on X, over HTTP, against a fake of its API."""

import time

import pytest
import sqlalchemy as sa

from switchboard.channels.x.x_posts import read_post_arrivals
from switchboard.conversations.log import ConversationLog
from switchboard.database.connection import open_database
from switchboard.database.tables import comment_replies, inbox, outbox
from switchboard.tickets.ticket_book import TicketBook
from tests.comments.conftest import parsed, switched_on
from tests.fakes.x_server import (
    ACCOUNT,
    BLOCKED,
    batch,
    deleted,
    deliver,
    limited,
    posted,
    posts,
    problem,
    said,
    snowflake,
)

ASKS = "@tidewick how long does delivery take?"
ORDER = "@tidewick where is my order?"
PRAISES = "@tidewick so pretty, love it"
COMPLAINS = "@tidewick I have been waiting 5 weeks for my parcel"
READ = {
    ASKS: parsed("delivery_period"),
    ORDER: parsed("track_order"),
    PRAISES: parsed("review", level="glad"),
    COMPLAINS: parsed("negative_sentiment", level="angry", cause="anger", below="track_order"),
    "how long does delivery take?": parsed("delivery_period"),
    "and where is my order?": parsed("track_order"),
}
WRITTEN = "Thanks for asking! We have just sent you a private message."
WRITE_US = "Thanks for asking! Please send us a private message, and we will look into it."


@pytest.fixture
def on(serve, agent, tmp_path):
    """Start a server with mentions on; `on(hide={…})` with other rules."""

    async def parse_message(text):
        return READ.get(text, parsed())

    agent.parse_message = parse_message

    def start(**changes):
        folder = tmp_path / "data"
        folder.mkdir(exist_ok=True)
        switched_on(folder, **{"platforms": {"x": True}, **changes})
        return serve(SWITCHBOARD_DATA_DIR=str(folder))

    return start


@pytest.fixture
def database(tmp_path):
    engine = open_database(f"sqlite:///{tmp_path / 'mail.db'}")
    yield engine
    engine.dispose()


def settled(database, seconds=15.0):
    """Wait until no post and no reply waits."""
    deadline = time.monotonic() + seconds
    while True:
        with database.connect() as db:
            waiting = [
                db.execute(
                    sa.select(sa.func.count()).where(
                        table.c.waiting_for.is_not(None), table.c.channel == "x-comments"
                    )
                ).scalar()
                for table in (inbox, outbox)
            ]
        if not any(waiting):
            return
        assert time.monotonic() < deadline, waiting
        time.sleep(0.05)


def answers(fake_x):
    """What the account said in public, by the post that it answered."""
    return {post["referenced_tweets"][0]["id"]: post["text"] for post in fake_x.posts}


def test_a_question_is_answered_in_private_and_in_public(on, fake_x, agent, database):
    served, post = on(), posted(7, ASKS)
    assert deliver(served.url, posts(post)) == 200
    settled(database)
    (private,) = fake_x.texts(7)
    public = answers(fake_x)[post["id_str"]]
    assert public.startswith("Standard delivery takes")
    assert "?" not in public
    assert public in private
    assert "automated assistant" in private
    lines = ConversationLog(database).everything(f"x:{ACCOUNT}:7")
    assert [line.get("text") for line in lines[:2]] == [ASKS, private]
    deliver(served.url, batch(said(7, "yes please")))
    fake_x.wait_for(7, 2)
    assert agent.heard[0][:2] == (f"x:{ACCOUNT}:7", "yes please")


def test_nothing_of_an_order_is_said_in_public(on, fake_x, database):
    served, post = on(), posted(7, ORDER)
    deliver(served.url, posts(post))
    settled(database)
    assert answers(fake_x) == {post["id_str"]: WRITTEN}


def test_who_takes_no_messages_is_asked_to_write(on, fake_x, database):
    served, post = on(), posted(7, ORDER)
    fake_x.faults.append(BLOCKED)
    deliver(served.url, posts(post))
    settled(database)
    assert answers(fake_x) == {post["id_str"]: WRITE_US}
    assert fake_x.texts(7) == []


def test_a_complaint_is_a_ticket_and_nothing_public(on, fake_x, database):
    served, post = on(), posted(7, COMPLAINS)
    deliver(served.url, posts(post))
    settled(database)
    assert fake_x.posts == []
    assert len(fake_x.texts(7)) == 1
    ticket = TicketBook(database).open_for(f"x:{ACCOUNT}:7")
    assert ticket.channel == "x"
    assert f"https://x.com/i/status/{post['id_str']}" in ticket.story.summary


def test_praise_is_thanked_for(on, fake_x, database):
    served = on()
    deliver(served.url, posts(posted(7, PRAISES)))
    settled(database)
    assert len(fake_x.posts) == 1
    assert fake_x.sent == []


def test_a_delivery_is_answered_once_however_often_it_comes(on, fake_x, database):
    served, post = on(), posted(7, ASKS)
    for _ in range(3):
        assert deliver(served.url, posts(post)) == 200
    settled(database)
    deliver(served.url, posts(post))
    settled(database)
    assert len(fake_x.posts) == len(fake_x.sent) == 1


def test_going_on_below_our_answer_is_no_ping_pong(on, fake_x, database):
    served, first = on(), posted(7, ORDER)
    deliver(served.url, posts(first))
    settled(database)
    for number in range(4):
        ours = fake_x.posts[-1]["id"] if fake_x.posts else "1"
        text = f"@tidewick {['and where is my order?', 'how long does delivery take?'][number % 2]}"
        begin = {"display_text_range": [10, len(text)]}
        replied = posted(7, text, replied_to=ours, replied_user=ACCOUNT, **begin)
        deliver(served.url, posts(replied))
        settled(database)
    assert len(fake_x.posts) <= 2, "its own post, and one reply of a day"
    assert len(fake_x.texts(7)) <= 2


@pytest.mark.parametrize("fault", [problem(503, "busy"), "drop"])
def test_an_answer_is_posted_once_though_x_was_away(on, fake_x, database, fault):
    served, post = on(), posted(7, ASKS)
    fake_x.post_faults.append(fault)
    deliver(served.url, posts(post))
    settled(database)
    assert list(answers(fake_x)) == [post["id_str"]]
    assert len(fake_x.posts) == len(fake_x.sent) == 1


def test_a_private_reply_is_written_once_though_no_answer_came(on, fake_x, database):
    served, post = on(), posted(7, ASKS)
    fake_x.faults.append("drop")
    deliver(served.url, posts(post))
    settled(database)
    assert len(fake_x.texts(7)) == 1
    assert len(fake_x.posts) == 1


@pytest.mark.parametrize("seconds", [2, -1])  # the second has passed by our clock
def test_a_limit_is_waited_for(on, fake_x, database, seconds):
    served, post = on(), posted(7, ORDER)
    fake_x.faults.append(limited(seconds))
    deliver(served.url, posts(post))
    settled(database)
    assert len(fake_x.texts(7)) == 1
    assert answers(fake_x) == {post["id_str"]: WRITTEN}


def test_words_that_x_takes_for_a_repetition_are_left(on, fake_x, database):
    served = on()
    for author in (7, 8):
        deliver(served.url, posts(posted(author, ORDER)))
        settled(database)
    assert len(fake_x.posts) == 1  # the second in private alone
    assert len(fake_x.texts(8)) == 1


def test_abuse_is_hidden_where_the_shop_says_so(on, fake_x, database):
    served = on(hide={"abuse": True})
    post = posted(7, "@tidewick you scum", replied_to="1", replied_user=ACCOUNT)
    deliver(served.url, posts(post))
    settled(database)
    assert fake_x.hidden == [post["id_str"]]
    assert fake_x.posts == fake_x.sent == []


def test_a_post_that_was_deleted_is_not_answered(on, fake_x, agent, database):
    served, post = on(), posted(7, ASKS)
    agent.ready = False  # what comes waits
    deliver(served.url, posts(post))
    time.sleep(0.3)
    deliver(served.url, deleted(post))
    agent.ready = True
    settled(database)
    assert fake_x.posts == fake_x.sent == []


def test_off_until_the_shop_says_so(served, fake_x, database):
    deliver(served.url, posts(posted(7, ASKS)))
    time.sleep(0.5)
    assert fake_x.requests == []
    with database.connect() as db:
        assert db.execute(sa.select(sa.func.count()).select_from(comment_replies)).scalar() == 0


MENTION = posted(7, ASKS)
AT_END = "they told me to ask @tidewick, is that so?"
QUOTED = {"quoted_status": posted(ACCOUNT, "new mugs")}
LONG = {
    "entities": {"user_mentions": []},
    "truncated": True,
    "extended_tweet": {
        "full_text": "a long story, " * 30 + AT_END,
        "display_text_range": [0, 460],
        "entities": {"user_mentions": [{"id_str": ACCOUNT, "indices": [440, 449]}]},
    },
}
BEFORE = {"display_text_range": [10, 30]}
HEARD = {
    "a mention": MENTION,
    "a mention at the end": posted(7, AT_END),
    "in a long post": posted(7, "a long story of 140 characters…", **LONG),
    "in a quotation": posted(7, ASKS, **QUOTED),
    "a reply to us": posted(7, ASKS, replied_to="5", replied_user=ACCOUNT, **BEFORE),
    "within the words of a reply to somebody": posted(7, AT_END, replied_to="5", replied_user="8"),
}
NOT_HEARD = {
    "our own": posted(ACCOUNT, ASKS),
    "a repost": posted(7, ASKS, retweeted_status=MENTION),
    "a quotation without our name": posted(7, "look", **QUOTED),
    "a reply to somebody that carries our name": posted(
        7, ASKS, replied_to="5", replied_user="8", **BEFORE
    ),
    "of nobody": {**MENTION, "user": {}},
    "without a number": {**MENTION, "id_str": None},
}


@pytest.mark.parametrize("name", HEARD)
def test_what_speaks_to_us(name):
    ((comment, arrival),) = read_post_arrivals(posts(HEARD[name]), ACCOUNT)
    assert (comment.platform, comment.account, comment.author) == ("x", ACCOUNT, "7")
    assert comment.is_reply == ("reply" in name)
    assert comment.post.startswith("replies-" if comment.is_reply else comment.id)
    assert arrival.conversation == comment.thread
    assert comment.to_us
    assert ("@tidewick" in comment.text) == (name != "a reply to us")


@pytest.mark.parametrize("name", NOT_HEARD)
def test_what_does_not(name):
    assert read_post_arrivals(posts(NOT_HEARD[name]), ACCOUNT) == []


def test_of_whom_we_hear():
    assert read_post_arrivals(posts(MENTION, account="999"), ACCOUNT) == []
    assert read_post_arrivals({**posts(MENTION), "user_has_blocked": "true"}, ACCOUNT) == []


def test_the_other_product_tells_of_mentions_too():
    number = snowflake()
    mentioned = {"mentions": [{"id": ACCOUNT, "username": "tidewick", "start": 0, "end": 9}]}
    post = {"id": number, "author_id": "7", "text": ASKS, "entities": mentioned}
    told = {"event_type": "post.mention.create", "filter": {"user_id": ACCOUNT}, "payload": post}
    ((comment, _),) = read_post_arrivals({"data": told}, ACCOUNT)
    assert (comment.id, comment.post, comment.text) == (number, number, ASKS)
    other = {"data": {**told, "filter": {"user_id": "999"}}}
    assert read_post_arrivals(other, ACCOUNT) == []
    repost = {**post, "referenced_tweets": [{"type": "retweeted", "id": "1"}]}
    assert read_post_arrivals({"data": {**told, "payload": repost}}, ACCOUNT) == []


def test_by_either_product_it_is_one_and_its_time_is_its_numbers():
    number = snowflake(at=1_780_000_000)
    post = {"id": number, "author_id": "7", "text": ASKS}
    told = {"event_type": "post.mention.create", "filter": {"user_id": ACCOUNT}, "payload": post}
    ((one, first),) = read_post_arrivals({"data": told}, ACCOUNT)
    ((two, second),) = read_post_arrivals(posts(posted(7, ASKS, number=number)), ACCOUNT)
    assert first.event_id == second.event_id
    assert one == two
    assert one.at == pytest.approx(1_780_000_000, abs=0.01)
