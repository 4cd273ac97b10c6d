"""The overview over HTTP: who sees it, what it shows, what it exports, and drafts from it."""

import re
import shutil

import pytest
import sqlalchemy as sa
import yaml
from starlette.testclient import TestClient

from switchboard.clock import DAY, epoch_now
from switchboard.database.tables import open_turns, turns
from switchboard.desk.app import make_app
from switchboard.desk.desk_services import open_services
from switchboard.desk.overview_pages import SHEETS, shown
from switchboard.overview.figure_table import Unit
from switchboard.overview.question_groups import QuestionGroups
from switchboard.settings import load_settings
from switchboard.staff.audit import AuditTrail
from switchboard.staff.directory import Role
from switchboard.tickets.ratings import Ratings
from switchboard.tickets.story import tell_story
from tests.desk.test_pages import PASSWORD, sign_in
from tests.fakes.tickets import ASKED
from tests.overview.rows import ByWords, open_turn, turn

HOSTILE = "<script>alert(1)</script> =cmd()|' {shop_name} --- \u202e"


@pytest.fixture
def services(tmp_path, empty_database):
    shutil.copy(empty_database, tmp_path / "desk.db")
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    services = open_services(load_settings({"SWITCHBOARD_DATABASE_URL": url}))
    object.__setattr__(services, "drafts", tmp_path / "drafts")
    services.directory.add("ada", "Ada", Role.SUPERVISOR, PASSWORD, None)
    services.directory.add("bob", "Bob", Role.AGENT, PASSWORD, None)
    return services


@pytest.fixture
def client(services):
    return TestClient(make_app(services), base_url="http://desk.example", follow_redirects=False)


def ask(services, *questions):
    with services.engine.begin() as db:
        for number, question in enumerate(questions):
            at = epoch_now() - 60 * (number + 1)
            db.execute(sa.insert(turns), turn(f"c{number}", at, route="open"))
            db.execute(sa.insert(open_turns), open_turn(f"c{number}", at + 1, question, "nowhere"))
    services.visits.refresh()
    services.daily_sums.refresh()
    QuestionGroups(services.engine, services.policy.timezone, ByWords).refresh()


PATHS = ["/overview", *(f"/overview/{name}" for name in SHEETS)]


def test_it_is_for_supervisors(client):
    paths = [*PATHS, "/overview/draft", "/overview/export/routes.csv", "/figures", "/figures.csv"]
    assert {client.get(path).status_code for path in paths} == {401}
    sign_in(client, "bob")
    assert {client.get(path).status_code for path in paths} == {403}


@pytest.mark.parametrize("path", PATHS)
def test_an_empty_database_has_every_page(client, path):
    sign_in(client, "ada")
    for days in ("7", "30", "90", "365", "", "0", "-1", "nonsense", "9" * 30, "²"):
        page = client.get(path, params={"days": days})
        assert page.status_code == 200
        assert "Overview" in page.text
        assert "style=" not in page.text


def test_what_is_not_there_is_not_found(client):
    sign_in(client, "ada")
    for path in ("/overview/nonsense", "/overview/export/nonsense.csv", "/overview/draft?gap=1"):
        assert client.get(path).status_code == 404


def test_the_figures_have_moved(client):
    sign_in(client, "ada")
    assert client.get("/figures").headers["location"] == "/overview"
    assert client.get("/figures?days=30").headers["location"] == "/overview?days=30"
    moved = client.get("/figures.csv?days=30").headers["location"]
    assert moved == "/overview/export/tickets.csv?days=30"


def test_every_table_on_a_page_is_exported_and_the_export_is_on_record(client, services):
    ask(services, "can I wash the board", "can I wash the boards")
    sign_in(client, "ada")
    names = set()
    for path in PATHS:
        names |= set(re.findall(r"/overview/export/([a-z-]+)\.csv", client.get(path).text))
    assert {"routes", "outcomes", "gaps", "hours", "comments", "tickets"} <= names
    for name in names:
        answer = client.get(f"/overview/export/{name}.csv?days=30")
        assert answer.headers["content-type"].startswith("text/csv")
        assert f"filename={name}.csv" in answer.headers["content-disposition"]
    acts = [r for _, r in AuditTrail(services.engine).newest() if r.act == "export figures"]
    assert {act.subject for act in acts} == {f"{name}, 30 days" for name in names}


