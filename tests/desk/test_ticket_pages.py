"""The desk's newer pages over HTTP: files, parts, acts as JSON, oneself, texts, who is there."""

import re

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from switchboard.database.tables import tickets
from switchboard.desk.app import make_app
from switchboard.desk.desk_services import open_services
from switchboard.desk.queue import PAGE
from switchboard.desk.ticket_pages import MAX_FILE_FORM
from switchboard.orders.contacts import Contact
from switchboard.orders.identity import IdentityGate
from switchboard.orders.proved_persons import ProvedPersons
from switchboard.profile.preferences import Preference
from switchboard.settings import load_settings
from switchboard.staff.directory import Role
from switchboard.tickets.ratings import Ratings
from switchboard.tickets.story import tell_story
from tests.desk.test_pages import PASSWORD, client, services, sign_in, ticket
from tests.fakes.mail_server import MailServer
from tests.fakes.tickets import ASKED, close

__all__ = ["client", "services", "ticket"]
JPEG, JSON = b"\xff\xd8\xff a picture", {"Accept": "application/json"}


def post(client, ticket, what, csrf, files=None, **words):
    path = f"/tickets/{ticket.reference}/{what}"
    return client.post(path, data={"csrf": csrf, **words}, files=files, headers=JSON)


def test_a_file_is_for_who_is_signed_in_and_runs_nothing(client, services):
    kept = services.files.keep("a", JPEG, "x.html")
    pdf = services.files.keep("a", b"%PDF-1.7")
    assert client.get(f"/files/{kept.id}").status_code == 401
    sign_in(client)
    answer = client.get(f"/files/{kept.id}")
    assert (answer.content, answer.headers["content-type"]) == (JPEG, "image/jpeg")
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get(f"/files/{pdf.id}").headers["content-disposition"].startswith("attachment")
    for forged in ("A" * 43, "..%2f..%2fetc%2fpasswd", "x"):
        assert client.get(f"/files/{forged}").status_code == 404


def test_a_picture_goes_out_and_other_files_do_not(client, services, ticket):
    csrf = sign_in(client)
    post(client, ticket, "take", csrf)
    for bad in (b"<svg/>", b"<html>", b"", JPEG.ljust(8_000_001)):
        answer = post(client, ticket, "answer", csrf, {"file": ("a.jpg", bad)}, key="k", text="x")
        assert answer.status_code == 409
        assert "pictures" in answer.json()["wrong"]
    large = {"file": ("a.jpg", JPEG.ljust(MAX_FILE_FORM))}
    assert post(client, ticket, "answer", csrf, large, key="k").status_code == 413
    answer = post(client, ticket, "answer", csrf, {"file": ("a.jpg", JPEG)}, key="k")
    assert (answer.status_code, answer.json()) == (200, {"wrong": ""})
    assert "/files/" in client.get(f"/tickets/{ticket.reference}?part=conversation").text


@pytest.mark.parametrize("part", ["state", "side", "conversation"])
def test_a_part_is_a_part(client, ticket, part):
    sign_in(client)
    answer = client.get(f"/tickets/{ticket.reference}?part={part}")
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert client.get(f"/tickets/{ticket.reference}?part=nonsense").status_code == 404


@pytest.mark.parametrize("back", ["//evil.example", "https://evil.example", "/\\evil.example", "x"])
def test_nobody_is_sent_elsewhere(client, back):
    csrf = sign_in(client)
    answer = client.post("/me", data={"csrf": csrf, "back": back})
    location = answer.headers["location"]
    assert location.startswith("/")
    assert location[1:2] not in ("/", "\\")


def test_oneself_is_away_in_a_language(client, services):
    csrf = sign_in(client)
    client.post("/me", data={"csrf": csrf, "away": "yes", "language": "zh"})
    bob = services.directory.find(2)
    assert (bob.away, bob.language) == (True, "zh")
    client.post("/me", data={"csrf": csrf, "away": "no", "language": "nonsense"})
    bob = services.directory.find(2)
    assert (bob.away, bob.language) == (False, "zh")


def test_texts_are_edited_by_supervisors_only(client, services):
    new = {"name": "new", "english": "Hello", "chinese": "您好"}
    csrf = sign_in(client)
    assert client.get("/texts").status_code == 200
    assert client.post("/texts", data={"csrf": csrf, **new}).status_code == 403
    csrf = sign_in(client, "ada")
    assert client.post("/texts", data={"csrf": csrf, **new}).status_code == 303
    bad = {**new, "english": "{nonsense}"}
    assert client.post("/texts", data={"csrf": csrf, **bad}).status_code == 400


def test_news_counts_what_waits(client, ticket):
    assert client.get("/news").status_code == 401
    sign_in(client)
    assert client.get("/news").json() == {"waiting": 1, "newest": ticket.opened_at}


