"""The desk's newer pages over HTTP: files, parts, acts as JSON, oneself, texts, who is there."""

import pytest

from switchboard.desk.ticket_pages import MAX_FILE_FORM
from tests.desk.test_pages import client, services, sign_in, ticket

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
