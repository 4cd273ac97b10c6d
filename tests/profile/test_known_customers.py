"""One customer over several channels: joined by proof alone, and never wrongly."""

import pytest
import sqlalchemy as sa

from switchboard.database.tables import preferences, proved_persons
from switchboard.files.file_store import FileStore
from switchboard.orders.contacts import Contact
from switchboard.orders.identity import IdentityGate, Verdict
from switchboard.orders.proved_persons import ProvedPersons
from switchboard.privacy.retention import Retention
from switchboard.privacy.subjects import Subjects
from switchboard.profile.preferences import Preference
from switchboard.profile.profile_reader import ProfileReader
from switchboard.settings import load_settings
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_book import TicketBook
from tests.fakes.clock import Clock
from tests.fakes.tickets import ASKED

TELEGRAM, WEB, MESSENGER = "telegram:5", "web:abc", "facebook:1:7"
MAYA = Contact("maya@example.com", "+353 87 555 0123", "Maya Lee", "D02 X285", "c-1")
NAMESAKE = Contact("other@example.com", "+353 87 555 9999", "Maya Lee", "D02 X285", "c-2")
HEIR = Contact("maya@example.com", "+353 87 555 7777", "Tom Fox", "D04 A111", "c-3")
"""Somebody else, who has Maya's old address."""
GUEST = Contact("maya@example.com", "", "Maya Lee", "")
"""An order of a shop that does not know whose it is."""
MINUTE = 60.0


@pytest.fixture
def clock():
    return Clock(2_000_000_000.0)


@pytest.fixture
def gate(engine, clock):
    persons = ProvedPersons(engine, clock)
    return IdentityGate(engine, 60, clock, name_and_postcode=True, persons=persons)


@pytest.fixture
def reader(engine, clock):
    return ProfileReader(engine, 60, clock)


def prove(gate, conversation, contact, number, given=None):
    verdict = gate.check(conversation, number, given or contact.email, contact)
    assert verdict is Verdict.PROVED


def joined(reader, conversation):
    return {span.conversation_id for span in reader.of(conversation).spans}


def open_case(engine, clock, conversation):
    story = tell_story([], ASKED, None, False)
    return TicketBook(engine, clock).open(conversation, "telegram", story)[0]


def test_the_same_proved_address_joins_two_channels(engine, clock, gate, reader):
    prove(gate, TELEGRAM, MAYA, "4711")
    reader.book.keep(TELEGRAM, [Preference("calls", "no"), Preference("language", "zh")])
    case = open_case(engine, clock, TELEGRAM)
    prove(gate, WEB, MAYA, "4712")
    known = reader.of(WEB)
    assert joined(reader, WEB) == {TELEGRAM}
    assert known.preferences == {"calls": "no", "language": "zh"}
    assert known.own == {}
    assert known.cases == (case.reference,)
    assert known.orders == ("4712",)


def test_what_is_said_here_goes_before_what_was_said_elsewhere(gate, reader):
    prove(gate, TELEGRAM, MAYA, "4711")
    reader.book.keep(TELEGRAM, [Preference("language", "zh"), Preference("size", "M")])
    prove(gate, WEB, MAYA, "4711")
    reader.book.keep(WEB, [Preference("language", "en")])
    assert reader.of(WEB).preferences == {"language": "en", "size": "M"}


def test_a_join_opens_no_order(gate, reader):
    prove(gate, TELEGRAM, MAYA, "4711")
    prove(gate, WEB, MAYA, "4712")
    assert joined(reader, WEB) == {TELEGRAM}
    assert not gate.proved(WEB, "4711")
    assert not gate.proved(TELEGRAM, "4712")
    assert reader.of(TELEGRAM).orders == ("4711",)


def test_equal_names_join_nothing(gate, reader):
    prove(gate, TELEGRAM, MAYA, "4711")
    prove(gate, WEB, NAMESAKE, "4712")
    assert joined(reader, WEB) == set() == joined(reader, TELEGRAM)


