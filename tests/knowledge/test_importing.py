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


def test_what_is_imported_reaches_customers_as_plain_text(tmp_path, policy):
    draft = from_markdown("# Rental\n\n**By the day**, see [the form](https://x.example).", "x")
    (passage,) = read_article(draft.write(tmp_path), policy)
    assert passage.text == "By the day, see the form (https://x.example)."


def test_the_command_names_what_it_left_out_and_fails(data, capsys):
    folder = data / "old"
    folder.mkdir()
    (folder / "a.md").write_bytes(b"caf\xe9")
    (folder / "b.md").write_text("# B\n\nText.")
    assert run(["knowledge", "import", str(folder)]) == 1
    assert "a.md: left out, UnicodeDecodeError" in capsys.readouterr().out
    assert (data / "drafts" / "en" / "b.md").exists()
    assert run(["knowledge", "import", str(data / "nowhere")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{n}: &{n} [{','.join([f'*{o}'] * 9)}]\n" for o, n in zip("abcdefgh", "bcdefghi", strict=True)
)


def test_no_link_of_a_folder_is_followed(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("# Secret\n\nOf somebody else.")
    folder = tmp_path / "help"
    folder.mkdir()
    (folder / "a.md").symlink_to(outside / "secret.md")
    (folder / "below").symlink_to(outside, target_is_directory=True)
    (folder / "round").symlink_to(folder, target_is_directory=True)
    (folder / "good.md").write_text("# Good\n\nText.")
    found = dict(read_folder(folder))
    assert found[folder / "a.md"] == Unreadable("a link, or no file")
    assert found[folder / "good.md"].title == "Good"
    assert len(found) == 2


def test_an_article_is_no_link_to_elsewhere(tmp_path, policy):
    (tmp_path / "secret").write_text("---\ntitle: S\ntopics: []\nupdated: 2026-01-01\n---\nText.")
    articles = tmp_path / "data" / "en"
    articles.mkdir(parents=True)
    (articles / "a.md").symlink_to(tmp_path / "secret")
    with pytest.raises(ConfigurationError, match="leads elsewhere"):
        read_article(articles / "a.md", policy)
    # How Kubernetes mounts a folder: links within it.
    (tmp_path / "data" / "..now").mkdir()
    (tmp_path / "secret").rename(tmp_path / "data" / "..now" / "b.md")
    (articles / "b.md").symlink_to(tmp_path / "data" / "..now" / "b.md")
    assert read_article(articles / "b.md", policy)[0].title == "S"


@pytest.mark.parametrize(
    "text",
    [
        f"---\n{LAUGHS}---\nText.",
        "---\ntitle: " + "[" * 50_000 + "\n---\nText.",
        "---\ntitle: 2026-05-45\n---\nText.",
        "---\na: &a [*a]\n---\nText.",
        "# Long\n\n" + "word " * 100_000,
    ],
    ids=["laughs", "deep", "no date", "itself", "long"],
)
def test_a_bomb_is_named_and_left_out(tmp_path, policy, text):
    (tmp_path / "a.md").write_text(text)
    (tmp_path / "b.md").write_text("# B\n\nText.")
    first, second = dict(read_folder(tmp_path)).values()
    assert isinstance(first, Unreadable)
    assert second.title == "B"
    with pytest.raises(ConfigurationError):
        read_article(tmp_path / "a.md", policy)


@pytest.mark.parametrize(
    "page",
    ["<div>" * 50_000 + "x", "<b>" * 3000 + "x", "<p>" + "word " * 100_000, "<table><tr>" * 2000],
    ids=["divs", "bold", "long", "tables"],
)
def test_a_page_beyond_measure_is_named_and_left_out(tmp_path, page):
    (tmp_path / "a.html").write_text(f"<body>{page}</body>")
    assert isinstance(dict(read_folder(tmp_path))[tmp_path / "a.html"], Unreadable)


def test_a_folder_of_too_many_files_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("switchboard.knowledge.importing.MAX_FILES", 3)
    for number in range(4):
        (tmp_path / f"{number}.md").write_text("x")
    with pytest.raises(ConfigurationError, match="more than 3 files"):
        list(read_folder(tmp_path))


@pytest.mark.parametrize(
    "table",
    [
        "question,answer\n" + "q,a\n" * 30_000,
        "question,answer\nq," + "a" * 200_000,
        "question,answer\nq,\0",
    ],
)
def test_a_table_beyond_measure_is_refused(table):
    with pytest.raises(ConfigurationError):
        read_csv(table)


PIECES = [
    " ",
    "\n",
    "#",
    "# ",
    "## a\n",
    "-",
    "---\n",
    "<!--",
    "<!-- no: ",
    "a",
    "*",
    "_a",
    ".",
    "! ",
    "[",
    "](",
    "`",
    "|",
    "1. ",
    "> ",
]


def spent(read, text):
    """Seconds of the processor's, the least of three: a busy machine adds to some."""
    times = []
    for _ in range(3):
        began = time.process_time()
        read(text)
        times.append(time.process_time() - began)
    return min(times)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("head", ["", "# a"])
def test_reading_takes_time_as_the_text_is_long(tmp_path, policy, head, piece):
    """Four times the text in twelve times the time at most: a quadratic one takes sixteen, and
    `# a` with 100,000 spaces took two minutes."""

    def read(text):
        path = tmp_path / "a.md"
        path.write_text(f"---\ntitle: T\ntopics: []\nupdated: 2026-01-01\n---\n{text}\nend")
        try:
            read_article(path, policy)
            from_markdown(text, "x")
        except ConfigurationError:
            pass

    some, more = (head + (piece * size)[:size] + "!" for size in (1_000, 4_000))
    read(some)
    assert spent(read, more) < 12 * spent(read, some) + 0.03
