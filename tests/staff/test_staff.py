"""Who works at the desk, whether it is them, and the trail of what they did."""

import threading

import pytest
import sqlalchemy as sa

from switchboard.database.tables import people
from switchboard.database.tables import sign_ins as sign_in_rows
from switchboard.errors import StaffError
from switchboard.staff.directory import Directory, Role
from switchboard.staff.sign_ins import IDLE_SECONDS, MOST_SECONDS, SignIns
from tests.fakes.clock import Clock

PASSWORD = "a long enough one"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def directory(engine, clock):
    return Directory(engine, clock)


@pytest.fixture
def ada(directory):
    return directory.add("Ada", "Ada  Quinn", Role.SUPERVISOR, PASSWORD, None)


@pytest.fixture
def sign_ins(engine, clock):
    return SignIns(engine, clock)


def test_a_password_is_kept_as_argon2_only(directory, ada, engine):
    with engine.connect() as db:
        row = db.execute(sa.select(people)).one()
    assert row.password_hash.startswith("$argon2id$")
    assert (row.login, row.name) == ("ada", "Ada Quinn")
    assert directory.verify("ADA ", PASSWORD) == ada
    for login, password in (
        ("ada", PASSWORD + "x"),
        ("eve", PASSWORD),
        ("", ""),
        ("ada", "x" * 999),
    ):
        assert directory.verify(login, password) is None


@pytest.mark.parametrize(
    ("login", "name", "password"),
    [
        ("ada", "Another", PASSWORD),
        ("a b", "Name", PASSWORD),
        ("", "Name", PASSWORD),
        ("bob", " ", PASSWORD),
        ("bob", "Bob", "short"),
        ("bob", "Bob", "x" * 300),
    ],
)
def test_what_cannot_be_is_refused(directory, ada, login, name, password):
    with pytest.raises(StaffError):
        directory.add(login, name, Role.AGENT, password, ada.id)
    assert directory.everybody() == [ada]


def test_a_sign_in_lasts_while_it_is_used_and_not_for_ever(sign_ins, ada, clock, engine):
    assert sign_ins.authenticate("ada", "wrong password", "127.0.0.1") is None
    token = sign_ins.authenticate("ada", PASSWORD, "127.0.0.1").token
    with engine.connect() as db:
        assert token not in str(db.execute(sa.select(sign_in_rows)).all())
    found = sign_ins.find(token)
    assert found.person == ada
    assert found.owns(found.csrf)
    assert not found.owns("")
    assert sign_ins.find("another") is None
    began = clock.now
    while clock.now + IDLE_SECONDS - 1 < began + MOST_SECONDS:
        clock.now += IDLE_SECONDS - 1
        assert sign_ins.find(token) is not None
    clock.now = began + MOST_SECONDS + 1
    assert sign_ins.find(token) is None


def test_an_idle_sign_in_ends(sign_ins, ada, clock):
    token = sign_ins.authenticate("ada", PASSWORD, "127.0.0.1").token
    clock.now += IDLE_SECONDS + 1
    assert sign_ins.find(token) is None


def test_signing_out_a_new_password_and_being_kept_out_end_it(sign_ins, directory, ada):
    bob = directory.add("bob", "Bob", Role.AGENT, PASSWORD, ada.id)
    for end in (
        lambda token: sign_ins.end(token),
        lambda token: directory.set_password(bob, PASSWORD + "2", ada.id),
        lambda token: directory.set_active(bob, False, ada.id),
    ):
        kept = sign_ins.authenticate("bob", PASSWORD, "x") or sign_ins.authenticate(
            "bob", PASSWORD + "2", "x"
        )
        token = kept.token
        assert sign_ins.find(token).person.login == "bob"
        end(token)
        assert sign_ins.find(token) is None
    assert sign_ins.authenticate("bob", PASSWORD + "2", "x") is None


def test_the_last_supervisor_stays(directory, ada):
    with pytest.raises(StaffError):
        directory.set_active(ada, False, ada.id)
    assert directory.verify("ada", PASSWORD) == ada


def test_of_two_who_take_a_login_at_once_one_has_it(engine):
    outcomes = []

    def add(name):
        try:
            Directory(engine).add("same", name, Role.AGENT, PASSWORD, None)
            outcomes.append("added")
        except StaffError:
            outcomes.append("refused")

    threads = [threading.Thread(target=add, args=(str(n),)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["added"] + ["refused"] * 3


def test_an_email_is_one_persons(directory, ada):
    bob = directory.add("bob", "Bob", Role.AGENT, PASSWORD, ada.id, " Bob@Example.com ")
    assert directory.find_email("bob@example.COM ") == bob
    for wrong in ("nonsense", "a b@example.com", "@", "x" * 250 + "@example.com"):
        with pytest.raises(StaffError):
            directory.set_email(ada, wrong, None)
    with pytest.raises(StaffError):
        directory.set_email(ada, "bob@example.com", None)
    directory.set_email(bob, "", ada.id)
    assert directory.find_email("bob@example.com") is None
    assert directory.find_email("") is None
