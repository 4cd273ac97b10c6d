"""What conversations teach, on a supervisor's page."""

import dataclasses
import re

import pytest
from starlette.testclient import TestClient

from switchboard.clock import epoch_now
from switchboard.desk.app import make_app
from switchboard.learning.proposal_book import (
    Discovery,
    Evidence,
    ProposalKind,
    ProposalState,
)
from tests.desk.test_pages import client, sign_in, ticket
from tests.desk.test_pages import services as desk_services
from tests.learning.test_misreadings import NOW, keep, said

__all__ = ["client", "desk_services", "ticket"]


@pytest.fixture
def services(desk_services, tmp_path):
    """The desk's, with drafts of its own."""
    return dataclasses.replace(desk_services, drafts=tmp_path / "data" / "drafts")


def propose(services, text="<b>where</b> is my stuff", kind=ProposalKind.WORDING):
    piece = Evidence("telegram:5", 10.0, "said again", text, "what is the status of my order")
    meant = "track_order" if kind is ProposalKind.WORDING else ""
    services.proposals.propose([Discovery(kind, text, "en", meant, (piece,))])
    return services.proposals.list()[-1].id


def press(client, number, what, **more):
    page = client.get("/learning").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page).group(1)
    form = {"csrf": csrf, "number": number, "what": what, **more}
    return client.post("/learning", data=form, follow_redirects=False)


def test_a_supervisor_accepts_corrects_and_rejects(client, services):
    first, second = propose(services), propose(services, "stop that", ProposalKind.ARTICLE)
    third = propose(services, "when is it here")
    sign_in(client, "ada")
    page = client.get("/learning").text
    assert "&lt;b&gt;where&lt;/b&gt; is my stuff" in page
    assert re.search(r"<option selected>track_order</option>", page)
    assert press(client, first, "accept", suggestion="delivery_period").status_code == 303
    assert press(client, second, "reject").status_code == 303
    assert press(client, second, "accept").status_code == 409
    (accepted,) = services.proposals.list(ProposalState.ACCEPTED)
    assert (accepted.suggestion, accepted.decided_by) == ("delivery_period", "ada")
    assert [one.id for one in services.proposals.list()] == [third]
    acts = {record.act for _, record in services.audit.newest()}
    assert {"look", "accept proposal", "reject proposal"} <= acts


def test_it_is_for_supervisors_and_takes_no_nonsense(client, services):
    number = propose(services)
    sign_in(client)
    assert client.get("/learning").status_code == 403
    client.cookies.clear()
    sign_in(client, "ada")
    for given, what, suggestion in [
        (number, "burn", "track_order"),
        ("x", "accept", "track_order"),
        (number, "accept", "self_harm"),
        (number, "accept", "affirm"),
        (number, "accept", "no_such_intent"),
        (number, "accept", ""),
    ]:
        assert press(client, given, what, suggestion=suggestion).status_code == 400
    assert press(client, 10**6, "reject").status_code == 409
    assert [one.id for one in services.proposals.list()] == [number]


def test_without_proposals_there_is_nothing_to_decide(client):
    sign_in(client, "ada")
    assert "Nothing to decide." in client.get("/learning").text


def test_a_supervisor_says_what_was_meant(client, services):
    now = epoch_now()
    keep(
        services.engine,
        "telegram:7",
        said("wher r my things, maya@example.com", "nlu_fallback", now - 60 - NOW),
        said("", "track_order", now - 50 - NOW, pressed=True),
    )
    sign_in(client, "ada")
    page = client.get("/learning/readings").text
    assert "wher r my things, [email]" in page
    csrf = re.search(r'name="csrf" value="([^"]+)"', page).group(1)
    (event,) = re.findall(r'name="event" value="(\d+)"', page)
    for meant, number, status in [
        ("track_order", "x", 400),
        ("self_harm", event, 400),
        ("nothing", event, 400),
        ("track_order", "99999", 409),
        ("track_order", event, 303),
        ("track_order", event, 303),
    ]:
        form = {"csrf": csrf, "event": number, "meant": meant}
        answer = client.post("/learning/readings", data=form, follow_redirects=False)
        assert answer.status_code == status
    (accepted,) = services.proposals.list(ProposalState.ACCEPTED)
    assert (accepted.subject, accepted.suggestion) == (
        "wher r my things, [email]",
        "track_order",
    )
    assert accepted.evidence[0].sign == "corrected"


