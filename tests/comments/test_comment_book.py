"""Claims, tickets and private conversations of comments, on both databases."""

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from switchboard.comments.comment import PostComment
from switchboard.comments.comment_book import CommentBook
from switchboard.comments.comment_claims import PrivateReply
from switchboard.comments.comment_decision import CommentAct, CommentDecision
from switchboard.comments.comment_reply import read_reply
from switchboard.comments.comment_rules import CommentRules
from switchboard.conversations.log import ConversationLog
from switchboard.conversations.routes import Cause, Decision, Route
from switchboard.database.tables import comment_replies, events, outbox
from switchboard.files.file_store import FileStore
from switchboard.mailroom.outbox import Outbox
from switchboard.privacy.retention import Retention
from switchboard.privacy.subjects import Subjects
from switchboard.project import PROJECT as ROOT
from switchboard.settings import load_settings
from switchboard.shop.replies import Replies
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_acts import TicketActs
from switchboard.tickets.ticket_book import TicketBook
from tests.comments.conftest import parsed
from tests.fakes.clock import Clock

COMMENT = PostComment("facebook", "1", "1_5", "5_9", "77", "my parcel is lost", at=1.0)
ANSWER = CommentDecision(CommentAct.ANSWER, "question", public="Yes.", private="Hello")
PERSON = CommentDecision(CommentAct.PERSON, "anger", private="Sorry")
HIDE = CommentDecision(CommentAct.HIDE, "abuse", hide=True)
JOINED = "facebook:1:900"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def book(engine, policy, clock):
    acts = TicketActs(engine, Replies(ROOT / "data" / "replies", policy), clock)
    return CommentBook(engine, CommentRules(per_post_hour=3), acts, clock)


def queued(engine, comment=COMMENT):
    delivery = Outbox(engine, "facebook-comments").next(comment.thread)
    return None if delivery is None else read_reply(delivery.message)


def by(author, **more):
    return dataclasses.replace(COMMENT, author=str(author), id=f"5_{author}", **more)


def test_a_reply_is_claimed_and_queued_once(book, engine):
    assert book.settle(COMMENT, ANSWER, {})
    assert not book.settle(COMMENT, ANSWER, {})
    assert not book.settle(dataclasses.replace(COMMENT, id="5_10"), ANSWER, {})
    reply = queued(engine)
    assert (reply.comment_id, reply.public, reply.private) == ("5_9", "Yes.", "Hello")
    assert book.claims.standing(COMMENT).replied
    assert book.settle(dataclasses.replace(COMMENT, post="1_6"), ANSWER, {})


def test_of_many_at_once_one_has_it(book, engine):
    comments = [dataclasses.replace(COMMENT, id=f"5_{n}") for n in range(20)]
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda comment: book.settle(comment, ANSWER, {}), comments))
    assert sum(done) == 1


def test_a_post_has_only_so_many_replies_within_an_hour(book, engine, clock):
    assert [book.settle(by(n), ANSWER, {}) for n in range(5)] == [True] * 3 + [False] * 2
    assert book.claims.standing(by(9)).within_hour == 3
    assert queued(engine, by(4)) is None
    clock.now += 3700
    assert book.settle(by(4), ANSWER, {})


def test_nothing_is_half_done(book, engine, monkeypatch):
    def fails(*_):
        raise RuntimeError("in the middle")

    monkeypatch.setattr("switchboard.comments.comment_book.reply_to", fails)
    with pytest.raises(RuntimeError):
        book.settle(COMMENT, PERSON, {})
    monkeypatch.undo()
    assert not book.claims.standing(COMMENT).replied
    assert not TicketBook(engine).waiting()
    assert book.settle(COMMENT, PERSON, {})


def test_to_hide_takes_no_claim(book, engine):
    assert book.settle(COMMENT, HIDE, {})
    assert queued(engine).hide
    assert not book.claims.standing(COMMENT).replied
    assert not book.settle(COMMENT, CommentDecision(CommentAct.LEAVE, "spam"), {})


def test_what_is_said_may_not_be_twice_but_what_is_hidden_may(book, engine):
    book.settle(COMMENT, ANSWER, {})
    again = dataclasses.replace(PERSON, hide=True)
    assert book.settle(dataclasses.replace(COMMENT, id="5_10"), again, {})
    outbox = Outbox(engine, "facebook-comments")
    outbox.settle(outbox.next(COMMENT.thread), "sent")
    reply = queued(engine)
    assert (reply.hide, reply.private, reply.claim) == (True, "", 0)


def test_a_complaint_is_seen_by_people_whatever_was_said_before(book, engine):
    """Somebody who praised, or asked, and complains below the same post."""
    book.settle(COMMENT, ANSWER, {})
    later = dataclasses.replace(COMMENT, id="5_10", text="now it is broken")
    assert book.settle(later, PERSON, parsed())
    assert not book.settle(later, PERSON, parsed())  # after a kill: known
    (ticket,) = TicketBook(engine).waiting()
    assert (ticket.conversation_id, ticket.channel) == (COMMENT.thread, "facebook-comments")
    assert "now it is broken" in ticket.story.summary
    assert queued(engine).comment_id == COMMENT.id  # and nothing more is said
    assert len(Outbox(engine, "facebook-comments").pending(COMMENT.thread)) == 1


