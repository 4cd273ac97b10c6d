"""Articles found: by meaning, by words, in both languages, in memory and in PostgreSQL."""

import shutil
import threading
import time

import pytest
import yaml
from sqlalchemy.exc import SQLAlchemyError

from switchboard.embedding.encoder import default_encoder
from switchboard.knowledge.articles import read_articles
from switchboard.knowledge.index import DEFAULT_BAR
from switchboard.knowledge.library import Library, LiveLibrary
from switchboard.knowledge.memory_index import MemoryIndex
from switchboard.knowledge.pgvector_index import PgVectorStore
from switchboard.knowledge.terms import words
from switchboard.project import PROJECT as ROOT
from switchboard.text.language import read_language

QUESTIONS = ROOT / "tests" / "questions"
QUESTION = "Can I put the mugs in the dishwasher?"


def in_memory(_language, passages):
    return MemoryIndex(passages, default_encoder())


@pytest.fixture(scope="module")
def library(policy):
    return LiveLibrary(ROOT / "data" / "articles", policy, in_memory)


@pytest.fixture(scope="module")
def store(postgres):
    if postgres is None:
        pytest.skip("PostgreSQL's server is not installed")
    try:
        store = PgVectorStore(f"{postgres}/postgres", default_encoder())
    except SQLAlchemyError:
        pytest.skip("this PostgreSQL has no pgvector")
    yield store
    store.engine.dispose()


def test_words_are_stemmed_and_stop_words_go():
    assert words("Where are my returned parcels?") == ["return", "parcel"]


CASES = [
    (QUESTION, "care-stoneware"),
    ("my skillet is rusty, what can I do", "care-cast-iron"),
    ("do you give students money off", "student-discount"),
    ("does the lamp come with a bulb", "lamps"),
    ("can it be put in nice paper as a present", "gift-wrapping"),
    ("how do I get an invoice for my company", "invoices"),
]


@pytest.mark.parametrize(("question", "article"), CASES)
def test_the_right_article_is_first(library, question, article):
    assert library.search(question)[0].passage.id.startswith(article)


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("马克杯能放洗碗机吗", "care-stoneware"),
        ("鍋子生鏽了怎麼辦", "care-cast-iron"),
        ("学生有优惠吗", "student-discount"),
        ("落地灯要配什么灯泡", "lamps"),
        ("能包成礼物吗", "gift-wrapping"),
        ("寄到英国要交税吗", "delivery-countries"),
    ],
)
def test_chinese_questions_find_chinese_articles(library, question, article):
    best = library.search(question, 3, "zh")[0].passage
    assert best.id.startswith(article)
    assert read_language(best.text) == "zh"


def test_what_one_language_lacks_the_other_has(policy):
    english = read_articles(ROOT / "data" / "articles" / "en", policy)
    chinese = read_articles(ROOT / "data" / "articles" / "zh", policy, "zh")
    some = [p for p in chinese if not p.id.startswith("care-stoneware")]
    library = Library({"en": in_memory("en", english), "zh": in_memory("zh", some)})
    found = library.search("are stoneware mugs safe in the dishwasher", 3, "zh")
    assert found[0].passage.id.startswith("care-stoneware")


def test_another_language_searches_the_english_articles(library):
    found = library.search("la tasse en grès va-t-elle au lave-vaisselle", 3, "fr")
    assert "care-stoneware#0" in [hit.passage.id for hit in found]


@pytest.mark.parametrize("question", ["", "   ", "???", "🙂", "a" * 100_000, "'); DROP", "\x00"])
def test_any_question_is_searched(library, question):
    assert len(library.search(question)) in (0, 3)


def test_no_articles_no_hits():
    assert in_memory("en", []).search("returns") == []


def load(name):
    return yaml.safe_load((QUESTIONS / name).read_text())


def test_there_are_enough_questions_in_other_words_than_the_articles(policy):
    from rapidfuzz.fuzz import ratio

    for language in ("en", "zh"):
        asked = [q for both in load("answerable.yml").values() for q in both[language]]
        assert len(asked) >= 150
        assert len(load("unanswerable.yml")[language]) >= 60
        told = [
            text.lower()
            for passage in read_articles(ROOT / "data" / "articles" / language, policy, language)
            for text in (*passage.questions, *passage.topics)
        ]
        assert not [q for q in asked if any(ratio(q.lower(), text) > 90 for text in told)]


@pytest.mark.parametrize(("language", "second", "declined"), [("en", 0.9, 0.9), ("zh", 0.85, 0.9)])
def test_the_right_passage_is_first_or_second(library, language, second, declined):
    right = []
    for passage, asked in load("answerable.yml").items():
        for question in asked[language]:
            hits = library.search(question, 2, language)
            right.append(passage in [hit.passage.id for hit in hits])
    assert sum(right) >= second * len(right)
    unanswerable = load("unanswerable.yml")[language]
    found = [library.search(question, 1, language) for question in unanswerable]
    assert sum(not library.fits(hits[0]) for hits in found) >= declined * len(found)


ARTICLE = "---\ntitle: {0}\ntopics: [{0}]\nupdated: 2026-11-01\n---\n{1}\n"


@pytest.fixture
def folder(tmp_path):
    shutil.copytree(ROOT / "data" / "articles", tmp_path / "articles")
    return tmp_path / "articles"


