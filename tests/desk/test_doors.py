"""Who is signed in, by which browser and code, what they hear and see, and that it is on record."""

import asyncio
import re
import time

import pyotp
import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from switchboard.cli.app import run
from switchboard.database.tables import recovery_codes, second_factors
from switchboard.desk.app import make_app
from switchboard.desk.desk_services import open_services
from switchboard.desk.live_changes import Changes
from switchboard.errors import ConfigurationError
from switchboard.settings import load_settings
from switchboard.staff import audit
from switchboard.staff.audit import LOOK_SECONDS, AuditTrail
from switchboard.staff.directory import Role
from switchboard.staff.second_factor import STEP_SECONDS, SecondFactors
from switchboard.staff.sign_ins import CODE_SECONDS, IDLE_SECONDS, SignIns
from tests.desk.test_pages import PASSWORD, client, services, sign_in, ticket
from tests.fakes.clock import Clock

__all__ = ["client", "services", "ticket"]
JPEG = b"\xff\xd8\xff a picture"


def looks(services):
    found = AuditTrail(services.engine).newest()
    return [(r.person_id, r.subject) for _, r in reversed(found) if r.act == "look"]


@pytest.mark.parametrize("query", ["", "?part=conversation", "?part=side", "?wrong=take"])
def test_every_view_of_a_customers_words_is_on_record(client, services, ticket, query):
    sign_in(client)
    before = len(looks(services))
    for _ in range(5):  # a page asks for its parts every few seconds
        client.get(f"/tickets/{ticket.reference}{query}")
    assert looks(services)[before:] == [(2, ticket.reference)]


def test_a_view_is_on_record_again_after_a_while(client, services, ticket, monkeypatch):
    sign_in(client)
    client.get(f"/tickets/{ticket.reference}?part=conversation")
    later = time.time() + LOOK_SECONDS + 1
    monkeypatch.setattr(services.audit, "_clock", lambda: later)
    client.get(f"/tickets/{ticket.reference}?part=conversation")
    assert looks(services).count((2, ticket.reference)) == 2
    assert audit.LOOK == "look"


def test_what_shows_no_words_is_no_look(client, services, ticket):
    sign_in(client)
    before = looks(services)
    client.get(f"/tickets/{ticket.reference}?part=state")
    client.get("/news")
    assert looks(services) == before


def test_the_queue_the_files_and_the_comments_show_words_too(client, services, ticket):
    kept = services.files.keep("a", JPEG)
    sign_in(client, "ada")
    client.get("/?part=rows")
    client.get("/?q=parcel")
    client.get(f"/files/{kept.id}")
    client.get(f"/tickets/{ticket.reference}/draft?suggest=yes")
    client.get("/overview/satisfaction")
    client.get("/overview/questions")
    subjects = ["queue", ticket.reference, "overview, satisfaction", "overview, questions"]
    assert looks(services) == [(1, subject) for subject in subjects]


def test_the_terminal_is_on_record(services, ticket, monkeypatch):
    monkeypatch.setenv(
        "SWITCHBOARD_DATABASE_URL", services.engine.url.render_as_string(hide_password=False)
    )
    assert run(["desk", "show", ticket.reference]) == 0
    assert looks(services) == [(None, ticket.reference)]


async def heard(services, token, do, seconds=4.0):
    """What a page hears after something was done, and for how many seconds."""
    changes = Changes(services.engine, services.sign_ins.still_in)
    stream = changes.listen(token)
    lines = [await stream.__anext__()]
    await asyncio.sleep(0.4)
    began = time.monotonic()
    await asyncio.to_thread(do)

    async def listen():
        async for line in stream:
            lines.append(line)

    try:
        await asyncio.wait_for(listen(), seconds)
    except asyncio.TimeoutError:
        lines.append("still on")
    return lines, time.monotonic() - began


@pytest.mark.parametrize("how", ["kept out", "signed out", "new password", "expired"])
async def test_who_is_in_no_more_hears_nothing_more(services, how):
    bob = services.directory.find_login("bob")
    token = services.sign_ins.authenticate("bob", PASSWORD, "x").token
    clock = Clock(time.time())

    def end():
        if how == "kept out":
            services.directory.set_active(bob, False, None)
        elif how == "signed out":
            services.sign_ins.end(token)
        elif how == "new password":
            services.directory.set_password(bob, PASSWORD, None)
        else:
            clock.now += IDLE_SECONDS + 1

    if how == "expired":
        object.__setattr__(services, "sign_ins", SignIns(services.engine, clock))
    lines, took = await heard(services, token, end)
    assert "over" in lines[-1]
    assert took < 2.5