def test_who_else_looks_is_told(client, services, ticket):
    csrf = sign_in(client)
    services.presence.note("a", "person:1", "Ada")
    services.presence.note("a", "customer", typing=True)
    path = f"/tickets/{ticket.reference}/here"
    others = client.post(path, data={"csrf": csrf, "typing": "yes"}).json()["others"]
    assert others == [
        {"name": "", "customer": True, "typing": True},
        {"name": "Ada", "customer": False, "typing": False},
    ]
    assert services.presence.agents_typing("a") == []  # it is not Bob's
    assert client.post(path, data={}).status_code == 403


def test_a_rating_and_its_comment_stand_on_the_ticket(client, services, ticket):
    sign_in(client)
    assert close(services.engine, ticket)
    ratings = Ratings(services.engine)
    assert ratings.take(ticket.reference, ticket.conversation_id, 2)
    assert ratings.comment(ticket.reference, ticket.conversation_id, "too <slow>")
    page = client.get(f"/tickets/{ticket.reference}?part=conversation").text
    assert "rated 2/5" in page
    assert "too &lt;slow&gt;" in page


def test_closed_tickets_come_in_pages(client, services):
    sign_in(client)
    story = tell_story([], ASKED, None, False)
    for number in range(PAGE + 3):
        ticket, _ = services.tickets.open(f"c{number}", "cmdline", story)
        close(services.engine, ticket)
    first = client.get("/?state=closed").text
    older = re.search(r'href="(/\?state=closed&amp;before=\d+)"', first)[1].replace("&amp;", "&")
    second = client.get(older).text
    shown = [re.findall(r"/tickets/(T-\w+)", page) for page in (first, second)]
    assert [len(page) for page in shown] == [PAGE, 3]
    assert not set(shown[0]) & set(shown[1])
    assert "before=" not in second


def test_an_answer_goes_by_e_mail_where_an_address_was_left(services_with_mail):
    client, services, server = services_with_mail
    csrf = sign_in(client)
    ticket, _ = services.tickets.open("a", "telegram", tell_story([], ASKED, None, False))
    path = f"/tickets/{ticket.reference}"
    client.post(f"{path}/take", data={"csrf": csrf})
    assert "Send by e-mail" not in client.get(path).text
    with services.engine.begin() as db:
        db.execute(sa.update(tickets).values(contact="kim@example.com"))
    assert "Send by e-mail" in client.get(path).text
    words = {"csrf": csrf, "text": "It is on its way.", "key": "k1"}
    assert client.post(f"{path}/mail", data=words).headers["location"] == path
    assert client.post(f"{path}/mail", data=words).headers["location"] == f"{path}?wrong=mail"
    services.mail.deliver()
    ((to, text),) = server.mails
    assert to == ["kim@example.com"]
    assert "It is on its way." in text
    assert ticket.reference in text
    assert "by e-mail, delivered" in client.get(f"{path}?part=conversation").text


@pytest.fixture
def services_with_mail(tmp_path):
    server = MailServer()
    settings = {
        "SWITCHBOARD_DATABASE_URL": f"sqlite:///{tmp_path / 'desk.db'}",
        "SWITCHBOARD_FILES_DIR": str(tmp_path / "files"),
        "SWITCHBOARD_SMTP_URL": f"smtp://127.0.0.1:{server.port}",
    }
    services = open_services(load_settings(settings))
    services.directory.add("bob", "Bob", Role.AGENT, PASSWORD, None)
    app = make_app(services)
    yield TestClient(app, base_url="http://desk.example", follow_redirects=False), services, server
    server.close()


def test_beside_a_ticket_stand_wishes_and_the_same_persons_other_conversations(client, services):
    maya = Contact("maya@example.com", "", "Maya Lee", "", "c-1")
    namesake = Contact("other@example.com", "", "Maya Lee", "", "c-2")
    gate = IdentityGate(services.engine, 60, persons=ProvedPersons(services.engine))
    gate.check("telegram:5", "4711", maya.email, maya)
    gate.check("web:9", "4711", maya.email, maya)
    gate.check("facebook:1:2", "4800", namesake.email, namesake)
    services.profiles.book.keep("web:9", [Preference("calls", "no")])
    story = tell_story([], ASKED, None, False)
    opened = {name: services.tickets.open(name, name.split(":")[0], story)[0]
              for name in ("telegram:5", "web:9", "facebook:1:2")}  # fmt: skip
    sign_in(client)
    side = client.get(f"/tickets/{opened['web:9'].reference}?part=side").text
    assert "no phone calls" in side
    assert "Telegram" in side
    assert f"/tickets/{opened['telegram:5'].reference}" in side
    assert opened["facebook:1:2"].reference not in side
    other = client.get(f"/tickets/{opened['facebook:1:2'].reference}?part=side").text
    assert "Same person" not in other
