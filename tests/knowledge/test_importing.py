"""What a shop has already becomes drafts; what is missing is listed; nothing publishes itself."""

import shutil
import time

import pytest
import sqlalchemy as sa

from switchboard.answering.gaps import find_gaps, propose
from switchboard.answering.ledger import Ledger
from switchboard.answering.question import Answer, Origin, Question
from switchboard.answering.trace import Trace
from switchboard.cli.app import run
from switchboard.database.tables import open_turns
from switchboard.embedding.encoder import default_encoder
from switchboard.errors import ConfigurationError
from switchboard.knowledge.articles import read_article
from switchboard.knowledge.importing import (
    Unreadable,
    from_html,
    from_markdown,
    read_csv,
    read_folder,
)
from switchboard.project import PROJECT as ROOT
from switchboard.tickets.story import tell_story
from switchboard.tickets.ticket_book import TicketBook
from tests.fakes.tickets import ASKED, close

PAGE = """<html><head><title>Help | Shop</title><script>evil()</script></head><body>
<nav>Home About</nav><main><h1>Bike rental</h1><p>You can rent a <b>bike</b> for a day.</p>
<h3>Deposit</h3><p>We keep {deposit} until it is back.</p><img src="x.png"></main>
<footer>Imprint</footer></body></html>"""


def test_a_page_becomes_an_article_without_its_furniture(tmp_path, policy):
    draft = from_html(PAGE, "x")
    assert draft.title == "Bike rental"
    assert "## Deposit" in draft.text
    for furniture in ("evil", "Home", "Imprint", "x.png"):
        assert furniture not in draft.text
    intro, deposit = read_article(draft.write(tmp_path), policy)
    assert "bike" in intro.text
    assert deposit.heading == "Deposit"
    assert "(deposit)" in deposit.text


def test_markdown_with_and_without_a_head(tmp_path, policy):
    plain = from_markdown("# 自行车出租\n\n可以按天租自行车。\n\n### 押金\n\n还车时退。", "x")
    assert (plain.title, plain.language) == ("自行车出租", "zh")
    assert [p.heading for p in read_article(plain.write(tmp_path), policy, "zh")] == ["", "押金"]
    headed = from_markdown("---\ntitle: Rental\ntags: [bike]\n---\nBy the day.", "x")
    assert (headed.title, headed.topics, headed.text) == ("Rental", ("bike",), "By the day.")
    assert from_markdown("", "x") is None


def test_a_folder(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.html").write_text(PAGE)
    (tmp_path / "b.md").write_text("# B\n\nText.")
    (tmp_path / "c.pdf").write_bytes(b"%PDF")
    (tmp_path / "empty.md").write_text("")
    assert sorted(draft.title for _, draft in read_folder(tmp_path)) == ["B", "Bike rental"]
    (tmp_path / "a latin.md").write_bytes(b"caf\xe9")
    found = {path.name: draft for path, draft in read_folder(tmp_path)}
    assert found["a latin.md"] == Unreadable("UnicodeDecodeError")
    assert set(found) == {"a latin.md", "a.html", "b.md"}  # the others are read all the same
    with pytest.raises(ConfigurationError, match="no folder"):
        list(read_folder(tmp_path / "nowhere"))


def test_a_table_of_answers():
    drafts = read_csv(
        "\ufeffQuestion,Answer,title\n"
        "can I rent a bike,By the day.,Rental\nbike for hire?,By the day.,\n可以租车吗,可以按天租。,\n"
    )
    assert [(d.title, d.language, len(d.questions)) for d in drafts] == [
        ("Rental", "en", 2),
        ("可以租车吗", "zh", 1),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,b\n1,2", "question and answer"),
        ("", "question and answer"),
        ("question,answer\nq,", "line 2"),
        ("question,answer,language\nq,a,fr", "line 2"),
    ],
)
def test_a_table_that_is_none(text, told):
    with pytest.raises(ConfigurationError, match=told):
        read_csv(text)