async def test_who_is_in_hears_on_and_it_is_no_sign_of_life(services, ticket):
    token = services.sign_ins.authenticate("bob", PASSWORD, "x").token
    other = services.sign_ins.authenticate("ada", PASSWORD, "x").token
    bob = services.directory.find_login("bob")

    def work():
        services.sign_ins.end(other)
        services.ticket_acts.take(ticket, bob)

    lines, _ = await heard(services, token, work, 2.5)
    assert lines[-1] == "still on"
    assert any("changed" in line for line in lines[1:])


async def test_nobody_hears_before_the_code(services):
    bob = services.directory.find_login("bob")
    services.factors.begin(bob)
    services.factors.confirm(bob, code_of(services, bob))
    token = services.sign_ins.authenticate("bob", PASSWORD, "x").token
    lines, took = await heard(services, token, lambda: None)
    assert "over" in lines[-1]
    assert took < 2.5


# The second factor.


def code_of(services, person, steps=0):
    with services.engine.connect() as db:
        mine = second_factors.c.person_id == person.id
        secret = db.execute(sa.select(second_factors.c.secret).where(mine)).scalar()
    return pyotp.TOTP(secret).at(int(time.time()) + steps * STEP_SECONDS)


def enrol(client, csrf):
    """The secret and the recovery codes of who is signed in."""
    page = client.get("/me/second-factor").text
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", page)[1]
    assert f"secret={secret}" in page
    assert "otpauth://totp/Switchboard:" in page
    assert "data:image/svg+xml" in page
    form = {"csrf": csrf, "what": "add", "code": pyotp.TOTP(secret).now()}
    told = client.post("/me/second-factor", data=form)
    codes = re.findall(r"<code>([A-Z2-7-]{19})</code>", told.text)
    assert len(codes) == 10
    return secret, codes


def give(client, code):
    page = client.get("/sign-in/code").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)[1]
    return client.post("/sign-in/code", data={"csrf": csrf, "code": code})


def begin(client, login="bob"):
    answer = client.post("/sign-in", data={"login": login, "password": PASSWORD})
    assert answer.headers["location"] == "/sign-in/code"


def test_a_code_is_asked_for_and_good_once(client, services):
    secret, _ = enrol(client, sign_in(client))
    client.cookies.clear()
    begin(client)
    for path in ("/", "/changes", "/news", "/me/second-factor"):
        assert client.get(path).status_code == 401
    assert client.post("/me", data={}).status_code == 401
    used = pyotp.TOTP(secret).now()  # at enrolment
    assert give(client, used).status_code == 401
    for wrong in ("000000", "", "x", "²²²²²²", "1" * 40):
        assert give(client, wrong).status_code in (401, 429)
    with services.engine.begin() as db:
        db.execute(sa.text("DELETE FROM sign_in_tries"))
    fresh = pyotp.TOTP(secret).at(int(time.time()) + STEP_SECONDS)
    answer = give(client, f" {fresh[:3]} {fresh[3:]} ")
    assert answer.headers["location"] == "/"
    assert client.get("/").status_code == 200
    client.cookies.clear()
    begin(client)
    assert give(client, fresh).status_code == 401


def test_a_recovery_code_is_good_once_and_kept_as_a_digest(client, services):
    _, codes = enrol(client, sign_in(client))
    with services.engine.connect() as db:
        kept = str(db.execute(sa.select(recovery_codes)).all())
    assert codes[0] not in kept
    assert codes[0].replace("-", "") not in kept
    client.cookies.clear()
    begin(client)
    assert give(client, codes[0].lower().replace("-", " ")).headers["location"] == "/"
    client.cookies.clear()
    begin(client)
    assert give(client, codes[0]).status_code == 401
    assert give(client, codes[1]).headers["location"] == "/"
    acts = [r.act for _, r in AuditTrail(services.engine).newest()]
    assert acts.count("use recovery code") == 2
    assert "wrong code" in acts


def test_wrong_codes_wait_and_a_right_password_waits_not_for_ever(client, services, monkeypatch):
    enrol(client, sign_in(client))
    client.cookies.clear()
    begin(client)
    statuses = [give(client, "000000").status_code for _ in range(7)]
    assert statuses == [401] * 5 + [429] * 2
    later = time.time() + CODE_SECONDS + 1
    monkeypatch.setattr(services.sign_ins, "_clock", lambda: later)
    assert client.get("/sign-in/code").status_code == 401


def test_a_second_factor_is_changed_by_a_code_only(client, services):
    csrf = sign_in(client)
    secret, codes = enrol(client, csrf)
    assert secret not in client.get("/me/second-factor").text

    def change(**form):
        return client.post("/me/second-factor", data={"csrf": csrf, **form})

    assert change(what="remove", code="000000").status_code == 400
    assert change(what="remove").status_code == 400
    assert change(what="add", code=codes[0]).status_code == 400
    assert change(what="nonsense", code=codes[0]).status_code == 400
    assert services.factors.has(2)
    renewed = change(what="renew", code=codes[0])
    assert codes[1] not in renewed.text
    new = re.findall(r"<code>([A-Z2-7-]{19})</code>", renewed.text)
    assert change(what="remove", code=codes[1]).status_code == 400
    assert change(what="remove", code=new[0]).status_code == 303
    assert not services.factors.has(2)
    client.cookies.clear()
    sign_in(client)


