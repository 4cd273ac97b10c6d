"""Signing in by an OpenID provider that runs: there, back, and what may be wrong with it."""

import base64
import hashlib
import hmac
import json
import re
import time

import pytest
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from switchboard.desk.app import make_app
from switchboard.desk.desk_services import open_services
from switchboard.desk.openid_pages import BACK
from switchboard.errors import ConfigurationError
from switchboard.settings import load_settings
from switchboard.staff import openid_provider
from switchboard.staff.audit import AuditTrail
from switchboard.staff.directory import Role
from tests.desk.test_pages import PASSWORD
from tests.fakes.openid_server import CLIENT, SECRET, OpenIdServer

DESK = "http://desk.example"


@pytest.fixture
def provider():
    server = OpenIdServer()
    yield server
    server.close()


@pytest.fixture
def make(provider, tmp_path):
    def make(**more):
        settings = {
            "SWITCHBOARD_DATABASE_URL": f"sqlite:///{tmp_path / 'desk.db'}",
            "SWITCHBOARD_DESK_ADDRESS": DESK,
            "SWITCHBOARD_OIDC_ISSUER": provider.url,
            "SWITCHBOARD_OIDC_CLIENT_ID": CLIENT,
            "SWITCHBOARD_OIDC_CLIENT_SECRET": SECRET,
            **more,
        }
        services = open_services(load_settings(settings))
        return services, TestClient(make_app(services), base_url=DESK, follow_redirects=False)

    return make


@pytest.fixture
def desk(make):
    services, client = make()
    email = "bob@example.com"
    services.directory.add("bob", "Bob", Role.AGENT, PASSWORD, None, email)
    services.directory.add("ada", "Ada", Role.SUPERVISOR, PASSWORD, None, "ada@example.com")
    return services, client


def go(client, provider):
    there = client.get("/sign-in/openid")
    assert there.status_code == 303
    return client.get(provider.consent(there.headers["location"])[0])


def is_in(client):
    return client.get("/").status_code == 200


def test_who_is_known_there_is_let_in(desk, provider):
    services, client = desk
    assert "/sign-in/openid" in client.get("/sign-in").text
    provider.claims["email"] = "Bob@Example.com"
    back = go(client, provider)
    # A page that goes on by itself: strict cookies are kept back from a redirection.
    assert (back.status_code, "refresh" in back.text) == (200, True)
    cookies = back.headers.get_list("set-cookie")
    assert {c.partition("=")[0] for c in cookies} == {"desk", "desk-device", "desk-openid"}
    assert all("SameSite=strict" in c for c in cookies if "openid" not in c)
    assert re.search(r'class="who">Bob<', client.get("/").text)
    newest = [(r.act, r.subject, r.detail) for _, r in AuditTrail(services.engine).newest()]
    assert ("sign in", "bob", "testclient, by the provider") in newest


def test_what_begins_it_can_be_guessed_by_nobody(desk, provider):
    client = desk[1]
    one, two = (client.get("/sign-in/openid") for _ in range(2))
    cookie = one.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert one.headers["location"] != two.headers["location"]
    verifier = re.search(r"desk-openid=[^.]+\.[^.]+\.([^;]+)", cookie)[1]
    assert verifier not in one.headers["location"]


def test_another_browser_finishes_nothing(desk, provider, make):
    client = desk[1]
    address = provider.consent(client.get("/sign-in/openid").headers["location"])[0]
    other = TestClient(client.app, base_url=DESK, follow_redirects=False)
    assert other.get(address).status_code == 400  # it began nothing
    other.get("/sign-in/openid")
    assert other.get(address).status_code == 403  # it began something else
    assert not is_in(other)
    assert client.get(address).status_code == 200
    assert client.get(address).status_code == 400  # once
    for query in ("", "?code=x", "?state=x", "?error=access_denied&state=x"):
        client.get("/sign-in/openid")
        assert client.get(f"{BACK}{query}").status_code == 403


WRONG_CLAIMS = [
    {"aud": "another client"},
    {"aud": [CLIENT, "another"]},
    {"aud": None},
    {"iss": "https://another.example"},
    {"nonce": "another"},
    {"nonce": None},
    {"exp": 1},
    {"exp": None},
    {"sub": None},
    {"iat": None},
    {"azp": "another client"},
    {"email_verified": False},
    {"email_verified": "true"},
    {"email_verified": None},
    {"email": None},
    {"email": ["bob@example.com"]},
    {"nbf": 2**33},
]


@pytest.mark.parametrize("told", WRONG_CLAIMS, ids=str)
def test_what_is_not_said_for_us_now_is_not_believed(desk, provider, told):
    provider.told = told
    provider.of_user = {"sub": "1"}
    assert go(desk[1], provider).status_code == 403
    assert not is_in(desk[1])


def test_a_signature_by_another_key_is_not_believed(desk, provider):
    client = desk[1]
    provider.key = RSAKey.generate_key(2048, {"kid": "one"})  # says that it is the known one
    assert go(client, provider).status_code == 403
    provider.key = RSAKey.generate_key(2048, {"kid": "another"})
    assert go(client, provider).status_code == 403
    assert not is_in(client)


