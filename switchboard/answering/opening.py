"""Builds the engine for open questions from the settings."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import Engine

from switchboard.answering.asking import Asking
from switchboard.answering.checks import DraftChecks
from switchboard.answering.engine import AnswerEngine, Knowledge
from switchboard.answering.finding import Finding
from switchboard.answering.ledger import Ledger
from switchboard.answering.offer import Phrases
from switchboard.answering.pictures import PictureReader
from switchboard.answering.prompt import PromptWriter
from switchboard.embedding.encoder import asking_encoder, default_encoder
from switchboard.errors import ConfigurationError
from switchboard.knowledge.articles import Passage
from switchboard.knowledge.certainty import Certainty, read_unanswerable
from switchboard.knowledge.index import PassageIndex
from switchboard.knowledge.library import LiveLibrary
from switchboard.knowledge.memory_index import MemoryIndex
from switchboard.knowledge.product_facts import ProductFacts
from switchboard.knowledge_graph.live_graph import LiveGraph
from switchboard.llm.chat_model import ChatModel
from switchboard.llm.metered_model import Meter, MeteredModel
from switchboard.llm.model_chain import ModelChain
from switchboard.llm.openai_model import MAX_ANSWER_TOKENS, OpenAIChatModel, Provider
from switchboard.llm.prices import read_prices
from switchboard.llm.spending import Ceiling, DailyCeiling
from switchboard.llm.token_counter import TokenCounter
from switchboard.privacy.personal_data import analyzer
from switchboard.settings import LlmSettings, Settings
from switchboard.shop.speech import Phrasebook
from switchboard.text.language import ENGLISH

VOICE = "voice.md"
QUESTIONS = "questions"


def open_library(settings: Settings, phrasebook: Phrasebook) -> LiveLibrary:
    """The shop's articles, indexed in memory or in PostgreSQL.

    Raises:
        ConfigurationError: an article or the address cannot be used.
    """
    encoder = asking_encoder()
    folder = settings.data_dir / "articles"
    certainty = Certainty(
        encoder, phrasebook.catalogue, read_unanswerable(settings.data_dir / QUESTIONS)
    )
    latest: dict[str, MemoryIndex] = {}

    def in_memory(language: str, passages: list[Passage]) -> PassageIndex:
        latest[language] = MemoryIndex(passages, encoder, previous=latest.get(language))
        return latest[language]

    if not settings.knowledge_url:
        return LiveLibrary(folder, phrasebook.policy, in_memory, certainty)
    from switchboard.knowledge.pgvector_index import PgVectorStore

    store = PgVectorStore(settings.knowledge_url, encoder)
    return LiveLibrary(folder, phrasebook.policy, store.index, certainty)


def open_answers(
    settings: Settings,
    library: LiveLibrary,
    phrasebook: Phrasebook,
    engine: Engine,
    model: ChatModel | None = None,
    knowledge: Knowledge | None = None,
) -> AnswerEngine:
    """The engine for open questions.

    `model` and `knowledge` stand in for those of the settings and the library.

    Raises:
        ConfigurationError: the prices, the voice or `graph.yml` cannot be read.
    """
    phrases = Phrases(phrasebook.words)
    graph = LiveGraph(settings.data_dir, phrasebook)
    finding = Finding(asking_encoder(), ProductFacts(phrasebook), phrases)
    finding.prepare(library.passages())
    analyzer()  # takes two seconds to load, which the first customer would wait for
    ledger, llm = Ledger(engine), settings.llm
    if not llm.configured:
        return AnswerEngine(knowledge or library, finding, ledger, None, graph)
    policy = phrasebook.policy
    meter = open_meter(llm, engine)
    worded = llm.wording == "model"
    around = {**phrasebook.words.get("openings", {}), **phrasebook.words.get("closings", {})}
    writer = PromptWriter(
        shop=policy.text("shop", "name"),
        voice=_read_voice(settings.data_dir / VOICE),
        flows={name: forms[ENGLISH] for name, forms in phrasebook.words["meanings"].items()},
        counter=meter.counter,
        budget=llm.prompt_tokens,
        phrases={name: forms[ENGLISH] for name, forms in around.items()},
        worded=worded,
    )
    asking = Asking(
        model=MeteredModel(model or open_model(llm), meter),
        writer=writer,
        phrases=phrases,
        numbers=policy.order_numbers,
        seconds=llm.timeout,
        checks=DraftChecks(policy) if worded else None,
    )
    return AnswerEngine(knowledge or library, finding, ledger, asking, graph)


def open_meter(llm: LlmSettings, engine: Engine) -> Meter:
    """What counts the cost of model calls.

    Raises:
        ConfigurationError: the prices cannot be read.
    """
    return Meter(
        ceiling=DailyCeiling(engine, Ceiling(llm.daily_money, llm.daily_tokens)),
        counter=TokenCounter(default_encoder().count_pieces),
        prices=read_prices(llm.prices),
        reply_tokens=MAX_ANSWER_TOKENS,
    )


def open_model(llm: LlmSettings) -> ChatModel:
    """The model, followed by the fallback model if one is set."""
    first = Provider(llm.model, llm.api_key, llm.base_url, llm.stall)
    models = [OpenAIChatModel(first)]
    if llm.fallback_model:
        second = (llm.fallback_api_key, llm.fallback_base_url, llm.stall)
        models.append(OpenAIChatModel(Provider(llm.fallback_model, *second)))
    return ModelChain(models, llm.concurrent)


def open_pictures(settings: Settings, engine: Engine) -> PictureReader | None:
    """The reader of pictures; None without a vision model."""
    llm = settings.llm
    if not llm.vision_model or not llm.configured:
        return None
    provider = Provider(llm.vision_model, llm.api_key, llm.base_url, llm.stall)
    chain = ModelChain([OpenAIChatModel(provider)], llm.concurrent)
    return PictureReader(MeteredModel(chain, open_meter(llm, engine)), llm.timeout)


def _read_voice(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read {path}: {error}") from error
    return text.split("-->", 1)[-1].strip()