def test_a_supervisor_resets_it_on_the_page_and_in_the_terminal(
    client, services, monkeypatch, capsys
):
    enrol(client, sign_in(client))
    bobs = client.cookies["desk"]
    client.cookies.clear()
    csrf = sign_in(client, "ada")
    assert "Reset" in client.get("/people").text
    reset = {"csrf": csrf, "what": "reset-factor", "person": "2"}
    assert client.post("/people", data=reset).status_code == 303
    assert not services.factors.has(2)
    assert services.sign_ins.find(bobs) is None
    enrol(client, csrf)
    assert client.post("/people", data={**reset, "person": "1"}).status_code == 400
    assert services.factors.has(1)
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", services.engine.url.render_as_string(False))
    assert run(["desk", "reset-second-factor", "ada"]) == 0
    assert not services.factors.has(1)
    assert run(["desk", "reset-second-factor", "ada"]) == 1
    acts = [(r.person_id, r.subject) for _, r in services.audit.newest() if "remove" in r.act]
    assert acts == [(None, "ada"), (1, "bob")]


def test_it_can_be_demanded_of_all(tmp_path):
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    named = {"SWITCHBOARD_DATABASE_URL": url, "SWITCHBOARD_DESK_SECOND_FACTOR": "required"}
    services = open_services(load_settings(named))
    services.directory.add("bob", "Bob", Role.AGENT, PASSWORD, None)
    client = TestClient(make_app(services), follow_redirects=False)
    client.post("/sign-in", data={"login": "bob", "password": PASSWORD})
    html = {"Accept": "text/html"}
    assert client.get("/", headers=html).headers["location"] == "/me/second-factor"
    for path in ("/", "/changes", "/texts", "/news"):
        assert client.get(path).status_code == 403
    page = client.get("/me/second-factor").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)[1]
    enrol(client, csrf)
    assert client.get("/").status_code == 200
    with pytest.raises(ConfigurationError, match="SECOND_FACTOR"):
        load_settings({"SWITCHBOARD_DESK_SECOND_FACTOR": "perhaps"})


def test_a_code_is_used_once_by_two_at_once(engine):
    from switchboard.staff.directory import Directory

    clock = Clock(1_800_000_000.0)
    bob = Directory(engine, clock).add("bob", "Bob", Role.AGENT, PASSWORD, None)
    factors = SecondFactors(engine, clock)
    totp = pyotp.TOTP(factors.begin(bob))
    assert factors.confirm(bob, totp.at(int(clock.now) - STEP_SECONDS))
    codes = [totp.at(int(clock.now) + step * STEP_SECONDS) for step in (-2, -1, 0, 2)]
    assert [factors.accept(bob.id, code) for code in codes] == [False, False, True, False]
    assert not factors.accept(bob.id, codes[2])
    clock.now += STEP_SECONDS
    assert factors.accept(bob.id, totp.at(int(clock.now)))


# Where a request comes from.


def test_a_browser_keeps_what_makes_it_known(client, services):
    answer = client.post("/sign-in", data={"login": "bob", "password": PASSWORD})
    cookies = [c for c in answer.headers.get_list("set-cookie") if c.startswith("desk-device=")]
    assert len(cookies) == 1
    assert "HttpOnly" in cookies[0]
    assert "SameSite=strict" in cookies[0]
    assert "Max-Age=31536000" in cookies[0]
    for _ in range(9):
        stranger = TestClient(client.app, base_url="http://desk.example", follow_redirects=False)
        stranger.post("/sign-in", data={"login": "bob", "password": "wrong"})
    refused = stranger.post("/sign-in", data={"login": "bob", "password": PASSWORD})
    assert refused.status_code == 429
    assert re.search(r"next one: \d+<", refused.text)
    assert client.post("/sign-in", data={"login": "bob", "password": PASSWORD}).status_code == 303


@pytest.mark.parametrize("wrong", ["proxy.example", "*", "10.0.0.0/99", "x"])
def test_a_proxy_is_an_address(wrong):
    with pytest.raises(ConfigurationError, match="SWITCHBOARD_DESK_PROXIES"):
        load_settings({"SWITCHBOARD_DESK_PROXIES": wrong})
    given = load_settings({"SWITCHBOARD_DESK_PROXIES": "127.0.0.1, 10.0.0.0/8"}).desk.proxies
    assert given == ("127.0.0.1", "10.0.0.0/8")