def test_tickets_are_exported_without_their_customers(client, services):
    csrf = sign_in(client, "ada")
    story = tell_story([], ASKED, None, False)
    ticket = services.tickets.open("a", "cmdline", story)[0]
    path = f"/tickets/{ticket.reference}"
    client.post(f"{path}/take", data={"csrf": csrf})
    client.post(f"{path}/answer", data={"csrf": csrf, "text": "hello", "key": "k"})
    client.post(f"{path}/close", data={"csrf": csrf})
    ratings = Ratings(services.engine)
    assert ratings.take(ticket.reference, "a", 4)
    ratings.comment(ticket.reference, "a", f"mail me at kim@example.com {HOSTILE}")
    lines = client.get("/overview/export/tickets.csv?days=30").text.splitlines()
    assert lines[0].startswith("reference,channel,language,reason")
    assert lines[1].startswith(f"{ticket.reference},cmdline,en,asked,1,")
    assert lines[1].endswith(",ada,4")
    comments = client.get("/overview/export/comments.csv").text
    assert "kim@example.com" not in comments
    assert "[email]" in comments
    page = client.get("/overview/satisfaction").text
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "4.00" in page
    assert "until somebody took it" in client.get("/overview/waiting").text


def test_comments_come_in_pages_newest_first(client, services):
    sign_in(client, "ada")
    now = epoch_now()
    rows = [
        {
            "ticket": f"T-{number:03d}",
            "conversation_id": "a",
            "route": "person",
            "asked_at": now - 9000,
            "answered_at": now - 8000 + number,
            "score": 5,
            "comment": f"comment {number:03d}",
        }
        for number in range(45)
    ]
    from switchboard.database.tables import ratings

    with services.engine.begin() as db:
        db.execute(sa.insert(ratings), rows)

    def told(page):
        text = client.get(f"/overview/satisfaction?page={page}").text
        return re.findall(r"comment (\d+)", text), ">Newer<" in text, ">Older<" in text

    assert told(0) == ([f"{n:03d}" for n in range(44, 24, -1)], False, True)
    assert told(2) == ([f"{n:03d}" for n in range(4, -1, -1)], True, False)
    assert told(99999)[0] == []


def test_a_draft_is_one_click_from_a_question_and_is_served_to_nobody(client, services):
    ask(services, "do you sell ladders", f"do you sell ladders {HOSTILE}")
    csrf = sign_in(client, "ada")
    page = client.get("/overview/questions").text
    assert "<script>alert" not in page
    (form, *_) = re.findall(r"/overview/draft\?gap=\d+", page)
    text = client.get(form).text
    assert 'value="do you sell ladders' in text
    given = {
        "csrf": csrf,
        "title": "../../Ladders",
        "language": "en",
        "questions": f"do you sell ladders\n{HOSTILE}",
        "text": f"We sell ladders. {HOSTILE}",
    }
    saved = client.post("/overview/draft", data=given)
    assert saved.headers["location"] == "/overview/questions?saved=en/ladders"
    kept = (services.drafts / "en" / "ladders.md").read_text()
    head = yaml.safe_load(kept.split("---")[1])
    assert head["title"] == "../../Ladders"
    assert head["questions"][0] == "do you sell ladders"
    assert "{" not in kept.split("---\n")[2]
    assert [path.name for path in services.drafts.rglob("*.md")] == ["ladders.md"]
    again = client.post("/overview/draft", data=given)
    assert again.status_code == 400
    assert "draft of this name" in again.text
    for wrong in ({"text": " "}, {"title": ""}, {"language": "../x"}, {"language": "de"}):
        assert client.post("/overview/draft", data={**given, **wrong}).status_code == 400
    assert client.post("/overview/draft", data={**given, "csrf": "x"}).status_code == 403
    done = [record.subject for _, record in AuditTrail(services.engine).newest()]
    assert done.count("en/ladders") == 1


def test_charts_have_their_numbers_and_no_inline_script(client, services):
    ask(services, "do you sell ladders")
    sign_in(client, "ada")
    for path in PATHS:
        page = client.get(path)
        tables = set(re.findall(r'id="(table-[a-z-]+)"', page.text))
        drawn = set(re.findall(r'data-table="(table-[a-z-]+)"', page.text))
        assert drawn <= tables
        assert not re.search(r"<script(?![^>]* src=)", page.text)
        assert "unsafe" not in page.headers["content-security-policy"]
    assert client.get("/static/vendor/chart.js").status_code == 200


@pytest.mark.parametrize(
    ("cell", "unit", "text"),
    [
        (None, Unit.COUNT, "–"),
        (0, Unit.COUNT, "0"),
        (12345, Unit.COUNT, "12,345"),
        (0.126, Unit.SHARE, "13 %"),
        (7260, Unit.SECONDS, "2 h"),
        (4.333, Unit.SCORE, "4.33"),
        (0.0123, Unit.MONEY, "0.0123"),
        (1234.5, Unit.MONEY, "1,234.50"),
        (0.0, Unit.MONEY, "0.00"),
        (-0.25, Unit.CHANGE, "-25 %"),
        ("=x", Unit.TEXT, "=x"),
    ],
)
def test_cells_read_well(cell, unit, text):
    assert shown(str, cell, unit) == text


def test_a_day_is_told_that_is_not_yet_summed_up(client, services):
    sign_in(client, "ada")
    assert "summed up" not in client.get("/overview").text
    ask(services, "do you sell ladders")
    assert "summed up" in client.get("/overview").text
    assert services.overview.summed_at() > epoch_now() - DAY