def test_nor_do_equal_names_and_postcodes_that_prove_an_order(gate, reader):
    given = "Maya Lee, D02 X285"
    prove(gate, TELEGRAM, MAYA, "4711", given)
    prove(gate, WEB, MAYA, "4711", given)
    prove(gate, MESSENGER, NAMESAKE, "4712", given)
    assert gate.proved(WEB, "4711")
    assert [joined(reader, one) for one in (TELEGRAM, WEB, MESSENGER)] == [set()] * 3


def test_an_address_that_is_only_claimed_joins_nothing(gate, reader):
    prove(gate, TELEGRAM, MAYA, "4711")
    assert gate.check(WEB, "9999", MAYA.email, None) is Verdict.WRONG
    assert gate.check(WEB, "4712", MAYA.email, NAMESAKE) is Verdict.WRONG
    assert gate.check_customer(WEB, MAYA.email, None) is Verdict.WRONG
    assert joined(reader, WEB) == set()
    # A shop that takes the address alone for proof: it was claimed, and no second fact fitted.
    assert gate.check_customer(WEB, MAYA.email, "c-1") is Verdict.PROVED
    assert joined(reader, WEB) == set()


def test_with_a_second_fact_it_does(gate, reader):
    prove(gate, TELEGRAM, MAYA, "4711")
    verdict = gate.check_customer(WEB, "MAYA@example.com ", "c-1", two_facts=True)
    assert verdict is Verdict.PROVED
    assert joined(reader, WEB) == {TELEGRAM}


def test_an_address_that_another_customer_uses_now_joins_nothing(gate, reader):
    prove(gate, TELEGRAM, MAYA, "4711")
    reader.book.keep(TELEGRAM, [Preference("calls", "no")])
    prove(gate, WEB, HEIR, "4800")
    assert joined(reader, WEB) == set()
    assert reader.of(WEB).preferences == {}


def test_without_a_customer_in_the_order_system_nothing_is_joined(gate, reader):
    prove(gate, TELEGRAM, GUEST, "4711")
    prove(gate, WEB, GUEST, "4712")
    prove(gate, MESSENGER, MAYA, "4713")
    assert [joined(reader, one) for one in (TELEGRAM, WEB, MESSENGER)] == [set()] * 3


def test_another_proof_makes_another_person(gate, reader, clock):
    """One device, and somebody else proves who they are."""
    prove(gate, TELEGRAM, MAYA, "4711")
    clock.now += MINUTE
    prove(gate, TELEGRAM, NAMESAKE, "4800")
    clock.now += MINUTE
    reader.book.keep(TELEGRAM, [Preference("size", "XL")])
    prove(gate, WEB, MAYA, "4711")
    assert joined(reader, TELEGRAM) == set()
    assert joined(reader, WEB) == {TELEGRAM}  # as of then
    assert reader.of(WEB).preferences == {}  # it was the other who said it
    prove(gate, TELEGRAM, GUEST, "4900")
    prove(gate, MESSENGER, NAMESAKE, "4800")
    assert reader.of(TELEGRAM).spans == ()


def test_what_was_said_before_the_proof_may_be_somebody_elses(gate, reader, clock):
    reader.book.keep(TELEGRAM, [Preference("calls", "no")])
    clock.now += 1
    prove(gate, TELEGRAM, MAYA, "4711")
    prove(gate, WEB, MAYA, "4711")
    assert reader.of(WEB).preferences == {}
    assert reader.of(TELEGRAM).preferences == {"calls": "no"}


def test_a_proof_that_expired_joins_nothing_from_then_on(engine, gate, reader, clock):
    prove(gate, TELEGRAM, MAYA, "4711")
    prove(gate, WEB, MAYA, "4711")
    clock.now += 61 * MINUTE
    assert joined(reader, WEB) == set()
    reader.book.keep(TELEGRAM, [Preference("size", "S")])  # whoever writes there now
    late = open_case(engine, clock, TELEGRAM)
    prove(gate, WEB, MAYA, "4711")
    known = reader.of(WEB)
    assert {span.conversation_id for span in known.spans} == {TELEGRAM}
    assert known.preferences == {}
    assert late.reference not in known.cases


