"""Wrong tries to sign in: they slow down who makes them, keep nobody else out, and leave no
password behind."""

import threading

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from switchboard.clock import DAY
from switchboard.database.tables import metadata
from switchboard.errors import TooManyTries
from switchboard.staff import directory
from switchboard.staff.directory import Directory, Role
from switchboard.staff.known_devices import DEVICE_DAYS
from switchboard.staff.sign_in_delays import FREE_FROM_AN_ADDRESS, FREE_TRIES, LONGEST_WAIT
from switchboard.staff.sign_ins import SignIns
from tests.fakes.clock import Clock

PASSWORD, HOME, AWAY = "a long enough one", "192.0.2.1", "203.0.113.9"


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch):
    """Hashes that are made in no time: here are some hundreds of tries."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(directory, "_hasher", quick)
    monkeypatch.setattr(directory, "_DUMMY_HASH", quick.hash("nobody has this password"))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def sign_ins(engine, clock):
    for login in ("ada", "bob"):
        Directory(engine, clock).add(login, login, Role.AGENT, PASSWORD, None)
    return SignIns(engine, clock)


def wrong(sign_ins, times, login="ada", address=AWAY, device=""):
    for _ in range(times):
        assert sign_ins.authenticate(login, "wrong password", address, device) is None


def wait(sign_ins, login="ada", address=AWAY, device="", password="wrong password"):
    with pytest.raises(TooManyTries) as told:
        sign_ins.authenticate(login, password, address, device)
    return told.value.seconds


def test_a_stranger_keeps_nobody_out(sign_ins):
    wrong(sign_ins, FREE_TRIES)
    wait(sign_ins)
    assert sign_ins.authenticate("ada", PASSWORD, HOME)


def test_each_wrong_try_doubles_the_wait(sign_ins, clock):
    wrong(sign_ins, FREE_TRIES)
    waits = []
    for _ in range(10):
        waits.append(wait(sign_ins, password=PASSWORD))  # the password is not looked at
        clock.now += waits[-1]
        wrong(sign_ins, 1)
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, LONGEST_WAIT, LONGEST_WAIT]
    clock.now += waits[-1]
    assert sign_ins.authenticate("ada", PASSWORD, AWAY)


def test_tries_while_waiting_make_nobody_wait_longer(sign_ins, clock):
    wrong(sign_ins, FREE_TRIES)
    for _ in range(20):
        assert wait(sign_ins) == 2
    clock.now += 2
    assert sign_ins.authenticate("ada", PASSWORD, AWAY)


def test_in_a_known_browser_others_tries_do_not_count(sign_ins, clock):
    device = sign_ins.authenticate("ada", PASSWORD, HOME).device
    wrong(sign_ins, FREE_TRIES, address=HOME)  # a stranger behind the same address
    wait(sign_ins, address=HOME, password=PASSWORD)
    assert sign_ins.authenticate("ada", PASSWORD, HOME, device).device == device
    wait(sign_ins, "ada", HOME, "forged", PASSWORD)
    wrong(sign_ins, FREE_TRIES, device=device)  # a stolen one has its own tries
    wait(sign_ins, device=device, password=PASSWORD)
    assert sign_ins.authenticate("ada", PASSWORD, AWAY)


def test_a_browser_is_known_for_whom_it_is(sign_ins):
    device = sign_ins.authenticate("ada", PASSWORD, HOME).device
    wrong(sign_ins, FREE_TRIES, "bob", HOME, device)
    wait(sign_ins, "bob", HOME, device, PASSWORD)
    shared = sign_ins.authenticate("bob", PASSWORD, AWAY, device).device
    assert shared == device
    assert sign_ins.authenticate("bob", PASSWORD, HOME, shared)
    assert sign_ins.authenticate("ada", PASSWORD, HOME, shared)


def test_a_secret_of_a_browser_is_made_here(sign_ins):
    assert sign_ins.authenticate("ada", PASSWORD, HOME, "chosen by somebody").device not in (
        "",
        "chosen by somebody",
    )


def test_a_browser_is_forgotten(sign_ins, clock, engine):
    people = Directory(engine, clock)
    ada = people.find_login("ada")

    def is_known(device):
        wrong(sign_ins, FREE_TRIES)
        try:
            return bool(sign_ins.authenticate("ada", PASSWORD, AWAY, device))
        except TooManyTries:
            return False
        finally:
            clock.now += 4000

    device = sign_ins.authenticate("ada", PASSWORD, HOME).device
    assert is_known(device)
    people.set_password(ada, PASSWORD, None)
    assert not is_known(device)
    device = sign_ins.authenticate("ada", PASSWORD, HOME).device
    people.set_active(people.add("eve", "Eve", Role.SUPERVISOR, PASSWORD, None), True, None)
    people.set_active(ada, False, None)
    people.set_active(ada, True, None)
    assert not is_known(device)
    device = sign_ins.authenticate("ada", PASSWORD, HOME).device
    clock.now += DEVICE_DAYS * DAY + 1
    assert not is_known(device)


def test_right_ones_never_count(sign_ins):
    for _ in range(FREE_FROM_AN_ADDRESS + 5):
        assert sign_ins.authenticate("ada", PASSWORD, HOME)
    for _ in range(3):
        wrong(sign_ins, FREE_TRIES - 1)
        assert sign_ins.authenticate("ada", PASSWORD, AWAY)


def test_an_address_that_tries_many_logins_waits(sign_ins, clock):
    for number in range(FREE_FROM_AN_ADDRESS):
        wrong(sign_ins, 1, f"guess-{number}")
    wait(sign_ins, "bob", password=PASSWORD)
    assert sign_ins.authenticate("bob", PASSWORD, HOME)
    clock.now += 3601
    assert sign_ins.authenticate("bob", PASSWORD, AWAY)


def test_an_unknown_login_waits_like_a_known_one(sign_ins):
    wrong(sign_ins, FREE_TRIES, "nobody")
    assert wait(sign_ins, "nobody") == 2


def test_of_version_6_a_whole_network_is_one_address(sign_ins):
    for number in range(FREE_TRIES):
        wrong(sign_ins, 1, address=f"2001:db8:1:2::{number}")
    wait(sign_ins, address="2001:db8:1:2:ffff::9")
    assert sign_ins.authenticate("ada", PASSWORD, "2001:db8:1:3::1")


def test_many_at_once_are_counted_all_the_same(sign_ins):
    checked = []

    def guess():
        try:
            sign_ins.authenticate("ada", "wrong password", AWAY)
            checked.append(1)
        except TooManyTries:
            pass

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(checked) <= FREE_TRIES


def test_a_password_typed_as_a_login_is_kept_nowhere(sign_ins, engine):
    typed = "My Secret Passw0rd!"
    wrong(sign_ins, 1, typed)
    wrong(sign_ins, 1, "ADA")
    with engine.connect() as db:
        kept = "\n".join(
            str(tuple(row))
            for table in metadata.sorted_tables
            for row in db.execute(sa.select(table))
        )
    assert typed.lower() not in kept.lower()
    assert "unknown login" in kept
    assert "'wrong sign-in', 'ada'" in kept
