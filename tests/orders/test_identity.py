import asyncio
import threading
from dataclasses import replace

import pytest

from switchboard.orders.contacts import Contact, is_fact_of, matches, normal_contact
from switchboard.orders.identity import IdentityGate, Verdict
from switchboard.orders.model import Customer
from tests.fakes.clock import Clock

MAYA = Contact("maya@example.com", "+353 87 555 0101")


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def shop_order(shop):
    """Orders that differ by number and customer."""
    order = asyncio.run(shop.find("4711"))

    def made(number, customer_id):
        return replace(order, number=number, customer=replace(order.customer, id=customer_id))

    return made


@pytest.fixture
def gate(engine, clock):
    return IdentityGate(engine, proof_minutes=60, clock=clock)


@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ("maya@example.com", True),
        (" MAYA@Example.com ", True),
        ("+353 87 555 0101", True),
        ("087 555 0101", True),
        ("0035387 5550101", True),
        ("087 555 0102", False),
        ("0101", False),
        ("", False),
        ("@", False),
        ("tom@example.com", False),
    ],
)
def test_contacts_match_in_their_usual_forms(given, fits):
    assert matches(given, MAYA) is fits


def test_nothing_matches_an_empty_contact():
    assert not matches("", Contact("", ""))
    assert normal_contact("12") == ""


def test_a_proof_lasts_while_it_is_used(gate, clock):
    assert gate.check("a", "4711", "maya@example.com", MAYA) is Verdict.PROVED
    clock.now += 50 * 60
    assert gate.proved("a", "4711")
    clock.now += 50 * 60
    assert gate.proved("a", "4711")
    clock.now += 61 * 60
    assert not gate.proved("a", "4711")


def test_a_proof_is_for_one_conversation_and_one_order(gate):
    gate.check("a", "4711", "maya@example.com", MAYA)
    assert not gate.proved("b", "4711")
    assert not gate.proved("a", "4712")


def test_goodbye_forgets(gate):
    gate.check("a", "4711", "maya@example.com", MAYA)
    gate.forget("a")
    assert not gate.proved("a", "4711")


def test_an_unknown_order_reads_as_a_wrong_contact(gate):
    assert gate.check("a", "9999", "maya@example.com", None) is Verdict.WRONG
    assert gate.check("a", "4711", "tom@example.com", MAYA) is Verdict.WRONG


def test_five_wrong_tries_lock_the_conversation(gate, clock):
    verdicts = [gate.check("a", f"50{i:02}", "x@example.com", None) for i in range(5)]
    assert verdicts == [Verdict.WRONG] * 4 + [Verdict.LOCKED]
    assert gate.check("a", "4711", "maya@example.com", MAYA) is Verdict.LOCKED
    assert gate.check("b", "4711", "maya@example.com", MAYA) is Verdict.PROVED
    clock.now += 3601
    assert gate.check("a", "4711", "maya@example.com", MAYA) is Verdict.PROVED


def test_strangers_make_the_next_try_for_an_order_wait_and_lock_nobody_out(gate, clock):
    for i in range(5):
        gate.check(f"stranger-{i}", "4711", "x@example.com", MAYA)
    assert gate.check("maya", "4711", "maya@example.com", MAYA) is Verdict.WAIT
    clock.now += 2
    assert gate.check("maya", "4711", "maya@example.com", MAYA) is Verdict.PROVED


def test_the_wait_grows_and_is_never_longer_than_a_minute(gate, clock):
    waits = []
    for i in range(14):
        start = clock.now
        while gate.check(f"s-{i}-{clock.now}", "4711", f"x{i}@example.com", MAYA) is Verdict.WAIT:
            clock.now += 1
        waits.append(clock.now - start)
    assert waits[:5] == [0] * 5
    assert waits[5:] == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_one_contact_is_not_tried_on_many_orders(gate, clock):
    """Who knows an e-mail address alone finds its orders by trying numbers no faster than that."""
    verdicts = [gate.check(f"s-{i}", f"40{i:02}", "maya@example.com", None) for i in range(50)]
    assert verdicts.count(Verdict.WRONG) == 5
    assert verdicts.count(Verdict.WAIT) == 45


def test_one_network_address_is_slowed_down(gate):
    verdicts = [
        gate.check(f"s-{i}", f"40{i:02}", f"x{i}@example.com", None, "203.0.113.7")
        for i in range(40)
    ]
    assert verdicts.count(Verdict.WRONG) == 20
    assert gate.check("other", "4711", "maya@example.com", MAYA, "198.51.100.2") is Verdict.PROVED


def test_a_customer_who_proved_one_order_needs_no_proof_for_another_of_theirs(gate, shop_order):
    maya = Contact("maya@example.com", "+353 87 555 0101", customer_id="7")
    gate.check("a", "4711", "maya@example.com", maya)
    assert gate.proved_customer("a") == "7"
    assert gate.adopt("a", shop_order("4712", "7"))
    assert gate.proved("a", "4712")
    assert not gate.adopt("a", shop_order("4720", "8"))
    assert not gate.adopt("b", shop_order("4712", "7"))
    assert not gate.adopt("a", shop_order("4712", ""))
    gate.forget("a")
    assert gate.proved_customer("a") is None