def asked(engine, text, origin=Origin.NOWHERE, sender="s", language="en"):
    question = Question(text, conversation_id=sender, language=language)
    Ledger(engine).record(question, Answer(origin), Trace())


def test_gaps_are_counted_by_meaning(engine):
    for text in (
        "do you rent out bikes",
        "can I rent a bike",
        "do you rent bikes?",
        "is there parking at your warehouse",
        "mail me at maya@example.com about bikes",
    ):
        asked(engine, text)
    asked(engine, "can I wash the board", Origin.ARTICLE)
    gaps = find_gaps(engine, default_encoder())
    assert gaps[0].times == 3
    assert "bike" in gaps[0].question
    assert not any("maya@" in gap.question or "board" in gap.question for gap in gaps)
    assert find_gaps(engine, default_encoder(), time.time() + 1) == []


def test_a_resolved_case_is_proposed_and_redacted(engine):
    asked(engine, "do you rent out bikes", sender="maya")
    asked(engine, "do you rent out boats", sender="tom")
    book = TicketBook(engine, clock=lambda: time.time() + 5)
    for sender in ("maya", "tom"):
        ticket, _ = book.open(sender, "rest", tell_story([], ASKED, None, False))
        if sender == "maya":
            close(engine, ticket, "Yes, by the day; told maya@example.com so.")
    (draft,) = propose(engine)
    assert draft.title == "do you rent out bikes"
    assert draft.text == "Yes, by the day; told [email] so."
    assert propose(engine, known=[draft.title]) == []


@pytest.fixture
def data(tmp_path, monkeypatch):
    for name in ("policy.yml", "articles"):
        source = ROOT / "data" / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    monkeypatch.setenv("SWITCHBOARD_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SWITCHBOARD_DATABASE_URL", f"sqlite:///{tmp_path}/s.db")
    return tmp_path


def test_the_command_imports_accepts_and_refuses(data, capsys):
    (data / "old").mkdir()
    (data / "old" / "rent.html").write_text(PAGE.replace("{deposit}", "a deposit"))
    assert run(["knowledge", "import", str(data / "old")]) == 0
    assert (data / "drafts" / "en" / "bike-rental.md").exists()
    assert not (data / "articles" / "en" / "bike-rental.md").exists()
    assert run(["knowledge", "accept", "en/bike-rental"]) == 0
    assert (data / "articles" / "en" / "bike-rental.md").exists()
    for wrong in ("en/bike-rental", "en/../../policy", "fr/x", "nothing"):
        assert run(["knowledge", "accept", wrong]) == 2
    table = data / "faq.csv"
    table.write_text("question,answer\ncan I hire a boat,On Sundays.\n")
    assert run(["knowledge", "import-csv", str(table)]) == 0
    assert run(["knowledge", "import-csv", str(data / "none.csv")]) == 2
    for command in ("gaps", "propose", "costs"):
        assert run(["knowledge", command]) == 0
    assert "tokens" in capsys.readouterr().out


def test_a_broken_draft_is_not_accepted(data):
    (data / "drafts" / "en").mkdir(parents=True)
    (data / "drafts" / "en" / "x.md").write_text("---\ntitle: X\n---\n{no_such_fact}")
    assert run(["knowledge", "accept", "en/x"]) == 2
    assert not (data / "articles" / "en" / "x.md").exists()


def test_costs_are_by_day(engine):
    ledger = Ledger(engine, now=lambda: 86_400.0 * 10)
    from switchboard.llm.chat_model import Usage

    ledger.record(Question("x"), Answer(Origin.MODEL), Trace(usage=Usage(5, 5), money=0.5))
    assert ledger.spent(86_400.0 * 10, 86_400.0 * 11).tokens == 10
    assert ledger.spent(86_400.0 * 9, 86_400.0 * 10).tokens == 0
    with engine.connect() as db:
        assert db.execute(sa.select(sa.func.count()).select_from(open_turns)).scalar_one() == 1
