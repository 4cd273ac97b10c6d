"""What did not get through, on a supervisor's page."""

import re

from switchboard.mailroom.inbox import DEAD, Arrival, Inbox
from switchboard.mailroom.message import AGENT, Outgoing
from switchboard.mailroom.outbox import FAILED, Outbox
from tests.desk.test_pages import client, services, sign_in, ticket

__all__ = ["client", "services", "ticket"]


def die(services):
    inbox, outbox = Inbox(services.engine, "telegram"), Outbox(services.engine, "telegram")
    inbox.keep([Arrival("1", "telegram:5", {"message": {"text": "<b>cancel</b> it"}})])
    with services.engine.begin() as db:
        inbox.settle(db, inbox.pending("telegram:5"), DEAD, "TypeError")
        outbox.add(db, "telegram:5", [Outgoing("Ada here", author=AGENT)])
    outbox.settle(outbox.next("telegram:5"), FAILED, "unsure: no answer")
    return inbox, outbox


def press(client, kind, number, what):
    page = client.get("/letters").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page).group(1)
    form = {"csrf": csrf, "kind": kind, "number": number, "what": what}
    return client.post("/letters", data=form, follow_redirects=False)


def test_a_supervisor_sees_tries_again_and_leaves(client, services):
    inbox, outbox = die(services)
    sign_in(client, "ada")
    page = client.get("/letters").text
    assert "&lt;b&gt;cancel&lt;/b&gt; it" in page
    assert "Ada here" in page
    letters = {one.kind.value: one.id for one in services.letters.newest()}
    assert press(client, "message", letters["message"], "again").status_code == 303
    assert press(client, "answer", letters["answer"], "drop").status_code == 303
    assert [a.payload["message"]["text"] for a in inbox.pending("telegram:5")] == [
        "<b>cancel</b> it"
    ]
    assert outbox.next("telegram:5") is None
    assert "Everything got through." in client.get("/letters").text
    acts = [(record.act, record.subject) for _, record in services.audit.newest()]
    assert ("look", "dead letters") in acts
    assert {"letter again", "letter drop"} <= {act for act, _ in acts}


def test_it_is_for_supervisors_and_takes_no_nonsense(client, services):
    die(services)
    sign_in(client)
    assert client.get("/letters").status_code == 403
    client.cookies.clear()
    sign_in(client, "ada")
    for kind, number, what in [
        ("message", "x", "again"),
        ("letter", "1", "again"),
        ("message", "1", "burn"),
        ("message", "9" * 30, "drop"),
        ("", "", ""),
    ]:
        assert press(client, kind, number, what).status_code == 400
    assert press(client, "message", "4000000", "drop").status_code == 303
    assert len(services.letters.newest()) == 2