def test_a_contact_and_a_second_fact_prove_a_customer(gate):
    assert gate.check_customer("a", "maya@example.com", None) is Verdict.WRONG
    assert gate.check_customer("a", "maya@example.com", "7") is Verdict.PROVED
    assert gate.proved_customer("a") == "7"


@pytest.mark.parametrize(
    ("told", "fits"),
    [
        ("69002", True),
        ("it's 69002, Lyon", True),
        ("087 555 0101", True),
        ("maya@example.com", False),  # the contact that was given before
        ("69003", False),
        ("6900", False),
        ("69001 69002 69003 69004 69005", False),  # one try is one guess
        ("a@example.com maya2@example.com 087 555 0101", False),
        ("", False),
    ],
)
def test_the_second_fact_is_another_one(told, fits):
    maya = Customer("Maya Lindqvist", "maya@example.com", "+353 87 555 0101", "7", "69002")
    assert is_fact_of(maya, told, besides="maya@example.com") is fits


@pytest.mark.parametrize(
    ("given", "allowed", "fits"),
    [
        ("Maya Lindqvist, 69002", True, True),
        ("my name is maya lindqvist and my zip is 69002.", True, True),
        ("Maya Lindqvist, 69002", False, False),
        ("Maya Lindqvist 69000 69001 69002 69003 69004", True, False),
        ("Maya, 69002", True, False),
        ("Maya Lindqvist", True, False),
        ("69002", True, False),
    ],
)
def test_name_and_postcode_prove_where_the_shop_says_so(given, allowed, fits):
    maya = Contact("maya@example.com", "", "Maya Lindqvist", "69002")
    assert matches(given, maya, name_and_postcode=allowed) is fits


def test_a_chinese_mobile_keeps_its_eleven_digits():
    assert normal_contact("+86 138 1234 5678") == normal_contact("13812345678") == "13812345678"
    assert not matches("13912345678", Contact("", "13812345678"))


def test_two_gates_on_one_database_agree(engine, clock):
    one, two = IdentityGate(engine, 60, clock), IdentityGate(engine, 60, clock)
    one.check("a", "4711", "maya@example.com", MAYA)
    assert two.proved("a", "4711")


def test_many_at_once_get_no_further_than_one_after_the_other(gate):
    """Twenty conversations try one order at the same moment, the last of them rightly."""
    verdicts = []

    def attempt(index):
        email = "maya@example.com" if index == 19 else "x@example.com"
        verdicts.append(gate.check(f"stranger-{index}", "4711", email, MAYA))

    threads = [threading.Thread(target=attempt, args=(index,)) for index in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    judged = [v for v in verdicts if v not in (Verdict.LOCKED, Verdict.WAIT)]
    assert len(judged) <= 5


@pytest.mark.parametrize(
    ("given", "on_file"),
    [
        ("086 555 0101", "+353 87 555 0101"),  # the last seven digits are the same
        ("+44 5550101", "+353 87 555 0101"),
        ("555 0101", "+353 87 555 0101"),
        ("555010", "555010"),  # too short to prove anything
    ],
)
def test_a_phone_that_ends_alike_is_another_phone(given, on_file):
    assert not matches(given, Contact("maya@example.com", on_file))


def test_the_shortest_phone_that_proves_something_has_seven_digits():
    assert matches("555 0101", Contact("maya@example.com", "5550101"))


def lock(gate, order="4711"):
    for _ in range(5):
        gate.check("a", order, "x@example.com", MAYA)


def test_tries_while_locked_neither_open_nor_prolong_it(gate, clock):
    lock(gate)
    for _ in range(10):
        clock.now += 300
        assert gate.check("a", "4711", "maya@example.com", MAYA) is Verdict.LOCKED
        assert gate.check("a", "4711", "x@example.com", MAYA) is Verdict.LOCKED
        assert not gate.proved("a", "4711")
    assert gate.locked("a")
    clock.now += 601  # an hour after the five, whatever was tried since
    assert not gate.locked("a")
    assert gate.check("a", "4711", "maya@example.com", MAYA) is Verdict.PROVED


def test_a_lock_lasts_an_hour_and_is_for_one_conversation(gate, clock):
    assert not gate.locked("a")
    lock(gate)
    clock.now += 3599
    assert gate.locked("a")
    assert not gate.locked("b")
    clock.now += 2
    assert not gate.locked("a")


def test_four_wrong_tries_lock_nothing(gate):
    for _ in range(4):
        assert gate.check("a", "4711", "x@example.com", MAYA) is Verdict.WRONG
    assert not gate.locked("a")
    assert gate.check("a", "4711", "maya@example.com", MAYA) is Verdict.PROVED


def test_who_is_right_may_be_right_as_often_as_they_like(gate):
    verdicts = {gate.check("a", "4711", "maya@example.com", MAYA) for _ in range(8)}
    assert verdicts == {Verdict.PROVED}
    assert not gate.locked("a")


def test_goodbye_forgets_nobody_else_and_one_proof_ends_no_other(gate):
    for conversation, order in (("a", "4711"), ("a", "4712"), ("b", "4711")):
        gate.check(conversation, order, "maya@example.com", MAYA)
    assert gate.proved("a", "4711")
    assert gate.proved("a", "4712")
    gate.forget("a")
    assert not gate.proved("a", "4712")
    assert gate.proved("b", "4711")
