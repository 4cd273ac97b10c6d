"""The desk over HTTP: who comes in, with what, and who sees what."""

import re

import pytest
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from switchboard.desk.app import make_app
from switchboard.desk.desk_services import open_services
from switchboard.settings import load_settings
from switchboard.staff.directory import Role
from switchboard.staff.sign_in_delays import FREE_TRIES
from switchboard.tickets.story import tell_story

PASSWORD = "a long enough one"
from tests.fakes.tickets import ASKED, THREAT, angry, close


@pytest.fixture
def services(tmp_path):
    settings = {
        "SWITCHBOARD_DATABASE_URL": f"sqlite:///{tmp_path / 'desk.db'}",
        "SWITCHBOARD_FILES_DIR": str(tmp_path / "files"),
    }
    services = open_services(load_settings(settings))
    services.directory.add("ada", "Ada", Role.SUPERVISOR, PASSWORD, None)
    services.directory.add("bob", "Bob", Role.AGENT, PASSWORD, None)
    return services


@pytest.fixture
def client(services):
    return TestClient(make_app(services), base_url="http://desk.example", follow_redirects=False)


@pytest.fixture
def ticket(services):
    return services.tickets.open("a", "cmdline", tell_story([], ASKED, None, False))[0]


def sign_in(client, login="bob"):
    answer = client.post("/sign-in", data={"login": login, "password": PASSWORD})
    assert answer.status_code == 303
    return re.search(r'name="csrf" value="([^"]+)"', client.get("/").text)[1]


def test_nothing_is_shown_to_a_stranger(client, ticket):
    for path in ("/", "/changes", f"/tickets/{ticket.reference}", "/people", "/trail"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers={"Accept": "text/html"}).headers["location"] == "/sign-in"
    assert client.post(f"/tickets/{ticket.reference}/take").status_code == 401
    assert client.post("/people", data={"what": "add"}).status_code == 401
    client.cookies.set("desk", "guess")
    assert client.get("/").status_code == 401


