"""Builds the engine for open questions from the settings."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.engine import Engine

from switchboard.answering.checks import AnswerChecks
from switchboard.answering.engine import AnswerEngine, Asking
from switchboard.answering.ledger import Ceiling, Ledger
from switchboard.answering.pictures import PictureReader
from switchboard.answering.prompt import PromptWriter
from switchboard.answering.support import Support
from switchboard.embedding.encoder import default_encoder
from switchboard.errors import ConfigurationError
from switchboard.knowledge.articles import Passage
from switchboard.knowledge.index import PassageIndex
from switchboard.knowledge.library import LiveLibrary
from switchboard.knowledge.memory_index import MemoryIndex
from switchboard.llm.chat_model import ChatModel
from switchboard.llm.model_chain import ModelChain
from switchboard.llm.openai_model import OpenAIChatModel, Provider
from switchboard.llm.prices import read_prices
from switchboard.llm.token_counter import TokenCounter
from switchboard.settings import LlmSettings, Settings
from switchboard.shop.policy import Policy
from switchboard.shop.speech import Phrasebook
from switchboard.text.language import ENGLISH

VOICE = "voice.md"


def open_library(settings: Settings, policy: Policy) -> LiveLibrary:
    """The shop's articles, indexed in memory or in PostgreSQL.

    Raises:
        ConfigurationError: an article or the address cannot be used.
    """
    encoder = default_encoder()

    latest: dict[str, MemoryIndex] = {}

    def in_memory(language: str, passages: list[Passage]) -> PassageIndex:
        latest[language] = MemoryIndex(passages, encoder, previous=latest.get(language))
        return latest[language]

    if not settings.knowledge_url:
        return LiveLibrary(settings.data_dir / "articles", policy, in_memory)
    from switchboard.knowledge.pgvector_index import PgVectorStore

    store = PgVectorStore(settings.knowledge_url, encoder)
    return LiveLibrary(settings.data_dir / "articles", policy, store.index)


def open_answers(
    settings: Settings, library: LiveLibrary, phrasebook: Phrasebook, engine: Engine
) -> AnswerEngine:
    """The engine for open questions.

    Raises:
        ConfigurationError: the prices or the voice cannot be read.
    """
    llm = settings.llm
    ledger = Ledger(engine, Ceiling(llm.daily_money, llm.daily_tokens))
    if not llm.configured:
        return AnswerEngine(library, ledger, None)
    policy, encoder = phrasebook.policy, default_encoder()
    writer = PromptWriter(
        shop=policy.text("shop", "name"),
        voice=_read_voice(settings.data_dir / VOICE),
        flows={name: forms[ENGLISH] for name, forms in phrasebook.words["meanings"].items()},
        counter=TokenCounter(encoder.count_pieces),
        budget=llm.prompt_tokens,
    )
    support = Support(encoder)
    support.prepare(library.passages())
    asking = Asking(
        model=open_model(llm),
        writer=writer,
        checks=AnswerChecks(support, policy),
        seconds=llm.timeout,
        prices=read_prices(llm.prices),
    )
    return AnswerEngine(library, ledger, asking, policy.order_numbers)


def open_model(llm: LlmSettings) -> ChatModel:
    """The model, followed by the fallback model if one is set."""
    first = Provider(llm.model, llm.api_key, llm.base_url, llm.stall)
    models = [OpenAIChatModel(first)]
    if llm.fallback_model:
        second = (llm.fallback_api_key, llm.fallback_base_url, llm.stall)
        models.append(OpenAIChatModel(Provider(llm.fallback_model, *second)))
    return ModelChain(models, llm.concurrent)


def open_pictures(settings: Settings) -> PictureReader | None:
    """The reader of pictures; None without a vision model."""
    llm = settings.llm
    if not llm.vision_model or not llm.configured:
        return None
    provider = Provider(llm.vision_model, llm.api_key, llm.base_url, llm.stall)
    return PictureReader(ModelChain([OpenAIChatModel(provider)], llm.concurrent), llm.timeout)


def _read_voice(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read {path}: {error}") from error
    return text.split("-->", 1)[-1].strip()