def test_a_changed_file_is_seen_without_a_restart(folder, policy):
    library = LiveLibrary(folder, policy, in_memory)
    (folder / "en" / "zebra.md").write_text(
        ARTICLE.format("Zebra rug", "The zebra rug is striped.")
    )
    library.refresh()
    assert library.search("zebra rug")[0].passage.id == "zebra#0"
    (folder / "en" / "zebra.md").write_text(ARTICLE.format("Zebra rug", "It is black and white."))
    library.refresh()
    assert "black and white" in library.search("zebra rug")[0].passage.text
    (folder / "en" / "zebra.md").unlink()
    library.refresh()
    assert library.search("zebra rug")[0].passage.id != "zebra#0"


def test_a_search_looks_for_changes_beside_the_question(folder, policy, monkeypatch):
    monkeypatch.setattr("switchboard.knowledge.library.LOOK_SECONDS", 0.0)
    library = LiveLibrary(folder, policy, in_memory)
    (folder / "en" / "zebra.md").write_text(
        ARTICLE.format("Zebra rug", "The zebra rug is striped.")
    )
    for _ in range(100):
        if library.search("zebra rug")[0].passage.id == "zebra#0":
            return
        time.sleep(0.1)
    raise AssertionError("the new article was not found")


def test_a_change_during_a_reading_is_seen_by_the_next_one(folder, policy):
    reading, go_on = threading.Event(), threading.Event()

    def slowly(code, passages):
        reading.set()
        go_on.wait(10)
        return in_memory(code, passages)

    go_on.set()
    library = LiveLibrary(folder, policy, slowly)
    zebra = folder / "en" / "zebra.md"
    zebra.write_text(ARTICLE.format("Zebra rug", "The zebra rug is striped."))
    reading.clear()
    go_on.clear()
    first = threading.Thread(target=library.refresh)
    first.start()
    assert reading.wait(10)
    zebra.unlink()
    second = threading.Thread(target=library.refresh)
    second.start()
    go_on.set()
    first.join(10)
    second.join(10)
    assert library.search("zebra rug")[0].passage.id != "zebra#0"


def test_what_is_known_is_not_embedded_again(passages, monkeypatch):
    encoder = default_encoder()
    first = MemoryIndex(passages, encoder)
    embedded = []
    encode = type(encoder).encode
    monkeypatch.setattr(type(encoder), "encode", lambda s, t: embedded.extend(t) or encode(s, t))
    again = MemoryIndex(passages[:-1], encoder, previous=first)
    assert embedded == []
    assert again.search(QUESTION)[0].passage.id == "care-stoneware#0"


def test_a_broken_file_leaves_the_old_articles(folder, policy, caplog):
    library = LiveLibrary(folder, policy, in_memory)
    (folder / "en" / "zebra.md").write_text("no front matter")
    library.refresh()
    assert library.search(QUESTION)[0].passage.id == "care-stoneware#0"
    assert "zebra.md" in caplog.text


def test_the_bar_comes_from_the_shops_own_questions(library, policy):
    assert library._indexes["en"].bar != DEFAULT_BAR
    few = read_articles(ROOT / "data" / "articles" / "en", policy)[:3]
    assert in_memory("en", few).bar == DEFAULT_BAR


class TestPgVector:
    @pytest.fixture(scope="class")
    def index(self, store, policy):
        return store.index("en", read_articles(ROOT / "data" / "articles" / "en", policy))

    @pytest.mark.parametrize(("question", "article"), CASES)
    def test_finds_the_same(self, index, question, article):
        assert index.search(question)[0].passage.id.startswith(article)

    @pytest.mark.parametrize(
        "question", ["", "???", "a" * 100_000, "'); DROP TABLE passages; --", "\\ ' & |"]
    )
    def test_any_question(self, index, question):
        assert len(index.search(question)) in (0, 3)

    def test_passages_are_whole(self, index, policy):
        (passage, *_) = [h.passage for h in index.search(QUESTION)]
        assert passage in read_articles(ROOT / "data" / "articles" / "en", policy)

    def test_only_what_changed_is_embedded_again(self, store, index, policy, monkeypatch):
        passages = read_articles(ROOT / "data" / "articles" / "en", policy)
        embedded = []
        encode = type(store.encoder).encode
        monkeypatch.setattr(
            type(store.encoder), "encode", lambda s, t: embedded.extend(t) or encode(s, t)
        )
        store.index("en", passages)
        assert embedded == []
        assert store.index("en", passages[1:]).search(passages[0].text)[0].passage != passages[0]
        again = store.index("en", passages)
        assert set(embedded) >= set(passages[0].keys)
        assert len(embedded) < 40
        assert again.search(passages[0].text)[0].passage == passages[0]

    def test_agrees_with_the_memory_index(self, index, policy):
        memory = in_memory("en", read_articles(ROOT / "data" / "articles" / "en", policy))
        asked = [q for both in load("answerable.yml").values() for q in both["en"]][::3]
        same = [
            memory.search(q, 1)[0].passage.id in [h.passage.id for h in index.search(q, 2)]
            for q in asked
        ]
        assert sum(same) >= 0.9 * len(same)

    def test_is_quick_when_away(self):
        encoder = default_encoder()
        started = time.monotonic()
        with pytest.raises(SQLAlchemyError):
            PgVectorStore("postgresql://nobody@127.0.0.1:9/none", encoder)
        assert time.monotonic() - started < 20  # far below what TCP takes to give up
