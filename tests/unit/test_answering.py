"""Retrieval, the checks on a reply, and the engine against a server that speaks the protocol."""

import json
import time

import pytest

from switchboard.answering.articles import read_articles
from switchboard.answering.checks import read_reply
from switchboard.answering.engine import MIN_COSINE, AnswerEngine, Origin
from switchboard.answering.library import Library, open_retriever
from switchboard.answering.model import Message, OpenAIChatModel
from switchboard.answering.retrieval import HybridRetriever, words
from switchboard.embedding.encoder import default_encoder
from switchboard.errors import ModelDown, ModelWrong
from switchboard.reading.language import read_language
from switchboard.settings import ROOT, load_settings
from tests.fakes.llm_server import FakeLLM

QUESTION = "Can I put the mugs in the dishwasher?"


@pytest.fixture(scope="module")
def retriever(policy):
    return open_retriever(ROOT / "data", policy)


@pytest.fixture
def llm():
    server = FakeLLM()
    yield server
    server.close()


def engine_with(llm, retriever, policy, timeout="2"):
    settings = load_settings(
        {"OPENAI_BASE_URL": f"{llm.url}/v1", "SWITCHBOARD_LLM_TIMEOUT": timeout}
    )
    return AnswerEngine(retriever, policy, OpenAIChatModel(settings))


def test_words_are_stemmed_and_stop_words_go():
    assert words("Where are my returned parcels?") == ["return", "parcel"]


@pytest.mark.parametrize(
    ("question", "article"),
    [
        (QUESTION, "care-stoneware"),
        ("my skillet is rusty, what can I do", "care-cast-iron"),
        ("do you give students money off", "student-discount"),
        ("does the lamp come with a bulb", "lamps"),
        ("can it be put in nice paper as a present", "gift-wrapping"),
        ("how do I get an invoice for my company", "invoices"),
    ],
)
def test_the_right_article_is_first(retriever, question, article):
    assert retriever.search(question)[0].passage.id.startswith(article)


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
def test_chinese_questions_find_chinese_articles(retriever, question, article):
    best = retriever.search(question, 3, "zh")[0].passage
    assert best.id.startswith(article)
    assert read_language(best.text) == "zh"


def test_what_one_language_lacks_the_other_has(policy):
    english = read_articles(ROOT / "data" / "articles" / "en", policy)
    chinese = read_articles(ROOT / "data" / "articles" / "zh", policy, "zh")
    some = [p for p in chinese if not p.id.startswith("care-stoneware")]
    encoder = default_encoder()
    library = Library(
        {"en": HybridRetriever(english, encoder), "zh": HybridRetriever(some, encoder)}
    )
    found = library.search("are stoneware mugs safe in the dishwasher", 3, "zh")
    assert found[0].passage.id.startswith("care-stoneware")


def test_another_language_searches_the_english_articles(retriever):
    found = retriever.search("la tasse en grès va-t-elle au lave-vaisselle", 3, "fr")
    assert "care-stoneware#0" in [hit.passage.id for hit in found]


@pytest.mark.parametrize("question", ["", "   ", "???", "🙂", "a" * 100_000])
def test_odd_questions_are_harmless(retriever, question):
    assert all(hit.cosine < MIN_COSINE for hit in retriever.search(question))


def test_no_articles_no_hits():
    assert HybridRetriever([], default_encoder()).search("returns") == []


async def test_without_a_model_the_article_answers(retriever, policy):
    answer = await AnswerEngine(retriever, policy, None).answer(QUESTION)
    assert answer.origin is Origin.ARTICLE
    assert "dishwasher" in answer.text
    assert answer.sources[0].title == "Stoneware in daily use"


@pytest.mark.parametrize(
    "question", ["who is the president of France", "my cat is called Whiskers", "", "🙂"]
)
async def test_what_no_article_tells_is_not_answered(retriever, policy, question):
    assert (await AnswerEngine(retriever, policy, None).answer(question)).origin is Origin.NOWHERE


