"""How conversations went, on the overview's pages: worst first, with the story of each."""

import json
import re

import pytest
import sqlalchemy as sa

from switchboard.clock import DAY, epoch_now
from switchboard.database.tables import events, turns, visits
from switchboard.staff.audit import AuditTrail
from switchboard.tickets.story import tell_story
from tests.desk.test_overview_pages import client, services  # noqa: F401  fixtures
from tests.desk.test_pages import sign_in
from tests.fakes.tickets import ASKED
from tests.overview.rows import turn

SAID = "<script>alert(1)</script> my parcel never came"


@pytest.fixture
def talks(services):  # noqa: F811
    """Three conversations of yesterday: one solved, one without an answer, one with a person."""
    at = epoch_now() - DAY
    event = {"event": "user", "text": SAID, "timestamp": at, "parse_data": {}}
    answer = {"event": "bot", "text": "I do not know that.", "timestamp": at + 1}
    later = {**answer, "text": "of another day", "timestamp": at + DAY / 2}
    with services.engine.begin() as db:
        for row in (
            turn("telegram:kim", at, result="failed", channel="telegram"),
            turn("good", at),
            turn("asks", epoch_now() - 60, route="person", intent="contact_human_agent"),
        ):
            db.execute(sa.insert(turns), row)
        for one in (event, answer, later):
            row = {"conversation_id": "telegram:kim", "at": one["timestamp"], "kind": one["event"]}
            db.execute(sa.insert(events), {**row, "data": json.dumps(one)})
    services.tickets.open("asks", "rest", tell_story([], ASKED, None, False))
    services.visits.refresh()
    services.scores.refresh()
    return services


def addresses(page):
    return re.findall(r'"(/overview/story/\d+-\d+)"', page.text)


def test_worst_first_with_reasons_and_story(client, talks):  # noqa: F811
    sign_in(client, "ada")
    page = client.get("/overview/quality")
    found = addresses(page)
    assert len(found) == 3
    told = page.text.split('id="worst"')[1]
    assert told.index("no answer -40") < told.index("a person was needed -5")
    assert "kim" not in page.text
    story = client.get(found[0])
    assert "no answer: -40" in story.text
    assert "my parcel never came" in story.text
    assert "I do not know that." in story.text
    assert "of another day" not in story.text
    assert "<script>alert" not in story.text
    assert "style=" not in story.text
    acts = [(r.act, r.subject) for _, r in AuditTrail(talks.engine).newest()]
    number = found[0].rpartition("/")[2].partition("-")[0]
    assert ("look", f"overview, story {number}") in acts


def test_it_is_for_supervisors(client, talks):  # noqa: F811
    sign_in(client, "ada")
    found = addresses(client.get("/overview/quality"))
    client.cookies.clear()
    assert client.get(found[0]).status_code == 401
    sign_in(client, "bob")
    for path in (found[0], "/overview/quality", "/overview/export/conversation-scores.csv"):
        assert client.get(path).status_code == 403


def test_a_conversation_that_was_read_anew_is_not_found(client, talks):  # noqa: F811
    sign_in(client, "ada")
    found = addresses(client.get("/overview/quality"))[0]
    number = found.rpartition("/")[2].partition("-")[0]
    wrong = ("1-1", f"{number}-1", f"{number}-{'9' * 5000}", f"{'9' * 5000}-1", "x-y", "0-0", "²-1")
    for one in wrong:
        assert client.get(f"/overview/story/{one}").status_code == 404, one
    with talks.engine.begin() as db:
        db.execute(sa.delete(visits))
    assert client.get(found).status_code == 404


def test_a_story_whose_words_are_deleted_says_so(client, talks):  # noqa: F811
    sign_in(client, "ada")
    found = addresses(client.get("/overview/quality"))
    with talks.engine.begin() as db:
        db.execute(sa.delete(events))
    assert "nothing is kept any more" in client.get(found[0]).text


def test_in_chinese_every_reason_is(client, talks):  # noqa: F811
    sign_in(client, "ada")
    page = client.get("/overview/quality", headers={"Accept-Language": "zh-CN"})
    assert "没有答案 -40" in page.text
    assert "需要人工 -5" in page.text
    assert "no answer" not in page.text


def test_every_conversation_as_csv_without_customers(client, talks):  # noqa: F811
    sign_in(client, "ada")
    answer = client.get("/overview/export/conversation-scores.csv?days=7")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = answer.text.splitlines()
    assert len(lines) == 4
    assert ",telegram,known,60,not solved," in lines[1]
    assert "kim" not in answer.text
    assert "parcel" not in answer.text
    acts = [r.subject for _, r in AuditTrail(talks.engine).newest() if r.act == "export figures"]
    assert acts == ["conversation-scores, 7 days"]


def test_costs_stand_beside_a_persons(client, talks):  # noqa: F811
    sign_in(client, "ada")
    page = client.get("/overview/costs").text
    assert "What a conversation costs" in page
    assert "as the shop states: 6.00 min" in " ".join(page.split())
    told = client.get("/overview/export/handling.csv").text.splitlines()
    assert told[1].startswith("known route,2,")


def test_pages_of_the_list(client, services):  # noqa: F811
    with services.engine.begin() as db:
        for number in range(30):
            db.execute(sa.insert(turns), turn(f"c{number}", epoch_now() - DAY - number))
    services.visits.refresh()
    services.scores.refresh()
    sign_in(client, "ada")
    first, second = (client.get("/overview/quality", params={"page": n}) for n in (0, 1))
    assert (len(addresses(first)), len(addresses(second))) == (25, 5)
    assert not {*addresses(first)} & {*addresses(second)}
    assert client.get("/overview/quality?page=" + "9" * 30).status_code == 200