def test_a_later_complaint_stands_in_the_private_conversation(book, engine):
    book.settle(COMMENT, PERSON, parsed())
    book.join(claim_of(engine), JOINED, "facebook", "Sorry")
    (ticket,) = TicketBook(engine).waiting()
    later = dataclasses.replace(COMMENT, id="5_10", text="still nothing!")
    assert book.settle(later, PERSON, parsed())
    assert not book.settle(later, PERSON, parsed())
    assert [one.id for one in TicketBook(engine).waiting()] == [ticket.id]
    said = [e["text"] for e in ConversationLog(engine).everything(JOINED) if e["event"] == "user"]
    assert said == [COMMENT.text, "still nothing!"]


def test_of_a_post_that_everybody_complains_below_each_has_a_ticket(book, engine):
    done = [book.settle(by(n, text=f"complaint {n}"), PERSON, parsed()) for n in range(5)]
    assert done == [True] * 5
    assert len(TicketBook(engine).waiting()) == 5
    with engine.connect() as db:
        assert db.execute(sa.select(sa.func.count()).select_from(outbox)).scalar() == 3


def test_what_is_too_old_to_be_answered_is_people_s_where_it_complains(book, engine):
    assert not book.settle(COMMENT, ANSWER, {}, too_old=True)
    assert not book.settle(COMMENT, HIDE, {}, too_old=True)
    assert book.settle(COMMENT, PERSON, parsed(), too_old=True)
    assert queued(engine) is None
    assert len(TicketBook(engine).waiting()) == 1


def claim_of(engine):
    with engine.connect() as db:
        return db.execute(sa.select(comment_replies.c.id)).scalar_one()


def test_the_ticket_says_that_it_began_in_public_and_goes_along(book, engine):
    book.settle(dataclasses.replace(COMMENT, link="https://shop.example/5"), PERSON, parsed())
    (ticket,) = TicketBook(engine).waiting()
    assert ticket.conversation_id == COMMENT.thread
    assert ticket.urgency == 2
    summary = ticket.story.summary
    assert "public comment (facebook, post 1_5): “my parcel is lost”" in summary
    assert "https://shop.example/5" in summary
    number = claim_of(engine)
    assert book.join(number, JOINED, "facebook", "Sorry")
    assert not book.join(number, JOINED, "facebook", "Sorry")
    (ticket,) = TicketBook(engine).waiting()
    assert (ticket.conversation_id, ticket.channel) == (JOINED, "facebook")
    lines = ConversationLog(engine).everything(JOINED)
    assert [line["event"] for line in lines] == ["user", "bot", "action"]
    assert ConversationLog(engine).standing(JOINED)[1]


def test_a_customer_whose_ticket_is_open_has_one_still(book, engine):
    story = tell_story([], Decision(Route.PERSON, Cause.ASKED), None, False)
    there, _ = TicketBook(engine).open(JOINED, "facebook", story)
    book.settle(COMMENT, PERSON, parsed())
    assert book.join(claim_of(engine), JOINED, "facebook", "Sorry")
    (ticket,) = TicketBook(engine).waiting()
    assert ticket.id == there.id
    assert len(TicketBook(engine).merged(there)) == 1


def test_how_a_private_reply_stands(book, engine):
    book.settle(COMMENT, ANSWER, {})
    number = claim_of(engine)
    assert book.claims.get(number).private is PrivateReply.NONE
    book.claims.set_private(number, PrivateReply.REFUSED)
    book.claims.begin_public(number)
    claim = book.claims.get(number)
    assert claim.private is PrivateReply.REFUSED
    assert claim.public_begun
    assert book.claims.get(number + 1) is None


def test_what_waits_for_a_comment_that_is_gone_is_not_said(book, engine):
    book.settle(COMMENT, ANSWER, {})
    book.removed(dataclasses.replace(COMMENT, id="5_8"))  # another of the same person
    assert queued(engine) is not None
    book.removed(COMMENT)
    assert queued(engine) is None


def test_what_is_written_in_place_of_a_comment_is_answered(book, engine):
    """People take a comment away and write it anew, without its mistake."""
    book.settle(COMMENT, ANSWER, {})
    book.removed(COMMENT)
    assert book.settle(dataclasses.replace(COMMENT, id="5_10"), ANSWER, {})
    book.claims.begin_public(claim_of(engine))
    book.removed(dataclasses.replace(COMMENT, id="5_10"))
    assert not book.settle(dataclasses.replace(COMMENT, id="5_11"), ANSWER, {})


def test_who_asks_to_be_erased_is(book, engine, tmp_path):
    book.settle(COMMENT, PERSON, parsed())
    book.join(claim_of(engine), JOINED, "facebook", "Sorry")
    subjects = Subjects(engine, FileStore(engine, tmp_path / "files"))
    exported = subjects.export(JOINED)
    assert [row["comment_id"] for row in exported["comments"]] == ["5_9"]
    assert COMMENT.text in str(exported["conversation"])
    assert len(exported["sent"]) == 1
    subjects.erase(JOINED)
    with engine.connect() as db:
        assert not db.execute(sa.select(comment_replies)).all()
        assert not db.execute(sa.select(events)).all()
        assert not db.execute(sa.select(outbox)).all()


def test_claims_are_kept_as_long_as_conversations(book, engine, clock, tmp_path):
    book.settle(COMMENT, ANSWER, {})
    store = FileStore(engine, tmp_path / "files")
    days = load_settings().desk.keep_conversations_days
    retention = Retention(engine, load_settings().desk, store, clock)
    clock.now += (days - 1) * 86400
    retention.enforce()
    assert book.claims.standing(COMMENT).replied
    clock.now += 2 * 86400
    retention.enforce()
    assert not book.claims.standing(COMMENT).replied