async def test_a_good_reply_is_the_answer(llm, retriever, policy):
    answer = await engine_with(llm, retriever, policy).answer(QUESTION)
    assert (answer.origin, answer.text) == (Origin.MODEL, "Yes, they are safe there.")
    assert answer.sources[0].title == "Stoneware in daily use"
    assert "Stoneware mugs and bowls are safe" in llm.prompts[0]


async def test_a_model_that_does_not_know_is_believed(llm, retriever, policy):
    llm.mode = "unknown"
    answer = await engine_with(llm, retriever, policy).answer(QUESTION)
    assert answer.origin is Origin.NOWHERE


@pytest.mark.parametrize(
    "mode", ["rate_limited", "broken", "rubbish", "empty", "not_json", "invents"]
)
async def test_a_failing_model_is_replaced_by_the_article(llm, retriever, policy, mode):
    llm.mode = mode
    answer = await engine_with(llm, retriever, policy).answer(QUESTION)
    assert answer.origin is Origin.ARTICLE
    assert answer.reason.startswith(("ModelDown", "ModelWrong"))


async def test_a_slow_model_is_cut_off_in_time(llm, retriever, policy):
    llm.mode, llm.delay = "slow", 5
    started = time.monotonic()
    answer = await engine_with(llm, retriever, policy, timeout="0.5").answer(QUESTION)
    assert answer.origin is Origin.ARTICLE
    assert time.monotonic() - started < 2.5


async def test_a_model_that_is_away(retriever, policy):
    settings = load_settings({"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"})
    answer = await AnswerEngine(retriever, policy, OpenAIChatModel(settings)).answer(QUESTION)
    assert answer.origin is Origin.ARTICLE


async def test_nothing_personal_is_on_the_wire(llm, retriever, policy):
    engine = engine_with(llm, retriever, policy)
    history = [Message("user", "I am maya@example.com, card 4111 1111 1111 1111")]
    await engine.answer(QUESTION + " Call +353 87 555 0101", history)
    (prompt,) = llm.prompts
    for secret in ("maya@example.com", "4111", "555 0101"):
        assert secret not in prompt
    assert "[email]" in prompt


async def test_the_model_sees_the_conversation(llm, retriever, policy):
    history = [Message("user", "hi"), Message("assistant", "Hello!")]
    await engine_with(llm, retriever, policy).answer(QUESTION, history)
    roles = [m["role"] for m in json.loads(llm.prompts[0])["messages"]]
    assert roles == ["system", "user", "assistant", "user"]


async def test_status_and_emptiness_are_told_apart(llm):
    settings = load_settings({"OPENAI_BASE_URL": f"{llm.url}/v1", "SWITCHBOARD_LLM_TIMEOUT": "2"})
    llm.mode = "broken"
    with pytest.raises(ModelDown, match="500"):
        await OpenAIChatModel(settings).complete([Message("user", "hi")])
    llm.mode = "empty"
    with pytest.raises(ModelWrong):
        await OpenAIChatModel(settings).complete([Message("user", "hi")])


def reply(answer, numbers=(1,)):
    return json.dumps({"answer": answer, "passages": list(numbers)})


@pytest.mark.parametrize(
    "raw",
    [
        "no JSON at all",
        "[]",
        "{",
        '{"text": "hi"}',
        reply("", [1]),
        reply("Fine.", []),
        reply("Fine.", [0]),
        reply("Fine.", [99]),
        reply("Fine.", ["1"]),
        reply("Fine.", [True]),
        reply("It takes 77 days."),
        reply("See https://evil.example/pay"),
        reply("Write to boss@evil.example"),
        reply("I will refund you today."),
        reply("We'll call you tomorrow."),
        reply("x" * 1501),
    ],
)
def test_replies_that_must_not_reach_a_customer(passages, raw):
    with pytest.raises(ModelWrong):
        read_reply(raw, "question", passages[:3])


def test_a_reply_in_a_code_block_is_read(passages):
    raw = f"```json\n{reply('Fine.')}\n```"
    assert read_reply(raw, "question", passages[:3]).text == "Fine."


def test_the_customers_own_order_number_may_be_named(passages):
    assert read_reply(reply("About 4711: fine."), "what of 4711?", passages[:3]).text
