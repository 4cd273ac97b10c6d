import threading

import pytest

from switchboard.orders.identity import Contact, IdentityGate, Verdict, matches, normal_contact

MAYA = Contact("maya@example.com", "+353 87 555 0101")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


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


def test_five_wrong_tries_lock_the_order_for_everybody(gate):
    for i in range(5):
        gate.check(f"stranger-{i}", "4711", "x@example.com", MAYA)
    assert gate.check("maya", "4711", "maya@example.com", MAYA) is Verdict.LOCKED


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
    judged = [verdict for verdict in verdicts if verdict is not Verdict.LOCKED]
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
    assert gate.locked("a", "4711")
    clock.now += 601  # an hour after the five, whatever was tried since
    assert not gate.locked("a", "4711")
    assert gate.check("a", "4711", "maya@example.com", MAYA) is Verdict.PROVED


def test_a_lock_lasts_an_hour(gate, clock):
    assert not gate.locked("a", "4711")
    lock(gate)
    clock.now += 3599
    assert gate.locked("a", "4711")
    assert gate.locked("a", "4712")
    assert gate.locked("b", "4711")
    assert not gate.locked("b", "4712")
    clock.now += 2
    assert not gate.locked("a", "4711")


def test_four_wrong_tries_lock_nothing(gate):
    for _ in range(4):
        assert gate.check("a", "4711", "x@example.com", MAYA) is Verdict.WRONG
    assert not gate.locked("a", "4711")
    assert gate.check("a", "4711", "maya@example.com", MAYA) is Verdict.PROVED


def test_who_is_right_may_be_right_as_often_as_they_like(gate):
    verdicts = {gate.check("a", "4711", "maya@example.com", MAYA) for _ in range(8)}
    assert verdicts == {Verdict.PROVED}
    assert not gate.locked("a", "4711")


def test_goodbye_forgets_nobody_else_and_one_proof_ends_no_other(gate):
    for conversation, order in (("a", "4711"), ("a", "4712"), ("b", "4711")):
        gate.check(conversation, order, "maya@example.com", MAYA)
    assert gate.proved("a", "4711")
    assert gate.proved("a", "4712")
    gate.forget("a")
    assert not gate.proved("a", "4712")
    assert gate.proved("b", "4711")