def test_the_cookie_is_kept_from_scripts_and_other_sites(client, services):
    answer = client.post("/sign-in", data={"login": "ada", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie
    safe = TestClient(make_app(services), base_url="https://desk.example", follow_redirects=False)
    answer = safe.post("/sign-in", data={"login": "ada", "password": PASSWORD})
    assert "secure" in answer.headers["set-cookie"].lower()


def test_headers_let_nothing_in_from_elsewhere(client):
    headers = client.get("/sign-in").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"


def test_wrong_passwords_are_refused_and_then_not_looked_at(client):
    for _ in range(FREE_TRIES):
        answer = client.post("/sign-in", data={"login": "bob", "password": "wrong"})
        assert answer.status_code == 401
        assert "Login or password is wrong" in answer.text
    answer = client.post("/sign-in", data={"login": "bob", "password": PASSWORD})
    assert answer.status_code == 429


@pytest.mark.parametrize("what", ["take", "answer", "note", "give-back", "close", "reopen"])
def test_a_form_of_another_site_does_nothing(client, services, ticket, what):
    sign_in(client)
    for csrf in ({}, {"csrf": ""}, {"csrf": "guess"}, {"csrf": "é"}):
        answer = client.post(f"/tickets/{ticket.reference}/{what}", data={"text": "x", **csrf})
        assert answer.status_code == 403
    assert services.ticket_acts.entries(ticket) == []


def test_an_agent_sees_no_people_and_no_trail(client):
    csrf = sign_in(client, "bob")
    for path in ("/people", "/trail"):
        assert client.get(path).status_code == 403
    new = {"what": "add", "login": "eve", "name": "Eve", "password": PASSWORD, "csrf": csrf}
    assert client.post("/people", data=new).status_code == 403


def test_a_supervisor_takes_on_and_keeps_out(client, services):
    csrf = sign_in(client, "ada")
    new = {"what": "add", "login": "eve", "name": "Eve", "password": PASSWORD, "csrf": csrf}
    assert client.post("/people", data=new).status_code == 303
    assert "taken" in client.post("/people", data=new).text
    short = {**new, "login": "kim", "password": "short"}
    assert client.post("/people", data=short).status_code == 400
    eve = services.directory.verify("eve", PASSWORD)
    out = {"what": "deactivate", "person": str(eve.id), "csrf": csrf}
    assert client.post("/people", data=out).status_code == 303
    assert services.directory.verify("eve", PASSWORD) is None
    assert client.post("/people", data={"csrf": csrf, "what": "add"}).status_code == 400
    assert "keep out" not in client.get("/trail").text
    assert "deactivate" in client.get("/trail").text


def test_a_case_from_hand_to_hand(client, services, ticket):
    csrf = sign_in(client)
    path = f"/tickets/{ticket.reference}"

    def do(what, **words):
        return client.post(f"{path}/{what}", data={"csrf": csrf, **words}).headers["location"]

    assert do("answer", text="too early", key="k0") == f"{path}?wrong=answer"
    assert do("take") == path
    assert do("answer", text="<b>hello</b>", key="k1") == path
    assert do("answer", text="<b>hello</b>", key="k1") == f"{path}?wrong=answer"
    assert "sent before" in client.get(f"{path}?wrong=answer").text
    page = client.get(path).text
    assert "&lt;b&gt;hello&lt;/b&gt;" in page
    assert "cannot be written to" in page
    assert do("note", text="a regular", key="k2") == path
    assert do("transfer", to="1", text="speaks Chinese") == path
    assert do("close", text="called") == f"{path}?wrong=close"  # it is Ada's now
    assert do("take-over") == path  # who has not signed in
    assert do("close", text="called") == path
    assert "nobody" not in client.get(path).text
    assert do("reopen") == path
    assert client.post(f"{path}/nonsense", data={"csrf": csrf}).status_code == 404
    assert client.get("/tickets/T-NONE").status_code == 404


def test_the_queue_is_ordered_and_filtered(client, services):
    sign_in(client)
    stories = [
        ("a", "telegram", tell_story([], ASKED, None, False), "en"),
        ("b", "facebook", tell_story([], angry("0.99"), None, False), "zh"),
        ("c", "telegram", tell_story([], THREAT, None, False), "en"),
    ]
    made = {s[0]: services.tickets.open(*s)[0].reference for s in stories}

    def shown(query=""):
        return re.findall(r"/tickets/(T-\w+)", client.get(f"/{query}").text)

    assert shown() == [made["c"], made["b"], made["a"]]
    assert shown("?channel=facebook") == [made["b"]]
    assert shown("?language=en") == [made["c"], made["a"]]
    assert shown("?whose=mine") == []
    close(services.engine, services.tickets.get(made["c"]), "done")
    assert shown("?state=closed") == [made["c"]]
    assert "<html" not in client.get("/?part=rows").text


def test_a_database_away_is_said_to_be(client, services, monkeypatch):
    sign_in(client)

    def down(*_given, **_named):
        raise OperationalError("select", {}, Exception("down"))

    monkeypatch.setattr(services.tickets, "waiting", down)
    answer = client.get("/")
    assert answer.status_code == 503
    assert "does not answer" in answer.text


def test_a_form_too_long_is_refused(client, ticket):
    csrf = sign_in(client)
    answer = client.post(
        f"/tickets/{ticket.reference}/note", data={"csrf": csrf, "text": "x" * 300_000}
    )
    assert answer.status_code == 413


def answered(services, ticket, text="can I put the mugs in the dishwasher?"):
    with services.engine.begin() as db:
        said = {"event": "user", "timestamp": 1.0, "text": text, "parse_data": {}}
        services.conversations.append(db, ticket.conversation_id, [said])


def test_help_stands_in_the_field_and_is_not_sent(client, services, ticket):
    csrf = sign_in(client)
    path = f"/tickets/{ticket.reference}"
    answered(services, ticket)
    client.post(f"{path}/take", data={"csrf": csrf})

    def draft(**asked):
        return client.get(f"{path}/draft", params=asked).json()

    assert "this is Bob" in draft(macro="hello")["text"]
    suggested = draft(suggest="yes")
    assert "safe in the dishwasher" in suggested["text"]
    assert "Stoneware in daily use" in suggested["sources"][0]["name"]
    found = draft(search="floor lamp bulb")
    assert found["note"] == "Articles:"
    assert "E27" in draft(article=found["sources"][0]["id"])["text"]
    nothing = {"text": "", "note": "", "sources": []}
    assert draft(macro="nonsense") == draft(article="nonsense") == nothing
    assert [entry.kind for entry in services.ticket_acts.entries(ticket)] == ["taken"]


def test_a_draft_is_in_the_customers_language(client, services):
    csrf = sign_in(client)
    story = tell_story([], ASKED, None, False)
    ticket = services.tickets.open("z", "cmdline", story, "zh")[0]
    answered(services, ticket, "杯子可以放洗碗机吗")
    path = f"/tickets/{ticket.reference}"
    client.post(f"{path}/take", data={"csrf": csrf})
    assert "我是Bob" in client.get(f"{path}/draft?macro=hello").json()["text"]
    assert "洗碗机" in client.get(f"{path}/draft?suggest=yes").json()["text"]