def test_what_people_have_to_write_is_a_draft_with_its_path(client, services):
    number = propose(services, "do you sell <b>gift cards</b>", ProposalKind.ARTICLE)
    sign_in(client, "ada")
    assert press(client, number, "accept").status_code == 303
    path = "data/drafts/en/do-you-sell-b-gift-cards-b.md"
    page = client.get("/learning").text
    assert f"<code>{path}</code>" in page
    assert "<b>gift" not in page
    draft = services.drafts.parent.parent / path
    assert "do you sell <b>gift cards</b>" in draft.read_text(encoding="utf-8")
    draft.unlink()  # published, or not wanted
    assert path not in client.get("/learning").text


def test_a_folder_that_cannot_be_written_keeps_nobody_from_deciding(client, services, caplog):
    services.drafts.parent.mkdir()
    services.drafts.write_text("in the way")
    number = propose(services, "do you sell gift cards", ProposalKind.INTENT)
    sign_in(client, "ada")
    assert press(client, number, "accept").status_code == 303
    assert services.proposals.get(number).state is ProposalState.ACCEPTED
    assert "a draft is not written" in caplog.text
    assert "gift cards" not in caplog.text
    services.drafts.unlink()
    other = propose(services, "where is it")
    assert press(client, other, "accept", suggestion="track_order").status_code == 303
    assert services.proposals.get(number).state is ProposalState.WRITTEN


def test_only_who_agreed_is_read_to_be_corrected(client, services):
    now = epoch_now()
    spoken = said("wher r my things", "nlu_fallback", now - 60 - NOW)
    keep(services.engine, "telegram:7", spoken)
    policy = services.policy
    asking = dataclasses.replace(services, policy=Asking(policy))
    other = TestClient(make_app(asking), base_url="http://desk.example", follow_redirects=False)
    sign_in(other, "ada")
    assert "wher r my things" not in other.get("/learning/readings").text
    sign_in(client, "ada")
    assert "wher r my things" in client.get("/learning/readings").text


class Asking:
    """A policy of a shop that asks for consent."""

    def __init__(self, policy):
        self._policy = policy

    def __getattr__(self, name):
        return getattr(self._policy, name)

    def optional(self, section, key):
        return True if (section, key) == ("consent", "required") else None


def press_several(client, *numbers):
    csrf = re.search(r'name="csrf" value="([^"]+)"', client.get("/learning").text).group(1)
    form = {"csrf": csrf, "number": list(numbers)}
    return client.post("/learning/several", data=form, follow_redirects=False).status_code


def test_several_wordings_are_accepted_at_once(client, services):
    wordings = [propose(services, text) for text in ("where is it", "when is it here", "and now")]
    article = propose(services, "do you rent out plates", ProposalKind.ARTICLE)
    sign_in(client, "ada")
    page = client.get("/learning").text
    ticks = re.findall(r'form="several" name="number" value="(\d+)"', page)
    assert sorted(map(int, ticks)) == wordings
    services.proposals.reject(wordings[2], "tara")
    assert press_several(client, *wordings, article) == 303
    accepted = services.proposals.list(ProposalState.ACCEPTED)
    assert [(one.id, one.decided_by) for one in accepted] == [(n, "ada") for n in wordings[:2]]
    assert [one.id for one in services.proposals.list()] == [article]
    assert [record.act for _, record in services.audit.newest()].count("accept proposal") == 2


def test_several_of_nothing_are_none(client, services):
    number = propose(services)
    odd = Discovery(ProposalKind.WORDING, "hm", "en", "self_harm", (Evidence("a", 1.0, "x", "y"),))
    services.proposals.propose([odd])
    sign_in(client)
    assert client.post("/learning/several", data={"number": number}).status_code == 403
    client.cookies.clear()
    sign_in(client, "ada")
    assert press_several(client) == 400
    assert press_several(client, number, "x") == 400
    assert press_several(client, *(one.id for one in services.proposals.list())) == 303
    assert [one.subject for one in services.proposals.list()] == ["hm"]
