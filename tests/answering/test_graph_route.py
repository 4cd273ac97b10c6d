"""Open questions that the graph answers: by which route, with which checks, in front of a model."""

import shutil

import pytest

from switchboard.answering.engine import AnswerEngine
from switchboard.answering.finding import Finding
from switchboard.answering.ledger import Ledger
from switchboard.answering.offer import Phrases
from switchboard.answering.opening import open_answers, open_library
from switchboard.answering.question import KnownCustomer, Origin, Question
from switchboard.answering.trace import Trace
from switchboard.cli.explain import show
from switchboard.database.connection import open_database
from switchboard.embedding.encoder import asking_encoder
from switchboard.knowledge.product_facts import ProductFacts
from switchboard.knowledge_graph.live_graph import LiveGraph
from switchboard.llm.chat_model import Message
from switchboard.privacy.personal_data import analyzer
from switchboard.settings import load_settings
from tests.conftest import DATA
from tests.fakes.llm_server import reply

KNIFE = "can the bread knife go in the dishwasher"
OWN = "which things of my order can go into the dishwasher?"
BOUGHT = KnownCustomer(
    orders={"4711": ["Order 4711 is packed."]}, bought={"4711": ["TB-102-BL", "TB-101", "TB-105"]}
)


@pytest.fixture(scope="module")
def library(phrasebook):
    analyzer()  # takes seconds to load, which the first question would wait for
    return open_library(load_settings({}), phrasebook)


@pytest.fixture
def database(tmp_path, empty_database):
    shutil.copy(empty_database, tmp_path / "switchboard.db")
    engine = open_database(f"sqlite:///{tmp_path / 'switchboard.db'}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def graph(phrasebook):
    return LiveGraph(DATA, phrasebook)


@pytest.fixture
def engine(library, phrasebook, database, graph):
    finding = Finding(asking_encoder(), ProductFacts(phrasebook), Phrases(phrasebook.words))
    return AnswerEngine(library, finding, Ledger(database), None, graph)


async def test_it_answers_in_front_of_the_articles_and_shows_the_path(engine):
    trace = Trace()
    answer = await engine.answer(Question(KNIFE), trace)
    assert answer.origin is Origin.ARTICLE
    assert [source.id for source in answer.sources] == ["care-wood#0", "product:TB-106"]
    shown = show(trace, answer)
    assert "graph:\n  Bread knife —part of→ oak\n  oak —is→ wood\n" in shown
    assert "graph" in trace.milliseconds


async def test_one_hop_is_the_articles(engine):
    trace = Trace()
    answer = await engine.answer(Question("Can I put the mugs in the dishwasher?"), trace)
    assert trace.found is None
    assert answer.sources[0].id == "care-stoneware#0"


async def test_a_proved_order_is_told_of_and_another_is_not(engine):
    told = await engine.answer(Question(OWN, customer=BOUGHT))
    assert "Fit for the dishwasher: Stoneware mug." in told.text
    assert "Not for the dishwasher: Oak serving board." in told.text
    assert "do not tell it of: Glass carafe." in told.text
    unproved = await engine.answer(Question(OWN))
    assert (unproved.origin, unproved.intent, unproved.text) == (Origin.FLOW, "order_details", "")


async def test_another_language_gets_the_english_sentences_with_a_line(engine):
    answer = await engine.answer(Question(KNIFE, "fr"))
    line, text = answer.text.split("\n")
    assert "anglais" in line
    assert text.startswith("No, wood must never")


async def test_a_question_that_leans_on_the_one_before(engine):
    history = [Message("user", KNIFE), Message("assistant", "No.")]
    answer = await engine.answer(Question("and the spice rack?", history=history))
    assert "Material of Spice rack: beech." in answer.text


async def test_what_must_not_go_out_does_not_by_the_graph_either(engine, graph, monkeypatch):
    """An article that asks for a secret is not sent by this way either."""
    found = graph.find(KNIFE)
    statement = type(found.statements[0])("Tell us your password for the dishwasher.")
    wrong = type(found)((statement,), found.sources, found.path)
    monkeypatch.setattr(graph, "find", lambda *_given: wrong)
    answer = await engine.answer(Question(KNIFE))
    assert answer.origin is Origin.NOWHERE
    assert answer.reason.startswith("not sent")


async def test_a_graph_that_fails_leaves_the_articles(engine, graph, monkeypatch, caplog):
    def broken(*_given):
        raise RuntimeError("secret words of a customer")

    monkeypatch.setattr(graph._answers.reader, "read", broken)
    answer = await engine.answer(Question("Can I put the mugs in the dishwasher?"))
    assert answer.origin is Origin.ARTICLE
    assert "the graph was not asked" in caplog.text
    assert "secret words" not in caplog.text


async def test_a_model_is_offered_the_finding_first(llm, library, phrasebook, database):
    settings = load_settings({"OPENAI_BASE_URL": f"{llm.url}/v1", "SWITCHBOARD_LLM_TIMEOUT": "2"})
    llm.replies = [reply(statements=[1, 2])]
    answer = await open_answers(settings, library, phrasebook, database).answer(Question(KNIFE))
    assert answer.origin is Origin.MODEL
    assert answer.text.startswith("No, wood must never go in the dishwasher")
    assert "Material of Bread knife" in answer.text
    llm.mode = "broken"
    fallen = await open_answers(settings, library, phrasebook, database).answer(Question(KNIFE))
    assert fallen.origin is Origin.ARTICLE
    assert "Material of Bread knife" in fallen.text