@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "RS256"])
def test_a_signature_that_anybody_can_make_is_not_believed(desk, provider, algorithm):
    public = provider.shown_key.as_pem(private=False)

    def forge(claims):
        head = {"alg": algorithm, "kid": "one"}
        signed = ".".join(encoded(json.dumps(part).encode()) for part in (head, claims))
        # The public key as a shared secret, or nothing at all.
        seal = hmac.new(public, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{encoded(seal) if algorithm == 'HS256' else ''}"

    provider.forge = forge
    assert go(desk[1], provider).status_code == 403
    assert not is_in(desk[1])


def encoded(content):
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def test_new_keys_are_asked_for(desk, provider):
    assert go(desk[1], provider).status_code == 200
    provider.key = provider.shown_key = RSAKey.generate_key(2048, {"kid": "two"})
    assert go(desk[1], provider).status_code == 200


def test_an_address_may_come_from_the_users_data(desk, provider):
    provider.of_user = {"sub": "1", **provider.claims}
    provider.claims = {}
    assert go(desk[1], provider).status_code == 200
    provider.of_user["sub"] = "2"
    assert go(desk[1], provider).status_code == 403


def test_nobody_comes_in_who_was_not_taken_on(desk, provider):
    services, client = desk
    provider.claims["email"] = "eve@example.com"
    assert go(client, provider).status_code == 403
    bob = services.directory.find_login("bob")
    services.directory.set_active(bob, False, None)
    provider.claims["email"] = "bob@example.com"
    assert go(client, provider).status_code == 403
    assert not is_in(client)
    newest = AuditTrail(services.engine).newest()
    wrong = [record.subject for _, record in newest if record.act == "wrong sign-in"]
    assert wrong == ["bob", "unknown login"]
    assert len(services.directory.everybody()) == 2


def test_somebody_new_becomes_what_the_settings_say(make, provider):
    services, client = make(SWITCHBOARD_OIDC_ROLE="agent")
    provider.claims |= {"email": "Eve+1@example.com", "name": "Eve"}
    for _ in range(2):
        assert go(client, provider).status_code == 200
    (eve,) = services.directory.everybody()
    assert (eve.name, eve.role, eve.email) == ("Eve", Role.AGENT, "eve+1@example.com")
    assert is_in(client)
    provider.claims["email"] = "kim@example.com"
    provider.claims["email_verified"] = False
    assert go(client, provider).status_code == 403
    assert len(services.directory.everybody()) == 1


@pytest.mark.parametrize("when", ["there", "back"])
@pytest.mark.parametrize("fault", ["down", "failing", "slow", "nonsense", "endless", "a list"])
def test_a_provider_that_does_not_work_is_told(desk, provider, monkeypatch, fault, when):
    client = desk[1]
    monkeypatch.setattr(openid_provider, "SECONDS", 0.5)
    address = "/sign-in/openid"
    if when == "back":
        address = provider.consent(client.get(address).headers["location"])[0]
    wanted = 403
    if fault == "down":
        provider.close()
        wanted = 503
    elif fault == "failing":
        provider.status, wanted = 500, 503
    elif fault == "slow":
        provider.seconds, wanted = 3.0, 503
    else:
        bodies = {"nonsense": b"<html>", "endless": b'"' + b"x" * 10**6, "a list": b"[]"}
        provider.body = bodies[fault]
    began = time.monotonic()
    answer = client.get(address)
    assert answer.status_code == wanted
    assert "organisation" in answer.text
    assert time.monotonic() - began < 2.5
    assert not is_in(client)
    assert client.post("/sign-in", data={"login": "bob", "password": PASSWORD}).status_code == 303


@pytest.mark.parametrize(
    "told",
    [
        {"issuer": "https://another.example"},
        {"token_endpoint": "ftp://desk.example"},
        {"jwks_uri": 7},
        {"authorization_endpoint": None},
    ],
    ids=str,
)
def test_a_provider_that_says_nonsense_of_itself_is_refused(desk, provider, told):
    provider.metadata = told
    assert desk[1].get("/sign-in/openid").status_code == 403


def test_the_secret_goes_the_way_that_the_provider_wants(desk, provider):
    provider.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert go(desk[1], provider).status_code == 200


def test_the_provider_asked_for_its_own_second_factor(make, provider):
    services, client = make(SWITCHBOARD_DESK_SECOND_FACTOR="required")
    services.directory.add("bob", "Bob", Role.AGENT, PASSWORD, None, "bob@example.com")
    assert go(client, provider).status_code == 200
    assert is_in(client)


def test_without_a_provider_there_is_no_such_page(tmp_path):
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    services = open_services(load_settings({"SWITCHBOARD_DATABASE_URL": url}))
    client = TestClient(make_app(services), base_url=DESK)
    assert client.get("/sign-in/openid").status_code == 404
    assert client.get(BACK).status_code == 404
    assert "openid" not in client.get("/sign-in").text


def test_an_issuer_speaks_tls():
    with pytest.raises(ConfigurationError, match="SWITCHBOARD_OIDC_ISSUER"):
        load_settings({"SWITCHBOARD_OIDC_ISSUER": "http://login.example.com"})