def test_after_goodbye_the_next_to_write_is_nobody(gate, reader):
    prove(gate, TELEGRAM, MAYA, "4711")
    prove(gate, WEB, MAYA, "4711")
    gate.forget(WEB)
    assert joined(reader, WEB) == set()
    assert reader.of(WEB).orders == ()


def test_an_erased_person_is_joined_with_nobody(engine, clock, gate, reader, tmp_path):
    store = FileStore(engine, tmp_path / "files", clock)
    prove(gate, TELEGRAM, MAYA, "4711")
    reader.book.keep(TELEGRAM, [Preference("calls", "no")])
    prove(gate, WEB, MAYA, "4711")
    subjects = Subjects(engine, store, clock)
    told = subjects.export(TELEGRAM)
    assert len(told["proved to be"]) == len(told["preferences"]) == 1
    assert "maya@" not in str(told["proved to be"])
    subjects.erase(TELEGRAM)
    assert joined(reader, WEB) == set()
    assert reader.of(WEB).preferences == {}


def test_a_customer_has_it_forgotten_everywhere_where_they_are_proved(engine, gate, reader):
    for conversation in (TELEGRAM, WEB):
        prove(gate, conversation, MAYA, "4711")
        reader.book.keep(conversation, [Preference("calls", "no")])
    prove(gate, MESSENGER, NAMESAKE, "4800")
    reader.book.keep(MESSENGER, [Preference("calls", "no")])
    reader.forget(WEB)
    with engine.connect() as db:
        for table in (preferences, proved_persons):
            left = db.execute(sa.select(table.c.conversation_id)).scalars().all()
            assert left == [MESSENGER]
    assert not gate.proved(WEB, "4711")


def test_without_a_proof_only_this_conversation_is_forgotten(gate, reader, clock):
    prove(gate, TELEGRAM, MAYA, "4711")
    reader.book.keep(TELEGRAM, [Preference("calls", "no")])
    prove(gate, WEB, MAYA, "4711")
    clock.now += 61 * MINUTE
    reader.forget(WEB)
    assert reader.of(TELEGRAM).preferences == {"calls": "no"}


def test_agents_see_whom_a_ticket_was_proved_to_be_when_it_was_opened(engine, clock, gate, reader):
    prove(gate, TELEGRAM, MAYA, "4711")
    prove(gate, WEB, MAYA, "4711")
    clock.now += MINUTE
    ticket = open_case(engine, clock, WEB)
    clock.now += 120 * MINUTE
    found = reader.companions(WEB, ticket.opened_at)
    assert [span.conversation_id for span in found] == [TELEGRAM]
    assert reader.companions(WEB, ticket.opened_at + 119 * MINUTE) == []


def test_a_model_is_told_neither_address_nor_number(gate, reader, engine, clock):
    prove(gate, TELEGRAM, MAYA, "4711")
    said = [Preference("calls", "no"), Preference("language", "zh"), Preference("size", "42")]
    reader.book.keep(TELEGRAM, said)
    open_case(engine, clock, TELEGRAM)
    told = "; ".join(reader.of(TELEGRAM).statements)
    assert told == (
        "does not want to be called on the phone; asked to be written to in Chinese; "
        "wears size 42; has an open case with the shop's people"
    )


def test_where_the_shop_keeps_no_profile_nobody_is_noted(engine, clock):
    gate = IdentityGate(engine, 60, clock)
    prove(gate, TELEGRAM, MAYA, "4711")
    with engine.connect() as db:
        assert db.execute(sa.select(proved_persons)).all() == []


def test_it_is_not_kept_for_longer_than_conversations(engine, clock, gate, reader, tmp_path):
    prove(gate, TELEGRAM, MAYA, "4711")
    reader.book.keep(TELEGRAM, [Preference("calls", "no")])
    settings = load_settings({"SWITCHBOARD_KEEP_CONVERSATIONS_DAYS": "30"}).desk
    store = FileStore(engine, tmp_path / "files", clock)
    for days, left in ((29, 1), (3, 0)):
        clock.now += days * 86400
        Retention(engine, settings, store, clock).enforce()
        with engine.connect() as db:
            assert len(db.execute(sa.select(preferences)).all()) == left
            assert len(db.execute(sa.select(proved_persons)).all()) == left
